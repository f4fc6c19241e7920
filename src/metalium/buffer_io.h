// Moves bytes between the host and the memory that a buffer occupies on one chip, page by page as its layout says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sim/machine.h>
#include <tt-metalium/buffer.hpp>

namespace tessera::metalium {

/// Writes the bytes of a region (all of the buffer where none is given) of `buffer` on chip `chip` (its position on the
/// board). `bytes` holds the region's bytes in the buffer's logical order; fewer bytes write the region's beginning.
/// More are an error.
void write_buffer(sim::Machine& machine, uint32_t chip, tt::tt_metal::Buffer& buffer, std::span<const std::byte> bytes,
                  std::optional<tt::tt_metal::BufferRegion> region = std::nullopt);

/// Reads the bytes of a region in the buffer's logical order; `bytes` is as large as the region, or smaller for its
/// beginning.
void read_buffer(sim::Machine& machine, uint32_t chip, tt::tt_metal::Buffer& buffer, std::span<std::byte> bytes,
                 std::optional<tt::tt_metal::BufferRegion> region = std::nullopt);

}  // namespace tessera::metalium

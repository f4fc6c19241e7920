// A circular buffer of a program, as the program's owner may look at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

struct Tile;

/// Names a circular buffer within the process.
using CBHandle = uintptr_t;

class CircularBufferImpl;

/// Read-only; it must not outlive its program.
class CircularBuffer {
public:
    explicit CircularBuffer(const CircularBufferImpl* impl) : impl_(impl) {}

    CBHandle id() const;
    const CoreRangeSet& core_ranges() const;
    std::size_t size() const;  ///< bytes on each core
    bool globally_allocated() const;
    const std::unordered_set<uint8_t>& buffer_indices() const;
    uint32_t page_size(uint32_t buffer_index) const;  ///< bytes
    uint32_t num_pages(uint32_t buffer_index) const;
    DataFormat data_format(uint32_t buffer_index) const;

private:
    const CircularBufferImpl* impl_;
};

}  // namespace tt::tt_metal

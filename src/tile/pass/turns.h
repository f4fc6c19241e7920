// Atomic updates that no single owner can keep: blocks update the tensor where it lies, in turns.
#pragma once

#include <cstdint>

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>
#include <tile/pass/names.h>

namespace tessera::tile::pass {

/// A launch without Atomic. Each becomes a load of what is there, an operation and a store, which together are a turn;
/// stores to a tensor that is updated are turns too. Axes of the grid along which regions may meet become loops of the
/// block, the last outermost, so that one core does those blocks in the order of the grid. Where the blocks that remain
/// would leave more than half of `cores` idle, the blocks along those axes are dealt to several lanes (a new first
/// axis) that take turns: an order that nothing but the kernel decides, so results do not differ between runs.
/// Reported: tile-atomic-operator, tile-atomic-read (the launch also loads from the tensor).
ir::Stmt update_in_turns(const ir::Stmt& launch, int64_t cores, Names& names, Diagnostics& diagnostics);

/// A launch in which loads from tensors that it also stores to wait for those stores.
ir::Stmt order_updates(const ir::Stmt& launch);

/// The axes of a launch along which blocks may reach the same elements of one of `tensors`, as far as is known.
std::vector<size_t> meeting_axes(const ir::Launch& launch, const std::vector<ir::Buffer>& tensors);

}  // namespace tessera::tile::pass

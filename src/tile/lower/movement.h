// The data-movement kernels' half of lowering: a block's region of a tensor goes into a circular buffer or comes from
// one, tile by tile where tiles match, by windows that are cut from tiles where they do not.
#pragma once

#include <map>
#include <set>
#include <string>

#include <tile/ir/diagnostics.h>
#include <tile/lower/storage.h>
#include <tile/lower/tensors.h>

namespace tessera::tile::lower {

/// Code in the parts that are put together by who knows what stands beside it: several transfers share one barrier.
struct Transfer {
    device::Code before;  ///< cb_reserve_back or cb_wait_front
    device::Code issue;
    device::Code after;  ///< cb_push_back or cb_pop_front
    bool needs_barrier = true;
    bool reads = false;  ///< it comes from a tensor
};

struct MovementContext {
    const std::map<ir::Buffer, TensorPlan>* tensors = nullptr;
    const Storage* storage = nullptr;
    const std::map<uint32_t, std::string>* cb_names = nullptr;
    Diagnostics* diagnostics = nullptr;
    pass::Facts facts;
    std::vector<ir::Var> grid;    ///< variables whose values other cores have otherwise
    ir::Var lane;                 ///< the one of them whose cores take turns; null: there is none
    ir::Var row, column, matrix;  ///< loop counters over tiles
    std::string scratch;  ///< a circular buffer of this kernel alone, with one page of 4096 bytes; perhaps not there

    // Collected.
    std::set<std::string> accessors;  ///< tensors by name
    bool needs_scratch = false;
    /// Where stores of different blocks meet in tiles: how many blocks along an axis of the grid share one. Null: they
    /// have been joined, so that none do.
    std::map<ir::Var, int64_t>* sharing = nullptr;
};

/// A Copy from a tensor: all tiles of the place, with 0 beyond the region and outside of the tensor.
Transfer read_block(const ir::Copy& copy, Span span, MovementContext& context);
/// A Copy to a tensor: its elements that lie in the region. `pop`: the tiles are given back after.
Transfer write_block(const ir::Copy& copy, Span span, bool pop, MovementContext& context);

/// Patches of an image, element by element.
Transfer read_patches(const ir::Im2col& im2col, Span span, MovementContext& context);

// Parts of code.
device::Node call(std::string function, std::vector<device::Argument> arguments, Span span = {});
device::Node loop(const ir::Var& var, int64_t count, device::Code body);

}  // namespace tessera::tile::lower

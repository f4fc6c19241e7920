// The bodies of a launch's three kernels: each has the control flow of the block, and in it what is its own part.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <tile/lower/memory.h>
#include <tile/lower/movement.h>
#include <tile/lower/multicast.h>
#include <tile/lower/turns.h>

namespace tessera::tile::lower {

/// One launch, with all that is decided.
struct LaunchPlan {
    const ir::Launch* launch = nullptr;
    const Flows* flows = nullptr;
    const std::map<ir::Buffer, TensorPlan>* tensors = nullptr;
    const Memory* memory = nullptr;
    /// Of the work of a core: the numbers of its blocks, and each grid variable by that number.
    ir::Var start, count, block;
    std::vector<std::pair<ir::Var, ir::Expr>> decode;
    int64_t step = 1;  ///< from one block's number to the core's next
    Rectangle rectangle;
    Turns turns;
    const arch::Chip* chip = nullptr;
    bool l1_accumulate = true;  ///< whether the packer may add to partial sums
    Span span;
};

/// Fills the program's kernels. Its circular buffers, grid and numerics are set already.
void make_bodies(const LaunchPlan& plan, device::Program& program, Diagnostics& diagnostics);

/// What movement needs, found before memory is planned.
MovementNeeds movement_needs(const ir::Launch& launch, const Flows& flows,
                             const std::map<ir::Buffer, TensorPlan>& tensors, const std::map<ir::Buffer, Form>& forms);

/// Along which axes of the grid blocks store to the same tiles where only one core may, and how many do.
std::map<ir::Var, int64_t> sharing_of_tiles(const ir::Launch& launch, const Flows& flows,
                                            const std::map<ir::Buffer, TensorPlan>& tensors,
                                            const std::map<ir::Buffer, Form>& forms);

}  // namespace tessera::tile::lower

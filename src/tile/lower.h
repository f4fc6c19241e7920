// The compiler of the tile language, from a kernel as its script means it to what runs on a chip. lower.cpp is its
// table of contents: the passes in order, one file each in pass/ and lower/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tile/device/program.h>
#include <tile/ir/stmt.h>

namespace tessera::tile {

class Diagnostics;

namespace lower {

struct Options {
    std::string board = "n150";  ///< whose first chip it is for: grid, L1, alignments
    /// At most so many columns and rows of cores; 0: the board's.
    uint32_t grid_x = 0, grid_y = 0;
    /// Blocks of the script merged into one, by launch (in order) and grid axis (as in Launch::vars). A launch or axis
    /// that is not here: the compiler chooses.
    std::map<std::pair<size_t, size_t>, int64_t> coarsen;
    /// false: the only merging is what blocks below a tile need.
    bool enlarge = true;
    /// false: operands that several cores read are read by each of them.
    bool multicast = true;
    /// Of each matrix product; empty: HiFi4 for float32 and float16 operands, HiFi2 for narrower ones.
    std::string math_fidelity;
    /// Whether sums are kept in 32 bits; unset: where the script's result buffer of a product or reduction is float32.
    std::optional<bool> fp32_dest;
    /// Given the kernel after each pass, by the pass's name ("normalise", "axes", ...).
    std::function<void(std::string_view pass, const ir::Kernel& kernel)> dump;
};

/// The names that Options::dump is called with, in order.
std::vector<std::string> pass_names();

/// What the kernel is on the chip. What cannot be done is reported with a name that starts with "tile-" and the
/// script's place, and then the module that comes back is not to be used (diagnostics.failed()). Symbols of the kernel
/// (dimensions known at run time only) become run-time arguments where they can.
device::Module lower(const ir::Kernel& kernel, const Options& options, Diagnostics& diagnostics);

}  // namespace lower
}  // namespace tessera::tile

// The compiler of the tile language, from a kernel as its script means it to what runs on a chip. lower.cpp is its
// table of contents: the passes in order, one file each in pass/ and lower/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tile/device/program.h>
#include <tile/ir/stmt.h>
#include <tile/lower/choices.h>

namespace tessera::tile {

class Diagnostics;

namespace lower {

struct Options {
    std::string board = "n150";  ///< whose first chip it is for: grid, L1, alignments
    /// By launch, as choices_of takes them; what is not set, the compiler chooses.
    std::vector<Choices> choices;
    /// false: it is not shown that the kernels never wait for each other for ever, as for programs that are not to run.
    bool prove = true;
    /// Given the kernel after each pass, by the pass's name ("normalise", "axes", ...).
    std::function<void(std::string_view pass, const ir::Kernel& kernel)> dump;
};

/// The kernel with the element types that the choices give to buffers of a block: bfloat16 where sums are to have 16
/// bits.
ir::Kernel in_chosen_formats(const ir::Kernel& kernel, const std::vector<Choices>& choices);

/// The names that Options::dump is called with, in order.
std::vector<std::string> pass_names();

/// What the kernel is on the chip. What cannot be done is reported with a name that starts with "tile-" and the
/// script's place, and then the module that comes back is not to be used (diagnostics.failed()). Symbols of the kernel
/// (dimensions known at run time only) become run-time arguments where they can.
device::Module lower(const ir::Kernel& kernel, const Options& options, Diagnostics& diagnostics);

/// The same with nothing looked for: what options.choices leaves open is as the script has it (no more blocks or turns
/// merged than need be, rings as its pipelines say, all operands multicast that can be).
device::Module lower_as_chosen(const ir::Kernel& kernel, const Options& options, Diagnostics& diagnostics);

}  // namespace lower
}  // namespace tessera::tile

// Runs a tile kernel as its statements are defined (ir/stmt.h), in float64: what a compiled kernel's results are
// compared with, and independent of all that the compiler decides.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <tile/interpret/array.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::interpret {

struct Options {
    /// Nothing floating is rounded when it is stored or cast (8-bit floats still saturate): the reference for error
    /// bounds. Otherwise every store and cast rounds to the format that it names; integers always wrap.
    bool exact = false;
    /// Iterations of all While loops together, before the kernel is taken for endless.
    uint64_t while_limit = 10'000'000;
    /// Called after each block with the number of blocks done and the number of all.
    std::function<void(uint64_t done, uint64_t of)> progress;
};

struct Result {
    Arrays tensors;                                       ///< all parameters as they are in the end
    std::map<std::string, int64_t, std::less<>> symbols;  ///< what the dimensions known at run time were
    uint64_t blocks = 0;                                  ///< of all launches together
    double multiply_adds = 0;                             ///< of matrix products
};

/// Parameters that are not among the inputs begin as zeros; their dimensions must be known from other inputs or from
/// `symbols`. Throws tessera::Error with the script's place for what is an error as stmt.h defines it:
/// tile-unwritten-read, tile-out-of-range, tile-parallel-conflict, tile-division-by-zero, tile-shape-mismatch,
/// tile-endless-loop, tile-assertion; and tile-input for inputs that do not fit the kernel.
Result run(const ir::Kernel& kernel, const Arrays& inputs,
           const std::map<std::string, int64_t, std::less<>>& symbols = {}, const Options& options = {});

/// The shape of each parameter, given some inputs and symbols, as run() finds them. Throws as run() does.
std::map<std::string, std::vector<int64_t>, std::less<>> shapes_of(
    const ir::Kernel& kernel, const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols);

}  // namespace tessera::tile::interpret

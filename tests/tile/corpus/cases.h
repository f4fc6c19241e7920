// What the test of the corpus runs: scripts of examples/tile with sizes, inputs and the errors that are allowed.
#pragma once

#include <string>
#include <vector>

namespace tessera::tile::corpus {

/// A tensor whose values, whole numbers, mean something: places, lengths, flags, decays.
struct Integers {
    std::string name;
    std::vector<int> values;
    std::vector<int> shape = {};  ///< empty: one dimension
};

/// One script with one set of sizes. It runs in exact and in fast arithmetic.
struct Case {
    std::string name;          ///< of the test: letters and digits
    std::string script;        ///< FILE.py or FILE.py:KERNEL
    std::string arguments;     ///< "M=64 N=96": --arg each
    double bound;              ///< of the relative L2 error of every result; integers have to be equal
    std::string options = {};  ///< more of the command's: "--board p150", "--range X=0:5"
    std::vector<Integers> inputs = {};
};

/// What runs with every test run: each script, in small sizes with tails.
const std::vector<Case>& small_cases();
/// Other shapes and functions, sizes as they are used, and more boards.
const std::vector<Case>& more_cases();

}  // namespace tessera::tile::corpus

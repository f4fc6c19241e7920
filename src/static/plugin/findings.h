// What was found on the way, once a line, and where no path found anything.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "paths.h"
#include "state.h"

namespace tessera::analysis {

class Findings {
public:
    /// A path goes wrong here: kept with the way here, unless another path has already. Findings of one line and name
    /// that differ in `detail` are kept beside each other.
    void find(const State& state, Finding finding, int64_t detail = 0);

    /// A path has come here and did not go wrong in this.
    void clean(const llvm::Instruction* at, const char* name) { clean_.insert({at, name}); }

    /// Everything that was found; nothing is left.
    std::vector<Finding> take();

private:
    using Key = std::tuple<const llvm::Instruction*, std::string, int64_t>;

    std::map<Key, Finding> found_;
    std::set<std::pair<const llvm::Instruction*, std::string>> clean_;
};

}  // namespace tessera::analysis

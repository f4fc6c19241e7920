#include "findings.h"

#include <algorithm>

namespace tessera::analysis {

using namespace llvm;

void Findings::find(const State& state, Finding finding, int64_t detail) {
    const Key key{finding.at, finding.name, detail};
    if (found_.count(key) != 0) {
        return;
    }
    for (const Trail* step = state.trail.get(); step != nullptr; step = step->before.get()) {
        finding.turns.push_back(step->turn);
    }
    std::reverse(finding.turns.begin(), finding.turns.end());
    found_.emplace(key, std::move(finding));
}

std::vector<Finding> Findings::take() {
    std::vector<Finding> all;
    for (auto& [key, finding] : found_) {
        finding.every_path = clean_.count({std::get<0>(key), std::get<1>(key)}) == 0;
        all.push_back(std::move(finding));
    }
    found_.clear();
    return all;
}

}  // namespace tessera::analysis

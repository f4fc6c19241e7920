// Walks every path of a kernel with a small picture of what is outstanding, and says where a path goes wrong.
#pragma once

#include <string>
#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Function.h"

namespace tessera::analysis {

/// A branch on the way to a finding.
struct Turn {
    const llvm::Instruction* branch = nullptr;
    bool taken = false;   ///< the branch's condition held
    bool repeat = false;  ///< the way back to the top of a loop
};

struct Finding {
    std::string name;
    bool warning = false;
    std::string message;
    std::string help;
    const llvm::Instruction* at = nullptr;
    const llvm::Instruction* cause = nullptr;  ///< where it began; may be null
    std::string cause_text;
    std::vector<Turn> turns;  ///< from the cause to here, on a shortest path
    bool every_path = false;  ///< it happens however the kernel gets here
};

struct PathResult {
    std::vector<Finding> findings;
    bool complete = true;  ///< false: there were too many paths, and some were not walked
};

PathResult walk_paths(llvm::Function& kernel, llvm::LoopInfo& loops);

}  // namespace tessera::analysis

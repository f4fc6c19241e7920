// How many pages a kernel pushes, pops and waits for in all, as polynomials of its arguments where they are that.
#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Support/JSON.h"

namespace tessera::analysis {

/// {"0": {"push": {"sites": 1, "terms": [{"factor": 2, "symbols": ["arg 3"]}]}, "pop": ...}, ...}; "terms" is missing
/// where the total can't be told.
llvm::json::Object page_totals(llvm::Function& kernel, llvm::LoopInfo& loops, llvm::DominatorTree& dominators,
                               llvm::ScalarEvolution& evolution);

}  // namespace tessera::analysis

// What a kernel does at all, on whatever path: its events, and to which circular buffers it does what.
#pragma once

#include <array>
#include <map>
#include <set>
#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Function.h"

#include "events.h"
#include "paths.h"
#include "state.h"

namespace tessera::analysis {

class Habits {
public:
    Habits(llvm::Function& kernel, llvm::LoopInfo& loops) : kernel_(kernel), loops_(loops) { collect(); }

    const std::vector<Event>& events(const llvm::BasicBlock* block) const;

    /// Indices of circular buffers to which something is done in a loop; -1 stands for a computed index.
    using ByWhat = std::array<std::set<int64_t>, 32>;
    /// By What; null if the loop does nothing to circular buffers.
    const ByWhat* in_loop(const llvm::Loop* loop) const;

    /// Whether more than one branch asks for this condition.
    bool recurs(const Condition& key) const;

    bool does(What what, int64_t cb) const { return does_[static_cast<size_t>(what)].count(cb) != 0; }

    /// Whether a use of pages that were not asked for is a mistake and not a way of working: a buffer that lies on a
    /// tensor, or is used once, needs no asking. A kernel that asks for this buffer, or asks for others while it goes
    /// through this one in a loop, means to ask.
    bool asks(What what, int64_t cb, const llvm::Instruction* at) const;

    /// tile_regs_acquire and its like are used, perhaps beside acquire_dst.
    bool stepwise() const { return stepwise_; }

    /// Pages that each turn of a loop asks for anew, and that no line of the kernel pushes or pops.
    std::vector<Finding> never_given_back() const;

private:
    void collect();
    void note(const Event& event, llvm::BasicBlock& block);

    llvm::Function& kernel_;
    llvm::LoopInfo& loops_;
    std::map<const llvm::BasicBlock*, std::vector<Event>> events_;
    std::map<Condition, unsigned> uses_;
    ByWhat does_;
    std::set<What> computed_;  ///< done to circular buffers whose index is computed
    std::map<const llvm::Loop*, ByWhat> in_loop_;
    bool stepwise_ = false;
};

}  // namespace tessera::analysis

#include "habits.h"

#include "conditions.h"

#include "llvm/IR/Instructions.h"

namespace tessera::analysis {

using namespace llvm;

void Habits::collect() {
    for (BasicBlock& block : kernel_) {
        for (Instruction& instruction : block) {
            if (std::optional<Event> event = event_of(instruction)) {
                note(*event, block);
                events_[&block].push_back(std::move(*event));
            }
        }
        if (const auto* branch = dyn_cast<BranchInst>(block.getTerminator()); branch && branch->isConditional()) {
            bool inverted = false;
            ++uses_[condition(branch->getCondition(), inverted)];
        }
    }
}

void Habits::note(const Event& event, BasicBlock& block) {
    stepwise_ |= event.what == What::DstAcquire || event.what == What::DstRelease;
    const std::optional<int64_t> cb = number(event.cb);
    if (event.cb != nullptr) {
        const size_t which = static_cast<size_t>(event.what);
        if (cb) {
            does_[which].insert(*cb);
        } else {
            computed_.insert(event.what);
        }
        for (Loop* loop = loops_.getLoopFor(&block); loop != nullptr; loop = loop->getParentLoop()) {
            in_loop_[loop][which].insert(cb.value_or(-1));
        }
    }
}

const std::vector<Event>& Habits::events(const BasicBlock* block) const {
    static const std::vector<Event> none;
    const auto found = events_.find(block);
    return found == events_.end() ? none : found->second;
}

const Habits::ByWhat* Habits::in_loop(const Loop* loop) const {
    const auto found = in_loop_.find(loop);
    return found == in_loop_.end() ? nullptr : &found->second;
}

bool Habits::recurs(const Condition& key) const {
    const auto found = uses_.find(key);
    return found != uses_.end() && found->second > 1;
}

bool Habits::asks(What what, int64_t cb, const Instruction* at) const {
    if (does(what, cb)) {
        return true;
    }
    const bool asks_others =
        !does_[static_cast<size_t>(What::Reserve)].empty() || !does_[static_cast<size_t>(What::Wait)].empty();
    return asks_others && loops_.getLoopFor(at->getParent()) != nullptr;
}

std::vector<Finding> Habits::never_given_back() const {
    std::vector<Finding> left;
    for (const auto& [block, events] : events_) {
        const Loop* loop = loops_.getLoopFor(block);
        for (const Event& event : events) {
            const std::optional<int64_t> cb = number(event.cb);
            const bool reserve = event.what == What::Reserve;
            if (loop == nullptr || !cb || (!reserve && event.what != What::Wait) ||
                !loop->isLoopInvariant(event.pages)) {
                continue;
            }
            const What back = reserve ? What::Push : What::Pop;
            const auto& all = does_[static_cast<size_t>(back)];
            if (all.count(*cb) != 0 || computed_.count(back) != 0) {
                continue;
            }
            Finding finding{reserve ? "cb-never-pushed" : "cb-never-popped",
                            true,
                            reserve ? "every turn of a loop reserves pages of " + buffer_name(event.cb) +
                                          ", and the kernel never pushes them"
                                    : "every turn of a loop waits for pages of " + buffer_name(event.cb) +
                                          ", and the kernel never pops them",
                            reserve ? "call cb_push_back when the pages are written; if the memory is scratch, reserve "
                                      "it once before the loop"
                                    : "call cb_pop_front when the pages are used; if they are meant to stay, wait once "
                                      "before the loop",
                            event.at,
                            nullptr,
                            "",
                            {},
                            true};
            left.push_back(std::move(finding));
        }
    }
    return left;
}

}  // namespace tessera::analysis

#include "paths.h"

#include <algorithm>
#include <deque>
#include <set>

#include "conditions.h"
#include "findings.h"
#include "habits.h"
#include "state.h"
#include "steps.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

/// States of one block, and of all blocks together, beyond which paths are given up.
constexpr size_t MAX_STATES = 400;
constexpr size_t MAX_STEPS = 60000;

class Walker {
public:
    Walker(Function& kernel, LoopInfo& loops)
        : kernel_(kernel),
          loops_(loops),
          habits_(kernel, loops),
          steps_(habits_, kernel.getParent()->getDataLayout(), findings_) {}

    PathResult run() {
        enter(&kernel_.getEntryBlock(), State());
        while (!work_.empty()) {
            if (++walked_ > MAX_STEPS) {
                complete_ = false;
                break;
            }
            auto [block, state] = std::move(work_.front());
            work_.pop_front();
            walk(block, std::move(state));
        }
        PathResult result{findings_.take(), complete_};
        for (Finding& finding : habits_.never_given_back()) {
            result.findings.push_back(std::move(finding));
        }
        return result;
    }

private:
    void enter(BasicBlock* block, State state) {
        std::set<State>& seen = seen_[block];
        if (seen.count(state) != 0) {
            return;
        }
        if (seen.size() >= MAX_STATES) {
            complete_ = false;
            return;
        }
        seen.insert(state);
        work_.emplace_back(block, std::move(state));
    }

    /// Forgets what a value of the loop meant in its last turn.
    void forget(const Loop& loop, State& state) const {
        const auto inside = [&](const Value* value) {
            const auto* instruction = dyn_cast_or_null<Instruction>(value);
            return instruction != nullptr && loop.contains(instruction);
        };
        std::erase_if(state.facts, [&](const auto& fact) {
            return inside(std::get<1>(fact.first)) || inside(std::get<2>(fact.first));
        });
        std::erase_if(state.known, [&](const auto& entry) { return inside(entry.first); });
        for (auto* windows : {&state.reserved, &state.waited}) {
            for (auto& [cb, window] : *windows) {
                if (window.kind == Window::Symbol && inside(window.symbol)) {
                    window.kind = Window::Unknown;
                    window.symbol = nullptr;
                }
            }
        }
        for (Pending& pending : state.pending) {
            pending.stale |= inside(pending.address.base);
        }
        settle(state);
    }

    /// Windows that a loop only shrinks, or only grows by a computed count, are not followed through its turns.
    void enter_loop(const Loop& loop, State& state) const {
        const Habits::ByWhat* habits = habits_.in_loop(&loop);
        if (habits == nullptr) {
            return;
        }
        const auto shrink = [&](What takes, What gives, Windows& windows) {
            const auto& takers = (*habits)[static_cast<size_t>(takes)];
            const auto& givers = (*habits)[static_cast<size_t>(gives)];
            for (auto& [cb, window] : windows) {
                if ((takers.count(cb) != 0 || takers.count(-1) != 0) && givers.count(cb) == 0 &&
                    window.kind != Window::Empty) {
                    window = {Window::Unknown, 0, nullptr, window.since};
                }
            }
        };
        shrink(What::Pop, What::Wait, state.waited);
        shrink(What::Push, What::Reserve, state.reserved);
    }

    void follow(BasicBlock* from, BasicBlock* to, State state, const Turn* turn) {
        Loop* loop = loops_.getLoopFor(to);
        const bool header = loop != nullptr && loop->getHeader() == to;
        const bool again = header && loop->contains(from);
        if (turn != nullptr || again) {
            auto trail = std::make_shared<Trail>();
            trail->turn = again ? Turn{from->getTerminator(), turn != nullptr && turn->taken, true} : *turn;
            trail->before = state.trail;
            trail->length = state.trail ? state.trail->length + 1 : 1;
            state.trail = trail;
        }
        std::vector<std::pair<const PHINode*, const ConstantInt*>> values;
        std::vector<std::pair<const PHINode*, const Value*>> steps;
        for (const PHINode& phi : to->phis()) {
            const Value* incoming = phi.getIncomingValueForBlock(from);
            const ConstantInt* value = value_of(incoming, state);
            // A value that has a history of turns is followed in its first turn only.
            values.emplace_back(&phi, again && !isa<ConstantInt>(incoming) ? nullptr : value);
            if (again && value == nullptr) {
                steps.emplace_back(&phi, incoming);
            }
        }
        if (again) {
            forget(*loop, state);
        }
        for (const auto& [phi, value] : values) {
            std::erase_if(state.facts, [&, phi = phi](const auto& fact) {
                return std::get<1>(fact.first) == phi || std::get<2>(fact.first) == phi;
            });
            if (value != nullptr) {
                state.known[phi] = value;
            } else {
                state.known.erase(phi);
            }
        }
        if (again) {
            // A counter that has been stepped is no longer what it began with.
            for (const auto& [phi, incoming] : steps) {
                const auto* step = dyn_cast<BinaryOperator>(incoming);
                if (step == nullptr || step->getOpcode() != Instruction::Add || step->getOperand(0) != phi) {
                    continue;
                }
                for (const Value* start : phi->incoming_values()) {
                    if (isa<ConstantInt>(start)) {
                        state.facts[{ICmpInst::ICMP_EQ, phi, start}] = false;
                    }
                }
            }
        } else if (header) {
            enter_loop(*loop, state);
            state.facts[{1000, to, nullptr}] = true;  // the first turn: the loop is not left before its body
        }
        enter(to, std::move(state));
    }

    void leave(BasicBlock* block, State state) {
        Instruction* terminator = block->getTerminator();
        const bool first = state.facts.erase({1000, block, nullptr}) != 0;
        const Loop* loop = loops_.getLoopFor(block);
        const auto skips = [&](const BasicBlock* to) {
            // The loop's body is taken to run at least once.
            return first && loop != nullptr && !loop->contains(to);
        };
        if (auto* branch = dyn_cast<BranchInst>(terminator)) {
            if (branch->isUnconditional()) {
                follow(block, branch->getSuccessor(0), std::move(state), nullptr);
                return;
            }
            const std::optional<bool> known = decide(branch->getCondition(), state);
            bool inverted = false;
            const Condition key = condition(branch->getCondition(), inverted);
            const bool keep = habits_.recurs(key);
            for (const bool taken : {true, false}) {
                BasicBlock* to = branch->getSuccessor(taken ? 0 : 1);
                const bool only = branch->getSuccessor(0) == branch->getSuccessor(1);
                if ((known && *known != taken) || (!known && !only && skips(to))) {
                    continue;
                }
                State next = state;
                if (keep && !known) {
                    next.facts[key] = taken != inverted;
                }
                const Turn turn{branch, taken, false};
                follow(block, to, std::move(next), known ? nullptr : &turn);
            }
            return;
        }
        if (auto* choice = dyn_cast<SwitchInst>(terminator)) {
            std::set<BasicBlock*> done;
            const ConstantInt* known = value_of(choice->getCondition(), state);
            for (unsigned i = 0; i < choice->getNumSuccessors(); ++i) {
                BasicBlock* to = choice->getSuccessor(i);
                if ((known && choice->findCaseValue(known)->getCaseSuccessor() != to) || !done.insert(to).second) {
                    continue;
                }
                const Turn turn{choice, i != 0, false};
                follow(block, to, state, known ? nullptr : &turn);
            }
            return;
        }
        for (BasicBlock* to : successors(block)) {
            follow(block, to, state, nullptr);
        }
    }

    void walk(BasicBlock* block, State state) {
        for (const Event& event : habits_.events(block)) {
            if (event.what == What::NoReturn) {
                return;
            }
            steps_.apply(event, state);
        }
        if (isa<ReturnInst>(block->getTerminator())) {
            steps_.end(state);
        } else {
            leave(block, std::move(state));
        }
    }

    Function& kernel_;
    LoopInfo& loops_;
    Habits habits_;
    Findings findings_;
    Steps steps_;
    std::map<const BasicBlock*, std::set<State>> seen_;
    std::deque<std::pair<BasicBlock*, State>> work_;
    size_t walked_ = 0;
    bool complete_ = true;
};

}  // namespace

PathResult walk_paths(Function& kernel, LoopInfo& loops) {
    return Walker(kernel, loops).run();
}

}  // namespace tessera::analysis

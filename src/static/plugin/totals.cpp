#include "totals.h"

#include <map>
#include <optional>

#include "events.h"

#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Constants.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

using Monomial = std::multiset<std::string>;
using Polynomial = std::map<Monomial, int64_t>;
using Maybe = std::optional<Polynomial>;

Polynomial plus(Polynomial left, const Polynomial& right) {
    for (const auto& [monomial, factor] : right) {
        int64_t& sum = left[monomial];
        sum += factor;
        if (sum == 0) {
            left.erase(monomial);
        }
    }
    return left;
}

Polynomial times(const Polynomial& left, const Polynomial& right) {
    Polynomial product;
    for (const auto& [a, x] : left) {
        for (const auto& [b, y] : right) {
            Monomial both = a;
            both.insert(b.begin(), b.end());
            product = plus(product, {{both, x * y}});
        }
    }
    return product;
}

/// tsr_static_argument(index, common): the placeholder of a runtime argument.
std::optional<std::string> argument_name(const Value* value) {
    const auto* call = dyn_cast<CallBase>(value);
    const Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
    if (callee == nullptr || callee->getName() != "tsr_static_argument") {
        return std::nullopt;
    }
    const auto* index = dyn_cast<ConstantInt>(call->getArgOperand(0));
    const auto* common = dyn_cast<ConstantInt>(call->getArgOperand(1));
    if (index == nullptr || common == nullptr) {
        return std::nullopt;
    }
    return (common->isZero() ? "arg " : "common arg ") + std::to_string(index->getZExtValue());
}

Maybe polynomial(const SCEV* expression) {
    switch (expression->getSCEVType()) {
        case scConstant: {
            const APInt& value = cast<SCEVConstant>(expression)->getAPInt();
            if (value.getSignificantBits() > 40) {
                return std::nullopt;
            }
            return value.isZero() ? Polynomial{} : Polynomial{{{}, value.getSExtValue()}};
        }
        case scZeroExtend:
        case scSignExtend:
        case scTruncate:
            return polynomial(cast<SCEVCastExpr>(expression)->getOperand());
        case scAddExpr: {
            Polynomial sum;
            for (const SCEV* operand : cast<SCEVNAryExpr>(expression)->operands()) {
                const Maybe one = polynomial(operand);
                if (!one) {
                    return std::nullopt;
                }
                sum = plus(sum, *one);
            }
            return sum;
        }
        case scMulExpr: {
            Polynomial product{{{}, 1}};
            for (const SCEV* operand : cast<SCEVNAryExpr>(expression)->operands()) {
                const Maybe one = polynomial(operand);
                if (!one) {
                    return std::nullopt;
                }
                product = times(product, *one);
            }
            return product;
        }
        case scSMaxExpr:
        case scUMaxExpr: {
            // max(0, n) or max(1, n): the count of a loop that may not run at all; it is taken to run.
            const auto* maximum = cast<SCEVNAryExpr>(expression);
            if (maximum->getNumOperands() == 2 && isa<SCEVConstant>(maximum->getOperand(0)) &&
                cast<SCEVConstant>(maximum->getOperand(0))->getAPInt().ule(1)) {
                return polynomial(maximum->getOperand(1));
            }
            return std::nullopt;
        }
        case scUnknown:
            if (const auto name = argument_name(cast<SCEVUnknown>(expression)->getValue())) {
                return Polynomial{{{*name}, 1}};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

class Totals {
public:
    Totals(Function& kernel, LoopInfo& loops, DominatorTree& dominators, ScalarEvolution& evolution)
        : kernel_(kernel), loops_(loops), dominators_(dominators), evolution_(evolution) {}

    /// How often a block runs: the product of the turns of its loops, if it runs in each of them.
    Maybe runs(BasicBlock* block) {
        Polynomial count{{{}, 1}};
        const BasicBlock* inner = block;
        for (Loop* loop = loops_.getLoopFor(block); loop != nullptr; loop = loop->getParentLoop()) {
            BasicBlock* exiting = loop->getExitingBlock();
            BasicBlock* latch = loop->getLoopLatch();
            if (exiting == nullptr || latch == nullptr || !dominators_.dominates(inner, latch)) {
                return std::nullopt;
            }
            const SCEV* back = evolution_.getBackedgeTakenCount(loop);
            if (isa<SCEVCouldNotCompute>(back)) {
                return std::nullopt;
            }
            Maybe turns = polynomial(back);
            if (!turns) {
                return std::nullopt;
            }
            // What stands before the test runs once more than the way back is taken.
            if (dominators_.dominates(inner, exiting)) {
                turns = plus(*turns, {{{}, 1}});
            }
            count = times(count, *turns);
            inner = loop->getHeader();
        }
        for (BasicBlock& end : kernel_) {
            if (isa<ReturnInst>(end.getTerminator()) && !dominators_.dominates(inner, &end)) {
                return std::nullopt;
            }
        }
        return count;
    }

    json::Object collect() {
        struct Sum {
            int64_t sites = 0;
            Maybe total = Polynomial{};
        };
        std::map<std::string, std::map<std::string, Sum>> sums;
        bool computed_index = false;
        for (BasicBlock& block : kernel_) {
            for (Instruction& instruction : block) {
                const std::optional<Event> event = event_of(instruction);
                if (!event || event->cb == nullptr || event->what == What::Reserve) {
                    computed_index |= event && event->what == What::Opaque;
                    continue;
                }
                const auto* cb = dyn_cast<ConstantInt>(event->cb);
                if (cb == nullptr) {
                    computed_index = true;
                    continue;
                }
                Sum& sum = sums[std::to_string(cb->getZExtValue())][event->what == What::Push  ? "push"
                                                                    : event->what == What::Pop ? "pop"
                                                                                               : "wait"];
                ++sum.sites;
                const Maybe count = runs(&block);
                const Maybe pages = polynomial(evolution_.getSCEV(event->pages));
                if (count && pages && sum.total) {
                    sum.total = plus(*sum.total, times(*count, *pages));
                } else {
                    sum.total.reset();
                }
            }
        }
        json::Object all;
        for (const auto& [cb, kinds] : sums) {
            json::Object one;
            for (const auto& [kind, sum] : kinds) {
                json::Object entry{{"sites", sum.sites}};
                if (sum.total) {
                    json::Array terms;
                    for (const auto& [monomial, factor] : *sum.total) {
                        json::Array symbols;
                        for (const std::string& symbol : monomial) {
                            symbols.push_back(symbol);
                        }
                        terms.push_back(json::Object{{"factor", factor}, {"symbols", std::move(symbols)}});
                    }
                    entry["terms"] = std::move(terms);
                }
                one[kind] = std::move(entry);
            }
            all[cb] = std::move(one);
        }
        if (computed_index) {
            all["computed"] = true;
        }
        return all;
    }

private:
    Function& kernel_;
    LoopInfo& loops_;
    DominatorTree& dominators_;
    ScalarEvolution& evolution_;
};

}  // namespace

json::Object page_totals(Function& kernel, LoopInfo& loops, DominatorTree& dominators, ScalarEvolution& evolution) {
    return Totals(kernel, loops, dominators, evolution).collect();
}

}  // namespace tessera::analysis

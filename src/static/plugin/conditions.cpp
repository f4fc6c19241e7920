#include "conditions.h"

#include <algorithm>

#include "llvm/IR/Constants.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"

namespace tessera::analysis {

using namespace llvm;

Condition condition(const Value* value, bool& inverted) {
    if (const auto* compare = dyn_cast<ICmpInst>(value)) {
        const auto predicate = compare->getPredicate();
        const auto inverse = compare->getInversePredicate();
        inverted = inverse < predicate;
        return {std::min(predicate, inverse), compare->getOperand(0), compare->getOperand(1)};
    }
    return {0, value, nullptr};
}

const ConstantInt* value_of(const Value* value, const State& state) {
    if (const auto* constant = dyn_cast<ConstantInt>(value)) {
        return constant;
    }
    const auto found = state.known.find(value);
    return found == state.known.end() ? nullptr : found->second;
}

std::optional<bool> decide(const Value* value, const State& state) {
    if (const ConstantInt* constant = value_of(value, state)) {
        return !constant->isZero();
    }
    bool inverted = false;
    const Condition key = condition(value, inverted);
    if (const auto fact = state.facts.find(key); fact != state.facts.end()) {
        return fact->second != inverted;
    }
    if (const auto* compare = dyn_cast<ICmpInst>(value)) {
        const ConstantInt* left = value_of(compare->getOperand(0), state);
        const ConstantInt* right = value_of(compare->getOperand(1), state);
        if (left != nullptr && right != nullptr) {
            return ICmpInst::compare(left->getValue(), right->getValue(), compare->getPredicate());
        }
    }
    if (const auto* operation = dyn_cast<BinaryOperator>(value);
        operation && operation->getOpcode() == Instruction::Xor) {
        if (const auto* one = dyn_cast<ConstantInt>(operation->getOperand(1)); one && one->isOne()) {
            if (const auto inner = decide(operation->getOperand(0), state)) {
                return !*inner;
            }
        }
    }
    return std::nullopt;
}

}  // namespace tessera::analysis

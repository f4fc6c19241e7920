// What a branch's condition is on a path, as far as the turns before it tell.
#pragma once

#include <optional>

#include "state.h"

namespace tessera::analysis {

/// A condition in the form in which it is compared with others. `inverted` is set if it is the opposite of that form.
Condition condition(const llvm::Value* value, bool& inverted);

/// The number that a value is on this path; null if it is not known.
const llvm::ConstantInt* value_of(const llvm::Value* value, const State& state);

/// The value of a branch's condition on this path, if it is known.
std::optional<bool> decide(const llvm::Value* value, const State& state);

}  // namespace tessera::analysis

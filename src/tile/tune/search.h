// What can be tried of a kernel: choices that the compiler could take, each lowered and estimated, looked for from the
// best on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tile/cost/estimate.h>
#include <tile/device/program.h>
#include <tile/lower.h>

namespace tessera::tile::tune {

/// One way to compile a kernel.
struct Option {
    std::vector<lower::Choices> choices;  ///< by launch; of one that can be had all that was taken
    cost::Estimate estimate;
    double bound = 0;  ///< cycles that no run of it takes less than; of several launches their sum
    device::Module module;
    std::string rejected;  ///< why it cannot be had; empty: it can
};

struct Limits {
    size_t looked_at = 200;               ///< at most so many are lowered
    std::vector<std::string> fidelities;  ///< that matrix products may have; none: what the compiler takes
};

/// A best-first walk: from what the compiler takes by itself, all that differ in one choice are looked at, then those
/// that differ in one from the best of these, and so on. The first is what the compiler takes, then come those that
/// can be had, the quickest by estimate first, then the others. The same for the same arguments.
std::vector<Option> search(const ir::Kernel& kernel, const lower::Options& options, const Limits& limits);

/// One candidate: the kernel as the compiler takes it with these choices, others left to it.
Option option_of(const ir::Kernel& kernel, const lower::Options& options);

}  // namespace tessera::tile::tune

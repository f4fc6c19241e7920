// One step of a path: what an event does to the path's state, and whether it is wrong there.
#pragma once

#include "findings.h"
#include "habits.h"
#include "state.h"

#include "llvm/IR/DataLayout.h"

namespace tessera::analysis {

/// Sorts what is pending and drops what is there twice: states are compared.
void settle(State& state);

class Steps {
public:
    Steps(const Habits& habits, const llvm::DataLayout& layout, Findings& findings)
        : habits_(habits), layout_(layout), findings_(findings) {}

    void apply(const Event& event, State& state);

    /// The kernel ends in this state.
    void end(const State& state);

private:
    static void drop(State& state, What what);
    static void add_pending(State& state, const Event& event, Address address);

    void push_or_pop(const Event& event, State& state);
    void tiles(const Event& event, const State& state);
    void transfer(const Event& event, State& state);
    void load(const Event& event, State& state);

    void dst(const Event& event, State& state);
    void dst_finding(const State& state, const Event& event, const char* name, bool wrong, const char* message,
                     const char* help);

    const Habits& habits_;
    const llvm::DataLayout& layout_;
    Findings& findings_;
};

}  // namespace tessera::analysis

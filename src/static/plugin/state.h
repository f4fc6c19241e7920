// What a path of a kernel has done so far, as far as it matters to what it does next.
#pragma once

#include <map>
#include <memory>
#include <tuple>

#include "addresses.h"
#include "events.h"
#include "paths.h"

namespace tessera::analysis {

/// Pages that were reserved or waited for and are not yet pushed or popped.
struct Window {
    enum Kind : uint8_t { Empty, Number, Symbol, Unknown } kind = Empty;
    int64_t number = 0;
    const llvm::Value* symbol = nullptr;
    const llvm::Instruction* since = nullptr;

    auto key() const { return std::tuple(kind, number, symbol); }
    bool operator==(const Window& other) const { return key() == other.key(); }
    bool operator<(const Window& other) const { return key() < other.key(); }
};

/// A transfer that nobody has waited for.
struct Pending {
    const llvm::Instruction* at = nullptr;
    What what = What::Read;
    Address address;
    bool stale = false;  ///< issued in an earlier turn of a loop: the values of its address have changed since

    auto key() const { return std::tuple(at, what, stale); }
    bool operator==(const Pending& other) const { return key() == other.key(); }
    bool operator<(const Pending& other) const { return key() < other.key(); }
};

/// The way here, newest turn first.
struct Trail {
    Turn turn;
    std::shared_ptr<const Trail> before;
    unsigned length = 1;
};

/// A condition as it is compared from one branch to the next: predicate and operands.
using Condition = std::tuple<unsigned, const llvm::Value*, const llvm::Value*>;

using Windows = std::map<int64_t, Window>;

struct State {
    Windows reserved, waited;   ///< by index of the circular buffer; absent: Empty
    bool any_reserved = false;  ///< a computed index was reserved: nothing is Empty any more
    bool any_waited = false;
    std::vector<Pending> pending;  ///< sorted
    int held = 0;                  ///< MATH has a section
    int committed = 0;             ///< sections committed and not waited for
    int packing = 0;               ///< PACK has a section
    bool both = false;             ///< the section is both's
    std::map<Condition, bool> facts;
    std::map<const llvm::Value*, const llvm::ConstantInt*> known;

    std::shared_ptr<const Trail> trail;
    const llvm::Instruction* dst_since = nullptr;

    auto key() const {
        return std::tie(reserved, waited, any_reserved, any_waited, pending, held, committed, packing, both, facts,
                        known);
    }
    bool operator<(const State& other) const { return key() < other.key(); }
};

}  // namespace tessera::analysis

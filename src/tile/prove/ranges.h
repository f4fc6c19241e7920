// What is known of integer variables: between which two numbers each lies.
#pragma once

#include <cstdint>
#include <limits>
#include <map>

#include <tile/ir/expr.h>

namespace tessera::tile::prove {

/// Both ends belong to it. The ends of all() stand for no end.
struct Range {
    int64_t low, high;
    static constexpr Range all() {
        return {std::numeric_limits<int64_t>::min() / 4, std::numeric_limits<int64_t>::max() / 4};
    }
    bool operator==(const Range&) const = default;
};

class Ranges {
public:
    void set(const ir::Var& var, Range range) { known_[var.get()] = range; }
    /// Of an integer expression or a condition (0 or 1); all() if nothing is known.
    Range of(const ir::Expr& expr) const;

private:
    std::map<const ir::VarNode*, Range> known_;
};

/// Whether two expressions of different kernels mean the same: as same(), but variables are equal by name.
bool same_text(const ir::Expr& a, const ir::Expr& b);

}  // namespace tessera::tile::prove

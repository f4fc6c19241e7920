// Integer expressions as sums: what index analysis asks of them. A sum's terms are multiples of atoms, which are
// variables or whatever else is not a sum itself, so that the form exists for every expression.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

struct Linear {
    std::vector<std::pair<ir::Expr, int64_t>> terms;  ///< atom and factor, which is not 0; atoms differ
    int64_t constant = 0;

    /// The factor of a variable that appears in no other atom; nothing if it hides in one.
    std::optional<int64_t> factor_of(const ir::Var& var) const;
};

Linear linear(const ir::Expr& expr);
ir::Expr to_expr(const Linear& sum, ir::DType dtype = ir::DType::Int32);

/// What variables are known to be.
struct Bounds {
    int64_t low = 0, high = 0;  ///< both may be taken
};
struct Facts {
    std::map<ir::Var, Bounds> bounds;
    std::map<ir::Var, int64_t> multiples;  ///< variables that are multiples of something
};

/// Where the values of an expression lie, if all of its variables have bounds.
std::optional<Bounds> bounds_of(const ir::Expr& expr, const Facts& facts);
/// A number that divides all values of the expression, as large as is easily seen; 0 if the expression is 0.
int64_t divisor_of(const ir::Expr& expr, const Facts& facts);
inline bool is_multiple(const ir::Expr& expr, int64_t of, const Facts& facts) {
    return divisor_of(expr, facts) % of == 0;
}
/// floor(expr / by), term by term where that is exact, so that the text stays plain.
ir::Expr divided(const ir::Expr& expr, int64_t by, const Facts& facts);
/// The same value in its plainest form: a sum of multiples.
ir::Expr simplified(const ir::Expr& expr);

/// The facts inside a loop.
Facts with_loop(Facts facts, const ir::For& loop);

}  // namespace tessera::tile::pass

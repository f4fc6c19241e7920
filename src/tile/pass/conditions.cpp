#include <tile/pass/conditions.h>

#include <tile/pass/linear.h>

namespace tessera::tile::pass {

using ir::Expr;
using ir::Op;

Expr conjunction(const Expr& a, const Expr& b) {
    return !a ? b : !b ? a : ir::make(Op::And, {a, b});
}

Expr without_bounds_checks(const Expr& condition, const ir::Store& store) {
    if (!condition) {
        return condition;
    }
    if (condition->op == Op::And) {
        return conjunction(without_bounds_checks(condition->args[0], store),
                           without_bounds_checks(condition->args[1], store));
    }
    if (condition->op == Op::Lt) {
        for (size_t i = 0; i < store.indices.size(); ++i) {
            if (ir::same(simplified(condition->args[0]), store.indices[i]) &&
                ir::same(simplified(condition->args[1]), simplified(store.buffer->shape[i]))) {
                return nullptr;
            }
        }
    }
    return condition;
}

}  // namespace tessera::tile::pass

#include <tile/pass/owners.h>

#include <algorithm>

namespace tessera::tile::pass {

ir::Stmt join_blocks(const ir::Stmt& launch, const std::map<ir::Var, int64_t>& together, Names& names) {
    ir::Launch result = std::get<ir::Launch>(launch->of);
    for (size_t axis = 0; axis < result.vars.size(); ++axis) {
        const ir::Var var = result.vars[axis];
        const auto asked = together.find(var);
        const auto extent = ir::constant(result.extents[axis]);
        if (asked == together.end() || !extent) {
            continue;
        }
        const int64_t count = std::min(asked->second, *extent);
        const auto group =
            std::make_shared<const ir::VarNode>(ir::VarNode{names.fresh(var->name + "_group"), var->dtype});
        const auto member =
            std::make_shared<const ir::VarNode>(ir::VarNode{names.fresh(var->name + "_in_group"), var->dtype});
        const ir::Expr number = ir::make_var(group) * ir::make_int(count, var->dtype) + ir::make_var(member);
        ir::Block body = ir::map_exprs(result.body, [&](const ir::Expr& expr) {
            return ir::substitute(expr, [&](const ir::Var& used) { return used == var ? number : ir::Expr(); });
        });
        if (*extent % count != 0) {
            const ir::Expr there = ir::make(ir::Op::Lt, {number, ir::make_int(*extent, var->dtype)});
            body = {ir::make_stmt(ir::If{there, std::move(body), {}}, launch->span)};
        }
        ir::For loop{member,
                     ir::make_int(0, var->dtype),
                     ir::make_int(count, var->dtype),
                     ir::make_int(1, var->dtype),
                     ir::LoopKind::Serial,
                     0,
                     std::move(body)};
        result.body = {ir::make_stmt(std::move(loop), launch->span)};
        result.vars[axis] = group;
        result.extents[axis] = ir::make_int((*extent + count - 1) / count, result.extents[axis]->dtype);
    }
    return ir::make_stmt(std::move(result), launch->span);
}

}  // namespace tessera::tile::pass

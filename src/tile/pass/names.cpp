#include <tile/pass/names.h>

#include <variant>

namespace tessera::tile::pass {

Names::Names(const ir::Kernel& kernel) {
    const auto take_expr = [&](const ir::Expr& expr) {
        ir::walk(expr, [&](const ir::Expr& node) {
            if (node->var) {
                taken_.insert(node->var->name);
            }
            if (node->buffer) {
                taken_.insert(node->buffer->name);
            }
        });
    };
    for (const ir::Buffer& param : kernel.params) {
        taken_.insert(param->name);
    }
    for (const ir::Var& symbol : kernel.symbols) {
        taken_.insert(symbol->name);
    }
    ir::walk_statements(kernel.body, [&](const ir::Stmt& stmt) {
        ir::each_expr(*stmt, take_expr);
        if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of)) {
            taken_.insert(alloc->buffer->name);
        } else if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
            taken_.insert(let->var->name);
        } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            taken_.insert(loop->var->name);
        } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
            for (const ir::Var& var : nest->vars) {
                taken_.insert(var->name);
            }
        } else if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            for (const ir::Var& var : launch->vars) {
                taken_.insert(var->name);
            }
        }
    });
}

std::string Names::fresh(const std::string& base) {
    std::string name = base;
    for (int number = 2; !taken_.insert(name).second; ++number) {
        name = base + "_" + std::to_string(number);
    }
    return name;
}

}  // namespace tessera::tile::pass

#include <tile/pass/layouts.h>

#include <set>

#include <tile/pass/names.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::pass {

Separated separate_layouts(const ir::Kernel& kernel) {
    std::set<ir::Buffer> blocks, elements, written;
    ir::walk_statements(kernel.body, [&](const ir::Stmt& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            blocks.insert(copy->src.buffer);
            written.insert(copy->dst.buffer);
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            written.insert(atomic->dst.buffer);
        } else if (const auto* im2col = std::get_if<ir::Im2col>(&stmt->of)) {
            blocks.insert(im2col->img.buffer);
        }
        ir::each_expr(*stmt, [&](const ir::Expr& expr) {
            ir::walk(expr, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Load && node->buffer->scope == ir::Scope::Param) {
                    elements.insert(node->buffer);
                }
            });
        });
    });
    Separated result{kernel, {}};
    Names names(kernel);
    std::map<ir::Buffer, ir::Buffer> made;
    for (const ir::Buffer& param : kernel.params) {
        if (blocks.contains(param) && elements.contains(param) && !written.contains(param)) {
            ir::BufferNode node = *param;
            node.name = names.fresh(param->name + "_rows");
            const auto buffer = std::make_shared<const ir::BufferNode>(std::move(node));
            made[param] = buffer;
            result.originals[buffer] = param;
            result.kernel.params.push_back(buffer);
        }
    }
    if (made.empty()) {
        return result;
    }
    result.kernel.body = ir::map_exprs(kernel.body, [&](const ir::Expr& expr) {
        return ir::rewrite(expr, [&](const ir::Expr& node) -> ir::Expr {
            const auto at = node->op == ir::Op::Load ? made.find(node->buffer) : made.end();
            return at == made.end() ? node : ir::make_load(at->second, node->args, node->span);
        });
    });
    return result;
}

}  // namespace tessera::tile::pass

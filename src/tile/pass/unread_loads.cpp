#include <tile/pass/unread_loads.h>

#include <set>
#include <type_traits>
#include <utility>

#include <tile/pass/normalise.h>

namespace tessera::tile::pass {
namespace {

using ir::Block;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Stmt;

/// Buffers of the block that some statement takes something from.
std::set<Buffer> taken_from(const Block& body) {
    std::set<Buffer> taken;
    ir::walk_statements(body, [&](const Stmt& stmt) {
        ir::each_expr(*stmt, [&](const Expr& expr) {
            ir::walk(expr, [&](const Expr& node) {
                if (node->op == Op::Load) {
                    taken.insert(node->buffer);
                }
            });
        });
        std::visit(
            [&](const auto& of) {
                using Kind = std::decay_t<decltype(of)>;
                if constexpr (std::is_same_v<Kind, ir::Gemm>) {
                    taken.insert({of.a.buffer, of.b.buffer, of.c.buffer});
                } else if constexpr (std::is_same_v<Kind, ir::Atomic>) {
                    if (of.src) {
                        taken.insert(of.src->buffer);
                    }
                } else if constexpr (std::is_same_v<Kind, ir::Copy> || std::is_same_v<Kind, ir::Reduce> ||
                                     std::is_same_v<Kind, ir::Scan> || std::is_same_v<Kind, ir::Transpose>) {
                    taken.insert(of.src.buffer);
                }
            },
            stmt->of);
    });
    return taken;
}

Block without(const Block& body, const std::set<Buffer>& taken) {
    Block result;
    for (const Stmt& stmt : body) {
        const auto* copy = std::get_if<ir::Copy>(&stmt->of);
        if (copy != nullptr && is_tensor(copy->src.buffer) && !taken.contains(copy->dst.buffer)) {
            continue;
        }
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            ir::Launch changed = *launch;
            changed.body = without(launch->body, taken);
            result.push_back(ir::make_stmt(std::move(changed), stmt->span));
        } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            ir::For changed = *loop;
            changed.body = without(loop->body, taken);
            result.push_back(ir::make_stmt(std::move(changed), stmt->span));
        } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
            result.push_back(ir::make_stmt(ir::While{forever->condition, without(forever->body, taken)}, stmt->span));
        } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
            result.push_back(ir::make_stmt(
                ir::If{branch->condition, without(branch->then, taken), without(branch->otherwise, taken)},
                stmt->span));
        } else {
            result.push_back(stmt);
        }
    }
    return result;
}

}  // namespace

Block without_unread_loads(const Block& body) {
    return without(body, taken_from(body));
}

}  // namespace tessera::tile::pass

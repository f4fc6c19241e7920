#include <tile/pass/narrow.h>

#include <map>
#include <memory>
#include <utility>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::DType;
using ir::Expr;
using ir::Region;
using ir::Stmt;

bool of_block(const Buffer& buffer) {
    return buffer->scope == ir::Scope::Shared || buffer->scope == ir::Scope::Fragment;
}

class Narrower {
public:
    Stmt statement(const Stmt& stmt) {
        return std::visit([&](const auto& of) { return ir::make_stmt(one(of), stmt->span); }, stmt->of);
    }

    /// Values of what has become narrow, in the type that expressions know.
    Expr value(const Expr& expr) const {
        return ir::rewrite(expr, [&](const Expr& node) -> Expr {
            if (node->op != ir::Op::Load) {
                return node;
            }
            const auto narrow = made_.find(node->buffer);
            return narrow == made_.end()
                       ? node
                       : ir::make_cast(node->dtype, ir::make_load(narrow->second, node->args, node->span));
        });
    }

private:
    std::map<Buffer, Buffer> made_;

    Buffer buffer(const Buffer& old) {
        if (!of_block(old) || old->dtype != DType::Float32) {
            return old;
        }
        Buffer& narrow = made_[old];
        if (!narrow) {
            ir::BufferNode node = *old;
            node.dtype = DType::BFloat16;
            narrow = std::make_shared<const ir::BufferNode>(std::move(node));
        }
        return narrow;
    }

    Region region(Region old) {
        old.buffer = buffer(old.buffer);
        return old;
    }

    ir::Block block(const ir::Block& old) {
        ir::Block result;
        result.reserve(old.size());
        for (const Stmt& stmt : old) {
            result.push_back(statement(stmt));
        }
        return result;
    }

    template <class Kind>
    Kind one(const Kind& old) {
        Kind result = old;
        if constexpr (requires { result.body; }) {
            result.body = block(old.body);
        } else if constexpr (std::is_same_v<Kind, ir::If>) {
            result.then = block(old.then);
            result.otherwise = block(old.otherwise);
        } else if constexpr (std::is_same_v<Kind, ir::Alloc>) {
            result.buffer = buffer(old.buffer);
        } else if constexpr (std::is_same_v<Kind, ir::Store>) {
            result.buffer = buffer(old.buffer);
            result.value = ir::make_cast(result.buffer->dtype, old.value);
        } else if constexpr (std::is_same_v<Kind, ir::Gemm>) {
            result.a = region(old.a);
            result.b = region(old.b);
            result.c = region(old.c);
        } else if constexpr (std::is_same_v<Kind, ir::Atomic>) {
            if (old.src) {
                result.src = region(*old.src);
            }
        } else {
            if constexpr (requires { result.src; }) {
                result.src = region(old.src);
            }
            if constexpr (requires { result.dst; }) {
                result.dst = region(old.dst);
            }
        }
        return result;
    }
};

/// Whether tiles of a tensor's float32 numbers pass through the launch.
bool has_wide_tensors(const ir::Launch& launch) {
    bool found = false;
    const auto look = [&](const Buffer& buffer) {
        found = found || ((buffer->scope == ir::Scope::Param || buffer->scope == ir::Scope::Global) &&
                          (buffer->dtype == DType::Float32 || buffer->dtype == DType::Float64));
    };
    ir::walk_statements(launch.body, [&](const Stmt& stmt) {
        ir::each_expr(*stmt, [&](const Expr& expr) {
            ir::walk(expr, [&](const Expr& node) {
                if (node->op == ir::Op::Load) {
                    look(node->buffer);
                }
            });
        });
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            look(copy->src.buffer);
            look(copy->dst.buffer);
        } else if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
            look(store->buffer);
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            look(atomic->dst.buffer);
        }
    });
    return found;
}

}  // namespace

ir::Kernel narrow_blocks(const ir::Kernel& kernel, const std::vector<bool>& asked) {
    ir::Kernel result = kernel;
    size_t number = 0;
    for (Stmt& stmt : result.body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch == nullptr) {
            continue;
        }
        const bool narrow = number < asked.size() && asked[number];
        ++number;
        if (!narrow || has_wide_tensors(*launch)) {
            continue;
        }
        Narrower narrower;
        const Stmt structure = narrower.statement(stmt);
        stmt = ir::map_exprs(structure, [&](const Expr& expr) { return narrower.value(expr); });
    }
    return result;
}

}  // namespace tessera::tile::pass

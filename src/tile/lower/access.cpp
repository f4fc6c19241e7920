#include <tile/lower/access.h>

#include <algorithm>
#include <type_traits>

#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using device::Role;
using ir::Buffer;
using ir::Expr;
using ir::Op;

Access& entry(std::vector<Access>& list, const Buffer& buffer) {
    const auto at = std::find_if(list.begin(), list.end(), [&](const Access& a) { return a.buffer == buffer; });
    if (at != list.end()) {
        return *at;
    }
    list.push_back(Access{.buffer = buffer});
    return list.back();
}

void read(std::vector<Access>& list, const Buffer& buffer) {
    if (pass::is_block(buffer)) {
        entry(list, buffer).reads = true;
    }
}

/// The value of an element of `result` at `indices` reads others of the same buffer only there.
bool only_there(const Expr& value, const Buffer& result, const std::vector<Expr>& indices) {
    bool there = true;
    ir::walk(value, [&](const Expr& node) {
        if (node->op == Op::Load && node->buffer == result) {
            for (size_t i = 0; i < indices.size(); ++i) {
                there = there && ir::same(node->args[i], indices[i]);
            }
        }
    });
    return there;
}

void read_all(std::vector<Access>& list, const Expr& value) {
    ir::walk(value, [&](const Expr& node) {
        if (node->op == Op::Load) {
            read(list, node->buffer);
        }
    });
}

/// Whether the indices run over all elements when the nest's variables do.
bool covers(const Buffer& buffer, const std::vector<Expr>& indices, const ir::Parallel& nest) {
    std::vector<ir::Var> seen;
    for (size_t i = 0; i < indices.size(); ++i) {
        const auto size = ir::constant(buffer->shape[i]);
        if (const auto at = ir::constant(indices[i])) {
            if (size != 1 || *at != 0) {
                return false;
            }
            continue;
        }
        if (indices[i]->op != Op::Var || std::find(seen.begin(), seen.end(), indices[i]->var) != seen.end()) {
            return false;
        }
        seen.push_back(indices[i]->var);
        const auto var = std::find(nest.vars.begin(), nest.vars.end(), indices[i]->var);
        if (var == nest.vars.end() ||
            ir::constant(nest.extents[static_cast<size_t>(var - nest.vars.begin())]) != size) {
            return false;
        }
    }
    return true;
}

struct Collect {
    std::vector<Access> list;

    void result(const ir::Region& dst, bool reads_before, bool in_place) {
        if (!pass::is_block(dst.buffer)) {
            return;
        }
        Access& access = entry(list, dst.buffer);
        const bool other_read = access.reads;
        access.writes = true;
        access.keeps = reads_before || !is_whole(dst);
        access.reads = access.reads || access.keeps;
        access.in_place = in_place && !other_read;
    }

    void operator()(const ir::Copy& copy) {
        read(list, copy.src.buffer);
        result(copy.dst, false, true);
    }
    void operator()(const ir::Fill& fill) {
        read_all(list, fill.value);
        result(fill.dst, false, true);
    }
    void operator()(const ir::Gemm& gemm) {
        read(list, gemm.a.buffer);
        read(list, gemm.b.buffer);
        result(gemm.c, !gemm.clear, true);
    }
    void operator()(const ir::Reduce& reduce) {
        read(list, reduce.src.buffer);
        result(reduce.dst, !reduce.clear, true);
    }
    void operator()(const ir::Scan& scan) {
        read(list, scan.src.buffer);
        result(scan.dst, false, false);
    }
    void operator()(const ir::Transpose& transpose) {
        read(list, transpose.src.buffer);
        result(transpose.dst, false, false);
    }
    void operator()(const ir::Im2col& im2col) { result(im2col.dst, false, true); }
    void operator()(const ir::Atomic& atomic) {
        if (atomic.src) {
            read(list, atomic.src->buffer);
        }
    }
    void operator()(const ir::Parallel& nest) {
        const ir::Stmt* inner = &nest.body.front();
        Expr condition;
        if (const auto* branch = std::get_if<ir::If>(&(*inner)->of)) {
            condition = branch->condition;
            inner = &branch->then.front();
        }
        const auto& store = std::get<ir::Store>((*inner)->of);
        if (condition) {
            read_all(list, condition);
        }
        read_all(list, store.value);
        Access& access = entry(list, store.buffer);
        access.writes = true;
        access.in_place = only_there(store.value, store.buffer, store.indices) &&
                          (!condition || only_there(condition, store.buffer, store.indices));
        access.keeps = condition || !covers(store.buffer, store.indices, nest);
        access.reads = access.reads || access.keeps;
    }
    void operator()(const ir::Let& let) {
        static constexpr Role takers[] = {Role::Compute, Role::Reader, Role::Writer};
        size_t next = 0;
        ir::walk(let.value, [&](const Expr& node) {
            if (node->op == Op::Load && pass::is_block(node->buffer)) {
                Access& access = entry(list, node->buffer);
                access.reads = true;
                access.reader = takers[next++ % 3];
            }
        });
    }
    template <class Other>
    void operator()(const Other&) {}
};

}  // namespace

bool is_gather(const ir::StmtNode& stmt) {
    const auto* nest = std::get_if<ir::Parallel>(&stmt.of);
    const auto* store = nest == nullptr ? nullptr : std::get_if<ir::Store>(&nest->body.front()->of);
    if (store == nullptr) {
        return false;
    }
    const Expr* value = &store->value;
    while ((*value)->op == Op::Cast) {
        value = &(*value)->args[0];
    }
    return (*value)->op == Op::Load && pass::is_tensor((*value)->buffer);
}

std::vector<Buffer> told_by(const ir::StmtNode& stmt) {
    std::vector<Buffer> buffers;
    if (const auto* let = std::get_if<ir::Let>(&stmt.of)) {
        ir::walk(let->value, [&](const Expr& node) {
            if (node->op == Op::Load && pass::is_block(node->buffer)) {
                buffers.push_back(node->buffer);
            }
        });
    }
    return buffers;
}

bool is_tile_statement(const ir::StmtNode& stmt) {
    if (std::holds_alternative<ir::Let>(stmt.of)) {
        return !told_by(stmt).empty();
    }
    return std::visit(
        [](const auto& of) {
            using Kind = std::decay_t<decltype(of)>;
            return std::is_same_v<Kind, ir::Parallel> || std::is_same_v<Kind, ir::Copy> ||
                   std::is_same_v<Kind, ir::Fill> || std::is_same_v<Kind, ir::Gemm> ||
                   std::is_same_v<Kind, ir::Reduce> || std::is_same_v<Kind, ir::Scan> ||
                   std::is_same_v<Kind, ir::Atomic> || std::is_same_v<Kind, ir::Transpose> ||
                   std::is_same_v<Kind, ir::Im2col>;
        },
        stmt.of);
}

Role role_of(const ir::StmtNode& stmt) {
    if (is_gather(stmt)) {
        return Role::Reader;
    }
    if (const auto* copy = std::get_if<ir::Copy>(&stmt.of)) {
        if (pass::is_tensor(copy->src.buffer)) {
            return Role::Reader;
        }
        return pass::is_tensor(copy->dst.buffer) ? Role::Writer : Role::Compute;
    }
    if (std::holds_alternative<ir::Im2col>(stmt.of)) {
        return Role::Reader;
    }
    return std::holds_alternative<ir::Atomic>(stmt.of) ? Role::Writer : Role::Compute;
}

std::vector<Access> accesses(const ir::StmtNode& stmt) {
    Collect collect;
    std::visit(collect, stmt.of);
    return std::move(collect.list);
}

bool is_whole(const ir::Region& region) {
    for (size_t i = 0; i < region.begin.size(); ++i) {
        if (ir::constant(region.begin[i]) != 0 || !ir::constant(region.extent[i]) ||
            ir::constant(region.extent[i]) != ir::constant(region.buffer->shape[i])) {
            return false;
        }
    }
    return true;
}

ir::Stmt with_buffers(const ir::Stmt& stmt, const std::function<Buffer(const Buffer&)>& read,
                      const std::function<Buffer(const Buffer&)>& write) {
    const auto in = [&](ir::Region region) {
        if (pass::is_block(region.buffer)) {
            region.buffer = read(region.buffer);
        }
        return region;
    };
    const auto out = [&](ir::Region region) {
        if (pass::is_block(region.buffer)) {
            region.buffer = write(region.buffer);
        }
        return region;
    };
    const auto value = [&](const Expr& expr) {
        return ir::rewrite(expr, [&](const Expr& node) -> Expr {
            // A buffer may have got another element type; expressions keep theirs.
            return node->op == Op::Load && pass::is_block(node->buffer)
                       ? ir::make_cast(node->dtype, ir::make_load(read(node->buffer), node->args, node->span))
                       : node;
        });
    };
    return std::visit(
        [&](const auto& of) -> ir::Stmt {
            using Kind = std::decay_t<decltype(of)>;
            if constexpr (std::is_same_v<Kind, ir::Copy> || std::is_same_v<Kind, ir::Transpose> ||
                          std::is_same_v<Kind, ir::Reduce> || std::is_same_v<Kind, ir::Scan>) {
                Kind result = of;
                result.src = in(of.src);
                result.dst = out(of.dst);
                return ir::make_stmt(std::move(result), stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Let>) {
                return ir::make_stmt(ir::Let{of.var, value(of.value)}, stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Fill>) {
                return ir::make_stmt(ir::Fill{out(of.dst), value(of.value)}, stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Gemm>) {
                Kind result = of;
                result.a = in(of.a);
                result.b = in(of.b);
                result.c = out(of.c);
                return ir::make_stmt(std::move(result), stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Atomic>) {
                Kind result = of;
                result.src = in(*of.src);
                return ir::make_stmt(std::move(result), stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Im2col>) {
                Kind result = of;
                result.dst = out(of.dst);
                return ir::make_stmt(std::move(result), stmt->span);
            } else if constexpr (std::is_same_v<Kind, ir::Parallel>) {
                ir::Parallel result = of;
                const ir::Stmt& inner = of.body.front();
                const auto store = [&](const ir::Stmt& old) {
                    ir::Store changed = std::get<ir::Store>(old->of);
                    changed.buffer = write(changed.buffer);
                    changed.value = ir::make_cast(changed.buffer->dtype, value(changed.value));
                    return ir::make_stmt(std::move(changed), old->span);
                };
                if (const auto* branch = std::get_if<ir::If>(&inner->of)) {
                    result.body = {ir::make_stmt(ir::If{value(branch->condition), {store(branch->then.front())}, {}},
                                                 inner->span)};
                } else {
                    result.body = {store(inner)};
                }
                return ir::make_stmt(std::move(result), stmt->span);
            } else {
                return stmt;
            }
        },
        stmt->of);
}

}  // namespace tessera::tile::lower

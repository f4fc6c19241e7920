#include <tile/pass/coarsen.h>

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <tile/pass/linear.h>
#include <tile/pass/names.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

class Merger {
public:
    Merger(Var merged, const Axis& tied, int64_t factor) : grid_(std::move(merged)), tied_(tied), factor_(factor) {
        for (const auto& [buffer, dimension] : tied.dimensions) {
            ir::BufferNode node = *buffer;
            Expr& size = node.shape[static_cast<size_t>(dimension)];
            size = ir::make_int(ir::constant(size).value_or(1) * factor, size->dtype);
            larger_[buffer] = std::make_shared<const ir::BufferNode>(std::move(node));
        }
    }

    ir::Block block(const ir::Block& body) {
        ir::Block result;
        for (const Stmt& stmt : body) {
            result.push_back(statement(stmt));
        }
        return result;
    }

private:
    Var grid_;
    const Axis& tied_;
    int64_t factor_;
    std::map<Buffer, Buffer> larger_;

    Buffer buffer(const Buffer& old) const {
        const auto at = larger_.find(old);
        return at == larger_.end() ? old : at->second;
    }

    Expr value(const Expr& expr) const {
        if (!expr) {
            return expr;
        }
        return ir::rewrite(expr, [&](const Expr& node) -> Expr {
            if (node->op == Op::Var && node->var == grid_) {
                return node * ir::make_int(factor_, node->dtype);
            }
            if (node->op == Op::Load && larger_.contains(node->buffer)) {
                return ir::make_load(buffer(node->buffer), node->args, node->span);
            }
            return node;
        });
    }

    Region region(const Region& old) const {
        Region result = old;
        result.buffer = buffer(old.buffer);
        for (size_t i = 0; i < old.begin.size(); ++i) {
            const bool cut = is_tensor(old.buffer) ? ir::uses(old.begin[i], grid_)
                                                   : tied_.dimensions.contains({old.buffer, static_cast<int>(i)});
            if (cut) {
                result.extent[i] = old.extent[i] * ir::make_int(factor_, old.extent[i]->dtype);
            }
            result.begin[i] = simplified(value(old.begin[i]));
        }
        return result;
    }

    Stmt statement(const Stmt& stmt) {
        return std::visit([&](const auto& of) { return ir::make_stmt(one(of), stmt->span); }, stmt->of);
    }

    ir::Alloc one(const ir::Alloc& alloc) const { return {buffer(alloc.buffer), value(alloc.init)}; }
    ir::Let one(const ir::Let& let) const { return {let.var, value(let.value)}; }
    ir::Store one(const ir::Store& store) const {
        ir::Store result{buffer(store.buffer), {}, value(store.value)};
        for (const Expr& index : store.indices) {
            result.indices.push_back(value(index));
        }
        return result;
    }
    ir::For one(const ir::For& loop) {
        ir::For result = loop;
        result.begin = value(loop.begin);
        result.end = value(loop.end);
        if (loop.var == grid_) {
            result.end = ir::make_int(ir::constant(loop.end).value_or(0) / factor_, loop.end->dtype);
        }
        result.body = block(loop.body);
        return result;
    }
    ir::Parallel one(const ir::Parallel& nest) {
        ir::Parallel result = nest;
        for (size_t i = 0; i < nest.vars.size(); ++i) {
            if (tied_.vars.contains(nest.vars[i])) {
                result.extents[i] = nest.extents[i] * ir::make_int(factor_, nest.extents[i]->dtype);
            }
        }
        result.body = block(nest.body);
        return result;
    }
    ir::If one(const ir::If& branch) { return {value(branch.condition), block(branch.then), block(branch.otherwise)}; }
    ir::While one(const ir::While& loop) { return {value(loop.condition), block(loop.body)}; }
    static ir::Break one(const ir::Break& leave) { return leave; }
    static ir::Assert one(const ir::Assert& assertion) { return assertion; }
    static ir::Launch one(const ir::Launch& launch) { return launch; }
    ir::Copy one(const ir::Copy& copy) const { return {region(copy.src), region(copy.dst), copy.turn}; }
    ir::Fill one(const ir::Fill& fill) const { return {region(fill.dst), value(fill.value)}; }
    ir::Transpose one(const ir::Transpose& transpose) const { return {region(transpose.src), region(transpose.dst)}; }
    ir::Gemm one(const ir::Gemm& gemm) const {
        ir::Gemm result = gemm;
        result.a = region(gemm.a);
        result.b = region(gemm.b);
        result.c = region(gemm.c);
        return result;
    }
    ir::Reduce one(const ir::Reduce& reduce) const {
        ir::Reduce result = reduce;
        result.src = region(reduce.src);
        result.dst = region(reduce.dst);
        return result;
    }
    ir::Scan one(const ir::Scan& scan) const {
        ir::Scan result = scan;
        result.src = region(scan.src);
        result.dst = region(scan.dst);
        return result;
    }
    ir::Atomic one(const ir::Atomic& atomic) const {
        ir::Atomic result = atomic;
        result.dst = region(atomic.dst);
        if (atomic.src) {
            result.src = region(*atomic.src);
        }
        return result;
    }
    ir::Im2col one(const ir::Im2col& im2col) const {
        ir::Im2col result = im2col;
        result.first_row = value(im2col.first_row);
        result.first_column = value(im2col.first_column);
        return result;
    }
};

/// Buffers of a block that are loaded from tensors, or stored to them.
std::set<ir::Buffer> moved(const ir::Launch& launch) {
    std::set<ir::Buffer> buffers;
    ir::walk_statements(launch.body, [&](const Stmt& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            if (is_tensor(copy->src.buffer)) {
                buffers.insert(copy->dst.buffer);
            } else if (is_tensor(copy->dst.buffer)) {
                buffers.insert(copy->src.buffer);
            }
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of); atomic != nullptr && atomic->src) {
            buffers.insert(atomic->src->buffer);
        } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
            const auto* gather = std::get_if<ir::Store>(&nest->body.front()->of);
            if (gather != nullptr && gather->value->op == ir::Op::Load && is_tensor(gather->value->buffer)) {
                buffers.insert(gather->buffer);
            }
        }
    });
    return buffers;
}

/// Whether blocks of tensors end inside a tile along what is tied to the axis.
bool below_tiles(const Axis& axis, const std::set<ir::Buffer>& moved) {
    return axis.block % 32 != 0 && std::any_of(axis.dimensions.begin(), axis.dimensions.end(), [&](const auto& at) {
               return moved.contains(at.first) && at.second + 2 >= static_cast<int>(at.first->shape.size());
           });
}

}  // namespace

Stmt merge_blocks(const Stmt& launch, size_t axis, const Axis& tied, int64_t factor) {
    const auto& old = std::get<ir::Launch>(launch->of);
    ir::Launch result = old;
    result.body = Merger(old.vars[axis], tied, factor).block(old.body);
    result.extents[axis] = simplified(ir::ceildiv(old.extents[axis], ir::make_int(factor, old.extents[axis]->dtype)));
    return ir::make_stmt(std::move(result), launch->span);
}

Stmt merge_turns(const Stmt& launch, const ir::For& loop, const Axis& tied, int64_t factor) {
    ir::Launch result = std::get<ir::Launch>(launch->of);
    result.body = Merger(loop.var, tied, factor).block(result.body);
    return ir::make_stmt(std::move(result), launch->span);
}

std::vector<std::pair<const ir::For*, Axis>> mergeable_loops(const ir::Launch& launch) {
    std::vector<std::pair<const ir::For*, Axis>> loops;
    ir::walk_statements(launch.body, [&](const Stmt& stmt) {
        const auto* loop = std::get_if<ir::For>(&stmt->of);
        if (loop == nullptr || ir::constant(loop->begin) != 0 || ir::constant(loop->step) != 1 ||
            ir::constant(loop->end).value_or(0) < 2 ||
            std::none_of(loop->body.begin(), loop->body.end(),
                         [](const Stmt& inner) { return std::holds_alternative<ir::Gemm>(inner->of); })) {
            return;
        }
        Axis axis = analyse_turns(launch, *loop);
        if (axis.mergeable) {
            loops.emplace_back(loop, std::move(axis));
        }
    });
    return loops;
}

namespace {

/// The turns of all loops that allow it.
Stmt merge_asked_turns(Stmt stmt, int64_t factor, Diagnostics& diagnostics) {
    auto loops = mergeable_loops(std::get<ir::Launch>(stmt->of));
    if (loops.empty()) {
        diagnostics.error("tile-coarsen", stmt->span,
                          "there is no loop whose turns only add products of what they load", "leave out k");
        return stmt;
    }
    std::set<Var> done;
    for (;;) {
        const auto next =
            std::find_if(loops.begin(), loops.end(), [&](const auto& loop) { return !done.contains(loop.first->var); });
        if (next == loops.end()) {
            return stmt;
        }
        done.insert(next->first->var);
        if (const int64_t turns = ir::constant(next->first->end).value_or(0); turns % factor != 0) {
            diagnostics.error("tile-coarsen", stmt->span,
                              fmt::format("a loop of {} turns cannot have {} turns merged into one", turns, factor),
                              "merge a number of turns that divides them");
            return stmt;
        }
        stmt = merge_turns(stmt, *next->first, next->second, factor);
        loops = mergeable_loops(std::get<ir::Launch>(stmt->of));
    }
}

}  // namespace

ir::Kernel coarsen(const ir::Kernel& kernel, const std::vector<Merging>& asked, Diagnostics& diagnostics) {
    ir::Kernel result = kernel;
    size_t number = 0;
    for (Stmt& stmt : result.body) {
        if (!std::holds_alternative<ir::Launch>(stmt->of)) {
            continue;
        }
        const size_t axes = std::get<ir::Launch>(stmt->of).vars.size();
        for (size_t axis = 0; axis < axes; ++axis) {
            const Axis tied = analyse_axis(std::get<ir::Launch>(stmt->of), axis);
            const auto blocks = ir::constant(std::get<ir::Launch>(stmt->of).extents[axis]);
            if (tied.mergeable && blocks && *blocks > 1 && below_tiles(tied, moved(std::get<ir::Launch>(stmt->of)))) {
                stmt = merge_blocks(stmt, axis, tied, 32 / std::gcd<int64_t>(tied.block, 32));
            }
        }
        const Merging wish = number < asked.size() ? asked[number] : Merging{};
        for (size_t axis = 0; axis < std::min(axes, wish.blocks.size()); ++axis) {
            if (wish.blocks[axis] <= 1) {
                continue;
            }
            const Axis tied = analyse_axis(std::get<ir::Launch>(stmt->of), axis);
            if (!tied.mergeable) {
                diagnostics.error("tile-coarsen", tied.where.line != 0 ? tied.where : stmt->span,
                                  fmt::format("blocks along grid axis {} cannot be merged: {}", axis, tied.reason),
                                  "leave this axis as the script has it");
                continue;
            }
            stmt = merge_blocks(stmt, axis, tied, wish.blocks[axis]);
        }
        if (wish.turns > 1) {
            stmt = merge_asked_turns(stmt, wish.turns, diagnostics);
        }
        ++number;
    }
    return result;
}

}  // namespace tessera::tile::pass

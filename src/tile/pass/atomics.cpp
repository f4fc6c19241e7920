#include <tile/pass/atomics.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include <tile/pass/linear.h>
#include <tile/pass/names.h>
#include <tile/pass/normalise.h>
#include <tile/pass/turns.h>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

/// A region that is kept while the blocks that share it are done.
struct Kept {
    Region region;
    Buffer sum;
    Span span;
};

class Owner {
public:
    Owner(const ir::Launch& launch, Names& names) : launch_(launch), names_(names) {}

    /// Null where sums of one owner are not what the launch needs.
    Stmt run(Span span) {
        collect(launch_.body);
        if (!fits_) {
            return nullptr;
        }
        if (kept_.empty()) {
            return ir::make_stmt(launch_, span);
        }
        std::set<size_t> inner;
        for (const Kept& kept : kept_) {
            for (size_t axis = 0; axis < launch_.vars.size(); ++axis) {
                if (!depends(kept.region, launch_.vars[axis])) {
                    inner.insert(axis);
                }
            }
        }
        for (const Kept& kept : kept_) {
            check(kept, inner);
        }
        if (!fits_) {
            return nullptr;
        }
        ir::Launch result;
        ir::Block body = changed(launch_.body);
        for (size_t axis = 0; axis < launch_.vars.size(); ++axis) {
            if (!inner.contains(axis)) {
                result.vars.push_back(launch_.vars[axis]);
                result.extents.push_back(launch_.extents[axis]);
                continue;
            }
            // The first axis runs fastest, so it is the innermost loop.
            if (ir::constant(launch_.extents[axis]) == 1) {
                body = ir::map_exprs(body, [&](const Expr& expr) {
                    return ir::substitute(expr, [&](const Var& var) {
                        return var == launch_.vars[axis] ? ir::make_int(0, var->dtype) : Expr();
                    });
                });
                continue;
            }
            ir::For loop{launch_.vars[axis],
                         ir::make_int(0, launch_.vars[axis]->dtype),
                         ir::make_cast(launch_.vars[axis]->dtype, launch_.extents[axis]),
                         ir::make_int(1, launch_.vars[axis]->dtype),
                         ir::LoopKind::Serial,
                         0,
                         std::move(body)};
            body = {ir::make_stmt(std::move(loop), span)};
        }
        if (result.vars.empty()) {
            result.vars.push_back(
                std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh("only"), ir::DType::Int32}));
            result.extents.push_back(ir::make_int(1));
        }
        for (const Kept& kept : kept_) {
            result.body.push_back(ir::make_stmt(ir::Alloc{kept.sum, nullptr}, kept.span));
            result.body.push_back(ir::make_stmt(ir::Copy{kept.region, ir::whole(kept.sum)}, kept.span));
        }
        result.body.insert(result.body.end(), body.begin(), body.end());
        for (const Kept& kept : kept_) {
            result.body.push_back(ir::make_stmt(ir::Copy{ir::whole(kept.sum), kept.region}, kept.span));
        }
        return ir::make_stmt(std::move(result), span);
    }

private:
    const ir::Launch& launch_;
    Names& names_;
    std::vector<Kept> kept_;
    bool fits_ = true;

    static bool depends(const Region& region, const Var& var) {
        return std::any_of(region.begin.begin(), region.begin.end(),
                           [&](const Expr& begin) { return ir::uses(begin, var); });
    }

    static bool same_region(const Region& a, const Region& b) {
        if (a.buffer != b.buffer) {
            return false;
        }
        for (size_t i = 0; i < a.begin.size(); ++i) {
            if (!ir::same(a.begin[i], b.begin[i]) || !ir::same(a.extent[i], b.extent[i])) {
                return false;
            }
        }
        return true;
    }

    /// Some dimension keeps them apart by a constant.
    static bool apart(const Region& a, const Region& b) {
        for (size_t i = 0; i < a.begin.size(); ++i) {
            const auto distance = ir::constant(simplified(a.begin[i] - b.begin[i]));
            const auto size = ir::constant(a.extent[i]), other = ir::constant(b.extent[i]);
            if (distance && size && other && (*distance >= *other || -*distance >= *size)) {
                return true;
            }
        }
        return false;
    }

    void collect(const ir::Block& body) {
        ir::walk_statements(body, [&](const Stmt& stmt) {
            if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
                add(*atomic, stmt->span);
            }
        });
        if (kept_.empty()) {
            return;
        }
        ir::walk_statements(body, [&](const Stmt& stmt) {
            const auto* copy = std::get_if<ir::Copy>(&stmt->of);
            for (const Kept& kept : kept_) {
                fits_ = fits_ && !(copy != nullptr &&
                                   (copy->src.buffer == kept.region.buffer || copy->dst.buffer == kept.region.buffer));
            }
        });
    }

    void add(const ir::Atomic& atomic, Span span) {
        if (atomic.op != ir::Reduction::Sum && atomic.op != ir::Reduction::Max && atomic.op != ir::Reduction::Min) {
            fits_ = false;
            return;
        }
        for (const Expr& begin : atomic.dst.begin) {
            ir::walk(begin, [&](const Expr& node) {
                fits_ = fits_ && node->op != Op::Load &&
                        (node->op != Op::Var ||
                         std::find(launch_.vars.begin(), launch_.vars.end(), node->var) != launch_.vars.end());
            });
        }
        for (const Kept& kept : kept_) {
            if (same_region(kept.region, atomic.dst)) {
                return;
            }
            fits_ = fits_ && (kept.region.buffer != atomic.dst.buffer || apart(kept.region, atomic.dst));
        }
        std::vector<Expr> shape;
        for (size_t i = 0; i < atomic.dst.extent.size(); ++i) {
            if (!atomic.dst.dropped[i]) {
                shape.push_back(atomic.dst.extent[i]);
            }
        }
        if (shape.empty()) {
            shape.push_back(ir::make_int(1));
        }
        // The sum has the addend's rank, so that they meet element by element.
        if (ir::source(atomic).buffer->shape.size() != shape.size()) {
            shape = ir::source(atomic).buffer->shape;
        }
        const ir::DType dtype = ir::is_float(atomic.dst.buffer->dtype) ? ir::DType::Float32 : atomic.dst.buffer->dtype;
        kept_.push_back(
            {atomic.dst,
             std::make_shared<const ir::BufferNode>(ir::BufferNode{names_.fresh(atomic.dst.buffer->name + "_sum"),
                                                                   dtype, std::move(shape), ir::Scope::Fragment, span}),
             span});
    }

    /// Blocks that remain have regions of their own.
    void check(const Kept& kept, const std::set<size_t>& inner) {
        for (size_t axis = 0; axis < launch_.vars.size(); ++axis) {
            const Var& var = launch_.vars[axis];
            if (inner.contains(axis)) {
                fits_ = fits_ && !depends(kept.region, var);
                continue;
            }
            bool separate = ir::constant(launch_.extents[axis]) == 1;
            for (size_t i = 0; i < kept.region.begin.size(); ++i) {
                const auto factor = linear(kept.region.begin[i]).factor_of(var);
                const auto size = ir::constant(kept.region.extent[i]);
                separate = separate || (factor && size && std::abs(*factor) >= *size);
            }
            fits_ = fits_ && separate;
        }
    }

    ir::Block changed(const ir::Block& block) {
        ir::Block result;
        for (const Stmt& stmt : block) {
            if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
                result.push_back(summed(*atomic, stmt->span));
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ir::For other = *loop;
                other.body = changed(loop->body);
                result.push_back(ir::make_stmt(std::move(other), stmt->span));
            } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
                result.push_back(ir::make_stmt(ir::While{forever->condition, changed(forever->body)}, stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                result.push_back(ir::make_stmt(
                    ir::If{branch->condition, changed(branch->then), changed(branch->otherwise)}, stmt->span));
            } else {
                result.push_back(stmt);
            }
        }
        return result;
    }

    Stmt summed(const ir::Atomic& atomic, Span span) {
        const auto kept =
            std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) { return same_region(k.region, atomic.dst); });
        ir::Parallel nest;
        std::vector<Expr> indices, from;
        for (size_t i = 0; i < kept->sum->shape.size(); ++i) {
            const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh("at"), ir::DType::Int32});
            nest.vars.push_back(var);
            nest.extents.push_back(kept->sum->shape[i]);
            indices.push_back(ir::make_var(var));
            const Expr& begin = ir::source(atomic).begin[i];
            from.push_back(ir::constant(begin) == 0 ? indices.back() : simplified(begin + indices.back()));
        }
        const Expr value = ir::make_cast(kept->sum->dtype, ir::make_load(ir::source(atomic).buffer, from));
        const Op op = atomic.op == ir::Reduction::Sum ? Op::Add : atomic.op == ir::Reduction::Max ? Op::Max : Op::Min;
        nest.body = {ir::make_stmt(
            ir::Store{kept->sum, indices, ir::make(op, {ir::make_load(kept->sum, indices), value})}, span)};
        return ir::make_stmt(std::move(nest), span);
    }
};

int64_t blocks_of(const ir::Launch& launch) {
    int64_t blocks = 1;
    for (const Expr& extent : launch.extents) {
        blocks *= ir::constant(extent).value_or(1);
    }
    return blocks;
}

}  // namespace

ir::Kernel own_atomics(const ir::Kernel& kernel, int64_t cores, Diagnostics& diagnostics) {
    ir::Kernel result = kernel;
    Names names(kernel);
    for (Stmt& stmt : result.body) {
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            Owner owner(*launch, names);
            const Stmt owned = owner.run(stmt->span);
            const bool idle = owned && blocks_of(std::get<ir::Launch>(owned->of)) * 2 <= cores &&
                              blocks_of(std::get<ir::Launch>(owned->of)) < blocks_of(*launch);
            stmt = order_updates(owned && !idle ? owned : update_in_turns(stmt, cores, names, diagnostics));
        }
    }
    return result;
}

}  // namespace tessera::tile::pass

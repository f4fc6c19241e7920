#include <tile/pass/axes.h>

#include <algorithm>
#include <map>
#include <optional>

#include <tile/pass/linear.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Var;

class Analysis {
public:
    Analysis(const ir::Launch& launch, size_t axis) : launch_(launch), grid_(launch.vars[axis]) {}
    Analysis(const ir::Launch& launch, const ir::For& loop) : launch_(launch), grid_(loop.var), loop_(&loop) {}

    Axis run() {
        axis_.mergeable = true;
        visit(launch_.body);
        spread();
        if (loop_ != nullptr) {
            turns();
        }
        return std::move(axis_);
    }

private:
    // A node of the ties: a dimension of a buffer of the block, or a variable of a Parallel.
    using Key = std::pair<const void*, int>;
    struct Class {
        bool blocked = false;  ///< it may not grow
        std::string why;
        Span where;
        std::set<std::pair<Buffer, int>> dimensions;
        std::set<Var> vars;
        std::optional<int64_t> size;
        bool tied = false;
        bool iota = false;  ///< the element's number is used as a value, without the block's
        bool sized_differently = false;
    };

    const ir::Launch& launch_;
    Var grid_;
    const ir::For* loop_ = nullptr;  ///< whose turns are looked at, instead of an axis of the grid
    bool in_loop_ = false;
    std::set<Buffer> outside_;  ///< used outside of the loop
    Axis axis_;
    Span span_;
    std::map<Key, size_t> ids_;
    std::vector<size_t> parent_;
    std::vector<Class> classes_;
    std::set<std::pair<Buffer, bool>> copied_;  ///< tensors, and whether the axis decides what is read
    std::set<Buffer> stored_free_;              ///< tensors that are written without the axis

    void refuse(const std::string& reason) {
        if (axis_.mergeable) {
            axis_.mergeable = false;
            axis_.reason = reason;
            axis_.where = span_;
        }
    }

    size_t find(size_t id) {
        while (parent_[id] != id) {
            id = parent_[id];
        }
        return id;
    }
    size_t node(const Key& key, const std::function<void(Class&)>& fill) {
        const auto [at, fresh] = ids_.emplace(key, parent_.size());
        if (fresh) {
            parent_.push_back(at->second);
            classes_.emplace_back();
            fill(classes_.back());
        }
        return find(at->second);
    }
    size_t dimension(const Buffer& buffer, int index) {
        return node({buffer.get(), index}, [&](Class& made) {
            made.dimensions.emplace(buffer, index);
            made.size = ir::constant(buffer->shape[static_cast<size_t>(index)]);
        });
    }
    size_t variable(const Var& var, const ir::Parallel& nest) {
        return node({var.get(), 0}, [&](Class& made) {
            made.vars.insert(var);
            const auto at = std::find(nest.vars.begin(), nest.vars.end(), var) - nest.vars.begin();
            made.size = ir::constant(nest.extents[static_cast<size_t>(at)]);
        });
    }
    void unite(size_t a, size_t b) {
        a = find(a);
        b = find(b);
        if (a == b) {
            return;
        }
        Class &into = classes_[a], &from = classes_[b];
        into.dimensions.merge(from.dimensions);
        into.vars.merge(from.vars);
        if (from.blocked && !into.blocked) {
            into.blocked = true;
            into.why = from.why;
            into.where = from.where;
        }
        into.sized_differently = into.sized_differently || from.sized_differently || into.size != from.size;
        into.tied = into.tied || from.tied;
        into.iota = into.iota || from.iota;
        parent_[b] = a;
    }
    void block(size_t id, const std::string& why) {
        Class& of = classes_[find(id)];
        if (!of.blocked) {
            of.blocked = true;
            of.why = why;
            of.where = span_;
        }
    }

    bool has_grid(const Expr& expr) const { return expr && ir::uses(expr, grid_); }

    /// Of a region of a block's buffer: dimensions of which a part is meant stay as they are.
    void inner(const Region& region) {
        if (!in_loop_) {
            outside_.insert(region.buffer);
        }
        for (size_t i = 0; i < region.begin.size(); ++i) {
            if (has_grid(region.begin[i])) {
                refuse("a part of " + region.buffer->name + " is chosen by the block's number");
            }
            const bool all = ir::constant(region.begin[i]) == 0 &&
                             ir::constant(region.extent[i]) == ir::constant(region.buffer->shape[i]);
            if (!all) {
                block(dimension(region.buffer, static_cast<int>(i)), "only a part of a buffer is used");
            }
        }
    }

    void visit(const ir::Block& body) {
        for (const ir::Stmt& stmt : body) {
            span_ = stmt->span;
            std::visit([&](const auto& of) { one(of); }, stmt->of);
        }
    }

    void control(const Expr& expr) {
        if (has_grid(expr)) {
            refuse("what a block does depends on its number");
        }
    }

    void one(const ir::Alloc& alloc) { control(alloc.init); }
    void one(const ir::Let& let) {
        control(let.value);
        ir::walk(let.value, [&](const Expr& node) {
            if (node->op == ir::Op::Load && is_block(node->buffer)) {
                refuse("what a block does depends on values that it works out");
            }
        });
    }
    void one(const ir::Store& store) { control(store.value); }
    void one(const ir::For& loop) {
        control(loop.begin);
        control(loop.end);
        const bool inside = in_loop_;
        in_loop_ = inside || (loop_ != nullptr && loop.var == loop_->var);
        visit(loop.body);
        in_loop_ = inside;
    }
    void one(const ir::If& branch) {
        control(branch.condition);
        visit(branch.then);
        visit(branch.otherwise);
    }
    void one(const ir::While& loop) {
        control(loop.condition);
        visit(loop.body);
    }
    void one(const ir::Break&) {}
    void one(const ir::Assert&) {}
    void one(const ir::Launch&) {}

    void one(const ir::Copy& copy) {
        if (is_tensor(copy.src.buffer)) {
            outer(copy.src, copy.dst, false);
        } else if (is_tensor(copy.dst.buffer)) {
            outer(copy.dst, copy.src, true);
        } else {
            inner(copy.src);
            inner(copy.dst);
            for (const auto& [a, b] : paired_dimensions(copy.src, copy.dst)) {
                unite(dimension(copy.src.buffer, a), dimension(copy.dst.buffer, b));
            }
        }
    }

    /// A tensor's region beside a block's.
    void outer(const Region& tensor, const Region& region, bool stores) {
        inner(region);
        bool uses_grid = false;
        const auto pairs = paired_dimensions(tensor, region);
        for (size_t i = 0; i < tensor.begin.size(); ++i) {
            control(tensor.extent[i]);
            if (!has_grid(tensor.begin[i])) {
                continue;
            }
            uses_grid = true;
            const auto pair =
                std::find_if(pairs.begin(), pairs.end(), [&](const auto& p) { return p.first == static_cast<int>(i); });
            const auto factor = linear(tensor.begin[i]).factor_of(grid_);
            const auto extent = ir::constant(tensor.extent[i]);
            if (pair == pairs.end() || !factor || factor != extent) {
                refuse("block numbers do not cut " + tensor.buffer->name + " into neighbouring pieces");
                continue;
            }
            const size_t id = dimension(region.buffer, pair->second);
            classes_[find(id)].tied = true;
            axis_.tensors.emplace(tensor.buffer, static_cast<int>(i));
        }
        if (stores && !uses_grid && loop_ == nullptr) {
            refuse("blocks write the same part of " + tensor.buffer->name);
        }
        copied_.emplace(tensor.buffer, uses_grid);
    }

    void one(const ir::Fill& fill) {
        inner(fill.dst);
        if (has_grid(fill.value)) {
            refuse("a buffer is filled with a value that depends on the block's number");
        }
    }

    void one(const ir::Gemm& gemm) {
        for (const Region* region : {&gemm.a, &gemm.b, &gemm.c}) {
            inner(*region);
        }
        const auto last = [](const Region& region, int from_end) {
            return static_cast<int>(region.begin.size()) - from_end;
        };
        const size_t m = dimension(gemm.a.buffer, last(gemm.a, gemm.transpose_a ? 1 : 2));
        const size_t ka = dimension(gemm.a.buffer, last(gemm.a, gemm.transpose_a ? 2 : 1));
        const size_t n = dimension(gemm.b.buffer, last(gemm.b, gemm.transpose_b ? 2 : 1));
        const size_t kb = dimension(gemm.b.buffer, last(gemm.b, gemm.transpose_b ? 1 : 2));
        unite(m, dimension(gemm.c.buffer, last(gemm.c, 2)));
        unite(n, dimension(gemm.c.buffer, last(gemm.c, 1)));
        unite(ka, kb);
        if (loop_ == nullptr || !in_loop_ || gemm.clear) {
            block(ka, "a product sums along it");
        }
    }

    void one(const ir::Reduce& reduce) {
        inner(reduce.src);
        inner(reduce.dst);
        const int rank = static_cast<int>(reduce.src.begin.size());
        const int along = reduce.dim < 0 ? reduce.dim + rank : reduce.dim;
        const bool keeps = static_cast<int>(reduce.dst.begin.size()) == rank;
        for (int i = 0, j = 0; i < rank; ++i) {
            if (i == along) {
                block(dimension(reduce.src.buffer, i), "a reduction runs along it");
                j += keeps ? 1 : 0;
                continue;
            }
            if (j < static_cast<int>(reduce.dst.begin.size())) {
                unite(dimension(reduce.src.buffer, i), dimension(reduce.dst.buffer, j));
            }
            ++j;
        }
    }

    void one(const ir::Scan& scan) {
        inner(scan.src);
        inner(scan.dst);
        const int rank = static_cast<int>(scan.src.begin.size());
        const int along = scan.dim < 0 ? scan.dim + rank : scan.dim;
        for (int i = 0; i < rank && i < static_cast<int>(scan.dst.begin.size()); ++i) {
            unite(dimension(scan.src.buffer, i), dimension(scan.dst.buffer, i));
        }
        block(dimension(scan.src.buffer, along), "a scan runs along it");
    }

    void one(const ir::Transpose& transpose) {
        inner(transpose.src);
        inner(transpose.dst);
        unite(dimension(transpose.src.buffer, 0), dimension(transpose.dst.buffer, 1));
        unite(dimension(transpose.src.buffer, 1), dimension(transpose.dst.buffer, 0));
    }

    void one(const ir::Atomic& atomic) {
        if (atomic.src) {
            outer(atomic.dst, *atomic.src, true);
        }
    }

    void one(const ir::Im2col& im2col) {
        for (size_t i = 0; i < im2col.dst.begin.size(); ++i) {
            block(dimension(im2col.dst.buffer, static_cast<int>(i)), "it holds patches of an image");
        }
        control(im2col.first_row);
        control(im2col.first_column);
    }

    void one(const ir::Parallel& nest) {
        const ir::Stmt* stmt = &nest.body.front();
        if (const auto* branch = std::get_if<ir::If>(&(*stmt)->of)) {
            elements(branch->condition, nest);
            stmt = &branch->then.front();
        }
        const auto& store = std::get<ir::Store>((*stmt)->of);
        access(store.buffer, store.indices, nest);
        elements(store.value, nest);
    }

    void access(const Buffer& buffer, const std::vector<Expr>& indices, const ir::Parallel& nest) {
        if (!in_loop_) {
            outside_.insert(buffer);
        }
        for (size_t i = 0; i < indices.size(); ++i) {
            const size_t id = dimension(buffer, static_cast<int>(i));
            if (has_grid(indices[i])) {
                refuse("an element of " + buffer->name + " is chosen by the block's number");
            } else if (indices[i]->op == Op::Var &&
                       std::find(nest.vars.begin(), nest.vars.end(), indices[i]->var) != nest.vars.end()) {
                const size_t var = variable(indices[i]->var, nest);
                if (classes_[var].size == classes_[id].size || find(var) == find(id)) {
                    unite(id, var);
                } else {
                    block(id, "only a part of a buffer is used");
                    block(var, "only a part of a buffer is used");
                }
            } else if (ir::constant(indices[i]) == 0 && classes_[id].size == 1) {
                // [i, 0] of (n, 1): the dimension stays 1 unless it is tied, which is an error then.
                block(id, "it is indexed as a single element");
            } else {
                block(id, "its elements are indexed with an offset");
                for (const Var& var : nest.vars) {
                    if (ir::uses(indices[i], var)) {
                        block(variable(var, nest), "elements are indexed with an offset");
                    }
                }
            }
        }
    }

    /// Values that depend on where the element is.
    void elements(const Expr& expr, const ir::Parallel& nest) {
        if (expr->op == Op::Load) {
            access(expr->buffer, expr->args, nest);
            return;
        }
        const bool integer = ir::is_int(expr->dtype);
        const bool sum = integer && (expr->op == Op::Add || expr->op == Op::Sub || expr->op == Op::Mul ||
                                     expr->op == Op::Var || expr->op == Op::Neg);
        if (sum) {
            position(linear(expr), nest);
            return;
        }
        for (const Expr& arg : expr->args) {
            elements(arg, nest);
        }
    }

    void position(const Linear& sum, const ir::Parallel& nest) {
        for (const auto& [atom, factor] : sum.terms) {
            if (atom->op == Op::Load) {
                elements(atom, nest);
            } else {
                // A product of variables is an atom itself: what it is made of is looked at.
                for (const Expr& arg : atom->args) {
                    elements(arg, nest);
                }
            }
        }
        // block*g + i is the element's place whatever the size of blocks; i alone is not.
        if (const auto g = sum.factor_of(grid_); g && *g != 0) {
            bool matched = false;
            for (const Var& var : nest.vars) {
                const auto factor = sum.factor_of(var);
                if (!factor || *factor == 0) {
                    continue;
                }
                const size_t id = variable(var, nest);
                auto& its = classes_[id];
                if (!matched && its.size && *g == *factor * *its.size) {
                    its.tied = true;
                    matched = true;
                } else {
                    classes_[id].iota = true;
                }
            }
            if (!matched) {
                refuse("a value depends on the block's number in another way than block*number + element");
            }
            return;
        }
        for (const Var& var : nest.vars) {
            if (const auto factor = sum.factor_of(var); factor && *factor != 0) {
                classes_[variable(var, nest)].iota = true;
            }
        }
    }

    bool tied(const Region& region, int index) const {
        const int rank = static_cast<int>(region.begin.size());
        return axis_.dimensions.contains({region.buffer, index < 0 ? index + rank : index});
    }
    bool tied(const Buffer& buffer) const {
        return std::any_of(axis_.dimensions.begin(), axis_.dimensions.end(),
                           [&](const auto& dimension) { return dimension.first == buffer; });
    }

    /// Whether one turn over more elements does what several did.
    void turns() {
        for (const auto& dimension : axis_.dimensions) {
            if (outside_.contains(dimension.first)) {
                refuse(dimension.first->name + " is used outside of the loop too");
            }
        }
        for (const ir::Stmt& stmt : loop_->body) {
            span_ = stmt->span;
            bool same = false;
            if (const auto* gemm = std::get_if<ir::Gemm>(&stmt->of)) {
                same = !gemm->clear && tied(gemm->a, gemm->transpose_a ? -2 : -1) &&
                       tied(gemm->b, gemm->transpose_b ? -1 : -2) && !tied(gemm->c.buffer);
            } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                same = tied(copy->dst.buffer);
            } else if (const auto* transpose = std::get_if<ir::Transpose>(&stmt->of)) {
                same = tied(transpose->dst.buffer);
            } else if (const auto* fill = std::get_if<ir::Fill>(&stmt->of)) {
                same = tied(fill->dst.buffer);
            } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
                ir::walk_statements(nest->body, [&](const ir::Stmt& inner) {
                    if (const auto* store = std::get_if<ir::Store>(&inner->of)) {
                        same = tied(store->buffer);
                    }
                });
            }
            if (!same) {
                refuse("a turn of the loop does more than to add products of what it loads");
            }
        }
    }

    void spread() {
        for (size_t i = 0; i < classes_.size(); ++i) {
            if (find(i) != i || !classes_[i].tied) {
                continue;
            }
            const Class& of = classes_[i];
            span_ = of.where;
            if (of.blocked) {
                refuse("a dimension that the axis cuts cannot grow: " + of.why);
            } else if (of.iota) {
                refuse("the number of an element in its block is used as a value");
            } else if (of.sized_differently || !of.size) {
                refuse("buffers of different sizes hold what the axis cuts");
            } else if (axis_.block != 0 && axis_.block != *of.size) {
                refuse("the axis cuts pieces of different sizes");
            } else {
                axis_.block = *of.size;
            }
            axis_.dimensions.insert(of.dimensions.begin(), of.dimensions.end());
            axis_.vars.insert(of.vars.begin(), of.vars.end());
        }
        if (axis_.block == 0) {
            refuse("nothing depends on it");
        }
        // Two tied dimensions of one buffer would make it grow twice.
        std::set<Buffer> seen;
        for (const auto& [buffer, index] : axis_.dimensions) {
            if (!seen.insert(buffer).second) {
                refuse(buffer->name + " is cut along two dimensions by one axis");
            }
        }
        for (const auto& [tensor, uses] : copied_) {
            if (!uses && !copied_.contains({tensor, true})) {
                axis_.shared.insert(tensor);
            }
        }
    }
};

}  // namespace

std::vector<std::pair<int, int>> paired_dimensions(const Region& a, const Region& b) {
    const auto kept = [](const Region& region, bool ones) {
        std::vector<int> dimensions;
        for (size_t i = 0; i < region.extent.size(); ++i) {
            if (!region.dropped[i] && (ones || ir::constant(region.extent[i]) != 1)) {
                dimensions.push_back(static_cast<int>(i));
            }
        }
        return dimensions;
    };
    std::vector<int> from = kept(a, true), to = kept(b, true);
    if (from.size() != to.size()) {
        from = kept(a, false);
        to = kept(b, false);
    }
    std::vector<std::pair<int, int>> pairs;
    for (size_t i = 1; i <= std::min(from.size(), to.size()); ++i) {
        pairs.emplace_back(from[from.size() - i], to[to.size() - i]);
    }
    std::reverse(pairs.begin(), pairs.end());
    return pairs;
}

Axis analyse_axis(const ir::Launch& launch, size_t axis) {
    return Analysis(launch, axis).run();
}

Axis analyse_turns(const ir::Launch& launch, const ir::For& loop) {
    return Analysis(launch, loop).run();
}

}  // namespace tessera::tile::pass

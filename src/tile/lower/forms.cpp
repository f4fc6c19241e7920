#include <tile/lower/forms.h>

#include <algorithm>
#include <functional>
#include <optional>

#include <tile/lower/access.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Var;

class Chooser {
public:
    /// Reductions come first: which way their results lie is not free.
    void statement(const ir::Stmt& stmt, bool reductions) {
        const auto* reduce = std::get_if<ir::Reduce>(&stmt->of);
        if (reductions != (reduce != nullptr)) {
            return;
        }
        if (reduce != nullptr) {
            one(*reduce);
        } else if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of)) {
            note(alloc->buffer);
        } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            one(*copy);
        } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
            one(*nest);
        } else if (const auto* scan = std::get_if<ir::Scan>(&stmt->of)) {
            unite(scan->src.buffer, scan->dst.buffer);
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            if (atomic->src) {
                one(ir::Copy{*atomic->src, atomic->dst});
            }
        }
    }

    std::map<Buffer, Form> take() {
        std::map<Buffer, Form> result;
        for (const auto& [buffer, parent] : parent_) {
            result[buffer] = form_of(buffer);
        }
        return result;
    }

private:
    enum class Want : uint8_t { Column, Row };

    std::map<Buffer, Buffer> parent_;
    std::map<Buffer, Want> wants_;

    void note(const Buffer& buffer) { parent_.emplace(buffer, buffer); }

    Buffer root(const Buffer& buffer) {
        note(buffer);
        Buffer at = buffer;
        while (parent_[at] != at) {
            at = parent_[at];
        }
        return at;
    }

    static size_t rank(const Buffer& buffer) { return buffer->shape.size(); }
    static bool has_one_column(const Buffer& buffer) {
        return rank(buffer) >= 2 && ir::constant(buffer->shape.back()) == 1;
    }
    static bool is_single(const Buffer& buffer) {
        return std::all_of(buffer->shape.begin(), buffer->shape.end(),
                           [](const Expr& size) { return ir::constant(size) == 1; });
    }

    void want(const Buffer& buffer, Want what) {
        if (is_single(buffer) || has_one_column(buffer)) {
            return;
        }
        // Who asks first has it; compute turns a vector that is needed the other way.
        wants_.emplace(root(buffer), what);
    }

    void unite(const Buffer& a, const Buffer& b) {
        const Buffer one = root(a), other = root(b);
        if (one == other || is_single(a) || is_single(b)) {
            return;
        }
        const auto mine = wants_.find(one), at = wants_.find(other);
        if (mine != wants_.end() && at != wants_.end() && mine->second != at->second) {
            return;
        }
        parent_[other] = one;
        if (at != wants_.end()) {
            const Want what = at->second;
            wants_.erase(at);
            wants_.emplace(one, what);
        }
    }

    void one(const ir::Copy& copy) {
        note(copy.src.buffer);
        note(copy.dst.buffer);
        const auto pairs = matched_dimensions(copy.src, copy.dst);
        const size_t from = rank(copy.src.buffer), to = rank(copy.dst.buffer);
        const bool tensor = pass::is_tensor(copy.src.buffer) || pass::is_tensor(copy.dst.buffer);
        if (tensor) {
            // Vectors that go through one tensor of vectors lie alike; where a matrix is cut the movement turns them.
            const Buffer& inner = pass::is_tensor(copy.src.buffer) ? copy.dst.buffer : copy.src.buffer;
            const Buffer& outer = pass::is_tensor(copy.src.buffer) ? copy.src.buffer : copy.dst.buffer;
            if (rank(outer) == 1 && rank(inner) == 1) {
                unite(outer, inner);
            } else if (rank(outer) == 1 && has_one_column(inner)) {
                want(outer, Want::Column);
            } else if (rank(outer) == 1 && rank(inner) >= 2) {
                want(outer, Want::Row);
            }
            return;
        }
        if (pairs.size() == 1 && from != to) {
            const Buffer& vector = from < to ? copy.src.buffer : copy.dst.buffer;
            const Buffer& matrix = from < to ? copy.dst.buffer : copy.src.buffer;
            const int dimension = from < to ? pairs[0].second : pairs[0].first;
            if (rank(vector) == 1 && dimension == static_cast<int>(rank(matrix)) - 1) {
                want(vector, Want::Row);
            } else if (rank(vector) == 1 && dimension == static_cast<int>(rank(matrix)) - 2) {
                want(vector, Want::Column);
            }
            return;
        }
        if (from == to) {
            unite(copy.src.buffer, copy.dst.buffer);
        }
    }

    /// The variable of a nest that an index has; null if none or several.
    static Var var_of(const Expr& index, const ir::Parallel& nest) {
        Var found;
        for (const Var& var : nest.vars) {
            if (ir::uses(index, var)) {
                if (found) {
                    return nullptr;
                }
                found = var;
            }
        }
        return found;
    }

    void one(const ir::Parallel& nest) {
        const ir::Stmt* inner = &nest.body.front();
        std::vector<Expr> values;
        if (const auto* branch = std::get_if<ir::If>(&(*inner)->of)) {
            values.push_back(branch->condition);
            inner = &branch->then.front();
        }
        const auto& store = std::get<ir::Store>((*inner)->of);
        values.push_back(store.value);
        note(store.buffer);
        const size_t outer = rank(store.buffer);
        const Var last = var_of(store.indices.back(), nest);
        const Var before = outer >= 2 ? var_of(store.indices[outer - 2], nest) : nullptr;
        for (const Expr& value : values) {
            ir::walk(value, [&](const Expr& node) {
                if (node->op != Op::Load || !pass::is_block(node->buffer)) {
                    return;
                }
                note(node->buffer);
                load(node, outer, last, before, store, nest);
            });
        }
    }

    void load(const Expr& node, size_t outer, const Var& last, const Var& before, const ir::Store& store,
              const ir::Parallel& nest) {
        const size_t own = rank(node->buffer);
        const Var own_last = var_of(node->args.back(), nest);
        const Var own_before = own >= 2 ? var_of(node->args[own - 2], nest) : nullptr;
        if (own == outer) {
            if (own_last && own_last == last && own_before == before) {
                unite(store.buffer, node->buffer);
            }
            return;
        }
        if (own < outer && own_last) {
            if (own_last == before) {
                want(node->buffer, Want::Column);
            } else if (own_last == last && (own == 1 || own_before != before)) {
                want(node->buffer, Want::Row);
            }
            return;
        }
        if (own > outer && outer >= 1 && last) {
            if (own_before == last && !own_last) {
                want(store.buffer, Want::Column);
            } else if (own_last == last && !own_before && outer == 1) {
                want(store.buffer, Want::Row);
            }
        }
    }

    void one(const ir::Reduce& reduce) {
        note(reduce.src.buffer);
        note(reduce.dst.buffer);
        const int from = static_cast<int>(rank(reduce.src.buffer));
        if (static_cast<int>(rank(reduce.dst.buffer)) != from - 1) {
            return;
        }
        const int dim = reduce.dim < 0 ? reduce.dim + from : reduce.dim;
        if (dim == from - 1) {
            want(reduce.dst.buffer, Want::Column);
        } else if (dim == from - 2) {
            want(reduce.dst.buffer, Want::Row);
        }
    }

    Form form_of(const Buffer& buffer) {
        if (is_single(buffer)) {
            return Form::Scalar;
        }
        if (has_one_column(buffer)) {
            return Form::ColumnVector;
        }
        const auto at = wants_.find(root(buffer));
        if (at != wants_.end()) {
            return at->second == Want::Row ? Form::RowVector : Form::ColumnVector;
        }
        return rank(buffer) == 1 ? Form::ColumnVector : Form::Matrix;
    }
};

}  // namespace

std::map<Buffer, Form> choose_forms(const ir::Kernel& kernel) {
    Chooser chooser;
    bool reductions = true;
    const std::function<void(const ir::Block&)> visit = [&](const ir::Block& block) {
        for (const ir::Stmt& stmt : block) {
            chooser.statement(stmt, reductions);
            if (!std::holds_alternative<ir::Parallel>(stmt->of)) {
                for (const ir::Block* body : ir::bodies(*stmt)) {
                    visit(*body);
                }
            }
        }
    };
    visit(kernel.body);
    reductions = false;
    visit(kernel.body);
    return chooser.take();
}

TileDimensions tile_dimensions(const Buffer& buffer, Form form) {
    const int rank = static_cast<int>(buffer->shape.size());
    switch (form) {
        case Form::Matrix:
            return {rank - 2, rank - 1};
        case Form::RowVector:
            return {-1, rank - 1};
        case Form::ColumnVector:
            return rank >= 2 && ir::constant(buffer->shape.back()) == 1 ? TileDimensions{rank - 2, -1}
                                                                        : TileDimensions{rank - 1, -1};
        default:
            return {};
    }
}

std::vector<std::pair<int, int>> matched_dimensions(const ir::Region& a, const ir::Region& b) {
    const auto left = [](const ir::Region& region) {
        std::vector<int> dimensions;
        for (size_t i = 0; i < region.extent.size(); ++i) {
            if (!region.dropped[i] && ir::constant(region.extent[i]) != 1) {
                dimensions.push_back(static_cast<int>(i));
            }
        }
        return dimensions;
    };
    const std::vector<int> from = left(a), to = left(b);
    std::vector<std::pair<int, int>> pairs;
    for (size_t i = 1; i <= std::min(from.size(), to.size()); ++i) {
        pairs.emplace_back(from[from.size() - i], to[to.size() - i]);
    }
    std::reverse(pairs.begin(), pairs.end());
    return pairs;
}

}  // namespace tessera::tile::lower

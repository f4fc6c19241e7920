#include <tile/lower/compute_stores.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tessera::tile::lower {

using ir::Expr;
using ir::Op;

Expr both(const Expr& a, const Expr& b) {
    return a ? (b ? ir::make(Op::And, {a, b}) : a) : b;
}

namespace {

[[noreturn]] void refuse(Span span, std::string name, std::string message, std::string help) {
    throw Refusal{std::move(name), std::move(message), std::move(help), span};
}

class StoreFinder {
public:
    Stored find(const ir::Block& block) {
        walk(block, nullptr);
        if (found_.store == nullptr) {
            throw std::logic_error("compute code: a Parallel without a store");
        }
        return found_;
    }

private:
    Expr inlined(const Expr& expr) const {
        return ir::substitute(expr, [&](const ir::Var& var) -> Expr {
            const auto known = lets_.find(var);
            return known == lets_.end() ? nullptr : known->second;
        });
    }

    void walk(const ir::Block& block, const Expr& condition) {
        for (const ir::Stmt& stmt : block) {
            if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
                lets_[let->var] = inlined(let->value);
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                const Expr taken = inlined(branch->condition);
                walk(branch->then, both(condition, taken));
                walk(branch->otherwise, both(condition, ir::make(Op::Not, {taken})));
            } else if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
                add(*store, condition, stmt->span);
            } else {
                throw std::logic_error("compute code: a Parallel with a statement that is no element's store");
            }
        }
    }

    void add(const ir::Store& store, const Expr& condition, Span span) {
        const Expr value = inlined(store.value);
        if (found_.store == nullptr) {
            found_ = {&store, condition, value, span};
            indices_ = indices(store);
            return;
        }
        // Two branches that store to the same element choose between values.
        const std::vector<Expr> other = indices(store);
        bool same = store.buffer == found_.store->buffer && other.size() == indices_.size();
        for (size_t i = 0; same && i < other.size(); ++i) {
            same = ir::same(other[i], indices_[i]);
        }
        if (!same || !condition) {
            refuse(span, "tile-parallel-stores",
                   "a Parallel stores to two places, so its iterations are not one tile's",
                   "write a Parallel for each buffer");
        }
        found_.value = ir::make(Op::Select, {condition, value, found_.value});
        found_.condition = found_.condition ? ir::make(Op::Or, {found_.condition, condition}) : nullptr;
        if (found_.condition && ir::constant(found_.condition) == 1) {
            found_.condition = nullptr;
        }
    }

    std::vector<Expr> indices(const ir::Store& store) const {
        std::vector<Expr> result;
        result.reserve(store.indices.size());
        for (const Expr& index : store.indices) {
            result.push_back(inlined(index));
        }
        return result;
    }

    std::map<ir::Var, Expr> lets_;
    Stored found_;
    std::vector<Expr> indices_;
};

class Mapper {
public:
    Mapper(const ir::Parallel& parallel, const Place& result, const TilePosition& position, Span span)
        : parallel_(parallel), result_(result), position_(position), span_(span) {}

    Mapping map(const std::vector<Expr>& indices) {
        const std::vector<Expr>& shape = result_.buffer->shape;
        const size_t rank = shape.size();
        Mapping mapping;
        mapping.element = elements(shape);
        for (size_t d = 0; d < rank; ++d) {
            dimension(indices[d], shape[d], mapping.element[d], mapping);
        }
        for (size_t i = 0; i < parallel_.vars.size(); ++i) {
            const ir::Var& var = parallel_.vars[i];
            if (!mapping.variables.contains(var)) {
                if (ir::constant(parallel_.extents[i]) != 1) {
                    refuse(span_, "tile-parallel-race",
                           fmt::format("iterations of {} store to the same element of {}", var->name,
                                       result_.buffer->name),
                           "use a reduction, or give each iteration an element of its own");
                }
                mapping.variables[var] = number(0);
            }
        }
        return mapping;
    }

private:
    std::vector<Expr> elements(const std::vector<Expr>& shape) const {
        const size_t rank = shape.size();
        std::vector<Expr> element(rank, number(0));
        const Expr row = ir::make_var(position_.element_row), column = ir::make_var(position_.element_column);
        const bool trailing_one = rank >= 2 && ir::constant(shape[rank - 1]) == 1;
        size_t outer = 0;
        switch (result_.form) {
            case Form::Matrix:
                element[rank - 2] = row;
                element[rank - 1] = column;
                outer = rank - 2;
                break;
            case Form::ColumnVector:
                outer = rank - (trailing_one ? 2 : 1);
                element[outer] = row;
                break;
            case Form::RowVector:
                element[rank - 1] = column;
                outer = rank - 1;
                break;
            case Form::Scalar:
                outer = rank;
                break;
        }
        Expr rest = ir::make_var(position_.matrix);
        for (size_t d = outer; d-- > 0;) {
            if (result_.batch == 1 || ir::constant(shape[d]) == 1) {
                continue;
            }
            element[d] = d == 0 ? rest : ir::floormod(rest, shape[d]);
            rest = ir::floordiv(rest, shape[d]);
        }
        return element;
    }

    void dimension(const Expr& index, const Expr& size, const Expr& element, Mapping& mapping) {
        const pass::Linear sum = pass::linear(index);
        pass::Linear rest;
        rest.constant = sum.constant;
        size_t which = parallel_.vars.size();
        for (const auto& [atom, factor] : sum.terms) {
            size_t found = parallel_.vars.size();
            for (size_t i = 0; i < parallel_.vars.size(); ++i) {
                if (ir::uses(atom, parallel_.vars[i])) {
                    found = i;
                }
            }
            if (found == parallel_.vars.size()) {
                rest.terms.emplace_back(atom, factor);
            } else if (atom->op != Op::Var || factor != 1 || which != parallel_.vars.size()) {
                refuse(span_, "tile-store-index",
                       fmt::format("an index of the stored element of {} is not one variable of the Parallel plus "
                                   "something fixed",
                                   result_.buffer->name),
                       "let elements be stored where their variables say");
            } else {
                which = found;
            }
        }
        const Expr offset = pass::to_expr(rest);
        const auto add = [&](const Expr& condition) { mapping.covered = both(mapping.covered, condition); };
        if (which == parallel_.vars.size()) {
            if (ir::constant(size) != 1) {
                add(ir::make(Op::Eq, {element, offset}));
            }
            return;
        }
        const ir::Var& var = parallel_.vars[which];
        const Expr& extent = parallel_.extents[which];
        const Expr value = pass::simplified(element - offset);
        if (const auto [known, fresh] = mapping.variables.emplace(var, value); !fresh) {
            add(ir::make(Op::Eq, {known->second, value}));  // a diagonal
        }
        const std::optional<int64_t> all = ir::constant(size), some = ir::constant(extent);
        if (ir::constant(offset) == 0 && all && some && *some >= *all) {
            return;
        }
        add(ir::make(Op::Ge, {element, offset}));
        add(ir::make(Op::Lt, {element, pass::simplified(offset + extent)}));
    }

    const ir::Parallel& parallel_;
    const Place& result_;
    const TilePosition& position_;
    Span span_;
};

}  // namespace

Stored stored_by(const ir::Block& body) {
    return StoreFinder().find(body);
}

Mapping mapping_of(const ir::Parallel& parallel, const Place& result, const TilePosition& position, Span span,
                   const std::vector<Expr>& indices) {
    return Mapper(parallel, result, position, span).map(indices);
}

ir::Buffer previous_of(const ComputeStep& step, const std::vector<Expr>& expressions) {
    if (step.previous) {
        return step.previous;
    }
    std::vector<ir::Buffer> unread;
    for (const ComputeStep::Source& source : step.sources) {
        if (source.buffer == step.result) {
            return step.result;
        }
        bool read = false;
        for (const Expr& expr : expressions) {
            ir::walk(expr,
                     [&](const Expr& node) { read = read || (node->op == Op::Load && node->buffer == source.buffer); });
        }
        if (!read) {
            unread.push_back(source.buffer);
        }
    }
    return unread.size() == 1 ? unread.front() : nullptr;
}

}  // namespace tessera::tile::lower

// Elements of tensors in elementwise nests: regions are copied into buffers of the block, and what iterations choose is
// gathered.
#include <algorithm>
#include <optional>
#include <set>

#include <tile/pass/linear.h>
#include <tile/pass/normalise.h>
#include <tile/pass/normaliser.h>

namespace tessera::tile::pass {

namespace {

using ir::Block;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

}  // namespace

bool Normaliser::gathers_whole(const ir::Store& store, const Nest& nest) {
    const Expr& value = store.value;
    bool whole = is_block(store.buffer) && value->op == Op::Load && is_tensor(value->buffer) &&
                 value->dtype == store.buffer->dtype && store.indices.size() == nest.vars.size() &&
                 !nest.vars.empty() && !covers_region(value->args, nest);
    for (size_t i = 0; whole && i < nest.vars.size(); ++i) {
        whole = store.indices[i]->op == Op::Var && store.indices[i]->var == nest.vars[i] &&
                ir::constant(nest.extents[i]) == ir::constant(store.buffer->shape[i]) &&
                std::any_of(value->args.begin(), value->args.end(),
                            [&](const Expr& arg) { return ir::uses(arg, nest.vars[i]); });
    }
    return whole;
}

std::optional<Region> Normaliser::covered(const Buffer& tensor, const std::vector<Expr>& indices, const Nest& nest,
                                          Span span, std::vector<Var>& order, Block& out) {
    Region place{tensor, {}, {}, {}};
    for (const Expr& index : indices) {
        const Linear sum = linear(index);
        Var var;
        size_t at = 0;
        bool plain = true;
        for (size_t i = 0; i < nest.vars.size(); ++i) {
            const auto factor = sum.factor_of(nest.vars[i]);
            if (factor == 0) {
                continue;
            }
            plain = plain && factor == 1 && !var && std::find(order.begin(), order.end(), nest.vars[i]) == order.end();
            var = nest.vars[i];
            at = i;
        }
        if (!plain) {
            diagnostics_.error(
                "tile-gather", span,
                "an index of " + tensor->name + " is no loop variable plus what is the same for all iterations",
                "copy a region into a block's buffer first");
            return std::nullopt;
        }
        if (var) {
            order.push_back(var);
            place.begin.push_back(simplified(index - ir::make_cast(index->dtype, ir::make_var(var))));
            place.extent.push_back(nest.extents[at]);
            place.dropped.push_back(false);
        } else {
            place.begin.push_back(index);
            place.extent.push_back(ir::make_int(1));
            place.dropped.push_back(true);
        }
        if (has_load(place.begin.back())) {
            // The same for all iterations, so it is read before them.
            place.begin.back() = simplified(scalar(place.begin.back(), out, span));
        }
    }
    return place;
}

bool Normaliser::covers_region(const std::vector<Expr>& indices, const Nest& nest) {
    std::set<Var> seen;
    for (const Expr& index : indices) {
        const Linear sum = linear(index);
        size_t used = 0;
        for (const Var& var : nest.vars) {
            const auto factor = sum.factor_of(var);
            if (factor == 0) {
                continue;
            }
            if (factor != 1 || ++used > 1 || !seen.insert(var).second) {
                return false;
            }
        }
    }
    return true;
}

Expr Normaliser::from_blocks(const Expr& value, Nest& nest, Span span, Block& out) {
    if (value->op == Op::Load && is_tensor(value->buffer)) {
        return element_of_block(value, nest, span, out);
    }
    std::vector<Expr> args;
    bool other = false;
    for (const Expr& arg : value->args) {
        args.push_back(from_blocks(arg, nest, span, out));
        other = other || args.back() != arg;
    }
    return other ? ir::with_args(value, std::move(args)) : value;
}

Expr Normaliser::widened(const Expr& value, Nest& nest, Span span, Block& out) {
    if (value->op == Op::Load && is_block(value->buffer)) {
        return wide_element(value, nest, span, out);
    }
    std::vector<Expr> args;
    bool other = false;
    for (const Expr& arg : value->args) {
        args.push_back(widened(arg, nest, span, out));
        other = other || args.back() != arg;
    }
    return other ? ir::with_args(value, std::move(args)) : value;
}

Expr Normaliser::wide_element(const Expr& load, Nest& nest, Span span, Block& out) {
    const Buffer& narrow = load->buffer;
    const ir::DType dtype = narrow->dtype;
    if (load->args.size() != 2 || (dtype != ir::DType::Int8 && dtype != ir::DType::UInt8)) {
        return load;
    }
    const Expr row = load->args[0], column = simplified(load->args[1]);
    const auto share = column->op == Op::FloorDiv ? ir::constant(column->args[1]) : std::nullopt;
    const auto extent_of = [&](const Expr& var) -> std::optional<int64_t> {
        const auto at = std::find(nest.vars.begin(), nest.vars.end(), var->op == Op::Var ? var->var : nullptr);
        return at == nest.vars.end() ? std::nullopt
                                     : ir::constant(nest.extents[static_cast<size_t>(at - nest.vars.begin())]);
    };
    const auto rows = extent_of(row), columns = share ? extent_of(column->args[0]) : std::nullopt;
    if (!rows || !columns || *share < 2 || ir::constant(narrow->shape[0]) != rows ||
        ir::constant(narrow->shape[1]) != *columns / *share || *columns % *share != 0) {
        return load;
    }
    for (const auto& [old, made] : nest.loaded) {
        if (ir::same(old, load)) {
            return made;
        }
    }
    // Seven significant bits, which the matrix unit multiplies exactly at each fidelity.
    const ir::DType exact = ir::DType::BFloat16;
    const Expr middle = ir::make_float(dtype == ir::DType::UInt8 ? 128 : 0, ir::DType::Float32);
    const Expr wide_extent = ir::make_int(*columns);
    const auto var = [&](const char* name) {
        return std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(name), ir::DType::Int32});
    };
    const auto fill = [&](const Buffer& buffer, const Var& a, const Var& b, const Expr& value) {
        emit_store(Guarded{nullptr, ir::Store{buffer, {ir::make_var(a), ir::make_var(b)}, value}, span},
                   Nest{{a, b}, buffer->shape, {}}, out);
    };
    const Var i = var("i"), j = var("j"), from = var("from"), to = var("to");
    const Buffer factors = make_buffer(narrow->name + "_factors", exact, narrow->shape, span, out);
    const Expr element = ir::make_load(narrow, {ir::make_var(i), ir::make_var(j)}, span);
    fill(factors, i, j, ir::make_cast(exact, ir::make_cast(ir::DType::Float32, element) - middle));
    // A one where the wide column is one of those that the narrow one is for.
    const Buffer ones = make_buffer(narrow->name + "_spread", exact, {narrow->shape[1], wide_extent}, span, out);
    const Expr offset = ir::make_var(to) - ir::make_var(from) * ir::make_int(*share);
    fill(ones, from, to,
         ir::make(Op::Select, {ir::make(Op::And, {ir::make(Op::Ge, {offset, ir::make_int(0)}),
                                                  ir::make(Op::Lt, {offset, ir::make_int(*share)})}),
                               ir::make_float(1, exact), ir::make_float(0, exact)}));
    const Buffer wide =
        make_buffer(narrow->name + "_wide", ir::DType::Float32, {narrow->shape[0], wide_extent}, span, out);
    out.push_back(
        ir::make_stmt(ir::Gemm{ir::whole(factors), ir::whole(ones), ir::whole(wide), false, false, true}, span));
    const Expr made = ir::make_cast(dtype, ir::make_load(wide, {row, column->args[0]}, load->span) + middle);
    nest.loaded.emplace_back(load, made);
    return made;
}

Expr Normaliser::element_of_block(const Expr& node, Nest& nest, Span span, Block& out) {
    const auto same_for_all = [&] {
        return std::none_of(nest.vars.begin(), nest.vars.end(), [&](const Var& var) { return ir::uses(node, var); });
    };
    if (ir::is_int(node->dtype) && same_for_all()) {
        return scalar(node, out, span);
    }
    for (const auto& [old, made] : nest.loaded) {
        if (ir::same(old, node)) {
            return made;
        }
    }
    std::vector<Expr> at;
    for (const Expr& index : node->args) {
        at.push_back(simplified(index));
    }
    std::vector<Var> order;
    std::optional<Region> place;
    const bool region = covers_region(at, nest);
    if (region) {
        place = covered(node->buffer, at, nest, span, order, out);
    } else {
        at = chosen(node, nest, order, span, out);
    }
    if (!place && (region || at.empty())) {
        return ir::is_float(node->dtype) ? ir::make_float(0, node->dtype) : ir::make_int(0, node->dtype);
    }
    std::vector<Expr> shape, indices;
    for (const Var& var : order) {
        shape.push_back(
            nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) - nest.vars.begin())]);
        indices.push_back(ir::make_var(var));
    }
    if (indices.empty()) {
        indices.push_back(ir::make_int(0));
    }
    const Buffer made = make_buffer(node->buffer->name + "_block", node->dtype, shape, span, out);
    if (place) {
        out.push_back(ir::make_stmt(ir::Copy{*place, ir::whole(made)}, span));
    } else {
        emit_store(Guarded{nullptr, ir::Store{made, indices, ir::make_load(node->buffer, at, node->span)}, span},
                   Nest{order, shape, {}}, out);
    }
    Expr again = ir::make_load(made, indices, node->span);
    nest.loaded.emplace_back(node, again);
    return again;
}

std::vector<Expr> Normaliser::chosen(const Expr& node, const Nest& nest, std::vector<Var>& order, Span span,
                                     Block& out) {
    std::vector<Expr> indices;
    bool good = true;
    for (const Expr& arg : node->args) {
        indices.push_back(simplified(ir::rewrite(arg, [&](const Expr& inner) -> Expr {
            if (inner->op != Op::Load || inner->buffer->scope == ir::Scope::Local) {
                return inner;
            }
            Expr source = at_its_source(inner);
            if (std::none_of(nest.vars.begin(), nest.vars.end(),
                             [&](const Var& var) { return ir::uses(source, var); })) {
                return scalar(source, out, span);
            }
            good = good && is_tensor(source->buffer) && ir::is_int(source->dtype);
            return source;
        })));
    }
    if (!good) {
        diagnostics_.error("tile-gather", span,
                           "an index of " + node->buffer->name + " is worked out by the compute kernel",
                           "read indices from a tensor of integers");
        return {};
    }
    for (const Var& var : nest.vars) {
        if (std::any_of(indices.begin(), indices.end(), [&](const Expr& index) { return ir::uses(index, var); })) {
            order.push_back(var);
        }
    }
    return indices;
}

}  // namespace tessera::tile::pass

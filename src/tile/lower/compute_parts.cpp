#include <tile/lower/compute_parts.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace tessera::tile::lower {

using ir::DType;
using ir::Expr;
using ir::Op;

namespace {

/// Tiles that an expression needs at once, about: operands that need most come first.
int64_t needed(const Expr& expr, const std::function<bool(const Expr&)>& same_everywhere) {
    if (same_everywhere(expr)) {
        return 0;
    }
    std::vector<int64_t> needs;
    if (expr->op != Op::Load) {
        for (const Expr& arg : expr->args) {
            needs.push_back(needed(arg, same_everywhere));
        }
    }
    std::sort(needs.rbegin(), needs.rend());
    int64_t need = 1;
    for (size_t i = 0; i < needs.size(); ++i) {
        need = std::max(need, needs[i] + static_cast<int64_t>(i));
    }
    return need;
}

/// Whether Float32 holds all of its values.
bool can_be_kept(const Expr& expr) {
    return expr->op != Op::Load && expr->op != Op::Var && (ir::is_float(expr->dtype) || expr->dtype == DType::Bool);
}

}  // namespace

Expr part_of(const Expr& expr, int64_t slots, const std::function<bool(const Expr&)>& same_everywhere) {
    Expr largest;
    int64_t most = 0;
    for (const Expr& arg : expr->args) {
        const int64_t need = expr->op == Op::Load ? 0 : needed(arg, same_everywhere);
        if (need > most) {
            largest = arg;
            most = need;
        }
    }
    if (!largest) {
        return nullptr;
    }
    if (most <= slots && can_be_kept(largest)) {
        return largest;
    }
    return part_of(largest, slots, same_everywhere);
}

const ir::Buffer& Parts::buffer() {
    if (!buffer_) {
        std::vector<Expr> shape = {number(int64_t{most}), number(result_.batch)};
        if (result_.form == Form::Matrix || result_.form == Form::ColumnVector) {
            shape.push_back(number(result_.rows * tile_side));
        }
        if (result_.form == Form::Matrix || result_.form == Form::RowVector) {
            shape.push_back(number(result_.columns * tile_side));
        }
        buffer_ = std::make_shared<const ir::BufferNode>(
            ir::BufferNode{"parts", DType::Float32, std::move(shape), ir::Scope::Fragment, {}});
    }
    return buffer_;
}

Expr Parts::element(size_t k, DType type) {
    std::vector<Expr> indices = {number(static_cast<int64_t>(k)),
                                 result_.batch == 1 ? number(0) : ir::make_var(position_.matrix)};
    if (result_.form == Form::Matrix || result_.form == Form::ColumnVector) {
        indices.push_back(ir::make_var(position_.element_row));
    }
    if (result_.form == Form::Matrix || result_.form == Form::RowVector) {
        indices.push_back(ir::make_var(position_.element_column));
    }
    const Expr kept = ir::make_load(buffer(), std::move(indices));
    return type == DType::Bool      ? ir::make(Op::Ne, {kept, ir::make_float(0)})
           : type == DType::Float32 ? kept
                                    : ir::make_cast(type, kept);
}

Place Parts::place(uint32_t cb) const {
    Place place = result_;
    place.buffer = std::make_shared<const ir::BufferNode>(
        ir::BufferNode{"part", DType::Float32, result_.buffer->shape, ir::Scope::Fragment, {}});
    place.cb = cb;
    place.subblock_rows = place.subblock_columns = 0;
    return place;
}

Place Parts::all(uint32_t cb) {
    Place place = this->place(cb);
    place.buffer = buffer();
    place.batch = int64_t{most} * result_.batch;
    return place;
}

}  // namespace tessera::tile::lower

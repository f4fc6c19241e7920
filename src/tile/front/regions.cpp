// Buffers with indices: elements, regions, and the extents that a copy takes from its other side.
#include <algorithm>

#include <tile/front/evaluator.h>
#include <tile/pass/linear.h>

namespace tessera::tile::front {
namespace {

ir::Expr plain(const ir::Expr& expr) {
    const std::optional<int64_t> value = ir::constant(expr);
    return value ? ir::make_int(*value) : pass::simplified(expr);
}

ir::Expr as_int32(const ir::Expr& expr) {
    return expr->op == ir::Op::Int && expr->dtype != ir::DType::Int32 ? ir::make_int(expr->int_value) : expr;
}

std::string shown(const ir::Region& region) {
    std::string out = "(";
    bool first = true;
    for (const ir::Expr& extent : ir::matched_extents(region)) {
        out += (first ? "" : ", ") + repr(Value(extent));
        first = false;
    }
    return out + ")";
}

}  // namespace

Value Evaluator::buffer_element(const ir::Buffer& buffer, const Value& index, Span span) {
    ElementData data;
    data.buffer = buffer;
    data.span = span;
    for (const ir::Expr& extent : buffer->shape) {
        data.indices.push_back({ir::make_int(0), extent});
    }
    return narrowed(data, index, span);
}

Value Evaluator::narrowed(const ElementData& element, const Value& index, Span span) {
    Values parts = index.is<TupleValue>() ? *items_of(index) : Values{index};
    auto data = std::make_shared<ElementData>(element);
    // The dimensions that are still whole take the indices, in order.
    std::vector<size_t> open;
    for (size_t i = 0; i < data->indices.size(); ++i) {
        if (data->indices[i].extent) {
            open.push_back(i);
        }
    }
    const auto dots = std::ranges::find_if(parts, [](const Value& one) { return one.is<EllipsisValue>(); });
    if (dots != parts.end()) {
        const auto at = dots - parts.begin();
        parts.erase(dots);
        while (parts.size() < open.size()) {
            parts.insert(
                parts.begin() + at,
                SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
        }
    }
    if (parts.size() > open.size()) {
        fail("tile-index-count", span,
             data->buffer->name + " has " + std::to_string(open.size()) + " dimensions to be indexed, not " +
                 std::to_string(parts.size()));
    }
    for (size_t i = 0; i < parts.size(); ++i) {
        Index& one = data->indices[open[i]];
        const ir::Expr size = one.extent;
        const auto from_end = [&](const ir::Expr& at) {
            const auto known = ir::constant(at);
            return known && *known < 0 ? ir::make(ir::Op::Add, {size, ir::make_cast(size->dtype, at, span)}, span) : at;
        };
        if (const auto* slice = parts[i].get<SliceValue>()) {
            if (!(*slice->bounds)[2].is<NoneValue>() && to_int((*slice->bounds)[2], span, "the step of a slice") != 1) {
                fail("tile-slice-step", span, "a slice of " + data->buffer->name + " has a step other than 1");
            }
            const ir::Expr lower = (*slice->bounds)[0].is<NoneValue>()
                                       ? ir::make_int(0)
                                       : from_end(to_index((*slice->bounds)[0], span, "a bound of a slice"));
            const ir::Expr upper = (*slice->bounds)[1].is<NoneValue>()
                                       ? size
                                       : from_end(to_index((*slice->bounds)[1], span, "a bound of a slice"));
            const auto [a, b] = same_type(upper, lower, span);
            one.extent = as_int32(plain(ir::make(ir::Op::Sub, {a, b}, span)));
            const auto known = ir::constant(one.extent);
            if (known && *known <= 0) {
                fail("tile-slice", span,
                     "a slice of " + data->buffer->name + " has " + std::to_string(*known) + " elements");
            }
            one.begin = ir::constant(one.begin) == 0 ? lower : ir::make(ir::Op::Add, {one.begin, lower}, span);
            continue;
        }
        if (const auto* buffer = parts[i].get<ir::Buffer>()) {
            fail("tile-not-a-scalar", span, "the buffer " + (*buffer)->name + " is used as an index",
                 "index it: " + (*buffer)->name + "[i]");
        }
        ir::Expr at = from_end(to_index(parts[i], span, "an index"));
        const auto known = ir::constant(at);
        const auto bound = ir::constant(size);
        if (known && bound && (*known < 0 || *known >= *bound)) {
            fail("tile-index", span,
                 "index " + std::to_string(*known) + " is outside of dimension " + std::to_string(open[i]) + " of " +
                     data->buffer->name + ", which has " + std::to_string(*bound) + " elements");
        }
        one.begin = ir::constant(one.begin) == 0 ? as_int32(at) : ir::make(ir::Op::Add, {one.begin, at}, span);
        one.extent = nullptr;
    }
    data->written = parts.size();
    data->span = span;
    return ElementValue{std::move(data)};
}

ir::Region Evaluator::to_region(const Value& value, Span span, std::string_view what) {
    if (const auto* buffer = value.get<ir::Buffer>()) {
        return ir::whole(*buffer);
    }
    if (const auto* cell = value.get<CellValue>()) {
        return ir::whole(cell->buffer);
    }
    if (const auto* element = value.get<ElementValue>()) {
        ir::Region region;
        region.buffer = element->data->buffer;
        for (const Index& one : element->data->indices) {
            region.begin.push_back(one.begin);
            region.extent.push_back(one.extent ? one.extent : ir::make_int(1));
            region.dropped.push_back(one.extent == nullptr);
        }
        return region;
    }
    if (const auto* unknown = value.get<OpaqueValue>()) {
        fail("tile-unknown-value", span,
             std::string(what) + " is a buffer, and " + *unknown->what + " is not known here");
    }
    fail("tile-type", span, std::string(what) + " is a buffer or a part of one, not " + type_name(value));
}

ir::Region Evaluator::head_region(const ElementData& head, const std::vector<ir::Expr>& extents, Span span) {
    ir::Region region;
    region.buffer = head.buffer;
    const size_t rank = head.indices.size();
    std::vector<ir::Expr> taken = extents;
    // A side with more dimensions than this one can only have 1 in those.
    while (taken.size() > rank && ir::constant(taken.front()) == 1) {
        taken.erase(taken.begin());
    }
    if (taken.size() > rank) {
        fail("tile-copy-shape", span,
             "a region of " + std::to_string(taken.size()) + " dimensions does not fit " + head.buffer->name +
                 ", which has " + std::to_string(rank));
    }
    for (size_t i = 0; i < rank; ++i) {
        const bool single = i + taken.size() < rank;
        region.begin.push_back(head.indices[i].begin);
        region.extent.push_back(single ? ir::make_int(1) : taken[i + taken.size() - rank]);
        region.dropped.push_back(single);
    }
    return region;
}

void Evaluator::check_same_extents(const ir::Region& a, const ir::Region& b, Span span, std::string_view what) {
    const std::vector<ir::Expr> left = ir::matched_extents(a);
    const std::vector<ir::Expr> right = ir::matched_extents(b);
    bool fits = left.size() == right.size();
    for (size_t i = 0; fits && i < left.size(); ++i) {
        const auto x = ir::constant(left[i]);
        const auto y = ir::constant(right[i]);
        fits = !x || !y || *x == *y;
    }
    if (!fits) {
        fail("tile-copy-shape", span,
             std::string(what) + ": " + a.buffer->name + " has " + shown(a) + " and " + b.buffer->name + " has " +
                 shown(b) + " elements",
             "extents are matched from the right, without those of 1");
    }
}

}  // namespace tessera::tile::front

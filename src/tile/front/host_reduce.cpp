// Reductions, scans and orders of tensors of a script's host side.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_parts.h>

namespace tessera::tile::front {
namespace {

struct Reduction {
    std::shared_ptr<const Numbers> numbers;
    Shape shape;
    size_t outer = 1, extent = 1, inner = 1;
    Values result;
};

/// The way through a tensor along one dimension; nothing if the shape is not known.
std::optional<Reduction> along(const TensorData& self, size_t axis, bool keep) {
    Reduction made;
    for (size_t d = 0; d < self.shape.size(); ++d) {
        if (d != axis) {
            made.result.push_back(self.shape[d]);
        } else if (keep) {
            made.result.emplace_back(int64_t{1});
        }
    }
    const auto shape = shape_of(self);
    if (!shape) {
        return made;
    }
    made.shape = *shape;
    made.extent = static_cast<size_t>((*shape)[axis]);
    for (size_t d = 0; d < shape->size(); ++d) {
        (d < axis ? made.outer : made.inner) *= d == axis ? 1 : static_cast<size_t>((*shape)[d]);
    }
    made.numbers = numbers_of(self);
    return made;
}

double reduced(const std::string& op, const Numbers& line) {
    if (op == "sum" || op == "mean" || op == "count_nonzero") {
        double total = 0;
        for (const double one : line) {
            total += op == "count_nonzero" ? one != 0 : one;
        }
        return op == "mean" && !line.empty() ? total / static_cast<double>(line.size()) : total;
    }
    if (op == "any" || op == "all") {
        const bool any = std::ranges::any_of(line, [](double one) { return one != 0; });
        const bool all = std::ranges::all_of(line, [](double one) { return one != 0; });
        return op == "any" ? any : all;
    }
    if (op == "prod") {
        return std::accumulate(line.begin(), line.end(), 1.0, std::multiplies<>());
    }
    if (line.empty()) {
        return 0;
    }
    const auto most = op.ends_with("max") ? std::ranges::max_element(line) : std::ranges::min_element(line);
    return op.starts_with("arg") ? static_cast<double>(most - line.begin()) : *most;
}

}  // namespace

std::optional<ir::DType> reduced_type(const std::string& op, std::optional<ir::DType> type) {
    if (op == "any" || op == "all") {
        return ir::DType::Bool;
    }
    if (op.starts_with("arg") || op == "count_nonzero" ||
        ((op == "sum" || op == "cumsum" || op == "prod") && type && !ir::is_float(*type))) {
        return ir::DType::Int64;
    }
    return type;
}

std::optional<Value> reduce(const TensorData& self, const std::string& op, const Call& call) {
    const Value* dim = argument(call, 0, "dim");
    dim = dim == nullptr ? keyword(call, "axis") : dim;
    if (dim != nullptr && dim->is<TensorValue>()) {
        return std::nullopt;  // of two tensors: torch.max(a, b)
    }
    const auto keep = integer(argument(call, 1, "keepdim")).value_or(0) != 0;
    const auto type = type_given(call, reduced_type(op, self.dtype));
    if (dim == nullptr || dim->is<NoneValue>()) {
        const auto numbers = numbers_of(self);
        return numbers ? make_tensor(Shape(), type, {reduced(op, *numbers)}) : make_tensor(Values(), type);
    }
    Values dims = items_of(*dim) != nullptr ? *items_of(*dim) : Values{*dim};
    std::vector<size_t> axes;
    for (const Value& one : dims) {
        const auto axis = axis_of(&one, self.shape.size());
        if (!axis) {
            return opaque("a tensor", call.span);
        }
        axes.push_back(*axis);
    }
    std::ranges::sort(axes, std::greater<>());
    TensorData now = self;
    for (const size_t axis : axes) {
        const auto way = along(now, axis, keep);
        if (!way) {
            return opaque("a tensor", call.span);
        }
        TensorData next{way->result, type};
        if (way->numbers) {
            next.content = std::make_shared<Numbers>();
            for (size_t o = 0; o < way->outer; ++o) {
                for (size_t i = 0; i < way->inner; ++i) {
                    Numbers line(way->extent);
                    for (size_t k = 0; k < way->extent; ++k) {
                        line[k] = (*way->numbers)[(o * way->extent + k) * way->inner + i];
                    }
                    next.content->push_back(reduced(op, line));
                }
            }
        }
        now = std::move(next);
    }
    Value values = shared(now);
    if ((op == "max" || op == "min") && axes.size() == 1) {
        const auto which = reduce(self, "arg" + op, call);
        return tuple({values, which.value_or(none())});
    }
    return values;
}

Value line_by_line(const TensorData& self, size_t axis, std::optional<ir::DType> type, std::optional<int64_t> extent,
                   const std::function<void(Numbers&)>& change) {
    TensorData made{self.shape, type};
    if (extent) {
        made.shape[axis] = *extent;
    }
    const auto way = along(self, axis, true);
    if (!way || !way->numbers) {
        return shared(std::move(made));
    }
    const size_t length = extent ? static_cast<size_t>(*extent) : way->extent;
    made.content = std::make_shared<Numbers>(way->outer * length * way->inner);
    for (size_t o = 0; o < way->outer; ++o) {
        for (size_t i = 0; i < way->inner; ++i) {
            Numbers line(way->extent);
            for (size_t k = 0; k < way->extent; ++k) {
                line[k] = (*way->numbers)[(o * way->extent + k) * way->inner + i];
            }
            change(line);
            line.resize(length);
            for (size_t k = 0; k < length; ++k) {
                (*made.content)[(o * length + k) * way->inner + i] = line[k];
            }
        }
    }
    return shared(std::move(made));
}

void arguments_in_order(Numbers& line, bool descending) {
    std::vector<size_t> order(line.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, [&](size_t a, size_t b) {
        return line[a] == line[b] ? a < b : descending ? line[a] > line[b] : line[a] < line[b];
    });
    line.assign(order.begin(), order.end());
}

std::optional<Value> ordered(const TensorData& self, const std::string& name, const Call& call) {
    const bool top = name == "topk";
    const Value last = int64_t{-1};
    const Value* dim = argument(call, top ? 1 : 0, "dim");
    const auto axis = axis_of(dim == nullptr ? &last : dim, self.shape.size());
    const auto k = top ? integer(argument(call, 0, "k")) : std::nullopt;
    const auto flag = integer(argument(call, top ? 2 : 1, top ? "largest" : "descending"));
    const bool descending = flag.value_or(top ? 1 : 0) != 0;
    const auto* extent = axis ? self.shape[*axis].get<int64_t>() : nullptr;
    if (!axis || (top && (!k || (extent != nullptr && *k > *extent)))) {
        return top ? std::optional(tuple({opaque("a tensor", call.span), opaque("a tensor", call.span)}))
                   : std::optional(opaque("a tensor", call.span));
    }
    Value indices =
        line_by_line(self, *axis, ir::DType::Int64, k, [&](Numbers& line) { arguments_in_order(line, descending); });
    if (name == "argsort") {
        return indices;
    }
    const Value values = line_by_line(self, *axis, self.dtype, k, [&](Numbers& line) {
        descending ? std::ranges::sort(line, std::greater<>()) : std::ranges::sort(line);
    });
    return tuple({values, indices});
}

}  // namespace tessera::tile::front

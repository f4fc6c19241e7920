#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_parts.h>

namespace tessera::tile::front {

std::optional<int64_t> integer(const Value* value) {
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const int64_t* i = value->get<int64_t>()) {
        return *i;
    }
    if (const bool* b = value->get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const double* d = value->get<double>(); d != nullptr && std::fabs(*d) < 9e15) {
        return static_cast<int64_t>(*d);
    }
    return std::nullopt;
}

std::optional<double> real(const Value& value) {
    if (const double* d = value.get<double>()) {
        return *d;
    }
    const auto whole = integer(&value);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

std::optional<ir::DType> type_of(const Value& value) {
    if (const auto* type = value.get<ir::DType>()) {
        return *type;
    }
    const auto* one = value.get<BuiltinValue>();
    if (one == nullptr) {
        return std::nullopt;
    }
    return one->name == "builtins.float"  ? std::optional(ir::DType::Float32)
           : one->name == "builtins.int"  ? std::optional(ir::DType::Int64)
           : one->name == "builtins.bool" ? std::optional(ir::DType::Bool)
                                          : std::nullopt;
}

std::optional<ir::DType> type_given(const Call& call, std::optional<ir::DType> otherwise) {
    const Value* given = keyword(call, "dtype");
    return given != nullptr ? type_of(*given) : otherwise;
}

Value shared(TensorData data) {
    return TensorValue{std::make_shared<TensorData>(std::move(data))};
}

std::optional<size_t> axis_of(const Value* value, size_t rank) {
    const auto at = integer(value);
    const auto size = static_cast<int64_t>(rank);
    if (!at || *at < -size || *at >= size) {
        return std::nullopt;
    }
    return static_cast<size_t>(*at < 0 ? *at + size : *at);
}

const Value* argument(const Call& call, size_t place, std::string_view name) {
    return place < call.positional.size() ? &call.positional[place] : keyword(call, name);
}

Value permuted(const TensorData& self, const std::vector<size_t>& order) {
    TensorData made{{}, self.dtype, nullptr, self.fill};
    for (const size_t one : order) {
        made.shape.push_back(self.shape[one]);
    }
    const auto shape = shape_of(self);
    const auto numbers = shape && !self.fill && !self.random ? numbers_of(self) : nullptr;
    if (shape && numbers) {
        std::vector<size_t> strides(shape->size(), 1);
        for (size_t d = shape->size(); d-- > 1;) {
            strides[d - 1] = strides[d] * static_cast<size_t>((*shape)[d]);
        }
        made.content = std::make_shared<Numbers>(numbers->size());
        std::vector<int64_t> at(order.size(), 0);
        for (double& one : *made.content) {
            size_t place = 0;
            for (size_t d = 0; d < order.size(); ++d) {
                place += static_cast<size_t>(at[d]) * strides[order[d]];
            }
            one = (*numbers)[place];
            for (size_t d = order.size(); d-- > 0;) {
                if (++at[d] < (*shape)[order[d]]) {
                    break;
                }
                at[d] = 0;
            }
        }
    } else if (self.random) {
        made.random = self.random;
    }
    return shared(std::move(made));
}

Value reshaped(const TensorData& self, Values shape) {
    TensorData made = self;
    const auto own = shape_of(self);
    int64_t rest = 1;
    bool known = own.has_value();
    for (const Value& one : shape) {
        const auto extent = integer(&one);
        known = known && extent.has_value();
        rest *= !extent || *extent < 0 ? 1 : *extent;
    }
    for (Value& one : shape) {
        if (equal(one, int64_t{-1})) {
            one = own && known && rest != 0 ? Value(count_of(*own) / rest) : opaque("a dimension", {});
        }
    }
    made.shape = std::move(shape);
    const auto now = shape_of(made);
    if (!own || !known || !now || count_of(*now) != count_of(*own)) {
        made.content = nullptr;
    }
    return shared(std::move(made));
}

Value joined(const Values& tensors, const Value* dim, bool stack, Span span) {
    std::vector<TensorData> parts;
    for (const Value& one : tensors) {
        const auto* tensor = one.get<TensorValue>();
        if (tensor == nullptr) {
            return opaque("a tensor", span);
        }
        parts.push_back(*tensor->data);
    }
    const Value first = int64_t{0};
    if (parts.empty()) {
        return opaque("a tensor", span);
    }
    const size_t rank = parts.front().shape.size() + (stack ? 1 : 0);
    const auto axis = axis_of(dim == nullptr ? &first : dim, rank);
    if (!axis) {
        return opaque("a tensor", span);
    }
    int64_t total = 0;
    bool known = true;
    for (TensorData& one : parts) {
        if (stack) {
            one.shape.insert(one.shape.begin() + static_cast<std::ptrdiff_t>(*axis), Value(int64_t{1}));
        }
        if (one.shape.size() != rank) {
            return opaque("a tensor", span);
        }
        const auto* extent = one.shape[*axis].get<int64_t>();
        known = known && extent != nullptr;
        total += extent == nullptr ? 0 : *extent;
    }
    TensorData made{parts.front().shape, parts.front().dtype};
    made.shape[*axis] = known ? Value(total) : opaque("a dimension", span);
    const auto shape = shape_of(made);
    std::vector<std::pair<std::shared_ptr<const Numbers>, int64_t>> all;
    for (const TensorData& one : parts) {
        const auto own = shape_of(one);
        const bool noise = one.random && !one.random->whole;
        all.emplace_back(own && shape && count_of(*shape) <= most_elements && !noise ? numbers_of(one) : nullptr,
                         own ? (*own)[*axis] : 0);
        known = known && all.back().first;
    }
    if (known && shape) {
        size_t outer = 1;
        size_t inner = 1;
        for (size_t d = 0; d < rank; ++d) {
            (d < *axis ? outer : inner) *= d == *axis ? 1 : static_cast<size_t>((*shape)[d]);
        }
        made.content = std::make_shared<Numbers>();
        for (size_t o = 0; o < outer; ++o) {
            for (const auto& [numbers, extent] : all) {
                const size_t length = static_cast<size_t>(extent) * inner;
                if (numbers->size() < (o + 1) * length) {
                    made.content = nullptr;
                    return shared(std::move(made));
                }
                made.content->insert(made.content->end(), numbers->begin() + static_cast<std::ptrdiff_t>(o * length),
                                     numbers->begin() + static_cast<std::ptrdiff_t>((o + 1) * length));
            }
        }
    }
    return shared(std::move(made));
}

Value mapped(const TensorData& self, std::optional<ir::DType> type, const std::function<double(double)>& of) {
    TensorData made{self.shape, type};
    if (self.fill) {
        made.fill = of(*self.fill);
    } else if (self.content) {
        made.content = std::make_shared<Numbers>(*self.content);
        std::ranges::transform(*made.content, made.content->begin(), of);
    } else if (self.random && self.random->whole) {
        const auto numbers = numbers_of(self);
        if (numbers) {
            made.content = std::make_shared<Numbers>(*numbers);
            std::ranges::transform(*made.content, made.content->begin(), of);
        }
    }
    return shared(std::move(made));
}

Value converted(const TensorData& self, std::optional<ir::DType> type) {
    if (!type) {
        return shared(self);
    }
    if (ir::is_float(*type) && self.random) {
        TensorData made = self;
        made.dtype = type;
        return shared(std::move(made));
    }
    return mapped(self, type, [&](double one) {
        return *type == ir::DType::Bool ? one != 0 : ir::is_float(*type) ? one : std::trunc(one);
    });
}

Value repeated(const TensorData& self, const Values& times) {
    // Each dimension so often, new ones in front.
    Value now = shared(self);
    Values shape = self.shape;
    while (shape.size() < times.size()) {
        shape.insert(shape.begin(), Value(int64_t{1}));
    }
    now = reshaped(self, shape);
    for (size_t d = 0; d < times.size() && d < shape.size(); ++d) {
        const auto often = integer(&times[d]);
        if (!often || *often < 0 || *often > 4096) {
            return make_tensor(Values(shape.size(), opaque("a dimension", {})), self.dtype);
        }
        if (*often == 1) {
            continue;
        }
        const Value axis = static_cast<int64_t>(d);
        now = joined(Values(static_cast<size_t>(*often), now), &axis, false, {});
        if (!now.is<TensorValue>()) {
            return now;
        }
    }
    return now;
}

Value expanded(const TensorData& self, Values shape) {
    const size_t more = shape.size() - std::min(shape.size(), self.shape.size());
    for (size_t d = more; d < shape.size(); ++d) {
        if (equal(shape[d], int64_t{-1})) {
            shape[d] = self.shape[d - more];
        }
    }
    TensorData zero{shape, self.dtype};
    zero.fill = 0;
    const Value sum = tensor_binary("+", shared(zero), shared(self), {});
    return sum;
}

}  // namespace tessera::tile::front

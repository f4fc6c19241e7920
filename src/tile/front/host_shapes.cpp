// Methods of tensors of a script's host side that change their shape, or pick a part.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_parts.h>

namespace tessera::tile::front {

std::optional<Value> shape_method(const TensorValue& tensor, const std::string& name, const Call& call) {
    const TensorData& self = *tensor.data;
    const Values& args = call.positional;
    const Span span = call.span;
    const size_t rank = self.shape.size();
    if (name == "view" || name == "reshape" || name == "unflatten") {
        const std::optional<ir::DType> other = args.size() == 1 ? type_of(args[0]) : std::nullopt;
        if (name == "view" && other) {
            // The bits as another type.
            TensorData made{self.shape, other};
            const auto* last = rank == 0 ? nullptr : made.shape.back().get<int64_t>();
            if (self.dtype && last != nullptr && ir::bits_of(*self.dtype) != ir::bits_of(*other)) {
                made.shape.back() = *last * static_cast<int64_t>(ir::bits_of(*self.dtype)) /
                                    std::max<int64_t>(1, static_cast<int64_t>(ir::bits_of(*other)));
            }
            return shared(std::move(made));
        }
        if (name == "unflatten") {
            return opaque("a tensor", span);
        }
        return reshaped(self, sizes(args));
    }
    if (name == "view_as" || name == "reshape_as") {
        const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
        return like == nullptr ? opaque("a tensor", span) : reshaped(self, like->data->shape);
    }
    if (name == "expand_as") {
        const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
        return like == nullptr ? opaque("a tensor", span) : expanded(self, like->data->shape);
    }
    if (name == "flatten") {
        const Value zero = int64_t{0};
        const Value back = int64_t{-1};
        const Value* from = argument(call, 0, "start_dim");
        const Value* to = argument(call, 1, "end_dim");
        const auto first = axis_of(from == nullptr ? &zero : from, rank);
        const auto last = axis_of(to == nullptr ? &back : to, rank);
        if (!first || !last || *first > *last) {
            return rank == 0 ? reshaped(self, {int64_t{1}}) : opaque("a tensor", span);
        }
        Values shape(self.shape.begin(), self.shape.begin() + static_cast<std::ptrdiff_t>(*first));
        const auto inner = shape_of(TensorData{Values(self.shape.begin() + static_cast<std::ptrdiff_t>(*first),
                                                      self.shape.begin() + static_cast<std::ptrdiff_t>(*last) + 1),
                                               std::nullopt});
        shape.push_back(inner ? Value(count_of(*inner)) : opaque("a dimension", span));
        shape.insert(shape.end(), self.shape.begin() + static_cast<std::ptrdiff_t>(*last) + 1, self.shape.end());
        return reshaped(self, std::move(shape));
    }
    if (name == "expand" || name == "broadcast_to") {
        return expanded(self, sizes(args));
    }
    if (name == "repeat" || name == "tile") {
        return repeated(self, sizes(args));
    }
    if (name == "repeat_interleave") {
        const auto often = integer(argument(call, 0, "repeats"));
        const auto axis = axis_of(argument(call, 1, "dim"), rank);
        if (!often || !axis) {
            return opaque("a tensor", span);
        }
        Values apart = self.shape;
        apart.insert(apart.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, Value(int64_t{1}));
        Values wide = apart;
        wide[*axis + 1] = *often;
        const Value split = reshaped(self, apart);
        const Value many = expanded(*split.get<TensorValue>()->data, wide);
        Values shape = self.shape;
        const auto extent = integer(&shape[*axis]);
        shape[*axis] = extent ? Value(*extent * *often) : opaque("a dimension", span);
        return reshaped(*many.get<TensorValue>()->data, shape);
    }
    if (name == "transpose" || name == "swapaxes" || name == "t") {
        const Value zero = int64_t{0};
        const Value one = int64_t{1};
        const auto a = axis_of(name == "t" ? &zero : argument(call, 0, "dim0"), rank);
        const auto b = axis_of(name == "t" ? &one : argument(call, 1, "dim1"), rank);
        if (!a || !b) {
            return opaque("a tensor", span);
        }
        std::vector<size_t> order(rank);
        std::iota(order.begin(), order.end(), size_t{0});
        std::swap(order[*a], order[*b]);
        return permuted(self, order);
    }
    if (name == "permute") {
        std::vector<size_t> order;
        for (const Value& one : sizes(args)) {
            const auto at = axis_of(&one, rank);
            if (!at || std::ranges::find(order, *at) != order.end()) {
                return opaque("a tensor", span);
            }
            order.push_back(*at);
        }
        return order.size() == rank ? permuted(self, order) : opaque("a tensor", span);
    }
    if (name == "unsqueeze") {
        const auto at = axis_of(argument(call, 0, "dim"), rank + 1);
        if (!at) {
            return opaque("a tensor", span);
        }
        Values shape = self.shape;
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*at), Value(int64_t{1}));
        return reshaped(self, std::move(shape));
    }
    if (name == "squeeze") {
        const Value* which = argument(call, 0, "dim");
        const auto at = axis_of(which, rank);
        Values shape;
        for (size_t d = 0; d < rank; ++d) {
            if (!equal(self.shape[d], int64_t{1}) || (which != nullptr && at != d)) {
                shape.push_back(self.shape[d]);
            }
        }
        return reshaped(self, std::move(shape));
    }
    if (name == "flip" || name == "roll") {
        return make_tensor(self.shape, self.dtype);
    }
    if (name == "chunk" || name == "split" || name == "unbind") {
        const Value zero = int64_t{0};
        const Value* dim = argument(call, name == "unbind" ? 0 : 1, "dim");
        const auto axis = axis_of(dim == nullptr ? &zero : dim, rank);
        const auto* extent = axis ? self.shape[*axis].get<int64_t>() : nullptr;
        if (!axis || extent == nullptr) {
            return opaque("parts of a tensor", span);
        }
        std::vector<int64_t> lengths;
        const Value* given = argument(call, 0, name == "chunk" ? "chunks" : "split_size_or_sections");
        if (name == "unbind") {
            lengths.assign(static_cast<size_t>(std::min<int64_t>(*extent, 4096)), 1);
        } else if (given != nullptr && items_of(*given) != nullptr) {
            for (const Value& one : *items_of(*given)) {
                lengths.push_back(integer(&one).value_or(0));
            }
        } else if (const auto many = integer(given); many && *many > 0) {
            const int64_t length = name == "chunk" ? (*extent + *many - 1) / *many : *many;
            for (int64_t at = 0; at < *extent && lengths.size() < 4096; at += length) {
                lengths.push_back(std::min(length, *extent - at));
            }
        }
        Values parts;
        int64_t at = 0;
        for (const int64_t length : lengths) {
            Values index(
                *axis,
                SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
            index.push_back(name == "unbind" ? Value(at)
                                             : Value(SliceValue{std::make_shared<const std::array<Value, 3>>(
                                                   std::array<Value, 3>{at, at + length, none()})}));
            parts.push_back(tensor_index(self, tuple(std::move(index)), span));
            at += length;
        }
        return tuple(std::move(parts));
    }
    if (name == "narrow") {
        const auto axis = axis_of(argument(call, 0, "dim"), rank);
        const auto start = integer(argument(call, 1, "start"));
        const auto length = integer(argument(call, 2, "length"));
        if (!axis || !start || !length) {
            return opaque("a tensor", span);
        }
        Values index(
            *axis,
            SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
        index.emplace_back(SliceValue{
            std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{*start, *start + *length, none()})});
        return tensor_index(self, tuple(std::move(index)), span);
    }
    if (name == "gather" || name == "index_select" || name == "take_along_dim") {
        const Value* index = argument(call, 1, "index");
        const auto axis = axis_of(argument(call, 0, "dim"), rank);
        const auto* at = index == nullptr ? nullptr : index->get<TensorValue>();
        if (at == nullptr || !axis) {
            return opaque("a tensor", span);
        }
        if (name == "index_select") {
            Values all(
                *axis,
                SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
            all.push_back(*index);
            return tensor_index(self, tuple(std::move(all)), span);
        }
        const auto shape = shape_of(self);
        if (rank == 2 && *axis == 0 && shape && at->data->shape.size() == 2) {
            return make_tensor(at->data->shape, self.dtype);
        }
        return make_tensor(at->data->shape, self.dtype);
    }
    return std::nullopt;
}

}  // namespace tessera::tile::front

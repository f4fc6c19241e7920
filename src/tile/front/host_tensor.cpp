#include <tile/front/host_tensor.h>

#include <algorithm>
#include <cmath>

namespace tessera::tile::front {
namespace {

constexpr int64_t most_work = 40'000'000;

/// A number from a seed and a place; the same on every machine.
uint64_t mixed(uint64_t seed, uint64_t place) {
    uint64_t z = seed * 0x9E3779B97F4A7C15U + place + 0x632BE59BD9B4E019U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

std::optional<double> number(const Value& value) {
    if (const bool* b = value.get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const int64_t* i = value.get<int64_t>()) {
        return static_cast<double>(*i);
    }
    if (const double* d = value.get<double>()) {
        return *d;
    }
    return std::nullopt;
}

bool is_comparison(std::string_view op) {
    return op == "<" || op == ">" || op == "<=" || op == ">=" || op == "==" || op == "!=";
}

double python_mod(double a, double b) {
    const double r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

std::optional<double> calculate(std::string_view op, double a, double b) {
    const auto bits = [](double x) { return static_cast<int64_t>(x); };
    if (op == "+") {
        return a + b;
    }
    if (op == "-") {
        return a - b;
    }
    if (op == "*") {
        return a * b;
    }
    if (op == "/") {
        return a / b;
    }
    if (op == "//") {
        return std::floor(a / b);
    }
    if (op == "%") {
        return python_mod(a, b);
    }
    if (op == "**") {
        return std::pow(a, b);
    }
    if (op == "<") {
        return a < b;
    }
    if (op == ">") {
        return a > b;
    }
    if (op == "<=") {
        return a <= b;
    }
    if (op == ">=") {
        return a >= b;
    }
    if (op == "==") {
        return a == b;
    }
    if (op == "!=") {
        return a != b;
    }
    if (op == "&") {
        return static_cast<double>(bits(a) & bits(b));
    }
    if (op == "|") {
        return static_cast<double>(bits(a) | bits(b));
    }
    if (op == "^") {
        return static_cast<double>(bits(a) ^ bits(b));
    }
    if ((op == "<<" || op == ">>") && b >= 0 && b < 63) {
        return static_cast<double>(op == "<<" ? bits(a) * (int64_t{1} << bits(b)) : bits(a) >> bits(b));
    }
    return std::nullopt;
}

/// The element type of a result, as torch promotes; unknown if one of the two is.
std::optional<ir::DType> promoted(std::string_view op, const Value& left, const Value& right) {
    if (is_comparison(op)) {
        return ir::DType::Bool;
    }
    const auto type = [](const Value& value) -> std::optional<ir::DType> {
        const auto* tensor = value.get<TensorValue>();
        return tensor == nullptr ? std::nullopt : tensor->data->dtype;
    };
    std::optional<ir::DType> result;
    if (!left.is<TensorValue>() || !right.is<TensorValue>()) {
        const Value& scalar = left.is<TensorValue>() ? right : left;
        result = left.is<TensorValue>() ? type(left) : type(right);
        if (result && !ir::is_float(*result) && scalar.is<double>()) {
            result = ir::DType::Float32;
        }
    } else {
        const auto a = type(left);
        const auto b = type(right);
        if (a && b) {
            result = ir::is_float(*a) != ir::is_float(*b) ? (ir::is_float(*a) ? a : b)
                                                          : (ir::bits_of(*a) >= ir::bits_of(*b) ? a : b);
        }
    }
    if (result && op == "/" && !ir::is_float(*result)) {
        return ir::DType::Float32;
    }
    return result;
}

Values broadcast(const Values& a, const Values& b) {
    Values shape = a.size() >= b.size() ? a : b;
    const Values& shorter = a.size() >= b.size() ? b : a;
    const size_t more = shape.size() - shorter.size();
    for (size_t i = 0; i < shorter.size(); ++i) {
        if (equal(shape[more + i], int64_t{1})) {
            shape[more + i] = shorter[i];
        }
    }
    return shape;
}

/// For each element of `to`, the place of the element of `from` that is broadcast to it.
std::vector<size_t> places(const Shape& from, const Shape& to) {
    const auto count = static_cast<size_t>(count_of(to));
    std::vector<size_t> result(count, 0);
    const size_t more = to.size() - from.size();
    size_t stride = 1;
    size_t inner = count;
    std::vector<size_t> strides(to.size(), 0);
    for (size_t d = from.size(); d-- > 0;) {
        strides[more + d] = from[d] == 1 ? 0 : stride;
        stride *= static_cast<size_t>(from[d]);
    }
    for (size_t d = 0; d < to.size(); ++d) {
        const auto extent = static_cast<size_t>(to[d]);
        inner = extent == 0 ? 0 : inner / extent;
        if (strides[d] != 0) {
            for (size_t i = 0; i < count; ++i) {
                result[i] += (i / inner) % extent * strides[d];
            }
        }
    }
    return result;
}

/// What one index picks of a tensor: so many dimensions of the result, and the offset that each of their places adds.
struct Picked {
    Values dimensions;
    std::vector<int64_t> offsets;
    bool known = true;
};

}  // namespace

int64_t& work_on_tensors() {
    thread_local int64_t work = 0;
    return work;
}

Value make_tensor(Values shape, std::optional<ir::DType> dtype) {
    return TensorValue{std::make_shared<TensorData>(TensorData{std::move(shape), dtype})};
}

Value make_tensor(const Shape& shape, std::optional<ir::DType> dtype, Numbers numbers) {
    TensorData data;
    data.shape.assign(shape.begin(), shape.end());
    data.dtype = dtype;
    data.content = std::make_shared<Numbers>(std::move(numbers));
    return TensorValue{std::make_shared<TensorData>(std::move(data))};
}

std::optional<Shape> shape_of(const TensorData& tensor) {
    Shape shape;
    for (const Value& one : tensor.shape) {
        const auto* extent = one.get<int64_t>();
        if (extent == nullptr || *extent < 0) {
            return std::nullopt;
        }
        shape.push_back(*extent);
    }
    return shape;
}

int64_t count_of(const Shape& shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent != 0 && count > (int64_t{1} << 40) / extent) {
            return int64_t{1} << 40;
        }
        count *= extent;
    }
    return count;
}

std::shared_ptr<const Numbers> numbers_of(const TensorData& tensor) {
    if (tensor.content) {
        work_on_tensors() += static_cast<int64_t>(std::min<size_t>(tensor.content->size(), 256));
        return work_on_tensors() > most_work ? nullptr : tensor.content;
    }
    const auto shape = shape_of(tensor);
    if (!shape || work_on_tensors() > most_work || count_of(*shape) > most_elements ||
        (!tensor.fill && !tensor.random)) {
        return nullptr;
    }
    const auto count = static_cast<size_t>(count_of(*shape));
    work_on_tensors() += static_cast<int64_t>(count);
    if (const auto fill = tensor.fill) {
        return std::make_shared<const Numbers>(count, *fill);
    }
    const RandomData random = *tensor.random;
    auto numbers = std::make_shared<Numbers>(count);
    for (size_t i = 0; i < count; ++i) {
        const double unit = static_cast<double>(mixed(random.seed, i) >> 11U) * 0x1p-53;
        const double value = random.first + unit * (random.last - random.first);
        (*numbers)[i] = random.whole ? std::floor(value) : value;
    }
    return numbers;
}

const Value* keyword(const Call& call, std::string_view name) {
    for (const auto& [one, value] : call.keywords) {
        if (one == name) {
            return &value;
        }
    }
    return nullptr;
}

Values sizes(const Values& args, size_t from) {
    if (args.size() == from + 1 && items_of(args[from]) != nullptr) {
        return *items_of(args[from]);
    }
    return Values(args.begin() + static_cast<std::ptrdiff_t>(std::min(from, args.size())), args.end());
}

Value tensor_binary(std::string_view op, const Value& left, const Value& right, Span span) {
    const auto* a = left.get<TensorValue>();
    const auto* b = right.get<TensorValue>();
    if (op == "@") {
        if (a == nullptr || b == nullptr || a->data->shape.size() < 2 || b->data->shape.size() < 2) {
            return opaque("a product", span);
        }
        Values shape = a->data->shape.size() >= b->data->shape.size() ? a->data->shape : b->data->shape;
        shape[shape.size() - 2] = a->data->shape[a->data->shape.size() - 2];
        shape[shape.size() - 1] = b->data->shape.back();
        return make_tensor(std::move(shape), promoted("*", left, right));
    }
    const auto one_of = [](const Value& value) -> std::pair<bool, TensorData> {
        if (const auto* tensor = value.get<TensorValue>()) {
            return {true, *tensor->data};
        }
        TensorData made;
        const auto scalar = number(value);
        made.fill = scalar;
        return {scalar.has_value(), made};
    };
    const auto [known_a, data_a] = one_of(left);
    const auto [known_b, data_b] = one_of(right);
    Values shape = broadcast(data_a.shape, data_b.shape);
    const std::optional<ir::DType> dtype = promoted(op, left, right);
    TensorData shaped{shape, dtype};
    const auto total = shape_of(shaped);
    const auto noise = [&](const TensorData& one) { return one.random && !one.random->whole && !is_comparison(op); };
    if (!known_a || !known_b || !total || count_of(*total) > most_elements || noise(data_a) || noise(data_b)) {
        return make_tensor(std::move(shape), dtype);
    }
    if (data_a.fill && data_b.fill) {
        TensorData made{std::move(shape), dtype};
        made.fill = calculate(op, *data_a.fill, *data_b.fill);
        return TensorValue{std::make_shared<TensorData>(std::move(made))};
    }
    const auto shape_a = shape_of(data_a);
    const auto shape_b = shape_of(data_b);
    const auto numbers_a = shape_a ? numbers_of(data_a) : nullptr;
    const auto numbers_b = shape_b ? numbers_of(data_b) : nullptr;
    if (!shape_a || !shape_b || !total || !numbers_a || !numbers_b || !calculate(op, 1, 1)) {
        return make_tensor(std::move(shape), dtype);
    }
    const auto fits = [&](const Shape& from) {
        for (size_t d = 0; d < from.size(); ++d) {
            const int64_t to = (*total)[total->size() - from.size() + d];
            if (from[d] != 1 && from[d] != to) {
                return false;
            }
        }
        return true;
    };
    if (!fits(*shape_a) || !fits(*shape_b)) {
        return make_tensor(std::move(shape), dtype);
    }
    const std::vector<size_t> at_a = places(*shape_a, *total);
    const std::vector<size_t> at_b = places(*shape_b, *total);
    Numbers numbers(at_a.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = calculate(op, (*numbers_a)[at_a[i]], (*numbers_b)[at_b[i]]).value_or(0);
    }
    return make_tensor(*total, dtype, std::move(numbers));
}

namespace {

/// What an index picks, one entry a dimension of the tensor or of the result; nothing if that is not known.
std::optional<std::vector<Picked>> picks(const TensorData& tensor, const Value& index, int64_t& base) {
    Values items = index.is<TupleValue>() ? *items_of(index) : Values{index};
    const size_t rank = tensor.shape.size();
    // A mask stands for the places where it is true.
    Values parts;
    size_t taken = 0;
    for (const Value& one : items) {
        const auto* mask = one.get<TensorValue>();
        const size_t many = mask == nullptr || mask->data->dtype != ir::DType::Bool ? 1 : mask->data->shape.size();
        taken += one.is<NoneValue>() || one.is<EllipsisValue>() ? 0 : many;
    }
    if (taken > rank) {
        return std::nullopt;
    }
    bool spread = false;
    for (const Value& one : items) {
        if (one.is<EllipsisValue>()) {
            spread = true;
            for (size_t i = taken; i < rank; ++i) {
                parts.emplace_back(SliceValue{
                    std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
            }
            continue;
        }
        parts.push_back(one);
    }
    for (size_t i = taken; i < rank && !spread; ++i) {
        parts.emplace_back(
            SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
    }
    std::vector<int64_t> strides(rank, 1);
    bool all = true;
    for (size_t d = rank; d-- > 1;) {
        const auto* extent = tensor.shape[d].get<int64_t>();
        all = all && extent != nullptr;
        strides[d - 1] = all ? strides[d] * *extent : 0;
    }
    std::vector<Picked> result;
    std::optional<size_t> group;  // of index tensors: they are one index together
    size_t d = 0;
    for (const Value& part : parts) {
        if (part.is<NoneValue>()) {
            result.push_back({.dimensions = {int64_t{1}}, .offsets = {0}});
            continue;
        }
        if (d >= rank) {
            return std::nullopt;
        }
        const auto* extent = tensor.shape[d].get<int64_t>();
        if (const auto* slice = part.get<SliceValue>()) {
            const auto& [first, last, step] = *slice->bounds;
            Picked picked;
            if (first.is<NoneValue>() && last.is<NoneValue>() && step.is<NoneValue>()) {
                picked.dimensions = {tensor.shape[d]};
                picked.known = extent != nullptr && all;
                for (int64_t i = 0; picked.known && *extent <= most_elements && i < *extent; ++i) {
                    picked.offsets.push_back(i * strides[d]);
                }
                result.push_back(std::move(picked));
                ++d;
                continue;
            }
            if (extent == nullptr) {
                return std::nullopt;
            }
            const auto bound = [&](const Value& given, int64_t fallback) -> std::optional<int64_t> {
                if (given.is<NoneValue>()) {
                    return fallback;
                }
                const auto* at = given.get<int64_t>();
                if (at == nullptr) {
                    return std::nullopt;
                }
                return std::clamp<int64_t>(*at < 0 ? *at + *extent : *at, 0, *extent);
            };
            const auto by = step.is<NoneValue>() ? int64_t{1} : step.is<int64_t>() ? *step.get<int64_t>() : 0;
            const auto from = bound(first, 0);
            const auto to = bound(last, *extent);
            if (!from || !to || by <= 0) {
                return std::nullopt;
            }
            for (int64_t i = *from; i < *to; i += by) {
                picked.offsets.push_back(i * strides[d]);
            }
            picked.dimensions = {static_cast<int64_t>(picked.offsets.size())};
            picked.known = all;
            result.push_back(std::move(picked));
            ++d;
            continue;
        }
        const auto* tensor_index = part.get<TensorValue>();
        if (tensor_index != nullptr && !tensor_index->data->shape.empty()) {
            TensorData at = *tensor_index->data;
            const auto shape = shape_of(at);
            const auto numbers = shape ? numbers_of(at) : nullptr;
            const bool mask = at.dtype == ir::DType::Bool;
            if (mask) {
                if (!numbers || d + shape->size() > rank) {
                    return std::nullopt;
                }
                Picked picked;
                const int64_t stride = strides[d + shape->size() - 1];
                for (size_t i = 0; i < numbers->size(); ++i) {
                    if ((*numbers)[i] != 0) {
                        picked.offsets.push_back(static_cast<int64_t>(i) * stride);
                    }
                }
                picked.dimensions = {static_cast<int64_t>(picked.offsets.size())};
                picked.known = all;
                result.push_back(std::move(picked));
                d += shape->size();
                continue;
            }
            Picked picked;
            picked.dimensions = at.shape;
            picked.known = numbers != nullptr && extent != nullptr && all;
            for (size_t i = 0; picked.known && i < numbers->size(); ++i) {
                const auto place = static_cast<int64_t>((*numbers)[i]);
                const int64_t inside = place < 0 ? place + *extent : place;
                if (inside < 0 || inside >= *extent) {
                    return std::nullopt;
                }
                picked.offsets.push_back(inside * strides[d]);
            }
            if (group) {
                Picked& first = result[*group];
                const TensorData one{first.dimensions, std::nullopt};
                const TensorData two{picked.dimensions, std::nullopt};
                const auto shape_one = shape_of(one);
                const auto shape_two = shape_of(two);
                const Values both = broadcast(first.dimensions, picked.dimensions);
                const auto total = shape_of(TensorData{both, std::nullopt});
                if (!shape_one || !shape_two || !total || count_of(*total) > most_elements) {
                    return std::nullopt;
                }
                first.known = first.known && picked.known;
                if (first.known) {
                    const auto at_one = places(*shape_one, *total);
                    const auto at_two = places(*shape_two, *total);
                    std::vector<int64_t> sums(at_one.size());
                    for (size_t i = 0; i < sums.size(); ++i) {
                        sums[i] = first.offsets[at_one[i]] + picked.offsets[at_two[i]];
                    }
                    first.offsets = std::move(sums);
                }
                first.dimensions = both;
            } else {
                group = result.size();
                result.push_back(std::move(picked));
            }
            ++d;
            continue;
        }
        std::optional<double> at = number(part);
        if (tensor_index != nullptr) {
            const auto numbers = numbers_of(*tensor_index->data);
            if (numbers && numbers->size() == 1) {
                at = numbers->front();
            }
        }
        Picked fixed;  // no dimension of the result
        fixed.known = at.has_value() && extent != nullptr && all;
        if (fixed.known) {
            const auto place = static_cast<int64_t>(*at);
            const int64_t inside = place < 0 ? place + *extent : place;
            if (inside < 0 || inside >= *extent) {
                return std::nullopt;
            }
            base += inside * strides[d];
        }
        fixed.offsets = {0};
        result.push_back(std::move(fixed));
        ++d;
    }
    return result;
}

/// The places in the tensor of a picked part, in the part's row-major order.
std::vector<int64_t> flattened(const std::vector<Picked>& parts, int64_t base) {
    std::vector<int64_t> all{base};
    for (const Picked& part : parts) {
        std::vector<int64_t> longer;
        longer.reserve(all.size() * part.offsets.size());
        for (const int64_t one : all) {
            for (const int64_t offset : part.offsets) {
                longer.push_back(one + offset);
            }
        }
        all = std::move(longer);
    }
    return all;
}

}  // namespace

Value tensor_index(const TensorData& tensor, const Value& index, Span span) {
    int64_t base = 0;
    const auto parts = picks(tensor, index, base);
    if (!parts) {
        return opaque("a part of a tensor", span);
    }
    Values shape;
    bool known = true;
    for (const Picked& one : *parts) {
        shape.insert(shape.end(), one.dimensions.begin(), one.dimensions.end());
        known = known && one.known;
    }
    TensorData made{shape, tensor.dtype};
    const auto size = shape_of(made);
    if (tensor.fill) {
        made.fill = tensor.fill;
    } else if (known && size && count_of(*size) <= most_elements) {
        if (const auto numbers = tensor.random && !tensor.random->whole ? nullptr : numbers_of(tensor)) {
            const std::vector<int64_t> at = flattened(*parts, base);
            made.content = std::make_shared<Numbers>();
            made.content->reserve(at.size());
            for (const int64_t one : at) {
                made.content->push_back((*numbers)[static_cast<size_t>(one)]);
            }
        }
    }
    return TensorValue{std::make_shared<TensorData>(std::move(made))};
}

void tensor_store(const TensorValue& tensor, const Value& index, const Value& value) {
    TensorData& data = *tensor.data;
    const auto lose = [&] {
        data.content = nullptr;
        data.fill = std::nullopt;
        data.random = std::nullopt;
    };
    int64_t base = 0;
    const auto parts = picks(data, index, base);
    bool known = parts.has_value();
    if (parts) {
        known = std::ranges::all_of(*parts, [](const Picked& one) { return one.known; });
    }
    const auto before = known ? numbers_of(data) : nullptr;
    if (!parts || !before) {
        lose();
        return;
    }
    TensorData part;
    for (const Picked& one : *parts) {
        part.shape.insert(part.shape.end(), one.dimensions.begin(), one.dimensions.end());
    }
    const auto to = shape_of(part);
    std::shared_ptr<const Numbers> numbers;
    Shape from;
    if (const auto scalar = number(value)) {
        numbers = std::make_shared<const Numbers>(1, *scalar);
    } else if (const auto* given = value.get<TensorValue>()) {
        numbers = numbers_of(*given->data);
        from = shape_of(*given->data).value_or(Shape());
    }
    if (!numbers || !to || from.size() > to->size()) {
        lose();
        return;
    }
    for (size_t d = 0; d < from.size(); ++d) {
        if (from[d] != 1 && from[d] != (*to)[to->size() - from.size() + d]) {
            lose();
            return;
        }
    }
    if (!data.content || data.content.use_count() > 2) {
        data.content = std::make_shared<Numbers>(*before);
    }
    data.fill = std::nullopt;
    data.random = std::nullopt;
    const std::vector<int64_t> at = flattened(*parts, base);
    const std::vector<size_t> source = places(from, *to);
    for (size_t i = 0; i < at.size(); ++i) {
        (*data.content)[static_cast<size_t>(at[i])] = (*numbers)[source[i]];
    }
}

}  // namespace tessera::tile::front

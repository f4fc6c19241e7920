// Shapes of tensors.
#include <tt-metalium/shape.hpp>

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace detail {

void normalized_index_out_of_range(int32_t index, int32_t full_size, int32_t orig_size) {
    TT_THROW("ShapeBase[] index out of range. {} not in [{}, {})", index, -full_size, orig_size);
}

}  // namespace detail

void ShapeBase::init() {
    original_size_ = value_.size();
    if (original_size_ < 4) {
        value_.insert(value_.begin(), 4 - original_size_, 1);
    }
}

bool ShapeBase::operator==(const ShapeBase& other) const {
    return std::equal(cbegin(), cend(), other.cbegin(), other.cend());
}
bool ShapeBase::operator==(const Container& other) const {
    return std::equal(cbegin(), cend(), other.begin(), other.end());
}
bool ShapeBase::operator==(const std::vector<uint32_t>& other) const {
    return std::equal(cbegin(), cend(), other.begin(), other.end());
}

bool Shape::operator==(const Shape& other) const {
    return ShapeBase::operator==(other);
}
bool Shape::operator==(const ShapeBase::Container& other) const {
    return ShapeBase::operator==(other);
}

size_t Shape::rank() const {
    return size();
}

uint64_t Shape::volume() const {
    return std::accumulate(cbegin(), cend(), uint64_t{1}, std::multiplies<>());
}

uint32_t Shape::get_normalized_index(std::int64_t index) const {
    const auto dims = static_cast<std::int64_t>(rank());
    const std::int64_t position = index >= 0 ? index : dims + index;
    TT_FATAL(position >= 0 && position < dims,
             "Index is out of bounds for the rank, should be between 0 and {} however is {}", dims - 1, position);
    return static_cast<uint32_t>(position);
}

std::array<uint32_t, 4> Shape::to_array_4D() const {
    TT_FATAL(rank() == 4, "to_array_4D is only valid for 4D shapes! Called for {}.", *this);
    std::array<uint32_t, 4> sizes{};
    std::copy(cbegin(), cend(), sizes.begin());
    return sizes;
}

Shape Shape::to_rank(size_t new_rank) const {
    const auto sizes = view();
    const size_t kept = std::min(new_rank, sizes.size());
    const auto dropped = sizes.first(sizes.size() - kept);
    TT_FATAL(std::all_of(dropped.begin(), dropped.end(), [](uint32_t size) { return size == 1; }),
             "Can't convert shape rank: {} to {}", *this, new_rank);
    Container result(new_rank, 1);
    std::copy(sizes.end() - static_cast<std::ptrdiff_t>(kept), sizes.end(),
              result.end() - static_cast<std::ptrdiff_t>(kept));
    return Shape(std::move(result));
}

std::ostream& operator<<(std::ostream& os, const Shape& shape) {
    os << "Shape([";
    const char* separator = "";
    for (const uint32_t size : shape) {
        os << separator << size;
        separator = ", ";
    }
    return os << "])";
}

ttsl::SmallVector<size_t> compute_strides(const Shape& shape) {
    ttsl::SmallVector<size_t> strides(shape.rank(), 0);
    if (shape.volume() != 0) {
        size_t stride = 1;
        for (size_t dim = shape.rank(); dim-- > 0;) {
            strides[dim] = stride;
            stride *= shape[static_cast<int32_t>(dim)];
        }
    }
    return strides;
}

std::size_t compute_flat_indices(ttsl::Span<const uint32_t> indices, ttsl::Span<const size_t> strides) {
    return std::inner_product(indices.begin(), indices.end(), strides.begin(), std::size_t{0});
}

}  // namespace tt::tt_metal

std::size_t std::hash<tt::tt_metal::Shape>::operator()(const tt::tt_metal::Shape& shape) const noexcept {
    return std::hash<ttsl::SmallVector<uint32_t>>{}(ttsl::SmallVector<uint32_t>(shape.cbegin(), shape.cend()));
}

auto fmt::formatter<tt::tt_metal::Shape>::format(const tt::tt_metal::Shape& shape, format_context& ctx) const
    -> format_context::iterator {
    return fmt::format_to(ctx.out(), "Shape([{}])", fmt::join(shape.cbegin(), shape.cend(), ", "));
}

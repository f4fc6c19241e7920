// The shape of a tensor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <tuple>

#include <fmt/base.h>
#include <tt-metalium/shape_base.hpp>

namespace tt::tt_metal {

/// Sizes of a tensor's dimensions, outermost first.
class Shape final : protected ShapeBase {
public:
    using ShapeBase::ShapeBase;
    using ShapeBase::operator[];
    using ShapeBase::begin;
    using ShapeBase::cbegin;
    using ShapeBase::cend;
    using ShapeBase::Container;
    using ShapeBase::coord_type;
    using ShapeBase::empty;
    using ShapeBase::end;
    using ShapeBase::size;
    using ShapeBase::view;

    template <std::size_t N>
    bool operator==(const std::array<uint32_t, N>& other) const {
        return ShapeBase::operator==(other);
    }
    bool operator==(const Shape& other) const;
    bool operator==(const ShapeBase::Container& other) const;

    /// Number of dimensions.
    [[nodiscard]] size_t rank() const;
    /// Number of elements; 1 for rank 0.
    [[nodiscard]] uint64_t volume() const;
    /// The position of a dimension that may be counted from the end.
    uint32_t get_normalized_index(std::int64_t index) const;

    static constexpr auto attribute_names = std::forward_as_tuple("value");
    auto attribute_values() const { return std::forward_as_tuple(this->value_); }

    /// Throws unless the rank is 4.
    std::array<uint32_t, 4> to_array_4D() const;
    /// With ones in front, or without leading ones. Throws where a dropped dimension is not 1.
    Shape to_rank(size_t new_rank) const;

    friend std::ostream& operator<<(std::ostream& os, const Shape& shape);
};

std::ostream& operator<<(std::ostream& os, const tt::tt_metal::Shape& shape);

/// Elements from one index of a dimension to the next, row-major; all 0 where the volume is 0.
ttsl::SmallVector<size_t> compute_strides(const tt::tt_metal::Shape& shape);

/// The sum of indices times strides.
std::size_t compute_flat_indices(ttsl::Span<const uint32_t> indices, ttsl::Span<const size_t> strides);

}  // namespace tt::tt_metal

template <>
struct std::hash<tt::tt_metal::Shape> {
    std::size_t operator()(const tt::tt_metal::Shape& shape) const noexcept;
};

template <>
struct fmt::formatter<tt::tt_metal::Shape> {
    constexpr auto parse(format_parse_context& ctx) -> format_parse_context::iterator { return ctx.begin(); }
    auto format(const tt::tt_metal::Shape& shape, format_context& ctx) const -> format_context::iterator;
};

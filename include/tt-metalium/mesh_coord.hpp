// Shapes of meshes of devices, coordinates in them, ranges and sets of ranges, and containers with one value a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <ostream>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/base.h>
#include <tt-metalium/maybe_remote.hpp>
#include <tt-metalium/shape_base.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

/// Devices along each dimension of a mesh, outermost (rows) first. At least one dimension.
class MeshShape : public ShapeBase {
public:
    using ShapeBase::operator[];

    explicit MeshShape(uint32_t s) : MeshShape({s}) {}
    MeshShape(uint32_t s0, uint32_t s1) : MeshShape({s0, s1}) {}
    MeshShape(uint32_t s0, uint32_t s1, uint32_t s2) : MeshShape({s0, s1, s2}) {}
    explicit MeshShape(const ttsl::SmallVector<uint32_t>& shape);
    explicit MeshShape(ttsl::SmallVector<uint32_t>&& shape);
    explicit MeshShape(std::initializer_list<uint32_t> list);
    explicit MeshShape(ttsl::Span<const uint32_t> sizes);

    /// Number of dimensions.
    size_t dims() const { return size(); }
    /// Devices from one index of a dimension to the next, row-major.
    size_t get_stride(size_t dim) const { return strides_.at(dim); }
    /// Number of devices.
    size_t mesh_size() const;
    /// True where at most one dimension is longer than 1.
    bool is_line_topology() const;

    // The 2-D names of older programs.
    size_t num_rows() const { return (*this)[-2]; }
    size_t num_cols() const { return (*this)[-1]; }

    static constexpr auto attribute_names = std::forward_as_tuple("value");
    auto attribute_values() const { return std::forward_as_tuple(value_); }

    friend bool operator==(const MeshShape& lhs, const MeshShape& rhs) {
        return static_cast<const ShapeBase&>(lhs) == static_cast<const ShapeBase&>(rhs);
    }
    friend bool operator!=(const MeshShape& lhs, const MeshShape& rhs) { return !(lhs == rhs); }
    friend std::ostream& operator<<(std::ostream& os, const MeshShape& shape);

private:
    using ShapeBase::empty;
    using ShapeBase::size;

    void compute_strides();
    ttsl::SmallVector<size_t> strides_;
};

/// The position of a device in a mesh, one index a dimension.
class MeshCoordinate {
public:
    explicit MeshCoordinate(uint32_t c) : value_({c}) {}
    MeshCoordinate(uint32_t c0, uint32_t c1) : value_({c0, c1}) {}
    MeshCoordinate(uint32_t c0, uint32_t c1, uint32_t c2) : value_({c0, c1, c2}) {}
    explicit MeshCoordinate(ttsl::Span<const uint32_t> coords) : value_(coords.begin(), coords.end()) {}

    /// The origin.
    static MeshCoordinate zero_coordinate(size_t dimensions);

    size_t dims() const { return value_.size(); }
    ttsl::Span<const uint32_t> coords() const { return {value_.data(), value_.size()}; }

    /// The index along a dimension; negative dimensions count from the innermost.
    uint32_t operator[](int32_t dim) const;
    uint32_t& operator[](int32_t dim);

    /// Row-major position in a mesh of this shape. Throws where it lies outside.
    size_t to_linear_index(const MeshShape& shape) const;

    /// What happens to a neighbour beyond the edge: it comes in at the other side, stays at the edge, or does not
    /// exist.
    enum class BoundaryMode { WRAP, CLAMP, NONE };

    std::optional<MeshCoordinate> get_neighbor(const MeshShape& shape, int32_t offset, int32_t dim,
                                               BoundaryMode mode = BoundaryMode::WRAP) const;

    static constexpr auto attribute_names = std::forward_as_tuple("value");
    auto attribute_values() const { return std::forward_as_tuple(value_); }

private:
    ttsl::SmallVector<uint32_t> value_;
};

bool operator==(const MeshCoordinate& lhs, const MeshCoordinate& rhs);
inline bool operator!=(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    return !(lhs == rhs);
}
/// Lexicographic. Throws where the numbers of dimensions differ.
bool operator<(const MeshCoordinate& lhs, const MeshCoordinate& rhs);
inline bool operator>(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    return rhs < lhs;
}
inline bool operator<=(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    return !(rhs < lhs);
}
inline bool operator>=(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    return !(lhs < rhs);
}
std::ostream& operator<<(std::ostream& os, const MeshCoordinate& coord);

/// A box of coordinates, both corners included.
class MeshCoordinateRange {
public:
    /// Throws where the end lies before the start in any dimension.
    MeshCoordinateRange(const MeshCoordinate& start, const MeshCoordinate& end);
    /// In a dimension where start is above end, the range runs over the edge of the mesh of this shape.
    MeshCoordinateRange(const MeshCoordinate& start, const MeshCoordinate& end, const MeshShape& wraparound_shape);
    /// All of a mesh.
    explicit MeshCoordinateRange(const MeshShape& shape);
    /// One device.
    explicit MeshCoordinateRange(const MeshCoordinate& coord) : start_(coord), end_(coord) {}

    size_t dims() const { return start_.dims(); }
    const MeshCoordinate& start_coord() const { return start_; }
    const MeshCoordinate& end_coord() const { return end_; }
    MeshShape shape() const;
    MeshCoordinate::BoundaryMode get_boundary_mode() const;
    const std::optional<MeshShape>& wraparound_shape() const { return wraparound_shape_; }

    bool contains(const MeshCoordinate& coord) const;
    bool contains(const MeshCoordinateRange& range) const;
    bool intersects(const MeshCoordinateRange& range) const;
    std::optional<MeshCoordinateRange> intersection(const MeshCoordinateRange& range) const;

    static constexpr auto attribute_names = std::forward_as_tuple("start", "end");
    auto attribute_values() const { return std::forward_as_tuple(start_, end_); }

    /// Walks the coordinates row-major.
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = MeshCoordinate;
        using difference_type = std::ptrdiff_t;
        using pointer = const MeshCoordinate*;
        using reference = const MeshCoordinate&;

        Iterator& operator++();
        Iterator operator++(int);
        const MeshCoordinate& operator*() const { return current_coord_; }
        const MeshCoordinate* operator->() const { return &current_coord_; }
        bool operator==(const Iterator& other) const {
            return range_ == other.range_ && linear_index_ == other.linear_index_;
        }
        bool operator!=(const Iterator& other) const { return !(*this == other); }

    private:
        Iterator(const MeshCoordinateRange* range, size_t linear_index);
        friend class MeshCoordinateRange;

        const MeshCoordinateRange* range_ = nullptr;
        MeshCoordinate current_coord_;
        size_t linear_index_ = 0;
    };

    Iterator begin() const { return {this, 0}; }
    Iterator end() const { return {this, shape().mesh_size()}; }

private:
    /// Devices along a dimension.
    uint32_t length(size_t dim) const;

    MeshCoordinate start_;
    MeshCoordinate end_;
    std::optional<MeshShape> wraparound_shape_;
};

bool operator==(const MeshCoordinateRange& lhs, const MeshCoordinateRange& rhs);
inline bool operator!=(const MeshCoordinateRange& lhs, const MeshCoordinateRange& rhs) {
    return !(lhs == rhs);
}
bool operator<(const MeshCoordinateRange& lhs, const MeshCoordinateRange& rhs);
std::ostream& operator<<(std::ostream& os, const MeshCoordinateRange& range);

/// Boxes that do not overlap, merged where one box can stand for two, in order.
class MeshCoordinateRangeSet {
public:
    MeshCoordinateRangeSet() = default;
    explicit MeshCoordinateRangeSet(const MeshCoordinateRange& range) { ranges_.push_back(range); }

    /// Adds a box to the set.
    void merge(const MeshCoordinateRange& to_merge);

    size_t size() const { return ranges_.size(); }
    bool empty() const { return ranges_.empty(); }
    const auto& ranges() const { return ranges_; }
    /// All coordinates, in order.
    std::vector<MeshCoordinate> coords() const;

    static constexpr auto attribute_names = std::forward_as_tuple("ranges");
    auto attribute_values() const { return std::forward_as_tuple(ranges_); }

private:
    std::vector<MeshCoordinateRange> ranges_;
};

bool operator==(const MeshCoordinateRangeSet& lhs, const MeshCoordinateRangeSet& rhs);
inline bool operator!=(const MeshCoordinateRangeSet& lhs, const MeshCoordinateRangeSet& rhs) {
    return !(lhs == rhs);
}
std::ostream& operator<<(std::ostream& os, const MeshCoordinateRangeSet& range_set);

/// The coordinates of `parent` that are not in `intersection`.
MeshCoordinateRangeSet subtract(const MeshCoordinateRange& parent, const MeshCoordinateRange& intersection);

namespace detail {

/// A coordinate and the value there, for structured bindings in a loop over a container.
template <typename T>
class MeshCoordinateValueProxy {
public:
    MeshCoordinateValueProxy(const MeshCoordinate& coord, T* value) : coord_(coord), value_(value) {}

    const MeshCoordinate& coord() const { return coord_; }
    T& value() { return *value_; }
    const T& value() const { return *value_; }

    template <std::size_t I>
    decltype(auto) get() & {
        static_assert(I < 2);
        if constexpr (I == 0) {
            return coord();
        } else {
            return value();
        }
    }
    template <std::size_t I>
    decltype(auto) get() const& {
        static_assert(I < 2);
        if constexpr (I == 0) {
            return coord();
        } else {
            return value();
        }
    }
    template <std::size_t I>
    auto get() const&& {
        return get<I>();
    }

private:
    MeshCoordinate coord_;
    T* value_ = nullptr;
};

/// Walks coordinates and values together; `T` is const where the container is.
template <typename T>
class MeshContainerIterator {
public:
    using ValueProxy = MeshCoordinateValueProxy<T>;
    using iterator_category = std::forward_iterator_tag;
    using value_type = ValueProxy;
    using difference_type = std::ptrdiff_t;
    using pointer = ValueProxy*;
    using reference = ValueProxy&;

    MeshContainerIterator(const MeshCoordinateRange::Iterator& coord, T* value)
        : coord_(coord), value_(value), proxy_(*coord, value) {}

    MeshContainerIterator& operator++() {
        ++coord_;
        ++value_;
        proxy_ = ValueProxy(*coord_, value_);
        return *this;
    }
    ValueProxy& operator*() { return proxy_; }
    const ValueProxy& operator*() const { return proxy_; }
    ValueProxy* operator->() { return &proxy_; }
    const ValueProxy* operator->() const { return &proxy_; }
    bool operator==(const MeshContainerIterator& other) const { return value_ == other.value_; }
    bool operator!=(const MeshContainerIterator& other) const { return value_ != other.value_; }

private:
    MeshCoordinateRange::Iterator coord_;
    T* value_ = nullptr;
    ValueProxy proxy_;
};

}  // namespace detail

/// One value for each device of a mesh.
template <typename T>
class MeshContainer {
public:
    using Iterator = detail::MeshContainerIterator<T>;
    using ConstIterator = detail::MeshContainerIterator<const T>;

    MeshContainer(const MeshShape& shape, const T& fill_value)
        : shape_(shape), coord_range_(shape), values_(shape.mesh_size(), fill_value) {}
    /// Values in row-major order. Throws where there are not as many as devices.
    MeshContainer(const MeshShape& shape, std::vector<T> values)
        : shape_(shape), coord_range_(shape), values_(std::move(values)) {
        TT_FATAL(shape.mesh_size() == values_.size(), "Shape and values size mismatch; shape: {}, values: {}", shape,
                 values_.size());
    }

    const MeshShape& shape() const { return shape_; }
    const MeshCoordinateRange& coord_range() const { return coord_range_; }
    size_t size() const { return values_.size(); }

    T& at(const MeshCoordinate& coord) { return values_.at(coord.to_linear_index(shape_)); }
    const T& at(const MeshCoordinate& coord) const { return values_.at(coord.to_linear_index(shape_)); }

    Iterator begin() { return {coord_range_.begin(), values_.data()}; }
    Iterator end() { return {coord_range_.end(), values_.data() + values_.size()}; }
    ConstIterator begin() const { return {coord_range_.begin(), values_.data()}; }
    ConstIterator end() const { return {coord_range_.end(), values_.data() + values_.size()}; }

    std::vector<T>& values() { return values_; }
    const std::vector<T>& values() const { return values_; }

    friend bool operator==(const MeshContainer& lhs, const MeshContainer& rhs) {
        return lhs.shape_ == rhs.shape_ && lhs.values_ == rhs.values_;
    }
    friend bool operator!=(const MeshContainer& lhs, const MeshContainer& rhs) { return !(lhs == rhs); }

private:
    MeshShape shape_;
    MeshCoordinateRange coord_range_;
    std::vector<T> values_;
};

/// A container some of whose values other processes hold.
template <typename T>
class DistributedMeshContainer : public MeshContainer<MaybeRemote<T>> {
public:
    /// All remote.
    explicit DistributedMeshContainer(const MeshShape& global_shape)
        : MeshContainer<MaybeRemote<T>>(global_shape, MaybeRemote<T>::remote()) {}
    explicit DistributedMeshContainer(const MeshShape& global_shape, std::vector<MaybeRemote<T>> values)
        : MeshContainer<MaybeRemote<T>>(global_shape, std::move(values)) {}

    bool is_local(const MeshCoordinate& coord) const { return this->at(coord).is_local(); }
};

}  // namespace tt::tt_metal::distributed

template <typename T>
struct std::tuple_size<tt::tt_metal::distributed::detail::MeshCoordinateValueProxy<T>>
    : std::integral_constant<std::size_t, 2> {};
template <typename T>
struct std::tuple_element<0, tt::tt_metal::distributed::detail::MeshCoordinateValueProxy<T>> {
    using type = const tt::tt_metal::distributed::MeshCoordinate;
};
template <typename T>
struct std::tuple_element<1, tt::tt_metal::distributed::detail::MeshCoordinateValueProxy<T>> {
    using type = T;
};

template <>
struct std::hash<tt::tt_metal::distributed::MeshShape> {
    std::size_t operator()(const tt::tt_metal::distributed::MeshShape& shape) const noexcept;
};
template <>
struct std::hash<tt::tt_metal::distributed::MeshCoordinate> {
    std::size_t operator()(const tt::tt_metal::distributed::MeshCoordinate& coord) const noexcept;
};
template <>
struct std::hash<tt::tt_metal::distributed::MeshCoordinateRange> {
    std::size_t operator()(const tt::tt_metal::distributed::MeshCoordinateRange& range) const noexcept;
};
template <>
struct std::hash<tt::tt_metal::distributed::MeshCoordinateRangeSet> {
    std::size_t operator()(const tt::tt_metal::distributed::MeshCoordinateRangeSet& range_set) const noexcept;
};

namespace tt::tt_metal::distributed::detail {
/// A formatter that prints what operator<< prints.
template <typename T>
struct MeshFormatter {
    constexpr auto parse(fmt::format_parse_context& ctx) -> fmt::format_parse_context::iterator { return ctx.begin(); }
    auto format(const T& value, fmt::format_context& ctx) const -> fmt::format_context::iterator;
};
}  // namespace tt::tt_metal::distributed::detail

template <>
struct fmt::formatter<tt::tt_metal::distributed::MeshShape>
    : tt::tt_metal::distributed::detail::MeshFormatter<tt::tt_metal::distributed::MeshShape> {};
template <>
struct fmt::formatter<tt::tt_metal::distributed::MeshCoordinate>
    : tt::tt_metal::distributed::detail::MeshFormatter<tt::tt_metal::distributed::MeshCoordinate> {};
template <>
struct fmt::formatter<tt::tt_metal::distributed::MeshCoordinateRange>
    : tt::tt_metal::distributed::detail::MeshFormatter<tt::tt_metal::distributed::MeshCoordinateRange> {};
template <>
struct fmt::formatter<tt::tt_metal::distributed::MeshCoordinateRangeSet>
    : tt::tt_metal::distributed::detail::MeshFormatter<tt::tt_metal::distributed::MeshCoordinateRangeSet> {};

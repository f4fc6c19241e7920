// Coordinates, ranges and sets of ranges in a mesh of devices.
#include <tt-metalium/mesh_coord.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <sstream>

#include <fmt/format.h>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

namespace {

size_t mix(size_t seed, size_t value) {
    return seed ^ (value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
}

template <typename Values>
std::ostream& print(std::ostream& os, const char* name, const Values& values) {
    os << name << "([";
    const char* separator = "";
    for (const auto& value : values) {
        os << separator << value;
        separator = ", ";
    }
    return os << "])";
}

MeshCoordinate last_of(const MeshShape& shape) {
    ttsl::SmallVector<uint32_t> last(shape.cbegin(), shape.cend());
    for (uint32_t& value : last) {
        TT_FATAL(value > 0, "A mesh of shape {} has no devices", shape);
        --value;
    }
    return MeshCoordinate(last);
}

MeshCoordinateRange bounding_box(const MeshCoordinateRange& a, const MeshCoordinateRange& b) {
    MeshCoordinate start = a.start_coord();
    MeshCoordinate end = a.end_coord();
    for (size_t i = 0; i < a.dims(); ++i) {
        const auto dim = static_cast<int32_t>(i);
        start[dim] = std::min(start[dim], b.start_coord()[dim]);
        end[dim] = std::max(end[dim], b.end_coord()[dim]);
    }
    return {start, end};
}

std::vector<int32_t> differing_dims(const MeshCoordinateRange& a, const MeshCoordinateRange& b) {
    std::vector<int32_t> dims;
    for (int32_t dim = 0; dim < static_cast<int32_t>(a.dims()); ++dim) {
        if (a.start_coord()[dim] != b.start_coord()[dim] || a.end_coord()[dim] != b.end_coord()[dim]) {
            dims.push_back(dim);
        }
    }
    return dims;
}

/// True where one box can stand for both: one contains the other, or they touch or overlap along a single dimension.
bool mergeable(const MeshCoordinateRange& a, const MeshCoordinateRange& b) {
    const auto dims = differing_dims(a, b);
    if (dims.size() == 1) {
        return std::max(a.start_coord()[dims[0]], b.start_coord()[dims[0]]) <=
               std::min(a.end_coord()[dims[0]], b.end_coord()[dims[0]]) + 1;
    }
    return dims.empty() || a.contains(b) || b.contains(a);
}

}  // namespace

MeshShape::MeshShape(const ttsl::SmallVector<uint32_t>& shape) : ShapeBase(shape) {
    compute_strides();
}
MeshShape::MeshShape(ttsl::SmallVector<uint32_t>&& shape) : ShapeBase(std::move(shape)) {
    compute_strides();
}
MeshShape::MeshShape(std::initializer_list<uint32_t> list) : ShapeBase(list) {
    compute_strides();
}
MeshShape::MeshShape(ttsl::Span<const uint32_t> sizes) : ShapeBase(sizes) {
    compute_strides();
}

void MeshShape::compute_strides() {
    TT_FATAL(dims() > 0, "MeshShape cannot have 0 dimension.");
    strides_.resize(dims());
    size_t stride = 1;
    for (size_t dim = dims(); dim-- > 0;) {
        strides_[dim] = stride;
        stride *= (*this)[static_cast<int32_t>(dim)];
    }
}

size_t MeshShape::mesh_size() const {
    return empty() ? 0 : std::accumulate(cbegin(), cend(), size_t{1}, std::multiplies<>());
}

bool MeshShape::is_line_topology() const {
    return std::count_if(cbegin(), cend(), [](uint32_t size) { return size != 1; }) <= 1;
}

std::ostream& operator<<(std::ostream& os, const MeshShape& shape) {
    return print(os, "MeshShape", shape);
}

MeshCoordinate MeshCoordinate::zero_coordinate(size_t dimensions) {
    return MeshCoordinate(ttsl::SmallVector<uint32_t>(dimensions, 0));
}

uint32_t MeshCoordinate::operator[](int32_t dim) const {
    return const_cast<MeshCoordinate&>(*this)[dim];
}

uint32_t& MeshCoordinate::operator[](int32_t dim) {
    const auto size = static_cast<int32_t>(dims());
    const int32_t position = dim < 0 ? dim + size : dim;
    TT_FATAL(position >= 0 && position < size, "Index out of bounds: {} not in [{}, {})", dim, -size, size);
    return value_[static_cast<size_t>(position)];
}

size_t MeshCoordinate::to_linear_index(const MeshShape& shape) const {
    TT_FATAL(shape.dims() == dims(), "Shape and coordinate dimensions do not match: {} != {}", shape.dims(), dims());
    size_t index = 0;
    for (size_t dim = 0; dim < dims(); ++dim) {
        TT_FATAL(value_[dim] < shape[static_cast<int32_t>(dim)], "Coordinate {} is out of bounds for shape {}", *this,
                 shape);
        index += value_[dim] * shape.get_stride(dim);
    }
    return index;
}

std::optional<MeshCoordinate> MeshCoordinate::get_neighbor(const MeshShape& shape, int32_t offset, int32_t dim,
                                                           BoundaryMode mode) const {
    to_linear_index(shape);  // throws where this coordinate is outside
    MeshCoordinate result = *this;
    uint32_t& position = result[dim];
    const auto size = static_cast<int32_t>(shape[dim < 0 ? dim + static_cast<int32_t>(dims()) : dim]);
    const int32_t wanted = static_cast<int32_t>(position) + offset;
    switch (mode) {
        case BoundaryMode::WRAP:
            position = static_cast<uint32_t>((wanted % size + size) % size);
            break;
        case BoundaryMode::CLAMP:
            position = static_cast<uint32_t>(std::clamp(wanted, 0, size - 1));
            break;
        case BoundaryMode::NONE:
            if (wanted < 0 || wanted >= size) {
                return std::nullopt;
            }
            position = static_cast<uint32_t>(wanted);
            break;
    }
    return result;
}

bool operator==(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    return std::equal(lhs.coords().begin(), lhs.coords().end(), rhs.coords().begin(), rhs.coords().end());
}

bool operator<(const MeshCoordinate& lhs, const MeshCoordinate& rhs) {
    TT_FATAL(lhs.dims() == rhs.dims(), "Cannot compare coordinates with different dimensions: {} != {}", lhs.dims(),
             rhs.dims());
    return std::lexicographical_compare(lhs.coords().begin(), lhs.coords().end(), rhs.coords().begin(),
                                        rhs.coords().end());
}

std::ostream& operator<<(std::ostream& os, const MeshCoordinate& coord) {
    return print(os, "MeshCoordinate", coord.coords());
}

MeshCoordinateRange::MeshCoordinateRange(const MeshCoordinate& start, const MeshCoordinate& end)
    : start_(start), end_(end) {
    TT_FATAL(start.dims() == end.dims(), "Start and end dimensions of a coordinate range do not match: {} != {}",
             start.dims(), end.dims());
    for (int32_t dim = 0; dim < static_cast<int32_t>(start.dims()); ++dim) {
        TT_FATAL(start[dim] <= end[dim], "Start coordinate is greater than end coordinate: {} > {}", start, end);
    }
}

MeshCoordinateRange::MeshCoordinateRange(const MeshCoordinate& start, const MeshCoordinate& end,
                                         const MeshShape& wraparound_shape)
    : start_(start), end_(end), wraparound_shape_(wraparound_shape) {
    TT_FATAL(start.dims() == end.dims(), "Start and end dimensions of a coordinate range do not match: {} != {}",
             start.dims(), end.dims());
    TT_FATAL(wraparound_shape.dims() == start.dims(), "Wraparound shape dims must match range dims: {} != {}",
             wraparound_shape.dims(), start.dims());
}

MeshCoordinateRange::MeshCoordinateRange(const MeshShape& shape)
    : MeshCoordinateRange(MeshCoordinate::zero_coordinate(shape.dims()), last_of(shape)) {}

uint32_t MeshCoordinateRange::length(size_t index) const {
    const auto dim = static_cast<int32_t>(index);
    // Only a range that was given the shape to wrap around in may end before it starts.
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
    const uint32_t around = start_[dim] <= end_[dim] ? 0 : (*wraparound_shape_)[dim];
    return end_[dim] + around - start_[dim] + 1;
}

MeshShape MeshCoordinateRange::shape() const {
    ttsl::SmallVector<uint32_t> sizes;
    for (size_t dim = 0; dim < dims(); ++dim) {
        sizes.push_back(length(dim));
    }
    return MeshShape(std::move(sizes));
}

MeshCoordinate::BoundaryMode MeshCoordinateRange::get_boundary_mode() const {
    return wraparound_shape_ ? MeshCoordinate::BoundaryMode::WRAP : MeshCoordinate::BoundaryMode::NONE;
}

bool MeshCoordinateRange::contains(const MeshCoordinate& coord) const {
    TT_FATAL(coord.dims() == dims(), "Coordinate dimensions do not match: {} != {}", coord.dims(), dims());
    for (int32_t dim = 0; dim < static_cast<int32_t>(dims()); ++dim) {
        const bool above = coord[dim] >= start_[dim];
        const bool below = coord[dim] <= end_[dim];
        if (start_[dim] <= end_[dim] ? !(above && below) : !(above || below)) {
            return false;
        }
    }
    return true;
}

bool MeshCoordinateRange::contains(const MeshCoordinateRange& range) const {
    if (!wraparound_shape_ && !range.wraparound_shape_) {
        return contains(range.start_) && contains(range.end_);
    }
    return std::all_of(range.begin(), range.end(), [this](const MeshCoordinate& coord) { return contains(coord); });
}

bool MeshCoordinateRange::intersects(const MeshCoordinateRange& range) const {
    TT_FATAL(range.dims() == dims(), "Coordinate dimensions do not match: {} != {}", range.dims(), dims());
    return std::any_of(range.begin(), range.end(), [this](const MeshCoordinate& coord) { return contains(coord); });
}

// Of ranges that run over an edge, the result is the box around the common coordinates.
std::optional<MeshCoordinateRange> MeshCoordinateRange::intersection(const MeshCoordinateRange& range) const {
    TT_FATAL(range.dims() == dims(), "Coordinate dimensions do not match: {} != {}", range.dims(), dims());
    std::optional<MeshCoordinateRange> common;
    for (const MeshCoordinate& coord : range) {
        if (contains(coord)) {
            const MeshCoordinateRange point(coord);
            common = common ? bounding_box(*common, point) : point;
        }
    }
    if (common) {
        const auto& edge = wraparound_shape_ ? wraparound_shape_ : range.wraparound_shape_;
        common->wraparound_shape_ = edge;
    }
    return common;
}

MeshCoordinateRange::Iterator::Iterator(const MeshCoordinateRange* range, size_t linear_index)
    : range_(range), current_coord_(range->start_coord()), linear_index_(linear_index) {}

MeshCoordinateRange::Iterator MeshCoordinateRange::Iterator::operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
}

// The last step comes back to the start, where end() stands too; the linear index tells the two apart.
MeshCoordinateRange::Iterator& MeshCoordinateRange::Iterator::operator++() {
    ++linear_index_;
    for (size_t i = range_->dims(); i-- > 0;) {
        const auto dim = static_cast<int32_t>(i);
        uint32_t& position = current_coord_[dim];
        if (position != range_->end_coord()[dim]) {
            ++position;
            const auto& around = range_->wraparound_shape();
            if (around && position == (*around)[dim]) {
                position = 0;
            }
            break;
        }
        position = range_->start_coord()[dim];
    }
    return *this;
}

bool operator==(const MeshCoordinateRange& lhs, const MeshCoordinateRange& rhs) {
    return lhs.start_coord() == rhs.start_coord() && lhs.end_coord() == rhs.end_coord();
}

bool operator<(const MeshCoordinateRange& lhs, const MeshCoordinateRange& rhs) {
    return lhs.start_coord() != rhs.start_coord() ? lhs.start_coord() < rhs.start_coord()
                                                  : lhs.end_coord() < rhs.end_coord();
}

std::ostream& operator<<(std::ostream& os, const MeshCoordinateRange& range) {
    return os << "MeshCoordinateRange(start=" << range.start_coord() << ", end=" << range.end_coord() << ")";
}

// Boxes that cannot merge but overlap are taken apart: what the new one does not cover comes back device by device, and
// merges as it can.
void MeshCoordinateRangeSet::merge(const MeshCoordinateRange& to_merge) {
    TT_FATAL(ranges_.empty() || ranges_.front().dims() == to_merge.dims(),
             "Cannot merge range with different dimensions into a range set: {} != {}",
             ranges_.empty() ? 0 : ranges_.front().dims(), to_merge.dims());
    MeshCoordinateRange merged = to_merge;
    std::vector<MeshCoordinateRange> rest;
    for (size_t i = 0; i < ranges_.size();) {
        const MeshCoordinateRange range = ranges_[i];
        if (mergeable(merged, range)) {
            merged = bounding_box(merged, range);
        } else if (merged.intersects(range)) {
            for (const MeshCoordinate& coord : range) {
                if (!merged.contains(coord)) {
                    rest.emplace_back(coord);
                }
            }
        } else {
            ++i;
            continue;
        }
        ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(i));
        i = 0;
    }
    ranges_.push_back(merged);
    for (const MeshCoordinateRange& range : rest) {
        const bool covered = std::any_of(ranges_.begin(), ranges_.end(),
                                         [&](const MeshCoordinateRange& other) { return other.contains(range); });
        if (!covered) {
            merge(range);
        }
    }
    std::sort(ranges_.begin(), ranges_.end());

    MeshCoordinateRange box = ranges_.front();
    size_t devices = 0;
    for (const MeshCoordinateRange& range : ranges_) {
        box = bounding_box(box, range);
        devices += range.shape().mesh_size();
    }
    if (box.shape().mesh_size() == devices) {
        ranges_.assign(1, box);
    }
}

std::vector<MeshCoordinate> MeshCoordinateRangeSet::coords() const {
    std::vector<MeshCoordinate> coords;
    for (const MeshCoordinateRange& range : ranges_) {
        coords.insert(coords.end(), range.begin(), range.end());
    }
    std::sort(coords.begin(), coords.end());
    return coords;
}

bool operator==(const MeshCoordinateRangeSet& lhs, const MeshCoordinateRangeSet& rhs) {
    return lhs.ranges() == rhs.ranges();
}

std::ostream& operator<<(std::ostream& os, const MeshCoordinateRangeSet& range_set) {
    return print(os, "MeshCoordinateRangeSet", range_set.ranges());
}

MeshCoordinateRangeSet subtract(const MeshCoordinateRange& parent, const MeshCoordinateRange& intersection) {
    TT_FATAL(parent.dims() == intersection.dims(), "Parent and intersection dimensions do not match: {} != {}",
             parent.dims(), intersection.dims());
    MeshCoordinateRangeSet rest;
    for (const MeshCoordinate& coord : parent) {
        if (!intersection.contains(coord)) {
            rest.merge(MeshCoordinateRange(coord));
        }
    }
    return rest;
}

namespace detail {

template <typename T>
auto MeshFormatter<T>::format(const T& value, fmt::format_context& ctx) const -> fmt::format_context::iterator {
    std::ostringstream text;
    text << value;
    return fmt::format_to(ctx.out(), "{}", text.str());
}

template struct MeshFormatter<MeshShape>;
template struct MeshFormatter<MeshCoordinate>;
template struct MeshFormatter<MeshCoordinateRange>;
template struct MeshFormatter<MeshCoordinateRangeSet>;

}  // namespace detail

}  // namespace tt::tt_metal::distributed

namespace mesh = tt::tt_metal::distributed;

std::size_t std::hash<mesh::MeshShape>::operator()(const mesh::MeshShape& shape) const noexcept {
    return std::hash<mesh::MeshCoordinate>{}(mesh::MeshCoordinate(shape.view()));
}
std::size_t std::hash<mesh::MeshCoordinate>::operator()(const mesh::MeshCoordinate& coord) const noexcept {
    std::size_t seed = coord.dims();
    for (const uint32_t value : coord.coords()) {
        seed = mesh::mix(seed, value);
    }
    return seed;
}
std::size_t std::hash<mesh::MeshCoordinateRange>::operator()(const mesh::MeshCoordinateRange& range) const noexcept {
    const std::hash<mesh::MeshCoordinate> hash;
    return mesh::mix(hash(range.start_coord()), hash(range.end_coord()));
}
std::size_t std::hash<mesh::MeshCoordinateRangeSet>::operator()(
    const mesh::MeshCoordinateRangeSet& range_set) const noexcept {
    std::size_t seed = range_set.size();
    for (const auto& range : range_set.ranges()) {
        seed = mesh::mix(seed, std::hash<mesh::MeshCoordinateRange>{}(range));
    }
    return seed;
}

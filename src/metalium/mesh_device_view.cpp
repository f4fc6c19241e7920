#include <tt-metalium/mesh_device_view.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

MeshDeviceView::MeshDeviceView(const MeshShape& shape, const std::vector<IDevice*>& devices) : shape_(shape) {
    TT_FATAL(shape.mesh_size() == devices.size(), "A mesh of {} devices can't be made of {}", shape.mesh_size(),
             devices.size());
    for (IDevice* device : devices) {
        devices_.push_back(MaybeRemote<IDevice*>::local(device));
    }
}

std::vector<IDevice*> MeshDeviceView::get_devices(const MeshCoordinateRange& range) const {
    std::vector<IDevice*> devices;
    for (const MeshCoordinate& coord : range) {
        devices.push_back(get_device(coord));
    }
    return devices;
}

std::vector<IDevice*> MeshDeviceView::get_devices() const {
    std::vector<IDevice*> devices;
    devices.reserve(devices_.size());
    for (const auto& device : devices_) {
        devices.push_back(device.value());
    }
    return devices;
}

size_t MeshDeviceView::num_devices() const {
    return devices_.size();
}
bool MeshDeviceView::empty() const noexcept {
    return devices_.empty();
}
size_t MeshDeviceView::size() const noexcept {
    return devices_.size();
}
const MeshShape& MeshDeviceView::shape() const noexcept {
    return shape_;
}

bool MeshDeviceView::contains(const MeshCoordinate& coord) const noexcept {
    if (coord.dims() != shape_.dims()) {
        return false;
    }
    for (int32_t dim = 0; dim < static_cast<int32_t>(coord.dims()); ++dim) {
        if (coord[dim] >= shape_[dim]) {
            return false;
        }
    }
    return true;
}

IDevice* MeshDeviceView::get_device(const MeshCoordinate& coord) const {
    TT_FATAL(contains(coord), "Coordinate {} is outside of the mesh of shape {}", fmt::streamed(coord),
             fmt::streamed(shape_));
    return devices_[coord.to_linear_index(shape_)].value();
}

IDevice* MeshDeviceView::get_device(size_t row, size_t col) const {
    return get_device(MeshCoordinate(static_cast<uint32_t>(row), static_cast<uint32_t>(col)));
}

std::vector<MaybeRemote<IDevice*>>::const_iterator MeshDeviceView::begin() const {
    return devices_.begin();
}
std::vector<MaybeRemote<IDevice*>>::const_iterator MeshDeviceView::end() const {
    return devices_.end();
}

MeshCoordinate MeshDeviceView::find_device(ChipId device_id) const {
    size_t index = 0;
    for (const MeshCoordinate& coord : MeshCoordinateRange(shape_)) {
        if (devices_[index++].value()->id() == device_id) {
            return coord;
        }
    }
    TT_THROW("Device not found in mesh: {}", device_id);
}

bool MeshDeviceView::is_mesh_2d() const {
    return shape_.dims() == 2;
}

Shape2D MeshDeviceView::shape2d() const {
    TT_FATAL(is_mesh_2d(), "MeshDeviceView is not 2D!");
    return Shape2D(shape_[0], shape_[1]);
}

size_t MeshDeviceView::num_rows() const {
    return shape2d().height();
}
size_t MeshDeviceView::num_cols() const {
    return shape2d().width();
}

std::vector<IDevice*> MeshDeviceView::get_devices_on_row(size_t row) const {
    TT_FATAL(row < num_rows(), "Row index out of bounds: {}", row);
    std::vector<IDevice*> devices;
    devices.reserve(num_cols());
    for (size_t col = 0; col < num_cols(); ++col) {
        devices.push_back(get_device(row, col));
    }
    return devices;
}

std::vector<IDevice*> MeshDeviceView::get_devices_on_column(size_t col) const {
    TT_FATAL(col < num_cols(), "Column index out of bounds: {}", col);
    std::vector<IDevice*> devices;
    devices.reserve(num_rows());
    for (size_t row = 0; row < num_rows(); ++row) {
        devices.push_back(get_device(row, col));
    }
    return devices;
}

std::vector<MeshCoordinate> MeshDeviceView::get_line_coordinates(size_t length, const Shape2D& mesh_shape,
                                                                 const Shape2D& mesh_offset) {
    const size_t rows = mesh_shape.height();
    const size_t cols = mesh_shape.width();
    TT_FATAL(length <= rows * cols, "A line of {} devices does not fit in a {}x{} mesh", length, rows, cols);
    std::vector<MeshCoordinate> line;
    size_t row = mesh_offset.height();
    size_t col = mesh_offset.width();
    bool right = true;
    while (line.size() < length) {
        TT_FATAL(row < rows, "A line of {} devices does not fit in the mesh from its start", length);
        line.emplace_back(static_cast<uint32_t>(row), static_cast<uint32_t>(col));
        if (right ? col + 1 < cols : col > 0) {
            col = right ? col + 1 : col - 1;
        } else {
            ++row;
            right = !right;
        }
    }
    return line;
}

std::vector<MeshCoordinate> MeshDeviceView::get_line_coordinates() const {
    return get_line_coordinates(num_devices(), shape2d(), Shape2D(0, 0));
}

std::vector<MeshCoordinate> MeshDeviceView::get_ring_coordinates(const Shape2D& ring_shape, const Shape2D& mesh_shape) {
    const auto rows = static_cast<uint32_t>(ring_shape.height());
    const auto cols = static_cast<uint32_t>(ring_shape.width());
    TT_FATAL(rows > 0 && cols > 0 && rows <= mesh_shape.height() && cols <= mesh_shape.width(),
             "Subgrid {}x{} is out of mesh bounds {}x{}", rows, cols, mesh_shape.height(), mesh_shape.width());
    std::vector<MeshCoordinate> ring;
    ring.reserve(2 * (size_t{rows} + cols));
    for (uint32_t col = 0; col < cols; ++col) {
        ring.emplace_back(0, col);
    }
    for (uint32_t row = 1; row < rows; ++row) {
        ring.emplace_back(row, cols - 1);
    }
    for (uint32_t col = cols - 1; rows > 1 && col-- > 0;) {
        ring.emplace_back(rows - 1, col);
    }
    for (uint32_t row = rows - 1; cols > 1 && row-- > 1;) {
        ring.emplace_back(row, 0);
    }
    return ring;
}

std::vector<MeshCoordinate> MeshDeviceView::get_ring_coordinates() const {
    return get_ring_coordinates(shape2d(), shape2d());
}

std::vector<IDevice*> MeshDeviceView::get_ring_devices() const {
    std::vector<IDevice*> devices;
    for (const MeshCoordinate& coord : get_ring_coordinates()) {
        devices.push_back(get_device(coord));
    }
    return devices;
}

std::vector<IDevice*> MeshDeviceView::get_line_devices() const {
    std::vector<IDevice*> devices;
    for (const MeshCoordinate& coord : get_line_coordinates()) {
        devices.push_back(get_device(coord));
    }
    return devices;
}

bool MeshDeviceView::is_local(const MeshCoordinate&) const {
    return true;
}
MeshCoordinateRange MeshDeviceView::get_local_mesh_coord_range() const {
    return MeshCoordinateRange(shape_);
}

}  // namespace tt::tt_metal::distributed

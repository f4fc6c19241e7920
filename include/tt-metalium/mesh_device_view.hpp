// A mesh as a grid of chips: rows, columns, rings and lines through it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/maybe_remote.hpp>
#include <tt-metalium/mesh_config.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/shape2d.hpp>

namespace tt::tt_metal::distributed {

class MeshDevice;

/// A value that names chips in row-major order; the chips belong to the mesh device.
class MeshDeviceView {
public:
    using device_pointer = IDevice*;
    using DeviceView = std::vector<IDevice*>;

    explicit MeshDeviceView(const MeshShape& shape, const std::vector<IDevice*>& devices);

    [[nodiscard]] std::vector<IDevice*> get_devices(const MeshCoordinateRange& range) const;
    [[nodiscard]] std::vector<IDevice*> get_devices() const;
    [[nodiscard]] size_t num_devices() const;

    [[nodiscard]] bool empty() const noexcept;
    [[nodiscard]] size_t size() const noexcept;
    [[nodiscard]] const MeshShape& shape() const noexcept;
    [[nodiscard]] bool contains(const MeshCoordinate& coord) const noexcept;
    /// Throws when the coordinate lies outside of the mesh.
    [[nodiscard]] IDevice* get_device(const MeshCoordinate& coord) const;
    [[nodiscard]] IDevice* get_device(size_t row, size_t col) const;

    std::vector<MaybeRemote<IDevice*>>::const_iterator begin() const;
    std::vector<MaybeRemote<IDevice*>>::const_iterator end() const;

    /// Where chip `device_id` of the board stands. Throws when it is not in the mesh.
    [[nodiscard]] MeshCoordinate find_device(ChipId device_id) const;

    [[nodiscard]] bool is_mesh_2d() const;
    [[nodiscard]] size_t num_rows() const;
    [[nodiscard]] size_t num_cols() const;
    [[nodiscard]] std::vector<IDevice*> get_devices_on_row(size_t row) const;
    [[nodiscard]] std::vector<IDevice*> get_devices_on_column(size_t col) const;

    /// `length` coordinates, each next to the one before it: right along a row, left along the next.
    [[nodiscard]] static std::vector<MeshCoordinate> get_line_coordinates(size_t length, const Shape2D& mesh_shape,
                                                                          const Shape2D& mesh_offset);
    [[nodiscard]] std::vector<MeshCoordinate> get_line_coordinates() const;
    /// The border of a ring_shape rectangle at the mesh's corner, clockwise from (0, 0).
    [[nodiscard]] static std::vector<MeshCoordinate> get_ring_coordinates(const Shape2D& ring_shape,
                                                                          const Shape2D& mesh_shape);
    [[nodiscard]] std::vector<MeshCoordinate> get_ring_coordinates() const;
    [[nodiscard]] std::vector<IDevice*> get_ring_devices() const;
    [[nodiscard]] std::vector<IDevice*> get_line_devices() const;

    /// All chips are in this process.
    bool is_local(const MeshCoordinate& coord) const;
    MeshCoordinateRange get_local_mesh_coord_range() const;

private:
    Shape2D shape2d() const;

    MeshShape shape_;
    std::vector<MaybeRemote<IDevice*>> devices_;
};

}  // namespace tt::tt_metal::distributed

// The whole board as a mesh.
#pragma once

#include <optional>
#include <vector>

#include <tt-metalium/maybe_remote.hpp>
#include <tt-metalium/mesh_coord.hpp>

namespace tt::tt_metal::distributed {

class SystemMesh {
public:
    static SystemMesh& instance();

    SystemMesh(const SystemMesh&) = delete;
    SystemMesh& operator=(const SystemMesh&) = delete;

    /// Rows and columns of chips on the board.
    const MeshShape& shape() const { return shape_; }
    const MeshShape& local_shape() const { return shape_; }

    struct MappedDevices {
        std::vector<MaybeRemote<int>> device_ids;  ///< row-major
        MeshShape mesh_shape;
    };
    /// The chips of a rectangle of the board; with no shape the whole board. Throws when it does not fit.
    MappedDevices get_mapped_devices(const std::optional<MeshShape>& shape,
                                     const std::optional<MeshCoordinate>& offset = std::nullopt) const;

private:
    SystemMesh();

    MeshShape shape_;
};

}  // namespace tt::tt_metal::distributed

// What a mesh keeps besides what every device keeps: its members, its shape, its queues, its submeshes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <metalium/device.h>
#include <tt-metalium/mesh_command_queue.hpp>
#include <tt-metalium/mesh_device.hpp>

namespace tt::tt_metal::distributed {

/// One chip of a mesh. It manages no memory of its own: its allocators are the mesh's.
class MeshMember : public IDevice {
public:
    MeshMember(uint32_t chip, MeshDevice& mesh);
    std::shared_ptr<MeshDevice> get_mesh_device() override;

private:
    MeshDevice& mesh_;
};

class MeshDeviceImpl {
public:
    /// Opens a mesh over chips of the board, row-major in the shape.
    static std::shared_ptr<MeshDevice> open(const std::vector<uint32_t>& chips, const MeshShape& shape,
                                            const tessera::metalium::DeviceOptions& options,
                                            std::shared_ptr<MeshDevice> parent = nullptr);

    std::vector<std::unique_ptr<MeshMember>> members;
    std::unique_ptr<MeshDeviceView> view;
    std::vector<std::unique_ptr<MeshCommandQueue>> queues;
    std::shared_ptr<MeshDevice> parent;
    std::vector<std::weak_ptr<MeshDevice>> submeshes;
};

}  // namespace tt::tt_metal::distributed

// A mesh of chips that one program drives together. One chip is a mesh of one: create_unit_mesh.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/mesh_config.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device_view.hpp>
#include <tt-metalium/mesh_trace_id.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/small_vector.hpp>
#include <umd/device/types/arch.hpp>
#include <umd/device/types/core_coordinates.hpp>

namespace tt::tt_metal::distributed {

class MeshCommandQueue;
class MeshDeviceImpl;
struct MeshTraceBuffer;

using DeviceIds = std::vector<int>;

/// Memory is managed for all chips alike: a buffer has the same address on each of them.
class MeshDevice : public IDevice, public std::enable_shared_from_this<MeshDevice> {
public:
    ~MeshDevice() override;

    /// Opens the chips of a rectangle of the board. Throws tessera::Error (no-such-device) that names --board when the
    /// board has too few.
    static std::shared_ptr<MeshDevice> create(const MeshDeviceConfig& config,
                                              size_t l1_small_size = DEFAULT_L1_SMALL_SIZE,
                                              size_t trace_region_size = DEFAULT_TRACE_REGION_SIZE,
                                              size_t num_command_queues = 1,
                                              const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
                                              tt::stl::Span<const std::uint32_t> l1_bank_remap = {},
                                              size_t worker_l1_size = DEFAULT_WORKER_L1_SIZE);
    /// Opens one chip.
    static std::shared_ptr<MeshDevice> create_unit_mesh(
        int device_id, size_t l1_small_size = DEFAULT_L1_SMALL_SIZE,
        size_t trace_region_size = DEFAULT_TRACE_REGION_SIZE, size_t num_command_queues = 1,
        const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
        tt::stl::Span<const std::uint32_t> l1_bank_remap = {}, size_t worker_l1_size = DEFAULT_WORKER_L1_SIZE);
    /// Opens each chip as a mesh of its own; by chip.
    static std::map<int, std::shared_ptr<MeshDevice>> create_unit_meshes(
        const std::vector<int>& device_ids, size_t l1_small_size = DEFAULT_L1_SMALL_SIZE,
        size_t trace_region_size = DEFAULT_TRACE_REGION_SIZE, size_t num_command_queues = 1,
        const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
        tt::stl::Span<const std::uint32_t> l1_bank_remap = {}, size_t worker_l1_size = DEFAULT_WORKER_L1_SIZE);

    bool close() override;
    std::shared_ptr<MeshDevice> get_mesh_device() override;
    bool is_mmio_capable() const override;

    // --- chips and shape ---
    std::vector<IDevice*> get_devices() const;
    IDevice* get_device(ChipId physical_device_id) const;
    IDevice* get_device(const MeshCoordinate& coord) const;
    IDevice* get_device(size_t row_idx, size_t col_idx) const;
    DeviceIds get_device_ids() const;
    size_t num_devices() const;
    size_t num_rows() const;
    size_t num_cols() const;
    bool is_local(const MeshCoordinate& coord) const;
    const MeshShape& shape() const;
    /// Gives the same chips another shape of the same size. Throws when the mesh has submeshes.
    void reshape(const MeshShape& new_shape);
    const MeshDeviceView& get_view() const;
    uint32_t get_system_mesh_id() const;
    std::string to_string() const;

    // --- submeshes ---
    bool is_parent_mesh() const;
    const std::shared_ptr<MeshDevice>& get_parent_mesh() const;
    std::vector<std::shared_ptr<MeshDevice>> get_submeshes() const;
    /// A rectangle of this mesh with memory management of its own.
    std::shared_ptr<MeshDevice> create_submesh(const MeshShape& submesh_shape,
                                               const std::optional<MeshCoordinate>& offset = std::nullopt);
    /// As many submeshes of that shape as the mesh holds, row-major.
    std::vector<std::shared_ptr<MeshDevice>> create_submeshes(const MeshShape& submesh_shape);
    /// Waits until all queues of the mesh and of its submeshes are empty.
    void quiesce_devices();

    // --- queues and traces ---
    /// Without a number: the queue that is current on this thread, else queue 0.
    MeshCommandQueue& mesh_command_queue(std::optional<uint8_t> cq_id = std::nullopt) const;
    MeshTraceId begin_mesh_trace(uint8_t cq_id);
    void begin_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id);
    void end_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id);
    void replay_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id, bool blocking);
    void release_mesh_trace(const MeshTraceId& trace_id);
    /// Null when there is no such trace.
    std::shared_ptr<MeshTraceBuffer> get_mesh_trace(const MeshTraceId& trace_id);

    /// Runs the function before it returns.
    void enqueue_to_thread_pool(std::function<void()>&& f);
    void wait_for_thread_pool();

    const MeshDeviceImpl& impl() const { return *pimpl_; }
    MeshDeviceImpl& impl() { return *pimpl_; }

private:
    friend class MeshDeviceImpl;
    MeshDevice();

    std::unique_ptr<MeshDeviceImpl> pimpl_;
};

/// The shape and the chips.
std::ostream& operator<<(std::ostream& os, const MeshDevice& mesh_device);

}  // namespace tt::tt_metal::distributed

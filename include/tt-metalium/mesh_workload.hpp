// Programs for the chips of a mesh: one program a rectangle of chips.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/program.hpp>

namespace tt::tt_metal::distributed {

class MeshCommandQueue;
class MeshWorkloadImpl;

/// Runs all programs, side by side on all their chips, and returns when they have ended.
void EnqueueMeshWorkload(MeshCommandQueue& mesh_cq, class MeshWorkload& mesh_workload, bool blocking);

class MeshWorkload {
public:
    MeshWorkload();
    ~MeshWorkload();
    MeshWorkload(const MeshWorkload&) = delete;
    MeshWorkload& operator=(const MeshWorkload&) = delete;
    MeshWorkload(MeshWorkload&& other) noexcept;
    MeshWorkload& operator=(MeshWorkload&& other) noexcept;

    /// The program runs on every chip of the range; ranges must not overlap.
    void add_program(const MeshCoordinateRange& device_range, Program&& program);
    std::unordered_map<MeshCoordinateRange, Program>& get_programs();
    const std::unordered_map<MeshCoordinateRange, Program>& get_programs() const;

    void set_last_used_command_queue_for_testing(MeshCommandQueue* mesh_cq);
    MeshCommandQueue* get_last_used_command_queue() const;

    /// Where semaphores and circular buffers of the workload lie in a core's L1; sizes in bytes.
    uint32_t get_sem_base_addr(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord logical_core, CoreType core_type);
    uint32_t get_sem_size(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord logical_core, CoreType core_type);
    uint32_t get_cb_base_addr(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord logical_core, CoreType core_type);
    uint32_t get_cb_size(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord logical_core, CoreType core_type);

    MeshWorkloadImpl& impl() { return *pimpl_; }
    const MeshWorkloadImpl& impl() const { return *pimpl_; }

private:
    std::unique_ptr<MeshWorkloadImpl> pimpl_;
};

}  // namespace tt::tt_metal::distributed

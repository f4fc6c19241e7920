#include <tt-metalium/mesh_workload.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <metalium/device.h>
#include <metalium/program.h>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

class MeshWorkloadImpl {
public:
    std::unordered_map<MeshCoordinateRange, Program> programs;
    MeshCommandQueue* last_queue = nullptr;
};

MeshWorkload::MeshWorkload() : pimpl_(std::make_unique<MeshWorkloadImpl>()) {}
MeshWorkload::~MeshWorkload() = default;
MeshWorkload::MeshWorkload(MeshWorkload&& other) noexcept = default;
MeshWorkload& MeshWorkload::operator=(MeshWorkload&& other) noexcept = default;

void MeshWorkload::add_program(const MeshCoordinateRange& device_range, Program&& program) {
    for (const auto& [range, other] : pimpl_->programs) {
        TT_FATAL(!range.intersects(device_range),
                 "Program device range {} overlaps with the previously added range {}.", fmt::streamed(device_range),
                 fmt::streamed(range));
    }
    pimpl_->programs.emplace(device_range, std::move(program));
}

std::unordered_map<MeshCoordinateRange, Program>& MeshWorkload::get_programs() {
    return pimpl_->programs;
}
const std::unordered_map<MeshCoordinateRange, Program>& MeshWorkload::get_programs() const {
    return pimpl_->programs;
}

void MeshWorkload::set_last_used_command_queue_for_testing(MeshCommandQueue* mesh_cq) {
    pimpl_->last_queue = mesh_cq;
}
MeshCommandQueue* MeshWorkload::get_last_used_command_queue() const {
    return pimpl_->last_queue;
}

uint32_t MeshWorkload::get_sem_base_addr(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord, CoreType) {
    return mesh_device->state().chip().l1_kernel_config_base;
}
uint32_t MeshWorkload::get_sem_size(std::shared_ptr<MeshDevice>&, CoreCoord logical_core, CoreType) {
    uint32_t bytes = 0;
    for (const auto& [range, program] : pimpl_->programs) {
        for (const Semaphore& semaphore : program.impl().semaphores()) {
            if (semaphore.core_range_set().contains(logical_core)) {
                bytes = std::max(bytes, semaphore.offset() + 16);
            }
        }
    }
    return bytes;
}
uint32_t MeshWorkload::get_cb_base_addr(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord, CoreType) {
    return mesh_device->state().chip().l1_unreserved_base;
}
uint32_t MeshWorkload::get_cb_size(std::shared_ptr<MeshDevice>& mesh_device, CoreCoord logical_core, CoreType) {
    const uint64_t base = mesh_device->state().chip().l1_unreserved_base;
    uint64_t bytes = 0;
    for (const auto& [range, program] : pimpl_->programs) {
        const uint64_t end = program.impl().circular_buffer_end(logical_core);
        bytes = std::max(bytes, end > base ? end - base : 0);
    }
    return static_cast<uint32_t>(bytes);
}

}  // namespace tt::tt_metal::distributed

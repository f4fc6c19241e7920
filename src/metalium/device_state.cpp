#include <algorithm>

#include <metalium/device.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/program_cache.hpp>
#include <tt_stl/assert.hpp>

#include <metalium/allocator_impl.h>
#include <metalium/queue_order.h>

namespace tessera::metalium {

using namespace tt::tt_metal;

AllocatorPair::AllocatorPair() = default;
AllocatorPair::~AllocatorPair() = default;

DeviceState::DeviceState(std::vector<uint32_t> chips, int id, bool is_mesh)
    : chips_(std::move(chips)), id_(id), is_mesh_(is_mesh) {
    TT_FATAL(!chips_.empty(), "A device needs at least one chip");
    for (const uint32_t chip : chips_) {
        require_chip(static_cast<int>(chip));
    }
    chip_ = &board().chips[chips_.front()];
    program_cache = std::make_unique<program_cache::detail::ProgramCache>();
    for (size_t i = 0; i < chip_->eth_noc0.size(); ++i) {
        ethernet_cores.insert(CoreCoord(0, i));
    }
}

DeviceState::~DeviceState() {
    close();
}

void DeviceState::open(IDevice& device, const DeviceOptions& options) {
    machine();  // it is to know of every buffer
    owner = &device;
    options_ = options;
    open_ = true;
    allocators.impl = std::make_unique<AllocatorImpl>(AllocatorConfig::for_chip(
        *chip_, options.l1_small_size, options.trace_region_size, options.worker_l1_size, options.l1_bank_remap));
    allocators.face = std::make_unique<Allocator>(allocators.impl.get());

    auto manager = std::make_unique<SubDeviceManager>();
    static uint64_t next_manager = 0;
    default_manager = active_manager = next_manager++;
    manager->id = SubDeviceManagerId{default_manager};
    const CoreRangeSet all(CoreRange({0, 0}, {chip_->compute_grid.x - 1u, chip_->compute_grid.y - 1u}));
    manager->sub_devices.emplace_back(tt::stl::Span<const CoreRangeSet>(&all, 1));
    manager->ids = {SubDeviceId{0}};
    manager->stall_group = manager->ids;
    manager->local.resize(1);
    managers.emplace(default_manager, std::move(manager));

    queues.clear();
    for (uint8_t queue = 0; queue < std::max<uint8_t>(options.num_queues, 1); ++queue) {
        queues.push_back(std::make_unique<CommandQueue>(&device, queue));
    }
}

bool DeviceState::close() {
    if (!open_) {
        return false;
    }
    open_ = false;
    QueueOrder::instance().closed(owner);
    program_cache->clear();
    for (auto& [id, manager] : managers) {
        for (auto& local : manager->local) {
            if (local) {
                local->face->deallocate_buffers();
            }
        }
    }
    if (allocators.face) {
        allocators.face->deallocate_buffers();
    }
    if (machine_exists()) {
        machine().buffers().forget(chips_);
    }
    return true;
}

SubDeviceManager& DeviceState::active() {
    TT_FATAL(open_, "The device is closed");
    return *managers.at(active_manager);
}

const SubDeviceManager& DeviceState::active() const {
    TT_FATAL(open_, "The device is closed");
    return *managers.at(active_manager);
}

std::span<const uint32_t> chips_of(const IDevice& device) {
    return device.state().chips();
}

}  // namespace tessera::metalium

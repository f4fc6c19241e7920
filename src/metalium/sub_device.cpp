#include <algorithm>

#include <metalium/allocator_impl.h>
#include <metalium/device.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/sub_device.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

/// The allocator of a sub-device's own memory: the first bytes of its cores' L1.
std::unique_ptr<tessera::metalium::AllocatorPair> local_allocator(const tessera::metalium::DeviceState& state,
                                                                  const CoreRangeSet& cores, DeviceAddr bytes) {
    AllocatorConfig config = state.memory().allocators.impl->get_config();
    config.l1_cores = corerange_to_cores(cores, std::nullopt, true);
    config.worker_l1_size = config.l1_unreserved_base + bytes;
    config.l1_small_size = 0;
    config.trace_region_size = 0;
    config.dram_bank_size = 0;
    config.disable_interleaved = true;
    auto pair = std::make_unique<tessera::metalium::AllocatorPair>();
    pair->impl = std::make_unique<AllocatorImpl>(std::move(config));
    pair->face = std::make_unique<Allocator>(pair->impl.get());
    return pair;
}

}  // namespace

SubDevice::SubDevice(tt::stl::Span<const CoreRangeSet> cores) {
    TT_FATAL(cores.size() <= cores_.size(), "Too many core types for SubDevice");
    std::copy(cores.begin(), cores.end(), cores_.begin());
    TT_FATAL(cores_[static_cast<size_t>(HalProgrammableCoreType::ACTIVE_ETH)].empty() &&
                 cores_[static_cast<size_t>(HalProgrammableCoreType::IDLE_ETH)].empty(),
             "A SubDevice can't have Ethernet cores: the simulated device has none that run programs");
}

uint32_t SubDevice::num_cores(HalProgrammableCoreType core_type) const {
    return cores(core_type).num_cores();
}

const CoreRangeSet& SubDevice::cores(HalProgrammableCoreType core_type) const {
    const auto index = static_cast<size_t>(core_type);
    TT_FATAL(index < cores_.size(), "Invalid core type {}", index);
    return cores_[index];
}

SubDeviceManagerId IDevice::get_active_sub_device_manager_id() const {
    return SubDeviceManagerId{state_->active_manager};
}
SubDeviceManagerId IDevice::get_default_sub_device_manager_id() const {
    return SubDeviceManagerId{state_->default_manager};
}

SubDeviceManagerId IDevice::create_sub_device_manager(tt::stl::Span<const SubDevice> sub_devices,
                                                      DeviceAddr local_l1_size) {
    TT_FATAL(!sub_devices.empty(), "SubDeviceManager must have at least one SubDevice");
    const auto& chip = state_->chip();
    const CoreRange grid({0, 0}, {chip.compute_grid.x - 1u, chip.compute_grid.y - 1u});
    CoreRangeSet seen;
    auto manager = std::make_unique<tessera::metalium::SubDeviceManager>();
    for (size_t i = 0; i < sub_devices.size(); ++i) {
        const CoreRangeSet& cores = sub_devices[i].cores(HalProgrammableCoreType::TENSIX);
        TT_FATAL(grid.contains(cores), "Tensix cores {} specified in sub device must be within device grid {}",
                 cores.str(), grid.str());
        TT_FATAL(!seen.intersects(cores), "SubDevices specified for SubDeviceManager intersect: {}", cores.str());
        seen = seen.merge(cores);
        manager->sub_devices.push_back(sub_devices[i]);
        manager->ids.push_back(SubDeviceId{static_cast<uint8_t>(i)});
        manager->local.push_back(local_l1_size == 0 ? nullptr : local_allocator(*state_, cores, local_l1_size));
    }
    manager->stall_group = manager->ids;
    manager->local_l1_size = local_l1_size;
    static uint64_t next = uint64_t{1} << 32;
    const uint64_t id = next++;
    manager->id = SubDeviceManagerId{id};
    state_->managers.emplace(id, std::move(manager));
    return SubDeviceManagerId{id};
}

SubDeviceManagerId IDevice::create_sub_device_manager(std::initializer_list<SubDevice> sub_devices,
                                                      DeviceAddr local_l1_size) {
    return create_sub_device_manager(tt::stl::Span<const SubDevice>(sub_devices.begin(), sub_devices.size()),
                                     local_l1_size);
}

void IDevice::remove_sub_device_manager(SubDeviceManagerId id) {
    TT_FATAL(*id != state_->default_manager, "Cannot remove default sub device manager");
    TT_FATAL(*id != state_->active_manager, "Cannot remove active sub device manager {}", *id);
    TT_FATAL(state_->managers.erase(*id) == 1, "Sub device manager does not exist");
}

void IDevice::load_sub_device_manager(SubDeviceManagerId id) {
    const auto found = state_->managers.find(*id);
    TT_FATAL(found != state_->managers.end(), "Sub device manager does not exist");
    if (found->second->local_l1_size > 0) {
        // The sub-devices' own memory lies at the bottom of L1, where buffers of the whole device may stand already.
        const auto lowest = lowest_occupied_compute_l1_address();
        const DeviceAddr end = state_->chip().l1_unreserved_base + found->second->local_l1_size;
        TT_FATAL(!lowest || *lowest >= end,
                 "Cannot load the sub device manager: its local L1 ends at {}, and an L1 buffer is allocated at {}",
                 end, *lowest);
    }
    state_->active_manager = *id;
}

void IDevice::clear_loaded_sub_device_manager() {
    state_->active_manager = state_->default_manager;
}

const std::vector<SubDeviceId>& IDevice::get_sub_device_ids() const {
    return state_->active().ids;
}
const std::vector<SubDeviceId>& IDevice::get_sub_device_stall_group() const {
    return state_->active().stall_group;
}

void IDevice::set_sub_device_stall_group(tt::stl::Span<const SubDeviceId> sub_device_ids) {
    TT_FATAL(!sub_device_ids.empty(), "sub_device_ids to stall must not be empty");
    auto& manager = state_->active();
    for (const SubDeviceId id : sub_device_ids) {
        TT_FATAL(*id < manager.ids.size(), "SubDevice index {} out of bounds {}", *id, manager.ids.size());
    }
    manager.stall_group.assign(sub_device_ids.begin(), sub_device_ids.end());
}
void IDevice::reset_sub_device_stall_group() {
    state_->active().stall_group = state_->active().ids;
}
uint32_t IDevice::num_sub_devices() const {
    return static_cast<uint32_t>(state_->active().sub_devices.size());
}

}  // namespace tt::tt_metal

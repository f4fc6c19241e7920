#include <algorithm>
#include <cmath>

#include <base/error.h>
#include <metalium/device.h>
#include <metalium/trace.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/hal.hpp>
#include <tt-metalium/program_cache.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

using tessera::arch::Coord;
using tessera::arch::Family;

namespace {

CoreCoord to_core(Coord coord) {
    return CoreCoord(coord.x, coord.y);
}

[[noreturn]] void no_ethernet(const char* function) {
    throw tessera::Error(
        "no-ethernet-cores", std::string(function) + ": the simulated device has no active Ethernet cores",
        "chips of a mesh exchange data through the host (EnqueueReadMeshBuffer, EnqueueWriteMeshBuffer)");
}

}  // namespace

IDevice::IDevice() = default;
IDevice::~IDevice() = default;

ARCH IDevice::arch() const {
    return state_->chip().family == Family::Blackhole ? ARCH::BLACKHOLE : ARCH::WORMHOLE_B0;
}
ChipId IDevice::id() const {
    return state_->id();
}
ChipId IDevice::build_id() const {
    return static_cast<ChipId>(state_->chips().front());
}
uint8_t IDevice::num_hw_cqs() const {
    return std::max<uint8_t>(state_->options().num_queues, 1);
}
bool IDevice::is_initialized() const {
    return state_->is_open();
}
int IDevice::num_dram_channels() const {
    return static_cast<int>(state_->chip().num_dram_banks);
}
uint32_t IDevice::l1_size_per_core() const {
    return state_->chip().l1_bytes;
}
uint32_t IDevice::dram_size_per_channel() const {
    return static_cast<uint32_t>(state_->chip().dram_bank_bytes);
}
int IDevice::get_clock_rate_mhz() const {
    return static_cast<int>(state_->chip().aiclk_mhz);
}
CoreCoord IDevice::grid_size() const {
    return to_core(state_->chip().noc_grid);
}
CoreCoord IDevice::logical_grid_size() const {
    return to_core(state_->chip().compute_grid);
}
CoreCoord IDevice::dram_grid_size() const {
    return CoreCoord(state_->chip().num_dram_banks, 1);
}
CoreCoord IDevice::compute_with_storage_grid_size() const {
    return to_core(state_->chip().compute_grid);
}

CoreCoord IDevice::virtual_noc0_coordinate(uint8_t noc_index, CoreCoord coord) const {
    // Virtual coordinates are the same on both networks; physical ones are mirrored on NoC 1.
    const auto& chip = state_->chip();
    if (coord.x >= chip.noc_grid.x || coord.y >= chip.noc_grid.y || noc_index == 0) {
        return coord;
    }
    return CoreCoord(chip.noc_grid.x - 1 - coord.x, chip.noc_grid.y - 1 - coord.y);
}

std::vector<CoreCoord> IDevice::worker_cores_from_logical_cores(const std::vector<CoreCoord>& logical_cores) const {
    std::vector<CoreCoord> cores;
    cores.reserve(logical_cores.size());
    for (const CoreCoord& core : logical_cores) {
        cores.push_back(worker_core_from_logical_core(core));
    }
    return cores;
}

std::vector<CoreCoord> IDevice::ethernet_cores_from_logical_cores(const std::vector<CoreCoord>& logical_cores) const {
    std::vector<CoreCoord> cores;
    cores.reserve(logical_cores.size());
    for (const CoreCoord& core : logical_cores) {
        cores.push_back(ethernet_core_from_logical_core(core));
    }
    return cores;
}

std::vector<CoreCoord> IDevice::get_optimal_dram_bank_to_logical_worker_assignment(NOC noc) {
    // Nearest by hops on the network that the data travels: right and down on NoC 0, left and up on NoC 1.
    const auto& chip = state_->chip();
    std::vector<bool> taken(chip.worker_noc0.size());
    std::vector<CoreCoord> result;
    for (uint32_t bank = 0; bank < chip.num_dram_banks; ++bank) {
        const Coord from = chip.dram_noc0[bank];
        size_t best = taken.size();
        int best_hops = 0;
        for (size_t worker = 0; worker < taken.size(); ++worker) {
            if (taken[worker]) {
                continue;
            }
            const Coord to = chip.worker_noc0[worker];
            int dx = (to.x - from.x + chip.noc_grid.x) % chip.noc_grid.x;
            int dy = (to.y - from.y + chip.noc_grid.y) % chip.noc_grid.y;
            if (noc == NOC::NOC_1) {
                dx = (chip.noc_grid.x - dx) % chip.noc_grid.x;
                dy = (chip.noc_grid.y - dy) % chip.noc_grid.y;
            }
            if (best == taken.size() || dx + dy < best_hops) {
                best = worker;
                best_hops = dx + dy;
            }
        }
        taken[best] = true;
        result.emplace_back(best % chip.compute_grid.x, best / chip.compute_grid.x);
    }
    return result;
}

std::vector<CoreCoord> IDevice::get_optimal_dram_bank_to_logical_worker_assignment() {
    return get_optimal_dram_bank_to_logical_worker_assignment(NOC::NOC_0);
}

CoreCoord IDevice::virtual_core_from_logical_core(const CoreCoord& logical, const CoreType& core_type) const {
    const auto& chip = state_->chip();
    switch (core_type) {
        case CoreType::WORKER:
        case CoreType::TENSIX:
            TT_FATAL(logical.x < chip.compute_grid.x && logical.y < chip.compute_grid.y,
                     "Logical core {} is outside of the {}x{} grid of workers", logical.str(), chip.compute_grid.x,
                     chip.compute_grid.y);
            return to_core(chip.worker_virtual[logical.y * chip.compute_grid.x + logical.x]);
        case CoreType::DRAM:
            TT_FATAL(logical.x < chip.num_dram_banks && logical.y == 0, "There is no DRAM bank {}", logical.str());
            return to_core(chip.dram_virtual[logical.x]);
        case CoreType::ETH:
        case CoreType::ACTIVE_ETH:
        case CoreType::IDLE_ETH:
            TT_FATAL(logical.x == 0 && logical.y < chip.eth_virtual.size(), "There is no Ethernet core {}",
                     logical.str());
            return to_core(chip.eth_virtual[logical.y]);
        default:
            TT_THROW("Cores of type {} have no logical coordinates", core_type);
    }
}

CoreCoord IDevice::worker_core_from_logical_core(const CoreCoord& logical_core) const {
    return virtual_core_from_logical_core(logical_core, CoreType::WORKER);
}
CoreCoord IDevice::ethernet_core_from_logical_core(const CoreCoord& logical_core) const {
    return virtual_core_from_logical_core(logical_core, CoreType::ETH);
}

CoreCoord IDevice::logical_core_from_ethernet_core(const CoreCoord& ethernet_core) const {
    const auto& cores = state_->chip().eth_virtual;
    for (size_t i = 0; i < cores.size(); ++i) {
        if (to_core(cores[i]) == ethernet_core) {
            return CoreCoord(0, i);
        }
    }
    TT_THROW("{} is not the virtual coordinate of an Ethernet core", ethernet_core.str());
}

std::unordered_set<CoreCoord> IDevice::get_active_ethernet_cores(bool) const {
    return {};
}
std::unordered_set<CoreCoord> IDevice::get_inactive_ethernet_cores() const {
    return {state_->ethernet_cores.begin(), state_->ethernet_cores.end()};
}
bool IDevice::is_active_ethernet_core(CoreCoord, bool) const {
    return false;
}
std::tuple<ChipId, CoreCoord> IDevice::get_connected_ethernet_core(CoreCoord) const {
    no_ethernet("get_connected_ethernet_core");
}
std::vector<CoreCoord> IDevice::get_ethernet_sockets(ChipId) const {
    return {};
}
bool IDevice::is_inactive_ethernet_core(CoreCoord logical_core) const {
    return state_->ethernet_cores.count(logical_core) != 0;
}
uint32_t IDevice::num_virtual_eth_cores(SubDeviceId) {
    return 0;
}

CoreRangeSet IDevice::worker_cores(HalProgrammableCoreType core_type, SubDeviceId sub_device_id) const {
    const auto& manager = state_->active();
    TT_FATAL(*sub_device_id < manager.sub_devices.size(), "SubDevice index {} out of bounds {}", *sub_device_id,
             manager.sub_devices.size());
    return manager.sub_devices[*sub_device_id].cores(core_type);
}
uint32_t IDevice::num_worker_cores(HalProgrammableCoreType core_type, SubDeviceId sub_device_id) const {
    return worker_cores(core_type, sub_device_id).num_cores();
}

const std::unique_ptr<Allocator>& IDevice::allocator() const {
    return state_->memory().allocators.face;
}
const std::unique_ptr<AllocatorImpl>& IDevice::allocator_impl() const {
    return state_->memory().allocators.impl;
}
const std::unique_ptr<Allocator>& IDevice::allocator(SubDeviceId sub_device_id) const {
    const auto& manager = state_->memory().active();
    TT_FATAL(*sub_device_id < manager.local.size(), "SubDevice index {} out of bounds {}", *sub_device_id,
             manager.local.size());
    const auto& local = manager.local[*sub_device_id];
    return local ? local->face : allocator();
}
const std::unique_ptr<AllocatorImpl>& IDevice::allocator_impl(SubDeviceId sub_device_id) const {
    const auto& manager = state_->memory().active();
    TT_FATAL(*sub_device_id < manager.local.size(), "SubDevice index {} out of bounds {}", *sub_device_id,
             manager.local.size());
    const auto& local = manager.local[*sub_device_id];
    return local ? local->impl : allocator_impl();
}

CoreCoord IDevice::logical_core_from_dram_channel(uint32_t dram_channel) const {
    TT_FATAL(dram_channel < state_->chip().num_dram_banks,
             "Bounds-Error -- dram_channel={} is outside of num_dram_channels={}", dram_channel,
             state_->chip().num_dram_banks);
    return CoreCoord(dram_channel, 0);
}
uint32_t IDevice::dram_channel_from_logical_core(const CoreCoord& logical_core) const {
    TT_FATAL(logical_core.x < state_->chip().num_dram_banks && logical_core.y == 0, "There is no DRAM bank {}",
             logical_core.str());
    return static_cast<uint32_t>(logical_core.x);
}
uint32_t IDevice::dram_channel_from_virtual_core(const CoreCoord& virtual_core) const {
    const auto& banks = state_->chip().dram_virtual;
    for (uint32_t bank = 0; bank < banks.size(); ++bank) {
        if (to_core(banks[bank]) == virtual_core) {
            return bank;
        }
    }
    TT_THROW("Virtual core {} is not a DRAM core", virtual_core.str());
}

std::optional<DeviceAddr> IDevice::lowest_occupied_compute_l1_address() const {
    return allocator()->get_lowest_occupied_l1_address(0);
}
std::optional<DeviceAddr> IDevice::lowest_occupied_compute_l1_address(
    tt::stl::Span<const SubDeviceId> sub_device_ids) const {
    // Buffers of the whole device count everywhere; a sub-device's own lie below them.
    std::optional<DeviceAddr> lowest = lowest_occupied_compute_l1_address();
    for (const SubDeviceId id : sub_device_ids) {
        const auto& own = allocator(id);
        if (own == allocator()) {
            continue;
        }
        const auto address = own->get_lowest_occupied_l1_address(0);
        if (address && (!lowest || *address < *lowest)) {
            lowest = address;
        }
    }
    return lowest;
}

const std::set<CoreCoord>& IDevice::ethernet_cores() const {
    return state_->ethernet_cores;
}
const std::set<CoreCoord>& IDevice::storage_only_cores() const {
    return state_->no_cores;
}

uint32_t IDevice::get_noc_unicast_encoding(uint8_t, const CoreCoord& core) const {
    return static_cast<uint32_t>(core.x | (core.y << 6));
}
uint32_t IDevice::get_noc_multicast_encoding(uint8_t noc_index, const CoreRange& cores) const {
    const CoreCoord first = noc_index == 0 ? cores.start_coord : cores.end_coord;
    const CoreCoord last = noc_index == 0 ? cores.end_coord : cores.start_coord;
    return static_cast<uint32_t>(last.x | (last.y << 6) | (first.x << 12) | (first.y << 18));
}

SystemMemoryManager& IDevice::sysmem_manager() {
    throw tessera::Error("no-system-memory",
                         "sysmem_manager: the simulated device has no dispatch queues in host memory");
}
uint32_t IDevice::get_trace_buffers_size() const {
    return state_->trace_buffers_size;
}
void IDevice::set_trace_buffers_size(uint32_t size) {
    state_->trace_buffers_size = size;
}

bool IDevice::initialize(uint8_t num_hw_cqs, size_t l1_small_size, size_t trace_region_size, size_t worker_l1_size,
                         tt::stl::Span<const std::uint32_t> l1_bank_remap, bool) {
    if (state_->is_open()) {
        return false;
    }
    state_->open(
        *this,
        {l1_small_size, trace_region_size, worker_l1_size, num_hw_cqs, {l1_bank_remap.begin(), l1_bank_remap.end()}});
    return true;
}
void IDevice::init_command_queue_host() {}
void IDevice::init_command_queue_device() {}
bool IDevice::compile_fabric() {
    return false;
}
void IDevice::configure_fabric() {}
void IDevice::init_fabric() {}
bool IDevice::close() {
    return state_->close();
}

void IDevice::enable_program_cache() {
    state_->program_cache->enable();
}
void IDevice::clear_program_cache() {
    state_->program_cache->clear();
}
void IDevice::disable_and_clear_program_cache() {
    state_->program_cache->disable();
    state_->program_cache->clear();
}
void IDevice::set_program_cache_misses_allowed(bool allowed) {
    state_->program_cache->set_cache_misses_allowed(allowed);
}
program_cache::detail::ProgramCache& IDevice::get_program_cache() {
    return *state_->program_cache;
}
std::size_t IDevice::num_program_cache_entries() {
    return state_->program_cache->num_entries();
}

HalProgrammableCoreType IDevice::get_programmable_core_type(CoreCoord virtual_core) const {
    const auto& chip = state_->chip();
    const auto is = [&](const std::vector<Coord>& cores) {
        return std::any_of(cores.begin(), cores.end(), [&](Coord core) { return to_core(core) == virtual_core; });
    };
    if (is(chip.worker_virtual)) {
        return HalProgrammableCoreType::TENSIX;
    }
    TT_FATAL(is(chip.eth_virtual), "No programmable core is at {}", virtual_core.str());
    return HalProgrammableCoreType::IDLE_ETH;
}
HalMemType IDevice::get_mem_type_of_core(CoreCoord virtual_core) const {
    const auto& banks = state_->chip().dram_virtual;
    const bool dram =
        std::any_of(banks.begin(), banks.end(), [&](Coord bank) { return to_core(bank) == virtual_core; });
    return dram ? HalMemType::DRAM : HalMemType::L1;
}

uint64_t IDevice::get_dev_addr(CoreCoord, HalL1MemAddrType addr_type) const {
    const auto& chip = state_->chip();
    switch (addr_type) {
        case HalL1MemAddrType::BASE:
            return 0;
        case HalL1MemAddrType::KERNEL_CONFIG:
            return chip.l1_kernel_config_base;
        case HalL1MemAddrType::DEFAULT_UNRESERVED:
        case HalL1MemAddrType::UNRESERVED:
            return chip.l1_unreserved_base;
        default:
            TT_THROW("Region {} of L1 is not simulated", static_cast<int>(addr_type));
    }
}
uint64_t IDevice::get_dev_size(CoreCoord, HalL1MemAddrType addr_type) const {
    const auto& chip = state_->chip();
    switch (addr_type) {
        case HalL1MemAddrType::BASE:
            return chip.l1_bytes;
        case HalL1MemAddrType::KERNEL_CONFIG:
            return chip.l1_unreserved_base - chip.l1_kernel_config_base;
        case HalL1MemAddrType::DEFAULT_UNRESERVED:
        case HalL1MemAddrType::UNRESERVED:
            return chip.l1_bytes - chip.l1_unreserved_base;
        default:
            TT_THROW("Region {} of L1 is not simulated", static_cast<int>(addr_type));
    }
}

bool IDevice::has_noc_mcast_txns(SubDeviceId sub_device_id) const {
    return num_worker_cores(HalProgrammableCoreType::TENSIX, sub_device_id) > 0;
}
uint8_t IDevice::num_noc_unicast_txns(SubDeviceId) const {
    return 0;
}
uint8_t IDevice::noc_data_start_index(SubDeviceId, bool) const {
    return 0;
}

CoreCoord IDevice::virtual_program_dispatch_core(uint8_t) const {
    // No core dispatches here; the last worker stands in for the column that a card would set aside.
    return to_core(state_->chip().worker_virtual.back());
}
bool IDevice::is_mmio_capable() const {
    return true;
}
std::shared_ptr<distributed::MeshDevice> IDevice::get_mesh_device() {
    return nullptr;
}

CommandQueue& IDevice::command_queue(size_t cq_id) {
    TT_FATAL(state_->is_open(), "The device is closed");
    TT_FATAL(cq_id < state_->queues.size(), "cq_id {} is out of range: the device was opened with {} command queues",
             cq_id, state_->queues.size());
    return *state_->queues[cq_id];
}
bool IDevice::using_slow_dispatch() const {
    return false;
}
bool IDevice::using_fast_dispatch() const {
    return true;
}

void IDevice::begin_trace(uint8_t cq_id, uint32_t tid) {
    command_queue(cq_id).record_begin(tid);
}
void IDevice::end_trace(uint8_t cq_id, uint32_t tid) {
    TT_FATAL(command_queue(cq_id).tid() == tid, "Trace {} is not being captured on queue {}", tid, cq_id);
    command_queue(cq_id).record_end();
}
void IDevice::replay_trace(uint8_t cq_id, uint32_t tid, bool block_on_device, bool) {
    command_queue(cq_id).enqueue_trace(tid, block_on_device);
}
void IDevice::release_trace(uint32_t tid) {
    tessera::metalium::release_trace(tid);
}

DispatchCoreAxis DispatchCoreConfig::get_default_axis() {
    return hal::get_arch() == ARCH::BLACKHOLE ? DispatchCoreAxis::COL : DispatchCoreAxis::ROW;
}

}  // namespace tt::tt_metal

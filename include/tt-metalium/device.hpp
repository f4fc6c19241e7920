// One device as a program sees it: a chip, or a mesh of chips that are programmed alike. Coordinates come in three
// kinds: logical (0,0 to grid - 1), virtual (what kernels address), and NoC 0 (physical).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <hostdevcommon/kernel_structs.h>
#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/data_types.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/span.hpp>
#include <umd/device/types/arch.hpp>
#include <umd/device/types/cluster_descriptor_types.hpp>
#include <umd/device/types/core_coordinates.hpp>

namespace tessera::metalium {
class DeviceState;
}

namespace tt::tt_metal {

namespace program_cache::detail {
struct ProgramCache;
}

enum class BufferType;
class Allocator;
class AllocatorImpl;
class Buffer;
class CommandQueue;
class Program;
class SubDevice;
class SystemMemoryManager;

namespace distributed {
class MeshDevice;
}

/// A chip or a mesh of chips. A mesh answers questions about geometry and memory as any one of its chips would.
class IDevice {
public:
    virtual ~IDevice();
    IDevice(const IDevice&) = delete;
    IDevice& operator=(const IDevice&) = delete;

    virtual tt::ARCH arch() const;
    /// The chip's number on the board; for a mesh a number of its own.
    virtual ChipId id() const;
    virtual ChipId build_id() const;
    virtual uint8_t num_hw_cqs() const;
    /// True until close().
    virtual bool is_initialized() const;

    virtual int num_dram_channels() const;
    virtual uint32_t l1_size_per_core() const;       ///< bytes
    virtual uint32_t dram_size_per_channel() const;  ///< bytes
    virtual int get_clock_rate_mhz() const;
    virtual CoreCoord grid_size() const;  ///< NoC grid, in routers
    virtual CoreCoord logical_grid_size() const;
    virtual CoreCoord dram_grid_size() const;
    /// Workers that programs and L1 buffers may use.
    virtual CoreCoord compute_with_storage_grid_size() const;

    virtual CoreCoord virtual_noc0_coordinate(uint8_t noc_index, CoreCoord coord) const;
    virtual std::vector<CoreCoord> worker_cores_from_logical_cores(const std::vector<CoreCoord>& logical_cores) const;
    virtual std::vector<CoreCoord> ethernet_cores_from_logical_cores(const std::vector<CoreCoord>& logical_cores) const;
    /// For each DRAM bank, in order, the logical worker nearest to it; every worker is named at most once.
    virtual std::vector<CoreCoord> get_optimal_dram_bank_to_logical_worker_assignment(NOC noc);
    std::vector<CoreCoord> get_optimal_dram_bank_to_logical_worker_assignment();
    virtual CoreCoord virtual_core_from_logical_core(const CoreCoord& logical_coord, const CoreType& core_type) const;
    virtual CoreCoord worker_core_from_logical_core(const CoreCoord& logical_core) const;
    virtual CoreCoord ethernet_core_from_logical_core(const CoreCoord& logical_core) const;
    virtual CoreCoord logical_core_from_ethernet_core(const CoreCoord& ethernet_core) const;

    /// Ethernet links are not part of the simulated device: every Ethernet core is inactive.
    virtual std::unordered_set<CoreCoord> get_active_ethernet_cores(bool skip_reserved_tunnel_cores = false) const;
    virtual std::unordered_set<CoreCoord> get_inactive_ethernet_cores() const;
    virtual bool is_active_ethernet_core(CoreCoord logical_core, bool skip_reserved_tunnel_cores = false) const;
    virtual std::tuple<ChipId, CoreCoord> get_connected_ethernet_core(CoreCoord eth_core) const;
    virtual std::vector<CoreCoord> get_ethernet_sockets(ChipId connected_chip_id) const;
    virtual bool is_inactive_ethernet_core(CoreCoord logical_core) const;
    virtual uint32_t num_virtual_eth_cores(SubDeviceId sub_device_id);

    virtual CoreRangeSet worker_cores(HalProgrammableCoreType core_type, SubDeviceId sub_device_id) const;
    virtual uint32_t num_worker_cores(HalProgrammableCoreType core_type, SubDeviceId sub_device_id) const;

    virtual const std::unique_ptr<Allocator>& allocator() const;
    virtual const std::unique_ptr<Allocator>& allocator(SubDeviceId sub_device_id) const;
    virtual const std::unique_ptr<AllocatorImpl>& allocator_impl() const;
    virtual const std::unique_ptr<AllocatorImpl>& allocator_impl(SubDeviceId sub_device_id) const;

    virtual CoreCoord logical_core_from_dram_channel(uint32_t dram_channel) const;
    virtual uint32_t dram_channel_from_logical_core(const CoreCoord& logical_core) const;
    virtual uint32_t dram_channel_from_virtual_core(const CoreCoord& virtual_core) const;

    /// Lowest L1 address that any buffer occupies; none when L1 is empty.
    virtual std::optional<DeviceAddr> lowest_occupied_compute_l1_address() const;
    virtual std::optional<DeviceAddr> lowest_occupied_compute_l1_address(
        tt::stl::Span<const SubDeviceId> sub_device_ids) const;

    virtual const std::set<CoreCoord>& ethernet_cores() const;
    virtual const std::set<CoreCoord>& storage_only_cores() const;

    /// A core's or rectangle's coordinates as the NoC's address registers hold them.
    virtual uint32_t get_noc_unicast_encoding(uint8_t noc_index, const CoreCoord& core) const;
    virtual uint32_t get_noc_multicast_encoding(uint8_t noc_index, const CoreRange& cores) const;

    virtual SystemMemoryManager& sysmem_manager();
    virtual uint32_t get_trace_buffers_size() const;
    virtual void set_trace_buffers_size(uint32_t size);

    virtual bool initialize(uint8_t num_hw_cqs, size_t l1_small_size, size_t trace_region_size, size_t worker_l1_size,
                            tt::stl::Span<const std::uint32_t> l1_bank_remap = {}, bool minimal = false);
    virtual void init_command_queue_host();
    virtual void init_command_queue_device();
    virtual bool compile_fabric();
    virtual void configure_fabric();
    virtual void init_fabric();
    /// Gives back every buffer and makes the device unusable. True when there was something to close.
    virtual bool close();

    virtual void enable_program_cache();
    virtual void clear_program_cache();
    virtual void disable_and_clear_program_cache();
    void set_program_cache_misses_allowed(bool allowed);
    virtual program_cache::detail::ProgramCache& get_program_cache();
    virtual std::size_t num_program_cache_entries();

    virtual HalProgrammableCoreType get_programmable_core_type(CoreCoord virtual_core) const;
    virtual HalMemType get_mem_type_of_core(CoreCoord virtual_core) const;
    uint64_t get_dev_addr(CoreCoord virtual_core, HalL1MemAddrType addr_type) const;
    uint64_t get_dev_size(CoreCoord virtual_core, HalL1MemAddrType addr_type) const;

    virtual bool has_noc_mcast_txns(SubDeviceId sub_device_id) const;
    virtual uint8_t num_noc_unicast_txns(SubDeviceId sub_device_id) const;
    virtual uint8_t noc_data_start_index(SubDeviceId sub_device_id, bool unicast_data = true) const;

    virtual SubDeviceManagerId get_active_sub_device_manager_id() const;
    virtual SubDeviceManagerId get_default_sub_device_manager_id() const;
    /// Divides the device; local_l1_size bytes at the bottom of L1 become each sub-device's own.
    virtual SubDeviceManagerId create_sub_device_manager(tt::stl::Span<const SubDevice> sub_devices,
                                                         DeviceAddr local_l1_size);
    virtual SubDeviceManagerId create_sub_device_manager(std::initializer_list<SubDevice> sub_devices,
                                                         DeviceAddr local_l1_size);
    virtual void remove_sub_device_manager(SubDeviceManagerId sub_device_manager_id);
    virtual void load_sub_device_manager(SubDeviceManagerId sub_device_manager_id);
    virtual void clear_loaded_sub_device_manager();
    virtual CoreCoord virtual_program_dispatch_core(uint8_t cq_id) const;
    virtual const std::vector<SubDeviceId>& get_sub_device_ids() const;
    virtual const std::vector<SubDeviceId>& get_sub_device_stall_group() const;
    virtual void set_sub_device_stall_group(tt::stl::Span<const SubDeviceId> sub_device_ids);
    virtual void reset_sub_device_stall_group();
    virtual uint32_t num_sub_devices() const;

    virtual bool is_mmio_capable() const;
    virtual std::shared_ptr<distributed::MeshDevice> get_mesh_device();

    // --- the single-device generation ---
    /// A queue of this chip. On a mesh: use mesh_command_queue.
    virtual CommandQueue& command_queue(size_t cq_id = 0);
    virtual bool using_slow_dispatch() const;
    virtual bool using_fast_dispatch() const;
    virtual void begin_trace(uint8_t cq_id, uint32_t tid);
    virtual void end_trace(uint8_t cq_id, uint32_t tid);
    virtual void replay_trace(uint8_t cq_id, uint32_t tid, bool block_on_device, bool block_on_worker_thread = true);
    virtual void release_trace(uint32_t tid);

    /// What this library keeps about the device; not for programs.
    tessera::metalium::DeviceState& state() const { return *state_; }

protected:
    IDevice();
    std::unique_ptr<tessera::metalium::DeviceState> state_;
};

/// The name that programs of 2024 use.
using Device = IDevice;

}  // namespace tt::tt_metal

namespace tt::tt_metal::v0 {
using tt::tt_metal::IDevice;
using Device = tt::tt_metal::IDevice;
}  // namespace tt::tt_metal::v0

// What the library keeps about a device or a mesh: its chips, its allocators, its division into sub-devices, its
// queues.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <metalium/system.h>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/sub_device.hpp>

namespace tt::tt_metal {
class Allocator;
class AllocatorImpl;
}  // namespace tt::tt_metal

namespace tessera::metalium {

/// How a device was opened.
struct DeviceOptions {
    size_t l1_small_size = 0;      ///< bytes at the top of L1 that only L1_SMALL buffers use
    size_t trace_region_size = 0;  ///< bytes of DRAM put aside for traces
    size_t worker_l1_size = 0;     ///< bytes of L1 for circular buffers and buffers; 0: all there is
    uint8_t num_queues = 1;
    std::vector<uint32_t> l1_bank_remap;
};

/// An allocator with the public face that programs see.
struct AllocatorPair {
    AllocatorPair();
    ~AllocatorPair();
    std::unique_ptr<tt::tt_metal::AllocatorImpl> impl;
    std::unique_ptr<tt::tt_metal::Allocator> face;
};

/// One division of a device into sub-devices.
struct SubDeviceManager {
    tt::tt_metal::SubDeviceManagerId id{0};
    std::vector<tt::tt_metal::SubDevice> sub_devices;
    std::vector<tt::tt_metal::SubDeviceId> ids;
    std::vector<tt::tt_metal::SubDeviceId> stall_group;
    std::vector<std::unique_ptr<AllocatorPair>> local;  ///< by sub-device; null without local L1
    tt::tt_metal::DeviceAddr local_l1_size = 0;
};

class DeviceState {
public:
    DeviceState(std::vector<uint32_t> chips, int id, bool is_mesh);
    ~DeviceState();
    DeviceState(const DeviceState&) = delete;
    DeviceState& operator=(const DeviceState&) = delete;

    /// Positions on the board, row-major for a mesh.
    std::span<const uint32_t> chips() const { return chips_; }
    /// The geometry that all chips of the device share.
    const arch::Chip& chip() const { return *chip_; }
    int id() const { return id_; }
    bool is_mesh() const { return is_mesh_; }

    /// Makes the allocators; owner is the device itself.
    void open(tt::tt_metal::IDevice& owner, const DeviceOptions& options);
    /// Gives back all buffers. False when it was closed already.
    bool close();
    bool is_open() const { return open_; }
    const DeviceOptions& options() const { return options_; }

    /// The state whose allocators serve this device: its own, or that of the mesh that it is a member of.
    const DeviceState& memory() const { return memory_ != nullptr ? *memory_ : *this; }
    void share_memory_of(const DeviceState& mesh) { memory_ = &mesh; }

    SubDeviceManager& active();
    const SubDeviceManager& active() const;
    std::map<uint64_t, std::unique_ptr<SubDeviceManager>> managers;
    uint64_t active_manager = 0;
    uint64_t default_manager = 0;

    AllocatorPair allocators;
    std::set<tt::tt_metal::CoreCoord> ethernet_cores;
    std::set<tt::tt_metal::CoreCoord> no_cores;
    uint32_t trace_buffers_size = 0;
    std::unique_ptr<tt::tt_metal::program_cache::detail::ProgramCache> program_cache;
    std::vector<std::unique_ptr<tt::tt_metal::CommandQueue>> queues;

    /// The device that owns this state.
    tt::tt_metal::IDevice* owner = nullptr;

private:
    std::vector<uint32_t> chips_;
    const arch::Chip* chip_ = nullptr;
    int id_ = 0;
    bool is_mesh_ = false;
    bool open_ = false;
    const DeviceState* memory_ = nullptr;
    DeviceOptions options_;
};

/// Positions on the board of the chips that a device stands for; a buffer of a mesh lies on all of them.
std::span<const uint32_t> chips_of(const tt::tt_metal::IDevice& device);

/// Opens chip `chip` alone, or returns it when it is open.
tt::tt_metal::IDevice* open_chip(int chip, const DeviceOptions& options);

/// The view of one chip that a mesh hands out (get_device). It shares the mesh's memory management.
std::unique_ptr<tt::tt_metal::IDevice> make_mesh_member(int chip, tt::tt_metal::IDevice& mesh);

}  // namespace tessera::metalium

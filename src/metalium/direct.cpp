// Functions that reach device memory and run programs without a queue (namespace detail of the host API).
#include <algorithm>
#include <cstring>

#include <base/error.h>
#include <metalium/buffer_io.h>
#include <metalium/device.h>
#include <metalium/launch.h>
#include <metalium/program.h>
#include <metalium/queue_order.h>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::detail {

namespace {

using tessera::metalium::machine;

tessera::arch::Coord worker(const CoreCoord& core, CoreType core_type) {
    if (core_type != CoreType::WORKER && core_type != CoreType::TENSIX) {
        throw tessera::Error("no-ethernet-cores", "L1 of cores other than workers is not part of the simulated device",
                             "use CoreType::WORKER");
    }
    return {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)};
}

std::span<const std::byte> as_bytes(std::span<const uint8_t> bytes) {
    return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}
std::span<std::byte> as_bytes(std::span<uint8_t> bytes) {
    return {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()};
}
std::span<const uint8_t> bytes_of(const std::vector<uint32_t>& words) {
    return {reinterpret_cast<const uint8_t*>(words.data()), words.size() * sizeof(uint32_t)};
}
std::span<uint8_t> sized(std::vector<uint32_t>& words, uint32_t bytes) {
    words.resize((bytes + 3) / 4);
    return {reinterpret_cast<uint8_t*>(words.data()), bytes};
}

/// The host goes to the memory of a chip itself, without a queue.
void past_the_queues(uint32_t chip, const char* function, bool is_read) {
    tessera::metalium::QueueOrder::instance().direct(chip, function, is_read);
}

/// The same, to an address that the program has chosen.
void by_address(uint32_t chip, tessera::sim::Memory memory, const char* function, bool is_read) {
    past_the_queues(chip, function, is_read);
    machine().buffers().placed_by_hand(chip, memory);
}

[[noreturn]] void no_registers(const char* function) {
    throw tessera::Error("no-registers", std::string(function) + ": registers are not part of the simulated device",
                         "read and write L1 or DRAM instead");
}

}  // namespace

bool DispatchStateCheck(bool isFastDispatch) {
    return isFastDispatch;
}

void WriteToBuffer(Buffer& buffer, tt::stl::Span<const uint8_t> host_buffer) {
    TT_FATAL(host_buffer.size() <= buffer.size(), "Bounds-Error -- Attempting to write {} bytes to a {} byte buffer",
             host_buffer.size(), buffer.size());
    for (const uint32_t chip : tessera::metalium::chips_of(*buffer.device())) {
        past_the_queues(chip, "WriteToBuffer", false);
        tessera::metalium::write_buffer(machine(), chip, buffer, as_bytes(host_buffer));
    }
}

void ReadFromBuffer(Buffer& buffer, uint8_t* host_buffer, bool) {
    const uint32_t chip = tessera::metalium::chips_of(*buffer.device()).front();
    past_the_queues(chip, "ReadFromBuffer", true);
    tessera::metalium::read_buffer(machine(), chip, buffer, as_bytes(std::span<uint8_t>(host_buffer, buffer.size())));
}

void ReadShard(Buffer& buffer, uint8_t* host_buffer, const uint32_t& core_id) {
    TT_FATAL(is_sharded(buffer.buffer_layout()), "ReadShard needs a sharded buffer");
    const auto& mapping = buffer.get_buffer_page_mapping();
    TT_FATAL(core_id < mapping->all_cores.size(), "The buffer has {} shards, there is none on core number {}",
             mapping->all_cores.size(), core_id);
    const CoreCoord core = mapping->all_cores[core_id];
    const size_t page = buffer.page_size();
    const size_t pages = buffer.shard_spec().num_pages();
    const uint32_t chip = tessera::metalium::chips_of(*buffer.device()).front();
    for (size_t i = 0; i < pages; ++i) {
        machine().read_l1(chip, worker(core, CoreType::WORKER), buffer.address() + i * buffer.aligned_page_size(),
                          as_bytes(std::span<uint8_t>(host_buffer + i * page, page)));
    }
}

void LaunchProgram(IDevice* device, Program& program, bool, bool) {
    const auto chips = tessera::metalium::chips_of(*device);
    const tessera::metalium::ProgramOnChips entry{&program, {chips.begin(), chips.end()}};
    tessera::metalium::run(tessera::metalium::prepare(*device, {&entry, 1}));
}
void LaunchProgram(IDevice* device, const std::shared_ptr<Program>& program, bool wait_until_cores_done,
                   bool force_slow_dispatch) {
    LaunchProgram(device, *program, wait_until_cores_done, force_slow_dispatch);
}
void WaitProgramDone(IDevice*, Program&, bool) {}
void CompileProgram(IDevice*, Program& program, bool) {
    program.impl().compile();
}
void WriteRuntimeArgsToDevice(IDevice*, Program&, bool) {}
bool ConfigureDeviceWithProgram(IDevice* device, Program& program, bool) {
    program.impl().compile();
    program.impl().place_circular_buffers(*device);
    return true;
}
std::shared_ptr<Kernel> GetKernel(const Program& program, KernelHandle kernel_id) {
    return program.impl().get_kernel(kernel_id);
}

uint32_t EncodePerDeviceProgramID(uint32_t base_program_id, uint32_t device_id, bool is_host_fallback_op) {
    return (uint32_t{is_host_fallback_op} << 31) | (base_program_id << 10) | device_id;
}
DeviceProgramId DecodePerDeviceProgramID(uint32_t device_program_id) {
    return {.base_program_id = (device_program_id & 0x7FFFFFFFu) >> 10,
            .device_id = static_cast<ChipId>(device_program_id & 0x3FFu),
            .is_host_fallback_op = (device_program_id >> 31) != 0};
}

bool WriteToDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address,
                              std::span<const uint8_t> host_buffer) {
    for (const uint32_t chip : tessera::metalium::chips_of(*device)) {
        by_address(chip, tessera::sim::Memory::Dram, "WriteToDeviceDRAMChannel", false);
        machine().write_dram(chip, static_cast<uint32_t>(dram_channel), address, as_bytes(host_buffer));
    }
    return true;
}
bool WriteToDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, std::vector<uint32_t>& host_buffer) {
    return WriteToDeviceDRAMChannel(device, dram_channel, address, bytes_of(host_buffer));
}
bool ReadFromDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, std::span<uint8_t> host_buffer) {
    const uint32_t chip = tessera::metalium::chips_of(*device).front();
    by_address(chip, tessera::sim::Memory::Dram, "ReadFromDeviceDRAMChannel", true);
    machine().read_dram(chip, static_cast<uint32_t>(dram_channel), address, as_bytes(host_buffer));
    return true;
}
bool ReadFromDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, uint32_t size,
                               std::vector<uint32_t>& host_buffer) {
    return ReadFromDeviceDRAMChannel(device, dram_channel, address, sized(host_buffer, size));
}

bool WriteToDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address,
                     std::span<const uint8_t> host_buffer, CoreType core_type) {
    for (const uint32_t chip : tessera::metalium::chips_of(*device)) {
        by_address(chip, tessera::sim::Memory::L1, "WriteToDeviceL1", false);
        machine().write_l1(chip, worker(logical_core, core_type), address, as_bytes(host_buffer));
    }
    return true;
}
bool WriteToDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address,
                     std::vector<uint32_t>& host_buffer, CoreType core_type) {
    return WriteToDeviceL1(device, logical_core, address, bytes_of(host_buffer), core_type);
}
bool ReadFromDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address, std::span<uint8_t> host_buffer,
                      CoreType core_type) {
    const uint32_t chip = tessera::metalium::chips_of(*device).front();
    by_address(chip, tessera::sim::Memory::L1, "ReadFromDeviceL1", true);
    machine().read_l1(chip, worker(logical_core, core_type), address, as_bytes(host_buffer));
    return true;
}
bool ReadFromDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address, uint32_t size,
                      std::vector<uint32_t>& host_buffer, CoreType core_type) {
    return ReadFromDeviceL1(device, logical_core, address, sized(host_buffer, size), core_type);
}

bool WriteRegToDevice(IDevice*, const CoreCoord&, uint32_t, const uint32_t&) {
    no_registers("WriteRegToDevice");
}
bool ReadRegFromDevice(IDevice*, const CoreCoord&, uint32_t, uint32_t&) {
    no_registers("ReadRegFromDevice");
}

std::string get_platform_architecture_name() {
    return tessera::metalium::board().chips.front().family == tessera::arch::Family::Blackhole ? "blackhole"
                                                                                               : "wormhole_b0";
}

void SetLazyCommandQueueMode(bool) {}
void DeallocateBuffer(Buffer* buffer) {
    tt::tt_metal::DeallocateBuffer(*buffer);
}

void ClearProfilerControlBuffer(IDevice*) {}
void InitDeviceProfiler(IDevice*) {}
void ProfilerSync(ProfilerSyncState) {}
void ReadDeviceProfilerResults(IDevice*, ProfilerReadState, const std::optional<ProfilerOptionalMetadata>&) {}
void DumpDeviceProfileResults(IDevice*, std::vector<CoreCoord>&, ProfilerDumpState,
                              const std::optional<ProfilerOptionalMetadata>&) {}
void DumpDeviceProfileResults(IDevice*, ProfilerDumpState, const std::optional<ProfilerOptionalMetadata>&) {}
void SetDeviceProfilerDir(const std::string&) {}
void FreshProfilerDeviceLog() {}

}  // namespace tt::tt_metal::detail

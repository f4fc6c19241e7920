// The lower-level functions of the host API: reading and writing device memory directly, compiling and launching
// programs without a queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/cluster.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/profiler_optional_metadata.hpp>
#include <tt-metalium/profiler_types.hpp>
#include <tt-metalium/program.hpp>
#include <tt-metalium/tt_metal_profiler.hpp>
#include <tt_stl/assert.hpp>
#include <tt_stl/span.hpp>
#include <umd/device/types/cluster_descriptor_types.hpp>
#include <umd/device/types/core_coordinates.hpp>

namespace tt::tt_metal {

class Kernel;

namespace detail {

/// True when the process runs in the dispatch mode that is asked for; the simulated board takes both for fast dispatch.
bool DispatchStateCheck(bool isFastDispatch);

/// Opens several chips; by chip.
std::map<ChipId, IDevice*> CreateDevices(const std::vector<ChipId>& device_ids, uint8_t num_hw_cqs = 1,
                                         size_t l1_small_size = DEFAULT_L1_SMALL_SIZE,
                                         size_t trace_region_size = DEFAULT_TRACE_REGION_SIZE,
                                         const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
                                         const std::vector<uint32_t>& l1_bank_remap = {},
                                         size_t worker_l1_size = DEFAULT_WORKER_L1_SIZE, bool init_profiler = true,
                                         bool ignored = false, bool initialize_fabric_and_dispatch_fw = true);
void CloseDevices(const std::map<ChipId, IDevice*>& devices);
void ReleaseOwnership();
/// The open chip with that number. Throws when it is not open.
IDevice* GetActiveDevice(ChipId device_id);

/// Writes a whole buffer or its beginning. Throws when host_buffer is the larger one.
void WriteToBuffer(Buffer& buffer, tt::stl::Span<const uint8_t> host_buffer);
template <typename DType>
void WriteToBuffer(Buffer& buffer, const std::vector<DType>& host_buffer) {
    WriteToBuffer(buffer, tt::stl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(host_buffer.data()),
                                                       host_buffer.size() * sizeof(DType)));
}
template <typename DType>
void WriteToBuffer(const std::shared_ptr<Buffer>& buffer, const std::vector<DType>& host_buffer) {
    WriteToBuffer(*buffer, host_buffer);
}

/// Reads a whole buffer. shard_order is accepted and ignored: pages come in the host's order.
void ReadFromBuffer(Buffer& buffer, uint8_t* host_buffer, bool shard_order = false);
template <typename DType>
void ReadFromBuffer(Buffer& buffer, std::vector<DType>& host_buffer, bool shard_order = false) {
    TT_FATAL(buffer.size() % sizeof(DType) == 0, "Buffer size is not divisible by dtype size");
    host_buffer.resize(buffer.size() / sizeof(DType));
    ReadFromBuffer(buffer, reinterpret_cast<uint8_t*>(host_buffer.data()), shard_order);
}
template <typename DType>
void ReadFromBuffer(const std::shared_ptr<Buffer>& buffer, std::vector<DType>& host_buffer, bool shard_order = false) {
    ReadFromBuffer(*buffer, host_buffer, shard_order);
}

/// Reads the shard of the core that is number core_id in the buffer's order of cores, page by page as it lies there.
void ReadShard(Buffer& buffer, uint8_t* host_buffer, const uint32_t& core_id);
template <typename DType>
void ReadShard(Buffer& buffer, std::vector<DType>& host_buffer, const uint32_t& core_id) {
    host_buffer.resize((buffer.page_size() * buffer.shard_spec().num_pages() + sizeof(DType) - 1) / sizeof(DType));
    ReadShard(buffer, reinterpret_cast<uint8_t*>(host_buffer.data()), core_id);
}

/// Compiles the program if need be and runs it to its end.
void LaunchProgram(IDevice* device, Program& program, bool wait_until_cores_done = true,
                   bool force_slow_dispatch = false);
void LaunchProgram(IDevice* device, const std::shared_ptr<Program>& program, bool wait_until_cores_done = true,
                   bool force_slow_dispatch = false);
void WaitProgramDone(IDevice* device, Program& program, bool read_device_profiler_results = true);
void CompileProgram(IDevice* device, Program& program, bool force_slow_dispatch = false);
void WriteRuntimeArgsToDevice(IDevice* device, Program& program, bool force_slow_dispatch = false);
bool ConfigureDeviceWithProgram(IDevice* device, Program& program, bool force_slow_dispatch = false);
/// The program's kernel with that handle.
std::shared_ptr<Kernel> GetKernel(const Program& program, KernelHandle kernel_id);

/// A number for tools: bits 0-9 the chip, bits 10-30 the program, bit 31 set where the operation ran on the host.
uint32_t EncodePerDeviceProgramID(uint32_t base_program_id, uint32_t device_id, bool is_host_fallback_op = false);
DeviceProgramId DecodePerDeviceProgramID(uint32_t device_program_id);

/// Bytes of one DRAM bank. Throws tessera::Error (dram-out-of-range) past its end.
bool WriteToDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address,
                              std::span<const uint8_t> host_buffer);
bool WriteToDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, std::vector<uint32_t>& host_buffer);
bool ReadFromDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, std::span<uint8_t> host_buffer);
bool ReadFromDeviceDRAMChannel(IDevice* device, int dram_channel, uint32_t address, uint32_t size,
                               std::vector<uint32_t>& host_buffer);

/// Bytes of one core's L1. Throws tessera::Error (l1-out-of-range) past its end.
bool WriteToDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address,
                     std::span<const uint8_t> host_buffer, CoreType core_type = CoreType::WORKER);
bool WriteToDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address,
                     std::vector<uint32_t>& host_buffer, CoreType core_type = CoreType::WORKER);
bool ReadFromDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address, std::span<uint8_t> host_buffer,
                      CoreType core_type = CoreType::WORKER);
bool ReadFromDeviceL1(IDevice* device, const CoreCoord& logical_core, uint32_t address, uint32_t size,
                      std::vector<uint32_t>& host_buffer, CoreType core_type = CoreType::WORKER);

/// Registers are not simulated: both throw tessera::Error (no-registers).
bool WriteRegToDevice(IDevice* device, const CoreCoord& logical_core, uint32_t address, const uint32_t& regval);
bool ReadRegFromDevice(IDevice* device, const CoreCoord& logical_core, uint32_t address, uint32_t& regval);

/// "wormhole_b0" or "blackhole".
std::string get_platform_architecture_name();

void SetLazyCommandQueueMode(bool lazy);
void DeallocateBuffer(Buffer* buffer);

}  // namespace detail

}  // namespace tt::tt_metal

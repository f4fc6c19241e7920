// The functions of the host API: devices, programs, kernels, circular buffers, semaphores, buffers, arguments, and the
// queue functions of the single-device generation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer.hpp>
#include <tt-metalium/circular_buffer_config.hpp>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/event.hpp>
#include <tt-metalium/global_semaphore.hpp>
#include <tt-metalium/kernel_types.hpp>
#include <tt-metalium/profiler_optional_metadata.hpp>
#include <tt-metalium/profiler_types.hpp>
#include <tt-metalium/program.hpp>
#include <tt-metalium/runtime_args_data.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

class Kernel;

namespace distributed {
class MeshDevice;
}

// --- Devices ---------------------------------------------------------------------------------------------------------

/// A folder in which relative kernel paths are looked for, before all others.
void SetRootDir(const std::string& root_dir);
/// Chips on the board.
size_t GetNumAvailableDevices();
bool IsGalaxyCluster();
/// Chips that the host would reach over PCIe; the others hang on them by Ethernet.
size_t GetNumPCIeDevices();
ChipId GetPCIeDeviceID(ChipId device_id);

/// Opens one chip; opening it again returns the same device. Throws tessera::Error (no-such-device).
IDevice* CreateDevice(ChipId device_id, uint8_t num_hw_cqs = 1, size_t l1_small_size = DEFAULT_L1_SMALL_SIZE,
                      size_t trace_region_size = DEFAULT_TRACE_REGION_SIZE,
                      const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
                      const std::vector<uint32_t>& l1_bank_remap = {}, size_t worker_l1_size = DEFAULT_WORKER_L1_SIZE);
IDevice* CreateDeviceMinimal(ChipId device_id, uint8_t num_hw_cqs = 1,
                             const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{});
/// Gives back the device's buffers. True when it was open.
bool CloseDevice(IDevice* device);

// --- Programs --------------------------------------------------------------------------------------------------------

Program CreateProgram();

/// file_name: absolute, or relative to the working directory, the program's source, TT_METAL_KERNEL_PATH, TT_METAL_HOME
/// or the executable. Throws tessera::Error (kernel-not-found) that lists the places tried.
KernelHandle CreateKernel(Program& program, const std::string& file_name,
                          const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                          const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config);
KernelHandle CreateKernelFromString(Program& program, const std::string& kernel_src_code,
                                    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                                    const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config);

CBHandle CreateCircularBuffer(Program& program, const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                              const CircularBufferConfig& config);
const CircularBufferConfig& GetCircularBufferConfig(Program& program, CBHandle cb_handle);
/// Sizes in bytes. The addresses of the program's other circular buffers may change.
void UpdateCircularBufferTotalSize(Program& program, CBHandle cb_handle, uint32_t total_size);
void UpdateCircularBufferPageSize(Program& program, CBHandle cb_handle, uint8_t buffer_index, uint32_t page_size);
void UpdateDynamicCircularBufferAddress(Program& program, CBHandle cb_handle, const Buffer& buffer);
void UpdateDynamicCircularBufferAddressAndTotalSize(Program& program, CBHandle cb_handle, const Buffer& buffer,
                                                    uint32_t total_size);

/// Returns the semaphore's id, the same on all of the cores; at most 16 a core.
uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& core_spec,
                         uint32_t initial_value, CoreType core_type = CoreType::WORKER);

GlobalSemaphore CreateGlobalSemaphore(IDevice* device, const CoreRangeSet& cores, uint32_t initial_value,
                                      BufferType buffer_type = BufferType::L1);
GlobalSemaphore CreateGlobalSemaphore(IDevice* device, CoreRangeSet&& cores, uint32_t initial_value,
                                      BufferType buffer_type = BufferType::L1);

// --- Buffers ---------------------------------------------------------------------------------------------------------

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config);
std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config, DeviceAddr address);
std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config, SubDeviceId sub_device_id);
std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config);
std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config, DeviceAddr address);
std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config, SubDeviceId sub_device_id);
void DeallocateBuffer(Buffer& buffer);
/// The buffer lives as long as the program.
void AssignGlobalBufferToProgram(const std::shared_ptr<Buffer>& buffer, Program& program);

// --- Runtime arguments -----------------------------------------------------------------------------------------------

/// The same words for every core. A second call for a core must give as many words as the first.
void SetRuntimeArgs(const Program& program, KernelHandle kernel,
                    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                    stl::Span<const uint32_t> runtime_args);
void SetRuntimeArgs(const Program& program, KernelHandle kernel,
                    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                    std::initializer_list<uint32_t> runtime_args);
/// One list of words a core.
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const std::vector<CoreCoord>& core_spec,
                    const std::vector<std::vector<uint32_t>>& runtime_args);

/// A buffer stands for its address at the time of the call.
using RuntimeArgs = std::vector<std::variant<Buffer*, uint32_t>>;
void SetRuntimeArgs(IDevice* device, const std::shared_ptr<Kernel>& kernel,
                    const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                    const std::shared_ptr<RuntimeArgs>& runtime_args);
void SetRuntimeArgs(IDevice* device, const std::shared_ptr<Kernel>& kernel, const std::vector<CoreCoord>& core_spec,
                    const std::vector<std::shared_ptr<RuntimeArgs>>& runtime_args);

/// Words that all cores of the kernel share; may be set once.
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id, stl::Span<const uint32_t> runtime_args);
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id, std::initializer_list<uint32_t> runtime_args);
/// Writable: changes take effect at the next launch.
RuntimeArgsData& GetRuntimeArgs(const Program& program, KernelHandle kernel_id, const CoreCoord& logical_core);
/// By x, then y.
std::vector<std::vector<RuntimeArgsData>>& GetRuntimeArgs(const Program& program, KernelHandle kernel_id);
RuntimeArgsData& GetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id);

// --- Profiler --------------------------------------------------------------------------------------------------------

/// Accepted; zones are recorded by the device itself.
void ReadMeshDeviceProfilerResults(distributed::MeshDevice& mesh_device,
                                   ProfilerReadState state = ProfilerReadState::NORMAL,
                                   const std::optional<ProfilerOptionalMetadata>& metadata = {});
void DumpMeshDeviceProfileResults(distributed::MeshDevice& mesh_device,
                                  ProfilerDumpState state = ProfilerDumpState::NORMAL,
                                  const std::optional<ProfilerOptionalMetadata>& metadata = {});
void DumpDeviceProfileResults(IDevice* device, const Program& program);

// --- Queues of the single-device generation --------------------------------------------------------------------------

using BufferOrShared = std::variant<std::reference_wrapper<Buffer>, std::shared_ptr<Buffer>>;

void EnqueueReadBuffer(CommandQueue& cq, const BufferOrShared& buffer, void* dst, bool blocking);
/// dst is resized to the buffer's size.
template <typename DType>
void EnqueueReadBuffer(CommandQueue& cq, Buffer& buffer, std::vector<DType>& dst, bool blocking) {
    dst.resize(buffer.page_size() * buffer.num_pages() / sizeof(DType));
    EnqueueReadBuffer(cq, BufferOrShared(std::ref(buffer)), static_cast<void*>(dst.data()), blocking);
}
template <typename DType>
void EnqueueReadBuffer(CommandQueue& cq, const std::shared_ptr<Buffer>& buffer, std::vector<DType>& dst,
                       bool blocking) {
    EnqueueReadBuffer(cq, *buffer, dst, blocking);
}
template <typename DType>
void EnqueueReadBuffer(CommandQueue& cq, const BufferOrShared& buffer, std::vector<DType>& dst, bool blocking) {
    if (const auto* reference = std::get_if<std::reference_wrapper<Buffer>>(&buffer)) {
        EnqueueReadBuffer(cq, reference->get(), dst, blocking);
    } else {
        EnqueueReadBuffer(cq, *std::get<std::shared_ptr<Buffer>>(buffer), dst, blocking);
    }
}

void EnqueueReadSubBuffer(CommandQueue& cq, const BufferOrShared& buffer, void* dst, const BufferRegion& region,
                          bool blocking);
template <typename DType>
void EnqueueReadSubBuffer(CommandQueue& cq, Buffer& buffer, std::vector<DType>& dst, const BufferRegion& region,
                          bool blocking) {
    dst.resize(region.size / sizeof(DType));
    EnqueueReadSubBuffer(cq, BufferOrShared(std::ref(buffer)), static_cast<void*>(dst.data()), region, blocking);
}
template <typename DType>
void EnqueueReadSubBuffer(CommandQueue& cq, const std::shared_ptr<Buffer>& buffer, std::vector<DType>& dst,
                          const BufferRegion& region, bool blocking) {
    EnqueueReadSubBuffer(cq, *buffer, dst, region, blocking);
}

void EnqueueWriteBuffer(CommandQueue& cq, const BufferOrShared& buffer, HostDataType src, bool blocking);
template <typename DType>
void EnqueueWriteBuffer(CommandQueue& cq, const BufferOrShared& buffer, const std::vector<DType>& src, bool blocking) {
    EnqueueWriteBuffer(cq, buffer, HostDataType(static_cast<const void*>(src.data())), blocking);
}

void EnqueueWriteSubBuffer(CommandQueue& cq, const BufferOrShared& buffer, HostDataType src, const BufferRegion& region,
                           bool blocking);
template <typename DType>
void EnqueueWriteSubBuffer(CommandQueue& cq, const BufferOrShared& buffer, const std::vector<DType>& src,
                           const BufferRegion& region, bool blocking) {
    EnqueueWriteSubBuffer(cq, buffer, HostDataType(static_cast<const void*>(src.data())), region, blocking);
}

/// Runs the program. A mistake of a kernel throws tessera::Error here.
void EnqueueProgram(CommandQueue& cq, Program& program, bool blocking);
void Finish(CommandQueue& cq, tt::stl::Span<const SubDeviceId> sub_device_ids = {});

uint32_t BeginTraceCapture(IDevice* device, uint8_t cq_id);
void EndTraceCapture(IDevice* device, uint8_t cq_id, uint32_t tid);
void ReplayTrace(IDevice* device, uint8_t cq_id, uint32_t tid, bool blocking);
void ReleaseTrace(IDevice* device, uint32_t tid);
void EnqueueTrace(CommandQueue& cq, uint32_t trace_id, bool blocking);

void EnqueueRecordEvent(CommandQueue& cq, const std::shared_ptr<Event>& event,
                        tt::stl::Span<const SubDeviceId> sub_device_ids = {});
void EnqueueWaitForEvent(CommandQueue& cq, const std::shared_ptr<Event>& event);
void EventSynchronize(const std::shared_ptr<Event>& event);
bool EventQuery(const std::shared_ptr<Event>& event);
void Synchronize(IDevice* device, std::optional<uint8_t> cq_id = std::nullopt,
                 tt::stl::Span<const SubDeviceId> sub_device_ids = {});

/// The queue that mesh_command_queue() without a number means, on this thread.
void PushCurrentCommandQueueIdForThread(uint8_t cq_id);
uint8_t PopCurrentCommandQueueIdForThread();
uint8_t GetCurrentCommandQueueIdForThread();

}  // namespace tt::tt_metal

namespace tt::tt_metal::v0 {
using tt::tt_metal::CreateCircularBuffer;
using tt::tt_metal::CreateKernel;
using tt::tt_metal::CreateProgram;
using tt::tt_metal::SetRuntimeArgs;
}  // namespace tt::tt_metal::v0

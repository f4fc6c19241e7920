#include <tt-metalium/host_api.hpp>

#include <map>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <base/error.h>
#include <metalium/device.h>
#include <metalium/paths.h>
#include <metalium/program.h>
#include <tt-metalium/cluster.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

using CoreSpec = std::variant<CoreCoord, CoreRange, CoreRangeSet>;

namespace {

CoreRangeSet to_set(const CoreSpec& spec) {
    if (const auto* core = std::get_if<CoreCoord>(&spec)) {
        return CoreRangeSet(CoreRange(*core, *core));
    }
    if (const auto* range = std::get_if<CoreRange>(&spec)) {
        return CoreRangeSet(*range);
    }
    return std::get<CoreRangeSet>(spec);
}

KernelHandle create_kernel(Program& program, const std::string& source, bool from_string, const CoreSpec& core_spec,
                           const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config) {
    if (std::holds_alternative<EthernetConfig>(config)) {
        throw tessera::Error("no-ethernet-cores",
                             fmt::format("kernel {}: Ethernet kernels are not part of the simulated device",
                                         from_string ? "from a string" : source),
                             "place the kernel on worker cores with DataMovementConfig");
    }
    const CoreRangeSet cores = to_set(core_spec);
    if (const auto* movement = std::get_if<DataMovementConfig>(&config)) {
        return program.impl().add_kernel(source, from_string, cores, *movement);
    }
    return program.impl().add_kernel(source, from_string, cores, std::get<ComputeConfig>(config));
}

void set_args(const Program& program, KernelHandle handle, const CoreSpec& core_spec, stl::Span<const uint32_t> args) {
    Kernel& kernel = *program.impl().get_kernel(handle);
    if (const auto* core = std::get_if<CoreCoord>(&core_spec)) {
        kernel.set_runtime_args(*core, args);
        return;
    }
    const CoreRangeSet cores = to_set(core_spec);
    for (const CoreRange& range : cores.ranges()) {
        for (const CoreCoord& core : range) {
            kernel.set_runtime_args(core, args);
        }
    }
}

std::vector<uint32_t> words(const RuntimeArgs& args) {
    std::vector<uint32_t> result;
    for (const auto& arg : args) {
        if (const auto* buffer = std::get_if<Buffer*>(&arg)) {
            TT_FATAL(*buffer != nullptr, "A runtime argument is a null Buffer*");
            result.push_back((*buffer)->address());
        } else {
            result.push_back(std::get<uint32_t>(arg));
        }
    }
    return result;
}

thread_local std::vector<uint8_t> current_queues;

}  // namespace

void SetRootDir(const std::string& root_dir) {
    tessera::metalium::set_root_dir(root_dir);
}
size_t GetNumAvailableDevices() {
    return tessera::metalium::board().chips.size();
}
bool IsGalaxyCluster() {
    return tessera::metalium::board().name == "galaxy";
}
size_t GetNumPCIeDevices() {
    // On an N300 and in a T3000 every second chip hangs on its neighbour by Ethernet.
    const auto& board = tessera::metalium::board();
    return board.name == "n300" || board.name == "t3000" ? board.chips.size() / 2 : board.chips.size();
}
ChipId GetPCIeDeviceID(ChipId device_id) {
    tessera::metalium::require_chip(device_id);
    return static_cast<ChipId>(static_cast<size_t>(device_id) % GetNumPCIeDevices());
}

Program CreateProgram() {
    return Program();
}

KernelHandle CreateKernel(Program& program, const std::string& file_name, const CoreSpec& core_spec,
                          const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config) {
    return create_kernel(program, file_name, false, core_spec, config);
}
KernelHandle CreateKernelFromString(Program& program, const std::string& kernel_src_code, const CoreSpec& core_spec,
                                    const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config) {
    return create_kernel(program, kernel_src_code, true, core_spec, config);
}

CBHandle CreateCircularBuffer(Program& program, const CoreSpec& core_spec, const CircularBufferConfig& config) {
    return program.impl().add_circular_buffer(to_set(core_spec), config);
}
const CircularBufferConfig& GetCircularBufferConfig(Program& program, CBHandle cb_handle) {
    return program.impl().get_circular_buffer(cb_handle).config();
}
void UpdateCircularBufferTotalSize(Program& program, CBHandle cb_handle, uint32_t total_size) {
    auto& buffer = program.impl().get_circular_buffer(cb_handle);
    if (buffer.size() == total_size) {
        return;
    }
    buffer.config().set_total_size(total_size);
    program.impl().invalidate_circular_buffers();
}
void UpdateCircularBufferPageSize(Program& program, CBHandle cb_handle, uint8_t buffer_index, uint32_t page_size) {
    program.impl().get_circular_buffer(cb_handle).config().set_page_size(buffer_index, page_size);
    program.impl().invalidate_circular_buffers();
}
void UpdateDynamicCircularBufferAddress(Program& program, CBHandle cb_handle, const Buffer& buffer) {
    program.impl().get_circular_buffer(cb_handle).config().set_globally_allocated_address(buffer);
    program.impl().invalidate_circular_buffers();
}
void UpdateDynamicCircularBufferAddressAndTotalSize(Program& program, CBHandle cb_handle, const Buffer& buffer,
                                                    uint32_t total_size) {
    program.impl().get_circular_buffer(cb_handle).config().set_globally_allocated_address_and_total_size(buffer,
                                                                                                         total_size);
    program.impl().invalidate_circular_buffers();
}

uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& core_spec,
                         uint32_t initial_value, CoreType core_type) {
    const auto* range = std::get_if<CoreRange>(&core_spec);
    return program.impl().add_semaphore(range != nullptr ? CoreRangeSet(*range) : std::get<CoreRangeSet>(core_spec),
                                        initial_value, core_type);
}

void AssignGlobalBufferToProgram(const std::shared_ptr<Buffer>& buffer, Program& program) {
    program.impl().keep_alive(buffer);
}

void SetRuntimeArgs(const Program& program, KernelHandle kernel, const CoreSpec& core_spec,
                    stl::Span<const uint32_t> runtime_args) {
    set_args(program, kernel, core_spec, runtime_args);
}
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const CoreSpec& core_spec,
                    std::initializer_list<uint32_t> runtime_args) {
    set_args(program, kernel, core_spec, {runtime_args.begin(), runtime_args.size()});
}
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const std::vector<CoreCoord>& core_spec,
                    const std::vector<std::vector<uint32_t>>& runtime_args) {
    TT_FATAL(core_spec.size() == runtime_args.size(),
             "Mismatch between number of cores {} and number of runtime args {} getting updated", core_spec.size(),
             runtime_args.size());
    Kernel& target = *program.impl().get_kernel(kernel);
    for (size_t i = 0; i < core_spec.size(); ++i) {
        target.set_runtime_args(core_spec[i], runtime_args[i]);
    }
}
void SetRuntimeArgs(IDevice*, const std::shared_ptr<Kernel>& kernel, const CoreSpec& core_spec,
                    const std::shared_ptr<RuntimeArgs>& runtime_args) {
    const std::vector<uint32_t> values = words(*runtime_args);
    const CoreRangeSet cores = to_set(core_spec);
    for (const CoreRange& range : cores.ranges()) {
        for (const CoreCoord& core : range) {
            kernel->set_runtime_args(core, values);
        }
    }
}
void SetRuntimeArgs(IDevice*, const std::shared_ptr<Kernel>& kernel, const std::vector<CoreCoord>& core_spec,
                    const std::vector<std::shared_ptr<RuntimeArgs>>& runtime_args) {
    TT_FATAL(core_spec.size() == runtime_args.size(),
             "Mismatch between number of cores {} and number of runtime args {} getting updated", core_spec.size(),
             runtime_args.size());
    for (size_t i = 0; i < core_spec.size(); ++i) {
        kernel->set_runtime_args(core_spec[i], words(*runtime_args[i]));
    }
}

void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id, stl::Span<const uint32_t> runtime_args) {
    program.impl().get_kernel(kernel_id)->set_common_runtime_args(runtime_args);
}
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id,
                          std::initializer_list<uint32_t> runtime_args) {
    program.impl().get_kernel(kernel_id)->set_common_runtime_args({runtime_args.begin(), runtime_args.size()});
}
RuntimeArgsData& GetRuntimeArgs(const Program& program, KernelHandle kernel_id, const CoreCoord& logical_core) {
    return program.impl().get_kernel(kernel_id)->runtime_args_data(logical_core);
}
std::vector<std::vector<RuntimeArgsData>>& GetRuntimeArgs(const Program& program, KernelHandle kernel_id) {
    return program.impl().get_kernel(kernel_id)->runtime_args_data();
}
RuntimeArgsData& GetCommonRuntimeArgs(const Program& program, KernelHandle kernel_id) {
    return program.impl().get_kernel(kernel_id)->common_runtime_args_data();
}

void ReadMeshDeviceProfilerResults(distributed::MeshDevice&, ProfilerReadState,
                                   const std::optional<ProfilerOptionalMetadata>&) {}
void DumpMeshDeviceProfileResults(distributed::MeshDevice&, ProfilerDumpState,
                                  const std::optional<ProfilerOptionalMetadata>&) {}
void DumpDeviceProfileResults(IDevice*, const Program&) {}

void PushCurrentCommandQueueIdForThread(uint8_t cq_id) {
    current_queues.push_back(cq_id);
}
uint8_t PopCurrentCommandQueueIdForThread() {
    TT_FATAL(!current_queues.empty(), "The stack of command queue ids is empty");
    const uint8_t id = current_queues.back();
    current_queues.pop_back();
    return id;
}
uint8_t GetCurrentCommandQueueIdForThread() {
    return current_queues.empty() ? 0 : current_queues.back();
}

ClusterType GetClusterType() {
    static const std::map<std::string, ClusterType> types = {
        {"n150", ClusterType::N150},     {"n300", ClusterType::N300}, {"t3000", ClusterType::T3K},
        {"galaxy", ClusterType::GALAXY}, {"p100", ClusterType::P100}, {"p150", ClusterType::P150}};
    const auto found = types.find(tessera::metalium::board().name);
    return found == types.end() ? ClusterType::CUSTOM : found->second;
}

std::string SerializeClusterDescriptor() {
    const auto& board = tessera::metalium::board();
    std::string text = "arch: {\n";
    for (size_t chip = 0; chip < board.chips.size(); ++chip) {
        text += fmt::format("  {}: {},\n", chip,
                            board.chips[chip].family == tessera::arch::Family::Blackhole ? "blackhole" : "wormhole_b0");
    }
    text += "}\nchips: {\n";
    for (size_t chip = 0; chip < board.chips.size(); ++chip) {
        text += fmt::format("  {}: [{},{},0,0],\n", chip, chip % board.mesh_cols, chip / board.mesh_cols);
    }
    return text + "}\nboardtype: " + board.name + "\n";
}

}  // namespace tt::tt_metal

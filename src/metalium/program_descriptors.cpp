#include <tt-metalium/program_descriptors.hpp>

#include <base/error.h>
#include <metalium/program.h>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tile.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

TileDescriptor::TileDescriptor(const Tile& tile)
    : height(tile.get_height()), width(tile.get_width()), transpose(tile.get_transpose_of_faces()) {}

std::optional<uint32_t> ProgramDescriptor::find_available_semaphore_id(const CoreCoord& core,
                                                                       CoreType core_type) const {
    uint32_t used = 0;
    for (const SemaphoreDescriptor& semaphore : semaphores) {
        if (semaphore.core_type == core_type && semaphore.core_ranges.contains(core)) {
            used |= 1u << semaphore.id;
        }
    }
    for (uint32_t id = 0; id < NUM_SEMAPHORES; ++id) {
        if ((used >> id & 1) == 0) {
            return id;
        }
    }
    return std::nullopt;
}

namespace {

std::variant<DataMovementConfig, ComputeConfig, EthernetConfig> to_config(const KernelDescriptor& descriptor) {
    const std::map<std::string, std::string> defines(descriptor.defines.begin(), descriptor.defines.end());
    const std::unordered_map<std::string, uint32_t> named(descriptor.named_compile_time_args.begin(),
                                                          descriptor.named_compile_time_args.end());
    const std::vector<uint32_t>& args = descriptor.compile_time_args;
    if (std::holds_alternative<ReaderConfigDescriptor>(descriptor.config)) {
        return ReaderDataMovementConfig(args, defines, named, descriptor.opt_level.value_or(KernelBuildOptLevel::O2));
    }
    if (std::holds_alternative<WriterConfigDescriptor>(descriptor.config)) {
        return WriterDataMovementConfig(args, defines, named, descriptor.opt_level.value_or(KernelBuildOptLevel::O2));
    }
    if (const auto* movement = std::get_if<DataMovementConfigDescriptor>(&descriptor.config)) {
        return DataMovementConfig{.processor = movement->processor,
                                  .noc = movement->noc,
                                  .noc_mode = movement->noc_mode,
                                  .compile_args = args,
                                  .defines = defines,
                                  .named_compile_args = named,
                                  .opt_level = descriptor.opt_level.value_or(KernelBuildOptLevel::O2)};
    }
    if (const auto* compute = std::get_if<ComputeConfigDescriptor>(&descriptor.config)) {
        return ComputeConfig{.math_fidelity = compute->math_fidelity,
                             .fp32_dest_acc_en = compute->fp32_dest_acc_en,
                             .dst_full_sync_en = compute->dst_full_sync_en,
                             .unpack_to_dest_mode = compute->unpack_to_dest_mode,
                             .bfp8_pack_precise = compute->bfp8_pack_precise,
                             .math_approx_mode = compute->math_approx_mode,
                             .compile_args = args,
                             .defines = defines,
                             .named_compile_args = named,
                             .opt_level = descriptor.opt_level.value_or(KernelBuildOptLevel::O3)};
    }
    return EthernetConfig{};
}

}  // namespace

Program::Program(const ProgramDescriptor& descriptor) : Program() {
    for (const CBDescriptor& buffer : descriptor.cbs) {
        if (buffer.global_circular_buffer != nullptr) {
            throw tessera::Error("remote-circular-buffer",
                                 "circular buffers on a GlobalCircularBuffer are not part of the simulated device",
                                 "move the data with NoC writes and semaphores");
        }
        CreateCircularBuffer(*this, buffer.core_ranges, CircularBufferConfig(buffer));
    }
    for (const SemaphoreDescriptor& semaphore : descriptor.semaphores) {
        internal_->add_semaphore(semaphore.core_ranges, semaphore.id, semaphore.initial_value, semaphore.core_type);
    }
    for (const KernelDescriptor& kernel : descriptor.kernels) {
        const bool from_file = kernel.source_type == KernelDescriptor::SourceType::FILE_PATH;
        const KernelHandle handle = (from_file ? CreateKernel : CreateKernelFromString)(
            *this, kernel.kernel_source, kernel.core_ranges, to_config(kernel));
        for (const auto& [core, args] : kernel.runtime_args) {
            SetRuntimeArgs(*this, handle, core, args);
        }
        if (!kernel.common_runtime_args.empty()) {
            SetCommonRuntimeArgs(*this, handle, kernel.common_runtime_args);
        }
    }
}

}  // namespace tt::tt_metal

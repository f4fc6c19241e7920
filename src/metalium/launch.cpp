#include <metalium/launch.h>

#include <algorithm>
#include <set>

#include <base/reporter.h>
#include <base/symbolize.h>
#include <metalium/device.h>
#include <metalium/program.h>
#include <metalium/system.h>
#include <tt-metalium/sub_device.hpp>
#include <tt-metalium/tile.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::detail {

namespace {

tessera::arch::Coord to_coord(const CoreCoord& core) {
    return {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)};
}

std::vector<tessera::sim::CircularBufferSetup> setups(const std::vector<const CircularBufferImpl*>& buffers) {
    std::vector<tessera::sim::CircularBufferSetup> result;
    for (const CircularBufferImpl* buffer : buffers) {
        for (const uint8_t index : buffer->config().buffer_indices()) {
            if (!buffer->config().data_formats()[index]) {
                continue;
            }
            const Tile tile = buffer->config().tiles()[index].value_or(Tile());
            const tt::DataFormat format = buffer->data_format(index);
            result.push_back({.index = index,
                              .address = buffer->address(),
                              .bytes = buffer->size(),
                              .page_bytes = buffer->page_size(index),
                              .data_format = static_cast<uint8_t>(format),
                              .tile_rows = static_cast<uint16_t>(tile.get_height()),
                              .tile_cols = static_cast<uint16_t>(tile.get_width()),
                              .face_rows = static_cast<uint16_t>(tile.get_face_shape()[0]),
                              .num_faces = static_cast<uint16_t>(tile.get_num_faces()),
                              .tile_bytes = tile.get_tile_size(format),
                              .on_tensor = buffer->globally_allocated()});
        }
    }
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return result;
}

/// Coordinates that kernels see as relative count from the first core of their sub-device.
CoreCoord sub_device_origin(const IDevice& device, const CoreCoord& core) {
    for (const SubDevice& sub_device : device.state().memory().active().sub_devices) {
        const CoreRangeSet& cores = sub_device.cores(HalProgrammableCoreType::TENSIX);
        if (cores.contains(core)) {
            return cores.bounding_box().start_coord;
        }
    }
    return CoreCoord(0, 0);
}

/// Of one kind of runtime arguments, as tessera::jit::KernelArguments counts them.
struct SpareArguments {
    size_t kind;
    size_t given;
    const char* what;
    const char* call;
};

/// More arguments than the kernel can read do no harm by themselves, but may be what is left of an index that is off.
void note_spare_arguments(const KernelEntry& entry, const SpareArguments& spare) {
    using tessera::jit::KernelArguments;
    const KernelArguments* most = nullptr;
    std::string name;
    for (const auto& compiled : entry.compiled) {
        const KernelArguments& read = compiled->object->arguments;
        if (most == nullptr || read.count[spare.kind] > most->count[spare.kind]) {
            most = &read;
            name = compiled->object->name;
        }
    }
    if (most == nullptr || spare.given <= most->count[spare.kind]) {
        return;
    }
    const uint32_t read = most->count[spare.kind];
    std::vector<tessera::SourceLocation> trace;
    if (most->line[spare.kind] != 0) {
        const std::string file = most->file[spare.kind];
        const unsigned line = most->line[spare.kind];
        trace.push_back({file, line, 0, {}, tessera::read_source_line(file, line)});
    }
    tessera::Reporter::instance().report(
        {.name = "unused-runtime-arg",
         .severity = tessera::Diagnostic::Severity::Note,
         .message = fmt::format("the host sets {} {} for {}, which reads {}", spare.given, spare.what, name,
                                read == 0 ? "none" : fmt::format("only {}", read)),
         .trace = std::move(trace),
         .help = fmt::format("give {} what the kernel reads; if one was added or removed, check that the indices on "
                             "both sides still agree",
                             spare.call)});
}

}  // namespace

void ProgramImpl::note_spare_arguments() const {
    for (const KernelEntry& entry : kernels_) {
        size_t unique = 0;
        for (const auto& [core, variant] : entry.by_core) {
            unique = std::max(unique, entry.kernel->runtime_args(core).size());
        }
        detail::note_spare_arguments(entry, {0, unique, "runtime arguments", "SetRuntimeArgs"});
        detail::note_spare_arguments(
            entry, {1, entry.kernel->common_runtime_args().size(), "common runtime arguments", "SetCommonRuntimeArgs"});
    }
}

void ProgramImpl::build(IDevice& device, uint32_t chip, BuiltLaunch& built) {
    built.launch.device = chip;
    built.launch.name = fmt::format("program {}", id_);
    built.launch.cores.clear();

    // Semaphores are set on all of their cores, whether or not these run a kernel.
    std::set<CoreCoord> cores;
    for (const KernelEntry& entry : kernels_) {
        cores.insert(entry.kernel->logical_cores().begin(), entry.kernel->logical_cores().end());
    }
    for (const Semaphore& semaphore : semaphores_) {
        for (const CoreRange& range : semaphore.core_range_set().ranges()) {
            for (const CoreCoord& core : range) {
                cores.insert(core);
            }
        }
    }

    for (const CoreCoord& core : cores) {
        tessera::sim::CoreLaunch launch;
        launch.logical = to_coord(core);
        for (const KernelEntry& entry : kernels_) {
            const auto variant = entry.by_core.find(core);
            if (variant == entry.by_core.end()) {
                continue;
            }
            const CompiledKernel& compiled = *variant->second;
            Kernel& kernel = *entry.kernel;
            tessera::sim::ProcessorLaunch processor;
            processor.code = &compiled.code;
            processor.args = kernel.runtime_args(core);
            processor.common_args = kernel.common_runtime_args();
            processor.range_origin = to_coord(sub_device_origin(device, core));
            if (const auto* movement = std::get_if<DataMovementConfig>(&kernel.config())) {
                processor.processor = movement->processor == DataMovementProcessor::RISCV_0
                                          ? tessera::sim::Processor::RISCV_0
                                          : tessera::sim::Processor::RISCV_1;
                processor.noc = static_cast<uint8_t>(movement->noc);
                processor.noc_mode = static_cast<uint8_t>(movement->noc_mode);
            } else {
                processor.processor = tessera::sim::Processor::COMPUTE;
                processor.compute = &compiled.compute;
            }
            launch.processors.push_back(processor);
        }
        std::sort(launch.processors.begin(), launch.processors.end(),
                  [](const auto& a, const auto& b) { return a.processor < b.processor; });
        launch.circular_buffers = setups(on_core(core));
        for (const Semaphore& semaphore : semaphores_) {
            if (semaphore.core_range_set().contains(core)) {
                launch.semaphores.push_back({static_cast<uint8_t>(semaphore.id()), semaphore.initial_value()});
            }
        }
        built.launch.cores.push_back(std::move(launch));
    }
}

const tessera::sim::ProgramLaunch& ProgramImpl::launch_for(IDevice& device, uint32_t chip) {
    compile();
    place_circular_buffers(device);

    // Runtime arguments are seen through views, so only an argument's first value needs a new launch.
    uint64_t generation = generation_;
    for (const KernelEntry& entry : kernels_) {
        generation += entry.kernel->args_generation();
    }
    const uint64_t sub_devices = device.state().memory().active_manager;
    auto& built = launches_[chip];
    if (!built) {
        built = std::make_unique<BuiltLaunch>();
    }
    if (built->generation != generation || built->sub_devices != sub_devices || built->device != &device) {
        if (tessera::metalium::machine().options().checks != tessera::sim::Options::Checks::Off) {
            note_spare_arguments();
        }
        build(device, chip, *built);
        built->generation = generation;
        built->sub_devices = sub_devices;
        built->device = &device;
    }
    return built->launch;
}

}  // namespace tt::tt_metal::detail

namespace tessera::metalium {

using namespace tt::tt_metal;

std::vector<const sim::ProgramLaunch*> prepare(IDevice& device, std::span<const ProgramOnChips> programs) {
    TT_FATAL(device.is_initialized(), "The device is closed: programs can't run on it");
    std::vector<const sim::ProgramLaunch*> launches;
    for (const ProgramOnChips& entry : programs) {
        for (const uint32_t chip : entry.chips) {
            launches.push_back(&entry.program->impl().launch_for(device, chip));
        }
    }
    return launches;
}

void run(std::span<const sim::ProgramLaunch* const> launches) {
    if (!launches.empty()) {
        machine().run(launches);
    }
}

std::unique_ptr<LaunchSnapshot> snapshot(const sim::ProgramLaunch& launch, std::shared_ptr<void> code) {
    auto copy = std::make_unique<LaunchSnapshot>();
    copy->launch = launch;
    copy->launch.traced = true;
    copy->code = std::move(code);
    const auto keep = [&](std::span<const uint32_t>& words) {
        copy->args.push_back(std::make_unique<std::vector<uint32_t>>(words.begin(), words.end()));
        words = *copy->args.back();
    };
    for (sim::CoreLaunch& core : copy->launch.cores) {
        for (sim::ProcessorLaunch& processor : core.processors) {
            keep(processor.args);
            keep(processor.common_args);
        }
    }
    return copy;
}

}  // namespace tessera::metalium

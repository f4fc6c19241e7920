#include <metalium/program.h>

#include <algorithm>
#include <atomic>
#include <numeric>

#include <fmt/format.h>

#include <base/error.h>
#include <metalium/device.h>
#include <metalium/system.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace detail {

namespace {

uint64_t next_program_id() {
    static std::atomic<uint64_t> next{0};
    return next++;
}

template <typename F>
void for_each_core(const CoreRangeSet& cores, F&& function) {
    for (const CoreRange& range : cores.ranges()) {
        for (size_t y = range.start_coord.y; y <= range.end_coord.y; ++y) {
            for (size_t x = range.start_coord.x; x <= range.end_coord.x; ++x) {
                function(CoreCoord(x, y));
            }
        }
    }
}

void check_cores(const CoreRangeSet& cores, const std::string& what) {
    const auto grid = tessera::metalium::board().chips.front().compute_grid;
    for (const CoreRange& range : cores.ranges()) {
        if (range.end_coord.x < grid.x && range.end_coord.y < grid.y) {
            continue;
        }
        throw tessera::Error(
            "core-outside-grid",
            fmt::format("{} is placed on {}, but the board {} has {}x{} workers: (x=0,y=0) to (x={},y={})", what,
                        range.str(), tessera::metalium::board().name, grid.x, grid.y, grid.x - 1, grid.y - 1),
            "ask the device: compute_with_storage_grid_size()");
    }
}

}  // namespace

void CircularBufferRegion::take(uint64_t address, uint64_t size, uint64_t base) {
    if (!spans.empty() && address < spans.back().second) {
        TT_THROW("Local buffer address {} has to append to last L1 region [{}, {}) or be at a higher address", address,
                 spans.back().first, spans.back().second);
    }
    if (spans.empty()) {
        spans.emplace_back(base, base);
    }
    if (address == spans.back().second) {
        spans.back().second += size;
    } else {
        spans.emplace_back(address, address + size);
    }
}

ProgramImpl::ProgramImpl() : id_(next_program_id()) {}

void ProgramImpl::check_open(const char* what) const {
    TT_FATAL(!compiled_, "Cannot add {} to an already compiled program {}", what, id_);
}

KernelHandle ProgramImpl::add_kernel(const std::string& source, bool from_string, const CoreRangeSet& cores,
                                     const Kernel::Config& config) {
    check_open("kernel");
    KernelEntry entry;
    entry.kernel = std::make_shared<Kernel>(source, from_string, cores, config);
    check_cores(cores, "kernel " + entry.kernel->name());
    TT_FATAL(cores.num_cores() > 0, "Kernel {} is placed on no core", entry.kernel->name());

    const auto* movement = std::get_if<DataMovementConfig>(&config);
    if (movement != nullptr) {
        TT_FATAL(movement->processor == DataMovementProcessor::RISCV_0 ||
                     movement->processor == DataMovementProcessor::RISCV_1,
                 "DataMovementKernel creation failure: Data movement kernels can only be created on DM0 or DM1 "
                 "processors.");
    }
    for (const KernelEntry& other : kernels_) {
        const auto* other_movement = std::get_if<DataMovementConfig>(&other.kernel->config());
        if ((movement == nullptr) != (other_movement == nullptr)) {
            continue;
        }
        const bool same_processor = movement == nullptr || movement->processor == other_movement->processor;
        const bool same_mode = movement == nullptr || movement->noc_mode == other_movement->noc_mode;
        for (const CoreCoord& core : entry.kernel->logical_cores()) {
            if (!other.kernel->is_on_logical_core(core)) {
                continue;
            }
            if (same_processor) {
                throw tessera::Error(
                    "processor-used-twice",
                    fmt::format("Core Overlap Between (\"{}\") and new kernel (\"{}\") at {}: both run "
                                "on the same processor",
                                other.kernel->name(), entry.kernel->name(), core.str()),
                    "give them different cores, or let one run on the other data-movement processor");
            }
            TT_FATAL(same_mode, "KernelGroup must have the same noc mode for all kernels");
        }
    }
    if (!from_string) {
        entry.source = tessera::metalium::resolve_kernel(source);
    }
    kernels_.push_back(std::move(entry));
    return static_cast<KernelHandle>(kernels_.size() - 1);
}

const std::shared_ptr<Kernel>& ProgramImpl::get_kernel(KernelHandle handle) const {
    TT_FATAL(handle < kernels_.size(), "Expected Kernel with ID {} to be in Program {}", handle, id_);
    return kernels_[handle].kernel;
}

CBHandle ProgramImpl::add_circular_buffer(const CoreRangeSet& cores, const CircularBufferConfig& config) {
    check_open("circular buffer");
    check_cores(cores, "a circular buffer");
    if (!config.remote_buffer_indices().empty()) {
        throw tessera::Error("remote-circular-buffer",
                             "remote circular buffers are not part of the simulated device: index " +
                                 std::to_string(*config.remote_buffer_indices().begin()),
                             "move the data with NoC writes and semaphores");
    }
    auto buffer = std::make_shared<CircularBufferImpl>(cores, config);
    for_each_core(buffer->core_ranges(), [&](const CoreCoord& core) {
        uint64_t& used = used_indices_[core];
        for (const uint8_t index : config.buffer_indices()) {
            TT_FATAL((used >> index & 1) == 0,
                     "Invalid circular buffer index: Cannot add circular buffer at index {}, another circular buffer "
                     "already exists",
                     index);
            used |= uint64_t{1} << index;
        }
    });
    for (const CoreRange& range : buffer->core_ranges().ranges()) {
        const bool known = std::any_of(regions_.begin(), regions_.end(),
                                       [&](const CircularBufferRegion& region) { return region.core_range == range; });
        if (!known) {
            regions_.push_back({range, {}});
        }
    }
    circular_buffers_.push_back(buffer);
    by_handle_[buffer->id()] = buffer.get();
    invalidate_circular_buffers();
    return buffer->id();
}

CircularBufferImpl& ProgramImpl::get_circular_buffer(CBHandle handle) const {
    const auto found = by_handle_.find(handle);
    TT_FATAL(found != by_handle_.end(), "No circular buffer with id {} exists in Program {}", handle, id_);
    return *found->second;
}

uint32_t ProgramImpl::add_semaphore(const CoreRangeSet& cores, uint32_t initial_value, CoreType core_type) {
    TT_FATAL(!cores.ranges().empty(), "Expecting a non-empty CoreRangeSet!");
    uint32_t used = 0;
    for_each_core(cores, [&](const CoreCoord& core) {
        uint32_t on_core = 0;
        for (const Semaphore& semaphore : semaphores_) {
            if (semaphore.core_range_set().contains(core)) {
                on_core |= 1u << semaphore.id();
            }
        }
        TT_FATAL(on_core != (1u << NUM_SEMAPHORES) - 1,
                 "Cannot add semaphore on core {}. Max number of semaphores ({}) reached!", core.str(), NUM_SEMAPHORES);
        used |= on_core;
    });
    uint32_t id = 0;
    while (id < NUM_SEMAPHORES && (used >> id & 1) != 0) {
        ++id;
    }
    TT_FATAL(id < NUM_SEMAPHORES, "Unable to initialize semaphores on core range {}", cores.str());
    add_semaphore(cores, id, initial_value, core_type);
    return id;
}

void ProgramImpl::add_semaphore(const CoreRangeSet& cores, uint32_t id, uint32_t initial_value, CoreType core_type) {
    check_open("semaphore");
    check_cores(cores, "a semaphore");
    if (core_type != CoreType::WORKER && core_type != CoreType::TENSIX) {
        throw tessera::Error("no-ethernet-cores", "semaphores of Ethernet cores are not part of the simulated device",
                             "create the semaphore on worker cores");
    }
    TT_FATAL(id < NUM_SEMAPHORES, "Semaphore id {} exceeds max value {}", id, NUM_SEMAPHORES - 1);
    for (const Semaphore& semaphore : semaphores_) {
        TT_FATAL(semaphore.id() != id || !semaphore.core_range_set().intersects(cores),
                 "Semaphore id {} already in use on core {}", id, cores.str());
    }
    semaphores_.emplace_back(cores, id, initial_value, core_type);
    ++generation_;
}

void ProgramImpl::invalidate_circular_buffers() {
    placed_ = false;
    ++generation_;
}

void ProgramImpl::place_circular_buffers(IDevice& device) {
    if (!placed_) {
        const uint64_t base = device.allocator()->get_base_allocator_addr(HalMemType::L1);
        const uint64_t alignment = device.allocator()->get_alignment(BufferType::DRAM);
        for (CircularBufferRegion& region : regions_) {
            region.spans.clear();
        }
        // In order of creation, each above everything that its own rectangles hold already. Rectangles that only touch
        // it share the L1 of some core, so they are marked as well.
        for (const auto& buffer : circular_buffers_) {
            if (buffer->globally_allocated()) {
                continue;
            }
            uint64_t address = base;
            for (const CoreRange& range : buffer->core_ranges().ranges()) {
                for (const CircularBufferRegion& region : regions_) {
                    if (region.core_range == range) {
                        address = std::max(address, region.end());
                        break;
                    }
                }
            }
            address = (address + alignment - 1) / alignment * alignment;
            for (const CoreRange& range : buffer->core_ranges().ranges()) {
                for (CircularBufferRegion& region : regions_) {
                    if (!region.core_range.intersects(range) ||
                        (region.core_range != range && address < region.end())) {
                        continue;
                    }
                    region.take(address, buffer->size(), base);
                }
            }
            buffer->set_local_address(static_cast<uint32_t>(address));
        }
        placed_ = true;
    }

    const auto lowest = device.lowest_occupied_compute_l1_address(device.get_sub_device_ids());
    const uint64_t l1_size = device.l1_size_per_core();
    for (const CircularBufferRegion& region : regions_) {
        if (region.spans.empty()) {
            continue;
        }
        const uint64_t end = region.end();
        TT_FATAL(
            end <= l1_size,
            "Statically allocated circular buffers on core range {} grow to {} B which is beyond max L1 size of {} B",
            region.core_range.str(), end, l1_size);
        TT_FATAL(
            !lowest || *lowest >= end,
            "Statically allocated circular buffers in program {} clash with L1 buffers on core range {}. L1 buffer "
            "allocated at {} and static circular buffer region ends at {}",
            id_, region.core_range.str(), *lowest, end);
    }
}

uint64_t ProgramImpl::circular_buffer_end(const CoreCoord& core) const {
    uint64_t end = 0;
    for (const auto& buffer : circular_buffers_) {
        if (!buffer->globally_allocated() && placed_ && buffer->core_ranges().contains(core)) {
            end = std::max<uint64_t>(end, buffer->address() + buffer->size());
        }
    }
    return end;
}

std::vector<const CircularBufferImpl*> ProgramImpl::on_core(const CoreCoord& core) const {
    std::vector<const CircularBufferImpl*> found;
    for (const auto& buffer : circular_buffers_) {
        if (buffer->core_ranges().contains(core)) {
            found.push_back(buffer.get());
        }
    }
    return found;
}

std::vector<KernelMeta> collect_kernel_meta(const Program& program, IDevice*) {
    std::vector<KernelMeta> result;
    const ProgramImpl& impl = program.impl();
    for (KernelHandle handle = 0; handle < impl.num_kernels(); ++handle) {
        const Kernel& kernel = *impl.get_kernel(handle);
        const auto* compute = std::get_if<ComputeConfig>(&kernel.config());
        result.push_back(
            {.name = kernel.name(),
             .source = kernel.source(),
             .processor_class = compute != nullptr ? HalProcessorClassType::COMPUTE : HalProcessorClassType::DM,
             .programmable_core_type = HalProgrammableCoreType::TENSIX,
             .math_fidelity = compute != nullptr ? std::optional(compute->math_fidelity) : std::nullopt,
             .binary_meta = {}});
    }
    return result;
}

}  // namespace detail

Program::Program() : internal_(std::make_shared<detail::ProgramImpl>()) {}
Program::~Program() noexcept = default;
Program::Program(Program&& other) noexcept = default;
Program& Program::operator=(Program&& other) noexcept = default;

void Program::set_runtime_id(ProgramId id) {
    internal_->runtime_id = id;
}
ProgramId Program::get_runtime_id() const {
    return internal_->runtime_id;
}
ProgramId Program::get_id() const {
    return internal_->id();
}
std::size_t Program::num_kernels() const {
    return internal_->num_kernels();
}

std::vector<std::shared_ptr<CircularBuffer>> Program::circular_buffers() const {
    std::vector<std::shared_ptr<CircularBuffer>> result;
    for (const auto& buffer : internal_->circular_buffers()) {
        result.push_back(std::make_shared<CircularBuffer>(buffer.get()));
    }
    return result;
}

}  // namespace tt::tt_metal

// What a Program holds: its kernels, circular buffers and semaphores, what they compiled to, and the launches built
// from them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arch/arch.h>
#include <jit/jit.h>
#include <metalium/circular_buffer.h>
#include <metalium/paths.h>
#include <sim/launch.h>
#include <tt-metalium/kernel.hpp>
#include <tt-metalium/program.hpp>
#include <tt-metalium/semaphore.hpp>

namespace tt::tt_metal {

class Buffer;
class IDevice;

namespace detail {

/// One compilation of a kernel. Cores whose circular buffers have other formats need another.
struct CompiledKernel {
    std::shared_ptr<const tessera::jit::Kernel> object;
    tessera::sim::KernelCode code;
    tessera::sim::ComputeSettings compute;
};

/// A kernel with where its source is and what it compiled to.
struct KernelEntry {
    std::shared_ptr<Kernel> kernel;
    tessera::metalium::ResolvedKernel source;
    std::vector<std::unique_ptr<CompiledKernel>> compiled;
    std::map<CoreCoord, const CompiledKernel*> by_core;
};

/// Circular buffers that lie on the same rectangle of cores, and the L1 that they have taken there.
struct CircularBufferRegion {
    CoreRange core_range;
    std::vector<std::pair<uint64_t, uint64_t>> spans;  ///< [begin, end) L1 bytes, ascending

    uint64_t end() const { return spans.empty() ? 0 : spans.back().second; }
    void take(uint64_t address, uint64_t size, uint64_t base);
};

/// The launches of a program on one chip of one device.
struct BuiltLaunch {
    tessera::sim::ProgramLaunch launch;
    uint64_t generation = 0;   ///< of the program's layout when it was built
    uint64_t sub_devices = 0;  ///< manager that was active
    const IDevice* device = nullptr;
};

class ProgramImpl : public std::enable_shared_from_this<ProgramImpl> {
public:
    ProgramImpl();
    ProgramImpl(const ProgramImpl&) = delete;
    ProgramImpl& operator=(const ProgramImpl&) = delete;

    uint64_t id() const { return id_; }
    uint64_t runtime_id = 0;

    KernelHandle add_kernel(const std::string& source, bool from_string, const CoreRangeSet& cores,
                            const Kernel::Config& config);
    const std::shared_ptr<Kernel>& get_kernel(KernelHandle handle) const;
    size_t num_kernels() const { return kernels_.size(); }

    CBHandle add_circular_buffer(const CoreRangeSet& cores, const CircularBufferConfig& config);
    CircularBufferImpl& get_circular_buffer(CBHandle handle) const;
    const std::vector<std::shared_ptr<CircularBufferImpl>>& circular_buffers() const { return circular_buffers_; }

    /// Takes the lowest id that is free on all of the cores.
    uint32_t add_semaphore(const CoreRangeSet& cores, uint32_t initial_value, CoreType core_type);
    void add_semaphore(const CoreRangeSet& cores, uint32_t id, uint32_t initial_value, CoreType core_type);
    const std::vector<Semaphore>& semaphores() const { return semaphores_; }

    void keep_alive(std::shared_ptr<Buffer> buffer) { buffers_.push_back(std::move(buffer)); }

    /// Sizes or addresses of circular buffers have changed: they are placed again before the next launch.
    void invalidate_circular_buffers();

    /// Compiles all kernels that are not compiled yet, side by side.
    void compile();
    bool is_compiled() const { return compiled_; }

    /// Places the circular buffers and checks them against the device's L1 buffers.
    void place_circular_buffers(IDevice& device);

    /// The launch for one chip of a device, compiled and placed; built at the first call, then brought up to date.
    const tessera::sim::ProgramLaunch& launch_for(IDevice& device, uint32_t chip);

    /// End of the circular buffers that are placed by the program, on one core; 0 when it has none there.
    uint64_t circular_buffer_end(const CoreCoord& core) const;

private:
    void check_open(const char* what) const;
    std::vector<const CircularBufferImpl*> on_core(const CoreCoord& core) const;
    void build(IDevice& device, uint32_t chip, BuiltLaunch& built);
    /// Notes kernels that are given more runtime arguments than they can read.
    void note_spare_arguments() const;

    uint64_t id_;
    std::vector<KernelEntry> kernels_;
    std::vector<std::shared_ptr<CircularBufferImpl>> circular_buffers_;
    std::unordered_map<CBHandle, CircularBufferImpl*> by_handle_;
    std::vector<CircularBufferRegion> regions_;
    std::map<CoreCoord, uint64_t> used_indices_;
    std::vector<Semaphore> semaphores_;
    std::vector<std::shared_ptr<Buffer>> buffers_;

    bool compiled_ = false;
    bool placed_ = false;
    uint64_t generation_ = 1;
    std::map<uint32_t, std::unique_ptr<BuiltLaunch>> launches_;
};

}  // namespace detail

}  // namespace tt::tt_metal

// A program: kernels, circular buffers and semaphores on some cores of a device, compiled once and launched often.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <tt-metalium/circular_buffer_config.hpp>
#include <tt-metalium/kernel_types.hpp>

namespace tt::tt_metal {

struct ProgramDescriptor;
class CircularBuffer;
class IDevice;

namespace detail {
class ProgramImpl;
struct KernelMeta;
}  // namespace detail

using ProgramId = std::uint64_t;

class Program {
public:
    Program();
    explicit Program(const ProgramDescriptor& descriptor);
    ~Program() noexcept;

    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    Program(Program&& other) noexcept;
    Program& operator=(Program&& other) noexcept;

    /// A number that tools show with the program.
    void set_runtime_id(ProgramId id);
    ProgramId get_runtime_id() const;
    /// Unique in the process.
    ProgramId get_id() const;
    std::size_t num_kernels() const;

    std::vector<std::shared_ptr<CircularBuffer>> circular_buffers() const;

    detail::ProgramImpl& impl() { return *internal_; }
    const detail::ProgramImpl& impl() const { return *internal_; }

private:
    std::shared_ptr<detail::ProgramImpl> internal_;
};

namespace detail {

/// One entry a kernel of the program, in order of creation.
std::vector<KernelMeta> collect_kernel_meta(const Program& program, IDevice* device);

}  // namespace detail

}  // namespace tt::tt_metal

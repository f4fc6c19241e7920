// Small device programs for the benchmarks: kernels from strings on a range of cores.
#pragma once

#include <string>
#include <vector>

#include <tt-metalium/constants.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace bench {

using namespace tt::tt_metal;
using Mesh = std::shared_ptr<distributed::MeshDevice>;

/// A workload that can be launched again and again.
class Launch {
public:
    Launch(Mesh mesh, Program&& program) : mesh_(std::move(mesh)) {
        workload_.add_program(distributed::MeshCoordinateRange(mesh_->shape()), std::move(program));
        operator()();
    }
    void operator()() {
        distributed::EnqueueMeshWorkload(mesh_->mesh_command_queue(), workload_, false);
        distributed::Finish(mesh_->mesh_command_queue());
    }

private:
    Mesh mesh_;
    distributed::MeshWorkload workload_;
};

inline void make_cb(Program& program, const CoreRange& cores, uint32_t index, uint32_t pages, uint32_t page_bytes,
                    tt::DataFormat format = tt::DataFormat::Float16_b) {
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(pages * page_bytes, {{static_cast<uint8_t>(index), format}})
                             .set_page_size(index, page_bytes));
}

inline KernelHandle reader(Program& program, const CoreRange& cores, const std::string& source,
                           std::vector<uint32_t> args = {}) {
    return CreateKernelFromString(
        program, source, cores,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = std::move(args)});
}
inline KernelHandle writer(Program& program, const CoreRange& cores, const std::string& source,
                           std::vector<uint32_t> args = {}) {
    return CreateKernelFromString(
        program, source, cores,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = std::move(args)});
}
inline KernelHandle compute(Program& program, const CoreRange& cores, const std::string& source,
                            std::vector<uint32_t> args = {}) {
    return CreateKernelFromString(program, source, cores, ComputeConfig{.compile_args = std::move(args)});
}

/// The time of the multicast matrix product of matmul.cpp.
double mcast_seconds(const Mesh& mesh);

}  // namespace bench

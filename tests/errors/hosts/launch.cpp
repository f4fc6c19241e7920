// Launches one kernel of tests/errors as its arguments say: launch KERNEL [on=RISCV_0,RISCV_1,COMPUTE] [cores=N]
// [retry]. Several kernels, KERNEL,KERNEL, run on RISCV_0, RISCV_1 and COMPUTE in this order. Every core has circular
// buffers c_0 and c_16 (two bf16 tiles each) and one semaphore; the kernel's runtime arguments are a DRAM buffer's
// address, the semaphore's id, and the virtual coordinates of cores (0,0) and (1,0).
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

constexpr uint32_t TILE_BYTES = 2048;

void launch(const std::shared_ptr<distributed::MeshDevice>& mesh, const std::string& kernel, const std::string& on,
            uint32_t cores, uint32_t compile_arg) {
    Program program = CreateProgram();
    const CoreRange range({0, 0}, {cores - 1, 0});
    for (uint8_t index : {0, 16}) {
        CreateCircularBuffer(program, range,
                             CircularBufferConfig(2 * TILE_BYTES, {{index, tt::DataFormat::Float16_b}})
                                 .set_page_size(index, TILE_BYTES));
    }
    CreateCircularBuffer(program, range,
                         CircularBufferConfig(2 * 1088, {{1, tt::DataFormat::Bfp8_b}}).set_page_size(1, 1088));
    CreateCircularBuffer(program, range,
                         CircularBufferConfig(2 * 1024, {{2, tt::DataFormat::Float16_b}})
                             .set_page_size(2, 1024)
                             .set_tile_dims(2, Tile({32, 16})));
    // Pages that don't have the size of a tile of their format: half of it, and double.
    CreateCircularBuffer(
        program, range,
        CircularBufferConfig(2 * TILE_BYTES, {{3, tt::DataFormat::Int32}}).set_page_size(3, TILE_BYTES));
    CreateCircularBuffer(
        program, range,
        CircularBufferConfig(4 * TILE_BYTES, {{4, tt::DataFormat::Float16_b}}).set_page_size(4, 2 * TILE_BYTES));
    CreateCircularBuffer(
        program, range,
        CircularBufferConfig(4 * TILE_BYTES, {{7, tt::DataFormat::Float32}}).set_page_size(7, 2 * TILE_BYTES));
    const uint32_t semaphore = CreateSemaphore(program, range, 0);
    auto buffer = distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = 4 * TILE_BYTES},
        distributed::DeviceLocalBufferConfig{.page_size = TILE_BYTES, .buffer_type = BufferType::DRAM}, mesh.get());
    std::vector<KernelHandle> kernels;
    // The next of several kernels; the last one again when there are no more.
    std::string left = kernel;
    const auto next = [&] {
        const size_t comma = left.find(',');
        const std::string path = left.substr(0, comma);
        left = comma == std::string::npos ? left : left.substr(comma + 1);
        return path;
    };
    if (on.find("RISCV_0") != std::string::npos) {
        kernels.push_back(CreateKernel(program, next(), range,
                                       DataMovementConfig{.processor = DataMovementProcessor::RISCV_0,
                                                          .noc = NOC::RISCV_0_default,
                                                          .compile_args = {compile_arg}}));
    }
    if (on.find("RISCV_1") != std::string::npos) {
        kernels.push_back(CreateKernel(program, next(), range,
                                       DataMovementConfig{.processor = DataMovementProcessor::RISCV_1,
                                                          .noc = NOC::RISCV_1_default,
                                                          .compile_args = {compile_arg}}));
    }
    if (on.find("COMPUTE") != std::string::npos) {
        kernels.push_back(CreateKernel(program, next(), range, ComputeConfig{.compile_args = {compile_arg}}));
    }
    const CoreCoord first = mesh->worker_core_from_logical_core({0, 0});
    const CoreCoord second = mesh->worker_core_from_logical_core({1, 0});
    for (KernelHandle handle : kernels) {
        SetCommonRuntimeArgs(program, handle, std::vector<uint32_t>(64, 9));
        SetRuntimeArgs(
            program, handle, range,
            {static_cast<uint32_t>(buffer->address()), semaphore, static_cast<uint32_t>(first.x),
             static_cast<uint32_t>(first.y), static_cast<uint32_t>(second.x), static_cast<uint32_t>(second.y)});
    }
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, false);
    distributed::Finish(mesh->mesh_command_queue());
}

}  // namespace

int main(int argc, char** argv) {
    std::string on = "RISCV_0";
    uint32_t cores = 1;
    uint32_t compile_arg = 2;
    bool retry = false;
    for (int i = 2; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("on=")) {
            on = argument.substr(3);
        } else if (argument.starts_with("cores=")) {
            cores = static_cast<uint32_t>(std::stoul(argument.substr(6)));
        } else if (argument.starts_with("compile_arg=")) {
            compile_arg = static_cast<uint32_t>(std::stoul(argument.substr(12)));
        } else if (argument == "retry") {
            retry = true;
        }
    }
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    if (!retry) {
        launch(mesh, argv[1], on, cores, compile_arg);
    } else {
        // A program that catches the error goes on: the same device runs the next program.
        try {
            launch(mesh, argv[1], on, cores, compile_arg);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            launch(mesh, std::string(argv[1]).substr(0, std::string(argv[1]).rfind('/')) + "/good.cpp", "RISCV_0", 2,
                   2);
        }
    }
    mesh->close();
    std::puts("done");
    return 0;
}

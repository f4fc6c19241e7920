// One core writes pages into another's L1 on NoC 0 and signals on NoC 1, which may overtake the data.
#include <cstdint>
#include <cstdio>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

int main() {
    constexpr uint32_t PAGE = 1024, PAGES = 4;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    const distributed::DeviceLocalBufferConfig local{.page_size = PAGE, .buffer_type = BufferType::DRAM};
    const distributed::ReplicatedBufferConfig size{.size = PAGE * PAGES};
    auto in = distributed::MeshBuffer::create(size, local, mesh.get());
    auto out = distributed::MeshBuffer::create(size, local, mesh.get());
    std::vector<uint32_t> data(PAGE * PAGES / 4);
    for (uint32_t i = 0; i < data.size(); ++i) {
        data[i] = i + 1;
    }
    distributed::EnqueueWriteMeshBuffer(queue, in, data, false);
    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {1, 0});
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(PAGE * PAGES, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, PAGE));
    const uint32_t semaphore = CreateSemaphore(program, cores, 0);
    std::vector<uint32_t> in_args = {PAGES, semaphore}, out_args = {PAGES, semaphore};
    TensorAccessorArgs(*in).append_to(in_args);
    TensorAccessorArgs(*out).append_to(out_args);
    const CoreCoord first{0, 0}, second{1, 0};
    auto send = CreateKernel(
        program, "send.cpp", first,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = in_args});
    auto receive = CreateKernel(
        program, "receive.cpp", second,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = out_args});
    const CoreCoord to = mesh->worker_core_from_logical_core(second);
    SetRuntimeArgs(program, send, first,
                   {static_cast<uint32_t>(in->address()), static_cast<uint32_t>(to.x), static_cast<uint32_t>(to.y)});
    SetRuntimeArgs(program, receive, second, {static_cast<uint32_t>(out->address())});
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, false);
    std::vector<uint32_t> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    std::puts(result == data ? "PASSED" : "FAILED");
    mesh->close();
    return result == data ? 0 : 1;
}

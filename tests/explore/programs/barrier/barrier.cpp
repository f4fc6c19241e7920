// A reader that pushes a page before its bytes have arrived: right as long as the copy is quick.
#include <cstdint>
#include <cstdio>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

int main() {
    constexpr uint32_t PAGE = 1024, PAGES = 8;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    const distributed::DeviceLocalBufferConfig local{.page_size = PAGE, .buffer_type = BufferType::DRAM};
    auto in =
        distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = PAGE * PAGES}, local, mesh.get());
    auto out =
        distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = PAGE * PAGES}, local, mesh.get());
    std::vector<uint32_t> data(PAGE * PAGES / 4);
    for (uint32_t i = 0; i < data.size(); ++i) {
        data[i] = i + 1;
    }
    distributed::EnqueueWriteMeshBuffer(queue, in, data, false);
    Program program = CreateProgram();
    const CoreCoord core{0, 0};
    CreateCircularBuffer(program, core,
                         CircularBufferConfig(2 * PAGE, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, PAGE));
    std::vector<uint32_t> in_args = {PAGES}, out_args = {PAGES};
    TensorAccessorArgs(*in).append_to(in_args);
    TensorAccessorArgs(*out).append_to(out_args);
    auto reader = CreateKernel(
        program, "reader.cpp", core,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = in_args});
    auto writer = CreateKernel(
        program, "writer.cpp", core,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = out_args});
    SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address())});
    SetRuntimeArgs(program, writer, core, {static_cast<uint32_t>(out->address())});
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, false);
    std::vector<uint32_t> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    std::puts(result == data ? "PASSED" : "FAILED");
    mesh->close();
    return 0;
}

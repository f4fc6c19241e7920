// Autumn 2025: MeshDevice, MeshBuffer and MeshWorkload, TensorAccessor, named compile-time arguments, still MAIN and
// <dataflow_api.h>. Adds two rows of tiles; a third buffer gets one number only.
#include <cstdio>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt;
using namespace tt::tt_metal;

int main() {
    constexpr uint32_t tiles = 3;
    constexpr uint32_t tile_bytes = sizeof(bfloat16) * 1024;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};

    const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    auto make = [&](uint32_t count) {
        return distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = count * tile_bytes}, local,
                                               mesh.get());
    };
    auto a = make(tiles), b = make(tiles), out = make(tiles), bias = make(1);
    for (tt::CBIndex index : {tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_16}) {
        CreateCircularBuffer(program, core,
                             CircularBufferConfig(2 * tile_bytes, {{index, tt::DataFormat::Float16_b}})
                                 .set_page_size(index, tile_bytes));
    }
    std::vector<uint32_t> args;
    TensorAccessorArgs(*a).append_to(args);
    TensorAccessorArgs(*b).append_to(args);
    auto reader = CreateKernel(program, "kernels/read.cpp", core,
                               DataMovementConfig{.processor = DataMovementProcessor::RISCV_0,
                                                  .noc = NOC::RISCV_0_default,
                                                  .compile_args = args,
                                                  .named_compile_args = {{"first", 0}, {"second", 1}}});
    std::vector<uint32_t> out_args;
    TensorAccessorArgs(*out).append_to(out_args);
    auto writer = CreateKernel(
        program, "kernels/write.cpp", core,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = out_args});
    auto compute = CreateKernel(program, "kernels/add.cpp", core, ComputeConfig{});

    std::vector<bfloat16> left(tiles * 1024), right(tiles * 1024);
    for (size_t i = 0; i < left.size(); ++i) {
        left[i] = bfloat16(static_cast<float>(i % 100));
        right[i] = bfloat16(static_cast<float>(i % 7) - 3.0f);
    }
    distributed::EnqueueWriteMeshBuffer(queue, a, left, false);
    distributed::EnqueueWriteMeshBuffer(queue, b, right, false);
    std::vector<uint16_t> one = {0x4000};
    distributed::EnqueueWriteMeshBuffer(queue, bias, one, false);
    SetRuntimeArgs(program, reader, core, {a->address(), b->address(), tiles});
    SetRuntimeArgs(program, writer, core, {out->address(), tiles});
    SetRuntimeArgs(program, compute, core, {tiles});

    distributed::MeshWorkload workload;
    distributed::MeshCoordinateRange devices(mesh->shape());
    distributed::AddProgramToMeshWorkload(workload, std::move(program), devices);
    distributed::EnqueueMeshWorkload(queue, workload, false);
    distributed::Finish(queue);
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    std::vector<uint16_t> tile;
    distributed::EnqueueReadMeshBuffer(queue, tile, bias, true);

    bool pass = result.size() == left.size() && tile.at(0) == 0x4000;
    for (size_t i = 0; pass && i < result.size(); ++i) {
        pass = static_cast<float>(result[i]) == static_cast<float>(left[i]) + static_cast<float>(right[i]);
    }
    pass &= mesh->close();
    std::puts(pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}

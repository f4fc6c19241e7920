// Early 2026: api/dataflow/ headers beside compute_kernel_api/ ones, and kernel_main in compute kernels too. Takes
// exponentials of tiles of numbers on two cores.
#include <cmath>
#include <cstdio>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#ifndef OVERRIDE_KERNEL_PREFIX
#define OVERRIDE_KERNEL_PREFIX ""
#endif

using namespace tt;
using namespace tt::tt_metal;

int main() {
    constexpr uint32_t tiles_per_core = 3;
    constexpr uint32_t tiles = 2 * tiles_per_core;
    constexpr uint32_t tile_bytes = sizeof(bfloat16) * 1024;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = mesh->mesh_command_queue();
    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {1, 0});

    const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    const distributed::ReplicatedBufferConfig whole{.size = tiles * tile_bytes};
    auto in = distributed::MeshBuffer::create(whole, local, mesh.get());
    auto out = distributed::MeshBuffer::create(whole, local, mesh.get());
    for (tt::CBIndex index : {tt::CBIndex::c_0, tt::CBIndex::c_16}) {
        CreateCircularBuffer(program, cores,
                             CircularBufferConfig(2 * tile_bytes, {{index, tt::DataFormat::Float16_b}})
                                 .set_page_size(index, tile_bytes));
    }
    std::vector<uint32_t> in_args, out_args;
    TensorAccessorArgs(*in).append_to(in_args);
    TensorAccessorArgs(*out).append_to(out_args);
    auto reader =
        CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/read.cpp", cores, ReaderDataMovementConfig(in_args));
    auto writer =
        CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/write.cpp", cores, WriterDataMovementConfig(out_args));
    CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/compute.cpp", cores,
                 ComputeConfig{.compile_args = {tiles_per_core}});
    for (const CoreCoord& core : cores) {
        const uint32_t first = static_cast<uint32_t>(core.x) * tiles_per_core;
        SetRuntimeArgs(program, reader, core, {in->address(), first, tiles_per_core});
        SetRuntimeArgs(program, writer, core, {out->address(), first, tiles_per_core});
    }

    std::vector<bfloat16> numbers(tiles * 1024);
    for (size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = bfloat16(static_cast<float>(i % 64) / 32 - 1);
    }
    distributed::EnqueueWriteMeshBuffer(queue, in, numbers, false);
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, false);
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);

    bool pass = result.size() == numbers.size();
    for (size_t i = 0; pass && i < result.size(); ++i) {
        const float x = static_cast<float>(numbers[i]);
        pass = is_close(static_cast<float>(result[i]), std::exp(x), 0.01f, 0.0f);
    }
    pass &= mesh->close();
    std::puts(pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}

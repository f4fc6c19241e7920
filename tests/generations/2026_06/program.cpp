// From the middle of 2026: one-time setup by compute_kernel_hw_startup, inits named after their operation, and vector
// functions called through the SFPU_*_CALL macros. Computes smoothstep(transpose((A x B + A) * 2 - row of B)), of one
// tile each.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>

#ifndef OVERRIDE_KERNEL_PREFIX
#define OVERRIDE_KERNEL_PREFIX ""
#endif

using namespace tt;
using namespace tt::tt_metal;

int main() {
    constexpr uint32_t side = 32;
    constexpr uint32_t tile_bytes = sizeof(bfloat16) * side * side;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = mesh->mesh_command_queue();
    Program program = CreateProgram();
    const CoreCoord core{0, 0};

    const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    const distributed::ReplicatedBufferConfig one_tile{.size = tile_bytes};
    auto a = distributed::MeshBuffer::create(one_tile, local, mesh.get());
    auto b = distributed::MeshBuffer::create(one_tile, local, mesh.get());
    auto out = distributed::MeshBuffer::create(one_tile, local, mesh.get());
    for (tt::CBIndex index : {tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_2, tt::CBIndex::c_16}) {
        CreateCircularBuffer(program, core,
                             CircularBufferConfig(2 * tile_bytes, {{index, tt::DataFormat::Float16_b}})
                                 .set_page_size(index, tile_bytes));
    }
    std::vector<uint32_t> in_args, out_args;
    TensorAccessorArgs(*a).append_to(in_args);
    TensorAccessorArgs(*b).append_to(in_args);
    TensorAccessorArgs(*out).append_to(out_args);
    auto reader =
        CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/read.cpp", core, ReaderDataMovementConfig(in_args));
    auto writer =
        CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/write.cpp", core, WriterDataMovementConfig(out_args));
    CreateKernel(program, OVERRIDE_KERNEL_PREFIX "kernels/compute.cpp", core, ComputeConfig{});
    SetRuntimeArgs(program, reader, core, {a->address(), b->address()});
    SetRuntimeArgs(program, writer, core, {out->address()});

    // Numbers that bfloat16 and every step below hold exactly, but for the last.
    std::vector<bfloat16> a_rows(side * side), b_rows(side * side);
    for (uint32_t r = 0; r < side; ++r) {
        for (uint32_t c = 0; c < side; ++c) {
            a_rows[r * side + c] = bfloat16((r + 2 * c) % 7 == 0 ? 0.125f : 0.0f);
            b_rows[r * side + c] = bfloat16((3 * r + c) % 5 == 0 ? 0.5f : 0.0f);
        }
    }
    distributed::EnqueueWriteMeshBuffer(queue, a, tilize_nfaces(a_rows, side, side), false);
    distributed::EnqueueWriteMeshBuffer(queue, b, tilize_nfaces(b_rows, side, side), false);
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, false);
    std::vector<bfloat16> tiles;
    distributed::EnqueueReadMeshBuffer(queue, tiles, out, true);
    const std::vector<bfloat16> result = untilize_nfaces(tiles, side, side);

    bool pass = result.size() == a_rows.size();
    for (uint32_t r = 0; pass && r < side; ++r) {
        for (uint32_t c = 0; pass && c < side; ++c) {
            float sum = static_cast<float>(a_rows[r * side + c]);
            for (uint32_t k = 0; k < side; ++k) {
                sum += static_cast<float>(a_rows[r * side + k]) * static_cast<float>(b_rows[k * side + c]);
            }
            const float x = 2 * sum - static_cast<float>(b_rows[c]);
            const float t = std::clamp(x, 0.0f, 1.0f);
            pass = std::abs(static_cast<float>(result[c * side + r]) - t * t * (3 - 2 * t)) < 0.005f;
        }
    }
    pass &= mesh->close();
    std::puts(pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}

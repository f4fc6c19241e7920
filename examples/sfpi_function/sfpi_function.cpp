// A function of one's own on the vector engine, written in SFPI: a smooth clamp with a branch per lane.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_tiles = 16;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);

    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    make_cb(program, core, CBIndex::c_0, 2);
    make_cb(program, core, CBIndex::c_16, 2);
    auto reader = make_reader(program, "../common/kernels/read_tiles.cpp", core, accessor_args({}, in));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", core, accessor_args({}, out));
    auto compute = CreateKernel(program, "kernels/bend.cpp", core, ComputeConfig{});
    SetRuntimeArgs(program, reader, core, {0u, num_tiles, static_cast<uint32_t>(in->address())});
    SetRuntimeArgs(program, compute, core, {num_tiles});
    SetRuntimeArgs(program, writer, core, {0u, num_tiles, static_cast<uint32_t>(out->address())});

    auto input = random_bfloat16(num_tiles * tt::constants::TILE_HW, -3.0f, 3.0f, 3);
    distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    mesh->close();

    std::vector<float> expected;
    for (auto value : input) {
        const float x = static_cast<float>(value);
        expected.push_back(x < -1.0f ? -1.0f : x > 1.0f ? 1.0f : x * (1.5f - 0.5f * x * x));
    }
    return verdict("sfpi_function", result, expected, 1e-6, 1.0 / 64);
}

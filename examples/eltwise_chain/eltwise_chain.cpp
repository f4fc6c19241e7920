// A chain of vector-engine functions on tiles that stay in DST: softplus(x) = log(1 + exp(x)).
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_tiles = 64;
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
    auto compute = CreateKernel(program, "kernels/softplus.cpp", core, ComputeConfig{.math_approx_mode = false});
    SetRuntimeArgs(program, reader, core, {0u, num_tiles, static_cast<uint32_t>(in->address())});
    SetRuntimeArgs(program, compute, core, {num_tiles});
    SetRuntimeArgs(program, writer, core, {0u, num_tiles, static_cast<uint32_t>(out->address())});

    auto input = random_bfloat16(num_tiles * tt::constants::TILE_HW, -6.0f, 6.0f, 7);
    distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    mesh->close();

    std::vector<float> expected;
    for (auto value : input) {
        expected.push_back(std::log1p(std::exp(static_cast<float>(value))));
    }
    // exp and 1 + exp are rounded to bfloat16 in DST: the sum loses what is below 2^-8.
    return verdict("softplus", result, expected, 0.01, 0.01);
}

// Element-wise add, subtract and multiply over all cores of the chip: the reader, compute, writer pipeline.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_tiles = 640;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in0 = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto in1 = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto a = random_bfloat16(num_tiles * tt::constants::TILE_HW, -4.0f, 4.0f, 1);
    auto b = random_bfloat16(num_tiles * tt::constants::TILE_HW, -4.0f, 4.0f, 2);
    distributed::EnqueueWriteMeshBuffer(queue, in0, a, false);
    distributed::EnqueueWriteMeshBuffer(queue, in1, b, false);

    struct Operation {
        const char* define;
        float (*reference)(float, float);
    };
    int failed = 0;
    for (const Operation& operation : {Operation{"add_tiles", [](float x, float y) { return x + y; }},
                                       Operation{"sub_tiles", [](float x, float y) { return x - y; }},
                                       Operation{"mul_tiles", [](float x, float y) { return x * y; }}}) {
        Program program = CreateProgram();
        const auto [num_cores, all_cores, group_1, group_2, per_core_1, per_core_2] =
            split_work_to_cores(mesh->compute_with_storage_grid_size(), num_tiles);
        for (auto index : {CBIndex::c_0, CBIndex::c_1, CBIndex::c_16}) {
            make_cb(program, all_cores, index, 2);
        }
        auto reader =
            make_reader(program, "../common/kernels/read_two_inputs.cpp", all_cores, accessor_args({}, in0, in1));
        auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", all_cores, accessor_args({}, out));
        auto compute =
            CreateKernel(program, "kernels/binary.cpp", all_cores,
                         ComputeConfig{.math_fidelity = MathFidelity::HiFi4,
                                       .defines = {{"ELTWISE_OP", operation.define},
                                                   {"ELTWISE_OP_INIT", std::string(operation.define) + "_init"}}});
        uint32_t first = 0;
        for (const auto& core : corerange_to_cores(all_cores)) {
            const uint32_t count = group_1.contains(core) ? per_core_1 : per_core_2;
            SetRuntimeArgs(
                program, reader, core,
                {first, count, static_cast<uint32_t>(in0->address()), static_cast<uint32_t>(in1->address())});
            SetRuntimeArgs(program, compute, core, {count});
            SetRuntimeArgs(program, writer, core, {first, count, static_cast<uint32_t>(out->address())});
            first += count;
        }
        run(mesh, std::move(program));

        std::vector<bfloat16> result;
        distributed::EnqueueReadMeshBuffer(queue, result, out, true);
        std::vector<bfloat16> expected(a.size());
        for (size_t i = 0; i < a.size(); ++i) {
            expected[i] = bfloat16(operation.reference(static_cast<float>(a[i]), static_cast<float>(b[i])));
        }
        // Two units in the last place of a bfloat16: the product's parts are added, and rounded, one by one.
        failed |= verdict(operation.define, result, expected, 1e-6, 1.0 / 64);
    }
    mesh->close();
    return failed;
}

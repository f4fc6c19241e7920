// The same kernels on every core: output tiles are dealt out evenly.
#include "matmul.hpp"

using namespace example;

int main() {
    const Problem problem(640, 640, 640);
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    Operands operands(mesh, problem);

    Program program = CreateProgram();
    const auto [num_cores, all_cores, group_1, group_2, per_core_1, per_core_2] =
        split_work_to_cores(mesh->compute_with_storage_grid_size(), problem.Mt() * problem.Nt());
    make_cb(program, all_cores, CBIndex::c_0, 2);
    make_cb(program, all_cores, CBIndex::c_1, 2);
    make_cb(program, all_cores, CBIndex::c_16, 2);
    auto reader =
        make_reader(program, "kernels/read_rows_and_columns.cpp", all_cores, accessor_args({}, operands.a, operands.b));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", all_cores, accessor_args({}, operands.c));
    auto compute = CreateKernel(program, "kernels/multiply_tiles.cpp", all_cores,
                                ComputeConfig{.math_fidelity = MathFidelity::HiFi4, .compile_args = {problem.Kt()}});
    uint32_t first = 0;
    for (const auto& core : corerange_to_cores(all_cores)) {
        const uint32_t count = group_1.contains(core) ? per_core_1 : per_core_2;
        SetRuntimeArgs(program, reader, core,
                       {static_cast<uint32_t>(operands.a->address()), static_cast<uint32_t>(operands.b->address()),
                        problem.Nt(), problem.Kt(), first, count});
        SetRuntimeArgs(program, compute, core, {count});
        SetRuntimeArgs(program, writer, core, {first, count, static_cast<uint32_t>(operands.c->address())});
        first += count;
    }
    run(mesh, std::move(program));
    const int failed = operands.check(mesh, problem, "matmul_multi_core");
    mesh->close();
    return failed;
}

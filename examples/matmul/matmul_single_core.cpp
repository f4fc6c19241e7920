// The plainest matrix multiplication: one core, one output tile at a time.
#include "matmul.hpp"

using namespace example;

int main() {
    const Problem problem(256, 192, 320);
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    Operands operands(mesh, problem);

    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    make_cb(program, core, CBIndex::c_0, 2);
    make_cb(program, core, CBIndex::c_1, 2);
    make_cb(program, core, CBIndex::c_16, 2);
    auto reader =
        make_reader(program, "kernels/read_rows_and_columns.cpp", core, accessor_args({}, operands.a, operands.b));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", core, accessor_args({}, operands.c));
    auto compute = CreateKernel(program, "kernels/multiply_tiles.cpp", core,
                                ComputeConfig{.math_fidelity = MathFidelity::HiFi4, .compile_args = {problem.Kt()}});
    const uint32_t num_tiles = problem.Mt() * problem.Nt();
    SetRuntimeArgs(program, reader, core,
                   {static_cast<uint32_t>(operands.a->address()), static_cast<uint32_t>(operands.b->address()),
                    problem.Nt(), problem.Kt(), 0u, num_tiles});
    SetRuntimeArgs(program, compute, core, {num_tiles});
    SetRuntimeArgs(program, writer, core, {0u, num_tiles, static_cast<uint32_t>(operands.c->address())});
    run(mesh, std::move(program));
    const int failed = operands.check(mesh, problem, "matmul_single_core");
    mesh->close();
    return failed;
}

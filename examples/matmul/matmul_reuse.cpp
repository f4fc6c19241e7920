// Blocks are read once a core and each of their tiles is used many times.
#include "blocked.hpp"

using namespace example;

int main() {
    const Problem problem(768, 640, 512);
    const Blocking blocking{.per_core_M = 6,
                            .per_core_N = 4,
                            .block_k = 2,
                            .subblock_h = 3,
                            .subblock_w = 2,
                            .grid_rows = 4,
                            .grid_columns = 5};
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    Operands operands(mesh, problem);

    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {blocking.grid_columns - 1, blocking.grid_rows - 1});
    make_block_buffers(program, cores, blocking);
    const std::vector<uint32_t> shape = {problem.Nt(), problem.Kt(), blocking.per_core_M, blocking.per_core_N,
                                         blocking.block_k};
    auto reader = make_reader(program, "kernels/read_blocks.cpp", cores, accessor_args(shape, operands.a, operands.b));
    auto writer = make_writer(program, "kernels/write_block.cpp", cores,
                              accessor_args({problem.Nt(), blocking.per_core_M, blocking.per_core_N,
                                             blocking.subblock_h, blocking.subblock_w},
                                            operands.c));
    CreateKernel(program, "kernels/multiply_blocks.cpp", cores,
                 ComputeConfig{.math_fidelity = MathFidelity::HiFi4, .compile_args = blocking.compute_args(problem)});
    for (const auto& core : corerange_to_cores(cores)) {
        const auto row = static_cast<uint32_t>(core.y), column = static_cast<uint32_t>(core.x);
        SetRuntimeArgs(program, reader, core,
                       {static_cast<uint32_t>(operands.a->address()), static_cast<uint32_t>(operands.b->address()),
                        row * blocking.per_core_M, column * blocking.per_core_N});
        SetRuntimeArgs(
            program, writer, core,
            {static_cast<uint32_t>(operands.c->address()), row * blocking.per_core_M, column * blocking.per_core_N});
    }
    run(mesh, std::move(program));
    const int failed = operands.check(mesh, problem, "matmul_reuse");
    mesh->close();
    return failed;
}

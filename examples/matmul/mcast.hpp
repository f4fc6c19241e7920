// The program of a multicast multiplication: every block of A is read from DRAM once and multicast along its row of
// cores, every block of B once along its column.
#pragma once

#include <stdexcept>

#include "blocked.hpp"

namespace example {

/// `folder`: where kernels/ lies, with a slash at its end; empty: beside the program's source.
inline Program make_mcast_program(const Mesh& mesh, const Problem& problem, const Operands& operands,
                                  const std::string& folder = "") {
    const CoreCoord grid = mesh->compute_with_storage_grid_size();
    Blocking blocking{
        .block_k = 16, .grid_rows = static_cast<uint32_t>(grid.y), .grid_columns = static_cast<uint32_t>(grid.x)};
    blocking.per_core_M = problem.Mt() / blocking.grid_rows;
    blocking.per_core_N = problem.Nt() / blocking.grid_columns;
    if (blocking.per_core_M * blocking.grid_rows != problem.Mt() ||
        blocking.per_core_N * blocking.grid_columns != problem.Nt()) {
        throw std::runtime_error(fmt::format("M and N must be multiples of 32 times the grid ({}x{})", grid.y, grid.x));
    }
    // The deeper a block, the fewer partial sums spill; two blocks of A and of B and the result share a core's L1.
    constexpr uint32_t l1_tiles = 1280 * 1024 / tile_bytes;
    while (problem.Kt() % blocking.block_k != 0 || 2 * blocking.block_k * (blocking.per_core_M + blocking.per_core_N) +
                                                           blocking.per_core_M * blocking.per_core_N >
                                                       l1_tiles) {
        if (blocking.block_k == 1) {
            throw std::runtime_error("a core's part of the product does not fit its L1");
        }
        blocking.block_k /= 2;
    }
    // The largest subblock that fits the 8 tiles of half of DST; of those, the one nearest to a square, which reads
    // the fewest operand tiles for its products.
    blocking.subblock_h = blocking.subblock_w = 1;
    const auto rank = [](uint32_t h, uint32_t w) { return h * w * 16 - (h + w); };
    for (uint32_t h = 1; h <= 8; ++h) {
        for (uint32_t w = 1; h * w <= 8; ++w) {
            if (blocking.per_core_M % h == 0 && blocking.per_core_N % w == 0 &&
                rank(h, w) >= rank(blocking.subblock_h, blocking.subblock_w)) {
                blocking.subblock_h = h;
                blocking.subblock_w = w;
            }
        }
    }

    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {grid.x - 1, grid.y - 1});
    make_block_buffers(program, cores, blocking);
    const uint32_t a_ready = CreateSemaphore(program, cores, 0), a_valid = CreateSemaphore(program, cores, 0);
    const uint32_t b_ready = CreateSemaphore(program, cores, 0), b_valid = CreateSemaphore(program, cores, 0);

    // A travels on RISCV_1 with NoC 0, B on RISCV_0 with NoC 1; the B kernel also writes the result.
    auto move_a = CreateKernel(
        program, folder + "kernels/mcast_a.cpp", cores,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_1,
            .noc = NOC::NOC_0,
            .compile_args = accessor_args({problem.Kt(), blocking.per_core_M, blocking.block_k}, operands.a)});
    auto move_b = CreateKernel(
        program, folder + "kernels/mcast_b_write_c.cpp", cores,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0,
            .noc = NOC::NOC_1,
            .compile_args = accessor_args({problem.Nt(), problem.Kt(), blocking.per_core_M, blocking.per_core_N,
                                           blocking.block_k, blocking.subblock_h, blocking.subblock_w},
                                          operands.b, operands.c)});
    CreateKernel(program, folder + "kernels/multiply_blocks.cpp", cores,
                 ComputeConfig{.math_fidelity = MathFidelity::HiFi2, .compile_args = blocking.compute_args(problem)});
    for (const auto& core : corerange_to_cores(cores)) {
        const auto noc = [&](size_t x, size_t y) { return mesh->worker_core_from_logical_core(CoreCoord(x, y)); };
        const CoreCoord row_first = noc(0, core.y), row_second = noc(1, core.y), row_last = noc(grid.x - 1, core.y);
        const CoreCoord column_first = noc(core.x, 0), column_second = noc(core.x, 1),
                        column_last = noc(core.x, grid.y - 1);
        SetRuntimeArgs(
            program, move_a, core,
            {static_cast<uint32_t>(operands.a->address()), static_cast<uint32_t>(core.y) * blocking.per_core_M,
             core.x == 0 ? 1u : 0u, static_cast<uint32_t>(row_first.x), static_cast<uint32_t>(row_first.y),
             static_cast<uint32_t>(row_second.x), static_cast<uint32_t>(row_second.y),
             static_cast<uint32_t>(row_last.x), static_cast<uint32_t>(row_last.y), static_cast<uint32_t>(grid.x) - 1,
             a_ready, a_valid});
        // On NoC 1 a multicast rectangle is given from its far corner to its near one.
        SetRuntimeArgs(
            program, move_b, core,
            {static_cast<uint32_t>(operands.b->address()), static_cast<uint32_t>(operands.c->address()),
             static_cast<uint32_t>(core.y) * blocking.per_core_M, static_cast<uint32_t>(core.x) * blocking.per_core_N,
             core.y == 0 ? 1u : 0u, static_cast<uint32_t>(column_first.x), static_cast<uint32_t>(column_first.y),
             static_cast<uint32_t>(column_last.x), static_cast<uint32_t>(column_last.y),
             static_cast<uint32_t>(column_second.x), static_cast<uint32_t>(column_second.y),
             static_cast<uint32_t>(grid.y) - 1, b_ready, b_valid});
    }
    return program;
}

}  // namespace example

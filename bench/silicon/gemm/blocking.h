// How a large matrix multiplication is cut into blocks, by rule from its shape, its formats and the memory of a core.
#pragma once

#include <cstdint>
#include <string>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace gemm {

/// Where a matrix lies.
enum class Place : uint8_t { Dram, L1, Sharded };  ///< interleaved in DRAM or L1, or a block in each core's L1

/// C (M x N) = A (M x K) * B (K x N) on grid_x x grid_y cores. Sizes in elements.
struct Problem {
    uint32_t M = 0, K = 0, N = 0;
    tt::DataFormat format = tt::DataFormat::Float16_b;
    MathFidelity fidelity = MathFidelity::HiFi4;
    uint32_t grid_x = 8, grid_y = 8;
    Place a = Place::Sharded, b = Place::Dram, c = Place::Sharded;

    /// Cycles that 16 x 16 multipliers of every core need at least.
    double ideal_cycles() const;
};

/// Sizes in tiles. The matrices are padded with zeros to whole blocks: Mt, Kt and Nt are what is computed.
struct Blocking {
    uint32_t Mt = 0, Kt = 0, Nt = 0;
    uint32_t per_core_M = 0, per_core_N = 0;  ///< of C
    uint32_t block_k = 0;                     ///< of K at a time
    uint32_t block_h = 0, block_w = 0;        ///< of a core's part of C at a time
    uint32_t subblock_h = 0, subblock_w = 0;  ///< of C in DST at a time
    bool accumulate_in_l1 = false;            ///< partial sums are added up by the packer
    bool shared = false;                      ///< partial sums and result lie on the same bytes
    tt::DataFormat partial = tt::DataFormat::Float16_b;

    uint32_t blocks_k() const { return Kt / block_k; }
    uint32_t blocks_h() const { return per_core_M / block_h; }
    uint32_t blocks_w() const { return per_core_N / block_w; }
    /// "block_k 16, block 8x8 of 16x16, subblock 4x2, accumulates in L1"
    std::string describe() const;
};

/// `l1_bytes`: what programs may use of a core's L1. Throws std::runtime_error if the problem doesn't fit.
Blocking choose(const Problem& problem, uint32_t l1_bytes);

}  // namespace gemm

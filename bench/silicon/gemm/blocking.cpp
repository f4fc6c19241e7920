#include "blocking.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>
#include <tt-metalium/constants.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace gemm {

namespace {

/// What a benchmark keeps free of a core's L1: a region for small buffers, and room for the odd page beside them.
constexpr uint32_t kept_free = (24 + 16) * 1024;
/// Deeper blocks of K save nothing worth having: partial sums leave DST once for so many products.
constexpr uint32_t deepest = 16;
/// Blocks of K that are less deep make the packer the bottleneck; a smaller block of C is better then.
constexpr uint32_t shallowest = 5;

uint32_t up(uint32_t value, uint32_t step) {
    return (value + step - 1) / step * step;
}

uint32_t tile_bytes(tt::DataFormat format) {
    return tt::tile_size(format);
}

/// The largest part of C that the 8 tiles of a half of DST hold. A sharded result must come out row by row.
std::pair<uint32_t, uint32_t> subblock(uint32_t block_h, uint32_t block_w, bool sharded) {
    std::pair<uint32_t, uint32_t> best{1, 1};
    // Of equal ones the one nearest to a square, which unpacks the fewest tiles; then the higher one, since B's tiles
    // stay in their source register while A's pass.
    const auto rank = [](uint32_t h, uint32_t w) { return h * w * 100 - (h + w) * 2 + (h > w ? 1 : 0); };
    for (uint32_t h = 1; h <= (sharded ? 1 : 8); ++h) {
        for (uint32_t w = 1; h * w <= 8; ++w) {
            if (block_h % h == 0 && block_w % w == 0 && rank(h, w) > rank(best.first, best.second)) {
                best = {h, w};
            }
        }
    }
    return best;
}

/// Bytes of L1 of a core that the program's circular buffers and sharded matrices take.
uint64_t l1_needed(const Problem& problem, const Blocking& blocking) {
    const uint64_t tile = tile_bytes(problem.format), partial = tile_bytes(blocking.partial);
    const uint64_t part = uint64_t{blocking.per_core_M} * blocking.per_core_N;
    const uint64_t block = uint64_t{blocking.block_h} * blocking.block_w;
    const uint64_t depth = blocking.blocks_k() > 1 ? 2 : 1;
    uint64_t bytes = depth * blocking.block_k * (blocking.block_h + blocking.block_w) * tile;
    bytes += blocking.shared ? 0 : block * partial;
    if (problem.c == Place::Sharded) {
        bytes += 2 * part * tile;  // and the result of the call before, which its user still has
    } else {
        bytes += block * tile;
    }
    if (problem.a == Place::Sharded) {
        bytes += uint64_t{blocking.per_core_M} * (blocking.Kt / problem.grid_x) * tile;
    }
    return bytes;
}

}  // namespace

double Problem::ideal_cycles() const {
    const double phases = static_cast<double>(fidelity == MathFidelity::LoFi ? 1 : static_cast<int>(fidelity));
    constexpr double multiplications_per_cycle = 8 * 16 * 16;
    return static_cast<double>(M) * K * N * phases / multiplications_per_cycle / (grid_x * grid_y);
}

std::string Blocking::describe() const {
    return fmt::format("block_k {}, block {}x{} of {}x{}, subblock {}x{}, {}", block_k, block_h, block_w, per_core_M,
                       per_core_N, subblock_h, subblock_w,
                       accumulate_in_l1 ? "packer adds up in L1"
                       : blocks_k() > 1 ? "partial sums reloaded"
                                        : "one block of K");
}

Blocking choose(const Problem& problem, uint32_t l1_bytes) {
    using tt::constants::TILE_HEIGHT;
    using tt::constants::TILE_WIDTH;
    if (problem.M == 0 || problem.K == 0 || problem.N == 0 || problem.grid_x == 0 || problem.grid_y == 0) {
        throw std::runtime_error("a matrix multiplication needs M, K, N and a grid of cores");
    }
    Blocking blocking;
    blocking.Mt = up(up(problem.M, TILE_HEIGHT) / TILE_HEIGHT, problem.grid_y);
    blocking.Nt = up(up(problem.N, TILE_WIDTH) / TILE_WIDTH, problem.grid_x);
    blocking.Kt = up(problem.K, TILE_WIDTH) / TILE_WIDTH;
    if (problem.a == Place::Sharded) {
        blocking.Kt = up(blocking.Kt, problem.grid_x);
    }
    blocking.per_core_M = blocking.Mt / problem.grid_y;
    blocking.per_core_N = blocking.Nt / problem.grid_x;
    // A core's share of K is the deepest block that a sharded A can be multicast in; the same rule serves the others.
    const uint32_t share = blocking.Kt % problem.grid_x == 0 ? blocking.Kt / problem.grid_x : blocking.Kt;
    const uint64_t room = l1_bytes > kept_free ? l1_bytes - kept_free : 0;

    // The largest block of C with the deepest block of K that fits. C is cut in two both ways as long as blocks of K
    // would be too shallow.
    const bool cut = problem.c != Place::Sharded && problem.a != Place::Sharded;
    for (uint32_t parts = 1;; parts *= 2) {
        if (blocking.per_core_M % parts != 0 && blocking.per_core_N % parts != 0) {
            throw std::runtime_error("a core's part of the product does not fit its L1");
        }
        blocking.block_h = blocking.per_core_M % parts == 0 ? blocking.per_core_M / parts : blocking.block_h;
        blocking.block_w = blocking.per_core_N % parts == 0 ? blocking.per_core_N / parts : blocking.block_w;
        for (uint32_t divisor = 1; divisor <= share; divisor = share % (2 * divisor) == 0 ? 2 * divisor : divisor + 1) {
            if (share % divisor != 0) {
                continue;
            }
            blocking.block_k = share / divisor;
            // Two blocks of K have one partial sum, which is as well reloaded at once.
            blocking.accumulate_in_l1 = blocking.blocks_k() > 2;
            blocking.partial = blocking.accumulate_in_l1 ? tt::DataFormat::Float16_b : problem.format;
            blocking.shared = blocking.partial == problem.format &&
                              (problem.c != Place::Sharded || blocking.block_h == blocking.per_core_M);
            const bool deep_enough =
                !cut || blocking.block_k >= std::min(share, shallowest) || blocking.block_h * blocking.block_w == 1;
            if (!deep_enough) {
                break;
            }
            if (blocking.block_k <= deepest && l1_needed(problem, blocking) <= room) {
                std::tie(blocking.subblock_h, blocking.subblock_w) =
                    subblock(blocking.block_h, blocking.block_w, problem.c == Place::Sharded);
                return blocking;
            }
        }
        if (!cut) {
            throw std::runtime_error("a core's part of the product does not fit its L1");
        }
    }
}

}  // namespace gemm

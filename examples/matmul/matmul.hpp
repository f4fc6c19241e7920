// What the four matrix multiplications share: operands, the host reference and the check.
#pragma once

#include "../common/session.hpp"

namespace example {

/// C (M x N) = A (M x K) * B (K x N), sizes in elements and multiples of 32.
struct Problem {
    uint32_t M, N, K;
    std::vector<bfloat16> a, b;

    Problem(uint32_t m, uint32_t n, uint32_t k)
        : M(m), N(n), K(k), a(random_bfloat16(m * k, -1.0f, 1.0f, 1)), b(random_bfloat16(k * n, -1.0f, 1.0f, 2)) {}

    uint32_t Mt() const { return M / tt::constants::TILE_HEIGHT; }
    uint32_t Nt() const { return N / tt::constants::TILE_WIDTH; }
    uint32_t Kt() const { return K / tt::constants::TILE_WIDTH; }

    std::vector<float> reference() const {
        std::vector<float> c(static_cast<size_t>(M) * N, 0.0f);
        std::vector<float> row(N);
        for (uint32_t i = 0; i < M; ++i) {
            float* out = c.data() + static_cast<size_t>(i) * N;
            for (uint32_t k = 0; k < K; ++k) {
                const float x = static_cast<float>(a[static_cast<size_t>(i) * K + k]);
                const bfloat16* from = b.data() + static_cast<size_t>(k) * N;
                for (uint32_t j = 0; j < N; ++j) {
                    out[j] += x * static_cast<float>(from[j]);
                }
            }
        }
        return c;
    }
};

/// The operands on the device as tiles, and the result brought back as rows.
struct Operands {
    BufferPtr a, b, c;

    Operands(const Mesh& mesh, const Problem& problem) {
        a = make_buffer(mesh, uint64_t{problem.Mt()} * problem.Kt() * tile_bytes, tile_bytes);
        b = make_buffer(mesh, uint64_t{problem.Kt()} * problem.Nt() * tile_bytes, tile_bytes);
        c = make_buffer(mesh, uint64_t{problem.Mt()} * problem.Nt() * tile_bytes, tile_bytes);
        auto& queue = mesh->mesh_command_queue();
        auto a_tiles = tilize_nfaces(problem.a, problem.M, problem.K);
        auto b_tiles = tilize_nfaces(problem.b, problem.K, problem.N);
        distributed::EnqueueWriteMeshBuffer(queue, a, a_tiles, false);
        distributed::EnqueueWriteMeshBuffer(queue, b, b_tiles, false);
    }

    int check(const Mesh& mesh, const Problem& problem, const char* what) {
        std::vector<bfloat16> tiles;
        distributed::EnqueueReadMeshBuffer(mesh->mesh_command_queue(), tiles, c, true);
        const auto result = untilize_nfaces(tiles, problem.M, problem.N);
        const auto expected = problem.reference();
        // Sums of K products below 1. The chip's 16-bit DST is rounded to bfloat16 after every 16 products and fidelity
        // phase, so errors grow with the number of roundings.
        return verdict(what, result, expected, 0.1 * std::sqrt(problem.K), 0.02) |
               (correlation(result, expected) < 0.999 ? 1 : 0);
    }
};

}  // namespace example

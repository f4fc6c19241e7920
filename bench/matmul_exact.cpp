// The exact matrix product of one bf16 tile on one core: the arithmetic alone, without a device around it, against
// OpenBLAS sgemm of the same shape. One in0 tile times one in1 tile of normally distributed numbers, accumulated.
#include <ctime>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>

#include <fmt/core.h>

#include <tensix/arithmetic.h>

#include "bench.h"

namespace bench {

using namespace tessera::tensix;

namespace {

constexpr uint32_t tile_side = 32;

/// CPU time of this thread: other processes on the machine don't count.
double thread_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds that one call takes, the best of several rounds of calls.
double seconds_per_call(const std::function<void()>& call) {
    constexpr int rounds = 40, calls = 400;
    double best = 1e30;
    for (int i = 0; i < rounds; ++i) {
        const double start = thread_seconds();
        for (int k = 0; k < calls; ++k) {
            call();
        }
        best = std::min(best, (thread_seconds() - start) / calls);
    }
    return best;
}

struct Tile {
    alignas(64) uint16_t data[tile_side * tile_side];
};

/// What bf16 keeps of normally distributed numbers. Where in the tile each lies makes no difference.
Tile random_tile(std::mt19937& random) {
    std::normal_distribution<float> normal;
    Tile tile;
    for (uint16_t& h : tile.data) {
        const float f = normal(random);
        uint32_t bits;
        std::memcpy(&bits, &f, 4);
        h = static_cast<uint16_t>(bits >> 16);
    }
    return tile;
}

struct Case {
    const char* fidelity;
    uint8_t phases;
    double goal;  ///< microseconds
};
constexpr Case cases[] = {{"LoFi", 1, 8}, {"HiFi2", 2, 14}, {"HiFi4", 4, 25}};

std::string key(const Case& c, Precision dst) {
    return fmt::format("{}, {}-bit DST", c.fidelity, dst == Precision::Fp32 ? 32 : 16);
}

}  // namespace

nlohmann::json child_matmul_exact() {
    std::mt19937 random(1);
    const Tile a = random_tile(random), b = random_tile(random);
    alignas(64) static uint32_t dst[tile_side * tile_side];
    const MatmulOperand in0 = {a.data, true}, in1 = {b.data, true};
    const Arithmetic& arithmetic = tessera::tensix::arithmetic(MathMode::Exact, Chip::Wormhole);
    nlohmann::json out;
    out["level"] = arithmetic.level;
    out["sgemm_s"] = seconds_per_call(peer::sgemm_call(tile_side));
    for (const Precision precision : {Precision::Bf16, Precision::Fp32}) {
        for (const Case& c : cases) {
            MatmulPlan plan;
            plan.in0 = &in0;
            plan.in1 = &in1;
            plan.dst = dst;
            plan.phases = c.phases;
            plan.dst_precision = precision;
            std::fill(std::begin(dst), std::end(dst), 0u);
            out[key(c, precision)] = seconds_per_call([&] { arithmetic.matmul(plan); });
        }
    }
    return out;
}

Rows matmul_exact() {
    const auto r = run_child("matmul_exact", {{"OPENBLAS_NUM_THREADS", "1"}});
    const double sgemm = r["sgemm_s"];
    Rows rows;
    for (const Precision precision : {Precision::Bf16, Precision::Fp32}) {
        for (const Case& c : cases) {
            const double seconds = r[key(c, precision)];
            rows.push_back({.name = fmt::format("exact {}, {}", key(c, precision), r["level"].get<std::string>()),
                            .value = 1e6 * seconds,
                            .unit = "us",
                            .peer = "OpenBLAS sgemm, 32^3",
                            .ratio = sgemm / seconds,
                            .goal = c.goal,
                            .at_most = true});
        }
    }
    return rows;
}

}  // namespace bench

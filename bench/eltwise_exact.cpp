// What exactness costs outside the matrix product: the same function on the same tile in both modes, on one core and
// without a device around it. The goal is a quarter of fast's speed.
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

constexpr uint32_t words = 1024, face = 256;
constexpr Chip chip = Chip::Wormhole;

/// CPU time of this thread: other processes on the machine don't count.
double now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds_per_call(const std::function<void()>& call) {
    constexpr int rounds = 40, calls = 200;
    double best = 1e30;
    for (int i = 0; i < rounds; ++i) {
        const double start = now();
        for (int k = 0; k < calls; ++k) {
            call();
        }
        best = std::min(best, (now() - start) / calls);
    }
    return best;
}

/// A tile in L1 and a tile of words.
struct Memory {
    alignas(64) uint8_t l1[2][words * 4];  ///< two operands
    alignas(64) uint8_t exponents[2][words / 16];
    alignas(64) uint32_t a[words], b[words], dst[words], before[words];
    alignas(64) uint8_t out[words * 4];
    alignas(64) uint8_t out_exponents[words / 16];
};

/// Normally distributed numbers, as the modes hold them: what L1 holds is the same.
void fill(const Arithmetic& arithmetic, DataFormat format, Precision source, Precision dst, Memory& m) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (uint32_t operand = 0; operand < 2; ++operand) {
        for (uint32_t& word : m.before) {
            const float f = normal(random);
            std::memcpy(&word, &f, 4);
            word &= dst == Precision::Fp32 ? 0xFFFFFFFFu : 0xFFFF0000u;
        }
        PackPlan plan;
        plan.format = format;
        plan.dst = dst;
        arithmetic.pack(plan, m.before, words, m.exponents[operand], m.l1[operand]);
    }
    arithmetic.unpack(format, source, m.exponents[0], m.l1[0], words, m.a);
    arithmetic.unpack(format, source, m.exponents[1], m.l1[1], words, m.b);
    std::memcpy(m.dst, m.before, sizeof(m.dst));
}

/// One function, to be run in either mode.
struct Case {
    std::string name;
    DataFormat format = DataFormat::Float16_b;
    Precision source = Precision::Bf16;
    Precision dst = Precision::Bf16;
    std::function<void(const Arithmetic&, Memory&)> run;
};

std::string width(Precision dst) {
    return dst == Precision::Fp32 ? "32-bit DST" : "16-bit DST";
}

void add_eltwise(std::vector<Case>& cases, const char* name, EltwiseOp op, uint8_t phases) {
    for (const Precision dst : {Precision::Bf16, Precision::Fp32}) {
        for (const bool accumulate : {false, true}) {
            const EltwisePlan plan{op, accumulate, phases, Precision::Bf16, dst};
            cases.push_back({fmt::format("{} {}, {}", accumulate ? "accumulating" : "plain", name, width(dst)),
                             DataFormat::Float16_b, Precision::Bf16, dst, [plan](const Arithmetic& x, Memory& m) {
                                 if (plan.accumulate) {
                                     std::memcpy(m.dst, m.before, sizeof(m.dst));
                                 }
                                 x.eltwise(plan, m.a, m.b, m.dst, words);
                             }});
        }
    }
}

void add_pool(std::vector<Case>& cases, const char* name, bool maximum, uint8_t phases) {
    for (const Precision dst : {Precision::Bf16, Precision::Fp32}) {
        const PoolPlan plan{maximum, phases, Precision::Bf16, dst, true};
        cases.push_back({fmt::format("pool {}, {}", name, width(dst)), DataFormat::Float16_b, Precision::Bf16, dst,
                         [plan](const Arithmetic& x, Memory& m) {
                             // Rows of one scaler, as kernels fill them.
                             alignas(64) uint32_t scaler[face] = {};
                             std::fill(scaler, scaler + 16, 0x3F800000u);
                             for (uint32_t i = 0; i < words; i += face) {
                                 x.pool(plan, m.a + i, scaler, m.dst);
                             }
                         }});
    }
}

constexpr DataFormat formats[] = {DataFormat::Float32, DataFormat::Float16_b, DataFormat::Float16, DataFormat::Bfp8_b,
                                  DataFormat::Bfp4_b};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    add_eltwise(cases, "add", EltwiseOp::Add, 1);
    add_eltwise(cases, "mul LoFi", EltwiseOp::Mul, 1);
    add_eltwise(cases, "mul HiFi2", EltwiseOp::Mul, 2);
    add_eltwise(cases, "mul HiFi4", EltwiseOp::Mul, 4);
    add_pool(cases, "sum LoFi", false, 1);
    add_pool(cases, "sum HiFi4", false, 4);
    add_pool(cases, "max", true, 1);
    for (const DataFormat format : formats) {
        const Precision source = format == DataFormat::Float32   ? Precision::Tf32
                                 : format == DataFormat::Float16 ? Precision::Fp16
                                                                 : Precision::Bf16;
        cases.push_back(
            {fmt::format("unpack {}", name(format)), format, source, Precision::Fp32,
             [=](const Arithmetic& x, Memory& m) { x.unpack(format, source, m.exponents[0], m.l1[0], words, m.a); }});
        for (const Precision dst : {Precision::Bf16, Precision::Fp32}) {
            PackPlan plan;
            plan.format = format;
            plan.dst = dst;
            cases.push_back(
                {fmt::format("pack {}, {}", name(format), width(dst)), format, source, dst,
                 [plan](const Arithmetic& x, Memory& m) { x.pack(plan, m.before, words, m.out_exponents, m.out); }});
        }
    }
    // What a kernel's tile goes through.
    for (const auto& [label, op, phases] :
         {std::tuple{"add", EltwiseOp::Add, uint8_t{1}}, {"mul HiFi4", EltwiseOp::Mul, uint8_t{4}}}) {
        for (const Precision dst : {Precision::Bf16, Precision::Fp32}) {
            const EltwisePlan plan{op, false, phases, Precision::Bf16, dst};
            cases.push_back({fmt::format("unpack twice, {}, pack, {}", label, width(dst)), DataFormat::Float16_b,
                             Precision::Bf16, dst, [plan](const Arithmetic& x, Memory& m) {
                                 x.unpack(DataFormat::Float16_b, Precision::Bf16, nullptr, m.l1[0], words, m.a);
                                 x.unpack(DataFormat::Float16_b, Precision::Bf16, nullptr, m.l1[1], words, m.b);
                                 x.eltwise(plan, m.a, m.b, m.dst, words);
                                 PackPlan pack;
                                 pack.dst = plan.dst;
                                 x.pack(pack, m.dst, words, nullptr, m.out);
                             }});
        }
    }
    return cases;
}

}  // namespace

nlohmann::json child_eltwise_exact() {
    static Memory memory;
    nlohmann::json out;
    for (const Case& c : all_cases()) {
        nlohmann::json& row = out.emplace_back();
        row["name"] = c.name;
        for (const MathMode mode : {MathMode::Fast, MathMode::Exact}) {
            const Arithmetic& arithmetic = tessera::tensix::arithmetic(mode, chip);
            fill(arithmetic, c.format, c.source, c.dst, memory);
            row[mode == MathMode::Fast ? "fast" : "exact"] = seconds_per_call([&] { c.run(arithmetic, memory); });
        }
    }
    return out;
}

Rows eltwise_exact() {
    Rows rows;
    for (const auto& r : run_child("eltwise_exact", {})) {
        const double fast = r["fast"], exact = r["exact"];
        rows.push_back({.name = "exact " + r["name"].get<std::string>(),
                        .value = 1e9 * exact,
                        .unit = "ns",
                        .peer = "fast mode",
                        .ratio = fast / exact,
                        .goal = 0.25});
    }
    return rows;
}

}  // namespace bench

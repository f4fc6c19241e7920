// Products and elementwise arithmetic against the golden vectors. The fast arithmetic sums in fp32 where the chip
// aligns to few bits, so results agree within bounds that are stated here and measured relative to the size of the
// summands.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include <tensix/fast/ops.h>

#include "best.h"

#include "golden.h"

namespace {

using namespace tessera::tensix;

float as_float(uint32_t u) {
    float f;
    std::memcpy(&f, &u, 4);
    return f;
}

uint32_t fidelity_of(const std::string& name) {
    return name == "LoFi" ? 0 : name == "HiFi2" ? 2 : name == "HiFi3" ? 3 : 4;
}

// Row-major 32x32 to faces.
template <typename T>
void to_faces(const T* in, T* out) {
    for (int r = 0; r < 32; ++r) {
        for (int c = 0; c < 32; ++c) {
            out[(r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16] = in[r * 32 + c];
        }
    }
}

bool tame(const std::string& dist) {
    return dist == "small_int" || dist == "uniform_pm1" || dist == "normal" || dist == "wide_exp" || dist == "cancel";
}

std::vector<float> result(const nlohmann::json& entry) {
    std::vector<float> out;
    if (entry["out_dtype"] == "bf16_bits") {
        for (uint16_t h : golden::values<uint16_t>(entry, "out")) {
            out.push_back(as_float(static_cast<uint32_t>(h) << 16));
        }
    } else {
        for (uint32_t u : golden::values<uint32_t>(entry, "out")) {
            out.push_back(as_float(u));
        }
    }
    return out;
}

// fp32 DST: within 2^-10 of the sum of |a b| (the chip aligns each group of 8 products to 11 bits in every phase).
// 16-bit DST: plus the rounding of DST after every phase and 16 k, each up to 2^-8 of the running sum.
TEST(GoldenMath, MatmulBf16) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "matmul" || entry["in0_fmt"] != "bf16" || entry["in1_fmt"] != "bf16" ||
            !tame(entry["dist"]) || entry["src_fmt"] != "bf16") {
            continue;
        }
        const auto in0 = golden::values<uint16_t>(entry, "in0"), in1 = golden::values<uint16_t>(entry, "in1");
        const uint32_t k_tiles = entry["k_tiles"];
        const FidelityMasks masks = fidelity_masks(fidelity_of(entry["fidelity"]));
        const std::vector<float> expected = result(entry);
        alignas(64) float dst[1024];
        std::vector<double> magnitude(1024, 0.0);
        for (uint32_t k = 0; k < k_tiles; ++k) {
            alignas(64) uint16_t a[1024], b[1024];
            to_faces(&in0[k * 1024], a);
            to_faces(&in1[k * 1024], b);
            const void *pa = a, *pb = b;
            const uint8_t fresh = k == 0;
            ProductPlan plan;
            plan.in0 = &pa;
            plan.in1 = &pb;
            plan.dst = dst;
            plan.fresh = &fresh;
            plan.in0_mask = masks.src_b;
            plan.in1_mask = masks.src_a;
            best().matmul_bf16(plan);
            for (int r = 0; r < 32; ++r) {
                for (int c = 0; c < 32; ++c) {
                    for (int i = 0; i < 32; ++i) {
                        magnitude[r * 32 + c] +=
                            std::fabs(double{as_float(static_cast<uint32_t>(in0[k * 1024 + r * 32 + i]) << 16)} *
                                      as_float(static_cast<uint32_t>(in1[k * 1024 + i * 32 + c]) << 16));
                    }
                }
            }
        }
        const double phases = entry["phases"];
        const bool narrow = entry["dst_bits"] == 16;
        const double bound = std::ldexp(1.0, -10) + (narrow ? std::ldexp(2 * k_tiles * phases, -8) : 0.0);
        for (int r = 0; r < 32; ++r) {
            for (int c = 0; c < 32; ++c) {
                const double got = dst[(r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16];
                ASSERT_NEAR(got, expected[r * 32 + c], bound * magnitude[r * 32 + c] + 1e-37)
                    << entry.dump() << " at " << r << "," << c;
            }
        }
        ++cases;
    }
    EXPECT_GT(cases, 3u);
}

// Within one unit of DST's last place, or of the 12-bit sum where the chip aligns to that, of the larger operand.
TEST(GoldenMath, EltwiseBf16) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        const std::string op = entry["op"];
        if ((op != "elwadd" && op != "elwsub" && op != "elwmul") || entry["in_fmt"] != "bf16" || !tame(entry["dist"])) {
            continue;
        }
        const auto in0 = golden::values<uint16_t>(entry, "in0"), in1 = golden::values<uint16_t>(entry, "in1");
        std::vector<uint32_t> a(1024), b(1024);
        for (size_t i = 0; i < 1024; ++i) {
            a[i] = static_cast<uint32_t>(in0[i]) << 16;
            b[i] = static_cast<uint32_t>(in1[i]) << 16;
        }
        const bool mul = op == "elwmul";
        if (mul) {
            const FidelityMasks masks = fidelity_masks(fidelity_of(entry["fidelity"]));
            best().mask(a.data(), masks.src_a, 1024);
            best().mask(b.data(), masks.src_b, 1024);
        }
        const bool narrow = entry["dst_bits"] == 16;
        const auto* fa = reinterpret_cast<const float*>(a.data());
        const auto* fb = reinterpret_cast<const float*>(b.data());
        std::vector<float> dst(1024);
        const int times = entry["applied_times"];
        for (int t = 0; t < times; ++t) {
            best().eltwise(mul              ? EltwiseOp::Mul
                           : op == "elwadd" ? EltwiseOp::Add
                                            : EltwiseOp::Sub,
                           t > 0, narrow ? Precision::Bf16 : Precision::Fp32, fa, fb, dst.data(), 1024);
        }
        const std::vector<float> expected = result(entry);
        const double phases = mul ? entry["phases"].get<double>() : 1.0;
        for (size_t i = 0; i < 1024; ++i) {
            const double size = mul ? std::fabs(double{fa[i]} * fb[i]) : std::fabs(fa[i]) + std::fabs(fb[i]);
            const double bound = times * (std::ldexp(size, narrow ? -7 : -10) * phases);
            ASSERT_NEAR(dst[i], expected[i], bound + 1e-37) << entry.dump() << " at " << i;
        }
        ++cases;
    }
    EXPECT_GT(cases, 3u);
}

}  // namespace

// The size of the exact mode's errors: products of 32 x 32 x 32 bf16 tiles of normal numbers against float64, for each
// fidelity and width of DST. The expected figures were measured on an instruction-level model of the chip.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include <tensix/arithmetic.h>

using namespace tessera::tensix;

namespace {

struct Expected {
    uint8_t phases;
    Precision dst;
    double mean, max;     // of |error|
    double uncorrelated;  // 1 - PCC at most
};
constexpr Expected EXPECTED[] = {
    {1, Precision::Bf16, .118, .60, 3e-4},    {2, Precision::Bf16, .020, .15, 2e-5},
    {3, Precision::Bf16, .016, .14, 1e-5},    {4, Precision::Bf16, .016, .14, 1e-5},
    {1, Precision::Fp32, .119, .62, 3e-4},    {2, Precision::Fp32, .018, .10, 2e-5},
    {3, Precision::Fp32, .0014, .0094, 1e-7}, {4, Precision::Fp32, .0014, .0096, 1e-7},
};

uint32_t position(uint32_t r, uint32_t c) {
    return (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16;
}

TEST(Magnitudes, ErrorsOfANormalProductAreAsLargeAsTheChips) {
    constexpr int TILES = 24;
    for (Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        const Arithmetic& exact = arithmetic(MathMode::Exact, chip);
        for (const Expected& e : EXPECTED) {
            std::mt19937 random(5);
            std::normal_distribution<float> normal;
            double sum = 0, max = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
            for (int t = 0; t < TILES; ++t) {
                std::vector<uint32_t> a(1024), b(1024), dst(1024, 0);
                for (uint32_t i = 0; i < 1024; ++i) {
                    a[i] = std::bit_cast<uint32_t>(normal(random)) & 0xFFFF0000u;
                    b[i] = std::bit_cast<uint32_t>(normal(random)) & 0xFFFF0000u;
                }
                const MatmulOperand in0{a.data(), false}, in1{b.data(), false};
                const uint8_t fresh = 1;
                MatmulPlan plan;
                plan.in0 = &in0;
                plan.in1 = &in1;
                plan.dst = dst.data();
                plan.fresh = &fresh;
                plan.phases = e.phases;
                plan.dst_precision = e.dst;
                exact.matmul(plan);
                for (uint32_t r = 0; r < 32; ++r) {
                    for (uint32_t c = 0; c < 32; ++c) {
                        double truth = 0;
                        for (uint32_t k = 0; k < 32; ++k) {
                            truth += double{std::bit_cast<float>(a[position(r, k)])} *
                                     double{std::bit_cast<float>(b[position(k, c)])};
                        }
                        const double got = std::bit_cast<float>(dst[position(r, c)]), error = std::fabs(got - truth);
                        sum += error;
                        max = std::max(max, error);
                        sx += truth, sy += got, sxx += truth * truth, syy += got * got, sxy += truth * got;
                    }
                }
            }
            const double n = TILES * 1024.0, mean = sum / n;
            const double pcc = (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
            SCOPED_TRACE(testing::Message() << int{e.phases} << " phases, " << (e.dst == Precision::Fp32 ? "32" : "16")
                                            << "-bit DST, mean " << mean << ", max " << max << ", 1-PCC " << 1 - pcc);
            EXPECT_NEAR(mean, e.mean, 0.15 * e.mean);
            // A maximum depends on how many numbers are drawn.
            EXPECT_GT(max, 0.5 * e.max);
            EXPECT_LT(max, 2 * e.max);
            EXPECT_LT(1 - pcc, e.uncorrelated);
        }
    }
}

}  // namespace

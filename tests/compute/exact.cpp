// Exact arithmetic on the device against figures and sums that are not ours: the errors that products of normally
// distributed numbers are known to have on the chip.
#include <cmath>
#include <random>

#include "on_device.h"

namespace compute_test {
namespace {

class Exact : public Compute {};

// Mean and largest |error| of 32x32x32 products of N(0,1) bf16 numbers, as measured on an instruction-level model of
// the chip. The largest one depends on luck: it is taken a tile at a time and averaged.
struct Magnitude {
    MathFidelity fidelity;
    bool wide;
    double mean, largest;
};
constexpr Magnitude MAGNITUDES[] = {
    {MathFidelity::LoFi, false, .118, .60},    {MathFidelity::HiFi2, false, .020, .15},
    {MathFidelity::HiFi3, false, .016, .14},   {MathFidelity::HiFi4, false, .016, .14},
    {MathFidelity::LoFi, true, .119, .62},     {MathFidelity::HiFi2, true, .018, .10},
    {MathFidelity::HiFi3, true, .0014, .0094}, {MathFidelity::HiFi4, true, .0014, .0096},
};

TEST_F(Exact, ProductsOfNormalNumbersErrAsOnTheChip) {
    constexpr uint32_t tiles = 8;
    std::mt19937 generator(11);
    std::normal_distribution<float> normal;
    const auto random = [&](uint32_t, uint32_t) {
        return std::bit_cast<float>(std::bit_cast<uint32_t>(normal(generator)) & 0xFFFF0000u);
    };
    const Matrix a = matrix(32 * tiles, 32, random), b = matrix(32 * tiles, 32, random);
    for (const Magnitude& known : MAGNITUDES) {
        SCOPED_TRACE(std::to_string(static_cast<int>(known.fidelity)) + (known.wide ? " DST 32" : " DST 16"));
        const auto results = run(R"(
            mm_init(0, 1, 16);
            cb_push_back(0, 8);
            cb_push_back(1, 8);
            for (uint32_t t = 0; t < 8; ++t) {
                section([=] { matmul_tiles(0, 1, t, t, 0); });
            }
        )",
                                 {{.index = 0, .pages = tiles, .values = a},
                                  {.index = 1, .pages = tiles, .values = b},
                                  {.index = 16, .pages = tiles, .format = DataFormat::Float32}},
                                 {.math_fidelity = known.fidelity, .fp32_dest_acc_en = known.wide});
        const Matrix& c = results.at(16);
        double sum = 0, largest = 0, xx = 0, yy = 0, xy = 0;
        for (uint32_t t = 0; t < tiles; ++t) {
            double most = 0;
            for (uint32_t row = t * 32; row < t * 32 + 32; ++row) {
                for (uint32_t column = 0; column < 32; ++column) {
                    double truth = 0;
                    for (uint32_t k = 0; k < 32; ++k) {
                        truth += double{a(row, k)} * b(t * 32 + k, column);
                    }
                    const double got = c(row, column), error = std::fabs(got - truth);
                    sum += error;
                    most = std::max(most, error);
                    xx += truth * truth;
                    yy += got * got;
                    xy += truth * got;
                }
            }
            largest += most / tiles;
        }
        EXPECT_NEAR(sum / (tiles * 1024) / known.mean, 1.0, 0.15);
        EXPECT_NEAR(largest / known.largest, 1.0, 0.4);
        EXPECT_LT(1 - xy / std::sqrt(xx * yy), known.wide && known.mean < .01 ? 1e-6 : known.mean < .1 ? 5e-5 : 5e-4);
    }
}

}  // namespace
}  // namespace compute_test

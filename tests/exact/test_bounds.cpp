// How far the fast mode may be from the exact one: the bounds of docs/numerics.md, on ordinary numbers, numbers of very
// different sizes and sums that cancel. Each test also prints how much of its bound was used.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <tensix/arithmetic.h>

namespace {

using namespace tessera::tensix;

constexpr double two(int exponent) {
    return exponent >= 0 ? static_cast<double>(1ull << exponent) : 1.0 / static_cast<double>(1ull << -exponent);
}

/// What a result of DST is rounded to, relative to it, and what terms are aligned to, relative to the largest.
double rounding(Precision dst) {
    return dst == Precision::Fp32 ? two(-24) : dst == Precision::Bf16 ? two(-8) : two(-11);
}
double alignment(Precision dst) {
    return dst == Precision::Fp32 ? 1.5 * two(-23) : 1.5 * (two(-10) + two(-23));
}

double value(uint32_t word) {
    return std::bit_cast<float>(word);
}
/// A source word of the exact mode; fp16 has its own exponents.
double source_value(Precision p, uint32_t word) {
    return value(p == Precision::Fp16 && (word & 0x7F800000u) != 0 ? word + (112u << 23) : word);
}

enum class Kind { Normal, WideExponents, Cancelling, FewBits };
constexpr Kind kinds[] = {Kind::Normal, Kind::WideExponents, Kind::Cancelling, Kind::FewBits};

struct Numbers {
    std::mt19937 random;
    std::normal_distribution<double> normal{};

    /// fp16 has room for few sizes.
    double next(Kind kind, uint32_t i, Precision src) {
        const int sizes = src == Precision::Fp16 ? 2 : 8;
        switch (kind) {
            case Kind::WideExponents:
                return std::ldexp(normal(random), static_cast<int>(random() % (2 * sizes + 1)) - sizes);
            case Kind::Cancelling:
                return (i % 2 == 0 ? 1 : -1) * (1 + 0.01 * normal(random));
            case Kind::FewBits:
                return static_cast<double>(static_cast<int>(random() % 15) - 7) / 4;
            default:
                return normal(random);
        }
    }
};

/// The same numbers as source words of both modes: packed in L1 in a format that the precision reads.
struct Sources {
    std::vector<uint32_t> exact, fast;
    std::vector<double> values;
};
Sources sources(Precision p, const std::vector<double>& numbers) {
    const DataFormat format = p == Precision::Fp16   ? DataFormat::Float16
                              : p == Precision::Bf16 ? DataFormat::Float16_b
                                                     : DataFormat::Float32;
    std::vector<uint8_t> l1(numbers.size() * 4);
    for (size_t i = 0; i < numbers.size(); ++i) {
        const auto v = static_cast<float>(numbers[i]);
        const uint32_t b = std::bit_cast<uint32_t>(v);
        if (p == Precision::Fp16) {
            const auto h = std::bit_cast<uint16_t>(static_cast<_Float16>(v));
            std::memcpy(&l1[2 * i], &h, 2);
        } else if (p == Precision::Bf16) {
            const auto h = static_cast<uint16_t>(b >> 16);
            std::memcpy(&l1[2 * i], &h, 2);
        } else {
            std::memcpy(&l1[4 * i], &b, 4);
        }
    }
    Sources s{std::vector<uint32_t>(numbers.size()), std::vector<uint32_t>(numbers.size()), {}};
    const auto count = static_cast<uint32_t>(numbers.size());
    arithmetic(MathMode::Exact, Chip::Wormhole).unpack(format, p, nullptr, l1.data(), count, s.exact.data());
    arithmetic(MathMode::Fast, Chip::Wormhole).unpack(format, p, nullptr, l1.data(), count, s.fast.data());
    for (const uint32_t word : s.exact) {
        s.values.push_back(source_value(p, word));
    }
    return s;
}

struct Case {
    Chip chip;
    Precision src, dst;
    uint8_t phases;
};
std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        for (const Precision src : {Precision::Bf16, Precision::Tf32, Precision::Fp16}) {
            for (const bool wide : {false, true}) {
                if (src == Precision::Tf32 && !wide) {
                    continue;  // fp32 is unpacked to bf16 or fp16 then
                }
                for (uint8_t phases = 1; phases <= 4; ++phases) {
                    const Precision dst = wide ? Precision::Fp32 : src == Precision::Fp16 ? src : Precision::Bf16;
                    all.push_back({chip, src, dst, phases});
                }
            }
        }
    }
    return all;
}

/// The largest share of a bound that a difference used.
class Share {
public:
    explicit Share(const char* what) : what_(what) {}
    ~Share() { std::printf("%s: at most %.3f of the bound\n", what_, most_); }
    void add(double difference, double bound) {
        ASSERT_LE(difference, bound) << what_;
        if (bound > 0) {
            most_ = std::max(most_, difference / bound);
        }
    }

private:
    const char* what_;
    double most_ = 0;
};

/// Numbers below the smallest vanish: of fp16 that is not far away.
double vanishing(const Case& c, uint32_t terms) {
    return c.dst == Precision::Fp16 ? (c.phases * terms + 1) * two(-14) : 0;
}

/// Wormhole's adder errs in 32-bit DST when a sum is one unit below zero: 16 times the power of two of the largest term
/// comes out, negative.
bool erratum(const Case& c, double result, double largest_term) {
    return c.chip == Chip::Wormhole && c.dst == Precision::Fp32 && result < -4 * largest_term;
}

/// HiFi3 leaves out the product of the two low slices, which the fast mode has.
double left_out(const Case& c) {
    return c.phases == 3 ? two(-10) : 0;
}

TEST(Bounds, DotProducts) {
    Share share("dot products");
    Numbers numbers{std::mt19937(1)};
    for (const Case& c : cases()) {
        for (const Kind kind : kinds) {
            for (const uint32_t tiles : {1u, 4u, 16u}) {
                std::vector<uint32_t> exact(1024), fast(1024);
                std::vector<double> groups(1024), sums(1024);
                for (uint32_t t = 0; t < tiles; ++t) {
                    std::vector<double> x(1024), y(1024);
                    for (uint32_t i = 0; i < 1024; ++i) {
                        x[i] = numbers.next(kind, i, c.src);
                        y[i] = numbers.next(kind == Kind::Cancelling ? Kind::Normal : kind, i, c.src);
                    }
                    const Sources a = sources(c.src, x), b = sources(c.src, y);
                    const uint8_t fresh = t == 0;
                    const auto run = [&](MathMode mode, const Sources& in0, const Sources& in1, uint32_t* dst) {
                        const MatmulOperand left{mode == MathMode::Exact ? in0.exact.data() : in0.fast.data()};
                        const MatmulOperand right{mode == MathMode::Exact ? in1.exact.data() : in1.fast.data()};
                        MatmulPlan plan;
                        plan.in0 = &left;
                        plan.in1 = &right;
                        plan.dst = dst;
                        plan.fresh = &fresh;
                        plan.phases = c.phases;
                        plan.src = c.src;
                        plan.dst_precision = c.dst;
                        arithmetic(mode, c.chip).matmul(plan);
                    };
                    run(MathMode::Exact, a, b, exact.data());
                    run(MathMode::Fast, a, b, fast.data());
                    const auto at = [](const Sources& s, uint32_t r, uint32_t k) {
                        return s.values[(r / 16 * 2 + k / 16) * 256 + r % 16 * 16 + k % 16];
                    };
                    for (uint32_t r = 0; r < 32; ++r) {
                        for (uint32_t n = 0; n < 32; ++n) {
                            const uint32_t i = (r / 16 * 2 + n / 16) * 256 + r % 16 * 16 + n % 16;
                            for (uint32_t g = 0; g < 4; ++g) {
                                double largest = 0;
                                for (uint32_t k = 8 * g; k < 8 * g + 8; ++k) {
                                    const double product = std::fabs(at(a, r, k) * at(b, k, n));
                                    largest = std::max(largest, product);
                                    sums[i] += product;
                                }
                                groups[i] += largest;
                            }
                        }
                    }
                }
                if (c.dst != Precision::Fp32) {
                    arithmetic(MathMode::Fast, c.chip).round(c.dst, fast.data(), 1024);
                }
                const double steps = c.phases * 2.0 * tiles;
                for (uint32_t i = 0; i < 1024; ++i) {
                    const double r = rounding(c.dst);
                    const double bound =
                        4.17 * two(-10) * groups[i] +
                        (steps * (alignment(c.dst) + r) + r + 32 * tiles * two(-23) + left_out(c)) * sums[i] +
                        vanishing(c, 32 * tiles);
                    share.add(std::fabs(value(exact[i]) - value(fast[i])), bound);
                }
            }
        }
    }
}

TEST(Bounds, Reductions) {
    Share share("sums of columns");
    Numbers numbers{std::mt19937(2)};
    for (const Case& c : cases()) {
        for (const Kind kind : kinds) {
            std::vector<double> x(256), scale(256, 1.0 / 32);
            for (uint32_t i = 0; i < 256; ++i) {
                x[i] = numbers.next(kind, i / 16, c.src);
            }
            const Sources a = sources(c.src, x), s = sources(c.src, scale);
            uint32_t exact[64] = {}, fast[64] = {};
            const PoolPlan plan{false, c.phases, c.src, c.dst, true};
            arithmetic(MathMode::Exact, c.chip).pool(plan, a.exact.data(), s.exact.data(), exact);
            arithmetic(MathMode::Fast, c.chip).pool(plan, a.fast.data(), s.fast.data(), fast);
            PoolPlan maximum = plan;
            maximum.max = true;
            const Sources one = sources(c.src, std::vector<double>(256, 1.0));
            uint32_t exact_max[64] = {}, fast_max[64] = {};
            arithmetic(MathMode::Exact, c.chip).pool(maximum, a.exact.data(), one.exact.data(), exact_max);
            arithmetic(MathMode::Fast, c.chip).pool(maximum, a.fast.data(), one.fast.data(), fast_max);
            for (uint32_t i = 0; i < 16; ++i) {
                double sum = 0, groups = 0, largest = 0;
                for (uint32_t k = 0; k < 16; ++k) {
                    const double product = std::fabs(a.values[k * 16 + i] * s.values[k]);
                    largest = k % 8 == 0 ? product : std::max(largest, product);
                    groups += k % 8 == 7 ? largest : 0;
                    sum += product;
                }
                const double r = rounding(c.dst);
                share.add(std::fabs(value(exact[i]) - value(fast[i])),
                          4.17 * two(-10) * groups +
                              (c.phases * (alignment(c.dst) + r) + r + 16 * two(-23) + left_out(c)) * sum +
                              vanishing(c, 16));
                // Exponents of fp16 wrap around in 32-bit DST: the chip has no maximum there.
                if (c.src != Precision::Fp16 || c.dst == Precision::Fp16) {
                    EXPECT_EQ(value(exact_max[i]), value(fast_max[i])) << "maxima are equal";
                }
            }
        }
    }
}

TEST(Bounds, Elementwise) {
    Share sums("elementwise sums"), products("elementwise products");
    int errata = 0;
    Numbers numbers{std::mt19937(3)};
    for (const Case& c : cases()) {
        for (const Kind kind : kinds) {
            for (const bool accumulate : {false, true}) {
                for (const EltwiseOp op : {EltwiseOp::Add, EltwiseOp::Sub, EltwiseOp::Mul}) {
                    std::vector<double> x(1024), y(1024);
                    std::vector<uint32_t> exact(1024), fast(1024);
                    for (uint32_t i = 0; i < 1024; ++i) {
                        x[i] = numbers.next(kind, i, c.src);
                        y[i] = numbers.next(kind, i / 2, c.src);
                        const double drawn = numbers.next(kind, i / 4, c.src);
                        const auto held = static_cast<float>(std::fabs(drawn) < two(-14) ? 0 : drawn);
                        exact[i] = std::bit_cast<uint32_t>(held) & (c.dst == Precision::Fp32 ? ~0u : 0xFFFF0000u);
                    }
                    fast = exact;
                    const std::vector<uint32_t> before = exact;
                    const Sources a = sources(c.src, x), b = sources(c.src, y);
                    const auto phases = static_cast<uint8_t>(op == EltwiseOp::Mul ? c.phases : 1);
                    const EltwisePlan plan{op, accumulate, phases, c.src, c.dst};
                    arithmetic(MathMode::Exact, c.chip)
                        .eltwise(plan, a.exact.data(), b.exact.data(), exact.data(), 1024);
                    arithmetic(MathMode::Fast, c.chip).eltwise(plan, a.fast.data(), b.fast.data(), fast.data(), 1024);
                    for (uint32_t i = 0; i < 1024; ++i) {
                        const double p = std::fabs(a.values[i]), q = std::fabs(b.values[i]);
                        const double held = accumulate ? std::fabs(value(before[i])) : 0;
                        const double r = rounding(c.dst), step = alignment(c.dst) + r;
                        const double difference = std::fabs(value(exact[i]) - value(fast[i]));
                        const bool mul = op == EltwiseOp::Mul;
                        const double bound =
                            vanishing(c, 1) + (mul ? (phases * step + r + two(-22) + left_out(c)) * (p * q + held)
                                                   : two(-11) * std::max(p, q) +
                                                         ((accumulate ? step : r) + r + two(-22)) * (p + q + held));
                        if (erratum(c, value(exact[i]), std::max(mul ? p * q : std::max(p, q), held))) {
                            ++errata;
                        } else {
                            (mul ? products : sums).add(difference, bound);
                        }
                    }
                }
            }
        }
    }
    EXPECT_LT(errata, 10);
}

// Unpacking and packing are the same in both modes, to the bit, for ordinary numbers.
TEST(Bounds, FormatsAreTheSame) {
    std::vector<uint32_t> words(65536), other(65536);
    std::vector<uint8_t> codes(131072);
    for (uint32_t i = 0; i < 65536; ++i) {
        const auto h = static_cast<uint16_t>(i);
        std::memcpy(&codes[2 * i], &h, 2);
    }
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        const Arithmetic &exact = arithmetic(MathMode::Exact, chip), &fast = arithmetic(MathMode::Fast, chip);
        for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float16}) {
            const Precision p = format == DataFormat::Float16 ? Precision::Fp16 : Precision::Bf16;
            exact.unpack(format, p, nullptr, codes.data(), 65536, words.data());
            exact.to_dst(p, p, words.data(), words.data(), 65536);
            fast.unpack(format, p, nullptr, codes.data(), 65536, other.data());
            fast.to_dst(p, p, other.data(), other.data(), 65536);
            EXPECT_EQ(words, other) << name(format);
        }
        for (const DataFormat format : {DataFormat::Bfp8_b, DataFormat::Bfp4_b, DataFormat::Bfp2_b}) {
            // Every code under exponents with room for its normalisation.
            std::vector<uint8_t> data(256 * 16), exponents(256);
            for (uint32_t i = 0; i < data.size(); ++i) {
                data[i] = static_cast<uint8_t>(i % 256);
            }
            for (uint32_t i = 0; i < exponents.size(); ++i) {
                exponents[i] = static_cast<uint8_t>(8 + i % 246);
            }
            const uint32_t count = 256 * 16;
            words.assign(count, 0);
            other.assign(count, 0);
            exact.unpack(format, Precision::Bf16, exponents.data(), data.data(), count, words.data());
            exact.to_dst(Precision::Bf16, Precision::Bf16, words.data(), words.data(), count);
            fast.unpack(format, Precision::Bf16, exponents.data(), data.data(), count, other.data());
            EXPECT_EQ(words, other) << name(format);
        }
        words.resize(65536);
        other.resize(65536);
        std::mt19937 random(4);
        for (const Precision dst : {Precision::Fp32, Precision::Bf16}) {
            std::vector<uint32_t> in(4096);
            for (uint32_t& w : in) {
                w = (static_cast<uint32_t>(random()) & 0x807FFFFFu) | static_cast<uint32_t>(115 + random() % 24) << 23;
                w &= dst == Precision::Fp32 ? ~0u : 0xFFFF0000u;
            }
            for (const DataFormat format : {DataFormat::Float32, DataFormat::Float16_b, DataFormat::Float16,
                                            DataFormat::Bfp8_b, DataFormat::Bfp4_b, DataFormat::Bfp2_b}) {
                for (const uint8_t relu : {0, 1, 2, 3}) {
                    PackPlan plan;
                    plan.format = format;
                    plan.dst = dst;
                    plan.bfp_prerounded = relu % 2 == 0;
                    plan.relu = relu;
                    plan.relu_threshold = 0x3F000000;
                    // As TT-Metalium sets it up.
                    plan.via = dst == Precision::Fp32 && format == DataFormat::Float16 ? DataFormat::Float16_b
                                                                                       : DataFormat::Invalid;
                    std::vector<uint8_t> e1(256), e2(256), d1(16384), d2(16384);
                    exact.pack(plan, in.data(), 4096, e1.data(), d1.data());
                    fast.pack(plan, in.data(), 4096, e2.data(), d2.data());
                    EXPECT_EQ(e1, e2) << name(format);
                    EXPECT_EQ(d1, d2) << name(format) << " relu " << int{relu};
                }
            }
        }
    }
}

}  // namespace

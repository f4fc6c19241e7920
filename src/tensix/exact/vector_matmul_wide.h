// The exact matrix product for any operands and any DST: groups are summed as in vector_matmul_narrow.h, with the grid
// in fp64, whose exponents have room for every product; the adder works in integers.
#pragma once

#include <tensix/exact/vector_combine.h>
#include <tensix/exact/vector_matmul_panels.h>

namespace tessera::tensix::exact {
namespace {
namespace product {

/// 1.5 * 2^52 steps of the grid of exponent g (a bias of 127 taken off). Sums are its low bits.
[[gnu::always_inline]] inline Doubles wide_m(Ints g) {
    const Long field = __builtin_convertvector(words(g + (1023 - 127 - 10 + 52)), Long);
    return __builtin_bit_cast(Doubles, (field << 52) | (uint64_t{1} << 51));
}

[[gnu::always_inline]] inline Ints low_words(Doubles v) {
    return ints(__builtin_convertvector(__builtin_bit_cast(Long, v), Words));
}

[[gnu::always_inline]] inline Doubles broadcast(const double* p) {
    return __builtin_bit_cast(Doubles, Long{} + load<uint64_t>(p));
}

[[gnu::always_inline]] inline Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
#ifdef __FMA__
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

template <Precision Dst, Chip C>
void wide_product(const MatmulPlan& plan, const Left& left, const Right& right, const LeftWide& left_wide,
                  const RightWide& right_wide, u32* dst) {
    const bool zero_counts = plan.src == Precision::Fp16 && Dst == Precision::Fp32;
    const i32 floor = zero_counts ? 97 : -512;
    const i32 rebias = Dst == Precision::Fp16 ? 112 : 0;
    const u32 faces = plan.inner / 16;
    for (u32 i = 0; i < left.count; ++i) {
        for (u32 h = 0; h < plan.cols / 16; ++h) {
            Ints exponents[4];
            for (u32 g = 0; g < 2 * faces; ++g) {
                Ints largest = Ints{} + floor;
                for (u32 k = g * group_depth; k < (g + 1) * group_depth; ++k) {
                    const Ints pair = load<Ints>(right.exponents + k * 16);
                    const Ints a = h == 0 ? (pair << 16) >> 16 : pair >> 16;
                    largest = max(largest, a + (left.exponents[i * depth + k] >> 16));
                }
                exponents[g] = largest;
            }
            u32* const out = dst + dst_offset(plan, left.rows[i], h);
            Words d = load<Words>(out);
            for (u32 phase = 0; phase < plan.phases; ++phase) {
                const double* a_panel = (phase & 1 ? right_wide.low : right_wide.high) + h * 16;
                const double* b_panel = (phase & 2 ? left_wide.low : left_wide.high) + i * depth;
                for (u32 f = 0; f < faces; ++f) {
                    Ints sum[2], e[2];
                    for (u32 g = 0; g < 2; ++g) {
                        e[g] = exponents[2 * f + g] - phase_shift(phase);
                        Doubles s = wide_m(e[g]);
                        for (u32 k = (2 * f + g) * group_depth; k < (2 * f + g + 1) * group_depth; ++k) {
                            s = multiply_add(load<Doubles>(a_panel + k * side), broadcast(b_panel + k), s);
                        }
                        e[g] = max(e[g] - rebias, Ints{});
                        const Ints zero = {};
                        sum[g] = e[g] > 0 ? low_words(s) : zero;
                    }
                    const Ints e_dst = dst_exponent<Dst>(d);
                    const Ints x = max(max(e[0], e[1]), e_dst);
                    const Ints total = align_group<Dst>(sum[0], e[0], x) + align_group<Dst>(sum[1], e[1], x) +
                                       align_dst<Dst>(d, e_dst, x);
                    d = normalize<C, Dst, true>(total, x);
                }
            }
            store(out, d);
        }
    }
}

}  // namespace product
}  // namespace
}  // namespace tessera::tensix::exact

// The exact matrix product in fp32 arithmetic, for operands and DST whose exponents leave room on both sides (`fits`):
// what ordinary numbers are.
//
// A group of 8 products is summed on a grid, 2^-10 of its largest exponent G. m = 1.5 * 2^23 grid steps is an fp32
// number whose last place is the grid, and so is every number within 2^22 steps of it; a sum is at most 8 * 31 * 127 <
// 2^15 steps away. Adding a product p to such a number s is one rounding to the grid: s + round(p / grid) * grid, with
// ties to even unless p is nudged: p then lies past every tie, away from zero, which is the chip's rounding. A product
// of slices has at most 12 bits; a nudge of 2^-22 of it is less than its last bit, so that nothing else changes. (The
// nudge also survives a product rounded by itself: it lifts SrcA's slice by at least a unit of its last place, and a
// product of mantissas above 2 has both factors above 1, by which the lift is more than half a unit of the product's.)
// Slices are taken as numbers of their own worth, which is what the rules take off the exponents in the later phases.
#pragma once

#include <tensix/exact/vector_combine.h>
#include <tensix/exact/vector_matmul_panels.h>

namespace tessera::tensix::exact {
namespace {
namespace product {

#if defined(__AVX512F__)
constexpr u32 lane_count = 16;
#elif defined(__AVX2__)
constexpr u32 lane_count = 8;
#else
constexpr u32 lane_count = 4;
#endif
/// Rows at a time: two, with two groups and two halves of the columns, make eight chains of additions.
constexpr u32 row_block = 2;

using F = float __attribute__((vector_size(4 * lane_count)));
using U = u32 __attribute__((vector_size(4 * lane_count)));
using I = i32 __attribute__((vector_size(4 * lane_count)));
using Pairs = int16_t __attribute__((vector_size(4 * lane_count)));

template <typename To, typename From>
[[gnu::always_inline]] inline To as(From v) {
    return __builtin_bit_cast(To, v);
}
template <typename V>
[[gnu::always_inline]] inline V larger(V a, V b) {
    return __builtin_elementwise_max(a, b);
}

/// One number in all lanes, by a load alone.
[[gnu::always_inline]] inline F broadcast(const float* p) {
    return as<F>(I{} + load<i32>(p));
}

/// a * b + c, with one rounding or two: every use says why that is the same.
[[gnu::always_inline]] inline F multiply_add(F a, F b, F c) {
#ifdef __FMA__
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// The largest integer not above v, |v| < 2^31.
[[gnu::always_inline]] inline I floor_to_int(F v) {
#if defined(__AVX512F__)
    return as<I>(_mm512_cvt_roundps_epi32(as<__m512>(v), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
#elif defined(__AVX2__)
    return as<I>(_mm256_cvttps_epi32(_mm256_floor_ps(as<__m256>(v))));
#else
    const I t = __builtin_convertvector(v, I);
    return t + (__builtin_convertvector(t, F) > v);
#endif
}

/// v to 24 bits, half away from zero; |v| < 2^30.
[[gnu::always_inline]] inline F round_to_float(I v) {
#if defined(__AVX512F__)
    // Towards zero, then half a unit and more of what was cut off lifts the result.
    const F cut = as<F>(_mm512_cvt_roundepi32_ps(as<__m512i>(v), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
    const I rest = v - as<I>(_mm512_cvttps_epi32(as<__m512>(cut)));
    return multiply_add(__builtin_convertvector(rest, F), F{} + 0x1.00001p0f, cut);
#else
    // Two exact parts. The nudge, 2^-30 of v, is below one unit of v, and below half a unit of the last place of the
    // result where that is 1.
    const F low = __builtin_convertvector(v & 63, F), high = __builtin_convertvector(v & ~63, F);
    return high + multiply_add(high, F{} + 0x1p-30f, low);
#endif
}

/// Half of the exponents of a pair of columns' sums, as fields of fp32 patterns.
[[gnu::always_inline]] inline I field_of_pair(U pairs, u32 half) {
    return as<I>((half == 0 ? pairs : pairs >> 16) << 23);
}

/// A grid's m, see above, for a group of exponent G: the pattern is this above G's field.
constexpr u32 m_bits = exponent_of(13) | 0x400000u;

enum class Form : uint8_t { Fp32, Bf16, Fp16 };

/// Two groups' sums (m + sum) and what DST holds to what DST holds next. k: m of the largest exponent X among them.
template <Form form, Chip C>
[[gnu::always_inline]] inline F accumulate(F s0, F s1, I m0, I m1, F d) {
    const I e = as<I>(as<U>(d) & exponent_field);
    const I k = larger(larger(m0, m1), e + i32{m_bits});
    F v0 = s0 - as<F>(m0), v1 = s1 - as<F>(m1);  // exact: few steps of one grid
    if constexpr (form == Form::Fp32) {
        // In units of the last of the 24 bits of X, a group is an integer of 15 bits times 2^(13 - d), ties up; if it
        // has more than 24 bits before its point, there is nothing after it.
        const F scale = as<F>((exponent_of(277) + m_bits) - as<U>(k));
        const I t0 = floor_to_int(multiply_add(v0, scale, F{} + 0.5f));
        const I t1 = floor_to_int(multiply_add(v1, scale, F{} + 0.5f));
        // DST is below 2^24 units, ties away: with the number below a half, nothing else is carried over.
        const F half = as<F>((as<U>(d) & sign_bit) | __builtin_bit_cast(u32, 0x1.fffffep-2f));
        const I held = __builtin_convertvector(multiply_add(d, scale, half), I);
        const I sum = t0 + t1 + held;
        F r = round_to_float(sum);
        if constexpr (C == Chip::Wormhole) {
            // The erratum of the smallest negative sum.
            r = sum == -1 ? F{} - 0x1p27f : r;
        }
        return r * as<F>(k - i32{m_bits} - i32{exponent_of(23)});
    } else {
        if constexpr (form == Form::Fp16) {
            // A group whose exponent does not come to 1 is zero.
            const I least = I{} + i32{m_bits + exponent_of(113)};
            v0 = m0 >= least ? v0 : F{};
            v1 = m1 >= least ? v1 : F{};
        }
        // The adder rounds groups to 24 bits of X and then to 11, ties up both times: together, with 11-bit units,
        // floor(v + 1/2 + 2^-14). v is an integer of 15 bits over 2^d. For d < 14 the last summand changes nothing (nor
        // does its loss in the sum where v is large), for d > 15 the result is 0 or the same without it.
        // DST has at most 11 bits; rounded twice or once is the same for it, and the nudge makes ties go away from
        // zero.
        const F held = multiply_add(d, F{} + 0x1.000002p0f, as<F>(k));
#if defined(__AVX512F__)
        const F offset = as<F>(k - i32{m_bits + exponent_of(11) - 0x400});
        constexpr int down = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
        const __m512 t0 = _mm512_add_round_ps(as<__m512>(held), as<__m512>(v0 + offset), down);
        const F t = as<F>(_mm512_add_round_ps(t0, as<__m512>(v1 + offset), down));
#else
        // The same with rounding to nearest: a summand that carries ties, and for d of 14 and 15 what lies within 2^-14
        // of one, over and nothing else. 3/8 of a step of the group's own grid does for d < 13, 3/2 * 2^-14 beyond;
        // both have few enough bits for the sum to be exact.
        const I lift = k - i32{exponent_of(37)};
        const F lift0 = as<F>(larger(m0 - i32{exponent_of(25)}, lift));
        const F lift1 = as<F>(larger(m1 - i32{exponent_of(25)}, lift));
        const F t = (held + (v0 + lift0)) + (v1 + lift1);
#endif
        const U r = as<U>(t - as<F>(k));  // exact, at most 17 bits
        if constexpr (form == Form::Bf16) {
            return as<F>((r + 0x8000u) & 0xFFFF0000u);
        } else {
            const U rounded = (r + 0x1000u) & 0xFFFFE000u;
            const U kept = rounded & as<U>((rounded & exponent_field) >= exponent_of(113));
            constexpr float largest = 131008.0f;
            return __builtin_elementwise_max(__builtin_elementwise_min(as<F>(kept), F{} + largest), F{} - largest);
        }
    }
}

/// One pair of tiles.
struct Pair {
    const Left* left;
    const Right* right;
    u32* dst;
    u32 faces;  ///< of the inner dimension
    u32 phases;
    i32 floor;  ///< exponents of groups without a product count as this
};

/// `Rows` rows of the left panel from `first` times columns j.. and 16 + j.., lane_count of each.
template <u32 Rows, Form form, Chip C>
[[gnu::always_inline]] inline void rows_product(const Pair& p, u32 first, u32 j, float* const (&out)[Rows][2]) {
    const Left& left = *p.left;
    const Right& right = *p.right;
    // The groups' exponents, the same for all phases but for what a phase takes off.
    I exponents[2][2][Rows][2];
    for (u32 f = 0; f < p.faces; ++f) {
        for (u32 g = 0; g < 2; ++g) {
            Pairs largest[Rows];
            for (u32 r = 0; r < Rows; ++r) {
                largest[r] = Pairs{} + static_cast<int16_t>(p.floor);
            }
            const u32 k = f * face_depth + g * group_depth;
            const i32* const a_exponents = right.exponents + k * 16 + j;
            const i32* const b_exponents = left.exponents + first * depth + k;
#pragma clang loop unroll(full)
            for (u32 i = 0; i < group_depth; ++i) {
                const Pairs a = load<Pairs>(a_exponents + i * 16);
                for (u32 r = 0; r < Rows; ++r) {
                    const Pairs b = as<Pairs>(I{} + b_exponents[r * depth + i]);
                    largest[r] = larger(largest[r], a + b);
                }
            }
            for (u32 r = 0; r < Rows; ++r) {
                exponents[f][g][r][0] = field_of_pair(as<U>(largest[r]), 0);
                exponents[f][g][r][1] = field_of_pair(as<U>(largest[r]), 1);
            }
        }
    }
    F d[Rows][2];
    for (u32 r = 0; r < Rows; ++r) {
        d[r][0] = load<F>(out[r][0]);
        d[r][1] = load<F>(out[r][1]);
    }
    for (u32 phase = 0; phase < p.phases; ++phase) {
        const float* a_panel = (phase & 1 ? right.low : right.high) + j;
        const float* b_panel = (phase & 2 ? left.low : left.high) + first * depth;
        const bool empty = (phase & 1 && right.low_empty) || (phase & 2 && left.low_empty);
        const i32 to_m = static_cast<i32>(m_bits) - (phase_shift(phase) << 23);
        for (u32 f = 0; f < p.faces; ++f) {
            F s[2][Rows][2];
            for (u32 g = 0; g < 2; ++g) {
                for (u32 r = 0; r < Rows; ++r) {
                    s[g][r][0] = as<F>(exponents[f][g][r][0] + to_m);
                    s[g][r][1] = as<F>(exponents[f][g][r][1] + to_m);
                }
            }
            if (!empty) {
                for (u32 g = 0; g < 2; ++g) {
                    const u32 k = f * face_depth + g * group_depth;
                    const float* const a = a_panel + k * side;
                    const float* const b = b_panel + k;
#pragma clang loop unroll(full)
                    for (u32 i = 0; i < group_depth; ++i) {
                        const F a0 = load<F>(a + i * side), a1 = load<F>(a + i * side + 16);
                        for (u32 r = 0; r < Rows; ++r) {
                            const F b_all = broadcast(b + r * depth + i);
                            s[g][r][0] = multiply_add(a0, b_all, s[g][r][0]);
                            s[g][r][1] = multiply_add(a1, b_all, s[g][r][1]);
                        }
                    }
                }
            }
            for (u32 r = 0; r < Rows; ++r) {
                for (u32 h = 0; h < 2; ++h) {
                    const I m0 = exponents[f][0][r][h] + to_m, m1 = exponents[f][1][r][h] + to_m;
                    d[r][h] = accumulate<form, C>(s[0][r][h], s[1][r][h], m0, m1, d[r][h]);
                }
            }
        }
    }
    for (u32 r = 0; r < Rows; ++r) {
        store(out[r][0], d[r][0]);
        store(out[r][1], d[r][1]);
    }
}

template <u32 Rows, Form form, Chip C>
inline void block_product(const MatmulPlan& plan, const Pair& p, u32 first) {
    alignas(64) float unused[16];  // where there are only 16 columns
    for (u32 j = 0; j < 16; j += lane_count) {
        float* out[Rows][2];
        for (u32 r = 0; r < Rows; ++r) {
            const u32 row = p.left->rows[first + r];
            out[r][0] = reinterpret_cast<float*>(p.dst) + dst_offset(plan, row, 0) + j;
            out[r][1] = plan.cols == 32 ? reinterpret_cast<float*>(p.dst) + dst_offset(plan, row, 1) + j : unused;
        }
        if (plan.cols != 32) {
            store(unused, F{});
        }
        rows_product<Rows, form, C>(p, first, j, out);
    }
}

template <Form form, Chip C>
void narrow_product(const MatmulPlan& plan, const Pair& p) {
    u32 i = 0;
    for (; i + row_block <= p.left->count; i += row_block) {
        block_product<row_block, form, C>(plan, p, i);
    }
    for (; i < p.left->count; ++i) {
        block_product<1, form, C>(plan, p, i);
    }
}

/// The exponents within which the fp32 form is exact.
struct Limits {
    i32 floor;  ///< Pair::floor
    /// Of the sums of two operands' exponents less the bias. A tile's groups make DST grow by less than 2^10 of them.
    i32 group_least = 0, group_most = 224;
    i32 dst_least = 0, dst_most = 224;  ///< of what DST holds, unless that is zero
};

inline Limits limits(const MatmulPlan& plan) {
    const bool fp32 = plan.dst_precision == Precision::Fp32;
    if (plan.src == Precision::Fp16) {
        // All sums of fp16's exponents fit. In 32-bit DST zero has an exponent, the floor, and what is far below it
        // disappears. In 16-bit DST results are brought into fp16's range one by one.
        return fp32 ? Limits{.floor = 97} : Limits{.floor = 98, .dst_least = 113, .dst_most = 143};
    }
    // Nothing may come below the exponent that stands for a group of zeros: a sum that is not zero is at least one unit
    // of 24 bits, or of 11.
    const i32 phases_take = plan.phases == 1 ? 0 : plan.phases == 2 ? 5 : plan.phases == 3 ? 7 : 12;
    const i32 floor = 26 + phases_take;
    return {.floor = floor, .group_least = floor + phases_take + (fp32 ? 24 : 11), .dst_least = floor};
}

[[gnu::always_inline]] inline bool fits(const Limits& limits, const Range& left, const Range& right) {
    return left.lowest + right.lowest - 127 >= limits.group_least &&
           left.highest + right.highest - 127 <= limits.group_most;
}

/// Whether what DST holds in the rows to be computed is within the limits.
inline bool dst_fits(const MatmulPlan& plan, const Limits& limits, const Left& left, const u32* dst) {
    const u32 least = exponent_of(static_cast<u32>(limits.dst_least));
    const u32 span = exponent_of(static_cast<u32>(limits.dst_most - limits.dst_least + 1));
    Ints bad = {};
    for (u32 i = 0; i < left.count; ++i) {
        for (u32 f = 0; f < plan.cols / 16; ++f) {
            const Words w = load<Words>(dst + dst_offset(plan, left.rows[i], f)) & ~sign_bit;
            bad |= ((w - least) >= span) & (w != 0);
        }
    }
    return !any(bad);
}

}  // namespace product
}  // namespace
}  // namespace tessera::tensix::exact

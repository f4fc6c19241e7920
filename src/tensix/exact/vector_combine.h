// The adder of the matrix unit on sixteen lanes: a sum of aligned products, or of two sources, is added to what DST
// holds. Two forms that give the same bits: in integers for any input, and in floats for 16-bit DST and exponents that
// leave room.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/vector_lanes.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

/// Biased exponents of DST words as the adder sees them (fp16: of bias 15), 0 where the word counts as zero.
template <Precision Dst>
[[gnu::always_inline]] inline Ints dst_exponent(Words d) {
    const Ints e = ints((d >> 23) & 0xFFu);
    if constexpr (Dst == Precision::Fp16) {
        return max(e - 112, Ints{});
    }
    return e;
}

/// What a group adds, in units of 2^-23 of exponent x. sum: in units of 2^-10 of exponent e, below 2^15 in magnitude.
/// Ties go towards plus infinity, as a shift of two's complement rounds them.
template <Precision Dst>
[[gnu::always_inline]] inline Ints align_group(Ints sum, Ints e, Ints x) {
    const Ints group = shift_right_round(sum << 13, min(x - e, Ints{} + 31));
    // A 16-bit DST's adder has 11 bits.
    return Dst == Precision::Fp32 ? group : (group + 0x1000) & ~0x1FFF;
}

/// What DST adds, in the same units. Ties go away from zero.
template <Precision Dst>
[[gnu::always_inline]] inline Ints align_dst(Words d, Ints e, Ints x) {
    const Ints zero = {};
    const Ints significand = e > 0 ? ints((d & mantissa_field) | 0x800000u) : zero;
    Ints held = shift_right_round(significand, min(x - e, zero + 31));
    if constexpr (Dst != Precision::Fp32) {
        held = (held + 0x1000) & ~0x1FFF;
    }
    return ints(d) < 0 ? -held : held;
}

/// The sum of the aligned terms, below 2^30, as a DST word. Wide: it may be 3 * 2^24 or more.
template <Chip C, Precision Dst, bool Wide = false>
[[gnu::always_inline]] inline Words normalize(Ints total, Ints x) {
    const Ints negative = total < 0;
    Ints magnitude = negative ? -total : total;
    if constexpr (Dst == Precision::Fp32) {
        // To 24 bits, half away from zero.
        if constexpr (Wide) {
            // A conversion that rounds up to the next power of two does no harm: so does the sum, at either place.
            const Ints excess = max((ints(words(to_float(magnitude))) >> 23) - 150, Ints{});
            magnitude = (magnitude + ((Ints{} + 1) << excess >> 1)) & ((Ints{} - 1) << excess);
        } else {
            const Ints excess = magnitude >> 24;
            magnitude = (magnitude + excess) & ~(excess | (excess >> 1));
        }
    }
    Words r = words(to_float(magnitude));
    if constexpr (Dst == Precision::Bf16) {
        r = (r + 0x8000u) & 0xFFFF0000u;
    } else if constexpr (Dst == Precision::Fp16) {
        r = (r + 0x1000u) & 0xFFFFE000u;
    }
    // Bit 23 of the magnitude stands for exponent x.
    Ints e_out = ints(r >> 23) + (x - 150);
    if constexpr (Dst == Precision::Fp32 && C == Chip::Wormhole) {
        // Wormhole's normalisation is 27 places off for the smallest negative sum.
        e_out = total == -1 ? e_out + 27 : e_out;
    }
    const Words sign = words(total) & sign_bit;
    const Ints zero_result = (total == 0) | (e_out <= 0);
    if constexpr (Dst == Precision::Fp16) {
        const Words finite = (r & mantissa_field) | words((e_out + 112) << 23);
        const Words largest = Words{} + (exponent_of(143) | 0x7FE000u);
        return keep(~zero_result, sign | (e_out >= 32 ? largest : finite));
    } else {
        const Words finite = (r & mantissa_field) | words(e_out << 23);
        const Words infinity = Words{} + exponent_field;
        return keep(~zero_result, sign | (e_out >= 255 ? infinity : finite));
    }
}

/// A group's sum on top of DST: the new DST words. sum: in units of 2^-10 of exponent e, below 2^12 in magnitude; zero
/// where e is not positive.
template <Chip C, Precision Dst>
inline Words combine(Ints sum, Ints e, Words d) {
    const Ints e_dst = dst_exponent<Dst>(d);
    const Ints x = max(e, e_dst);
    return normalize<C, Dst>(align_group<Dst>(sum, e, x) + align_dst<Dst>(d, e_dst, x), x);
}

/// Exponents for which the float form has room on both sides, as fields of fp32 patterns.
constexpr u32 float_form_lowest = exponent_of(32);
constexpr u32 float_form_above = exponent_of(240);

/// The number whose last place is 2^-10 of exponent x, in the middle of its binade: what is added to it is rounded to
/// that place, and stays there for sums below 2^22 places.
[[gnu::always_inline]] inline Floats rounder(Words x) {
    return floats(x + (exponent_of(13) | 0x400000u));
}

/// Lifts what has few significant bits by less than anything that counts, away from zero: ties are ties no more. Zero
/// stays zero.
[[gnu::always_inline]] inline Floats away_from_zero(Floats v) {
    return v * 0x1.000002p0f;
}

template <Precision Dst>
[[gnu::always_inline]] inline Words round_sum(Words r) {
    if constexpr (Dst == Precision::Bf16) {
        return (r + 0x8000u) & 0xFFFF0000u;
    } else if constexpr (Dst == Precision::Fp16) {
        return (r + 0x1000u) & 0xFFFFE000u;
    }
    return r;
}

/// combine for 32-bit DST and exponents that leave room. e: exponent as a field of an fp32 pattern. outside: gets the
/// lanes for which the result is not right.
template <Chip C>
[[gnu::always_inline]] inline Words combine_quickly(Ints sum, Words e, Words d, Ints& outside) {
    const Words e_dst = d & exponent_field;
    const Words x = max(e, e_dst);
    outside |= (x != 0) & (x - float_form_lowest >= float_form_above - float_form_lowest);
    const Ints group = (shift_right_any(sum << 14, (x - e) >> 23) + 1) >> 1;
    const Words significand = keep(e_dst != 0, ((d << 1) & 0xFFFFFFu) | 0x1000000u);
    const Ints held = ints((shift_right_any(significand, (x - e_dst) >> 23) + 1) >> 1);
    const Ints total = group + (ints(d) < 0 ? -held : held);
    if constexpr (C == Chip::Wormhole) {
        outside |= total == -1;
    }
    // Half away from zero: the sum has at most 26 bits and stays below 3 * 2^24.
    const Ints magnitude = total < 0 ? -total : total;
    const Words r = words(to_float_truncated(magnitude + (magnitude >> 24))) + (x - exponent_of(150));
    return keep(total != 0, r | (words(total) & sign_bit));
}

#ifdef __AVX512F__
/// The same in fewer steps, with the rounding that conversions do on this CPU. term: the value of what is added, of at
/// most 12 bits; e: its exponent as a field, may be below zero. Lanes for which x, the larger of e and DST's exponent,
/// is not within float_form_lowest and float_form_above give something else, save that of zero they give zero: scale is
/// then a negative number next to nothing.
/// Scaled by 2^-(x - 23) the rules' aligned significands are integers: the term's is floor(v + 1/2), ties up, and DST's
/// is v + 1/2 with v's sign, cut off, ties away. Both sums are rounded in the direction of the conversion that follows,
/// so that rounding twice is rounding once. A DST that counts as zero comes to less than half a unit.
template <Chip C>
[[gnu::always_inline]] inline Words combine_scaled(Floats term, Ints e, Words d, Ints& outside) {
    constexpr int down = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC, cut = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
    const auto raw = [](auto v) { return __builtin_bit_cast(__m512, v); };
    const Words x = words(max(e, ints(d & exponent_field)));
    const __m512 scale = raw(exponent_of(277) - x);
    const __m512 group = _mm512_fmadd_round_ps(raw(term), scale, _mm512_set1_ps(0.5f), down);
    const __m512 held = _mm512_fmadd_round_ps(raw(d), scale, raw((d & sign_bit) | 0x3F000000u), cut);
    const Ints total = __builtin_bit_cast(Ints, _mm512_cvt_roundps_epi32(group, down)) +
                       __builtin_bit_cast(Ints, _mm512_cvttps_epi32(held));
    if constexpr (C == Chip::Wormhole) {
        outside |= total == -1;
    }
    // As combine_quickly rounds.
    const Ints magnitude = __builtin_elementwise_abs(total);
    const Floats r = to_float_truncated(magnitude + (magnitude >> 24)) * floats(x - exponent_of(23));
    return (words(r) & ~sign_bit) | (words(total) & sign_bit);
}
#endif

/// DST words that are not what a 16-bit DST holds, or count as zero without being it: not for the float form.
template <Precision Dst>
[[gnu::always_inline]] inline Ints outside_of_dst(Words d) {
    if constexpr (Dst == Precision::Fp16) {
        const Words magnitude = d & ~sign_bit;
        return ((d & 0x1FFFu) != 0) | (magnitude - 1 < exponent_of(113) - 1);
    }
    return (d & 0xFFFFu) != 0;
}

/// What is to be added to a product so that its ties at the place of `rounder` go up: less than what tells two products
/// near a tie apart.
[[gnu::always_inline]] inline Floats lift(Floats m) {
    return m * 0x1p-37f;
}

/// The float form, for 16-bit DST: a product or sum of at most 12 bits, lifted by lift(m), on top of d. m: rounder of
/// the larger exponent of the term and of d.
template <Precision Dst>
[[gnu::always_inline]] inline Words combine_in_floats(Floats lifted, Floats m, Words d) {
    static_assert(Dst == Precision::Bf16 || Dst == Precision::Fp16);
    const Words r = round_sum<Dst>(words(((m + away_from_zero(floats(d))) + lifted) - m));
    return keep((r & exponent_field) > (Dst == Precision::Fp16 ? exponent_of(112) : 0u), r);
}

}  // namespace lanes
}  // namespace
}  // namespace tessera::tensix::exact

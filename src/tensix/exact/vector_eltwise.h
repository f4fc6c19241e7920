// ELWADD, ELWSUB and ELWMUL, sixteen elements at a time. Each operation has a general form in integers, which takes any
// input, and quicker forms in floats for exponents away from the ends of the range; a row of which any element is
// outside takes the general form.
#pragma once

#include <tensix/exact/scalar.h>
#include <tensix/exact/vector_combine.h>
#include <tensix/exact/vector_int8.h>
#include <tensix/exact/vector_source.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

// --- Addition --------------------------------------------------------------------------------------------------------

template <Chip C, Precision Src, Precision Dst>
[[gnu::noinline]] void add_generally(const u32* pa, const u32* pb, u32 flip_b, bool accumulate, u32* dst) {
    const Ints zero = {};
    const Words a = load<Words>(pa), b = load<Words>(pb) ^ flip_b;
    const Ints ea = source_exponent<Src>(a), eb = source_exponent<Src>(b);
    const Ints x = max(ea, eb);
    const auto aligned = [&](Words w, Ints e) {
        const Ints m = e > 0 ? ints(source_significand<Src>(w)) : zero;
        const Ints v = shift_right_round(m, min(x - e, zero + 31));
        return ints(w) < 0 ? -v : v;
    };
    const Ints sum = aligned(a, ea) + aligned(b, eb);
    const i32 bias = Src == Precision::Fp16 && Dst == Precision::Fp32 ? 112 : 0;
    const Ints e = bias == 0 ? x : x > 0 ? x + bias : zero + 97;
    store(dst, combine<C, Dst>(sum, e, accumulate ? load<Words>(dst) : Words{}));
}

/// m plus a plus or minus b, for m that rounds to the larger's 11 bits. The last bit of a pattern lifts the operand off
/// ties, away from zero; of zero it makes nothing that counts.
template <Precision Src, bool Sub>
[[gnu::always_inline]] inline Floats sum_at(Floats m, Words a, Words b) {
    const Floats first = m + floats(a | 1u);
    return Sub ? first - floats(b | 1u) : first + floats(b | 1u);
}

template <Chip C, Precision Src, Precision Dst, bool Sub, bool Accumulate>
void add(const u32* pa, const u32* pb, u32* dst, u32 count) {
    for (u32 i = 0; i < count; i += width) {
        const Words a = source_value<Src>(load<Words>(pa + i)), b = source_value<Src>(load<Words>(pb + i));
        const Words x = max(a & exponent_field, b & exponent_field);
        Words r = {};
        Ints outside = {};
        if constexpr (!Accumulate) {
            const Floats m = rounder(x);
            r = round_sum<Dst>(words(sum_at<Src, Sub>(m, a, b) - m));
            if constexpr (Src != Precision::Fp16) {
                outside = (x != 0) & (x - exponent_of(12) >= exponent_of(228));
                r = keep(x != 0, r);
            } else if constexpr (Dst == Precision::Fp16) {
                const Words e = r & exponent_field;
                r = e > exponent_of(143) ? (r & sign_bit) | (exponent_of(143) | 0x7FE000u) : r;
                r = keep(e > exponent_of(112), r);
            }
        } else if constexpr (Dst != Precision::Fp32) {
            const Words d = load<Words>(dst + i);
            const Words larger = max(x, d & exponent_field);
            const Floats m_sum = rounder(x);
            const Floats m = rounder(max(larger, Words{} + float_form_lowest));
            const Floats sum = sum_at<Src, Sub>(m_sum, a, b) - m_sum;
            r = combine_in_floats<Dst>(sum + lift(m), m, d);
            outside = (larger != 0) & (larger - float_form_lowest >= float_form_above - float_form_lowest);
            if constexpr (Dst == Precision::Fp16) {
                outside = (larger != 0) & (larger - exponent_of(113) >= exponent_of(141 - 113));
            }
            outside |= outside_of_dst<Dst>(d);
        } else {
            const Floats m = rounder(x);
#ifdef __AVX512F__
            const Words d = load<Words>(dst + i);
            const Floats sum = floats(keep(x != 0, words(sum_at<Src, Sub>(m, a, b) - m)));
            const Words e = Src == Precision::Fp16 ? (x != 0 ? x : Words{} + exponent_of(97)) : x;
            const Words larger = max(e, d & exponent_field);
            outside = (larger != 0) & (larger - float_form_lowest >= float_form_above - float_form_lowest);
            r = combine_scaled<C>(sum, ints(e), d, outside);
#else
            // Sums stand in the last places of the rounder.
            const Ints sum = ints(keep(x != 0, words(sum_at<Src, Sub>(m, a, b)) - words(m)));
            outside = (x != 0) & (x - exponent_of(12) >= exponent_of(228));
            const Words nothing = Words{} + (Src == Precision::Fp16 ? exponent_of(97) : 0u);
            r = combine_quickly<C>(sum, Src == Precision::Fp16 ? (x != 0 ? x : nothing) : x, load<Words>(dst + i),
                                   outside);
#endif
        }
        if (__builtin_expect(any(outside), 0)) {
            add_generally<C, Src, Dst>(pa + i, pb + i, Sub ? sign_bit : 0, Accumulate, dst + i);
        } else {
            store(dst + i, r);
        }
    }
}

// --- Multiplication --------------------------------------------------------------------------------------------------

template <Chip C, Precision Src, Precision Dst>
[[gnu::noinline]] void multiply_generally(const u32* pa, const u32* pb, u32 phases, bool accumulate, u32* dst) {
    const Words a = load<Words>(pa), b = load<Words>(pb);
    const Ints ea = source_exponent<Src>(a), eb = source_exponent<Src>(b);
    const Words ma = source_significand<Src>(a), mb = source_significand<Src>(b);
    const Ints some = (ea != 0) & (eb != 0);
    const Ints negative = ints(a ^ b) < 0;
    Words d = accumulate ? load<Words>(dst) : Words{};
    for (u32 p = 0; p < phases; ++p) {
        const i32 bias = product_bias<Src, Dst> - (p & 1 ? 5 : 0) - (p & 2 ? 7 : 0);
        const Words slice_a = (ma >> (p & 1 ? 1 : 6)) & 0x1Fu;
        const Words slice_b = p & 2 ? (mb & 0xFu) << 3 : mb >> 4;
        const Ints e = ea + eb + bias;
        const Ints counts = some & (e > 0);
        const Ints product = ints(keep(counts, slice_a * slice_b));
        d = combine<C, Dst>(negative ? -product : product, counts ? e : Ints{} + (bias > 0 ? bias : 0), d);
    }
    store(dst, d);
}

/// The slices of both sources as numbers, lower ones at their place.
struct Slices {
    Floats a, a_high, a_low, b, b_high, b_low;
};
template <Precision Src>
[[gnu::always_inline]] inline Slices slices_of(Words a, Words b) {
    Slices s;
    s.a = floats(a & (Src == Precision::Bf16 ? 0xFFFF0000u : 0xFFFFC000u));  // the last of 11 bits is never read
    s.b = floats(b);
    s.a_high = floats(a & 0xFFF80000u);
    s.b_high = floats(b & 0xFFFE0000u);
    s.a_low = s.a - s.a_high;
    s.b_low = s.b - s.b_high;
    return s;
}

/// Onto a 32-bit DST of zero: the sums of phases fit 21 bits, so nothing is ever rounded.
template <u32 Phases>
[[gnu::always_inline]] inline Floats multiply_exactly(const Slices& s) {
    if constexpr (Phases == 1) {
        return s.a_high * s.b_high;
    } else if constexpr (Phases == 2) {
        return s.a * s.b_high;
    } else if constexpr (Phases == 3) {
        return exact_product_plus(s.a, s.b_high, s.a_high * s.b_low);
    } else {
        return s.a * s.b;
    }
}

/// One phase after the first onto bf16 DST, which has the sign of the product and an exponent not below it. sum: what
/// DST is before it is rounded to 8 bits, that is with half of its last place added. half: half of the 11th place as
/// bits of d's pattern, of negative numbers a little less, for their ties go towards zero.
/// DST has 8 bits, so that the product's rounding to 11 bits of d is one of the sum: floor(d + product + half). Bit for
/// bit, that floor needs not be taken, because the floor to 8 bits that follows half a place of 8 takes it too. And
/// half stands in bits of d that are zero: it costs nothing, and is right even if the sum has a higher exponent than d.
[[gnu::always_inline]] inline Words next_phase_bf16(Words sum, Floats a, Floats b, Words half) {
    const Floats d = floats((sum & 0xFFFF0000u) | half);
    return words(exact_product_plus(a, b, d)) + 0x8000u;
}

/// The same onto fp16 DST d, whose 11 bits are rounded once more where the sum needs a twelfth. half: as a share of d's
/// power of two.
[[gnu::always_inline]] inline Words next_phase_fp16(Words d, Floats product, Floats half) {
    const Words r = words(exact_product_plus(floats(d & 0xFF800000u), half, floats(d) + product));
    return (r + (((r ^ d) & 0x800000u) >> 11)) & 0xFFFFE000u;
}

/// Onto a DST of zero. outside: lanes for which the result is not right.
template <Precision Src, Precision Dst, u32 Phases>
[[gnu::always_inline]] inline Words multiply_fresh(Words a, Words b, Ints& outside) {
    const Words ea = a & exponent_field, eb = b & exponent_field;
    const Ints some = (ea != 0) & (eb != 0);
    const Slices s = slices_of<Src>(a, b);
    const Floats first = s.a_high * s.b_high;
    if constexpr (Src != Precision::Fp16) {
        // With an exponent of 14 and more no phase vanishes; sources with exponent 255 are infinite here.
        const Words from_lowest = (words(first) & ~sign_bit) - exponent_of(14);
        outside = some & (from_lowest >= exponent_of(253 - 14));
    }
    if constexpr (Dst == Precision::Fp32) {
        return keep(some, words(multiply_exactly<Phases>(s)));
    }
    const Ints negative = ints(words(first)) < 0;
    if constexpr (Dst == Precision::Bf16) {
        const Words half = negative ? Words{} + 0xFFEu : Words{} + 0x1000u;
        Words sum = words(first) + 0x8000u;
        if constexpr (Phases > 1) {
            sum = next_phase_bf16(sum, s.a_low, s.b_high, half);
        }
        if constexpr (Phases > 2) {
            sum = next_phase_bf16(sum, s.a_high, s.b_low, half);
        }
        if constexpr (Phases > 3 && Src != Precision::Bf16) {
            // Of bf16 the product of the low slices is less than half a place.
            sum = next_phase_bf16(sum, s.a_low, s.b_low, half);
        }
        return keep(some, sum & 0xFFFF0000u);
    } else {
        Words d = round_sum<Dst>(words(first));
        // A negative tie goes up, which is towards zero.
        const Floats half = negative ? Floats{} + (0x1p-11f - 0x1p-22f) : Floats{} + 0x1p-11f;
        // Phases vanish where their exponent is not positive.
        const Words e = ea + eb;
        const auto product = [&](Floats x, Floats y, u32 places) {
            return floats(keep(e > exponent_of(127 + 112 + places), words(x * y)));
        };
        outside = (d & exponent_field) >= exponent_of(142);
        if constexpr (Phases > 1) {
            d = next_phase_fp16(d, product(s.a_low, s.b_high, 5), half);
        }
        if constexpr (Phases > 2) {
            d = next_phase_fp16(d, product(s.a_high, s.b_low, 7), half);
        }
        if constexpr (Phases > 3) {
            d = next_phase_fp16(d, product(s.a_low, s.b_low, 12), half);
        }
        return keep(some & (e > exponent_of(127 + 112)), d);
    }
}

/// Lanes whose exponents leave no room for four phases onto DST: larger: the larger of the product's and DST's
/// exponents. Below 46, cancellation could lead out of the float form's room.
template <Precision Dst>
[[gnu::always_inline]] inline Ints outside_for_phases(Words larger) {
    if constexpr (Dst == Precision::Fp16) {
        return larger >= exponent_of(139);
    }
    return (larger != 0) & (larger - exponent_of(46) >= exponent_of(236 - 46));
}

/// Sources and the exponent of their product. Where the product is zero, so are a and e.
struct Factors {
    Words a, b, e;
    Ints outside;

    /// e in a phase, 0 where that is not positive. The product is then far below what DST holds, or DST is zero and
    /// stays it.
    [[gnu::always_inline]] Words exponent(u32 places) const {
        const Words bias = Words{} + exponent_of(127 + places);
        return max(e, bias) - bias;
    }
};
template <Precision Src>
[[gnu::always_inline]] inline Factors factors_of(Words a, Words b) {
    const Words ea = a & exponent_field, eb = b & exponent_field;
    const Ints some = min(ea, eb) != 0;
    // Exponents of 255 are no numbers in floats.
    return {keep(some, a), b, keep(some, ea + eb), max(ea, eb) == exponent_field};
}

/// Onto a 16-bit DST that holds something.
template <Precision Src, Precision Dst, u32 Phases>
[[gnu::always_inline]] inline Words multiply_onto(Words a, Words b, Words d, Ints& outside) {
    const Factors f = factors_of<Src>(a, b);
    const Slices s = slices_of<Src>(f.a, f.b);
    outside = f.outside | outside_of_dst<Dst>(d) | outside_for_phases<Dst>(max(f.exponent(0), d & exponent_field));
    const auto phase = [&](Floats x, Floats y, u32 places) {
        // fp16 has products only from an exponent of 1 of its own on.
        const Words e = Dst == Precision::Fp16 ? keep(f.e > exponent_of(127 + 112 + places), f.exponent(places))
                                               : f.exponent(places);
        const Floats kept = Dst == Precision::Fp16 ? floats(keep(e != 0, words(x))) : x;
        const Floats m = rounder(max(max(e, d & exponent_field), Words{} + float_form_lowest));
        d = combine_in_floats<Dst>(exact_product_plus(kept, y, lift(m)), m, d);
    };
    phase(s.a_high, s.b_high, 0);
    if constexpr (Phases > 1) {
        phase(s.a_low, s.b_high, 5);
    }
    if constexpr (Phases > 2) {
        phase(s.a_high, s.b_low, 7);
    }
    if constexpr (Phases > 3) {
        phase(s.a_low, s.b_low, 12);
    }
    return d;
}

/// Onto a 32-bit DST that holds something.
#ifdef __AVX512F__
template <Chip C, Precision Src, u32 Phases>
[[gnu::always_inline]] inline Words multiply_onto_wide(Words a, Words b, Words d, Ints& outside) {
    const Factors f = factors_of<Src>(a, b);
    const Slices s = slices_of<Src>(f.a, f.b);
    // Below zero where the product is zero or next to it: DST's exponent is then the larger.
    const Ints bias = Ints{} + static_cast<i32>(exponent_of(127));
    const Words nothing = Words{} + exponent_of(127 + 97);
    const Ints e = ints(Src == Precision::Fp16 ? (f.e != 0 ? f.e : nothing) : f.e) - bias;
    const Words larger = max(Src == Precision::Fp16 ? words(e) : f.exponent(0), d & exponent_field);
    outside = f.outside | outside_for_phases<Precision::Fp32>(larger);
    const auto phase = [&](Floats x, Floats y, u32 places) {
        d = combine_scaled<C>(x * y, e - static_cast<i32>(exponent_of(places)), d, outside);
    };
    phase(s.a_high, s.b_high, 0);
    if constexpr (Phases > 1) {
        phase(s.a_low, s.b_high, 5);
    }
    if constexpr (Phases > 2) {
        phase(s.a_high, s.b_low, 7);
    }
    if constexpr (Phases > 3) {
        phase(s.a_low, s.b_low, 12);
    }
    return d;
}
#else
template <Chip C, Precision Src, u32 Phases>
[[gnu::always_inline]] inline Words multiply_onto_wide(Words a, Words b, Words d, Ints& outside) {
    const Words ea = a & exponent_field, eb = b & exponent_field;
    const Ints some = (ea != 0) & (eb != 0);
    const Slices s = slices_of<Src>(a, b);
    const Words e = keep(some, ea + eb);
    const auto phase = [&](Floats x, Floats y, u32 places) {
        const Ints counts = e > exponent_of(127 + places);
        const Words e_product = keep(counts, e - exponent_of(127 + places));
        // Products stand in the last places of the rounder.
        const Floats m = rounder(e_product);
        const Words product = words(exact_product_plus(x, y, m)) - words(m);
        const Words nothing = Words{} + (Src == Precision::Fp16 ? exponent_of(97 - places) : 0u);
        d = combine_quickly<C>(ints(keep(counts, product)), counts ? e_product : nothing, d, outside);
    };
    // What exponents of 255 are in floats must not spoil lanes that count as zero.
    outside = (ea == exponent_field) | (eb == exponent_field);
    phase(s.a_high, s.b_high, 0);
    if constexpr (Phases > 1) {
        phase(s.a_low, s.b_high, 5);
    }
    if constexpr (Phases > 2) {
        phase(s.a_high, s.b_low, 7);
    }
    if constexpr (Phases > 3) {
        phase(s.a_low, s.b_low, 12);
    }
    return d;
}
#endif

template <Chip C, Precision Src, Precision Dst, u32 Phases, bool Accumulate>
void multiply(const u32* pa, const u32* pb, u32* dst, u32 count) {
    for (u32 i = 0; i < count; i += width) {
        const Words a = source_value<Src>(load<Words>(pa + i)), b = source_value<Src>(load<Words>(pb + i));
        Words r = {};
        Ints outside = {};
        if constexpr (!Accumulate) {
            r = multiply_fresh<Src, Dst, Phases>(a, b, outside);
        } else if constexpr (Dst != Precision::Fp32) {
            r = multiply_onto<Src, Dst, Phases>(a, b, load<Words>(dst + i), outside);
        } else {
            r = multiply_onto_wide<C, Src, Phases>(a, b, load<Words>(dst + i), outside);
        }
        if (__builtin_expect(any(outside), 0)) {
            multiply_generally<C, Src, Dst>(pa + i, pb + i, Phases, Accumulate, dst + i);
        } else {
            store(dst + i, r);
        }
    }
}

#ifdef __AVX512F__
/// Several phases onto what DST holds, in few steps, for lanes whose DST after the first phase has at least the
/// exponent e - 2, where e is the product's. good: gets the lanes for which the result is right. The products of the
/// later phases are below 2^(e-3), 2^(e-5) and 2^(e-10) by a factor of 0.962 (31 * 127 / 4096).
template <Chip C, Precision Src, Precision Dst, u32 Phases>
[[gnu::always_inline]] inline Words multiply_onto_mostly(Words a, Words b, Words d, Ints& good) {
    static_assert(Src != Precision::Fp16 && Phases > 2);
    const Words ea = a & exponent_field, eb = b & exponent_field;
    // A product whose exponent is not positive counts as zero, and so do its later phases.
    const Words e_sum = ea + eb;
    const Ints some = (min(ea, eb) != 0) & (e_sum > exponent_of(127));
    const Slices s = slices_of<Src>(keep(some, a), b);
    // Above 255 it is a negative number, but those are not good.
    const Ints e = ints(keep(some, e_sum - exponent_of(127)));
    const Words larger = max(words(e), d & exponent_field);
    // Exponents of 255 are no numbers in floats.
    good = max(ea, eb) != exponent_field;
    good &= ~outside_for_phases<Dst>(larger);
    const auto large = [&](Words first) {
        return ints(first & exponent_field) >= e - static_cast<i32>(exponent_of(2));
    };
    if constexpr (Dst == Precision::Bf16) {
        good &= ~outside_of_dst<Dst>(d);
        const Floats m = rounder(max(larger, Words{} + float_form_lowest));
        d = combine_in_floats<Dst>(exact_product_plus(s.a_high, s.b_high, lift(m)), m, d);
        good &= large(d);
        // As onto a DST of zero, but with the sign of d, which is not always the product's. It stays: d is at least
        // 2^(e-2), then 2^(e-3) and 2^(e-4). So no sum has an exponent that is lower than d's by more than one, where
        // half a place of 8 bits is still a multiple of the 11th place of d; and d has the larger exponent in all
        // phases. Where it has it by more than 12, the product plus half a place stays between 0 and a place.
        const Words half = ints(d) < 0 ? Words{} + 0xFFEu : Words{} + 0x1000u;
        Words sum = next_phase_bf16(d, s.a_low, s.b_high, half);
        sum = next_phase_bf16(sum, s.a_high, s.b_low, half);
        if constexpr (Phases > 3) {
            sum = next_phase_bf16(sum, s.a_low, s.b_low, half);
        }
        return sum & 0xFFFF0000u;
    } else {
        const Floats product = s.a_high * s.b_high;
        Ints outside = {};
        const Words d0 = combine_scaled<C>(product, e, d, outside);
        if constexpr (C == Chip::Wormhole) {
            good &= ~outside;
        }
        good &= large(d0);
        // As long as DST keeps its exponent, which is not below the products', a phase adds to it the product rounded
        // to DST's last place, ties up: one rounding of the sum to 24 bits. For ties the product's slice of SrcA is
        // lifted (in value, whatever the sign of SrcB) by 2^-24 to 2^-23 of itself, or not at all if it is zero; t is
        // such that rounding to nearest gives that for five bits. The product then rises by less than what tells two
        // products apart, and by less than half a place of DST, which is 2^(e-26) at least. Slices have room for it
        // below their last bit if exponents are above 10. Whether the exponent changes is seen in the results: a sum
        // beyond the binade shows in a result that is beyond it too, or on its upper end, which has another exponent;
        // and one below it that is rounded up to its lower end is closer to that than a quarter of a place.
        good &= ea - exponent_of(1) >= exponent_of(10);
        const Floats t = floats((words(product) & sign_bit) | 0x33C00000u);  // 1.5 * 2^-24
        const Floats a_low = __builtin_elementwise_fma(s.a_low, t, s.a_low);
        const Floats a_high = __builtin_elementwise_fma(s.a_high, t, s.a_high);
        const Words d1 = words(__builtin_elementwise_fma(a_low, s.b_high, floats(d0)));
        const Words d2 = words(__builtin_elementwise_fma(a_high, s.b_low, floats(d1)));
        Words r = d2, changed = (d0 ^ d1) | (d1 ^ d2);
        if constexpr (Phases > 3) {
            r = words(__builtin_elementwise_fma(a_low, s.b_low, floats(d2)));
            changed |= d2 ^ r;
        }
        good &= changed <= mantissa_field;
        return r;
    }
}

/// multiply onto what DST holds, of the words at up to sixteen places.
template <Chip C, Precision Src, Precision Dst, u32 Phases>
[[gnu::noinline]] void multiply_onto_places(const u32* pa, const u32* pb, const u32* places, u32 count, u32* dst) {
    const auto mask = static_cast<__mmask16>(count < width ? (1u << count) - 1 : 0xFFFFu);
    const __m512i at = _mm512_loadu_si512(places), zero = _mm512_setzero_si512();
    alignas(64) u32 a[width], b[width], d[width];
    _mm512_store_si512(a, _mm512_mask_i32gather_epi32(zero, mask, at, pa, 4));
    _mm512_store_si512(b, _mm512_mask_i32gather_epi32(zero, mask, at, pb, 4));
    _mm512_store_si512(d, _mm512_mask_i32gather_epi32(zero, mask, at, dst, 4));
    multiply<C, Src, Dst, Phases, true>(a, b, d, width);
    _mm512_mask_i32scatter_epi32(dst, mask, at, _mm512_load_si512(d), 4);
}

/// multiply onto what DST holds, with the quick form for most lanes. The others, where the sum with DST cancels or DST
/// goes over to another exponent, are few and strewn about: they wait with their DST as it was and are then done
/// sixteen at a time. Once they are more than a quarter and 64, the quick form is not for these numbers.
template <Chip C, Precision Src, Precision Dst, u32 Phases>
void multiply_onto_strewn(const u32* pa, const u32* pb, u32* dst, u32 count) {
    constexpr u32 tile = 1024;
    alignas(64) u32 places[tile + width];
    for (u32 start = 0; start < count; start += tile) {
        const u32 size = count - start < tile ? count - start : tile;
        const u32 *const a = pa + start, *const b = pb + start;
        u32* const d = dst + start;
        u32 waiting = 0, done = 0;
        __m512i place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        for (; done < size && waiting <= 64 + done / 4; done += width) {
            Ints good = {};
            const Words r = multiply_onto_mostly<C, Src, Dst, Phases>(source_value<Src>(load<Words>(a + done)),
                                                                      source_value<Src>(load<Words>(b + done)),
                                                                      load<Words>(d + done), good);
            const __mmask16 mask = _mm512_movepi32_mask(__builtin_bit_cast(__m512i, good));
            const auto other = static_cast<__mmask16>(~mask);
            _mm512_mask_storeu_epi32(d + done, mask, __builtin_bit_cast(__m512i, r));
            _mm512_storeu_si512(places + waiting, _mm512_maskz_compress_epi32(other, place));
            place = _mm512_add_epi32(place, _mm512_set1_epi32(width));
            waiting += static_cast<u32>(__builtin_popcount(other));
        }
        for (u32 i = 0; i < waiting; i += width) {
            const u32 rest = waiting - i;
            multiply_onto_places<C, Src, Dst, Phases>(a, b, places + i, rest < width ? rest : width, d);
        }
        multiply<C, Src, Dst, Phases, true>(a + done, b + done, d + done, size - done);
    }
}
#endif

template <Chip C, Precision Src, Precision Dst, u32 Phases, bool Accumulate>
constexpr auto multiplication() {
#ifdef __AVX512F__
    if constexpr (Accumulate && Src != Precision::Fp16 && Phases > 2) {
        return multiply_onto_strewn<C, Src, Dst, Phases>;
    } else
#endif
    {
        return multiply<C, Src, Dst, Phases, Accumulate>;
    }
}

// --- Choosing --------------------------------------------------------------------------------------------------------

using EltwiseLoop = void (*)(const u32* a, const u32* b, u32* dst, u32 count);

template <Chip C, Precision Src, Precision Dst, bool Accumulate>
EltwiseLoop eltwise_loop(EltwiseOp op, u32 phases) {
    switch (op) {
        case EltwiseOp::Add:
            return add<C, Src, Dst, false, Accumulate>;
        case EltwiseOp::Sub:
            return add<C, Src, Dst, true, Accumulate>;
        default:
            return phases == 1   ? multiplication<C, Src, Dst, 1, Accumulate>()
                   : phases == 2 ? multiplication<C, Src, Dst, 2, Accumulate>()
                   : phases == 3 ? multiplication<C, Src, Dst, 3, Accumulate>()
                                 : multiplication<C, Src, Dst, 4, Accumulate>();
    }
}

template <Chip C, Precision Src, Precision Dst>
EltwiseLoop eltwise_loop(const EltwisePlan& plan) {
    return plan.accumulate ? eltwise_loop<C, Src, Dst, true>(plan.op, plan.phases)
                           : eltwise_loop<C, Src, Dst, false>(plan.op, plan.phases);
}

template <Chip C>
EltwiseLoop eltwise_loop(const EltwisePlan& plan) {
    const bool wide = plan.dst == Precision::Fp32;
    switch (plan.src) {
        case Precision::Int8:
            return int8_loop(plan);
        case Precision::Fp16:
            return wide ? eltwise_loop<C, Precision::Fp16, Precision::Fp32>(plan)
                        : eltwise_loop<C, Precision::Fp16, Precision::Fp16>(plan);
        case Precision::Bf16:
            return wide ? eltwise_loop<C, Precision::Bf16, Precision::Fp32>(plan)
                        : eltwise_loop<C, Precision::Bf16, Precision::Bf16>(plan);
        default:
            return wide ? eltwise_loop<C, Precision::Tf32, Precision::Fp32>(plan)
                        : eltwise_loop<C, Precision::Tf32, Precision::Bf16>(plan);
    }
}

}  // namespace lanes

/// Arithmetic::eltwise.
template <Chip C>
void vector_eltwise(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count) {
    if (plan.src != Precision::Int8 && !lanes::usual(plan.src, plan.dst)) {
        return scalar::eltwise<C>(plan, a, b, dst, count);
    }
    const lanes::EltwiseLoop loop = lanes::eltwise_loop<C>(plan);
    const uint32_t whole = count & ~(lanes::width - 1), rest = count - whole;
    loop(a, b, dst, whole);
    if (rest != 0) {
        alignas(64) uint32_t last[3][lanes::width] = {};
        __builtin_memcpy(last[0], a + whole, rest * 4);
        __builtin_memcpy(last[1], b + whole, rest * 4);
        __builtin_memcpy(last[2], dst + whole, rest * 4);
        loop(last[0], last[1], last[2], lanes::width);
        __builtin_memcpy(dst + whole, last[2], rest * 4);
    }
}

}  // namespace
}  // namespace tessera::tensix::exact

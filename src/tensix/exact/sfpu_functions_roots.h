// Reciprocals, square roots and quotients on the vector unit, as the kernels published in February 2026 compute them
// (the cube root: as of later in 2026, which alone keeps the sign).
//
// Wormhole starts a reciprocal from a quadratic in the mantissa and improves it by Newton's iteration; Blackhole starts
// from its table instruction. Square roots start from the halved bit pattern (Kokosinski et al. 2024). The legacy
// variants are the first generation's: a linear guess and Newton's iteration.
#pragma once

#include <tensix/exact/sfpu_functions_exp.h>

namespace tessera::tensix::exact {
namespace {

// --- Reciprocals -----------------------------------------------------------------------------------------------------
/// 1 / x. ITERATIONS 2 for fp32, 1 for bf16, 0 approximate (which on Wormhole is 1).
template <int ITERATIONS>
BLOCK_FN F reciprocal_wormhole(F x) {
    constexpr Chip C = Chip::Wormhole;
    // Everything happens to -m, m the mantissa of x in [1, 2).
    const F m = as_float((bits(x) & 0x007fffff) | static_cast<int32_t>(0xbf800000));
    F y = poly<C>(m, 2.121212482452392578125f, 1.4545459747314453125f, 0.3232325017452239990234375f);
    F t = mad<C>(m, y, splat(1.0f));
    y = mad<C>(y, t, y);
    if constexpr (ITERATIONS > 1) {
        t = mad<C>(m, y, splat(1.0f));
        y = mad<C>(y, t, y);
    }
    // The inverted exponent is 255 - e, one too many, but it maps 0 to infinity and infinity to 0.
    const F scale = mul<C>(as_float(~bits(x) & static_cast<int32_t>(0xff800000)), splat(0.5f));
    return setsgn(mul<C>(y, scale), x);
}
template <int ITERATIONS>
BLOCK_FN F reciprocal_blackhole(F x) {
    constexpr Chip C = Chip::Blackhole;
    const F minus_zero = as_float(I{} + INT32_MIN);
    F y = arecip<Chip::Blackhole>(x);
    if constexpr (ITERATIONS > 0) {
        // Minus Newton's factor: a NaN, of x = 0 or infinity, is not below zero, and the guess stays.
        const F t = mad<C>(x, y, splat(-2.0f));
        F better = mad<C>(y, neg(t), minus_zero);
        if constexpr (ITERATIONS > 1) {
            const F again = mad<C>(x, better, splat(-2.0f));
            better = mad<C>(better, neg(again), minus_zero);
        }
        y = select(lt0(t), better, y);
    }
    return y;
}
template <Chip C, int ITERATIONS>
LANE_FN F reciprocal(F x) {
    if constexpr (C == Chip::Wormhole) {
        return reciprocal_wormhole<ITERATIONS>(x);
    } else {
        return reciprocal_blackhole<ITERATIONS>(x);
    }
}
template <Chip C>
BLOCK_FN F reciprocal_legacy(F x, int iterations) {
    const F m = as_float((bits(x) & 0x007fffff) | static_cast<int32_t>(0xbf000000));
    const F guess = splat(1.442695f);
    const F two = splat(2.0f);
    F y = mul<C>(guess, mad<C>(m, guess, two));
    for (int i = 1; i < iterations; i++) {
        y = mul<C>(y, mad<C>(m, y, two));
    }
    const I exponent = exexp(y) - exexp(x) + 126;
    const F result = setexp(select(exponent < 0, F{}, y), select(exponent < 0, I{}, exponent));
    return select(lt0(x), neg(result), result);
}

/// Blackhole's own forms of the plain reciprocal.
template <bool W>
BLOCK_FN F reciprocal_table(F x, bool approximate) {
    constexpr Chip C = Chip::Blackhole;
    if (approximate) {
        return arecip<Chip::Blackhole>(x);
    }
    if constexpr (W) {
        // y (1 + e + e^2 + e^3), e = 1 - x y; the minimum replaces a NaN by 1.
        const F y = arecip<Chip::Blackhole>(x);
        const F e = mad<C>(neg(x), y, splat(1.0f));
        const F sum = swap_min(mad<C>(mad<C>(e, e, e), e, e), splat(1.0f));
        return mad<C>(sum, y, y);
    } else {
        // Half a bf16 unit is added and, where the product shows the guess to be low, one more unit: the sign of the
        // error lands below the lowest bit that is kept.
        const F flushed = mad<C>(F{}, F{}, x);
        const F y = as_float(bits(arecip<Chip::Blackhole>(x)) | 0x8000);
        const F error = mad<C>(flushed, y, splat(-1.0f));
        return as_float(bits(y) + shft(bits(error), I{} - 16));
    }
}

template <Chip C, bool W>
LANE_FN F recip_function(F x, uint32_t flags) {
    const bool approximate = (flags & TSR_SFPU_APPROX) != 0;
    if ((flags & TSR_SFPU_LEGACY) != 0) {
        const F y = reciprocal_legacy<C>(x, approximate ? 2 : 3);
        return approximate ? y : rounded<W>(y);
    }
    if constexpr (C == Chip::Blackhole) {
        return reciprocal_table<W>(x, approximate);
    } else {
        return approximate ? reciprocal<C, 0>(x) : W ? reciprocal<C, 2>(x) : round_to_bf16(reciprocal<C, 1>(x));
    }
}

// --- Square roots ----------------------------------------------------------------------------------------------------
/// sqrt(x), or 1 / sqrt(x) with INVERSE, to 10 bits or to 23.
template <Chip C, bool INVERSE, bool APPROXIMATE>
BLOCK_FN F square_root(F x) {
    const I half = shft(bits(x), I{} - 1);
    const I infinity_minus_x = 0x7f800000 - bits(x);
    const I inside = (infinity_minus_x != 0) & (bits(x) != 0);
    if constexpr (APPROXIMATE) {
        const F y = as_float(0x5f0b3892 - half);
        const F c = mul<C>(x, y);
        const F t = mad<C>(neg(y), c, splat(1.89099014875f));
        return INVERSE ? select(inside, mul<C>(y, t), as_float(infinity_minus_x))
                       : select(infinity_minus_x != 0, mul<C>(c, t), c);
    } else {
        F y = as_float(0x5f1110a0 - half);
        const F c = mul<C>(neg(y), mul<C>(x, y));
        y = mul<C>(y, mad<C>(c, add<C>(splat(2.2533049f), c), splat(2.2825186f)));
        const F xy = mul<C>(x, y);
        const F error = mad<C>(neg(y), xy, splat(1.0f));
        if constexpr (INVERSE) {
            return select(inside, mad<C>(error, addexp(y, -1), y), as_float(infinity_minus_x));
        } else {
            // The difference wraps around, so that negative numbers compare as larger.
            const I finite = bits(x) - 0x7f800000 < 0;
            return select(finite, mad<C>(error, mul<C>(splat(0.5f), xy), xy), y);
        }
    }
}
template <Chip C, bool W, bool INVERSE>
LANE_FN F square_root_function(F x, uint32_t flags) {
    F y = (flags & TSR_SFPU_APPROX) != 0 ? square_root<C, INVERSE, true>(x) : square_root<C, INVERSE, false>(x);
    if ((flags & TSR_SFPU_UNCHECKED) == 0) {
        y = select(lt0(x), quiet_nan(), y);
    }
    return rounded<W>(y);
}

/// The first generation's square root.
template <Chip C>
BLOCK_FN F square_root_legacy(F x, bool approximate) {
    if (approximate) {
        return as_float(shft(bits(x) + 0x3f800000, I{} - 1));
    }
    F y = as_float(0x5f370000 - shft(bits(x), I{} - 1));
    const F minus_half = mul<C>(x, splat(-0.5f));
    for (int i = 0; i < 2; i++) {
        y = mul<C>(mad<C>(mul<C>(y, y), minus_half, splat(1.5f)), y);
    }
    return select(eq0(x), x, mul<C>(y, x));
}
/// Its reciprocal, which goes through DST.
template <Chip C, bool W>
LANE_FN F rsqrt_legacy(F x, bool approximate, SfpuWidth width) {
    const F root = stored(square_root_legacy<C>(x, approximate), width);
    const F y = reciprocal_legacy<C>(root, approximate ? 2 : 3);
    return approximate ? y : rounded<W>(y);
}
template <Chip C, bool W>
LANE_FN F rsqrt_function(F x, uint32_t flags, SfpuWidth width) {
    return (flags & TSR_SFPU_LEGACY) != 0 ? rsqrt_legacy<C, W>(x, (flags & TSR_SFPU_APPROX) != 0, width)
                                          : square_root_function<C, W, true>(x, flags);
}

/// The cube root (Moroz et al. 2021), with the sign of x.
template <Chip C, bool W>
BLOCK_FN F cbrt_function(F a) {
    const F x = abs_float(a);
    // 0x548c2b4b - bits / 3, in units of 2^8 so that adding 2^23 leaves it in the mantissa.
    const F third = splat(-0x1.555556p-10f);
    const F magic = splat(1418472267.0f / 256.0f + 8388608.0f);
    F y = as_float(shft(bits(mad<C>(cast_to_float(bits(x)), third, magic)), I{} + 8));
    if constexpr (W) {
        F c = mul<C>(mul<C>(x, y), mul<C>(y, y));
        y = mul<C>(y, poly<C>(c, 0x1.c09806p0f, -0x1.403e6cp0f, 0x1.04cdb2p-1f));
        const F d = mul<C>(x, mul<C>(y, y));
        c = mad<C>(d, y, splat(-1.0f));
        const F t = mad<C>(c, addexp(third, 8), splat(1.0f));
        return mul<C>(setsgn(d, a), mul<C>(t, t));
    } else {
        const F d = mul<C>(x, mul<C>(y, y));
        const F t = poly<C>(mul<C>(d, y), 0x1.c09806p0f, -0x1.403e6cp0f, 0x1.04cdb2p-1f);
        return round_to_bf16(mul<C>(setsgn(d, a), mul<C>(t, t)));
    }
}

// --- Quotients -------------------------------------------------------------------------------------------------------
/// To bf16 by integer arithmetic on the bits, ties to even; NaNs may turn into zeros and infinities.
LANE_FN F round_to_bf16_even(F x) {
    const I odd = shft(bits(x), I{} - 16) & 1;
    return as_float((bits(x) + 0x7fff + odd) & static_cast<int32_t>(0xffff0000));
}

template <Chip C, bool W>
BLOCK_FN F div_function(F a, F b) {
    F y = mul<C>(a, reciprocal<C, 2>(b));
    y = select(equal<C>(a, b), splat(1.0f), y);
    const F by_zero = select(eq0(a), quiet_nan(), setsgn(infinity(), a));
    y = select(eq0(b), by_zero, y);
    return W ? y : round_to_bf16_even(y);
}
/// The quotient, but 0 where b is 0.
template <Chip C, bool W>
LANE_FN F div_no_nan_function(F a, F b) {
    return select(eq0(abs_float(b)), F{}, div_function<C, W>(a, b));
}

/// The integer part by clearing bits; a negative zero stays.
LANE_FN F integer_part(F x) {
    const I exponent = exexp(x);
    const I mask = select(exponent < 0, I{} + INT32_MIN, select(exponent > 23, I{} - 1, shft(I{} - 1, 23 - exponent)));
    return as_float(bits(x) & mask);
}
template <Chip C>
BLOCK_FN F integer_below(F x) {
    const F whole = integer_part(x);
    return select(lt0(x) & (bits(whole) != bits(x)), mad<C>(splat(1.0f), whole, splat(-1.0f)), whole);
}

enum class Whole { No, Trunc, Floor };
template <Chip C, bool W, Whole WHOLE>
LANE_FN F rdiv_function(F x, F value, uint32_t flags) {
    const F inverse = (flags & TSR_SFPU_APPROX) != 0 ? reciprocal<C, 0>(x)
                      : W                            ? reciprocal<C, 2>(x)
                                                     : round_to_bf16(reciprocal<C, 1>(x));
    const F y = mul<C>(inverse, value);
    return WHOLE == Whole::Trunc ? integer_part(y) : WHOLE == Whole::Floor ? integer_below<C>(y) : y;
}

}  // namespace
}  // namespace tessera::tensix::exact

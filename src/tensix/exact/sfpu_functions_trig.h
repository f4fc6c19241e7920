// Trigonometric and hyperbolic functions and their inverses on the vector unit, as the kernels published in February
// 2026 compute them (atan2: as of later in 2026, when it appeared).
//
// Sine, cosine and tangent subtract the nearest multiple of pi, found with the 16-bit conversion, so that they hold
// within 32767 pi. Arc functions are series or polynomials on [0, 1]. The inverse hyperbolic functions go through the
// short logarithm, which leaves them about 10 bits; sinh and cosh are made of the short exponential.
#pragma once

#include <tensix/exact/sfpu_functions_log.h>

namespace tessera::tensix::exact {
namespace {

constexpr float PI = 3.1415927f;
constexpr float HALF_PI = 1.5707964f;
constexpr float INV_PI = 0.31830987f;

/// ln(x) to about 10 bits, for x >= 0: a cubic in the mantissa.
template <Chip C>
BLOCK_FN F log_cubic(F x) {
    const F series = poly<C>(setexp(x, I{} + 127), -0x1.952992p+0f, 0x2.4f5388p+0f, -0xd.e712ap-4f, 0x2.44734p-4f);
    const F y = mad<C>(cast_to_float(cast_sign(exexp(x))), splat(0.692871f), series);
    return select(eq0(x), neg(infinity()), y);
}

// --- Sine, cosine, tangent -------------------------------------------------------------------------------------------
/// sin(pi x) on [-1/2, 1/2].
template <Chip C>
LANE_FN F sine_of_turns(F x, bool approximate) {
    const F xx = mul<C>(x, x);
    const F p = approximate
                    ? poly<C>(xx, 0x1.92149p+1f, -0x1.4954d4p+2f, 0x1.29cf02p+1f)
                    : poly<C>(xx, 0x3.243f6cp+0f, -0x5.2aef6p+0f, 0x2.8cd64p+0f, -0x9.93f86p-4f, 0x1.406628p-4f);
    return mul<C>(x, p);
}
/// sin of v half turns: the nearest whole number goes, and if it is odd, turns the sign.
template <Chip C>
BLOCK_FN F sine_of_half_turns(F v, bool approximate) {
    const I whole = round_to_int16(v);
    const F y = sine_of_turns<C>(sub<C>(v, cast_to_float(whole)), approximate);
    return select((whole & 1) != 0, neg(y), y);
}
template <Chip C>
LANE_FN F sin_function(F x, uint32_t flags) {
    return sine_of_half_turns<C>(mul<C>(x, splat(INV_PI)), (flags & TSR_SFPU_APPROX) != 0);
}
template <Chip C>
LANE_FN F cos_function(F x, uint32_t flags) {
    return sine_of_half_turns<C>(mad<C>(x, splat(INV_PI), splat(0.5f)), (flags & TSR_SFPU_APPROX) != 0);
}
/// Up to 1 an odd polynomial, from there to pi / 2 one in 4 |x| - 5.
template <Chip C>
BLOCK_FN F tan_function(F in, uint32_t flags) {
    const F turns = mul<C>(in, splat(INV_PI));
    const F x = mul<C>(splat(PI), sub<C>(turns, cast_to_float(round_to_int16(turns))));
    const F xx = mul<C>(x, x);
    const F p = (flags & TSR_SFPU_APPROX) != 0
                    ? poly<C>(xx, 1.0000609f, 0.33035427f, 0.1559396f, -0.0031158808f, 0.07407404f)
                    : poly<C>(xx, 0.9999999f, 0.33334994f, 0.1329926f, 0.05659461f, 0.012122508f, 0.02789032f,
                              -0.015764693f, 0.010222361f);
    const F r = mad<C>(splat(4.0f), abs_float(x), splat(-5.0f));
    const F large = poly<C>(r, 3.0097759f, 2.514385f, 1.8716435f, 1.4643353f, 1.462757f, 1.1057009f, -1.0665413f,
                            -0.7137798f, 4.9457364f, 3.658698f, -5.2096696f, -3.9035487f, 2.815174f, 2.1457846f);
    return select(at_most<C>(abs_float(x), splat(1.0f)), mul<C>(x, p), setsgn(large, x));
}

// --- Arc functions ---------------------------------------------------------------------------------------------------
template <Chip C, bool W>
BLOCK_FN F atan_function(F x) {
    const F magnitude = abs_float(x);
    const I above_one = gt0(sub<C>(magnitude, splat(1.0f)));
    const F a = select(above_one, reciprocal<C, 2>(magnitude), magnitude);
    const F aa = mul<C>(a, a);
    F p;
    if constexpr (W) {
        p = poly<C>(aa, 1.0f, -0.3333314359188079833984375f, 0.19993579387664794921875f, -0.14209578931331634521484375f,
                    0.1066047251224517822265625f, -7.5408883392810821533203125e-2f, 4.3082617223262786865234375e-2f,
                    -1.62907354533672332763671875e-2f, 2.90188402868807315826416015625e-3f);
    } else {
        p = poly<C>(aa, 0.999787867069244384765625f, -0.325808584690093994140625f, 0.1555790007114410400390625f,
                    -4.4326744973659515380859375e-2f);
    }
    const F y = mul<C>(p, a);
    const F result = setsgn(select(above_one, sub<C>(splat(HALF_PI), y), y), x);
    const I nan = (exexp_biased(x) == 255) & (exman9(x) != 0);
    return rounded<W>(select(nan, quiet_nan(), result));
}

/// y is the first operand. The quotient of the smaller by the larger magnitude, and then the octant.
template <Chip C, bool W>
BLOCK_FN F atan2_function(F y, F x, uint32_t flags) {
    const F x_abs = abs_float(x), y_abs = abs_float(y);
    const F low = swap_min(x_abs, y_abs), high = swap_max(x_abs, y_abs);
    const bool precise = W && (flags & TSR_SFPU_APPROX) == 0;
    const F a = mul<C>(low, precise ? reciprocal<C, 2>(high) : reciprocal<C, 0>(high));
    const F s = mul<C>(a, a);
    F q;
    if constexpr (W) {
        q = poly<C>(s, -0x1.555558p-2f, 0x1.99938ap-3f, -0x1.24p-3f, 0x1.bd4p-4f, -0x1.48cp-4f, 0x1.93p-5f,
                    -0x1.4bcp-6f, 0x1.01cp-8f);
    } else {
        q = poly<C>(s, -0x1.54p-2f, 0x1.668p-3f, -0x1.de8p-5f);
    }
    F r = mad<C>(mul<C>(q, s), a, a);
    const F half_pi = splat(0x1.921fb6p+0f);
    const I difference = (I)((U)y_abs - (U)x_abs);
    r = select(difference >= 0, select(eq0(y_abs), F{}, sub<C>(half_pi, r)), r);
    // NaNs of either sign but -NaN, which the absolute value leaves, are the larger operand.
    const I beyond_infinity = (I)((U)high - 0x7f800000u);
    r = select(beyond_infinity > 0, high, r);
    r = select((difference == 0) & (beyond_infinity == 0), mul<C>(half_pi, splat(0.5f)), r);
    r = select(lt0(x), sub<C>(mul<C>(half_pi, splat(2.0f)), r), r);
    return rounded<W>(setsgn(r, y));
}

/// arcsin by its Maclaurin series up to x^11, which at 1 is off by 0.23.
template <Chip C>
BLOCK_FN F asin_series(F x) {
    const F xx = mul<C>(x, x);
    F power = x, sum = x;
    constexpr float SERIES[] = {0.166666666f, 0.075f, 0.044642857f, 0.03038194f, 0.02237216f};
    for (const float coefficient : SERIES) {
        power = mul<C>(power, xx);
        sum = mad<C>(splat(coefficient), power, sum);
    }
    return sum;
}
template <Chip C>
LANE_FN I outside_unit(F x) {
    return less<C>(x, splat(-1.0f)) | greater<C>(x, splat(1.0f));
}
template <Chip C>
LANE_FN F asin_function(F x) {
    return select(outside_unit<C>(x), quiet_nan(), asin_series<C>(x));
}
template <Chip C>
LANE_FN F acos_function(F x) {
    return select(outside_unit<C>(x), quiet_nan(), sub<C>(splat(HALF_PI), asin_series<C>(x)));
}

// --- Hyperbolic functions --------------------------------------------------------------------------------------------
template <Chip C, bool W>
LANE_FN F cosh_function(F x) {
    const F sum = add<C>(rounded<W>(exp_short<C>(x)), rounded<W>(exp_short<C>(neg(x))));
    return mul<C>(sum, splat(0.5f));
}
template <Chip C, bool W>
LANE_FN F sinh_function(F x) {
    const F difference = sub<C>(rounded<W>(exp_short<C>(x)), rounded<W>(exp_short<C>(neg(x))));
    return mul<C>(difference, splat(0.5f));
}

template <Chip C>
BLOCK_FN F checked_square_root(F x, uint32_t flags) {
    const F y = (flags & TSR_SFPU_APPROX) != 0 ? square_root<C, false, true>(x) : square_root<C, false, false>(x);
    return select(lt0(x), quiet_nan(), y);
}
template <Chip C>
LANE_FN F asinh_function(F x, uint32_t flags) {
    const F root = checked_square_root<C>(mad<C>(x, x, splat(1.0f)), flags);
    const F y = log_cubic<C>(add<C>(root, abs_float(x)));
    return select(lt0(x), neg(y), y);
}
template <Chip C>
LANE_FN F acosh_function(F x, uint32_t flags) {
    const F root = checked_square_root<C>(mad<C>(x, x, splat(-1.0f)), flags);
    const F y = log_cubic<C>(add<C>(root, x));
    return select(less<C>(x, splat(1.0f)), quiet_nan(), select(equal<C>(x, splat(1.0f)), F{}, y));
}
template <Chip C, bool W>
BLOCK_FN F atanh_function(F x, uint32_t flags) {
    const F one = splat(1.0f);
    const bool approximate = (flags & TSR_SFPU_APPROX) != 0;
    const F below = sub<C>(one, x);
    F inverse = setsgn(approximate ? reciprocal<C, 0>(below) : reciprocal<C, 2>(below), below);
    inverse = W || approximate ? inverse : round_to_bf16(inverse);
    const F y = mul<C>(splat(0.5f), log_cubic<C>(mul<C>(add<C>(one, x), inverse)));
    const F magnitude = abs_float(x);
    const F inside = select(equal<C>(magnitude, one), setsgn(infinity(), x), y);
    return select(greater<C>(magnitude, one), quiet_nan(), inside);
}

}  // namespace
}  // namespace tessera::tensix::exact

// The exponential family on the vector unit: e^x in its several algorithms, 2^x, e^x - 1, powers and xIELU, as the
// kernels published in February 2026 compute them (xIELU: July 2026).
//
// For 16-bit DST e^x is the two-digit algorithm of Moroz et al. (2022, "exp_21f"): x / ln 2 + 127 as a fixed-point
// number already has the result's exponent in the right place, and a quadratic turns its fraction into the mantissa.
// For 32-bit DST x is reduced by multiples of ln 2 in two parts and e^r is a series of degree 7. The fast approximate
// mode is Schraudolph's: a line through the bits of the result.
#pragma once

#include <tensix/exact/sfpu_expressions.h>

namespace tessera::tensix::exact {
namespace {

constexpr float INV_LN2 = 0x1.715476p+0f;
/// ln 2 in two parts, negative; multiples of the first up to 2^8 are exact.
constexpr float MINUS_LN2_HIGH = -0.693115234375f;
constexpr float MINUS_LN2_LOW = -3.19461832987e-05f;

/// e^x to about 8 bits. Not a number above 88.7 (exponent 255, mantissa not zero), 0 or a denormal below -88.
template <Chip C>
BLOCK_FN F exp_short(F x) {
    F z = mad<C>(x, splat(INV_LN2), splat(127.0f));
    z = swap_min(swap_max(z, F{}), splat(255.0f));
    const F fixed = as_float(shft(exman8(z), exexp(z)));
    const F fraction = cast_to_float(exman9(fixed));
    const F mantissa = poly<C>(fraction, 1.0017248f, 7.839635491371155e-08f, 4.791750143340323e-15f);
    return setexp(mantissa, exexp_biased(fixed));
}

/// The nearest whole number to z, also as an integer.
template <Chip C>
LANE_FN F round_to_whole(F z, I& whole) {
    const F magic = splat(12582912.0f);
    const F shifted = add<C>(z, magic);
    whole = bits(shifted) - bits(magic);
    return sub<C>(shifted, magic);
}

/// 2^k e^r for x = k ln 2 + r; z is x / ln 2.
template <Chip C>
BLOCK_FN F exp_reduced(F x, F z) {
    I whole;
    const F k = round_to_whole<C>(z, whole);
    const F high = mad<C>(k, splat(MINUS_LN2_HIGH), x);
    const F r = mad<C>(k, splat(MINUS_LN2_LOW), high);
    const F p = poly<C>(r, 1.0f, 1.0f, 0.5f, 1.0f / 6.0f, 1.0f / 24.0f, 1.0f / 120.0f, 1.0f / 720.0f, 1.0f / 5040.0f);
    return setexp(p, exexp_biased(p) + whole);
}

/// e^x to fp32.
template <Chip C>
LANE_FN F exp_long(F x) {
    const F z = mul<C>(x, splat(INV_LN2));
    F result = exp_reduced<C>(x, z);
    result = select(at_most<C>(z, splat(-127.0f)), F{}, result);
    return select(at_least<C>(z, splat(128.0f)), infinity(), result);
}

/// e^x for x < 0, nothing checked.
template <Chip C>
LANE_FN F exp_negative(F x) {
    return exp_reduced<C>(x, swap_max(mul<C>(x, splat(INV_LN2)), splat(-126.5f)));
}

/// The approximate mode without its fast variant: x / ln 2 in a fixed-point format of 3 fraction bits, shifted into the
/// exponent.
template <Chip C>
BLOCK_FN F exp_piecewise(F x, bool check_large) {
    const F conv = mad<C>(x, splat(INV_LN2), splat(192.0f));
    const I fixed = bits(conv) + static_cast<int32_t>(0xBD3F0000);
    F result = as_float(shft(fixed, I{} + 7));
    result = select(less<C>(x, splat(-42.0f)), F{}, result);
    return check_large ? select(at_least<C>(x, splat(89.0f)), infinity(), result) : result;
}

/// The result as a store to 16-bit DST wants it: rounded to bf16 beforehand.
template <bool W>
LANE_FN F rounded(F x) {
    return W ? x : round_to_bf16(x);
}

template <Chip C, bool W>
LANE_FN F exp_function(F x, F factor, uint32_t flags) {
    if ((flags & TSR_SFPU_SCALED) != 0) {
        x = mul<C>(x, factor);
    }
    if ((flags & TSR_SFPU_APPROX) != 0) {
        return exp_piecewise<C>(x, (flags & TSR_SFPU_UNCHECKED) == 0);
    }
    return W ? exp_long<C>(x) : round_to_bf16(exp_short<C>(x));
}

/// The constants of the fast approximate mode for a factor of its input, made when a kernel's init function is
/// compiled.
struct ExpLine {
    explicit ExpLine(float factor) : slope(256.0f * 1.4426950408889634f * factor), lowest(-88.5f / factor) {}
    float slope, lowest;
};

template <Chip C>
LANE_FN F exp_clamped(F x, const ExpLine& line) {
    const F line_value = mad<C>(splat(line.slope), swap_max(x, splat(line.lowest)), splat(32500.818359375f));
    return as_float(shft(round_to_uint16(line_value), I{} + 15));
}

template <Chip C, bool W>
LANE_FN F exp2_function(F x) {
    const F scaled = mul<C>(x, splat(0.6931471805f));
    return W ? exp_long<C>(scaled) : round_to_bf16(exp_short<C>(scaled));
}

template <Chip C, bool W>
BLOCK_FN F expm1_function(F x, uint32_t flags) {
    const F magnitude = abs_float(x);
    if (W && (flags & TSR_SFPU_APPROX) == 0) {
        const F series = poly<C>(x, 0.0f, 1.0f, 0.500000059604644775390625f, 0.16666667163372039794921875f,
                                 4.16650883853435516357421875e-2f, 8.333188481628894805908203125e-3f,
                                 1.400390756316483020782470703125e-3f, 1.99588379473425447940826416015625e-4f);
        return select(less<C>(magnitude, splat(0.5f)), series, sub<C>(exp_long<C>(x), splat(1.0f)));
    }
    const F series = mul<C>(x, poly<C>(x, 1.0f, 0.5f, 0.166f));
    // 0.4, cut to bf16.
    const F threshold = as_float(I{} + 0x3ECC0000);
    return rounded<W>(select(less<C>(magnitude, threshold), series, sub<C>(exp_short<C>(x), splat(1.0f))));
}

// --- Powers ----------------------------------------------------------------------------------------------------------
/// exponent * log2 |base| + 127 in units of 2^-23, not below 0; series: ln of the mantissa.
template <Chip C>
BLOCK_FN I power_fixed(F base, F exponent, F series) {
    const F log2 = mad<C>(series, splat(INV_LN2), cast_to_float(cast_sign(exexp(base))));
    F z = mul<C>(exponent, log2);
    z = select(less<C>(z, splat(-127.0f)), splat(-127.0f), z);
    return positive_to_int(add<C>(addexp(z, 23), splat(1065353216.0f)));
}

/// |base|^exponent to about 8 bits.
template <Chip C>
BLOCK_FN F power_short(F base, F magnitude, F exponent) {
    const F m = setexp(magnitude, I{} + 127);
    const F series = poly<C>(m, -0x1.952992p+0f, 0x2.4f5388p+0f, -0xd.e712ap-4f, 0x2.44734p-4f);
    const F fixed = as_float(power_fixed<C>(base, exponent, series));
    const I fraction = exman9(fixed);
    const F left = mul<C>(splat(0.40196114e-7f), cast_to_float(fraction + 0xf94ee7));
    const F right = cast_to_float(fraction + 0x560e);
    return setexp(as_float(positive_to_int(mul<C>(left, right))), exexp(fixed) + 127);
}

/// |base|^exponent to about 20 bits.
template <Chip C>
BLOCK_FN F power_long(F base, F exponent) {
    const F m = setexp(abs_float(base), I{} + 127);
    const F series = poly<C>(m, -1.94046315f, 3.5271965f, -2.45830873f, 1.1286426f, -0.28807408f, 0.03101577f);
    const F fixed = as_float(power_fixed<C>(base, exponent, series));
    const F fraction = mul<C>(cast_to_float(exman9(fixed)), splat(1.1920929e-7f));
    const F p = poly<C>(fraction, 1.0000000018f, 0.69314699f, 0.24022982f, 0.055483369f, 0.0096788315f, 0.001243946f,
                        0.0002170391f);
    return setexp(p, exexp(fixed) + 127);
}

/// The sign of a power of a negative base, which is NaN unless the exponent is whole (as far as 16 bits go).
template <Chip C>
BLOCK_FN F power_of_negative(F y, F exponent) {
    const I whole = round_to_int16(exponent);
    const F with_sign = as_float((bits(y) & INT32_MAX) | shft(whole, I{} + 31));
    return select(equal<C>(cast_to_float(whole), exponent), with_sign, quiet_nan());
}

template <Chip C, bool W>
BLOCK_FN F power_function(F base, F exponent) {
    F y = W ? power_long<C>(base, exponent) : power_short<C>(base, setsgn(base, I{}), exponent);
    y = select(eq0(setsgn(base, I{})) & lt0(exponent), quiet_nan(), y);
    y = select(lt0(base), power_of_negative<C>(y, exponent), y);
    return rounded<W>(y);
}

/// The power with an exponent that is the same for all: one algorithm, and bf16 results, whatever DST is.
template <Chip C>
BLOCK_FN F power_scalar_function(F base, float exponent) {
    const F lanes = splat(exponent);
    F y = power_short<C>(base, abs_float(base), lanes);
    if (!(exponent >= 0.0f)) {
        y = select(eq0(abs_float(base)), quiet_nan(), y);
    }
    return round_to_bf16(select(lt0(base), power_of_negative<C>(y, lanes), y));
}

/// x^exponent by squaring.
template <Chip C>
BLOCK_FN F power_iterative_function(F x, uint32_t exponent) {
    F result = splat(1.0f);
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            result = mul<C>(result, x);
        }
        x = mul<C>(x, x);
    }
    return result;
}

// --- xIELU -----------------------------------------------------------------------------------------------------------
template <Chip C, bool W>
BLOCK_FN F xielu_function(F x, F alpha_positive, F alpha_negative) {
    const F half = mul<C>(splat(0.5f), x);
    const F tail = poly<C>(x, 0.500000059604644775390625f, 0.16666667163372039794921875f,
                           4.16650883853435516357421875e-2f, 8.333188481628894805908203125e-3f,
                           1.400390756316483020782470703125e-3f, 1.99588379473425447940826416015625e-4f);
    F term = sub<C>(sub<C>(exp_negative<C>(x), splat(1.0f)), x);
    term = select(greater<C>(x, splat(-0.5f)), mul<C>(mul<C>(x, x), tail), term);
    term = select(at_least<C>(x, splat(-1e-6f)), sub<C>(splat(-0.0000009999995427f), x), term);
    const F below = mad<C>(alpha_negative, term, half);
    const F above = mad<C>(mul<C>(alpha_positive, x), x, half);
    return rounded<W>(select(gt0(x), above, below));
}

}  // namespace
}  // namespace tessera::tensix::exact

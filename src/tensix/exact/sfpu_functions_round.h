// Rounding to whole numbers, remainders and conversions between number formats on the vector unit, as the kernels
// published in February 2026 compute them (remainders of two tiles: as of later in 2026, when they appeared).
//
// The integer part is found by clearing bits. Remainders multiply by a reciprocal and correct the result where that
// was off by one; they are exact only while the quotient has fewer than 24 bits.
#pragma once

#include <tensix/exact/sfpu_functions_roots.h>

namespace tessera::tensix::exact {
namespace {

// --- Whole numbers ---------------------------------------------------------------------------------------------------
template <Chip C>
LANE_FN F ceil_function(F x) {
    const F whole = integer_part(x);
    return select(gte0(x) & (bits(whole) != bits(x)), add<C>(whole, splat(1.0f)), whole);
}
template <Chip C>
LANE_FN F frac_function(F x) {
    return mad<C>(integer_part(x), splat(-1.0f), x);
}
/// Ties to even: adding 2^23 to the magnitude pushes the fraction out.
template <Chip C>
LANE_FN F round_even(F x) {
    const F shifted = add<C>(absolute(x), splat(8388608.0f));
    return select(exexp(x) < 23, setsgn(add<C>(shifted, splat(-8388608.0f)), x), x);
}
/// To multiples of step, scale = 1 / step.
template <Chip C>
LANE_FN F round_function(F x, F scale, F step) {
    return mul<C>(step, round_even<C>(mul<C>(x, scale)));
}

// --- Remainders by a number that is the same for all -----------------------------------------------------------------
/// |x| - n |value|, n the integer part of |x| |inverse|.
template <Chip C>
BLOCK_FN F reduced(F x, F value, F inverse) {
    const F magnitude = abs_float(x);
    const F ratio = mul<C>(magnitude, inverse);
    const I exponent = exexp(ratio);
    const I whole = shft(shft(bits(ratio), exponent - 23), 23 - exponent);
    F quotient = select(exponent < 23, as_float(whole), ratio);
    quotient = select(exponent < 0, F{}, quotient);
    quotient = select(greater<C>(quotient, ratio), sub<C>(quotient, splat(1.0f)), quotient);
    return mad<C>(neg(quotient), value, magnitude);
}
/// What both remainders end with: a result that is still too large is subtracted from the divisor, ten times over, and
/// one of the divisor's magnitude is zero.
template <Chip C>
BLOCK_FN F remainder_ending(F y, F value) {
    y = select(eq0(value), quiet_nan(), y);
#pragma clang loop unroll(disable)
    for (int i = 0; i < 10; i++) {
        y = select(at_least<C>(y, value), sub<C>(value, y), y);
    }
    return select(equal<C>(abs_float(y), value), F{}, y);
}
/// inverse: what the caller computed as 1 / value.
template <Chip C>
LANE_FN F fmod_scalar_function(F x, F value, F inverse) {
    const F s = abs_float(value);
    return remainder_ending<C>(setsgn(reduced<C>(x, s, abs_float(inverse)), x), s);
}
template <Chip C>
LANE_FN F remainder_scalar_function(F x, F value, F inverse) {
    const F s = abs_float(value);
    F y = reduced<C>(x, s, abs_float(inverse));
    y = select(lt0(x) & ne0(y), sub<C>(s, y), y);
    y = select(lt0(value) & ne0(y), add<C>(y, value), y);
    return remainder_ending<C>(setsgn(y, value), s);
}

// --- Remainders of two tiles -----------------------------------------------------------------------------------------
template <Chip C, bool W>
BLOCK_FN F fmod_function(F a, F b) {
    const F b_abs = abs_float(b);
    const F quotient = integer_part(mul<C>(a, reciprocal<C, 2>(b)));
    F y = mad<C>(neg(quotient), b, a);
    const F nearer = select(gte0(y), sub<C>(y, b_abs), add<C>(y, b_abs));
    y = select(at_least<C>(abs_float(y), b_abs), nearer, y);
    const F same_sign = select(gte0(a), select(lt0(y), add<C>(y, b_abs), y), select(gt0(y), sub<C>(y, b_abs), y));
    y = select(equal<C>(a, b), F{}, same_sign);
    return rounded<W>(select(eq0(b), quiet_nan(), y));
}
template <Chip C, bool W>
BLOCK_FN F remainder_function(F a, F b) {
    const F quotient = integer_below<C>(mul<C>(a, reciprocal<C, 2>(b)));
    F y = mad<C>(neg(quotient), b, a);
    y = select(ne0(y) & ((bits(y) ^ bits(b)) < 0), add<C>(y, b), y);
    F less_by_b = sub<C>(y, b);
    y = select(gt0(b) & gt0(a) & gte0(less_by_b), less_by_b, y);
    less_by_b = sub<C>(y, b);
    y = select(lt0(b) & lt0(a) & lte0(less_by_b), less_by_b, y);
    return rounded<W>(select(eq0(b), quiet_nan(), y));
}

// --- Conversions -----------------------------------------------------------------------------------------------------
/// Nearest, ties away from zero; 0 for negative values, 65535 for large ones and NaN.
LANE_FN I float_to_uint16_function(F x) {
    return round_to_uint16(swap_max(x, F{}));
}
/// Towards zero; -2^31 from 2^31 on, whatever the sign, and for NaN.
LANE_FN I float_to_int32_function(F x) {
    const I exponent = exexp(x);
    I y = select(exponent < 31, shft(exman8(x), exponent - 23), I{} + INT32_MIN);
    y = select(exponent < 0, I{}, y);
    return select(lt0(x), (I)(0u - (U)y), y);
}
/// Towards zero; 0 for negative values, 2^32 - 1 from 2^32 on.
LANE_FN I float_to_uint32_function(F x) {
    const I exponent = exexp(x);
    const I y = select(exponent < 32, shft(exman8(x), exponent - 23), I{} - 1);
    return select(lt0(x) | (exponent < 0), I{}, y);
}
/// The magnitude is converted; -2^31, which has none, gets there by an addition.
template <Chip C>
BLOCK_FN F int32_to_float_function(I x) {
    const I magnitude = abs_int(x);
    const F y = setsgn(cast_to_float(magnitude), x);
    return select(magnitude < 0, add<C>(y, splat(-2147483648.0f)), y);
}
/// The low 31 bits are converted and rounded, and 2^31 added, which rounds again.
template <Chip C>
BLOCK_FN F uint32_to_float_function(I x) {
    const F y = cast_to_float(x & INT32_MAX);
    return select(x < 0, add<C>(y, splat(2147483648.0f)), y);
}

/// The quotient of two integers: their magnitudes' as floats, by a reciprocal; exactly 1 if both are the same.
template <Chip C>
BLOCK_FN F div_int_function(I a, I b) {
    F y;
    if constexpr (C == Chip::Wormhole) {
        y = mul<C>(cast_to_float(cast_sign(a)), reciprocal<C, 2>(cast_to_float(cast_sign(b))));
    } else {
        y = setsgn(mul<C>(cast_to_float(abs_int(a)), reciprocal<C, 2>(cast_to_float(abs_int(b)))), a ^ b);
    }
    return select((a != 0) & (a == b), splat(1.0f), y);
}

}  // namespace
}  // namespace tessera::tensix::exact

// Arithmetic, comparisons, signs, masks and quantization on the vector unit, as the kernels published in February 2026
// compute them (comparisons of two tiles, addcdiv and lerp: as of later in 2026, when they appeared).
//
// A comparison with zero looks at the sign bit and at all bits: -0 is negative and not zero, a NaN is negative or
// positive. A comparison with a number looks at the rounded difference: infinity does not equal itself, and on
// Blackhole, whose NaN is positive, it and every NaN are greater than anything they are compared with.
#pragma once

#include <tensix/exact/sfpu_functions_log.h>

namespace tessera::tensix::exact {
namespace {

LANE_FN F one_where(I mask) {
    return select(mask, splat(1.0f), F{});
}

// --- Signs and classes -----------------------------------------------------------------------------------------------
/// -1, 0 or 1; -1 for -0.
LANE_FN F sign_function(F x) {
    return select(eq0(x), F{}, select(lt0(x), splat(-1.0f), splat(1.0f)));
}
LANE_FN I is_infinite(F x) {
    return (exexp(x) == 128) & (exman9(x) == 0);
}
LANE_FN I is_not_a_number(F x) {
    return (exexp(x) == 128) & (exman9(x) != 0);
}

// --- Comparisons of two tiles ----------------------------------------------------------------------------------------
/// |a| + |b|: zero if both are zero or denormal, above infinity if one is a NaN.
template <Chip C>
LANE_FN I magnitude_sum(F a, F b) {
    return bits(mad<C>(splat(1.0f), absolute(a), absolute(b)));
}
template <Chip C>
LANE_FN I equal_function(F a, F b) {
    const I sum = magnitude_sum<C>(a, b);
    return (sum == 0) | ((sum <= 0x7f800000) & (bits(a) == bits(b)));
}
template <Chip C>
LANE_FN I less_function(F a, F b) {
    const I sum = magnitude_sum<C>(a, b);
    return (sum != 0) & (sum <= 0x7f800000) & smag_less(a, b);
}
template <Chip C>
LANE_FN I at_least_function(F a, F b) {
    const I sum = magnitude_sum<C>(a, b);
    return (sum <= 0x7f800000) & ~((sum != 0) & smag_less(a, b));
}

// --- Arithmetic of two and three tiles -------------------------------------------------------------------------------
/// Into 16-bit DST, to the nearest, ties to even, by integer arithmetic on the bits.
template <bool W>
LANE_FN F rounded_even(F x) {
    return W ? x : round_to_bf16_even(x);
}
/// Into 16-bit DST zero times anything is zero, as in the matrix unit.
template <Chip C, bool W>
LANE_FN F mul_function(F a, F b) {
    const F y = rounded_even<W>(mul<C>(a, b));
    return W ? y : select(eq0(a) | eq0(b), F{}, y);
}
template <Chip C, bool W>
LANE_FN F addcmul_function(F a, F b, F c, F factor) {
    return rounded<W>(mad<C>(c, mul<C>(b, factor), a));
}
template <Chip C, bool W>
BLOCK_FN F addcdiv_function(F a, F b, F c, F factor) {
    return rounded_even<W>(mad<C>(mul<C>(b, factor), reciprocal<C, 2>(c), a));
}
template <Chip C, bool W>
LANE_FN F lerp_function(F start, F end, F weight) {
    return rounded_even<W>(mad<C>(weight, sub<C>(end, start), start));
}

/// ln(x) by the first generation's cubic.
template <Chip C>
BLOCK_FN F log_legacy(F x) {
    const F series = poly<C>(setexp(x, I{} + 127), -1.4753f, 2.0871f, -0.7166f, 0.1058f);
    const F y = mad<C>(cast_to_float(cast_sign(exexp(x))), splat(0.692871f), series);
    return select(eq0(x), neg(infinity()), y);
}
/// The logarithm passes through DST.
template <Chip C>
LANE_FN F xlogy_function(F x, F y, SfpuWidth width) {
    const F product = mul<C>(stored(log_legacy<C>(y), width), x);
    return select(lt0(y), quiet_nan(), product);
}

// --- Quantization ----------------------------------------------------------------------------------------------------
/// To the nearest integer, ties away from zero, within +-127; in two's complement.
template <Chip C>
BLOCK_FN I quant_function(F x, F factor, F zero_point) {
    return smag_to_twos(round_to_int8(mad<C>(x, factor, zero_point)));
}
template <Chip C>
LANE_FN I requant_function(I x, F factor, F zero_point) {
    return quant_function<C>(cast_to_float(cast_sign(x)), factor, zero_point);
}
template <Chip C>
LANE_FN F dequant_function(I x, F factor, F zero_point) {
    return mul<C>(add<C>(cast_to_float(cast_sign(x)), zero_point), factor);
}

}  // namespace
}  // namespace tessera::tensix::exact

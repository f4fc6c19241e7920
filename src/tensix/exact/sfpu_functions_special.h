// Error functions, Bessel functions and ln Gamma on the vector unit, as the kernels published in February 2026 compute
// them (ln Gamma: as of later in 2026, when it appeared).
//
// erf is three pieces of degree 4, its inverse Winitzki's closed formula (2008), the Bessel functions are their power
// series, ln Gamma is Stirling's series above 1/2 and is mirrored by separate steps below.
#pragma once

#include <tensix/exact/sfpu_functions_trig.h>

namespace tessera::tensix::exact {
namespace {

/// erf of x >= 0.
template <Chip C>
BLOCK_FN F erf_positive(F x) {
    const F near_zero = poly<C>(x, 0.0000661338118f, 1.12544048f, 0.0275416549f, -0.476685015f, 0.166342190f);
    const F middle = poly<C>(x, -0.19469693f, 1.91684792f, -1.1603072f, 0.31310241f, -0.03170029f);
    const F y = select(gte0(x), near_zero, F{});
    return select(at_least<C>(x, splat(3.0f)), splat(1.0f), select(at_least<C>(x, splat(1.0f)), middle, y));
}
/// Negative by the sign bit, so that erf(-0) is -0.00006.
template <Chip C>
LANE_FN F erf_function(F x) {
    const I negative = lt0(x);
    const F y = erf_positive<C>(select(negative, neg(x), x));
    return select(negative, neg(y), y);
}
template <Chip C>
LANE_FN F erfc_function(F x) {
    const F one = splat(1.0f);
    const I negative = lt0(x);
    const F y = erf_positive<C>(select(negative, neg(x), x));
    return select(negative, add<C>(one, y), sub<C>(one, y));
}
template <Chip C>
BLOCK_FN F erfinv_function(F x) {
    const F one = splat(1.0f);
    const F magnitude = abs_float(x);
    const F log = log_short<C>(mad<C>(neg(magnitude), magnitude, one), nullptr, true);
    // With a = 0.147: 2 / (pi a) and 1 / a.
    const F t = neg(mad<C>(log, splat(0.5f), splat(4.330746750799873f)));
    const F square = mad<C>(t, t, neg(mul<C>(log, splat(6.802721088435375f))));
    const F y = square_root_legacy<C>(add<C>(t, square_root_legacy<C>(square, false)), false);
    const F inside = select(equal<C>(magnitude, one), infinity(), select(greater<C>(magnitude, one), quiet_nan(), y));
    return setsgn(inside, x);
}

template <Chip C>
BLOCK_FN F i0_function(F x) {
    return poly<C>(mul<C>(x, x), 1.0f, 0.25f, 0.015625f, 0.0004340277778f, 0.000006781684028f, 6.78E-08f, 4.71E-10f,
                   2.40E-12f, 9.39E-15f, 2.90E-17f, 7.24E-20f, 1.50E-22f);
}
/// Every coefficient after x / 2 is twice the Bessel function's, as in the kernel: the result is 2 I1(x) - x / 2.
template <Chip C>
BLOCK_FN F i1_function(F x) {
    const F xx = mul<C>(x, x);
    const F p = poly<C>(xx, 0.125f, 0.00520833f, 0.000108507f, 1.35634e-06f, 1.13028e-08f, 6.72786e-11f, 3.00351e-13f,
                        1.04289e-15f, 2.8969e-18f, 6.58387e-21f, 1.24695e-23f);
    return mad<C>(x, splat(0.5f), mul<C>(x, mul<C>(p, xx)));
}

// --- ln Gamma --------------------------------------------------------------------------------------------------------
constexpr float HALF_LN_2PI = 0.9189385332046727f;

/// The argument that Stirling's series takes: 1 - x below 1/2.
template <Chip C>
LANE_FN F stirling_argument(F x) {
    return select(less<C>(x, splat(0.5f)), sub<C>(splat(1.0f), x), x);
}
/// (z - 1/2) ln z - z + ln(2 pi) / 2.
template <Chip C>
BLOCK_FN F stirling_base(F z, F ln_z) {
    return add<C>(mad<C>(sub<C>(z, splat(0.5f)), ln_z, neg(z)), splat(HALF_LN_2PI));
}
template <Chip C>
BLOCK_FN F stirling_short(F z, F ln_z) {
    const F squared = reciprocal<C, 2>(mul<C>(z, z));
    const F correction = mad<C>(squared, splat(-0.0027777777f), splat(0.0833333333f));
    return mad<C>(reciprocal<C, 2>(z), correction, stirling_base<C>(z, ln_z));
}
template <Chip C>
LANE_FN F zero_at_one_and_two(F x, F y) {
    return select(equal<C>(x, splat(1.0f)) | equal<C>(x, splat(2.0f)), F{}, y);
}

/// The form that takes the logarithm itself, to about 10 bits.
template <Chip C, bool W>
LANE_FN F lgamma_stirling_function(F x) {
    const F z = stirling_argument<C>(x);
    return rounded<W>(zero_at_one_and_two<C>(x, stirling_short<C>(z, log_cubic<C>(z))));
}
/// The form that is given ln z. Into 32-bit DST four terms and, near the zeros at 1 and 2, a series in the distance:
/// the one about 1 for both, as in the kernel.
template <Chip C, bool W>
BLOCK_FN F lgamma_stirling_float_function(F x, F ln_z) {
    const F z = stirling_argument<C>(x);
    if constexpr (!W) {
        return round_to_bf16(stirling_short<C>(z, ln_z));
    } else {
        const F from_one = sub<C>(z, splat(1.0f)), from_two = sub<C>(z, splat(2.0f));
        const F one_abs = abs_float(from_one), two_abs = abs_float(from_two);
        const I near_zero = less<C>(one_abs, splat(0.2f)) | less<C>(two_abs, splat(0.2f));
        const F d = select(less<C>(one_abs, two_abs), from_one, from_two);
        const F bridge = mul<C>(d, poly<C>(d, -0.57721566f, 0.82246703f, -0.40068563f, 0.27058081f, -0.20738555f));
        const F inverse = reciprocal<C, 2>(z);
        const F correction =
            poly<C>(mul<C>(inverse, inverse), 0.0833333333f, -0.0027777777f, 0.0007936507f, -0.0005952380f);
        const F y = mad<C>(inverse, correction, stirling_base<C>(z, ln_z));
        return zero_at_one_and_two<C>(x, select(near_zero, bridge, y));
    }
}
/// Below 1/2: ln(pi) - ln |sin(pi x)| - ln Gamma(1 - x).
template <Chip C, bool W>
LANE_FN F lgamma_adjusted_function(F stirling, F log_sine, F x) {
    const F mirrored = sub<C>(sub<C>(splat(1.1447298858f), log_sine), stirling);
    return rounded<W>(zero_at_one_and_two<C>(x, select(less<C>(x, splat(0.5f)), mirrored, stirling)));
}
/// Lanczos' series of four terms, for x > 0, in one step.
template <Chip C>
BLOCK_FN F lgamma_function(F x) {
    F series = splat(1.0f);
    float shift = 0.0f;
    constexpr float LANCZOS[] = {76.18009172947146f, -86.50532032941677f, 24.01409824083091f, -1.231739572450155f};
    for (const float coefficient : LANCZOS) {
        const F inverse = shift == 0.0f ? reciprocal<C, 1>(x) : reciprocal<C, 1>(add<C>(x, splat(shift)));
        series = mad<C>(splat(coefficient), inverse, series);
        shift += 1.0f;
    }
    const F t = add<C>(x, splat(4.5f));
    const F y = mad<C>(sub<C>(x, splat(0.5f)), log_cubic<C>(t), neg(t));
    return zero_at_one_and_two<C>(x, add<C>(add<C>(y, splat(HALF_LN_2PI)), log_cubic<C>(series)));
}

}  // namespace
}  // namespace tessera::tensix::exact

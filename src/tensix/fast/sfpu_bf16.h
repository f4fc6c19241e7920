// The elementary functions as a 16-bit DST needs them: the result is rounded to bf16 afterwards, so polynomials are
// short. Relative error before that rounding is below 2^-15, which puts a rounded result
// within one bf16 ulp of the true function; results smaller than 2^-120 may come out as zero.
#pragma once

#include <tensix/fast/sfpu_lanes.h>

namespace {
namespace bf16 {

constexpr float LOG2_E = 1.44269504f;
constexpr float LN_2 = 0.693147181f;

/// (2^f - 1) / f for |f| <= 1/2.
constexpr float EXP2_TAIL[] = {0.693124192f, 0.240240986f, 0.0559064333f, 0.00958285922f};
/// (ln(1+f) - f) / f^2 for sqrt(1/2) <= 1+f <= sqrt(2).
constexpr float LOG_TAIL[] = {-0.500008483f, 0.333192180f, -0.249190816f, 0.204492120f, -0.185874101f, 0.119487785f};
/// tanh(x) / x = TANH_OVER / TANH_UNDER in x^2, x <= 4.2; tanh(4.2) rounds to 1.
constexpr float TANH_OVER[] = {1.0f, 0.104984373f, 0.000755847648f};
constexpr float TANH_UNDER[] = {1.0f, 0.438226067f, 0.0136297769f};
/// erfc(a / sqrt(2)) e^(a^2 / 2) / 2 = GELU_OVER / GELU_UNDER, 0 <= a <= 13.6.
constexpr float GELU_OVER[] = {0.5f, 0.276004507f, 0.0613952565f};
constexpr float GELU_UNDER[] = {1.0f, 1.35040450f, 0.697198625f, 0.153704906f};

/// 2^t for t < 128; zero below -126.5, NaN for NaN.
LANE_FN F exp2_below_overflow(F t) {
    t = select(t < -126.5f, splat(-126.5f), t);
    const F shifted = t + 12582912.0f;  // the nearest integer, in the low bits
    const F f = t - (shifted - 12582912.0f);
    const F p = 1.0f + f * poly(f, EXP2_TAIL);
    return as_float(bits(p) + (bits(shifted) << 23));
}
/// The same for any t; infinity from 128 on.
LANE_FN F exp2(F t) {
    return exp2_below_overflow(select(t > 128.0f, splat(128.0f), t));
}
LANE_FN I is_positive_normal(F x) {
    return (U)(bits(x) - 0x00800000) < (U)(I{} + 0x7f000000);
}
LANE_FN F log(F x) {
    const I e = (bits(x) - 0x3f3504f3) >> 23;
    const F f = as_float(bits(x) - (e << 23)) - 1.0f;
    const F r = (f + f * f * poly(f, LOG_TAIL)) + to_float(e) * LN_2;
    const F special = select(x == 0.0f, -inf_lanes(), select(bits(x) == 0x7f800000, x, nan_lanes()));
    return select(is_positive_normal(x), r, special);
}
LANE_FN F tanh(F x) {
    const F t = select(abs(x) > 4.2f, copysign(splat(4.2f), x), x);
    const F u = t * t;
    return select(is_nan(x), x, t * poly(u, TANH_OVER) / poly(u, TANH_UNDER));
}
/// 1 / (1 + e^-x), from e^-|x| so that neither end overflows.
LANE_FN F sigmoid(F x) {
    const F e = exp2_below_overflow(abs(x) * -LOG2_E);
    return select(x < 0.0f, e, splat(1.0f)) / (1.0f + e);
}
LANE_FN F silu(F x) {
    return select(bits(x) == (int32_t)0xff800000, F{}, x * sigmoid(x));
}
/// x Phi(x) = max(x, 0) - |x| Phi(-|x|).
LANE_FN F gelu(F x) {
    const F a = min(abs(x), splat(13.6f));
    const F e = exp2_below_overflow(a * a * (-0.5f * LOG2_E));
    const F tail = a * poly(a, GELU_OVER) / poly(a, GELU_UNDER) * e;
    return select(x < 0.0f, F{}, x) - tail;
}

}  // namespace bf16
}  // namespace

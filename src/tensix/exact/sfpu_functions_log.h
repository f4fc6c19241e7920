// Logarithms on the vector unit, as the kernels published in February 2026 compute them.
//
// For 16-bit DST ln of the mantissa is a polynomial of degree 5 on [1, 2). For 32-bit DST the mantissa is brought to
// [sqrt(1/2), sqrt(2)) and ln m = 2 atanh((m - 1) / (m + 1)) is a series in odd powers. The exponent times ln 2 is
// added.
#pragma once

#include <tensix/exact/sfpu_functions_roots.h>

namespace tessera::tensix::exact {
namespace {

constexpr float LN2 = 0.69314718246459961f;

/// ln(x) to about 12 bits. base_scale: the factor of another base, or null. checked: infinities, NaNs and negative
/// values give what they should.
template <Chip C>
BLOCK_FN F log_short(F x, const F* base_scale, bool checked) {
    const F series = poly<C>(setexp(x, I{} + 127), -2.0069785118103027f, 3.767500400543213f, -2.800232410430908f,
                             1.3681391477584839f, -0.3706687390804291f, 0.04224011301994324f);
    F y = mad<C>(cast_to_float(cast_sign(exexp(x))), splat(LN2), series);
    if (base_scale != nullptr) {
        y = mul<C>(y, *base_scale);
    }
    y = select(eq0(x), neg(infinity()), y);
    if (checked) {
        y = select((exexp(x) == 128) | lt0(x), quiet_nan(), y);
        y = select(bits(x) == 0x7f800000, infinity(), y);
    }
    return y;
}

/// exponent(x) ln 2 + ln of the mantissa, to fp32, for a normal x > 0.
template <Chip C>
BLOCK_FN F log_series(F x) {
    F m = setexp(x, I{} + 127);
    const I large = at_least<C>(m, splat(1.4142135381698608f));
    m = select(large, mul<C>(m, splat(0.5f)), m);
    const I exponent = exexp(x) - large;
    const F z = mul<C>(sub<C>(m, splat(1.0f)), reciprocal<C, 2>(add<C>(m, splat(1.0f))));
    const F p = poly<C>(mul<C>(z, z), 1.0f, 0.3333333333333333f, 0.2f, 0.14285714285714285f, 0.1111111111111111f,
                        .09090909090909091f);
    const F ln_m = mul<C>(splat(2.0f), mul<C>(z, p));
    return mad<C>(cast_to_float(cast_sign(exponent)), splat(LN2), ln_m);
}

/// ln(x) to fp32.
template <Chip C>
BLOCK_FN F log_long(F x, const F* base_scale) {
    F y = log_series<C>(x);
    if (base_scale != nullptr) {
        y = mul<C>(y, *base_scale);
    }
    y = select(eq0(x), neg(infinity()), y);
    y = select((exexp(x) == 128) | lt0(x), quiet_nan(), y);
    return select(bits(x) == 0x7f800000, infinity(), y);
}

template <Chip C, bool W>
LANE_FN F log_function(F x, const F* base_scale, uint32_t flags) {
    return W ? log_long<C>(x, base_scale)
             : round_to_bf16(log_short<C>(x, base_scale, (flags & TSR_SFPU_UNCHECKED) == 0));
}

template <Chip C, bool W>
BLOCK_FN F log1p_function(F x, uint32_t flags) {
    const F magnitude = abs_float(x);
    if constexpr (!W) {
        const F y = log_short<C>(add<C>(x, splat(1.0f)), nullptr, (flags & TSR_SFPU_UNCHECKED) == 0);
        return round_to_bf16(select(less<C>(magnitude, splat(0.0078125f)), x, y));
    } else {
        const F near_zero =
            poly<C>(x, 0.0f, 1.0f, -0.4999997317790985107421875f, 0.333332836627960205078125f,
                    -0.250040113925933837890625f, 0.20005328953266143798828125f, -0.1650786101818084716796875f,
                    0.14109231531620025634765625f, -0.14774705469608306884765625f, 0.133655369281768798828125f);
        F y = select(less<C>(magnitude, splat(0.3f)), near_zero, log_series<C>(add<C>(splat(1.0f), x)));
        y = select(equal<C>(x, splat(-1.0f)), neg(infinity()), y);
        y = select((exexp(x) == 128) | less<C>(x, splat(-1.0f)), quiet_nan(), y);
        return select(bits(x) == 0x7f800000, infinity(), y);
    }
}

}  // namespace
}  // namespace tessera::tensix::exact

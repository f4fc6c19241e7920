// Sixteen lanes of fp32, int32 or double as the compiler's vector types, and the few primitives that the functions in
// sfpu_math.h are written in. Included once for each instruction set, so everything here has internal linkage.
// No fused multiply-add is used anywhere: a result may not depend on whether the host has one.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#pragma clang fp contract(off)

namespace {

using F = float __attribute__((vector_size(64), aligned(4)));
using I = int32_t __attribute__((vector_size(64), aligned(4)));
using U = uint32_t __attribute__((vector_size(64), aligned(4)));
using D = double __attribute__((vector_size(128)));
using L = int64_t __attribute__((vector_size(128)));
constexpr size_t LANES = 16;

#define LANE_FN [[maybe_unused, gnu::always_inline]] static inline

LANE_FN F splat(float x) {
    return F{} + x;
}
LANE_FN I bits(F x) {
    return (I)x;
}
LANE_FN F as_float(I x) {
    return (F)x;
}
/// yes where mask is not 0, else no, lane by lane.
LANE_FN F select(I mask, F yes, F no) {
    return mask ? yes : no;
}
LANE_FN I select(I mask, I yes, I no) {
    return mask ? yes : no;
}
LANE_FN D select(L mask, D yes, D no) {
    return mask ? yes : no;
}
LANE_FN F abs(F x) {
    return (F)((I)x & 0x7fffffff);
}
/// magnitude with the sign bit of sign.
LANE_FN F copysign(F magnitude, F sign) {
    return (F)(((I)magnitude & 0x7fffffff) | ((I)sign & INT32_MIN));
}
LANE_FN F min(F a, F b) {
    return select(a < b, a, b);
}
LANE_FN F max(F a, F b) {
    return select(a > b, a, b);
}
LANE_FN F sqrt(F x) {
    F r;
    for (size_t i = 0; i < LANES; i++) {
        r[i] = __builtin_sqrtf(x[i]);
    }
    return r;
}
LANE_FN D widen(F x) {
    return __builtin_convertvector(x, D);
}
LANE_FN F narrow(D x) {
    return __builtin_convertvector(x, F);
}
LANE_FN F to_float(I x) {
    return __builtin_convertvector(x, F);
}
/// Towards zero; the caller keeps x inside int32.
LANE_FN I to_int(F x) {
    return __builtin_convertvector(x, I);
}
/// The nearest integer, ties to even, for |x| < 2^22.
LANE_FN F round_small(F x) {
    const float magic = 12582912.0f;
    return (x + magic) - magic;
}
LANE_FN D round_small(D x) {
    const double magic = 6755399441055744.0;
    return (x + magic) - magic;
}
/// 2^k for -126 <= k <= 127.
LANE_FN F pow2(I k) {
    return (F)((k + 127) << 23);
}
/// x * 2^k, k in -252..254, rounding (to zero or infinity) only once in practice.
LANE_FN F scale(F x, I k) {
    I half = k >> 1;
    return x * pow2(half) * pow2(k - half);
}
LANE_FN F nan_lanes() {
    return (F)(I{} + 0x7fc00000);
}
LANE_FN F inf_lanes() {
    return (F)(I{} + 0x7f800000);
}
LANE_FN I is_nan(F x) {
    return ((I)x & 0x7fffffff) > 0x7f800000;
}
LANE_FN I is_inf(F x) {
    return ((I)x & 0x7fffffff) == 0x7f800000;
}

/// c[0] + c[1] x + c[2] x^2 + ...
template <class V, class S, size_t N>
LANE_FN V poly(V x, const S (&c)[N]) {
    V r = V{} + c[N - 1];
    for (size_t i = N - 1; i-- > 0;) {
        r = r * x + c[i];
    }
    return r;
}

// Narrowing to bf16, kept as fp32 values.
/// To fp16 as the chip's store does it: truncated, too small becomes zero, too large (infinity and NaN too) the largest
/// pattern, which stands for 131008.
LANE_FN F fp16_truncate(F x) {
    I u = (I)x;
    I exponent = u & 0x7f800000;
    I sign = u & INT32_MIN;
    I r = select(exponent <= (112 << 23), sign, u & (int32_t)0xffffe000);
    return (F)select(exponent > (143 << 23), sign | 0x47ffe000, r);
}
LANE_FN F bf16_truncate(F x) {
    return (F)((I)x & (I{} + (int32_t)0xffff0000));
}
/// NaN becomes infinity; denormals, which compare equal to zero here, become +0.
LANE_FN F bf16_half_away(F x) {
    I u = (I)x;
    I rounded = (u + 0x8000) & (int32_t)0xffff0000;
    I infinite = (u & INT32_MIN) | 0x7f800000;
    return (F)select(x == x, select(x == 0.0f, I{}, rounded), infinite);
}
LANE_FN F bf16_nearest_even(F x) {
    I u = (I)x;
    I rounded = (u + 0x7fff + ((u >> 16) & 1)) & (int32_t)0xffff0000;
    return (F)select(is_nan(x), u & (int32_t)0xffff0000, rounded);
}

}  // namespace

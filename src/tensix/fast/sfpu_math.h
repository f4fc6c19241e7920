// The vector unit's elementary functions on sixteen lanes. Polynomials are minimax fits on the stated interval; the
// error of each function is tested against long double in tests/sfpu.
#pragma once

#include <cmath>

#include <tensix/fast/sfpu_lanes.h>

namespace {

constexpr float LN2_HI = 0.693359375f, LN2_LO = -2.12194440e-4f;
constexpr float LOG2E = 1.44269504f;

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2.
constexpr float EXPM1_TAIL[] = {0.5f, 0.1666657338f, 0.04166655011f, 0.008363773874f, 0.001392692661f};
/// (ln(1+f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1+f <= sqrt(2).
constexpr float LOG_TAIL[] = {0.3333333112f,  -0.2499999663f, 0.200007305f,   -0.1666785097f, 0.1424855126f,
                              -0.1242403772f, 0.1168907114f,  -0.1149454661f, 0.06980701959f};
/// (tanh(x)/x - 1) / x^2 in x^2, x <= 0.63.
constexpr float TANH_TAIL[] = {-0.3333333316f, 0.1333330131f,    -0.05395873069f,
                               0.02176464921f, -0.008330076704f, 0.002277154837f};
/// erf(x)/x in x^2, x <= 1.
constexpr float ERF_SMALL[] = {1.128379167f,    -0.3761263847f,    0.112837825f,     -0.02686543073f,
                               0.005221031808f, -0.0008484080406f, 0.0001126595903f, -9.667044571e-6f};
/// (1+2x) e^(x^2) erfc(x) in (x-2)/(x+2), 0 <= x <= 11.
constexpr float ERFCX[] = {1.276978382f,     -0.09276382569f, -0.1660304089f,   0.1640512348f,    -0.05421975076f,
                           -0.008033314001f, 0.008720692295f, 0.001266398366f,  -0.001450326521f, -0.0004366233039f,
                           0.0001988401679f, 0.000118960836f, -5.877832373e-6f, -1.128107525e-5f};
/// (sin(r)/r - 1) / r^2 and (cos(r) - 1 + r^2/2) / r^4 in r^2, r <= pi/4.
constexpr float SIN_TAIL[] = {-0.1666666666f, 0.008333331785f, -0.0001984003887f, 2.724378141e-6f};
constexpr float COS_TAIL[] = {0.04166666666f, -0.00138888876f, 2.480056043e-5f, -2.729583083e-7f};
/// (atan(x)/x - 1) / x^2 in x^2, x <= 1.
constexpr float ATAN_TAIL[] = {-0.3333333329f,  0.1999999028f,   -0.1428531796f,   0.1110470679f,
                               -0.09036742342f, 0.07417496964f,  -0.05760716083f,  0.03832744598f,
                               -0.01926108132f, 0.006207254534f, -0.0009362994719f};
/// (asin(x)/x - 1) / x^2 in x^2, x <= 1/2.
constexpr float ASIN_TAIL[] = {0.1666666634f,  0.07500094761f, 0.04459931916f,
                               0.03110172783f, 0.01714371682f, 0.03370072632f};
/// (sinh(x)/x - 1) / x^2 in x^2, x <= 1.
constexpr float SINH_TAIL[] = {0.1666666665f, 0.008333339676f, 0.0001983810197f, 2.806280258e-6f};
/// log2(m)/z in z^2, z = (m-1)/(m+1), sqrt(1/2) <= m <= sqrt(2); 2^r for |r| <= 1/2.
constexpr double LOG2_SERIES[] = {2.8853900817779273,  0.96179669392423199, 0.57707801729262008, 0.41219839452951487,
                                  0.32061693320147355, 0.26142622173862221, 0.24313780466900689};
constexpr double EXP2_SERIES[] = {
    1.0000000000000138,   0.69314718055994618,    0.24022650695635991,   0.055504108664648933,  0.0096181291949759313,
    0.001333355820145066, 0.00015403432975030859, 1.5252672435948576e-5, 1.3259822317909655e-6, 1.0206016942627694e-7};

/// e^(hi+lo), |lo| small against 1. Overflows to infinity, underflows to 0, keeps NaN.
LANE_FN F exp_split(F hi, F lo) {
    hi = select(hi > 89.0f, splat(89.0f), hi);
    hi = select(hi < -105.0f, splat(-105.0f), hi);
    F k = round_small(hi * LOG2E);
    F r = (hi - k * LN2_HI) - k * LN2_LO + lo;
    F p = 1.0f + (r + r * r * poly(r, EXPM1_TAIL));
    return scale(p, to_int(select(is_nan(hi), F{}, k)));
}
LANE_FN F exp(F x) {
    x = select(x > 89.0f, splat(89.0f), x);
    x = select(x < -105.0f, splat(-105.0f), x);
    F k = round_small(x * LOG2E);
    F r = (x - k * LN2_HI) - k * LN2_LO;
    F p = 1.0f + (r + r * r * poly(r, EXPM1_TAIL));
    // A NaN makes k nonsense and p NaN, and a NaN times anything is NaN.
    I n = bits(x * LOG2E + 12582912.0f) - 0x4b400000;
    return scale(p, n);
}
LANE_FN F exp2(F x) {
    x = select(x > 129.0f, splat(129.0f), x);
    x = select(x < -151.0f, splat(-151.0f), x);
    I n = bits(x + 12582912.0f) - 0x4b400000;
    F r = (x - round_small(x)) * 0.69314718f;
    F p = 1.0f + (r + r * r * poly(r, EXPM1_TAIL));
    return scale(p, n);
}
LANE_FN F expm1(F x) {
    F big = exp(x);
    F y = select(x > 20.0f, splat(20.0f), x);
    y = select(y < -20.0f, splat(-20.0f), y);
    F k = round_small(y * LOG2E);
    F r = (y - k * LN2_HI) - k * LN2_LO;
    F m = r + r * r * poly(r, EXPM1_TAIL);
    F t = pow2(bits(y * LOG2E + 12582912.0f) - 0x4b400000);
    F result = t * m + (t - 1.0f);
    result = select(k == 0.0f, m, result);
    result = select(abs(x) < 1e-7f, x, result);
    return select(x > 19.0f, big, select(is_nan(x), x, result));
}

/// ln of a positive normal number.
LANE_FN F log_positive(F x) {
    I e = (bits(x) - 0x3f3504f3) >> 23;
    F f = as_float(bits(x) - (e << 23)) - 1.0f;
    F k = to_float(e);
    F f2 = f * f;
    F tail = f2 * f * poly(f, LOG_TAIL) + k * LN2_LO;
    return ((tail - 0.5f * f2) + f) + k * LN2_HI;
}
LANE_FN F log(F x) {
    F r = log_positive(x);
    r = select(x == 0.0f, -inf_lanes(), r);
    r = select(bits(x) == 0x7f800000, inf_lanes(), r);
    return select((x < 0.0f) | is_nan(x), nan_lanes(), r);
}
LANE_FN F log1p(F x) {
    F u = 1.0f + x;
    F lost = (x - (u - 1.0f)) / u;
    F r = log_positive(u) + lost;
    r = select(abs(x) < 1e-4f, x - 0.5f * x * x, r);
    r = select(u == 0.0f, -inf_lanes(), r);
    r = select(bits(x) == 0x7f800000, inf_lanes(), r);
    return select((x < -1.0f) | is_nan(x), nan_lanes(), r);
}

LANE_FN F tanh(F x) {
    F a = abs(x);
    F u = a * a;
    F small = a + a * u * poly(u, TANH_TAIL);
    F large = 1.0f - 2.0f / (exp(a + a) + 1.0f);
    return copysign(select(a < 0.625f, small, large), x);
}
LANE_FN F sigmoid(F x) {
    return 1.0f / (1.0f + exp(-x));
}
LANE_FN F silu(F x) {
    return select(x < -103.0f, F{}, x / (1.0f + exp(-x)));
}

/// e^(-a^2) split into a product that is exact and a small rest, so that the square's rounding is not amplified.
LANE_FN F exp_minus_square(F a, float factor) {
    F head = as_float(bits(a) & (int32_t)0xfffff000);
    return exp_split(-factor * head * head, -factor * (a - head) * (a + head));
}
/// e^(a^2) erfc(a) (1+2a) for 0 <= a <= 11.
LANE_FN F erfcx_scaled(F a) {
    return poly((a - 2.0f) / (a + 2.0f), ERFCX);
}
LANE_FN F erfc_positive(F a) {
    a = min(a, splat(11.0f));
    return exp_minus_square(a, 1.0f) * erfcx_scaled(a) / (1.0f + 2.0f * a);
}
LANE_FN F erf(F x) {
    F a = abs(x);
    F small = x * poly(x * x, ERF_SMALL);
    F large = copysign(1.0f - erfc_positive(a), x);
    return select(is_nan(x), x, select(a < 1.0f, small, large));
}
LANE_FN F erfc(F x) {
    F a = abs(x);
    F tail = erfc_positive(a);
    F r = select(x < 0.0f, 2.0f - tail, tail);
    r = select(a < 0.4f, 1.0f - x * poly(x * x, ERF_SMALL), r);
    return select(is_nan(x), x, r);
}
LANE_FN F gelu(F x) {
    F a = abs(x);
    F t = min(a, splat(15.0f));
    F z = t * 0.70710678f;
    F half_tail = 0.5f * exp_minus_square(t, 0.5f) * erfcx_scaled(z) / (1.0f + 2.0f * z);
    F phi = select(x < 0.0f, half_tail, 1.0f - half_tail);
    F r = select(x < -14.5f, F{}, x * phi);
    return select(is_nan(x), x, r);
}
/// erfinv(x)/x in w - 2.5 for w = -ln(1-x^2) < 5, and in sqrt(w) - 3.1 beyond.
constexpr float ERFINV_NEAR[] = {1.501409351f,    0.2466402894f,    -0.004177320041f, -0.001252748503f,
                                 0.000218257724f, -4.959691794e-6f, -3.423414274e-6f, 4.654174105e-7f,
                                 1.598430613e-8f, -8.739010703e-9f, 4.671932509e-10f};
constexpr float ERFINV_FAR[] = {2.933231818f,     1.00335424f,     0.0074539335f,    -0.005665536621f, 0.004159302388f,
                                -0.002855584293f, 0.001255066271f, -5.918345783e-5f, -0.0001293368044f};
LANE_FN F erfinv(F x) {
    F w = -log((1.0f - x) * (1.0f + x));
    F near = poly(w - 2.5f, ERFINV_NEAR);
    F far = poly(min(sqrt(max(w, F{})), splat(4.1f)) - 3.1f, ERFINV_FAR);
    F r = x * select(w < 5.0f, near, far);
    r = select(abs(x) == 1.0f, copysign(inf_lanes(), x), r);
    return select((abs(x) > 1.0f) | is_nan(x), nan_lanes(), r);
}

struct SinCos {
    F sin, cos;
};
/// Up to |x| = 2^30; beyond, the argument is no longer reduced and the chip's result has no meaning either.
LANE_FN SinCos sincos(F x) {
    F limited = select(abs(x) < 1073741824.0f, x, F{});
    D wide = widen(limited);
    D k = round_small(wide * 0.63661977236758134);
    F r = narrow((wide - k * 1.5707963267341256) - k * 6.0771005065061926015e-11);
    I q = __builtin_convertvector(k, I);
    F u = r * r;
    F s = r + r * u * poly(u, SIN_TAIL);
    F c = 1.0f - 0.5f * u + u * u * poly(u, COS_TAIL);
    I odd = -(q & 1);
    F sin_value = select(odd, c, s);
    F cos_value = select(odd, s, c);
    I sin_sign = (q & 2) << 30;
    I cos_sign = ((q + 1) & 2) << 30;
    I bad = (bits(x) & 0x7f800000) == 0x7f800000;
    return {select(bad, nan_lanes(), as_float(bits(sin_value) ^ sin_sign)),
            select(bad, nan_lanes(), as_float(bits(cos_value) ^ cos_sign))};
}
LANE_FN F atan(F x) {
    F a = abs(x);
    I outside = a > 1.0f;
    F t = select(outside, 1.0f / a, a);
    F u = t * t;
    F r = t + t * u * poly(u, ATAN_TAIL);
    r = select(outside, (1.57079637f - r) - 4.37113883e-8f, r);
    return select(is_nan(x), x, copysign(r, x));
}
LANE_FN F asin_small(F t) {
    F u = t * t;
    return t + t * u * poly(u, ASIN_TAIL);
}
LANE_FN F asin(F x) {
    F a = abs(x);
    F far = (1.57079637f - 2.0f * asin_small(sqrt(0.5f * (1.0f - a)))) - 4.37113883e-8f;
    F r = copysign(select(a <= 0.5f, asin_small(a), far), x);
    return select((a > 1.0f) | is_nan(x), nan_lanes(), r);
}
LANE_FN F acos(F x) {
    F a = abs(x);
    F tail = 2.0f * asin_small(sqrt(0.5f * (1.0f - a)));
    F middle = (1.57079637f - asin_small(x)) - 4.37113883e-8f;
    F r = select(a <= 0.5f, middle, select(x < 0.0f, 3.14159274f - tail, tail));
    return select((a > 1.0f) | is_nan(x), nan_lanes(), r);
}
LANE_FN F sinh(F x) {
    F a = abs(x);
    F u = a * a;
    F small = a + a * u * poly(u, SINH_TAIL);
    F half = exp(0.5f * a);
    F e = exp(a);
    F large = select(a > 80.0f, (0.5f * half) * half, 0.5f * (e - 1.0f / e));
    return select(is_nan(x), x, copysign(select(a < 1.0f, small, large), x));
}
LANE_FN F cosh(F x) {
    F a = abs(x);
    F half = exp(0.5f * a);
    F e = exp(a);
    return select(a > 80.0f, (0.5f * half) * half, 0.5f * (e + 1.0f / e));
}
LANE_FN F asinh(F x) {
    F a = abs(x);
    F b = min(a, splat(1e15f));
    F u = b * b;
    F r = log1p(b + u / (1.0f + sqrt(u + 1.0f)));
    r = select(a > 1e15f, log(a) + 0.693147181f, r);
    return select(is_nan(x), x, copysign(r, x));
}
LANE_FN F acosh(F x) {
    F t = x - 1.0f;
    F r = log1p(t + sqrt(t * (t + 2.0f)));
    r = select(x > 1e15f, log(x) + 0.693147181f, r);
    return select((x < 1.0f) | is_nan(x), nan_lanes(), r);
}
LANE_FN F atanh(F x) {
    F a = abs(x);
    F r = 0.5f * log1p((a + a) / (1.0f - a));
    r = select(a == 1.0f, inf_lanes(), r);
    return select((a > 1.0f) | is_nan(x), nan_lanes(), copysign(r, x));
}

/// log2 of a positive normal number, in double.
LANE_FN D log2_wide(F x) {
    I e = (bits(x) - 0x3f3504f3) >> 23;
    D m = widen(as_float(bits(x) - (e << 23)));
    D z = (m - 1.0) / (m + 1.0);
    return widen(to_float(e)) + z * poly(z * z, LOG2_SERIES);
}
LANE_FN F exp2_wide(D t) {
    t = select(t > 200.0, D{} + 200.0, t);
    t = select(t < -200.0, D{} - 200.0, t);
    D k = round_small(t);
    F p = narrow(poly(t - k, EXP2_SERIES));
    return scale(p, to_int(narrow(select(k == k, k, D{}))));
}
/// x^y with IEEE's special cases, except that zero and infinite bases take their sign from an odd y only.
LANE_FN F pow(F x, F y) {
    F a = abs(x);
    F r = exp2_wide(widen(y) * log2_wide(a));
    r = select(is_inf(x), select(y > 0.0f, inf_lanes(), F{}), r);
    r = select(x == 0.0f, select(y > 0.0f, F{}, inf_lanes()), r);
    I huge = abs(y) >= 16777216.0f;
    I n = to_int(select(huge | is_nan(y), F{}, y));
    I integral = huge | (to_float(n) == y);
    I odd = ((n & 1) != 0) & ~huge & integral;
    I negative = bits(x) < 0;
    r = as_float(bits(r) | (odd & negative & INT32_MIN));
    r = select((x < 0.0f) & ~integral & ~is_inf(x), nan_lanes(), r);
    r = select(is_nan(x) | is_nan(y), nan_lanes(), r);
    return select((y == 0.0f) | (x == 1.0f), splat(1.0f), r);
}
LANE_FN F cbrt(F x) {
    F a = abs(x);
    F r = exp2_wide(log2_wide(a) * 0.33333333333333333);
    r = select(bits(a) < 0x00800000, F{}, r);
    return copysign(select(is_inf(x) | is_nan(x), a, r), x);
}
LANE_FN F power_iterative(F x, uint32_t exponent) {
    F r = splat(1.0f);
    for (uint32_t i = 0; i < exponent && i < 4096; i++) {
        r = r * x;
    }
    return r;
}

/// Integer part; |x| >= 2^23 is already whole.
LANE_FN F trunc(F x) {
    I whole = abs(x) < 8388608.0f;
    F t = copysign(to_float(to_int(select(whole, x, F{}))), x);
    return select(whole, t, x);
}
LANE_FN F floor(F x) {
    F t = trunc(x);
    return select(t > x, t - 1.0f, t);
}
LANE_FN F ceil(F x) {
    F t = trunc(x);
    return select(t < x, t + 1.0f, t);
}
LANE_FN F round_even(F x) {
    F t = (abs(x) + 8388608.0f) - 8388608.0f;
    return select(abs(x) < 8388608.0f, copysign(t, x), x);
}

/// Exact while x/y is below 2^29.
LANE_FN F fmod(F x, F y) {
    F a = abs(x), b = abs(y);
    D wa = widen(a), wb = widen(b);
    D q = wa / wb;
    D rounded = (q + 4503599627370496.0) - 4503599627370496.0;
    q = select(q < 4503599627370496.0, select(rounded > q, rounded - 1.0, rounded), q);
    D r = wa - q * wb;
    r = select(r < 0.0, r + wb, r);
    r = select(r >= wb, r - wb, r);
    F result = copysign(narrow(r), x);
    result = select(is_inf(y) & ~is_inf(x), x, result);
    return select((y == 0.0f) | is_inf(x) | is_nan(x) | is_nan(y), nan_lanes(), result);
}
LANE_FN F remainder(F x, F y) {
    F r = fmod(x, y);
    I wrong = (r != 0.0f) & ((bits(r) ^ bits(y)) < 0);
    r = select(wrong, r + y, r);
    return select(r == 0.0f, copysign(F{}, y), r);
}

LANE_FN bool all_below(D a, D b) {
    L below = a < b;
    int64_t all = -1;
    for (size_t i = 0; i < LANES; i++) {
        all &= below[i];
    }
    return all != 0;
}
/// Modified Bessel functions of the first kind by their power series in double (all terms positive).
template <int ORDER>
LANE_FN F bessel_i(F x) {
    F a = select(abs(x) < 93.0f, abs(x), splat(93.0f));
    D h = widen(a) * 0.5;
    D h2 = h * h;
    D term = ORDER == 0 ? D{} + 1.0 : h;
    D sum = term;
    for (int k = 1; k < 160; k++) {
        term = term * h2 * (1.0 / double(k * (k + ORDER)));
        sum = sum + term;
        // Past the largest term the rest shrinks fast; 2^-34 of the sum can no longer change an fp32.
        if (k % 8 == 0 && all_below(term, sum * 0x1p-34)) {
            break;
        }
    }
    F r = narrow(sum);
    r = select(abs(x) > 93.0f, inf_lanes(), r);
    r = ORDER == 0 ? r : copysign(r, x);
    return select(is_nan(x), x, r);
}
LANE_FN F lgamma(F x) {
    F r;
    for (size_t i = 0; i < LANES; i++) {
        int sign;
        r[i] = static_cast<float>(::lgamma_r(static_cast<double>(x[i]), &sign));
    }
    return r;
}
LANE_FN F lgamma_stirling(F x) {
    return lgamma(select(x < 0.5f, 1.0f - x, x));
}
LANE_FN F atan2(F y, F x) {
    F r = atan(abs(y) / abs(x));
    r = select(is_inf(x) & is_inf(y), splat(0.785398163f), r);
    r = select((x == 0.0f) & (y == 0.0f), F{}, r);
    r = select(bits(x) < 0, 3.14159274f - r, r);
    return select(is_nan(x) | is_nan(y), nan_lanes(), copysign(r, y));
}

LANE_FN F xielu(F x, F positive, F negative) {
    F tail = select(abs(x) < 0.35f, x * x * poly(x, EXPM1_TAIL), expm1(x) - x);
    return select(x > 0.0f, positive * x * x, negative * tail) + 0.5f * x;
}

/// The chip multiplies by adding the product to +0, which turns a product of -0 into +0.
LANE_FN F multiply(F a, F b) {
    return a * b + 0.0f;
}

/// The order in which the chip compares for min and max: by sign and magnitude of the bits.
LANE_FN I order_key(F x) {
    return bits(x) ^ ((bits(x) >> 31) & 0x7fffffff);
}
LANE_FN F max_ordered(F a, F b) {
    return select(order_key(a) > order_key(b), a, b);
}
LANE_FN F min_ordered(F a, F b) {
    return select(order_key(a) < order_key(b), a, b);
}
LANE_FN F one_if(I mask) {
    return as_float(mask & 0x3f800000);
}

// --- Integers --------------------------------------------------------------------------------------------------------
LANE_FN I unsigned_less(I a, I b) {
    return (U)a < (U)b;
}
LANE_FN I float_to_int32(F x) {
    F t = select((abs(x) < 2147483648.0f), x, F{});
    I r = to_int(t);
    r = select(x >= 2147483648.0f, I{} + INT32_MAX, r);
    return select(x <= -2147483648.0f, I{} + INT32_MIN, r);
}
LANE_FN I float_to_uint32(F x) {
    I large = x >= 2147483648.0f;
    F t = select((x > 0.0f) & (x < 4294967296.0f), select(large, x - 2147483648.0f, x), F{});
    I r = to_int(t) ^ (large & INT32_MIN);
    return select(x >= 4294967296.0f, I{} - 1, r);
}
LANE_FN I round_half_away(F x) {
    return to_int(trunc(x + copysign(splat(0.5f), x)));
}
LANE_FN I float_to_uint16(F x) {
    F t = select(x > 0.0f, x, F{});
    return round_half_away(select(t > 65535.0f, splat(65535.0f), t));
}
LANE_FN F uint_to_float(I x) {
    D wide = __builtin_convertvector(x, D);
    return narrow(select(wide < 0.0, wide + 4294967296.0, wide));
}
LANE_FN I to_int8_range(F x) {
    F t = select(x > 127.0f, splat(127.0f), x);
    t = select(t < -127.0f, splat(-127.0f), t);
    return round_half_away(select(is_nan(x), splat(127.0f), t));
}
template <class Fn>
LANE_FN I each_lane(I a, I b, Fn fn) {
    I r;
    for (size_t i = 0; i < LANES; i++) {
        r[i] = static_cast<int32_t>(fn(static_cast<int64_t>(a[i]), static_cast<int64_t>(b[i])));
    }
    return r;
}
/// A division by zero gives all ones, its remainder the dividend.
LANE_FN I divide_trunc(I a, I b) {
    return each_lane(a, b, [](int64_t x, int64_t y) { return y == 0 ? -1 : x / y; });
}
LANE_FN I divide_floor(I a, I b) {
    return each_lane(
        a, b, [](int64_t x, int64_t y) { return y == 0 ? -1 : x / y - ((x % y != 0 && (x < 0) != (y < 0)) ? 1 : 0); });
}
LANE_FN I fmod_int(I a, I b) {
    return each_lane(a, b, [](int64_t x, int64_t y) { return y == 0 ? x : x % y; });
}
LANE_FN I remainder_int(I a, I b) {
    return each_lane(a, b, [](int64_t x, int64_t y) {
        int64_t r = y == 0 ? x : x % y;
        return y != 0 && r != 0 && (r < 0) != (y < 0) ? r + y : r;
    });
}
inline int64_t gcd_scalar(int64_t x, int64_t y) {
    x = x < 0 ? -x : x;
    y = y < 0 ? -y : y;
    while (y != 0) {
        int64_t t = x % y;
        x = y;
        y = t;
    }
    return x;
}
LANE_FN I gcd(I a, I b) {
    return each_lane(a, b, gcd_scalar);
}
LANE_FN I lcm(I a, I b) {
    return each_lane(a, b, [](int64_t x, int64_t y) {
        int64_t g = gcd_scalar(x, y);
        int64_t product = g == 0 ? 0 : x / g * y;
        return product < 0 ? -product : product;
    });
}
LANE_FN I in_shift_range(I b) {
    return unsigned_less(b, I{} + 32);
}

}  // namespace

// Vector functions that custom SFPI code calls by the names of the low-level kernels: exponential, reciprocal,
// logarithm, square root. Results are good to a few units in the last place of fp32; the chip's own versions
// approximate more coarsely.
#pragma once

#include "../sfpi.h"

namespace ckernel::sfpu {

/// e^x for any x: 0 below the smallest normal, infinity above the largest float.
sfpi_inline sfpi::vFloat _sfpu_exp_accurate_(const sfpi::vFloat& x) {
    using namespace sfpi;
    using namespace sfpi::impl_;
    // x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its series; k into the exponent in two steps, since 2^k may not be
    // normal.
    const flanes_t clamped = min(max(x, -104.0f), 89.0f).floats();
    const flanes_t k = (clamped * 1.44269504f + 12582912.0f) - 12582912.0f;
    const flanes_t r = (clamped - k * 0.693359375f) + k * 2.12194440e-4f;
    const flanes_t series =
        1.0f +
        r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * (0.00833333333f + r * 0.00138888889f)))));
    const ilanes_t whole = __builtin_convertvector(k, ilanes_t);
    const ilanes_t half = whole >> 1;
    const flanes_t scale0 = as_f(as_u((half + 127) << 23));
    const flanes_t scale1 = as_f(as_u((whole - half + 127) << 23));
    const lanes_t nan = (lanes_t)(x.floats() != x.floats());
    return vFloat(select(nan, x.get(), as_u(series * scale0 * scale1)));
}

/// e^x.
sfpi_inline sfpi::vFloat _sfpu_exp_(const sfpi::vFloat& x) {
    return _sfpu_exp_accurate_(x);
}
template <bool is_fp32_dest_acc_en = false>
sfpi_inline sfpi::vFloat _sfpu_exp_21f_(const sfpi::vFloat& x) {
    return _sfpu_exp_accurate_(x);
}
sfpi_inline sfpi::vFloat _sfpu_exp_61f_(const sfpi::vFloat& x) {
    return _sfpu_exp_accurate_(x);
}
sfpi_inline sfpi::vFloat _sfpu_exp_f32_accurate_(const sfpi::vFloat& x) {
    return _sfpu_exp_accurate_(x);
}
template <bool is_fp32_dest_acc_en = false>
sfpi_inline sfpi::vFloat _sfpu_exp_improved_(const sfpi::vFloat& x) {
    return _sfpu_exp_accurate_(x);
}

/// e^(x scale), scale being bf16 bits.
template <bool APPROXIMATION_MODE, bool SCALE_EN, bool SKIP_POSITIVE_CHECK>
sfpi_inline sfpi::vFloat _calculate_exponential_piecewise_(sfpi::vFloat x, uint16_t exp_base_scale_factor = 0x3F80) {
    if constexpr (SCALE_EN) {
        return _sfpu_exp_accurate_(x * sfpi::vFloat(sfpi::sFloat16b(static_cast<uint32_t>(exp_base_scale_factor))));
    }
    return _sfpu_exp_accurate_(x);
}

/// 1/x.
template <int max_iter = 2>
sfpi_inline sfpi::vFloat _sfpu_reciprocal_(const sfpi::vFloat& x) {
    return sfpi::vFloat(sfpi::impl_::as_u(1.0f / x.floats()));
}
template <int max_iter = 3>
sfpi_inline sfpi::vFloat _reciprocal_compat_(const sfpi::vFloat& x) {
    return _sfpu_reciprocal_<2>(x);
}
template <int max_iter = 3>
sfpi_inline sfpi::vFloat sfpu_reciprocal(const sfpi::vFloat& x) {
    return _sfpu_reciprocal_<2>(x);
}
template <bool APPROXIMATE = false>
sfpi_inline void _init_sfpu_reciprocal_() {}
template <bool APPROXIMATE = false>
sfpi_inline void _init_reciprocal_() {}

/// The natural logarithm; -infinity at zero, NaN below.
sfpi_inline sfpi::vFloat _sfpu_log_(const sfpi::vFloat& x) {
    using namespace sfpi;
    using namespace sfpi::impl_;
    // x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1)/(m + 1).
    const lanes_t shifted = x.get() - 0x3F3504F3u;
    const ilanes_t e = as_i(shifted) >> 23;
    const flanes_t m = as_f((shifted & 0x7FFFFFu) + 0x3F3504F3u);
    const flanes_t s = (m - 1.0f) / (m + 1.0f);
    const flanes_t q = s * s;
    const flanes_t series = s * (2.0f + q * (0.666666667f + q * (0.4f + q * (0.285714286f + q * 0.222222222f))));
    const flanes_t k = __builtin_convertvector(e, flanes_t);
    const lanes_t value = as_u(k * 0.693359375f + (series - k * 2.12194440e-4f));
    const lanes_t zero = (lanes_t)((x.get() & 0x7F800000u) == splat(0));
    const lanes_t negative = as_u(as_i(x.get()) < 0) & ~zero;
    const lanes_t special = (lanes_t)(as_i(x.get()) >= 0x7F800000);  // infinity and NaN
    return vFloat(
        select(zero, splat(0xFF800000u), select(negative, splat(0x7FC00000u), select(special, x.get(), value))));
}

/// The square root; NaN below zero.
sfpi_inline sfpi::vFloat _sfpu_sqrt_(const sfpi::vFloat& x) {
    sfpi::impl_::flanes_t r = x.floats();
    for (unsigned i = 0; i < sfpi::SFP_LANES; ++i) {
        r[i] = __builtin_sqrtf(r[i]);
    }
    return sfpi::vFloat(sfpi::impl_::as_u(r));
}

/// 1 / (1 + e^-x).
sfpi_inline sfpi::vFloat _sfpu_sigmoid_(const sfpi::vFloat& x) {
    return _sfpu_reciprocal_<2>(1.0f + _sfpu_exp_accurate_(-x));
}

/// 1 where v is zero; for values whose exponent has been widened from a half's, the bias is taken off first.
sfpi_inline sfpi::vInt sfpu_is_fp16_zero(const sfpi::vFloat& v, uint32_t exponent_size_8) {
    if (exponent_size_8 != 0) {
        return v == 0.0f;
    }
    sfpi::vInt tmp = 0x3800;
    tmp += sfpi::reinterpret<sfpi::vInt>(v);
    return tmp == 0;
}

/// A number's bits as a float.
class Converter {
public:
    static sfpi_inline float as_float(uint32_t bits) { return __builtin_bit_cast(float, bits); }
};

}  // namespace ckernel::sfpu

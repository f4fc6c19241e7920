// SFPI's functions: bit fields of floats, shifts, tables, conversions, minima and maxima, moves between lanes. Part of
// sfpi.h. A function's result has all lanes; enables matter where it is assigned.
#pragma once

#include <stdint.h>

#include <type_traits>
#include <utility>

#include "registers.h"

namespace sfpi {

/// The same bits as another type.
template <impl_::Value T>
sfpi_inline T as(const impl_::vVal& x) {
    return T(x.get());
}
template <impl_::Value T>
sfpi_inline T reinterpret(const impl_::vVal& x) {
    return T(x.get());
}
template <impl_::Value T, class R>
    requires requires { typename R::tsr_vector; }
sfpi_inline T reinterpret(const R& x) {
    return T(static_cast<typename R::tsr_vector>(x).get());
}

// --- Fields of a float -----------------------------------------------------------------------------------------------

/// Unbiased: the exponent as a power of two; Biased: the eight bits.
class ExponentMode {
public:
    enum Values { Unbiased, Biased };
    static constexpr Values Debias = Unbiased;
    static constexpr Values NoDebias = Biased;
    constexpr ExponentMode(Values v) : v_(v) {}
    constexpr operator Values() const { return v_; }

private:
    Values v_;
};

sfpi_inline vInt exexp(const vFloat& v, ExponentMode mode = ExponentMode::Unbiased) {
    const impl_::lanes_t exponent = v.get() >> 23 & 0xFFu;
    return vInt(mode == ExponentMode::Unbiased ? exponent - 127u : exponent);
}
sfpi_inline vInt exexp_nodebias(const vFloat& v) {
    return exexp(v, ExponentMode::Biased);
}

enum class MantissaMode { FractionOnly, WithUnitBit, ImplicitOne = WithUnitBit };

/// The mantissa's 23 bits, or those with the bit of value one above them.
sfpi_inline vMag exman(const vFloat& v, MantissaMode mode = MantissaMode::FractionOnly) {
    const impl_::lanes_t fraction = v.get() & 0x7FFFFFu;
    return vMag(mode == MantissaMode::WithUnitBit ? fraction | 0x800000u : fraction);
}
sfpi_inline vInt exman8(const vFloat& v) {
    return vInt(exman(v, MantissaMode::WithUnitBit).get());
}
sfpi_inline vInt exman9(const vFloat& v) {
    return vInt(exman(v).get());
}

/// The sign bit as 0 or 1.
template <impl_::Value T>
sfpi_inline vUInt exsgn(const T& v) {
    return vUInt(v.get() >> 31);
}

/// The exponent's eight bits replaced by the low bits of a number.
template <class T>
    requires std::is_integral_v<T>
sfpi_inline vFloat setexp(const vFloat& v, T exponent) {
    return vFloat((v.get() & 0x807FFFFFu) | (static_cast<uint32_t>(exponent) & 0xFFu) << 23);
}
template <class T>
    requires(std::is_same_v<impl_::vector_of_t<T>, vInt> || std::is_same_v<impl_::vector_of_t<T>, vUInt>)
sfpi_inline vFloat setexp(const vFloat& v, const T& exponent) {
    return vFloat((v.get() & 0x807FFFFFu) | (impl_::to<impl_::vector_of_t<T>>(exponent).get() & 0xFFu) << 23);
}
/// The exponent of another float.
sfpi_inline vFloat copyexp(const vFloat& v, const vFloat& exponent) {
    return vFloat((v.get() & 0x807FFFFFu) | (exponent.get() & 0x7F800000u));
}
/// Adds to the exponent's eight bits, wrapping; infinities and NaN stay.
sfpi_inline vFloat addexp(const vFloat& v, int add) {
    const impl_::lanes_t x = v.get();
    const impl_::lanes_t sum = ((x >> 23) + static_cast<uint32_t>(add) & 0xFFu) << 23;
    const impl_::lanes_t special = (impl_::lanes_t)((x & 0x7F800000u) == impl_::splat(0x7F800000u));
    return vFloat(impl_::select(special, x, (x & 0x807FFFFFu) | sum));
}

/// The mantissa's 23 bits replaced by the low bits of a number, or by another float's.
template <class T>
    requires std::is_integral_v<T>
sfpi_inline vFloat setman(const vFloat& v, T mantissa) {
    return vFloat((v.get() & 0xFF800000u) | (static_cast<uint32_t>(mantissa) & 0x7FFFFFu));
}
template <impl_::Value T>
sfpi_inline vFloat setman(const vFloat& v, const T& mantissa) {
    return vFloat((v.get() & 0xFF800000u) | (mantissa.get() & 0x7FFFFFu));
}
sfpi_inline vFloat copyman(const vFloat& v, const vFloat& mantissa) {
    return setman(v, mantissa);
}

/// The sign bit replaced by bit 0 of a scalar, or by another vector's sign bit.
template <impl_::Value V, class T>
    requires std::is_integral_v<T>
sfpi_inline auto setsgn(const V& v, T sign) {
    using R = std::conditional_t<std::is_base_of_v<vUInt, V>, vSMag, V>;
    return R((v.get() & 0x7FFFFFFFu) | static_cast<uint32_t>(sign) << 31);
}
template <impl_::Value V, impl_::Value S>
sfpi_inline auto copysgn(const V& v, const S& sign) {
    using R = std::conditional_t<std::is_base_of_v<vUInt, V> || std::is_base_of_v<vInt, V>, vSMag, V>;
    return R((v.get() & 0x7FFFFFFFu) | (sign.get() & 0x80000000u));
}
template <impl_::Value V, impl_::Value S>
sfpi_inline V setsgn(const V& v, const S& sign) {
    return V((v.get() & 0x7FFFFFFFu) | (sign.get() & 0x80000000u));
}
template <impl_::Value V>
sfpi_inline V setsgn(const V& v, const impl_::ConstantReg<vFloat>& sign) {
    return setsgn(v, vFloat(sign));
}
/// The sign from bit 0 of each element.
template <impl_::Value V, impl_::Value S>
sfpi_inline V setsgn2(const V& v, const S& sign) {
    return V((v.get() & 0x7FFFFFFFu) | sign.get() << 31);
}

enum class LdexpMode { Correct, Fast };

/// v times 2 to the power of scale.
sfpi_inline vFloat ldexp(const vFloat& v, int scale, LdexpMode = LdexpMode::Correct) {
    return addexp(v, scale);
}
sfpi_inline vFloat ldexp(const vFloat& v, const vInt& scale, LdexpMode mode = LdexpMode::Correct) {
    if (mode == LdexpMode::Fast) {
        return setexp(v, exexp(v, ExponentMode::Biased) + scale);
    }
    return v * setexp(vFloat(0.0f), scale + 127);
}

// --- Bits ------------------------------------------------------------------------------------------------------------

/// A negative NaN stays as it is.
sfpi_inline vFloat abs(const vFloat& v) {
    const impl_::lanes_t x = v.get();
    const impl_::lanes_t negative_nan = (impl_::lanes_t)(x > impl_::splat(0xFF800000u));
    return vFloat(x & (negative_nan | 0x7FFFFFFFu));
}
sfpi_inline vMag abs(const vInt& v) {
    return vMag(impl_::select(impl_::as_u(impl_::as_i(v.get()) < 0), impl_::splat(0) - v.get(), v.get()));
}
sfpi_inline vMag abs(const vSMag& v) {
    return vMag(v.get() & 0x7FFFFFFFu);
}

enum class LZMode { All, IgnoreSign };

/// Leading zero bits; 32 for zero.
template <impl_::Value T>
sfpi_inline vMag lz(const T& v, LZMode mode = LZMode::All) {
    impl_::lanes_t x = mode == LZMode::IgnoreSign ? v.get() & 0x7FFFFFFFu : v.get();
    impl_::lanes_t count = impl_::splat(0);
    for (uint32_t step = 16; step != 0; step >>= 1) {
        const impl_::lanes_t empty = (impl_::lanes_t)((x >> (32 - step)) == impl_::splat(0));
        count += empty & step;
        x = impl_::select(empty, x << step, x);
    }
    return vMag(count + ((impl_::lanes_t)(x == impl_::splat(0)) & 1u));
}
template <impl_::Value T>
sfpi_inline vInt lz_nosgn(const T& v) {
    return vInt(lz(v, LZMode::IgnoreSign).get());
}

enum class ShiftMode { Logical, Arithmetic };

/// Shifts left by a positive amount, right by a negative one. An amount counts modulo 32.
sfpi_inline vUInt shft(const vUInt& v, const vInt& amount, ShiftMode mode = ShiftMode::Logical) {
    return vUInt(impl_::shift_left_or_right(v.get(), amount.get(), mode == ShiftMode::Arithmetic));
}
/// vInt shifts arithmetically unless told otherwise; Wormhole can shift logically only.
sfpi_inline vInt shft(const vInt& v, const vInt& amount,
                      ShiftMode mode = impl_::shifts_arithmetically<vInt> ? ShiftMode::Arithmetic
                                                                          : ShiftMode::Logical) {
    return vInt(impl_::shift_left_or_right(v.get(), amount.get(), mode == ShiftMode::Arithmetic));
}

sfpi_inline vBool is_nan(const vFloat& v) {
    return vBool((impl_::lanes_t)((v.get() & 0x7FFFFFFFu) > impl_::splat(0x7F800000u)));
}
sfpi_inline vBool is_inf(const vFloat& v) {
    return vBool((impl_::lanes_t)((v.get() & 0x7FFFFFFFu) == impl_::splat(0x7F800000u)));
}
sfpi_inline vBool is_finite(const vFloat& v) {
    return vBool((impl_::lanes_t)((v.get() & 0x7FFFFFFFu) < impl_::splat(0x7F800000u)));
}
sfpi_inline vBool is_normal(const vFloat& v) {
    const vInt exponent = exexp(v, ExponentMode::Biased);
    return exponent < 255 && exponent != 0;
}
sfpi_inline vBool is_subnormal(const vFloat& v) {
    return exexp(v, ExponentMode::Biased) == 0 && exman(v) != 0;
}
sfpi_inline vBool is_zero(const vFloat& v) {
    return vBool((impl_::lanes_t)((v.get() << 1) == impl_::splat(0)));
}
sfpi_inline vBool is_pos(const vFloat& v) {
    return as<vInt>(v) >= 0;
}
sfpi_inline vBool is_neg(const vFloat& v) {
    return as<vInt>(v) < 0;
}

// --- Tables ----------------------------------------------------------------------------------------------------------

namespace impl_ {

sfpi_inline flanes_t magnitude(const vFloat& v) {
    return as_f(v.get() & 0x7FFFFFFFu);
}

/// a |v| + c, its own sign or that of v.
sfpi_inline vFloat table_line(const vFloat& v, lanes_t a, lanes_t c, bool retain_sign) {
    const lanes_t x = as_u(magnitude(v));
    const lanes_t d = float_mad(a, x, float_mul(a, x), c);
    return vFloat(retain_sign ? (d & 0x7FFFFFFFu) | (v.get() & 0x80000000u) : d);
}
/// The first, second or third for |v| below one, below two, and from two on.
sfpi_inline lanes_t by_magnitude(const vFloat& v, lanes_t x0, lanes_t x1, lanes_t x2) {
    const flanes_t b = magnitude(v);
    return select((lanes_t)(b < 1.0f), x0, select((lanes_t)(b < 2.0f), x1, x2));
}
/// Eight bits: sign, three bits that lower the exponent from 127, four of mantissa; 0xFF is zero.
sfpi_inline lanes_t lut8(lanes_t x) {
    x &= 0xFFu;
    const lanes_t bits = (x & 0x80u) << 24 | (splat(127) - (x >> 4 & 7u)) << 23 | (x & 15u) << 19;
    return select((lanes_t)(x == splat(0xFF)), splat(0), bits);
}
/// Sixteen bits: a half, but an exponent of 31 stands for (almost) zero.
sfpi_inline lanes_t lut16(lanes_t x) {
    const lanes_t exponent = x >> 10 & 31u;
    const lanes_t wide = select((lanes_t)(exponent == splat(31)), splat(0), exponent + 112u);
    return (x & 0x8000u) << 16 | wide << 23 | (x & 0x3FFu) << 13;
}
sfpi_inline vFloat lut3(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2, bool retain) {
    const lanes_t pair = by_magnitude(v, l0.get(), l1.get(), l2.get());
    return table_line(v, lut8(pair >> 8), lut8(pair), retain);
}
sfpi_inline vFloat lut3_half(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2, bool retain) {
    const lanes_t pair = by_magnitude(v, l0.get(), l1.get(), l2.get());
    return table_line(v, lut16(pair >> 16), lut16(pair & 0xFFFFu), retain);
}
sfpi_inline vFloat lut6_half(const vFloat& v, const vUInt& a01, const vUInt& a23, const vUInt& a45, const vUInt& b01,
                             const vUInt& b23, const vUInt& b45, int mode, bool retain) {
    const flanes_t b = magnitude(v);
    const float cut = mode == 1 ? 3.0f : 4.0f;
    const lanes_t upper = ((lanes_t)(b >= 0.5f) & (lanes_t)(b < 1.0f)) | ((lanes_t)(b >= 1.5f) & (lanes_t)(b < 2.0f)) |
                          ~(lanes_t)(b < cut);
    const lanes_t shift = upper & 16u;
    const lanes_t a = by_magnitude(v, a01.get(), a23.get(), a45.get()) >> shift & 0xFFFFu;
    const lanes_t c = by_magnitude(v, b01.get(), b23.get(), b45.get()) >> shift & 0xFFFFu;
    return table_line(v, lut16(a), lut16(c), retain);
}

}  // namespace impl_

/// a |v| + c with a and c from l0, l1 or l2 by |v| < 1, < 2, or more (8-bit floats: a in bits 8-15, c in bits 0-7),
/// with the sign of v. The _sign forms keep the sum's own sign.
sfpi_inline vFloat lut(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2) {
    return impl_::lut3(v, l0, l1, l2, true);
}
sfpi_inline vFloat lut_sign(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2) {
    return impl_::lut3(v, l0, l1, l2, false);
}
template <class T>
    requires std::is_integral_v<T>
sfpi_inline vFloat lut(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2, T) {
    return impl_::lut3(v, l0, l1, l2, true);
}
template <class T>
    requires std::is_integral_v<T>
sfpi_inline vFloat lut_sign(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2, T) {
    return impl_::lut3(v, l0, l1, l2, false);
}
/// The same with halves: a in bits 16-31, c in bits 0-15.
sfpi_inline vFloat lut2(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2) {
    return impl_::lut3_half(v, l0, l1, l2, true);
}
sfpi_inline vFloat lut2_sign(const vFloat& v, const vUInt& l0, const vUInt& l1, const vUInt& l2) {
    return impl_::lut3_half(v, l0, l1, l2, false);
}
/// The same with floats.
sfpi_inline vFloat lut2(const vFloat& v, const vFloat& a0, const vFloat& a1, const vFloat& a2, const vFloat& b0,
                        const vFloat& b1, const vFloat& b2) {
    return impl_::table_line(v, impl_::by_magnitude(v, a0.get(), a1.get(), a2.get()),
                             impl_::by_magnitude(v, b0.get(), b1.get(), b2.get()), true);
}
sfpi_inline vFloat lut2_sign(const vFloat& v, const vFloat& a0, const vFloat& a1, const vFloat& a2, const vFloat& b0,
                             const vFloat& b1, const vFloat& b2) {
    return impl_::table_line(v, impl_::by_magnitude(v, a0.get(), a1.get(), a2.get()),
                             impl_::by_magnitude(v, b0.get(), b1.get(), b2.get()), false);
}
/// Six pieces: |v| below 0.5, 1, 1.5, 2, 3 (mode 1) or 4 (mode 2), and above; halves, the lower piece in the low bits.
sfpi_inline vFloat lut2(const vFloat& v, const vUInt& a01, const vUInt& a23, const vUInt& a45, const vUInt& b01,
                        const vUInt& b23, const vUInt& b45, int mode = 1) {
    return impl_::lut6_half(v, a01, a23, a45, b01, b23, b45, mode, true);
}
sfpi_inline vFloat lut2_sign(const vFloat& v, const vUInt& a01, const vUInt& a23, const vUInt& a45, const vUInt& b01,
                             const vUInt& b23, const vUInt& b45, int mode = 1) {
    return impl_::lut6_half(v, a01, a23, a45, b01, b23, b45, mode, false);
}

}  // namespace sfpi

#include "convert.h"
#include "lanes.h"

// Conversions between SFPI's vector types, rounding, and polynomials. Part of sfpi.h.
#pragma once

#include <type_traits>
#include <utility>

#include "lanes.h"
#include "registers.h"

namespace sfpi {

/// How a conversion rounds. Older code passes 0 for Nearest and 1 for NearestStochastic.
class RoundMode {
public:
    enum Values { NearestAway = 0, Nearest = NearestAway, NearestEven = NearestAway, NearestStochastic = 1, Zero = 2 };
    static constexpr Values Stochastic = NearestStochastic;
    constexpr RoundMode(Values v) : v_(v) {}
    constexpr RoundMode(int v) : v_(static_cast<Values>(v)) {}
    constexpr operator Values() const { return v_; }

private:
    Values v_;
};

namespace impl_ {

/// What the lanes' random registers hold. They go on to the next state: shifted right, the negated parity of bits 31,
/// 21, 1 and 0 coming in at the top.
sfpi_inline lanes_t random_bits() {
    lanes_t& s = sfpu.random;
    const lanes_t before = s;
    const lanes_t parity = (s >> 31 ^ s >> 21 ^ s >> 1 ^ s) & 1u;
    s = s >> 1 | (parity ^ 1u) << 31;
    return before;
}
/// What the bits that rounding drops are compared with, as a fraction of 23 bits: half, random, or all ones. (Towards
/// zero a fraction of all ones goes up, as on the chip.)
sfpi_inline lanes_t rounding_bits(RoundMode mode) {
    return mode == RoundMode::NearestStochastic ? random_bits() & 0x7FFFFFu
           : mode == RoundMode::Zero            ? splat(0x7FFFFFu)
                                                : splat(0x400000u);
}

/// A float that keeps 23 - dropped bits of mantissa. Denormals become zero, NaN becomes infinity.
template <unsigned dropped>
sfpi_inline lanes_t round_float(lanes_t x, RoundMode mode) {
    const lanes_t exponent = x & 0x7F800000u;
    const lanes_t low = x & ((1u << dropped) - 1);
#if defined(ARCH_WORMHOLE)
    const lanes_t up = (lanes_t)(low << (23 - dropped) >= rounding_bits(mode));
#else
    // Blackhole compares as many bits as it drops.
    const lanes_t up = (lanes_t)(low >= rounding_bits(mode) >> (23 - dropped));
#endif
    const lanes_t rounded = x - low + (up & (1u << dropped));
    const lanes_t special = (lanes_t)(exponent == splat(0x7F800000u));
    const lanes_t zero = (lanes_t)(exponent == splat(0));
    return select(special, x & 0xFF800000u, rounded) & ~zero;
}

/// A float as a sign-magnitude integer of at most `limit`; without a sign if not keep_sign.
sfpi_inline lanes_t round_to_integer(lanes_t x, uint32_t limit, bool keep_sign, RoundMode mode) {
    const ilanes_t exponent = as_i(x >> 23 & 0xFFu) - 127;
    const lanes_t mantissa = (x & 0x7FFFFFu) | 0x800000u;
    const lanes_t bits = rounding_bits(mode);
    // Below one the fraction is the shifted mantissa; above, what lies below the point.
    const lanes_t tiny = (lanes_t)(exponent < -1);
    const lanes_t below_one = (lanes_t)(exponent < 0);
    const lanes_t large = (lanes_t)(exponent >= 16);
    const lanes_t shift = as_u(exponent) & 15u;
    const lanes_t whole = select(below_one, splat(0), mantissa >> (splat(23) - shift));
    const lanes_t fraction = select(below_one, mantissa >> 1, (mantissa << shift) & 0x7FFFFFu);
    lanes_t magnitude = whole + ((lanes_t)(fraction >= bits) & 1u);
    magnitude = select(large | (lanes_t)(magnitude > splat(limit)), splat(limit), magnitude) & ~tiny;
    const lanes_t zero = (lanes_t)(magnitude == splat(0));
    return magnitude | (keep_sign ? x & 0x80000000u & ~zero : splat(0));
}

/// A sign-magnitude integer as a float.
sfpi_inline lanes_t smag_to_float(lanes_t x, RoundMode mode) {
    const lanes_t magnitude = x & 0x7FFFFFFFu;
    lanes_t lead = splat(0);
    lanes_t norm = magnitude;
    for (uint32_t step = 16; step != 0; step >>= 1) {
        const lanes_t empty = (lanes_t)((norm >> (32 - step)) == splat(0));
        lead += empty & step;
        norm = select(empty, norm << step, norm);
    }
    const lanes_t zero = (lanes_t)(magnitude == splat(0));
    lanes_t bits = ((splat(157) - lead) << 23) + (norm >> 8);
    if (mode == RoundMode::NearestStochastic) {
        bits += (lanes_t)((norm & 0xFEu) > (random_bits() >> 9 & 0xFEu)) & 1u;
    } else {
        bits += (lanes_t)((norm & 0x80u) != splat(0)) & (lanes_t)((norm & 0x17Fu) != splat(0)) & 1u;
    }
    return (bits & ~zero) | (x & 0x80000000u);
}

/// A sign-magnitude integer divided by 2 to the power `descale` and clamped to eight bits.
sfpi_inline lanes_t descale_integer(lanes_t x, lanes_t descale, bool keep_sign, RoundMode mode) {
    const lanes_t by = descale & 31u;
    const lanes_t magnitude = x & 0x7FFFFFFFu;
    const lanes_t below = magnitude & ((splat(1) << by) - 1u);
    // The dropped bits as a fraction of 23 bits.
    const lanes_t fraction =
        select((lanes_t)(by > splat(23)), below >> ((by - 23u) & 31u), below << ((splat(23) - by) & 31u));
    lanes_t result = (magnitude >> by) + ((lanes_t)((fraction & 0x7FFFFFu) >= rounding_bits(mode)) & 1u);
    const uint32_t limit = keep_sign ? 127 : 255;
    result = select((lanes_t)(result > splat(limit)), splat(limit), result);
    const lanes_t zero = (lanes_t)(result == splat(0));
    return result | (keep_sign ? x & 0x80000000u & ~zero : splat(0));
}

}  // namespace impl_

/// x as another type, with its value rather than its bits.
template <impl_::Value To, impl_::Value From>
sfpi_inline To convert(const From& x, RoundMode round = RoundMode::NearestStochastic) {
    using namespace impl_;
    if constexpr (std::is_same_v<To, From>) {
        return x;
    } else if constexpr (std::is_base_of_v<vFloat, From>) {
        if constexpr (std::is_same_v<To, vFloat>) {
            return To(x.get());
        } else if constexpr (std::is_same_v<To, vFloat16a>) {
            return To(round_float<13>(x.get(), round));
        } else if constexpr (std::is_same_v<To, vFloat16b>) {
            return To(round_float<16>(x.get(), round));
        } else if constexpr (std::is_same_v<To, vSMag16>) {
            return To(round_to_integer(x.get(), 32767, true, round));
        } else if constexpr (std::is_same_v<To, vUInt16>) {
            return To(round_to_integer(x.get(), 65535, false, round));
        } else if constexpr (std::is_same_v<To, vSMag8>) {
            return To(round_to_integer(x.get(), 127, true, round));
        } else {
            static_assert(std::is_same_v<To, vUInt8>, "no conversion from floats to this type");
            return To(round_to_integer(x.get(), 255, false, round));
        }
    } else if constexpr (std::is_base_of_v<vInt, From>) {
        if constexpr (std::is_same_v<To, vSMag>) {
            return To(twos_to_smag(x.get()));
        } else {
            return convert<To>(vSMag(twos_to_smag(x.get())), round);
        }
    } else if constexpr (std::is_base_of_v<vFloat, To>) {
        const vFloat wide(smag_to_float(x.get(), round));
        if constexpr (std::is_same_v<To, vFloat>) {
            return wide;
        } else {
            return convert<To>(wide, round);
        }
    } else if constexpr (std::is_same_v<To, vInt> && impl_::is_magnitude<From>) {
        return To(x.get());
    } else {
        static_assert(std::is_same_v<To, vInt> && std::is_base_of_v<vSMag, From>, "no conversion between these types");
        return To(smag_to_twos(x.get()));
    }
}

/// A sign-magnitude integer, whatever the parameter's type says, as a float.
sfpi_inline vFloat int32_to_float(const vInt& x, RoundMode round = RoundMode::NearestStochastic) {
    return vFloat(impl_::smag_to_float(x.get(), round));
}
sfpi_inline vFloat int32_to_float(const vSMag& x, RoundMode round = RoundMode::NearestStochastic) {
    return vFloat(impl_::smag_to_float(x.get(), round));
}
/// What older code reinterprets as a float or takes as one.
class tsr_float_bits : public vFloat {
public:
    using vFloat::vFloat;
    sfpi_inline operator vUInt() const { return vUInt(get()); }
};
sfpi_inline tsr_float_bits float_to_fp16a(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_float<13>(x.get(), round);
}
sfpi_inline tsr_float_bits float_to_fp16b(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_float<16>(x.get(), round);
}
sfpi_inline vUInt float_to_uint8(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_to_integer(x.get(), 255, false, round);
}
/// The signed ones give sign-magnitude integers.
sfpi_inline vInt float_to_int8(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_to_integer(x.get(), 127, true, round);
}
sfpi_inline vUInt float_to_uint16(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_to_integer(x.get(), 65535, false, round);
}
sfpi_inline vInt float_to_int16(const vFloat& x, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::round_to_integer(x.get(), 32767, true, round);
}
/// A sign-magnitude integer over 2 to the power `descale`, clamped.
sfpi_inline vUInt int32_to_uint8(const vInt& x, const vUInt& descale, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::descale_integer(x.get(), descale.get(), false, round);
}
sfpi_inline vInt int32_to_int8(const vInt& x, const vUInt& descale, RoundMode round = RoundMode::NearestStochastic) {
    return impl_::descale_integer(x.get(), descale.get(), true, round);
}

namespace impl_ {

class FloatInt : public std::pair<vFloat, vInt> {
public:
    using pair::pair;
    sfpi_inline operator vFloat() const { return first; }
    sfpi_inline operator vInt() const { return second; }
};

}  // namespace impl_

/// The nearest integer (ties to even), as a float and as an integer; for |x| below 2^22.
sfpi_inline impl_::FloatInt round(const vFloat& x) {
    const vFloat magic = 12582912.0f;  // 1.5 * 2^23: adding it leaves no bits below the point
    const vFloat shifted = x + magic;
    return {shifted - magic, as<vInt>(shifted) - as<vInt>(magic)};
}

/// c0 + c1 x + c2 x^2 + ...
sfpi_inline vFloat polynomial(const vFloat&) {
    return vFloat(0.0f);
}
template <class C>
sfpi_inline vFloat polynomial(const vFloat&, const C& c0) {
    return vFloat(c0);
}
template <class C, class... Rest>
    requires(sizeof...(Rest) > 0)
sfpi_inline vFloat polynomial(const vFloat& x, const C& c0, const Rest&... rest) {
    return vFloat(c0) + x * polynomial(x, rest...);
}

#if !defined(ARCH_WORMHOLE)

/// 32 random bits a lane.
sfpi_inline vInt rand() {
    return vInt(impl_::random_bits());
}

enum class RecipMode { All, IfNegative };

/// 1/v to seven bits of mantissa; with IfNegative only where v is negative, else v. Zero and denormals give infinity.
sfpi_inline vFloat approx_recip(const vFloat& v, RecipMode mode = RecipMode::All) {
    using namespace impl_;
    const lanes_t x = v.get();
    const lanes_t exponent = x >> 23 & 0xFFu;
    // The unit's table holds round(256 / (1 + (i + 0.5) / 128)) - 128 for the mantissa's top seven bits i.
    const lanes_t top = x >> 16 & 0x7Fu;
    const flanes_t at = __builtin_convertvector(as_i(top * 2u + 257u), flanes_t);  // 256 (1 + (i + 0.5) / 128)
    const lanes_t entry = as_u(__builtin_convertvector(65536.0f / at + 0.5f, ilanes_t)) - 128u;
    const lanes_t normal = (splat(253) - exponent) << 23 | entry << 16;
    const lanes_t small = (lanes_t)(exponent == splat(0));
    const lanes_t large = (lanes_t)(as_i(exponent) >= 253);
    const lanes_t result = (select(small, splat(0x7F800000u), normal) & ~large) | (x & 0x80000000u);
    return vFloat(mode == RecipMode::IfNegative ? select(as_u(as_i(x) < 0), result, x) : result);
}
template <bool uncond>
sfpi_inline vFloat approx_recip(const vFloat& v) {
    return approx_recip(v, uncond ? RecipMode::All : RecipMode::IfNegative);
}

enum class FractionalHalf { Low, High };

/// The low or the high 23 bits of the product of two 23-bit numbers.
template <impl_::Value A, impl_::Value B>
sfpi_inline vMag fractional_mul(const A& a, const B& b, FractionalHalf half = FractionalHalf::Low) {
    using wide_t = uint64_t __attribute__((vector_size(256)));
    const wide_t product =
        __builtin_convertvector(a.get() & 0x7FFFFFu, wide_t) * __builtin_convertvector(b.get() & 0x7FFFFFu, wide_t);
    return vMag(
        __builtin_convertvector((half == FractionalHalf::High ? product >> 23 : product) & 0x7FFFFFu, impl_::lanes_t));
}

#endif

}  // namespace sfpi

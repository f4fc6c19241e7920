// The instructions of the vector unit on one lane, as the chip computes them. Plain scalar code, and the definition
// that the vector code is tested against.
//
// Values are the 32 bits of a register: fp32 patterns, unsigned or two's complement integers, or integers as sign and
// magnitude (bit 31, 31 bits). Denormals count as zero wherever a value is multiplied or added.
#pragma once

#include <bit>
#include <cstdint>

#include <tensix/arithmetic.h>

namespace tessera::tensix::exact {
namespace {
namespace rules {

constexpr uint32_t SIGN = 0x80000000u;
constexpr uint32_t EXPONENT = 0x7F800000u;
constexpr uint32_t MANTISSA = 0x007FFFFFu;
constexpr uint32_t HIDDEN_BIT = 0x00800000u;
constexpr uint32_t ONE = 0x3F800000u;

// --- Multiplication and addition (3.5) -------------------------------------------------------------------------------
struct Parts {
    int32_t exponent;
    uint32_t significand;  ///< 24 bits, 0 for zero and denormals
};

inline Parts parts(uint32_t x) {
    const int32_t exponent = static_cast<int32_t>((x >> 23) & 0xFF);
    return {exponent, exponent == 0 ? 0 : HIDDEN_BIT | (x & MANTISSA)};
}

/// v / 2^by. What is shifted out leaves a one in the last place, but only if something remains: a number that is
/// shifted out as a whole is gone.
inline uint32_t shift_right_sticky(uint32_t v, int32_t by) {
    const uint32_t kept = by >= 32 ? 0 : v >> by;
    return kept != 0 && (kept << by) != v ? kept | 1 : kept;
}

/// a * b + c, "partially fused": the 48-bit product is cut to the 24 bits of a significand and 3 more, of which the
/// last is sticky, and not normalised; c gets 3 more bits; the one with the smaller exponent is shifted right; the sum
/// is rounded to the nearest, ties to even. Products whose own exponent (not normalised) is below 0 count as zero, from
/// 255 on as infinity.
///
/// Zeros, NaNs and normalisation differ between the chips.
/// Wormhole has no -0 as a result, except when c is returned; denormal results become +0. A NaN is 0x7F800001, sign and
/// further mantissa bits being what the adder went on to compute. Where normalisation shifts right by two, the second
/// of the two bits is dropped rather than kept as sticky. A product that overflows is infinite when c is the other
/// infinity.
/// Blackhole's only NaN is 0x7FC00000; a zero sum is -0 if both operands are negative; denormal results keep their
/// sign.
template <Chip C>
uint32_t mad(uint32_t a, uint32_t b, uint32_t c) {
    constexpr bool blackhole = C == Chip::Blackhole;
    const Parts x = parts(a);
    const Parts y = parts(b);
    const Parts z = parts(c);
    const uint32_t sign_p = (a ^ b) & SIGN;
    const uint32_t sign_z = c & SIGN;
    const uint64_t exact = static_cast<uint64_t>(x.significand) * y.significand;
    uint32_t p = static_cast<uint32_t>(exact >> 20) | static_cast<uint32_t>((exact & 0xFFFFF) != 0);
    int32_t e_p = x.exponent + y.exponent - 127;

    uint32_t nan = 0;
    const bool x_special = x.exponent == 255;
    const bool y_special = y.exponent == 255;
    const bool z_special = z.exponent == 255;
    if (x_special || y_special || z_special || e_p >= 255) {
        const bool invalid_product = (x_special && (x.significand != HIDDEN_BIT || y.significand == 0)) ||
                                     (y_special && (y.significand != HIDDEN_BIT || x.significand == 0));
        const bool z_is_nan = z_special && z.significand != HIDDEN_BIT;
        const bool product_infinite = x_special || y_special || (!blackhole && e_p >= 255);
        const bool opposed = z_special && !z_is_nan && product_infinite && sign_p != sign_z;
        if (invalid_product || opposed || z_is_nan) {
            if (blackhole) {
                return 0x7FC00000;
            }
            nan = (invalid_product || opposed ? sign_p : sign_z) | 0x7F800001;
        } else {
            return z_special ? c : sign_p | EXPONENT;
        }
        e_p = e_p > 255 ? 255 : e_p;
    }

    if (p == 0 || e_p < 0) {
        if (nan == 0) {
            return z.significand != 0 ? c : (blackhole ? sign_p & sign_z : 0);
        }
        p = 0;
        e_p = 0;
    }

    int32_t e = e_p > z.exponent ? e_p : z.exponent;
    p = shift_right_sticky(p, e - e_p);
    const uint32_t addend = shift_right_sticky(z.significand << 3, e - z.exponent);
    const bool product_leads = p >= addend;
    const uint32_t sign = product_leads ? sign_p : sign_z;
    uint32_t sum = sign_p == sign_z ? p + addend : product_leads ? p - addend : addend - p;
    if (sum == 0) {
        return blackhole ? sign_p & sign_z : nan;
    }

    // The leading one goes to bit 26; `right` is 2 at the most.
    int32_t right = 5 - std::countl_zero(sum);
    e += right;
    if (e >= 255) {
        return nan != 0 ? nan : sign | EXPONENT;
    }
    if (blackhole && e <= 0) {
        right += 1;
        e = 0;
    }
    if (!blackhole && e < 0) {
        return nan;
    }
    if (right <= 0) {
        sum <<= -right;
    } else {
        const uint32_t sticky = blackhole ? static_cast<uint32_t>(right) | 1 : 1;
        sum = (sum >> right) | static_cast<uint32_t>((sum & sticky) != 0);
    }

    uint32_t r = (static_cast<uint32_t>(e) << 23) + ((sum >> 3) & MANTISSA);
    r += static_cast<uint32_t>((sum & 7) + (r & 1) > 4);
    if (r < HIDDEN_BIT) {
        return blackhole ? sign : nan;
    }
    return (nan != 0 ? nan : sign) | r;
}

/// SFPMUL, SFPMULI: the addend is the constant zero.
template <Chip C>
uint32_t mul(uint32_t a, uint32_t b) {
    return mad<C>(a, b, 0);
}
/// SFPADD, SFPADDI: the first factor is the constant one.
template <Chip C>
uint32_t add(uint32_t a, uint32_t b) {
    return mad<C>(ONE, a, b);
}

// --- Tables: SFPLUT, SFPLUTFP32 --------------------------------------------------------------------------------------
/// A coefficient of 8 bits: sign, 3 bits of negated exponent, 4 of mantissa.
inline uint32_t lut8_to_fp32(uint32_t x) {
    x &= 0xFF;
    return x == 0xFF ? 0 : ((x & 0x80) << 24) | ((127 - ((x >> 4) & 7)) << 23) | ((x & 0xF) << 19);
}
/// A coefficient of 16 bits: like fp16, but exponent 0 is an ordinary one and exponent 31 means zero.
inline uint32_t lut16_to_fp32(uint32_t x) {
    const uint32_t exponent = (x >> 10) & 0x1F;
    return ((x & 0x8000) << 16) | ((exponent == 31 ? 0 : exponent + 112) << 23) | ((x & 0x3FF) << 13);
}

enum class LutMode : uint8_t {
    Fp32Entries3,      ///< slopes l0..l2, offsets l4..l6
    Fp16Entries3,      ///< l0..l2: slope in the high half, offset in the low
    Fp16Entries6,      ///< l0..l2: slopes, l4..l6: offsets, two to a register; the last cut at 3
    Fp16Entries6Cut4,  ///< ... the last cut at 4
};

/// What the tables are made of: l[0..2] and l[4..6].
struct LutRegisters {
    uint32_t l[7];
};

inline uint32_t with_sign(uint32_t magnitude, uint32_t sign) {
    return (magnitude & ~SIGN) | (sign & SIGN);
}

/// SFPLUT: a line in |x|, one each for [0, 1), [1, 2) and from 2 on. keep_sign: the result gets the sign of x.
template <Chip C>
uint32_t lut(uint32_t x, uint32_t l0, uint32_t l1, uint32_t l2, bool keep_sign) {
    const uint32_t magnitude = x & ~SIGN;
    const uint32_t entry = magnitude < ONE ? l0 : magnitude < 0x40000000u ? l1 : l2;
    const uint32_t d = mad<C>(lut8_to_fp32(entry >> 8), magnitude, lut8_to_fp32(entry));
    return keep_sign ? with_sign(d, x) : d;
}

/// SFPLUTFP32.
template <Chip C>
uint32_t lutfp32(uint32_t x, const LutRegisters& t, LutMode mode, bool keep_sign) {
    const uint32_t magnitude = x & ~SIGN;
    const uint32_t i = magnitude < ONE ? 0 : magnitude < 0x40000000u ? 1 : 2;
    uint32_t slope = t.l[i];
    uint32_t offset = t.l[4 + i];
    if (mode == LutMode::Fp16Entries3) {
        offset = lut16_to_fp32(slope);
        slope = lut16_to_fp32(slope >> 16);
    } else if (mode != LutMode::Fp32Entries3) {
        // 0.5, 1.5, and 3 or 4.
        const uint32_t cut[3] = {0x3F000000u, 0x3FC00000u, mode == LutMode::Fp16Entries6 ? 0x40400000u : 0x40800000u};
        const uint32_t shift = magnitude < cut[i] ? 0 : 16;
        slope = lut16_to_fp32(slope >> shift);
        offset = lut16_to_fp32(offset >> shift);
    }
    const uint32_t d = mad<C>(slope, magnitude, offset);
    return keep_sign ? with_sign(d, x) : d;
}

// --- Fields of a float -----------------------------------------------------------------------------------------------
inline uint32_t exexp_biased(uint32_t x) {
    return (x >> 23) & 0xFF;
}
/// -127 to 128, in two's complement.
inline uint32_t exexp(uint32_t x) {
    return exexp_biased(x) - 127;
}
/// With the hidden bit, which denormals have too (8 bits are padded).
inline uint32_t exman8(uint32_t x) {
    return HIDDEN_BIT | (x & MANTISSA);
}
/// Without it (9 bits are padded).
inline uint32_t exman9(uint32_t x) {
    return x & MANTISSA;
}
/// The low 8 bits of an integer become the exponent.
inline uint32_t setexp(uint32_t x, uint32_t exponent) {
    return (x & ~EXPONENT) | ((exponent & 0xFF) << 23);
}
/// The low 23 bits become the mantissa. (An immediate has 12 bits and stands for itself times 2^11.)
inline uint32_t setman(uint32_t x, uint32_t mantissa) {
    return (x & ~MANTISSA) | (mantissa & MANTISSA);
}
/// Bit 31 of `sign` becomes the sign.
inline uint32_t setsgn(uint32_t x, uint32_t sign) {
    return with_sign(x, sign);
}
/// SFPDIVP2 in its adding form: the exponent wraps around; infinity and NaN stay as they are.
inline uint32_t addexp(uint32_t x, int32_t by) {
    return exexp_biased(x) == 255 ? x : setexp(x, exexp_biased(x) + static_cast<uint32_t>(by));
}
/// A negative NaN stays negative.
inline uint32_t abs_float(uint32_t x) {
    return x > (SIGN | EXPONENT) ? x : x & ~SIGN;
}
inline uint32_t abs_int(uint32_t x) {
    return (x & SIGN) != 0 ? 0 - x : x;
}
inline uint32_t negate(uint32_t x) {
    return x ^ SIGN;
}

// --- Integers --------------------------------------------------------------------------------------------------------
/// Leading zeros; 32 for zero.
inline uint32_t lz(uint32_t x) {
    return static_cast<uint32_t>(std::countl_zero(x));
}
/// Left by `by`, or right if it is negative; only the low 5 bits of the distance count.
inline uint32_t shft(uint32_t x, int32_t by) {
    return by >= 0 ? x << (by & 31) : x >> ((0 - static_cast<uint32_t>(by)) & 31);
}
/// Blackhole's arithmetic form.
inline uint32_t shft_arithmetic(uint32_t x, int32_t by) {
    const auto right = (0 - static_cast<uint32_t>(by)) & 31;
    return by >= 0 ? x << (by & 31) : static_cast<uint32_t>(static_cast<int32_t>(x) >> right);
}
inline uint32_t iadd(uint32_t a, uint32_t b) {
    return a + b;
}
inline uint32_t isub(uint32_t a, uint32_t b) {
    return a - b;
}

/// Sign and magnitude to two's complement and back; -0 and -2^31 become one another on Blackhole (SFPCAST), where both
/// directions are one operation.
inline uint32_t cast_sign(uint32_t x) {
    return (x & SIGN) != 0 ? SIGN | (0 - x) : x;
}
/// Wormhole's load of DST: -0 becomes 0.
inline uint32_t smag_to_twos(uint32_t x) {
    return (x & SIGN) != 0 ? 0 - (x & ~SIGN) : x;
}
/// Wormhole's store to DST.
inline uint32_t twos_to_smag(uint32_t x) {
    return (x & SIGN) != 0 ? SIGN | ((0 - x) & ~SIGN) : x;
}

// --- Comparisons -----------------------------------------------------------------------------------------------------
/// a < b in the order that SFPSWAP, SFPGT and SFPLE share: as sign and magnitude, -NaN < -inf < ... < -0 < +0 < ... <
/// NaN.
inline bool smag_less(uint32_t a, uint32_t b) {
    const auto key = [](uint32_t x) {
        return static_cast<int32_t>(x ^ (static_cast<uint32_t>(static_cast<int32_t>(x) >> 31) >> 1));
    };
    return key(a) < key(b);
}
/// SFPSWAP: the first gets the smaller. (Equal bits: nothing to tell.)
inline uint32_t swap_min(uint32_t a, uint32_t b) {
    return smag_less(b, a) ? b : a;
}
inline uint32_t swap_max(uint32_t a, uint32_t b) {
    return smag_less(b, a) ? a : b;
}
/// SFPSETCC's four tests look at the bits as an integer: -0 and negative NaNs are below zero, -0 is not zero.
inline bool lt0(uint32_t x) {
    return (x & SIGN) != 0;
}
inline bool gte0(uint32_t x) {
    return (x & SIGN) == 0;
}
inline bool eq0(uint32_t x) {
    return x == 0;
}
inline bool ne0(uint32_t x) {
    return x != 0;
}

// --- Rounding --------------------------------------------------------------------------------------------------------
/// The lane's random register, 32 bits. Returns what it held, and shifts right; what comes in at the top is the negated
/// parity of bits 31, 21, 1 and 0.
inline uint32_t advance_prng(uint32_t& state) {
    const uint32_t before = state;
    const uint32_t parity = static_cast<uint32_t>(std::popcount(before & 0x80200003u)) & 1;
    state = ((parity ^ 1) << 31) | (before >> 1);
    return before;
}

enum class Rounding : uint8_t {
    NearestAway,
    Stochastic,
    Zero,  ///< Blackhole only
};

/// What SFPSTOCHRND compares the dropped bits with, as a fraction of 23 bits: they round up if they are not below it.
inline uint32_t rounding_threshold(Rounding mode, uint32_t random) {
    return mode == Rounding::Stochastic ? random & 0x7FFFFF : mode == Rounding::Zero ? 0x7FFFFFu : 0x400000u;
}

/// The mantissa without its last `dropped` bits. Denormals and -0 become +0, NaN infinity.
template <Chip C>
uint32_t round_float(uint32_t x, uint32_t dropped, uint32_t threshold) {
    const uint32_t exponent = x & EXPONENT;
    if (exponent == 0) {
        return 0;
    }
    if (exponent == EXPONENT) {
        return x & ~MANTISSA;
    }
    const uint32_t low = x & ((1u << dropped) - 1);
    const uint32_t place = 23 - dropped;
    // Wormhole compares all bits of the threshold, Blackhole as many as are dropped.
    const bool up = C == Chip::Blackhole ? low >= (threshold >> place) : (low << place) >= threshold;
    return x - low + (static_cast<uint32_t>(up) << dropped);
}
template <Chip C>
uint32_t round_to_bf16(uint32_t x, uint32_t threshold) {
    return round_float<C>(x, 16, threshold);
}
template <Chip C>
uint32_t round_to_fp16(uint32_t x, uint32_t threshold) {
    return round_float<C>(x, 13, threshold);
}

/// A float as an integer of at most `limit`, as sign and magnitude, or without the sign. Anything below 1/2 is zero;
/// NaN is the limit.
inline uint32_t round_to_integer(uint32_t x, uint32_t limit, bool keep_sign, uint32_t threshold) {
    const int32_t exponent = static_cast<int32_t>(exexp(x));
    if (exponent < -1) {
        return 0;
    }
    uint64_t magnitude = limit;
    if (exponent < 16) {
        magnitude = exman8(x);
        magnitude = exponent >= 0 ? magnitude << exponent : magnitude >> -exponent;
        magnitude = (magnitude >> 23) + static_cast<uint64_t>((magnitude & MANTISSA) >= threshold);
        magnitude = magnitude > limit ? limit : magnitude;
    }
    const uint32_t sign = keep_sign && magnitude != 0 ? x & SIGN : 0;
    return sign | static_cast<uint32_t>(magnitude);
}
inline uint32_t round_to_uint8(uint32_t x, uint32_t threshold) {
    return round_to_integer(x, 255, false, threshold);
}
inline uint32_t round_to_int8(uint32_t x, uint32_t threshold) {
    return round_to_integer(x, 127, true, threshold);
}
inline uint32_t round_to_uint16(uint32_t x, uint32_t threshold) {
    return round_to_integer(x, 65535, false, threshold);
}
inline uint32_t round_to_int16(uint32_t x, uint32_t threshold) {
    return round_to_integer(x, 32767, true, threshold);
}

/// An integer (sign and magnitude) divided by 2 to the low 5 bits of `by`, clamped to 127, or to 255 without its sign.
inline uint32_t descale(uint32_t x, uint32_t by, bool keep_sign, uint32_t threshold) {
    const uint32_t limit = keep_sign ? 127 : 255;
    uint64_t magnitude = (static_cast<uint64_t>(x & ~SIGN) << 23) >> (by & 31);
    magnitude = (magnitude >> 23) + static_cast<uint64_t>((magnitude & MANTISSA) >= threshold);
    magnitude = magnitude > limit ? limit : magnitude;
    const uint32_t sign = keep_sign && magnitude != 0 ? x & SIGN : 0;
    return sign | static_cast<uint32_t>(magnitude);
}

/// An integer (sign and magnitude) with its leading one moved to bit 31, and the bits of the float without rounding.
struct CastParts {
    uint32_t normal;
    uint32_t truncated;
};
inline CastParts cast_parts(uint32_t x) {
    const uint32_t magnitude = x & ~SIGN;
    if (magnitude == 0) {
        return {0, x};
    }
    const uint32_t zeros = lz(magnitude);
    const uint32_t normal = magnitude << zeros;
    return {normal, (x & SIGN) + ((157 - zeros) << 23) + (normal >> 8)};
}
/// To the nearest, ties to even; -0 stays -0.
inline uint32_t cast_to_float(uint32_t x) {
    const CastParts p = cast_parts(x);
    return p.truncated + static_cast<uint32_t>((p.normal & 0x80) != 0 && (p.normal & 0x17F) != 0);
}
/// Rounded by chance: seven of the dropped bits are compared with seven of `random`.
inline uint32_t cast_to_float_stochastic(uint32_t x, uint32_t random) {
    const CastParts p = cast_parts(x);
    return p.truncated + static_cast<uint32_t>((p.normal & 0xFE) > ((random >> 9) & 0xFE));
}

// --- Blackhole's own -------------------------------------------------------------------------------------------------
/// 1/|x| to 7 bits of mantissa: a table of 256 / (1 + (i + 1/2) / 128), rounded, by the mantissa's top 7 bits i.
inline uint32_t arecip_magnitude(uint32_t x) {
    const uint32_t magnitude = x & ~SIGN;
    if (magnitude < HIDDEN_BIT) {
        return EXPONENT;
    }
    if (magnitude >= 0x7E800000u) {
        return 0;
    }
    // 256 / (1 + (i + 1/2) / 128) = 2^16 / (2 i + 257)
    const uint32_t divisor = 2 * ((magnitude >> 16) & 0x7F) + 257;
    const uint32_t entry = (2 * 65536 + divisor) / (2 * divisor) - 128;
    return ((253 - (magnitude >> 23)) << 23) | (entry << 16);
}
/// SFPARECIP: 1/x.
inline uint32_t arecip(uint32_t x) {
    return with_sign(arecip_magnitude(x), x);
}
/// Its conditional form: 1/|x| where `condition` is negative, x elsewhere.
inline uint32_t arecip_conditional(uint32_t x, uint32_t condition) {
    return (condition & SIGN) != 0 ? arecip_magnitude(x) : x;
}

/// SFPMUL24 with no addend: the low or the high 23 bits of the product of two 23-bit numbers.
inline uint32_t mul24_lo(uint32_t a, uint32_t b) {
    return (a * b) & MANTISSA;
}
inline uint32_t mul24_hi(uint32_t a, uint32_t b) {
    return static_cast<uint32_t>((static_cast<uint64_t>(a & MANTISSA) * (b & MANTISSA)) >> 23);
}

// --- DST -------------------------------------------------------------------------------------------------------------
// A DST word is the fp32 pattern of what DST holds, so loads of floats change nothing.
/// SFPSTORE of a float to 32-bit DST: denormals become signed zeros. (Integers are stored as they are.)
inline uint32_t store_fp32(uint32_t x) {
    return (x & EXPONENT) == 0 ? x & SIGN : x;
}
/// To 16-bit DST that holds bf16: truncated, denormals to signed zeros. Some NaNs become infinities.
inline uint32_t store_bf16(uint32_t x) {
    return (x & EXPONENT) == 0 ? x & SIGN : x & 0xFFFF0000u;
}
/// To 16-bit DST that holds fp16: truncated, too small becomes a signed zero, too large (infinity and NaN too) the
/// largest number, which stands for 131008.
inline uint32_t store_fp16(uint32_t x) {
    const uint32_t exponent = (x >> 23) & 0xFF;
    return exponent <= 112 ? x & SIGN : exponent > 143 ? (x & SIGN) | 0x47FFE000u : x & 0xFFFFE000u;
}

}  // namespace rules
}  // namespace
}  // namespace tessera::tensix::exact

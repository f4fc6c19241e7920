// The rules of the packer: DST words are converted early, to an intermediate format, with rounding; ReLU sees that; the
// late conversion to what L1 holds truncates. All rounding is to nearest, ties away from zero.
#pragma once

#include <cstdint>

#include <tensix/arithmetic.h>
#include <tensix/exact/rules_source.h>

namespace tessera::tensix::exact {
namespace {
namespace rules {

// --- Early conversion
// ---------------------------------------------------------------------------------------------------

/// What the early conversion makes of a DST word. All of them but Integer are held here as fp32 patterns, those with
/// 5-bit exponents with exponent + 112, as in DST.
enum class Intermediate : uint8_t {
    Raw,       ///< the word as it is: fp32, or opaque bits
    Tf32,      ///< 10 mantissa bits
    Bf16,      ///< 7 mantissa bits; of a 16-bit DST without any change
    Bfp8,      ///< 6 mantissa bits, which is what Bfp8 has; the exponents are not shared yet
    Fp16,      ///< 5 exponent bits, 10 mantissa bits
    Bfp8a,     ///< 5 exponent bits, 6 mantissa bits
    Integers,  ///< sign and magnitude
};

constexpr uint32_t infinity_of_nan(uint32_t v) {
    return (v & ~sign_bit) > infinity ? (v & sign_bit) | infinity : v;
}
/// Also a negative zero becomes a positive one.
constexpr uint32_t flush(uint32_t v) {
    return exponent_of(v) == 0 ? 0 : v;
}
/// Rounds an fp32 pattern to a number of mantissa bits; a carry bumps the exponent, up to infinity.
constexpr uint32_t round_mantissa(uint32_t v, int bits) {
    const uint32_t unit = 1u << (23 - bits);
    return (v + unit / 2) & ~(unit - 1);
}

/// Rounding flushes denormals and turns NaN into infinity, even if there is nothing to round. A denormal may be rounded
/// up to a number first, unless DST holds bf16.
constexpr uint32_t early(Precision dst, Intermediate to, uint32_t word) {
    switch (to) {
        case Intermediate::Raw:
        case Intermediate::Integers:
            return word;
        case Intermediate::Fp16:
            return exponent_of(word) <= fp16_rebias ? 0 : word;
        case Intermediate::Bfp8a: {
            const uint32_t rounded = round_mantissa(word, 6);
            if (exponent_of(rounded) > 31 + fp16_rebias) {
                return word & 0xFFFE0000u;  // the largest magnitude stays
            }
            return exponent_of(rounded) <= fp16_rebias ? 0 : rounded;
        }
        default: {
            const int bits = to == Intermediate::Tf32 ? 10 : to == Intermediate::Bf16 ? 7 : 6;
            const uint32_t v = infinity_of_nan(word);
            return flush(round_mantissa(dst == Precision::Bf16 ? flush(v) : v, bits));
        }
    }
}

// --- ReLU
// ---------------------------------------------------------------------------------------------------------------

/// Mode 1: negative values become zero; 2: also those up to the threshold; 3: values are clamped to zero and the
/// threshold. Only 19 bits of a value are compared.
constexpr uint32_t relu(uint32_t mode, uint32_t threshold, uint32_t v) {
    const uint32_t top = v & ~0x1FFFu;
    if (mode == 0) {
        return v;
    }
    if (v & sign_bit) {
        return 0;
    }
    if (mode == 2) {
        return top <= threshold ? 0 : v;
    }
    return mode == 3 && top > threshold ? threshold : v;
}

// --- Late conversion
// ----------------------------------------------------------------------------------------------------

/// fp16 to the 8-bit float with 4 exponent bits: too small becomes a signed zero, too large the largest magnitude.
constexpr uint32_t e4m3_of_fp16(uint32_t h) {
    const uint32_t sign = (h >> 8) & 0x80;
    const uint32_t e = (h >> 10) & 0x1F;
    if (e <= 8) {
        return sign;
    }
    return e >= 24 ? sign | 0x7F : sign | ((e - 8) << 3) | ((h >> 7) & 7);
}

/// One datum on its way into a block: an exponent and 8 bits of significand, the first of them set.
struct BlockDatum {
    bool negative = false;
    uint32_t exponent = 0;
    uint32_t significand = 0;
};

/// By truncation; denormals become zero.
constexpr BlockDatum block_datum(uint32_t v) {
    if (exponent_of(v) == 0) {
        return {};
    }
    return {(v & sign_bit) != 0, static_cast<uint32_t>(exponent_of(v)), 0x80 | ((v >> 16) & 0x7F)};
}
/// With a 5-bit exponent.
constexpr BlockDatum block_datum_a(uint32_t v) {
    const uint32_t h = fp16_of_fp32(v);
    const uint32_t e = (h >> 10) & 0x1F;
    if (e == 0) {
        return {};
    }
    return {(h & 0x8000) != 0, e, 0x80 | ((h >> 3) & 0x7F)};
}

/// 16 datums share the largest exponent; each is shifted to it and rounded to 7 bits, and saturates. codes: sign in bit
/// 7, magnitude in the bits below; zero has no sign. Returns the shared exponent.
constexpr uint32_t share_exponent(const BlockDatum* datums, uint32_t* codes) {
    uint32_t shared = 0;
    for (int i = 0; i < 16; ++i) {
        shared = datums[i].exponent > shared ? datums[i].exponent : shared;
    }
    for (int i = 0; i < 16; ++i) {
        const uint32_t d = shared - datums[i].exponent;
        uint32_t magnitude = d >= 8 ? 0 : (datums[i].significand + (1u << d)) >> (d + 1);
        magnitude = magnitude > 127 ? 127 : magnitude;
        codes[i] = magnitude == 0 ? 0 : (datums[i].negative ? 0x80u : 0u) | magnitude;
    }
    return shared;
}

/// A Bfp8 code of fewer bits (4 or 2) by truncation, toward zero; zero has no sign.
constexpr uint32_t narrower_code(uint32_t code, uint32_t bits) {
    const uint32_t magnitude = (code & 0x7F) >> (8 - bits);
    return magnitude == 0 ? 0 : ((code >> 7) << (bits - 1)) | magnitude;
}

/// Integers of 8 bits from DST of 32: they saturate.
constexpr uint32_t int8_of_dst32(uint32_t word) {
    const uint32_t magnitude = word & ~sign_bit;
    return ((word >> 24) & 0x80) | (magnitude > 127 ? 127 : magnitude);
}
constexpr uint32_t uint8_of_dst32(uint32_t word) {
    return word & sign_bit ? 0 : word > 255 ? 255 : word;
}

// --- Accumulation in L1
// -------------------------------------------------------------------------------------------------

/// fp32: to nearest even, with denormals flushed to signed zeros before and after, and one NaN.
constexpr uint32_t accumulate_fp32(uint32_t l1, uint32_t v) {
    const auto flushed = [](uint32_t x) { return exponent_of(x) == 0 ? x & sign_bit : x; };
    const auto sum =
        __builtin_bit_cast(uint32_t, __builtin_bit_cast(float, flushed(l1)) + __builtin_bit_cast(float, flushed(v)));
    return (sum & ~sign_bit) > infinity ? 0x7FC00000u : flushed(sum);
}

/// The value of a bf16 pattern whose largest exponent is an ordinary one.
constexpr double ordinary_value(uint32_t h) {
    if ((h & 0x7F80) == 0) {
        return h & 0x8000 ? -0.0 : 0.0;
    }
    const uint64_t exponent = ((h >> 7) & 0xFF) + 1023 - 127;
    return __builtin_bit_cast(double, (uint64_t{h} & 0x8000) << 48 | exponent << 52 | (uint64_t{h} & 0x7F) << 45);
}

/// bf16: to nearest even, denormals are zero before and after. Infinities of opposite signs make the NaN. A NaN that
/// lies in L1 counts as a number beyond all others but infinity; one that comes in as the number that its bits spell.
constexpr uint32_t accumulate_bf16(uint32_t l1, uint32_t v) {
    const auto infinite = [](uint32_t h) { return (h & 0x7FFF) == 0x7F80; };
    if (infinite(v)) {
        return infinite(l1) && l1 != v ? 0x7FC0 : v;
    }
    if ((l1 & 0x7FFF) >= 0x7F80) {
        return (l1 & 0x8000) | 0x7F80;
    }
    const double sum = ordinary_value(l1) + ordinary_value(v);
    const auto bits = __builtin_bit_cast(uint64_t, sum);
    const auto sign = static_cast<uint32_t>(bits >> 48) & 0x8000;
    const uint64_t half_even = 0xFFFFFFFFFFFull + ((bits >> 45) & 1);
    const uint64_t rounded = (bits & ~(1ull << 63)) + half_even;
    const int64_t e = static_cast<int64_t>(rounded >> 52) - 1023 + 127;
    if (sum == 0 || e <= 0) {
        return sign;
    }
    return e >= 255 ? sign | 0x7F80
                    : sign | static_cast<uint32_t>(e) << 7 | (static_cast<uint32_t>(rounded >> 45) & 0x7F);
}

/// fp16: to nearest even, without infinities. Exponent 0 is zero; what overflows, and what falls below exponent 0,
/// becomes the largest magnitude, and so do the largest numbers when they cancel.
constexpr uint32_t accumulate_fp16(uint32_t l1, uint32_t v) {
    const auto value = [](uint32_t h) {
        const uint32_t e = (h >> 10) & 0x1F;
        const uint32_t sign = (h & 0x8000) << 16;
        return __builtin_bit_cast(float, e == 0 ? sign : sign | (e + fp16_rebias) << 23 | (h & 0x3FF) << 13);
    };
    const auto sum = __builtin_bit_cast(uint32_t, value(l1) + value(v));
    const uint32_t sign = (sum >> 16) & 0x8000;
    if ((sum & ~sign_bit) == 0) {
        return ((l1 >> 10) & 0x1F) >= 30 ? fp16_largest : sign;
    }
    const uint32_t rounded = sum + 0xFFF + ((sum >> 13) & 1);
    const int e = exponent_of(rounded) - fp16_rebias;
    if (e < 0 || e > 31) {
        return sign | fp16_largest;
    }
    return e == 0 ? sign : sign | static_cast<uint32_t>(e) << 10 | ((rounded >> 13) & 0x3FF);
}

}  // namespace rules
}  // namespace
}  // namespace tessera::tensix::exact

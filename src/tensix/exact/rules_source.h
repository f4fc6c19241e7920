// The rules of what goes into SrcA and SrcB and out of them: what the unpackers make of data in L1, and what moves
// between the sources and DST change.
#pragma once

#include <cstdint>

#include <tensix/arithmetic.h>

namespace tessera::tensix::exact {
namespace {
namespace rules {

constexpr uint32_t sign_bit = 0x80000000u;
constexpr uint32_t exponent_field = 0x7F800000u;
constexpr uint32_t mantissa_field = 0x007FFFFFu;
constexpr uint32_t infinity = exponent_field;

/// The 8-bit exponent field of an fp32 pattern or of a source word.
constexpr int exponent_of(uint32_t word) {
    return static_cast<int>((word >> 23) & 0xFF);
}
/// An fp32 pattern or source word of its parts.
constexpr uint32_t word_of(bool negative, int exponent, uint32_t mantissa) {
    return (negative ? sign_bit : 0u) | (static_cast<uint32_t>(exponent) << 23) | mantissa;
}

/// What exponents of 5 bits (bias 15) differ by from those of 8 bits (bias 127).
constexpr int fp16_rebias = 112;
/// The largest magnitude of fp16: exponent 31 is an ordinary exponent, and what is too large becomes this.
constexpr uint32_t fp16_largest = 0x7FFF;
/// Int8 in the sources has this exponent unless it is zero.
constexpr int int8_exponent = 16;

// --- Values in L1 to source words
// -------------------------------------------------------------------------------------

constexpr uint32_t source_of_bf16(uint32_t h) {
    return h << 16;
}

/// The 5-bit exponent lies in the low bits of the source's exponent.
constexpr uint32_t source_of_fp16(uint32_t h) {
    return word_of(h & 0x8000, static_cast<int>((h >> 10) & 0x1F), (h & 0x3FF) << 13);
}

/// fp32 to fp16 by truncation. Too small becomes a signed zero, too large the largest magnitude; an exponent that comes
/// to 0 keeps its mantissa, which whatever reads it takes for zero.
constexpr uint32_t fp16_of_fp32(uint32_t v) {
    const uint32_t sign = (v >> 16) & 0x8000;
    const int e = exponent_of(v) - fp16_rebias;
    if (e < 0) {
        return sign;
    }
    return e > 31 ? sign | fp16_largest : sign | (static_cast<uint32_t>(e) << 10) | ((v >> 13) & 0x3FF);
}

/// fp32 loses mantissa bits; denormals survive as tf32 and become signed zeros as bf16.
constexpr uint32_t source_of_fp32(Precision to, uint32_t v) {
    switch (to) {
        case Precision::Tf32:
            return v & ~0x1FFFu;
        case Precision::Fp16:
            return source_of_fp16(fp16_of_fp32(v));
        default:
            return exponent_of(v) == 0 ? v & sign_bit : v & 0xFFFF0000u;
    }
}

/// A datum of a block format: a sign, a magnitude left-aligned in 7 bits, of which the first is worth 2^exponent, and
/// the exponent shared by 16 datums. It is normalised, and the exponent wraps around; a negative zero is minus
/// infinity.
constexpr uint32_t source_of_block(bool negative, uint32_t magnitude, uint32_t shared_exponent) {
    if (magnitude == 0) {
        return negative ? sign_bit | infinity : 0;
    }
    uint32_t zeros = 0;
    while (((magnitude << zeros) & 0x40) == 0) {
        ++zeros;
    }
    return word_of(negative, static_cast<int>((shared_exponent - zeros) & 0xFF), ((magnitude << zeros) & 0x3F) << 17);
}

/// The same with a shared exponent of 5 bits: an fp16 value, negative zero being its largest exponent without mantissa.
/// Nobody says what the chip makes of an exponent that normalising would carry below 0; here it wraps around in its 5
/// bits as the 8-bit one does.
constexpr uint32_t source_of_block_a(bool negative, uint32_t magnitude, uint32_t shared_exponent) {
    if (magnitude == 0) {
        return negative ? word_of(true, 31, 0) : 0;
    }
    const uint32_t wide = source_of_block(negative, magnitude, shared_exponent);
    return word_of(negative, exponent_of(wide) & 31, wide & mantissa_field);
}

/// 8-bit floats with a 5-bit exponent are the high half of fp16. Blackhole fills the mantissa of the largest magnitude.
template <Chip chip>
constexpr uint32_t source_of_e5m2(uint32_t byte) {
    const bool filled = chip == Chip::Blackhole && (byte & 0x7F) == 0x7F;
    return source_of_fp16((byte << 8) | (filled ? 0xFF : 0));
}

/// 8-bit floats with a 4-bit exponent of bias 7 (Blackhole) are fp16 values. Denormals keep their exponent of 0, the
/// largest magnitude's mantissa is filled.
constexpr uint32_t source_of_e4m3(uint32_t byte) {
    const int e = static_cast<int>((byte >> 3) & 0xF);
    const bool filled = (byte & 0x7F) == 0x7F;
    return word_of(byte & 0x80, e == 0 ? 0 : e + 8, (byte & 7) << 20 | (filled ? 0x7Fu << 13 : 0));
}

/// Integers lie in the sources as a sign, a magnitude in the mantissa, and an exponent that only says "not zero".
constexpr uint32_t source_of_int(bool negative, uint32_t magnitude) {
    return word_of(negative, magnitude != 0 ? int8_exponent : 0, (magnitude & 0x3FF) << 13);
}

// --- Between the sources and DST
// --------------------------------------------------------------------------------------

/// The bits of a source word that the matrix unit reads when it is configured for a precision.
constexpr uint32_t source_bits(Precision src, uint32_t word) {
    switch (src) {
        case Precision::Bf16:
            return word & 0xFFFF0000u;
        case Precision::Fp16:
        case Precision::Int8:
            return word & (sign_bit | (31u << 23) | (0x3FFu << 13));
        default:
            return word & ~0x1FFFu;
    }
}

/// MOVA2D passes bits, except that an exponent of 0 makes +0. 16-bit DST has no room for tf32's last three bits.
constexpr uint32_t dst_of_source(Precision src, Precision dst, uint32_t word) {
    word = source_bits(src, word);
    if (exponent_of(word) == 0) {
        return 0;
    }
    switch (src) {
        case Precision::Fp16:
            return word + (static_cast<uint32_t>(fp16_rebias) << 23);
        case Precision::Int8:
            return (word & sign_bit) | ((word >> 13) & 0x3FF);
        default:
            return dst == Precision::Fp32 ? word : word & 0xFFFF0000u;
    }
}

/// A DST word as the register holds its first 16 bits: the mantissa lies between the sign and the exponent.
constexpr uint32_t register_of_dst(Precision dst, uint32_t word) {
    const uint32_t sign = (word & sign_bit) >> 16;
    if (dst == Precision::Fp16) {
        const int e = exponent_of(word) - fp16_rebias;
        return e <= 0 ? sign : sign | ((word >> 8) & 0x7FE0) | static_cast<uint32_t>(e & 31);
    }
    return sign | ((word >> 8) & 0x7F00) | static_cast<uint32_t>(exponent_of(word));
}

/// MOVD2A, MOVD2B: truncation to what the source is configured for. Between formats with exponents of 5 and 8 bits
/// nothing is converted: the register's bits are read as if they were of the other kind.
constexpr uint32_t source_of_dst(Precision dst, Precision src, uint32_t word) {
    if (src == Precision::Int8) {
        return source_of_int(word & sign_bit, word & 0x3FF);
    }
    if (src == Precision::Tf32 && dst != Precision::Fp16) {
        return word & ~0x1FFFu;
    }
    const uint32_t held = register_of_dst(dst, word);
    if (src == Precision::Fp16) {
        return word_of(held & 0x8000, static_cast<int>(held & 0x1F), (held & 0x7FE0) << 8);
    }
    return word_of(held & 0x8000, static_cast<int>(held & 0xFF), (held & 0x7F00) << 8);
}

}  // namespace rules
}  // namespace
}  // namespace tessera::tensix::exact

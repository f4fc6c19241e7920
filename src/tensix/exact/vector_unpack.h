// The unpackers: data in L1 to source words, or raw to DST, sixteen datums at a time.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/scalar.h>
#include <tensix/exact/vector_lanes.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

template <typename Narrow>
[[gnu::always_inline]] inline Words widened(const u8* data) {
    return __builtin_convertvector(load<Narrow>(data), Words);
}

/// fp16 to a source word: the 5-bit exponent lies in the low bits of the source's exponent.
[[gnu::always_inline]] inline Words source_of_fp16(Words h) {
    return ((h & 0x8000u) << 16) | ((h & 0x7FFFu) << 13);
}

/// fp32 patterns to fp16 by truncation: too small becomes a signed zero, too large the largest magnitude, and an
/// exponent that comes to 0 keeps its mantissa.
[[gnu::always_inline]] inline Words truncated_to_fp16(Words v) {
    const Words magnitude = v & ~sign_bit;
    const Words h = keep(magnitude >= exponent_of(112), (magnitude - exponent_of(112)) >> 13);
    const Words largest = Words{} + 0x7FFFu;
    return ((v >> 16) & 0x8000u) | (h > largest ? largest : h);
}

/// Codes of a block format with their magnitudes left-aligned in 7 bits below the sign. They are normalised, and the
/// exponent wraps around.
template <bool FiveBits>
[[gnu::always_inline]] inline Words source_of_block(Words code, u32 shared) {
    const Words sign = (code & 0x80u) << 24;
    const Words magnitude = code & 0x7Fu;
    const Words normal = words(to_float(ints(magnitude))) + ((shared - (127 + 6)) << 23);
    constexpr u32 kept = FiveBits ? exponent_of(31) | mantissa_field : ~sign_bit;
    const Words minus_zero = Words{} + (FiveBits ? exponent_of(31) : exponent_field);
    // Zero has no sign; with one it is minus infinity.
    return sign | (magnitude != 0 ? normal & kept : keep(sign != 0, minus_zero));
}

/// Sixteen codes from bits * 16 bits of data; the first lies in a byte's low bits. Returned as codes of 8 bits.
template <u32 Bits>
[[gnu::always_inline]] inline Words block_codes(const u8* data) {
    if constexpr (Bits == 8) {
        return widened<Bytes>(data);
    } else if constexpr (Bits == 4) {
        using Four = u8 __attribute__((vector_size(8)));
        const Four pairs = load<Four>(data);
        const Four low = pairs << 4, high = pairs & u8{0xF0};
        const Bytes codes = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
        return __builtin_convertvector(codes, Words);
    } else {
        // The code of datum i lies at bit 2i and goes to bits 7 and 6.
        const Words places = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
        return (((Words{} + load<u32>(data)) >> places) & 3u) << 6;
    }
}

template <u32 Bits, bool FiveBits>
void unpack_blocks(const u8* exponents, const u8* data, u32 datums, u32* out) {
    for (u32 i = 0; i < datums; i += width) {
        store(out + i, source_of_block<FiveBits>(block_codes<Bits>(data + i * Bits / 8), exponents[i / width]));
    }
}

/// Datums of the size of Narrow's elements, converted by f.
template <typename Narrow, typename F>
[[gnu::always_inline]] inline void unpack_each(const u8* data, u32 datums, u32* out, F f) {
    constexpr u32 size = sizeof(Narrow) / width;
    for (u32 i = 0; i < datums; i += width) {
        store(out + i, f(widened<Narrow>(data + i * size)));
    }
}

[[maybe_unused]] void unpack_fp32(Precision to, const u8* data, u32 datums, u32* out) {
    switch (to) {
        case Precision::Tf32:
            return unpack_each<Words>(data, datums, out, [](Words v) { return v & 0xFFFFE000u; });
        case Precision::Fp16:
            return unpack_each<Words>(data, datums, out, [](Words v) { return source_of_fp16(truncated_to_fp16(v)); });
        default:
            return unpack_each<Words>(data, datums, out, [](Words v) {
                const Words zero = v & sign_bit, number = v & 0xFFFF0000u;
                return (v & exponent_field) != 0 ? number : zero;
            });
    }
}

template <Chip C>
void unpack_any(DataFormat format, Precision to, const u8* exponents, const u8* data, u32 datums, u32* out) {
    const auto integer = [](Words magnitude) { return keep(magnitude != 0, (magnitude << 13) | exponent_of(16)); };
    const bool raw = to == Precision::Fp32;
    switch (format) {
        case DataFormat::Float16_b:
            return unpack_each<Halves>(data, datums, out, [](Words h) { return h << 16; });
        case DataFormat::Float32:
        case DataFormat::Tf32:
            if (raw) {
                __builtin_memcpy(out, data, datums * 4);
                return;
            }
            return unpack_fp32(to, data, datums, out);
        case DataFormat::Float16:
            return unpack_each<Halves>(data, datums, out, source_of_fp16);
        case DataFormat::Bfp8_b:
            return unpack_blocks<8, false>(exponents, data, datums, out);
        case DataFormat::Bfp4_b:
            return unpack_blocks<4, false>(exponents, data, datums, out);
        case DataFormat::Bfp2_b:
            return unpack_blocks<2, false>(exponents, data, datums, out);
        case DataFormat::Bfp8:
            return unpack_blocks<8, true>(exponents, data, datums, out);
        case DataFormat::Bfp4:
            return unpack_blocks<4, true>(exponents, data, datums, out);
        case DataFormat::Bfp2:
            return unpack_blocks<2, true>(exponents, data, datums, out);
        case DataFormat::Lf8:
            return unpack_each<Bytes>(data, datums, out, [](Words b) {
                const Words filled = keep((b & 0x7Fu) == 0x7Fu, Words{} + 0xFFu);
                return source_of_fp16((b << 8) | (C == Chip::Blackhole ? filled : Words{}));
            });
        case DataFormat::Fp8_e4m3:
            if constexpr (C == Chip::Blackhole) {
                return unpack_each<Bytes>(data, datums, out, [](Words b) {
                    const Words magnitude = b & 0x7Fu;
                    // Denormals keep their exponent of 0, the largest magnitude's mantissa is filled.
                    return ((b & 0x80u) << 24) + (magnitude << 20) + keep(magnitude >= 8, Words{} + exponent_of(8)) +
                           keep(magnitude == 0x7F, Words{} + (0x7Fu << 13));
                });
            }
            break;
        case DataFormat::Int8:
            if (raw) {
                return unpack_each<Bytes>(data, datums, out, [](Words b) { return b; });
            }
            return unpack_each<Bytes>(data, datums, out,
                                      [&](Words b) { return ((b & 0x80u) << 24) | integer(b & 0x7Fu); });
        case DataFormat::UInt8:
            if (raw) {
                return unpack_each<Bytes>(data, datums, out, [](Words b) { return b; });
            }
            return unpack_each<Bytes>(data, datums, out, integer);
        case DataFormat::UInt16:
            if (raw) {
                return unpack_each<Halves>(data, datums, out, [](Words h) { return h; });
            }
            break;
        case DataFormat::Int32:
        case DataFormat::UInt32:
            if (raw) {
                __builtin_memcpy(out, data, datums * 4);
                return;
            }
            break;
        default:
            break;
    }
    // What the chip does not have is an error there.
    scalar::unpack<C>(format, to, exponents, data, datums, out);
}

}  // namespace lanes

/// Arithmetic::unpack.
template <Chip C>
void vector_unpack(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
                   uint32_t* out) {
    lanes::unpack_any<C>(format, to, exponents, data, datums, out);
}

}  // namespace
}  // namespace tessera::tensix::exact

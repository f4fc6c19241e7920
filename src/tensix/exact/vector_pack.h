// The packer, sixteen datums at a time: DST words are converted early, with rounding; ReLU sees the result; the late
// conversion to what L1 holds truncates. Rows for which a sum in L1 takes a path of its own go through the scalar
// definition.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/scalar.h>
#include <tensix/exact/vector_lanes.h>
#include <tensix/exact/vector_unpack.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

// --- Early conversion and ReLU ---------------------------------------------------------------------------------------

/// Mantissa bits that the early conversion leaves, of 32-bit (Wide) or 16-bit DST; or fp16, whose exponents have 5
/// bits.
enum class Early : u8 { Raw, Tf32Wide, Bf16Wide, Bfp8Wide, Bf16Narrow, Bfp8Narrow, Fp16, Bfp8a };

/// For formats that are not integers.
[[maybe_unused]] Early early_of(const PackPlan& plan) {
    const bool block6 = is_block_float(plan.format) && plan.bfp_prerounded;
    if (plan.dst == Precision::Fp16) {
        return block6 ? Early::Bfp8a : Early::Fp16;
    }
    if (plan.dst != Precision::Fp32) {
        return block6 ? Early::Bfp8Narrow : Early::Bf16Narrow;
    }
    if (block6) {
        return Early::Bfp8Wide;
    }
    switch (plan.via != DataFormat::Invalid ? plan.via : plan.format) {
        case DataFormat::Float16_b:
            return Early::Bf16Wide;
        case DataFormat::Tf32:
            return Early::Tf32Wide;
        default:
            return Early::Raw;
    }
}

[[gnu::always_inline]] inline Words flush(Words v) {
    return keep((v & exponent_field) != 0, v);
}

/// Half away from zero; NaN to infinity and denormals to +0, of 16-bit DST before they are rounded.
template <u32 MantissaBits, bool Wide>
[[gnu::always_inline]] inline Words early_rounded(Words v) {
    constexpr u32 unit = 1u << (23 - MantissaBits);
    if constexpr (!Wide) {
        v = flush(v);
    }
    const Words magnitude = __builtin_elementwise_min(v & ~sign_bit, Words{} + exponent_field);
    const Words rounded = (magnitude + unit / 2) & ~(unit - 1);
    return keep(rounded >= exponent_of(1), rounded | (v & sign_bit));
}

template <Early E>
[[gnu::always_inline]] inline Words early(Words v) {
    switch (E) {
        case Early::Raw:
            return v;
        case Early::Tf32Wide:
            return early_rounded<10, true>(v);
        case Early::Bf16Wide:
            return early_rounded<7, true>(v);
        case Early::Bfp8Wide:
            return early_rounded<6, true>(v);
        case Early::Bf16Narrow:
            return early_rounded<7, false>(v);
        case Early::Bfp8Narrow:
            return early_rounded<6, false>(v);
        default:
            break;
    }
    if constexpr (E == Early::Bfp8a) {
        const Words rounded = (v + 0x10000u) & 0xFFFE0000u;
        const Words e = rounded & exponent_field;
        // The largest magnitude stays.
        return e > exponent_of(143) ? v & 0xFFFE0000u : keep(e > exponent_of(112), rounded);
    }
    return keep((v & exponent_field) > exponent_of(112), v);
}

/// Modes as in PackPlan. Only 19 bits of a value are compared.
[[gnu::always_inline]] inline Words relu(u32 mode, u32 threshold, Words v) {
    if (mode == 0) {
        return v;
    }
    const Words positive = keep(ints(v) >= 0, v);
    const Ints above = (positive & 0xFFFFE000u) > threshold;
    const Words limit = Words{} + threshold;
    return mode == 2 ? keep(above, positive) : mode == 3 ? (above ? limit : positive) : positive;
}

// --- Blocks ----------------------------------------------------------------------------------------------------------

template <u32 Bits>
[[gnu::always_inline]] inline void store_codes(u8* data, Words code) {
    if constexpr (Bits == 8) {
        store(data, __builtin_convertvector(code, Bytes));
        return;
    }
    using Eight = u16 __attribute__((vector_size(16)));
    using EightBytes = u8 __attribute__((vector_size(8)));
    using Four = u16 __attribute__((vector_size(8)));
    using FourBytes = u8 __attribute__((vector_size(4)));
    // By truncation, and zero has no sign.
    const Words magnitude = (code & 0x7Fu) >> (8 - Bits);
    const Words narrow = keep(magnitude != 0, magnitude | ((code >> 7) << (Bits - 1)));
    const Eight pairs = __builtin_bit_cast(Eight, __builtin_convertvector(narrow, Bytes));
    if constexpr (Bits == 4) {
        store(data, __builtin_convertvector(pairs | pairs >> 4, EightBytes));
    } else {
        const EightBytes two = __builtin_convertvector((pairs | pairs >> 6) & u16{0xF}, EightBytes);
        const Four fours = __builtin_bit_cast(Four, two);
        store(data, __builtin_convertvector(fours | fours >> 4, FourBytes));
    }
}

/// Sixteen datums share the largest exponent; each is shifted to it and rounded to 7 bits, and saturates. Returns the
/// shared exponent.
template <u32 Bits, bool FiveBits>
[[gnu::always_inline]] inline u8 pack_block(Words v, u8* data) {
    Words e, significand;
    if constexpr (FiveBits) {
        const Words h = truncated_to_fp16(v);
        e = (h >> 10) & 0x1Fu;
        significand = keep(e != 0, ((h >> 3) & 0x7Fu) | 0x80u);
    } else {
        e = (v >> 23) & 0xFFu;
        significand = keep(e != 0, ((v >> 16) & 0x7Fu) | 0x80u);
    }
    const u32 shared = __builtin_reduce_max(e);
    const Words d = __builtin_elementwise_min(shared - e, Words{} + 31u);
    const Words magnitude = __builtin_elementwise_min(((significand >> d) + 1) >> 1, Words{} + 127u);
    store_codes<Bits>(data, keep(magnitude != 0, ((v >> 24) & 0x80u) | magnitude));
    return static_cast<u8>(shared);
}

// --- Sums in L1 ------------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline Words flush_signed(Words v) {
    const Words zero = v & sign_bit;
    return (v & exponent_field) != 0 ? v : zero;
}

[[gnu::always_inline]] inline Words sum_fp32(Words l1, Words v) {
    const Words sum = words(floats(flush_signed(l1)) + floats(flush_signed(v)));
    const Words nan = Words{} + 0x7FC00000u;
    return (sum & ~sign_bit) > exponent_field ? nan : flush_signed(sum);
}

/// Of bf16 patterns in the high halves, without exponents of 255. Two bf16 numbers whose sum fp32 rounds are too far
/// apart for a tie, so that it is all the same to round twice.
[[gnu::always_inline]] inline Words sum_bf16(Words l1, Words v) {
    const Words sum = words(floats(flush_signed(l1)) + floats(flush_signed(v)));
    const Words rounded = (sum + 0x7FFFu + ((sum >> 16) & 1u)) & 0xFFFF0000u;
    return flush_signed(rounded);
}

[[gnu::always_inline]] inline Words sum_fp16(Words l1, Words v) {
    const auto value = [](Words h) {
        const Words sign = (h & 0x8000u) << 16;
        return floats(sign | keep((h & 0x7C00u) != 0, ((h & 0x7FFFu) << 13) + exponent_of(112)));
    };
    const Words sum = words(value(l1) + value(v));
    const Words sign = (sum >> 16) & 0x8000u;
    const Words largest = Words{} + 0x7FFFu;
    const Words rounded = sum + 0xFFFu + ((sum >> 13) & 1u);
    const Words e = (rounded >> 23) & 0xFFu;
    const Words number = keep(e != 112u, ((rounded & ~sign_bit) - exponent_of(112)) >> 13);
    const Ints beyond = (e < 112u) | (e > 143u);
    const Words result = sign | (beyond ? largest : number);
    // The largest numbers don't cancel to zero.
    const Words none = (l1 & 0x7C00u) >= (30u << 10) ? largest : sign;
    return (sum & ~sign_bit) == 0 ? none : result;
}

// --- Formats ---------------------------------------------------------------------------------------------------------

/// Blackhole's float of 4 exponent bits from fp16: too small becomes a signed zero, too large the largest magnitude.
[[gnu::always_inline]] inline Words e4m3_of_fp16(Words h) {
    const Words sign = (h >> 8) & 0x80u;
    const Words magnitude = h & 0x7FFFu;
    const Words code = (magnitude - (8u << 10)) >> 7;
    const Words largest = Words{} + 0x7Fu;
    return sign | (magnitude >= 24u << 10 ? largest : keep(magnitude >= 9u << 10, code));
}

template <Chip C, Early E>
void pack_floats(const PackPlan& plan, const u32* dst, u32 datums, u8* exponents, u8* data) {
    const u32 mode = plan.relu, threshold = plan.relu_threshold;
    const bool sum = plan.l1_accumulate;
    const auto each = [&](auto late) __attribute__((always_inline)) {
        for (u32 i = 0; i < datums; i += width) {
            late(i, relu(mode, threshold, early<E>(load<Words>(dst + i))));
        }
    };
    const auto halves = [](const u8* p) { return __builtin_convertvector(load<Halves>(p), Words); };
    const auto block = [&]<u32 Bits, bool FiveBits>() {
        each([&](u32 i, Words v) { exponents[i / width] = pack_block<Bits, FiveBits>(v, data + i * Bits / 8); });
    };
    switch (plan.format) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
            return sum ? each([&](u32 i, Words v) { store(data + 4 * i, sum_fp32(load<Words>(data + 4 * i), v)); })
                       : each([&](u32 i, Words v) { store(data + 4 * i, v); });
        case DataFormat::Float16_b:
            if (!sum) {
                return each([&](u32 i, Words v) { store(data + 2 * i, __builtin_convertvector(v >> 16, Halves)); });
            }
            return each([&](u32 i, Words v) {
                const Words l1 = halves(data + 2 * i) << 16;
                if (any(((l1 & exponent_field) == exponent_field) | ((v & exponent_field) == exponent_field))) {
                    scalar::pack<C>(plan, dst + i, width, exponents, data + 2 * i);
                    return;
                }
                store(data + 2 * i, __builtin_convertvector(sum_bf16(l1, v & 0xFFFF0000u) >> 16, Halves));
            });
        case DataFormat::Float16:
            return each([&](u32 i, Words v) {
                const Words h = truncated_to_fp16(v);
                store(data + 2 * i, __builtin_convertvector(sum ? sum_fp16(halves(data + 2 * i), h) : h, Halves));
            });
        case DataFormat::Lf8:
            return each(
                [&](u32 i, Words v) { store(data + i, __builtin_convertvector(truncated_to_fp16(v) >> 8, Bytes)); });
        case DataFormat::Fp8_e4m3:
            return each([&](u32 i, Words v) {
                store(data + i, __builtin_convertvector(e4m3_of_fp16(truncated_to_fp16(v)), Bytes));
            });
        case DataFormat::Bfp8_b:
            return block.template operator()<8, false>();
        case DataFormat::Bfp4_b:
            return block.template operator()<4, false>();
        case DataFormat::Bfp2_b:
            return block.template operator()<2, false>();
        case DataFormat::Bfp8:
            return block.template operator()<8, true>();
        case DataFormat::Bfp4:
            return block.template operator()<4, true>();
        default:
            return block.template operator()<2, true>();
    }
}

/// Float16_b without ReLU and sums in L1: 32 datums at a time, on 16 bits as soon as they are there.
template <bool Wide>
void pack_bf16_plain(const u32* dst, u32 datums, u8* data) {
    using Many = u16 __attribute__((vector_size(64)));
    const Many none = {};
    const auto rounded = [](Words v) {
        if constexpr (!Wide) {
            v = flush(v);
        }
        const Words nan = (v & sign_bit) | exponent_field;
        return ((v & ~sign_bit) > exponent_field ? nan : v) + 0x8000u;
    };
    for (u32 i = 0; i < datums; i += 2 * width) {
        // Datum i in the even halves, datum 16 + i in the odd ones; of the last 16, the odd ones are not used.
        const bool both = datums - i >= 2 * width;
        const Words first = rounded(load<Words>(dst + i));
        const Words second = both ? rounded(load<Words>(dst + i + width)) : Words{};
        const Many h = __builtin_bit_cast(Many, (first >> 16) | (second & 0xFFFF0000u));
        const Many mixed = (h & u16{0x7F80}) == none ? none : h;
        const Many r = __builtin_shufflevector(mixed, mixed, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30,
                                               1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        if (both) {
            store(data + 2 * i, r);
        } else {
            store(data + 2 * i, __builtin_shufflevector(r, r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
        }
    }
}

[[maybe_unused]] void pack_integers(const PackPlan& plan, const u32* dst, u32 datums, u8* data) {
    const bool wide = plan.dst == Precision::Fp32 || plan.dst == Precision::Int8;
    for (u32 i = 0; i < datums; i += width) {
        Words v = load<Words>(dst + i);
        const Ints negative = ints(v) < 0;
        v = plan.relu != 0 ? keep(~negative, v) : v;
        switch (plan.format) {
            case DataFormat::UInt16:
                store(data + 2 * i, __builtin_convertvector(v, Halves));
                break;
            case DataFormat::UInt8: {
                const Words limited = keep(~negative, __builtin_elementwise_min(v, Words{} + 255u));
                store(data + i, __builtin_convertvector(wide ? limited : v, Bytes));
                break;
            }
            case DataFormat::Int8: {
                const Words magnitude = __builtin_elementwise_min(v & ~sign_bit, Words{} + 127u);
                store(data + i, __builtin_convertvector(magnitude | (v >> 31 << 7), Bytes));
                break;
            }
            default:
                store(data + 4 * i, plan.l1_accumulate ? load<Words>(data + 4 * i) + v : v);
                break;
        }
    }
}

template <Chip C>
void pack_any(const PackPlan& plan, const u32* dst, u32 datums, u8* exponents, u8* data) {
    const bool known = C == Chip::Blackhole || plan.format != DataFormat::Fp8_e4m3;
    const bool floats = plan.dst == Precision::Fp32 || plan.dst == Precision::Bf16 || plan.dst == Precision::Fp16;
    if (datum_bits(plan.format) == 0 || !known || (!floats && !is_integer(plan.format))) {
        // Nobody needs it fast, or it is an error there.
        return scalar::pack<C>(plan, dst, datums, exponents, data);
    }
    if (is_integer(plan.format)) {
        return pack_integers(plan, dst, datums, data);
    }
    const Early kind = early_of(plan);
    if (!plan.l1_accumulate && plan.relu == 0) {
        if (plan.format == DataFormat::Float16_b && kind != Early::Fp16) {
            return kind == Early::Bf16Wide ? pack_bf16_plain<true>(dst, datums, data)
                                           : pack_bf16_plain<false>(dst, datums, data);
        }
        if (plan.format == DataFormat::Float32 && kind == Early::Raw) {
            __builtin_memcpy(data, dst, datums * 4);
            return;
        }
    }
    switch (kind) {
        case Early::Raw:
            return pack_floats<C, Early::Raw>(plan, dst, datums, exponents, data);
        case Early::Tf32Wide:
            return pack_floats<C, Early::Tf32Wide>(plan, dst, datums, exponents, data);
        case Early::Bf16Wide:
            return pack_floats<C, Early::Bf16Wide>(plan, dst, datums, exponents, data);
        case Early::Bfp8Wide:
            return pack_floats<C, Early::Bfp8Wide>(plan, dst, datums, exponents, data);
        case Early::Bf16Narrow:
            return pack_floats<C, Early::Bf16Narrow>(plan, dst, datums, exponents, data);
        case Early::Bfp8Narrow:
            return pack_floats<C, Early::Bfp8Narrow>(plan, dst, datums, exponents, data);
        case Early::Fp16:
            return pack_floats<C, Early::Fp16>(plan, dst, datums, exponents, data);
        default:
            return pack_floats<C, Early::Bfp8a>(plan, dst, datums, exponents, data);
    }
}

}  // namespace lanes

/// Arithmetic::pack.
template <Chip C>
void vector_pack(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data) {
    lanes::pack_any<C>(plan, dst, datums, exponents, data);
}

}  // namespace
}  // namespace tessera::tensix::exact

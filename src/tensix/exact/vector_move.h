// MOVA2D, MOVD2A and MOVD2B: words between the sources and DST, sixteen at a time. Input and output may be the same
// memory.
#pragma once

#include <tensix/exact/vector_source.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

template <Precision Src, bool Wide>
struct ToDst {
    [[gnu::always_inline]] inline Words operator()(Words w) const {
        const Words v = w & source_bits<Src>;
        const Ints some = (v & exponent_field) != 0;
        if constexpr (Src == Precision::Fp16) {
            return keep(some, v + exponent_of(112));
        } else if constexpr (Src == Precision::Int8) {
            return keep(some, (v & sign_bit) | ((v >> 13) & 0x3FFu));
        } else {
            return keep(some, Wide ? v : v & 0xFFFF0000u);
        }
    }
};

/// Between formats with exponents of 5 and 8 bits the bits of the register, in which the mantissa lies between the sign
/// and the exponent, are read as if they were of the other kind.
template <Precision Dst, Precision Src>
struct ToSource {
    [[gnu::always_inline]] inline Words operator()(Words w) const {
        const Words sign = w & sign_bit;
        if constexpr (Src == Precision::Int8) {
            const Words magnitude = w & 0x3FFu;
            return sign | keep(magnitude != 0, (magnitude << 13) | exponent_of(16));
        } else if constexpr (Dst != Precision::Fp16) {
            if constexpr (Src == Precision::Fp16) {
                const Words held = ((w >> 8) & 0x7F00u) | ((w >> 23) & 0xFFu);
                return sign | ((held & 0x1Fu) << 23) | ((held & 0x7FE0u) << 8);
            }
            return w & source_bits<Src>;
        } else {
            const Ints e = ints((w >> 23) & 0xFFu) - 112;
            const Words held = keep(e > 0, ((w >> 8) & 0x7FE0u) | words(e & 31));
            if constexpr (Src == Precision::Fp16) {
                return sign | ((held & 0x1Fu) << 23) | ((held & 0x7FE0u) << 8);
            }
            return sign | ((held & 0xFFu) << 23) | ((held & 0x7F00u) << 8);
        }
    }
};

template <typename F>
void move_words(F f, const u32* in, u32* out, u32 count) {
    u32 i = 0;
    for (; i + width <= count; i += width) {
        store(out + i, f(load<Words>(in + i)));
    }
    if (i != count) {
        alignas(64) u32 last[width] = {};
        __builtin_memcpy(last, in + i, (count - i) * 4);
        store(last, f(load<Words>(last)));
        __builtin_memcpy(out + i, last, (count - i) * 4);
    }
}

template <Precision Src>
void move_to_dst(Precision dst, const u32* in, u32* out, u32 count) {
    dst == Precision::Fp32 ? move_words(ToDst<Src, true>{}, in, out, count)
                           : move_words(ToDst<Src, false>{}, in, out, count);
}

template <Precision Src>
void move_to_source(Precision dst, const u32* in, u32* out, u32 count) {
    dst == Precision::Fp16 ? move_words(ToSource<Precision::Fp16, Src>{}, in, out, count)
                           : move_words(ToSource<Precision::Fp32, Src>{}, in, out, count);
}

}  // namespace lanes

/// Arithmetic::to_dst.
template <Chip C>
void vector_to_dst(Precision src, Precision dst, const uint32_t* words, uint32_t* out, uint32_t count) {
    switch (src) {
        case Precision::Bf16:
            return lanes::move_to_dst<Precision::Bf16>(dst, words, out, count);
        case Precision::Fp16:
            return lanes::move_to_dst<Precision::Fp16>(dst, words, out, count);
        case Precision::Int8:
            return lanes::move_to_dst<Precision::Int8>(dst, words, out, count);
        default:
            return lanes::move_to_dst<Precision::Tf32>(dst, words, out, count);
    }
}

/// Arithmetic::to_source.
template <Chip C>
void vector_to_source(Precision dst, Precision src, const uint32_t* words, uint32_t* out, uint32_t count) {
    switch (src) {
        case Precision::Fp16:
            return lanes::move_to_source<Precision::Fp16>(dst, words, out, count);
        case Precision::Int8:
            return lanes::move_to_source<Precision::Int8>(dst, words, out, count);
        case Precision::Tf32:
            return lanes::move_to_source<Precision::Tf32>(dst, words, out, count);
        default:
            return lanes::move_to_source<Precision::Bf16>(dst, words, out, count);
    }
}

}  // namespace
}  // namespace tessera::tensix::exact

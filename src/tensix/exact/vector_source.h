// Source words on sixteen lanes: what the matrix unit reads of them.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/vector_lanes.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

/// The bits of a source word that the matrix unit reads when it is configured for a precision.
template <Precision Src>
constexpr u32 source_bits = Src == Precision::Bf16                             ? 0xFFFF0000u
                            : Src == Precision::Fp16 || Src == Precision::Int8 ? 0x8FFFE000u
                                                                               : 0xFFFFE000u;

/// Exponent, 0 where the word counts as zero.
template <Precision Src>
[[gnu::always_inline]] inline Ints source_exponent(Words w) {
    return ints(((w & source_bits<Src>) >> 23) & 0xFFu);
}
/// 11-bit significand.
template <Precision Src>
[[gnu::always_inline]] inline Words source_significand(Words w) {
    return (((w & source_bits<Src>) >> 13) & 0x3FFu) | 0x400u;
}

/// A source word as fp32, fp16 rebiased; of fp16, zero where its exponent is.
template <Precision Src>
[[gnu::always_inline]] inline Words source_value(Words w) {
    const Words v = w & source_bits<Src>;
    if constexpr (Src == Precision::Fp16) {
        return keep((v & exponent_field) != 0, v + exponent_of(112));
    }
    return v;
}

/// What takes a bias off the sum of two exponents. 32-bit DST has 8-bit exponents even if the sources' have 5 bits.
template <Precision Src, Precision Dst>
constexpr i32 product_bias = Src != Precision::Fp16   ? -127
                             : Dst == Precision::Fp32 ? 97
                                                      : -15;

/// Whether the vector code of the matrix unit has the combination: 16-bit DST holds what the sources are.
[[maybe_unused]] constexpr bool usual(Precision src, Precision dst) {
    const bool known = src == Precision::Bf16 || src == Precision::Tf32 || src == Precision::Fp16;
    return known && (dst == Precision::Fp32 || dst == (src == Precision::Fp16 ? Precision::Fp16 : Precision::Bf16));
}

}  // namespace lanes
}  // namespace
}  // namespace tessera::tensix::exact

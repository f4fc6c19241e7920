// Sixteen 32-bit lanes, the width of a row of a face, for the vector code of the exact arithmetic. What a CPU has no
// instruction for, the compiler takes apart; intrinsics stand only where it does not find the instruction by itself.
#pragma once

#include <cstdint>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace tessera::tensix::exact {
namespace {
namespace lanes {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using i32 = int32_t;

using Words = u32 __attribute__((vector_size(64)));
using Ints = i32 __attribute__((vector_size(64)));
using Floats = float __attribute__((vector_size(64)));
using Halves = u16 __attribute__((vector_size(32)));
using Bytes = u8 __attribute__((vector_size(16)));

constexpr u32 width = 16;
constexpr u32 sign_bit = 0x80000000u;
constexpr u32 exponent_field = 0x7F800000u;
constexpr u32 mantissa_field = 0x007FFFFFu;
/// An exponent as it stands in an fp32 pattern.
constexpr u32 exponent_of(u32 e) {
    return e << 23;
}

template <typename V>
[[gnu::always_inline]] inline V load(const void* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof(V));
    return v;
}
template <typename V>
[[gnu::always_inline]] inline void store(void* p, V v) {
    __builtin_memcpy(p, &v, sizeof(V));
}

[[gnu::always_inline]] inline Words words(Ints v) {
    return __builtin_bit_cast(Words, v);
}
[[gnu::always_inline]] inline Words words(Floats v) {
    return __builtin_bit_cast(Words, v);
}
[[gnu::always_inline]] inline Ints ints(Words v) {
    return __builtin_bit_cast(Ints, v);
}
[[gnu::always_inline]] inline Floats floats(Words v) {
    return __builtin_bit_cast(Floats, v);
}

/// v in the lanes of `mask` (all ones or zero a lane, as comparisons give), zero elsewhere.
[[gnu::always_inline]] inline Words keep(Ints mask, Words v) {
    const Words zero = {};
    return mask ? v : zero;
}

[[gnu::always_inline]] inline bool any(Ints mask) {
#if defined(__AVX512DQ__)
    return _mm512_movepi32_mask(__builtin_bit_cast(__m512i, mask)) != 0;
#elif defined(__AVX2__)
    using Half = i32 __attribute__((vector_size(32)));
    const Half low = __builtin_shufflevector(mask, mask, 0, 1, 2, 3, 4, 5, 6, 7);
    const Half high = __builtin_shufflevector(mask, mask, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm256_movemask_epi8(__builtin_bit_cast(__m256i, low | high)) != 0;
#else
    return __builtin_reduce_or(mask) != 0;
#endif
}

/// a * b + c where a * b is exact in fp32, so that it is all the same whether it is rounded.
[[gnu::always_inline]] inline Floats exact_product_plus(Floats a, Floats b, Floats c) {
#ifdef __FMA__
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

[[gnu::always_inline]] inline Words max(Words a, Words b) {
    return __builtin_elementwise_max(a, b);
}
[[gnu::always_inline]] inline Words min(Words a, Words b) {
    return __builtin_elementwise_min(a, b);
}
[[gnu::always_inline]] inline Ints max(Ints a, Ints b) {
    return __builtin_elementwise_max(a, b);
}
[[gnu::always_inline]] inline Ints min(Ints a, Ints b) {
    return __builtin_elementwise_min(a, b);
}

/// v / 2^d, rounded to the nearest integer, ties up. d: 0 to 31; v below 2^30 in magnitude.
[[gnu::always_inline]] inline Ints shift_right_round(Ints v, Ints d) {
    return (((v << 1) >> d) + 1) >> 1;
}

/// v >> d for any d below 256: what is shifted out entirely leaves zero, or the sign.
[[gnu::always_inline]] inline Words shift_right_any(Words v, Words d) {
#if defined(__AVX512F__)
    return __builtin_bit_cast(Words, _mm512_srlv_epi32(__builtin_bit_cast(__m512i, v), __builtin_bit_cast(__m512i, d)));
#else
    const Words shifted = v >> (d & 31u);
    return keep(d < 32u, shifted);
#endif
}
[[gnu::always_inline]] inline Ints shift_right_any(Ints v, Words d) {
#if defined(__AVX512F__)
    return __builtin_bit_cast(Ints, _mm512_srav_epi32(__builtin_bit_cast(__m512i, v), __builtin_bit_cast(__m512i, d)));
#else
    return v >> ints(__builtin_elementwise_min(d, Words{} + 31u));
#endif
}

/// Rounds towards zero.
[[gnu::always_inline]] inline Floats to_float_truncated(Ints v) {
#if defined(__AVX512F__)
    return __builtin_bit_cast(
        Floats, _mm512_cvt_roundepi32_ps(__builtin_bit_cast(__m512i, v), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
#else
    // Magnitudes below 2^26, of which two bits may be too many.
    const Ints excess = (v < 0 ? -v : v) >> 24;
    const Ints magnitude = (v < 0 ? -v : v) & ~(excess | (excess >> 1));
    return __builtin_convertvector(v < 0 ? -magnitude : magnitude, Floats);
#endif
}

/// Exact for magnitudes of at most 24 significant bits.
[[gnu::always_inline]] inline Floats to_float(Ints v) {
    return __builtin_convertvector(v, Floats);
}

}  // namespace lanes
}  // namespace
}  // namespace tessera::tensix::exact

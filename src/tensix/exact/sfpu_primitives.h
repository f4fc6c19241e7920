// The instructions of the vector unit on sixteen lanes. A function of the unit is written as its kernel is: one call
// here for each instruction there, in the same order, and its result has the chip's bits.
//
//     template <Chip C>
//     LANE_FN F square_plus_one(F x) {
//         return mad<C>(x, x, splat(1.0f));       // one SFPMAD: the sum is rounded, the product is not
//     }
//     F x = load(p);                              // p: 16 DST words
//     x = select(lt0(x), mul<C>(x, splat(0.5f)), square_plus_one<C>(x));
//     store(p, x, width);                         // truncates to the width; round_to_bf16(x) beforehand rounds
//
// F, I and U are the same 32 bits a lane: as floats, as two's complement, unsigned. bits(), as_float() and casts change
// the type and nothing else. Never use +, -, *, / or comparisons on F: they are the host's, which has denormals, other
// NaNs and other sums. On I and U they are SFPIADD, SFPAND and so on. Masks are I, all ones or zero in each lane.
// Integers are in two's complement unless a function says "sign and magnitude".
//
// Included once for each instruction set; everything here has internal linkage.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tensix/arithmetic.h>
#include <tensix/exact/rules_vector.h>
#include <tensix/sfpu.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#pragma clang fp contract(off)

namespace tessera::tensix::exact {
namespace {

using F = float __attribute__((vector_size(64), aligned(4)));
using I = int32_t __attribute__((vector_size(64), aligned(4)));
using U = uint32_t __attribute__((vector_size(64), aligned(4)));
constexpr size_t LANES = 16;

#ifndef LANE_FN
#define LANE_FN [[maybe_unused, gnu::always_inline]] static inline
#endif

LANE_FN F splat(float x) {
    const uint32_t word = __builtin_bit_cast(uint32_t, x);
    return (F)(U{} + word);
}
LANE_FN I bits(F x) {
    return (I)x;
}
LANE_FN F as_float(I x) {
    return (F)x;
}
LANE_FN F select(I mask, F yes, F no) {
    return (F)(mask ? (I)yes : (I)no);
}
LANE_FN I select(I mask, I yes, I no) {
    return mask ? yes : no;
}
/// Whether bit 31 of any lane is set; for masks: whether any lane is.
LANE_FN bool any(I mask) {
#if defined(__AVX512DQ__)
    return _mm512_movepi32_mask(__builtin_bit_cast(__m512i, mask)) != 0;
#elif defined(__AVX2__)
    const auto low = __builtin_shufflevector(mask, mask, 0, 1, 2, 3, 4, 5, 6, 7);
    const auto high = __builtin_shufflevector(mask, mask, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm256_movemask_ps(__builtin_bit_cast(__m256, low | high)) != 0;
#else
    return __builtin_reduce_or(mask) < 0;
#endif
}

namespace impl {

using W = uint64_t __attribute__((vector_size(128)));

LANE_FN U min(U a, U b) {
    return a < b ? a : b;
}
LANE_FN I max(I a, I b) {
    return a > b ? a : b;
}
LANE_FN I exponent_field(F x) {
    return bits(x) & 0x7F800000;
}
constexpr int32_t one_exponent = 1 << 23;
LANE_FN I significand(F x) {
    return (bits(x) & 0x7FFFFF) | 0x800000;
}

/// Denormals as zeros of the same sign.
LANE_FN F flushed(F x) {
    return as_float(select(exponent_field(x) == 0, bits(x) & INT32_MIN, bits(x)));
}

/// The lanes of a mask by the scalar rule: what is too rare for vector code.
template <Chip C>
[[gnu::noinline, maybe_unused]] void mad_lanes(const uint32_t* a, const uint32_t* b, const uint32_t* c,
                                               const uint32_t* mask, uint32_t* out) {
    for (size_t i = 0; i < LANES; i++) {
        if (mask[i] != 0) {
            out[i] = rules::mad<C>(a[i], b[i], c[i]);
        }
    }
}
template <Chip C>
LANE_FN F patched(F r, F a, F b, F c, I mask) {
    uint32_t words[5][LANES];
    __builtin_memcpy(words[0], &a, sizeof a);
    __builtin_memcpy(words[1], &b, sizeof b);
    __builtin_memcpy(words[2], &c, sizeof c);
    __builtin_memcpy(words[3], &mask, sizeof mask);
    __builtin_memcpy(words[4], &r, sizeof r);
    mad_lanes<C>(words[0], words[1], words[2], words[3], words[4]);
    __builtin_memcpy(&r, words[4], sizeof r);
    return r;
}

/// The product of two significands of 24 bits without its last 20 bits, of which a one in the last place is left.
LANE_FN U product(I x, I y) {
    const W exact = __builtin_convertvector((U)x, W) * __builtin_convertvector((U)y, W);
    const U high = __builtin_convertvector(exact >> 20, U);
    const U low = (U)x * (U)y & 0xFFFFFu;
    return high | (U)((I)(low != 0) & 1);
}

/// The rule of mad() on all lanes. Sums of 29 bits are converted to floats, which rounds them as the chip does.
template <Chip C>
LANE_FN F mad_by_steps(F a, F b, F c) {
    const I e_a = exponent_field(a);
    const I e_b = exponent_field(b);
    const I e_z = exponent_field(c) >> 23;
    const I e_ab = (e_a >> 23) + (e_b >> 23) - 127;
    const I no_product = (e_a == 0) | (e_b == 0) | (e_ab < 0);
    const I special = (e_a == 0x7F800000) | (e_b == 0x7F800000) | (e_z == 255) | (e_ab >= 255);

    const U p = no_product ? U{} : product(significand(a), significand(b));
    const U z = e_z == 0 ? U{} : (U)significand(c) << 3;
    const I e_p = no_product ? I{} : e_ab;
    const I sign_p = (bits(a) ^ bits(b)) & INT32_MIN;
    const I sign_z = bits(c) & INT32_MIN;

    const I ahead = e_p - e_z;
    const I product_first = ahead >= 0;
    const U first = product_first ? p : z;
    const U second = product_first ? z : p;
    const U distance = min((U)(product_first ? ahead : -ahead), U{} + 31u);
    const U kept = second >> distance;
    const I sticky = ((kept << distance) != second) & (kept != 0) & 1;
    const I opposed = (sign_p ^ sign_z) >> 31;
    I sum = (I)first + (((I)kept | sticky) ^ opposed) - opposed;
    if constexpr (C == Chip::Wormhole) {
        // Normalisation by two places loses the second.
        sum &= ~((sum >= (1 << 28)) & 2);
    }

    const I e = product_first ? e_p : e_z;
    const I magnitude = (I) __builtin_convertvector(sum < 0 ? -sum : sum, F);
    const I e_out = (magnitude >> 23) + e - 153;
    const I sign = (product_first ? sign_p : sign_z) ^ (sum & INT32_MIN);
    const I finite = magnitude + ((e - 153) << 23);
    const I zero = sum == 0;
    const I of_zero = C == Chip::Blackhole ? sign_p & sign_z : I{};
    const I result = zero ? of_zero : (sign | (e_out >= 255 ? I{} + 0x7F800000 : finite));
    const I rare = special | (~zero & (e_out <= 1));
    F r = as_float(result);
    if (__builtin_expect(any(rare), false)) {
        r = patched<C>(r, a, b, c, rare);
    }
    return r;
}

#ifdef __AVX512F__
template <Chip C>
[[gnu::noinline, maybe_unused]] F mad_called(F a, F b, F c) {
    return mad_by_steps<C>(a, b, c);
}

/// mad() where the host's fused result is not the chip's in the lanes of `outside`. The chip adds multiples of a grid,
/// g = 2^-26 times the power of two of the larger exponent e, to which product and addend have been brought by rounding
/// to odd (what is lost leaves a one in the last place). Here the product is h + l: h its rounding to fp32, a multiple
/// of 4 g or more, so that rounding l to odd does it for both. Then only the last addition may round:
/// - The addend is at most 2 exponents smaller, so it loses nothing, and e_r < e - 1: there is cancellation, h + c has
///   no more than 24 bits, and l comes last.
/// - It is smaller: rounded to odd, gone if its exponent is 27 or more smaller, it has at most 24 bits above the grid,
///   and so has its sum with l, 4 bits, if that stays below 2^24 g; h comes last.
/// - There is no product: the addend, or a zero.
template <Chip C>
LANE_FN F mad_in_parts(F a, F b, F c, F fused, I outside) {
    const I e_a = exponent_field(a);
    const I e_b = exponent_field(b);
    const I e_z = exponent_field(c);
    const I e_p = e_a + (e_b - 127 * one_exponent);
    const I e = max(e_p, e_z);

    const F h = a * b;
    const F l = __builtin_elementwise_fma(a, b, -h);
    // 1.5 * 2^23 g: in a sum with it the grid is the last place.
    const F base = as_float((e - 3 * one_exponent) | 0x400000);
    const F down =
        __builtin_bit_cast(F, _mm512_add_round_ps(__builtin_bit_cast(__m512, l), __builtin_bit_cast(__m512, base),
                                                  _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
    const F low = as_float(select(down - base != l, bits(down) | 1, bits(down))) - base;

    const I behind = (e_p - e_z) >> 23;
    const I near = behind < 3;
    const U dropped = near ? U{} : (U)behind - 3u;
    const U below = (U{} + 1u << (dropped & 31u)) - 1u;
    // The carry out of what is lost is the one in the last place. With 23 bits lost that place is the hidden one.
    const U carry = dropped > 22u ? U{} : ((U)bits(c) & below) + below;
    const U kept = (carry | (U)bits(c)) & ~below;
    const F z = as_float((I)(dropped > 23u ? U{} : kept));

    const F first = z + select(near, h, low);
    const F r = first + select(near, low, h);

    I wrong = near ? ~(exponent_field(fused) - e + one_exponent) : ~(exponent_field(first) - e + 2 * one_exponent);
    // Exponents from 256 on have become negative.
    wrong |= e_p | (e_p - 48 * one_exponent);
    wrong |= 251 * one_exponent - e;
    if constexpr (C == Chip::Wormhole) {
        wrong |= e - exponent_field(r) + one_exponent;
    }
    const I absent = (e_a == 0) | (e_b == 0);
    const I of_zero = C == Chip::Blackhole ? (bits(a) ^ bits(b)) & bits(c) & INT32_MIN : I{};
    wrong = select(absent, I{}, wrong);
    wrong |= 254 * one_exponent - max(max(e_a, e_b), e_z);
    const F alone = as_float(select(e_z == 0, of_zero, bits(c)));
    if (__builtin_expect(any(wrong & outside), false)) {
        return mad_called<C>(a, b, c);
    }
    return select(outside < 0, select(absent, alone, r), fused);
}
#endif

}  // namespace impl

// --- SFPMAD and its relatives ----------------------------------------------------------------------------------------
/// a * b + c, partially fused.
template <Chip C>
LANE_FN F mad(F a, F b, F c) {
#ifdef __FMA__
    // The chip's sum is the host's fused one as long as only one of product and addend loses bits to the sticky place,
    // the other one has a zero there, and the sum has two more bits than the result. The product loses bits by itself,
    // so the addend may not: its last place stays above the sticky one while its exponent is at most 2 smaller. Zeros,
    // and whatever comes near the ends of the range of exponents, are left to the steps.
    using impl::exponent_field;
    using impl::one_exponent;
    const F r = __builtin_elementwise_fma(a, b, c);
    const I e_a = exponent_field(a);
    const I e_b = exponent_field(b);
    const I e_z = exponent_field(c);
    const I e_r = exponent_field(r);
    const I e_p = e_a + (e_b - 127 * one_exponent);
    const I e = impl::max(e_p, e_z);
    I outside = (e_a - one_exponent) | (e_b - one_exponent);
    outside |= e_z - e_p + 2 * one_exponent;
    outside |= e_r - e + one_exponent;
    outside |= e_r - 30 * one_exponent;
    outside |= 253 * one_exponent - e_r;
    if constexpr (C == Chip::Wormhole) {
        outside |= e - e_r + one_exponent;
    }
    if (__builtin_expect(!any(outside), true)) {
        return r;
    }
#ifdef __AVX512F__
    return impl::mad_in_parts<C>(a, b, c, r, outside);
#endif
#endif
    return impl::mad_by_steps<C>(a, b, c);
}

/// SFPMUL, SFPMULI: the product, correctly rounded.
template <Chip C>
LANE_FN F mul(F a, F b) {
    const I e_a = impl::exponent_field(a);
    const I e_b = impl::exponent_field(b);
    const I no_product = (e_a == 0) | (e_b == 0);
    const F x = as_float(select(e_a == 0, I{}, bits(a)));
    const F y = as_float(select(e_b == 0, I{}, bits(b)));
    const F r = x * y;
    const I magnitude = bits(r) & INT32_MAX;
    const I tiny = magnitude < 0x800000;
    // Where the smallest normal number comes out, the product may have been rounded to fewer bits, or count as zero.
    I rare = magnitude == 0x800000;
    I result = bits(r);
    if constexpr (C == Chip::Blackhole) {
        const I zero = no_product | (e_a + (e_b - 127 * impl::one_exponent) < 0);
        result = select(tiny, select(zero, I{}, bits(r) & INT32_MIN), result);
        result = select(magnitude > 0x7F800000, I{} + 0x7FC00000, result);
    } else {
        result = select(tiny, I{}, result);
        rare |= magnitude > 0x7F800000;
    }
    F out = as_float(result);
    if (__builtin_expect(any(rare), false)) {
        out = impl::patched<C>(out, a, b, F{}, rare);
    }
    return out;
}

/// SFPADD, SFPADDI: the sum, correctly rounded.
template <Chip C>
LANE_FN F add(F a, F b) {
    const F r = impl::flushed(a) + impl::flushed(b);
    const I magnitude = bits(r) & INT32_MAX;
    const I tiny = magnitude < 0x800000;
    const I nan = magnitude > 0x7F800000;
    if constexpr (C == Chip::Blackhole) {
        return as_float(select(nan, I{} + 0x7FC00000, select(tiny, bits(r) & INT32_MIN, bits(r))));
    }
    F out = as_float(select(tiny, I{}, bits(r)));
    if (__builtin_expect(any(nan), false)) {
        out = impl::patched<C>(out, splat(1.0f), a, b, nan);
    }
    return out;
}
/// SFPMOV with negation: the sign bit inverted, NaNs and zeros too. -(a * b) + c is mad(neg(a), b, c), a - b is
/// add(a, neg(b)).
LANE_FN F neg(F x) {
    return as_float(bits(x) ^ INT32_MIN);
}

// --- SFPLUT, SFPLUTFP32 ----------------------------------------------------------------------------------------------
using rules::LutMode;
using rules::LutRegisters;
/// A line in |x| from tables that are the same in all lanes; keep_sign: the result gets the sign of x.
template <Chip C>
LANE_FN F lut(F x, uint32_t l0, uint32_t l1, uint32_t l2, bool keep_sign) {
    const I magnitude = bits(x) & INT32_MAX;
    const I first = magnitude < 0x3F800000;
    const I second = magnitude < 0x40000000;
    const auto entry = [&](uint32_t e0, uint32_t e1, uint32_t e2) {
        const auto value = [](uint32_t e) { return I{} + (int32_t)rules::lut8_to_fp32(e); };
        return as_float(select(first, value(e0), select(second, value(e1), value(e2))));
    };
    const F d = mad<C>(entry(l0 >> 8, l1 >> 8, l2 >> 8), as_float(magnitude), entry(l0, l1, l2));
    return keep_sign ? as_float((bits(d) & INT32_MAX) | (bits(x) & INT32_MIN)) : d;
}
/// t.l[0..2] and t.l[4..6] are what the registers of these numbers hold, the same in all lanes.
template <Chip C>
LANE_FN F lutfp32(F x, const LutRegisters& t, LutMode mode, bool keep_sign) {
    const I magnitude = bits(x) & INT32_MAX;
    const I first = magnitude < 0x3F800000;
    const I second = magnitude < 0x40000000;
    const auto of_three = [&](uint32_t e0, uint32_t e1, uint32_t e2) {
        return select(first, I{} + (int32_t)e0, select(second, I{} + (int32_t)e1, I{} + (int32_t)e2));
    };
    I slope = of_three(t.l[0], t.l[1], t.l[2]);
    I offset = of_three(t.l[4], t.l[5], t.l[6]);
    if (mode != LutMode::Fp32Entries3) {
        const uint32_t last_cut = mode == LutMode::Fp16Entries6 ? 0x40400000u : 0x40800000u;
        const I upper_half = magnitude >= of_three(0x3F000000u, 0x3FC00000u, last_cut);
        const auto wide = [](I half) {
            const I exponent = half & 0x7C00;
            const I rebiased = select(exponent == 0x7C00, I{}, (exponent << 13) + (112 << 23));
            return ((half & 0x8000) << 16) | rebiased | ((half & 0x3FF) << 13);
        };
        const bool three = mode == LutMode::Fp16Entries3;
        const I both = slope;
        slope = wide(select(three ? ~I{} : upper_half, both >> 16, both));
        offset = wide(three ? both : select(upper_half, offset >> 16, offset));
    }
    const F d = mad<C>(as_float(slope), as_float(magnitude), as_float(offset));
    return keep_sign ? as_float((bits(d) & INT32_MAX) | (bits(x) & INT32_MIN)) : d;
}

// --- Fields of a float -----------------------------------------------------------------------------------------------
/// The exponent, 0 to 255.
LANE_FN I exexp_biased(F x) {
    return (I)(((U)x >> 23) & 0xFFu);
}
/// The exponent, -127 to 128.
LANE_FN I exexp(F x) {
    return exexp_biased(x) - 127;
}
/// The mantissa with the hidden bit.
LANE_FN I exman8(F x) {
    return (bits(x) & 0x7FFFFF) | 0x800000;
}
/// The mantissa without it.
LANE_FN I exman9(F x) {
    return bits(x) & 0x7FFFFF;
}
/// The low 8 bits of an integer become the exponent.
LANE_FN F setexp(F x, I exponent) {
    return as_float((bits(x) & (int32_t)0x807FFFFF) | ((exponent & 0xFF) << 23));
}
/// The low 23 bits become the mantissa.
LANE_FN F setman(F x, I mantissa) {
    return as_float((bits(x) & (int32_t)0xFF800000) | (mantissa & 0x7FFFFF));
}
/// Bit 31 becomes the sign.
LANE_FN F setsgn(F x, I sign) {
    return as_float((bits(x) & INT32_MAX) | (sign & INT32_MIN));
}
LANE_FN F setsgn(F x, F sign) {
    return setsgn(x, bits(sign));
}
/// SFPDIVP2 adding: the exponent wraps around, infinity and NaN stay.
LANE_FN F addexp(F x, int32_t by) {
    return select(exexp_biased(x) == 255, x, setexp(x, exexp_biased(x) + by));
}
/// SFPSETSGN to zero.
LANE_FN F absolute(F x) {
    return as_float(bits(x) & INT32_MAX);
}
/// SFPABS of a float: negative NaNs stay.
LANE_FN F abs_float(F x) {
    return as_float(select((I)((U)x > 0xFF800000u), bits(x), bits(x) & INT32_MAX));
}
/// SFPABS of an integer: -2^31 stays.
LANE_FN I abs_int(I x) {
    return (I)(x < 0 ? 0u - (U)x : (U)x);
}

// --- Integers --------------------------------------------------------------------------------------------------------
/// Leading zeros; 32 for zero.
LANE_FN I lz(I x) {
#ifdef __AVX512CD__
    return __builtin_bit_cast(I, _mm512_lzcnt_epi32(__builtin_bit_cast(__m512i, x)));
#else
    // The exponent of the leading one as a float; without the bit below it nothing rounds up.
    const I lead = (I)((U)x & ~((U)x >> 1));
    const I exponent = (I) __builtin_convertvector(lead, F) >> 23;
    return select(x < 0, I{}, select(x == 0, I{} + 32, 158 - exponent));
#endif
}
/// Left by `by`, right with zeros coming in if it is negative; 5 bits of the distance count.
LANE_FN I shft(I x, I by) {
    const U left = (U)x << ((U)by & 31u);
    const U right = (U)x >> ((0u - (U)by) & 31u);
    return (I)(by >= 0 ? left : right);
}
/// Blackhole's form that shifts copies of the sign in.
LANE_FN I shft_arithmetic(I x, I by) {
    const I left = (I)((U)x << ((U)by & 31u));
    const I right = x >> (I)((0u - (U)by) & 31u);
    return by >= 0 ? left : right;
}
/// SFPCAST between sign and magnitude and two's complement, either way; -0 and -2^31 become one another (Blackhole).
LANE_FN I cast_sign(I x) {
    return (I)(x < 0 ? (0u - (U)x) | 0x80000000u : (U)x);
}
/// As Wormhole's loads do it: -0 becomes 0.
LANE_FN I smag_to_twos(I x) {
    return (I)(x < 0 ? 0u - ((U)x & 0x7FFFFFFFu) : (U)x);
}
/// As Wormhole's stores do it.
LANE_FN I twos_to_smag(I x) {
    return cast_sign(x);
}

// --- Comparisons -----------------------------------------------------------------------------------------------------
/// SFPSETCC looks at the bits as an integer: -0 and negative NaNs are below zero, -0 is not zero.
LANE_FN I lt0(F x) {
    return bits(x) < 0;
}
LANE_FN I gte0(F x) {
    return bits(x) >= 0;
}
LANE_FN I eq0(F x) {
    return bits(x) == 0;
}
LANE_FN I ne0(F x) {
    return bits(x) != 0;
}
LANE_FN I lt0(I x) {
    return x < 0;
}
LANE_FN I gte0(I x) {
    return x >= 0;
}
LANE_FN I eq0(I x) {
    return x == 0;
}
LANE_FN I ne0(I x) {
    return x != 0;
}
/// a < b as sign and magnitude: SFPGT with b in VD (Blackhole); ~smag_less(a, b) is SFPLE. -NaN < -inf < ... < -0 < +0
/// < ...
LANE_FN I smag_less(I a, I b) {
    return (a ^ (I)((U)(a >> 31) >> 1)) < (b ^ (I)((U)(b >> 31) >> 1));
}
LANE_FN I smag_less(F a, F b) {
    return smag_less(bits(a), bits(b));
}
/// SFPSWAP: the smaller and the larger in that order.
LANE_FN F swap_min(F a, F b) {
    return select(smag_less(b, a), b, a);
}
LANE_FN F swap_max(F a, F b) {
    return select(smag_less(b, a), a, b);
}
LANE_FN I swap_min(I a, I b) {
    return select(smag_less(b, a), b, a);
}
LANE_FN I swap_max(I a, I b) {
    return select(smag_less(b, a), a, b);
}

// --- Random numbers and rounding -------------------------------------------------------------------------------------
/// What the lanes' random registers hold; they go on by one step.
LANE_FN I advance_prng(I& state) {
    const I before = state;
    const U s = (U)state;
    const U parity = (s ^ (s >> 1) ^ (s >> 21) ^ (s >> 31)) & 1u;
    state = (I)(((parity ^ 1u) << 31) | (s >> 1));
    return before;
}
/// The thresholds that roundings take: ties away from zero, by chance (random: from advance_prng), towards zero
/// (Blackhole).
LANE_FN I nearest_threshold() {
    return I{} + 0x400000;
}
LANE_FN I stochastic_threshold(I random) {
    return random & 0x7FFFFF;
}
LANE_FN I zero_threshold() {
    return I{} + 0x7FFFFF;
}

namespace impl {

/// x without its last `dropped` bits, one up where `up` says so.
template <int dropped>
LANE_FN F round_float(F x, I up) {
    constexpr int32_t unit = 1 << dropped;
    const I exponent = exponent_field(x);
    const I rounded = (bits(x) & -unit) + (up & unit);
    const I special = select(exponent == 0x7F800000, bits(x) & (int32_t)0xFF800000, rounded);
    return as_float(select(exponent == 0, I{}, special));
}
template <Chip C, int dropped>
LANE_FN F round_float_at(F x, I threshold) {
    const I low = bits(x) & ((1 << dropped) - 1);
    return round_float<dropped>(
        x, C == Chip::Blackhole ? low >= (threshold >> (23 - dropped)) : (low << (23 - dropped)) >= threshold);
}

LANE_FN I round_to_integer(F x, int32_t limit, bool keep_sign, I threshold) {
    const I exponent = (I)(((U)x >> 23) & 0xFFu) - 127;
    const I mantissa = (bits(x) & 0x7FFFFF) | 0x800000;
    const I below_one = exponent < 0;
    const I shift = exponent & 15;
    const I whole = select(below_one, I{}, mantissa >> (23 - shift));
    const I fraction = select(below_one, mantissa >> 1, (I)((U)mantissa << (U)shift) & 0x7FFFFF);
    I magnitude = whole + ((fraction >= threshold) & 1);
    magnitude = select((exponent >= 16) | (magnitude > limit), I{} + limit, magnitude);
    magnitude = select(exponent < -1, I{}, magnitude);
    return keep_sign ? magnitude | select(magnitude == 0, I{}, bits(x) & INT32_MIN) : magnitude;
}

LANE_FN I descale(I x, I by, bool keep_sign, I threshold) {
    const int32_t limit = keep_sign ? 127 : 255;
    const U distance = (U)by & 31u;
    const U magnitude = (U)x & 0x7FFFFFFFu;
    const U low = magnitude & ~((~U{}) << distance);
    const U fraction = distance > 23u ? low >> ((distance - 23u) & 31u) : low << ((23u - distance) & 31u);
    I result = (I)(magnitude >> distance) + (((I)fraction >= threshold) & 1);
    result = select((I)((U)result > (uint32_t)limit), I{} + limit, result);
    return keep_sign ? result | select(result == 0, I{}, x & INT32_MIN) : result;
}

}  // namespace impl

/// SFPSTOCHRND to bf16 or to 10 mantissa bits, as an fp32 value; ties away from zero. NaN becomes infinity, denormals
/// and -0 become +0.
LANE_FN F round_to_bf16(F x) {
    return impl::round_float<16>(x, bits(x) << 16 >> 31);
}
LANE_FN F round_to_fp16(F x) {
    return impl::round_float<13>(x, bits(x) << 19 >> 31);
}
template <Chip C>
LANE_FN F round_to_bf16(F x, I threshold) {
    return impl::round_float_at<C, 16>(x, threshold);
}
template <Chip C>
LANE_FN F round_to_fp16(F x, I threshold) {
    return impl::round_float_at<C, 13>(x, threshold);
}
/// SFPSTOCHRND to clamped integers: sign and magnitude for the signed ones; the unsigned ones drop the sign.
LANE_FN I round_to_uint8(F x, I threshold = nearest_threshold()) {
    return impl::round_to_integer(x, 255, false, threshold);
}
LANE_FN I round_to_int8(F x, I threshold = nearest_threshold()) {
    return impl::round_to_integer(x, 127, true, threshold);
}
LANE_FN I round_to_uint16(F x, I threshold = nearest_threshold()) {
    return impl::round_to_integer(x, 65535, false, threshold);
}
LANE_FN I round_to_int16(F x, I threshold = nearest_threshold()) {
    return impl::round_to_integer(x, 32767, true, threshold);
}
/// SFPSTOCHRND of sign and magnitude, divided by 2 to the low 5 bits of `by`.
LANE_FN I descale_to_uint8(I x, I by, I threshold = nearest_threshold()) {
    return impl::descale(x, by, false, threshold);
}
LANE_FN I descale_to_int8(I x, I by, I threshold = nearest_threshold()) {
    return impl::descale(x, by, true, threshold);
}
/// SFPCAST of sign and magnitude; to the nearest, ties to even. -0 stays.
LANE_FN F cast_to_float(I x) {
    return as_float((I) __builtin_convertvector(x & INT32_MAX, F) | (x & INT32_MIN));
}
/// Up by chance: seven of the dropped bits are compared with seven of `random`.
LANE_FN F cast_to_float_stochastic(I x, I random) {
    const I magnitude = x & INT32_MAX;
    const I zeros = lz(magnitude);
    const U normal = (U)magnitude << ((U)zeros & 31u);
    const I truncated = ((157 - zeros) << 23) + (I)(normal >> 8);
    const I up = ((I)(normal & 0xFEu) > ((random >> 9) & 0xFE)) & 1;
    return as_float((x & INT32_MIN) | select(magnitude == 0, I{}, truncated + up));
}

// --- Blackhole's own -------------------------------------------------------------------------------------------------
namespace impl {

LANE_FN I arecip_magnitude(F x) {
    const I magnitude = bits(x) & INT32_MAX;
    // 256 / (1 + (i + 1/2) / 128) for the mantissa's top 7 bits i.
    const F divisor = __builtin_convertvector(2 * ((magnitude >> 16) & 0x7F) + 257, F);
    const I entry = __builtin_convertvector(65536.0f / divisor + 0.5f, I) - 128;
    const I normal = ((253 - (magnitude >> 23)) << 23) | (entry << 16);
    return select(magnitude < 0x800000, I{} + 0x7F800000, select(magnitude >= 0x7E800000, I{}, normal));
}

}  // namespace impl

/// SFPARECIP: 1/x to 7 bits; infinity for zero and denormals, zero from 2^126 on.
template <Chip C>
LANE_FN F arecip(F x) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPARECIP");
    return as_float(impl::arecip_magnitude(x) | (bits(x) & INT32_MIN));
}
/// 1/|x| where the condition is negative, else x.
template <Chip C>
LANE_FN F arecip_conditional(F x, I condition) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPARECIP");
    return as_float(select(condition < 0, impl::arecip_magnitude(x), bits(x)));
}
/// SFPMUL24: 23 bits of the product of the low 23 bits of each.
template <Chip C>
LANE_FN I mul24_lo(I a, I b) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPMUL24");
    return (I)(((U)a * (U)b) & 0x7FFFFFu);
}
template <Chip C>
LANE_FN I mul24_hi(I a, I b) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPMUL24");
    const impl::W exact =
        __builtin_convertvector((U)a & 0x7FFFFFu, impl::W) * __builtin_convertvector((U)b & 0x7FFFFFu, impl::W);
    return (I) __builtin_convertvector(exact >> 23, U);
}

// --- DST -------------------------------------------------------------------------------------------------------------
LANE_FN F load(const uint32_t* p) {
    F v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
LANE_FN I load_int(const uint32_t* p) {
    return bits(load(p));
}
LANE_FN void store_int(uint32_t* p, I v) {
    __builtin_memcpy(p, &v, sizeof v);
}
/// What DST holds of a float stored to it: truncated to the width; denormals become signed zeros.
LANE_FN F stored(F x, SfpuWidth width) {
    const I sign = bits(x) & INT32_MIN;
    const I exponent = bits(x) & 0x7F800000;
    if (width == SfpuWidth::Dst16Half) {
        const I normal = select(exponent > (143 << 23), sign | 0x47FFE000, bits(x) & (int32_t)0xFFFFE000);
        return as_float(select(exponent <= (112 << 23), sign, normal));
    }
    const I kept = width == SfpuWidth::Dst16 ? bits(x) & (int32_t)0xFFFF0000 : bits(x);
    return as_float(select(exponent == 0, sign, kept));
}
/// SFPSTORE of a float.
LANE_FN void store(uint32_t* p, F x, SfpuWidth width) {
    store_int(p, bits(stored(x, width)));
}

}  // namespace
}  // namespace tessera::tensix::exact

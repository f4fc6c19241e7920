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
/// Whether any lane of a mask is set.
LANE_FN bool any(I mask) {
    return __builtin_reduce_or(mask) != 0;
}

namespace impl {

template <class R, class Fn, class... V>
LANE_FN R each(Fn fn, V... v) {
    U out;
    for (size_t i = 0; i < LANES; i++) {
        out[i] = fn(((U)v)[i]...);
    }
    return (R)out;
}

}  // namespace impl

// --- SFPMAD and its relatives ----------------------------------------------------------------------------------------
/// a * b + c, partially fused.
template <Chip C>
LANE_FN F mad(F a, F b, F c) {
    return impl::each<F>([](uint32_t x, uint32_t y, uint32_t z) { return rules::mad<C>(x, y, z); }, a, b, c);
}
/// SFPMUL, SFPMULI.
template <Chip C>
LANE_FN F mul(F a, F b) {
    return impl::each<F>([](uint32_t x, uint32_t y) { return rules::mul<C>(x, y); }, a, b);
}
/// SFPADD, SFPADDI.
template <Chip C>
LANE_FN F add(F a, F b) {
    return impl::each<F>([](uint32_t x, uint32_t y) { return rules::add<C>(x, y); }, a, b);
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
    return impl::each<F>([=](uint32_t v) { return rules::lut<C>(v, l0, l1, l2, keep_sign); }, x);
}
/// t.l[0..2] and t.l[4..6] are what the registers of these numbers hold, the same in all lanes.
template <Chip C>
LANE_FN F lutfp32(F x, const LutRegisters& t, LutMode mode, bool keep_sign) {
    return impl::each<F>([&](uint32_t v) { return rules::lutfp32<C>(v, t, mode, keep_sign); }, x);
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
    return impl::each<I>(rules::lz, x);
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

/// SFPSTOCHRND to bf16 or to 10 mantissa bits, as an fp32 value; ties away from zero. NaN becomes infinity, denormals
/// and -0 become +0.
LANE_FN F round_to_bf16(F x) {
    return impl::each<F>([](uint32_t v) { return rules::round_to_bf16<Chip::Blackhole>(v, 0x400000); }, x);
}
LANE_FN F round_to_fp16(F x) {
    return impl::each<F>([](uint32_t v) { return rules::round_to_fp16<Chip::Blackhole>(v, 0x400000); }, x);
}
template <Chip C>
LANE_FN F round_to_bf16(F x, I threshold) {
    return impl::each<F>([](uint32_t v, uint32_t t) { return rules::round_to_bf16<C>(v, t); }, x, threshold);
}
template <Chip C>
LANE_FN F round_to_fp16(F x, I threshold) {
    return impl::each<F>([](uint32_t v, uint32_t t) { return rules::round_to_fp16<C>(v, t); }, x, threshold);
}
/// SFPSTOCHRND to clamped integers: sign and magnitude for the signed ones; the unsigned ones drop the sign.
LANE_FN I round_to_uint8(F x, I threshold = nearest_threshold()) {
    return impl::each<I>(rules::round_to_uint8, x, threshold);
}
LANE_FN I round_to_int8(F x, I threshold = nearest_threshold()) {
    return impl::each<I>(rules::round_to_int8, x, threshold);
}
LANE_FN I round_to_uint16(F x, I threshold = nearest_threshold()) {
    return impl::each<I>(rules::round_to_uint16, x, threshold);
}
LANE_FN I round_to_int16(F x, I threshold = nearest_threshold()) {
    return impl::each<I>(rules::round_to_int16, x, threshold);
}
/// SFPSTOCHRND of sign and magnitude, divided by 2 to the low 5 bits of `by`.
LANE_FN I descale_to_uint8(I x, I by, I threshold = nearest_threshold()) {
    return impl::each<I>([](uint32_t v, uint32_t b, uint32_t t) { return rules::descale(v, b, false, t); }, x, by,
                         threshold);
}
LANE_FN I descale_to_int8(I x, I by, I threshold = nearest_threshold()) {
    return impl::each<I>([](uint32_t v, uint32_t b, uint32_t t) { return rules::descale(v, b, true, t); }, x, by,
                         threshold);
}
/// SFPCAST of sign and magnitude; to the nearest, ties to even.
LANE_FN F cast_to_float(I x) {
    return impl::each<F>(rules::cast_to_float, x);
}
LANE_FN F cast_to_float_stochastic(I x, I random) {
    return impl::each<F>(rules::cast_to_float_stochastic, x, random);
}

// --- Blackhole's own -------------------------------------------------------------------------------------------------
/// SFPARECIP: 1/x to 7 bits.
template <Chip C>
LANE_FN F arecip(F x) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPARECIP");
    return impl::each<F>(rules::arecip, x);
}
/// 1/|x| where the condition is negative, else x.
template <Chip C>
LANE_FN F arecip_conditional(F x, I condition) {
    static_assert(C == Chip::Blackhole, "Wormhole has no SFPARECIP");
    return impl::each<F>(rules::arecip_conditional, x, condition);
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
    return impl::each<I>(rules::mul24_hi, a, b);
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

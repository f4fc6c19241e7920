// Applies one operation of the vector unit to a span of DST data as the chip's kernel for it does: loads, computes on
// the primitives, stores. Included once for each instruction set; the includer defines TESSERA_SFPU_LEVEL, its name.
//
// Each operation has one row in the switches below. A row names the lane function: it gets the operands of 16 lanes and
// the parameters, and does every rounding that the chip's kernel writes down; the store then truncates to the width of
// DST, as the chip's store does. UNARY, BINARY and TERNARY store all lanes; a function that returns a Stored stores
// only the lanes of its mask. FAST rows are operations on integers and moved bits, where both modes give the same
// result. KEPT is UNARY for functions that take longer than looking up what they gave the last time (sfpu_results.h): a
// row's result depends on its lane and the parameters alone. Inside a row: C is the chip, W says that DST holds 32
// bits, f0 to f2 are the parameters as fp32 lanes, p0 to p2 as words.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/sfpu.h>

#include <tensix/exact/sfpu_primitives.h>
#include <tensix/exact/sfpu_results.h>

#include <tensix/exact/sfpu_functions_activation.h>
#include <tensix/exact/sfpu_functions_exp.h>
#include <tensix/exact/sfpu_functions_log.h>
#include <tensix/exact/sfpu_functions_roots.h>
#include <tensix/exact/sfpu_functions_round.h>
#include <tensix/exact/sfpu_functions_simple.h>
#include <tensix/exact/sfpu_functions_special.h>
#include <tensix/exact/sfpu_functions_trig.h>

#define TESSERA_SFPU_JOIN_(a, b) a##b
#define TESSERA_SFPU_JOIN(a, b) TESSERA_SFPU_JOIN_(a, b)
#define TESSERA_SFPU_FAST TESSERA_SFPU_JOIN(sfpu_table_, TESSERA_SFPU_LEVEL)

namespace tessera::tensix {

extern const SfpuTable TESSERA_SFPU_FAST;

namespace exact {
namespace {

/// Stores the lanes of a result, truncated to the width of DST.
LANE_FN void store_result(uint32_t* p, F value, SfpuWidth width) {
    store(p, value, width);
}
LANE_FN void store_result(uint32_t* p, const Stored& result, SfpuWidth width) {
    store_int(p, bits(select(result.mask, stored(result.value, width), load(p))));
}

/// Integers, and bits that are only moved, are stored as they are.
LANE_FN void store_result(uint32_t* p, I value, SfpuWidth) {
    store_int(p, value);
}

#define TESSERA_SFPU_TAKES_INTEGERS(name, input, output) (#input[0] == 'I'),
constexpr bool takes_integers(tsr_sfpu_unary_op op) {
    constexpr bool OPS[] = {TSR_SFPU_UNARY_OPS(TESSERA_SFPU_TAKES_INTEGERS) true};
    return OPS[op];
}
constexpr bool takes_integers(tsr_sfpu_binary_op op) {
    constexpr bool OPS[] = {TSR_SFPU_BINARY_OPS(TESSERA_SFPU_TAKES_INTEGERS)
                                TSR_SFPU_MIXED_OPS(TESSERA_SFPU_TAKES_INTEGERS) true};
    return OPS[op];
}
constexpr bool takes_integers(tsr_sfpu_ternary_op op) {
    constexpr bool OPS[] = {TSR_SFPU_TERNARY_OPS(TESSERA_SFPU_TAKES_INTEGERS) true};
    return OPS[op];
}
#undef TESSERA_SFPU_TAKES_INTEGERS

template <class Fn>
void map1(uint32_t* data, size_t count, SfpuWidth width, Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        store_result(data + i, fn(load(data + i)), width);
    }
}
/// The entries of a table of results.
LANE_FN I known_results(const uint32_t* table, U index) {
#if defined(__AVX512F__)
    return __builtin_bit_cast(I, _mm512_i32gather_epi32(__builtin_bit_cast(__m512i, index), table, 4));
#elif defined(__AVX2__)
    const auto half = [&](__m256i i) { return _mm256_i32gather_epi32(reinterpret_cast<const int*>(table), i, 4); };
    __m256i halves[2];
    __builtin_memcpy(halves, &index, sizeof halves);
    halves[0] = half(halves[0]);
    halves[1] = half(halves[1]);
    I found;
    __builtin_memcpy(&found, halves, sizeof found);
    return found;
#else
    I found;
    for (size_t i = 0; i < LANES; i++) {
        found[i] = (int32_t)__atomic_load_n(table + index[i], __ATOMIC_RELAXED);
    }
    return found;
#endif
}
/// map1 by way of a table from sfpu_results(), or without one: nullptr.
template <class Fn>
void map1_kept(uint32_t* data, size_t count, SfpuWidth width, uint32_t* table, Fn fn) {
    const uint32_t shift = short_shift(width);
    // 32-bit DST holds long numbers or short ones, seldom both.
    if (width == SfpuWidth::Dst32 && count != 0 && any(((U)load_int(data) << (32 - shift)) != 0u)) {
        table = nullptr;
    }
    for (size_t i = 0; i < count; i += LANES) {
        const U x = (U)load_int(data + i);
        const bool is_short = table != nullptr && !any((x << (32 - shift)) != 0u);
        if (__builtin_expect(is_short, true)) {
            const I known = known_results(table, x >> shift);
            if (__builtin_expect(!any(known == 0), true)) {
                store_int(data + i, known ^ (int32_t)RESULT_KEY);
                continue;
            }
        }
        store_result(data + i, fn(as_float((I)x)), width);
        if (is_short) {
            for (size_t k = 0; k < LANES; k++) {
                __atomic_store_n(table + (x[k] >> shift), data[i + k] ^ RESULT_KEY, __ATOMIC_RELAXED);
            }
        }
    }
}
template <class Fn>
void map2(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count, SfpuWidth width, Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        store_result(out + i, fn(load(a + i), load(b + i)), width);
    }
}
template <class Fn>
void map3(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count, SfpuWidth width,
          Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        store_result(out + i, fn(load(a + i), load(b + i), load(c + i)), width);
    }
}

#define UNARY(name, expression) \
    case TSR_SFPU_##name:       \
        return map1(data, count, width, [=](F x) __attribute__((always_inline)) { return expression; })
#define KEPT(name, expression)                                                              \
    case TSR_SFPU_##name:                                                                   \
        return map1_kept(data, count, width, sfpu_results(run_unary<C>, op, params, width), \
                         [=](F x) __attribute__((always_inline)) { return expression; })
#define BINARY(name, expression) \
    case TSR_SFPU_##name:        \
        return map2(lhs, rhs, out, count, width, [=](F a, F b) __attribute__((always_inline)) { return expression; })
#define TERNARY(name, expression)                            \
    case TSR_SFPU_##name:                                    \
        return map3(first, second, third, out, count, width, \
                    [=](F a, F b, F c) __attribute__((always_inline)) { return expression; })
#define FAST(name)                                                                                               \
    case TSR_SFPU_##name:                                                                                        \
        static_assert(takes_integers(TSR_SFPU_##name), "an operation on floats needs the chip's own algorithm"); \
        break

template <Chip C>
void run_unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width);

template <Chip C, bool W>
void unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width) {
    const uint32_t p0 = params.p0, p1 = params.p1;
    const F f0 = as_float(I{} + static_cast<int32_t>(params.p0)), f1 = as_float(I{} + static_cast<int32_t>(params.p1)),
            f2 = as_float(I{} + static_cast<int32_t>(params.p2));
    const float s0 = f0[0];
    const ExpLine exp_line(s0);
    switch (static_cast<tsr_sfpu_unary_op>(op)) {
        KEPT(EXP, (exp_function<C, W>(x, f0, p1)));
        KEPT(EXP_CLAMPED, exp_clamped<C>(x, exp_line));
        KEPT(EXP2, (exp2_function<C, W>(x)));
        KEPT(EXPM1, (expm1_function<C, W>(x, p0)));
        KEPT(LOG, (log_function<C, W>(x, nullptr, p0)));
        KEPT(LOG_SCALED, (log_function<C, W>(x, &f0, p1)));
        KEPT(LOG1P, (log1p_function<C, W>(x, p0)));
        KEPT(TANH, (tanh_function<C, W>(x, p0)));
        KEPT(SIGMOID, (sigmoid_function<C, W>(x, p0)));
        KEPT(SILU, (silu_function<C, W>(x)));
        KEPT(GELU, gelu_function<C>(x, p0));
        KEPT(RECIP, (recip_function<C, W>(x, p0)));
        KEPT(SQRT, (square_root_function<C, W, false>(x, p0)));
        KEPT(RSQRT, (rsqrt_function<C, W>(x, p0, width)));
        KEPT(CBRT, (cbrt_function<C, W>(x)));
        UNARY(ABS, abs_float(x));
        UNARY(NEG, neg(x));
        UNARY(SIGN, sign_function(x));
        UNARY(SIGNBIT, one_where(lt0(x)));
        UNARY(SQUARE, mul<C>(x, x));
        KEPT(POWER, power_scalar_function<C>(x, s0));
        KEPT(POWER_ITERATIVE, power_iterative_function<C>(x, p0));
        UNARY(HEAVISIDE, heaviside_function(x, f0));
        KEPT(SOFTPLUS, softplus_function<C>(x, f0, f1, f2));
        KEPT(ELU, (elu_function<C, W>(x, f0)));
        KEPT(CELU, (celu_function<C, W>(x, f0, f1)));
        KEPT(SELU, (selu_function<C, W>(x, f0, f1)));
        KEPT(SOFTSIGN, softsign_function<C>(x, p0));
        UNARY(SOFTSHRINK, softshrink_function<C>(x, f0));
        UNARY(HARDSIGMOID, hardsigmoid_function<C>(x));
        KEPT(HARDMISH, hardmish_function<C>(x));
        UNARY(LEAKY_RELU, leaky_relu_function<C>(x, f0));
        UNARY(RELU_MAX, relu_max_function<C>(x, f0));
        UNARY(RELU_MIN, relu_min_function<C>(x, f0));
        UNARY(THRESHOLD, threshold_function<C>(x, f0, f1));
        UNARY(CLAMP, clamp_function(x, f0, f1, width));
        KEPT(SIN, sin_function<C>(x, p0));
        KEPT(COS, cos_function<C>(x, p0));
        KEPT(TAN, tan_function<C>(x, p0));
        KEPT(ASIN, asin_function<C>(x));
        KEPT(ACOS, acos_function<C>(x));
        KEPT(ATAN, (atan_function<C, W>(x)));
        KEPT(SINH, (sinh_function<C, W>(x)));
        KEPT(COSH, (cosh_function<C, W>(x)));
        KEPT(ASINH, asinh_function<C>(x, p0));
        KEPT(ACOSH, acosh_function<C>(x, p0));
        KEPT(ATANH, (atanh_function<C, W>(x, p0)));
        KEPT(ERF, erf_function<C>(x));
        KEPT(ERFC, erfc_function<C>(x));
        KEPT(ERFINV, erfinv_function<C>(x));
        KEPT(I0, i0_function<C>(x));
        KEPT(I1, i1_function<C>(x));
        KEPT(LGAMMA, lgamma_function<C>(x));
        KEPT(LGAMMA_STIRLING, (lgamma_stirling_function<C, W>(x)));
        KEPT(XIELU, (xielu_function<C, W>(x, f0, f1)));
        UNARY(ISINF, one_where(is_infinite(x)));
        UNARY(ISPOSINF, one_where(is_infinite(x) & gte0(x)));
        UNARY(ISNEGINF, one_where(is_infinite(x) & lt0(x)));
        UNARY(ISNAN, one_where(is_not_a_number(x)));
        UNARY(ISFINITE, one_where(exexp(x) != 128));
        UNARY(EQZ, one_where(eq0(x)));
        UNARY(NEZ, one_where(ne0(x)));
        UNARY(LTZ, one_where(lt0(x)));
        UNARY(GTZ, one_where(gt0(x)));
        UNARY(LEZ, one_where(lte0(x)));
        UNARY(GEZ, one_where(gte0(x)));
        UNARY(EQ_SCALAR, one_where(equal<C>(x, f0)));
        UNARY(NE_SCALAR, one_where(~equal<C>(x, f0)));
        UNARY(LT_SCALAR, one_where(less<C>(x, f0)));
        UNARY(GT_SCALAR, one_where(greater<C>(x, f0)));
        UNARY(LE_SCALAR, one_where(at_most<C>(x, f0)));
        UNARY(GE_SCALAR, one_where(at_least<C>(x, f0)));
        UNARY(FLOOR, integer_below<C>(x));
        UNARY(CEIL, ceil_function<C>(x));
        UNARY(TRUNC, integer_part(x));
        UNARY(FRAC, frac_function<C>(x));
        UNARY(ROUND, round_function<C>(x, f0, f1));
        UNARY(ADD_SCALAR, add<C>(x, f0));
        UNARY(SUB_SCALAR, sub<C>(x, f0));
        UNARY(MUL_SCALAR, mul<C>(x, f0));
        UNARY(RSUB_SCALAR, sub<C>(f0, x));
        KEPT(RDIV, (rdiv_function<C, W, Whole::No>(x, f0, p1)));
        KEPT(RDIV_TRUNC, (rdiv_function<C, W, Whole::Trunc>(x, f0, p1)));
        KEPT(RDIV_FLOOR, (rdiv_function<C, W, Whole::Floor>(x, f0, p1)));
        KEPT(RPOW, (power_function<C, W>(f0, x)));
        KEPT(FMOD_SCALAR, fmod_scalar_function<C>(x, f0, f1));
        KEPT(REMAINDER_SCALAR, remainder_scalar_function<C>(x, f0, f1));
        UNARY(MAX_SCALAR, swap_max(x, f0));
        UNARY(MIN_SCALAR, swap_min(x, f0));
        UNARY(IDENTITY, x);
        UNARY(FILL, ((void)x, f0));
        FAST(FILL_BITS);
        FAST(COPY_BITS);
        FAST(ABS_INT);
        FAST(NEG_INT);
        FAST(SIGNBIT_INT);
        FAST(CLAMP_INT);
        FAST(RELU_MAX_INT);
        FAST(MAX_SCALAR_INT);
        FAST(MIN_SCALAR_INT);
        FAST(MAX_SCALAR_UINT);
        FAST(MIN_SCALAR_UINT);
        FAST(EQ_SCALAR_INT);
        FAST(NE_SCALAR_INT);
        FAST(LT_SCALAR_INT);
        FAST(GT_SCALAR_INT);
        FAST(LE_SCALAR_INT);
        FAST(GE_SCALAR_INT);
        FAST(ADD_SCALAR_INT);
        FAST(SUB_SCALAR_INT);
        FAST(RSUB_SCALAR_INT);
        FAST(AND_SCALAR);
        FAST(OR_SCALAR);
        FAST(XOR_SCALAR);
        FAST(NOT);
        FAST(SHIFT_LEFT);
        FAST(SHIFT_RIGHT);
        UNARY(FLOAT_TO_UINT16, float_to_uint16_function(x));
        UNARY(FLOAT_TO_INT32, float_to_int32_function(x));
        UNARY(FLOAT_TO_UINT32, float_to_uint32_function(x));
        UNARY(INT32_TO_FLOAT, int32_to_float_function<C>(bits(x)));
        UNARY(UINT32_TO_FLOAT, uint32_to_float_function<C>(bits(x)));
        UNARY(INT32_TO_BF16, round_to_bf16(int32_to_float_function<C>(bits(x))));
        UNARY(UINT32_TO_BF16, round_to_bf16(uint32_to_float_function<C>(bits(x))));
        UNARY(FLOAT_TO_BF16, round_to_bf16_even(x));
        FAST(TO_UINT16);
        FAST(NUM_UNARY);
    }
    TESSERA_SFPU_FAST.unary(op, data, count, params, width);
}

template <Chip C, bool W>
void binary(uint32_t op, const uint32_t* lhs, const uint32_t* rhs, uint32_t* out, size_t count, SfpuParams params,
            SfpuWidth width) {
    const F zero_point = as_float(I{} + static_cast<int32_t>(params.p0));
    switch (static_cast<tsr_sfpu_binary_op>(op)) {
        BINARY(ADD, add<C>(a, b));
        BINARY(SUB, sub<C>(a, b));
        BINARY(RSUB, sub<C>(b, a));
        BINARY(ADD_NEAREST, rounded_even<W>(add<C>(a, b)));
        BINARY(SUB_NEAREST, rounded_even<W>(sub<C>(a, b)));
        BINARY(RSUB_NEAREST, rounded_even<W>(sub<C>(b, a)));
        BINARY(MUL, (mul_function<C, W>(a, b)));
        BINARY(DIV, (div_function<C, W>(a, b)));
        BINARY(DIV_NO_NAN, (div_no_nan_function<C, W>(a, b)));
        BINARY(POW, (power_function<C, W>(a, b)));
        BINARY(XLOGY, xlogy_function<C>(a, b, width));
        BINARY(EQ, one_where(equal_function<C>(a, b)));
        BINARY(NE, one_where(~equal_function<C>(a, b)));
        BINARY(LT, one_where(less_function<C>(a, b)));
        BINARY(GT, one_where(less_function<C>(b, a)));
        BINARY(LE, one_where(at_least_function<C>(b, a)));
        BINARY(GE, one_where(at_least_function<C>(a, b)));
        BINARY(MAX, swap_max(a, b));
        BINARY(MIN, swap_min(a, b));
        BINARY(FMOD, (fmod_function<C, W>(a, b)));
        BINARY(REMAINDER, (remainder_function<C, W>(a, b)));
        BINARY(ATAN2, (atan2_function<C, W>(a, b, 0)));
        BINARY(LOGSIGMOID, logsigmoid_function<C>(a, b));
        BINARY(LGAMMA_STIRLING_FLOAT, (lgamma_stirling_float_function<C, W>(a, b)));
        BINARY(MASK, select(eq0(b), F{}, a));
        BINARY(MASK_POSINF, select(eq0(b), infinity(), a));
        FAST(MASK_INT);
        BINARY(QUANT, quant_function<C>(a, b, zero_point));
        FAST(COPY);
        FAST(MAX_INT);
        FAST(MIN_INT);
        FAST(MAX_UINT);
        FAST(MIN_UINT);
        FAST(ADD_INT);
        FAST(SUB_INT);
        FAST(RSUB_INT);
        FAST(MUL_INT);
        FAST(ADD_UINT16);
        FAST(SUB_UINT16);
        FAST(RSUB_UINT16);
        FAST(MUL_UINT16);
        FAST(AND);
        FAST(OR);
        FAST(XOR);
        FAST(SHIFT_LEFT_BY);
        FAST(SHIFT_RIGHT_BY);
        FAST(LOGICAL_SHIFT_RIGHT_BY);
        FAST(LT_INT);
        FAST(GT_INT);
        FAST(LE_INT);
        FAST(GE_INT);
        BINARY(DIV_INT, div_int_function<C>(bits(a), bits(b)));
        FAST(DIV_INT_FLOOR);
        FAST(DIV_INT_TRUNC);
        FAST(REMAINDER_INT);
        FAST(FMOD_INT);
        FAST(GCD);
        FAST(LCM);
        BINARY(REQUANT, requant_function<C>(bits(a), b, zero_point));
        BINARY(DEQUANT, dequant_function<C>(bits(a), b, zero_point));
        FAST(NUM_BINARY);
    }
    TESSERA_SFPU_FAST.binary(op, lhs, rhs, out, count, params, width);
}

template <Chip C, bool W>
void ternary(uint32_t op, const uint32_t* first, const uint32_t* second, const uint32_t* third, uint32_t* out,
             size_t count, SfpuParams params, SfpuWidth width) {
    const F f0 = as_float(I{} + static_cast<int32_t>(params.p0));
    switch (static_cast<tsr_sfpu_ternary_op>(op)) {
        TERNARY(WHERE, select(eq0(a), bits(c), bits(b)));
        TERNARY(ADDCMUL, (addcmul_function<C, W>(a, b, c, f0)));
        TERNARY(ADDCDIV, (addcdiv_function<C, W>(a, b, c, f0)));
        TERNARY(LERP, (lerp_function<C, W>(a, b, c)));
        TERNARY(LGAMMA_ADJUSTED, (lgamma_adjusted_function<C, W>(a, b, c)));
        FAST(NUM_TERNARY);
    }
    TESSERA_SFPU_FAST.ternary(op, first, second, third, out, count, params, width);
}

#undef UNARY
#undef KEPT
#undef BINARY
#undef TERNARY
#undef FAST

template <Chip C>
void run_unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width) {
    width == SfpuWidth::Dst32 ? unary<C, true>(op, data, count, params, width)
                              : unary<C, false>(op, data, count, params, width);
}
template <Chip C>
void run_binary(uint32_t op, const uint32_t* lhs, const uint32_t* rhs, uint32_t* out, size_t count, SfpuParams params,
                SfpuWidth width) {
    width == SfpuWidth::Dst32 ? binary<C, true>(op, lhs, rhs, out, count, params, width)
                              : binary<C, false>(op, lhs, rhs, out, count, params, width);
}
template <Chip C>
void run_ternary(uint32_t op, const uint32_t* first, const uint32_t* second, const uint32_t* third, uint32_t* out,
                 size_t count, SfpuParams params, SfpuWidth width) {
    width == SfpuWidth::Dst32 ? ternary<C, true>(op, first, second, third, out, count, params, width)
                              : ternary<C, false>(op, first, second, third, out, count, params, width);
}

}  // namespace

extern const SfpuTable TESSERA_SFPU_JOIN(sfpu_wormhole_, TESSERA_SFPU_LEVEL);
extern const SfpuTable TESSERA_SFPU_JOIN(sfpu_blackhole_, TESSERA_SFPU_LEVEL);
constexpr SfpuTable TESSERA_SFPU_JOIN(sfpu_wormhole_, TESSERA_SFPU_LEVEL){
    run_unary<Chip::Wormhole>, run_binary<Chip::Wormhole>, run_ternary<Chip::Wormhole>};
constexpr SfpuTable TESSERA_SFPU_JOIN(sfpu_blackhole_, TESSERA_SFPU_LEVEL){
    run_unary<Chip::Blackhole>, run_binary<Chip::Blackhole>, run_ternary<Chip::Blackhole>};

}  // namespace exact
}  // namespace tessera::tensix

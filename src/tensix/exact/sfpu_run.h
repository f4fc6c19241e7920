// Applies one operation of the vector unit to a span of DST data as the chip's kernel for it does: loads, computes on
// the primitives, stores. Included once for each instruction set; the includer defines TESSERA_SFPU_LEVEL, its name.
//
// Each operation has one row in the switches below. A row names the lane function: it gets the operands of 16 lanes and
// the parameters, and does every rounding that the chip's kernel writes down; the store then truncates to the width of
// DST, as the chip's store does. UNARY, BINARY and TERNARY store all lanes; a function that returns a Stored stores
// only the lanes of its mask. FAST rows are operations on integers and moved bits, where both modes give the same
// result. Inside a row: C is the chip, W says that DST holds 32 bits, f0 to f2 are the parameters as fp32 lanes, p0 to
// p2 as words.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/sfpu.h>

#include <tensix/exact/sfpu_primitives.h>

#include <tensix/exact/sfpu_functions_activation.h>
#include <tensix/exact/sfpu_functions_exp.h>
#include <tensix/exact/sfpu_functions_log.h>
#include <tensix/exact/sfpu_functions_roots.h>

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

template <class Fn>
void map1(uint32_t* data, size_t count, SfpuWidth width, Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        store_result(data + i, fn(load(data + i)), width);
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
#define BINARY(name, expression) \
    case TSR_SFPU_##name:        \
        return map2(lhs, rhs, out, count, width, [=](F a, F b) __attribute__((always_inline)) { return expression; })
#define TERNARY(name, expression)                            \
    case TSR_SFPU_##name:                                    \
        return map3(first, second, third, out, count, width, \
                    [=](F a, F b, F c) __attribute__((always_inline)) { return expression; })
#define FAST(name)        \
    case TSR_SFPU_##name: \
        break

template <Chip C, bool W>
void unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width) {
    const uint32_t p0 = params.p0, p1 = params.p1;
    const F f0 = as_float(I{} + static_cast<int32_t>(params.p0)), f1 = as_float(I{} + static_cast<int32_t>(params.p1)),
            f2 = as_float(I{} + static_cast<int32_t>(params.p2));
    const float s0 = f0[0];
    const ExpLine exp_line(s0);
    switch (static_cast<tsr_sfpu_unary_op>(op)) {
        UNARY(EXP, (exp_function<C, W>(x, f0, p1)));
        UNARY(EXP_CLAMPED, exp_clamped<C>(x, exp_line));
        UNARY(EXP2, (exp2_function<C, W>(x)));
        UNARY(EXPM1, (expm1_function<C, W>(x, p0)));
        UNARY(LOG, (log_function<C, W>(x, nullptr, p0)));
        UNARY(LOG_SCALED, (log_function<C, W>(x, &f0, p1)));
        UNARY(LOG1P, (log1p_function<C, W>(x, p0)));
        UNARY(TANH, (tanh_function<C, W>(x, p0)));
        UNARY(SIGMOID, (sigmoid_function<C, W>(x, p0)));
        UNARY(SILU, (silu_function<C, W>(x)));
        UNARY(GELU, gelu_function<C>(x, p0));
        UNARY(RECIP, (recip_function<C, W>(x, p0)));
        UNARY(SQRT, (square_root_function<C, W, false>(x, p0)));
        UNARY(RSQRT, (rsqrt_function<C, W>(x, p0, width)));
        UNARY(CBRT, (cbrt_function<C, W>(x)));
        FAST(ABS);
        FAST(NEG);
        FAST(SIGN);
        FAST(SIGNBIT);
        FAST(SQUARE);
        UNARY(POWER, power_scalar_function<C>(x, s0));
        UNARY(POWER_ITERATIVE, power_iterative_function<C>(x, p0));
        UNARY(HEAVISIDE, heaviside_function(x, f0));
        UNARY(SOFTPLUS, softplus_function<C>(x, f0, f1, f2));
        UNARY(ELU, (elu_function<C, W>(x, f0)));
        UNARY(CELU, (celu_function<C, W>(x, f0, f1)));
        UNARY(SELU, (selu_function<C, W>(x, f0, f1)));
        UNARY(SOFTSIGN, softsign_function<C>(x, p0));
        UNARY(SOFTSHRINK, softshrink_function<C>(x, f0));
        UNARY(HARDSIGMOID, hardsigmoid_function<C>(x));
        UNARY(HARDMISH, hardmish_function<C>(x));
        UNARY(LEAKY_RELU, leaky_relu_function<C>(x, f0));
        UNARY(RELU_MAX, relu_max_function<C>(x, f0));
        UNARY(RELU_MIN, relu_min_function<C>(x, f0));
        UNARY(THRESHOLD, threshold_function<C>(x, f0, f1));
        UNARY(CLAMP, clamp_function(x, f0, f1, width));
        FAST(SIN);
        FAST(COS);
        FAST(TAN);
        FAST(ASIN);
        FAST(ACOS);
        FAST(ATAN);
        FAST(SINH);
        FAST(COSH);
        FAST(ASINH);
        FAST(ACOSH);
        FAST(ATANH);
        FAST(ERF);
        FAST(ERFC);
        FAST(ERFINV);
        FAST(I0);
        FAST(I1);
        FAST(LGAMMA);
        FAST(LGAMMA_STIRLING);
        UNARY(XIELU, (xielu_function<C, W>(x, f0, f1)));
        FAST(ISINF);
        FAST(ISPOSINF);
        FAST(ISNEGINF);
        FAST(ISNAN);
        FAST(ISFINITE);
        FAST(EQZ);
        FAST(NEZ);
        FAST(LTZ);
        FAST(GTZ);
        FAST(LEZ);
        FAST(GEZ);
        FAST(EQ_SCALAR);
        FAST(NE_SCALAR);
        FAST(LT_SCALAR);
        FAST(GT_SCALAR);
        FAST(LE_SCALAR);
        FAST(GE_SCALAR);
        FAST(FLOOR);
        FAST(CEIL);
        FAST(TRUNC);
        FAST(FRAC);
        FAST(ROUND);
        FAST(ADD_SCALAR);
        FAST(SUB_SCALAR);
        FAST(MUL_SCALAR);
        FAST(RSUB_SCALAR);
        UNARY(RDIV, (rdiv_function<C, W, Whole::No>(x, f0, p1)));
        UNARY(RDIV_TRUNC, (rdiv_function<C, W, Whole::Trunc>(x, f0, p1)));
        UNARY(RDIV_FLOOR, (rdiv_function<C, W, Whole::Floor>(x, f0, p1)));
        UNARY(RPOW, (power_function<C, W>(f0, x)));
        FAST(FMOD_SCALAR);
        FAST(REMAINDER_SCALAR);
        FAST(MAX_SCALAR);
        FAST(MIN_SCALAR);
        FAST(IDENTITY);
        FAST(FILL);
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
        FAST(FLOAT_TO_UINT16);
        FAST(FLOAT_TO_INT32);
        FAST(FLOAT_TO_UINT32);
        FAST(INT32_TO_FLOAT);
        FAST(UINT32_TO_FLOAT);
        FAST(INT32_TO_BF16);
        FAST(UINT32_TO_BF16);
        FAST(FLOAT_TO_BF16);
        FAST(TO_UINT16);
        FAST(NUM_UNARY);
    }
    TESSERA_SFPU_FAST.unary(op, data, count, params, width);
}

template <Chip C, bool W>
void binary(uint32_t op, const uint32_t* lhs, const uint32_t* rhs, uint32_t* out, size_t count, SfpuParams params,
            SfpuWidth width) {
    switch (static_cast<tsr_sfpu_binary_op>(op)) {
        FAST(ADD);
        FAST(SUB);
        FAST(RSUB);
        FAST(ADD_NEAREST);
        FAST(SUB_NEAREST);
        FAST(RSUB_NEAREST);
        FAST(MUL);
        BINARY(DIV, (div_function<C, W>(a, b)));
        BINARY(DIV_NO_NAN, (div_no_nan_function<C, W>(a, b)));
        BINARY(POW, (power_function<C, W>(a, b)));
        FAST(XLOGY);
        FAST(EQ);
        FAST(NE);
        FAST(LT);
        FAST(GT);
        FAST(LE);
        FAST(GE);
        FAST(MAX);
        FAST(MIN);
        FAST(FMOD);
        FAST(REMAINDER);
        FAST(ATAN2);
        BINARY(LOGSIGMOID, logsigmoid_function<C>(a, b));
        FAST(LGAMMA_STIRLING_FLOAT);
        FAST(MASK);
        FAST(MASK_POSINF);
        FAST(MASK_INT);
        FAST(QUANT);
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
        FAST(DIV_INT);
        FAST(DIV_INT_FLOOR);
        FAST(DIV_INT_TRUNC);
        FAST(REMAINDER_INT);
        FAST(FMOD_INT);
        FAST(GCD);
        FAST(LCM);
        FAST(REQUANT);
        FAST(DEQUANT);
        FAST(NUM_BINARY);
    }
    TESSERA_SFPU_FAST.binary(op, lhs, rhs, out, count, params, width);
}

template <Chip C, bool W>
void ternary(uint32_t op, const uint32_t* first, const uint32_t* second, const uint32_t* third, uint32_t* out,
             size_t count, SfpuParams params, SfpuWidth width) {
    switch (static_cast<tsr_sfpu_ternary_op>(op)) {
        FAST(WHERE);
        FAST(ADDCMUL);
        FAST(ADDCDIV);
        FAST(LERP);
        FAST(LGAMMA_ADJUSTED);
        FAST(NUM_TERNARY);
    }
    TESSERA_SFPU_FAST.ternary(op, first, second, third, out, count, params, width);
}

#undef UNARY
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

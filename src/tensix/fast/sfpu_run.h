// Applies one operation to a span of DST data: reads, narrows and stores as the operation's row in the interface's list
// says. Included once for each instruction set; the includer defines TESSERA_SFPU_TABLE, the name of its table.
#pragma once

#include <xmmintrin.h>

#include <tensix/fast/sfpu_bf16.h>
#include <tensix/fast/sfpu_math.h>
#include <tensix/sfpu.h>

namespace {

using tessera::tensix::SfpuParams;
using tessera::tensix::SfpuTable;
using tessera::tensix::SfpuWidth;

#define TESSERA_SFPU_INPUT(name, input, output) #input[0],
#define TESSERA_SFPU_OUTPUT(name, input, output) #output[0],
constexpr char UNARY_INPUT[] = {TSR_SFPU_UNARY_OPS(TESSERA_SFPU_INPUT)};
constexpr char UNARY_OUTPUT[] = {TSR_SFPU_UNARY_OPS(TESSERA_SFPU_OUTPUT)};
constexpr char BINARY_INPUT[] = {TSR_SFPU_BINARY_OPS(TESSERA_SFPU_INPUT) TSR_SFPU_MIXED_OPS(TESSERA_SFPU_INPUT)};
constexpr char BINARY_OUTPUT[] = {TSR_SFPU_BINARY_OPS(TESSERA_SFPU_OUTPUT) TSR_SFPU_MIXED_OPS(TESSERA_SFPU_OUTPUT)};
constexpr char TERNARY_INPUT[] = {TSR_SFPU_TERNARY_OPS(TESSERA_SFPU_INPUT)};
constexpr char TERNARY_OUTPUT[] = {TSR_SFPU_TERNARY_OPS(TESSERA_SFPU_OUTPUT)};
#undef TESSERA_SFPU_INPUT
#undef TESSERA_SFPU_OUTPUT

/// The chip has no denormals; the host's are switched off while an operation runs.
class FlushDenormals {
public:
    FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040); }
    ~FlushDenormals() { _mm_setcsr(saved_); }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

private:
    unsigned saved_;
};

template <class V>
LANE_FN V load(const uint32_t* p) {
    V v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
template <class V>
LANE_FN void store(uint32_t* p, V v) {
    std::memcpy(p, &v, sizeof v);
}
template <char INPUT>
LANE_FN auto read(const uint32_t* p) {
    if constexpr (INPUT == 'F') {
        return load<F>(p);
    } else {
        return load<I>(p);
    }
}
template <char OUTPUT, class V>
LANE_FN void write(uint32_t* p, V v, SfpuWidth width) {
    if constexpr (OUTPUT == 'I') {
        store(p, v);
    } else {
        F y = (F)v;
        if (width == SfpuWidth::Dst16) {
            y = OUTPUT == 'T' ? bf16_truncate(y) : OUTPUT == 'H' ? bf16_half_away(y) : bf16_nearest_even(y);
        } else if (width == SfpuWidth::Dst16Half) {
            y = fp16_truncate(y);
        }
        store(p, y);
    }
}

template <uint32_t OP, class Fn>
void map1(uint32_t* data, size_t count, SfpuWidth width, Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        write<UNARY_OUTPUT[OP]>(data + i, fn(read<UNARY_INPUT[OP]>(data + i)), width);
    }
}
template <uint32_t OP, class Fn>
void map2(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count, SfpuWidth width, Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        auto x = read<BINARY_INPUT[OP]>(a + i);
        auto y = read<BINARY_INPUT[OP]>(b + i);
        write<BINARY_OUTPUT[OP]>(out + i, fn(x, y), width);
    }
}
template <uint32_t OP, class Fn>
void map3(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count, SfpuWidth width,
          Fn fn) {
    for (size_t i = 0; i < count; i += LANES) {
        auto x = read<TERNARY_INPUT[OP]>(a + i);
        auto y = read<TERNARY_INPUT[OP]>(b + i);
        auto z = read<TERNARY_INPUT[OP]>(c + i);
        write<TERNARY_OUTPUT[OP]>(out + i, fn(x, y, z), width);
    }
}

#define UNARY(name, type, expression)                    \
    case TSR_SFPU_##name:                                \
        return map1<TSR_SFPU_##name>(data, count, width, \
                                     [=](type x) __attribute__((always_inline)) { return expression; })
#define BINARY(name, type, expression)                            \
    case TSR_SFPU_##name:                                         \
        return map2<TSR_SFPU_##name>(lhs, rhs, out, count, width, \
                                     [=](type a, type b) __attribute__((always_inline)) { return expression; })
#define TERNARY(name, type, expression)                                       \
    case TSR_SFPU_##name:                                                     \
        return map3<TSR_SFPU_##name>(first, second, third, out, count, width, \
                                     [=](type a, type b, type c)              \
                                         __attribute__((always_inline)) { return expression; })

/// One row of run_unary_bf16's table.
#define UNARY16(name, expression)                                                              \
    case TSR_SFPU_##name:                                                                      \
        map1<TSR_SFPU_##name>(data, count, SfpuWidth::Dst16,                                   \
                              [=](F x) __attribute__((always_inline)) { return expression; }); \
        return true

/// The functions that have a cheaper form when DST holds bf16; false: the operation has none.
bool run_unary_bf16(uint32_t op, uint32_t* data, size_t count, float p0) {
    const float scaled_log2e = p0 * bf16::LOG2_E;
    switch (op) {
        UNARY16(EXP, bf16::exp2(x * scaled_log2e));
        UNARY16(EXP_CLAMPED, (select(x * p0 < -88.5f, F{}, bf16::exp2(x * scaled_log2e))));
        UNARY16(EXP2, bf16::exp2(x));
        UNARY16(LOG, bf16::log(x));
        UNARY16(LOG_SCALED, bf16::log(x) * p0);
        UNARY16(TANH, bf16::tanh(x));
        UNARY16(SIGMOID, bf16::sigmoid(x));
        UNARY16(SILU, bf16::silu(x));
        UNARY16(GELU, bf16::gelu(x));
        default:
            return false;
    }
}
#undef UNARY16

void run_unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width) {
    const FlushDenormals flush;
    if (width == SfpuWidth::Dst16 && run_unary_bf16(op, data, count, std::bit_cast<float>(params.p0))) {
        return;
    }
    const float p0 = std::bit_cast<float>(params.p0), p1 = std::bit_cast<float>(params.p1),
                p2 = std::bit_cast<float>(params.p2);
    const F f0 = splat(p0), f1 = splat(p1);
    const int32_t n0 = static_cast<int32_t>(params.p0), n1 = static_cast<int32_t>(params.p1);
    const I i0 = I{} + n0;
    switch (op) {
        UNARY(EXP, F, exp(x * p0));
        UNARY(EXP_CLAMPED, F, (select(x * p0 < -88.5f, F{}, exp(x * p0))));
        UNARY(EXP2, F, exp2(x));
        UNARY(EXPM1, F, expm1(x));
        UNARY(LOG, F, log(x));
        UNARY(LOG_SCALED, F, log(x) * p0);
        UNARY(LOG1P, F, log1p(x));
        UNARY(TANH, F, tanh(x));
        UNARY(SIGMOID, F, sigmoid(x));
        UNARY(SILU, F, silu(x));
        UNARY(GELU, F, gelu(x));
        UNARY(RECIP, F, 1.0f / x);
        UNARY(SQRT, F, sqrt(x));
        UNARY(RSQRT, F, 1.0f / sqrt(x));
        UNARY(CBRT, F, cbrt(x));
        UNARY(ABS, F, abs(x));
        UNARY(NEG, F, as_float(bits(x) ^ INT32_MIN));
        UNARY(SIGN, F, (select((x == 0.0f) | is_nan(x), x, copysign(splat(1.0f), x))));
        UNARY(SIGNBIT, F, one_if(x < 0.0f));
        UNARY(SQUARE, F, x * x);
        UNARY(POWER, F, pow(x, f0));
        UNARY(POWER_ITERATIVE, F, power_iterative(x, params.p0));
        UNARY(HEAVISIDE, F, (select(x == 0.0f, f0, one_if(x > 0.0f))));
        UNARY(SOFTPLUS, F,
              (select(x * p0 < p2, p1 * select(x * p0 > 15.0f, x * p0 + exp(-(x * p0)), log1p(exp(x * p0))), x)));
        UNARY(ELU, F, (select(x < 0.0f, p0 * expm1(x), x)));
        UNARY(CELU, F, (select(x < 0.0f, p0 * expm1(x * p1), x)));
        UNARY(SELU, F, (select(x < 0.0f, expm1(x) * p1 * p0, x * p0)));
        UNARY(SOFTSIGN, F, (select(is_inf(x), copysign(splat(1.0f), x), x / (1.0f + abs(x)))));
        UNARY(SOFTSHRINK, F, (select(x > p0, x - p0, select(x < -p0, x + p0, F{}))));
        UNARY(HARDSIGMOID, F, min(max(x * 0.16666667f + 0.5f, F{}), splat(1.0f)));
        UNARY(HARDMISH, F, x * min(max(x + 2.8f, F{}), splat(5.0f)) * 0.2f);
        UNARY(LEAKY_RELU, F, (select(x < 0.0f, multiply(x, f0), x)));
        UNARY(RELU_MAX, F, max(select(x > p0, f0, x), F{}));
        UNARY(RELU_MIN, F, (select(x < p0, f0, x)));
        UNARY(THRESHOLD, F, (select(x > p0, x, f1)));
        UNARY(CLAMP, F, min_ordered(max_ordered(x, f0), f1));
        UNARY(SIN, F, sincos(x).sin);
        UNARY(COS, F, sincos(x).cos);
        UNARY(TAN, F, sincos(x).sin / sincos(x).cos);
        UNARY(ASIN, F, asin(x));
        UNARY(ACOS, F, acos(x));
        UNARY(ATAN, F, atan(x));
        UNARY(SINH, F, sinh(x));
        UNARY(COSH, F, cosh(x));
        UNARY(ASINH, F, asinh(x));
        UNARY(ACOSH, F, acosh(x));
        UNARY(ATANH, F, atanh(x));
        UNARY(ERF, F, erf(x));
        UNARY(ERFC, F, erfc(x));
        UNARY(ERFINV, F, erfinv(x));
        UNARY(I0, F, bessel_i<0>(x));
        UNARY(I1, F, bessel_i<1>(x));
        UNARY(LGAMMA, F, lgamma(x));
        UNARY(LGAMMA_STIRLING, F, lgamma_stirling(x));
        UNARY(XIELU, F, xielu(x, f0, f1));
        UNARY(ISINF, F, one_if(is_inf(x)));
        UNARY(ISPOSINF, F, one_if(bits(x) == 0x7f800000));
        UNARY(ISNEGINF, F, one_if(is_inf(x) & (bits(x) < 0)));
        UNARY(ISNAN, F, one_if(is_nan(x)));
        UNARY(ISFINITE, F, one_if((bits(x) & 0x7f800000) != 0x7f800000));
        UNARY(EQZ, F, one_if(x == 0.0f));
        UNARY(NEZ, F, one_if(~(x == 0.0f)));
        UNARY(LTZ, F, one_if(x < 0.0f));
        UNARY(GTZ, F, one_if(x > 0.0f));
        UNARY(LEZ, F, one_if(x <= 0.0f));
        UNARY(GEZ, F, one_if(x >= 0.0f));
        UNARY(EQ_SCALAR, F, one_if(x == p0));
        UNARY(NE_SCALAR, F, one_if(~(x == p0)));
        UNARY(LT_SCALAR, F, one_if(x < p0));
        UNARY(GT_SCALAR, F, one_if(x > p0));
        UNARY(LE_SCALAR, F, one_if(x <= p0));
        UNARY(GE_SCALAR, F, one_if(x >= p0));
        UNARY(FLOOR, F, floor(x));
        UNARY(CEIL, F, ceil(x));
        UNARY(TRUNC, F, trunc(x));
        UNARY(FRAC, F, x - trunc(x));
        UNARY(ROUND, F, p1 * round_even(x * p0));
        UNARY(ADD_SCALAR, F, x + p0);
        UNARY(SUB_SCALAR, F, x - p0);
        UNARY(MUL_SCALAR, F, multiply(x, f0));
        UNARY(RSUB_SCALAR, F, p0 - x);
        UNARY(RDIV, F, p0 / x);
        UNARY(RDIV_TRUNC, F, trunc(p0 / x));
        UNARY(RDIV_FLOOR, F, floor(p0 / x));
        UNARY(RPOW, F, pow(f0, x));
        UNARY(FMOD_SCALAR, F, fmod(x, f0));
        UNARY(REMAINDER_SCALAR, F, remainder(x, f0));
        UNARY(MAX_SCALAR, F, max_ordered(x, f0));
        UNARY(MIN_SCALAR, F, min_ordered(x, f0));
        UNARY(IDENTITY, F, x);
        UNARY(FILL, F, ((void)x, f0));
        UNARY(FILL_BITS, I, ((void)x, i0));
        UNARY(COPY_BITS, I, x);
        UNARY(ABS_INT, I, (select(x < 0, -x, x)));
        UNARY(NEG_INT, I, -x);
        UNARY(SIGNBIT_INT, I, (x >> 31) & 1);
        UNARY(CLAMP_INT, I, (select(select(x < n0, i0, x) > n1, I{} + n1, select(x < n0, i0, x))));
        UNARY(RELU_MAX_INT, I, (select(select(x > n0, i0, x) < 0, I{}, select(x > n0, i0, x))));
        UNARY(MAX_SCALAR_INT, I, (select(x < n0, i0, x)));
        UNARY(MIN_SCALAR_INT, I, (select(x > n0, i0, x)));
        UNARY(MAX_SCALAR_UINT, I, (select(unsigned_less(x, i0), i0, x)));
        UNARY(MIN_SCALAR_UINT, I, (select(unsigned_less(i0, x), i0, x)));
        UNARY(EQ_SCALAR_INT, I, (x == n0) & 1);
        UNARY(NE_SCALAR_INT, I, (x != n0) & 1);
        UNARY(LT_SCALAR_INT, I, (x < n0) & 1);
        UNARY(GT_SCALAR_INT, I, (x > n0) & 1);
        UNARY(LE_SCALAR_INT, I, (x <= n0) & 1);
        UNARY(GE_SCALAR_INT, I, (x >= n0) & 1);
        UNARY(ADD_SCALAR_INT, I, (I)((U)x + (U)i0));
        UNARY(SUB_SCALAR_INT, I, (I)((U)x - (U)i0));
        UNARY(RSUB_SCALAR_INT, I, (I)((U)i0 - (U)x));
        UNARY(AND_SCALAR, I, x & n0);
        UNARY(OR_SCALAR, I, x | n0);
        UNARY(XOR_SCALAR, I, x ^ n0);
        UNARY(NOT, I, ~x);
        UNARY(SHIFT_LEFT, I, (I)((U)x << (params.p0 & 31)) & (params.p0 < 32 ? -1 : 0));
        UNARY(SHIFT_RIGHT, I, x >> static_cast<int32_t>(params.p0 < 32 ? params.p0 : 31));
        UNARY(FLOAT_TO_UINT16, F, float_to_uint16(x));
        UNARY(FLOAT_TO_INT32, F, float_to_int32(x));
        UNARY(FLOAT_TO_UINT32, F, float_to_uint32(x));
        UNARY(INT32_TO_FLOAT, I, to_float(x));
        UNARY(UINT32_TO_FLOAT, I, uint_to_float(x));
        UNARY(INT32_TO_BF16, I, bf16_half_away(to_float(x)));
        UNARY(UINT32_TO_BF16, I, bf16_half_away(uint_to_float(x)));
        UNARY(FLOAT_TO_BF16, F, bf16_half_away(x));
        UNARY(TO_UINT16, I, (select(x < 0, I{}, select(x > 65535, I{} + 65535, x))));
    }
}

void run_binary(uint32_t op, const uint32_t* lhs, const uint32_t* rhs, uint32_t* out, size_t count, SfpuParams params,
                SfpuWidth width) {
    const FlushDenormals flush;
    const float zero_point = std::bit_cast<float>(params.p0);
    const double wide_zero_point = zero_point;
    switch (op) {
        BINARY(ADD, F, a + b);
        BINARY(SUB, F, a - b);
        BINARY(RSUB, F, b - a);
        BINARY(ADD_NEAREST, F, a + b);
        BINARY(SUB_NEAREST, F, a - b);
        BINARY(RSUB_NEAREST, F, b - a);
        BINARY(MUL, F, multiply(a, b));
        BINARY(DIV, F, a / b);
        BINARY(DIV_NO_NAN, F, (select(b == 0.0f, F{}, a / b)));
        BINARY(POW, F, pow(a, b));
        BINARY(XLOGY, F, (select((a == 0.0f) & ~is_nan(b) & (b >= 0.0f), F{}, a * log(b))));
        BINARY(EQ, F, one_if(a == b));
        BINARY(NE, F, one_if(~(a == b)));
        BINARY(LT, F, one_if(a < b));
        BINARY(GT, F, one_if(a > b));
        BINARY(LE, F, one_if(a <= b));
        BINARY(GE, F, one_if(a >= b));
        BINARY(MAX, F, max_ordered(a, b));
        BINARY(MIN, F, min_ordered(a, b));
        BINARY(FMOD, F, fmod(a, b));
        BINARY(REMAINDER, F, remainder(a, b));
        BINARY(ATAN2, F, atan2(a, b));
        BINARY(LOGSIGMOID, F, (select(a < -20.0f, a, -log1p(b))));
        BINARY(LGAMMA_STIRLING_FLOAT, F, ((void)b, lgamma_stirling(a)));
        BINARY(MASK, F, (select(b == 0.0f, F{}, a)));
        BINARY(MASK_POSINF, F, (select(b == 0.0f, inf_lanes(), a)));
        BINARY(MASK_INT, I, (select(b == 0, I{}, a)));
        BINARY(QUANT, F, to_int8_range(narrow(widen(a) * widen(b) + wide_zero_point)));
        BINARY(COPY, I, ((void)b, a));
        BINARY(MAX_INT, I, (select(a < b, b, a)));
        BINARY(MIN_INT, I, (select(b < a, b, a)));
        BINARY(MAX_UINT, I, (select(unsigned_less(a, b), b, a)));
        BINARY(MIN_UINT, I, (select(unsigned_less(b, a), b, a)));
        BINARY(ADD_INT, I, (I)((U)a + (U)b));
        BINARY(SUB_INT, I, (I)((U)a - (U)b));
        BINARY(RSUB_INT, I, (I)((U)b - (U)a));
        BINARY(MUL_INT, I, (I)((U)a * (U)b));
        BINARY(ADD_UINT16, I, (I)((U)a + (U)b) & 0xffff);
        BINARY(SUB_UINT16, I, (I)((U)a - (U)b) & 0xffff);
        BINARY(RSUB_UINT16, I, (I)((U)b - (U)a) & 0xffff);
        BINARY(MUL_UINT16, I, (I)((U)a * (U)b) & 0xffff);
        BINARY(AND, I, a & b);
        BINARY(OR, I, a | b);
        BINARY(XOR, I, a ^ b);
        BINARY(SHIFT_LEFT_BY, I, (I)((U)a << (U)(b & 31)) & in_shift_range(b));
        BINARY(SHIFT_RIGHT_BY, I, (a >> (b & 31)) & in_shift_range(b));
        BINARY(LOGICAL_SHIFT_RIGHT_BY, I, (I)((U)a >> (U)(b & 31)) & in_shift_range(b));
        BINARY(LT_INT, I, (a < b) & 1);
        BINARY(GT_INT, I, (a > b) & 1);
        BINARY(LE_INT, I, (a <= b) & 1);
        BINARY(GE_INT, I, (a >= b) & 1);
        BINARY(DIV_INT, I, narrow(__builtin_convertvector(a, D) / __builtin_convertvector(b, D)));
        BINARY(DIV_INT_FLOOR, I, divide_floor(a, b));
        BINARY(DIV_INT_TRUNC, I, divide_trunc(a, b));
        BINARY(REMAINDER_INT, I, remainder_int(a, b));
        BINARY(FMOD_INT, I, fmod_int(a, b));
        BINARY(GCD, I, gcd(a, b));
        BINARY(LCM, I, lcm(a, b));
        BINARY(REQUANT, I, to_int8_range(narrow(widen(to_float(a)) * widen(as_float(b)) + wide_zero_point)));
        BINARY(DEQUANT, I, (to_float(a) + zero_point) * as_float(b));
    }
}

void run_ternary(uint32_t op, const uint32_t* first, const uint32_t* second, const uint32_t* third, uint32_t* out,
                 size_t count, SfpuParams params, SfpuWidth width) {
    const FlushDenormals flush;
    const float p0 = std::bit_cast<float>(params.p0);
    switch (op) {
        TERNARY(WHERE, I, (select((a & 0x7fffffff) != 0, b, c)));
        TERNARY(ADDCMUL, F, a + p0 * b * c);
        TERNARY(ADDCDIV, F, a + p0 * b / c);
        TERNARY(LERP, F, a + c * (b - a));
        TERNARY(LGAMMA_ADJUSTED, F, (select(c < 0.5f, (1.14472988585f - b) - a, a)));
    }
}

#undef UNARY
#undef BINARY
#undef TERNARY

}  // namespace

namespace tessera::tensix {
extern const SfpuTable TESSERA_SFPU_TABLE;
const SfpuTable TESSERA_SFPU_TABLE = {run_unary, run_binary, run_ternary};
}  // namespace tessera::tensix

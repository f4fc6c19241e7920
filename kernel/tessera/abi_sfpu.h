// The vector unit's part of the interface between a compiled kernel and the simulated device: what each operation is
// called, how it reads and writes DST, and the entry points that kernel headers call and src/sim implements.
//
// An operation is listed as X(NAME, INPUT, OUTPUT).
//   INPUT   F  fp32 values
//           I  the 32 bits as they lie in DST (two's complement integers, or bits that are only moved)
//   OUTPUT  how a result narrows when DST is 16-bit, as the chip's own kernel for the operation does:
//           T  truncated, which is what a plain store does
//           H  rounded to nearest, ties away from zero; NaN becomes infinity
//           E  rounded to nearest even
//           I  the 32 bits as they are
#pragma once

#include <stdint.h>

// clang-format off: the lists are columns
// p0, p1, p2 are the 32-bit parameters of tsr_sfpu_unary: fp32 bits for F operations, integers for I operations. Where a
// row says flags, the parameter is TSR_SFPU_APPROX and its like: which of the chip's algorithms a kernel has asked for.
// The fast mode computes the accurate function for all of them.
#define TSR_SFPU_UNARY_OPS(X)                                                                                        \
    X(EXP, F, H)            /* e^(x*p0); p1: flags */                                                                \
    X(EXP_CLAMPED, F, T)    /* the fast mode: as EXP, and inputs below -88.5 give 0 */                               \
    X(EXP2, F, H)                                                                                                    \
    X(EXPM1, F, H)          /* p0: flags */                                                                          \
    X(LOG, F, H)            /* p0: flags */                                                                          \
    X(LOG_SCALED, F, H)     /* ln(x) * p0; p1: flags */                                                              \
    X(LOG1P, F, H)          /* p0: flags */                                                                          \
    X(TANH, F, H)           /* p0: flags */                                                                          \
    X(SIGMOID, F, H)        /* p0: flags */                                                                          \
    X(SILU, F, H)                                                                                                    \
    X(GELU, F, T)           /* p0: flags */                                                                          \
    X(RECIP, F, H)          /* p0: flags */                                                                          \
    X(SQRT, F, H)           /* p0: flags */                                                                          \
    X(RSQRT, F, H)          /* p0: flags */                                                                          \
    X(CBRT, F, T)                                                                                                    \
    X(ABS, F, T)                                                                                                     \
    X(NEG, F, T)                                                                                                     \
    X(SIGN, F, T)                                                                                                    \
    X(SIGNBIT, F, T)        /* 1 for negative values, else 0 */                                                      \
    X(SQUARE, F, T)                                                                                                  \
    X(POWER, F, H)          /* x^p0 */                                                                               \
    X(POWER_ITERATIVE, F, T) /* x^p0 for an integer p0 >= 0, by repeated multiplication */                           \
    X(HEAVISIDE, F, T)      /* 0, 1, or p0 at zero */                                                                \
    X(SOFTPLUS, F, T)       /* p1 * ln(1 + e^(p0 x)) where p0 x < p2, else x */                                      \
    X(ELU, F, H)            /* p0 (e^x - 1) for x < 0 */                                                             \
    X(CELU, F, H)           /* p0 (e^(p1 x) - 1) for x < 0 */                                                        \
    X(SELU, F, H)           /* p0 x, or p0 p1 (e^x - 1) for x < 0 */                                                 \
    X(SOFTSIGN, F, T)       /* p0: flags */                                                                          \
    X(SOFTSHRINK, F, T)     /* towards zero by p0 */                                                                 \
    X(HARDSIGMOID, F, T)                                                                                             \
    X(HARDMISH, F, T)                                                                                                \
    X(LEAKY_RELU, F, T)     /* p0 x for x < 0 */                                                                     \
    X(RELU_MAX, F, T)       /* max(min(x, p0), 0) */                                                                 \
    X(RELU_MIN, F, T)       /* max(x, p0) */                                                                         \
    X(THRESHOLD, F, T)      /* x if x > p0, else p1 */                                                               \
    X(CLAMP, F, T)          /* min(max(x, p0), p1) */                                                                \
    X(SIN, F, T)            /* p0: flags */                                                                          \
    X(COS, F, T)            /* p0: flags */                                                                          \
    X(TAN, F, T)            /* p0: flags */                                                                          \
    X(ASIN, F, T)                                                                                                    \
    X(ACOS, F, T)                                                                                                    \
    X(ATAN, F, H)                                                                                                    \
    X(SINH, F, H)                                                                                                    \
    X(COSH, F, H)                                                                                                    \
    X(ASINH, F, T)          /* p0: flags */                                                                          \
    X(ACOSH, F, T)          /* p0: flags */                                                                          \
    X(ATANH, F, H)          /* p0: flags */                                                                          \
    X(ERF, F, T)                                                                                                     \
    X(ERFC, F, T)                                                                                                    \
    X(ERFINV, F, T)                                                                                                  \
    X(I0, F, T)                                                                                                      \
    X(I1, F, T)                                                                                                      \
    X(LGAMMA, F, T)                                                                                                  \
    X(LGAMMA_STIRLING, F, T) /* lgamma(z), z = 1 - x for x < 0.5, else x */                                          \
    X(XIELU, F, H)          /* p0 x^2 + x/2, or p1 (e^x - 1 - x) + x/2 for x <= 0 */                                 \
    X(ISINF, F, T)                                                                                                   \
    X(ISPOSINF, F, T)                                                                                                \
    X(ISNEGINF, F, T)                                                                                                \
    X(ISNAN, F, T)                                                                                                   \
    X(ISFINITE, F, T)                                                                                                \
    X(EQZ, F, T)                                                                                                     \
    X(NEZ, F, T)                                                                                                     \
    X(LTZ, F, T)                                                                                                     \
    X(GTZ, F, T)                                                                                                     \
    X(LEZ, F, T)                                                                                                     \
    X(GEZ, F, T)                                                                                                     \
    X(EQ_SCALAR, F, T)      /* 1 or 0: x == p0, and so on */                                                         \
    X(NE_SCALAR, F, T)                                                                                               \
    X(LT_SCALAR, F, T)                                                                                               \
    X(GT_SCALAR, F, T)                                                                                               \
    X(LE_SCALAR, F, T)                                                                                               \
    X(GE_SCALAR, F, T)                                                                                               \
    X(FLOOR, F, T)                                                                                                   \
    X(CEIL, F, T)                                                                                                    \
    X(TRUNC, F, T)                                                                                                   \
    X(FRAC, F, T)           /* x - trunc(x) */                                                                       \
    X(ROUND, F, T)          /* to multiples of p1, p0 = 1 / p1; ties to even */                                      \
    X(ADD_SCALAR, F, T)                                                                                              \
    X(SUB_SCALAR, F, T)                                                                                              \
    X(MUL_SCALAR, F, T)                                                                                              \
    X(RSUB_SCALAR, F, T)    /* p0 - x */                                                                             \
    X(RDIV, F, T)           /* p0 / x; p1: flags */                                                                  \
    X(RDIV_TRUNC, F, T)     /* p1: flags */                                                                          \
    X(RDIV_FLOOR, F, T)     /* p1: flags */                                                                          \
    X(RPOW, F, H)           /* p0^x */                                                                               \
    X(FMOD_SCALAR, F, T)    /* remainder of x / p0 with the sign of x; p1: 1 / p0 */                                 \
    X(REMAINDER_SCALAR, F, T) /* remainder of x / p0 with the sign of p0; p1: 1 / p0 */                              \
    X(MAX_SCALAR, F, T)                                                                                              \
    X(MIN_SCALAR, F, T)                                                                                              \
    X(IDENTITY, F, T)                                                                                                \
    X(FILL, F, T)           /* p0 */                                                                                 \
    X(FILL_BITS, I, I)                                                                                               \
    X(COPY_BITS, I, I)                                                                                               \
    X(ABS_INT, I, I)                                                                                                 \
    X(NEG_INT, I, I)                                                                                                 \
    X(SIGNBIT_INT, I, I)                                                                                             \
    X(CLAMP_INT, I, I)                                                                                               \
    X(RELU_MAX_INT, I, I)                                                                                            \
    X(MAX_SCALAR_INT, I, I)                                                                                          \
    X(MIN_SCALAR_INT, I, I)                                                                                          \
    X(MAX_SCALAR_UINT, I, I)                                                                                         \
    X(MIN_SCALAR_UINT, I, I)                                                                                         \
    X(EQ_SCALAR_INT, I, I)  /* integer 1 or 0 */                                                                     \
    X(NE_SCALAR_INT, I, I)                                                                                           \
    X(LT_SCALAR_INT, I, I)                                                                                           \
    X(GT_SCALAR_INT, I, I)                                                                                           \
    X(LE_SCALAR_INT, I, I)                                                                                           \
    X(GE_SCALAR_INT, I, I)                                                                                           \
    X(ADD_SCALAR_INT, I, I)                                                                                          \
    X(SUB_SCALAR_INT, I, I)                                                                                          \
    X(RSUB_SCALAR_INT, I, I)                                                                                         \
    X(AND_SCALAR, I, I)                                                                                              \
    X(OR_SCALAR, I, I)                                                                                               \
    X(XOR_SCALAR, I, I)                                                                                              \
    X(NOT, I, I)                                                                                                     \
    X(SHIFT_LEFT, I, I)                                                                                              \
    X(SHIFT_RIGHT, I, I)    /* arithmetic */                                                                         \
    X(FLOAT_TO_UINT16, F, I) /* nearest, ties away, clamped to 0..65535 */                                           \
    X(FLOAT_TO_INT32, F, I) /* towards zero, clamped */                                                              \
    X(FLOAT_TO_UINT32, F, I)                                                                                         \
    X(INT32_TO_FLOAT, I, T)                                                                                          \
    X(UINT32_TO_FLOAT, I, T)                                                                                         \
    X(INT32_TO_BF16, I, H)  /* rounded to bf16 also when DST is 32-bit */                                            \
    X(UINT32_TO_BF16, I, H)                                                                                          \
    X(FLOAT_TO_BF16, F, H)                                                                                           \
    X(TO_UINT16, I, I)      /* the low half of an integer, negative numbers 0, large ones 65535 */

#define TSR_SFPU_BINARY_OPS(X)                                                                                       \
    X(ADD, F, T)                                                                                                     \
    X(SUB, F, T)                                                                                                     \
    X(RSUB, F, T)           /* b - a */                                                                              \
    X(ADD_NEAREST, F, E)                                                                                             \
    X(SUB_NEAREST, F, E)                                                                                             \
    X(RSUB_NEAREST, F, E)                                                                                            \
    X(MUL, F, E)                                                                                                     \
    X(DIV, F, E)                                                                                                     \
    X(DIV_NO_NAN, F, E)     /* 0 where b is 0 */                                                                     \
    X(POW, F, H)                                                                                                     \
    X(XLOGY, F, T)          /* a ln(b) */                                                                            \
    X(EQ, F, T)                                                                                                      \
    X(NE, F, T)                                                                                                      \
    X(LT, F, T)                                                                                                      \
    X(GT, F, T)                                                                                                      \
    X(LE, F, T)                                                                                                      \
    X(GE, F, T)                                                                                                      \
    X(MAX, F, T)            /* in the order of the bits: -NaN < -inf < ... < -0 < 0 < ... < inf < NaN */             \
    X(MIN, F, T)                                                                                                     \
    X(FMOD, F, T)                                                                                                    \
    X(REMAINDER, F, T)                                                                                               \
    X(ATAN2, F, T)          /* atan2(a, b) */                                                                        \
    X(LOGSIGMOID, F, T)     /* -ln(1 + b), b = e^-a */                                                               \
    X(LGAMMA_STIRLING_FLOAT, F, T) /* lgamma(z) as LGAMMA_STIRLING, b = ln z */                                      \
    X(MASK, F, T)           /* a, or 0 where b is 0 */                                                               \
    X(MASK_POSINF, F, T)    /* a, or infinity where b is 0 */                                                        \
    X(MASK_INT, I, I)                                                                                                \
    X(QUANT, F, I)          /* round(a b + zero point), clamped to -127..127 */                                      \
    X(COPY, I, I)           /* a */                                                                                  \
    X(MAX_INT, I, I)                                                                                                 \
    X(MIN_INT, I, I)                                                                                                 \
    X(MAX_UINT, I, I)                                                                                                \
    X(MIN_UINT, I, I)                                                                                                \
    X(ADD_INT, I, I)                                                                                                 \
    X(SUB_INT, I, I)                                                                                                 \
    X(RSUB_INT, I, I)                                                                                                \
    X(MUL_INT, I, I)                                                                                                 \
    X(ADD_UINT16, I, I)                                                                                              \
    X(SUB_UINT16, I, I)                                                                                              \
    X(RSUB_UINT16, I, I)                                                                                             \
    X(MUL_UINT16, I, I)                                                                                              \
    X(AND, I, I)                                                                                                     \
    X(OR, I, I)                                                                                                      \
    X(XOR, I, I)                                                                                                     \
    X(SHIFT_LEFT_BY, I, I)  /* 0 where b is not in 0..31 */                                                          \
    X(SHIFT_RIGHT_BY, I, I) /* arithmetic */                                                                         \
    X(LOGICAL_SHIFT_RIGHT_BY, I, I)                                                                                  \
    X(LT_INT, I, I)                                                                                                  \
    X(GT_INT, I, I)                                                                                                  \
    X(LE_INT, I, I)                                                                                                  \
    X(GE_INT, I, I)                                                                                                  \
    X(DIV_INT, I, T)        /* the quotient of two integers as fp32 */                                               \
    X(DIV_INT_FLOOR, I, I)                                                                                           \
    X(DIV_INT_TRUNC, I, I)                                                                                           \
    X(REMAINDER_INT, I, I)                                                                                           \
    X(FMOD_INT, I, I)                                                                                                \
    X(GCD, I, I)                                                                                                     \
    X(LCM, I, I)

// REQUANT and DEQUANT read an integer tile and an fp32 tile, so they have a list of their own.
#define TSR_SFPU_MIXED_OPS(X)                                                                                        \
    X(REQUANT, I, I) /* round(a b + zero point), a an integer, clamped to -127..127 */                               \
    X(DEQUANT, I, T) /* (a + zero point) b, a an integer */

#define TSR_SFPU_TERNARY_OPS(X)                                                                                      \
    X(WHERE, I, I)          /* b where a is not 0, else c; -0 is 0 in the fast mode only */                          \
    X(ADDCMUL, F, H)  /* a + p0 b c */                                                                               \
    X(ADDCDIV, F, H)  /* a + p0 b / c */                                                                             \
    X(LERP, F, H)     /* a + c (b - a) */                                                                            \
    X(LGAMMA_ADJUSTED, F, T) /* a, or ln(pi) - b - a where c < 0.5 */

// clang-format on

#define TSR_SFPU_ENUMERATOR(name, input, output) TSR_SFPU_##name,
enum tsr_sfpu_unary_op { TSR_SFPU_UNARY_OPS(TSR_SFPU_ENUMERATOR) TSR_SFPU_NUM_UNARY };
enum tsr_sfpu_binary_op {
    TSR_SFPU_BINARY_OPS(TSR_SFPU_ENUMERATOR) TSR_SFPU_MIXED_OPS(TSR_SFPU_ENUMERATOR) TSR_SFPU_NUM_BINARY
};
enum tsr_sfpu_ternary_op { TSR_SFPU_TERNARY_OPS(TSR_SFPU_ENUMERATOR) TSR_SFPU_NUM_TERNARY };
#undef TSR_SFPU_ENUMERATOR

// Which faces of a tile an operation covers; the values are VectorMode's. Bits 8 and up: iterations a face (each is two
// rows of 16 values), 0 for all eight.
enum { TSR_FACES_NONE = 0, TSR_FACES_R = 1, TSR_FACES_C = 2, TSR_FACES_RC = 4 };

// For which function an init has loaded the vector unit's constants. PLAIN: for those that need none; ANY: for all.
enum {
    TSR_SFPU_SETUP_PLAIN,
    TSR_SFPU_SETUP_EXP,
    TSR_SFPU_SETUP_EXP2,
    TSR_SFPU_SETUP_EXPM1,
    TSR_SFPU_SETUP_RECIP,
    TSR_SFPU_SETUP_SQRT,
    TSR_SFPU_SETUP_RSQRT,
    TSR_SFPU_SETUP_GELU,
    TSR_SFPU_SETUP_LOG,
    TSR_SFPU_SETUP_LOG1P,
    TSR_SFPU_SETUP_SIGMOID,
    TSR_SFPU_SETUP_TANH,
    TSR_SFPU_SETUP_CBRT,
    TSR_SFPU_SETUP_ERFINV,
    TSR_SFPU_SETUP_DIV,
    TSR_SFPU_SETUP_POW,
    TSR_SFPU_SETUP_ANY
};

// Flags: approximate is the chip's cheaper algorithm; unchecked leaves out the handling of special values; legacy is
// the algorithm of the first generation; scaled says that EXP multiplies by p0 (else p0 is 1).
enum { TSR_SFPU_APPROX = 1, TSR_SFPU_UNCHECKED = 2, TSR_SFPU_LEGACY = 4, TSR_SFPU_SCALED = 8 };

#ifdef __cplusplus
extern "C" {
#endif

// An init function has run.
void tsr_init_sfpu(uint32_t setup);

// dst, dst0...: tile indices in the half of DST that the math thread holds.
void tsr_sfpu_unary(uint32_t op, uint32_t dst, uint32_t faces, uint32_t p0, uint32_t p1, uint32_t p2);
void tsr_sfpu_binary(uint32_t op, uint32_t dst0, uint32_t dst1, uint32_t out, uint32_t faces);
void tsr_sfpu_ternary(uint32_t op, uint32_t dst0, uint32_t dst1, uint32_t dst2, uint32_t out, uint32_t p0);

// Pseudo-random lanes: 32 linear feedback registers of 32 bits, started from seed.
void tsr_sfpu_seed(uint32_t seed);
void tsr_sfpu_dropout(uint32_t dst, uint32_t probability, uint32_t scale_bits);
void tsr_sfpu_rand(uint32_t dst, uint32_t from_bits, uint32_t scale_bits);
void tsr_sfpu_stochastic_round(uint32_t dst);
// x rounded to `decimals` decimal places, ties to even.
void tsr_sfpu_round(uint32_t dst, int32_t decimals);
// The factor (fp32 bits) of exp_tile's fast approximate mode, set by its init function.
void tsr_sfpu_set_exp_scale(uint32_t bits);
uint32_t tsr_sfpu_exp_scale(void);
// The zero point (fp32 bits) of QUANT, REQUANT and DEQUANT.
void tsr_sfpu_set_zero_point(uint32_t bits);

// Running sums down the 32 columns; first: start from zero, else from the last row of the call before.
void tsr_sfpu_cumsum(uint32_t dst, uint32_t first);
// Running products, lane by lane through each face and into the next one's first rows.
void tsr_sfpu_tiled_prod(uint32_t dst);
// (a, b) in neighbouring columns becomes (-b, a).
void tsr_sfpu_rotate90(uint32_t dst);
// Adds row i of tile dst to row index[i] of tile dst + 1; index: 32 bytes at L1 address table + 16, >= 32 skips the
// row.
void tsr_sfpu_reshuffle_rows(uint32_t dst, uint32_t table);

// Exponential moving average down the columns of tile dst into tile dst + 1.
void tsr_sfpu_ema_load(uint32_t alpha_bits, uint32_t beta_bits);
void tsr_sfpu_ema_clear(void);
void tsr_sfpu_ema(uint32_t dst);

// Welford's running mean and sum of squared differences, one of each a column.
void tsr_sfpu_welford_clear(void);
// reciprocals: fp32 bits of 1/(i+1) for i < count; NULL computes them.
void tsr_sfpu_welford_rows(uint32_t dst, uint32_t start_index, uint32_t start_row, uint32_t num_rows,
                           const uint32_t* reciprocals, uint32_t count);
void tsr_sfpu_welford_save(uint32_t dst, uint32_t group);
void tsr_sfpu_welford_restore(uint32_t dst, uint32_t group);
// row: mean and variance become row 0 of tiles dst and dst + 1; else they are stored as they lie in the registers.
void tsr_sfpu_welford_finalize(uint32_t dst, uint32_t group, uint32_t row, uint32_t scale_index,
                               const uint32_t* reciprocals, uint32_t count);

// The local sort, merge and rebuild of a bitonic top-k. Values in tiles dst and dst + 1, indices in dst + 2 and dst
// + 3.
void tsr_sfpu_topk_local_sort(uint32_t dst, uint32_t ascending, int32_t end_phase, int32_t start_phase,
                              int32_t end_step, int32_t start_step, uint32_t stable);
void tsr_sfpu_topk_merge(uint32_t dst, int32_t m_iter, int32_t k, uint32_t ascending, uint32_t stable);
void tsr_sfpu_topk_rebuild(uint32_t dst, uint32_t ascending, int32_t m_iter, int32_t k, int32_t logk,
                           int32_t skip_second, uint32_t stable);

// Reductions over columns into row 0. pool: PoolType (0 sum, 1 average, 2 max, 3 min); format: DataFormat.
void tsr_sfpu_reduce_columns(uint32_t dst, uint32_t pool, uint32_t format);
void tsr_sfpu_add_top_row(uint32_t dst0, uint32_t dst1, uint32_t out, uint32_t format);
void tsr_sfpu_sum_int(uint32_t dst, uint32_t by_rows);
void tsr_sfpu_max_pool_with_indices(uint32_t values, uint32_t indices, uint32_t rows, uint32_t row_major,
                                    uint32_t accumulate, uint32_t chunk);
// row: 16 values of DST, as raw bits, into words.
void tsr_sfpu_read_dst_row(uint32_t row, uint32_t* words);
// The sticky bits of special values; reading them ends the run, as they are not simulated.
uint32_t tsr_sfpu_special_flags(void);
void tsr_sfpu_clear_special_flags(void);

#ifdef __cplusplus
}
#endif

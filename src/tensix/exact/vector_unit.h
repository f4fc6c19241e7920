// The vector unit's instructions on arrays, for kernels that are written in them and for tests. A function of the unit
// is better written with sfpu_primitives.h, which keeps its values in registers.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tensix/arithmetic.h>

namespace tessera::tensix::exact {

// Rows: name, lanes expression, scalar expression. a, b and c are the operands in the order that the lanes functions
// take them: x, then distance, exponent or condition, then a rounding threshold or random bits.
// clang-format off
#define TESSERA_VECTOR_OPS(X)                                                                                                          \
    X(Mad, mad<C>(f(a), f(b), f(c)), rules::mad<C>(a, b, c))                                                                           \
    X(MadBySteps, impl::mad_by_steps<C>(f(a), f(b), f(c)), rules::mad<C>(a, b, c))                                                     \
    X(Mul, mul<C>(f(a), f(b)), rules::mul<C>(a, b))                                                                                    \
    X(Add, add<C>(f(a), f(b)), rules::add<C>(a, b))                                                                                    \
    X(ExexpBiased, exexp_biased(f(a)), rules::exexp_biased(a))                                                                         \
    X(Exexp, exexp(f(a)), rules::exexp(a))                                                                                             \
    X(Exman8, exman8(f(a)), rules::exman8(a))                                                                                          \
    X(Exman9, exman9(f(a)), rules::exman9(a))                                                                                          \
    X(Setexp, setexp(f(a), b), rules::setexp(a, b))                                                                                    \
    X(Setman, setman(f(a), b), rules::setman(a, b))                                                                                    \
    X(Setsgn, setsgn(f(a), b), rules::setsgn(a, b))                                                                                    \
    X(Addexp23, addexp(f(a), 23), rules::addexp(a, 23))                                                                                \
    X(AddexpMinus1, addexp(f(a), -1), rules::addexp(a, -1))                                                                            \
    X(AbsFloat, abs_float(f(a)), rules::abs_float(a))                                                                                  \
    X(AbsInt, abs_int(a), rules::abs_int(a))                                                                                           \
    X(Lz, lz(a), rules::lz(a))                                                                                                         \
    X(Shft, shft(a, b), rules::shft(a, static_cast<int32_t>(b)))                                                                       \
    X(ShftArithmetic, shft_arithmetic(a, b), rules::shft_arithmetic(a, static_cast<int32_t>(b)))                                       \
    X(CastSign, cast_sign(a), rules::cast_sign(a))                                                                                     \
    X(SmagToTwos, smag_to_twos(a), rules::smag_to_twos(a))                                                                             \
    X(TwosToSmag, twos_to_smag(a), rules::twos_to_smag(a))                                                                             \
    X(SwapMin, swap_min(a, b), rules::swap_min(a, b))                                                                                  \
    X(SwapMax, swap_max(a, b), rules::swap_max(a, b))                                                                                  \
    X(SmagLess, smag_less(a, b), 0u - static_cast<uint32_t>(rules::smag_less(a, b)))                                                   \
    X(Lt0, lt0(f(a)), 0u - static_cast<uint32_t>(rules::lt0(a)))                                                                       \
    X(Gte0, gte0(f(a)), 0u - static_cast<uint32_t>(rules::gte0(a)))                                                                    \
    X(Eq0, eq0(f(a)), 0u - static_cast<uint32_t>(rules::eq0(a)))                                                                       \
    X(Ne0, ne0(f(a)), 0u - static_cast<uint32_t>(rules::ne0(a)))                                                                       \
    X(RoundToBf16, round_to_bf16(f(a)), rules::round_to_bf16<C>(a, 0x400000))                                                          \
    X(RoundToFp16, round_to_fp16(f(a)), rules::round_to_fp16<C>(a, 0x400000))                                                          \
    X(RoundToBf16At, round_to_bf16<C>(f(a), b & 0x7FFFFF), rules::round_to_bf16<C>(a, b & 0x7FFFFF))                                   \
    X(RoundToFp16At, round_to_fp16<C>(f(a), b & 0x7FFFFF), rules::round_to_fp16<C>(a, b & 0x7FFFFF))                                   \
    X(RoundToUint8, round_to_uint8(f(a)), rules::round_to_uint8(a, 0x400000))                                                          \
    X(RoundToInt8, round_to_int8(f(a)), rules::round_to_int8(a, 0x400000))                                                             \
    X(RoundToUint16, round_to_uint16(f(a)), rules::round_to_uint16(a, 0x400000))                                                       \
    X(RoundToInt16, round_to_int16(f(a)), rules::round_to_int16(a, 0x400000))                                                          \
    X(RoundToUint8At, round_to_uint8(f(a), b & 0x7FFFFF), rules::round_to_uint8(a, b & 0x7FFFFF))                                      \
    X(RoundToInt8At, round_to_int8(f(a), b & 0x7FFFFF), rules::round_to_int8(a, b & 0x7FFFFF))                                         \
    X(RoundToUint16At, round_to_uint16(f(a), b & 0x7FFFFF), rules::round_to_uint16(a, b & 0x7FFFFF))                                   \
    X(RoundToInt16At, round_to_int16(f(a), b & 0x7FFFFF), rules::round_to_int16(a, b & 0x7FFFFF))                                      \
    X(DescaleToUint8, descale_to_uint8(a, b, c & 0x7FFFFF), rules::descale(a, b, false, c & 0x7FFFFF))                                 \
    X(DescaleToInt8, descale_to_int8(a, b, c & 0x7FFFFF), rules::descale(a, b, true, c & 0x7FFFFF))                                    \
    X(CastToFloat, cast_to_float(a), rules::cast_to_float(a))                                                                          \
    X(CastToFloatStochastic, cast_to_float_stochastic(a, b), rules::cast_to_float_stochastic(a, b))                                    \
    X(StoredFp32, stored(f(a), SfpuWidth::Dst32), rules::store_fp32(a))                                                                \
    X(StoredBf16, stored(f(a), SfpuWidth::Dst16), rules::store_bf16(a))                                                                \
    X(StoredFp16, stored(f(a), SfpuWidth::Dst16Half), rules::store_fp16(a))

/// What only Blackhole has.
#define TESSERA_VECTOR_OPS_BLACKHOLE(X)                                                                                                \
    X(Arecip, arecip<C>(f(a)), rules::arecip(a))                                                                                       \
    X(ArecipConditional, arecip_conditional<C>(f(a), b), rules::arecip_conditional(a, b))                                              \
    X(Mul24Lo, mul24_lo<C>(a, b), rules::mul24_lo(a, b))                                                                               \
    X(Mul24Hi, mul24_hi<C>(a, b), rules::mul24_hi(a, b))
// clang-format on

#define TESSERA_VECTOR_OP_NAME(name, lanes, scalar) name,
enum class VectorOp : uint8_t {
    TESSERA_VECTOR_OPS(TESSERA_VECTOR_OP_NAME) TESSERA_VECTOR_OPS_BLACKHOLE(TESSERA_VECTOR_OP_NAME) Count
};
#undef TESSERA_VECTOR_OP_NAME

/// A table of lines for SFPLUT (mode Bytes: l[0..2]) or SFPLUTFP32 (l[0..2], l[4..6]).
struct LutTable {
    enum Mode : uint8_t { Bytes, Fp32Entries3, Fp16Entries3, Fp16Entries6, Fp16Entries6Cut4 };
    uint32_t l[7];
    Mode mode;
    bool keep_sign;
};

struct VectorUnit {
    const char* level;
    /// out[i] = op(a[i], b[i], c[i]); count is a multiple of 16. Operands that the operation does not have may be null;
    /// out may be one of them. What the chip does not have ends the program.
    void (*run)(VectorOp op, const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count);
    /// The commonest by themselves.
    void (*mad)(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count);
    void (*mul)(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count);
    void (*add)(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count);
    void (*lut)(const LutTable& table, const uint32_t* x, uint32_t* out, size_t count);
};

/// The implementation for this CPU, or the level named by TESSERA_SIMD.
const VectorUnit& vector_unit(Chip chip);
/// By level name; "scalar" is the definition. nullptr if this CPU can't run it.
const VectorUnit* vector_unit_by_name(Chip chip, const char* level);
const char* vector_op_name(VectorOp op);

}  // namespace tessera::tensix::exact

// The vector unit's functions on spans of DST data, without any device around them: what an operation does to values.
// Vectorised for the host's level, with the same operations in the same order at every level, so results are equal.
//
// The operations are listed, with how each reads and narrows values, in kernel/tessera/abi_sfpu.h; sfpu_run.h says in
// one line each what they compute, from the functions in sfpu_math.h. Accuracy: arithmetic, comparisons, rounding and
// integer operations are exact or correctly rounded; elementary functions are within 2 to 8 fp32 ulps of the true
// function (the bound of each stands in tests/sfpu/functions.cpp). Into a DST of bf16 the common ones use the shorter
// forms of sfpu_bf16.h, within one bf16 ulp. Denormals are zero going in and coming out.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tensix/arithmetic.h>

#include "../../kernel/tessera/abi_sfpu.h"

namespace tessera::tensix {

/// How DST stores a value: all 32 bits, or as a bf16 or an fp16 (kept as the fp32 value it stands for).
enum class SfpuWidth { Dst32, Dst16, Dst16Half };

/// One call's constants: fp32 bits or integers, as the operation asks.
struct SfpuParams {
    uint32_t p0 = 0, p1 = 0, p2 = 0;
};

/// data[i] = op(data[i]) for count values; count is a multiple of 16.
void sfpu_unary(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width);
/// out[i] = op(a[i], b[i]); out may be a or b. params.p0: the zero point of the quantization operations.
void sfpu_binary(uint32_t op, const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count, SfpuParams params,
                 SfpuWidth width);
/// out[i] = op(a[i], b[i], c[i]); out may be any of the three.
void sfpu_ternary(uint32_t op, const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count,
                  SfpuParams params, SfpuWidth width);

/// The name of an operation as the kernel interface lists it, for messages.
const char* sfpu_unary_name(uint32_t op);
const char* sfpu_binary_name(uint32_t op);
const char* sfpu_ternary_name(uint32_t op);

/// One implementation of the three functions above for a given instruction set. For tests and benchmarks; everybody
/// else calls the functions above, which use the level of ops().
struct SfpuTable {
    void (*unary)(uint32_t, uint32_t*, size_t, SfpuParams, SfpuWidth);
    void (*binary)(uint32_t, const uint32_t*, const uint32_t*, uint32_t*, size_t, SfpuParams, SfpuWidth);
    void (*ternary)(uint32_t, const uint32_t*, const uint32_t*, const uint32_t*, uint32_t*, size_t, SfpuParams,
                    SfpuWidth);
};
/// The implementation for this CPU.
const SfpuTable& sfpu(MathMode mode, Chip chip);
/// The fast mode's, by level name as in ops_by_name(); nullptr if this CPU can't run it.
const SfpuTable* sfpu_by_name(const char* level);

enum class Chip : uint8_t;
/// The exact mode's implementation, the chip's own algorithms and roundings, by the same level names.
const SfpuTable* exact_sfpu_by_name(Chip chip, const char* level);

}  // namespace tessera::tensix

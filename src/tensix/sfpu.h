// The vector unit's functions on spans of DST data, without any device around them: what an operation does to values.
// The operations are listed, with how each reads and narrows values, in kernel/tessera/abi_sfpu.h. Each mode has one
// table a level of host CPU, and all levels of a mode give the same bits.
//
// exact (exact/sfpu_run.h): the published kernels' algorithms on the chip's own instructions.
// fast (fast/sfpu_run.h): arithmetic, comparisons, rounding and integer operations are exact or correctly rounded;
// elementary functions are within 2 to 8 fp32 ulps of the true function, into a DST of bf16 within one bf16 ulp.
// Denormals are zero going in and coming out. docs/sfpu_accuracy.md has the measured error of each, in both modes.
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

/// The name of an operation as the kernel interface lists it, for messages.
const char* sfpu_unary_name(uint32_t op);
const char* sfpu_binary_name(uint32_t op);
const char* sfpu_ternary_name(uint32_t op);

/// One implementation of the operations.
struct SfpuTable {
    /// data[i] = op(data[i]) for count values; count is a multiple of 16.
    void (*unary)(uint32_t, uint32_t*, size_t, SfpuParams, SfpuWidth);
    /// out[i] = op(a[i], b[i]); out may be a or b. params.p0: the zero point of the quantization operations.
    void (*binary)(uint32_t, const uint32_t*, const uint32_t*, uint32_t*, size_t, SfpuParams, SfpuWidth);
    /// out[i] = op(a[i], b[i], c[i]); out may be any of the three.
    void (*ternary)(uint32_t, const uint32_t*, const uint32_t*, const uint32_t*, uint32_t*, size_t, SfpuParams,
                    SfpuWidth);
};
/// The implementation for this CPU.
const SfpuTable& sfpu(MathMode mode, Chip chip);
/// The fast mode's, by level of cpu_levels; nullptr if this CPU can't run it.
const SfpuTable* sfpu_by_name(const char* level);

/// The exact mode's implementation, the chip's own algorithms and roundings, by the same level names.
const SfpuTable* exact_sfpu_by_name(Chip chip, const char* level);

}  // namespace tessera::tensix

// The definition of the exact mode as functions on memory: loops over the scalar rules of rules_*.h, with the
// signatures of struct Arithmetic. The levels of vector code give the same bits faster, and use these where they have
// nothing faster.
#pragma once

#include <tensix/arithmetic.h>

namespace tessera::tensix::exact::scalar {

// See struct Arithmetic for what each does. They are compiled once, for any CPU, in scalar.cpp. What a chip's unpackers
// or packers don't have is an Error.

template <Chip chip>
void unpack(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
            uint32_t* out);
template <Chip chip>
void pack(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data);
template <Chip chip>
void to_dst(Precision src, Precision dst, const uint32_t* words, uint32_t* out, uint32_t count);
template <Chip chip>
void to_source(Precision dst, Precision src, const uint32_t* words, uint32_t* out, uint32_t count);
template <Chip chip>
void eltwise(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count);
template <Chip chip>
void matmul(const MatmulPlan& plan);
template <Chip chip>
void pool(const PoolPlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst);

/// The intermediate format that `pack` uses for a plan: Float32 (as it is), Tf32, Float16_b, Bfp8_b, Float16, Bfp8, or
/// Int32 for all integers.
DataFormat intermediate_format(const PackPlan& plan);
/// `pack` by way of another intermediate format than intermediate_format(plan): the packer can be configured so. Of the
/// plan, bfp_prerounded is not read.
template <Chip chip>
void pack_through(DataFormat intermediate, const PackPlan& plan, const uint32_t* dst, uint32_t datums,
                  uint8_t* exponents, uint8_t* data);

}  // namespace tessera::tensix::exact::scalar

// Results of the vector unit's functions on short numbers, kept from one tile to the next. In 16-bit DST a function of
// one operand has 2^16 arguments, or 2^19 when they are fp16, so that most tiles bring nothing new; and in 32-bit DST
// what was unpacked from bf16 is as short.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tensix/sfpu.h>

namespace tessera::tensix::exact {

/// SfpuTable::unary: the implementation of all functions for one chip and level of CPU. Levels don't share what they
/// keep, so that comparing them compares what each computes.
using SfpuUnary = void (*)(uint32_t, uint32_t*, size_t, SfpuParams, SfpuWidth);

/// How many low bits of an fp32 word are zero when it is short. Static, as everything that is compiled for several
/// levels.
[[maybe_unused]] static constexpr uint32_t short_shift(SfpuWidth width) {
    return width == SfpuWidth::Dst16Half ? 13 : 16;
}

/// The word that stands for a result in the tables, and back; 0: not known yet. The one result that would be 0, a NaN
/// with a meaningless mantissa, is computed each time.
constexpr uint32_t RESULT_KEY = 0xFFD1E5A7;

/// The table of results of `op` with these parameters, by the argument's upper bits: 2^(32 - short_shift(width)) words,
/// each a result ^ RESULT_KEY as DST holds it, or 0. Any thread may read and write any entry, by single words: all
/// write the same. Lives until the program ends. nullptr when too many functions have tables already.
uint32_t* sfpu_results(SfpuUnary unary, uint32_t op, SfpuParams params, SfpuWidth width);

}  // namespace tessera::tensix::exact

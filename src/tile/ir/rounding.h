// Numbers in the formats that tensors have: what is left of a value once it is stored as one.
#pragma once

#include <cstdint>

#include <tile/ir/types.h>

namespace tessera::tile::ir {

/// `value` once it is of type `to`: rounded to nearest even into floating point (8-bit floats saturate, infinity
/// too; NaN stays), truncated towards zero and wrapped to the width into integers (NaN gives 0), value != 0 into Bool.
/// Of block floats, whose exponent is shared by 16 elements, this is the identity: see round_block.
double round_to(DType to, double value);

/// 16 elements (fewer at the end of a row) as one block of BlockFloat8 or BlockFloat4: the greatest exponent is shared,
/// 7 or 3 bits of magnitude are left, rounded to nearest even; NaN and infinity stay as they are.
void round_block(DType to, double* values, int64_t count);

/// An integer as one of type `to`: wrapped to its width.
int64_t wrap_to(DType to, int64_t value);

// The stored bits of one element, both ways; of floating point up to 16 bits.
double from_bits(DType type, uint64_t bits);
uint64_t to_bits(DType type, double value);

}  // namespace tessera::tile::ir

// What the engines do not have, or only at a price, spelled out in statements that they have.
#pragma once

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// A normalised kernel in which
///   - a reduction by and, or, exclusive or of integers goes bit by bit: the least or greatest of all bits, or the
///     lowest bit of their sum, is a bit of the result;
///   - a running maximum of a vector or matrix goes line by line along its dimension: the maximum so far is stored
///     where the line is;
///   - a float32 quotient whose divisor is the same along whole rows is a product with its reciprocal, which is taken
///     once: one more rounding of 2^-24, and a vector's divisions instead of a matrix's.
/// What has other shapes stays, and is refused where code is made.
ir::Kernel spelled_out(const ir::Kernel& kernel);

}  // namespace tessera::tile::pass

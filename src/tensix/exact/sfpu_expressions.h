// What the chip's compiler makes of floating-point expressions: comparisons, polynomials, negation. The functions of
// the vector unit are written in these and the primitives.
//
// Multiplication and addition: a product that is added in the same expression, or in the next statement with no other
// use, is one MAD. A subtracted operand has its sign bit inverted first. A polynomial is evaluated in Horner's form,
// one MAD a coefficient. Comparisons: with zero, by the 32 bits as an integer, so that -0 and negative NaNs are below
// zero and -0 is not equal to it; with anything else, the difference of both, rounded as any sum is, is compared with
// zero.
#pragma once

#include <tensix/exact/sfpu_primitives.h>

namespace tessera::tensix::exact {
namespace {

/// For functions of many instructions: called, not inlined wherever they are used, which would make the compiler slow
/// and the code large.
#define BLOCK_FN [[maybe_unused, gnu::noinline]] static

/// A result that is stored only in the lanes of mask; the others keep what DST holds.
struct Stored {
    F value;
    I mask;
};

LANE_FN I gt0(F x) {
    return bits(x) > 0;
}
LANE_FN I lte0(F x) {
    return bits(x) <= 0;
}

/// a - b.
template <Chip C>
LANE_FN F sub(F a, F b) {
    return add<C>(a, neg(b));
}
template <Chip C>
LANE_FN I less(F a, F b) {
    return lt0(sub<C>(a, b));
}
template <Chip C>
LANE_FN I at_least(F a, F b) {
    return gte0(sub<C>(a, b));
}
template <Chip C>
LANE_FN I greater(F a, F b) {
    return gt0(sub<C>(a, b));
}
template <Chip C>
LANE_FN I at_most(F a, F b) {
    return lte0(sub<C>(a, b));
}
template <Chip C>
LANE_FN I equal(F a, F b) {
    return eq0(sub<C>(a, b));
}

/// c0 + x (c1 + x (c2 + ...)).
template <Chip C>
LANE_FN F poly([[maybe_unused]] F x, float c0) {
    return splat(c0);
}
template <Chip C, class... Rest>
LANE_FN F poly(F x, float c0, Rest... rest) {
    return mad<C>(x, poly<C>(x, rest...), splat(c0));
}

LANE_FN F infinity() {
    return as_float(I{} + 0x7f800000);
}
LANE_FN F quiet_nan() {
    return as_float(I{} + 0x7fc00000);
}

/// The integer part of x >= 0 as an integer: 0 below 1, 2^31 - 1 from 2^31 on.
LANE_FN I positive_to_int(F x) {
    const I exponent = exexp(x);
    I result = shft(exman8(x), exponent - 23);
    result = select(exponent > 30, I{} + INT32_MAX, result);
    return select(exponent < 0, I{}, result);
}

}  // namespace
}  // namespace tessera::tensix::exact

// The vector unit's operations as mathematics says they are, in float64: what an exact machine would compute.
#pragma once

#include <cstdint>

namespace tessera::numerics {

/// What an operation does to a shadow.
enum class Meaning : uint8_t {
    Value,   ///< computes a number: the functions below know it
    Number,  ///< turns the bits of an integer into a number
    Bits,    ///< integers, bits, typecasts to integers: the shadow takes the chip's result over
};

Meaning unary_meaning(uint32_t op);
Meaning binary_meaning(uint32_t op);

/// p0, p1, p2: the call's parameters as bits. For Meaning::Value only.
double unary(uint32_t op, double x, uint32_t p0, uint32_t p1, uint32_t p2);
/// The number that an integer's bits become, for Meaning::Number.
double number(uint32_t op, uint32_t bits);
double binary(uint32_t op, double a, double b);
double ternary(uint32_t op, double a, double b, double c, uint32_t p0);

}  // namespace tessera::numerics

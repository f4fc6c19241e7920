// The rules of the matrix unit's integer arithmetic: 8-bit integers of sign and magnitude, summed exactly into 32-bit
// DST of sign and magnitude, which saturates.
#pragma once

#include <cstdint>

#include <tensix/arithmetic.h>
#include <tensix/exact/rules_source.h>

namespace tessera::tensix::exact {
namespace {
namespace rules {

constexpr int64_t largest_integer = 0x7FFFFFFF;

constexpr int64_t integer_of_dst(uint32_t word) {
    const auto magnitude = static_cast<int64_t>(word & ~sign_bit);
    return word & sign_bit ? -magnitude : magnitude;
}

/// Saturates; there is no negative zero.
constexpr uint32_t dst_of_integer(int64_t v) {
    const int64_t magnitude = v < 0 ? -v : v;
    return static_cast<uint32_t>(magnitude > largest_integer ? largest_integer : magnitude) | (v < 0 ? sign_bit : 0);
}

/// The value of a source word with the bits of its magnitude that `mask` lets through.
constexpr int64_t integer_of_source(uint32_t word, uint32_t mask = 0x3FF) {
    const auto magnitude = static_cast<int64_t>((word >> 13) & mask);
    return word & sign_bit ? -magnitude : magnitude;
}

/// Of 10 bits of magnitude: the multipliers take the low 5 of SrcA in phases 1 and 3, else the next 3, and the low 4 of
/// SrcB in phases 2 and 3, else the next 6.
constexpr uint32_t integer_mask_a(uint32_t phase) {
    return phase & 1 ? 0x01F : 0x0E0;
}
constexpr uint32_t integer_mask_b(uint32_t phase) {
    return phase & 2 ? 0x00F : 0x3F0;
}

constexpr int64_t integer_product(uint32_t a, uint32_t b, uint32_t phase) {
    return integer_of_source(a, integer_mask_a(phase)) * integer_of_source(b, integer_mask_b(phase));
}

/// One row of MVMUL or GAPOOL with a column of SrcA, one phase: 16 products are summed before anything saturates.
constexpr uint32_t integer_dot(uint32_t phase, const uint32_t* a, const uint32_t* b, uint32_t held) {
    int64_t sum = 0;
    for (int i = 0; i < 16; ++i) {
        sum += integer_product(a[i], b[i], phase);
    }
    return dst_of_integer(integer_of_dst(held) + sum);
}

/// ELWMUL, one phase.
constexpr uint32_t integer_multiply(uint32_t phase, uint32_t a, uint32_t b, uint32_t held) {
    return dst_of_integer(integer_of_dst(held) + integer_product(a, b, phase));
}

/// ELWADD and ELWSUB.
constexpr uint32_t integer_add(bool subtract, uint32_t a, uint32_t b, uint32_t held) {
    const int64_t y = integer_of_source(b);
    return dst_of_integer(integer_of_dst(held) + integer_of_source(a) + (subtract ? -y : y));
}

}  // namespace rules
}  // namespace
}  // namespace tessera::tensix::exact

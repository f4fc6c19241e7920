// Comparison of bfloat16 values by their bits, for data-movement kernels, which have no floating-point unit.
#pragma once

#include <cstdint>

inline constexpr uint16_t NEG_INF_BFLOAT16 = 0xFF80;
inline constexpr uint16_t POS_INF_BFLOAT16 = 0x7F80;
inline constexpr uint16_t NAN_BFLOAT16 = 0x7FFF;
inline constexpr uint16_t BFLOAT16_SIGN_MASK = 0x8000;

/// True if a > b by sign and magnitude: +0 is greater than -0, and a NaN sorts beyond infinity of its sign.
inline bool bfloat16_greater(uint16_t bf16_a, uint16_t bf16_b) {
    // Flipping the bits below the sign of negative values orders them as signed integers.
    const auto ordered = [](uint16_t bits) -> int32_t {
        return (bits & BFLOAT16_SIGN_MASK) != 0 ? -1 - static_cast<int32_t>(bits & 0x7FFF) : static_cast<int32_t>(bits);
    };
    return ordered(bf16_a) > ordered(bf16_b);
}

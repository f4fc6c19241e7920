// Rounding to multiples.
#pragma once

#include <cstdint>

/// Rounds up to a multiple of `alignment`, which must be a power of two.
__attribute__((always_inline)) constexpr uint32_t align_power_of_2(uint32_t addr, uint32_t alignment) {
    return ((addr - 1) | (alignment - 1)) + 1;
}

/// Rounds up to a multiple of `alignment`, any number above zero.
__attribute__((always_inline)) constexpr uint32_t align(uint32_t addr, uint32_t alignment) {
    return (addr + alignment - 1) / alignment * alignment;
}

__attribute__((always_inline)) constexpr bool is_power_of_2(uint32_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

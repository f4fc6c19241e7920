// DST of a Tensix engine that is nothing but DST, for tests of kernel headers outside of kernels.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

namespace sfpi_test {

/// 1024 rows of 16 values.
extern std::array<uint32_t, 1024 * 16> dst;
extern bool dst_is_32bit;
/// The chip's arithmetic rather than the fast one; the same for a whole test program, as for a kernel.
extern bool exact;

/// Where lane `lane` of vector `index` lies in a tile: four rows, every other column.
inline unsigned place(unsigned index, unsigned lane) {
    return (index / 2 * 4 + lane / 8) * 16 + lane % 8 * 2 + index % 2;
}

}  // namespace sfpi_test

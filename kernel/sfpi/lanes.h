// Minima, maxima, swaps, and moves between lanes. Part of sfpi.h.
#pragma once

#include <utility>

#include "registers.h"

namespace sfpi {

namespace impl_ {

/// All ones where a is less than b as sign-magnitude integers: -NaN < -inf < ... < -0 < +0 < ... < inf < NaN.
sfpi_inline lanes_t smag_less(lanes_t a, lanes_t b) {
    const auto key = [](lanes_t x) { return as_i(x) ^ as_i(as_u(as_i(x) >> 30) >> 1); };
    return (lanes_t)(key(a) < key(b));
}

/// Lanes whose result is the larger: bit i of `mask` for lane i, or of a 4-bit mask for eight lanes.
sfpi_inline lanes_t lanes_of(uint32_t mask) {
    if (mask <= 0xF) {
        mask = ((mask & 1) * 0xFFu) | ((mask >> 1 & 1) * 0xFF00u) | ((mask >> 2 & 1) * 0xFF0000u) |
               ((mask >> 3 & 1) * 0xFF000000u);
    }
    const lanes_t place = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                           16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    return splat(0) - (splat(mask) >> place & 1u);
}

template <class T>
concept Ordered = std::is_base_of_v<vFloat, T> || std::is_base_of_v<vSMag, T>;

}  // namespace impl_

/// The smaller and the larger of each pair; where a bit of the mask is set, the other way round.
template <impl_::Ordered T>
sfpi_inline std::pair<T, T> min_max(const T& a, const T& b, uint32_t mask = 0) {
    const impl_::lanes_t first_is_a = impl_::smag_less(b.get(), a.get()) ^ ~impl_::lanes_of(mask);
    return {T(impl_::select(first_is_a, a.get(), b.get())), T(impl_::select(first_is_a, b.get(), a.get()))};
}
template <impl_::Ordered T>
sfpi_inline T min(const T& a, const T& b) {
    return min_max(a, b).first;
}
template <impl_::Ordered T>
sfpi_inline T max(const T& a, const T& b) {
    return min_max(a, b).second;
}
sfpi_inline vFloat min(const vFloat& a, const vFloat& b) {
    return min_max<vFloat>(a, b).first;
}
sfpi_inline vFloat max(const vFloat& a, const vFloat& b) {
    return min_max<vFloat>(a, b).second;
}
sfpi_inline vFloat min(const vFloat& a, float b) {
    return min(a, vFloat(b));
}
sfpi_inline vFloat max(const vFloat& a, float b) {
    return max(a, vFloat(b));
}
sfpi_inline vUInt min(const vUInt& a, unsigned b) {
    return vUInt(impl_::select((impl_::lanes_t)(a.get() < impl_::splat(b)), a.get(), impl_::splat(b)));
}
sfpi_inline vUInt max(const vUInt& a, unsigned b) {
    return vUInt(impl_::select((impl_::lanes_t)(a.get() > impl_::splat(b)), a.get(), impl_::splat(b)));
}
template <impl_::Ordered T>
sfpi_inline T clamp(const T& v, const T& lower, const T& upper) {
    return min(max(v, lower), upper);
}
sfpi_inline vFloat clamp(const vFloat& v, const vFloat& lower, const vFloat& upper) {
    return min(max(v, lower), upper);
}
sfpi_inline vFloat clamp(const vFloat& v, float lower, float upper) {
    return clamp(v, vFloat(lower), vFloat(upper));
}
sfpi_inline vUInt clamp(const vUInt& v, unsigned lower, unsigned upper) {
    return min(max(v, lower), upper);
}
sfpi_inline vFloat symmetric_clamp(const vFloat& v, float bound) {
    return copysgn(min(abs(v), bound), v);
}
sfpi_inline vFloat rectified_linear_unit(const vFloat& v) {
    return max(v, 0.0f);
}

/// Exchanges two vectors in the enabled lanes.
template <impl_::Value T>
sfpi_inline void swap(T& a, T& b) {
    const T before = a;
    a = b;
    b = before;
}
template <impl_::Value T>
sfpi_inline void vec_swap(T& a, T& b) {
    swap(a, b);
}
/// a becomes the smaller, b the larger, in the order of sign-magnitude integers.
template <impl_::Value T>
sfpi_inline void vec_min_max(T& a, T& b) {
    const auto r = min_max(vSMag(a.get()), vSMag(b.get()));
    a = T(r.first.get());
    b = T(r.second.get());
}

/// Exchanges rows and vectors: row j of the i-th vector with row i of the j-th.
template <impl_::Value T>
sfpi_inline void subvec_transp(T& a, T& b, T& c, T& d) {
#define TSR_SFPI_ROWS(x, y, row)                                                                               \
    __builtin_shufflevector(x.get(), y.get(), 8 * row + 0, 8 * row + 1, 8 * row + 2, 8 * row + 3, 8 * row + 4, \
                            8 * row + 5, 8 * row + 6, 8 * row + 7, 8 * row + 32, 8 * row + 33, 8 * row + 34,   \
                            8 * row + 35, 8 * row + 36, 8 * row + 37, 8 * row + 38, 8 * row + 39)
#define TSR_SFPI_COLUMN(row)                                                                                          \
    __builtin_shufflevector(TSR_SFPI_ROWS(a, b, row), TSR_SFPI_ROWS(c, d, row), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, \
                            12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
    const impl_::lanes_t r0 = TSR_SFPI_COLUMN(0);
    const impl_::lanes_t r1 = TSR_SFPI_COLUMN(1);
    const impl_::lanes_t r2 = TSR_SFPI_COLUMN(2);
    const impl_::lanes_t r3 = TSR_SFPI_COLUMN(3);
#undef TSR_SFPI_COLUMN
#undef TSR_SFPI_ROWS
    a = T(r0);
    b = T(r1);
    c = T(r2);
    d = T(r3);
}

/// Within each row of eight lanes, rotates by one towards higher lanes.
sfpi_inline impl_::lanes_t subvec_shflror1(const impl_::vVal& v) {
    return __builtin_shufflevector(v.get(), v.get(), 7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, 23, 16, 17,
                                   18, 19, 20, 21, 22, 31, 24, 25, 26, 27, 28, 29, 30);
}
/// The same, shifting zero in. (On Wormhole what is shifted in is undefined.)
sfpi_inline impl_::lanes_t subvec_shflshr1(const impl_::vVal& v) {
    return __builtin_shufflevector(v.get(), impl_::lanes_t{}, 32, 0, 1, 2, 3, 4, 5, 6, 40, 8, 9, 10, 11, 12, 13, 14, 48,
                                   16, 17, 18, 19, 20, 21, 22, 56, 24, 25, 26, 27, 28, 29, 30);
}

}  // namespace sfpi

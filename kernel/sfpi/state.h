// The vector unit (SFPU) as kernel-side state: 32 lanes, their enables, the registers, and the window into DST.
// Part of sfpi.h. In the fast mode arithmetic is fp32 with denormals flushed (see FlushDenormals), a multiply-add a
// multiply and an add; in the exact mode the device computes every instruction as the chip does.
#pragma once

#include <stdint.h>

#include <tessera/abi.h>
#include <tessera/abi_compute.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

// Functions that pass vectors are always inlined, so how a vector would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define sfpi_inline __attribute__((always_inline)) inline

namespace sfpi {

constexpr unsigned int SFP_LREG_COUNT = 8;
constexpr unsigned int SFP_DESTREG_STRIDE = 2;
constexpr unsigned int SFP_DESTREG_COUNT = 0x400 / SFP_DESTREG_STRIDE;
constexpr unsigned int SFP_LANES = 32;

namespace impl_ {

/// 32 lanes of 32 bits. Lane 8 r + c is row r of four and the c-th of eight columns of one parity.
using lanes_t = uint32_t __attribute__((vector_size(128)));
using ilanes_t = int32_t __attribute__((vector_size(128)));
using flanes_t = float __attribute__((vector_size(128)));
using sfpu_t = lanes_t;

sfpi_inline lanes_t splat(uint32_t x) {
    return lanes_t{} + x;
}
sfpi_inline ilanes_t as_i(lanes_t x) {
    return (ilanes_t)x;
}
sfpi_inline flanes_t as_f(lanes_t x) {
    return (flanes_t)x;
}
sfpi_inline lanes_t as_u(ilanes_t x) {
    return (lanes_t)x;
}
sfpi_inline lanes_t as_u(flanes_t x) {
    return (lanes_t)x;
}
sfpi_inline uint32_t float_as_uint(float x) {
    return __builtin_bit_cast(uint32_t, x);
}
/// a where the mask's lane is all ones, b where it is zero.
sfpi_inline lanes_t select(lanes_t mask, lanes_t a, lanes_t b) {
    return (mask & a) | (~mask & b);
}

/// What one core's vector unit holds while a compute kernel runs.
struct Sfpu {
    lanes_t mask = {};     // lanes that writes reach, all ones or zero; only meaningful if partial
    bool partial = false;  // some lanes may be off
    bool in_params = false;
    bool dst_is_32bit = false;
    uint32_t row = 0;          // DST row that dst_reg[0] starts at, from the section's start
    uint32_t ready_tiles = 0;  // tiles of the section that are cleared and rounded, so that DST may be touched directly
    uint32_t* dst = nullptr;   // row 0 of the section, valid while in_params
    lanes_t lreg[8] = {};
    lanes_t constant[8] = {
        // L8 to L15: 0.8373, 0, 1, -1, 2^-9, two table constants, and two times the lane's number.
        lanes_t{} + 0x3F56594Bu,
        lanes_t{},
        lanes_t{} + 0x3F800000u,
        lanes_t{} + 0xBF800000u,
        lanes_t{} + 0x3B000000u,
        lanes_t{} + 0xBE000000u,
        lanes_t{} + 0xBF000000u,
        lanes_t{0,  2,  4,  6,  8,  10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30,
                32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62},
    };
    lanes_t random = lanes_t{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                             17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32} *
                     0x9E3779B9u;  // one generator a lane
};

/// A kernel's mutable globals are instances of the core that it runs on.
constinit inline Sfpu sfpu;

/// Denormals are zero, going in and coming out, for as long as one of these lives: the vector unit has none.
class FlushDenormals {
public:
#if defined(__SSE__)
    sfpi_inline FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
    sfpi_inline ~FlushDenormals() { _mm_setcsr(before_); }

private:
    unsigned before_;
#endif
};

// Sums and products. The mode is asked for where it is known to be the same everywhere, so that loops are not slowed
// down by it.
sfpi_inline bool exact() {
    return __builtin_expect(tsr_exact_math() != 0, 0);
}
sfpi_inline const uint32_t* words(const lanes_t& x) {
    return reinterpret_cast<const uint32_t*>(&x);
}
sfpi_inline lanes_t float_add(lanes_t a, lanes_t b) {
    if (exact()) {
        lanes_t r;
        tsr_exact_add(words(a), words(b), reinterpret_cast<uint32_t*>(&r));
        return r;
    }
    return as_u(as_f(a) + as_f(b));
}
sfpi_inline lanes_t float_negate(lanes_t a) {
    return a ^ 0x80000000u;
}
/// The unit's multiply-add with zero, so that a zero comes out positive.
sfpi_inline lanes_t float_mul(lanes_t a, lanes_t b) {
    if (exact()) {
        lanes_t r;
        tsr_exact_mul(words(a), words(b), reinterpret_cast<uint32_t*>(&r));
        return r;
    }
    return as_u(as_f(a) * as_f(b) + 0.0f);
}
/// product: float_mul(a, b), which the fast mode adds as it is.
sfpi_inline lanes_t float_mad(lanes_t a, lanes_t b, lanes_t product, lanes_t c) {
    if (exact()) {
        lanes_t r;
        tsr_exact_mad(words(a), words(b), words(c), reinterpret_cast<uint32_t*>(&r));
        return r;
    }
    return as_u(as_f(product) + as_f(c));
}

/// Address of DST row `row` (16 values) of MATH's section, whose tile is made ready first.
sfpi_inline uint32_t* dst_rows(uint32_t row) {
    Sfpu& s = sfpu;
    const uint32_t tile = row / 64;
    if (__builtin_expect(!(s.in_params && (s.ready_tiles >> (tile & 31) & 1)), 0)) {
        uint32_t* const data = tsr_dst_tile(tile);
        if (!s.in_params) {
            s.dst_is_32bit = tsr_dst_is_32bit() != 0;
            return data + (row % 64) * 16;
        }
        s.ready_tiles |= 1u << (tile & 31);
    }
    return s.dst + row * 16;
}

/// DST rows that a register number (in units of two rows' worth of addresses) names: four rows and a column parity.
struct DstPlace {
    uint32_t* rows;
    uint32_t parity;
    sfpi_inline explicit DstPlace(int address) {
        const uint32_t at = sfpu.row + static_cast<uint32_t>(address);
        rows = dst_rows(at & ~3u);
        parity = at >> 1 & 1;
    }
};

sfpi_inline lanes_t read_dst(const DstPlace& place) {
    // The values lie two words apart. The second half starts one word early, so that no read passes the last row.
    lanes_t low;
    lanes_t high;
    __builtin_memcpy(&low, place.rows + place.parity, sizeof(low));
    __builtin_memcpy(&high, place.rows + 31 + place.parity, sizeof(high));
    return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 33, 35, 37, 39,
                                   41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63);
}

sfpi_inline void write_dst(const DstPlace& place, lanes_t value) {
    lanes_t low;
    lanes_t high;
    __builtin_memcpy(&low, place.rows, sizeof(low));
    __builtin_memcpy(&high, place.rows + 32, sizeof(high));
    const lanes_t odd = {0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u,
                         0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u};
    const lanes_t turn = splat(place.parity - 1);  // all ones for even columns
    lanes_t at_low = odd ^ turn;
    lanes_t at_high = at_low;
    if (sfpu.partial) {
        const lanes_t mask = sfpu.mask;
        at_low &= __builtin_shufflevector(mask, mask, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10,
                                          10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
        at_high &= __builtin_shufflevector(mask, mask, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22, 23, 23,
                                           24, 24, 25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 31, 31);
    }
    const lanes_t spread_low = __builtin_shufflevector(value, value, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8,
                                                       8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
    const lanes_t spread_high =
        __builtin_shufflevector(value, value, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 24,
                                25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 31, 31);
    low = select(at_low, spread_low, low);
    high = select(at_high, spread_high, high);
    __builtin_memcpy(place.rows, &low, sizeof(low));
    __builtin_memcpy(place.rows + 32, &high, sizeof(high));
}

// What a store does to a float: denormals become signed zero, and a 16-bit DST drops the mantissa's low bits.
sfpi_inline lanes_t flush_denormal(lanes_t x) {
    const lanes_t normal = (lanes_t)((x & 0x7F800000u) != splat(0));
    return x & (normal | 0x80000000u);
}
sfpi_inline lanes_t truncate_bf16(lanes_t x) {
    return flush_denormal(x) & 0xFFFF0000u;
}
sfpi_inline lanes_t truncate_fp16(lanes_t x) {
    const lanes_t sign = x & 0x80000000u;
    const lanes_t exponent = x >> 23 & 0xFFu;
    const lanes_t small = (lanes_t)(as_i(exponent) <= 112);
    const lanes_t large = (lanes_t)(as_i(exponent) > 143);
    const lanes_t rest = select(large, splat(0x47FFE000u), x & 0x7FFFE000u);
    return sign | (rest & ~small);
}

}  // namespace impl_
}  // namespace sfpi

// The peers of the element-wise benchmarks: plain loops that the compiler vectorises, one clone per instruction set.
#include <bit>
#include <cstddef>
#include <cstdint>

#include "bench.h"

namespace bench::peer {
namespace {

inline float widen(uint16_t bits) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
inline uint16_t narrow(float value) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}
// exp by 2^n * p(f), degree 5: the textbook single-precision loop.
inline float fast_exp(float x) {
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    const float t = x * 1.44269504f;
    const float n = static_cast<float>(static_cast<int32_t>(t + (t < 0 ? -0.5f : 0.5f)));
    const float f = (t - n) * 0.693147181f;
    const float p = 1.0f + f * (1.0f + f * (0.5f + f * (0.166666667f + f * (0.0416666667f + f * 0.00833333333f))));
    return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

}  // namespace

#define CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))

CLONES void add(const uint16_t* __restrict a, const uint16_t* __restrict b, uint16_t* __restrict out, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        out[i] = narrow(widen(a[i]) + widen(b[i]));
    }
}
CLONES void exp(const uint16_t* __restrict a, uint16_t* __restrict out, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        out[i] = narrow(fast_exp(widen(a[i])));
    }
}
CLONES void gelu(const uint16_t* __restrict a, uint16_t* __restrict out, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const float x = widen(a[i]);
        const float u = 1.5957691216f * (x + 0.044715f * x * x * x);  // 2 sqrt(2/pi) (x + 0.044715 x^3)
        out[i] = narrow(x / (1.0f + fast_exp(-u)));
    }
}

}  // namespace bench::peer

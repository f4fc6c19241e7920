// Elementwise arithmetic of Int8 sources, sixteen elements at a time: integers of sign and magnitude, sums that
// saturate.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/vector_lanes.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

/// The 10-bit magnitude of an Int8 source word.
[[gnu::always_inline]] inline Ints int8_magnitude(Words w) {
    return ints((w >> 13) & 0x3FFu);
}

/// Sign and magnitude to two's complement and back; -0 is 0.
[[gnu::always_inline]] inline Ints from_sign_magnitude(Words w) {
    const Ints magnitude = ints(w & ~sign_bit);
    return ints(w) < 0 ? -magnitude : magnitude;
}

/// A DST word plus v, limited to what 31 bits of magnitude hold.
[[gnu::always_inline]] inline Words add_saturated(Words d, Ints v) {
    const Ints x = from_sign_magnitude(d);
    const Words sum = words(x) + words(v);
    const Ints over = ints((words(x) ^ sum) & (words(v) ^ sum)) < 0;
    const Words magnitude = ints(sum) < 0 ? -sum : sum;
    const Words largest = Words{} + 0x7FFFFFFFu;
    // A sum past the range has the other sign; -2^31 is in range and has no magnitude of 31 bits.
    const Words limited = over | ints(magnitude == sign_bit) ? largest : magnitude;
    return limited | (over ? words(x) & sign_bit : sum & sign_bit);
}

template <EltwiseOp Op, u32 Phases, bool Accumulate>
void int8_elements(const u32* pa, const u32* pb, u32* dst, u32 count) {
    for (u32 i = 0; i < count; i += width) {
        const Words a = load<Words>(pa + i), b = load<Words>(pb + i);
        const Ints ma = int8_magnitude(a), mb = int8_magnitude(b);
        Words d = Accumulate ? load<Words>(dst + i) : Words{};
        if constexpr (Op == EltwiseOp::Mul) {
            const Ints negative = ints(a ^ b) < 0;
            for (u32 p = 0; p < Phases; ++p) {
                const Ints product = (ma & (p & 1 ? 0x1F : 0xE0)) * (mb & (p & 2 ? 0x0F : 0x3F0));
                d = add_saturated(d, negative ? -product : product);
            }
        } else {
            const Ints x = ints(a) < 0 ? -ma : ma;
            const Ints y = (ints(b) < 0) == (Op == EltwiseOp::Add ? Ints{} - 1 : Ints{}) ? -mb : mb;
            d = add_saturated(d, x + y);
        }
        store(dst + i, d);
    }
}

template <bool Accumulate>
auto int8_loop(EltwiseOp op, u32 phases) -> void (*)(const u32*, const u32*, u32*, u32) {
    switch (op) {
        case EltwiseOp::Add:
            return int8_elements<EltwiseOp::Add, 1, Accumulate>;
        case EltwiseOp::Sub:
            return int8_elements<EltwiseOp::Sub, 1, Accumulate>;
        default:
            return phases == 1   ? int8_elements<EltwiseOp::Mul, 1, Accumulate>
                   : phases == 2 ? int8_elements<EltwiseOp::Mul, 2, Accumulate>
                   : phases == 3 ? int8_elements<EltwiseOp::Mul, 3, Accumulate>
                                 : int8_elements<EltwiseOp::Mul, 4, Accumulate>;
    }
}

[[maybe_unused]] auto int8_loop(const EltwisePlan& plan) -> void (*)(const u32*, const u32*, u32*, u32) {
    return plan.accumulate ? int8_loop<true>(plan.op, plan.phases) : int8_loop<false>(plan.op, plan.phases);
}

}  // namespace lanes
}  // namespace
}  // namespace tessera::tensix::exact

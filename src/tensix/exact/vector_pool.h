// GAPOOL and GMPOOL: sixteen rows of SrcA into rows of DST, the sixteen columns at a time.
#pragma once

#include <tensix/exact/scalar.h>
#include <tensix/exact/vector_combine.h>
#include <tensix/exact/vector_int8.h>
#include <tensix/exact/vector_source.h>

namespace tessera::tensix::exact {
namespace {
namespace lanes {

constexpr u32 pool_rows = 4;  ///< of DST
constexpr u32 pool_inner = 16;

/// SrcA of a pooling instruction, taken apart.
struct PoolRows {
    Ints exponent[pool_inner];
    Words significand[pool_inner];
    Ints negative[pool_inner];
};

/// A row of SrcB, the same for all lanes.
struct PoolFactors {
    i32 exponent[pool_inner];
    u32 significand[pool_inner];
    bool negative[pool_inner];
    bool none = true;        ///< all are zero
    bool low_slice = false;  ///< some have bits that phases 2 and 3 read
};
template <Precision Src>
inline PoolFactors pool_factors(const u32* b) {
    PoolFactors f;
    for (u32 i = 0; i < pool_inner; ++i) {
        const u32 w = b[i] & source_bits<Src>;
        f.exponent[i] = static_cast<i32>((w >> 23) & 0xFFu);
        f.significand[i] = 0x400u | ((w >> 13) & 0x3FFu);
        f.negative[i] = (w & sign_bit) != 0;
        f.none = f.none && f.exponent[i] == 0;
        f.low_slice = f.low_slice || (f.exponent[i] != 0 && (f.significand[i] & 0xFu) != 0);
    }
    return f;
}

/// Eight products from row k on, aligned to the largest exponent among them and summed. exponent: of the sum, 0 where
/// it counts as zero.
inline Ints pool_group(const PoolRows& rows, const PoolFactors& factors, u32 k, u32 phase, i32 bias, Ints& exponent) {
    const Ints zero = {};
    const Ints nothing = zero + (bias > 0 ? bias : 0);
    Ints product[8], e[8];
    Ints largest = zero + -0x1000;
    for (u32 i = 0; i < 8; ++i) {
        const i32 exponent_b = factors.exponent[k + i];
        const u32 significand_b = factors.significand[k + i];
        const i32 slice_b = static_cast<i32>(phase & 2 ? (significand_b & 0xFu) << 3 : significand_b >> 4);
        const Ints slice_a = ints((rows.significand[k + i] >> (phase & 1 ? 1 : 6)) & 0x1Fu);
        const Ints some = exponent_b != 0 ? rows.exponent[k + i] != 0 : zero;
        product[i] = some ? slice_a * slice_b : zero;
        e[i] = some ? rows.exponent[k + i] + (exponent_b + bias) : nothing;
        largest = max(largest, e[i]);
    }
    Ints sum = zero;
    for (u32 i = 0; i < 8; ++i) {
        // The magnitude is rounded half up, whatever the sign.
        const Ints aligned = shift_right_round(product[i], min(largest - e[i], zero + 30));
        const Ints negative = rows.negative[k + i];
        sum += (factors.negative[k + i] ? ~negative : negative) ? -aligned : aligned;
    }
    const Ints counts = largest > 0;
    exponent = counts ? largest : zero;
    return counts ? sum : zero;
}

/// One row of DST.
template <Chip C, Precision Src, Precision Dst>
[[gnu::noinline]] void pool_row(const PoolRows& rows, const PoolFactors& factors, u32 phases, u32* dst) {
    Words d = load<Words>(dst);
    if (factors.none && product_bias<Src, Dst> <= 0) {
        // Nothing is added, however often; what DST holds is only brought into its form.
        const Ints e = dst_exponent<Dst>(d);
        store(dst, normalize<C, Dst>(align_dst<Dst>(d, e, e), e));
        return;
    }
    // Slices of zero leave DST as it is once earlier phases have aligned it to a coarser grid.
    const u32 needed = factors.low_slice || phases < 2 ? phases : 2;
    for (u32 p = 0; p < needed; ++p) {
        const i32 bias = product_bias<Src, Dst> - (p & 1 ? 5 : 0) - (p & 2 ? 7 : 0);
        Ints e0, e1;
        const Ints sum0 = pool_group(rows, factors, 0, p, bias, e0);
        const Ints sum1 = pool_group(rows, factors, 8, p, bias, e1);
        const Ints e_dst = dst_exponent<Dst>(d);
        const Ints x = max(max(e0, e1), e_dst);
        const Ints total = align_group<Dst>(sum0, e0, x) + align_group<Dst>(sum1, e1, x) + align_dst<Dst>(d, e_dst, x);
        d = normalize<C, Dst, true>(total, x);
    }
    store(dst, d);
}

template <Chip C, Precision Src, Precision Dst>
void pool_sum(u32 phases, bool fresh, const u32* a, const u32* b, u32* dst) {
    PoolRows rows;
    for (u32 i = 0; i < pool_inner; ++i) {
        const Words w = load<Words>(a + i * width) & source_bits<Src>;
        rows.exponent[i] = source_exponent<Src>(w);
        rows.significand[i] = source_significand<Src>(w);
        rows.negative[i] = ints(w) < 0;
    }
    Words before = {};  // what the last row began with
    for (u32 row = 0; row < pool_rows; ++row) {
        u32* to = dst + row * width;
        const u32* factors = b + row * pool_inner;
        const Words held = fresh ? Words{} : load<Words>(to);
        const bool same = row != 0 && !any((held != before) | (load<Words>(factors) != load<Words>(factors - width)));
        before = held;
        if (same) {
            store(to, load<Words>(to - width));
            continue;
        }
        store(to, held);
        pool_row<C, Src, Dst>(rows, pool_factors<Src>(factors), phases, to);
    }
}

[[maybe_unused]] void pool_sum_int8(u32 phases, bool fresh, const u32* a, const u32* b, u32* dst) {
    for (u32 row = 0; row < pool_rows; ++row) {
        Words d = fresh ? Words{} : load<Words>(dst + row * width);
        for (u32 p = 0; p < phases; ++p) {
            Ints sum = {};
            for (u32 k = 0; k < pool_inner; ++k) {
                const Words w = load<Words>(a + k * width);
                const u32 factor = b[row * pool_inner + k];
                const auto magnitude = static_cast<i32>((factor >> 13) & (p & 2 ? 0x00Fu : 0x3F0u));
                const Ints product = (int8_magnitude(w) & (p & 1 ? 0x01F : 0x0E0)) * magnitude;
                sum += ints(w ^ factor) < 0 ? -product : product;
            }
            d = add_saturated(d, sum);
        }
        store(dst + row * width, d);
    }
}

/// A candidate for the maximum is a signed integer of a 9-bit exponent, that of a source plus its scaler's, and a
/// 10-bit mantissa.
template <Precision Src, Precision Dst>
void pool_maximum(bool fresh, const u32* a, const u32* b, u32* dst) {
    constexpr i32 bias = Src == Precision::Int8 ? 0 : Src == Precision::Fp16 && Dst != Precision::Fp32 ? 15 : 127;
    constexpr i32 lowest = -0x7FFFF;
    const Ints zero = {};
    Words d = load<Words>(dst);
    if (fresh) {
        d = Words{} + (Dst == Precision::Fp16   ? sign_bit | exponent_of(143) | 0x7FE000u
                       : Dst == Precision::Bf16 ? 0xFFFF0000u
                                                : 0xFFFFFFFFu);
    }
    Ints negative = ints(d) < 0;
    Ints best;
    if constexpr (Src == Precision::Int8) {
        best = ints(d & 0x7FFFFu);
    } else {
        Ints e = ints((d >> 23) & 0xFFu);
        if constexpr (Dst == Precision::Fp16) {
            e = max(d != 0 ? e - 112 : e, zero);
        }
        best = ((e + bias) << 10) + ints((d >> 13) & (Dst == Precision::Bf16 ? 0x3F8u : 0x3FFu));
    }
    best = negative ? -best : best;
    for (u32 k = 0; k < pool_inner; ++k) {
        const u32 scaler = b[k] & source_bits<Src>;
        if ((scaler & exponent_field) == 0) {
            // Lower than every number; of equals the last one counts.
            negative = best <= lowest ? ~zero : negative;
            best = max(best, zero + lowest);
            continue;
        }
        const Words w = load<Words>(a + k * width) & source_bits<Src>;
        const Ints some = (w & exponent_field) != 0;
        const Ints magnitude = Src == Precision::Int8 ? ints((w >> 13) & 0x3FFu)
                                                      : ints((w >> 13) & 0x3FFFFu) + i32(scaler >> 23 & 0xFFu) * 0x400;
        const Ints below = some & (ints(w) < 0);
        const Ints rank = some ? (below ? -magnitude : magnitude) : zero;
        negative = rank >= best ? below : negative;
        best = max(best, rank);
    }
    const Words magnitude = words(best < 0 ? -best : best);
    const Words sign = words(negative) & sign_bit;
    const Words mantissa = magnitude & 0x3FFu;
    const Ints e = ints(magnitude >> 10);
    Words r;
    if constexpr (Src == Precision::Int8) {
        r = sign | (magnitude & 0x1FFFu);
    } else if constexpr (Dst == Precision::Fp16) {
        const Ints low = (e - bias) & 31;
        r = keep((e != 0) & (low != 0), sign | words((low + 112) << 23) | (mantissa << 13));
    } else {
        const Words kept = mantissa & (Dst == Precision::Bf16 ? 0x3F8u : 0x3FFu);
        r = keep(e != 0, sign | (words((e - bias) & 0xFF) << 23) | (kept << 13));
    }
    store(dst, r);
    for (u32 row = 1; row < pool_rows; ++row) {
        store(dst + row * width, Words{});
    }
}

template <Chip C, Precision Src, Precision Dst>
void pool_of(const PoolPlan& plan, const u32* a, const u32* b, u32* dst) {
    plan.max ? pool_maximum<Src, Dst>(plan.fresh, a, b, dst)
             : pool_sum<C, Src, Dst>(plan.phases, plan.fresh, a, b, dst);
}

}  // namespace lanes

/// Arithmetic::pool.
template <Chip C>
void vector_pool(const PoolPlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst) {
    const bool integers = plan.src == Precision::Int8 && (plan.dst == Precision::Fp32 || plan.dst == Precision::Int8);
    if (!integers && !lanes::usual(plan.src, plan.dst)) {
        return scalar::pool<C>(plan, a, b, dst);
    }
    const bool wide = plan.dst == Precision::Fp32;
    switch (plan.src) {
        case Precision::Int8:
            plan.max ? lanes::pool_maximum<Precision::Int8, Precision::Int8>(plan.fresh, a, b, dst)
                     : lanes::pool_sum_int8(plan.phases, plan.fresh, a, b, dst);
            break;
        case Precision::Fp16:
            wide ? lanes::pool_of<C, Precision::Fp16, Precision::Fp32>(plan, a, b, dst)
                 : lanes::pool_of<C, Precision::Fp16, Precision::Fp16>(plan, a, b, dst);
            break;
        case Precision::Bf16:
            wide ? lanes::pool_of<C, Precision::Bf16, Precision::Fp32>(plan, a, b, dst)
                 : lanes::pool_of<C, Precision::Bf16, Precision::Bf16>(plan, a, b, dst);
            break;
        default:
            wide ? lanes::pool_of<C, Precision::Tf32, Precision::Fp32>(plan, a, b, dst)
                 : lanes::pool_of<C, Precision::Tf32, Precision::Bf16>(plan, a, b, dst);
            break;
    }
}

}  // namespace
}  // namespace tessera::tensix::exact

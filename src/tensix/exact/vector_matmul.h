// The exact matrix product, vectorised: struct Arithmetic's matmul. Operands become panels once a call; a pair of tiles
// of ordinary numbers is multiplied in fp32 (vector_matmul_narrow.h), any other in fp64 (vector_matmul_wide.h),
// integers in integers. The bits are those of the scalar definition in all cases.
#pragma once

#include <tensix/exact/scalar.h>
#include <tensix/exact/vector_matmul_int8.h>
#include <tensix/exact/vector_matmul_narrow.h>
#include <tensix/exact/vector_matmul_wide.h>

namespace tessera::tensix::exact {
namespace {
namespace product {

constexpr u32 dst_tile_words = 1024;
constexpr u32 columns_at_once = 8;  ///< tiles of in1 whose panels are kept

/// What a call works with; too large for a fiber's stack. A call never yields to another fiber.
struct Scratch {
    Left left;
    Right right[columns_at_once];
    LeftWide left_wide;
    RightWide right_wide;
    IntegerPanel integer_left, integer_right;
};

inline Scratch& scratch() {
    static thread_local Scratch s;
    return s;
}

/// What instructions that add nothing make of DST: what has no exponent becomes +0, and the largest exponent infinity.
template <Precision Dst>
inline void settle(Words* words) {
    Words w = load<Words>(words);
    const Words e = w & exponent_field;
    w = keep(e > (Dst == Precision::Fp16 ? exponent_of(112) : 0u), w);
    if constexpr (Dst == Precision::Fp16) {
        const Words largest = (w & sign_bit) | (exponent_of(143) | 0x7FE000u);
        w = e > exponent_of(143) ? largest : w;
    } else {
        const Words infinity = w & ~mantissa_field;
        w = e == exponent_field ? infinity : w;
    }
    store(words, w);
}

/// Rows of zeros, which the panel has left out.
template <Precision Dst>
inline void settle_other_rows(const MatmulPlan& plan, const Left& left, u32* dst) {
    u32 i = 0;
    for (u32 r = 0; r < plan.rows; ++r) {
        if (i < left.count && left.rows[i] == r) {
            ++i;
            continue;
        }
        for (u32 h = 0; h < plan.cols / 16; ++h) {
            settle<Dst>(reinterpret_cast<Words*>(dst + dst_offset(plan, r, h)));
        }
    }
}

inline bool is_fresh(const MatmulPlan& plan, u32 tile) {
    return plan.fresh != nullptr && plan.fresh[tile] != 0;
}

inline u32* dst_tile(const MatmulPlan& plan, u32 tile) {
    u32* const dst = plan.dst + tile * dst_tile_words;
    if (is_fresh(plan, tile)) {
        for (u32 i = 0; i < dst_tile_words; i += width) {
            store(dst + i, Words{});
        }
    }
    return dst;
}

template <Precision Dst, Chip C>
void float_matmul(const MatmulPlan& plan) {
    constexpr Form form = Dst == Precision::Fp32 ? Form::Fp32 : Dst == Precision::Bf16 ? Form::Bf16 : Form::Fp16;
    Scratch& s = scratch();
    const Limits limit = limits(plan);
    // In 32-bit DST products of fp16 zeros have an exponent, to which what DST holds is rounded.
    const bool all_rows = plan.src == Precision::Fp16 && Dst == Precision::Fp32;
    for (u32 c0 = 0; c0 < plan.ct; c0 += columns_at_once) {
        const u32 count = plan.ct - c0 < columns_at_once ? plan.ct - c0 : columns_at_once;
        for (u32 c = 0; c < count; ++c) {
            build(Source{plan.src, plan.in1 + c0 + c}, plan, s.right[c]);
        }
        for (u32 r = 0; r < plan.rt; ++r) {
            const Source in0 = {plan.src, plan.in0 + r};
            build(in0, plan, all_rows, s.left);
            bool left_widened = false;
            for (u32 c = 0; c < count; ++c) {
                const u32 tile = r * plan.ct + c0 + c;
                u32* const dst = dst_tile(plan, tile);
                const Right& right = s.right[c];
                if (fits(limit, s.left.range, right.range) &&
                    (is_fresh(plan, tile) || dst_fits(plan, limit, s.left, dst))) {
                    narrow_product<form, C>(plan, {&s.left, &right, dst, plan.inner / 16, plan.phases, limit.floor});
                } else {
                    if (!left_widened) {
                        build(in0, plan, s.left, s.left_wide);
                        left_widened = true;
                    }
                    build(Source{plan.src, plan.in1 + c0 + c}, plan, s.right_wide);
                    wide_product<Dst, C>(plan, s.left, right, s.left_wide, s.right_wide, dst);
                }
                if (s.left.count != plan.rows && !is_fresh(plan, tile)) {
                    settle_other_rows<Dst>(plan, s.left, dst);
                }
            }
        }
    }
}

inline void integer_matmul(const MatmulPlan& plan) {
    Scratch& s = scratch();
    for (u32 r = 0; r < plan.rt; ++r) {
        build(plan.in0[r], plan.rows, plan.inner, plan.in0_face_rows, 0x3F0, 0x00F, s.integer_left);
        for (u32 c = 0; c < plan.ct; ++c) {
            build(plan.in1[c], plan.inner, plan.cols, 16, 0x0E0, 0x01F, s.integer_right);
            integer_product(plan, s.integer_left, s.integer_right, dst_tile(plan, r * plan.ct + c));
        }
    }
}

}  // namespace product

/// See struct Arithmetic.
template <Chip C>
void matmul(const MatmulPlan& plan) {
    if (plan.src == Precision::Int8) {
        product::integer_matmul(plan);
    } else if (plan.dst_precision == Precision::Fp32) {
        product::float_matmul<Precision::Fp32, C>(plan);
    } else if (plan.src == Precision::Fp16 && plan.dst_precision == Precision::Fp16) {
        product::float_matmul<Precision::Fp16, C>(plan);
    } else if (plan.src != Precision::Fp16 && plan.dst_precision == Precision::Bf16) {
        product::float_matmul<Precision::Bf16, C>(plan);
    } else {
        scalar::matmul<C>(plan);  // the sources' kind of exponent beside the other kind in DST
    }
}

}  // namespace
}  // namespace tessera::tensix::exact

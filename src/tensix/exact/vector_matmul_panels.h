// Operands of the exact matrix product, prepared once a tile and call: the slices that the multipliers take as numbers
// of their own, and the exponents by which products are aligned.
#pragma once

#include <tensix/arithmetic.h>
#include <tensix/exact/vector_lanes.h>

namespace tessera::tensix::exact {
namespace {
namespace product {

using namespace lanes;

using Long = uint64_t __attribute__((vector_size(128)));
using Doubles = double __attribute__((vector_size(128)));

constexpr u32 side = 32;        ///< rows of in0, columns of in1
constexpr u32 depth = 32;       ///< columns of in0, rows of in1
constexpr u32 group_depth = 8;  ///< products that are summed together
constexpr u32 face_depth = 16;  ///< products of one instruction

/// Sign, exponent and the mantissa bits of a slice of SrcA (in1) and of SrcB (in0): of the first one, and of both.
constexpr u32 right_high_bits = 0xFFF80000u, right_bits = 0xFFFFC000u;
constexpr u32 left_high_bits = 0xFFFE0000u, left_bits = 0xFFFFE000u;

/// Stands for the exponent of zero: sums with it are below every other, and fit 16 bits.
constexpr i32 no_exponent = -4096;

/// Smallest and largest exponent of the operands that are not zero; 2^14 and no_exponent if all are.
struct Range {
    i32 lowest, highest;
};

/// What every form of a panel needs to know. Exponents are those of fp32 patterns; fp16 is rebiased.
struct Source {
    Precision precision = Precision::Bf16;
    const MatmulOperand* operand = nullptr;

    /// Row `row` of face `face`, faces of `face_rows` rows, as fp32 patterns; exponent 0 is zero.
    [[gnu::always_inline]] Words load_row(u32 face, u32 face_rows, u32 row) const {
        const u32 at = (face * face_rows + row) * 16;
        Words w;
        if (operand->bf16_in_l1) {
            w = __builtin_convertvector(load<Halves>(static_cast<const u16*>(operand->data) + at), Words) << 16;
        } else {
            w = load<Words>(static_cast<const u32*>(operand->data) + at);
            if (precision == Precision::Bf16) {
                w &= 0xFFFF0000u;
            } else if (precision == Precision::Fp16) {
                w &= sign_bit | exponent_of(31) | 0x7FE000u;
            } else {
                w &= 0xFFFFE000u;
            }
        }
        const Ints some = ints(w & exponent_field) != 0;
        if (precision == Precision::Fp16) {
            w += exponent_of(112);
        }
        return keep(some, w);
    }
};

/// Lowers or raises the range to hold the exponents of 16 operands, which it returns.
[[gnu::always_inline]] inline Ints exponents_of(Words w, Ints& lowest, Ints& highest) {
    const Ints e = ints((w & exponent_field) >> 23);
    const Ints zero = e == 0;
    const Ints none = Ints{} + no_exponent;
    const Ints low = min(lowest, e + (zero & (1 << 14)));
    const Ints high = zero ? none : e;
    lowest = low;
    highest = max(highest, high);
    return high;
}

[[gnu::always_inline]] inline Range range_of(Ints lowest, Ints highest) {
    return {__builtin_reduce_min(lowest), __builtin_reduce_max(highest)};
}

/// Raises the magnitude by one or two units of the last place: by less than anything that a sum of products of slices
/// can tell, except that what was a tie is now on its far side. Zero stays zero.
[[gnu::always_inline]] inline Floats nudge(Floats v) {
    return v * 0x1.000002p0f;
}
[[gnu::always_inline]] inline Doubles nudge(Doubles v) {
    return v * 0x1.0000000000001p0;
}

/// in0, row after row of those that are not all zero (or of all).
struct Left {
    alignas(64) float high[side * depth];
    float low[side * depth];
    i32 exponents[side * depth];  ///< less the bias, once in each half of the word
    u32 rows[side];               ///< which row of the tile each is
    u32 count;
    bool low_empty;  ///< no operand has a bit in its second slice
    Range range;
};

/// in1, row after row of 32 columns.
struct Right {
    alignas(64) float high[depth * side];  ///< nudged
    float low[depth * side];               ///< nudged
    i32 exponents[depth * 16];             ///< of columns j (low half of the word) and j + 16
    bool low_empty;
    Range range;
};

/// all_rows: rows of zeros have an effect, too.
inline void build(const Source& source, const MatmulPlan& plan, bool all_rows, Left& out) {
    const u32 faces = plan.inner / 16;
    Ints lowest = Ints{} + (1 << 14), highest = Ints{} + no_exponent;
    Words rest = {};
    out.count = 0;
    for (u32 r = 0; r < plan.rows; ++r) {
        Words w[2] = {};
        for (u32 f = 0; f < faces; ++f) {
            w[f] = source.load_row(r / 16 * faces + f, plan.in0_face_rows, r % 16);
        }
        if (!all_rows && !any(ints(w[0] | w[1]) != 0)) {
            continue;
        }
        const u32 at = out.count * depth;
        for (u32 f = 0; f < faces; ++f) {
            const Floats high = floats(w[f] & left_high_bits);
            const Floats low = floats(w[f] & left_bits) - high;
            rest |= w[f] & (left_bits ^ left_high_bits);
            store(out.high + at + f * 16, high);
            store(out.low + at + f * 16, low);
            const Ints e = exponents_of(w[f], lowest, highest) - 127;
            store(out.exponents + at + f * 16, (e & 0xFFFF) | (e << 16));
        }
        out.rows[out.count++] = r;
    }
    out.low_empty = !any(ints(rest) != 0);
    out.range = range_of(lowest, highest);
}

inline void build(const Source& source, const MatmulPlan& plan, Right& out) {
    const u32 faces = plan.cols / 16;
    Ints lowest = Ints{} + (1 << 14), highest = Ints{} + no_exponent;
    Words rest = {};
    for (u32 k = 0; k < plan.inner; ++k) {
        Ints e[2] = {Ints{} + no_exponent, Ints{} + no_exponent};
        for (u32 f = 0; f < 2; ++f) {
            const Words w = f < faces ? source.load_row(k / 16 * faces + f, 16, k % 16) : Words{};
            const Floats high = floats(w & right_high_bits);
            const Floats low = floats(w & right_bits) - high;
            rest |= w & (right_bits ^ right_high_bits);
            store(out.high + k * side + f * 16, nudge(high));
            store(out.low + k * side + f * 16, nudge(low));
            e[f] = exponents_of(w, lowest, highest);
        }
        store(out.exponents + k * 16, (e[0] & 0xFFFF) | (e[1] << 16));
    }
    out.low_empty = !any(ints(rest) != 0);
    out.range = range_of(lowest, highest);
}

/// The slices in fp64, whose exponents have room for products of any two operands.
struct LeftWide {
    alignas(64) double high[side * depth];
    double low[side * depth];
};
struct RightWide {
    alignas(64) double high[depth * side];  ///< nudged
    double low[depth * side];               ///< nudged
};

[[gnu::always_inline]] inline Doubles widen(Words w) {
    const Long bits = (__builtin_convertvector(w & ~sign_bit, Long) << 29) + (uint64_t{1023 - 127} << 52);
    const Long sign = __builtin_convertvector(w & sign_bit, Long) << 32;
    const Long some = __builtin_convertvector(ints(w) != 0, Long);
    // The conversion of a mask extends its sign from signed lanes only.
    return __builtin_bit_cast(Doubles, (bits | sign) & (Long{} - (some & 1)));
}

/// The same rows as `rows` has.
inline void build(const Source& source, const MatmulPlan& plan, const Left& rows, LeftWide& out) {
    const u32 faces = plan.inner / 16;
    for (u32 i = 0; i < rows.count; ++i) {
        for (u32 f = 0; f < faces; ++f) {
            const u32 r = rows.rows[i], at = i * depth + f * 16;
            const Words w = source.load_row(r / 16 * faces + f, plan.in0_face_rows, r % 16);
            const Doubles high = widen(w & left_high_bits);
            store(out.high + at, high);
            store(out.low + at, widen(w & left_bits) - high);
        }
    }
}

inline void build(const Source& source, const MatmulPlan& plan, RightWide& out) {
    const u32 faces = plan.cols / 16;
    for (u32 k = 0; k < plan.inner; ++k) {
        for (u32 f = 0; f < 2; ++f) {
            const u32 at = k * side + f * 16;
            const Words w = f < faces ? source.load_row(k / 16 * faces + f, 16, k % 16) : Words{};
            const Doubles high = widen(w & right_high_bits);
            store(out.high + at, nudge(high));
            store(out.low + at, nudge(widen(w & right_bits) - high));
        }
    }
}

/// What phase p takes off the exponents, for each of 4 phases.
constexpr i32 phase_shift(u32 p) {
    return (p & 1 ? 5 : 0) + (p & 2 ? 7 : 0);
}

/// Word of a DST tile at which 16 columns of a row begin.
[[gnu::always_inline]] inline u32 dst_offset(const MatmulPlan& plan, u32 row, u32 half) {
    return (row / 16 * (plan.cols / 16) + half) * 256 + row % 16 * 16;
}

}  // namespace product
}  // namespace
}  // namespace tessera::tensix::exact

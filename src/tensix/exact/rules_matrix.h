// The rules of the matrix unit's floating-point arithmetic: products of slices of mantissas, two groups of eight of
// which are summed in fixed point and added to DST.
#pragma once

#include <cstdint>

#include <tensix/arithmetic.h>
#include <tensix/exact/rules_source.h>

namespace tessera::tensix::exact {
namespace {
namespace rules {

/// A datum of SrcA or SrcB. Exponent 0 means zero, whatever the mantissa and the sign; the largest exponent is an
/// ordinary one: the matrix unit takes no infinities and no NaNs in.
struct Operand {
    bool negative = false;
    int exponent = 0;
    uint32_t significand = 0;  ///< 11 bits, the first of them set; 0 for zero

    constexpr bool zero() const { return significand == 0; }
};

constexpr Operand operand_of(Precision src, uint32_t word) {
    word = source_bits(src, word);
    if (exponent_of(word) == 0) {
        return {};
    }
    return {(word & sign_bit) != 0, exponent_of(word), 0x400 | ((word >> 13) & 0x3FF)};
}

/// A summand of the adder: the significand's bit 23 is worth 2^exponent.
struct Term {
    bool negative = false;
    int exponent = 0;
    uint32_t significand = 0;
};

/// The multipliers take 5 bits of SrcA and 7 of SrcB at a time. Phases 1 and 3 take the next bits of SrcA (its last bit
/// is never used), phases 2 and 3 the next bits of SrcB.
constexpr uint32_t slice_a(uint32_t significand, uint32_t phase) {
    return phase & 1 ? (significand >> 1) & 0x1F : significand >> 6;
}
constexpr uint32_t slice_b(uint32_t significand, uint32_t phase) {
    return phase & 2 ? (significand & 0xF) << 3 : significand >> 4;
}

/// What to add to the sum of two exponents: it takes one bias away, and tells what the slices are worth. DST of 32 bits
/// has 8-bit exponents even if the sources' have 5 bits.
constexpr int exponent_adjustment(Precision src, Precision dst, uint32_t phase) {
    const int bias = src != Precision::Fp16 ? -127 : dst == Precision::Fp32 ? 97 : -15;
    return bias - (phase & 1 ? 5 : 0) - (phase & 2 ? 7 : 0);
}

struct Product {
    bool negative = false;
    int exponent = 0;
    uint32_t magnitude = 0;  ///< up to 12 bits, bit 10 is worth 2^exponent
};

/// Zero times anything is a positive zero. A slice without a bit set still brings its exponent.
constexpr Product product(const Operand& a, const Operand& b, uint32_t phase, int adjustment) {
    if (a.zero() || b.zero()) {
        return {false, adjustment > 0 ? adjustment : 0, 0};
    }
    return {a.negative != b.negative, a.exponent + b.exponent + adjustment,
            slice_a(a.significand, phase) * slice_b(b.significand, phase)};
}

/// Eight products aligned to the largest exponent among them, each rounded half up in magnitude to 12 bits, and summed
/// exactly. A group whose exponent does not come to 1 is zero.
constexpr Term group_of(const Product* products) {
    int largest = products[0].exponent;
    for (int i = 1; i < 8; ++i) {
        largest = products[i].exponent > largest ? products[i].exponent : largest;
    }
    if (largest <= 0) {
        return {};
    }
    int32_t sum = 0;
    for (int i = 0; i < 8; ++i) {
        const int d = largest - products[i].exponent < 30 ? largest - products[i].exponent : 30;
        const auto aligned = static_cast<int32_t>(((uint64_t{products[i].magnitude} << 1) + (1ull << d)) >> (d + 1));
        sum += products[i].negative ? -aligned : aligned;
    }
    return {sum < 0, largest, static_cast<uint32_t>(sum < 0 ? -sum : sum) << 13};
}

/// One product in place of a group, as ELWMUL has it.
constexpr Term term_of(const Product& p, int adjustment) {
    if (p.exponent <= 0) {
        return {false, adjustment > 0 ? adjustment : 0, 0};
    }
    return {p.negative, p.exponent, p.magnitude << 13};
}

/// What DST holds, as a summand. fp16 is in the words of DST with 8-bit exponents and is added with its own of 5.
constexpr Term term_of_dst(Precision dst, uint32_t word) {
    const int e = exponent_of(word) - (dst == Precision::Fp16 ? fp16_rebias : 0);
    if (e <= 0) {
        return {(word & sign_bit) != 0, 0, 0};
    }
    return {(word & sign_bit) != 0, e, 0x800000u | (word & mantissa_field)};
}

enum class Ties : uint8_t {
    Up,    ///< towards plus infinity
    Away,  ///< away from zero
};

/// A term's significand in units of 2^(exponent - 23), with its sign: shifted right and rounded to nearest, and in
/// 16-bit DST rounded once more, to the 11 bits that its adder has.
constexpr int64_t aligned(const Term& term, int exponent, Ties ties, bool narrow) {
    const uint64_t lower = ties == Ties::Up && term.negative ? 1 : 0;
    const int d = exponent - term.exponent;
    uint64_t m = term.significand;
    if (d >= 31) {
        m = 0;
    } else if (d > 0) {
        m = (m + (1ull << (d - 1)) - lower) >> d;
    }
    if (narrow) {
        m = (m + 0x1000 - lower) & ~0x1FFFull;
    }
    return term.negative ? -static_cast<int64_t>(m) : static_cast<int64_t>(m);
}

/// The two groups plus what DST holds: the new DST word.
/// Wormhole has an erratum with 32-bit DST: a sum of exactly minus one unit is normalised 27 places short.
template <Chip chip>
constexpr uint32_t accumulate(Precision dst, const Term& group0, const Term& group1, const Term& held) {
    int x = group0.exponent > group1.exponent ? group0.exponent : group1.exponent;
    x = held.exponent > x ? held.exponent : x;
    if (x <= 0) {
        return 0;
    }
    const bool narrow = dst != Precision::Fp32;
    const int64_t sum = aligned(group0, x, Ties::Up, narrow) + aligned(group1, x, Ties::Up, narrow) +
                        aligned(held, x, Ties::Away, narrow);
    if (sum == 0) {
        return 0;
    }
    if (chip == Chip::Wormhole && !narrow && sum == -1) {
        return x + 4 >= 255 ? sign_bit | infinity : word_of(true, x + 4, 0);
    }
    const bool negative = sum < 0;
    auto magnitude = static_cast<uint64_t>(negative ? -sum : sum);
    // Normalise to the bits that DST holds, ties away from zero.
    const int bits = dst == Precision::Fp32 ? 24 : dst == Precision::Fp16 ? 11 : 8;
    int top = 63 - __builtin_clzll(magnitude);
    const int e = x + top - 23;
    const int excess = top + 1 - bits;
    if (excess > 0) {
        magnitude = (magnitude + (1ull << (excess - 1))) >> excess;
        top -= excess;
    }
    const bool carried = (magnitude >> (top + 1)) != 0;
    const int exponent = e + (carried ? 1 : 0);
    // The significand's bits, the first at bit 23.
    const uint64_t significand = magnitude << (23 - top) >> (carried ? 1 : 0);
    if (exponent <= 0) {
        return 0;
    }
    const auto mantissa = static_cast<uint32_t>(significand) & mantissa_field;
    if (dst == Precision::Fp16) {
        return exponent >= 32 ? word_of(negative, 31 + fp16_rebias, 0x3FFu << 13)
                              : word_of(negative, exponent + fp16_rebias, mantissa);
    }
    return exponent >= 255 ? word_of(negative, 255, 0) : word_of(negative, exponent, mantissa);
}

/// One row of MVMUL or GAPOOL: 16 words of SrcB with a column of SrcA, one phase.
template <Chip chip>
constexpr uint32_t dot(Precision src, Precision dst, uint32_t phase, const Operand* a, const Operand* b,
                       uint32_t held) {
    const int adjustment = exponent_adjustment(src, dst, phase);
    Product products[16];
    for (int i = 0; i < 16; ++i) {
        products[i] = product(a[i], b[i], phase, adjustment);
    }
    return accumulate<chip>(dst, group_of(products), group_of(products + 8), term_of_dst(dst, held));
}

/// ELWMUL, one phase.
template <Chip chip>
constexpr uint32_t multiply(Precision src, Precision dst, uint32_t phase, uint32_t a, uint32_t b, uint32_t held) {
    const int adjustment = exponent_adjustment(src, dst, phase);
    const Product p = product(operand_of(src, a), operand_of(src, b), phase, adjustment);
    return accumulate<chip>(dst, term_of(p, adjustment), {}, term_of_dst(dst, held));
}

/// ELWADD, and ELWSUB with b's sign turned: the smaller operand is aligned to the larger one's 11 bits, and the sum of
/// 12 bits is added to what DST holds (zero unless the instruction accumulates).
template <Chip chip>
constexpr uint32_t add(Precision src, Precision dst, bool subtract, uint32_t a, uint32_t b, uint32_t held) {
    Operand x = operand_of(src, a), y = operand_of(src, b);
    y.negative = y.negative != subtract;
    if (y.exponent > x.exponent || (y.exponent == x.exponent && y.significand > x.significand)) {
        const Operand larger = y;
        y = x;
        x = larger;
    }
    const int d = x.exponent - y.exponent;
    uint32_t smaller = d >= 12 ? 0 : y.significand;
    if (d > 0 && d < 12) {
        smaller = (smaller + (1u << (d - 1))) >> d;
    }
    const uint32_t sum = x.negative == y.negative ? x.significand + smaller : x.significand - smaller;
    int exponent = x.exponent;
    if (src == Precision::Fp16 && dst == Precision::Fp32) {
        exponent = x.zero() ? 97 : x.exponent + fp16_rebias;
    }
    return accumulate<chip>(dst, {x.negative, exponent, sum << 13}, {}, term_of_dst(dst, held));
}

// --- GMPOOL
// ------------------------------------------------------------------------------------------------------------

/// What DST holds after it was cleared for a maximum: all ones, below every number.
constexpr uint32_t below_every_number(Precision dst) {
    switch (dst) {
        case Precision::Fp16:
            return word_of(true, 31 + fp16_rebias, 0x3FFu << 13);
        case Precision::Bf16:
            return 0xFFFF0000u;
        default:
            return 0xFFFFFFFFu;
    }
}

/// A candidate for the maximum. They are compared as signed integers of exponent and mantissa, so that every pattern
/// has its place: no NaNs, and -0 is as good as +0 only because sources flush it.
struct Candidate {
    bool negative = false;
    uint32_t exponent = 0;  ///< 9 bits: of DST, or the sum of a source's and its scaler's
    uint32_t mantissa = 0;  ///< 10 bits

    constexpr int32_t rank() const {
        const auto magnitude = static_cast<int32_t>((exponent << 10) + mantissa);
        return negative ? -magnitude : magnitude;
    }
};

/// The scaler of 1 that the sum of exponents takes away again.
constexpr int pool_bias(Precision src, Precision dst) {
    return src == Precision::Int8 ? 0 : src == Precision::Fp16 && dst != Precision::Fp32 ? 15 : 127;
}

constexpr Candidate candidate_of_dst(Precision src, Precision dst, uint32_t word) {
    const bool negative = (word & sign_bit) != 0;
    if (src == Precision::Int8) {
        return {negative, (word >> 10) & 0x1FF, word & 0x3FF};
    }
    const int e = exponent_of(word) - (dst == Precision::Fp16 && word != 0 ? fp16_rebias : 0);
    const uint32_t mantissa = (word >> 13) & (dst == Precision::Bf16 ? 0x3F8 : 0x3FF);
    return {negative, static_cast<uint32_t>((e < 0 ? 0 : e) + pool_bias(src, dst)), mantissa};
}

/// A scaler adds its exponent to the datum's; its mantissa and sign are not read. A scaler of zero makes the datum
/// smaller than every number, a datum of zero is 0 whatever its sign.
constexpr Candidate candidate_of_source(Precision src, uint32_t a, uint32_t scaler) {
    a = source_bits(src, a);
    scaler = source_bits(src, scaler);
    if (exponent_of(scaler) == 0) {
        return {true, 0x1FF, 0x3FF};
    }
    if (exponent_of(a) == 0) {
        return {};
    }
    const auto exponent =
        src == Precision::Int8 ? 0u : static_cast<uint32_t>(exponent_of(a) + exponent_of(scaler)) & 0x1FF;
    return {(a & sign_bit) != 0, exponent, (a >> 13) & 0x3FF};
}

constexpr uint32_t dst_of_candidate(Precision src, Precision dst, const Candidate& c) {
    if (src == Precision::Int8) {
        return (c.negative ? sign_bit : 0) | ((c.exponent & 7) << 10) | c.mantissa;
    }
    if (c.exponent == 0) {
        return 0;
    }
    const uint32_t e = c.exponent - static_cast<uint32_t>(pool_bias(src, dst));
    if (dst == Precision::Fp16) {
        return (e & 31) == 0 ? 0 : word_of(c.negative, static_cast<int>(e & 31) + fp16_rebias, c.mantissa << 13);
    }
    return word_of(c.negative, static_cast<int>(e & 0xFF),
                   (c.mantissa & (dst == Precision::Bf16 ? 0x3F8u : 0x3FFu)) << 13);
}

/// One column of GMPOOL: 16 datums of SrcA and 16 scalers, with what row 0 of DST holds. Rows 1 to 3 become zero.
constexpr uint32_t maximum(Precision src, Precision dst, const uint32_t* a, uint32_t a_stride, const uint32_t* scalers,
                           uint32_t held) {
    Candidate best = candidate_of_dst(src, dst, held);
    for (uint32_t i = 0; i < 16; ++i) {
        const Candidate c = candidate_of_source(src, a[i * a_stride], scalers[i]);
        if (c.rank() >= best.rank()) {
            best = c;
        }
    }
    return dst_of_candidate(src, dst, best);
}

}  // namespace rules
}  // namespace
}  // namespace tessera::tensix::exact

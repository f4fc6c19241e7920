// The exact matrix product at every level of this CPU against the scalar rules, element by element: all precisions,
// phases, DST widths and both chips, on values that round, cancel, underflow and overflow. TESSERA_LONG_TESTS=1 takes
// 1e8 values.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <tensix/arithmetic.h>
#include <tensix/exact/rules_integer.h>
#include <tensix/exact/rules_matrix.h>

#include "../tensix/golden.h"

namespace {

using namespace tessera::tensix;
namespace rules = tessera::tensix::exact::rules;
using Tile = std::vector<uint32_t>;
using Random = std::mt19937;

std::vector<std::string> levels() {
    std::vector<std::string> found;
    for (const char* level : {"scalar", "portable", "avx2", "avx512"}) {
        if (arithmetic_by_name(MathMode::Exact, Chip::Wormhole, level)) {
            found.emplace_back(level);
        }
    }
    return found;
}

double long_factor() {
    const char* text = std::getenv("TESSERA_LONG_TESTS");
    return text && std::string(text) == "1" ? 100 : 1;
}

/// Where row r, column c of a tile lies, `faces` faces of `face_rows` rows side by side.
uint32_t at(uint32_t r, uint32_t c, uint32_t faces, uint32_t face_rows = 16) {
    return ((r / 16 * faces + c / 16) * face_rows + r % 16) * 16 + c % 16;
}

/// A call with what it works on. Words of in0 that the product does not read are garbage.
struct Problem {
    Chip chip = Chip::Wormhole;
    MatmulPlan plan;
    std::vector<Tile> in0, in1;
    std::vector<std::vector<uint16_t>> narrow0, narrow1;
    std::vector<uint8_t> fresh;
    Tile dst;

    /// bf16 as in L1 instead of source words.
    void to_l1() {
        for (auto [tiles, narrow] : {std::pair(&in0, &narrow0), std::pair(&in1, &narrow1)}) {
            for (const Tile& tile : *tiles) {
                narrow->emplace_back();
                for (uint32_t w : tile) {
                    narrow->back().push_back(static_cast<uint16_t>(w >> 16));
                }
            }
        }
    }

    Tile run(const std::string& level) const {
        std::vector<MatmulOperand> a, b;
        for (size_t i = 0; i < in0.size(); ++i) {
            a.push_back(narrow0.empty() ? MatmulOperand{in0[i].data(), false} : MatmulOperand{narrow0[i].data(), true});
        }
        for (size_t i = 0; i < in1.size(); ++i) {
            b.push_back(narrow1.empty() ? MatmulOperand{in1[i].data(), false} : MatmulOperand{narrow1[i].data(), true});
        }
        Tile out = dst;
        MatmulPlan p = plan;
        p.in0 = a.data();
        p.in1 = b.data();
        p.dst = out.data();
        p.fresh = fresh.empty() ? nullptr : fresh.data();
        p.rt = static_cast<uint32_t>(in0.size());
        p.ct = static_cast<uint32_t>(in1.size());
        arithmetic_by_name(MathMode::Exact, chip, level.c_str())->matmul(p);
        return out;
    }
};

template <Chip chip>
uint32_t element(const MatmulPlan& plan, const Tile& in0, const Tile& in1, uint32_t r, uint32_t c, uint32_t held) {
    for (uint32_t phase = 0; phase < plan.phases; ++phase) {
        for (uint32_t face = 0; face < plan.inner / 16; ++face) {
            uint32_t a[16], b[16];
            rules::Operand x[16], y[16];
            for (uint32_t i = 0; i < 16; ++i) {
                a[i] = in1[at(face * 16 + i, c, plan.cols / 16)];
                b[i] = in0[at(r, face * 16 + i, plan.inner / 16, plan.in0_face_rows)];
                x[i] = rules::operand_of(plan.src, a[i]);
                y[i] = rules::operand_of(plan.src, b[i]);
            }
            held = plan.src == Precision::Int8 ? rules::integer_dot(phase, a, b, held)
                                               : rules::dot<chip>(plan.src, plan.dst_precision, phase, x, y, held);
        }
    }
    return held;
}

/// Compares every level with the rules and returns how many values that were.
size_t check(const Problem& problem, const std::string& what) {
    const MatmulPlan& plan = problem.plan;
    const auto rt = problem.in0.size(), ct = problem.in1.size();
    Tile expected = problem.dst;
    size_t count = 0;
    for (size_t t = 0; t < rt * ct; ++t) {
        uint32_t* tile = &expected[t * 1024];
        if (!problem.fresh.empty() && problem.fresh[t]) {
            std::fill(tile, tile + 1024, 0);
        }
        for (uint32_t r = 0; r < plan.rows; ++r) {
            for (uint32_t c = 0; c < plan.cols; ++c, ++count) {
                uint32_t& word = tile[at(r, c, plan.cols / 16)];
                word = problem.chip == Chip::Wormhole
                           ? element<Chip::Wormhole>(plan, problem.in0[t / ct], problem.in1[t % ct], r, c, word)
                           : element<Chip::Blackhole>(plan, problem.in0[t / ct], problem.in1[t % ct], r, c, word);
            }
        }
    }
    for (const std::string& level : levels()) {
        const Tile got = problem.run(level);
        size_t wrong = 0, first = 0;
        for (size_t i = got.size(); i-- > 0;) {
            if (got[i] != expected[i]) {
                ++wrong;
                first = i;
            }
        }
        EXPECT_EQ(wrong, 0u) << level << ", chip " << static_cast<int>(problem.chip) << ", src "
                             << static_cast<int>(plan.src) << ", dst " << static_cast<int>(plan.dst_precision)
                             << ", phases " << int{plan.phases} << ", " << plan.rows << "x" << plan.inner << "x"
                             << plan.cols << ", " << what << ": word " << first << " is " << std::hex << got[first]
                             << " and should be " << expected[first] << ", was " << problem.dst[first];
    }
    return count;
}

// --- Values
// -----------------------------------------------------------------------------------------------------------

/// How operands and DST are drawn.
struct Values {
    const char* name;
    int centre;         ///< exponent, of fp32
    int spread;         ///< exponents are centre +- spread
    uint32_t mantissa;  ///< bits that mantissas may have
    int zeros;          ///< percent
    bool raw;           ///< any bits instead
};

constexpr Values kinds[] = {
    {"ordinary", 127, 4, 0x7FFFFF, 2, false},
    {"near", 127, 1, 0x7FFFFF, 0, false},
    {"few bits", 127, 1, 0x600000, 10, false},  // cancels and ties
    {"ties", 127, 12, 0x400000, 5, false},
    {"wide", 127, 18, 0x7FFFFF, 5, false},
    {"wide, few bits", 127, 30, 0x780000, 30, false},
    {"small", 76, 14, 0x7FFFFF, 10, false},  // products between ordinary and nothing
    {"tiny", 62, 12, 0x7FFFFF, 5, false},
    {"large", 186, 9, 0x7FFFFF, 5, false},
    {"mostly zeros", 127, 8, 0x7FFFFF, 95, false},
    {"raw", 0, 0, 0, 2, true},
    {"anywhere", 0, 0, 0x7FFFFF, 0, false},  // see `place`
    {"anywhere, few bits", 0, 0, 0x700000, 0, false},
};

/// Narrow ranges of exponents where products are near the smallest or the largest ones, often with zeros.
Values place(Random& random, Values v) {
    if (v.centre == 0 && !v.raw) {
        v.centre = static_cast<int>(random() % 3 == 0 ? 160 + random() % 34 : 62 + random() % 54);
        v.spread = static_cast<int>(random() % 4);
        v.zeros = random() % 2 ? 0 : static_cast<int>(random() % 100);
    }
    return v;
}

uint32_t draw(Random& random, const Values& v, Precision precision) {
    if (static_cast<int>(random() % 100) < v.zeros) {
        return random() % 4 == 0 ? 0x80000000u : 0;
    }
    uint32_t w = random();
    if (v.raw && random() % 16 == 0) {
        const uint32_t specials[] = {0x7F800000, 0xFF800000, 0x7FC00000, 0x00400000, 0x00800000,
                                     0x80000001, 0x7F7FFFFF, 0xFFFFFFFF, 0x3F800000};
        w = specials[random() % std::size(specials)];
    } else if (!v.raw) {
        const int e = v.centre + static_cast<int>(random() % static_cast<uint32_t>(2 * v.spread + 1)) - v.spread;
        w = (w & 0x80000000u) | static_cast<uint32_t>(std::clamp(e, 0, 255)) << 23 | (w & v.mantissa);
    }
    switch (precision) {
        case Precision::Fp32:
            return w;
        case Precision::Tf32:
            return w & ~0x1FFFu;
        case Precision::Bf16:
            return w & 0xFFFF0000u;
        case Precision::Fp16: {
            // The exponent's low bits around fp16's middle.
            const int e = v.raw ? static_cast<int>(w >> 23 & 31)
                                : std::clamp(static_cast<int>(w >> 23 & 0xFF) - v.centre + 15, 0, 31);
            return (w & 0x80000000u) | static_cast<uint32_t>(e) << 23 | (w & 0x7FE000u);
        }
        default:
            return (w & 0x80000000u) | (16u << 23) | (w & 0x7FE000u);
    }
}

uint32_t draw_dst(Random& random, const Values& v, Precision dst, uint32_t shift) {
    if (dst == Precision::Int8) {
        const uint32_t w = random();
        return random() % 4 == 0 ? w | 0x7FFFF000u : w >> random() % 31 | (w & 0x80000000u);
    }
    Values around = v;
    around.centre = std::clamp(2 * v.centre - 127 + static_cast<int>(shift) - 8, 1, 254);
    uint32_t w = draw(random, around, dst == Precision::Fp16 ? Precision::Fp16 : dst);
    if (dst == Precision::Fp16) {
        w = (w & 0x7F800000u) == 0 ? 0 : w + (112u << 23);
    }
    return w;
}

struct Kind {
    Precision src, dst;
};
constexpr Kind precisions[] = {
    {Precision::Bf16, Precision::Bf16}, {Precision::Bf16, Precision::Fp32}, {Precision::Tf32, Precision::Fp32},
    {Precision::Tf32, Precision::Bf16}, {Precision::Fp16, Precision::Fp16}, {Precision::Fp16, Precision::Fp32},
    {Precision::Int8, Precision::Int8},
};

Problem make(Random& random, Chip chip, const Kind& kind, uint32_t phases, const Values& drawn, uint32_t rt,
             uint32_t ct) {
    const Values values = place(random, drawn);
    Problem p;
    p.chip = chip;
    p.plan.src = kind.src;
    p.plan.dst_precision = kind.dst;
    p.plan.phases = static_cast<uint8_t>(phases);
    const bool odd_shape = random() % 4 == 0;
    if (odd_shape) {
        p.plan.rows = 1 + random() % 32;
        p.plan.inner = 16 + random() % 2 * 16;
        p.plan.cols = 16 + random() % 2 * 16;
        p.plan.in0_face_rows = p.plan.rows > 8 ? 16 : 8;
    }
    for (uint32_t i = 0; i < rt; ++i) {
        Tile& tile = p.in0.emplace_back(1024);
        for (uint32_t& w : tile) {
            w = draw(random, values, kind.src);
        }
        // Rows of zeros, up to all but one.
        const uint32_t zero_rows = random() % 3 == 0 ? random() % 33 : 0;
        for (uint32_t r = 32 - zero_rows; r < 32; ++r) {
            for (uint32_t c = 0; c < p.plan.inner && r < p.plan.rows; ++c) {
                tile[at(r, c, p.plan.inner / 16, p.plan.in0_face_rows)] = 0;
            }
        }
    }
    for (uint32_t i = 0; i < ct; ++i) {
        for (uint32_t& w : p.in1.emplace_back(1024)) {
            w = draw(random, values, kind.src);
        }
    }
    const uint32_t shift = random() % 17;
    p.dst.resize(1024 * rt * ct);
    for (uint32_t& w : p.dst) {
        w = draw_dst(random, values, kind.dst, shift);
    }
    if (drawn.centre == 0 && kind.dst != Precision::Int8 && kind.dst != Precision::Fp16 && random() % 3 == 0) {
        // Tiny numbers under groups of zeros.
        for (uint32_t& w : p.dst) {
            w = (w & 0x807FFFFFu) | ((1 + random() % 50) << 23);
            w = kind.dst == Precision::Bf16 ? w & 0xFFFF0000u : w;
        }
    }
    if (random() % 2) {
        for (uint32_t i = 0; i < rt * ct; ++i) {
            p.fresh.push_back(random() % 2);
        }
    }
    if (kind.src == Precision::Bf16 && random() % 2) {
        p.to_l1();
    }
    return p;
}

TEST(MatmulLevels, RandomValues) {
    const auto goal = static_cast<size_t>(1e6 * long_factor());
    Random random(7);
    size_t count = 0;
    while (count < goal && !HasFailure()) {
        for (const Kind& kind : precisions) {
            for (const Values& values : kinds) {
                const auto phases = 1 + random() % 4;
                const Chip chip = random() % 2 ? Chip::Wormhole : Chip::Blackhole;
                const bool block = random() % 8 == 0;
                const Problem p = make(random, chip, kind, phases, values, block ? 1 + random() % 2 : 1,
                                       block ? 1 + random() % 3 : 1);
                count += check(p, values.name);
            }
        }
    }
    RecordProperty("values", static_cast<int>(count));
}

TEST(MatmulLevels, EveryCombinationOnce) {
    Random random(11);
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        for (const Kind& kind : precisions) {
            for (uint32_t phases = 1; phases <= 4; ++phases) {
                check(make(random, chip, kind, phases, kinds[0], 1, 1), "every combination");
            }
        }
    }
    // More columns of tiles than a call keeps at once.
    check(make(random, Chip::Blackhole, precisions[0], 2, kinds[0], 1, 11), "many columns");
}

// A group's sum at and next to ties of its first and of its second rounding, under a second group or DST that is larger
// by up to 2^17: the sums are made of products of ones, column signs turn them.
TEST(MatmulLevels, TiesOfTwoRoundings) {
    Random random(13);
    for (int turn = 0; turn < 150; ++turn) {
        Problem p;
        p.chip = turn % 2 ? Chip::Blackhole : Chip::Wormhole;
        p.plan.src = turn % 3 == 2 ? Precision::Fp16 : Precision::Bf16;
        const bool fp16 = p.plan.src == Precision::Fp16;
        p.plan.dst_precision = turn / 3 % 2 ? Precision::Fp32 : fp16 ? Precision::Fp16 : Precision::Bf16;
        p.plan.phases = 1;
        const int base = fp16 ? 8 : 121;  // exponent of the group's largest operand
        Tile& in0 = p.in0.emplace_back(1024);
        Tile& in1 = p.in1.emplace_back(1024);
        for (uint32_t c = 0; c < 32; ++c) {
            for (uint32_t k = 0; k < 32; ++k) {
                in1[at(k, c, 2)] = static_cast<uint32_t>(fp16 ? 15 : 127) << 23 | (c % 2 ? 0x80000000u : 0);
            }
        }
        for (uint32_t r = 0; r < 32; ++r) {
            const int power = 10 + static_cast<int>(random() % 5);
            int rest = (1 << power) + static_cast<int>(random() % 9) - 4;
            uint32_t k = 0;
            for (; k < 8 && rest > 0; ++k) {
                // 7 bits m at 2^-shift of 16 * m, the largest that fits.
                int shift = 0, m = rest / 16;
                for (; m < 64 && shift < 6; ++shift) {
                    m = (rest << (shift + 1)) / 16;
                }
                m = std::min(m, 127);
                if (m < 64) {
                    break;
                }
                in0[at(r, k, 2)] = static_cast<uint32_t>(base - shift) << 23 | static_cast<uint32_t>(m & 63) << 17;
                rest -= (16 * m) >> shift;
            }
            if (random() % 4) {
                const auto larger = static_cast<uint32_t>(base) + 10 + random() % 8;
                in0[at(r, 8 + random() % 8, 2)] = larger << 23 | (random() % 2 ? 0x80000000u : 0);
            }
        }
        p.dst.resize(1024);
        for (uint32_t& w : p.dst) {
            const auto e = static_cast<uint32_t>(base + (fp16 ? 112 : 0)) + 8 + random() % 12;
            w = random() % 4 == 0 ? 0 : (random() & 0x80600000u) | e << 23;
        }
        check(p, "two roundings");
    }
}

// What DST holds may be far smaller than the numbers that are multiplied: where they are zeros, it stays.
TEST(MatmulLevels, TinyDstUnderZeros) {
    Random random(17);
    for (int turn = 0; turn < 32; ++turn) {
        const Precision dst = turn % 2 ? Precision::Fp32 : Precision::Bf16;
        Problem p;
        p.chip = turn % 4 < 2 ? Chip::Wormhole : Chip::Blackhole;
        p.plan.src = Precision::Bf16;
        p.plan.dst_precision = dst;
        p.plan.phases = static_cast<uint8_t>(1 + turn / 4 % 4);
        for (Tile* tile : {&p.in0.emplace_back(1024), &p.in1.emplace_back(1024)}) {
            for (uint32_t& w : *tile) {
                w = draw(random, kinds[0], Precision::Bf16);
            }
        }
        for (uint32_t k = 0; k < 32; ++k) {
            for (uint32_t c = 0; c < 32; c += 2) {
                p.in1[0][at(k, c, 2)] = 0;
            }
        }
        p.dst.resize(1024);
        for (uint32_t& w : p.dst) {
            w = (random() & 0x807FFFFFu) | (random() % 40) << 23;
            w = dst == Precision::Bf16 ? w & 0xFFFF0000u : w;
        }
        check(p, "tiny DST");
    }
}

// The sum is minus one unit of the last place: Wormhole's erratum, which is not Blackhole's.
TEST(MatmulLevels, SmallestNegativeSum) {
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        Problem p;
        p.chip = chip;
        p.plan.src = Precision::Bf16;
        p.plan.dst_precision = Precision::Fp32;
        p.plan.phases = 1;
        p.in0.assign(1, Tile(1024, 0));
        p.in1.assign(1, Tile(1024, 0));
        p.dst.assign(1024, 0xBF800001u);  // -(1 + 2^-23)
        p.in0[0][0] = p.in1[0][0] = 0x3F800000u;
        check(p, "erratum");
        for (const std::string& level : levels()) {
            const uint32_t got = p.run(level)[0];
            EXPECT_EQ(got, chip == Chip::Wormhole ? 0xC1800000u : 0xB4000000u) << level;  // -2^4, -2^-23
        }
    }
}

// --- The golden vectors
// -----------------------------------------------------------------------------------------------

TEST(MatmulLevels, GoldenVectors) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "matmul" || entry["in0_fmt"] != entry["in1_fmt"]) {
            continue;
        }
        const std::string format = entry["in0_fmt"], src = entry["src_fmt"];
        const bool wide_dst = entry["dst_bits"] == 32;
        Kind kind;
        if (format == "bf16" && src == "bf16") {
            kind = {Precision::Bf16, wide_dst ? Precision::Fp32 : Precision::Bf16};
        } else if (format == "fp16" && src == "fp16") {
            kind = {Precision::Fp16, wide_dst ? Precision::Fp32 : Precision::Fp16};
        } else if (format == "fp32" && src == "tf32") {
            kind = {Precision::Tf32, wide_dst ? Precision::Fp32 : Precision::Bf16};
        } else {
            continue;  // test_golden_exact.cpp has the others
        }
        const auto in0 = golden::words(entry, "in0", format != "fp32");
        const auto in1 = golden::words(entry, "in1", format != "fp32");
        const auto expected = golden::words(entry, "out", entry["out_dtype"] != "fp32_bits");
        Problem p;
        p.chip = entry["arch"] == "wh" ? Chip::Wormhole : Chip::Blackhole;
        p.plan.src = kind.src;
        p.plan.dst_precision = kind.dst;
        p.plan.phases = static_cast<uint8_t>(entry["phases"].get<int>());
        const auto source = [&](uint32_t v) {
            return kind.src == Precision::Bf16   ? rules::source_of_bf16(v)
                   : kind.src == Precision::Fp16 ? rules::source_of_fp16(v)
                                                 : rules::source_of_fp32(Precision::Tf32, v);
        };
        for (const std::string& level : levels()) {
            p.dst.assign(1024, 0);
            for (uint32_t k = 0; k < entry["k_tiles"].get<uint32_t>(); ++k) {
                p.in0.assign(1, Tile(1024));
                p.in1.assign(1, Tile(1024));
                for (uint32_t r = 0; r < 32; ++r) {
                    for (uint32_t c = 0; c < 32; ++c) {
                        p.in0[0][at(r, c, 2)] = source(in0[k * 1024 + r * 32 + c]);
                        p.in1[0][at(r, c, 2)] = source(in1[k * 1024 + r * 32 + c]);
                    }
                }
                p.dst = p.run(level);
            }
            size_t wrong = 0;
            for (uint32_t i = 0; i < 1024; ++i) {
                const uint32_t got = p.dst[at(i / 32, i % 32, 2)];
                const uint32_t want = kind.dst == Precision::Fp32   ? expected[i]
                                      : kind.dst == Precision::Bf16 ? expected[i] << 16
                                      : (expected[i] & 0x7C00) == 0 ? 0
                                                                    : rules::source_of_fp16(expected[i]) + (112u << 23);
                wrong += got != want;
            }
            ASSERT_EQ(wrong, 0u) << level << ": " << entry.dump();
        }
        ++cases;
    }
    EXPECT_GT(cases, 3u);
    RecordProperty("cases", static_cast<int>(cases));
}

}  // namespace

// The vector unit's instructions at every level of CPU against the scalar rules, on random operands in which everything
// special is common: both ends of the exponents, denormals, infinities and NaNs, sums that cancel, products near ties.
// A million values for sums and products, fewer for the rest; a hundred million each with TESSERA_LONG_TESTS=1.
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/arithmetic.h>
#include <tensix/exact/vector_unit.h>

namespace tessera::tensix::exact {
namespace {

constexpr size_t block = 4096;

uint64_t values_wanted(VectorOp op) {
    const char* const slow = std::getenv("TESSERA_LONG_TESTS");
    return slow != nullptr && *slow == '1' ? 100'000'000 : op <= VectorOp::Add ? 1'000'000 : 200'000;
}

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
    uint32_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Du) >> 32);
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>((static_cast<uint64_t>(next()) * n) >> 32); }

private:
    uint64_t state_;
};

uint32_t few_bits(Random& r) {
    const uint32_t kept = r.below(24);
    const uint32_t mantissa = r.next() & 0x7FFFFF & ~((1u << kept) - 1);
    return r.below(4) == 0 ? 0x7FFFFF & ~mantissa : mantissa;
}

uint32_t special(Random& r) {
    constexpr std::array<uint32_t, 16> values = {0,          0x00000001, 0x007FFFFF, 0x00800000, 0x00800001, 0x3F7FFFFF,
                                                 0x3F800000, 0x3F800001, 0x4B000000, 0x7E7FFFFF, 0x7E800000, 0x7F7FFFFF,
                                                 0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF};
    return values[r.below(values.size())] | (r.next() & 0x80000000u);
}

/// Operands of one kind for a whole block, so that vector code meets blocks with and without rare lanes.
void fill(Random& r, uint32_t* a, uint32_t* b, uint32_t* c) {
    const uint32_t kind = r.below(8);
    for (size_t i = 0; i < block; i++) {
        const uint32_t what = kind == 7 ? r.below(7) : kind;
        const uint32_t signs = r.next();
        const auto number = [&](uint32_t exponent, uint32_t mantissa, int bit) {
            return ((exponent & 0xFF) << 23) | (mantissa & 0x7FFFFF) | (((signs >> bit) & 1) << 31);
        };
        const uint32_t ea = 64 + r.below(128);
        const uint32_t eb = 64 + r.below(128);
        switch (what) {
            case 0:  // any bits
                a[i] = r.next();
                b[i] = r.next();
                c[i] = r.next();
                break;
            case 1:  // ordinary numbers of one order
                a[i] = number(120 + r.below(10), r.next(), 0);
                b[i] = number(120 + r.below(10), r.next(), 1);
                c[i] = number(120 + r.below(10), r.next(), 2);
                break;
            case 2:  // an addend near the product's exponent, few significant bits: ties, cancellation
                a[i] = number(ea, few_bits(r), 0);
                b[i] = number(eb, few_bits(r), 1);
                c[i] = number(ea + eb - 127 - 30 + r.below(60), few_bits(r), 2);
                break;
            case 3: {  // c is the negated product, or near it
                a[i] = number(ea, r.below(2) != 0 ? few_bits(r) : r.next(), 0);
                b[i] = number(eb, r.below(2) != 0 ? few_bits(r) : r.next(), 1);
                const float p = std::bit_cast<float>(a[i]) * std::bit_cast<float>(b[i]);
                c[i] = (std::bit_cast<uint32_t>(p) ^ 0x80000000u) + r.below(9) - 4;
                break;
            }
            case 4:  // the lower end
                a[i] = number(ea, few_bits(r), 0);
                b[i] = number(127 - ea + r.below(8), r.next(), 1);
                c[i] = number(r.below(30), few_bits(r), 2);
                break;
            case 5:  // the upper end
                a[i] = number(ea, few_bits(r), 0);
                b[i] = number(378 - ea + r.below(8), r.next(), 1);
                c[i] = number(226 + r.below(30), few_bits(r), 2);
                break;
            default:  // special values among others
                a[i] = r.below(3) != 0 ? special(r) : r.next();
                b[i] = r.below(3) != 0 ? special(r) : number(eb, r.next(), 1);
                c[i] = r.below(3) != 0 ? special(r) : r.next();
                break;
        }
    }
}

/// For shifts, exponents and such: the second operand small and of either sign, half of the time.
void small_integers(Random& r, uint32_t* b) {
    if (r.below(2) != 0) {
        for (size_t i = 0; i < block; i++) {
            b[i] = r.below(80) - 40;
        }
    }
}
/// For conversions to integers: the first operand near what fits, half of the time.
void near_integers(Random& r, uint32_t* a) {
    if (r.below(2) != 0) {
        for (size_t i = 0; i < block; i++) {
            a[i] = (a[i] & 0x80000000u) | ((124 + r.below(22)) << 23) |
                   (r.below(2) != 0 ? few_bits(r) : r.next() & 0x7FFFFF);
        }
    }
}

struct Case {
    Chip chip;
    const char* level;
};

class VectorUnitLevels : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        unit_ = vector_unit_by_name(GetParam().chip, GetParam().level);
        scalar_ = vector_unit_by_name(GetParam().chip, "scalar");
        if (unit_ == nullptr) {
            GTEST_SKIP() << "this CPU has no " << GetParam().level;
        }
    }
    const VectorUnit* unit_ = nullptr;
    const VectorUnit* scalar_ = nullptr;
};

TEST_P(VectorUnitLevels, EveryInstructionFollowsItsRule) {
    std::vector<uint32_t> a(block), b(block), c(block), got(block), want(block);
    const auto last = GetParam().chip == Chip::Blackhole ? VectorOp::Count : VectorOp::Arecip;
    for (uint32_t op = 0; op < static_cast<uint32_t>(last); op++) {
        Random r(op + 1);
        for (uint64_t done = 0; done < values_wanted(VectorOp(op)); done += block) {
            fill(r, a.data(), b.data(), c.data());
            if (op > static_cast<uint32_t>(VectorOp::Add)) {
                small_integers(r, b.data());
                near_integers(r, a.data());
            }
            unit_->run(VectorOp(op), a.data(), b.data(), c.data(), got.data(), block);
            scalar_->run(VectorOp(op), a.data(), b.data(), c.data(), want.data(), block);
            for (size_t i = 0; i < block; i++) {
                ASSERT_EQ(got[i], want[i])
                    << vector_op_name(VectorOp(op)) << std::hex << " of " << a[i] << ", " << b[i] << ", " << c[i];
            }
        }
    }
}

TEST_P(VectorUnitLevels, TheCommonOnesByThemselvesAreTheSame) {
    std::vector<uint32_t> a(block), b(block), c(block), got(block), want(block);
    Random r(7);
    for (int round = 0; round < 50; round++) {
        fill(r, a.data(), b.data(), c.data());
        unit_->mad(a.data(), b.data(), c.data(), got.data(), block);
        scalar_->mad(a.data(), b.data(), c.data(), want.data(), block);
        EXPECT_EQ(got, want);
        unit_->mul(a.data(), b.data(), got.data(), block);
        scalar_->mul(a.data(), b.data(), want.data(), block);
        EXPECT_EQ(got, want);
        unit_->add(a.data(), b.data(), got.data(), block);
        scalar_->add(a.data(), b.data(), want.data(), block);
        EXPECT_EQ(got, want);
    }
}

TEST_P(VectorUnitLevels, TablesOfLinesFollowTheirRule) {
    std::vector<uint32_t> x(block), unused(block), got(block), want(block);
    Random r(9);
    for (int round = 0; round < 400; round++) {
        fill(r, x.data(), unused.data(), unused.data());
        LutTable table = {};
        for (uint32_t& entry : table.l) {
            entry = r.below(4) == 0 ? 0xFFFFFFFFu : r.next();
        }
        if (r.below(2) != 0) {
            for (uint32_t& v : x) {
                v = (v & 0x80FFFFFFu) | 0x3F000000u | (r.below(8) << 21);
            }
        }
        table.mode = static_cast<LutTable::Mode>(r.below(5));
        table.keep_sign = r.below(2) != 0;
        unit_->lut(table, x.data(), got.data(), block);
        scalar_->lut(table, x.data(), want.data(), block);
        ASSERT_EQ(got, want) << "mode " << int(table.mode);
    }
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        for (const char* level : {"portable", "avx2", "avx512"}) {
            all.push_back({chip, level});
        }
    }
    return all;
}
INSTANTIATE_TEST_SUITE_P(Levels, VectorUnitLevels, testing::ValuesIn(cases()), [](const auto& info) {
    return std::string(info.param.chip == Chip::Wormhole ? "Wormhole" : "Blackhole") + "_" + info.param.level;
});

}  // namespace
}  // namespace tessera::tensix::exact

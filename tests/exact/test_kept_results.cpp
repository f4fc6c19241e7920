// Results that the vector unit's functions keep are those that they compute: every short number, looked up and
// computed, for both chips, all widths of DST and all levels of CPU.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/exact/sfpu_results.h>
#include <tensix/sfpu.h>

namespace tessera::tensix::exact {
namespace {

constexpr size_t lanes = 16;

struct Function {
    uint32_t op;
    SfpuParams params;
};
/// One of each kind of row: flags, several parameters, a result stored in some lanes only.
const Function functions[] = {
    {TSR_SFPU_EXP, {0x3F800000, 0, 0}},
    {TSR_SFPU_EXP, {0x3F800000, TSR_SFPU_APPROX, 0}},
    {TSR_SFPU_GELU, {}},
    {TSR_SFPU_TANH, {}},
    {TSR_SFPU_SIGMOID, {}},
    {TSR_SFPU_RECIP, {}},
    {TSR_SFPU_RSQRT, {}},
    {TSR_SFPU_LOG, {}},
    {TSR_SFPU_POWER, {0x40000000, 0, 0}},
    {TSR_SFPU_POWER, {0x40400000, 0, 0}},
    {TSR_SFPU_ELU, {0x3E800000, 0, 0}},
    {TSR_SFPU_SOFTPLUS, {0x3F800000, 0x3F800000, 0x41A00000}},
};

struct Case {
    Chip chip;
    const char* level;
    SfpuWidth width;
};

class KeptResults : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        // A death test is a process of its own, in which no other test has taken the room for tables.
        GTEST_FLAG_SET(death_test_style, "threadsafe");
        table_ = exact_sfpu_by_name(GetParam().chip, GetParam().level);
        if (table_ == nullptr) {
            GTEST_SKIP() << "this CPU has no " << GetParam().level;
        }
        const uint32_t shift = short_shift(GetParam().width);
        for (uint32_t i = 0; i < 1u << (32 - shift); i++) {
            numbers_.push_back(i << shift);
        }
    }
    /// Each vector has one long number, so that nothing of it is looked up.
    std::vector<uint32_t> computed(const Function& f, const std::vector<uint32_t>& numbers) {
        std::vector<uint32_t> out;
        std::vector<uint32_t> vectors;
        for (size_t i = 0; i < numbers.size(); i++) {
            if (vectors.size() % lanes == 0) {
                vectors.push_back(0x3F800001);
            }
            vectors.push_back(numbers[i]);
        }
        vectors.resize((vectors.size() + lanes - 1) / lanes * lanes, 0x3F800001);
        table_->unary(f.op, vectors.data(), vectors.size(), f.params, GetParam().width);
        for (size_t i = 0; out.size() < numbers.size(); i++) {
            if (i % lanes != 0) {
                out.push_back(vectors[i]);
            }
        }
        return out;
    }
    std::vector<uint32_t> usual(const Function& f, std::vector<uint32_t> numbers) {
        table_->unary(f.op, numbers.data(), numbers.size(), f.params, GetParam().width);
        return numbers;
    }
    /// Runs a test's body in a process of its own.
    template <class Body>
    static void alone(Body body) {
        const auto run = [&] {
            body();
            std::exit(HasFailure() ? 1 : 0);
        };
        EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
    }
    const SfpuTable* table_ = nullptr;
    std::vector<uint32_t> numbers_;  ///< all short ones
};

TEST_P(KeptResults, AreWhatIsComputed) {
    alone([&] {
        for (const Function& f : functions) {
            const std::vector<uint32_t> want = computed(f, numbers_);
            // The first round fills the table, the second reads it.
            for (const char* round : {"computing", "looking up"}) {
                ASSERT_EQ(usual(f, numbers_), want) << sfpu_unary_name(f.op) << ' ' << round;
            }
        }
    });
}

TEST_P(KeptResults, AreLookedUp) {
    alone([&] {
        const Function f{TSR_SFPU_SILU, {}};
        usual(f, numbers_);
        uint32_t* const words = sfpu_results(table_->unary, f.op, f.params, GetParam().width);
        ASSERT_NE(words, nullptr);
        // 1.0 in a vector of its own kind: the table's word counts, and one that is missing is found again.
        const uint32_t place = 0x3F800000 >> short_shift(GetParam().width);
        const uint32_t kept = words[place];
        words[place] = 0x12340000 ^ RESULT_KEY;
        const std::vector<uint32_t> ones(lanes, 0x3F800000);
        EXPECT_EQ(usual(f, ones), std::vector<uint32_t>(lanes, 0x12340000));
        words[place] = 0;
        EXPECT_EQ(usual(f, ones), std::vector<uint32_t>(lanes, kept ^ RESULT_KEY));
        EXPECT_EQ(words[place], kept);
    });
}

TEST_P(KeptResults, MayBeSharedByThreads) {
    alone([&] {
        const Function f{TSR_SFPU_COSH, {}};
        const std::vector<uint32_t> want = computed(f, numbers_);
        std::vector<std::vector<uint32_t>> got(4);
        std::vector<std::thread> threads;
        for (auto& g : got) {
            threads.emplace_back([&] { g = usual(f, numbers_); });
        }
        for (std::thread& t : threads) {
            t.join();
        }
        for (const auto& g : got) {
            EXPECT_EQ(g, want);
        }
    });
}

/// More parameters than there is room for.
TEST(KeptResultsLimit, WithoutATableEverythingIsComputed) {
    const auto run = [] {
        const SfpuTable& table = *exact_sfpu_by_name(Chip::Wormhole, "portable");
        for (uint32_t i = 0; i < 100; i++) {
            // 2^k for k = 0 to 99: x^k of 2.
            uint32_t data[lanes];
            for (int round = 0; round < 2; round++) {
                for (uint32_t& x : data) {
                    x = 0x40000000;
                }
                table.unary(TSR_SFPU_POWER_ITERATIVE, data, lanes, {i, 0, 0}, SfpuWidth::Dst16);
                for (const uint32_t x : data) {
                    if (x != (127 + i) << 23) {
                        std::exit(1);
                    }
                }
            }
        }
        std::exit(sfpu_results(table.unary, TSR_SFPU_POWER_ITERATIVE, {99, 0, 0}, SfpuWidth::Dst16) == nullptr ? 0 : 2);
    };
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Chip chip : {Chip::Wormhole, Chip::Blackhole}) {
        for (const char* level : {"portable", "avx2", "avx512"}) {
            for (const SfpuWidth width : {SfpuWidth::Dst32, SfpuWidth::Dst16, SfpuWidth::Dst16Half}) {
                all.push_back({chip, level, width});
            }
        }
    }
    return all;
}
std::string case_name(const testing::TestParamInfo<Case>& info) {
    const char* const width = info.param.width == SfpuWidth::Dst32   ? "32"
                              : info.param.width == SfpuWidth::Dst16 ? "16"
                                                                     : "16half";
    return std::string(info.param.chip == Chip::Wormhole ? "wormhole_" : "blackhole_") + info.param.level + '_' + width;
}
INSTANTIATE_TEST_SUITE_P(All, KeptResults, testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace tessera::tensix::exact

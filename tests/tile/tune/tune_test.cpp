// Which candidates are found, and which of them are run.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/tune/ranking.h>
#include <tile/tune/search.h>

namespace tessera::tile::tune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Each turn multiplies one tile of K: sums are packed far too often.
constexpr const char* gemm = R"(kernel "gemm" {
  param A: bfloat16[256, 512]
  param B: bfloat16[512, 256]
  param C: bfloat16[256, 256]
  output C
  body {
    launch bx in 4, by in 4 {
      alloc a: bfloat16[64, 32] shared
      alloc b: bfloat16[32, 64] shared
      alloc c: float32[64, 64] fragment
      fill c[:] = 0.0
      for k = 0 to 16 pipelined(2) {
        copy A[by * 64 +: 64, k * 32 +: 32] -> a[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> b[:]
        gemm a[:] * b[:] -> c[:]
      }
      copy c[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }
  }
}
)";

/// No product: one tile a block.
constexpr const char* scale = R"(kernel "scale" {
  param A: bfloat16[256, 256]
  param B: bfloat16[256, 256]
  output B
  body {
    launch bx in 8, by in 8 {
      alloc a: bfloat16[32, 32] shared
      copy A[by * 32 +: 32, bx * 32 +: 32] -> a[:]
      parallel i in 32, j in 32 {
        a[i, j] = a[i, j] * 2.0:bfloat16
      }
      copy a[:] -> B[by * 32 +: 32, bx * 32 +: 32]
    }
  }
}
)";

std::string texts(const std::vector<Option>& options) {
    std::string all;
    for (const Option& option : options) {
        all += lower::to_text(option.choices) + " " + std::to_string(option.estimate.cycles) + option.rejected + "\n";
    }
    return all;
}

TEST(Search, FindsWhatIsBetterByEstimate) {
    lower::Options options;
    // As the script has it, whatever the compiler would choose.
    options.choices = lower::choices_from_text("blocks=1x1 k=1");
    const Option script = option_of(ir::parse(gemm), options);
    const std::vector<Option> found = search(ir::parse(gemm), {}, {.looked_at = 120, .fidelities = {}});
    ASSERT_GT(found.size(), 10);
    EXPECT_TRUE(found[1].rejected.empty());
    // What the compiler chooses comes first; what it is better than is the script as it is, and others are near.
    const double best = std::min(found[0].estimate.cycles, found[1].estimate.cycles);
    EXPECT_LT(best, 0.95 * script.estimate.cycles);
    EXPECT_GT(found[0].choices.at(0).k.value_or(1), 1);
    EXPECT_LT(found[1].estimate.cycles, 1.5 * best);
    // Sorted, those that cannot be had last and with a reason.
    for (size_t i = 2; i < found.size(); ++i) {
        if (found[i].rejected.empty()) {
            EXPECT_TRUE(found[i - 1].rejected.empty());
            EXPECT_GE(found[i].estimate.cycles, found[i - 1].estimate.cycles);
            EXPECT_LE(found[i].bound, 1.05 * found[i].estimate.cycles) << lower::to_text(found[i].choices);
        }
    }
    EXPECT_FALSE(found.back().rejected.empty());
}

TEST(Search, IsTheSameEachTimeAndKeepsToItsLimit) {
    const Limits limits{.looked_at = 40, .fidelities = {}};
    const std::vector<Option> once = search(ir::parse(gemm), {}, limits), again = search(ir::parse(gemm), {}, limits);
    EXPECT_EQ(texts(once), texts(again));
    EXPECT_LE(once.size(), 40);
    EXPECT_EQ(search(ir::parse(gemm), {}, {.looked_at = 1, .fidelities = {}}).size(), 1);
}

TEST(Search, KernelsWithoutProductsHaveCandidates) {
    const std::vector<Option> found = search(ir::parse(scale), {}, {.looked_at = 60, .fidelities = {}});
    std::set<std::vector<int64_t>> blocks;
    std::set<std::pair<uint32_t, uint32_t>> grids;
    for (const Option& option : found) {
        if (option.rejected.empty()) {
            blocks.insert(option.choices.at(0).blocks);
            grids.insert(option.choices.at(0).grid.value_or(std::pair{0U, 0U}));
        }
    }
    EXPECT_GT(blocks.size(), 3);
    EXPECT_GT(grids.size(), 1);
}

TEST(Search, WhatIsChosenIsNotVaried) {
    lower::Options options;
    options.choices = lower::choices_from_text("k=2 fidelity=HiFi4 grid=2x2");
    for (const Option& option : search(ir::parse(gemm), options, {.looked_at = 60, .fidelities = {"LoFi"}})) {
        EXPECT_EQ(option.choices.at(0).k, 2);
        EXPECT_EQ(option.choices.at(0).fidelity, "HiFi4");
        if (option.rejected.empty()) {
            EXPECT_LE(option.choices.at(0).grid.value_or(std::pair{9U, 9U}), std::pair(2U, 2U));
        }
    }
}

TEST(Search, FidelitiesAreVariedWhereAllowed) {
    std::set<std::string> seen;
    for (const Option& option : search(ir::parse(gemm), {}, {.looked_at = 80, .fidelities = {"LoFi", "HiFi2"}})) {
        seen.insert(option.choices.at(0).fidelity.value_or(""));
    }
    EXPECT_TRUE(seen.contains("LoFi"));
    EXPECT_TRUE(seen.contains("HiFi2"));
    EXPECT_FALSE(seen.contains("HiFi4"));
}

TEST(Search, AKernelThatCannotBeHadSaysWhy) {
    lower::Options options;
    options.choices = lower::choices_from_text("subblock=8x8");
    const std::vector<Option> found = search(ir::parse(gemm), options, {});
    ASSERT_EQ(found.size(), 1);
    EXPECT_THAT(found[0].rejected, HasSubstr("subblock"));
}

Entry entry(std::string name, double estimate, double bound = 0) {
    Entry one;
    one.name = std::move(name);
    one.estimate = estimate;
    one.bound = bound;
    return one;
}

TEST(Ranking, TheBestByEstimateAreRunAfterTheReference) {
    std::vector<Entry> entries = {entry("slow", 900), entry("b", 200), entry("a", 100), entry("c", 300)};
    entries[0].reference = true;
    Ranking ranking(entries, 3);
    EXPECT_EQ(ranking.planned(), 3);
    EXPECT_THAT(ranking.next(), ElementsAre(0, 2, 1));
    ranking.measured(0, 950);
    ranking.measured(2, 210);
    ranking.measured(1, 205);
    EXPECT_THAT(ranking.next(), IsEmpty());
    EXPECT_EQ(ranking.best(), 1);
    EXPECT_THAT(ranking.order(), ElementsAre(1, 2, 0, 3));
    EXPECT_EQ(ranking.entries()[3].state, Entry::State::NotTried);
}

TEST(Ranking, WhatCannotBeQuickerIsNotRun) {
    std::vector<Entry> entries;
    for (int i = 0; i < 4; ++i) {
        entries.push_back(entry("first" + std::to_string(i), i));
    }
    entries.push_back(entry("bounded", 10, 500));
    entries.push_back(entry("open", 11, 499));
    Ranking ranking(entries, 10);
    const std::vector<size_t> first = ranking.next();
    EXPECT_THAT(first, ElementsAre(0, 1, 2, 3));
    for (const size_t index : first) {
        ranking.measured(index, 500 + static_cast<double>(index));
    }
    EXPECT_THAT(ranking.next(), ElementsAre(5));
    EXPECT_EQ(ranking.entries()[4].state, Entry::State::Slower);
    EXPECT_THAT(ranking.entries()[4].why, HasSubstr("at least 500 cycles"));
}

TEST(Ranking, RejectedAndEqualOnesAreNeverRun) {
    std::vector<Entry> entries = {entry("a", 5), entry("a", 4), entry("b", 3)};
    entries[2].rejected = "too large";
    Ranking ranking(entries, 10);
    EXPECT_THAT(ranking.next(), ElementsAre(0));
    EXPECT_EQ(ranking.entries()[1].state, Entry::State::Same);
    EXPECT_EQ(ranking.entries()[2].state, Entry::State::Rejected);
    EXPECT_EQ(ranking.entries()[2].why, "too large");
    ranking.failed(0, "ended with exit code 1");
    EXPECT_THAT(ranking.next(), IsEmpty());
    EXPECT_FALSE(ranking.best().has_value());
}

TEST(Ranking, OfManyWithOneEstimateAFewComeFirst) {
    Ranking ranking({entry("a", 5), entry("b", 5), entry("c", 5), entry("d", 6)}, 3);
    EXPECT_THAT(ranking.next(), ElementsAre(0, 1, 3));
    EXPECT_EQ(Ranking({entry("a", 5), entry("b", 5), entry("c", 5)}, 3).next().size(), 3);
}

TEST(Ranking, OfEquallyQuickOnesTheFirstIsTheBest) {
    Ranking ranking({entry("a", 2), entry("b", 1)}, 10);
    EXPECT_THAT(ranking.next(), ElementsAre(1, 0));
    ranking.measured(0, 7);
    ranking.measured(1, 7);
    EXPECT_EQ(ranking.best(), 0);
}

}  // namespace
}  // namespace tessera::tile::tune

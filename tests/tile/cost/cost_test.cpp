// Choices as text, what programs are estimated to take, and what is chosen by that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <base/error.h>
#include <fmt/format.h>
#include <tile/cost/candidates.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>

namespace tessera::tile::cost {
namespace {

using lower::Choices;
using testing::HasSubstr;

ir::Kernel product(int64_t side, const char* type = "bfloat16") {
    return ir::parse(fmt::format(R"(kernel "gemm" {{
  param A: {1}[{0}, {0}]
  param B: {1}[{0}, {0}]
  param C: {1}[{0}, {0}]
  output C
  body {{
    launch bx in {2}, by in {2} {{
      alloc a: {1}[64, 32] shared
      alloc b: {1}[32, 64] shared
      alloc c: float32[64, 64] fragment
      fill c[:] = 0.0
      for k = 0 to {3} pipelined(2) {{
        copy A[by * 64 +: 64, k * 32 +: 32] -> a[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> b[:]
        gemm a[:] * b[:] -> c[:]
      }}
      copy c[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }}
  }}
}}
)",
                                 side, type, side / 64, side / 32));
}

Estimate estimated(const ir::Kernel& kernel, const std::string& choices) {
    Diagnostics diagnostics;
    lower::Options options;
    options.choices = lower::choices_from_text(choices);
    const device::Module module = lower::lower_as_chosen(kernel, options, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << choices << "\n" << diagnostics.render();
    return estimate(module);
}

TEST(Choices, AsTextAndBack) {
    const std::string text =
        "blocks=4x-x2 k=2 depth=3 subblock=2x4 multicast=in1 fidelity=HiFi2 fp32_dest=on l1_accumulate=off grid=8x4";
    const auto all = lower::choices_from_text(text);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].blocks, (std::vector<int64_t>{4, 0, 2}));
    EXPECT_EQ(all[0].multicast, lower::MulticastFamily::In1);
    EXPECT_EQ(lower::to_text(all), text);
    const auto two = lower::choices_from_text("k=4; depth=1");
    ASSERT_EQ(two.size(), 2u);
    EXPECT_EQ(lower::to_text(two), "k=4; depth=1");
    EXPECT_EQ(lower::choices_of(two, 1).depth, 1);
    EXPECT_EQ(lower::choices_of(two, 2), Choices{});
    EXPECT_EQ(lower::choices_of(all, 7), all[0]) << "one alone counts for all launches";
    EXPECT_EQ(lower::to_text(lower::choices_from_text("")), "");
}

TEST(Choices, RefusesWhatThereIsNot) {
    for (const char* text : {"k", "k=0", "k=two", "speed=9", "multicast=3d", "fp32_dest=yes", "subblock=2",
                             "subblock=2x2x2", "fidelity=HiFi5", "blocks=2x", "grid=0x8"}) {
        EXPECT_THROW(lower::choices_from_text(text), Error) << text;
    }
}

TEST(Choices, AreWhatTheProgramHas) {
    Diagnostics diagnostics;
    lower::Options options;
    options.choices = lower::choices_from_text("blocks=2x1 k=4 depth=1 subblock=2x1 multicast=in0 fidelity=LoFi");
    const device::Module module = lower::lower_as_chosen(product(512), options, diagnostics);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    const device::Program& program = module.programs.at(0);
    EXPECT_EQ(lower::to_text(program.choices),
              "blocks=2x1 k=4 depth=1 subblock=2x1 multicast=in0 fidelity=LoFi fp32_dest=on l1_accumulate=on grid=4x8");
    EXPECT_EQ(program.grid, (std::vector<int64_t>{4, 8}));
    EXPECT_EQ(program.math_fidelity, "LoFi");
    EXPECT_EQ(program.semaphores.size(), 2u);
    EXPECT_EQ(program.circular_buffers.at(0).pages, 2u * 4) << "a block of A: 2 x 4 tiles, once";
}

TEST(Choices, WhatTheBlocksDoNotAllow) {
    for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
             {"subblock=3x1", "tile-choices"}, {"subblock=2x4", "tile-choices"}, {"k=3", "tile-coarsen"}}) {
        Diagnostics diagnostics;
        lower::Options options;
        options.choices = lower::choices_from_text(text);
        lower::lower_as_chosen(product(256), options, diagnostics);
        ASSERT_EQ(diagnostics.errors(), 1u) << text;
        EXPECT_EQ(diagnostics.all()[0].name, name) << text;
    }
}

TEST(Estimate, MoreWorkTakesLonger) {
    const Estimate small = estimated(product(256), ""), large = estimated(product(1024), "");
    EXPECT_GT(small.cycles, 1000);
    EXPECT_GT(large.cycles, 4 * small.cycles);
    EXPECT_GT(large.dram, 0);
    EXPECT_FALSE(large.bound.empty());
}

TEST(Estimate, SeesWhatChoicesDo) {
    const ir::Kernel kernel = product(1024);
    EXPECT_LT(estimated(kernel, "k=4").reader, estimated(kernel, "k=1").reader) << "fewer waits for DRAM";
    EXPECT_LT(estimated(kernel, "multicast=2d").dram, estimated(kernel, "multicast=none").dram);
    EXPECT_LT(estimated(kernel, "fidelity=LoFi").math, estimated(kernel, "fidelity=HiFi4").math / 2);
    EXPECT_LT(estimated(kernel, "grid=8x8").cycles, estimated(kernel, "grid=2x2").cycles);
    EXPECT_LT(estimated(kernel, "depth=1").l1_bytes, estimated(kernel, "depth=3").l1_bytes);
    EXPECT_LT(estimated(product(1024, "bfp8"), "").dram, estimated(kernel, "").dram);
}

TEST(Candidates, AreSortedAndSayWhyNot) {
    lower::Options options;
    options.choices = lower::choices_from_text("blocks=1x1 multicast=2d depth=2");
    const std::vector<Candidate> all = candidates(product(256), options);
    ASSERT_GT(all.size(), 8u);
    size_t rejected = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        if (!all[i].rejected.empty()) {
            ++rejected;
            continue;
        }
        EXPECT_EQ(rejected, 0u) << "those that can't be had are at the end";
        EXPECT_EQ(all[i].taken.at(0).blocks, (std::vector<int64_t>{1, 1})) << "what is set stays so";
        if (i > 0) {
            EXPECT_GE(all[i].estimate.cycles, all[i - 1].estimate.cycles);
        }
    }
    EXPECT_GT(rejected, 0u);
    EXPECT_THAT(all.back().rejected, HasSubstr("subblock"));
}

TEST(Candidates, BeyondL1AreRejectedByTheByte) {
    lower::Options options;
    options.choices = lower::choices_from_text("blocks=16x16 k=32");
    const std::vector<Candidate> all = choose(product(1024), options);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_THAT(all[0].rejected, HasSubstr("bytes of L1"));
}

TEST(Choose, TakesTheBestThatItLookedAt) {
    const std::vector<Candidate> all = choose(product(1024), {});
    ASSERT_GT(all.size(), 2u);
    EXPECT_TRUE(all[0].rejected.empty());
    for (const Candidate& candidate : all) {
        if (candidate.rejected.empty()) {
            EXPECT_LE(all[0].estimate.cycles, 1.02 * candidate.estimate.cycles) << lower::to_text(candidate.choices);
        }
    }
    EXPECT_GT(all[0].choices.at(0).k, 1);
}

}  // namespace
}  // namespace tessera::tile::cost

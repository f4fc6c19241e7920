// Blocks that are too large for L1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/ir/print.h>
#include <tile/lower.h>
#include <tile/lower/strips.h>

namespace tessera::tile::lower {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Rows over the root of their mean square, in place as scripts do; `between` stands before the sum.
std::string rows(const std::string& between, const std::string& after = {}) {
    return R"(kernel "rows" {
  param A: float32[64, 8192]
  param S: float32[64]
  param B: float32[64, 8192]
  output B
  body {
    launch bx in 2 {
      alloc x: float32[32, 8192] shared
      alloc y: float32[32, 8192] fragment
      alloc s: float32[32] fragment
      copy S[bx * 32 +: 32] -> s[:]
      copy A[bx * 32 +: 32, 0 +: 8192] -> x[:]
      parallel i in 32, j in 8192 {
        y[i, j] = x[i, j] * x[i, j]
      }
)" + between +
           R"(      reduce sum y[:] -> s[:] dim 1
      parallel k in 32, l in 8192 {
        x[k, l] = select(l < 8000, x[k, l] * s[k], 0.0)
      }
)" + after +
           R"(      copy x[:] -> B[bx * 32 +: 32, 0 +: 8192]
    }
  }
}
)";
}

struct Lowered {
    std::string strips;  ///< the kernel after the pass
    std::string errors;
};
Lowered lowered(const std::string& text) {
    Lowered result;
    Options options;
    options.dump = [&](std::string_view pass, const ir::Kernel& kernel) {
        if (pass == "strips") {
            result.strips = ir::print(kernel);
        }
    };
    Diagnostics diagnostics;
    lower(ir::parse(text), options, diagnostics);
    result.errors = diagnostics.failed() ? diagnostics.render() : "";
    return result;
}

TEST(Strips, AReductionIsWholeBeforeTheInputIsReadAgain) {
    const Lowered result = lowered(rows(""));
    EXPECT_EQ(result.errors, "");
    EXPECT_THAT(result.strips, HasSubstr("alloc x: float32[32, 2048] shared"));
    EXPECT_THAT(result.strips, HasSubstr("copy A[bx * 32 +: 32, strip * 2048 +: 2048] -> x[:]"));
    EXPECT_THAT(result.strips, HasSubstr("copy A[bx * 32 +: 32, strip_2 * 2048 +: 2048] -> x[:]"));
    EXPECT_THAT(result.strips, HasSubstr("copy x[:] -> B[bx * 32 +: 32, strip_2 * 2048 +: 2048]"));
    // What is summed to is as it was, and an element's number is that of the whole row.
    EXPECT_THAT(result.strips, Not(HasSubstr("fill s")));
    EXPECT_THAT(result.strips, HasSubstr("select(strip_2 * 2048 + l_2 < 8000,"));
}

TEST(Strips, SumsBeginOnce) {
    std::string text = rows("");
    text.replace(text.find("reduce sum y[:] -> s[:] dim 1"), 29, "reduce absmax y[:] -> s[:] dim 1 clear");
    const Lowered result = lowered(text);
    EXPECT_EQ(result.errors, "");
    const size_t fill = result.strips.find("fill s[:] = 0.0"), loop = result.strips.find("for strip");
    EXPECT_LT(fill, loop);
    EXPECT_NE(loop, std::string::npos);
}

TEST(Strips, WhatFitsStaysWhole) {
    std::string text = rows("");
    for (size_t at = text.find("8192"); at != std::string::npos; at = text.find("8192")) {
        text.replace(at, 4, "1024");
    }
    EXPECT_THAT(lowered(text).strips, Not(HasSubstr("for strip")));
}

TEST(Strips, WhatRunsAlongTheRowIsNotCut) {
    const Lowered result = lowered(rows("      scan sum y[:] -> x[:] dim 1\n"));
    EXPECT_THAT(result.strips, Not(HasSubstr("for strip")));
    EXPECT_THAT(result.errors, HasSubstr("tile-l1-budget"));
}

/// s is changed after it made y, so y cannot be made a second time.
TEST(Strips, WhatIsNeededAgainMustNotHaveChanged) {
    const std::string scaled = R"(      parallel m in 32, n in 8192 {
        y[m, n] = y[m, n] * s[m]
      }
)";
    const std::string used = R"(      parallel o in 32, p in 8192 {
        x[o, p] = x[o, p] + y[o, p]
      }
)";
    EXPECT_THAT(lowered(rows(scaled)).errors, HasSubstr("tile-l1-budget"));
    EXPECT_THAT(lowered(rows("", used)).errors, "");
    EXPECT_THAT(lowered(rows(scaled, used)).errors, HasSubstr("tile-l1-budget"));
}

TEST(Strips, DimensionsAreTiedByWhatWorksOnThem) {
    const ir::Kernel kernel = ir::parse(rows(""));
    const std::vector<CommonDimension> all = common_dimensions(std::get<ir::Launch>(kernel.body.front()->of));
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all.front().size, 8192);
    EXPECT_EQ(all.front().dimensions.size(), 2u);
    EXPECT_EQ(all.front().vars.size(), 2u);
    EXPECT_EQ(all.front().bytes, 2 * 32 * 8192 * 4);
}

}  // namespace
}  // namespace tessera::tile::lower

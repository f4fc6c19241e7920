// Products that begin their sums, and what becomes of sums of 16 bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tile/emit/kernel_text.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/lower.h>

namespace tessera::tile::lower {
namespace {

using testing::HasSubstr;

device::Module lowered(const std::string& text, const Options& options = {}) {
    Diagnostics diagnostics;
    device::Module module = lower(ir::parse(text), options, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return module;
}

std::string compute_of(const device::Module& module) {
    for (const device::KernelCode& kernel : module.programs.at(0).kernels) {
        if (kernel.role == device::Role::Compute) {
            return emit::kernel_text(kernel, module.programs[0], module);
        }
    }
    return {};
}

/// Attention as far as it goes here: masked scores, their exponentials over a running maximum, and sums of rows.
std::string scores(const std::string& mask) {
    return R"(kernel "scores" {
  param Q: bfloat16[256, 64]
  param K: bfloat16[256, 64]
  param S: bfloat16[256]
  output S
  body {
    launch bx in 4 {
      alloc q: bfloat16[64, 64] shared
      alloc k: bfloat16[64, 64] shared
      alloc s: float32[64, 64] fragment
      alloc top: float32[64] fragment
      alloc total: float32[64] fragment
      copy Q[bx * 64 +: 64, 0 +: 64] -> q[:]
      fill top[:] = -100.0
      fill total[:] = 0.0
      for n = 0 to 4 {
        copy K[n * 64 +: 64, 0 +: 64] -> k[:]
        parallel i in 64, j in 64 {
          s[i, j] = )" +
           mask + R"(
        }
        gemm q[:] * k[:] transposed -> s[:]
        reduce max s[:] -> top[:] dim 1
        parallel i_1 in 64, j_1 in 64 {
          s[i_1, j_1] = exp2((s[i_1, j_1] - top[i_1]) * 0.18033688011112042)
        }
        reduce sum s[:] -> total[:] dim 1
      }
      copy total[:] -> S[bx * 64 +: 64]
    }
  }
}
)";
}

TEST(Products, BeginWhereAMaskIsNothingButZeros) {
    const std::string code = compute_of(lowered(scores("select(bx * 64 + i >= n * 64 + j, 0.0, -inf)")));
    // Of blocks below the diagonal the mask is neither made nor added to.
    const size_t branch = code.find("if (bx * 64 - n * 64 - 63 >= 0) {");
    ASSERT_NE(branch, std::string::npos) << code;
    const std::string zeros = code.substr(branch, code.find("} else {", branch) - branch);
    EXPECT_THAT(zeros, HasSubstr("matmul_block"));
    EXPECT_THAT(zeros, testing::Not(HasSubstr("fill_tile")));
    EXPECT_THAT(zeros, testing::Not(HasSubstr("cb_wait_front(cb_s")));
    // The other way round, what is above the diagonal is.
    EXPECT_THAT(compute_of(lowered(scores("select(bx * 64 + i >= n * 64 + j, 1.0, 0.0)"))),
                HasSubstr("if (n * 64 - bx * 64 - 64 >= 0) {"));
    // Where no value is zero, the product always adds.
    const std::string always = compute_of(lowered(scores("select(bx * 64 + i >= n * 64 + j, 1.0, 2.0)")));
    EXPECT_EQ(always.find("mm_block_init_short"), always.rfind("mm_block_init_short"));
}

TEST(Products, SumsOf16BitsAreMadeByTheMatrixUnit) {
    const std::string text = scores("select(bx * 64 + i >= n * 64 + j, 0.0, -inf)");
    const device::Module wide = lowered(text);
    EXPECT_TRUE(wide.programs[0].fp32_dest_acc_en);
    const std::string in_full = compute_of(wide);
    EXPECT_THAT(in_full, HasSubstr("unary_bcast"));
    EXPECT_THAT(in_full, HasSubstr("sfpu_reduce"));
    Options options;
    options.choices = choices_from_text("fp32_dest=off");
    const device::Module narrow = lowered(text, options);
    EXPECT_FALSE(narrow.programs[0].fp32_dest_acc_en);
    for (const device::CircularBuffer& cb : narrow.programs[0].circular_buffers) {
        EXPECT_EQ(cb.format, ir::DType::BFloat16) << cb.name;
    }
    const std::string code = compute_of(narrow);
    EXPECT_THAT(code, HasSubstr("sub_tiles_bcast_cols(cb_s, cb_top,"));
    EXPECT_THAT(code, HasSubstr("exp_tile<false, true, true>(t, static_cast<int>(VectorMode::RC), 15872)"));
    EXPECT_THAT(code, HasSubstr("reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW"));
    EXPECT_THAT(code, testing::Not(HasSubstr("sfpu_reduce")));
    // A float32 tensor keeps its bits.
    std::string of_wide = text;
    for (size_t at = 0; (at = of_wide.find("S: bfloat16[256]")) != std::string::npos;) {
        of_wide.replace(at, 16, "S: float32[256]");
    }
    EXPECT_TRUE(lowered(of_wide, options).programs[0].fp32_dest_acc_en);
}

}  // namespace
}  // namespace tessera::tile::lower

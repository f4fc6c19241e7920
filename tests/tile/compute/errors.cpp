// What the engines cannot do is reported with a name and the script's place.
#include "harness.h"

namespace tile_test {
namespace {

using ::testing::HasSubstr;

class Errors : public ::testing::Test {
protected:
    Launch launch_;
    Numbers values_ = Numbers(64 * 64, 1);
    Buffer in_ = launch_.input("m", DType::Float32, {64, 64}, values_);
    Buffer out_ = launch_.buffer("out", DType::Float32, {64, 64});
    Var i_ = var("i"), j_ = var("j");
    Expr row_ = make_var(i_), column_ = make_var(j_);

    /// The name of the only error that the statement gives.
    std::string error_of(const Stmt& stmt, const Buffer& result) {
        const Stmt placed = std::make_shared<const StmtNode>(StmtNode{stmt->of, Span{12, 5, 0}});
        launch_.step(placed, {in_}, result);
        launch_.code();
        const auto& all = launch_.diagnostics().all();
        return all.size() == 1 ? all.front().name : fmt::format("{} errors", all.size());
    }
    std::string error_of(const Expr& value, std::vector<Expr> indices = {}) {
        return error_of(
            parallel({i_, j_}, {64, 64}, out_, indices.empty() ? std::vector{row_, column_} : indices, value), out_);
    }
};

TEST_F(Errors, Step) {
    EXPECT_EQ(error_of(at(in_, {row_ * num(2), column_})), "tile-index-step");
}
TEST_F(Errors, Diagonal) {
    EXPECT_EQ(error_of(at(in_, {row_, row_})), "tile-index-step");
}
TEST_F(Errors, Unaligned) {
    EXPECT_EQ(error_of(at(in_, {row_ + num(3), column_})), "tile-unaligned-index");
}
TEST_F(Errors, Gather) {
    EXPECT_EQ(error_of(at(in_, {make_cast(DType::Int32, at(in_, {row_, column_})), column_})), "tile-gather-in-block");
}
TEST_F(Errors, Race) {
    EXPECT_EQ(error_of(at(in_, {row_, column_}), {row_, num(0)}), "tile-parallel-race");
}
TEST_F(Errors, StoreIndex) {
    EXPECT_EQ(error_of(at(in_, {row_, column_}), {row_ + column_, column_}), "tile-store-index");
}
TEST_F(Errors, Reinterpret) {
    Numbers more(64 * 64, 1);
    const Buffer half = launch_.input("h", DType::Float16, {64, 64}, more);
    EXPECT_EQ(error_of(make_cast(DType::Float32, make_reinterpret(DType::Int16, at(half, {row_, column_})))),
              "tile-reinterpret");
}
TEST_F(Errors, ScanOfMaxima) {
    EXPECT_EQ(error_of(make_stmt(Scan{Reduction::Max, whole(in_), whole(out_), 0, false}), out_), "tile-scan");
}
TEST_F(Errors, SumsOfMatricesAsLinesOfOne) {
    Numbers more(4 * 64 * 64, 1);
    const Buffer stack = launch_.input("m", DType::Float32, {4, 64, 64}, more);
    const Buffer lines = launch_.buffer("lines", DType::Float32, {4, 64});
    EXPECT_EQ(error_of(make_stmt(Reduce{Reduction::Sum, whole(stack), whole(lines), 1, true}), lines),
              "tile-reduction");
}
TEST_F(Errors, ReductionByXor) {
    EXPECT_EQ(error_of(make_stmt(Reduce{Reduction::Xor, whole(in_), whole(out_), 1, true}), out_), "tile-reduction");
}
TEST_F(Errors, MixedProduct) {
    Numbers x(64 * 64, 1), y(64 * 64, 1);
    const Buffer half = launch_.input("h", DType::Float16, {64, 64}, x);
    const Buffer brain = launch_.input("b", DType::BFloat16, {64, 64}, y);
    EXPECT_EQ(error_of(make_stmt(Gemm{whole(half), whole(brain), whole(out_), false, false, true}), out_),
              "tile-gemm-type");
}
TEST_F(Errors, ProductOfOtherShapes) {
    Numbers x(64 * 96, 1);
    const Buffer wide = launch_.input("w", DType::Float32, {64, 96}, x);
    EXPECT_EQ(error_of(make_stmt(Gemm{whole(wide), whole(in_), whole(out_), false, false, true}), out_),
              "tile-gemm-shape");
}
TEST_F(Errors, NeedsWideDst) {
    launch_.program().fp32_dest_acc_en = false;
    EXPECT_EQ(error_of(at(in_, {row_, column_})), "tile-needs-fp32-dest");
    EXPECT_TRUE(launch_.needs().fp32_dest);
    EXPECT_EQ(launch_.diagnostics().all().front().trace.empty() ? 0 : launch_.diagnostics().all().front().trace[0].line,
              0);
}
TEST_F(Errors, TwoPlacesInOneParallel) {
    Parallel both;
    both.vars = {i_, j_};
    both.extents = {num(64), num(64)};
    both.body = {make_stmt(Store{out_, {row_, column_}, make_float(1)}),
                 make_stmt(Store{out_, {column_, row_}, make_float(2)})};
    EXPECT_EQ(error_of(make_stmt(both), out_), "tile-parallel-stores");
}

}  // namespace
}  // namespace tile_test

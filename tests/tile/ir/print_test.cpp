#include <tile/ir/print.h>

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include <base/error.h>
#include <tile/ir/parse.h>

namespace tessera::tile::ir {
namespace {

// Every statement and every kind of expression once.
std::string everything() {
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/tile/ir/everything.txt");
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Print, PrintsWhatWasParsed) {
    const Kernel kernel = parse(everything());
    EXPECT_EQ(print(kernel, {.spans = true}), everything());
    // Without places too, whatever they were.
    const std::string plain = print(kernel);
    EXPECT_EQ(plain.find('@'), std::string::npos);
    EXPECT_EQ(print(parse(plain)), plain);
}

TEST(Print, ParsesToTheRightThing) {
    const Kernel kernel = parse(everything());
    EXPECT_EQ(kernel.name, "every thing");
    ASSERT_EQ(kernel.params.size(), 3U);
    EXPECT_EQ(kernel.params[1]->span, (Span{3, 7, 0}));
    EXPECT_EQ(kernel.outputs.at(0), kernel.params[1]);
    const auto& launch = std::get<Launch>(kernel.body.at(2)->of);
    EXPECT_EQ(launch.vars.at(0)->name, "bx");
    const auto& alloc = std::get<Alloc>(launch.body.at(0)->of);
    EXPECT_EQ(alloc.buffer->scope, Scope::Shared);
    EXPECT_EQ(launch.body.at(0)->span, (Span{6, 9, 1}));
    const auto& loop = std::get<For>(launch.body.at(7)->of);
    EXPECT_EQ(loop.kind, LoopKind::Pipelined);
    EXPECT_EQ(loop.stages, 3);
    const auto& gemm = std::get<Gemm>(loop.body.at(0)->of);
    EXPECT_TRUE(gemm.transpose_a);
    EXPECT_FALSE(gemm.transpose_b);
    EXPECT_TRUE(gemm.clear);
    // k > 2 and x[0] == 3 or not(...): `or` is outermost.
    EXPECT_EQ(std::get<If>(loop.body.at(1)->of).condition->op, Op::Or);
}

TEST(Print, TwoOfOneNameGetTwoNames) {
    const Var a = std::make_shared<const VarNode>(VarNode{"i", DType::Int32});
    const Var b = std::make_shared<const VarNode>(VarNode{"i", DType::Int32});
    EXPECT_EQ(print(make_var(a) - make_var(b)), "i - i.2");
    EXPECT_EQ(print(make_var(a) + make_var(a)), "i + i");
}

TEST(Print, ParenthesesWhereNeeded) {
    const auto v = [](const char* name) {
        return make_var(std::make_shared<const VarNode>(VarNode{name, DType::Int32}));
    };
    const Expr a = v("a"), b = v("b"), c = v("c");
    EXPECT_EQ(print(a - (b - c)), "a - (b - c)");
    EXPECT_EQ(print(a - b - c), "a - b - c");
    EXPECT_EQ(print((a + b) * c), "(a + b) * c");
    EXPECT_EQ(print(make(Op::Eq, {make(Op::Lt, {a, b}), make(Op::Lt, {b, c})})), "(a < b) == (b < c)");
}

struct Broken {
    const char* what;
    const char* text;
    const char* message;
};
class Damaged : public testing::TestWithParam<Broken> {};

TEST_P(Damaged, IsRefusedWithItsPlace) {
    try {
        parse(GetParam().text);
        FAIL() << "parsed";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "tile-dump-syntax");
        EXPECT_NE(error.diagnostic().message.find(GetParam().message), std::string::npos) << error.diagnostic().message;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Dumps, Damaged,
    testing::Values(
        Broken{"Empty", "", "line 1, column 1: 'kernel' should be here"},
        Broken{"NoEnd", "kernel \"a\" {\n body {\n", "line 3, column 1: a statement should be here"},
        Broken{"UnknownBuffer", "kernel \"a\" { body {\n fill A[:] = 1.0 } }",
               "line 2, column 7: there is no buffer 'A'"},
        Broken{"Twice", "kernel \"a\" { param A: int8[1]\n param A: int8[1] body { } }", "'A' is declared twice"},
        Broken{"Type", "kernel \"a\" { param A: int9[1] body { } }", "'int9' is no type"},
        Broken{"Misfit", "kernel \"a\" { body { let a: int32 = 1 + 2.0 } }", "operands are int32 and float32"},
        Broken{"Function", "kernel \"a\" { body { let a: int32 = frob(1) } }", "there is no function 'frob'"},
        Broken{"Text", "kernel \"a { body { } }", "a text does not end"},
        Broken{"After", "kernel \"a\" { body { } } more", "the kernel has ended"},
        Broken{"Rank", "kernel \"a\" { param A: int8[1] body { let a: int8 = A[0, 0] } }",
               "A has 1 dimensions, not 2"}),
    [](const auto& info) { return std::string(info.param.what); });

}  // namespace
}  // namespace tessera::tile::ir

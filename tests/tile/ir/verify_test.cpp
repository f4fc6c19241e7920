#include <tile/ir/verify.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include <tile/ir/parse.h>

namespace tessera::tile::ir {
namespace {

TEST(Verify, AcceptsWhatIsAsItShouldBe) {
    for (const char* text :
         {"kernel \"a\" { body { } }",
          "kernel \"a\" { symbol m: int32\n param A: float32[m, 32]\n output A\n body {\n alloc G: float32[4] global\n"
          "let n: int32 = m // 2\n launch bx in n {\n alloc s: float32[32] shared\n copy A[bx, 0 +: 32] -> s[:]\n"
          "for k = 0 to n pipelined(2) {\n let q: int32 = k\n if q == 3 {\n break\n }\n }\n"
          "parallel i in 32 {\n s[i] = s[i] * 2.0\n atomic sum A[bx, i] <- s[i]\n }\n"
          "reduce sum s[:] -> G[0 +: 1] dim 0 clear\n } } }"}) {
        for (const Violation& one : verify(parse(text))) {
            ADD_FAILURE() << one.invariant << ": " << one.message;
        }
        EXPECT_NO_THROW(require_valid(parse(text), "test"));
    }
}

struct Forged {
    const char* invariant;
    std::string text;
};

std::string body(const std::string& statements) {
    return "kernel \"a\" { param A: float32[32, 32]\n param I: int32[4, 8, 8, 3]\n param V: float32[32]\n body { "
           "launch bx "
           "in 2 {\n alloc x: int32[1] local\n" +
           statements + "\n } } }";
}

/// Violations that a dump can hold.
const std::vector<Forged>& forged() {
    static const std::vector<Forged> all{
        {"region-dropped", ""},  // by hand, below
        {"hint-tensor", "kernel \"a\" { param A: float32[4]\n safe \"B\" 0.0\n body { } }"},
        {"hint-tensor",
         "kernel \"a\" { param A: float32[4]\n shard \"x\" axes(0) placement \"L1\" order \"row_major\"\n body { } }"},
        {"hint-value",
         "kernel \"a\" { param A: float32[4]\n shard \"A\" axes(1) placement \"L1\" order \"row_major\"\n body { } }"},
        {"hint-value",
         "kernel \"a\" { param A: float32[4]\n shard \"A\" axes(0) placement \"L2\" order \"row_major\"\n body { } }"},
        {"hint-value", "kernel \"a\" { schedule grid 0 4\n body { } }"},
        {"alloc-place", "kernel \"a\" { body { alloc s: int32[1] shared } }"},
        {"alloc-place", body("alloc g: int32[1] global")},
        {"alloc-shape", body("alloc s: int32[0] shared")},
        {"alloc-shape", body("alloc s: int32[bx] shared")},
        {"parameter-scope", body("alloc s: int32[1] param")},
        {"top-level", "kernel \"a\" { param A: float32[4]\n body { fill A[:] = 0.0 } }"},
        {"top-level", body("launch q in 2 {\n }")},
        {"nest", body("parallel i in 2.5 {\n }")},
        {"parallel-body", body("parallel i in 2 {\n fill A[:] = 0.0\n }")},
        {"parallel-body", body("parallel i in 2 {\n for k = 0 to 2 {\n }\n }")},
        {"let-type", body("let q: float32 = 3")},
        {"store-type", body("A[0, 0] = 3")},
        {"condition-type", body("if 3 {\n }")},
        {"condition-type", body("while x[0] {\n }")},
        {"condition-type", body("assert 1, \"\"")},
        {"loop-bounds", body("for k = 0 to 4 step 0 {\n }")},
        {"loop-bounds", body("for k = 0 to 4 step bx {\n }")},
        {"loop-bounds", body("for k = 0 to 4:int64 {\n }")},
        {"break-in-loop", body("break")},
        {"break-in-loop", body("if bx == 0 {\n break\n }")},
        {"copy-shape", body("copy A[:] -> V[:]")},
        {"copy-shape", body("scan sum A[:] -> V[:] dim 0")},
        {"copy-shape", body("transpose A[0 +: 4, 0 +: 8] -> A[0 +: 4, 0 +: 8]")},
        {"copy-shape", body("atomic sum A[:] <- region V[:]")},
        {"gemm-shape", body("gemm A[:] * V[:] -> A[:]")},
        {"gemm-shape", body("gemm A[0 +: 32, 0 +: 16] * A[:] -> A[:]")},
        {"gemm-shape", body("gemm A[0 +: 32, 0 +: 16] * A[0 +: 32, 0 +: 16] transposed -> A[0 +: 32, 0 +: 16]")},
        {"reduce-shape", body("reduce sum A[:] -> V[:] dim 2")},
        {"reduce-shape", body("reduce sum A[:] -> V[0 +: 16] dim 0")},
        {"operation", body("scan min A[:] -> A[:] dim 0")},
        {"operation", body("atomic any A[:] <- region A[:]")},
        {"operation", body("atomic sum A[:] <- 1.0")},
        {"operation", body("im2col A[:] -> A[:] at 0, 0 kernel 3 stride 1 dilation 1 pad 1")},
        {"operation", body("im2col I[:] -> A[:] at 0, 0 kernel 3 stride 0 dilation 1 pad 1")},
    };
    return all;
}

bool has(const std::vector<Violation>& violations, std::string_view invariant) {
    return std::any_of(violations.begin(), violations.end(),
                       [&](const Violation& one) { return one.invariant == invariant; });
}

TEST(Verify, NamesWhatADumpGetsWrong) {
    for (const Forged& one : forged()) {
        if (!one.text.empty()) {
            EXPECT_TRUE(has(verify(parse(one.text)), one.invariant)) << one.invariant << " in\n" << one.text;
        }
    }
}

/// What only a compiler's mistake makes: kernels put together by hand.
struct Parts {
    Buffer a = std::make_shared<const BufferNode>(BufferNode{"A", DType::Float32, {make_int(8)}, Scope::Param, {}});
    Var bx = std::make_shared<const VarNode>(VarNode{"bx", DType::Int32});

    Kernel with(Block block) const {
        Kernel kernel;
        kernel.name = "a";
        kernel.params = {a};
        kernel.body = {make_stmt(Launch{{bx}, {make_int(2)}, std::move(block)})};
        return kernel;
    }
    Kernel with(const Expr& index) const { return with({make_stmt(Store{a, {index}, make_float(0)}, {7, 3, 0})}); }
};

Expr forged_node(Op op, DType dtype, std::vector<Expr> args) {
    ExprNode node;
    node.op = op;
    node.dtype = dtype;
    node.args = std::move(args);
    return std::make_shared<const ExprNode>(std::move(node));
}

TEST(Verify, NamesWhatACompilerGetsWrong) {
    const Parts parts;
    const Var other = std::make_shared<const VarNode>(VarNode{"bx", DType::Int32});
    const Buffer elsewhere =
        std::make_shared<const BufferNode>(BufferNode{"B", DType::Float32, {make_int(8)}, Scope::Shared, {}});
    EXPECT_TRUE(verify(parts.with(make_var(parts.bx))).empty());

    EXPECT_TRUE(has(verify(parts.with(Expr())), "expression-whole"));
    EXPECT_TRUE(has(verify(parts.with(forged_node(Op::Add, DType::Int32, {make_int(1)}))), "expression-whole"));
    EXPECT_TRUE(has(verify(parts.with(forged_node(Op::Var, DType::Int32, {}))), "expression-whole"));
    EXPECT_TRUE(
        has(verify(parts.with(forged_node(Op::Add, DType::Int32, {make_int(1), make_float(1)}))), "expression-type"));
    EXPECT_TRUE(has(verify(parts.with(forged_node(Op::Lt, DType::Int32, {make_int(1), make_var(parts.bx)}))),
                    "expression-type"));
    EXPECT_TRUE(has(verify(parts.with(forged_node(Op::Int, DType::Float32, {}))), "expression-type"));
    EXPECT_TRUE(has(verify(parts.with(make_var(other))), "variable-in-scope"));
    EXPECT_TRUE(has(verify(parts.with(make_float(1))), "access-rank"));
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Store{parts.a, {}, make_float(0)})})), "access-rank"));
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Fill{whole(elsewhere), make_float(0)})})), "buffer-in-scope"));
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Let{other, make_int(0)})})), "names-unique"));
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Parallel{{parts.bx}, {}, {}})})), "nest"));

    Region region = whole(parts.a);
    region.dropped.clear();
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Fill{region, make_float(0)})})), "region-rank"));
    region.dropped = {true};
    EXPECT_TRUE(has(verify(parts.with({make_stmt(Fill{region, make_float(0)})})), "region-dropped"));

    Kernel kernel = parts.with(make_int(0));
    kernel.outputs = {elsewhere};
    EXPECT_TRUE(has(verify(kernel), "parameter-scope"));
    // What is let in one branch is not known after it.
    const Var let = std::make_shared<const VarNode>(VarNode{"q", DType::Int32});
    EXPECT_TRUE(has(verify(parts.with({make_stmt(If{make_bool(true), {make_stmt(Let{let, make_int(1)})}, {}}),
                                       make_stmt(Store{parts.a, {make_var(let)}, make_float(0)})})),
                    "variable-in-scope"));
}

TEST(Verify, EveryInvariantIsForged) {
    std::set<std::string_view> left;
    for (const Invariant& one : invariants()) {
        EXPECT_FALSE(one.meaning.empty());
        left.insert(one.name);
    }
    for (const Forged& one : forged()) {
        left.erase(one.invariant);
    }
    for (const char* by_hand : {"expression-whole", "expression-type", "variable-in-scope", "buffer-in-scope",
                                "names-unique", "access-rank", "region-rank"}) {
        left.erase(by_hand);
    }
    EXPECT_TRUE(left.empty()) << *left.begin();
}

TEST(Verify, SaysWhereAndThrows) {
    const Parts parts;
    const auto all = verify(parts.with(make_float(1)));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].span, (Span{7, 3, 0}));
    EXPECT_THROW(require_valid(parts.with(make_float(1)), "coarsen"), std::logic_error);
}

}  // namespace
}  // namespace tessera::tile::ir

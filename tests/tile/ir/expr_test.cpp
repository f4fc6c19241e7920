#include <tile/ir/expr.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include <tile/ir/rounding.h>

namespace tessera::tile::ir {
namespace {

Var var(const char* name, DType type = DType::Int32) {
    return std::make_shared<const VarNode>(VarNode{name, type});
}

TEST(Expr, FoldsConstants) {
    EXPECT_EQ(constant(make_int(7) + make_int(5)), 12);
    EXPECT_EQ(constant(floordiv(make_int(-7), make_int(2))), -4);
    EXPECT_EQ(constant(floormod(make_int(-7), make_int(2))), 1);
    EXPECT_EQ(constant(ceildiv(make_int(100), make_int(32))), 4);
    EXPECT_EQ(constant(make(Op::Lt, {make_int(1), make_int(2)})), 1);
    EXPECT_EQ(constant(make(Op::BitNot, {make_int(0, DType::UInt8)})), 255);
    EXPECT_DOUBLE_EQ(make(Op::Exp2, {make_float(3)})->float_value, 8);
    EXPECT_EQ(make_cast(DType::BFloat16, make_float(1.01))->float_value, 1.0078125);
    EXPECT_EQ(constant(make_cast(DType::Int32, make_float(-2.7))), -2);
}

TEST(Expr, LeavesWhatCannotBeTold) {
    EXPECT_EQ(floordiv(make_int(1), make_int(0))->op, Op::FloorDiv);
    const Expr most = make_int(std::numeric_limits<int64_t>::max(), DType::Int64);
    EXPECT_EQ((most + make_int(1, DType::Int64))->op, Op::Add);
}

TEST(Expr, PlainIdentities) {
    const Expr x = make_var(var("x"));
    EXPECT_EQ(x + make_int(0), x);
    EXPECT_EQ(make_int(0) + x, x);
    EXPECT_EQ(x * make_int(1), x);
    EXPECT_EQ(constant(x * make_int(0)), 0);
    EXPECT_EQ(floordiv(x, make_int(1)), x);
    EXPECT_EQ(floordiv(x * make_int(64), make_int(64)), x);
    EXPECT_EQ(constant(floormod(x * make_int(64), make_int(32))), 0);
    EXPECT_EQ(constant(x - x), 0);
    EXPECT_TRUE(same(x + make_int(2) + make_int(3), x + make_int(5)));
    // Floating point keeps its zeros: 0 * infinity is NaN.
    const Expr f = make_var(var("f", DType::Float32));
    EXPECT_EQ((f * make_float(0))->op, Op::Mul);
}

TEST(Expr, RefusesTypesThatDoNotFit) {
    const Expr x = make_var(var("x"));
    EXPECT_THROW(make(Op::Add, {x, make_float(1)}), std::logic_error);
    EXPECT_THROW(make(Op::Div, {x, x}), std::logic_error);
    EXPECT_THROW(make(Op::Exp, {x}), std::logic_error);
    EXPECT_THROW(make(Op::And, {x, x}), std::logic_error);
    EXPECT_THROW(make(Op::Select, {x, x, x}), std::logic_error);
    EXPECT_THROW(make(Op::Add, {x}), std::logic_error);
    EXPECT_THROW(make_reinterpret(DType::Int16, x), std::logic_error);
}

TEST(Expr, SubstitutesAndFoldsAgain) {
    const Var x = var("x"), y = var("y");
    const Expr sum = make_var(x) * make_int(2) + make_var(y);
    const Expr done = substitute(sum, [&](const Var& v) {
        return v == x ? make_int(4) : v == y ? make_int(1) : Expr();
    });
    EXPECT_EQ(constant(done), 9);
    EXPECT_TRUE(uses(sum, x));
    EXPECT_FALSE(uses(sum, var("x")));  // another variable of the same name
}

// Values by hand from the formats' definitions.
TEST(Rounding, FloatFormats) {
    const double inf = std::numeric_limits<double>::infinity();
    EXPECT_EQ(round_to(DType::BFloat16, 1.00390625), 1.0);        // a tie, to even
    EXPECT_EQ(round_to(DType::BFloat16, 1.01171875), 1.015625);   // a tie, to even, upwards
    EXPECT_EQ(round_to(DType::BFloat16, 1.00390626), 1.0078125);  // just above the tie
    EXPECT_EQ(round_to(DType::Float16, 65504), 65504);
    EXPECT_EQ(round_to(DType::Float16, 65519.99), 65504);
    EXPECT_EQ(round_to(DType::Float16, 65520), inf);
    EXPECT_EQ(round_to(DType::Float16, 5.960464477539063e-08), 5.960464477539063e-08);  // the least denormal
    EXPECT_EQ(round_to(DType::Float16, 2.9e-08), 0);
    EXPECT_EQ(round_to(DType::Float8E4M3, 1000), 448);
    EXPECT_EQ(round_to(DType::Float8E4M3, -inf), -448);
    EXPECT_EQ(round_to(DType::Float8E4M3, 0.0625 * 1.0625), 0.0625);  // a tie, to even
    EXPECT_EQ(round_to(DType::Float8E5M2, 1e9), 57344);
    EXPECT_TRUE(std::isnan(round_to(DType::Float8E4M3, std::nan(""))));
    EXPECT_EQ(round_to(DType::Int8, 300.9), 44);  // 300 wraps
    EXPECT_EQ(round_to(DType::UInt8, -1), 255);
}

TEST(Rounding, BitsGoBothWays) {
    for (const DType type : {DType::Float16, DType::BFloat16, DType::Float8E4M3, DType::Float8E5M2}) {
        for (uint64_t bits = 0; bits < (1ULL << bits_of(type)); ++bits) {
            const double value = from_bits(type, bits);
            if (!std::isnan(value) && !std::isinf(value)) {
                ASSERT_EQ(to_bits(type, value), bits) << name_of(type) << " " << bits;
                ASSERT_EQ(round_to(type, value), value) << name_of(type) << " " << bits;
            }
        }
    }
    EXPECT_EQ(from_bits(DType::Float16, 0x3555), 0.333251953125);
    EXPECT_EQ(from_bits(DType::BFloat16, 0x4049), 3.140625);
    EXPECT_EQ(from_bits(DType::Float8E4M3, 0x7e), 448);
}

TEST(Rounding, BlocksShareTheirGreatestExponent) {
    double values[] = {1.0, 0.3, -0.01, 1.99};
    round_block(DType::BlockFloat8, values, 4);
    EXPECT_EQ(values[0], 1.0);
    EXPECT_EQ(values[1], 0.296875);   // 19/64
    EXPECT_EQ(values[2], -0.015625);  // -1/64
    EXPECT_EQ(values[3], 127.0 / 64);
}

}  // namespace
}  // namespace tessera::tile::ir

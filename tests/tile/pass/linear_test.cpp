#include <gtest/gtest.h>
#include <tile/ir/print.h>
#include <tile/pass/linear.h>

namespace tessera::tile::pass {
namespace {

using ir::Expr;
using ir::make_int;

struct LinearTest : testing::Test {
    ir::Var x = std::make_shared<const ir::VarNode>(ir::VarNode{"x", ir::DType::Int32});
    ir::Var y = std::make_shared<const ir::VarNode>(ir::VarNode{"y", ir::DType::Int32});
    Expr ex = ir::make_var(x), ey = ir::make_var(y);
    Facts facts{{{x, {0, 7}}, {y, {0, 3}}}, {{y, 16}}};
};

int64_t value(const Expr& expr, const std::map<ir::Var, int64_t>& values) {
    return ir::constant(ir::substitute(expr, [&](const ir::Var& var) { return make_int(values.at(var)); })).value();
}

TEST_F(LinearTest, SumsAreCollected) {
    const Expr sum = (ex + ey) * make_int(3) - ex - make_int(2);
    EXPECT_EQ(linear(sum).factor_of(x), 2);
    EXPECT_EQ(linear(sum).factor_of(y), 3);
    EXPECT_EQ(linear(sum).constant, -2);
    EXPECT_EQ(linear(ex * ey).factor_of(x), std::nullopt);
    EXPECT_EQ(ir::print(simplified(ex - ex + make_int(4))), "4");
}

TEST_F(LinearTest, BoundsHoldForAllValuesAndAreReached) {
    const std::vector<Expr> exprs = {ex * make_int(2) - ey, ir::floordiv(ex - make_int(3), make_int(2)),
                                     ir::floormod(ex, make_int(4)), ir::make(ir::Op::Min, {ex, make_int(5) - ey}),
                                     ex * ey};
    for (const Expr& expr : exprs) {
        const auto bounds = bounds_of(expr, facts);
        ASSERT_TRUE(bounds) << ir::print(expr);
        int64_t low = INT64_MAX, high = INT64_MIN;
        for (int64_t a = 0; a <= 7; ++a) {
            for (int64_t b = 0; b <= 3; ++b) {
                low = std::min(low, value(expr, {{x, a}, {y, b}}));
                high = std::max(high, value(expr, {{x, a}, {y, b}}));
            }
        }
        EXPECT_LE(bounds->low, low) << ir::print(expr);
        EXPECT_GE(bounds->high, high) << ir::print(expr);
    }
    EXPECT_EQ(bounds_of(exprs[0], facts)->low, -3);
    EXPECT_EQ(bounds_of(exprs[0], facts)->high, 14);
}

TEST_F(LinearTest, QuotientsAreExactForAllValues) {
    for (const Expr& expr : {ex * make_int(64) + make_int(32), ex * make_int(64) + ey * make_int(8) + make_int(5),
                             ex * make_int(32) - make_int(1), ex * make_int(48)}) {
        const Expr quotient = divided(expr, 32, facts);
        for (int64_t a = 0; a <= 7; ++a) {
            for (int64_t b = 0; b <= 3; ++b) {
                const int64_t number = value(expr, {{x, a}, {y, b}});
                EXPECT_EQ(value(quotient, {{x, a}, {y, b}}), (number - ((number % 32 + 32) % 32)) / 32)
                    << ir::print(expr) << " / 32 = " << ir::print(quotient);
            }
        }
    }
    EXPECT_EQ(ir::print(divided(ex * make_int(64) + make_int(32), 32, facts)), "x * 2 + 1");
}

TEST_F(LinearTest, QuotientsAndRemaindersJoin) {
    const Expr quotient = ir::floordiv(ex, make_int(3)), remainder = ir::floormod(ex, make_int(3));
    EXPECT_EQ(ir::print(simplified(quotient * make_int(3) + remainder)), "x");
    EXPECT_EQ(ir::print(simplified(remainder * make_int(-4) - quotient * make_int(12) + ex * make_int(4))), "0");
    const Expr nested = (ir::floordiv(quotient, make_int(2)) * make_int(2) + ir::floormod(quotient, make_int(2)));
    EXPECT_EQ(ir::print(simplified(nested * make_int(3) + remainder)), "x");
    // Of another divisor, or another dividend, they do not.
    for (const Expr& expr : {quotient * make_int(4) + remainder, quotient * make_int(3) + ir::floormod(ey, make_int(3)),
                             quotient * make_int(2) + ir::floormod(ex, make_int(2))}) {
        const Expr simple = simplified(expr);
        for (int64_t a = 0; a <= 7; ++a) {
            EXPECT_EQ(value(simple, {{x, a}, {y, 5}}), value(expr, {{x, a}, {y, 5}})) << ir::print(expr);
        }
    }
}

TEST_F(LinearTest, Divisors) {
    EXPECT_EQ(divisor_of(ex * make_int(64) + make_int(32), facts), 32);
    EXPECT_EQ(divisor_of(ey, facts), 16);
    EXPECT_EQ(divisor_of(ey * make_int(4) + make_int(8), facts), 8);
    EXPECT_TRUE(is_multiple(make_int(0), 32, facts));
    EXPECT_FALSE(is_multiple(ex * make_int(30), 32, facts));
}

TEST_F(LinearTest, LoopsBoundTheirVariable) {
    const ir::For loop{x, make_int(4), make_int(21), make_int(8), ir::LoopKind::Serial, 0, {}};
    const Facts inside = with_loop({}, loop);
    EXPECT_EQ(inside.bounds.at(x).low, 4);
    EXPECT_EQ(inside.bounds.at(x).high, 20);
    EXPECT_EQ(inside.multiples.at(x), 4);
}

}  // namespace
}  // namespace tessera::tile::pass

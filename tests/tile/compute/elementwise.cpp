// Elementwise statements against double-precision loops.
#include "harness.h"

namespace tile_test {
namespace {

using Scalar = std::function<double(double, double)>;

class Elementwise : public TileCompute {
protected:
    /// One expression of a and b (both rows x columns), in a type, against a function of doubles.
    void check(const std::string& what, DType type, const std::function<Expr(Expr, Expr)>& made, const Scalar& truth,
               double relative, double absolute = 0, double low = -2, double high = 2, bool fp32_dest = true) {
        SCOPED_TRACE(what);
        constexpr int64_t rows = 64, columns = 96;
        Launch launch(fp32_dest);
        Numbers a = numbers(rows * columns, low, high), b = numbers(rows * columns, low, high);
        const Buffer in_a = launch.input("a", type, {rows, columns}, a);
        const Buffer in_b = launch.input("b", type, {rows, columns}, b);
        const Buffer out = launch.buffer("out", type, {rows, columns});
        const Var i = var("i"), j = var("j");
        const std::vector<Expr> place = {make_var(i), make_var(j)};
        const Expr x = at(in_a, place), y = at(in_b, place);
        launch.step(parallel({i, j}, {rows, columns}, out, place, made(x, y)), {in_a, in_b}, out);
        const auto results = launch.run(device_, {out});
        Numbers expected(a.size());
        for (size_t e = 0; e < a.size(); ++e) {
            expected[e] = truth(a[e], b[e]);
        }
        if (results.contains("out")) {
            expect_near(results.at("out"), expected, relative, absolute, what);
        }
    }
};

Expr unary(Op op, const Expr& x) {
    return make(op, {x});
}
Expr constant_of(double value, DType type = DType::Float32) {
    return make_float(value, type);
}

constexpr double ulp32 = 1.2e-7, ulp16 = 1.0 / 128;

TEST_F(Elementwise, ArithmeticInFp32) {
    const DType f = DType::Float32;
    check("add", f, [](Expr a, Expr b) { return a + b; }, [](double a, double b) { return a + b; }, ulp32);
    check("sub", f, [](Expr a, Expr b) { return a - b; }, [](double a, double b) { return a - b; }, ulp32, 3e-8);
    check("mul", f, [](Expr a, Expr b) { return a * b; }, [](double a, double b) { return a * b; }, ulp32);
    check(
        "div", f, [](Expr a, Expr b) { return make(Op::Div, {a, b}); }, [](double a, double b) { return a / b; }, 4e-7,
        0, 0.5, 3);
    check(
        "chain", f, [](Expr a, Expr b) { return a * constant_of(2.5) + b * b - constant_of(1); },
        [](double a, double b) { return a * 2.5 + b * b - 1; }, ulp32, 1e-6);
    check(
        "max", f, [](Expr a, Expr b) { return make(Op::Max, {a, make(Op::Min, {b, constant_of(0.25)})}); },
        [](double a, double b) { return std::max(a, std::min(b, 0.25)); }, 0);
    check(
        "rsub", f, [](Expr a, Expr b) { return constant_of(1) - a; }, [](double a, double) { return 1 - a; }, ulp32,
        3e-8);
}

TEST_F(Elementwise, Functions) {
    const DType f = DType::Float32;
    const auto one = [&](Op op, double (*truth)(double), double relative, double absolute, double low, double high) {
        check(
            std::string(info(op).name), f, [&](Expr a, Expr) { return unary(op, a); },
            [&](double a, double) { return truth(a); }, relative, absolute, low, high);
    };
    one(Op::Exp, [](double x) { return std::exp(x); }, 2 * ulp32, 0, -20, 20);
    one(Op::Exp2, [](double x) { return std::exp2(x); }, 16 * ulp32, 0, -20, 20);
    one(Op::Exp10, [](double x) { return std::pow(10, x); }, 40 * ulp32, 0, -10, 10);
    one(Op::Log, [](double x) { return std::log(x); }, 4 * ulp32, 1e-7, 0.01, 100);
    one(Op::Log2, [](double x) { return std::log2(x); }, 4 * ulp32, 1e-7, 0.01, 100);
    one(Op::Log10, [](double x) { return std::log10(x); }, 4 * ulp32, 1e-7, 0.01, 100);
    one(Op::Log1p, [](double x) { return std::log1p(x); }, 4 * ulp32, 1e-7, -0.9, 100);
    one(Op::Sqrt, [](double x) { return std::sqrt(x); }, 2 * ulp32, 0, 0.01, 100);
    one(Op::Rsqrt, [](double x) { return 1 / std::sqrt(x); }, 2 * ulp32, 0, 0.01, 100);
    one(Op::Recip, [](double x) { return 1 / x; }, 2 * ulp32, 0, 0.01, 100);
    one(Op::Sin, [](double x) { return std::sin(x); }, 0, 1e-6, -3, 3);
    one(Op::Cos, [](double x) { return std::cos(x); }, 0, 1e-6, -3, 3);
    one(Op::Tan, [](double x) { return std::tan(x); }, 1e-4, 1e-4, -1.4, 1.4);
    one(Op::Sinh, [](double x) { return std::sinh(x); }, 6 * ulp32, 0, -20, 20);
    one(Op::Cosh, [](double x) { return std::cosh(x); }, 6 * ulp32, 0, -20, 20);
    one(Op::Tanh, [](double x) { return std::tanh(x); }, 5 * ulp32, 0, -5, 5);
    one(Op::Sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 4 * ulp32, 0, -20, 20);
    one(Op::Erf, [](double x) { return std::erf(x); }, 0, 6e-7, -4, 4);
    one(Op::Floor, [](double x) { return std::floor(x); }, 0, 0, -9, 9);
    one(Op::Ceil, [](double x) { return std::ceil(x); }, 0, 0, -9, 9);
    one(Op::Trunc, [](double x) { return std::trunc(x); }, 0, 0, -9, 9);
    one(Op::Round, [](double x) { return std::nearbyint(x); }, 0, 0, -9, 9);
    one(Op::Neg, [](double x) { return -x; }, 0, 0, -9, 9);
    one(Op::Abs, [](double x) { return std::abs(x); }, 0, 0, -9, 9);
    check(
        "pow", f, [](Expr a, Expr b) { return make(Op::Pow, {a, b}); },
        [](double a, double b) { return std::pow(a, b); }, 3e-4, 0, 0.2, 3);
    check(
        "cube", f, [](Expr a, Expr) { return make(Op::Pow, {a, constant_of(3)}); },
        [](double a, double) { return a * a * a; }, 3 * ulp32);
    check(
        "silu of a shared value", f,
        [](Expr a, Expr b) {
            const Expr x = a + b;
            return x * unary(Op::Sigmoid, x) + x;
        },
        [](double a, double b) { return (a + b) / (1 + std::exp(-a - b)) + a + b; }, 8 * ulp32, 1e-6);
}

TEST_F(Elementwise, Choices) {
    const DType f = DType::Float32;
    check(
        "select", f, [](Expr a, Expr b) { return make(Op::Select, {make(Op::Lt, {a, b}), a * b, constant_of(-7)}); },
        [](double a, double b) { return a < b ? a * b : -7; }, ulp32);
    check(
        "logic", f,
        [](Expr a, Expr b) {
            const Expr either = make(Op::Or, {make(Op::Gt, {a, constant_of(1)}), make(Op::Le, {b, constant_of(-1)})});
            return make(Op::Select, {make(Op::And, {either, make(Op::Not, {make(Op::Eq, {a, b})})}), a, b});
        },
        [](double a, double b) { return (a > 1 || b <= -1) && a != b ? a : b; }, 0);
    check(
        "minus infinity", f,
        [](Expr a, Expr) { return make(Op::Select, {make(Op::Ge, {a, constant_of(0)}), a, constant_of(-INFINITY)}); },
        [](double a, double) { return a >= 0 ? a : -INFINITY; }, 0);
}

TEST_F(Elementwise, OtherFormats) {
    for (const bool fp32_dest : {true, false}) {
        const DType b = DType::BFloat16;
        check(
            "bf16 add", b, [](Expr x, Expr y) { return x + y; }, [](double x, double y) { return x + y; }, ulp16, 4e-3,
            -2, 2, fp32_dest);
        check(
            "bf16 mul", b, [](Expr x, Expr y) { return x * y; }, [](double x, double y) { return x * y; },
            fp32_dest ? ulp16 / 2 : 2 * ulp16, 0, -2, 2, fp32_dest);
        check(
            "bf16 gelu", b,
            [](Expr x, Expr) {
                const Expr half = x * constant_of(0.5, DType::BFloat16);
                const Expr inner = unary(Op::Tanh, x * constant_of(0.797, DType::BFloat16));
                return half * (inner + constant_of(1, DType::BFloat16));
            },
            [](double x, double) { return 0.5 * x * (1 + std::tanh(0.797 * x)); }, fp32_dest ? ulp16 : 6 * ulp16, 0.02,
            -2, 2, fp32_dest);
    }
    // The packer brings fp16 out of 32-bit DST by way of bf16.
    const DType h = DType::Float16;
    check(
        "fp16 add", h, [](Expr x, Expr y) { return x + y; }, [](double x, double y) { return x + y; }, ulp16 / 2, 1e-3);
    check("fp16 mul", h, [](Expr x, Expr y) { return x * y; }, [](double x, double y) { return x * y; }, ulp16, 1e-5);
    check(
        "fp16 exp", h, [](Expr x, Expr y) { return unary(Op::Exp, x - y); },
        [](double x, double y) { return std::exp(x - y); }, ulp16 / 2);
}

TEST_F(Elementwise, Broadcasts) {
    for (const DType type : {DType::Float32, DType::BFloat16}) {
        constexpr int64_t rows = 64, columns = 128;
        Launch launch;
        Numbers m = numbers(rows * columns), c = numbers(rows), r = numbers(columns), s = numbers(1);
        const Buffer in = launch.input("m", type, {rows, columns}, m);
        const Buffer column = launch.input("c", type, {rows}, c, Form::ColumnVector);
        const Buffer row = launch.input("r", type, {columns}, r, Form::RowVector);
        const Buffer scalar = launch.input("s", type, {1}, s, Form::Scalar);
        const Buffer scaled = launch.buffer("scaled", type, {rows, columns});
        const Buffer shifted = launch.buffer("shifted", type, {rows, columns});
        const Buffer all = launch.buffer("all", type, {rows, columns});
        const Var i = var("i"), j = var("j");
        const std::vector<Expr> place = {make_var(i), make_var(j)};
        const Expr x = at(in, place), of_row = at(column, {make_var(i)}), of_column = at(row, {make_var(j)});
        launch.step(parallel({i, j}, {rows, columns}, scaled, place, x * of_row), {in, column}, scaled);
        launch.step(parallel({i, j}, {rows, columns}, shifted, place, x - of_column), {in, row}, shifted);
        launch.step(parallel({i, j}, {rows, columns}, all, place, (x - of_row) * (of_column + at(scalar, {num(0)}))),
                    {in, column, row, scalar}, all);
        const auto results = launch.run(device_, {scaled, shifted, all});
        Numbers e1(m.size()), e2(m.size()), e3(m.size());
        for (size_t a = 0; a < rows; ++a) {
            for (size_t b = 0; b < columns; ++b) {
                const double v = m[a * columns + b];
                e1[a * columns + b] = v * c[a];
                e2[a * columns + b] = v - r[b];
                e3[a * columns + b] = (v - c[a]) * (r[b] + s[0]);
            }
        }
        const double relative = type == DType::Float32 ? ulp32 : ulp16;
        expect_near(results.at("scaled"), e1, relative, 0, "scaled");
        expect_near(results.at("shifted"), e2, relative, type == DType::Float32 ? 1e-7 : 4e-3, "shifted");
        expect_near(results.at("all"), e3, 4 * relative, type == DType::Float32 ? 1e-6 : 0, "all");
    }
}

TEST_F(Elementwise, VectorsAndTransposes) {
    const DType f = DType::Float32;
    Launch launch;
    Numbers c = numbers(64), r = numbers(64), m = numbers(64 * 64);
    const Buffer column = launch.input("c", f, {64}, c, Form::ColumnVector);
    const Buffer row = launch.input("r", f, {64}, r, Form::RowVector);
    const Buffer in = launch.input("m", f, {64, 64}, m);
    const Buffer sum = launch.buffer("sum", f, {64}, Form::ColumnVector);
    const Buffer turned = launch.buffer("turned", f, {64, 64});
    const Buffer cross = launch.buffer("cross", f, {64, 64});
    const Var i = var("i"), j = var("j"), k = var("k");
    launch.step(parallel({k}, {64}, sum, {make_var(k)}, at(column, {make_var(k)}) + at(row, {make_var(k)})),
                {column, row}, sum);
    launch.step(parallel({i, j}, {64, 64}, turned, {make_var(j), make_var(i)}, at(in, {make_var(i), make_var(j)})),
                {in}, turned);
    launch.step(parallel({i, j}, {64, 64}, cross, {make_var(i), make_var(j)},
                         at(column, {make_var(j)}) * at(row, {make_var(i)})),
                {column, row}, cross);
    const auto results = launch.run(device_, {sum, turned, cross});
    Numbers e1(64), e2(64 * 64), e3(64 * 64);
    for (size_t a = 0; a < 64; ++a) {
        e1[a] = c[a] + r[a];
        for (size_t b = 0; b < 64; ++b) {
            e2[a * 64 + b] = m[b * 64 + a];
            e3[a * 64 + b] = c[b] * r[a];
        }
    }
    expect_near(results.at("sum"), e1, ulp32, 1e-7, "sum");
    expect_near(results.at("turned"), e2, 0, 0, "turned");
    expect_near(results.at("cross"), e3, ulp32, 0, "cross");
}

TEST_F(Elementwise, MasksOfIndices) {
    const DType f = DType::Float32;
    constexpr int64_t n = 96;
    Launch launch;
    Numbers m = numbers(n * n);
    const Buffer in = launch.input("m", f, {n, n}, m);
    const Buffer causal = launch.buffer("causal", f, {n, n});
    const Buffer left = launch.buffer("left", f, {n, n});
    const Buffer index = launch.buffer("index", f, {n, n});
    const Buffer work = launch.buffer("work", f, {n, n});
    const Buffer kept = launch.buffer("kept", f, {n, n});
    const Var i = var("i"), j = var("j");
    const Expr row = make_var(i), column = make_var(j);
    const Expr x = at(in, {row, column});
    launch.step(parallel({i, j}, {n, n}, causal, {row, column},
                         make(Op::Select, {make(Op::Ge, {row + num(5), column}), x, constant_of(-INFINITY)})),
                {in}, causal);
    launch.step(parallel({i, j}, {n, n}, left, {row, column},
                         make(Op::Select, {make(Op::Ge, {num(32), column}), x, constant_of(-INFINITY)})),
                {in}, left);
    launch.step(parallel({i, j}, {n, n}, index, {row, column},
                         make_cast(f, row * num(100) + floormod(column, num(7)) + floordiv(column, num(8)))),
                {}, index);
    launch.step(parallel({i, j}, {n, n}, work, {row, column}, x), {in}, work);
    launch.step(parallel({i, j}, {n, n}, work, {row, column}, constant_of(9), make(Op::Lt, {row + column, num(70)})),
                {work}, work, true);
    launch.step(make_stmt(Copy{whole(work), whole(kept)}), {work}, kept);
    const auto results = launch.run(device_, {causal, left, index, kept});
    EXPECT_TRUE(launch.needs().row_index);
    EXPECT_TRUE(launch.needs().fp32_dest);
    Numbers e1(n * n), e2(n * n), e3(n * n), e4(n * n);
    for (int64_t a = 0; a < n; ++a) {
        for (int64_t b = 0; b < n; ++b) {
            const auto e = static_cast<size_t>(a * n + b);
            e1[e] = a + 5 >= b ? m[e] : -INFINITY;
            e4[e] = b <= 32 ? m[e] : -INFINITY;
            e2[e] = static_cast<double>(a * 100 + b % 7 + b / 8);
            e3[e] = a + b < 70 ? 9 : m[e];
        }
    }
    expect_near(results.at("causal"), e1, 0, 0, "causal");
    expect_near(results.at("left"), e4, 0, 0, "left");
    expect_near(results.at("index"), e2, 0, 0, "index");
    expect_near(results.at("kept"), e3, 0, 0, "kept");
}

TEST_F(Elementwise, InPlaceInARingAndCopies) {
    Launch launch;
    Numbers m = numbers(64 * 64), v = numbers(64);
    const Buffer in = launch.input("m", DType::BFloat16, {64, 64}, m);
    const Buffer scale = launch.input("v", DType::Float32, {64}, v, Form::ColumnVector);
    const Buffer work = launch.buffer("work", DType::Float32, {64, 64});
    const Buffer out = launch.buffer("out", DType::Float16, {64, 64});
    const Var i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(i), make_var(j)};
    launch.step(make_stmt(Copy{whole(in), whole(work)}), {in}, work);
    for (int pass = 0; pass < 2; ++pass) {
        launch.step(parallel({i, j}, {64, 64}, work, place, at(work, place) * at(scale, {make_var(i)})), {work, scale},
                    work, true);
    }
    launch.step(make_stmt(Copy{whole(work), whole(out)}), {work}, out);
    const auto results = launch.run(device_, {out});
    Numbers expected(m.size());
    for (size_t e = 0; e < m.size(); ++e) {
        expected[e] = m[e] * v[e / 64] * v[e / 64];
    }
    expect_near(results.at("out"), expected, ulp16 / 2, 1e-4);
}

TEST_F(Elementwise, PartsOfBuffers) {
    const DType f = DType::Float32;
    Launch launch;
    Numbers wide = numbers(32 * 128), batch = numbers(2 * 32 * 64);
    const Buffer in = launch.input("wide", f, {32, 128}, wide);
    const Buffer stack = launch.input("stack", f, {2, 32, 64}, batch);
    const Buffer part = launch.buffer("part", f, {32, 64});
    const Buffer second = launch.buffer("second", f, {32, 64});
    const Buffer both = launch.buffer("both", f, {2, 32, 64});
    Region right = whole(in);
    right.begin[1] = num(64);
    right.extent[1] = num(64);
    launch.step(make_stmt(Copy{right, whole(part)}), {in}, part);
    Region slice = whole(stack);
    slice.begin[0] = num(1);
    slice.extent[0] = num(1);
    slice.dropped[0] = true;
    launch.step(make_stmt(Copy{slice, whole(second)}), {stack}, second);
    const Var b = var("b"), i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(b), make_var(i), make_var(j)};
    launch.step(parallel({b, i, j}, {2, 32, 64}, both, place, at(stack, place) + at(part, {make_var(i), make_var(j)})),
                {stack, part}, both);
    const auto results = launch.run(device_, {second, both});
    Numbers e2(32 * 64), e3(2 * 32 * 64);
    for (size_t e = 0; e < e2.size(); ++e) {
        e2[e] = batch[e + 32 * 64];
        for (size_t s = 0; s < 2; ++s) {
            e3[s * 32 * 64 + e] = batch[s * 32 * 64 + e] + wide[e / 64 * 128 + 64 + e % 64];
        }
    }
    expect_near(results.at("second"), e2, 0, 0, "second");
    expect_near(results.at("both"), e3, ulp32, 1e-7, "both");
}

/// A column, a row and a diagonal of a matrix, each changed in place: what they were is no vector out of its tiles.
TEST_F(Elementwise, LinesOfAMatrixInPlace) {
    const DType f = DType::Float32;
    Launch launch;
    Numbers start = numbers(64 * 64);
    const Buffer in = launch.input("in", f, {64, 64}, start);
    const Buffer m = launch.buffer("m", f, {64, 64});
    const Buffer out = launch.buffer("out", f, {64, 64});
    const Var i = var("i"), j = var("j");
    const Expr x = make_var(i), y = make_var(j);
    launch.step(parallel({i, j}, {64, 64}, m, {x, y}, at(in, {x, y})), {in}, m);
    launch.step(parallel({i}, {64}, m, {x, num(37)}, at(m, {x, num(37)}) + constant_of(4)), {m}, m, true);
    launch.step(parallel({j}, {64}, m, {num(5), y}, at(m, {num(5), y}) * constant_of(2)), {m}, m, true);
    launch.step(parallel({i}, {40}, m, {x + num(3), x}, at(m, {x + num(3), x}) - constant_of(8)), {m}, m, true);
    launch.step(parallel({i}, {1}, m, {num(40), num(9)}, at(m, {num(40), num(9)}) - constant_of(2)), {m}, m, true);
    launch.step(make_stmt(Copy{whole(m), whole(out)}), {m}, out);
    const auto results = launch.run(device_, {out});
    Numbers expected = start;
    expected[40 * 64 + 9] -= 2;
    for (size_t r = 0; r < 64; ++r) {
        expected[r * 64 + 37] += 4;
    }
    for (size_t c = 0; c < 64; ++c) {
        expected[5 * 64 + c] *= 2;
    }
    for (size_t d = 0; d < 40; ++d) {
        expected[(d + 3) * 64 + d] -= 8;
    }
    expect_near(results.at("out"), expected, ulp32, 1e-6);
}

/// Matrices that two dimensions number.
TEST_F(Elementwise, StacksOfStacksInPlace) {
    const DType f = DType::Float32;
    Launch launch;
    Numbers start = numbers(2 * 3 * 32 * 32);
    const Buffer in = launch.input("in", f, {2, 3, 32, 32}, start);
    const Buffer m = launch.buffer("m", f, {2, 3, 32, 32});
    const Buffer out = launch.buffer("out", f, {2, 3, 32, 32});
    const Var a = var("a"), b = var("b"), i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(a), make_var(b), make_var(i), make_var(j)};
    const std::vector<Expr> second = {make_var(a), num(1), make_var(i), make_var(j)};
    launch.step(parallel({a, b, i, j}, {2, 3, 32, 32}, m, place, at(in, place) + constant_of(1)), {in}, m);
    launch.step(parallel({a, b, i, j}, {2, 3, 32, 32}, m, place, at(m, place) * constant_of(2)), {m}, m, true);
    launch.step(parallel({a, i, j}, {2, 32, 32}, m, second, at(m, second) + constant_of(16)), {m}, m, true);
    launch.step(make_stmt(Copy{whole(m), whole(out)}), {m}, out);
    const auto results = launch.run(device_, {out});
    Numbers expected = start;
    for (size_t e = 0; e < expected.size(); ++e) {
        expected[e] = (expected[e] + 1) * 2 + (e / 1024 % 3 == 1 ? 16 : 0);
    }
    expect_near(results.at("out"), expected, ulp32, 2e-6);
}

TEST_F(Elementwise, FromTheMiddleOfTiles) {
    const DType f = DType::Float32;
    Launch launch;
    Numbers m = numbers(64 * 64), v = numbers(64);
    const Buffer in = launch.input("m", f, {64, 64}, m);
    const Buffer column = launch.input("v", f, {64}, v, Form::ColumnVector);
    const Buffer rows = launch.buffer("rows", f, {64, 64});
    const Buffer columns = launch.buffer("columns", f, {64, 64});
    const Buffer upright = launch.buffer("upright", f, {64}, Form::ColumnVector);
    const Var i = var("i"), j = var("j");
    const Expr x = make_var(i), y = make_var(j);
    launch.step(parallel({i, j}, {64, 64}, rows, {x, y}, at(in, {num(37), y}) + at(in, {x, num(5)})), {in}, rows);
    launch.step(parallel({i, j}, {64, 64}, columns, {x, y}, at(in, {y, num(50)}) * at(column, {num(41)})), {in, column},
                columns);
    launch.step(parallel({i}, {64}, upright, {x}, at(in, {num(63), x}) + at(in, {num(33), num(2)})), {in}, upright);
    const auto results = launch.run(device_, {rows, columns, upright});
    Numbers e1(64 * 64), e2(64 * 64), e3(64);
    for (size_t r = 0; r < 64; ++r) {
        e3[r] = m[63 * 64 + r] + m[33 * 64 + 2];
        for (size_t c = 0; c < 64; ++c) {
            e1[r * 64 + c] = m[37 * 64 + c] + m[r * 64 + 5];
            e2[r * 64 + c] = m[c * 64 + 50] * v[41];
        }
    }
    expect_near(results.at("rows"), e1, ulp32, 1e-7, "rows");
    expect_near(results.at("columns"), e2, ulp32, 0, "columns");
    expect_near(results.at("upright"), e3, ulp32, 1e-7, "upright");
}

TEST_F(Elementwise, Integers) {
    Launch launch;
    Numbers packed(32 * 64);
    for (size_t e = 0; e < packed.size(); ++e) {
        packed[e] = static_cast<double>(e * 37 % 256);
    }
    const Buffer bytes = launch.input("bytes", DType::Int32, {32, 64}, packed);
    const Buffer high = launch.buffer("high", DType::Float32, {32, 64});
    const Buffer doubled = launch.buffer("doubled", DType::Int32, {32, 64});
    const Var i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(i), make_var(j)};
    const Expr x = at(bytes, place);
    launch.step(parallel({i, j}, {32, 64}, high, place,
                         make_cast(DType::Float32, floormod(floordiv(x, num(16)), num(16))) * constant_of(0.5)),
                {bytes}, high);
    launch.step(parallel({i, j}, {32, 64}, doubled, place, x * num(2) + num(3)), {bytes}, doubled);
    const auto results = launch.run(device_, {high, doubled});
    Numbers e1(packed.size()), e2(packed.size());
    for (size_t e = 0; e < packed.size(); ++e) {
        e1[e] = std::floor(packed[e] / 16) * 0.5;
        e2[e] = packed[e] * 2 + 3;
    }
    expect_near(results.at("high"), e1, 0, 0, "high");
    expect_near(results.at("doubled"), e2, 0, 0, "doubled");
}

}  // namespace
}  // namespace tile_test

// Reductions, running sums, transposes and fills against double-precision loops.
#include "harness.h"

namespace tile_test {
namespace {

class Reductions : public TileCompute {
protected:
    static double joined(Reduction op, double a, double b) {
        switch (op) {
            case Reduction::Sum:
                return a + b;
            case Reduction::AbsSum:
                return a + std::abs(b);
            case Reduction::Max:
                return std::max(a, b);
            case Reduction::AbsMax:
                return std::max(a, std::abs(b));
            default:
                return std::min(a, b);
        }
    }
    static double start(Reduction op) { return op == Reduction::Max ? -INFINITY : op == Reduction::Min ? INFINITY : 0; }

    void check(Reduction op, DType type, DType result_type, int64_t rows, int64_t columns, int dim, bool clear,
               Form result_form, double relative) {
        SCOPED_TRACE(::testing::Message() << "reduction " << static_cast<int>(op) << " of " << rows << "x" << columns
                                          << " dim " << dim << " clear " << clear << " " << name_of(type));
        Launch launch;
        Numbers m = numbers(static_cast<size_t>(rows * columns));
        const int64_t lines = dim == 1 ? rows : columns, along = dim == 1 ? columns : rows;
        Numbers old = numbers(static_cast<size_t>(lines));
        const Buffer in = launch.input("m", type, {rows, columns}, m);
        const Buffer work = launch.buffer("work", result_type, {lines}, result_form);
        const Buffer out = launch.buffer("out", result_type, {lines}, result_form);
        if (!clear) {
            const Buffer before = launch.input("old", result_type, {lines}, old, result_form);
            launch.step(make_stmt(Copy{whole(before), whole(work)}), {before}, work);
        }
        Reduce reduce{op, whole(in), whole(work), dim, clear};
        launch.step(make_stmt(reduce), clear ? std::vector{in} : std::vector{in, work}, work, !clear);
        launch.step(make_stmt(Copy{whole(work), whole(out)}), {work}, out);
        const auto results = launch.run(device_, {out});
        if (!results.contains("out")) {
            return;
        }
        Numbers expected(static_cast<size_t>(lines));
        double size = 1;
        for (int64_t l = 0; l < lines; ++l) {
            double value = clear ? start(op) : old[static_cast<size_t>(l)], sum = 0;
            for (int64_t a = 0; a < along; ++a) {
                const double x = m[static_cast<size_t>(dim == 1 ? l * columns + a : a * columns + l)];
                value = joined(op, value, x);
                sum += std::abs(x);
            }
            expected[static_cast<size_t>(l)] = value;
            size = std::max(size, sum);
        }
        const bool sum = op == Reduction::Sum || op == Reduction::AbsSum;
        expect_near(results.at("out"), expected, 0, sum ? relative * size : 0);
    }
};

TEST_F(Reductions, Rows) {
    const auto column = Form::ColumnVector;
    for (const DType type : {DType::Float32, DType::BFloat16, DType::Float16}) {
        const double relative = type == DType::BFloat16 ? 2e-5 : 2e-6;
        for (const Reduction op :
             {Reduction::Sum, Reduction::Max, Reduction::Min, Reduction::AbsSum, Reduction::AbsMax}) {
            check(op, type, DType::Float32, 64, 96, 1, true, column, relative);
        }
        check(Reduction::Sum, type, DType::Float32, 64, 96, 1, false, column, relative);
        check(Reduction::Max, type, DType::Float32, 64, 96, 1, false, column, 0);
    }
}

TEST_F(Reductions, Columns) {
    const auto row = Form::RowVector;
    for (const DType type : {DType::Float32, DType::BFloat16}) {
        const double relative = type == DType::BFloat16 ? 2e-5 : 2e-6;
        for (const Reduction op : {Reduction::Sum, Reduction::Max, Reduction::Min}) {
            check(op, type, DType::Float32, 96, 64, 0, true, row, relative);
        }
        check(Reduction::Sum, type, DType::Float32, 96, 64, 0, false, row, relative);
    }
}

TEST_F(Reductions, AlongTheOtherSide) {
    check(Reduction::Sum, DType::Float32, DType::Float32, 64, 96, 1, true, Form::RowVector, 2e-6);
    check(Reduction::Max, DType::Float32, DType::Float32, 64, 96, 0, true, Form::ColumnVector, 0);
}

TEST_F(Reductions, TilesThatAreNotFull) {
    check(Reduction::Max, DType::Float32, DType::Float32, 64, 80, 1, true, Form::ColumnVector, 0);
    check(Reduction::Min, DType::BFloat16, DType::Float32, 64, 16, 1, true, Form::ColumnVector, 0);
    check(Reduction::Sum, DType::BFloat16, DType::Float32, 40, 64, 0, true, Form::RowVector, 2e-6);
}

TEST_F(Reductions, OfVectorsToOneNumber) {
    for (const Form form : {Form::ColumnVector, Form::RowVector}) {
        Launch launch;
        Numbers v = numbers(96);
        const Buffer in = launch.input("v", DType::Float32, {96}, v, form);
        const Buffer out = launch.buffer("out", DType::Float32, {1}, Form::Scalar);
        launch.step(make_stmt(Reduce{Reduction::Sum, whole(in), whole(out), 0, true}), {in}, out);
        const auto results = launch.run(device_, {out});
        double sum = 0;
        for (const double x : v) {
            sum += x;
        }
        expect_near(results.at("out"), {sum}, 0, 1e-5);
    }
}

TEST_F(Reductions, OfABatch) {
    Launch launch;
    Numbers v = numbers(3 * 32 * 64);
    const Buffer in = launch.input("v", DType::Float32, {3, 32, 64}, v);
    const Buffer out = launch.buffer("out", DType::Float32, {32, 64});
    launch.step(make_stmt(Reduce{Reduction::Sum, whole(in), whole(out), 0, true}), {in}, out);
    const auto results = launch.run(device_, {out});
    Numbers expected(32 * 64);
    for (size_t e = 0; e < expected.size(); ++e) {
        expected[e] = v[e] + v[e + 2048] + v[e + 4096];
    }
    expect_near(results.at("out"), expected, 0, 1e-6);
}

TEST_F(Reductions, RunningSums) {
    for (const auto& [dim, reverse] : {std::pair{0, false}, {1, false}, {0, true}, {1, true}}) {
        for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{64, 96}, {96, 32}}) {
            Launch launch;
            Numbers v = numbers(static_cast<size_t>(rows * columns));
            const Buffer in = launch.input("v", DType::Float32, {rows, columns}, v);
            const Buffer out = launch.buffer("out", DType::Float32, {rows, columns});
            launch.step(make_stmt(Scan{Reduction::Sum, whole(in), whole(out), dim, reverse}), {in}, out);
            const auto results = launch.run(device_, {out});
            Numbers expected = v;
            const int64_t step = dim == 0 ? columns : 1, count = dim == 0 ? rows : columns;
            for (int64_t line = 0; line < rows * columns / count; ++line) {
                const int64_t first = dim == 0 ? line : line * columns;
                for (int64_t e = 1; e < count; ++e) {
                    const int64_t here = first + (reverse ? count - 1 - e : e) * step;
                    expected[static_cast<size_t>(here)] +=
                        expected[static_cast<size_t>(reverse ? here + step : here - step)];
                }
            }
            expect_near(results.at("out"), expected, 0, 2e-5, "dim " + std::to_string(dim));
        }
    }
}

TEST_F(Reductions, TransposesAndFills) {
    for (const DType type : {DType::Float32, DType::BFloat16}) {
        Launch launch;
        Numbers v = numbers(64 * 96);
        const Buffer in = launch.input("v", type, {64, 96}, v);
        const Buffer out = launch.buffer("out", type, {96, 64});
        const Buffer filled = launch.buffer("filled", type, {64, 96});
        launch.step(make_stmt(Transpose{whole(in), whole(out)}), {in}, out);
        launch.step(make_stmt(Fill{whole(filled), make_float(-INFINITY)}), {}, filled);
        const auto results = launch.run(device_, {out, filled});
        Numbers expected(v.size());
        for (size_t e = 0; e < v.size(); ++e) {
            expected[e % 96 * 64 + e / 96] = v[e];
        }
        expect_near(results.at("out"), expected, 0, 0);
        expect_near(results.at("filled"), Numbers(v.size(), -INFINITY), 0, 0);
    }
}

/// Softmax of rows in steps as scripts write it.
TEST_F(Reductions, Softmax) {
    const DType f = DType::Float32;
    constexpr int64_t rows = 64, columns = 128;
    Launch launch;
    Numbers v = numbers(rows * columns, -5, 5);
    const Buffer in = launch.input("v", f, {rows, columns}, v);
    const Buffer top = launch.buffer("top", f, {rows}, Form::ColumnVector);
    const Buffer power = launch.buffer("power", f, {rows, columns});
    const Buffer sum = launch.buffer("sum", f, {rows}, Form::ColumnVector);
    const Buffer out = launch.buffer("out", f, {rows, columns});
    const Var i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(i), make_var(j)};
    launch.step(make_stmt(Reduce{Reduction::Max, whole(in), whole(top), 1, true}), {in}, top);
    launch.step(
        parallel({i, j}, {rows, columns}, power, place, make(Op::Exp, {at(in, place) - at(top, {make_var(i)})})),
        {in, top}, power);
    launch.step(make_stmt(Reduce{Reduction::Sum, whole(power), whole(sum), 1, true}), {power}, sum);
    launch.step(
        parallel({i, j}, {rows, columns}, out, place, make(Op::Div, {at(power, place), at(sum, {make_var(i)})})),
        {power, sum}, out);
    const auto results = launch.run(device_, {out});
    Numbers expected(v.size());
    for (size_t r = 0; r < rows; ++r) {
        double total = 0;
        for (size_t c = 0; c < columns; ++c) {
            total += std::exp(v[r * columns + c]);
        }
        for (size_t c = 0; c < columns; ++c) {
            expected[r * columns + c] = std::exp(v[r * columns + c]) / total;
        }
    }
    expect_near(results.at("out"), expected, 3e-6, 0);
}

}  // namespace
}  // namespace tile_test

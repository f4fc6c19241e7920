// Kernels made with the builder, run by the interpreter, beside plain loops.
#include <tile/ir/build.h>

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include <tile/interpret/interpret.h>
#include <tile/interpret/npy.h>
#include <tile/ir/print.h>

namespace tessera::tile::ir {
namespace {

TEST(Build, ScalesATensor) {
    KernelBuilder k("scale");
    const Tensor a = k.param("A", DType::Float32, {64, 96});
    const Tensor b = k.output("B", DType::Float32, {64, 96});
    k.launch({3, 2}, [&](Value bx, Value by) {
        const Tensor t = k.shared("t", DType::Float32, {32, 32});
        k.copy(a.at({tile(by * 32, 32), tile(bx * 32, 32)}), t);
        k.parallel({32, 32}, [&](Value i, Value j) { k.store(t, {i, j}, max(t(i, j) * 2.0, 0.0)); });
        k.copy(t, b.at({tile(by * 32, 32), tile(bx * 32, 32)}));
    });
    const Kernel kernel = k.build();
    EXPECT_EQ(print(kernel), R"(kernel "scale" {
  param A: float32[64, 96]
  param B: float32[64, 96]
  output B
  body {
    launch bx in 3, by in 2 {
      alloc t: float32[32, 32] shared
      copy A[by * 32 +: 32, bx * 32 +: 32] -> t[:]
      parallel i in 32, j in 32 {
        t[i, j] = max(t[i, j] * 2.0, 0.0)
      }
      copy t[:] -> B[by * 32 +: 32, bx * 32 +: 32]
    }
  }
}
)");
    const interpret::Array input = interpret::generate(DType::Float32, {64, 96}, 1);
    const interpret::Result result = interpret::run(kernel, {{"A", input}});
    for (size_t i = 0; i < input.values.size(); ++i) {
        ASSERT_EQ(result.tensors.at("B").values[i], std::fmax(2 * input.values[i], 0));
    }
}

// Softmax of rows with the running maximum and sum of attention kernels.
TEST(Build, OnlineSoftmax) {
    constexpr int rows = 8, columns = 40, block = 16;
    KernelBuilder k("softmax");
    const Tensor x = k.param("X", DType::Float32, {rows, columns});
    const Tensor y = k.output("Y", DType::Float32, {rows, columns});
    k.safe_value(x, -INFINITY);
    k.launch({1}, [&](Value) {
        const Tensor part = k.shared("part", DType::Float32, {rows, block});
        const Tensor most = k.fragment("most", DType::Float32, {rows});
        const Tensor before = k.fragment("before", DType::Float32, {rows});
        const Tensor sum = k.fragment("sum", DType::Float32, {rows});
        const Tensor own = k.fragment("own", DType::Float32, {rows});
        k.fill(most, -INFINITY);
        k.clear(sum);
        k.pipelined(Value(make_int(3)), 2, [&](Value step) {
            k.copy(x.at({tile(0, rows), tile(step * block, block)}), part);
            k.copy(most, before);
            k.reduce(Reduction::Max, part, most, 1, false);
            k.parallel({rows, block}, [&](Value i, Value j) { k.store(part, {i, j}, exp(part(i, j) - most(i))); });
            k.reduce(Reduction::Sum, part, own, 1);
            k.parallel({rows}, [&](Value i) { k.store(sum, {i}, sum(i) * exp(before(i) - most(i)) + own(i)); });
        });
        k.serial(0, 3, [&](Value step) {
            k.copy(x.at({tile(0, rows), tile(step * block, block)}), part);
            k.parallel({rows, block},
                       [&](Value i, Value j) { k.store(part, {i, j}, exp(part(i, j) - most(i)) / sum(i)); });
            k.copy(part, y.at({tile(0, rows), tile(step * block, block)}));
        });
    });
    const Kernel kernel = k.build();
    const interpret::Array input = interpret::generate(DType::Float32, {rows, columns}, 2);
    interpret::Options options;
    options.exact = true;
    const interpret::Result result = interpret::run(kernel, {{"X", input}}, {}, options);
    for (size_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (size_t j = 0; j < columns; ++j) {
            sum += std::exp(input.values[i * columns + j]);
        }
        for (size_t j = 0; j < columns; ++j) {
            ASSERT_NEAR(result.tensors.at("Y").values[i * columns + j], std::exp(input.values[i * columns + j]) / sum,
                        1e-14);
        }
    }
}

TEST(Build, ControlAndScalars) {
    KernelBuilder k("control");
    const Value n = k.symbol("n");
    const Tensor a = k.param("A", DType::Float32, {n, 4});
    const Tensor out = k.output("O", DType::Int32, {8});
    const Tensor scratch = k.global("scratch", DType::Float32, {4});
    k.launch({1}, [&](Value) {
        k.copy(a.at({0, tile(0, 4)}), scratch);
        const Tensor x = k.variable("x", DType::Int32, 1);
        k.loop_while(x(0) < 100, [&] { k.store(x, {0}, x(0) * 3); });
        k.store(out, {0}, x(0));
        k.serial(
            7, 0, [&](Value i) { k.when(i == 3, [&] { k.leave(); }, [&] { k.store(out, {1}, out(1) + i); }); }, -2);
        const Value half = k.let("half", n / 2);
        k.store(out, {2}, half);
        k.store(out, {3}, cast(DType::Int32, select(both(n > 2, !(n == 9)), 1.5, 2.5)));
    });
    k.launch({1}, [&](Value) { k.atomic(Reduction::Sum, a.at({1, tile(0, 4)}), scratch); });
    const Kernel kernel = k.build();
    const interpret::Array input{DType::Float32, {5, 4}, std::vector<double>(20, 2.0)};
    const interpret::Result result = interpret::run(kernel, {{"A", input}});
    EXPECT_EQ(result.tensors.at("O").values, (std::vector<double>{243, 12, 2, 1, 0, 0, 0, 0}));
    EXPECT_EQ(result.tensors.at("A").values[4], 4);
    EXPECT_EQ(result.tensors.at("A").values[0], 2);
}

TEST(Build, RefusesWhatDoesNotFit) {
    KernelBuilder k("bad");
    const Tensor a = k.param("A", DType::Float32, {4, 4});
    EXPECT_THROW(a(0), std::logic_error);
    EXPECT_THROW(a.at({tile(0, 4)}), std::logic_error);
    EXPECT_THROW(a(0, 0) + a(0, 0).expr()->args[0], std::logic_error);
    Value escaped = 0;
    k.launch({1}, [&](Value) { k.parallel({4}, [&](Value i) { escaped = i; }); });
    k.launch({1}, [&](Value) { k.store(a, {escaped, 0}, 1.0); });
    EXPECT_THROW(k.build(), std::logic_error);
}

}  // namespace
}  // namespace tessera::tile::ir

#include <tile/interpret/interpret.h>

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include <base/error.h>
#include <tile/ir/parse.h>

namespace tessera::tile::interpret {
namespace {

Array random_array(std::vector<int64_t> shape, unsigned seed, ir::DType type = ir::DType::Float32) {
    Array array{type, std::move(shape), {}};
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    array.values.resize(static_cast<size_t>(array.elements()));
    for (double& value : array.values) {
        value = normal(random);
    }
    return array;
}

std::string wrapped(const std::string& params, const std::string& body) {
    return "kernel \"k\" {\n file \"k.py\"\n" + params + "\n body { launch bx in 1 {\n" + body + "\n} } }";
}

Result run_text(const std::string& text, const Arrays& inputs, const Options& options = {}) {
    return run(ir::parse(text), inputs, {}, options);
}

/// The error's name, and its message in `message`.
std::string error_of(const std::string& text, const Arrays& inputs = {}, Diagnostic* diagnostic = nullptr) {
    try {
        run_text(text, inputs);
    } catch (const Error& error) {
        if (diagnostic != nullptr) {
            *diagnostic = error.diagnostic();
        }
        return error.diagnostic().name;
    }
    return "none";
}

constexpr const char* gemm_text = R"(kernel "gemm" {
  param A: float16[70, 50]
  param B: float16[50, 90]
  param C: float32[70, 90]
  body { launch bx in 3, by in 3 {
      alloc a: float16[32, 16] shared
      alloc b: float16[16, 32] shared
      alloc c: float32[32, 32] fragment
      fill c[:] = 0.0
      for k = 0 to 4 pipelined(2) {
        copy A[by * 32 +: 32, k * 16 +: 16] -> a[:]
        copy B[k * 16 +: 16, bx * 32 +: 32] -> b[:]
        gemm a[:] * b[:] -> c[:]
      }
      copy c[:] -> C[by * 32 +: 32, bx * 32 +: 32]
  } } })";

// Ragged in all three dimensions: what lies outside is zero, and is not stored.
TEST(Interpret, MultipliesAsPlainLoopsDo) {
    const Array a = random_array({70, 50}, 1), b = random_array({50, 90}, 2);
    const Result result = run_text(gemm_text, {{"A", a}, {"B", b}}, {.exact = true});
    const Array& c = result.tensors.at("C");
    for (int64_t i = 0; i < 70; ++i) {
        for (int64_t j = 0; j < 90; ++j) {
            double sum = 0;
            for (int64_t k = 0; k < 50; ++k) {
                sum += a.values[static_cast<size_t>(i * 50 + k)] * b.values[static_cast<size_t>(k * 90 + j)];
            }
            ASSERT_NEAR(c.values[static_cast<size_t>(i * 90 + j)], sum, 1e-12) << i << " " << j;
        }
    }
    EXPECT_EQ(result.blocks, 9U);
}

TEST(Interpret, RoundsInputsAndStoresUnlessExact) {
    Array a{ir::DType::Float32, {1, 1}, {1.0 + 1.0 / 512}};
    const std::string text = wrapped("param A: bfloat16[1, 1]\n param B: float32[1, 1]",
                                     "alloc s: bfloat16[1, 1] shared\n copy A[:] -> s[:]\n parallel i in 1, j in 1 { "
                                     "s[i, j] = s[i, j] * 3.0:bfloat16\n }\n copy s[:] -> B[:]");
    EXPECT_EQ(run_text(text, {{"A", a}}).tensors.at("B").values[0], 3.0);
    EXPECT_EQ(run_text(text, {{"A", a}}, {.exact = true}).tensors.at("B").values[0], 3.0 + 3.0 / 512);
}

TEST(Interpret, TransposedOperands) {
    const Array a = random_array({8, 4}, 3), b = random_array({6, 8}, 4);
    const std::string text = wrapped("param A: float32[8, 4]\n param B: float32[6, 8]\n param C: float32[4, 6]",
                                     "gemm A[:] transposed * B[:] transposed -> C[:] clear");
    const Result result = run_text(text, {{"A", a}, {"B", b}}, {.exact = true});
    for (size_t i = 0; i < 4; ++i) {
        for (size_t j = 0; j < 6; ++j) {
            double sum = 0;
            for (size_t k = 0; k < 8; ++k) {
                sum += a.values[k * 4 + i] * b.values[j * 8 + k];
            }
            EXPECT_NEAR(result.tensors.at("C").values[i * 6 + j], sum, 1e-12);
        }
    }
}

TEST(Interpret, ReducesAndScans) {
    const Array a{ir::DType::Float32, {2, 3}, {1, -5, 2, 4, 0, -1}};
    const std::string text = wrapped(
        "param A: float32[2, 3]\n param S: float32[2]\n param M: float32[1, 3]\n param C: float32[2, 3]\n param "
        "R: float32[2, 3]\n param K: float32[2]",
        "reduce sum A[:] -> S[:] dim 1 clear\n reduce absmax A[:] -> M[:] dim 0 clear\n"
        "scan sum A[:] -> C[:] dim 1\n scan max A[:] -> R[:] dim 0 reverse\n"
        "fill K[:] = 10.0\n reduce max A[:] -> K[:] dim -1");
    const Arrays result = run_text(text, {{"A", a}}).tensors;
    EXPECT_EQ(result.at("S").values, (std::vector<double>{-2, 3}));
    EXPECT_EQ(result.at("M").values, (std::vector<double>{4, 5, 2}));
    EXPECT_EQ(result.at("C").values, (std::vector<double>{1, -4, -2, 4, 4, 3}));
    EXPECT_EQ(result.at("R").values, (std::vector<double>{4, 0, 2, 4, 0, -1}));
    EXPECT_EQ(result.at("K").values, (std::vector<double>{10, 10}));
}

// A convolution's patches, against the definition of convolution.
TEST(Interpret, Im2colGivesPatches) {
    const Array img = random_array({2, 5, 6, 3}, 5);
    // 3x3, stride 2, pad 1: outputs are 3x3 for height 5, 3 for width 6.
    const std::string text = wrapped("param A: float32[2, 5, 6, 3]\n param P: float32[20, 27]",
                                     "im2col A[:] -> P[:] at 0, 0 kernel 3 stride 2 dilation 1 pad 1");
    const Result result = run_text(text, {{"A", img}}, {.exact = true});
    for (int n = 0; n < 2; ++n) {
        for (int oh = 0; oh < 3; ++oh) {
            for (int ow = 0; ow < 3; ++ow) {
                for (int kh = 0; kh < 3; ++kh) {
                    for (int kw = 0; kw < 3; ++kw) {
                        for (int c = 0; c < 3; ++c) {
                            const int h = oh * 2 + kh - 1, w = ow * 2 + kw - 1;
                            const bool in = h >= 0 && h < 5 && w >= 0 && w < 6;
                            const double want = in ? img.values[static_cast<size_t>(((n * 5 + h) * 6 + w) * 3 + c)] : 0;
                            EXPECT_EQ(
                                result.tensors.at("P")
                                    .values[static_cast<size_t>(((n * 3 + oh) * 3 + ow) * 27 + (kh * 3 + kw) * 3 + c)],
                                want);
                        }
                    }
                }
            }
        }
    }
    // Rows past the last position are outside.
    EXPECT_EQ(result.tensors.at("P").values.back(), 0);
}

TEST(Interpret, LoadsOutsideGiveTheSafeValueAndStoresAreDropped) {
    const Array a{ir::DType::Float32, {3}, {1, 2, 3}};
    const std::string text = wrapped("param A: float32[3]\n param B: float32[3]\n safe \"A\" 7.0",
                                     "parallel i in 6 {\n B[i - 1] = A[i - 2]\n }");
    EXPECT_EQ(run_text(text, {{"A", a}}).tensors.at("B").values, (std::vector<double>{7, 1, 2}));
}

// select, and, or: what is not wanted is not looked at.
TEST(Interpret, WhatIsNotChosenCannotFail) {
    const std::string text = wrapped("param B: float32[4]",
                                     "alloc s: float32[2] shared\n fill s[:] = 5.0\n parallel i in 4 {\n"
                                     "B[i] = select(i < 2, s[i], 1.0)\n if i < 2 and s[i] > 1.0 {\n B[i] = 9.0\n }\n}");
    EXPECT_EQ(run_text(text, {}).tensors.at("B").values, (std::vector<double>{9, 9, 1, 1}));
}

TEST(Interpret, ControlFlow) {
    const std::string text = wrapped(
        "param B: int32[4]",
        "alloc x: int32[1] local = 3\n for k = 10 to 0 step -3 {\n B[0] = B[0] + k\n if k == 4 {\n break\n }\n }\n"
        "while x[0] < 100 {\n x[0] = x[0] * 2\n }\n B[1] = x[0]\n let q: int32 = x[0] // -7\n B[2] = q\n B[3] = x[0] % "
        "-7");
    // 10 + 7 + 4; 3, 6, ..., 192; floor(192 / -7) = -28, and the rest has the divisor's sign.
    EXPECT_EQ(run_text(text, {}).tensors.at("B").values, (std::vector<double>{21, 192, -28, -4}));
}

TEST(Interpret, UnsignedWrapsAndBitsMove) {
    const Array a{ir::DType::UInt8, {2}, {200, 0x5a}};
    const std::string text = wrapped("param A: uint8[2]\n param B: uint8[2]\n param C: int8[2]\n param F: float32[1]",
                                     "parallel i in 2 {\n B[i] = A[i] + 100:uint8\n C[i] = reinterpret<int8>(A[i] << "
                                     "4:uint8)\n }\n F[0] = reinterpret<float32>(1078530011)");
    const Arrays result = run_text(text, {{"A", a}}).tensors;
    EXPECT_EQ(result.at("B").values, (std::vector<double>{44, 0x5a + 100}));
    EXPECT_EQ(result.at("C").values, (std::vector<double>{-128, -96}));
    EXPECT_EQ(result.at("F").values[0], static_cast<double>(3.14159274F));
}

TEST(Interpret, AtomicsAddUp) {
    const std::string text =
        "kernel \"k\" { param A: float32[8]\n param B: float32[2]\n body { launch bx in 2 {\n"
        "parallel i in 4 {\n atomic sum B[i % 2] <- A[bx * 4 + i]\n }\n"
        "atomic max B[0 +: 1] <- region A[0 +: 1]\n } } }";
    const Array a{ir::DType::Float32, {8}, {100, 1, 2, 3, 4, 5, 6, 7}};
    EXPECT_EQ(run_text(text, {{"A", a}}).tensors.at("B").values, (std::vector<double>{112, 16}));
}

TEST(Interpret, SymbolsComeFromShapes) {
    const ir::Kernel kernel = ir::parse(
        "kernel \"k\" { symbol n: int32\n param A: float32[n, 2]\n param B: float32[n * 2]\n body { launch bx in n {\n"
        "parallel j in 2 {\n B[bx * 2 + j] = A[bx, j]\n }\n } } }");
    const Array a = random_array({5, 2}, 1);
    const Result result = run(kernel, {{"A", a}}, {}, {.exact = true});
    EXPECT_EQ(result.symbols.at("n"), 5);
    EXPECT_EQ(result.tensors.at("B").values, a.values);
    EXPECT_EQ(shapes_of(kernel, {}, {{"n", 7}}).at("B"), (std::vector<int64_t>{14}));
    EXPECT_THROW(run(kernel, {}), Error);
    EXPECT_THROW(run(kernel, {{"A", a}}, {{"m", 3}}), Error);
    EXPECT_THROW(run(kernel, {{"A", a}}, {{"n", 3}}), Error);
}

TEST(InterpretErrors, UnwrittenRead) {
    Diagnostic diagnostic;
    EXPECT_EQ(error_of(wrapped("param B: float32[4]",
                               "alloc s: float32[4] shared\n fill s[0 +: 2] = 1.0\n"
                               "parallel i in 4 @12:5 {\n B[i] = s[i] @13:9\n }"),
                       {}, &diagnostic),
              "tile-unwritten-read");
    EXPECT_EQ(diagnostic.where, "block bx=0, i=2");
    ASSERT_EQ(diagnostic.trace.size(), 1U);
    EXPECT_EQ(diagnostic.trace[0].file, "k.py");
    EXPECT_EQ(diagnostic.trace[0].line, 13U);
    EXPECT_EQ(error_of(wrapped("param B: float32[4]", "alloc s: float32[4] shared\n copy s[:] -> B[:]")),
              "tile-unwritten-read");
    EXPECT_EQ(error_of(wrapped("param B: float32[2]",
                               "alloc s: float32[4] shared\n fill s[0 +: 2] = 1.0\n copy s[:] -> "
                               "B[0 +: 4]")),
              "none");  // what is not written is not stored either
    EXPECT_EQ(error_of(wrapped("param A: float32[4, 4]", "alloc c: float32[4, 4] fragment\n gemm A[:] * A[:] -> c[:]")),
              "tile-unwritten-read");
    EXPECT_EQ(
        error_of(wrapped("param A: float32[4, 4]", "alloc c: float32[4, 4] fragment\n gemm A[:] * A[:] -> c[:] clear")),
        "none");
}

TEST(InterpretErrors, OutOfRange) {
    Diagnostic diagnostic;
    EXPECT_EQ(error_of(wrapped("", "alloc s: float32[4] shared\n parallel i in 5 {\n s[i] = 1.0\n }"), {}, &diagnostic),
              "tile-out-of-range");
    EXPECT_NE(diagnostic.message.find("s[4] is outside: its shape is (4)"), std::string::npos) << diagnostic.message;
    EXPECT_EQ(error_of(wrapped("param A: float32[8]", "alloc s: float32[4] shared\n copy A[:] -> s[-1 +: 8]")),
              "tile-out-of-range");
}

TEST(InterpretErrors, ParallelConflicts) {
    const std::string params = "param A: float32[8]";
    const auto body = [&](const std::string& inside) {
        return error_of(
            wrapped(params, "alloc s: float32[9] shared\n fill s[:] = 0.0\n parallel i in 8 {\n" + inside + "\n }"));
    };
    EXPECT_EQ(body("s[i] = s[i + 1]"), "tile-parallel-conflict");
    EXPECT_EQ(body("s[i + 1] = s[i]"), "tile-parallel-conflict");
    EXPECT_EQ(body("s[0] = A[i]"), "tile-parallel-conflict");
    EXPECT_EQ(body("s[i // 2] = A[i]"), "tile-parallel-conflict");
    EXPECT_EQ(body("s[i] = s[i] + s[i]"), "none");
    EXPECT_EQ(body("s[i % 8] = A[i]"), "none");  // apart, though it takes running to see it
    EXPECT_EQ(body("if i == 3 {\n s[0] = A[i]\n }"), "none");
    EXPECT_EQ(body("A[0] = s[i]"), "tile-parallel-conflict");
}

TEST(InterpretErrors, TheRest) {
    EXPECT_EQ(error_of(wrapped("param B: int32[1]", "alloc x: int32[1] local = 0\n B[0] = 1 // x[0]")),
              "tile-division-by-zero");
    EXPECT_EQ(error_of(wrapped("", "while true {\n }")), "tile-endless-loop");
    EXPECT_EQ(error_of(wrapped("param A: float32[4, 4]\n param B: float32[3, 4]", "copy A[:] -> B[:]")),
              "tile-shape-mismatch");
    EXPECT_EQ(error_of(wrapped("param A: float32[4, 4]\n param B: float32[3, 4]", "gemm A[:] * B[:] -> A[:]")),
              "tile-shape-mismatch");
    EXPECT_EQ(error_of(wrapped("", "assert 1 == bx, \"no\"")), "tile-assertion");
    EXPECT_EQ(error_of(wrapped("param A: float32[4]", ""), {{"A", random_array({5}, 1)}}), "tile-input");
    EXPECT_EQ(error_of(wrapped("param A: float32[4]", ""), {{"Z", random_array({4}, 1)}}), "tile-input");
}

}  // namespace
}  // namespace tessera::tile::interpret

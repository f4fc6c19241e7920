// Kernels whose numbers need something of their own from the compiler, run in both kinds of arithmetic.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fixture.h"

namespace tessera::tile {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class TileNumbers : public TileCommand {
protected:
    /// Runs the kernel, which has to meet its bounds; gives the results.
    json run(const std::string& text, const std::string& options, const std::string& math) const {
        write("kernel.py", text);
        const Result result = tessera("tile run kernel.py --json --no-time --math " + math + " " + options);
        EXPECT_EQ(result.code, 0) << math << ": " << result.output << result.errors;
        return result.code == 0 ? json::parse(result.output).at("results") : json::array();
    }
    void run_both(const std::string& text, const std::string& options = {}) const {
        for (const char* math : {"exact", "fast"}) {
            run(text, options, math);
        }
    }
};

// Rows of 8192 numbers in float32 do not fit into L1 four times over.
TEST_F(TileNumbers, RowsLongerThanL1) {
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def normalised(A, G, rows=8, eps=1e-5):
    M, N = T.const("M, N")
    A: T.Tensor((M, N), T.float32)
    G: T.Tensor((N,), T.float32)
    B = T.empty((M, N), T.float32)
    with T.Kernel(T.ceildiv(M, rows), threads=128) as bx:
        x = T.alloc_shared((rows, N), T.float32)
        squares = T.alloc_fragment((rows, N), T.float32)
        weight = T.alloc_shared((N,), T.float32)
        mean = T.alloc_fragment((rows,), T.float32)
        power = T.alloc_fragment((rows,), T.float32)
        T.copy(A[bx * rows, 0], x)
        T.copy(G, weight)
        T.reduce_sum(x, mean, dim=1)
        for i in T.Parallel(rows):
            mean[i] = mean[i] / N
        for i, j in T.Parallel(rows, N):
            x[i, j] = x[i, j] - mean[i]
            squares[i, j] = x[i, j] * x[i, j]
        T.reduce_sum(squares, power, dim=1)
        for i, j in T.Parallel(rows, N):
            x[i, j] = x[i, j] * T.rsqrt(power[i] / N + eps) * weight[j]
        T.copy(x, B[bx * rows, 0])
    return B
)",
             "--arg M=32 --arg N=8192");
}

// A block's number minus what an index tensor says is below zero for some blocks.
TEST_F(TileNumbers, ConditionsOfIndicesBelowZero) {
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def chosen(A, I, blocks=4):
    A: T.Tensor((256, 32), T.float32)
    I: T.Tensor((blocks,), T.int32)
    B = T.empty((blocks * 32, 32), T.float32)
    with T.Kernel(blocks, threads=128) as bx:
        x = T.alloc_fragment((32, 32), T.float32)
        first = I[bx] * 16
        T.copy(A[first : first + 32, :], x)
        for i, j in T.Parallel(32, 32):
            x[i, j] = T.if_then_else(bx * 20 >= first + j, x[i, j], 1.0)
        T.copy(x, B[bx * 32, 0])
    return B
)");
}

// Most of a long row's weights are below the least normal number of float16.
TEST_F(TileNumbers, NumbersBelowTheLeastNormalOne) {
    const std::string text = R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def small(A, factor=3e-5):
    A: T.Tensor((64, 64), T.float32)
    B = T.empty((64, 64), T.float16)
    with T.Kernel(1, threads=128) as bx:
        x = T.alloc_fragment((64, 64), T.float32)
        T.copy(A, x)
        for i, j in T.Parallel(64, 64):
            x[i, j] = x[i, j] * factor
        T.copy(x, B)
    return B
)";
    for (const char* math : {"exact", "fast"}) {
        const json results = run(text, "", math);
        ASSERT_EQ(results.size(), 1u);
        EXPECT_THAT(results.at(0).at("bound_why").get<std::string>(), HasSubstr("below the least normal one"));
    }
}

// Every operation of integers, on numbers that need all of their bits: floating point would lose some.
TEST_F(TileNumbers, IntegersOf32Bits) {
    const std::vector<std::string> expressions = {
        "a[i, j] * 1000003 + b[i, j]",
        "a[i, j] - 2000000011",
        "-a[i, j]",
        "T.abs(a[i, j] - 70000000)",
        "a[i, j] & b[i, j]",
        "a[i, j] & 0xF0F0F",
        "(a[i, j] | 0x30001) ^ b[i, j]",
        "~a[i, j]",
        "a[i, j] << (j % 4)",
        "a[i, j] >> 5",
        "(a[i, j] - 100000000) >> (i % 8)",
        "a[i, j] // 7",
        "(a[i, j] % 50) ** 3",
        "(a[i, j] - 60000000) % (j + 3)",
        "T.min(a[i, j], b[i, j])",
        "T.max(a[i, j] - 100000000, b[i, j] - 100000001)",
        "T.if_then_else(a[i, j] > b[i, j], a[i, j], 7)",
        "T.if_then_else(a[i, j] <= 50000001, b[i, j], i * 3 - j)",
        "T.if_then_else(a[i, j] == a[i, j] // 2 * 2, 1, 0)",
        "T.Cast(T.int32, T.Cast(T.int8, a[i, j]))",
    };
    std::string body;
    for (size_t i = 0; i < expressions.size(); ++i) {
        body += "        for i, j in T.Parallel(32, 32):\n            c[i, j] = " + expressions[i] +
                "\n        T.copy(c, C[" + std::to_string(32 * i) + ", 0])\n";
    }
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def words(A, B, blocks=1):
    A: T.Tensor((32, 32), T.int32)
    B: T.Tensor((32, 32), T.int32)
    C = T.empty(()" +
                 std::to_string(32 * expressions.size()) +
                 R"(, 32), T.int32)
    with T.Kernel(blocks, threads=128) as bx:
        a = T.alloc_shared((32, 32), T.int32)
        b = T.alloc_shared((32, 32), T.int32)
        c = T.alloc_fragment((32, 32), T.int32)
        T.copy(A, a)
        T.copy(B, b)
)" + body + "    return C\n",
             "--range A=0:134217728 --range B=0:134217728");
}

// Bits of small integers, joined and shifted by what changes from element to element, and running sums of integers.
TEST_F(TileNumbers, BitsOfSmallIntegersAndTheirSums) {
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def packed(A, blocks=1):
    A: T.Tensor((64, 64), T.uint8)
    C = T.empty((64, 64), T.uint8)
    S = T.empty((64, 64), T.int32)
    R = T.empty((64, 64), T.int32)
    with T.Kernel(blocks, threads=128) as bx:
        a = T.alloc_shared((64, 64), T.uint8)
        c = T.alloc_fragment((64, 64), T.uint8)
        s = T.alloc_fragment((64, 64), T.int32)
        sums = T.alloc_fragment((64, 64), T.int32)
        T.copy(A, a)
        for i, j in T.Parallel(64, 64):
            c[i, j] = ((a[i, j] >> (j % 3)) | 5) ^ (a[i, j] & 0x2A)
        T.copy(c, C)
        for i, j in T.Parallel(64, 64):
            s[i, j] = T.Cast(T.int32, a[i, j]) - 100
        T.cumsum(s, sums, dim=1)
        T.copy(sums, S)
        T.cumsum(s, sums, dim=0, reverse=True)
        T.copy(sums, R)
    return C, S, R
)",
             "--range A=0:256");
}

// The bits of numbers as integers, and back.
TEST_F(TileNumbers, BitsOfFloatingPoint) {
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def bits(A, H, blocks=1):
    A: T.Tensor((32, 32), T.float32)
    H: T.Tensor((32, 32), T.uint16)
    C = T.empty((32, 32), T.int32)
    D = T.empty((32, 32), T.float32)
    E = T.empty((32, 32), T.float32)
    F = T.empty((32, 32), T.float32)
    with T.Kernel(blocks, threads=128) as bx:
        a = T.alloc_shared((32, 32), T.float32)
        h = T.alloc_shared((32, 32), T.uint16)
        c = T.alloc_fragment((32, 32), T.int32)
        d = T.alloc_fragment((32, 32), T.float32)
        T.copy(A, a)
        T.copy(H, h)
        for i, j in T.Parallel(32, 32):
            c[i, j] = (T.reinterpret(T.int32, a[i, j]) >> 23) & 0xFF
        T.copy(c, C)
        for i, j in T.Parallel(32, 32):
            d[i, j] = T.reinterpret(T.float32, T.reinterpret(T.int32, a[i, j]) & -65536)
        T.copy(d, D)
        for i, j in T.Parallel(32, 32):
            d[i, j] = T.reinterpret(T.float16, h[i, j])
        T.copy(d, E)
        for i, j in T.Parallel(32, 32):
            d[i, j] = T.reinterpret(T.bfloat16, h[i, j])
        T.copy(d, F)
    return C, D, E, F
)",
             "--range H=11000:31000");
}

// A balanced tree of products of eight operands needs five tiles at once, and DST of 32 bits holds four.
TEST_F(TileNumbers, ExpressionsThatNeedMoreThanDst) {
    const std::string text = R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def tree(A, rows=32, dtype="float32"):
    A: T.Tensor((8 * 64, 64), dtype)
    V: T.Tensor((64,), dtype)
    C = T.empty((64, 64), dtype)
    D = T.empty((64,), dtype)
    with T.Kernel(64 // rows, threads=128) as bx:
        v = T.alloc_fragment((rows,), dtype)
        s = T.alloc_fragment((rows,), dtype)
        a = T.alloc_shared((rows, 64), dtype)
        T.copy(A[0 + bx * rows, 0], a)
        b = T.alloc_shared((rows, 64), dtype)
        T.copy(A[64 + bx * rows, 0], b)
        c = T.alloc_shared((rows, 64), dtype)
        T.copy(A[128 + bx * rows, 0], c)
        d = T.alloc_shared((rows, 64), dtype)
        T.copy(A[192 + bx * rows, 0], d)
        e = T.alloc_shared((rows, 64), dtype)
        T.copy(A[256 + bx * rows, 0], e)
        f = T.alloc_shared((rows, 64), dtype)
        T.copy(A[320 + bx * rows, 0], f)
        g = T.alloc_shared((rows, 64), dtype)
        T.copy(A[384 + bx * rows, 0], g)
        h = T.alloc_shared((rows, 64), dtype)
        T.copy(A[448 + bx * rows, 0], h)
        T.reduce_sum(a, v, dim=1)
        for i, j in T.Parallel(rows, 64):
            a[i, j] = T.if_then_else(
                (a[i, j] * b[i, j] + c[i, j] * d[i, j]) * (e[i, j] * f[i, j] + g[i, j] * h[i, j])
                > (a[i, j] + b[i, j]) * (c[i, j] + d[i, j]) - (e[i, j] + f[i, j]) * (g[i, j] + h[i, j]),
                ((a[i, j] - b[i, j]) * (c[i, j] - d[i, j]) + (e[i, j] - f[i, j]) * (g[i, j] - h[i, j]))
                * ((a[i, j] + c[i, j] * b[i, j]) * (d[i, j] + e[i, j]) + (f[i, j] + g[i, j]) * (h[i, j] - a[i, j])),
                ((a[i, j] * h[i, j] - b[i, j] * g[i, j]) * (c[i, j] * f[i, j] - d[i, j] * e[i, j])
                 + (v[i] - b[i, j]) * (v[i] - d[i, j])) * ((v[i] + f[i, j]) * (a[i, j] - g[i, j]) + (e[i, j] - v[i]) * (f[i, j] + v[i])),
            )
        T.copy(a, C[bx * rows, 0])
        for i in T.Parallel(rows):
            s[i] = ((v[i] * v[i] + 1.0) * (T.exp(v[i]) + T.sin(v[i])) + (T.cos(v[i]) - v[i]) * (T.tanh(v[i]) + 2.0)) / (
                (T.abs(v[i]) + T.sqrt(T.abs(v[i]) + 1.0)) * (T.sigmoid(v[i]) + 1.0) + (T.exp(-v[i]) + 1.0) * (T.cos(v[i]) + 2.0))
        T.copy(s, D[bx * rows])
    return C, D
)";
    run_both(text);
    run_both(text, "--arg rows=64 --arg dtype=bfloat16");
}

// What the engines have no instruction for: running maxima, and reductions bit by bit.
TEST_F(TileNumbers, RunningMaximaAndBitwiseReductions) {
    run_both(R"(
import tilelang
import tilelang.language as T

@tilelang.jit
def spelled(A, I, V, blocks=1):
    A: T.Tensor((40, 36), T.float32)
    I: T.Tensor((36, 40), T.int32)
    V: T.Tensor((36,), T.int32)
    down = T.empty((40, 36), T.float32)
    back = T.empty((40, 36), T.float32)
    whole = T.empty((36, 40), T.int32)
    ands = T.empty((36,), T.int32)
    ors = T.empty((40,), T.int32)
    xors = T.empty((36,), T.int32)
    with T.Kernel(blocks, threads=128) as bx:
        a = T.alloc_shared((40, 36), T.float32)
        m = T.alloc_fragment((40, 36), T.float32)
        i = T.alloc_shared((36, 40), T.int32)
        n = T.alloc_fragment((36, 40), T.int32)
        r = T.alloc_fragment((36,), T.int32)
        c = T.alloc_fragment((40,), T.int32)
        T.copy(A, a)
        T.copy(I, i)
        T.cummax(a, m, dim=0)
        T.copy(m, down)
        T.cummax(a, m, dim=1, reverse=True)
        T.copy(m, back)
        T.cummax(i, n, dim=1)
        T.copy(n, whole)
        T.reduce_bitand(i, r, dim=1)
        T.copy(r, ands)
        T.reduce_bitor(i, c, dim=0)
        T.copy(c, ors)
        T.copy(V, r)
        T.reduce_bitxor(i, r, dim=1, clear=False)
        T.copy(r, xors)
    return down, back, whole, ands, ors, xors
)",
             "--range I=100000000:134217728 --range V=0:1000000");
}

}  // namespace
}  // namespace tessera::tile

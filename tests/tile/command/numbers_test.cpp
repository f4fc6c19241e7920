// Kernels whose numbers need something of their own from the compiler, run in both kinds of arithmetic.
#include <filesystem>
#include <string>

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

}  // namespace
}  // namespace tessera::tile

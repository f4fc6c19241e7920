// What scripts say well and the machine cannot do: the diagnostic's name, its message, and where in the script it is.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/lower.h>

namespace tessera::tile::lower {
namespace {

struct Case {
    const char* name;
    const char* message;  ///< a part of it
    unsigned line, column;
    std::string text;
};

/// A kernel of a 64 x 64 tensor A that goes to s and, from f, to the tensor B. The body begins on line 13, column 9.
std::string block(const std::string& body, const std::string& type = "float32") {
    std::string text =
        "import tilelang\n"
        "import tilelang.language as T\n"
        "\n"
        "@tilelang.jit(out_idx=[1])\n"
        "def k():\n"
        "    @T.prim_func\n"
        "    def main(A: T.Tensor((64, 64), \"TYPE\"), B: T.Tensor((64, 64), \"float32\")):\n"
        "        with T.Kernel(1, 1) as (bx, by):\n"
        "            s = T.alloc_shared((64, 64), \"float32\")\n"
        "            f = T.alloc_fragment((64, 64), \"float32\")\n"
        "            T.copy(A, s)\n"
        "            T.clear(f)\n";
    text.replace(text.find("TYPE"), 4, type);
    std::string line;
    for (const char c : body + "\n") {
        if (c == '\n') {
            text += "            " + line + "\n";
            line.clear();
        } else {
            line += c;
        }
    }
    return text + "            T.copy(f, B)\n    return main\n";
}

/// A tree of divisions of 2^depth different functions, none of which is the same as another or needs no room.
std::string deep(int depth, int& leaf) {
    if (depth == 0) {
        return "T.exp(s[i, j] * " + std::to_string(++leaf) + ".0)";
    }
    const std::string left = deep(depth - 1, leaf);
    return "(" + left + " / " + deep(depth - 1, leaf) + ")";
}

std::string many_buffers() {
    std::string text;
    for (int i = 0; i < 33; ++i) {
        const std::string name = "x" + std::to_string(i);
        text += name + " = T.alloc_shared((32, 32), \"float32\")\nT.copy(A[0:32, 0:32], " + name + ")\n";
    }
    text += "for i, j in T.Parallel(32, 32):\n    f[i, j] = 0.0";
    for (int i = 0; i < 33; ++i) {
        text += " + x" + std::to_string(i) + "[i, j]";
    }
    return text;
}

std::vector<Case> cases() {
    int leaf = 0;
    return {
        // What the circular buffers and the register file hold. A tree of so many functions needs one slot a level.
        {"tile-circular-buffers", "a block needs 37 circular buffers, and a core has 32", 8, 9, block(many_buffers())},
        {"tile-dst-overflow", "needs more than the 4 tiles that DST has room for", 14, 17,
         block("for i, j in T.Parallel(64, 64):\n    f[i, j] = " + deep(9, leaf))},
        // Products.
        {"tile-gemm-operand", "y is no matrix of tiles", 17, 13,
         block("x = T.alloc_shared((64, 1), \"float32\")\ny = T.alloc_fragment((64, 1), \"float32\")\n"
               "T.copy(A[0:64, 0:1], x)\nT.clear(y)\nT.gemm(s, x, y)\n"
               "for i, j in T.Parallel(64, 64):\n    f[i, j] = y[i, 0]")},
        {"tile-gemm-region", "a product goes to a part of a buffer", 13, 13,
         block("T.gemm(s[0:32, :], s, f[0:32, :])")},
        {"tile-unaligned-region", "the first row of the operand s of a product is no multiple of 32", 15, 13,
         block("g = T.alloc_fragment((32, 64), \"float32\")\nT.clear(g)\nT.gemm(s[8:40, :], s, g)\n"
               "for i, j in T.Parallel(32, 64):\n    f[i, j] = g[i, j]")},
        // Parts of buffers.
        {"tile-unaligned-region", "moves begins inside a tile", 14, 13,
         block("T.copy(s, f)\nT.copy(f[8:40, :], B[0:32, :])")},
        {"tile-unaligned-block-float", "A is a block float tensor, whose tiles can be moved only whole", 13, 13,
         block("T.copy(A[8:40, :], s[0:32, :])\nT.copy(s, f)", "bfp8")},
        {"tile-reduce-region", "a part of a buffer is reduced", 14, 13,
         block("v = T.alloc_fragment((32,), \"float32\")\nT.reduce_sum(s[0:32, :], v, dim=1)\n"
               "for i, j in T.Parallel(32, 64):\n    f[i, j] = v[i]")},
        {"tile-transpose-region", "only whole matrices are transposed", 13, 13,
         block("T.transpose(s[0:32, 0:32], f[0:32, 0:32])")},
        // Elements.
        {"tile-batch-index", "x is read with the rows or columns of the result in a dimension that tiles do not cover",
         16, 17,
         block("x = T.alloc_shared((64, 64, 64), \"float32\")\nT.copy(A, x[0, :, :])\n"
               "for i, j in T.Parallel(64, 64):\n    f[i, j] = x[i, 0, j]")},
        {"tile-vector-orientation", "a row or column of x is used along the other dimension", 19, 27,
         block("x = T.alloc_fragment((2, 64), \"float32\")\ny = T.alloc_fragment((2, 64, 64), \"float32\")\n"
               "for b, i, j in T.Parallel(2, 64, 64):\n    y[b, i, j] = s[i, j]\n"
               "T.reduce_sum(y, x, dim=2)\n"
               "for i, j in T.Parallel(64, 64):\n    f[i, j] = x[0, j] + x[1, i]")},
        {"tile-vector-orientation", "which row or column of s is used changes from matrix to matrix", 15, 17,
         block("y = T.alloc_fragment((2, 64, 64), \"float32\")\n"
               "for b, i, j in T.Parallel(2, 64, 64):\n    y[b, i, j] = s[i, b]\n"
               "T.copy(y[0, :, :], f)")},
        {"tile-vector-orientation", "rows or columns of two formats are taken out of tiles", 16, 27,
         block("h = T.alloc_fragment((64, 64), \"bfloat16\")\nT.copy(s, h)\n"
               "for i, j in T.Parallel(64, 64):\n    f[i, j] = s[3, j] + h[5, j]")},
        {"tile-local-index", "an element of t is chosen at run time", 15, 17,
         block("t = T.alloc_local((4,), \"int32\")\nfor n in T.serial(4):\n    t[n] = n\nT.copy(s, f)")},
    };
}

TEST(LowerErrors, Each) {
    for (const Case& one : cases()) {
        Diagnostics diagnostics;
        const auto script = front::load_text(one.text, "script.py", diagnostics);
        const ir::Kernel kernel = front::evaluate(*script, "k", {}, diagnostics);
        const std::string what = std::string(one.name) + " of\n" + one.text + "gave\n";
        if (diagnostics.failed()) {
            ADD_FAILURE() << what << diagnostics.render();
            continue;
        }
        lower(kernel, {}, diagnostics);
        const std::string all = what + diagnostics.render();
        if (!diagnostics.failed()) {
            ADD_FAILURE() << all << "nothing";
            continue;
        }
        const Diagnostic& first = diagnostics.all().front();
        EXPECT_EQ(first.name, one.name) << all;
        EXPECT_THAT(first.message, testing::HasSubstr(one.message)) << all;
        if (first.trace.empty()) {
            ADD_FAILURE() << all;
            continue;
        }
        EXPECT_EQ(first.trace[0].line, one.line) << all;
        EXPECT_EQ(first.trace[0].column, one.column) << all;
    }
}

}  // namespace
}  // namespace tessera::tile::lower

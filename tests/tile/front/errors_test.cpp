// One test a diagnostic of the front end: its name, its message, and exactly where it points.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/front/front.h>

namespace tessera::tile::front {
namespace {

struct Case {
    const char* name;
    const char* message;  ///< a part of it
    unsigned line, column;
    std::string text;
    Arguments arguments = {};
};

/// A kernel whose block begins on line 9, column 9.
std::string block(const std::string& body) {
    std::string text =
        "import tilelang, mystery, torch, math\n"
        "import tilelang.language as T\n"
        "\n"
        "@tilelang.jit\n"
        "def k(A, n=4):\n"
        "    A: T.Tensor((64, 64), \"float32\")\n"
        "    with T.Kernel(2, 2) as (bx, by):\n"
        "        s = T.alloc_shared((32, 32), \"float32\")\n";
    std::string line;
    for (const char c : body + "\n") {
        if (c == '\n') {
            text += "        " + line + "\n";
            line.clear();
        } else {
            line += c;
        }
    }
    return text;
}

/// A factory: `before` stands before the prim_func, on line 5, and `parameters` are those of the prim_func (line 7).
std::string factory(const std::string& before, const std::string& parameters = "A: T.Tensor((64, 64), \"float32\")",
                    const std::string& body = "        pass") {
    return "import tilelang\nimport tilelang.language as T\n@tilelang.jit(out_idx=[0])\ndef k(n=4):\n    " + before +
           "\n    @T.prim_func\n    def main(" + parameters + "):\n        with T.Kernel(1) as bx:\n    " + body +
           "\n    return main\n";
}

std::vector<Case> cases() {
    const std::string jit = "import tilelang\nimport tilelang.language as T\n@tilelang.jit\n";
    return {
        // Lexer and parser.
        {"tile-character", "\"?\" has no meaning", 1, 5, "x = ?\n"},
        {"tile-string", "not closed at the end of its line", 1, 5, "x = 'abc\ny = 1\n"},
        {"tile-string", "triple quotes is never closed", 2, 5, "y = 1\nx = \"\"\"abc\n"},
        {"tile-number", "\"12ab\" is not a number", 1, 5, "x = 12ab\n"},
        {"tile-bracket", "\"(\" is never closed", 1, 6, "x = f(1, 2\n"},
        {"tile-bracket", "\")\" closes nothing", 1, 6, "x = 1)\n"},
        {"tile-bracket", "\"]\" does not close \"(\" of line 1", 1, 7, "x = (1]\n"},
        {"tile-indentation", "like none above it", 3, 3, "if x:\n    y = 1\n  z = 2\n"},
        {"tile-indentation", "both tabs and blanks", 2, 4, "if x:\n \t y = 1\n"},
        {"tile-syntax", "nothing before it opens a block", 2, 5, "x = 1\n    y = 2\n"},
        {"tile-syntax", "an indented block is missing", 2, 1, "if x:\ny = 1\n"},
        {"tile-syntax", "an expression is missing before the end of the line", 1, 8, "x = 1 +\n"},
        {"tile-syntax", "\"in\" is missing", 1, 7, "for x 3:\n    pass\n"},
        {"tile-syntax", "nothing can be assigned to a call", 1, 1, "f() = 3\n"},
        {"tile-syntax", "\"else\" is missing", 1, 11, "x = a if b\n"},
        {"tile-syntax", "a statement ends before", 1, 7, "x = 1 2\n"},
        {"tile-syntax", "belongs to no statement", 1, 1, "else:\n    pass\n"},
        {"tile-syntax", "\"def\" or \"class\" is missing after a decorator", 2, 1, "@a\nx = 1\n"},
        {"tile-syntax", "\"except\" or \"finally\" is missing", 3, 1, "try:\n    pass\nx = 1\n"},
        {"tile-syntax", "without a default follows", 1, 12, "def f(a=1, b):\n    pass\n"},
        {"tile-syntax", "is there twice", 1, 10, "def f(a, a):\n    pass\n"},
        {"tile-syntax", "follows one with a name", 1, 12, "x = f(a=1, 2)\n"},
        {"tile-syntax", "missing between \"{\" and \"}\"", 1, 8, "x = f\"{}\"\n"},
        {"tile-syntax", "\"}\" closes nothing in an f-string", 1, 8, "x = f\"a}\"\n"},
        // What is asked for.
        {"tile-no-kernel", "there is no kernel in this script", 1, 1, "x = 1\n"},
        {"tile-missing-argument", "needs a value for block, dtype", 4, 1,
         jit +
             "def k(M, block, dtype, b=2):\n    @T.prim_func\n    def main(A: T.Tensor((M, M), dtype)):\n        with "
             "T.Kernel(M // block) as x:\n            pass\n    return main\n"},
        {"tile-unknown-argument", "no parameter \"m\"", 5, 1, block("pass"), {{"m", "3"}}},
        {"tile-argument", "--arg n=3+ is no value", 5, 1, block("pass"), {{"n", "3+"}}},
        {"tile-no-kernel", "gives int, not a kernel", 4, 1,
         jit + "def k(n=1):\n    @T.prim_func\n    def main(A: T.Tensor((4,), \"float32\")):\n        with T.Kernel(1) "
               "as x:\n            pass\n    return n\n"},
        {"tile-no-launch", "has no T.Kernel", 4, 1,
         jit + "def k(n=1):\n    @T.prim_func\n    def main(A: T.Tensor((4,), \"float32\")):\n        pass\n    return "
               "main\n"},
        // Parameters.
        {"tile-parameter", "has no T.Tensor annotation", 7, 14, factory("pass", "A")},
        {"tile-dtype", "there is no element type 'floaty'", 7, 17, factory("pass", "A: T.Tensor((4,), \"floaty\")")},
        {"tile-dtype", "int4 has no meaning on Tensix", 7, 17, factory("pass", "A: T.Tensor((4,), T.int4)")},
        {"tile-gpu-only", "T.ptr has no meaning on Tensix", 5, 8,
         jit + "def k(A):\n    A: T.ptr\n    with T.Kernel(1) as x:\n        pass\n"},
        {"tile-buffer-shape", "a dimension is 0", 7, 17, factory("pass", "A: T.Tensor((0,), \"float32\")")},
        {"tile-output", "out_idx 3 names none of 1 parameters", 6, 5,
         "import tilelang\nimport tilelang.language as T\n@tilelang.jit(out_idx=[3])\ndef k(n=4):\n    @T.prim_func\n  "
         "  def main(A: T.Tensor((4,), \"float32\")):\n        with T.Kernel(1) as x:\n            pass\n    return "
         "main\n"},
        {"tile-output", "a kernel returns tensors, not int", 4, 1,
         jit +
             "def k(A):\n    A: T.Tensor((4,), \"float32\")\n    with T.Kernel(1) as x:\n        pass\n    return 3\n"},
        // Host values.
        {"tile-assert", "does not hold: n is odd", 5, 5, factory("assert n % 2 == 1, \"n is odd\"")},
        {"tile-raise", "the script raises ValueError: no", 5, 16, factory("if n == 4: raise ValueError(\"no\")")},
        {"tile-division", "a division by zero", 5, 9, factory("x = n // 0")},
        {"tile-integer", "does not fit 64 bits", 5, 9, factory("x = n << 80")},
        {"tile-integer", "does not fit 64 bits", 5, 9, factory("x = 99999999999999999999")},
        {"tile-name", "there is no \"nn\" here", 5, 9, factory("x = nn")},
        {"tile-unpack", "3 values for 2 names", 5, 5, factory("a, b = 1, 2, 3")},
        {"tile-index", "index 5 is outside of 2 elements", 5, 9, factory("x = [1, 2][5]")},
        {"tile-key", "the dict has no key 'b'", 5, 9, factory("x = {\"a\": 1}[\"b\"]")},
        {"tile-type", "+ has no meaning for int and str", 5, 9, factory("x = n + \"a\"")},
        {"tile-attribute", "None has no attribute \"x\"", 5, 9, factory("x = None.x")},
        {"tile-call", "<lambda> needs an argument for \"a\"", 5, 33, factory("f = lambda a, b: a + b; x = f(b=1)")},
        {"tile-unknown-value", "is not known here", 9, 13, block("x = mystery.value + 1")},
        {"tile-unknown-value", "mystery.call is called in a kernel", 9, 9, block("mystery.call(s)")},
        {"tile-math", "math.sqrt() of -1", 9, 13, block("x = math.sqrt(-1)")},
        // The tile language.
        {"tile-unknown-primitive", "T.alloc_sharde is not supported", 9, 13,
         block("x = T.alloc_sharde((4, 4), \"float32\")")},
        {"tile-gpu-only", "T.get_thread_binding has no meaning on Tensix", 9, 13, block("t = T.get_thread_binding()")},
        {"tile-gpu-only", "T.tma_load has no meaning", 9, 9, block("T.tma_load(A[0, 0], s)")},
        {"tile-gpu-only", "no barrier of T.alloc_barrier", 9, 9, block("T.barrier_wait(bx, 0)")},
        {"tile-gpu-only", "T.mbarrier_arrive of another block of a cluster", 10, 9,
         block("b = T.alloc_barrier(128)\nT.mbarrier_arrive(b, 1)")},
        {"tile-gpu-only", "T.tcgen05_gemm(use_2cta=True)", 9, 9, block("T.tcgen05_gemm(s, s, s, use_2cta=True)")},
        {"tile-barrier-order", "T.barrier_wait waits for an arrival", 11, 13,
         block("b = T.alloc_barrier(128)\nfor k in T.serial(4):\n    T.barrier_wait(b, k % 2)\nT.barrier_arrive(b)")},
        {"tile-barrier-order", "T.mbarrier_wait_parity waits for an arrival", 11, 13,
         block("b = T.alloc_barrier(128)\nfor k in T.serial(4):\n    T.mbarrier_wait_parity(b, (k + 1) % 2)\n"
               "for k in T.serial(4):\n    T.mbarrier_arrive(b)")},
        {"tile-reducer", "is assigned something else", 11, 13,
         block("r = T.alloc_reducer(32, \"float32\")\nfor i, j in T.Parallel(32, 32):\n    r[i] = s[i, j]")},
        {"tile-reducer", "one variable more than it has dimensions", 11, 13,
         block("r = T.alloc_reducer(32, \"float32\")\nfor i in T.Parallel(32):\n    r[i] += s[i, 0]")},
        {"tile-reducer", "there is no reducer 'prod'", 9, 44,
         block("r = T.alloc_reducer(32, \"float32\", op=\"prod\")")},
        {"tile-gpu-only", "the buffer s has no address (.access_ptr)", 9, 9, block("s.access_ptr(\"r\")")},
        {"tile-launch", "a T.Kernel stands inside another", 9, 9, block("with T.Kernel(2) as z:\n    pass")},
        {"tile-launch", "an extent of T.Kernel is 0", 6, 19,
         jit + "def k(A):\n    A: T.Tensor((4,), \"float32\")\n    with T.Kernel(0) as x:\n        pass\n"},
        {"tile-launch", "has 2 extents, and 3 names", 6, 28,
         jit + "def k(A):\n    A: T.Tensor((4,), \"float32\")\n    with T.Kernel(2, 2) as (x, y, z):\n        pass\n"},
        {"tile-launch", "one to three extents, not 4", 6, 10,
         jit + "def k(A):\n    A: T.Tensor((4,), \"float32\")\n    with T.Kernel(1, 1, 1, 1) as x:\n        pass\n"},
        {"tile-outside", "T.copy stands outside of T.Kernel", 6, 5,
         jit + "def k(A):\n    A: T.Tensor((4,), \"float32\")\n    T.copy(A, A)\n    with T.Kernel(1) as x:\n        "
               "pass\n"},
        {"tile-outside", "T.empty stands outside", 5, 9, factory("x = T.empty((4,), \"float32\")")},
        {"tile-buffer-shape", "has to be known while compiling", 9, 30,
         block("x = T.alloc_fragment((bx, 4), \"float32\")")},
        {"tile-copy-shape", "s has (32, 32) and f has (16, 32)", 10, 9,
         block("f = T.alloc_fragment((16, 32), \"float32\")\nT.copy(s, f)")},
        {"tile-copy-shape", "does not fit v", 10, 19,
         block("v = T.alloc_fragment((32,), \"float32\")\nT.copy(s, v[0])")},
        {"tile-gemm-shape", "T.gemm of (32, 32) and (16, 32) into (32, 32)", 10, 9,
         block("f = T.alloc_fragment((16, 32), \"float32\")\nT.gemm(s, f, s)")},
        {"tile-gemm-shape", "B of T.gemm has 1 dimensions", 10, 19,
         block("v = T.alloc_fragment((32,), \"float32\")\nT.gemm(s, v, s)")},
        {"tile-reduce-shape", "over dim 1 does not fit s", 9, 9, block("T.reduce_sum(s, s, dim=1)")},
        {"tile-dim", "dim 2 is none of the 2 dimensions of s", 9, 28, block("T.reduce_sum(s, s, dim=2)"), {}},
        {"tile-index-count", "s has 2 dimensions to be indexed, not 3", 9, 13, block("x = s[1, 2, 3]")},
        {"tile-index", "index 40 is outside of dimension 1 of s", 9, 13, block("x = s[0, 40]")},
        {"tile-slice", "has 0 elements", 9, 19, block("T.copy(s, s[0:0, :])")},
        {"tile-slice-step", "a step other than 1", 9, 16, block("T.copy(s[0:32:2, :], s)")},
        {"tile-not-a-scalar", "the buffer s is used as a number", 9, 13, block("x = s + 1")},
        {"tile-not-a-scalar", "more than one element is used as a number", 9, 13, block("x = T.exp(s[0])")},
        {"tile-store-region", "with more than one element is assigned", 9, 9, block("s[0] = s[1]")},
        {"tile-run-time-index", "this index at run time only", 9, 13, block("x = [1, 2][bx]")},
        {"tile-run-time-value", "dim has to be known while compiling", 10, 28,
         block("v = T.alloc_fragment((32,), \"float32\")\nT.reduce_sum(s, v, dim=bx)")},
        {"tile-loop-carried", "\"x\" is assigned in the loop of line 10", 11, 13,
         block("x = bx\nfor i in T.serial(4):\n    x = x + i")},
        {"tile-scope", "\"y\" was assigned in the loop of line 9", 11, 13,
         block("for i in T.serial(4):\n    y = i * 2\nz = y + 1")},
        {"tile-loop-step", "the step of a loop is 0", 9, 18, block("for i in T.serial(0, 8, 0):\n    pass")},
        {"tile-parallel-body", "T.copy stands inside a T.Parallel", 10, 13,
         block("for i in T.Parallel(4):\n    T.copy(A[0, 0], s)")},
        {"tile-parallel-body", "have no order, so none can leave it", 9, 9,
         block("for i in T.Parallel(4):\n    break")},
        {"tile-unpack", "2 loop variables for 3 names", 9, 13, block("for i, j, l in T.Parallel(4, 4):\n    pass")},
        {"tile-return", "cannot return from within a block", 9, 9, block("return A")},
        {"tile-continue", "\"continue\" under a run-time condition", 10, 13,
         block("for i in T.serial(4):\n    if i > bx:\n        continue")},
        {"tile-atomic-result", "depends on the order of blocks", 9, 38,
         block("p = T.atomic_add(A[0, 0], 1, return_prev=True)")},
        {"tile-break", "stand outside of a loop", 7, 5, block("break")},
        {"tile-run-time-condition", "it decides what the kernel is", 9, 40,
         block("x = sum(i for i in range(4) if i and (bx > i))")},
        {"tile-format", "\"zz\" is no format of int", 5, 12, factory("x = f\"{n:zz}\"")},
        {"tile-too-long", "calls itself too deeply", 5, 19, factory("f = lambda a: f(a); x = f(1)")},
        {"tile-view", "another number of elements", 9, 13, block("x = T.Tensor((64, 32), \"float32\", A.data)")},
        {"tile-atomic", "of one value into 1 dimensions of A", 9, 9, block("T.atomic_add(A[0], 1.0)")},
        {"tile-call", "copy() has no parameter \"dest\"", 9, 19, block("T.copy(s, dest=s)")},
        {"tile-call", "copy() needs an argument for \"dst\"", 9, 9, block("T.copy(s)")},
        {"tile-call", "<lambda> takes 1 arguments, and gets more", 10, 18, block("f = lambda a: a\nx = f(1, 2)")},
        {"tile-stages", "num_stages is -1", 9, 33, block("for i in T.Pipelined(4, num_stages=-1):\n    pass")},
        {"tile-schedule", "there is no schedule policy 'best'", 9, 32,
         block("T.annotate_tt_schedule(policy=\"best\")")},
        {"tile-dtype", "there is no element type 'flot'", 9, 38, block("x = T.alloc_fragment((4, 4), \"flot\")")},
        {"tile-unsupported", "@ has no meaning in a kernel", 9, 13, block("x = s[0, 0] @ s[0, 1]")},
        {"tile-unsupported", "T.Then stands in no T.If", 9, 14, block("with T.Then():\n    pass")},
        {"tile-type", "~ is for integers", 9, 13, block("x = ~s[0, 0]")},
        {"tile-unknown-value", "whether torch.nn.flag is true is not known", 9, 12,
         block("if torch.nn.flag:\n    pass")},
    };
}

TEST(TileErrors, EachPointsWhereItIs) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(std::string(one.name) + ": " + one.message);
        Diagnostics diagnostics;
        const auto script = load_text(one.text, "script.py", diagnostics);
        if (!diagnostics.failed()) {
            evaluate(*script, "", one.arguments, diagnostics);
        }
        EXPECT_TRUE(diagnostics.failed());
        const std::string all = diagnostics.render();
        const auto found = std::ranges::find_if(diagnostics.all(), [&](const Diagnostic& d) {
            return d.name == one.name && d.message.find(one.message) != std::string::npos;
        });
        if (found == diagnostics.all().end()) {
            ADD_FAILURE() << all;
            continue;
        }
        if (found->trace.empty()) {
            ADD_FAILURE() << all;
            continue;
        }
        EXPECT_EQ(found->trace[0].line, one.line) << all;
        EXPECT_EQ(found->trace[0].column, one.column) << all;
        EXPECT_EQ(found->trace[0].file, "script.py");
        EXPECT_FALSE(meaning_of(one.name).empty()) << "not in the table: " << one.name;
    }
}

TEST(TileErrors, RenderedWithTheLine) {
    Diagnostics diagnostics;
    const auto script = load_text(block("t = T.get_thread_binding()"), "folder/script.py", diagnostics);
    evaluate(*script, "k", {}, diagnostics);
    EXPECT_THAT(diagnostics.render(), testing::HasSubstr("script.py:9:13  t = T.get_thread_binding()"));
    EXPECT_THROW(diagnostics.throw_if_failed(), Error);
}

TEST(TileErrors, GoesOnBehindAnError) {
    Diagnostics diagnostics;
    const auto script =
        load_text(block("x = T.nothing()\ny = x + 1\nfor i in T.serial(4):\n    T.nope()\nT.copy(s, dest=s)"), "s.py",
                  diagnostics);
    evaluate(*script, "k", {}, diagnostics);
    // The use of x is no error of its own.
    ASSERT_EQ(diagnostics.errors(), 3U) << diagnostics.render();
    EXPECT_EQ(diagnostics.all()[0].trace[0].line, 9U);
    EXPECT_EQ(diagnostics.all()[1].trace[0].line, 12U);
    EXPECT_EQ(diagnostics.all()[2].trace[0].line, 13U);
}

TEST(TileErrors, SeveralSyntaxErrors) {
    Diagnostics diagnostics;
    load_text("x = 1 +\ny = 2\nif z\n    w = 1\nq = f(\n", "s.py", diagnostics);
    EXPECT_GE(diagnostics.errors(), 3U) << diagnostics.render();
}

TEST(TileErrors, AFileThatIsNotThere) {
    Diagnostics diagnostics;
    load("/nonexistent/script.py", diagnostics);
    ASSERT_TRUE(diagnostics.failed());
    EXPECT_EQ(diagnostics.all()[0].name, "tile-file");
}

TEST(TileErrors, NamesAreInOrderAndHaveMeanings) {
    std::string_view before;
    for (const DiagnosticName& one : diagnostic_names()) {
        EXPECT_LT(before, one.name);
        EXPECT_FALSE(one.meaning.empty());
        before = one.name;
    }
}

}  // namespace
}  // namespace tessera::tile::front

// What scripts become: host values as Python has them, kernels as IR text, defaults that scripts state themselves.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/ir/print.h>

namespace tessera::tile::front {
namespace {

using testing::HasSubstr;

/// What an expression of the host is, as Python's repr() has it.
std::string value_of(const std::string& expression, const std::string& before = "") {
    Diagnostics diagnostics;
    const auto script =
        load_text("import tilelang, math, itertools, functools\nimport tilelang.language as T\n" + before +
                      "\n@tilelang.jit\ndef k(A, x=(" + expression +
                      ")):\n    A: T.Tensor((4,), \"float32\")\n    with T.Kernel(1) as b:\n        pass\n",
                  "s.py", diagnostics);
    const std::vector<KernelInfo> list = kernels(*script);
    return list.size() == 1 && list[0].parameters.size() == 1 ? list[0].parameters[0].value : diagnostics.render();
}

TEST(TileFront, HostValuesAreExact) {
    // Each as CPython 3.11 prints it.
    const std::vector<std::pair<std::string, std::string>> cases{
        {"7 // 2", "3"},
        {"-7 // 2", "-4"},
        {"7 // -2", "-4"},
        {"-7 % 3", "2"},
        {"7 % -3", "-2"},
        {"7 / 2", "3.5"},
        {"6 / 2", "3.0"},
        {"-7.5 // 2", "-4.0"},
        {"-7.5 % 2", "0.5"},
        {"2 ** 10", "1024"},
        {"2 ** -1", "0.5"},
        {"2 ** 3 ** 2", "512"},
        {"-2 ** 2", "-4"},
        {"1e20", "1e+20"},
        {"0.1 + 0.2", "0.30000000000000004"},
        {"1_000 + 0x10 + 0b11 + 0o7", "1026"},
        {"True + True", "2"},
        {"3 and 0 or 'x'", "'x'"},
        {"0 or None", "None"},
        {"not []", "True"},
        {"1 < 2 < 2", "False"},
        {"1 if 0 else 2", "2"},
        {"1 and 1 // 1", "1"},
        {"0 and 1 // 0", "0"},
        {"[i * i for i in range(5) if i % 2]", "[1, 9]"},
        {"{k: v for k, v in zip('ab', (1, 2))}", "{'a': 1, 'b': 2}"},
        {"sum(i for i in range(4))", "6"},
        {"list(itertools.product([1, 2], 'a'))", "[(1, 'a'), (2, 'a')]"},
        {"[dict(zip(('m', 'n'), v)) for v in itertools.product((1,), (2, 3))]", "[{'m': 1, 'n': 2}, {'m': 1, 'n': 3}]"},
        {"max([3, 1, 2]), min(4, 2)", "(3, 2)"},
        {"sorted([3, 1, 2], reverse=True)", "[3, 2, 1]"},
        {"max(['a', 'bbb', 'cc'], key=len)", "'bbb'"},
        {"int(3.9), int(-3.9), int('12'), float('0.5')", "(3, -3, 12, 0.5)"},
        {"round(2.5), round(3.5)", "(2, 4)"},
        {"math.ceil(2.1), math.floor(-2.1), math.log2(8), math.sqrt(16)", "(3, -3, 3.0, 4.0)"},
        {"f'{3:04d}|{1.5:.2f}|{\"a\"!r}|{1 + 1}'", "\"0003|1.50|'a'|2\""},
        {"[1, 2, 3, 4][::-1], 'abc'[1:], (1, 2, 3)[-1]", "([4, 3, 2, 1], 'bc', 3)"},
        {"(lambda a, b=2, *c, **d: (a, b, c, d))(1, 5, 6, z=7)", "(1, 5, (6,), {'z': 7})"},
        {"tilelang.cdiv(10, 4), T.ceildiv(8, 4)", "(3, 2)"},
        {"T.float16 == 'float16', T.dtype('bfloat16').bits", "(True, 16)"},
        {"functools.reduce(lambda a, b: a * b, [1, 2, 3, 4])", "24"},
        {"5 & 3 | 8 ^ 1, ~5, 1 << 4, -8 >> 1", "(9, -6, 16, -4)"},
        {"'a' in 'cab', 3 not in [1, 2], None is not None", "(True, True, False)"},
        {"(y := 5) + y", "10"},
        {"{**{'a': 1}, 'b': 2}, [*range(3)]", "({'a': 1, 'b': 2}, [0, 1, 2])"},
        {"'-'.join(['a', 'b']).upper()", "'A-B'"},
    };
    for (const auto& [expression, expected] : cases) {
        EXPECT_EQ(value_of(expression), expected) << expression;
    }
    EXPECT_EQ(value_of("f(3)", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n"), "6");
    EXPECT_EQ(
        value_of("c()",
                 "def outer():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n"
                 "    return step\nc = outer()\nc()\n"),
        "2");
    EXPECT_EQ(value_of("x", "x = 0\nwhile True:\n    x += 1\n    if x > 5:\n        break\n"), "6");
    EXPECT_EQ(value_of("r", "try:\n    r = 1 // 0\nexcept ZeroDivisionError:\n    r = 'no'\n"), "'no'");
}

std::string kernel_text(const std::string& body, const std::string& before = "") {
    Diagnostics diagnostics;
    const auto script = load_text("import tilelang\nfrom tilelang import language as tl\n" + before +
                                      "\n@tilelang.jit\ndef k(A, n=4):\n    A: tl.Tensor((64, 64), \"float32\")\n"
                                      "    with tl.Kernel(2, 2) as (bx, by):\n"
                                      "        s = tl.alloc_shared((32, 32), \"float32\")\n" +
                                      body,
                                  "s.py", diagnostics);
    const ir::Kernel kernel = evaluate(*script, "k", {}, diagnostics);
    return diagnostics.failed() ? diagnostics.render() : ir::print(kernel);
}

TEST(TileFront, HeadAddressesTakeTheOtherSidesExtents) {
    EXPECT_THAT(kernel_text("        tl.copy(A[by * 32, bx * 32], s)\n"),
                HasSubstr("copy A[by * 32 +: 32, bx * 32 +: 32] -> s[:]"));
    EXPECT_THAT(kernel_text("        v = tl.alloc_fragment([32], \"float32\")\n        tl.copy(A[3, bx * 32], v)\n"),
                HasSubstr("copy A[3, bx * 32 +: 32] -> v[:]"));
    EXPECT_THAT(kernel_text("        tl.copy(A[by * 32 : (by + 1) * 32, 32:], s)\n"),
                HasSubstr("copy A[by * 32 +: 32, 32 +: 32] -> s[:]"));
}

TEST(TileFront, HostConditionsVanishAndRunTimeOnesStay) {
    const std::string text = kernel_text(
        "        if n == 4:\n            tl.clear(s)\n        else:\n            tl.nothing()\n"
        "        if bx > by:\n            tl.fill(s, 2)\n        else:\n            tl.fill(s, 3)\n"
        "        for i, j in tl.Parallel(32, 32):\n            s[i, j] = 1.0 if i >= j and n > 1 else s[i, j] * 2\n");
    EXPECT_THAT(text, HasSubstr("fill s[:] = 0.0"));
    EXPECT_THAT(text, HasSubstr("if bx > by {"));
    EXPECT_THAT(text, HasSubstr("select(i >= j"));
}

TEST(TileFront, BranchesAndLoopsWrittenAsContexts) {
    const std::string before = "        v = tl.alloc_var(\"int32\", init=0)\n";
    EXPECT_EQ(kernel_text(before +
                          "        with tl.If(bx > by):\n            with tl.Then():\n                tl.fill(s, 2)\n"
                          "            with tl.Else():\n                tl.fill(s, 3)\n"
                          "        with tl.While(v < 3):\n            v = v + 1\n"),
              kernel_text(before +
                          "        if bx > by:\n            tl.fill(s, 2)\n        else:\n            tl.fill(s, 3)\n"
                          "        while v < 3:\n            v = v + 1\n"));
    EXPECT_EQ(kernel_text("        for i, j in tl.Parallel(32, 32):\n            with tl.If(i < j), tl.Then():\n"
                          "                s[i, j] = 1.0\n"),
              kernel_text("        for i, j in tl.Parallel(32, 32):\n            if i < j:\n"
                          "                s[i, j] = 1.0\n"));
    // Known while compiling: only one side is there.
    EXPECT_EQ(kernel_text("        with tl.If(n == 4):\n            with tl.Then():\n                tl.fill(s, 2)\n"
                          "            with tl.Else():\n                tl.nothing()\n"),
              kernel_text("        tl.fill(s, 2)\n"));
}

TEST(TileFront, BehindAnInnerLoopAHiddenLoopVariableIsTheOuterOneAgain) {
    EXPECT_THAT(kernel_text("        for i in tl.serial(2):\n"
                            "            for i, j in tl.Parallel(32, 32):\n                s[i, j] = 1.0\n"
                            "            tl.copy(s, A[i * 32, 0])\n"),
                HasSubstr("copy s[:] -> A[i * 32 +: 32, 0 +: 32]"));
}

TEST(TileFront, VariablesOfRunTimeAreStoresAndLoads) {
    const std::string text = kernel_text(
        "        x = tl.alloc_var(\"int32\", init=1)\n        for i in range(4):\n            x = x + i\n"
        "        a, b = x, x + 1\n        s[a, b] = tl.cast(x, \"float32\")\n");
    EXPECT_THAT(text, HasSubstr("alloc x: int32[1] local = 1"));
    EXPECT_THAT(text, HasSubstr("for i = 0 to 4"));
    EXPECT_THAT(text, HasSubstr("x[0] = x[0] + i"));
    EXPECT_THAT(text, HasSubstr("let a"));
}

TEST(TileFront, MacrosAndHelpersAreInlined) {
    const std::string text = kernel_text(
        "        twice(s, 32)\n        for i, j in tl.Parallel(32, 32):\n            s[i, j] = half(s[i, j])\n",
        "@tl.macro\ndef twice(buffer, m):\n    for i, j in tl.Parallel(m, m):\n        buffer[i, j] *= 2\n"
        "def half(x):\n    return x / 2\n");
    EXPECT_THAT(text, HasSubstr("s[i, j] = s[i, j] * 2.0"));
    EXPECT_THAT(text, HasSubstr("s[i_1, j_1] / 2.0"));
}

TEST(TileFront, LoopsInAParallelAreExchangedWithIt) {
    const std::string text = kernel_text(
        "        for i in tl.Parallel(32):\n            s[i, 0] = 0.0\n            for k in tl.serial(8):\n"
        "                s[i, 0] += s[i, k + 1]\n            for l in tl.vectorized(4):\n                s[i, l] = "
        "1.0\n");
    const size_t loop = text.find("for k = 0 to 8");
    ASSERT_NE(loop, std::string::npos) << text;
    EXPECT_LT(text.find("parallel i in 32 {"), loop);
    EXPECT_NE(text.find("parallel i in 32 {", loop), std::string::npos) << text;
    EXPECT_THAT(text, HasSubstr("parallel i in 32, l in 4"));
}

TEST(TileFront, HintsAreIgnoredAndNoted) {
    Diagnostics diagnostics;
    const auto script = load_text(
        "import tilelang\nimport tilelang.language as T\n@tilelang.jit\ndef k(A):\n    A: T.Tensor((64, 64), "
        "\"float32\")\n"
        "    with T.Kernel(2, threads=128) as b:\n        s = T.alloc_shared((64, 64), \"float32\")\n"
        "        T.annotate_layout({s: tilelang.layout.make_swizzled_layout(s)})\n        T.sync_threads()\n"
        "        T.gemm(s, s, s, policy=T.GemmWarpPolicy.FullRow)\n",
        "s.py", diagnostics);
    const ir::Kernel kernel = evaluate(*script, "", {}, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_THAT(kernel.ignored, testing::Contains(HasSubstr("T.GemmWarpPolicy.FullRow (line 10)")));
    EXPECT_THAT(kernel.ignored, testing::Contains(HasSubstr("T.sync_threads (line 9)")));
    EXPECT_THAT(kernel.ignored, testing::Contains(HasSubstr("T.annotate_layout (line 8)")));
}

constexpr const char* called =
    "import argparse\nimport torch\nimport tilelang\nimport tilelang.language as T\n"
    "@tilelang.autotune(configs=[dict(block=32), dict(block=64)])\n"
    "@tilelang.jit(out_idx=-1)\n"
    "def lazy(M, N, block=None, dtype='float16'):\n    @T.prim_func\n"
    "    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):\n"
    "        with T.Kernel(T.ceildiv(M, block)) as b:\n            pass\n    return main\n"
    "@tilelang.jit\ndef eager(A, block):\n    M, N = T.const('M, N')\n    A: T.Tensor((M, N), T.float32)\n"
    "    B = T.empty((N,), T.float32)\n    with T.Kernel(T.ceildiv(M, block)) as b:\n        pass\n    return B\n"
    "def run(m, n):\n    kernel = lazy(m, n, dtype=T.bfloat16)\n    a = torch.randn(m, n * 2).half()\n"
    "    eager(a, 16)\n    torch.cuda.synchronize()\n"
    "if __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n"
    "    parser.add_argument('--m', type=int, default=256)\n    parser.add_argument('--n', type=int, default='96')\n"
    "    args = parser.parse_args()\n    run(args.m, args.n)\n";

TEST(TileFront, SizesOfTheScriptsOwnCallsAreDefaults) {
    Diagnostics diagnostics;
    const auto script = load_text(called, "s.py", diagnostics);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    const std::vector<KernelInfo> list = kernels(*script);
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].name, "lazy");
    EXPECT_TRUE(list[0].called);
    EXPECT_TRUE(list[0].autotuned);
    ASSERT_EQ(list[0].parameters.size(), 4U);
    EXPECT_EQ(list[0].parameters[0].value, "256");
    EXPECT_EQ(list[0].parameters[1].value, "96");
    EXPECT_EQ(list[0].parameters[2].value, "32");
    EXPECT_EQ(list[0].parameters[2].from, "configs");
    EXPECT_EQ(list[0].parameters[3].value, "bfloat16");
    const ir::Kernel lazy = evaluate(*script, "lazy", {}, diagnostics);
    EXPECT_THAT(ir::print(lazy), HasSubstr("param A: bfloat16[256, 96]"));
    ASSERT_EQ(lazy.outputs.size(), 1U);
    EXPECT_EQ(lazy.outputs[0]->name, "B");
    const ir::Kernel eager = evaluate(*script, "eager", {}, diagnostics);
    EXPECT_THAT(ir::print(eager), HasSubstr("param A: float32[256, 192]"));
    EXPECT_THAT(ir::print(eager), HasSubstr("launch b in 16"));
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
}

TEST(TileFront, ArgumentsWinOverDefaults) {
    Diagnostics diagnostics;
    const auto script = load_text(called, "s.py", diagnostics);
    const ir::Kernel lazy =
        evaluate(*script, "lazy", {{"M", "64"}, {"block", "16"}, {"dtype", "float32"}}, diagnostics);
    EXPECT_THAT(ir::print(lazy), HasSubstr("param A: float32[64, 96]"));
    EXPECT_THAT(ir::print(lazy), HasSubstr("launch b in 4"));
    const ir::Kernel eager = evaluate(*script, "eager", {{"M", "32"}}, diagnostics);
    EXPECT_THAT(ir::print(eager), HasSubstr("launch b in 2"));
    const std::vector<Arguments> space = configs(*script, "lazy", {}, diagnostics);
    EXPECT_EQ(space, (std::vector<Arguments>{{{"block", "32"}}, {{"block", "64"}}}));
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
}

TEST(TileFront, NothingOfTheHostSideRuns) {
    // A main that would never end, and would write a file, is followed for its calls only.
    Diagnostics diagnostics;
    const auto script =
        load_text(std::string(called) + "open('should-not-exist.txt', 'w').write('x')\nwhile True:\n    pass\n", "s.py",
                  diagnostics);
    EXPECT_EQ(kernels(*script).size(), 2U);
    EXPECT_FALSE(std::filesystem::exists("should-not-exist.txt"));
}

TEST(TileFront, DimensionsOfRunTimeAreSymbols) {
    Diagnostics diagnostics;
    const auto script = load(TESSERA_SOURCE_DIR "/examples/tile/gemm_dynamic.py", diagnostics);
    const ir::Kernel kernel = evaluate(*script, "", {}, diagnostics);
    ASSERT_EQ(kernel.symbols.size(), 1U);
    EXPECT_EQ(kernel.symbols[0]->name, "m");
    const ir::Kernel fixed = evaluate(*script, "", {{"m", "100"}}, diagnostics);
    EXPECT_TRUE(fixed.symbols.empty());
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
}

TEST(TileFront, TheCorpusBecomesKernels) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TESSERA_SOURCE_DIR "/examples/tile")) {
        if (entry.path().extension() != ".py") {
            continue;
        }
        ++files;
        Diagnostics diagnostics;
        const auto script = load(entry.path().string(), diagnostics);
        const std::vector<KernelInfo> list = kernels(*script);
        EXPECT_FALSE(list.empty()) << entry.path();
        for (const KernelInfo& kernel : list) {
            const ir::Kernel made = evaluate(*script, kernel.name, {}, diagnostics);
            EXPECT_FALSE(made.body.empty()) << entry.path();
            EXPECT_FALSE(made.params.empty()) << entry.path();
        }
        EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    }
    EXPECT_GE(files, 20U);
}

}  // namespace
}  // namespace tessera::tile::front

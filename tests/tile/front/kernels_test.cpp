// What scripts become: host values as Python has them, kernels as IR text, defaults that scripts state themselves.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/ir/parse.h>
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
    EXPECT_NE(text.find("parallel i_1 in 32 {", loop), std::string::npos) << text;
    EXPECT_THAT(text, HasSubstr("parallel i_2 in 32, l in 4"));
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
    ASSERT_EQ(list[1].parameters.size(), 3U);
    EXPECT_FALSE(list[1].parameters[0].size);  // block
    EXPECT_EQ(list[1].parameters[2].name, "N");
    EXPECT_EQ(list[1].parameters[2].value, "192");
    EXPECT_EQ(list[1].parameters[2].from, "call");
    EXPECT_TRUE(list[1].parameters[2].size);
    const ir::Kernel lazy = evaluate(*script, "lazy", {}, diagnostics);
    EXPECT_THAT(ir::print(lazy), HasSubstr("param A: bfloat16[256, 96]"));
    ASSERT_EQ(lazy.outputs.size(), 1U);
    EXPECT_EQ(lazy.outputs[0]->name, "B");
    const ir::Kernel eager = evaluate(*script, "eager", {}, diagnostics);
    EXPECT_THAT(ir::print(eager), HasSubstr("param A: float32[256, 192]"));
    EXPECT_THAT(ir::print(eager), HasSubstr("launch b in 16"));
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
}

/// A host side as varlen kernels have it: masks, lengths and offsets that say how many rows there are.
const char* const varlen =
    "import torch, tilelang, argparse\nimport tilelang.language as T\nfrom einops import rearrange, repeat\n"
    "import torch.nn.functional as F\n"
    "@tilelang.jit(out_idx=[-1])\n"
    "def rows(total, batch, dim, dtype=T.float16):\n"
    "    @T.prim_func\n"
    "    def main(X: T.Tensor((total, dim), dtype), starts: T.Tensor((batch + 1,), 'int32'), most: T.int32,\n"
    "             Y: T.Tensor((total, dim), dtype)):\n"
    "        with T.Kernel(batch) as b:\n            s = T.alloc_shared((32, dim), dtype)\n"
    "            T.copy(X[starts[b], 0], s)\n            T.copy(s, Y[starts[b], 0])\n"
    "    return main\n"
    "@tilelang.jit(out_idx=[-1])\n"
    "def after(m, dim, dtype):\n"
    "    @T.prim_func\n    def main(Y: T.Tensor((m, dim), dtype), Z: T.Tensor((m, dim), dtype)):\n"
    "        with T.Kernel(1) as b:\n            pass\n    return main\n"
    "def lengths_of(mask):\n"
    "    lengths = mask.sum(dim=-1, dtype=torch.int32)\n"
    "    offsets = F.pad(torch.cumsum(lengths, dim=0, dtype=torch.int32), (1, 0))\n"
    "    where = torch.nonzero(mask.flatten(), as_tuple=False).flatten()\n"
    "    return where, offsets, lengths.max().item()\n"
    "class Op(torch.autograd.Function):\n"
    "    @staticmethod\n    def forward(ctx, x, offsets, most):\n"
    "        total, heads, dim = x.shape\n"
    "        x = rearrange(x, 'n h d -> n (h d)')\n"
    "        y = rows(total, offsets.shape[0] - 1, heads * dim)(x, offsets, most)\n"
    "        ctx.save_for_backward(y)\n        return y\n"
    "    @staticmethod\n    def backward(ctx, dy):\n"
    "        y, = ctx.saved_tensors\n        after(*y.shape, dtype=y.dtype)(y)\n        return dy, None, None\n"
    "def main(batch, seq):\n"
    "    x = torch.randn(batch, seq, 2, 32, device='cuda').half()\n"
    "    mask = repeat(torch.arange(seq), 's -> b s', b=batch) < torch.full((batch, 1), seq - 3)\n"
    "    where, offsets, most = lengths_of(mask)\n"
    "    flat = rearrange(x, 'b s h d -> (b s) h d')[where]\n"
    "    print(Op.apply(flat, offsets, most))\n"
    "if __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n"
    "    parser.add_argument('--seq', type=int, default=64)\n    main(4, parser.parse_args().seq)\n";

TEST(TileFront, TensorsOfTheHostSideAreFollowed) {
    Diagnostics diagnostics;
    const auto script = load_text(varlen, "s.py", diagnostics);
    Told told;
    const ir::Kernel rows = evaluate(*script, "rows", {}, diagnostics, &told);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_THAT(ir::print(rows), HasSubstr("param X: float16[244, 64]"));
    EXPECT_EQ(told.dimensions.at("most"), 61);
    EXPECT_TRUE(told.assumed.empty());
    ASSERT_TRUE(told.tensors.contains("starts"));
    EXPECT_EQ(told.tensors.at("starts").values, (std::vector<double>{0, 61, 122, 183, 244}));
    EXPECT_FALSE(told.tensors.contains("X"));
    // What a kernel gives has the shape of its output.
    const ir::Kernel after = evaluate(*script, "after", {}, diagnostics);
    EXPECT_THAT(ir::print(after), HasSubstr("param Y: float16[244, 64]"));
    EXPECT_TRUE(diagnostics.all().empty()) << diagnostics.render();
}

TEST(TileFront, SequencesAndPositionsOfTokensAreFollowed) {
    Diagnostics diagnostics;
    const auto script = load_text(
        "import torch\nimport tilelang\nimport tilelang.language as T\n"
        "@tilelang.jit(out_idx=[1])\n"
        "def rows(total):\n"
        "    @T.prim_func\n"
        "    def main(Tokens: T.Tensor((total, 2), 'int32'), Y: T.Tensor((total, 32), 'float32')):\n"
        "        with T.Kernel(total) as b:\n            s = T.alloc_shared((1, 32), 'float32')\n"
        "            T.fill(s, T.cast(Tokens[b, 1], 'float32'))\n            T.copy(s, Y[b, 0])\n"
        "    return main\n"
        "def positions(offsets):\n"
        "    return torch.cat([torch.arange(n, dtype=offsets.dtype) for n in torch.diff(offsets).unbind()])\n"
        "def main():\n"
        "    offsets = torch.tensor([0, 3, 5], dtype=torch.int32)\n"
        "    where = positions(offsets)\n"
        "    tokens = torch.stack([where.eq(0).cumsum(0) - 1, where], 1).to(offsets)\n"
        "    rows(tokens.shape[0])(tokens)\n"
        "if __name__ == '__main__':\n    main()\n",
        "s.py", diagnostics);
    Told told;
    const ir::Kernel rows = evaluate(*script, "rows", {}, diagnostics, &told);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_THAT(ir::print(rows), HasSubstr("param Tokens: int32[5, 2]"));
    ASSERT_TRUE(told.tensors.contains("Tokens"));
    EXPECT_EQ(told.tensors.at("Tokens").values, (std::vector<double>{0, 0, 0, 1, 0, 2, 1, 0, 1, 1}));
}

TEST(TileFront, ArgumentsHoldForTheHostSideToo) {
    Diagnostics diagnostics;
    const auto script = load_text(varlen, "s.py", diagnostics);
    Told told;
    const ir::Kernel rows = evaluate(*script, "rows", {{"seq", "35"}}, diagnostics, &told);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_THAT(ir::print(rows), HasSubstr("param X: float16[128, 64]"));
    EXPECT_EQ(told.tensors.at("starts").values, (std::vector<double>{0, 32, 64, 96, 128}));
    // A size given to the kernel alone keeps the rest, and what does not fit it is not told.
    Told other;
    evaluate(*script, "rows", {{"batch", "2"}, {"total", "64"}}, diagnostics, &other);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_EQ(other.dimensions.at("most"), 61);
}

TEST(TileFront, WhatNothingSaysIsAssumedWithANote) {
    Diagnostics diagnostics;
    const auto script = load_text(
        "import tilelang\nimport tilelang.language as T\n"
        "@tilelang.jit\ndef one(M, heads):\n    @T.prim_func\n    def main(A: T.Tensor((M, heads), 'float32')):\n"
        "        with T.Kernel(1) as x:\n            pass\n    return main\n"
        "@tilelang.jit\ndef two(heads):\n    @T.prim_func\n    def main(A: T.Tensor((heads,), 'float32')):\n"
        "        with T.Kernel(1) as x:\n            pass\n    return main\n"
        "two(8)\n",
        "s.py", diagnostics);
    const ir::Kernel kernel = evaluate(*script, "one", {}, diagnostics);
    EXPECT_THAT(ir::print(kernel), HasSubstr("param A: float32[128, 8]"));
    ASSERT_EQ(diagnostics.all().size(), 2U) << diagnostics.render();
    EXPECT_EQ(diagnostics.errors(), 0U);
    for (const Diagnostic& one : diagnostics.all()) {
        EXPECT_EQ(one.name, "tile-assumed");
        ASSERT_FALSE(one.trace.empty());
        EXPECT_EQ(one.trace[0].line, 4U);
        EXPECT_EQ(one.trace[0].column, 1U);
    }
    EXPECT_THAT(diagnostics.all()[0].message, HasSubstr("M is 128: nothing in the script says"));
    EXPECT_THAT(diagnostics.all()[1].message, HasSubstr("heads is 8, as elsewhere in the script"));
    const std::vector<KernelInfo> list = kernels(*script);
    EXPECT_EQ(list[0].parameters[0].from, "assumed");
    EXPECT_EQ(list[0].parameters[1].from, "script");
    EXPECT_EQ(list[1].parameters[0].from, "call");
}

TEST(TileFront, PiecesOfALoopHaveVariablesOfTheirOwn) {
    Diagnostics diagnostics;
    const auto script = load_text(
        "import tilelang\nimport tilelang.language as T\n"
        "@tilelang.jit\ndef k(A):\n    M = T.dynamic('M')\n    A: T.Tensor((M, 32), 'float32')\n"
        "    with T.Kernel(T.ceildiv(M, 32)) as b:\n        s = T.alloc_fragment((32, 32), 'float32')\n"
        "        for i, j in T.Parallel(32, 32):\n            s[i, j] = 0.0\n            for k in T.serial(4):\n"
        "                s[i, j] += A[b * 32 + i, j] * k\n",
        "s.py", diagnostics);
    const ir::Kernel kernel = evaluate(*script, "k", {}, diagnostics);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_NO_THROW(ir::specialise(kernel, {{"M", 64}}));
}

TEST(TileFront, BarriersInOrderMeanNothing) {
    // A producer and a consumer, of which the first waits for the second in the turn before.
    const std::string text = kernel_text(
        "        full = tl.alloc_barrier([128] * 2)\n        free = tl.alloc_barrier(arrive_count=128)\n"
        "        acc = tl.alloc_tmem((32, 32), \"float32\")\n"
        "        for k in tl.serial(4):\n"
        "            with tl.ws(0):\n                tl.barrier_wait(free, (k + 1) % 2)\n"
        "                tl.tma_copy(A[0, 0], s, barrier=full[k % 2])\n                tl.mbarrier_arrive(full[k % "
        "2])\n"
        "            with tl.ws(1):\n                tl.mbarrier_wait_parity(full[k % 2], k // 2)\n"
        "                tl.tcgen05_gemm(s, s, acc, clear_accum=k == 0)\n                tl.barrier_arrive(free)\n"
        "        tl.fence_proxy_async()\n");
    EXPECT_THAT(text, HasSubstr("alloc acc: float32[32, 32] fragment"));
    EXPECT_THAT(text, HasSubstr("copy A[0 +: 32, 0 +: 32] -> s[:]"));
    EXPECT_THAT(text, HasSubstr("gemm s[:] * s[:] -> acc[:]"));
}

TEST(TileFront, ReducersBecomeReductions) {
    const std::string text = kernel_text(
        "        r = tl.alloc_reducer(32, \"float32\")\n        tl.clear(r)\n"
        "        for i, j in tl.Parallel(32, 32):\n            r[i] += s[i, j] * 2.0\n"
        "        tl.finalize_reducer(r)\n");
    EXPECT_THAT(text, HasSubstr("r_parts[i, j] = s[i, j] * 2.0"));
    const size_t nest = text.find("r_parts[i, j]");
    EXPECT_NE(text.find("reduce sum r_parts[:] -> r[:] dim 1", nest), std::string::npos) << text;
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

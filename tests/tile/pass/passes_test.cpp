// Passes on small kernels: what comes out means the same (both are interpreted), has the form that is promised, and
// what is refused is refused by name.
#include <gtest/gtest.h>
#include <tile/interpret/interpret.h>
#include <tile/interpret/npy.h>
#include <tile/ir/parse.h>
#include <tile/ir/print.h>
#include <tile/pass/atomics.h>
#include <tile/pass/axes.h>
#include <tile/pass/coarsen.h>
#include <tile/pass/names.h>
#include <tile/pass/normalise.h>
#include <tile/pass/owners.h>
#include <tile/pass/spelled.h>

namespace tessera::tile::pass {
namespace {

const char* const norm_of_single_rows = R"(kernel "norm" {
  param A: float32[40, 16]
  param B: float32[40, 16]
  output B
  body {
    launch bx in 40 {
      alloc x: float32[1, 16] fragment
      alloc s: float32[1] fragment
      copy A[bx +: 1, 0 +: 16] -> x[:]
      reduce sum x[:] -> s[:] dim 1 clear
      parallel i in 1, j in 16 {
        let scaled: float32 = x[i, j] / s[i]
        x[i, j] = scaled + cast<float32>(bx + i)
      }
      copy x[:] -> B[bx +: 1, 0 +: 16]
    }
  }
}
)";

const char* const direct = R"(kernel "direct" {
  param A: float32[40, 50]
  param V: float32[50]
  param B: float32[40, 50]
  param C: float32[40, 50]
  output B
  output C
  body {
    launch bx in 2, by in 2 {
      alloc last: float32[32, 32] fragment
      parallel i in 32, j in 32 {
        let before: float32 = A[by * 32 + i, bx * 32 + j - 1]
        if by * 32 + i < 40 {
          B[by * 32 + i, bx * 32 + j] = before + V[bx * 32 + j]
        }
        last[i, j] = before * 2.0
      }
      parallel p in 32, q in 32 {
        let old: float32 = last[p, q]
        last[p, q] = old + 1.0
        C[by * 32 + p, bx * 32 + q] = old * last[p, q]
      }
    }
  }
}
)";

const char* const split = R"(kernel "split" {
  param A: float32[64, 128]
  param S: float32[64]
  output S
  body {
    launch bx in 2, bz in 4 {
      alloc x: float32[32, 32] shared
      alloc s: float32[32] fragment
      copy A[bx * 32 +: 32, bz * 32 +: 32] -> x[:]
      reduce sum x[:] -> s[:] dim 1 clear
      parallel i in 32 {
        atomic sum S[bx * 32 + i] <- s[i]
      }
    }
  }
}
)";

/// The results of both agree on random inputs.
void expect_same_meaning(const ir::Kernel& before, const ir::Kernel& after) {
    interpret::Arrays inputs;
    uint64_t seed = 1;
    for (const auto& [name, shape] : interpret::shapes_of(before, {}, {})) {
        inputs[name] = interpret::generate(ir::DType::Float32, shape, seed++);
    }
    for (const ir::Buffer& output : before.outputs) {
        inputs.erase(output->name);
    }
    interpret::Options exact;
    exact.exact = true;
    const auto want = interpret::run(before, inputs, {}, exact), got = interpret::run(after, inputs, {}, exact);
    for (const ir::Buffer& output : before.outputs) {
        const auto& a = want.tensors.at(output->name).values;
        const auto& b = got.tensors.at(output->name).values;
        ASSERT_EQ(a.size(), b.size());
        for (size_t i = 0; i < a.size(); ++i) {
            ASSERT_NEAR(a[i], b[i], 1e-9 * (1 + std::abs(a[i]))) << output->name << " element " << i;
        }
    }
}

ir::Kernel normalised(const char* text) {
    Diagnostics diagnostics;
    ir::Kernel kernel = normalise(ir::parse(text), diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return kernel;
}

const ir::Launch& launch_of(const ir::Kernel& kernel) {
    for (const ir::Stmt& stmt : kernel.body) {
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            return *launch;
        }
    }
    throw std::logic_error("no launch");
}

TEST(Normalise, MeansTheSame) {
    for (const char* text : {norm_of_single_rows, direct, split}) {
        expect_same_meaning(ir::parse(text), normalised(text));
    }
}

TEST(Normalise, EveryParallelHasOneStoreToABlocksBuffer) {
    const ir::Kernel kernel = normalised(direct);
    ir::walk_statements(kernel.body, [](const ir::Stmt& stmt) {
        EXPECT_FALSE(std::holds_alternative<ir::Let>(stmt->of));
        if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
            ASSERT_EQ(nest->body.size(), 1u);
            EXPECT_TRUE(std::holds_alternative<ir::Store>(nest->body[0]->of)) << "the bounds check was not needed";
        }
        ir::each_expr(*stmt, [](const ir::Expr& expr) {
            ir::walk(expr,
                     [](const ir::Expr& node) { EXPECT_FALSE(node->op == ir::Op::Load && is_tensor(node->buffer)); });
        });
    });
}

TEST(Normalise, DumpsParseAgain) {
    const std::string text = ir::print(normalised(direct));
    EXPECT_EQ(ir::print(ir::parse(text)), text);
}

TEST(Axes, BlocksOfRowsAreTiedToEverythingWithRows) {
    const ir::Kernel kernel = normalised(norm_of_single_rows);
    const Axis axis = analyse_axis(launch_of(kernel), 0);
    EXPECT_TRUE(axis.mergeable) << axis.reason;
    EXPECT_EQ(axis.block, 1);
    EXPECT_EQ(axis.dimensions.size(), 2u) << "x's rows and s";
}

TEST(Axes, WhatIsSummedAlongCannotBeMerged) {
    const ir::Kernel kernel = normalised(split);
    EXPECT_TRUE(analyse_axis(launch_of(kernel), 0).mergeable);
    const Axis summed = analyse_axis(launch_of(kernel), 1);
    EXPECT_FALSE(summed.mergeable);
    EXPECT_FALSE(summed.reason.empty());
}

TEST(Coarsen, ProductsOfVariablesAreLookedInto) {
    const ir::Kernel kernel = normalised(R"(kernel "products" {
  param B: float32[64, 32]
  output B
  body {
    launch bx in 64, by in 2 {
      alloc x: float32[1, 32] fragment
      parallel i in 1, j in 32 {
        x[i, j] = cast<float32>((bx + i) * by * j)
      }
      copy x[:] -> B[bx +: 1, 0 +: 32]
    }
  }
}
)");
    Diagnostics diagnostics;
    expect_same_meaning(kernel, coarsen(kernel, {}, diagnostics));
}

TEST(Coarsen, RowsOfATileBecomeOneBlock) {
    const ir::Kernel before = normalised(norm_of_single_rows);
    Diagnostics diagnostics;
    const ir::Kernel after = coarsen(before, {}, diagnostics);
    EXPECT_EQ(ir::constant(launch_of(after).extents[0]), 2);
    // The last block reaches beyond the tensor, where nothing is stored.
    expect_same_meaning(before, after);
}

TEST(Coarsen, MatricesOfABlockStayOneBlock) {
    // Only what a block works out on the way has its number beside a tile's rows; the tensors' tiles are whole.
    const ir::Kernel before = normalised(R"(kernel "sums" {
  param A: float32[64, 32, 32]
  param B: float32[64, 32, 32]
  output B
  body {
    launch bx in 64 {
      alloc x: float32[1, 32, 32] fragment
      alloc s: float32[1, 32] fragment
      copy A[bx +: 1, 0 +: 32, 0 +: 32] -> x[:]
      reduce sum x[:] -> s[:] dim 2 clear
      parallel b in 1, i in 32, j in 32 {
        x[b, i, j] = x[b, i, j] - s[b, i]
      }
      copy x[:] -> B[bx +: 1, 0 +: 32, 0 +: 32]
    }
  }
}
)");
    Diagnostics diagnostics;
    const ir::Kernel after = coarsen(before, {}, diagnostics);
    EXPECT_EQ(ir::constant(launch_of(after).extents[0]), 64);
    EXPECT_TRUE(analyse_axis(launch_of(before), 0).mergeable);
    expect_same_meaning(before, after);
}

TEST(Coarsen, AsAsked) {
    const ir::Kernel before = normalised(direct);
    Diagnostics diagnostics;
    const ir::Kernel after = coarsen(before, {{.blocks = {1, 2}}}, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_EQ(ir::constant(launch_of(after).extents[0]), 2);
    EXPECT_EQ(ir::constant(launch_of(after).extents[1]), 1);
    expect_same_meaning(before, after);
}

TEST(Coarsen, RefusesWhatCannotBeMerged) {
    Diagnostics diagnostics;
    coarsen(normalised(split), {{.blocks = {1, 2}}}, diagnostics);
    ASSERT_EQ(diagnostics.all().size(), 1u);
    EXPECT_EQ(diagnostics.all()[0].name, "tile-coarsen");
}

const char* const over_k = R"(kernel "over_k" {
  param A: float32[64, 128]
  param B: float32[32, 128]
  param C: float32[64, 32]
  output C
  body {
    launch bx in 2 {
      alloc a: float32[32, 32] shared
      alloc half: float32[32, 32] shared
      alloc b: float32[32, 32] shared
      alloc c: float32[32, 32] fragment
      fill c[:] = 1.0
      for k = 0 to 4 pipelined(2) {
        copy A[bx * 32 +: 32, k * 32 +: 32] -> a[:]
        copy B[0 +: 32, k * 32 +: 32] -> b[:]
        parallel i in 32, j in 32 {
          half[i, j] = a[i, j] * 0.5
        }
        gemm half[:] * b[:] transposed -> c[:]
      }
      copy c[:] -> C[bx * 32 +: 32, 0 +: 32]
    }
  }
}
)";

TEST(Coarsen, TurnsOverKBecomeOne) {
    const ir::Kernel before = normalised(over_k);
    for (const int64_t turns : {2, 4}) {
        Diagnostics diagnostics;
        const ir::Kernel after = coarsen(before, {{.blocks = {}, .turns = turns}}, diagnostics);
        EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
        size_t loops = 0;
        ir::walk_statements(after.body, [&](const ir::Stmt& stmt) {
            if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ++loops;
                EXPECT_EQ(ir::constant(loop->end), 4 / turns);
            }
        });
        EXPECT_EQ(loops, 1u);
        expect_same_meaning(before, after);
    }
}

TEST(Coarsen, TurnsThatDoMoreStayTurns) {
    // Each turn's product is stored; and one whose operand's own index is a value.
    std::string stored = over_k, counted = over_k;
    stored.replace(stored.find("        gemm"), 0, "        copy half[:] -> C[0 +: 32, 0 +: 32]\n");
    counted.replace(counted.find("a[i, j] * 0.5"), 13, "a[i, j] * cast<float32>(j)");
    for (const std::string& text : {stored, counted}) {
        Diagnostics diagnostics;
        coarsen(normalised(text.c_str()), {{.blocks = {}, .turns = 2}}, diagnostics);
        ASSERT_EQ(diagnostics.errors(), 1u) << text;
        EXPECT_EQ(diagnostics.all()[0].name, "tile-coarsen");
    }
}

TEST(Atomics, TheSharedAxisBecomesALoop) {
    const ir::Kernel before = normalised(split);
    Diagnostics diagnostics;
    const ir::Kernel after = own_atomics(before, 2, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    EXPECT_EQ(launch_of(after).vars.size(), 1u);
    ir::walk_statements(after.body,
                        [](const ir::Stmt& stmt) { EXPECT_FALSE(std::holds_alternative<ir::Atomic>(stmt->of)); });
    expect_same_meaning(before, after);
}

const char* const everywhere = R"(kernel "everywhere" {
  param A: float32[64, 64]
  param C: float32[64, 64]
  param M: float32[64]
  param S: float32[64]
  output C
  output M
  output S
  body {
    launch bx in 2, by in 2, bz in 3 {
      alloc x: float32[32, 32] shared
      alloc m: float32[32] fragment
      copy A[by * 32 +: 32, bx * 32 +: 32] -> x[:]
      for k = 0 to 2 {
        atomic sum C[k * 32 +: 32, bx * 32 +: 32] <- region x[:]
      }
      parallel i in 32, j in 32 {
        atomic sum S[by * 32 + j] <- x[i, j] * 2.0
      }
      reduce max x[:] -> m[:] dim 1 clear
      parallel r in 32 {
        if m[r] > 0.5 {
          atomic max M[by * 32 + r] <- m[r]
        }
      }
    }
  }
}
)";

/// Blocks along axes that no region depends on meet: on few cores they become loops, on many they take turns.
TEST(Atomics, RegionsOfLoopsAreUpdatedInTurns) {
    const ir::Kernel before = normalised(everywhere);
    for (const int64_t cores : {1, 64}) {
        Diagnostics diagnostics;
        const ir::Kernel after = own_atomics(before, cores, diagnostics);
        EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
        EXPECT_EQ(launch_of(after).in_turns, cores == 64);
        ir::walk_statements(after.body,
                            [](const ir::Stmt& stmt) { EXPECT_FALSE(std::holds_alternative<ir::Atomic>(stmt->of)); });
        expect_same_meaning(before, after);
        EXPECT_EQ(ir::print(ir::parse(ir::print(after))), ir::print(after));
    }
}

const char* const in_place = R"(kernel "in_place" {
  param A: float32[64, 64]
  output A
  body {
    launch bx in 2 {
      alloc x: float32[32, 64] shared
      copy A[bx * 32 +: 32, 0 +: 64] -> x[:]
      copy x[:] -> A[bx * 32 +: 32, 0 +: 64]
    }
  }
}
)";

TEST(Atomics, LoadsOfWhatIsStoredWaitForTheStores) {
    Diagnostics diagnostics;
    const ir::Kernel after = own_atomics(normalised(in_place), 64, diagnostics);
    std::vector<ir::Turn> turns;
    ir::walk_statements(after.body, [&](const ir::Stmt& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            turns.push_back(copy->turn);
        }
    });
    EXPECT_EQ(turns, (std::vector{ir::Turn::Waits, ir::Turn::Whole}));
}

const char* const joined = R"(kernel "joined" {
  param A: float32[33, 32]
  param B: float32[33, 32]
  output B
  body {
    launch bx in 33 {
      alloc x: float32[1, 32] shared
      copy A[bx +: 1, 0 +: 32] -> x[:]
      copy x[:] -> B[bx +: 1, 0 +: 32]
    }
  }
}
)";

TEST(Owners, JoinedBlocksMeanTheSame) {
    const ir::Kernel before = normalised(joined);
    ir::Kernel after = before;
    Names names(before);
    for (ir::Stmt& stmt : after.body) {
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            stmt = join_blocks(stmt, {{launch->vars[0], 8}}, names);
        }
    }
    EXPECT_EQ(ir::constant(launch_of(after).extents[0]), 5);
    expect_same_meaning(before, after);
}

const char* const quotients = R"(kernel "quotients" {
  param A: float32[64, 64]
  param C: float32[64, 64]
  output C
  body {
    launch bx in 2 {
      alloc x: float32[32, 64] fragment
      alloc m: float32[32] fragment
      copy A[bx * 32 +: 32, 0 +: 64] -> x[:]
      reduce max x[:] -> m[:] dim 1 clear
      parallel i in 32, j in 64 { x[i, j] = (x[i, j] / (m[i] + 2.0) + 1.0) / (m[i] + 2.0) }
      parallel r in 32, c in 64 { x[r, c] = x[r, c] / (x[r, c] + 3.0) }
      parallel p in 32 { m[p] = 1.0 / (m[p] + 4.0) }
      copy x[:] -> C[bx * 32 +: 32, 0 +: 64]
    }
  }
}
)";

/// How many quotients nests of more than one dimension have.
int quotients_in(const ir::Kernel& kernel) {
    int count = 0;
    ir::walk_statements(kernel.body, [&](const ir::Stmt& stmt) {
        const auto* nest = std::get_if<ir::Parallel>(&stmt->of);
        if (nest != nullptr && nest->vars.size() > 1) {
            ir::walk(std::get<ir::Store>(nest->body.front()->of).value,
                     [&](const ir::Expr& node) { count += node->op == ir::Op::Div ? 1 : 0; });
        }
    });
    return count;
}

/// What is divided by one number a row is multiplied with its reciprocal; what differs from element to element is
/// divided by.
TEST(Spelled, QuotientsByRowsAreProducts) {
    const ir::Kernel before = normalised(quotients), after = spelled_out(before);
    EXPECT_EQ(quotients_in(before), 3);
    EXPECT_EQ(quotients_in(after), 1);
    expect_same_meaning(before, after);
    EXPECT_EQ(ir::print(ir::parse(ir::print(after))), ir::print(after));
}

/// One refusal: the kernel's statements, and what they are refused as.
struct Refusal {
    const char* body;
    const char* name;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, ByName) {
    const std::string text = std::string(R"(kernel "k" {
  param A: float32[64, 64]
  param I: int32[64]
  param C: float32[64, 64]
  output C
  body {
    launch bx in 2, by in 2 {
      alloc x: float32[32, 32] shared
)") + GetParam().body + R"(
    }
  }
}
)";
    Diagnostics diagnostics;
    const ir::Kernel kernel = normalise(ir::parse(text), diagnostics);
    if (!diagnostics.failed()) {
        own_atomics(kernel, 64, diagnostics);
    }
    ASSERT_TRUE(diagnostics.failed());
    EXPECT_EQ(diagnostics.all().front().name, GetParam().name);
    EXPECT_EQ(diagnostics.all().front().trace.empty() ? 7u : diagnostics.all().front().trace.front().line, 7u);
    EXPECT_FALSE(meaning_of(GetParam().name).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Passes, Refused,
    testing::Values(Refusal{"parallel i in 32, j in 32 {\n C[i * 2, j] = x[i, j] @7:1\n }", "tile-gather"},
                    Refusal{"alloc y: int32[32] shared\nparallel i in 32 {\n y[i] = i * 2\n }\n"
                            "parallel r in 32, j in 32 {\n x[r, j] = A[y[r], j] @7:1\n }",
                            "tile-gather"},
                    Refusal{"parallel i in bx, j in 32 @7:1 {\n x[i, j] = 0.0\n }", "tile-parallel-extent"},
                    Refusal{"copy A[0 +: bx, 0 +: 32] -> x[:] @7:1", "tile-region-extent"},
                    Refusal{"atomic xor C[bx * 32 +: 32, by * 32 +: 32] <- region x[:] @7:1", "tile-atomic-operator"},
                    Refusal{"atomic sum C[bx * 32 +: 32, by * 32 +: 32] <- region x[:]\n"
                            "copy C[bx * 32 +: 32, by * 32 +: 32] -> x[:] @7:1",
                            "tile-atomic-read"}));

}  // namespace
}  // namespace tessera::tile::pass

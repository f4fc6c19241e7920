// From kernels to the code of their three kernels.
#include <arch/arch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tile/emit/kernel_text.h>
#include <tile/ir/parse.h>
#include <tile/ir/print.h>
#include <tile/lower.h>
#include <tile/lower/access.h>
#include <tile/lower/copies.h>
#include <tile/lower/liveness.h>
#include <tile/lower/roles.h>
#include <tile/pass/normalise.h>
#include <tile/prove/progress.h>

namespace tessera::tile::lower {
namespace {

using device::Role;
using testing::HasSubstr;

const char* const gemm = R"(kernel "gemm" {
  param A: bfloat16[256, 256]
  param B: bfloat16[256, 256]
  param C: bfloat16[256, 256]
  output C
  body {
    launch bx in 4, by in 4 {
      alloc A_shared: bfloat16[64, 32] shared
      alloc B_shared: bfloat16[32, 64] shared
      alloc C_local: float32[64, 64] fragment
      fill C_local[:] = 0.0
      for k = 0 to 8 pipelined(3) {
        copy A[by * 64 +: 64, k * 32 +: 32] -> A_shared[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> B_shared[:]
        gemm A_shared[:] * B_shared[:] -> C_local[:]
      }
      copy C_local[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }
  }
}
)";

/// A shared buffer that is loaded, changed in place and stored, as scripts for GPUs do.
const char* const in_place = R"(kernel "in_place" {
  param A: bfloat16[64, 64]
  param B: bfloat16[64, 64]
  output B
  body {
    launch bx in 2 {
      alloc x: bfloat16[32, 64] shared
      copy A[bx * 32 +: 32, 0 +: 64] -> x[:]
      parallel i in 32, j in 64 {
        x[i, j] = x[i, j] * 2.0:bfloat16
      }
      copy x[:] -> B[bx * 32 +: 32, 0 +: 64]
    }
  }
}
)";

device::Module lowered(const std::string& text, Options options = {}) {
    Diagnostics diagnostics;
    device::Module module = lower(ir::parse(text), options, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return module;
}

std::string text_of(const device::Module& module, Role role, size_t program = 0) {
    for (const device::KernelCode& kernel : module.programs.at(program).kernels) {
        if (kernel.role == role) {
            return emit::kernel_text(kernel, module.programs[program], module);
        }
    }
    return {};
}

ir::Stmt roles_of(const char* text) {
    Diagnostics diagnostics;
    const ir::Kernel kernel = pass::normalise(ir::parse(text), diagnostics);
    return assign_roles(without_copies(kernel.body.front()), kernel, diagnostics);
}

TEST(Roles, EachBufferHasOneProducerAndOneConsumer) {
    for (const char* text : {gemm, in_place}) {
        const ir::Stmt launch = roles_of(text);
        std::map<ir::Buffer, std::set<Role>> makers, takers;
        ir::walk_statements(std::get<ir::Launch>(launch->of).body, [&](const ir::Stmt& stmt) {
            if (!is_tile_statement(*stmt)) {
                return;
            }
            for (const Access& access : accesses(*stmt)) {
                if (access.writes) {
                    makers[access.buffer].insert(role_of(*stmt));
                }
                if (access.reads) {
                    takers[access.buffer].insert(role_of(*stmt));
                }
            }
        });
        for (const auto& [buffer, roles] : makers) {
            EXPECT_EQ(roles.size(), 1u) << buffer->name;
        }
        for (const auto& [buffer, roles] : takers) {
            EXPECT_EQ(roles.size(), 1u) << buffer->name;
        }
    }
}

TEST(Roles, ABufferThatIsLoadedChangedAndStoredIsTwo) {
    const Flows flows = liveness(std::get<ir::Launch>(roles_of(in_place)->of));
    ASSERT_EQ(flows.buffers.size(), 2u);
    EXPECT_EQ(flows.producer[0], Role::Reader);
    EXPECT_EQ(flows.consumer[0], Role::Compute);
    EXPECT_EQ(flows.producer[1], Role::Compute);
    EXPECT_EQ(flows.consumer[1], Role::Writer);
}

TEST(Liveness, NothingIsLiveAroundABlock) {
    for (const char* text : {gemm, in_place}) {
        const Flows flows = liveness(std::get<ir::Launch>(roles_of(text)->of));
        EXPECT_TRUE(flows.unwritten.empty());
        EXPECT_TRUE(flows.body.front().before.empty());
        EXPECT_TRUE(flows.body.back().after.empty());
    }
}

TEST(Liveness, WhatIsReadAfterALoopThatMayNotRunIsLiveBeforeIt) {
    const ir::Kernel kernel = ir::parse(R"(kernel "k" {
  param C: float32[32, 32]
  output C
  body {
    launch bx in 1 {
      alloc x: float32[32, 32] fragment
      for k = 0 to bx {
        fill x[:] = 1.0
      }
      copy x[:] -> C[0 +: 32, 0 +: 32]
    }
  }
}
)");
    EXPECT_EQ(liveness(std::get<ir::Launch>(kernel.body.front()->of)).unwritten.size(), 1u);
}

TEST(Lower, GemmsReaderReadsTilesWithOneBarrier) {
    Options options;
    options.choices = choices_from_text("blocks=1x1 k=1 multicast=none");
    EXPECT_EQ(text_of(lowered(gemm, options), Role::Reader), R"(#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_A_shared = tt::CBIndex::c_0;  // 3 blocks of 2 tiles
    const uint32_t A_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A = TensorAccessor(A_args, A_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t by = block / 4;
        for (int32_t k = 0; k < 8; ++k) {
            cb_reserve_back(cb_A_shared, 2);
            const auto A_shared_at = get_write_ptr(cb_A_shared);
            for (int32_t row = 0; row < 2; ++row) {
                noc_async_read_page(by * 16 + row * 8 + k, A, A_shared_at + row * 2048);
            }
            noc_async_read_barrier();
            cb_push_back(cb_A_shared, 2);
        }
    }
}
)");
    // The writer, which has nothing to do meanwhile, reads B.
    EXPECT_THAT(text_of(lowered(gemm, options), Role::Writer),
                HasSubstr("noc_async_read_page(k * 8 + bx * 2 + column, B, "));
}

TEST(Lower, WorkIsSplitWithoutGapsOrOverlaps) {
    Options options;
    options.choices = choices_from_text("blocks=1x1 k=1 multicast=none grid=5x1");
    const device::Program program = lowered(gemm, options).programs.front();
    ASSERT_EQ(program.cores.size(), 5u);
    uint32_t next = 0;
    for (const device::CoreWork& core : program.cores) {
        EXPECT_EQ(core.start, next);
        EXPECT_GE(core.count, 3u);
        EXPECT_LE(core.count, 4u);
        next += core.count;
    }
    EXPECT_EQ(next, 16u);
}

TEST(Lower, OperandsThatRowsAndColumnsShareAreSentByOneCore) {
    Options options;
    options.choices = choices_from_text("blocks=1x1 k=1");
    const device::Module module = lowered(gemm, options);
    const device::Program& program = module.programs.front();
    ASSERT_EQ(program.cores.size(), 16u);
    EXPECT_EQ(program.semaphores.size(), 4u);
    const std::string reader = text_of(module, Role::Reader), writer = text_of(module, Role::Writer);
    // A goes along rows from their first core, B along columns: each by the NoC that comes there on ways of its own.
    EXPECT_THAT(writer, HasSubstr("if (core_x == 0) {"));
    EXPECT_THAT(writer, HasSubstr("multicast_block(A_shared_at, 4096, row_first_x, row_sender_y, row_last_x, "
                                  "row_sender_y, 3, 0, 1);"));
    EXPECT_THAT(reader, HasSubstr("if (core_y == 0) {"));
    EXPECT_THAT(reader, HasSubstr("receive_block(column_sender_x, column_sender_y, 2, 3);"));
    // The writer's NoC goes the other way round: from the last core of a row to the second.
    const auto argument = [&](const device::KernelCode& kernel, const std::string& name) {
        const auto at = std::find_if(kernel.runtime_arguments.begin(), kernel.runtime_arguments.end(),
                                     [&](const device::RuntimeArgument& one) { return one.name == name; });
        return at == kernel.runtime_arguments.end() ? 0 : at->values.at(0);
    };
    EXPECT_GT(argument(program.kernels.back(), "row_first_x"), argument(program.kernels.back(), "row_last_x"));
    EXPECT_LT(argument(program.kernels.front(), "column_first_y"), argument(program.kernels.front(), "column_last_y"));
    // All blocks are dealt, each once.
    std::set<std::pair<uint32_t, uint32_t>> cores;
    for (const device::CoreWork& core : program.cores) {
        EXPECT_EQ(core.count, 1u);
        EXPECT_TRUE(cores.emplace(core.x, core.y).second);
    }
}

/// Every order is a permutation of the blocks: each kernel's decode, evaluated for all numbers, gives each block once.
TEST(Lower, OrdersVisitEveryBlockOnce) {
    for (const char* order : {"row_major", "column_major", "block_linear", "z_order"}) {
        std::string text = gemm;
        text.insert(text.find("  body {"), std::string("  schedule policy \"strided\"\n  schedule order \"") + order +
                                               "\"\n  schedule block_linear 3\n");
        Options options;
        options.choices = choices_from_text("blocks=1x1");
        const device::Module module = lowered(text, options);
        const device::Program& program = module.programs.front();
        const device::KernelCode& writer = program.kernels.back();
        const auto loop = std::find_if(writer.body.begin(), writer.body.end(), [](const device::Node& node) {
            return std::holds_alternative<device::Loop>(node->of);
        });
        ASSERT_NE(loop, writer.body.end());
        const auto& blocks = std::get<device::Loop>((*loop)->of);
        std::set<std::vector<int64_t>> seen;
        for (const device::CoreWork& core : program.cores) {
            for (uint32_t i = 0; i < core.count; ++i) {
                const int64_t number = core.start + i * ir::constant(blocks.step).value();
                std::vector<int64_t> block;
                for (const device::Node& node : blocks.body) {
                    if (const auto* declare = std::get_if<device::Declare>(&node->of)) {
                        block.push_back(*ir::constant(ir::substitute(declare->value, [&](const ir::Var& var) {
                            return var == blocks.var ? ir::make_int(number) : ir::Expr();
                        })));
                    }
                }
                EXPECT_TRUE(seen.insert(block).second) << order;
            }
        }
        EXPECT_EQ(seen.size(), 16u) << order;
    }
}

/// Loops of different lengths on the cores of a row: nobody can wait for the others.
TEST(Lower, WhatDependsOnTheBlockIsNotShared) {
    std::string text = gemm;
    text.replace(text.find("for k = 0 to 8"), 14, "for k = 0 to bx + 1");
    const std::string reader = text_of(lowered(text), Role::Reader);
    EXPECT_THAT(reader, testing::Not(HasSubstr("core_x == 0")));
    EXPECT_THAT(reader, HasSubstr("core_y == 0"));
}

TEST(Lower, OddSizesArePaddedToTheReachOfBlocks) {
    std::string text = gemm;
    for (size_t at = 0; (at = text.find("[256, 256]", at)) != std::string::npos;) {
        text.replace(at, 10, "[250, 234]");
    }
    const device::Module module = lowered(text);
    EXPECT_THAT(module.tensors.at(0).padded, testing::ElementsAre(256, 256));
    EXPECT_EQ(module.tensors.at(0).pages, 64u);
    EXPECT_THAT(module.tensors.at(0).shape, testing::ElementsAre(250, 234));
}

TEST(Lower, BlocksInsideTilesAreCutOut) {
    const device::Module module = lowered(R"(kernel "shift" {
  param A: bfloat16[96, 96]
  param B: bfloat16[96, 96]
  output B
  body {
    launch bx in 3, by in 3 {
      alloc x: bfloat16[32, 32] shared
      copy A[by * 32 - 1 +: 32, bx * 32 + 5 +: 32] -> x[:]
      copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]
    }
  }
}
)");
    EXPECT_THAT(text_of(module, Role::Reader), HasSubstr("read_window<2, false>(A, 0, 3, 4, by * 32 - 1, bx * 32 + 5"));
    EXPECT_THAT(text_of(module, Role::Writer), HasSubstr("noc_async_write_page(by * 3 + bx, B"));
}

TEST(Lower, IndicesReachComputeThroughTheReader) {
    const device::Module module = lowered(R"(kernel "chosen" {
  param A: bfloat16[256, 32]
  param I: int32[4]
  param B: bfloat16[128, 32]
  output B
  body {
    launch bx in 4 {
      alloc x: bfloat16[32, 32] shared
      let e: int32 = I[bx]
      copy A[e * 32 +: 32, 0 +: 32] -> x[:]
      if e > 3 {
        parallel i in 32, j in 32 {
          x[i, j] = x[i, j] + x[i, j]
        }
      }
      copy x[:] -> B[bx * 32 +: 32, 0 +: 32]
    }
  }
}
)");
    EXPECT_THAT(text_of(module, Role::Reader), HasSubstr("read_word(I, 0, bx"));
    EXPECT_THAT(text_of(module, Role::Reader), HasSubstr("store_word("));
    // Signed as the script's integers are: with the words' own type, I_value - 4 would never be below 0.
    EXPECT_THAT(text_of(module, Role::Compute), HasSubstr("const int32_t I_value = read_tile_value(cb_scalars, 0, 0)"));
    EXPECT_THAT(text_of(module, Role::Writer), testing::Not(HasSubstr("read_word")));
}

TEST(Lower, PatchesOfImagesAreReadByTheReader) {
    const device::Module module = lowered(R"(kernel "conv" {
  param X: bfloat16[2, 8, 8, 64]
  param Y: bfloat16[128, 64]
  output Y
  body {
    launch by in 2 {
      alloc x: bfloat16[64, 64] shared
      im2col X[:] -> x[:] at by * 64, 128 kernel 3 stride 1 dilation 2 pad 1
      copy x[:] -> Y[by * 64 +: 64, 0 +: 64]
    }
  }
}
)");
    EXPECT_THAT(text_of(module, Role::Reader),
                HasSubstr("read_patches<2>(X, 2, 8, 8, 64, 3, 1, 2, 1, by * 64, 128, 64, 64, x_at, x_scratch);"));
}

/// `count` buffers that follow one another, in pairs with a loaded one each.
std::string many_buffers(int count) {
    std::string allocs, body;
    for (int i = 0; i < count; ++i) {
        const std::string n = std::to_string(i);
        allocs += "alloc a" + n + ": float32[32, 32] shared\nalloc b" + n + ": float32[32, 32] fragment\n";
        body += "copy A[" + n + " * 32 +: 32, 0 +: 32] -> a" + n + "[:]\n";
        body += "parallel i" + n + " in 32, j" + n + " in 32 {\nb" + n + "[i" + n + ", j" + n + "] = a" + n + "[i" + n +
                ", j" + n + "] * 2.0 }\n";
        body += "parallel k" + n + " in 32, l" + n + " in 32 {\nc[k" + n + ", l" + n + "] = c[k" + n + ", l" + n +
                "] + b" + n + "[k" + n + ", l" + n + "] }\n";
    }
    return "kernel \"many\" {\nparam A: float32[2048, 32]\nparam C: float32[32, 32]\noutput C\nbody {\n"
           "launch bx in 1 {\nalloc c: float32[32, 32] fragment\n" +
           allocs + "fill c[:] = 0.0\n" + body + "copy c[:] -> C[:]\n} } }";
}

TEST(Lower, BuffersThatAreNeverInUseTogetherShareRingsWhereThereAreTooMany) {
    EXPECT_EQ(lowered(many_buffers(3)).programs.at(0).circular_buffers.size(), 8u);
    // Those of compute alone share first; streams only where that is not enough.
    EXPECT_LE(lowered(many_buffers(20)).programs.at(0).circular_buffers.size(), 24u);
    EXPECT_LE(lowered(many_buffers(40)).programs.at(0).circular_buffers.size(), 8u);
}

/// A number of the block that changes is a variable of the kernels, in what decides about memory too.
TEST(Lower, ElementsOfLocalsStandInParallels) {
    const device::Module module = lowered(R"(kernel "k" {
  param A: float32[32, 32]
  param B: float32[32, 32]
  output B
  body {
    launch bx in 1 {
      alloc x: float32[32, 32] fragment
      alloc n: int32[1] local
      n[0] = 3
      copy A[:] -> x[:]
      for k = 0 to 4 {
        parallel i in 32, j in 32 {
          x[i, j] = select(i > n[0], x[i, j], 0.0)
        }
        n[0] = n[0] + k
      }
      copy x[:] -> B[:]
    }
  }
}
)");
    EXPECT_THAT(text_of(module, Role::Compute), HasSubstr("static_cast<float>(n)"));
}

/// What the matrix unit takes is cut to fewer bits than what is compared needs.
TEST(Lower, OperandsOfProductsShareNoRingWithExactValues) {
    const std::string text = many_buffers(20);
    std::string products = text;
    const std::string sum = "c[k7, l7] = c[k7, l7] + b7[k7, l7]";
    const size_t at = products.rfind("parallel", products.find(sum));
    products.replace(at, products.find('}', at) + 1 - at, "gemm b7[:] * a7[:] -> c[:]");
    const device::Module module = lowered(products);
    const device::Program& program = module.programs.at(0);
    const std::string code = text_of(module, Role::Compute);
    EXPECT_THAT(code, HasSubstr("(cb_b7, cb_a7,"));
    const auto of_products = [&](const device::CircularBuffer& cb) { return cb.name == "cb_b7" || cb.name == "cb_a7"; };
    EXPECT_EQ(std::count_if(program.circular_buffers.begin(), program.circular_buffers.end(), of_products), 2);
    for (const uint32_t exact : program.unpack_to_dest_fp32) {
        EXPECT_FALSE(of_products(program.circular_buffers.at(exact)));
    }
}

TEST(Lower, PassesAreDumpedInOrderAndParse) {
    std::vector<std::string> names;
    Options options;
    options.dump = [&](std::string_view pass, const ir::Kernel& kernel) {
        names.emplace_back(pass);
        EXPECT_EQ(ir::print(ir::parse(ir::print(kernel))), ir::print(kernel));
    };
    lowered(gemm, options);
    EXPECT_EQ(names, pass_names());
}

/// Code is the same whenever it is made: nothing depends on addresses.
TEST(Lower, IsDeterministic) {
    for (const Role role : {Role::Reader, Role::Compute, Role::Writer}) {
        EXPECT_EQ(text_of(lowered(gemm), role), text_of(lowered(gemm), role));
    }
}

constexpr const char* pieces = R"(kernel "pieces" {
  param A: float32[64]
  param B: float32[64, 4]
  output B
  body {
    launch bx in 4, by in 8 {
      alloc f: float32[8] fragment
      copy A[by * 8 +: 8] -> f[:]
      parallel i in 8 { f[i] = f[i] * cast<float32>(by) }
      copy f[:] -> B[by * 8 +: 8, bx]
    }
  }
}
)";

/// Blocks of eight elements, of which four are in a tile, are dealt in fours.
TEST(Lower, BlocksThatShareTilesAreOfOneCore) {
    const device::Module module = lowered(pieces);
    ASSERT_EQ(module.programs.size(), 1u);
    EXPECT_THAT(module.programs[0].grid, testing::ElementsAre(4, 2));
    EXPECT_THAT(text_of(module, Role::Writer), HasSubstr("by_in_group < 4;"));
}

constexpr const char* updates = R"(kernel "updates" {
  param A: bfloat16[128, 64]
  param C: float32[96, 64]
  output C
  body {
    launch bx in 4 {
      alloc x: bfloat16[32, 64] shared
      copy A[bx * 32 +: 32, 0 +: 64] -> x[:]
      for k = 0 to 3 {
        atomic sum C[k * 32 +: 32, 0 +: 64] <- region x[:]
      }
    }
  }
}
)";

/// Each core waits for its turn before it reads what is there, and passes the turn on after it has written.
TEST(Lower, UpdatesAreDoneInTurns) {
    const device::Module module = lowered(updates);
    const device::Program& program = module.programs.at(0);
    EXPECT_EQ(program.cores.size(), 4u);
    ASSERT_EQ(program.semaphores.size(), 2u);
    EXPECT_THAT(text_of(module, Role::Writer), HasSubstr("relay_turns(next_x, next_y, 0, 1, turns_taken + ahead, 4);"));
    EXPECT_THAT(text_of(module, Role::Reader), HasSubstr("take_turn(0, turns_taken + ahead);"));
    EXPECT_THAT(text_of(module, Role::Writer), HasSubstr("pass_turn(next_x, next_y, 0);"));
    for (const device::KernelCode& kernel : program.kernels) {
        for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
            if (argument.name == "ahead") {
                EXPECT_THAT(argument.values, testing::ElementsAre(0, 1, 1, 1));
            }
        }
    }
}

/// The turn goes round in a ring that one core begins; where it does not, that is seen.
TEST(Lower, TurnsAreProved) {
    const arch::Chip& chip = arch::board("n150").chips.front();
    const device::Program program = lowered(updates).programs.at(0);
    const auto with = [&](std::string_view name, std::vector<uint32_t> values) {
        device::Program damaged = program;
        for (device::KernelCode& kernel : damaged.kernels) {
            for (device::RuntimeArgument& argument : kernel.runtime_arguments) {
                argument.values = argument.name == name ? values : argument.values;
            }
        }
        return prove::turns(damaged, chip).value_or(prove::Verdict{}).kind;
    };
    EXPECT_EQ(with("", {}), prove::Verdict::Kind::Proved);
    EXPECT_EQ(with("ahead", {1, 1, 1, 1}), prove::Verdict::Kind::Refuted);
    EXPECT_EQ(with("next_x", {0, 0, 0, 0}), prove::Verdict::Kind::Refuted);
    EXPECT_FALSE(prove::turns(lowered(pieces).programs.at(0), chip));
}

constexpr const char* chosen = R"(kernel "chosen" {
  param A: bfloat16[100, 64]
  param I: int32[96]
  param W: float32[100]
  param B: float32[96, 64]
  output B
  body {
    launch bx in 3 {
      alloc x: bfloat16[32, 64] shared
      alloc f: float32[32, 64] fragment
      parallel i in 32, j in 64 { x[i, j] = A[I[bx * 32 + i], j] }
      parallel r in 32, c in 64 { f[r, c] = cast<float32>(x[r, c]) * W[I[bx * 32 + r]] }
      copy f[:] -> B[bx * 32 +: 32, 0 +: 64]
    }
  }
}
)";

/// Rows come as they lie in memory, and compute makes tiles of them; single elements are put in their place.
TEST(Lower, RowsAndElementsAreGathered) {
    const device::Module module = lowered(chosen);
    EXPECT_EQ(module.tensors.at(0).form, device::Tensor::Form::Words);
    EXPECT_EQ(module.tensors.at(0).page_bytes, 128u);
    const std::string reader = text_of(module, Role::Reader);
    EXPECT_THAT(reader, HasSubstr("read_row(A, "));
    EXPECT_THAT(reader, HasSubstr("read_element<4>("));
    EXPECT_THAT(text_of(module, Role::Compute), HasSubstr("tilize_block(cb_x_in, 2, cb_x, 0, 0);"));
}

constexpr const char* both_ways = R"(kernel "both" {
  param N: int32[32]
  param B: float32[32]
  output B
  body {
    launch bx in 1 {
      alloc n: int32[32] shared
      alloc f: float32[32] fragment
      copy N[:] -> n[:]
      let most: int32 = N[3]
      parallel i in 32 { f[i] = cast<float32>(n[i]) }
      for k = 0 to most {
        parallel j in 32 { f[j] = f[j] + 1.0 }
      }
      copy f[:] -> B[:]
    }
  }
}
)";

TEST(Lower, ATensorReadInTwoWaysLiesInMemoryTwice) {
    const device::Module module = lowered(both_ways);
    ASSERT_EQ(module.tensors.size(), 3u);
    EXPECT_EQ(module.tensors[2].same_as, "N");
    EXPECT_EQ(module.tensors[2].form, device::Tensor::Form::Words);
    EXPECT_NE(module.tensors[0].form, device::Tensor::Form::Words);
}

struct Refusal {
    const char* tensors;
    const char* grid;
    const char* body;
    const char* name;
};
class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, ByName) {
    Diagnostics diagnostics;
    const std::string text =
        std::string("kernel \"k\" {\n") + GetParam().tensors +
        "  param C: float32[64, 64]\n  output C\n  body {\n    launch bx in " + GetParam().grid + ", by in 2 {\n" +
        GetParam().body +
        "\n      fill x[:] = 0.0\n      copy x[:] -> C[by * 32 +: 32, bx * 32 +: 32]\n    }\n  }\n}\n";
    lower(ir::parse(text), {}, diagnostics);
    ASSERT_TRUE(diagnostics.failed());
    EXPECT_EQ(diagnostics.all().front().name, GetParam().name) << diagnostics.render();
    EXPECT_FALSE(meaning_of(GetParam().name).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lower, Refused,
    testing::Values(
        Refusal{"  param A: float32[2048, 2048]\n", "2",
                "alloc x: float32[32, 32] fragment\nalloc big: float32[1024, 1024] shared\n"
                "copy A[bx * 1024 +: 1024, by * 1024 +: 1024] -> big[:]\n"
                "copy big[:] -> A[bx * 1024 +: 1024, by * 1024 +: 1024]",
                "tile-l1-budget"},
        Refusal{"  symbol n: int32\n  param A: float32[n, 64]\n", "2",
                "alloc x: float32[32, 32] fragment\nalloc y: float32[32, 32] shared\n"
                "copy A[bx * 32 +: 32, by * 32 +: 32] -> y[:]\ncopy y[:] -> A[bx * 32 +: 32, by * 32 +: 32]",
                "tile-symbol"},
        Refusal{"  symbol n: int32\n", "n", "alloc x: float32[32, 32] fragment", "tile-grid"},
        Refusal{"  schedule policy \"random\"\n", "2", "alloc x: float32[32, 32] fragment", "tile-schedule"},
        Refusal{"  schedule order \"hilbert\"\n", "2", "alloc x: float32[32, 32] fragment", "tile-schedule"},
        Refusal{"  param A: float32[64, 64, 64]\n", "2",
                "alloc x: float32[32, 32] fragment\nalloc y: float32[32, 32] shared\n"
                "copy A[bx, 0 +: 32, 0 +: 32] -> y[:]\ncopy y[:] -> A[0 +: 32, bx, 0 +: 32]",
                "tile-tensor-layout"}));

}  // namespace
}  // namespace tessera::tile::lower

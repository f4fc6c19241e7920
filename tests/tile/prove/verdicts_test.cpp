// What the proofs say of programs that the compiler makes, and of the same programs with something broken in them.
#include <chrono>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/lower.h>
#include <tile/prove/progress.h>
#include <tile/prove/verdicts.h>

namespace {

using namespace tessera;
using namespace tessera::tile;
using prove::Property;
using prove::Verdict;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = prove::Verdict::Kind;

const char* const gemm = R"(kernel "gemm" {
  param A: bfloat16[512, 256]
  param B: bfloat16[256, 512]
  param C: bfloat16[512, 512]
  output C
  body {
    launch bx in 8, by in 8 {
      alloc A_shared: bfloat16[64, 32] shared
      alloc B_shared: bfloat16[32, 64] shared
      alloc C_local: float32[64, 64] fragment
      fill C_local[:] = 0.0
      for k = 0 to 8 pipelined(2) {
        copy A[by * 64 +: 64, k * 32 +: 32] -> A_shared[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> B_shared[:]
        gemm A_shared[:] * B_shared[:] -> C_local[:]
      }
      copy C_local[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }
  }
}
)";

// Two operands of it go down the columns of cores.
const char* const two_products = R"(kernel "two_products" {
  param A: bfloat16[512, 256]
  param B: bfloat16[256, 512]
  param D: bfloat16[256, 512]
  param C: bfloat16[512, 512]
  output C
  body {
    launch bx in 8, by in 8 {
      alloc A_shared: bfloat16[64, 32] shared
      alloc B_shared: bfloat16[32, 64] shared
      alloc D_shared: bfloat16[32, 64] shared
      alloc C_local: float32[64, 64] fragment
      fill C_local[:] = 0.0
      for k = 0 to 8 pipelined(2) {
        copy A[by * 64 +: 64, k * 32 +: 32] -> A_shared[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> B_shared[:]
        copy D[k * 32 +: 32, bx * 64 +: 64] -> D_shared[:]
        gemm A_shared[:] * B_shared[:] -> C_local[:]
        gemm A_shared[:] * D_shared[:] -> C_local[:]
      }
      copy C_local[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }
  }
}
)";

const char* const scale = R"(kernel "scale" {
  param A: bfloat16[256, 64]
  param B: bfloat16[256, 64]
  output B
  body {
    launch bx in 2, by in 8 {
      alloc x: bfloat16[32, 32] shared
      copy A[by * 32 +: 32, bx * 32 +: 32] -> x[:]
      parallel i in 32, j in 32 {
        x[i, j] = x[i, j] * 2.0:bfloat16
      }
      copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]
    }
  }
}
)";

const arch::Chip& n150() {
    return arch::board("n150").chips.front();
}

device::Module lowered(const std::string& text, const lower::Options& options = {}) {
    Diagnostics diagnostics;
    device::Module module = lower::lower_as_chosen(ir::parse(text), options, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return module;
}

/// The code with every call, argument or condition changed that `change` changes.
device::Code changed(const device::Code& code, const std::function<void(device::NodeOf&)>& change) {
    device::Code result;
    for (const device::Node& node : code) {
        device::NodeOf copy = *node;
        if (auto* loop = std::get_if<device::Loop>(&copy.of)) {
            loop->body = changed(loop->body, change);
        } else if (auto* branch = std::get_if<device::Branch>(&copy.of)) {
            branch->then = changed(branch->then, change);
            branch->otherwise = changed(branch->otherwise, change);
        }
        change(copy);
        result.push_back(std::make_shared<const device::NodeOf>(std::move(copy)));
    }
    return result;
}
device::KernelCode& kernel_of(device::Program& program, device::Role role) {
    for (device::KernelCode& kernel : program.kernels) {
        if (kernel.role == role) {
            return kernel;
        }
    }
    throw std::logic_error("no such kernel");
}
/// Each call of `function` of the kernel of that role.
void change_calls(device::Program& program, device::Role role, const std::string& function,
                  const std::function<void(device::Call&)>& change) {
    device::KernelCode& kernel = kernel_of(program, role);
    kernel.body = changed(kernel.body, [&](device::NodeOf& node) {
        auto* call = std::get_if<device::Call>(&node.of);
        if (call != nullptr && call->function == function) {
            change(*call);
        }
    });
}

Verdict of(const std::vector<Verdict>& all, Property property) {
    for (const Verdict& verdict : all) {
        if (verdict.property == property) {
            return verdict;
        }
    }
    throw std::logic_error("no such verdict");
}

// --- Whole programs -------------------------------------------------------------------------------------------------

TEST(Verdicts, OfAProductAllIsProved) {
    const ir::Kernel kernel = ir::parse(gemm);
    const device::Module module = lowered(gemm);
    const std::vector<Verdict> all = prove::all(kernel, module);
    ASSERT_EQ(all.size(), 6u);
    for (const Verdict& verdict : all) {
        EXPECT_EQ(verdict.kind, Kind::Proved) << prove::text_of(verdict);
        EXPECT_FALSE(verdict.what.empty());
    }
    EXPECT_THAT(of(all, Property::Progress).what, HasSubstr("cb_A_shared is handed on in 8 lines of 8 cores"));
    EXPECT_THAT(of(all, Property::Progress).what, HasSubstr("cb_B_shared is handed on in 8 lines of 8 cores"));
    EXPECT_EQ(of(all, Property::Coverage).what, "every element of C[0:512, 0:512] is stored by one block");
    EXPECT_THAT(of(all, Property::Work).what, HasSubstr("64 blocks on 64 cores"));
}

TEST(Verdicts, DoNotDependOnTripCounts) {
    std::string large = gemm;
    for (const auto& [from, to] : {std::pair{"[512, 256]", "[65536, 1048576]"},
                                   {"[256, 512]", "[1048576, 65536]"},
                                   {"[512, 512]", "[65536, 65536]"},
                                   {"bx in 8, by in 8", "bx in 1024, by in 1024"},
                                   {"0 to 8 ", "0 to 32768 "}}) {
        large.replace(large.find(from), std::string(from).size(), to);
    }
    const ir::Kernel kernel = ir::parse(large);
    const device::Module module = lowered(large);
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Verdict> all = prove::all(kernel, module);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    for (const Verdict& verdict : all) {
        EXPECT_EQ(verdict.kind, Kind::Proved) << prove::text_of(verdict);
    }
    // Some milliseconds; a machine under load takes longer, going through 2^35 turns years.
    EXPECT_LT(took.count(), 2000);
}

// --- Handovers ------------------------------------------------------------------------------------------------------

Verdict progress_of(const std::function<void(device::Program&)>& damage, const char* text = gemm) {
    device::Module module = lowered(text);
    damage(module.programs[0]);
    return prove::progress(module.programs[0], n150());
}

TEST(Handovers, ASenderThatCountsTooMany) {
    const Verdict verdict = progress_of([](device::Program& program) {
        change_calls(program, device::Role::Reader, "multicast_block",
                     [](device::Call& call) { call.arguments[6] = ir::make_int(8); });
    });
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "core (0, 0) waits until 8 cores have room for cb_B_shared, and its line has 7 others");
    EXPECT_THAT(verdict.trace, Contains("semaphore 2 of core (0, 0) gets to 7 and no further"));
    EXPECT_THAT(verdict.trace, Contains("the other 7 wait for semaphore 3"));
}

TEST(Handovers, ASemaphoreThatBeginsWrong) {
    const Verdict verdict = progress_of([](device::Program& program) { program.semaphores[0].initial = 1; });
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what,
              "semaphore 0 begins at 1: the sender of cb_A_shared would count cores that have no room yet");
    EXPECT_EQ(progress_of([](device::Program& program) { program.semaphores.pop_back(); }).what,
              "semaphore 3, by which cb_B_shared is handed on, is not declared");
}

TEST(Handovers, AReceiverThatDoesNotWait) {
    const Verdict verdict = progress_of(
        [](device::Program& program) {
            device::KernelCode& kernel = kernel_of(program, device::Role::Reader);
            bool done = false;
            kernel.body = changed(kernel.body, [&](device::NodeOf& node) {
                if (auto* branch = std::get_if<device::Branch>(&node.of); branch != nullptr && !done) {
                    branch->otherwise.clear();
                    done = true;
                }
            });
        },
        two_products);
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "cores of a line do not hand over the same blocks in the same order");
    EXPECT_THAT(verdict.trace, Contains("core (0, 0) sends cb_B_shared"));
    EXPECT_THAT(verdict.trace, Contains("core (0, 1) waits for cb_D_shared"));
}

TEST(Handovers, OtherOrdersOnOneLine) {
    // Those who wait for a block of the row first hand on the column's.
    const Verdict verdict = progress_of(
        [](device::Program& program) {
            device::KernelCode& kernel = kernel_of(program, device::Role::Reader);
            device::Code waits;
            ir::Expr sender;
            size_t number = 0;
            kernel.body = changed(kernel.body, [&](device::NodeOf& node) {
                auto* branch = std::get_if<device::Branch>(&node.of);
                if (branch == nullptr) {
                    return;
                }
                if (number++ == 0) {
                    waits = std::exchange(branch->otherwise, {});
                    sender = branch->condition;
                } else {
                    const device::Node second = device::make_node(*branch);
                    node.of = device::Branch{
                        ir::make_bool(true), {second, device::make_node(device::Branch{sender, {}, waits})}, {}};
                }
            });
            ASSERT_EQ(number, 2u);
        },
        two_products);
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "cores of a line do not hand over the same blocks in the same order");
    EXPECT_THAT(verdict.trace, Contains("core (0, 0) sends cb_B_shared"));
    EXPECT_THAT(verdict.trace, Contains("core (0, 1) waits for cb_D_shared"));
}

TEST(Handovers, CoresWithMoreBlocksThanOthers) {
    const Verdict verdict = progress_of([](device::Program& program) { program.cores[3].count = 2; });
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "core (3, 0) does 2 blocks and core (3, 1) does 1, and cb_B_shared is handed on for each");
    EXPECT_THAT(verdict.trace, Contains("core (3, 0) waits for the other at its block 1"));
}

TEST(Handovers, BlocksThatArriveWhereNoRoomIs) {
    const Verdict verdict = progress_of([](device::Program& program) {
        change_calls(program, device::Role::Reader, "multicast_block",
                     [](device::Call& call) { call.arguments[1] = ir::make_int(8192); });
    });
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "core (0, 0) has reserved 4096 bytes of cb_B_shared where a block of 8192 bytes arrives");
}

/// The reader's loop over k has as many turns more as the core has number.
Verdict with_uneven_turns(const char* multicast, const char* number) {
    lower::Options options;
    options.choices = lower::choices_from_text(std::string("multicast=") + multicast);
    device::Module module = lowered(gemm, options);
    device::Program& program = module.programs[0];
    device::KernelCode& kernel = kernel_of(program, device::Role::Reader);
    ir::Var core;
    changed(kernel.body, [&](device::NodeOf& node) {
        if (const auto* declared = std::get_if<device::Declare>(&node.of);
            declared != nullptr && declared->var->name == number) {
            core = declared->var;
        }
    });
    if (core == nullptr) {
        throw std::logic_error("the reader does not have the core's number");
    }
    kernel.body = changed(kernel.body, [&](device::NodeOf& node) {
        if (auto* loop = std::get_if<device::Loop>(&node.of); loop != nullptr && loop->var->name == "k") {
            loop->end = ir::make_int(4) + ir::make_var(core);
        }
    });
    return prove::handshakes(program, n150());
}

TEST(Handovers, TurnsThatDifferAlongALine) {
    const Verdict verdict = with_uneven_turns("in1", "core_y");
    EXPECT_EQ(verdict.kind, Kind::NotProved);
    EXPECT_EQ(verdict.what,
              "how often cb_B_shared is handed on depends on core_y, which differs between cores of a line");
    // Of lines of their own that does not matter, if nobody waits for two lines.
    EXPECT_EQ(with_uneven_turns("in1", "core_x").kind, Kind::Proved);
    EXPECT_EQ(with_uneven_turns("2d", "core_x").what,
              "two kernels of a core hand blocks to others, and what the reader does differs between cores here");
}

TEST(Handovers, FunctionsThatNobodyKnows) {
    const Verdict verdict = progress_of([](device::Program& program) {
        change_calls(program, device::Role::Reader, "receive_block",
                     [](device::Call& call) { call.function = "noc_semaphore_wait"; });
    });
    EXPECT_EQ(verdict.kind, Kind::NotProved);
    EXPECT_THAT(verdict.what, HasSubstr("noc_semaphore_wait, of which nothing is known here"));
}

// --- L1, DST, alignment, work ---------------------------------------------------------------------------------------

TEST(L1, MapAndWhatDoesNotFit) {
    device::Module module = lowered(gemm);
    device::Program& program = module.programs[0];
    const auto map = prove::l1_map(program, module, n150());
    ASSERT_EQ(map.size(), program.circular_buffers.size());
    uint32_t next = n150().l1_unreserved_base;
    for (const prove::L1Part& part : map) {
        EXPECT_EQ(part.address, next) << part.what;
        next = part.address + part.bytes;
    }
    EXPECT_EQ(prove::l1(program, module, n150()).kind, Kind::Proved);
    // To the byte: as many pages as there are, and one more.
    auto& ring = program.circular_buffers.back();
    const uint32_t room = n150().l1_bytes - map.back().address;
    ring.pages = room / ring.page_bytes;
    EXPECT_EQ(prove::l1(program, module, n150()).kind, Kind::Proved);
    ++ring.pages;
    const Verdict over = prove::l1(program, module, n150());
    EXPECT_EQ(over.kind, Kind::Refuted);
    EXPECT_THAT(over.what, HasSubstr(ring.name + " ends at"));
    EXPECT_THAT(over.what, HasSubstr("a core has 1499136 bytes of L1"));
    EXPECT_EQ(over.trace.size(), map.size());
}

TEST(Dst, SlotsThatAreNotThere) {
    device::Module module = lowered(gemm);
    device::Program& program = module.programs[0];
    EXPECT_EQ(prove::dst(program).kind, Kind::Proved) << prove::dst(program).what;
    device::Program slots = program;
    change_calls(slots, device::Role::Compute, "matmul_block",
                 [](device::Call& call) { call.arguments[4] = ir::make_int(4); });
    const Verdict verdict = prove::dst(slots);
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "matmul_block uses DST slot 7, and there are 4");
    device::Program order = program;
    change_calls(order, device::Role::Compute, "tile_regs_commit",
                 [](device::Call& call) { call.function = "tile_regs_acquire"; });
    EXPECT_EQ(prove::dst(order).what, "tile_regs_acquire where DST is acquired");
    device::Program odd = program;
    change_calls(odd, device::Role::Compute, "matmul_block",
                 [](device::Call& call) { call.function = "experimental_product"; });
    EXPECT_EQ(prove::dst(odd).kind, Kind::NotProved);
    EXPECT_EQ(prove::dst(odd).what, "what experimental_product does with DST is not known here");
}

TEST(Alignment, AddressesBetweenBursts) {
    device::Module module = lowered(scale);
    device::Program& program = module.programs[0];
    EXPECT_EQ(prove::alignment(program, module, n150()).kind, Kind::Proved)
        << prove::alignment(program, module, n150()).what;
    device::Program odd = program;
    change_calls(odd, device::Role::Reader, "noc_async_read_page", [](device::Call& call) {
        const auto& address = std::get<ir::Expr>(call.arguments[2]);
        call.arguments[2] = address + ir::make_int(16, address->dtype);
    });
    const Verdict verdict = prove::alignment(odd, module, n150());
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_THAT(verdict.what, HasSubstr("noc_async_read_page begins at"));
    EXPECT_THAT(verdict.what, HasSubstr("in cb_x, and needs a multiple of 32"));
    // Writes ask for 16 only, but the page ends behind what was waited for.
    device::Program behind = program;
    change_calls(behind, device::Role::Writer, "noc_async_write_page", [](device::Call& call) {
        const auto& address = std::get<ir::Expr>(call.arguments[2]);
        call.arguments[2] = address + ir::make_int(16, address->dtype);
    });
    EXPECT_THAT(prove::alignment(behind, module, n150()).what, HasSubstr("touches bytes 16 to 2064 of 2048 in"));
    device::Module pages = module;
    pages.tensors[0].page_bytes = 2056;
    EXPECT_EQ(prove::alignment(program, pages, n150()).what, "pages of A have 2056 bytes, which is no multiple of 16");
}

TEST(Work, BlocksThatNobodyOrTwoDo) {
    for (const char* order : {"row_major", "column_major", "block_linear", "z_order"}) {
        for (const char* policy : {"contiguous", "strided", "rect"}) {
            // Twice as many blocks along one axis, but where the order wants squares.
            std::string text = gemm;
            if (order != std::string("z_order")) {
                text.replace(text.find("bx in 8, by in 8"), 16, "bx in 4, by in 8");
            }
            ir::Kernel kernel = ir::parse(text);
            kernel.schedule.order = order;
            kernel.schedule.policy = policy;
            kernel.schedule.block_linear = 3;
            Diagnostics diagnostics;
            const device::Module module = lower::lower_as_chosen(kernel, {}, diagnostics);
            ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
            const Verdict verdict = prove::work(module.programs[0]);
            EXPECT_EQ(verdict.kind, Kind::Proved) << order << " " << policy << ": " << verdict.what;
        }
    }
    const device::Module module = lowered(scale);
    const auto damaged = [&](const std::function<void(device::Program&)>& damage) {
        device::Program program = module.programs[0];
        damage(program);
        return prove::work(program);
    };
    EXPECT_EQ(damaged([](device::Program& p) { p.cores.pop_back(); }).what, "no core does block number 15");
    EXPECT_EQ(damaged([](device::Program& p) { p.cores[2].start = 1; }).what, "two cores do block number 1");
    EXPECT_EQ(damaged([](device::Program& p) { p.cores.back().count = 2; }).what,
              "core (7, 1) does block number 16, and the grid has 16");
    EXPECT_EQ(damaged([](device::Program& p) { p.order.place[0].second = ir::make_int(0); }).what,
              "numbers 0 and 1 both mean block (0, 0)");
}

// --- Coverage -------------------------------------------------------------------------------------------------------

/// A kernel that copies a 32 x 32 block of x into B[64, 96], whose text is `store`, in `grid`.
Verdict covered(const std::string& grid, const std::string& store, const std::string& shape = "[64, 96]") {
    const std::string text =
        "kernel \"k\" {\n  param B: float32" + shape + "\n  param N: int32[4]\n  output B\n  body {\n    launch " +
        grid + " {\n      alloc x: float32[32, 32] shared\n      fill x[:] = 1.0\n" + store + "\n    }\n  }\n}\n";
    const std::vector<Verdict> all = prove::coverage(ir::parse(text));
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
}

TEST(Coverage, OfBlocksSideBySide) {
    EXPECT_EQ(covered("bx in 3, by in 2", "copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]").kind, Kind::Proved);
    // More blocks than there are elements: what is outside is dropped.
    EXPECT_EQ(covered("bx in 4, by in 2", "copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]").kind, Kind::Proved);
    EXPECT_EQ(covered("bx in 2", "for k = 0 to 3 { copy x[:] -> B[bx * 32 +: 32, k * 32 +: 32] }").kind, Kind::Proved);
    EXPECT_EQ(covered("b in 6", "copy x[:] -> B[b // 3 * 32 +: 32, b % 3 * 32 +: 32]").kind, Kind::Proved);
}

TEST(Coverage, ElementsThatNobodyStores) {
    const Verdict few = covered("bx in 2, by in 2", "copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]");
    EXPECT_EQ(few.kind, Kind::Refuted);
    EXPECT_EQ(few.what, "B[0:64, 64:96] is stored by no block");
    EXPECT_FALSE(few.doubled);
    EXPECT_EQ(covered("bx in 2, by in 1", "copy x[:] -> B[by * 32 +: 32, bx * 64 +: 32]", "[32, 128]").what,
              "B[0:32, 32:64] is stored by no block");
    EXPECT_EQ(covered("bx in 3, by in 2", "if bx < 2 { copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32] }").what,
              "B[0:64, 64:96] is stored by no block");
}

TEST(Coverage, ElementsThatTwoBlocksStore) {
    const Verdict same = covered("bx in 3, by in 2", "copy x[:] -> B[0 +: 32, bx * 32 +: 32]", "[32, 96]");
    EXPECT_EQ(same.kind, Kind::Refuted);
    EXPECT_TRUE(same.doubled);
    EXPECT_EQ(same.what, "B[0:32, 0:96] is stored by blocks by = 0 and by = 1");
    const Verdict over = covered("bx in 5, by in 2", "copy x[:] -> B[by * 32 +: 32, bx * 16 +: 32]");
    EXPECT_EQ(over.what, "B[0:64, 16:32] is stored by blocks bx = 0 and bx = 1");
    EXPECT_EQ(covered("bx in 3, by in 2", "if by == 0 { copy x[:] -> B[0 +: 32, bx * 32 +: 32] }", "[32, 96]").kind,
              Kind::Proved);
}

TEST(Coverage, AtomicsShareElements) {
    const Verdict verdict =
        covered("bx in 3, by in 4", "atomic sum B[0 +: 32, bx * 32 +: 32] <- region x[:]", "[32, 96]");
    EXPECT_EQ(verdict.kind, Kind::Proved);
    EXPECT_THAT(verdict.what, HasSubstr("is added to by all blocks that share it"));
}

TEST(Coverage, OfPersistentBlocks) {
    // Each of four blocks takes every fourth of the six tiles.
    EXPECT_EQ(covered("b in 4",
                      "for w = 0 to 2 { if w * 4 + b < 6 { copy x[:] -> B[(w * 4 + b) // 3 * 32 +: 32, (w * 4 + b) % 3 "
                      "* 32 +: 32] } }")
                  .kind,
              Kind::Proved);
    EXPECT_EQ(covered("b in 4", "for w = b to 6 step 4 { copy x[:] -> B[w // 3 * 32 +: 32, w % 3 * 32 +: 32] }").kind,
              Kind::Proved);
    EXPECT_EQ(covered("bx in 3", "for k = 0 to 2 { copy x[:] -> B[(1 - k) * 32 +: 32, bx * 32 +: 32] }").kind,
              Kind::Proved);
}

TEST(Coverage, WhatDependsOnDataIsNotProved) {
    const Verdict where = covered("bx in 3, by in 2", "let n: int32 = N[0]\n copy x[:] -> B[n +: 32, bx * 32 +: 32]");
    EXPECT_EQ(where.kind, Kind::NotProved);
    EXPECT_EQ(where.what, "which elements of B are stored could not be shown: where it goes depends on N");
    const Verdict whether =
        covered("bx in 3, by in 2", "let n: int32 = N[by]\n if n > 0 { copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32] }");
    EXPECT_EQ(whether.what, "which elements of B are stored could not be shown: whether it happens depends on N");
    // Unless both sides store it.
    EXPECT_EQ(
        covered("bx in 3, by in 2",
                "let n: int32 = N[by]\n if n > 0 { copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32] } else { copy x[:] -> "
                "B[by * 32 +: 32, bx * 32 +: 32] }")
            .kind,
        Kind::Proved);
}

TEST(Coverage, PartsOfABlock) {
    EXPECT_EQ(covered("bx in 3, by in 2",
                      "copy x[0 +: 16, 0 +: 32] -> B[by * 32 +: 16, bx * 32 +: 32]\n copy x[16 +: 16, 0 +: 32] -> B[by "
                      "* 32 + 16 +: 16, bx * 32 +: 32]")
                  .kind,
              Kind::Proved);
    EXPECT_EQ(covered("bx in 3, by in 2", "parallel i in 32, j in 32 { B[by * 32 + i, bx * 32 + j] = x[i, j] }").kind,
              Kind::Proved);
}

// --- What is reported -----------------------------------------------------------------------------------------------

TEST(Verdicts, AreReported) {
    Diagnostics none, warned, failed;
    prove::report(prove::all(ir::parse(gemm), lowered(gemm)), none);
    EXPECT_THAT(none.all(), IsEmpty());
    prove::report(std::vector{covered("bx in 2, by in 2", "copy x[:] -> B[by * 32 +: 32, bx * 32 +: 32]"),
                              covered("bx in 3, by in 2", "copy x[:] -> B[0 +: 32, bx * 32 +: 32]", "[32, 96]")},
                  warned);
    EXPECT_FALSE(warned.failed());
    ASSERT_EQ(warned.all().size(), 2u);
    EXPECT_EQ(warned.all()[0].name, "tile-unwritten");
    EXPECT_EQ(warned.all()[1].name, "tile-written-twice");
    device::Module module = lowered(gemm);
    module.programs[0].cores.pop_back();
    module.programs[0].semaphores[1].initial = 1;
    prove::report(prove::all(ir::parse(gemm), module), failed);
    EXPECT_EQ(failed.errors(), 2u);
    EXPECT_EQ(failed.all()[0].name, "tile-deadlock");
    EXPECT_EQ(failed.all()[1].name, "tile-proof");
    EXPECT_THAT(failed.all()[1].message,
                HasSubstr("it does not hold of gemm that every block of the grid is done by one core, once"));
}

}  // namespace

// The NoC between cores: writes, multicast, atomics, what is checked, and the adversarial order.
#include "machine_for_tests.h"

#include <base/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tessera::sim {
namespace {

constexpr uint32_t data = 200 * 1024, results = 400 * 1024;

std::vector<uint32_t> l1(Machine& machine, uint16_t x, uint16_t y, uint32_t address, size_t words,
                         uint32_t device = 0) {
    std::vector<uint32_t> values(words);
    machine.read_l1(device, {x, y}, address, std::as_writable_bytes(std::span(values)));
    return values;
}

TEST(Noc, AWritesSourceIsReadAtTheFlush) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        l1_word(data) = 1;
        tsr_noc_write(0, data, worker(1, 0, data), 16, 0, TSR_NO_TRID);
        l1_word(data) = 2;  // before the flush: this is what leaves
        tsr_noc_writes_flushed(0, 0, TSR_NO_TRID);
        l1_word(data) = 3;
        tsr_noc_write_barrier(0, TSR_NO_TRID);
    });
    program.run(machine);
    EXPECT_EQ(l1(machine, 1, 0, data, 1)[0], 2u);
}

TEST(Noc, MulticastReachesTheRectangleFromEitherCorner) {
    for (const bool loopback : {false, true}) {
        for (const bool reversed : {false, true}) {
            Machine machine(arch::board("n150"), options());
            TestProgram program;
            program.on(1, 1, Processor::RISCV_0,
                       [] {
                           l1_word(data) = 42;
                           const uint64_t to = arg(1) != 0 ? rectangle(3, 2, 1, 1, data) : rectangle(1, 1, 3, 2, data);
                           l1_word(data + 4) = 7;
                           tsr_noc_write_multicast(arg(1), data, to + 16, 16, arg(0) != 0 ? 6 : 5,
                                                   arg(0) != 0 ? TSR_NOC_LOOPBACK : 0);
                           tsr_noc_write_barrier(arg(1), TSR_NO_TRID);
                       },
                       {loopback, reversed});
            program.run(machine);
            for (uint16_t y = 0; y < 8; ++y) {
                for (uint16_t x = 0; x < 8; ++x) {
                    const bool inside = x >= 1 && x <= 3 && y >= 1 && y <= 2 && (loopback || x != 1 || y != 1);
                    EXPECT_EQ(l1(machine, x, y, data + 16, 1)[0], inside ? 42u : 0u) << x << "," << y;
                }
            }
        }
    }
}

TEST(Noc, AtomicsAddUpFromAllCores) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        for (uint16_t i = 0; i < 64; ++i) {
            program.on(i % 8, i / 8, Processor::RISCV_0, [] {
                for (uint32_t k = 0; k < 100; ++k) {
                    tsr_noc_atomic_inc(0, worker(3, 3, data), 2, 31, 0);
                    tsr_noc_atomic_inc(0, worker(3, 3, data + 4), 1, 3, 0);
                }
                tsr_noc_atomic_barrier(0);
            });
        }
        machine.write_l1(0, {3, 3}, data + 4, bytes_of(std::vector<uint32_t>{0xABCDEF00}));
        program.run(machine);
        EXPECT_THAT(l1(machine, 3, 3, data, 2), testing::ElementsAre(12800u, 0xABCDEF00u + 6400 % 16));
        const std::vector<uint32_t> zero(1);
        machine.write_l1(0, {3, 3}, data, bytes_of(zero));
    }
}

TEST(Noc, InlineWriteHonoursByteEnables) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_noc_inline_write(0, worker(1, 0, data), 0x11223344, 0xF, 0);
        tsr_noc_inline_write(0, worker(1, 0, data), 0xAABBCCDD, 0x5, 0);
        tsr_noc_inline_write_multicast(0, rectangle(2, 0, 4, 0, data), 9, 0xF, 3, 0);
        tsr_noc_write_barrier(0, TSR_NO_TRID);
    });
    program.run(machine);
    EXPECT_EQ(l1(machine, 1, 0, data, 1)[0], 0x11BB33DDu);
    EXPECT_EQ(l1(machine, 4, 0, data, 1)[0], 9u);
}

TEST(Noc, TransactionIdsLandOnTheirOwnBarrier) {
    Machine machine(arch::board("n150"), options());
    machine.write_l1(0, {1, 0}, data, bytes_of(std::vector<uint32_t>{1, 2, 3, 4, 5, 6, 7, 8}));
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_noc_read(0, worker(1, 0, data), data, 16, 1);
        tsr_noc_read(0, worker(1, 0, data + 16), data + 16, 16, 2);
        tsr_noc_read_barrier(0, 2);
        l1_word(results) = l1_word(data);
        l1_word(results + 4) = l1_word(data + 16);
        tsr_noc_read_barrier(0, 1);
        l1_word(results + 8) = l1_word(data);
    });
    program.run(machine);
    EXPECT_THAT(l1(machine, 0, 0, results, 3), testing::ElementsAre(0, 5, 1));
}

TEST(Noc, PhysicalAndVirtualCoordinatesLeadToTheSameCore) {
    Machine machine(arch::board("n150"), options());
    machine.write_l1(0, {2, 3}, data, bytes_of(std::vector<uint32_t>{77, 0, 0, 0}));
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_noc_read(0, worker(2, 3, data), data, 4, TSR_NO_TRID);
        tsr_noc_read(0, noc_address(3, 4, data), data + 16, 4, TSR_NO_TRID);
        tsr_noc_read(1, noc_address(9 - 3, 11 - 4, data), data + 32, 4, TSR_NO_TRID);
        tsr_noc_read_barrier(0, TSR_NO_TRID);
        tsr_noc_read_barrier(1, TSR_NO_TRID);
    });
    program.run(machine);
    const auto seen = l1(machine, 0, 0, data, 12);
    EXPECT_EQ(seen[0], 77u);
    EXPECT_EQ(seen[4], 77u);
    EXPECT_EQ(seen[8], 77u);
}

TEST(Noc, EveryDramBankIsReachedFromBothNocs) {
    for (const char* board : {"n150", "p100", "p150"}) {
        Machine machine(arch::board(board), options());
        const uint32_t banks = arch::board(board).chips[0].num_dram_banks;
        for (uint32_t bank = 0; bank < banks; ++bank) {
            machine.write_dram(0, bank, 4096, bytes_of(std::vector<uint32_t>{100 + bank, 0, 0, 0}));
        }
        TestProgram program;
        program.on(0, 0, Processor::RISCV_0, [] {
            for (uint32_t bank = 0; bank < tsr_ctx->num_dram_banks; ++bank) {
                for (uint32_t noc = 0; noc < 2; ++noc) {
                    tsr_noc_read(noc, dram(bank, 4096, noc), data + 128 * bank + 64 * noc, 16, TSR_NO_TRID);
                    tsr_noc_read_barrier(noc, TSR_NO_TRID);
                }
            }
        });
        program.run(machine);
        const auto seen = l1(machine, 0, 0, data, 32 * banks);
        for (uint32_t bank = 0; bank < banks; ++bank) {
            EXPECT_EQ(seen[32 * bank], 100 + bank) << board;
            EXPECT_EQ(seen[32 * bank + 16], 100 + bank) << board;
        }
    }
}

struct BadTransfer {
    const char* name;
    void (*kernel)();
};

class BadTransfers : public testing::TestWithParam<BadTransfer> {};

TEST_P(BadTransfers, AreNamed) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, GetParam().kernel);
    EXPECT_EQ(error_of(machine, program), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    Noc, BadTransfers,
    testing::Values(
        BadTransfer{"noc-bad-coordinate", [] { tsr_noc_read(0, noc_address(0, 2, 0), data, 16, TSR_NO_TRID); }},
        BadTransfer{"noc-bad-coordinate", [] { tsr_noc_write(0, data, noc_address(40, 40, 0), 16, 0, TSR_NO_TRID); }},
        BadTransfer{"l1-out-of-range", [] { tsr_noc_read(0, worker(0, 1, 1499136 - 16), data, 32, TSR_NO_TRID); }},
        BadTransfer{"l1-out-of-range", [] { tsr_noc_read(0, worker(0, 1, data), 1499136 - 16, 32, TSR_NO_TRID); }},
        BadTransfer{"dram-out-of-range", [] { tsr_noc_read(0, dram(1, 1u << 30), data, 32, TSR_NO_TRID); }},
        BadTransfer{"misaligned-transfer", [] { tsr_noc_read(0, dram(0, 16), data, 32, TSR_NO_TRID); }},
        BadTransfer{"misaligned-transfer", [] { tsr_noc_read(0, worker(1, 0, data + 4), data, 32, TSR_NO_TRID); }},
        BadTransfer{"misaligned-transfer", [] { tsr_noc_write(0, data + 8, worker(1, 0, data), 32, 0, TSR_NO_TRID); }},
        BadTransfer{"misaligned-transfer", [] { tsr_noc_atomic_inc(0, worker(1, 0, data + 2), 1, 31, 0); }},
        BadTransfer{"stack-array-transfer", [] { tsr_noc_read(0, worker(1, 0, data), 0xFFB00040, 32, TSR_NO_TRID); }},
        BadTransfer{"stack-array-transfer",
                    [] { tsr_noc_write(0, data, worker(1, 0, 0xFFB00040), 32, 0, TSR_NO_TRID); }},
        BadTransfer{"multicast-num-dests",
                    [] { tsr_noc_write_multicast(0, data, rectangle(0, 0, 3, 0, data), 32, 4, 0); }},
        BadTransfer{"multicast-num-dests",
                    [] { tsr_noc_write_multicast(0, data, rectangle(0, 0, 3, 0, data), 32, 3, TSR_NOC_LOOPBACK); }}));

/// Transfers between this core and byte `apart` of a memory, and an aligned place here.
template <uint32_t apart>
struct Paths {
    static uint64_t near() { return noc_address(tsr_ctx->my_x[0], tsr_ctx->my_y[0], data + 4096 + apart); }
    static void read_l1() { tsr_noc_read(0, near(), data, 128, TSR_NO_TRID); }
    static void write_l1() { tsr_noc_write(0, data, near(), 128, 0, TSR_NO_TRID); }
    static void multicast() {
        const uint64_t first = tsr_ctx->my_x[0] + 1u, row = tsr_ctx->my_y[0];
        const uint64_t last = noc_address(static_cast<uint32_t>(first) + 2, static_cast<uint32_t>(row), data + apart);
        tsr_noc_write_multicast(0, data, last | first << 48 | row << 54, 128, 3, 0);
    }
    static void read_dram() { tsr_noc_read(0, dram(0, 4096 + apart), data, 128, TSR_NO_TRID); }
    static void write_dram() { tsr_noc_write(0, data, dram(0, 4096 + apart), 128, 0, TSR_NO_TRID); }
};

TEST(Noc, EveryPathHasItsAlignment) {
    using Kernel = void (*)();
    struct Path {
        const char* name;
        Kernel at[5];  ///< 8, 16, 32, 48 and 64 bytes apart
        uint32_t alignment[2];
    };
    constexpr uint32_t apart[5] = {8, 16, 32, 48, 64};
#define TESSERA_APART(path) {Paths<8>::path, Paths<16>::path, Paths<32>::path, Paths<48>::path, Paths<64>::path}
    const Path paths[] = {{"L1 read", TESSERA_APART(read_l1), {16, 16}},
                          {"L1 write", TESSERA_APART(write_l1), {16, 16}},
                          {"multicast", TESSERA_APART(multicast), {16, 16}},
                          {"DRAM read", TESSERA_APART(read_dram), {32, 64}},
                          {"DRAM write", TESSERA_APART(write_dram), {16, 16}}};
#undef TESSERA_APART
    const char* const boards[2] = {"n150", "p150"};
    for (size_t board = 0; board < 2; ++board) {
        Machine machine(arch::board(boards[board]), options());
        for (const Path& path : paths) {
            for (size_t i = 0; i < 5; ++i) {
                TestProgram program;
                program.on(0, 0, Processor::RISCV_0, path.at[i]);
                EXPECT_EQ(error_of(machine, program),
                          apart[i] % path.alignment[board] == 0 ? "" : "misaligned-transfer")
                    << path.name << " " << apart[i] << " bytes apart on " << boards[board];
            }
        }
    }
}

TEST(Noc, GoodTransfersThatLookOddAreAccepted) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_noc_read(0, dram(0, 0), data, 0, TSR_NO_TRID);
        tsr_noc_write(0, data + 4, dram(0, 4), 4, 0, TSR_NO_TRID);
        tsr_noc_read(0, dram(0, 36), data + 4, 4, TSR_NO_TRID);
        tsr_noc_write(0, data, worker(0, 0, data + 64), 32, 0, TSR_NO_TRID);
        tsr_noc_full_barrier(0);
    });
    program.run(machine);
}

TEST(Noc, AWarningReplacesTheErrorWhereTheUserSaysSo) {
    Reporter& reporter = Reporter::instance();
    ReportPolicy lowered = reporter.policy();
    const ReportPolicy before = lowered;
    lowered.allow = {"multicast-num-dests"};
    lowered.quiet = false;
    reporter.configure(lowered);
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        l1_word(data) = 1;
        tsr_noc_write_multicast(0, data, rectangle(0, 0, 3, 0, data), 4, 9, 0);
        tsr_noc_write_barrier(0, TSR_NO_TRID);
    });
    testing::internal::CaptureStderr();
    program.run(machine);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("warning[multicast-num-dests]"));
    EXPECT_EQ(reporter.errors(), 0u);
    reporter.take();
    reporter.configure(before);
    EXPECT_EQ(l1(machine, 3, 0, data, 1)[0], 1u);
}

// A ring of all cores: each passes a growing list on to the next, data then semaphore.
void ring() {
    const uint32_t index = arg(0), rounds = 20;
    const uint32_t next_x = (index + 1) % 64 % 8, next_y = (index + 1) % 64 / 8;
    auto* semaphore = &l1_word(semaphore_address(0));
    for (uint32_t round = 0; round < rounds; ++round) {
        if (index != 0 || round != 0) {
            tsr_wait_word(semaphore, round + (index == 0 ? 0 : 1), TSR_WAIT_AT_LEAST);
        }
        for (uint32_t i = 0; i < 64; ++i) {
            l1_word(data + 4 * i) = l1_word(data + 4 * i) * 31 + index + i;
        }
        tsr_noc_write(0, data, worker(next_x, next_y, data), 256, 0, TSR_NO_TRID);
        tsr_noc_atomic_inc(0, worker(next_x, next_y, semaphore_address(0)), 1, 31, 0);
        tsr_noc_writes_flushed(0, 0, TSR_NO_TRID);
    }
    tsr_noc_full_barrier(0);
}

std::vector<uint32_t> run_ring(Options how) {
    Machine machine(arch::board("n150"), how);
    TestProgram program;
    for (uint32_t i = 0; i < 64; ++i) {
        program.semaphore(i % 8, i / 8, 0, 0).on(i % 8, i / 8, Processor::RISCV_0, ring, {i});
    }
    program.run(machine);
    return l1(machine, 0, 0, data, 64);
}

TEST(Noc, ARaceFreeProgramGivesTheSameForAnyThreadsAndOrder) {
    const auto expected = run_ring(options(1));
    EXPECT_NE(expected[0], 0u);
    EXPECT_EQ(run_ring(options(2)), expected);
    EXPECT_EQ(run_ring(options(3)), expected);
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        Options adversarial = options(1 + seed % 2);
        adversarial.adversarial_noc = true;
        adversarial.noc_seed = seed;
        EXPECT_EQ(run_ring(adversarial), expected) << seed;
    }
}

// Reuses the source of a write before it is flushed, and reads what has not landed: the order shows.
uint32_t racy(uint64_t seed) {
    Options adversarial = options();
    adversarial.adversarial_noc = true;
    adversarial.noc_seed = seed;
    Machine machine(arch::board("n150"), adversarial);
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        for (uint32_t i = 0; i < 16; ++i) {
            l1_word(data) = i;
            tsr_noc_write(0, data, worker(1, 0, data + 16 * i), 4, 0, TSR_NO_TRID);
        }
        tsr_noc_write_barrier(0, TSR_NO_TRID);
    });
    program.run(machine);
    uint32_t sum = 0;
    for (const uint32_t value : l1(machine, 1, 0, data, 64)) {
        sum = sum * 17 + value;
    }
    return sum;
}

TEST(Noc, TheAdversarialOrderShowsRacesAndRepeats) {
    std::set<uint32_t> outcomes;
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        const uint32_t first = racy(seed);
        EXPECT_EQ(racy(seed), first);
        outcomes.insert(first);
    }
    EXPECT_GT(outcomes.size(), 1u);
}

}  // namespace
}  // namespace tessera::sim

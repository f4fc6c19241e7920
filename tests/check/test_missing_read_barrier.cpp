// Pages pushed before their bytes arrived are found; pages that have arrived are not complained about.
#include <base/error.h>
#include <check/checks.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine_for_tests.h"

namespace tessera::sim {
namespace {

constexpr uint32_t buffer = 200 * 1024;

TEST(MissingReadBarrier, IsFound) {
    Machine machine(arch::board("n150"), options());
    check::install(machine);
    TestProgram program;
    program.buffer(0, 0, 3, buffer, 2, 64);
    program.on(0, 0, Processor::RISCV_1, [] {
        tsr_cb_reserve_back(3, 1);
        tsr_noc_read(0, dram(0, 0), tsr_ctx->cbs[3].fifo_wr_ptr, 64, TSR_NO_TRID);
        tsr_cb_push_back(3, 1);
    });
    std::string text;
    EXPECT_EQ(error_of(machine, program, &text), "missing-read-barrier");
    EXPECT_THAT(text, testing::HasSubstr("page pushed to circular buffer c_3 before its bytes arrived"));
    EXPECT_THAT(text, testing::HasSubstr("help: call noc_async_read_barrier() before cb_push_back"));
}

TEST(MissingReadBarrier, IsFoundInTheAdversarialOrderToo) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
        Options order = options();
        order.adversarial_noc = true;
        order.noc_seed = seed;
        Machine machine(arch::board("n150"), order);
        check::install(machine);
        TestProgram program;
        program.buffer(0, 0, 3, buffer, 2, 64);
        program.on(0, 0, Processor::RISCV_1, [] {
            tsr_noc_read(0, dram(0, 0), tsr_ctx->cbs[3].fifo_wr_ptr, 64, TSR_NO_TRID);
            tsr_cb_push_back(3, 1);
        });
        EXPECT_EQ(error_of(machine, program), "missing-read-barrier");
    }
}

TEST(MissingReadBarrier, PagesInFlightElsewhereAreFine) {
    Machine machine(arch::board("n150"), options());
    check::install(machine);
    TestProgram program;
    program.buffer(0, 0, 3, buffer, 2, 64);
    program.on(0, 0, Processor::RISCV_1, [] {
        // The next page is on its way while this one, which has arrived, is pushed: double buffering by transaction id.
        const uint32_t first = tsr_ctx->cbs[3].fifo_wr_ptr;
        tsr_noc_read(0, dram(0, 0), first, 64, 1);
        tsr_noc_read(0, dram(1, 0), first + 64, 64, 2);
        tsr_noc_read_barrier(0, 1);
        tsr_cb_push_back(3, 1);
        tsr_noc_read_barrier(0, 2);
        tsr_cb_push_back(3, 1);
    });
    EXPECT_EQ(error_of(machine, program), "");
}

}  // namespace
}  // namespace tessera::sim

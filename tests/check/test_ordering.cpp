// What the checks of order must say, and what they must not: small programs on the device, each wrong in one way, and
// the legal ones beside them.
#include <base/error.h>
#include <check/checks.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine_for_tests.h"

namespace tessera::sim {
namespace {

constexpr uint32_t buffer = 200 * 1024;
constexpr uint32_t data = 300 * 1024;
constexpr uint32_t spare = 400 * 1024;
constexpr uint32_t none = TSR_NO_TRID;

/// What a run is told, over orders and numbers of threads: the same name in all of them, or nothing in all.
std::string verdict(TestProgram& program, std::string* text = nullptr, bool full = false) {
    std::string first;
    for (uint64_t seed = 0; seed < 6; ++seed) {
        Options order = options(seed == 5 ? 2 : 1);
        order.adversarial_noc = seed != 0;
        order.noc_seed = seed;
        order.checks = full ? Options::Checks::Full : Options::Checks::Default;
        Machine machine(arch::board("n150"), order);
        check::install(machine);
        const std::string name = error_of(machine, program, seed == 0 ? text : nullptr);
        if (seed == 0) {
            first = name;
        } else if (name != first) {
            return "seed 0: '" + first + "', seed " + std::to_string(seed) + ": '" + name + "'";
        }
    }
    return first;
}

/// One processor of core (0,0).
std::string alone(void (*kernel)(), std::string* text = nullptr) {
    TestProgram program;
    program.buffer(0, 0, 3, buffer, 2, 64);
    program.on(0, 0, Processor::RISCV_1, kernel);
    return verdict(program, text);
}

/// RISCV_0 of cores (0,0) and (1,0), with a semaphore each.
std::string two(void (*first)(), void (*second)(), std::string* text = nullptr) {
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, first).on(1, 0, Processor::RISCV_0, second);
    program.semaphore(0, 0, 0, 0).semaphore(1, 0, 0, 0);
    return verdict(program, text);
}

void send(uint32_t noc, uint32_t x, uint32_t from = data, uint32_t to = data) {
    tsr_noc_write(noc, from, worker(x, 0, to), 64, 0, none);
}
void signal(uint32_t noc, uint32_t x) {
    tsr_noc_atomic_inc(noc, worker(x, 0, semaphore_address(0)), 1, 31, 0);
}
void await(uint32_t value) {
    tsr_wait_word(&l1_word(semaphore_address(0)), value, TSR_WAIT_AT_LEAST);
}
void use(uint32_t at = data) {
    tsr_noc_write(0, at, dram(0, 0), 64, 0, none);
    tsr_noc_write_barrier(0, none);
}

// --- One processor ---------------------------------------------------------------------------------------------------

TEST(MissingReadBarrier, BeforeAPush) {
    std::string text;
    EXPECT_EQ(alone(
                  [] {
                      tsr_cb_reserve_back(3, 1);
                      tsr_noc_read(0, dram(0, 0), tsr_ctx->cbs[3].fifo_wr_ptr, 64, none);
                      tsr_cb_push_back(3, 1);
                  },
                  &text),
              "missing-read-barrier");
    EXPECT_THAT(text, testing::HasSubstr("page pushed to circular buffer c_3 before its bytes arrived"));
    EXPECT_THAT(text, testing::HasSubstr("help: call noc_async_read_barrier() before cb_push_back"));
}

TEST(MissingReadBarrier, PagesInFlightElsewhereAreFine) {
    EXPECT_EQ(alone([] {
                  // The next page is on its way while this one, which has arrived, is pushed: double buffering by
                  // transaction id.
                  const uint32_t first = tsr_ctx->cbs[3].fifo_wr_ptr;
                  tsr_noc_read(0, dram(0, 0), first, 64, 1);
                  tsr_noc_read(0, dram(1, 0), first + 64, 64, 2);
                  tsr_noc_read_barrier(0, 1);
                  tsr_cb_push_back(3, 1);
                  tsr_noc_read_barrier(0, 2);
                  tsr_cb_push_back(3, 1);
              }),
              "");
}

TEST(MissingReadBarrier, BeforeSendingOn) {
    EXPECT_EQ(alone([] {
                  tsr_noc_read(0, dram(0, 0), data, 64, none);
                  send(0, 1);
                  tsr_noc_full_barrier(0);
              }),
              "missing-read-barrier");
    EXPECT_EQ(alone([] {
                  tsr_noc_read(0, dram(0, 0), data, 64, none);
                  tsr_noc_read_barrier(0, none);
                  send(0, 1);
                  tsr_noc_full_barrier(0);
              }),
              "");
    // A barrier of the other NoC does not help.
    EXPECT_EQ(alone([] {
                  tsr_noc_read(0, dram(0, 0), data, 64, none);
                  tsr_noc_read_barrier(1, none);
                  send(0, 1);
                  tsr_noc_full_barrier(0);
              }),
              "missing-read-barrier");
}

TEST(MissingReadBarrier, ReadsOfABandwidthTestAreFine) {
    EXPECT_EQ(alone([] {
                  for (uint32_t i = 0; i < 16; ++i) {
                      tsr_noc_read(0, dram(i % 4, 64 * i), data, 64, none);
                  }
                  tsr_noc_read_barrier(0, none);
              }),
              "");
}

TEST(MissingWriteFlush, BeforeTheBytesChange) {
    EXPECT_EQ(alone([] {
                  send(0, 1);
                  tsr_noc_read(0, dram(0, 0), data, 64, none);
                  tsr_noc_full_barrier(0);
              }),
              "missing-write-flush");
    EXPECT_EQ(alone([] {
                  send(0, 1);
                  tsr_noc_writes_flushed(0, 0, none);
                  tsr_noc_read(0, dram(0, 0), data, 64, none);
                  tsr_noc_full_barrier(0);
              }),
              "");
}

TEST(MissingWriteBarrier, BeforeReadingBack) {
    EXPECT_EQ(alone([] {
                  tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
                  tsr_noc_writes_flushed(0, 0, none);
                  tsr_noc_read(0, dram(0, 0), spare, 64, none);
                  tsr_noc_full_barrier(0);
              }),
              "missing-write-barrier");
    EXPECT_EQ(alone([] {
                  tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
                  tsr_noc_write_barrier(0, none);
                  tsr_noc_read(0, dram(0, 0), spare, 64, none);
                  tsr_noc_full_barrier(0);
              }),
              "");
}

TEST(SamePath, WritesToTheSameBytesStayInOrderOnOneNocOnly) {
    EXPECT_EQ(alone([] {
                  send(0, 1, data, spare);
                  send(0, 1, data + 64, spare);
                  tsr_noc_full_barrier(0);
              }),
              "");
    EXPECT_EQ(alone([] {
                  send(0, 1, data, spare);
                  send(1, 1, data + 64, spare);
                  tsr_noc_full_barrier(0);
                  tsr_noc_full_barrier(1);
              }),
              "missing-write-barrier");
}

// --- Two cores -------------------------------------------------------------------------------------------------------

TEST(Signal, BehindItsDataIsFine) {
    EXPECT_EQ(two(
                  [] {
                      send(0, 1);
                      signal(0, 1);
                      tsr_noc_full_barrier(0);
                  },
                  [] {
                      await(1);
                      use();
                  }),
              "");
}

TEST(Signal, OnTheOtherNocOvertakes) {
    std::string text;
    EXPECT_EQ(two(
                  [] {
                      send(0, 1);
                      signal(1, 1);
                      tsr_noc_full_barrier(0);
                  },
                  [] {
                      await(1);
                      use();
                  },
                  &text),
              "missing-write-barrier");
    EXPECT_THAT(text, testing::HasSubstr("the NoC write to these bytes was issued by core (0,0) of device 0, RISCV_0"));
    EXPECT_EQ(two(
                  [] {
                      send(0, 1);
                      tsr_noc_write_barrier(0, none);
                      signal(1, 1);
                      tsr_noc_full_barrier(1);
                  },
                  [] {
                      await(1);
                      use();
                  }),
              "");
}

TEST(Signal, BeforeItsDataIsALie) {
    EXPECT_EQ(two(
                  [] {
                      signal(0, 1);
                      send(0, 1);
                      tsr_noc_full_barrier(0);
                  },
                  [] {
                      await(1);
                      use();
                  }),
              "data-race");
}

TEST(Signal, AsUnicastOvertakesAMulticast) {
    const auto second = [] {
        await(1);
        use();
    };
    EXPECT_EQ(two(
                  [] {
                      tsr_noc_write_multicast(0, data, rectangle(1, 0, 2, 0, data), 64, 2, 0);
                      signal(0, 1);
                      tsr_noc_full_barrier(0);
                  },
                  second),
              "missing-write-barrier");
    EXPECT_EQ(two(
                  [] {
                      l1_word(spare) = 1;
                      tsr_noc_write_multicast(0, data, rectangle(1, 0, 2, 0, data), 64, 2, 0);
                      tsr_noc_write_multicast(0, spare, rectangle(1, 0, 2, 0, semaphore_address(0)), 4, 2, 0);
                      tsr_noc_full_barrier(0);
                  },
                  second),
              "");
}

TEST(Signal, ThroughAThirdCore) {
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        send(0, 2);
        tsr_noc_write_barrier(0, none);
        signal(0, 1);
        tsr_noc_full_barrier(0);
    });
    program.on(1, 0, Processor::RISCV_0, [] {
        await(1);
        signal(0, 2);
        tsr_noc_full_barrier(0);
    });
    program.on(2, 0, Processor::RISCV_0, [] {
        await(1);
        use();
    });
    program.semaphore(1, 0, 0, 0).semaphore(2, 0, 0, 0);
    EXPECT_EQ(verdict(program), "");

    // Without the barrier the second core's signal may be there before the first one's data.
    TestProgram early;
    early.on(0, 0, Processor::RISCV_0, [] {
        send(0, 2);
        signal(0, 1);
        tsr_noc_full_barrier(0);
    });
    early.on(1, 0, Processor::RISCV_0, [] {
        await(1);
        signal(0, 2);
        tsr_noc_full_barrier(0);
    });
    early.on(2, 0, Processor::RISCV_0, [] {
        await(1);
        use();
    });
    early.semaphore(1, 0, 0, 0).semaphore(2, 0, 0, 0);
    EXPECT_EQ(verdict(early), "missing-write-barrier");
}

TEST(Signal, ThatItArrivedSaysThatItsSourceIsFree) {
    // The sender fills the same bytes again when the receiver has answered: no flush is needed.
    EXPECT_EQ(two(
                  [] {
                      for (uint32_t i = 0; i < 3; ++i) {
                          tsr_noc_read(0, dram(0, 64 * i), data, 64, none);
                          tsr_noc_read_barrier(0, none);
                          send(0, 1);
                          signal(0, 1);
                          await(i + 1);
                      }
                      tsr_noc_full_barrier(0);
                  },
                  [] {
                      for (uint32_t i = 0; i < 3; ++i) {
                          await(i + 1);
                          use();
                          signal(0, 0);
                      }
                      tsr_noc_full_barrier(0);
                  }),
              "");
}

TEST(DataRace, TwoWritersAndNoOrder) {
    const auto writer = [] {
        tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
        tsr_noc_write_barrier(0, none);
    };
    EXPECT_EQ(two(writer, writer), "data-race");
    EXPECT_EQ(two(
                  [] {
                      tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
                      tsr_noc_write_barrier(0, none);
                  },
                  [] {
                      tsr_noc_write(0, data, dram(0, 64), 64, 0, none);
                      tsr_noc_write_barrier(0, none);
                  }),
              "");
}

TEST(DataRace, ReadersMayBeMany) {
    TestProgram program;
    for (uint16_t x = 0; x < 8; ++x) {
        program.on(x, 0, Processor::RISCV_0, [] {
            tsr_noc_read(0, dram(0, 0), data, 64, none);
            tsr_noc_read_barrier(0, none);
        });
    }
    EXPECT_EQ(verdict(program), "");
    // One of them writes: whoever reads is in conflict with it, not only the last reader.
    program.on(3, 1, Processor::RISCV_0, [] {
        tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
        tsr_noc_write_barrier(0, none);
    });
    EXPECT_EQ(verdict(program), "data-race");
}

TEST(DataRace, ALaunchEndsWhatWentBefore) {
    Machine machine(arch::board("n150"), options());
    check::install(machine);
    for (uint16_t x = 0; x < 3; ++x) {
        TestProgram program;
        program.on(x, 0, Processor::RISCV_0, [] {
            tsr_noc_write(0, data, dram(0, 0), 64, 0, none);
            tsr_noc_write_barrier(0, none);
        });
        EXPECT_EQ(error_of(machine, program), "");
    }
}

TEST(DataRace, PagesOrderTheProcessorsOfACore) {
    TestProgram program;
    program.buffer(0, 0, 3, buffer, 2, 64);
    program.on(0, 0, Processor::RISCV_1, [] {
        for (uint32_t i = 0; i < 8; ++i) {
            tsr_cb_reserve_back(3, 1);
            tsr_noc_read(0, dram(0, 64 * i), tsr_ctx->cbs[3].fifo_wr_ptr, 64, none);
            tsr_noc_read_barrier(0, none);
            tsr_cb_push_back(3, 1);
        }
    });
    program.on(0, 0, Processor::RISCV_0, [] {
        for (uint32_t i = 0; i < 8; ++i) {
            tsr_cb_wait_front(3, 1);
            tsr_noc_write(1, tsr_ctx->cbs[3].fifo_rd_ptr, dram(1, 64 * i, 1), 64, 0, none);
            tsr_noc_write_barrier(1, none);
            tsr_cb_pop_front(3, 1);
        }
    });
    EXPECT_EQ(verdict(program), "");

    // The producer does not wait for room: it overwrites what is being sent.
    TestProgram greedy;
    greedy.buffer(0, 0, 3, buffer, 2, 64);
    greedy.on(0, 0, Processor::RISCV_1, [] {
        for (uint32_t i = 0; i < 8; ++i) {
            tsr_noc_read(0, dram(0, 64 * i), tsr_ctx->cbs[3].fifo_wr_ptr, 64, none);
            tsr_noc_read_barrier(0, none);
            tsr_cb_push_back(3, 1);
        }
    });
    greedy.on(0, 0, Processor::RISCV_0, [] {
        for (uint32_t i = 0; i < 8; ++i) {
            tsr_cb_wait_front(3, 1);
            tsr_noc_write(1, tsr_ctx->cbs[3].fifo_rd_ptr, dram(1, 64 * i, 1), 64, 0, none);
            tsr_noc_write_barrier(1, none);
            tsr_cb_pop_front(3, 1);
        }
    });
    EXPECT_EQ(verdict(greedy), "data-race");
}

TEST(MulticastCorners, DependOnTheNoc) {
    EXPECT_EQ(alone([] {
                  tsr_noc_write_multicast(0, data, rectangle(1, 0, 2, 1, spare), 64, 4, 0);
                  tsr_noc_full_barrier(0);
                  tsr_noc_write_multicast(1, data, rectangle(2, 1, 1, 0, spare), 64, 4, 0);
                  tsr_noc_full_barrier(1);
              }),
              "");
    EXPECT_EQ(alone([] {
                  tsr_noc_write_multicast(0, data, rectangle(2, 1, 1, 0, spare), 64, 4, 0);
                  tsr_noc_full_barrier(0);
              }),
              "multicast-corner-order");
    EXPECT_EQ(alone([] {
                  tsr_noc_write_multicast(1, data, rectangle(1, 0, 2, 1, spare), 64, 4, 0);
                  tsr_noc_full_barrier(1);
              }),
              "multicast-corner-order");
}

}  // namespace
}  // namespace tessera::sim

// What the recorder makes of kernels, event by event.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <arch/arch.h>
#include <machine_for_tests.h>
#include <record/file.h>
#include <recorder/recorder.h>
#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

namespace tessera::recorder {
namespace {

using record::Event;
using record::Op;
using record::Recording;
using record::Target;
using sim::dram;
using sim::Machine;
using sim::Processor;
using sim::rectangle;
using sim::semaphore_address;
using sim::TestProgram;
using sim::worker;
using ::testing::ElementsAre;

constexpr uint32_t data = 0x20000;

std::string text(const Recording& recording, const Event& e) {
    const auto target = [&] {
        constexpr const char* kinds[] = {"none", "worker", "dram", "ethernet", "pcie"};
        std::string to = fmt::format("{} {},{}", kinds[static_cast<size_t>(e.target.kind)], e.target.x, e.target.y);
        to += e.target.kind == Target::Kind::Dram ? fmt::format(" bank {}", e.target.bank) : "";
        to += (e.flags & record::Multicast) != 0 ? fmt::format(" to {},{}", e.target.last_x, e.target.last_y) : "";
        to += e.word != 0 ? fmt::format(" word {:x}", e.word) : "";
        to += e.trid != record::no_trid ? fmt::format(" trid {}", e.trid) : "";
        return to;
    };
    switch (e.op) {
        case Op::CbReserve:
            return fmt::format("reserve {} {}", e.cb, e.amount);
        case Op::CbPush:
            return fmt::format("push {} {}", e.cb, e.amount);
        case Op::CbWait:
            return fmt::format("wait {} {}", e.cb, e.amount);
        case Op::CbPop:
            return fmt::format("pop {} {}", e.cb, e.amount);
        case Op::NocRead:
            return fmt::format("read {} {} {}", e.noc, e.amount, target());
        case Op::NocWrite:
            return fmt::format("write {} {} {}", e.noc, e.amount, target());
        case Op::NocInlineWrite:
            return fmt::format("inline {} {} {}", e.noc, e.amount, target());
        case Op::NocAtomic:
            return fmt::format("atomic {} {} {}", e.noc, e.amount, target());
        case Op::ReadBarrier:
            return fmt::format("read_barrier {}", e.noc);
        case Op::WriteBarrier:
            return fmt::format("write_barrier {}", e.noc);
        case Op::WriteFlush:
            return fmt::format("flush {}", e.noc);
        case Op::AtomicBarrier:
            return fmt::format("atomic_barrier {}", e.noc);
        case Op::WordWait:
            return fmt::format("word_wait {:x} {}", e.word, e.amount);
        case Op::LocalWait:
            return fmt::format("local_wait {:x} {} of {}", e.word, e.amount, e.peer);
        case Op::LocalStore:
            return fmt::format("store {:x}", e.word);
        case Op::Spin:
            return fmt::format("spin {}", e.amount);
        case Op::DstAcquire:
            return "acquire";
        case Op::DstCommit:
            return "commit";
        case Op::DstWait:
            return "dst_wait";
        case Op::DstRelease:
            return "release";
        case Op::Compute:
            return fmt::format("compute {}", static_cast<int>(recording.computes[e.compute].kind));
        case Op::ZoneBegin:
            return "begin " + recording.names[e.name];
        case Op::ZoneEnd:
            return "end " + recording.names[e.name];
        case Op::ClockRead:
            return "clock";
        case Op::EthernetSend:
            return "ethernet";
        case Op::End:
            return "end";
    }
    return "?";
}

const record::Core& core_of(const Recording& recording, uint8_t x, uint8_t y, size_t launch = 0) {
    for (const record::Core& core : recording.launches.at(launch).cores) {
        if (core.logical_x == x && core.logical_y == y) {
            return core;
        }
    }
    throw std::runtime_error("no such core");
}

std::vector<Event> events(const Recording& recording, uint8_t x, uint8_t y, Processor processor, size_t launch = 0) {
    const auto& doer = core_of(recording, x, y, launch).processors[static_cast<size_t>(processor)];
    EXPECT_GE(doer.kernel, 0);
    std::vector<Event> result;
    for (record::Cursor cursor(recording.streams.at(doer.stream)); !cursor.done(); cursor.next()) {
        result.push_back(recording.events.at(cursor.event()));
    }
    return result;
}

std::vector<std::string> texts(const Recording& recording, uint8_t x, uint8_t y, Processor processor,
                               size_t launch = 0) {
    std::vector<std::string> result;
    for (const Event& event : events(recording, x, y, processor, launch)) {
        result.push_back(text(recording, event));
    }
    return result;
}

/// Of a run of a program on an n150.
Recording recorded(TestProgram& program, unsigned threads = 1) {
    sim::Options options = sim::options(threads);
    options.checks = sim::Options::Checks::Off;
    Machine machine(arch::board("n150"), options);
    const Session session(machine);
    program.run(machine);
    return session.recording();
}

TEST(Recorder, CircularBuffersAndTransfers) {
    TestProgram program;
    program.buffer(0, 0, 3, data, 4, 64)
        .on(
            0, 0, Processor::RISCV_1,
            [] {
                for (uint32_t page = 0; page < 3; ++page) {
                    tsr_cb_reserve_back(3, 2);
                    tsr_noc_read(0, dram(page, 0), tsr_ctx->cbs[3].fifo_wr_ptr, 128, TSR_NO_TRID);
                    tsr_noc_read_barrier(0, TSR_NO_TRID);
                    tsr_cb_push_back(3, 2);
                }
            },
            {1, 2, 3}, "reader.cpp")
        .on(
            0, 0, Processor::RISCV_0,
            [] {
                for (uint32_t page = 0; page < 6; ++page) {
                    tsr_cb_wait_front(3, 1);
                    tsr_noc_write(1, tsr_ctx->cbs[3].fifo_rd_ptr, dram(5, 64 * page, 1), 64, TSR_NOC_POSTED, 2);
                    tsr_noc_writes_flushed(1, 0, 2);
                    tsr_cb_pop_front(3, 1);
                }
                tsr_noc_write_barrier(1, TSR_NO_TRID);
            },
            {}, "writer.cpp");
    const Recording recording = recorded(program);
    EXPECT_EQ(recording.board, "n150");
    EXPECT_TRUE(recording.complete);
    ASSERT_EQ(recording.launches.size(), 1U);

    // Worked out from the chip's description: bank i of NoC 0 is at its preferred port.
    const arch::Chip& chip = arch::board("n150").chips[0];
    const auto port = [&](uint32_t noc, uint32_t bank) {
        const arch::Coord at = arch::dram_router(chip, noc, bank);
        return fmt::format("{},{}", at.x, at.y);
    };
    std::vector<std::string> expected;
    for (uint32_t page = 0; page < 3; ++page) {
        expected.insert(expected.end(), {"reserve 3 2", fmt::format("read 0 128 dram {} bank {}", port(0, page), page),
                                         "read_barrier 0", "push 3 2"});
    }
    expected.emplace_back("end");
    EXPECT_EQ(texts(recording, 0, 0, Processor::RISCV_1), expected);
    expected.clear();
    for (int page = 0; page < 6; ++page) {
        expected.insert(expected.end(), {"wait 3 1", fmt::format("write 1 64 dram {} bank 5 trid 2", port(1, 5)),
                                         "flush 1", "pop 3 1"});
    }
    expected.emplace_back("write_barrier 1");
    expected.emplace_back("end");
    EXPECT_EQ(texts(recording, 0, 0, Processor::RISCV_0), expected);
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_0)[1].flags, record::Posted);

    const record::Core& core = core_of(recording, 0, 0);
    EXPECT_EQ(core.x, chip.worker_noc0[0].x);
    EXPECT_EQ(core.y, chip.worker_noc0[0].y);
    EXPECT_THAT(core.cbs, ElementsAre(record::CircularBuffer{.index = 3, .format = 0, .page_size = 64, .pages = 4}));
    EXPECT_EQ(core.processors[1].arguments, 3U);
    EXPECT_EQ(recording.kernels[static_cast<size_t>(core.processors[1].kernel)].file, "reader.cpp");
    EXPECT_EQ(core.processors[2].kernel, -1);
    // Six equal turns are one loop: its mark and four events, before them and after them nothing of it.
    EXPECT_EQ(recording.streams[core.processors[0].stream].size(), 7U);
}

TEST(Recorder, SemaphoresAndMulticast) {
    // Three receivers tell the sender that they are ready, and get their data and a signal; twice.
    TestProgram program;
    constexpr auto send = [] {
        for (uint32_t round = 0; round < 2; ++round) {
            auto* ready = &sim::l1_word(semaphore_address(0));
            tsr_wait_word(ready, 3, TSR_WAIT_EQUAL);
            *ready = 0;
            tsr_notify_local(ready);
            tsr_noc_write_multicast(0, data, rectangle(1, 0, 3, 0, data), 256, 3, TSR_NOC_LINKED);
            sim::l1_word(semaphore_address(1)) = 1;
            tsr_notify_local(&sim::l1_word(semaphore_address(1)));
            tsr_noc_write_multicast(0, semaphore_address(1), rectangle(1, 0, 3, 0, semaphore_address(1)), 4, 3, 0);
            tsr_noc_write_barrier(0, TSR_NO_TRID);
        }
    };
    constexpr auto receive = [] {
        for (uint32_t round = 0; round < 2; ++round) {
            auto* valid = &sim::l1_word(semaphore_address(1));
            *valid = 0;
            tsr_notify_local(valid);
            tsr_noc_atomic_inc(1, worker(0, 0, semaphore_address(0)), 1, 31, 0);
            tsr_wait_word(valid, 1, TSR_WAIT_EQUAL);
        }
    };
    program.semaphore(0, 0, 0, 0).semaphore(0, 0, 1, 0).on(0, 0, Processor::RISCV_0, send);
    for (uint16_t x = 1; x <= 3; ++x) {
        program.semaphore(x, 0, 0, 0).semaphore(x, 0, 1, 0).on(x, 0, Processor::RISCV_1, receive);
    }
    const Recording recording = recorded(program);
    const arch::Chip& chip = arch::board("n150").chips[0];
    const uint32_t ready = chip.l1_kernel_config_base, valid = ready + 16;
    const auto at = [&](size_t worker) {
        return fmt::format("{},{}", chip.worker_noc0[worker].x, chip.worker_noc0[worker].y);
    };
    std::vector<std::string> expected, of_receiver;
    for (int round = 0; round < 2; ++round) {
        expected.insert(expected.end(),
                        {fmt::format("word_wait {:x} 3", ready), fmt::format("store {:x}", ready),
                         fmt::format("write 0 256 worker {} to {}", at(1), at(3)), fmt::format("store {:x}", valid),
                         fmt::format("write 0 4 worker {} to {} word {:x}", at(1), at(3), valid), "write_barrier 0"});
        of_receiver.insert(of_receiver.end(), {fmt::format("store {:x}", valid),
                                               fmt::format("atomic 1 4 worker {} word {:x}", at(0), ready),
                                               fmt::format("word_wait {:x} 1", valid)});
    }
    expected.emplace_back("end");
    of_receiver.emplace_back("end");
    EXPECT_EQ(texts(recording, 0, 0, Processor::RISCV_0), expected);
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_0)[2].flags, record::Multicast | record::Linked);
    for (uint8_t x = 1; x <= 3; ++x) {
        EXPECT_EQ(texts(recording, x, 0, Processor::RISCV_1), of_receiver);
        // Equal streams are kept once.
        EXPECT_EQ(core_of(recording, x, 0).processors[1].stream, core_of(recording, 1, 0).processors[1].stream);
    }
}

TEST(Recorder, NocOneReachesAMulticastFromTheOtherCorner) {
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_noc_inline_write_multicast(1, rectangle(2, 3, 1, 1, data), 7, 0xF, 6, 0);
        tsr_noc_write_barrier(1, TSR_NO_TRID);
    });
    for (uint16_t x = 1; x <= 2; ++x) {
        for (uint16_t y = 1; y <= 3; ++y) {
            program.on(x, y, Processor::RISCV_0, [] {});
        }
    }
    const Recording recording = recorded(program);
    const arch::Chip& chip = arch::board("n150").chips[0];
    const arch::Coord last = chip.worker_noc0[3 * 8 + 2], first = chip.worker_noc0[1 * 8 + 1];
    EXPECT_THAT(
        texts(recording, 0, 0, Processor::RISCV_0),
        ElementsAre(fmt::format("inline 1 4 worker {},{} to {},{} word {:x}", last.x, last.y, first.x, first.y, data),
                    "write_barrier 1", "end"));
}

TEST(Recorder, WaitsOfTheProcessorsOfACore) {
    TestProgram program;
    program
        .on(0, 0, Processor::RISCV_0,
            [] {
                for (uint32_t i = 1; i <= 3; ++i) {
                    sim::l1_word(data) = i;
                    tsr_notify_local(&sim::l1_word(data));
                    sim::l1_word(data + 16) = 1;
                    tsr_notify_local(&sim::l1_word(data + 16));
                }
            })
        .on(0, 0, Processor::RISCV_1, [] {
            tsr_wait_word(&sim::l1_word(data), 1, TSR_WAIT_AT_LEAST);
            tsr_wait_word(&sim::l1_word(data), 3, TSR_WAIT_AT_LEAST);
            // It is there already.
            tsr_wait_word(&sim::l1_word(data), 2, TSR_WAIT_AT_LEAST);
            // Its own.
            sim::l1_word(data + 32) = 5;
            tsr_notify_local(&sim::l1_word(data + 32));
            tsr_wait_word(&sim::l1_word(data + 32), 5, TSR_WAIT_EQUAL);
        });
    const Recording recording = recorded(program);
    EXPECT_THAT(
        texts(recording, 0, 0, Processor::RISCV_0),
        ElementsAre("store 20000", "store 20010", "store 20000", "store 20010", "store 20000", "store 20010", "end"));
    // The first store; the fifth, which is four more.
    EXPECT_THAT(texts(recording, 0, 0, Processor::RISCV_1),
                ElementsAre("local_wait 20000 1 of 0", "local_wait 20000 4 of 0", "local_wait 20000 0 of 0",
                            "store 20020", "word_wait 20020 0", "end"));
}

TEST(Recorder, QuestionsAnsweredWithYesAreWaits) {
    TestProgram program;
    program.buffer(0, 0, 0, data, 2, 32)
        .on(0, 0, Processor::RISCV_0,
            [] {
                while (tsr_cb_pages_available(0, 1) == 0) {
                    tsr_ctx->cycles += 7;  // the loop's own code
                }
                tsr_cb_pop_front(0, 1);
            })
        .on(0, 0, Processor::RISCV_1, [] {
            tsr_ctx->cycles += 30;
            while (tsr_cb_pages_reservable(0, 2) == 0) {
            }
            tsr_ctx->cycles += 12;
            tsr_cb_push_back(0, 1);
        });
    const Recording recording = recorded(program);
    EXPECT_THAT(texts(recording, 0, 0, Processor::RISCV_0), ElementsAre("wait 0 1", "pop 0 1", "end"));
    EXPECT_THAT(texts(recording, 0, 0, Processor::RISCV_1), ElementsAre("reserve 0 2", "push 0 1", "end"));
    // How often it asked in vain is not in the recording.
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_0)[0].gap, 0U);
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_1)[0].gap, 30U);
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_1)[1].gap, 12U);
}

TEST(Recorder, ZonesClocksAndState) {
    TestProgram program;
    program.on(0, 0, Processor::RISCV_1, [] {
        tsr_zone("READ", 1);
        tsr_noc_read(1 | TSR_READ_WITH_STATE, worker(1, 0, data), data, 64, 3);
        tsr_noc_read_barrier(1, 3);
        tsr_zone("READ", 0);
        tsr_wall_clock();
    });
    const Recording recording = recorded(program);
    const arch::Coord there = arch::board("n150").chips[0].worker_noc0[1];
    EXPECT_THAT(texts(recording, 0, 0, Processor::RISCV_1),
                ElementsAre("begin READ", fmt::format("read 1 64 worker {},{} trid 3", there.x, there.y),
                            "read_barrier 1", "end READ", "clock", "end"));
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_1)[1].flags, record::WithState);
    EXPECT_EQ(events(recording, 0, 0, Processor::RISCV_1)[2].trid, 3U);
}

TEST(Recorder, ComputeOperations) {
    TestProgram program;
    constexpr uint8_t bf16 = 5, bfp8 = 6;
    constexpr uint32_t tile = 2048, small = 1088;
    auto& core = program.core(2, 1);
    const auto buffer = [&](uint8_t index, uint32_t address, uint8_t format, uint32_t bytes) {
        core.circular_buffers.push_back({.index = index,
                                         .address = address,
                                         .bytes = 4 * bytes,
                                         .page_bytes = bytes,
                                         .data_format = format,
                                         .tile_bytes = bytes});
    };
    buffer(0, data, bf16, tile);
    buffer(1, data + 0x4000, bfp8, small);
    buffer(16, data + 0x8000, bf16, tile);
    static const sim::ComputeSettings settings{.math_fidelity = 3};
    program.on(2, 1, Processor::COMPUTE, [] {
        tsr_configure_formats(1, 0, 16);
        tsr_init(TSR_UNPACK_MATMUL, TSR_MATH_MATMUL);
        tsr_init_pack(TSR_PACK_TILES);
        tsr_dst_acquire();
        tsr_configure_matmul(0, 2, 1, 2);
        tsr_matmul(0, 1, 0, 0, 0, 2, 1, 2, 0);
        tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
        tsr_sfpu_unary(TSR_SFPU_ABS, 0, TSR_FACES_R, 0, 0, 0);
        tsr_ctx->vector_instructions += 40;
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    core.processors[0].compute = &settings;
    const Recording recording = recorded(program);
    std::vector<record::Compute> computes;
    std::vector<Op> ops;
    for (const Event& event : events(recording, 2, 1, Processor::COMPUTE)) {
        ops.push_back(event.op);
        if (event.op == Op::Compute) {
            computes.push_back(recording.computes[event.compute]);
        }
    }
    using Kind = record::Compute::Kind;
    const auto c = Op::Compute;
    EXPECT_EQ(ops, (std::vector<Op>{c, c, c, Op::DstAcquire, c, c, c, c, Op::DstCommit, Op::DstWait, c, Op::DstRelease,
                                    Op::End}));
    ASSERT_EQ(computes.size(), 8U);
    EXPECT_EQ(computes[0].kind, Kind::Configure);
    EXPECT_EQ(computes[0].op, record::ConfiguresOperands | record::ConfiguresPacked);
    EXPECT_EQ(computes[0].format0, bfp8);
    EXPECT_EQ(computes[0].format1, bf16);
    EXPECT_EQ(computes[1].op, record::ConfiguresUnpack | record::ConfiguresMath);
    EXPECT_EQ(computes[2].op, record::ConfiguresPack);
    // in1 is SrcA's, in0 SrcB's.
    EXPECT_EQ(computes[3],
              (record::Compute{
                  .kind = Kind::Matmul, .phases = 3, .format0 = bfp8, .format1 = bf16, .ct = 2, .rt = 1, .kt = 2}));
    EXPECT_EQ(computes[4].op, record::ConfiguresVector);
    EXPECT_EQ(computes[5], (record::Compute{.kind = Kind::Sfpu, .faces = 2, .sfpu_op = TSR_SFPU_ABS, .operands = 1}));
    EXPECT_EQ(computes[6].kind, Kind::SfpiCode);
    EXPECT_EQ(computes[6].instructions, 40U);
    EXPECT_EQ(computes[7].kind, Kind::Pack);
    EXPECT_EQ(computes[7].format0, bf16);
    const record::Kernel& kernel = recording.kernels[0];
    EXPECT_EQ(kernel.phases, 3);
    EXPECT_EQ(kernel.processor, 2);
}

TEST(Recorder, ARunThatFailsLeavesWhatThereIs) {
    TestProgram program;
    program.buffer(0, 0, 0, data, 2, 32).on(0, 0, Processor::RISCV_0, [] {
        tsr_cb_reserve_back(0, 1);
        tsr_cb_push_back(0, 1);
        tsr_cb_wait_front(9, 1);
    });
    sim::Options options = sim::options(1);
    Machine machine(arch::board("n150"), options);
    const Session session(machine);
    EXPECT_THROW(program.run(machine), Error);
    const Recording recording = session.recording();
    EXPECT_FALSE(recording.complete);
    EXPECT_THAT(texts(recording, 0, 0, Processor::RISCV_0), ElementsAre("reserve 0 1", "push 0 1"));
}

TEST(Recorder, LaunchesAndDevices) {
    TestProgram first(0), second(1);
    first.on(0, 0, Processor::RISCV_0, [] { tsr_wall_clock(); });
    second.on(1, 1, Processor::RISCV_0, [] { tsr_wall_clock(); });
    Machine machine(arch::board("n300"), sim::options(2));
    const Session session(machine);
    const sim::ProgramLaunch* both[] = {&first.launch(), &second.launch()};
    machine.run(both);
    second.run(machine);
    const Recording recording = session.recording();
    ASSERT_EQ(recording.launches.size(), 2U);
    ASSERT_EQ(recording.launches[0].cores.size(), 2U);
    EXPECT_EQ(recording.launches[0].cores[0].device, 0);
    EXPECT_EQ(recording.launches[0].cores[1].device, 1);
    EXPECT_EQ(recording.launches[1].cores[0].device, 1);
    EXPECT_EQ(recording.streams.size(), 1U);
    EXPECT_EQ(recording.launches[1].number, recording.launches[0].number + 1);
}

/// Cores in a ring hand a token on by increments and multicasts, and move pages meanwhile.
void ring() {
    const uint32_t me = sim::arg(0), next = (me + 1) % 16;
    auto* token = &sim::l1_word(semaphore_address(0));
    for (uint32_t round = 1; round <= 25; ++round) {
        tsr_wait_word(token, me == 0 ? round - 1 : round, TSR_WAIT_AT_LEAST);
        tsr_noc_read(0, dram(round % 12, 0), data, 64, TSR_NO_TRID);
        tsr_noc_read_barrier(0, TSR_NO_TRID);
        for (uint32_t i = 0; i < round % 3; ++i) {
            tsr_cb_reserve_back(0, 1);
            tsr_cb_push_back(0, 1);
        }
        tsr_noc_atomic_inc(0, worker(next % 8, next / 8, semaphore_address(0)), 1, 31, 0);
        // All tell core 0, which counts them.
        tsr_noc_atomic_inc(1, worker(0, 0, semaphore_address(1)), 1, 31, 0);
        if (me == 0) {
            tsr_wait_word(&sim::l1_word(semaphore_address(1)), 16 * (round - 1) + 1, TSR_WAIT_AT_LEAST);
        }
    }
    tsr_noc_atomic_barrier(0);
    tsr_noc_atomic_barrier(1);
}

TEST(Recorder, IsTheSameForAnyNumberOfThreads) {
    std::string first;
    for (const unsigned threads : {1U, 2U, 8U, 8U}) {
        TestProgram program;
        for (uint16_t i = 0; i < 16; ++i) {
            program.semaphore(i % 8, i / 8, 0, 0).semaphore(i % 8, i / 8, 1, 0);
            program.buffer(i % 8, i / 8, 0, data + 0x1000, 2, 32);
            program.on(i % 8, i / 8, Processor::RISCV_0, ring, {i});
            program.on(i % 8, i / 8, Processor::RISCV_1, [] {
                for (uint32_t page = 0; page < 25; ++page) {
                    while (tsr_cb_pages_available(0, 1) == 0) {
                        tsr_ctx->cycles += 3;
                    }
                    tsr_cb_pop_front(0, 1);
                }
            });
        }
        const Recording recording = recorded(program, threads);
        const std::string path = fmt::format("{}/threads-{}.tsr", ::testing::TempDir(), threads);
        record::write_file(path, recording);
        std::string bytes;
        {
            std::FILE* file = std::fopen(path.c_str(), "rb");
            char piece[4096];
            while (const size_t count = std::fread(piece, 1, sizeof piece, file)) {
                bytes.append(piece, count);
            }
            std::fclose(file);
            std::remove(path.c_str());
        }
        first = first.empty() ? bytes : first;
        EXPECT_TRUE(bytes == first) << threads << " threads";
    }
}

}  // namespace
}  // namespace tessera::recorder

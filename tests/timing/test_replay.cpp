// Whole programs in a replay: small ones worked out by hand, and what must hold for every program.
#include <gtest/gtest.h>

#include <map>

#include <base/error.h>
#include <timing/calls.h>
#include <timing/critical_path.h>
#include <timing/engine.h>
#include <timing/replay.h>

#include "recordings.h"

namespace tessera::timing {
namespace {

using record::Compute;
using record::Event;
using record::Op;
using record::Target;

const arch::Chip& n150() {
    return arch::board("n150").chips.front();
}

/// What a call takes by itself; that the replay adds it where it should is what the tests are about.
Cycles call(const Event& event, Unit unit) {
    return call_cycles(event, unit, n150());
}

/// All spans, by unit.
class Spans : public Watcher {
public:
    void span(Place place, const Span& span) override {
        of[{place.core, static_cast<size_t>(place.unit)}].push_back(span);
    }
    void transfer(const Transfer& transfer) override { transfers.push_back(transfer); }
    std::map<std::pair<uint32_t, size_t>, std::vector<Span>> of;
    std::vector<Transfer> transfers;
};

// A reader makes pages for a writer through a circular buffer of one page.
//
// Reader (NCRISC), a page: reserve; 100 cycles of its own; push. Writer (BRISC), a page: wait; 300 cycles; pop.
// With r, p, w and o for what the calls reserve, push, wait and pop take:
//   page 1 is pushed at           P1 = r + 100 + p
//   the writer sees it at         P1 (it began to wait at w, which is earlier), and pops it at O1 = P1 + 300 + o
//   the reader asked for room at  P1 + r, gets it at O1, and pushes page 2 at P2 = O1 + 100 + p
//   the writer asked again at     O1 + w, gets page 2 at P2, pops at O2 = P2 + 300 + o.
TEST(Replay, PagesThroughACircularBufferOfOnePage) {
    Maker maker;
    auto& core = maker.core(0, 0, {{.index = 0, .page_size = 2048, .pages = 1}});
    const Event reserve = pages(Op::CbReserve, 0, 1), push = pages(Op::CbPush, 0, 1, 100);
    const Event wait = pages(Op::CbWait, 0, 1), pop = pages(Op::CbPop, 0, 1, 300);
    maker.kernel(core, 1, {reserve, push}, 2);
    maker.kernel(core, 0, {wait, pop}, 2);
    const Cycles r = call(reserve, Unit::Ncrisc), p = call(push, Unit::Ncrisc);
    const Cycles w = call(wait, Unit::Brisc), o = call(pop, Unit::Brisc);
    const Cycles end = call({.op = Op::End}, Unit::Brisc);

    const Cycles pushed_1 = r + 100 + p;
    const Cycles popped_1 = std::max(w, pushed_1) + 300 + o;
    const Cycles pushed_2 = std::max(pushed_1 + r, popped_1) + 100 + p;
    const Cycles popped_2 = std::max(popped_1 + w, pushed_2) + 300 + o;

    Spans spans;
    const Result result = replay(maker.recording, {}, &spans);
    EXPECT_DOUBLE_EQ(result.launches.at(0).device, popped_2 + end);
    const auto& reader = spans.of.at({0, static_cast<size_t>(Unit::Ncrisc)});
    const auto full =
        std::find_if(reader.begin(), reader.end(), [](const Span& s) { return s.doing == Doing::CbFull; });
    ASSERT_NE(full, reader.end());
    EXPECT_DOUBLE_EQ(full->begin, pushed_1 + r);
    EXPECT_DOUBLE_EQ(full->end, popped_1);
    EXPECT_EQ(full->cause.unit, Unit::Brisc);
    // With two pages nobody waits for room: the writer alone is the limit.
    const Result two = replay(maker.recording, {.more_cb_pages = 2});
    EXPECT_DOUBLE_EQ(two.launches.at(0).device, popped_1 + w + 300 + o + end);
}

// Three tiles are copied to DST and packed, one a section. The input is there from the beginning, the output has room.
//
// A tile: the unpackers take U cycles, the matrix unit M (when the first of n pieces is there, U / n later), the
// packers K. The three threads only issue: u, m and k cycles. DST has two sections. All of that is one chain that the
// test works out step by step, as written beside each line.
TEST(Replay, ACopyThroughDst) {
    Maker maker;
    auto& core =
        maker.core(0, 0, {{.index = 0, .page_size = 2048, .pages = 8}, {.index = 16, .page_size = 2048, .pages = 8}});
    const Event copy{.op = Op::Compute, .compute = maker.compute({.kind = Compute::Kind::Copy, .format0 = 5})};
    const Event pack{.op = Op::Compute, .compute = maker.compute({.kind = Compute::Kind::Pack, .format0 = 5})};
    const Event acquire{.op = Op::DstAcquire}, commit{.op = Op::DstCommit}, wait{.op = Op::DstWait},
        release{.op = Op::DstRelease};
    constexpr uint32_t tiles = 3;
    maker.kernel(core, 2, {acquire, copy, commit, wait, pack, release}, tiles);
    const EngineWork c = engine_work(maker.recording.computes[0], n150());
    const EngineWork k = engine_work(maker.recording.computes[1], n150());

    Cycles t0 = 0, t1 = 0, t2 = 0;                // the three threads
    Cycles unpacker = 0, matrix = 0, packer = 0;  // when each engine is free
    Cycles unpacker_before = 0, matrix_before = 0, packer_before = 0;
    std::vector<Cycles> matrix_end, last_piece, released;
    for (uint32_t i = 0; i < tiles; ++i) {
        // MATH asks for a section; there are two, so the third waits until the first has been packed.
        t1 += call(acquire, Unit::Trisc1);
        if (i >= 2) {
            t1 = std::max(t1, released[i - 2]);
        }
        // UNPACK issues, and is at most two tiles ahead of its engine.
        t0 = std::max(t0 + c.unpack_issue, unpacker_before);
        // The unpackers need a bank: of several pieces, when the matrix unit is at the last one of the tile before.
        // What is on the way from L1 when it comes free does not take time again.
        Cycles bank = 0;
        if (i > 0) {
            bank = c.pieces >= 2 ? last_piece[i - 1] : i > 1 ? matrix_end[i - 2] : 0;
        }
        const Cycles begin = std::max({t0, unpacker, bank - c.latency});
        unpacker_before = unpacker;
        unpacker = begin + c.unpack;
        // The matrix unit begins with the first piece and can't end before the last one has gone through it.
        t1 = std::max(t1 + c.math_issue, matrix_before);
        const Cycles math = std::max({t1, matrix, begin + c.unpack / c.pieces + c.latency});
        matrix_before = matrix;
        matrix = std::max(math + c.math, begin + c.unpack + c.latency + c.math / c.pieces);
        matrix_end.push_back(matrix);
        last_piece.push_back(matrix - c.math / c.pieces);
        // The section is committed when it has been computed; MATH goes on.
        t1 += call(commit, Unit::Trisc1);
        const Cycles committed = std::max(t1, matrix);
        // PACK waits for it, issues, and gives it back when its engine is done.
        t2 = std::max(t2 + call(wait, Unit::Trisc2), committed);
        t2 = std::max(t2 + k.pack_issue, packer_before);
        packer_before = packer;
        packer = std::max(t2, packer) + k.pack;
        t2 += call(release, Unit::Trisc2);
        released.push_back(std::max(t2, packer));
    }
    const Cycles end = call({.op = Op::End}, Unit::Trisc2);
    const Result result = replay(maker.recording);
    EXPECT_DOUBLE_EQ(result.launches.at(0).device, std::max({t0 + end, t1 + end, t2 + end, unpacker, matrix, packer}));
    EXPECT_EQ(result.given_up, 0U);
}

Event noc_event(Op op, Target target, uint32_t bytes) {
    return {.op = op, .amount = bytes, .target = target};
}

Target worker(uint16_t x, uint16_t y) {
    const arch::Coord at = n150().worker_noc0[size_t{y} * n150().compute_grid.x + x];
    return {.kind = Target::Kind::Worker, .x = static_cast<uint8_t>(at.x), .y = static_cast<uint8_t>(at.y)};
}

Target dram(uint8_t bank) {
    return {.kind = Target::Kind::Dram, .bank = bank};
}

TEST(Replay, ASemaphoreEndsAWaitWhenItArrives) {
    Maker maker;
    auto& sender = maker.core(0, 0);
    Event increment = noc_event(Op::NocAtomic, worker(1, 0), 4);
    increment.gap = 1000;
    increment.word = 0x100;
    maker.kernel(sender, 0, {increment, {.op = Op::AtomicBarrier}});
    auto& receiver = maker.core(1, 0);
    maker.kernel(receiver, 0, {{.op = Op::WordWait, .amount = 1, .word = 0x100}});
    const Result result = replay(maker.recording);
    const CoreTime& waiting = result.launches.at(0).cores.at(1);
    // One hop and the way through two network interfaces, after the thousand cycles and the call.
    const arch::NocTime noc = arch::noc_time(n150().name);
    const Cycles issued = 1000 + call(increment, Unit::Brisc);
    const Cycles ended = waiting.ends[0] - call({.op = Op::End}, Unit::Brisc);
    EXPECT_GE(ended, issued + noc.hop + 2 * noc.niu);
    EXPECT_LE(ended, issued + noc.hop + 2 * noc.niu + 10);
    EXPECT_EQ(result.given_up, 0U);
}

TEST(Replay, AWaitThatNobodyEndsIsGivenUpAndCounted) {
    Maker maker;
    auto& core = maker.core(0, 0);
    maker.kernel(core, 0, {{.op = Op::WordWait, .amount = 1, .word = 0x100}});
    EXPECT_EQ(replay(maker.recording).given_up, 1U);
}

/// All cores read pages from all banks, copy them and write them back.
record::Recording busy_program(uint32_t cores_x, uint32_t cores_y, uint32_t turns) {
    Maker maker;
    const Event copy{.op = Op::Compute, .compute = maker.compute({.kind = Compute::Kind::Copy, .format0 = 5})};
    const Event pack{.op = Op::Compute, .compute = maker.compute({.kind = Compute::Kind::Pack, .format0 = 5})};
    maker.recording.launches.back().cores.reserve(64);
    for (uint8_t y = 0; y < cores_y; ++y) {
        for (uint8_t x = 0; x < cores_x; ++x) {
            auto& core = maker.core(
                x, y, {{.index = 0, .page_size = 2048, .pages = 2}, {.index = 16, .page_size = 2048, .pages = 2}});
            std::vector<Event> reader, writer;
            for (uint8_t bank = 0; bank < 12; ++bank) {
                Event write = noc_event(Op::NocWrite, dram(bank), 2048);
                write.noc = 1;
                Event written{.op = Op::WriteBarrier, .noc = 1};
                reader.insert(reader.end(), {pages(Op::CbReserve, 0, 1, 20),
                                             noc_event(Op::NocRead, dram(bank), 2048),
                                             {.op = Op::ReadBarrier},
                                             pages(Op::CbPush, 0, 1)});
                writer.insert(writer.end(), {pages(Op::CbWait, 16, 1, 20), write, written, pages(Op::CbPop, 16, 1)});
            }
            maker.kernel(core, 1, reader, turns);
            maker.kernel(core, 0, writer, turns);
            maker.kernel(core, 2,
                         {pages(Op::CbWait, 0, 1),
                          pages(Op::CbReserve, 16, 1),
                          {.op = Op::DstAcquire},
                          copy,
                          {.op = Op::DstCommit},
                          {.op = Op::DstWait},
                          pack,
                          {.op = Op::DstRelease},
                          pages(Op::CbPop, 0, 1),
                          pages(Op::CbPush, 16, 1)},
                         12 * turns);
        }
    }
    return std::move(maker.recording);
}

TEST(Replay, NoUnitDoesTwoThingsAtOnceAndAllTimeIsAccountedFor) {
    const record::Recording recording = busy_program(8, 8, 3);
    Spans spans;
    const Result result = replay(recording, {}, &spans);
    for (const auto& [place, list] : spans.of) {
        Cycles end = 0;
        const bool processor = place.second <= static_cast<size_t>(Unit::Trisc2);
        for (const Span& span : list) {
            ASSERT_GE(span.begin, end - 1e-6) << unit_name(static_cast<Unit>(place.second));
            ASSERT_GE(span.end, span.begin);
            if (processor) {
                // A processor always does something until it ends.
                ASSERT_NEAR(span.begin, end, 1e-6);
            }
            end = span.end;
        }
        EXPECT_LE(end, result.launches[0].device + 1e-6);
    }
    // Every byte was moved once.
    EXPECT_EQ(spans.transfers.size(), 64U * 2 * 12 * 3);
    EXPECT_EQ(result.given_up, 0U);
}

TEST(Replay, IsTheSameEveryTime) {
    const record::Recording recording = busy_program(8, 8, 2);
    const Result a = replay(recording), b = replay(recording);
    EXPECT_EQ(a.launches[0].device, b.launches[0].device);
    EXPECT_EQ(a.events, b.events);
}

TEST(Replay, MoreOfAnythingIsNotSlower) {
    const record::Recording recording = busy_program(8, 8, 3);
    const Cycles plain = replay(recording).total;
    // Packets that meet in another order may cost a little: within 2 %.
    const auto not_slower = [&](const WhatIf& what_if, const char* what) {
        EXPECT_LE(replay(recording, what_if).total, plain * 1.02) << what;
    };
    not_slower({.dram_bandwidth = 2}, "DRAM");
    not_slower({.noc_bandwidth = 2}, "NoC");
    not_slower({.ideal_noc = true}, "ideal NoC");
    not_slower({.engine_speed = 2}, "engines");
    not_slower({.riscv_speed = 2}, "RISC-V");
    not_slower({.more_cb_pages = 4}, "pages");
    not_slower({.more_cb_pages = 4, .barrier_every = 4}, "barriers");
    not_slower({.flush_writes = true}, "flush");
    EXPECT_LT(replay(recording, {.dram_bandwidth = 4}).total, plain);
    EXPECT_GT(replay(recording, {.dram_bandwidth = 0.1}).total, plain * 1.5);
}

TEST(Replay, AnotherBoard) {
    const record::Recording recording = busy_program(8, 8, 2);
    const Result p150 = replay(recording, {.board = "p150"});
    EXPECT_EQ(p150.board, "p150");
    EXPECT_LT(p150.microseconds(p150.total), replay(recording).microseconds(replay(recording).total));
    // An n300's chips have a row fewer.
    try {
        replay(recording, {.board = "n300"});
        FAIL() << "it fits";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "board-too-small");
    }
}

TEST(Replay, TheCriticalPathCoversTheWholeTime) {
    const record::Recording recording = busy_program(4, 4, 3);
    SpanLog spans(recording, 0);
    const Result result = replay(recording, {}, &spans);
    const CriticalPath path = critical_path(recording, spans);
    EXPECT_DOUBLE_EQ(path.length, result.launches[0].device);
    Cycles sum = 0;
    for (const PathPart& part : path.parts) {
        sum += part.cycles;
    }
    EXPECT_NEAR(sum, path.length, 1e-3 * path.length);
}

TEST(Replay, TheCriticalPathIsThatOfTheSlowOne) {
    Maker maker;
    auto& core = maker.core(0, 0, {{.index = 0, .page_size = 2048, .pages = 2}});
    maker.kernel(core, 1, {pages(Op::CbReserve, 0, 1), pages(Op::CbPush, 0, 1, 50)}, 100);
    maker.kernel(core, 0, {pages(Op::CbWait, 0, 1), pages(Op::CbPop, 0, 1, 900)}, 100);
    SpanLog spans(maker.recording, 0);
    replay(maker.recording, {}, &spans);
    const CriticalPath path = critical_path(maker.recording, spans);
    EXPECT_GT(path.of(Unit::Brisc, Doing::Code), 0.95 * path.length);
}

}  // namespace
}  // namespace tessera::timing

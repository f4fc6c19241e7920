// What launches cost besides their kernels.
#include <timing/dispatch.h>

#include <arch/dispatch_time.h>
#include <gtest/gtest.h>

#include <timing/replay.h>

#include "recordings.h"

namespace tessera::timing {
namespace {

const arch::Board& board() {
    return arch::board("n150");
}

/// A rectangle of cores with a data-movement kernel that does nothing.
record::Recording rectangle(uint8_t width, uint8_t height, uint32_t arguments, uint32_t code_bytes) {
    Maker maker;
    maker.recording.kernels.push_back({.file = "kernel.cpp", .code_bytes = code_bytes});
    maker.recording.streams.push_back({{maker.event({.op = record::Op::End})}});
    for (uint8_t y = 0; y < height; ++y) {
        for (uint8_t x = 0; x < width; ++x) {
            maker.core(x, y).processors[0] = {.kernel = 0, .arguments = arguments, .stream = 0};
        }
    }
    return maker.recording;
}

Dispatch of(const record::Recording& recording) {
    return dispatch(recording.launches.back(), recording, board(), board().chips.front().aiclk_mhz);
}

TEST(Dispatch, ByHand) {
    record::Recording recording = rectangle(2, 2, 3, 640);
    recording.launches.back().traced = true;
    const arch::DispatchTime time = arch::dispatch_time("wormhole_b0");
    // One command with the four cores' arguments, each 12 bytes in 16; configuration, offsets, launch messages and go,
    // of which the first and the third go to the one rectangle; and the binary, to the same.
    const double bytes = 4 * 16 + time.launch_message_bytes + 640;
    const double writes =
        (1 + 4 + 1) * time.command + 4 * time.unicast + (2 + 1) * time.multicast + bytes / time.relay_bytes;
    const Dispatch cost = of(recording);
    EXPECT_DOUBLE_EQ(cost.commands, writes);
    EXPECT_EQ(cost.host, 0);
    EXPECT_DOUBLE_EQ(cost.turn, time.done + time.go + time.start);
    EXPECT_DOUBLE_EQ(cost.exposed(0), cost.turn + writes);
    EXPECT_DOUBLE_EQ(dispatch_cycles(recording.launches.back(), recording, board()), cost.exposed(0));
}

TEST(Dispatch, KernelsBeforeHideIt) {
    const Dispatch cost = of(rectangle(8, 8, 20, 10000));
    EXPECT_GT(cost.host, 0);
    Cycles before = cost.exposed(0);
    for (const double kernels : {1.0, 100.0, 1000.0, 10000.0, 100000.0, 1e6}) {
        const Cycles now = cost.exposed(kernels);
        EXPECT_LE(now, before);
        EXPECT_GE(now, cost.turn);
        before = now;
    }
    EXPECT_DOUBLE_EQ(before, cost.turn);
}

TEST(Dispatch, MoreIsNeverCheaper) {
    const Dispatch small = of(rectangle(2, 2, 3, 640));
    EXPECT_GT(of(rectangle(3, 2, 3, 640)).commands, small.commands);
    EXPECT_GT(of(rectangle(2, 2, 30, 640)).commands, small.commands);
    EXPECT_GT(of(rectangle(2, 2, 3, 6400)).commands, small.commands);
    EXPECT_GT(of(rectangle(2, 2, 30, 640)).host, small.host);
}

TEST(Dispatch, CoresThatMakeNoRectangleTakeMoreMulticasts) {
    record::Recording whole = rectangle(4, 1, 0, 0), apart = rectangle(7, 1, 0, 0);
    std::erase_if(apart.launches.back().cores, [](const record::Core& core) { return core.logical_x % 2 == 1; });
    const arch::DispatchTime time = arch::dispatch_time("wormhole_b0");
    const double more = of(apart).commands - of(whole).commands;
    // Three rectangles more, each with configuration, launch message and binary.
    EXPECT_DOUBLE_EQ(more, 3 * (3 * time.multicast + time.launch_message_bytes / time.relay_bytes));
}

TEST(Dispatch, ChipsOfAMeshGetTheirsAtTheSameTime) {
    record::Recording one = rectangle(4, 4, 5, 2000), two = one;
    for (record::Core core : one.launches.back().cores) {
        core.device = 1;
        two.launches.back().cores.push_back(core);
    }
    EXPECT_DOUBLE_EQ(of(two).commands, of(one).commands);
}

TEST(Dispatch, IsPartOfAReplay) {
    record::Recording recording = rectangle(1, 1, 2, 100);
    recording.launches.push_back(recording.launches.back());
    const Result result = replay(recording);
    ASSERT_EQ(result.launches.size(), 2u);
    EXPECT_DOUBLE_EQ(result.launches[0].host, dispatch_cycles(recording.launches[0], recording, board()));
    EXPECT_LE(result.launches[1].host, result.launches[0].host);
    EXPECT_DOUBLE_EQ(result.total, result.launches[0].host + result.launches[0].device + result.launches[1].host +
                                       result.launches[1].device);
}

}  // namespace
}  // namespace tessera::timing

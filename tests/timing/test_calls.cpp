// What calls take their processors, against published measurements of chips and what belongs to which processor.
#include <gtest/gtest.h>

#include <timing/calls.h>

namespace tessera::timing {
namespace {

using record::Event;
using record::Op;

const arch::Chip& chip(const char* board) {
    return arch::board(board).chips.front();
}

TEST(Calls, ALoopOfTransactionsIsAsFastAsMeasured) {
    // Published latency measurements, cycles from one small transaction to the next; the loop's own count and branch
    // are two of them.
    const auto turn = [](const char* board, Op op, uint8_t flags) {
        return 2 + call_cycles({.op = op, .flags = flags, .amount = 64}, Unit::Ncrisc, chip(board));
    };
    EXPECT_NEAR(turn("n150", Op::NocRead, 0), 19.0, 1);
    EXPECT_NEAR(turn("n150", Op::NocRead, record::WithState), 17.3, 1);
    EXPECT_NEAR(turn("n150", Op::NocWrite, 0), 22.0, 1);
    EXPECT_NEAR(turn("n150", Op::NocWrite, record::WithState), 20.0, 1);
    EXPECT_NEAR(turn("n150", Op::NocWrite, record::Multicast | record::Linked), 22.0, 1);
    EXPECT_NEAR(turn("p150", Op::NocRead, 0), 22.0, 1);
    EXPECT_NEAR(turn("p150", Op::NocWrite, 0), 23.0, 1);
    EXPECT_NEAR(turn("p150", Op::NocWrite, record::WithState), 20.0, 1);
}

TEST(Calls, LongTransfersAreSeveralBursts) {
    const auto cycles = [](uint32_t bytes) {
        return call_cycles({.op = Op::NocRead, .amount = bytes}, Unit::Brisc, chip("n150"));
    };
    EXPECT_EQ(cycles(1), cycles(8192));
    EXPECT_GT(cycles(8193), cycles(8192));
    EXPECT_EQ(cycles(3 * 8192) - cycles(2 * 8192), cycles(2 * 8192) - cycles(8192));
}

TEST(Calls, OnlyTheProcessorThatTakesPartPays) {
    const auto payers = [](Op op) {
        std::string names;
        for (const Unit unit : {Unit::Brisc, Unit::Ncrisc, Unit::Trisc0, Unit::Trisc1, Unit::Trisc2}) {
            names += call_cycles({.op = op}, unit, chip("n150")) > 0 ? 'x' : '-';
        }
        return names;
    };
    EXPECT_EQ(payers(Op::CbWait), "xxx--");
    EXPECT_EQ(payers(Op::CbPop), "xxx--");
    EXPECT_EQ(payers(Op::CbReserve), "xx--x");
    EXPECT_EQ(payers(Op::CbPush), "xx--x");
    EXPECT_EQ(payers(Op::DstAcquire), "---x-");
    EXPECT_EQ(payers(Op::DstCommit), "---x-");
    EXPECT_EQ(payers(Op::DstWait), "----x");
    EXPECT_EQ(payers(Op::DstRelease), "----x");
    EXPECT_EQ(payers(Op::End), "-----");
}

}  // namespace
}  // namespace tessera::timing

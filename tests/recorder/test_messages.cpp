// Which arrival or store at a word it was that somebody waited for.
#include <gtest/gtest.h>

#include <recorder/messages.h>
#include <tessera/abi.h>

namespace tessera::recorder {
namespace {

using Cause = WordHistory::Cause;

void expect(const Cause& cause, uint8_t by, uint64_t number) {
    EXPECT_TRUE(cause.found);
    EXPECT_EQ(cause.by, by);
    EXPECT_EQ(cause.number, number);
}

constexpr uint8_t arrival = WordHistory::arrival;

TEST(WordHistory, NothingHasCome) {
    WordHistory word;
    EXPECT_FALSE(word.wait(0, TSR_WAIT_EQUAL).found);
}

TEST(WordHistory, TheIncrementThatReachesTheValue) {
    WordHistory word;
    for (int i = 0; i < 10; ++i) {
        word.arrive(1, true, 0);
    }
    expect(word.wait(4, TSR_WAIT_AT_LEAST), arrival, 4);
    expect(word.wait(7, TSR_WAIT_AT_LEAST), arrival, 7);
    // Somebody else may wait for the same.
    expect(word.wait(7, TSR_WAIT_AT_LEAST), arrival, 7);
    expect(word.wait(10, TSR_WAIT_EQUAL), arrival, 10);
}

TEST(WordHistory, StepsPastTheValue) {
    WordHistory word;
    for (int i = 0; i < 5; ++i) {
        word.arrive(3, true, 100);
    }
    expect(word.wait(107, TSR_WAIT_AT_LEAST), arrival, 3);
    expect(word.wait(100, TSR_WAIT_NOT_EQUAL), arrival, 1);
    expect(word.wait(112, TSR_WAIT_AT_LEAST), arrival, 4);
}

TEST(WordHistory, WhatHeldBeforeNeedsNobody) {
    WordHistory word;
    word.arrive(1, true, 5);
    EXPECT_FALSE(word.wait(3, TSR_WAIT_AT_LEAST).found);
}

TEST(WordHistory, AValueSetAgainAndAgain) {
    // A receiver sets its word to 0, is sent 1, waits, and so on.
    WordHistory word;
    for (uint64_t round = 1; round <= 5; ++round) {
        word.store(1, round, 0);
        word.arrive(1, false, 0);
        expect(word.wait(1, TSR_WAIT_EQUAL), arrival, round);
    }
}

TEST(WordHistory, ASenderThatCountsAndResets) {
    WordHistory word;
    uint64_t come = 0;
    for (uint64_t round = 1; round <= 5; ++round) {
        for (int i = 0; i < 7; ++i, ++come) {
            word.arrive(1, true, 0);
        }
        expect(word.wait(7, TSR_WAIT_EQUAL), arrival, come);
        word.store(0, round, 0);
    }
}

TEST(WordHistory, IncrementsOfSeveralCoresAtOnce) {
    // All of them still see the word as it was.
    WordHistory word;
    for (int i = 0; i < 4; ++i) {
        word.arrive(1, true, 0);
    }
    expect(word.wait(4, TSR_WAIT_EQUAL), arrival, 4);
}

TEST(WordHistory, AStoreOfAnotherProcessor) {
    WordHistory word;
    word.store(0, 3, 1);
    expect(word.wait(1, TSR_WAIT_EQUAL), 0, 3);
    word.store(0, 5, 2);
    word.store(0, 6, 3);
    expect(word.wait(2, TSR_WAIT_AT_LEAST), 0, 5);
}

TEST(WordHistory, AStoreThatNobodyToldOf) {
    // The kernel resets its semaphore by a plain store: 3 more come, and the word holds 3.
    WordHistory word;
    for (int i = 0; i < 3; ++i) {
        word.arrive(1, true, 0);
    }
    expect(word.wait(3, TSR_WAIT_EQUAL), arrival, 3);
    for (int i = 0; i < 3; ++i) {
        word.arrive(1, true, static_cast<uint32_t>(i));
    }
    expect(word.wait(3, TSR_WAIT_EQUAL), arrival, 6);
    for (int i = 0; i < 3; ++i) {
        word.arrive(1, true, static_cast<uint32_t>(i));
    }
    expect(word.wait(3, TSR_WAIT_EQUAL), arrival, 9);
}

TEST(WordHistory, AStoreThatNobodyToldOfBeforeAWaitForAtLeast) {
    WordHistory word;
    for (int i = 0; i < 3; ++i) {
        word.arrive(1, true, 0);
    }
    expect(word.wait(3, TSR_WAIT_AT_LEAST, word.agrees(3)), arrival, 3);
    for (uint32_t i = 0; i < 3; ++i) {
        word.arrive(1, true, i);
    }
    EXPECT_FALSE(word.agrees(3));
    expect(word.wait(3, TSR_WAIT_AT_LEAST, word.agrees(3)), arrival, 6);
}

TEST(WordHistory, ManyChangesThatNobodyWaitsFor) {
    WordHistory word;
    for (uint32_t i = 0; i < 1000000; ++i) {
        word.arrive(i * i, false, 0);
    }
    expect(word.wait(999999U * 999999U, TSR_WAIT_EQUAL), arrival, 1000000);
}

}  // namespace
}  // namespace tessera::recorder

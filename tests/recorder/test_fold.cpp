// Folding: what comes out, unrolled, is what went in; and regular streams become short.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include <recorder/fold.h>

namespace tessera::recorder {
namespace {

record::Stream folded(Folder& folder) {
    record::Stream stream;
    folder.finish([&](const record::Piece& piece) { stream.push_back(piece); });
    return stream;
}

record::Stream fold(const std::vector<uint32_t>& events) {
    Folder folder;
    for (const uint32_t event : events) {
        folder.add(event);
    }
    return folded(folder);
}

std::vector<uint32_t> unrolled(const record::Stream& stream) {
    std::vector<uint32_t> events;
    for (record::Cursor cursor(stream); !cursor.done(); cursor.next()) {
        events.push_back(cursor.event());
    }
    return events;
}

/// Statements of a program: events, loops with fixed or varying turns, branches by turn.
class RandomProgram {
public:
    explicit RandomProgram(uint32_t seed) : random_(seed) {}

    std::vector<uint32_t> run(size_t most) {
        events_.clear();
        most_ = most;
        block(0);
        return events_;
    }

private:
    uint32_t draw(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

    void block(int depth) {
        // What each turn does is drawn once, as in a program; some of it depends on the turn.
        struct Statement {
            int kind;
            uint32_t event, times;
            uint32_t seed;
        };
        std::vector<Statement> statements;
        const uint32_t count = 1 + draw(4);
        for (uint32_t i = 0; i < count; ++i) {
            statements.push_back({depth < 4 ? static_cast<int>(draw(5)) : 0, draw(6), 2 + draw(9), draw(1000000)});
        }
        for (const Statement& statement : statements) {
            if (events_.size() > most_) {
                return;
            }
            switch (statement.kind) {
                case 0:
                case 1:
                    events_.push_back(statement.event);
                    break;
                case 2:
                case 3:
                    for (uint32_t turn = 0; turn < statement.times; ++turn) {
                        RandomProgram body(statement.seed);
                        body.most_ = most_;
                        body.block(depth + 1);
                        events_.insert(events_.end(), body.events_.begin(), body.events_.end());
                        if (draw(8) == 0) {
                            events_.push_back(draw(6));
                        }
                    }
                    break;
                default:
                    for (uint32_t i = 0; i < statement.times; ++i) {
                        events_.push_back((statement.event + i) % 3);
                    }
                    break;
            }
        }
    }

    std::mt19937 random_;
    std::vector<uint32_t> events_;
    size_t most_ = 0;
};

TEST(Folding, UnrolledGivesWhatWentIn) {
    size_t in = 0, out = 0;
    for (uint32_t seed = 1; seed <= 300; ++seed) {
        const std::vector<uint32_t> events = RandomProgram(seed).run(800);
        const record::Stream stream = fold(events);
        ASSERT_EQ(unrolled(stream), events) << "seed " << seed;
        in += events.size();
        out += stream.size();
    }
    EXPECT_LT(out * 4, in);
}

TEST(Folding, RandomEventsOfFewKinds) {
    std::mt19937 random(3);
    for (uint32_t kinds = 1; kinds <= 4; ++kinds) {
        for (int round = 0; round < 300; ++round) {
            std::vector<uint32_t> events(random() % 400);
            for (uint32_t& event : events) {
                event = random() % kinds;
            }
            ASSERT_EQ(unrolled(fold(events)), events);
        }
    }
}

TEST(Folding, LongStreamsLeaveTheWindow) {
    std::mt19937 random(5);
    std::vector<uint32_t> events(200000);
    for (uint32_t& event : events) {
        event = random() % 1000;
    }
    // A loop before, between and after what does not fold.
    for (uint32_t i = 0; i < 5000; ++i) {
        events[i] = i % 7;
        events[100000 + i] = i % 3;
        events[195000 + i] = i % 11;
    }
    const record::Stream stream = fold(events);
    ASSERT_EQ(unrolled(stream), events);
    EXPECT_LT(stream.size(), 186000U);
}

TEST(Folding, NestedLoopsBecomeNestedLoops) {
    std::vector<uint32_t> events;
    for (int block = 0; block < 100; ++block) {
        events.push_back(0);
        for (int k = 0; k < 50; ++k) {
            events.push_back(1);
            for (int tile = 0; tile < 8; ++tile) {
                events.push_back(2);
                events.push_back(3);
            }
            events.push_back(4);
        }
        events.push_back(5);
    }
    const record::Stream stream = fold(events);
    EXPECT_EQ(unrolled(stream), events);
    EXPECT_LE(stream.size(), 30U);
}

TEST(Folding, AFirstTurnThatDiffersIsKeptApart) {
    std::vector<uint32_t> events;
    for (int outer = 0; outer < 1000; ++outer) {
        for (int inner = 0; inner < 6; ++inner) {
            events.push_back(inner == 0 ? 7 : 1);
            events.push_back(2);
        }
        events.push_back(3);
    }
    const record::Stream stream = fold(events);
    EXPECT_EQ(unrolled(stream), events);
    EXPECT_LE(stream.size(), 30U);
}

TEST(Folding, LongPeriodsFold) {
    // Pages of a row over twelve banks, rows of 31 pages: the whole repeats after 12 rows.
    std::vector<uint32_t> events;
    for (uint32_t page = 0; page < 31 * 1200; ++page) {
        events.push_back(page % 12);
        if (page % 31 == 30) {
            events.push_back(100);
        }
    }
    const record::Stream stream = fold(events);
    EXPECT_EQ(unrolled(stream), events);
    EXPECT_LT(stream.size(), 1600U);
}

/// Counts what a stream would unroll to, without doing it.
uint64_t length(const record::Stream& stream, size_t begin, size_t end) {
    uint64_t events = 0;
    for (size_t at = begin; at < end; ++at) {
        if (stream[at].event == record::loop_mark) {
            events += stream[at].times * length(stream, at + 1, at + 1 + stream[at].body);
            at += stream[at].body;
        } else {
            ++events;
        }
    }
    return events;
}

TEST(Folding, AHundredMillionTurnsTakeAFewWords) {
    Folder folder;
    size_t most = 0;
    for (uint32_t turn = 0; turn < 100000000; ++turn) {
        folder.add(turn % 4);
        if (turn % 10000000 == 0) {
            most = std::max(most, folder.bytes());
        }
    }
    EXPECT_LT(most, 4096U);
    const record::Stream stream = folded(folder);
    EXPECT_LE(stream.size(), 5U);
    EXPECT_EQ(length(stream, 0, stream.size()), 100000000U);
}

TEST(Folding, IrregularEventsTakeAFewBytes) {
    Folder folder;
    std::mt19937 random(9);
    constexpr uint32_t count = 4000000;
    for (uint32_t i = 0; i < count; ++i) {
        folder.add(random() % 2000);
    }
    EXPECT_LT(folder.bytes(), 6 * count);
}

TEST(Folding, AClearedFolderBeginsAnew) {
    Folder folder;
    for (int i = 0; i < 10; ++i) {
        folder.add(1);
    }
    folder.clear();
    folder.add(5);
    EXPECT_EQ(unrolled(folded(folder)), std::vector<uint32_t>{5});
}

}  // namespace
}  // namespace tessera::recorder

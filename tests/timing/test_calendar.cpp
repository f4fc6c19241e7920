#include <timing/calendar.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tessera::timing {
namespace {

TEST(Calendar, ServesInTheFirstGapThatIsLongEnough) {
    Calendar calendar;
    EXPECT_EQ(calendar.take(10, 5, 0), 10);
    EXPECT_EQ(calendar.take(30, 5, 0), 30);
    EXPECT_EQ(calendar.take(12, 5, 0), 15);  // after the first
    EXPECT_EQ(calendar.take(0, 20, 0), 35);  // before 10 and before 30 there is too little room
    EXPECT_EQ(calendar.take(0, 10, 0), 0);   // here it is just enough
    EXPECT_EQ(calendar.take(0, 10, 0), 20);  // from 15's end to 30
    EXPECT_EQ(calendar.busy(), 55);
}

TEST(Calendar, NeverServesTwoAtOnce) {
    std::mt19937 random(1);
    Calendar calendar;
    struct Span {
        Cycles begin, end;
    };
    std::vector<Span> given;
    Cycles now = 0, sum = 0;
    for (int i = 0; i < 5000; ++i) {
        now += random() % 8;
        const Cycles earliest = now + random() % 200, length = 1 + random() % 12;
        const Cycles start = calendar.take(earliest, length, now);
        ASSERT_GE(start, earliest);
        given.push_back({start, start + length});
        sum += length;
    }
    std::sort(given.begin(), given.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    for (size_t i = 1; i < given.size(); ++i) {
        ASSERT_GE(given[i].begin, given[i - 1].end);
    }
    EXPECT_EQ(calendar.busy(), sum);
}

}  // namespace
}  // namespace tessera::timing

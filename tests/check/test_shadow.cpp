// The shadow of a memory against a plain array with one entry a granule: random accesses of every size leave the same
// state at every byte.
#include <check/shadow.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>

namespace tessera::check {
namespace {

constexpr uint32_t memory_bytes = 80 * 1024;

struct Plain {
    uint32_t write = 0, read = 0;
};

TEST(Shadow, IsThePlainArray) {
    for (const uint32_t granule : {4U, 16U}) {
        std::mt19937 random(granule);
        // The bytes lie around the end of the shadow's first piece.
        const uint32_t before = NumberSet::limit * granule - memory_bytes / 2;
        Shadow shadow(before + memory_bytes, granule);
        std::vector<Plain> plain(memory_bytes / granule);
        for (uint32_t step = 1; step < 20000; ++step) {
            const bool pages = random() % 2 == 0;
            uint32_t begin = random() % memory_bytes, bytes = random() % 300;
            if (pages) {
                begin = begin / 2048 * 2048;
                bytes = 2048 * (1 + random() % 9);
            }
            const uint32_t end = std::min(begin + bytes, memory_bytes);
            const uint32_t first = (begin + granule - 1) / granule, last = end / granule;
            if (random() % 3 == 0) {
                shadow.assign(before + begin, before + end, {.write = {.number = step}});
                for (uint32_t i = first; i < last; ++i) {
                    plain[i] = {step, 0};
                }
            } else {
                if (Cell* single = shadow.exactly(before + begin, before + end)) {
                    single->read.number = step;
                } else {
                    shadow.visit(before + begin, before + end, [&](Cell& cell) { cell.read.number = step; });
                }
                for (uint32_t i = first; i < last; ++i) {
                    plain[i].read = step;
                }
            }
            if (step % 4000 == 0) {
                shadow.reset();
                plain.assign(plain.size(), {});
            }
            if (step % 97 != 0) {
                continue;
            }
            for (uint32_t i = 0; i < plain.size(); ++i) {
                shadow.visit(before + i * granule, before + (i + 1) * granule, [&](Cell& cell) {
                    ASSERT_EQ(cell.write.number, plain[i].write) << step << " at " << i * granule;
                    ASSERT_EQ(cell.read.number, plain[i].read) << step << " at " << i * granule;
                });
            }
            // Looking at every granule has split every range: begin again.
            shadow.reset();
            plain.assign(plain.size(), {});
        }
    }
}

TEST(NumberSet, IsASet) {
    std::mt19937 random(1);
    auto numbers = std::make_unique<NumberSet>();
    std::set<uint32_t> plain;
    for (int round = 0; round < 4; ++round) {
        const uint32_t spread = 1U << 4 * (round + 1);
        numbers->add(0);  // last() has an answer
        plain.insert(0);
        for (int step = 0; step < 20000; ++step) {
            const uint32_t number = 1 + random() % (NumberSet::limit - 1) / spread * spread;
            if (random() % 2 == 0) {
                numbers->add(number);
                plain.insert(number);
            } else if (plain.erase(number) != 0) {
                numbers->remove(number);
            }
            const uint32_t from = random() % NumberSet::limit;
            const auto above = plain.lower_bound(from);
            ASSERT_EQ(numbers->next(from), above == plain.end() ? NumberSet::limit : *above);
            ASSERT_EQ(numbers->last(from), *std::prev(plain.upper_bound(from)));
            ASSERT_EQ(numbers->has(number), plain.count(number) != 0);
        }
        numbers->clear();
        plain.clear();
        EXPECT_EQ(numbers->next(0), NumberSet::limit);
    }
}

TEST(Shadow, FurtherReadersStayWithTheirBytes) {
    Shadow shadow(memory_bytes, 4);
    shadow.visit(0, 64, [&](Cell& cell) {
        cell.read.number = 1;
        shadow.more(cell).push_back({.number = 2});
    });
    shadow.visit(0, 32, [&](Cell& cell) { shadow.more(cell).push_back({.number = 3}); });
    shadow.visit(0, 32, [&](Cell& cell) { EXPECT_EQ(shadow.more_of(cell)->size(), 2u); });
    shadow.visit(32, 64, [&](Cell& cell) { EXPECT_EQ(shadow.more_of(cell)->size(), 1u); });
    shadow.assign(0, 64, {.write = {.number = 4}});
    shadow.visit(0, 64, [&](Cell& cell) {
        EXPECT_EQ(shadow.more_of(cell), nullptr);
        EXPECT_EQ(cell.read.number, 0u);
    });
}

}  // namespace
}  // namespace tessera::check

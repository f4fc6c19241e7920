// The shadow of a memory against a plain array with one entry a granule: random accesses of every size leave the same
// state at every byte.
#include <check/shadow.h>
#include <gtest/gtest.h>

#include <random>

namespace tessera::check {
namespace {

constexpr uint32_t memory_bytes = 80 * 1024;

struct Plain {
    uint32_t write = 0, read = 0;
};

TEST(Shadow, IsThePlainArray) {
    for (const uint32_t granule : {4U, 16U}) {
        std::mt19937 random(granule);
        const uint32_t before = 1U << 20;
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
                shadow.assign(before + begin, before + end, {.number = step});
                for (uint32_t i = first; i < last; ++i) {
                    plain[i] = {step, 0};
                }
            } else {
                if (Cell* single = shadow.one(before + begin, before + end)) {
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
                Plain found;
                shadow.each(before + i * granule, before + (i + 1) * granule,
                            [&](const Cell& cell) { found = {cell.write.number, cell.read.number}; });
                ASSERT_EQ(found.write, plain[i].write) << step << " at " << i * granule;
                ASSERT_EQ(found.read, plain[i].read) << step << " at " << i * granule;
            }
        }
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
    shadow.assign(0, 64, {.number = 4});
    shadow.visit(0, 64, [&](Cell& cell) {
        EXPECT_EQ(shadow.more_of(cell), nullptr);
        EXPECT_EQ(cell.read.number, 0u);
    });
}

}  // namespace
}  // namespace tessera::check

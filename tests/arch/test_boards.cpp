// Boards against the published figures.
#include <arch/arch.h>
#include <base/error.h>
#include <gtest/gtest.h>

#include <set>

namespace tessera::arch {
namespace {

TEST(Boards, HaveTheirPublishedChipsAndGrids) {
    struct Expected {
        const char* name;
        size_t chips;
        uint32_t rows, cols;
        Coord grid;
        uint32_t banks;
        uint64_t dram_bytes;
    };
    const uint64_t gib = uint64_t{1} << 30;
    for (const Expected& expected :
         {Expected{"n150", 1, 1, 1, {8, 8}, 12, 12 * gib}, Expected{"n300", 2, 1, 2, {8, 7}, 12, 12 * gib},
          Expected{"t3000", 8, 2, 4, {8, 7}, 12, 12 * gib}, Expected{"galaxy", 32, 4, 8, {8, 9}, 12, 12 * gib},
          Expected{"p100", 1, 1, 1, {11, 10}, 7, 7 * 4278190080},
          Expected{"p150", 1, 1, 1, {11, 10}, 8, 8 * 4278190080},
          Expected{"p150_13x10", 1, 1, 1, {13, 10}, 8, 8 * 4278190080}}) {
        const Board& found = board(expected.name);
        EXPECT_EQ(found.chips.size(), expected.chips);
        EXPECT_EQ(found.mesh_rows, expected.rows);
        EXPECT_EQ(found.mesh_cols, expected.cols);
        const Chip& chip = found.chips.front();
        EXPECT_EQ(chip.compute_grid, expected.grid);
        EXPECT_EQ(chip.num_dram_banks, expected.banks);
        EXPECT_EQ(chip.num_dram_banks * chip.dram_bank_bytes, expected.dram_bytes);
    }
    EXPECT_EQ(board_names().size(), 7u);
}

TEST(Boards, UserL1IsWhatTheStackLeaves) {
    EXPECT_EQ(board("n150").chips[0].l1_bytes - board("n150").chips[0].l1_unreserved_base, 1395424u);
    EXPECT_EQ(board("p150").chips[0].l1_bytes - board("p150").chips[0].l1_unreserved_base, 1461760u);
}

TEST(Boards, WorkersStartWhereTheirFamilyStarts) {
    const Chip& wormhole = board("n150").chips[0];
    EXPECT_EQ(wormhole.worker_virtual.front(), (Coord{18, 18}));
    EXPECT_EQ(wormhole.worker_virtual.back(), (Coord{25, 25}));
    const Chip& blackhole = board("p150").chips[0];
    EXPECT_EQ(blackhole.worker_virtual.front(), (Coord{1, 2}));
    EXPECT_EQ(blackhole.worker_virtual[7], (Coord{10, 2}));  // columns 8 and 9 hold no workers
}

TEST(Boards, NoTwoEndpointsShareAVirtualCoordinate) {
    for (const std::string& name : board_names()) {
        const Chip& chip = board(name).chips[0];
        std::set<Coord> seen;
        for (const auto& list : {chip.worker_virtual, chip.eth_virtual}) {
            for (const Coord c : list) {
                EXPECT_TRUE(seen.insert(c).second) << name << " " << c.x << "," << c.y;
            }
        }
        for (const auto& ports : chip.dram_virtual_ports) {
            for (const Coord c : ports) {
                EXPECT_TRUE(seen.insert(c).second) << name << " " << c.x << "," << c.y;
            }
        }
        for (const Coord c : seen) {
            EXPECT_LT(c.x, 64);
            EXPECT_LT(c.y, 64);
        }
    }
}

TEST(Boards, AnUnknownNameListsTheKnownOnes) {
    try {
        board("n155");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "unknown-board");
        EXPECT_NE(std::string(error.what()).find("galaxy, n150, n300, p100, p150, p150_13x10, t3000"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace tessera::arch

// The allocator against a model in which memory is an array of slots, and its texts against TT-Metalium's.
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <metalium/allocator_impl.h>
#include <metalium/free_list.h>

namespace {

using namespace tt::tt_metal;
using tessera::metalium::FreeList;

TEST(FreeList, AgreesWithAnArrayOfSlots) {
    constexpr size_t slots = 64;
    constexpr uint64_t unit = 32, base = 1024;
    std::mt19937 generator(11);
    FreeList list(slots * unit, base, unit);
    std::vector<bool> taken(slots, false);
    std::map<uint64_t, size_t> blocks;  // address to slots
    for (int step = 0; step < 20000; ++step) {
        if (generator() % 3 != 0 || blocks.empty()) {
            const uint64_t bytes = 1 + generator() % (8 * unit);
            const size_t need = (bytes + unit - 1) / unit;
            const bool bottom_up = generator() % 2;
            // The first place from the chosen end at which `need` slots are free.
            std::optional<size_t> want;
            for (size_t i = 0; i + need <= slots && !want; ++i) {
                const size_t at = bottom_up ? i : slots - need - i;
                bool free = true;
                for (size_t k = at; k < at + need; ++k) {
                    free = free && !taken[k];
                }
                if (free) {
                    want = at;
                }
            }
            const auto got = list.allocate(bytes, bottom_up);
            ASSERT_EQ(got.has_value(), want.has_value());
            if (got) {
                ASSERT_EQ(*got, base + *want * unit);
                std::fill_n(taken.begin() + static_cast<long>(*want), need, true);
                blocks[*got] = need;
            }
        } else {
            auto block = blocks.begin();
            std::advance(block, static_cast<long>(generator() % blocks.size()));
            list.deallocate(block->first);
            std::fill_n(taken.begin() + static_cast<long>((block->first - base) / unit), block->second, false);
            blocks.erase(block);
        }
        ASSERT_EQ(list.allocated_bytes(), static_cast<uint64_t>(std::count(taken.begin(), taken.end(), true)) * unit);
        ASSERT_EQ(list.lowest_occupied(), blocks.empty() ? std::nullopt : std::optional(blocks.begin()->first));
    }
}

TEST(FreeList, ExactPlacesAndShrinking) {
    FreeList list(1024, 0, 32);
    EXPECT_EQ(list.allocate_at(64, 32), 64u);
    EXPECT_FALSE(list.allocate_at(64, 32));
    EXPECT_FALSE(list.allocate_at(32, 64));
    EXPECT_TRUE(list.shrink(64, true));
    EXPECT_FALSE(list.shrink(32, true));
    EXPECT_EQ(list.size(), 960u);
    list.deallocate(64);
    list.reset_size();
    EXPECT_EQ(list.free_ranges(), (std::vector<FreeList::Range>{{0, 1024}}));
}

AllocatorConfig small_config() {
    AllocatorConfig config;
    config.dram_bank_offsets = {0, 0x40000000};
    config.dram_bank_size = 1 << 20;
    config.dram_unreserved_base = 32;
    config.trace_region_size = 4096;
    config.l1_cores = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
    config.l1_unreserved_base = 1024;
    config.worker_l1_size = 64 * 1024;
    config.l1_small_size = 2048;
    return config;
}

TEST(Allocator, DramFromTheBottomAndL1FromTheTop) {
    AllocatorImpl allocator(small_config());
    // Three pages of 2048 B over two banks: two pages in the fuller bank.
    EXPECT_EQ(allocator.allocate(BufferType::DRAM, 3 * 2048, 2048, true, std::nullopt), 32u);
    EXPECT_EQ(allocator.allocate(BufferType::DRAM, 2048, 2048, true, std::nullopt), 32u + 2 * 2048);
    const DeviceAddr l1_end = 64 * 1024 - 2048;
    EXPECT_EQ(allocator.allocate(BufferType::L1, 5 * 1024, 1024, false, std::nullopt), l1_end - 2048);
    EXPECT_EQ(allocator.get_lowest_occupied_l1_address(), l1_end - 2048);
    EXPECT_EQ(allocator.allocate(BufferType::L1, 1024, 1024, true, std::nullopt), 1024u);
    EXPECT_EQ(allocator.get_lowest_occupied_l1_address(), 1024u);
    EXPECT_EQ(allocator.allocate(BufferType::L1_SMALL, 64, 32, false, 2), 64u * 1024 - 32);
    EXPECT_EQ(allocator.allocate(BufferType::TRACE, 32, 32, true, std::nullopt), (1u << 20) - 4096);
    allocator.deallocate_buffers();
    EXPECT_EQ(allocator.get_lowest_occupied_l1_address(), std::nullopt);
}

TEST(Allocator, BanksAlignmentAndSizes) {
    AllocatorImpl allocator(small_config());
    EXPECT_EQ(allocator.get_num_banks(BufferType::DRAM), 2u);
    EXPECT_EQ(allocator.get_num_banks(BufferType::L1), 4u);
    EXPECT_EQ(allocator.get_bank_size(BufferType::DRAM), (1u << 20) - 32 - 4096);
    EXPECT_EQ(allocator.get_bank_size(BufferType::L1), 64u * 1024 - 1024 - 2048);
    EXPECT_EQ(allocator.get_alignment(BufferType::DRAM), 32u);
    EXPECT_EQ(allocator.get_alignment(BufferType::L1), 16u);
    EXPECT_EQ(allocator.get_bank_offset(BufferType::DRAM, 1), 0x40000000);
    EXPECT_EQ(allocator.get_logical_core_from_bank_id(2), CoreCoord(0, 1));
    EXPECT_EQ(allocator.get_bank_ids_from_logical_core(BufferType::L1, {1, 1}), std::vector<uint32_t>{3});
    EXPECT_EQ(allocator.get_bank_ids_from_logical_core(BufferType::DRAM, {1, 0}), std::vector<uint32_t>{1});
    EXPECT_EQ(allocator.get_base_allocator_addr(HalMemType::L1), 1024u);
    const Statistics statistics = allocator.get_statistics(BufferType::L1);
    EXPECT_EQ(statistics.total_free_bytes, statistics.total_allocatable_size_bytes);
    EXPECT_EQ(statistics.largest_free_block_addrs, std::vector<uint32_t>{1024});
    EXPECT_EQ(detail::calculate_bank_size_spread(10 * 100, 100, 4, 32), 3u * 128);
}

TEST(Allocator, OutOfMemorySaysHowMuchIsLeft) {
    AllocatorImpl allocator(small_config());
    allocator.allocate(BufferType::L1, 4 * 32768, 32768, false, std::nullopt);
    try {
        allocator.allocate(BufferType::L1, 4 * 32768, 32768, false, std::nullopt);
        FAIL() << "there was memory";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(
            std::string(error.what()),
            testing::HasSubstr(
                "Out of Memory: Not enough space to allocate 131072 B L1 buffer across 4 banks, where each bank needs "
                "to store 32768 B, but bank size is 62464 B (allocated: 32768 B, free: 29696 B, largest free block: "
                "29696 B)"));
    }
    EXPECT_ANY_THROW(allocator.allocate(BufferType::L1_SMALL, 32, 32, false, std::nullopt));
    EXPECT_ANY_THROW(allocator.allocate(BufferType::L1, 5 * 32, 32, false, 5));
}

TEST(Allocator, StateGoesOutAndBackIn) {
    AllocatorImpl first(small_config());
    first.allocate(BufferType::DRAM, 2048, 2048, true, std::nullopt);
    AllocatorImpl second(small_config());
    second.allocate(BufferType::L1, 64, 64, false, std::nullopt);
    second.override_state(first.extract_state());
    EXPECT_EQ(second.extract_state().get_allocated_regions(BufferType::DRAM),
              first.extract_state().get_allocated_regions(BufferType::DRAM));
    EXPECT_TRUE(second.extract_state().get_allocated_regions(BufferType::L1).empty());
    EXPECT_EQ(second.extract_state().total_allocated_size(), 2048u);
}

}  // namespace

// TensorAccessor against an enumeration: shards are placed one after another into their banks, page by page.
#include <gtest/gtest.h>

#include <map>

#include <tessera/prelude_dataflow.h>

#include "core_for_tests.h"
#include "kernel_config.h"

#include <api/tensor/tensor_accessor.h>

namespace {

struct Place {
    uint32_t bank;
    uint32_t page;  // in its bank
};

/// Where every page lies, found by filling the banks in order.
std::map<uint32_t, Place> place_pages(const std::vector<uint32_t>& tensor, const std::vector<uint32_t>& shard,
                                      uint32_t banks) {
    std::map<uint32_t, Place> places;
    std::vector<uint32_t> filled(banks, 0);
    const size_t rank = tensor.size();
    std::vector<uint32_t> corner(rank, 0);
    for (uint32_t index = 0;; ++index) {
        uint32_t& next = filled[index % banks];
        std::vector<uint32_t> inside(rank, 0);
        for (bool more = true; more;) {
            uint32_t id = 0;
            bool padding = false;
            for (size_t d = 0; d < rank; ++d) {
                const uint32_t coord = corner[d] + inside[d];
                padding |= coord >= tensor[d];
                id = id * tensor[d] + coord;
            }
            if (!padding) {
                places[id] = {index % banks, next};
            }
            ++next;
            more = false;
            for (size_t d = rank; d-- > 0;) {
                if (++inside[d] < shard[d]) {
                    more = true;
                    break;
                }
                inside[d] = 0;
            }
        }
        bool last = true;
        for (size_t d = rank; d-- > 0;) {
            corner[d] += shard[d];
            if (corner[d] < tensor[d]) {
                last = false;
                break;
            }
            corner[d] = 0;
        }
        if (last) {
            return places;
        }
    }
}

template <class Accessor>
void expect_places(const Accessor& accessor, const std::map<uint32_t, Place>& places,
                   const std::function<uint64_t(uint32_t)>& bank_address, uint32_t page_bytes) {
    const auto address = [&](const Place& place) { return bank_address(place.bank) + place.page * page_bytes; };
    for (const auto& [id, place] : places) {
        ASSERT_EQ(accessor.get_noc_addr(id), address(place)) << "page " << id;
        ASSERT_EQ(accessor.get_noc_addr(id, 20), address(place) + 20) << "page " << id;
    }
    uint32_t expected = 0;
    for (const auto& page : accessor.pages()) {
        ASSERT_EQ(page.page_id(), expected);
        ASSERT_EQ(page.noc_addr(), address(places.at(expected)));
        ++expected;
    }
    EXPECT_EQ(expected, places.size());
    EXPECT_EQ(accessor.dspec().tensor_volume(), places.size());
}

template <class Accessor>
void expect_shards(const Accessor& accessor, const std::map<uint32_t, Place>& places, uint32_t shards,
                   const std::function<uint64_t(uint32_t)>& bank_address, uint32_t page_bytes) {
    size_t seen = 0;
    for (uint32_t shard = 0; shard < shards; ++shard) {
        uint64_t before = 0;
        for (const auto& page : accessor.shard_pages(shard)) {
            const Place& place = places.at(page.page_id());
            ASSERT_EQ(page.noc_addr(), bank_address(place.bank) + place.page * page_bytes);
            ASSERT_GT(page.noc_addr(), before) << "pages of a shard come in order";
            before = page.noc_addr();
            ++seen;
        }
    }
    EXPECT_EQ(seen, places.size());
}

uint64_t at(uint32_t x, uint32_t y, uint64_t local) {
    return uint64_t{y} << 42 | uint64_t{x} << 36 | local;
}

TEST(TensorAccessor, InterleavedTakesItsPageSizeFromTheHost) {
    CoreForTests core(7, 64);
    constexpr auto args = TensorAccessorArgs<at_interleaved_dram>();
    static_assert(args.next_compile_time_args_offset() == at_interleaved_l1 && args.AlignedPageSize == 2080);
    const auto implied = TensorAccessor(args, 1 << 20);
    const auto given = TensorAccessor(args, 1 << 20, 2048);
    const uint64_t bank = at(core.dram_xy[1][3] & 63, core.dram_xy[1][3] >> 6, (1 << 20) + core.dram_offset[3]);
    EXPECT_EQ(implied.get_noc_addr(10), bank + 2112) << "a page is rounded up to the alignment of DRAM, 64";
    EXPECT_EQ(given.get_noc_addr(10, 4), bank + 2048 + 4);
    EXPECT_THROW(TensorAccessor(TensorAccessorArgs<at_interleaved_l1>(), 0), std::runtime_error);

    uint32_t id = 3;
    for (const auto& page : given.pages(3, 9)) {
        EXPECT_EQ(page.page_id(), id);
        EXPECT_EQ(page.noc_addr(), given.get_noc_addr(id));
        ++id;
    }
    EXPECT_EQ(id, 9u);
}

TEST(TensorAccessor, ShardedInL1WithCompileTimeArguments) {
    CoreForTests core(7, 64);
    constexpr auto args = TensorAccessorArgs<at_static_2d>();
    static_assert(args.is_sharded && !args.is_dram && args.next_compile_time_args_offset() == at_static_3d);
    const auto accessor = TensorAccessor(args, 0x8000);
    const uint32_t xs[] = {0x12, 0x12, 0x13, 0x13}, ys[] = {1, 2, 1, 2};
    const auto bank_address = [&](uint32_t bank) { return at(xs[bank], ys[bank], 0x8000); };
    const auto places = place_pages({5, 7}, {2, 3}, 4);
    expect_places(accessor, places, bank_address, 64);
    expect_shards(accessor, places, 9, bank_address, 64);
    EXPECT_EQ(accessor.get_shard_noc_addr(6), bank_address(2) + 6 * 64);
    EXPECT_EQ(accessor.get_shard_noc_addr(std::array<uint32_t, 2>{2, 0}), bank_address(2) + 6 * 64);
    EXPECT_EQ(accessor.get_noc_addr(std::array<uint32_t, 2>{4, 6}), accessor.get_noc_addr(34));

    core.context.my_x[1] = 0x13, core.context.my_y[1] = 2;
    for (const auto& [id, place] : places) {
        EXPECT_EQ(accessor.is_local_page(id), place.bank == 3);
    }
    EXPECT_TRUE(accessor.is_local_shard(7));
    EXPECT_FALSE(accessor.is_local_shard(8));
    EXPECT_THROW(accessor.get_noc_addr(35), std::runtime_error);
}

TEST(TensorAccessor, ShardedInDramFindsBanksByNumber) {
    CoreForTests core(7, 64);
    const auto accessor = TensorAccessor(TensorAccessorArgs<at_static_3d>(), 4096, 128);
    // The arguments name banks 4, 3, 2, 1, 0.
    const auto bank_address = [&](uint32_t bank) {
        const uint32_t number = 4 - bank;
        const uint16_t xy = core.dram_xy[1][number];
        return at(xy & 63, xy >> 6, 4096 + core.dram_offset[number]);
    };
    const auto places = place_pages({3, 4, 5}, {2, 2, 2}, 5);
    expect_places(accessor, places, bank_address, 128);
    expect_shards(accessor, places, 2 * 2 * 3, bank_address, 128);
}

TEST(TensorAccessor, EverythingAtRunTime) {
    CoreForTests core(7, 64);
    const std::vector<uint32_t> values = {4, 3, 2, 3, 4, 5, 1, 2, 3, 2, 0x1202'1201, 0x0000'1301};
    for (uint32_t i = 0; i < values.size(); ++i) {
        core.set_common_argument(2 + i, values[i]);
    }
    constexpr auto args = TensorAccessorArgs<at_runtime, 2>();
    static_assert(args.next_compile_time_args_offset() == at_runtime_shapes);
    EXPECT_EQ(args.next_common_runtime_args_offset(), 2 + values.size());
    const auto accessor = TensorAccessor(args, 0x100);
    const uint32_t xs[] = {0x12, 0x12, 0x13}, ys[] = {1, 2, 1};
    const auto bank_address = [&](uint32_t bank) { return at(xs[bank], ys[bank], 0x100); };
    expect_places(accessor, place_pages({2, 3, 4, 5}, {1, 2, 3, 2}, 3), bank_address, 64);
}

TEST(TensorAccessor, ShapesAtRunTime) {
    CoreForTests core(7, 64);
    const std::vector<uint32_t> values = {6, 5, 4, 2, 0x1202'1201, 0x0000'1301};
    for (uint32_t i = 0; i < values.size(); ++i) {
        core.set_common_argument(i, values[i]);
    }
    const auto accessor = TensorAccessor(TensorAccessorArgs<at_runtime_shapes, 0>(), 0x100, 256);
    const uint32_t xs[] = {0x12, 0x12, 0x13}, ys[] = {1, 2, 1};
    const auto bank_address = [&](uint32_t bank) { return at(xs[bank], ys[bank], 0x100); };
    const auto places = place_pages({6, 5}, {4, 2}, 3);
    expect_places(accessor, places, bank_address, 256);
    expect_shards(accessor, places, 6, bank_address, 256);
}

TEST(TensorAccessor, SeveralOfThemBehindOneType) {
    CoreForTests core(7, 64);
    constexpr auto args = make_tensor_accessor_args_tuple<2, at_static_2d>();
    auto* addresses = reinterpret_cast<uint32_t*>(get_arg_addr(0));
    addresses[1] = 0x8000, addresses[2] = 0x4000;
    // Page sizes are taken from compile-time arguments 1 and 2: 8 and 9 bytes.
    const auto accessors = make_tensor_accessor_tuple(args, 1, 1);
    const auto wrappers = make_abstract_tensor_accessor_wrappers(accessors);
    EXPECT_EQ(wrappers[0].get_noc_addr(1), at(0x12, 1, 0x8000 + 8));
    EXPECT_EQ(wrappers[1].get_noc_addr(11), std::get<1>(accessors).get_noc_addr(11));
}

}  // namespace

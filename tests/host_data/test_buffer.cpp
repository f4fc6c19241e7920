// Where the pages of buffers are, on a device of two by two workers and three DRAM banks.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <base/error.h>
#include <metalium/allocator_impl.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

namespace {

using namespace tt::tt_metal;

/// A device that only has memory to allocate.
class MemoryDevice final : public IDevice {
public:
    MemoryDevice() {
        AllocatorConfig config;
        config.dram_bank_offsets = {0, 0, 0};
        config.dram_bank_size = 1 << 24;
        config.dram_unreserved_base = 32;
        config.l1_cores = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
        config.l1_unreserved_base = 1024;
        config.worker_l1_size = 1 << 20;
        impl_ = std::make_unique<AllocatorImpl>(config);
        face_ = std::make_unique<Allocator>(impl_.get());
    }

    bool is_initialized() const override { return true; }
    tt::ChipId id() const override { return 0; }
    const std::unique_ptr<Allocator>& allocator() const override { return face_; }
    const std::unique_ptr<AllocatorImpl>& allocator_impl() const override { return impl_; }
    CoreCoord virtual_core_from_logical_core(const CoreCoord& core, const CoreType&) const override {
        return {core.x + 18, core.y + 18};
    }

private:
    std::unique_ptr<AllocatorImpl> impl_;
    std::unique_ptr<Allocator> face_;
};

class Buffers : public testing::Test {
protected:
    MemoryDevice device;
};

using Pages = std::vector<std::vector<uint32_t>>;
constexpr uint32_t none = UncompressedBufferPageMapping::PADDING;
const CoreRangeSet all_workers(CoreRange({0, 0}, {1, 1}));

TEST_F(Buffers, InterleavedPagesGoRoundTheBanks) {
    const auto buffer = Buffer::create(&device, 10 * 100, 100, BufferType::DRAM);
    EXPECT_EQ(buffer->num_pages(), 10u);
    EXPECT_EQ(buffer->aligned_page_size(), 128u);
    EXPECT_EQ(buffer->aligned_size_per_bank(), 4 * 128u);
    EXPECT_EQ(buffer->address(), 32u);
    for (uint32_t page = 0; page < 10; ++page) {
        EXPECT_EQ(buffer->page_address(page % 3, page), 32u + page / 3 * 128);
    }
    EXPECT_ANY_THROW(buffer->page_address(3, 0));
    EXPECT_ANY_THROW(Buffer::create(&device, 1000, 300, BufferType::DRAM));
}

TEST_F(Buffers, MemoryComesBackWithTheObject) {
    const auto first = Buffer::create(&device, 4096, 1024, BufferType::L1)->address();
    EXPECT_EQ(Buffer::create(&device, 4096, 1024, BufferType::L1)->address(), first);
    const auto held = Buffer::create(&device, 4096, 1024, BufferType::L1);
    EXPECT_LT(Buffer::create(&device, 4096, 1024, BufferType::L1)->address(), first);
    DeallocateBuffer(*held);
    EXPECT_FALSE(held->is_allocated());
    EXPECT_EQ(Buffer::create(&device, 4096, 1024, BufferType::L1)->address(), first);
    EXPECT_EQ(device.allocator()->get_num_allocated_buffers(), 0u);
}

TEST_F(Buffers, HeightShardsTakePagesInOrder) {
    // 7 rows of pages of 32 x 32, two rows a shard.
    const ShardSpecBuffer spec(all_workers, {64, 32}, ShardOrientation::ROW_MAJOR, {32, 32}, {7, 1});
    const auto buffer = Buffer::create(&device, 7 * 2048, 2048, BufferType::L1,
                                       BufferShardingArgs(spec, TensorMemoryLayout::HEIGHT_SHARDED));
    const auto mapping = generate_buffer_page_mapping(*buffer);
    EXPECT_EQ(mapping.all_cores, (std::vector<CoreCoord>{{0, 0}, {1, 0}, {0, 1}, {1, 1}}));
    EXPECT_EQ(mapping.core_host_page_indices, (Pages{{0, 1}, {2, 3}, {4, 5}, {6, none}}));
    EXPECT_EQ(buffer->num_dev_pages(), 8u);
    EXPECT_EQ(buffer->aligned_size_per_bank(), 2 * 2048u);
    EXPECT_EQ(buffer->num_cores(), 4u);
}

TEST_F(Buffers, BlockShardsCutTheTensorIntoAGrid) {
    // 3 x 3 pages, shards of 2 x 2: the last row and column stick out.
    const ShardSpecBuffer spec(all_workers, {2, 2}, ShardOrientation::COL_MAJOR, {1, 1}, {3, 3});
    const auto buffer = Buffer::create(&device, 9 * 64, 64, BufferType::L1,
                                       BufferShardingArgs(spec, TensorMemoryLayout::BLOCK_SHARDED));
    const auto mapping = generate_buffer_page_mapping(*buffer);
    EXPECT_EQ(mapping.all_cores, (std::vector<CoreCoord>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
    EXPECT_EQ(mapping.core_host_page_indices,
              (Pages{{0, 1, 3, 4}, {2, none, 5, none}, {6, 7, none, none}, {8, none, none, none}}));

    std::vector<uint32_t> seen(9, 0);
    for (const auto& page : *buffer->get_buffer_page_mapping()) {
        EXPECT_EQ(mapping.core_host_page_indices[page.core_id][page.device_page], page.host_page);
        ++seen[page.host_page];
    }
    EXPECT_EQ(seen, std::vector<uint32_t>(9, 1));

    const auto view = buffer->view({2 * 64, 4 * 64});
    EXPECT_EQ(view->root_buffer(), buffer);
    uint32_t pages = 0;
    for (const auto& page : *view->get_buffer_page_mapping()) {
        EXPECT_EQ(mapping.core_host_page_indices[page.core_id][page.device_page], page.host_page + 2);
        ++pages;
    }
    EXPECT_EQ(pages, 4u);
}

TEST_F(Buffers, ShardsOfNDimensionsAreDealtRoundRobin) {
    // A tensor of 2 x 3 x 4 pages in shards of 1 x 2 x 3: shard (i, j, k) is number (i * 2 + j) * 2 + k.
    const BufferDistributionSpec spec(Shape({2, 3, 4}), Shape({1, 2, 3}), CoreRangeSet(CoreRange({0, 0}, {2, 0})),
                                      ShardOrientation::ROW_MAJOR);
    EXPECT_EQ(spec.num_shards(), 8u);
    EXPECT_EQ(spec.max_num_shards_per_core(), 3u);
    const auto mapping = spec.compute_page_mapping();
    size_t mapped = 0;
    for (uint32_t a = 0; a < 2; ++a) {
        for (uint32_t b = 0; b < 3; ++b) {
            for (uint32_t c = 0; c < 4; ++c) {
                const uint32_t shard = (a * 2 + b / 2) * 2 + c / 3;
                const uint32_t place = b % 2 * 3 + c % 3;
                EXPECT_EQ(mapping.core_host_page_indices[shard % 3][shard / 3 * 6 + place], (a * 3 + b) * 4 + c);
                ++mapped;
            }
        }
    }
    for (const auto& core : mapping.core_host_page_indices) {
        mapped -= core.size() - static_cast<size_t>(std::count(core.begin(), core.end(), none));
    }
    EXPECT_EQ(mapped, 0u);
    const auto [cores, all, more, fewer, per_more, per_fewer] = spec.core_groups_tuple();
    EXPECT_EQ(more.num_cores() * per_more + fewer.num_cores() * per_fewer, 8u);
}

TEST_F(Buffers, DimensionsThatStayInOrderMerge) {
    const auto [tensor, shard] = detail::squeeze_shape_ranks(Shape({5, 2, 3, 4}), Shape({2, 3, 4}));
    EXPECT_EQ(tensor, Shape({5 * 2 * 3 * 4}));
    EXPECT_EQ(shard, Shape({2 * 3 * 4}));
    const auto [kept_tensor, kept_shard] = detail::squeeze_shape_ranks(Shape({3, 4}), Shape({2, 3}));
    EXPECT_EQ(kept_tensor, Shape({3, 4}));
    EXPECT_EQ(kept_shard, Shape({2, 3}));
}

TEST_F(Buffers, TensorAccessorArguments) {
    using tensor_accessor::ArgConfig;
    const auto dram = Buffer::create(&device, 4096, 1024, BufferType::DRAM);
    std::vector<uint32_t> args{7};
    TensorAccessorArgs(dram).append_to(args);
    EXPECT_EQ(args, (std::vector<uint32_t>{7, 2 | 1024 / 16 << 8}));
    EXPECT_EQ(TensorAccessorArgs::create_dram_interleaved().get_compile_time_args(), std::vector<uint32_t>{2});
    EXPECT_EQ(TensorAccessorArgs(static_cast<const Buffer*>(nullptr)).get_compile_time_args(),
              std::vector<uint32_t>{0});

    const BufferDistributionSpec spec(Shape({4, 6}), Shape({2, 4}), std::vector<CoreCoord>{{0, 0}, {1, 0}, {0, 1}});
    const auto l1 = Buffer::create(&device, 24 * 64, 64, BufferType::L1, spec);
    const uint32_t flags = 1 | 64 / 16 << 8;
    const uint32_t bank_0 = 18 << 8 | 18, bank_1 = 19 << 8 | 18, bank_2 = 18 << 8 | 19;
    EXPECT_EQ(TensorAccessorArgs(*l1).get_compile_time_args(),
              (std::vector<uint32_t>{flags, 2, 3, 4, 6, 2, 4, bank_1 << 16 | bank_0, bank_2}));

    const TensorAccessorArgs split(*l1, ArgConfig::RuntimeTensorShape | ArgConfig::RuntimeBankCoords);
    EXPECT_EQ(split.get_compile_time_args(), (std::vector<uint32_t>{flags | 1 << 4 | 1 << 6, 2, 3, 2, 4}));
    EXPECT_EQ(split.get_common_runtime_args(), (std::vector<uint32_t>{4, 6, bank_1 << 16 | bank_0, bank_2}));
    EXPECT_ANY_THROW(split.append_to(args));
    EXPECT_ANY_THROW(TensorAccessorArgs(*l1, ArgConfig::RuntimeRank));
}

TEST(Errors, HaveTheShapeOfTheApi) {
    const auto check = [](int x) { TT_FATAL(x > 3, "x is {} of {}", x, 4); };
    EXPECT_NO_THROW(check(4));
    try {
        check(2);
        FAIL();
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        EXPECT_THAT(text, testing::StartsWith("TT_FATAL @ "));
        EXPECT_THAT(text, testing::HasSubstr(": x > 3\ninfo:\nx is 2 of 4\nbacktrace:\n"));
        EXPECT_NE(dynamic_cast<const tessera::Error*>(&error), nullptr);
    }
    EXPECT_THROW(TT_THROW("nothing"), std::runtime_error);
    EXPECT_THROW(TT_FATAL(false), std::runtime_error);
}

}  // namespace

// Buffers of every layout between host and kernels: what the host writes a kernel must find through TensorAccessor, and
// the other way round. The kernels reverse the order of pages, so a mistake cannot cancel out.
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace {

using namespace tt::tt_metal;
using Words = std::vector<uint32_t>;
using tensor_accessor::ArgConfig;

constexpr uint32_t page_bytes = 64, rows = 12, cols = 8;  // of a tensor of 96 pages; a page is 1x32 values of 2 bytes
constexpr uint32_t page_words = page_bytes / 4, all_words = rows * cols * page_words;
constexpr uint32_t scratch = 600 * 1024, found = 700 * 1024;  // L1 that no buffer of these tests reaches
constexpr CoreCoord core{1, 0};

enum class Layout { DramInterleaved, L1Interleaved, Height, Width, Block, BlockByColumn, Nd, DramHeight, DramNd };

struct Kind {
    Layout layout;
    const char* name;
};
const Kind kinds[] = {{Layout::DramInterleaved, "DRAM, interleaved"},
                      {Layout::L1Interleaved, "L1, interleaved"},
                      {Layout::Height, "L1, height-sharded with a ragged end"},
                      {Layout::Width, "L1, width-sharded"},
                      {Layout::Block, "L1, block-sharded"},
                      {Layout::BlockByColumn, "L1, block-sharded by column"},
                      {Layout::Nd, "L1, more shards than cores"},
                      {Layout::DramHeight, "DRAM, height-sharded"},
                      {Layout::DramNd, "DRAM, more shards than banks"}};

class Accessors : public ::testing::Test {
protected:
    static void SetUpTestSuite() { device_ = CreateDevice(0); }
    static void TearDownTestSuite() { CloseDevice(device_); }

    static std::shared_ptr<Buffer> make(Layout layout) {
        const DeviceAddr size = rows * cols * page_bytes;
        const auto sharded = [&](BufferType type, TensorMemoryLayout memory, CoreRangeSet grid, uint32_t shard_rows,
                                 uint32_t shard_cols, ShardOrientation orientation) {
            return CreateBuffer(ShardedBufferConfig{
                .device = device_,
                .size = size,
                .page_size = page_bytes,
                .buffer_type = type,
                .buffer_layout = memory,
                .shard_parameters =
                    ShardSpecBuffer(grid, {shard_rows, shard_cols * 32}, orientation, {1, 32}, {rows, cols})});
        };
        const auto box = [](uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1) {
            return CoreRangeSet(CoreRange(CoreCoord(x0, y0), CoreCoord(x1, y1)));
        };
        constexpr auto by_row = ShardOrientation::ROW_MAJOR, by_col = ShardOrientation::COL_MAJOR;
        switch (layout) {
            case Layout::DramInterleaved:
            case Layout::L1Interleaved:
                return CreateBuffer(InterleavedBufferConfig{
                    device_, size, page_bytes, layout == Layout::DramInterleaved ? BufferType::DRAM : BufferType::L1});
            case Layout::Height:
                return sharded(BufferType::L1, TensorMemoryLayout::HEIGHT_SHARDED, box(1, 0, 3, 0), 5, cols, by_row);
            case Layout::Width:
                return sharded(BufferType::L1, TensorMemoryLayout::WIDTH_SHARDED, box(2, 3, 3, 4), rows, 2, by_row);
            case Layout::Block:
                return sharded(BufferType::L1, TensorMemoryLayout::BLOCK_SHARDED, box(1, 1, 2, 3), 4, 4, by_row);
            case Layout::BlockByColumn:
                return sharded(BufferType::L1, TensorMemoryLayout::BLOCK_SHARDED, box(1, 1, 3, 2), 4, 4, by_col);
            case Layout::DramHeight:
                return sharded(BufferType::DRAM, TensorMemoryLayout::HEIGHT_SHARDED, box(0, 0, 5, 0), 2, cols, by_row);
            case Layout::Nd:
            case Layout::DramNd:
                return Buffer::create(
                    device_, size, page_bytes, layout == Layout::Nd ? BufferType::L1 : BufferType::DRAM,
                    BufferShardingArgs(BufferDistributionSpec(Shape({2, 6, 8}), Shape({1, 4, 3}),
                                                              box(0, 0, 4, layout == Layout::Nd ? 1 : 0), by_row)));
        }
        return nullptr;
    }

    static Words numbered(uint32_t seed) {
        Words words(all_words);
        std::iota(words.begin(), words.end(), seed << 16);
        return words;
    }
    static Words pages_reversed(const Words& words) {
        Words result;
        for (uint32_t page = rows * cols; page-- > 0;) {
            result.insert(result.end(), words.begin() + page * page_words, words.begin() + (page + 1) * page_words);
        }
        return result;
    }

    static Words l1(CoreCoord where, uint32_t address, uint32_t count) {
        Words words(count);
        detail::ReadFromDeviceL1(device_, where, address, count * 4, words);
        return words;
    }

    /// Copies one buffer's pages to the other in reverse order. Compile-time arguments: both tensors'.
    static void reverse(const Buffer& from, const Buffer& to, ArgConfig config) {
        Program program;
        Words args, common;
        TensorAccessorArgs(from, config).append_to(args, common);
        TensorAccessorArgs(to, config).append_to(args, common);
        const KernelHandle kernel = CreateKernelFromString(program, R"(
            void kernel_main() {
                constexpr auto from_args = TensorAccessorArgs<0, 0>();
                constexpr auto to_args0 = TensorAccessorArgs<from_args.next_compile_time_args_offset()>();
                const auto to_args = TensorAccessorArgs<from_args.next_compile_time_args_offset()>(from_args.next_common_runtime_args_offset());
                const auto from = TensorAccessor(from_args, get_arg_val<uint32_t>(0), 64);
                const auto to = TensorAccessor(to_args, get_arg_val<uint32_t>(1), 64);
                const uint32_t pages = get_arg_val<uint32_t>(2), scratch = get_arg_val<uint32_t>(3);
                for (uint32_t page = 0; page < pages; ++page) {
                    noc_async_read(from.get_noc_addr(page), scratch + page * 64, 64);
                }
                noc_async_read_barrier();
                for (uint32_t page = 0; page < pages; ++page) {
                    noc_async_write_page(pages - 1 - page, to, scratch + page * 64);
                }
                noc_async_write_barrier();
                static_assert(to_args0.num_compile_time_args() == TensorAccessorArgs<from_args.num_compile_time_args()>::NumArgsCT);
            })",
                                                           core, ReaderDataMovementConfig(args));
        SetRuntimeArgs(program, kernel, core, {from.address(), to.address(), rows * cols, scratch});
        if (!common.empty()) {
            SetCommonRuntimeArgs(program, kernel, common);
        }
        detail::LaunchProgram(device_, program);
    }

    static inline IDevice* device_ = nullptr;
};

TEST_F(Accessors, KernelsFindTheHostsPagesInEveryLayout) {
    uint32_t seed = 1;
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.name);
        const auto from = make(kind.layout), to = make(kind.layout);
        const Words words = numbered(seed++);
        detail::WriteToBuffer(from, words);
        Words nothing(all_words);
        detail::WriteToBuffer(to, nothing);
        reverse(*from, *to, ArgConfig::None);
        Words back;
        detail::ReadFromBuffer(to, back);
        EXPECT_EQ(back, pages_reversed(words));
    }
}

TEST_F(Accessors, RuntimeArgumentsDescribeATensorAsWell) {
    uint32_t seed = 50;
    for (const Kind& kind : kinds) {
        if (kind.layout == Layout::DramInterleaved || kind.layout == Layout::L1Interleaved) {
            continue;
        }
        SCOPED_TRACE(kind.name);
        const auto from = make(kind.layout), to = make(kind.layout);
        const Words words = numbered(seed++);
        detail::WriteToBuffer(from, words);
        reverse(*from, *to, ArgConfig::Runtime);
        Words back;
        detail::ReadFromBuffer(to, back);
        EXPECT_EQ(back, pages_reversed(words));
    }
}

TEST_F(Accessors, InterleavedL1LiesInTheBanksThatKernelsCount) {
    const auto buffer = make(Layout::L1Interleaved);
    const auto& allocator = *device_->allocator();
    const uint32_t banks = allocator.get_num_banks(BufferType::L1);
    const CoreCoord grid = device_->compute_with_storage_grid_size();
    ASSERT_EQ(banks, grid.x * grid.y);
    detail::WriteToBuffer(buffer, numbered(7));
    // The kernel writes each bank's own number below the buffer; the host looks where the allocator says.
    Program program;
    const KernelHandle kernel = CreateKernelFromString(program, R"(
        void kernel_main() {
            const uint32_t scratch = get_arg_val<uint32_t>(0), found = get_arg_val<uint32_t>(1);
            volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(scratch);
            const InterleavedPow2AddrGen<false> pages = {.bank_base_address = get_arg_val<uint32_t>(2), .log_base_2_of_page_size = 6};
            for (uint32_t bank = 0; bank < NUM_L1_BANKS; ++bank) {
                word[0] = bank;
                noc_async_read(pages.get_noc_addr(bank), scratch + 64, 64);
                noc_async_read_barrier();
                word[1] = word[16];
                noc_async_write(scratch, get_noc_addr_from_bank_id<false>(bank, found), 16);
                noc_async_write_barrier();
            }
        })",
                                                       core, WriterDataMovementConfig());
    SetRuntimeArgs(program, kernel, core, {scratch, found, buffer->address()});
    detail::LaunchProgram(device_, program);
    for (uint32_t bank = 0; bank < banks; ++bank) {
        const CoreCoord where = allocator.get_logical_core_from_bank_id(bank);
        EXPECT_EQ(l1(where, found, 2), (Words{bank, (7u << 16) + bank * page_words})) << bank;
        EXPECT_EQ(l1(where, buffer->address(), 1)[0], (7u << 16) + bank * page_words) << bank;
        EXPECT_EQ(allocator.get_bank_ids_from_logical_core(BufferType::L1, where), (Words{bank}));
    }
}

TEST_F(Accessors, ShardsPagesAndLocality) {
    const auto buffer = make(Layout::Height), copy = make(Layout::Height);
    const Words words = numbered(3);
    detail::WriteToBuffer(buffer, words);
    Words nothing(all_words);
    detail::WriteToBuffer(copy, nothing);
    Program program;
    Words args{page_bytes, page_bytes};
    TensorAccessorArgs(buffer).append_to(args);
    TensorAccessorArgs(copy).append_to(args);
    const KernelHandle kernel = CreateKernelFromString(program, R"(
        #include <experimental/core_local_mem.h>
        #include <experimental/tensor.h>
        void kernel_main() {
            const uint32_t scratch = get_arg_val<uint32_t>(2);
            volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(3));
            constexpr auto tuple = make_tensor_accessor_args_tuple<2, 2>();
            const auto accessors = make_tensor_accessor_tuple(tuple, 0, 0);
            const auto& from = std::get<0>(accessors);
            const auto& to = std::get<1>(accessors);
            constexpr auto args = std::get<0>(tuple);
            out[0] = args.get_rank() * 100 + args.get_num_banks() * 10 + args.get_physical_num_banks();
            out[1] = from.get_aligned_page_size() + args.num_compile_time_args() + args.num_common_runtime_args();

            uint32_t pages = 0, wrong = 0;
            const auto all = from.pages();
            for (auto page = all.cbegin(); page != all.cend(); ++page, ++pages) {
                wrong += page->page_id() != pages || page->noc_addr() != from.get_noc_addr(pages);
            }
            out[2] = pages;
            out[3] = wrong;

            // The second shard: rows 5 to 9.
            uint32_t sum = 0;
            pages = 0;
            const auto shard = from.shard_pages(1);
            for (auto page = shard.cbegin(); page != shard.cend(); ++page) {
                sum += page->page_id();
                ++pages;
            }
            out[4] = sum;
            out[5] = pages;
            const auto range = from.shard_pages(2);  // the last one is ragged
            pages = 0;
            for (const auto& page : range) {
                pages += page.page_id() >= 80;
            }
            out[6] = pages;

            const auto place = from.get_bank_and_offset(43u);
            out[7] = place.bank_id * 1000 + place.bank_page_offset;
            uint32_t local = 0;
            for (uint32_t page = 0; page < 96; ++page) {
                local += from.is_local_page(page);
            }
            out[8] = local;
            out[9] = from.is_local_shard(0) + 2 * from.is_local_shard(1) + 4 * from.is_local_addr(get_noc_addr(scratch)) +
                     8 * from.is_local_bank(my_x[noc_index], my_y[noc_index]);

            // Shards 0 and 1 by function, the rest by object.
            noc_async_read_shard(0, from, scratch);
            noc_async_read_barrier();
            noc_async_write_shard(1, to, scratch);
            noc_async_read_shard(1, from, scratch + 4096);
            noc_async_read_barrier();
            noc_async_write_shard(0, to, scratch + 4096);
            noc_async_write_barrier();

            experimental::Noc noc;
            const experimental::CoreLocalMem<uint32_t> memory(scratch);
            noc.async_read(ShardView(from), memory, 64, {.shard_id = 2, .offset_bytes = 64}, {});
            noc.async_read(PageView(from), memory, 64, {.page_id = 90}, {.offset_bytes = 64});
            noc.async_read(*from.pages(95, 96).begin(), memory, 32, {.offset_bytes = 32}, {.offset_bytes = 128});
            noc.async_read_barrier();
            out[10] = memory[0];
            out[11] = memory[16];
            out[12] = memory[32];
            memory[0] = 77;
            noc.async_write(memory, PageView(to), 32, {}, {.page_id = 95, .offset_bytes = 32});
            noc.async_write(memory, ShardView(to), 16, {}, {.shard_id = 2, .offset_bytes = 16});
            noc.async_write_barrier();
            const auto wrappers = make_abstract_tensor_accessor_wrappers(accessors);
            out[13] = wrappers[1].get_noc_addr(44) == to.get_noc_addr(44) && wrappers[0].get_noc_addr(3, 5) == from.get_noc_addr(3, 5);
            const uint32_t coordinates[1] = {51};
            out[14] = from.get_noc_addr(coordinates) == from.get_noc_addr(51u);
        })",
                                                       core, DataMovementConfig{.compile_args = args});
    SetRuntimeArgs(program, kernel, core, {buffer->address(), copy->address(), scratch, found});
    detail::LaunchProgram(device_, program);
    const uint32_t base = 3u << 16;
    const Words seen = l1(core, found, 15);
    // Rows of the tensor are 8 pages; a shard has 5 rows, and the core (1,0) holds the first. Shards as wide as the
    // tensor leave one dimension of pages, and three banks take two words.
    EXPECT_EQ(seen, (Words{132, page_bytes + 1 + 2 + 1 + 1 + 2, 96, 0, (40 + 79) * 20, 40, 16, 1003, 40, 1 + 4 + 8,
                           base + 81 * page_words, base + 90 * page_words, base + 95 * page_words + 8, 1, 1}));
    Words back;
    detail::ReadFromBuffer(copy, back);
    EXPECT_EQ(Words(back.begin(), back.begin() + 40 * page_words),
              Words(words.begin() + 40 * page_words, words.begin() + 80 * page_words));
    EXPECT_EQ(Words(back.begin() + 40 * page_words, back.begin() + 80 * page_words),
              Words(words.begin(), words.begin() + 40 * page_words));
    EXPECT_EQ(back[95 * page_words + 8], 77u);
    EXPECT_EQ(back[80 * page_words + 4], 77u);
    // A shard as the host reads it.
    Words shard;
    detail::ReadShard(*buffer, shard, 1);
    EXPECT_EQ(shard, Words(words.begin() + 40 * page_words, words.begin() + 80 * page_words));
}

}  // namespace

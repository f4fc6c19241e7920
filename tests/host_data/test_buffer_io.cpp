// Transfers between host and machine: every page must be found where the layout's formula puts it, by looking into the
// machine's memory, and must come back.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <arch/arch.h>
#include <metalium/allocator_impl.h>
#include <metalium/buffer_io.h>
#include <sim/machine.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/device.hpp>

namespace {

using namespace tt::tt_metal;
using tessera::metalium::read_buffer;
using tessera::metalium::write_buffer;

/// A chip's memory, without anything else of a device.
class ChipMemory final : public IDevice {
public:
    explicit ChipMemory(const tessera::arch::Chip& chip)
        : impl_(std::make_unique<AllocatorImpl>(AllocatorConfig::for_chip(chip, 0, 0))),
          face_(std::make_unique<Allocator>(impl_.get())) {}

    bool is_initialized() const override { return true; }
    const std::unique_ptr<Allocator>& allocator() const override { return face_; }
    const std::unique_ptr<AllocatorImpl>& allocator_impl() const override { return impl_; }

private:
    std::unique_ptr<AllocatorImpl> impl_;
    std::unique_ptr<Allocator> face_;
};

class BufferIo : public testing::Test {
protected:
    const tessera::arch::Board& board = tessera::arch::board("n150");
    tessera::sim::Machine machine{board};
    ChipMemory device{board.chips[0]};

    static std::vector<std::byte> random_bytes(size_t count) {
        std::mt19937 generator(1);
        std::vector<std::byte> bytes(count);
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(generator());
        }
        return bytes;
    }

    static std::vector<std::byte> part(const std::vector<std::byte>& bytes, size_t offset, size_t count) {
        return {bytes.begin() + static_cast<long>(offset), bytes.begin() + static_cast<long>(offset + count)};
    }
};

TEST_F(BufferIo, InterleavedDram) {
    constexpr uint32_t page = 100, pages = 50, stride = 128;  // 100 rounds up to a multiple of 32
    const auto buffer = Buffer::create(&device, page * pages, page, BufferType::DRAM);
    const auto bytes = random_bytes(page * pages);
    write_buffer(machine, 0, *buffer, bytes);
    const uint32_t banks = board.chips[0].num_dram_banks;
    for (uint32_t i = 0; i < pages; ++i) {
        std::vector<std::byte> found(page);
        machine.read_dram(0, i % banks, buffer->address() + i / banks * stride, found);
        ASSERT_EQ(found, part(bytes, i * page, page)) << i;
    }
    std::vector<std::byte> back(bytes.size());
    read_buffer(machine, 0, *buffer, back);
    EXPECT_EQ(back, bytes);

    // A region that starts and ends inside of pages, and a view.
    std::vector<std::byte> piece(333);
    read_buffer(machine, 0, *buffer, piece, BufferRegion(1234, 333));
    EXPECT_EQ(piece, part(bytes, 1234, 333));
    const auto view = buffer->view(BufferRegion(7 * page, 20 * page));
    std::vector<std::byte> seen(20 * page);
    read_buffer(machine, 0, *view, seen);
    EXPECT_EQ(seen, part(bytes, 7 * page, 20 * page));
}

TEST_F(BufferIo, InterleavedL1LiesWhereTheAllocatorSays) {
    constexpr uint32_t page = 64, pages = 200;
    const auto buffer = Buffer::create(&device, page * pages, page, BufferType::L1);
    const auto bytes = random_bytes(page * pages);
    write_buffer(machine, 0, *buffer, bytes);
    const uint32_t banks = device.allocator()->get_num_banks(BufferType::L1);
    for (uint32_t i = 0; i < pages; ++i) {
        const CoreCoord core = device.allocator()->get_logical_core_from_bank_id(i % banks);
        std::vector<std::byte> found(page);
        machine.read_l1(0, {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)},
                        buffer->address() + i / banks * page, found);
        ASSERT_EQ(found, part(bytes, i * page, page)) << i;
    }
}

TEST_F(BufferIo, BlockShardedL1) {
    // 6 x 6 pages of 64 bytes, shards of 3 x 2 pages on a grid of 3 x 2 cores.
    const ShardSpecBuffer spec(CoreRangeSet(CoreRange({1, 1}, {3, 2})), {3, 2}, ShardOrientation::ROW_MAJOR, {1, 1},
                               {6, 6});
    const auto buffer = Buffer::create(&device, 36 * 64, 64, BufferType::L1,
                                       BufferShardingArgs(spec, TensorMemoryLayout::BLOCK_SHARDED));
    const auto bytes = random_bytes(36 * 64);
    write_buffer(machine, 0, *buffer, bytes);
    for (uint32_t row = 0; row < 6; ++row) {
        for (uint32_t col = 0; col < 6; ++col) {
            const tessera::arch::Coord core{static_cast<uint16_t>(1 + col / 2), static_cast<uint16_t>(1 + row / 3)};
            std::vector<std::byte> found(64);
            machine.read_l1(0, core, buffer->address() + (row % 3 * 2 + col % 2) * 64, found);
            ASSERT_EQ(found, part(bytes, (row * 6 + col) * 64, 64)) << row << " " << col;
        }
    }
    std::vector<std::byte> back(bytes.size());
    read_buffer(machine, 0, *buffer, back);
    EXPECT_EQ(back, bytes);
}

TEST_F(BufferIo, DramShardsAreNamedByBank) {
    const BufferDistributionSpec spec(Shape({8}), Shape({2}), std::vector<CoreCoord>{{3, 0}, {0, 0}});
    const auto buffer = Buffer::create(&device, 8 * 64, 64, BufferType::DRAM, spec);
    const auto bytes = random_bytes(8 * 64);
    write_buffer(machine, 0, *buffer, bytes);
    std::vector<std::byte> found(128);
    machine.read_dram(0, 0, buffer->address() + 128, found);  // the fourth shard: second of bank 0
    EXPECT_EQ(found, part(bytes, 6 * 64, 128));
}

TEST_F(BufferIo, MistakesThrow) {
    const auto buffer = Buffer::create(&device, 256, 64, BufferType::DRAM);
    EXPECT_ANY_THROW(write_buffer(machine, 0, *buffer, random_bytes(257)));
    EXPECT_ANY_THROW(write_buffer(machine, 0, *buffer, random_bytes(64), BufferRegion(224, 64)));
    DeallocateBuffer(*buffer);
    EXPECT_ANY_THROW(write_buffer(machine, 0, *buffer, random_bytes(64)));
}

}  // namespace

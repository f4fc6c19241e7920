// Transfers between host memory and the pages of a buffer.
#include <metalium/buffer_io.h>

#include <algorithm>
#include <vector>

#include <base/error.h>
#include <metalium/allocator_impl.h>
#include <numerics/numerics.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

namespace tessera::metalium {

namespace {

using tt::tt_metal::Buffer;
using tt::tt_metal::BufferRegion;
using tt::tt_metal::CoreCoord;
using tt::tt_metal::DeviceAddr;

/// A place to which a bank's bytes go: a DRAM bank, or the L1 of a worker.
struct Bank {
    bool dram = true;
    uint32_t dram_bank = 0;
    arch::Coord core;
};

/// Calls copy(bank, address, offset, bytes) for each piece of the buffer's logical bytes [begin, end) that lies in one
/// stretch of a bank's memory; offset is from the buffer's start.
template <typename Copy>
class Walk {
public:
    Walk(Buffer& buffer, DeviceAddr begin, DeviceAddr end, Copy copy)
        : buffer_(buffer),
          begin_(begin),
          end_(end),
          page_(buffer.page_size()),
          stride_(buffer.aligned_page_size()),
          copy_(copy) {}

    void run() {
        if (begin_ >= end_) {
            return;
        }
        if (tt::tt_metal::is_sharded(buffer_.buffer_layout())) {
            sharded();
        } else {
            interleaved();
        }
    }

private:
    /// Part of a run of whole pages: host pages [first, first + count) stand from `address` on.
    void pages(const Bank& bank, DeviceAddr address, DeviceAddr first, DeviceAddr count) {
        const DeviceAddr low = std::max(begin_, first * page_);
        const DeviceAddr high = std::min(end_, (first + count) * page_);
        if (low >= high) {
            return;
        }
        if (stride_ == page_) {
            copy_(bank, address + (low - first * page_), low, high - low);
            return;
        }
        for (DeviceAddr at = low; at < high;) {
            const DeviceAddr page = at / page_;
            const DeviceAddr stop = std::min(high, (page + 1) * page_);
            copy_(bank, address + (page - first) * stride_ + at % page_, at, stop - at);
            at = stop;
        }
    }

    Bank bank_of(uint32_t id) const {
        Bank bank;
        bank.dram = buffer_.is_dram();
        if (bank.dram) {
            bank.dram_bank = id;
        } else {
            const CoreCoord core = buffer_.allocator()->get_logical_core_from_bank_id(id);
            bank.core = {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)};
        }
        return bank;
    }

    // A view's pages count from the root's first page, so that they keep their banks.
    void interleaved() {
        const uint32_t num_banks = buffer_.allocator()->get_num_banks(buffer_.buffer_type());
        const DeviceAddr skipped = buffer_.root_buffer_region().offset / page_;
        const DeviceAddr base = buffer_.address();
        std::vector<Bank> banks;
        banks.reserve(num_banks);
        for (uint32_t id = 0; id < num_banks; ++id) {
            banks.push_back(bank_of(id));
        }
        const DeviceAddr first = begin_ / page_;
        const DeviceAddr last = (end_ - 1) / page_;
        for (DeviceAddr page = first; page <= last; ++page) {
            const DeviceAddr global = page + skipped;
            pages(banks[global % num_banks], base + global / num_banks * stride_, page, 1);
        }
    }

    void sharded() {
        const auto& mapping = *buffer_.get_buffer_page_mapping();
        for (size_t i = 0; i < mapping.all_cores.size(); ++i) {
            const CoreCoord core = mapping.all_cores[i];
            Bank bank;
            bank.dram = buffer_.is_dram();
            if (bank.dram) {
                TT_FATAL(core.y == 0, "DRAM banks are named (bank, 0), not {}", core.str());
                bank.dram_bank = static_cast<uint32_t>(core.x);
            } else {
                bank.core = {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)};
            }
            for (const auto& run : mapping.core_page_mappings[i]) {
                for (const auto& range : run.host_ranges) {
                    const DeviceAddr device_page = DeviceAddr{run.device_start_page} + range.device_page_offset;
                    pages(bank, buffer_.address() + device_page * stride_, range.host_page_start, range.num_pages);
                }
            }
        }
    }

    Buffer& buffer_;
    const DeviceAddr begin_;
    const DeviceAddr end_;
    const DeviceAddr page_;
    const DeviceAddr stride_;
    Copy copy_;
};

/// The bytes [begin, end) that a transfer of `bytes` bytes covers.
BufferRegion covered(const Buffer& buffer, size_t bytes, const std::optional<BufferRegion>& wanted) {
    const BufferRegion region = wanted.value_or(BufferRegion(0, buffer.size()));
    if (!buffer.is_allocated()) {
        throw Error("use-after-free", "the host reads or writes a buffer that was freed: Buffer is not allocated",
                    "deallocate the buffer after its last transfer");
    }
    TT_FATAL(buffer.is_valid_region(region), "Region of {} B at {} is outside of the buffer of {} B", region.size,
             region.offset, buffer.size());
    TT_FATAL(bytes <= region.size, "Transfer of {} B is larger than the buffer (or region) of {} B", bytes,
             region.size);
    return {region.offset, std::min<DeviceAddr>(bytes, region.size)};
}

}  // namespace

void write_buffer(sim::Machine& machine, uint32_t chip, Buffer& buffer, std::span<const std::byte> bytes,
                  std::optional<BufferRegion> region) {
    const BufferRegion part = covered(buffer, bytes.size(), region);
    const auto copy = [&](const Bank& bank, DeviceAddr address, DeviceAddr offset, DeviceAddr count) {
        const auto source = bytes.subspan(offset - part.offset, count);
        if (bank.dram) {
            machine.write_dram(chip, bank.dram_bank, address, source);
        } else {
            machine.write_l1(chip, bank.core, address, source);
        }
    };
    Walk(buffer, part.offset, part.offset + part.size, copy).run();
}

void read_buffer(sim::Machine& machine, uint32_t chip, Buffer& buffer, std::span<std::byte> bytes,
                 std::optional<BufferRegion> region) {
    const BufferRegion part = covered(buffer, bytes.size(), region);
    const numerics::OutputRegion whole{
        .chip = chip,
        .address = buffer.address(),
        .bytes = buffer.size(),
        .page_bytes = static_cast<uint32_t>(buffer.page_size()),
        .memory = buffer.is_dram() ? "DRAM" : "L1",
        .layout = tt::tt_metal::is_sharded(buffer.buffer_layout()) ? "sharded" : "interleaved"};
    const numerics::OutputScope told(whole);
    const auto copy = [&](const Bank& bank, DeviceAddr address, DeviceAddr offset, DeviceAddr count) {
        const auto target = bytes.subspan(offset - part.offset, count);
        numerics::OutputScope::at(offset);
        if (bank.dram) {
            machine.read_dram(chip, bank.dram_bank, address, target);
        } else {
            machine.read_l1(chip, bank.core, address, target);
        }
    };
    Walk(buffer, part.offset, part.offset + part.size, copy).run();
}

}  // namespace tessera::metalium

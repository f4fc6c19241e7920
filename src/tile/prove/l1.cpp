// Where the pieces of a core's L1 lie, and whether they all fit.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {
namespace {

uint64_t up(uint64_t value, uint64_t to) {
    return (value + to - 1) / to * to;
}

}  // namespace

uint64_t bytes_in_l1(const device::Tensor& tensor, const arch::Chip& chip) {
    if (!tensor.in_l1) {
        return 0;
    }
    const uint64_t page = up(tensor.page_bytes, chip.l1_alignment);
    if (!tensor.shard.empty()) {
        uint64_t tiles = 1;
        for (const int64_t side : tensor.shard) {
            tiles *= static_cast<uint64_t>(side);
        }
        return up(tiles * page, chip.dram_read_alignment);
    }
    const uint64_t banks = chip.worker_virtual.size();
    return up((tensor.pages + banks - 1) / banks * page, chip.dram_read_alignment);
}

std::vector<L1Part> l1_map(const device::Program& program, const device::Module& module, const arch::Chip& chip) {
    std::vector<L1Part> parts;
    // Buffers of tensors come first in time, and from the end of L1.
    uint64_t end = chip.l1_bytes / chip.dram_read_alignment * chip.dram_read_alignment;
    for (const device::Tensor& tensor : module.tensors) {
        if (tensor.in_l1) {
            const uint64_t bytes = std::min(bytes_in_l1(tensor, chip), end);
            end -= bytes;
            parts.push_back({static_cast<uint32_t>(end), static_cast<uint32_t>(bytes), tensor.param->name, {}});
        }
    }
    uint64_t address = chip.l1_unreserved_base;
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        const uint64_t bytes = uint64_t{ring.page_bytes} * ring.pages;
        const auto shard = std::find_if(parts.begin(), parts.end(), [&](const L1Part& part) {
            return !ring.tensor.empty() && part.what == ring.tensor && !part.ring;
        });
        if (shard != parts.end()) {
            const uint32_t at = shard->address;
            parts.push_back({at, static_cast<uint32_t>(bytes), ring.name, ring.index});
            continue;
        }
        address = up(address, chip.dram_read_alignment);
        parts.push_back({static_cast<uint32_t>(address), static_cast<uint32_t>(bytes), ring.name, ring.index});
        address += bytes;
    }
    std::sort(parts.begin(), parts.end(), [](const L1Part& a, const L1Part& b) {
        return std::tie(a.address, a.ring, a.what) < std::tie(b.address, b.ring, b.what);
    });
    return parts;
}

Verdict l1(const device::Program& program, const device::Module& module, const arch::Chip& chip) {
    Verdict verdict{Verdict::Kind::Proved, Property::L1, program.name, {}, {}, {}};
    const std::vector<L1Part> parts = l1_map(program, module, chip);
    const auto fail = [&](std::string what) {
        verdict.kind = Verdict::Kind::Refuted;
        verdict.what = std::move(what);
        for (const L1Part& part : parts) {
            verdict.trace.push_back(
                fmt::format("{} to {}: {}", part.address, uint64_t{part.address} + part.bytes, part.what));
        }
        return verdict;
    };
    uint64_t rings = 0, shards = 0;
    const L1Part* before = nullptr;
    for (const L1Part& part : parts) {
        const auto ring =
            std::find_if(program.circular_buffers.begin(), program.circular_buffers.end(),
                         [&](const auto& one) { return part.ring == one.index && part.what == one.name; });
        const uint64_t end = uint64_t{part.address} + part.bytes;
        if (end > chip.l1_bytes) {
            return fail(fmt::format("{} ends at {}, and a core has {} bytes of L1", part.what, end, chip.l1_bytes));
        }
        if (part.ring && ring != program.circular_buffers.end() && !ring->tensor.empty()) {
            const auto shard = std::find_if(parts.begin(), parts.end(), [&](const L1Part& other) {
                return !other.ring && other.what == ring->tensor;
            });
            if (shard == parts.end()) {
                return fail(fmt::format("{} lies on {}, which is not in L1", part.what, ring->tensor));
            }
            if (part.bytes > shard->bytes) {
                return fail(fmt::format("{} has {} bytes, and the shard of {} that it lies on has {}", part.what,
                                        part.bytes, ring->tensor, shard->bytes));
            }
            continue;
        }
        if (before != nullptr && uint64_t{before->address} + before->bytes > part.address) {
            return fail(fmt::format("{} begins at {}, and {} ends at {}", part.what, part.address, before->what,
                                    uint64_t{before->address} + before->bytes));
        }
        (part.ring ? rings : shards) += part.bytes;
        before = &part;
    }
    const uint64_t room = chip.l1_bytes - chip.l1_unreserved_base;
    verdict.what = fmt::format(
        "{} circular buffers of {} bytes{} lie apart in the {} bytes that programs have, {} are left",
        program.circular_buffers.size(), rings, shards == 0 ? "" : fmt::format(" and shards of {} bytes", shards), room,
        room - std::min(room, rings + shards));
    return verdict;
}

}  // namespace tessera::tile::prove

#include <metalium/buffer_places.h>

#include <metalium/allocator_impl.h>
#include <metalium/device.h>
#include <metalium/system.h>
#include <tt-metalium/device.hpp>

#include <algorithm>
#include <exception>

namespace tessera::metalium {

using namespace tt::tt_metal;

namespace {

uint32_t bank_of(const Buffer& buffer, const CoreCoord& core, uint32_t grid_width) {
    return static_cast<uint32_t>(buffer.is_dram() ? core.x : core.y * grid_width + core.x);
}

/// The banks that hold shards: numbers of DRAM banks, or of workers row by row.
std::vector<uint32_t> banks_of_shards(const Buffer& buffer, uint32_t grid_width) {
    std::vector<CoreCoord> cores;
    if (const auto& distribution = buffer.buffer_distribution_spec()) {
        cores = distribution->cores_with_data();
    } else {
        const ShardSpecBuffer spec = buffer.shard_spec();
        cores = corerange_to_cores(spec.grid(), buffer.num_cores(), spec.orientation() == ShardOrientation::ROW_MAJOR);
    }
    std::vector<uint32_t> banks;
    banks.reserve(cores.size());
    for (const CoreCoord& core : cores) {
        banks.push_back(bank_of(buffer, core, grid_width));
    }
    return banks;
}

/// The host's pages in each of these banks.
std::shared_ptr<const std::vector<std::vector<uint32_t>>> pages_of_shards(const Buffer& buffer, uint32_t grid_width,
                                                                          const std::vector<uint32_t>& banks) {
    static_assert(UncompressedBufferPageMapping::PADDING == sim::BufferPlace::no_page);
    UncompressedBufferPageMapping mapping;
    try {
        mapping = generate_buffer_page_mapping(buffer);
    } catch (const std::exception&) {
        return nullptr;  // the host's transfers will say what is wrong with its layout
    }
    auto pages = std::make_shared<std::vector<std::vector<uint32_t>>>(banks.size());
    for (size_t i = 0; i < mapping.all_cores.size() && i < mapping.core_host_page_indices.size(); ++i) {
        const auto bank = std::find(banks.begin(), banks.end(), bank_of(buffer, mapping.all_cores[i], grid_width));
        if (bank != banks.end()) {
            (*pages)[static_cast<size_t>(bank - banks.begin())] = std::move(mapping.core_host_page_indices[i]);
        }
    }
    return pages;
}

}  // namespace

void tell_allocated(const Buffer& buffer, bool owner) {
    // A device that is open has made the machine.
    if (buffer.size() == 0 || !machine_exists() || !buffer.device()->is_initialized()) {
        return;
    }
    const auto chips = chips_of(*buffer.device());
    const arch::Chip& chip = board().chips[chips.front()];
    sim::BufferPlace place;
    place.memory = buffer.is_dram() ? sim::Memory::Dram : sim::Memory::L1;
    place.devices.assign(chips.begin(), chips.end());
    place.address = buffer.address();
    place.page_bytes = buffer.page_size();
    place.stride = buffer.aligned_page_size();
    place.pages = buffer.num_pages();
    place.owner = owner;
    if (is_sharded(buffer.buffer_layout())) {
        place.shards = banks_of_shards(buffer, chip.compute_grid.x);
        place.shard_bytes = buffer.aligned_size_per_bank();
        if (owner) {
            place.shard_pages = pages_of_shards(buffer, chip.compute_grid.x, place.shards);
        }
    } else {
        place.num_banks = buffer.is_dram() ? chip.num_dram_banks : static_cast<uint32_t>(chip.worker_virtual.size());
    }
    machine().buffers().allocated(&buffer, std::move(place));
}

void tell_freed(const Buffer& buffer) {
    if (machine_exists()) {
        machine().buffers().freed(&buffer);
    }
}

}  // namespace tessera::metalium

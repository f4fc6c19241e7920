// Page mappings in runs of contiguous pages.
#include <tt-metalium/buffer_page_mapping.hpp>

#include <algorithm>

namespace tt::tt_metal {

namespace {

constexpr uint32_t padding = UncompressedBufferPageMapping::PADDING;

/// Host pages that follow each other on the device become one run.
std::vector<BufferCorePageMapping::ContiguousHostPages> runs_of(const std::vector<uint32_t>& host_pages) {
    std::vector<BufferCorePageMapping::ContiguousHostPages> runs;
    for (uint32_t i = 0; i < host_pages.size(); ++i) {
        if (host_pages[i] == padding) {
            continue;
        }
        const bool continues = i > 0 && host_pages[i - 1] != padding && host_pages[i - 1] + 1 == host_pages[i];
        if (continues) {
            ++runs.back().num_pages;
        } else {
            runs.push_back({.device_page_offset = i, .host_page_start = host_pages[i], .num_pages = 1});
        }
    }
    return runs;
}

}  // namespace

BufferPageMapping::BufferPageMapping(const UncompressedBufferPageMapping& page_mapping)
    : all_cores(page_mapping.all_cores), core_page_mappings(page_mapping.all_cores.size()) {
    for (uint32_t core = 0; core < all_cores.size(); ++core) {
        core_to_core_id[all_cores[core]] = core;
    }
    for (size_t core = 0; core < page_mapping.core_host_page_indices.size(); ++core) {
        const auto& host_pages = page_mapping.core_host_page_indices[core];
        if (auto runs = runs_of(host_pages); !runs.empty()) {
            core_page_mappings[core].push_back({.device_start_page = 0,
                                                .num_pages = static_cast<uint32_t>(host_pages.size()),
                                                .host_ranges = std::move(runs)});
        }
    }
}

// Runs that stay next to each other on the device stay in one mapping; a run that was cut ends it, so that a mapping
// spans no device pages that the range does not reach.
BufferPageMapping BufferPageMapping::filter_by_host_range(uint32_t start_host_page, uint32_t end_host_page) const {
    BufferPageMapping result;
    result.all_cores = all_cores;
    result.core_to_core_id = core_to_core_id;
    result.core_page_mappings.resize(all_cores.size());
    for (size_t core = 0; core < core_page_mappings.size(); ++core) {
        for (const BufferCorePageMapping& mapping : core_page_mappings[core]) {
            BufferCorePageMapping kept;
            const auto flush = [&] {
                if (kept.host_ranges.empty()) {
                    return;
                }
                const uint32_t first = kept.host_ranges.front().device_page_offset;
                const auto& last = kept.host_ranges.back();
                kept.device_start_page = mapping.device_start_page + first;
                kept.num_pages = last.device_page_offset + last.num_pages - first;
                for (auto& range : kept.host_ranges) {
                    range.device_page_offset -= first;
                }
                result.core_page_mappings[core].push_back(std::move(kept));
                kept = {};
            };
            for (const auto& range : mapping.host_ranges) {
                const uint32_t range_end = range.host_page_start + range.num_pages;
                const uint32_t start = std::max(start_host_page, range.host_page_start);
                const uint32_t end = std::min(end_host_page, range_end);
                if (start >= end || start != range.host_page_start) {
                    flush();
                }
                if (start < end) {
                    kept.host_ranges.push_back(
                        {.device_page_offset = range.device_page_offset + start - range.host_page_start,
                         .host_page_start = start - start_host_page,
                         .num_pages = end - start});
                    if (end != range_end) {
                        flush();
                    }
                }
            }
            flush();
        }
    }
    return result;
}

BufferCorePageMapping::Iterator& BufferCorePageMapping::Iterator::operator++() {
    ++device_page_offset_;
    if (range_index_ < mapping_->host_ranges.size()) {
        const auto& range = mapping_->host_ranges[range_index_];
        range_index_ += device_page_offset_ == range.device_page_offset + range.num_pages;
    }
    return *this;
}

std::optional<uint32_t> BufferCorePageMapping::Iterator::operator*() const {
    if (range_index_ >= mapping_->host_ranges.size()) {
        return std::nullopt;
    }
    const auto& range = mapping_->host_ranges[range_index_];
    if (device_page_offset_ < range.device_page_offset) {
        return std::nullopt;
    }
    return range.host_page_start + device_page_offset_ - range.device_page_offset;
}

BufferCorePageMapping::Iterator::Range BufferCorePageMapping::Iterator::next_range(uint32_t end_device_page_offset) {
    if (range_index_ >= mapping_->host_ranges.size() || device_page_offset_ >= end_device_page_offset) {
        return {};
    }
    const auto& range = mapping_->host_ranges[range_index_];
    device_page_offset_ = std::max(device_page_offset_, std::min(range.device_page_offset, end_device_page_offset));
    if (device_page_offset_ == end_device_page_offset) {
        return {};
    }
    const uint32_t skipped = device_page_offset_ - range.device_page_offset;
    const uint32_t pages = std::min(range.num_pages - skipped, end_device_page_offset - device_page_offset_);
    const Range found{.device_page_offset = device_page_offset_,
                      .host_page_start = range.host_page_start + skipped,
                      .num_pages = pages};
    device_page_offset_ += pages;
    range_index_ += skipped + pages == range.num_pages;
    return found;
}

BufferPageMapping::Iterator& BufferPageMapping::Iterator::operator++() {
    const auto& mappings = page_mapping_->core_page_mappings;
    const auto& ranges = mappings[core_id_][page_mapping_index_].host_ranges;
    if (++host_page_index_ < ranges[host_range_index_].num_pages) {
        return *this;
    }
    host_page_index_ = 0;
    if (++host_range_index_ < ranges.size()) {
        return *this;
    }
    host_range_index_ = 0;
    ++page_mapping_index_;
    while (core_id_ < mappings.size() && page_mapping_index_ == mappings[core_id_].size()) {
        page_mapping_index_ = 0;
        ++core_id_;
    }
    return *this;
}

BufferPageMapping::Iterator::MappedPage BufferPageMapping::Iterator::operator*() const {
    const auto& mapping = page_mapping_->core_page_mappings[core_id_][page_mapping_index_];
    const auto& range = mapping.host_ranges[host_range_index_];
    return {.core_id = core_id_,
            .device_page = mapping.device_start_page + range.device_page_offset + host_page_index_,
            .host_page = range.host_page_start + host_page_index_};
}

BufferPageMapping::Iterator BufferPageMapping::begin() const {
    for (uint32_t core = 0; core < core_page_mappings.size(); ++core) {
        if (!core_page_mappings[core].empty()) {
            return {this, core, 0, 0, 0};
        }
    }
    return end();
}

BufferPageMapping::Iterator BufferPageMapping::end() const {
    return {this, static_cast<uint32_t>(core_page_mappings.size()), 0, 0, 0};
}

}  // namespace tt::tt_metal

// Which page of a sharded buffer lies where.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal {

/// Page by page: for each core, in the order of its memory, the page of the host's buffer that lies there.
struct UncompressedBufferPageMapping {
    /// A page on the device that no page of the host fills.
    static constexpr uint32_t PADDING = std::numeric_limits<uint32_t>::max();

    std::vector<CoreCoord> all_cores;
    std::vector<std::vector<uint32_t>> core_host_page_indices;
};

/// A run of pages on one core, and the runs of host pages in it.
struct BufferCorePageMapping {
    struct ContiguousHostPages {
        uint32_t device_page_offset = 0;  ///< from device_start_page
        uint32_t host_page_start = 0;
        uint32_t num_pages = 0;
    };

    uint32_t device_start_page = 0;
    uint32_t num_pages = 0;
    std::vector<ContiguousHostPages> host_ranges;

    /// Walks the device pages; yields the host page there, or nothing for padding.
    struct Iterator {
        using iterator_category = std::forward_iterator_tag;
        using difference_type = std::ptrdiff_t;
        using value_type = std::optional<uint32_t>;

        Iterator() = default;
        Iterator(const BufferCorePageMapping* mapping, uint32_t device_page_offset, uint32_t range_index)
            : mapping_(mapping), device_page_offset_(device_page_offset), range_index_(range_index) {}

        Iterator& operator++();
        Iterator operator++(int) {
            Iterator before = *this;
            ++(*this);
            return before;
        }
        value_type operator*() const;
        uint32_t device_page_offset() const { return device_page_offset_; }

        bool operator==(const Iterator& other) const { return device_page_offset_ == other.device_page_offset_; }
        bool operator!=(const Iterator& other) const { return device_page_offset_ != other.device_page_offset_; }

        struct Range {
            uint32_t device_page_offset = 0;
            uint32_t host_page_start = 0;
            uint32_t num_pages = 0;
        };
        /// The next run of host pages before this device page, and moves past it; no pages where there is none.
        Range next_range(uint32_t end_device_page_offset);

    private:
        const BufferCorePageMapping* mapping_ = nullptr;
        uint32_t device_page_offset_ = 0;
        uint32_t range_index_ = 0;
    };

    Iterator begin() const { return {this, 0, 0}; }
    Iterator end() const { return {this, num_pages, static_cast<uint32_t>(host_ranges.size())}; }
};

/// The same in runs, for all cores.
struct BufferPageMapping {
    BufferPageMapping() = default;
    BufferPageMapping(const UncompressedBufferPageMapping& page_mapping);

    /// The mapping of the host pages in [start, end), which are numbered from 0 in the result.
    BufferPageMapping filter_by_host_range(uint32_t start_host_page, uint32_t end_host_page) const;

    std::vector<CoreCoord> all_cores;
    std::unordered_map<CoreCoord, uint32_t> core_to_core_id;
    std::vector<std::vector<BufferCorePageMapping>> core_page_mappings;  ///< by core

    /// Walks all pages that hold a host page.
    struct Iterator {
        struct MappedPage {
            uint32_t core_id = 0;
            uint32_t device_page = 0;
            uint32_t host_page = 0;
            bool operator==(const MappedPage&) const = default;
        };
        using iterator_category = std::forward_iterator_tag;
        using difference_type = std::ptrdiff_t;
        using value_type = MappedPage;

        Iterator() = default;
        Iterator(const BufferPageMapping* page_mapping, uint32_t core_id, uint32_t page_mapping_index,
                 uint32_t host_range_index, uint32_t host_page_index)
            : page_mapping_(page_mapping),
              core_id_(core_id),
              page_mapping_index_(page_mapping_index),
              host_range_index_(host_range_index),
              host_page_index_(host_page_index) {}

        Iterator& operator++();
        Iterator operator++(int) {
            Iterator before = *this;
            ++(*this);
            return before;
        }
        value_type operator*() const;

        bool operator==(const Iterator& other) const = default;

    private:
        const BufferPageMapping* page_mapping_ = nullptr;
        uint32_t core_id_ = 0;
        uint32_t page_mapping_index_ = 0;
        uint32_t host_range_index_ = 0;
        uint32_t host_page_index_ = 0;
    };

    Iterator begin() const;
    Iterator end() const;
};

}  // namespace tt::tt_metal

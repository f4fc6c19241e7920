#include <metalium/circular_buffer.h>

#include <atomic>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

CBHandle next_handle() {
    static std::atomic<CBHandle> next{1};
    return next++;
}

}  // namespace

CircularBufferImpl::CircularBufferImpl(const CoreRangeSet& cores, const CircularBufferConfig& config)
    : id_(next_handle()), cores_(cores.merge_ranges()), config_(config) {
    validate();
}

void CircularBufferImpl::validate() const {
    for (uint32_t index = 0; index < NUM_CIRCULAR_BUFFERS; ++index) {
        const bool format = config_.data_formats()[index].has_value();
        const bool page = config_.page_sizes()[index].has_value();
        TT_FATAL(format == page, "Expected both data format and page size to be set for buffer index {}. {}. {}.",
                 index, format ? "Data format is set" : "Data format is not set",
                 page ? "Page size is set" : "Page size is not set");
        if (page) {
            num_pages(index);
        }
    }
}

uint32_t CircularBufferImpl::page_size(uint32_t index) const {
    const std::optional<uint32_t> configured = uses_buffer_index(index) ? config_.page_sizes()[index] : std::nullopt;
    TT_FATAL(configured.has_value(),
             "Cannot access page size for buffer index {} because circular buffer is not configured on that index",
             index);
    const uint32_t page = *configured;
    TT_FATAL(page > 0 && size() % page == 0, "Total circular buffer size {} B must be divisible by page size {} B",
             size(), page);
    return page;
}

uint32_t CircularBufferImpl::num_pages(uint32_t index) const {
    const uint32_t pages = size() / page_size(index);
    // The counters of pages have 16 bits.
    constexpr uint32_t most = 65535;
    TT_FATAL(pages <= most,
             "For buffer index {}, number of CB pages {} is greater than {}. Would cause wraparound in the CB "
             "calculations.",
             index, pages, most);
    return pages;
}

DataFormat CircularBufferImpl::data_format(uint32_t index) const {
    const std::optional<DataFormat> format = uses_buffer_index(index) ? config_.data_formats()[index] : std::nullopt;
    TT_FATAL(format.has_value(),
             "Cannot access data format for buffer index {} because circular buffer is not configured on that index",
             index);
    return *format;
}

uint32_t CircularBufferImpl::address() const {
    if (const std::optional<uint32_t> global = config_.globally_allocated_address()) {
        return *global;
    }
    TT_FATAL(local_address_.has_value(),
             "Circular buffer has not been allocated, cannot request address at this time!");
    return *local_address_;
}

CBHandle CircularBuffer::id() const {
    return impl_->id();
}
const CoreRangeSet& CircularBuffer::core_ranges() const {
    return impl_->core_ranges();
}
std::size_t CircularBuffer::size() const {
    return impl_->size();
}
bool CircularBuffer::globally_allocated() const {
    return impl_->globally_allocated();
}
const std::unordered_set<uint8_t>& CircularBuffer::buffer_indices() const {
    return impl_->config().buffer_indices();
}
uint32_t CircularBuffer::page_size(uint32_t index) const {
    return impl_->page_size(index);
}
uint32_t CircularBuffer::num_pages(uint32_t index) const {
    return impl_->num_pages(index);
}
DataFormat CircularBuffer::data_format(uint32_t index) const {
    return impl_->data_format(index);
}

}  // namespace tt::tt_metal

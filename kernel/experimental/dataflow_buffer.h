// DataflowBuffer: the later name of a circular buffer, whose pages are called entries.
#pragma once

#include <cstdint>

#include <experimental/circular_buffer.h>

namespace experimental {

class DataflowBuffer {
public:
    explicit DataflowBuffer(uint16_t logical_dfb_id) : cb_(logical_dfb_id) {}

    uint32_t get_id() const { return cb_.get_cb_id(); }
    /// Bytes of one entry.
    uint32_t get_entry_size() const { return tsr_ctx->cbs[get_id()].fifo_page_size; }

    void reserve_back(uint16_t num_entries) { cb_.reserve_back(num_entries); }
    void push_back(uint16_t num_entries) { cb_.push_back(num_entries); }
    void wait_front(uint16_t num_entries) { cb_.wait_front(num_entries); }
    void pop_front(uint16_t num_entries) { cb_.pop_front(num_entries); }

    /// Where the hardware moves entries by itself; here every step is explicit.
    void read_in() {}
    void write_out() {}

    /// Waits until the consumer has freed every entry.
    void finish() { cb_.reserve_back(static_cast<int32_t>(tsr_ctx->cbs[get_id()].fifo_num_pages)); }

    uint32_t get_write_ptr() const { return cb_.get_write_ptr(); }
    uint32_t get_read_ptr() const { return cb_.get_read_ptr(); }

    [[nodiscard]] auto scoped_lock() { return cb_.scoped_lock(); }

private:
    CircularBuffer cb_;
};

#ifndef COMPILE_FOR_TRISC

template <>
struct noc_traits_t<DataflowBuffer> : LocalMemoryArguments {
    template <Noc::AddressType address_type>
    static auto src_addr(const DataflowBuffer& src, const Noc&, const src_args_type& args) {
        return local<address_type>(src.get_read_ptr(), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const DataflowBuffer& dst, const Noc&, const dst_args_type& args) {
        return local<address_type>(dst.get_write_ptr(), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr_mcast(const DataflowBuffer& dst, const Noc& noc, const dst_args_mcast_type& args) {
        return everywhere(dst.get_write_ptr(), noc, args);
    }
};

#endif

}  // namespace experimental

// CircularBuffer: a circular buffer as an object, in data-movement and compute kernels. As the source of a transfer it
// stands for its read pointer, as the target for its write pointer, unless use<...>(cb) says otherwise.
#pragma once

#include <cstdint>

#ifdef COMPILE_FOR_TRISC
#include <tessera/args.h>
#else
#include <experimental/noc.h>
#endif

#include <experimental/lock.h>

namespace experimental {

class CircularBuffer {
public:
    enum class AddrSelector { WRITE_PTR, READ_PTR };

    explicit CircularBuffer(uint32_t cb_id) : cb_id_(cb_id) {}
    uint32_t get_cb_id() const { return cb_id_; }

    // The four steps of a page's life, as the functions cb_*.
    void reserve_back(int32_t num_pages) const { cb_reserve_back(static_cast<int32_t>(cb_id_), num_pages); }
    void push_back(int32_t num_pages) const { cb_push_back(static_cast<int32_t>(cb_id_), num_pages); }
    void wait_front(int32_t num_pages) const { cb_wait_front(static_cast<int32_t>(cb_id_), num_pages); }
    void pop_front(int32_t num_pages) const { cb_pop_front(static_cast<int32_t>(cb_id_), num_pages); }
    bool pages_reservable_at_back(int32_t num_pages) const {
        return cb_pages_reservable_at_back(static_cast<int32_t>(cb_id_), num_pages);
    }
    bool pages_available_at_front(int32_t num_pages) const {
        return cb_pages_available_at_front(static_cast<int32_t>(cb_id_), num_pages);
    }

    template <class Tag = void>
    uint32_t get_tile_size() const {
        return static_cast<uint32_t>(::get_tile_size<Tag>(static_cast<int32_t>(cb_id_)));
    }
    template <class Tag = void>
    uint32_t get_tile_hw() const {
        return ::get_tile_hw<Tag>(static_cast<int32_t>(cb_id_));
    }
    template <class Tag = void>
    DataFormat get_dataformat() const {
        return ::get_dataformat<Tag>(static_cast<int32_t>(cb_id_));
    }

#ifdef COMPILE_FOR_TRISC
    /// L1 byte address of the page `tile_index` pages behind the oldest one.
    uint32_t get_tile_address(uint32_t tile_index) const {
        const tsr_cb& cb = tsr_ctx->cbs[cb_id_];
        return cb.fifo_rd_ptr + tile_index * cb.fifo_page_size;
    }
    /// The 32-bit word `element_offset` of that page.
    uint32_t read_tile_value(uint32_t tile_index, uint32_t element_offset) const {
        return reinterpret_cast<volatile uint32_t*>(get_tile_address(tile_index))[element_offset];
    }
    /// In 16-byte units, as a compute processor holds them.
    uint32_t get_write_ptr() const { return tsr_ctx->cbs[cb_id_].fifo_wr_ptr >> 4; }
    uint32_t get_read_ptr() const { return tsr_ctx->cbs[cb_id_].fifo_rd_ptr >> 4; }
#else
    /// L1 byte addresses.
    uint32_t get_write_ptr() const { return ::get_write_ptr(cb_id_); }
    uint32_t get_read_ptr() const { return ::get_read_ptr(cb_id_); }
#endif

    [[nodiscard]] auto scoped_lock() {
        return Lock([] {});
    }

private:
    uint32_t cb_id_;
};

/// A circular buffer of which one pointer was chosen.
template <CircularBuffer::AddrSelector AddrSel>
struct CircularBufferView {
    const CircularBuffer& cb;
    explicit constexpr CircularBufferView(const CircularBuffer& c) : cb(c) {}
};

template <CircularBuffer::AddrSelector AddrSel>
constexpr auto use(const CircularBuffer& cb) {
    return CircularBufferView<AddrSel>(cb);
}

#ifndef COMPILE_FOR_TRISC

/// Ends of transfers that are local memory at some L1 address, and a rectangle of cores at the same address.
struct LocalMemoryArguments {
    struct src_args_type {
        uint32_t offset_bytes{};
    };
    struct dst_args_type {
        uint32_t offset_bytes{};
    };
    struct dst_args_mcast_type {
        uint32_t noc_x_start{};
        uint32_t noc_y_start{};
        uint32_t noc_x_end{};
        uint32_t noc_y_end{};
        uint32_t offset_bytes{};
    };

protected:
    template <Noc::AddressType address_type, typename Arguments>
    static uint32_t local(uint32_t address, const Arguments& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1,
                      "a buffer of this core can only be the local end of a transfer; for a rectangle of cores use a "
                      "multicast");
        return address + args.offset_bytes;
    }
    static uint64_t everywhere(uint32_t address, const Noc& noc, const dst_args_mcast_type& args) {
        return ::get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                        address + args.offset_bytes, noc.get_noc_id());
    }
};

template <>
struct noc_traits_t<CircularBuffer> : LocalMemoryArguments {
    template <Noc::AddressType address_type>
    static auto src_addr(const CircularBuffer& src, const Noc&, const src_args_type& args) {
        return local<address_type>(src.get_read_ptr(), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const CircularBuffer& dst, const Noc&, const dst_args_type& args) {
        return local<address_type>(dst.get_write_ptr(), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr_mcast(const CircularBuffer& dst, const Noc& noc, const dst_args_mcast_type& args) {
        return everywhere(dst.get_write_ptr(), noc, args);
    }
};

template <CircularBuffer::AddrSelector AddrSel>
struct noc_traits_t<CircularBufferView<AddrSel>> : LocalMemoryArguments {
    using typename LocalMemoryArguments::dst_args_mcast_type;
    using typename LocalMemoryArguments::dst_args_type;
    using typename LocalMemoryArguments::src_args_type;

    template <Noc::AddressType address_type>
    static auto src_addr(const CircularBufferView<AddrSel>& src, const Noc&, const src_args_type& args) {
        return local<address_type>(pointer(src), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const CircularBufferView<AddrSel>& dst, const Noc&, const dst_args_type& args) {
        return local<address_type>(pointer(dst), args);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr_mcast(const CircularBufferView<AddrSel>& dst, const Noc& noc,
                               const dst_args_mcast_type& args) {
        return everywhere(pointer(dst), noc, args);
    }

private:
    static uint32_t pointer(const CircularBufferView<AddrSel>& view) {
        return AddrSel == CircularBuffer::AddrSelector::READ_PTR ? view.cb.get_read_ptr() : view.cb.get_write_ptr();
    }
};

#endif

}  // namespace experimental

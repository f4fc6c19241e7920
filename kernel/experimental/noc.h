// Noc: transfers of one NoC between objects (circular buffers, local memory, tensors, endpoints). What can be an end of
// a transfer, and which arguments place it, is said by a specialisation of noc_traits_t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tessera/prelude_dataflow.h>

namespace experimental {

/// For an object of type T: src_args_type, dst_args_type, dst_args_mcast_type, and the functions src_addr, dst_addr and
/// dst_addr_mcast that turn object and arguments into an address.
template <typename T>
struct noc_traits_t {
    static_assert(sizeof(T) == 0,
                  "this type can't be an end of a NoC transfer: noc_traits_t is not specialised for it");
};

class Noc {
public:
    enum class AddressType { NOC, LOCAL_L1 };
    enum class TxnIdMode { ENABLED, DISABLED };
    enum class ResponseMode { NON_POSTED, POSTED };
    enum class BarrierMode { TXN_ID, FULL };
    enum class McastMode { INCLUDE_SRC, EXCLUDE_SRC };
    enum class VcSelection { DEFAULT, CUSTOM };
    static constexpr uint32_t INVALID_TXN_ID = 0xFFFFFFFF;

    /// The kernel's default NoC, or NoC 0 or 1.
    Noc() : noc_id_(tessera::this_noc()) {}
    explicit Noc(uint8_t noc_id) : noc_id_(noc_id) {}

    uint8_t get_noc_id() const { return noc_id_; }
    bool is_local_bank(uint32_t virtual_x, uint32_t virtual_y) const {
        return virtual_x == my_x[noc_id_] && virtual_y == my_y[noc_id_];
    }
    bool is_local_addr(const uint64_t noc_addr) const {
        return is_local_bank(NOC_UNICAST_ADDR_X(noc_addr), NOC_UNICAST_ADDR_Y(noc_addr));
    }

    /// Starts a read of `size_bytes` from src to dst, which must be local.
    template <TxnIdMode txn_id_mode = TxnIdMode::DISABLED, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              bool enable_noc_tracing = true, typename Src, typename Dst>
    void async_read(const Src& src, const Dst& dst, uint32_t size_bytes,
                    const typename noc_traits_t<Src>::src_args_type& src_args,
                    const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                    uint32_t read_req_vc = NOC_UNICAST_WRITE_VC, uint32_t trid = INVALID_TXN_ID) const {
        if constexpr (txn_id_mode == TxnIdMode::ENABLED) {
            noc_async_read_set_trid(trid, noc_id_);
        }
        noc_async_read<max_page_size>(source<AddressType::NOC>(src, src_args),
                                      target<AddressType::LOCAL_L1>(dst, dst_args), size_bytes, noc_id_);
    }

    /// Stores the node (and, for one packet, the size) of following async_read_with_state.
    template <VcSelection vc_selection = VcSelection::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Src>
    void set_async_read_state(const Src& src, uint32_t size_bytes,
                              const typename noc_traits_t<Src>::src_args_type& src_args, uint8_t vc = 0) const {
        noc_async_read_one_packet_set_state(source<AddressType::NOC>(src, src_args), size_bytes, vc, noc_id_);
    }

    template <VcSelection vc_selection = VcSelection::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Src, typename Dst>
    void async_read_with_state(const Src& src, const Dst& dst, uint32_t size_bytes,
                               const typename noc_traits_t<Src>::src_args_type& src_args,
                               const typename noc_traits_t<Dst>::dst_args_type& dst_args, uint8_t vc = 0) const {
        const uint32_t from = static_cast<uint32_t>(source<AddressType::NOC>(src, src_args));
        const uint32_t to = target<AddressType::LOCAL_L1>(dst, dst_args);
        if constexpr (max_page_size <= NOC_MAX_BURST_SIZE) {
            noc_async_read_one_packet_with_state(from, to, vc, noc_id_);
        } else {
            noc_async_read_with_state(from, to, size_bytes, noc_id_);
        }
    }

    /// Starts a write of `size_bytes` from src, which must be local, to dst.
    template <TxnIdMode txn_id_mode = TxnIdMode::DISABLED, ResponseMode response_mode = ResponseMode::NON_POSTED,
              uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true, typename Src,
              typename Dst>
    void async_write(const Src& src, const Dst& dst, uint32_t size_bytes,
                     const typename noc_traits_t<Src>::src_args_type& src_args,
                     const typename noc_traits_t<Dst>::dst_args_type& dst_args, uint32_t vc = NOC_UNICAST_WRITE_VC,
                     uint32_t trid = INVALID_TXN_ID) const {
        constexpr bool posted = response_mode == ResponseMode::POSTED;
        if constexpr (txn_id_mode == TxnIdMode::ENABLED) {
            ASSERT(trid != INVALID_TXN_ID);
            noc_async_write_set_trid(trid, noc_id_);
        }
        noc_async_write<max_page_size, enable_noc_tracing, posted>(source<AddressType::LOCAL_L1>(src, src_args),
                                                                   target<AddressType::NOC>(dst, dst_args), size_bytes,
                                                                   noc_id_, vc);
    }

    /// Starts a write to every core of dst's rectangle. num_dsts counts this core too if it is included.
    template <McastMode mcast_mode = McastMode::EXCLUDE_SRC, TxnIdMode txn_id_mode = TxnIdMode::DISABLED,
              ResponseMode response_mode = ResponseMode::NON_POSTED, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              bool enable_noc_tracing = true, typename Src, typename Dst>
    void async_write_multicast(const Src& src, const Dst& dst, uint32_t size_bytes, uint32_t num_dsts,
                               const typename noc_traits_t<Src>::src_args_type& src_args,
                               const typename noc_traits_t<Dst>::dst_args_mcast_type& dst_args, bool linked = false,
                               uint32_t trid = INVALID_TXN_ID) const {
        static_assert(txn_id_mode == TxnIdMode::DISABLED, "a multicast has no transaction id");
        static_assert(response_mode == ResponseMode::NON_POSTED, "a multicast can't be posted");
        const uint32_t from = source<AddressType::LOCAL_L1>(src, src_args);
        const uint64_t to = noc_traits_t<Dst>::template dst_addr_mcast<AddressType::NOC>(dst, *this, dst_args);
        if constexpr (mcast_mode == McastMode::INCLUDE_SRC) {
            noc_async_write_multicast_loopback_src(from, to, size_bytes, num_dsts, linked, noc_id_);
        } else {
            noc_async_write_multicast<max_page_size>(from, to, size_bytes, num_dsts, linked, noc_id_);
        }
    }

    /// Stores the node (and, for one packet, the size) of following async_write_with_state.
    template <ResponseMode response_mode = ResponseMode::NON_POSTED, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Dst>
    void set_async_write_state(const Dst& dst, uint32_t size_bytes,
                               const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                               uint8_t vc = NOC_UNICAST_WRITE_VC) const {
        noc_async_write_one_packet_set_state<response_mode == ResponseMode::POSTED>(
            target<AddressType::NOC>(dst, dst_args), size_bytes, noc_id_, vc);
    }

    template <ResponseMode response_mode = ResponseMode::NON_POSTED, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
              typename Src, typename Dst>
    void async_write_with_state(const Src& src, const Dst& dst, uint32_t size_bytes,
                                const typename noc_traits_t<Src>::src_args_type& src_args,
                                const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                                uint8_t vc = NOC_UNICAST_WRITE_VC) const {
        constexpr bool posted = response_mode == ResponseMode::POSTED;
        const uint32_t from = source<AddressType::LOCAL_L1>(src, src_args);
        const uint32_t to = static_cast<uint32_t>(target<AddressType::NOC>(dst, dst_args));
        if constexpr (max_page_size <= NOC_MAX_BURST_SIZE) {
            noc_async_write_one_packet_with_state<posted>(from, to, noc_id_);
        } else {
            const uint64_t stored = tessera::command_buffer(noc_id_, write_cmd_buf).address;
            noc_async_write<max_page_size, true, posted>(from, tessera::on_same_node(stored, to), size_bytes, noc_id_,
                                                         vc);
        }
    }

    /// Writes a 32-bit value; bit i of `be` enables byte i.
    template <TxnIdMode txn_id_mode = TxnIdMode::DISABLED, InlineWriteDst dst_type = InlineWriteDst::DEFAULT,
              ResponseMode response_mode = ResponseMode::NON_POSTED, typename Dst>
    void inline_dw_write(const Dst& dst, uint32_t val, const typename noc_traits_t<Dst>::dst_args_type& dst_args,
                         uint8_t be = 0xF, uint32_t vc = NOC_UNICAST_WRITE_VC, uint32_t trid = INVALID_TXN_ID) const {
        static_assert(txn_id_mode == TxnIdMode::DISABLED, "an inline write has no transaction id");
        noc_inline_dw_write<dst_type, response_mode == ResponseMode::POSTED>(
            target<AddressType::NOC>(dst, dst_args), val, be, noc_id_, static_cast<uint8_t>(vc));
    }

    template <BarrierMode barrier_type = BarrierMode::FULL>
    void async_read_barrier(uint32_t trid = INVALID_TXN_ID) const {
        if constexpr (barrier_type == BarrierMode::TXN_ID) {
            ASSERT(trid != INVALID_TXN_ID);
            noc_async_read_barrier_with_trid(trid, noc_id_);
        } else {
            noc_async_read_barrier(noc_id_);
        }
    }
    template <BarrierMode barrier_type = BarrierMode::FULL>
    void async_write_barrier(uint32_t trid = INVALID_TXN_ID) const {
        if constexpr (barrier_type == BarrierMode::TXN_ID) {
            ASSERT(trid != INVALID_TXN_ID);
            noc_async_write_barrier_with_trid(trid, noc_id_);
        } else {
            noc_async_write_barrier(noc_id_);
        }
    }
    template <ResponseMode response_mode = ResponseMode::NON_POSTED, BarrierMode barrier_type = BarrierMode::FULL>
    void async_writes_flushed(uint32_t trid = INVALID_TXN_ID) const {
        if constexpr (response_mode == ResponseMode::POSTED) {
            static_assert(barrier_type == BarrierMode::FULL, "posted writes have no transaction id to wait for");
            noc_async_posted_writes_flushed(noc_id_);
        } else if constexpr (barrier_type == BarrierMode::TXN_ID) {
            ASSERT(trid != INVALID_TXN_ID);
            noc_async_write_flushed_with_trid(trid, noc_id_);
        } else {
            noc_async_writes_flushed(noc_id_);
        }
    }
    void async_atomic_barrier() const { noc_async_atomic_barrier(noc_id_); }
    void async_full_barrier() const { noc_async_full_barrier(noc_id_); }

private:
    template <AddressType type>
    using Address = std::conditional_t<type == AddressType::LOCAL_L1, uint32_t, uint64_t>;

    template <AddressType type, typename Src>
    Address<type> source(const Src& src, const typename noc_traits_t<Src>::src_args_type& args) const {
        return static_cast<Address<type>>(noc_traits_t<Src>::template src_addr<type>(src, *this, args));
    }
    template <AddressType type, typename Dst>
    Address<type> target(const Dst& dst, const typename noc_traits_t<Dst>::dst_args_type& args) const {
        return static_cast<Address<type>>(noc_traits_t<Dst>::template dst_addr<type>(dst, *this, args));
    }

    uint8_t noc_id_;
};

}  // namespace experimental

#include <experimental/tensor.h>
#include <tessera/configured.h>

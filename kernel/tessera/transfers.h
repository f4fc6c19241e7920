// Reads, writes, barriers, semaphores and atomics of data-movement kernels, as TT-Metalium's dataflow_api.h declares
// them. Sizes are bytes, local addresses L1 offsets. The virtual channel and tracing parameters change nothing here.
#pragma once

#include <concepts>
#include <cstdint>

#include <tessera/address_generators.h>
#include <tessera/core.h>
#include <tessera/noc_state.h>

// --- Reads
// -------------------------------------------------------------------------------------------------------------

/// Starts a read into this core's L1. The bytes are there after noc_async_read_barrier.
template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read(uint64_t src_noc_addr, uint32_t dst_local_l1_addr, uint32_t size,
                                 uint8_t noc = tessera::this_noc(), uint32_t read_req_vc = NOC_UNICAST_WRITE_VC) {
    tessera::noc_read(noc, src_noc_addr, dst_local_l1_addr, size);
}

/// The same for at most NOC_MAX_BURST_SIZE bytes.
template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_one_packet(uint64_t src_noc_addr, uint32_t dst_local_l1_addr, uint32_t size,
                                            uint8_t noc = tessera::this_noc(),
                                            uint32_t read_req_vc = NOC_UNICAST_WRITE_VC) {
    tessera::noc_read(noc, src_noc_addr, dst_local_l1_addr, size);
}

/// Stores node and size for noc_async_read_one_packet_with_state.
template <bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_set_state(uint64_t src_noc_addr, uint32_t size, const uint32_t vc = 0,
                                                      uint8_t noc = tessera::this_noc()) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, read_cmd_buf);
    state.address = src_noc_addr;
    state.bytes = size;
}

template <bool inc_num_issued = true, bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_with_state(uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr,
                                                       const uint32_t vc = 0, uint8_t noc = tessera::this_noc()) {
    const tessera::NocCommandBuffer& state = tessera::command_buffer(noc, read_cmd_buf);
    tsr_noc_read(noc | TSR_READ_WITH_STATE, tessera::on_same_node(state.address, src_local_l1_addr), dst_local_l1_addr,
                 state.bytes, state.trid);
}

/// Stores the node for noc_async_read_with_state.
FORCE_INLINE void noc_async_read_set_state(uint64_t src_noc_addr, uint8_t noc = tessera::this_noc()) {
    tessera::command_buffer(noc, read_cmd_buf).address = src_noc_addr;
}

template <bool inc_num_issued = true>
FORCE_INLINE void noc_async_read_with_state(uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, uint32_t size,
                                            uint8_t noc = tessera::this_noc()) {
    const tessera::NocCommandBuffer& state = tessera::command_buffer(noc, read_cmd_buf);
    tsr_noc_read(noc | TSR_READ_WITH_STATE, tessera::on_same_node(state.address, src_local_l1_addr), dst_local_l1_addr,
                 size, state.trid);
}

/// The device counts reads itself.
FORCE_INLINE void noc_async_read_inc_num_issued(uint32_t num_issued_reads_inc, uint8_t noc = tessera::this_noc()) {}

/// Following reads carry transaction id `trid` (0 to 15).
FORCE_INLINE void noc_async_read_set_trid(uint32_t trid = 0, uint8_t noc = tessera::this_noc()) {
    tessera::command_buffer(noc, read_cmd_buf).trid = trid;
}

/// Reads the stored number of bytes from src_base_addr + src_addr on the stored node, under the id set before.
template <bool skip_ptr_update = false, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_read_one_packet_with_state_with_trid(uint32_t src_base_addr, uint32_t src_addr,
                                                                 uint32_t dest_addr, uint32_t trid = 0,
                                                                 uint8_t noc = tessera::this_noc()) {
    noc_async_read_one_packet_with_state<>(src_base_addr + src_addr, dest_addr, 0, noc);
}

namespace tessera {

template <typename AddrGen>
FORCE_INLINE uint32_t page_bytes(const AddrGen& generator) {
    static_assert(has_required_addrgen_traits_v<AddrGen>,
                  "an address generator needs get_noc_addr(id, offset, noc) and page_size or log_base_2_of_page_size");
    if constexpr (has_page_size_v<AddrGen>) {
        return generator.page_size;
    } else {
        return 1u << generator.log_base_2_of_page_size;
    }
}

}  // namespace tessera

/// Reads page `id`. A whole page is moved, also where offset is not zero.
template <typename AddrGen, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_page(const uint32_t id, const AddrGen& addrgen, uint32_t dst_local_l1_addr,
                                      uint32_t offset = 0, uint8_t noc = tessera::this_noc()) {
    tessera::noc_read(noc, addrgen.get_noc_addr(id, offset, noc), dst_local_l1_addr, tessera::page_bytes(addrgen));
}

template <typename AddrGen>
FORCE_INLINE void noc_async_read_tile(const uint32_t id, const AddrGen& addrgen, uint32_t dst_local_l1_addr,
                                      uint32_t offset = 0, uint8_t noc = tessera::this_noc()) {
    noc_async_read_page(id, addrgen, dst_local_l1_addr, offset, noc);
}

/// Reads a whole shard of a sharded tensor.
template <typename Accessor>
FORCE_INLINE void noc_async_read_shard(const uint32_t shard_id, const Accessor& s, uint32_t dst_local_l1_addr,
                                       uint8_t noc = tessera::this_noc()) {
    tessera::noc_read(noc, s.get_shard_noc_addr(shard_id, 0, noc), dst_local_l1_addr,
                      static_cast<uint32_t>(s.page_size * s.dspec().shard_volume()));
}

// --- Writes
// ------------------------------------------------------------------------------------------------------------

/// Starts a write from this core's L1. The source may be reused after noc_async_writes_flushed; the bytes have arrived
/// after noc_async_write_barrier.
template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write(uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size,
                                  uint8_t noc = tessera::this_noc(), uint32_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::noc_write(noc, src_local_l1_addr, dst_noc_addr, size, tessera::posted_flag(posted));
}

/// The same for at most NOC_MAX_BURST_SIZE bytes.
template <bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet(uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size,
                                             uint8_t noc = tessera::this_noc(), uint32_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::noc_write(noc, src_local_l1_addr, dst_noc_addr, size, tessera::posted_flag(posted) | TSR_NOC_ONE_PACKET);
}

/// Stores node and size for noc_async_write_one_packet_with_state.
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_set_state(uint64_t dst_noc_addr, uint32_t size,
                                                       uint8_t noc = tessera::this_noc(),
                                                       uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, write_cmd_buf);
    state.address = dst_noc_addr;
    state.bytes = size;
}

template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_state(uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr,
                                                        uint8_t noc = tessera::this_noc()) {
    const tessera::NocCommandBuffer& state = tessera::command_buffer(noc, write_cmd_buf);
    tsr_noc_write(noc, src_local_l1_addr, tessera::on_same_node(state.address, dst_local_l1_addr), state.bytes,
                  tessera::posted_flag(posted) | TSR_NOC_ONE_PACKET | TSR_NOC_WITH_STATE, state.trid);
}

/// Following writes carry transaction id `trid` (0 to 15).
FORCE_INLINE void noc_async_write_set_trid(uint32_t trid = 0, uint8_t noc = tessera::this_noc()) {
    tessera::command_buffer(noc, write_cmd_buf).trid = trid;
}

template <bool update_counter = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid(uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size,
                                                       uint32_t trid, uint8_t cmd_buf = write_cmd_buf,
                                                       uint8_t noc = tessera::this_noc(),
                                                       uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::command_buffer(noc, cmd_buf).trid = trid;
    tsr_noc_write(noc, src_local_l1_addr, dst_noc_addr, size, tessera::posted_flag(posted) | TSR_NOC_ONE_PACKET, trid);
}

template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid_set_state(uint64_t dst_noc_addr, uint8_t cmd_buf = write_cmd_buf,
                                                                 uint8_t noc = tessera::this_noc(),
                                                                 uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::command_buffer(noc, cmd_buf).address = dst_noc_addr;
}

template <bool update_counter = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid_with_state(uint32_t src_local_l1_addr,
                                                                  uint32_t dst_local_l1_addr, uint32_t size,
                                                                  uint32_t trid, uint8_t cmd_buf = write_cmd_buf,
                                                                  uint8_t noc = tessera::this_noc()) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    state.trid = trid;
    tsr_noc_write(noc, src_local_l1_addr, tessera::on_same_node(state.address, dst_local_l1_addr), size,
                  tessera::posted_flag(posted) | TSR_NOC_ONE_PACKET | TSR_NOC_WITH_STATE, trid);
}

/// Writes `size` bytes (0: a page) to page `id`, `offset` bytes into it.
template <typename AddrGen, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_page(const uint32_t id, const AddrGen& addrgen, uint32_t src_local_l1_addr,
                                       uint32_t size = 0, uint32_t offset = 0, uint8_t noc = tessera::this_noc()) {
    tessera::noc_write(noc, src_local_l1_addr, addrgen.get_noc_addr(id, offset, noc),
                       size != 0 ? size : tessera::page_bytes(addrgen), tessera::posted_flag(posted));
}

template <typename AddrGen>
FORCE_INLINE void noc_async_write_tile(const uint32_t id, const AddrGen& addrgen, uint32_t src_local_l1_addr,
                                       uint8_t noc = tessera::this_noc()) {
    noc_async_write_page(id, addrgen, src_local_l1_addr, 0, 0, noc);
}

/// Writes a whole shard of a sharded tensor.
template <typename Accessor, bool posted = false>
FORCE_INLINE void noc_async_write_shard(const uint32_t shard_id, const Accessor& s, uint32_t src_local_l1_addr,
                                        uint8_t noc = tessera::this_noc()) {
    tessera::noc_write(noc, src_local_l1_addr, s.get_shard_noc_addr(shard_id, 0, noc),
                       static_cast<uint32_t>(s.page_size * s.dspec().shard_volume()), tessera::posted_flag(posted));
}

// --- Multicast
// --------------------------------------------------------------------------------------------------------- num_dests
// counts the receivers: without the sender in the plain functions, with it in the loopback_src ones. The first
// generation had one more bool before the NoC; the overloads with `std::same_as<bool>` take it.

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1>
FORCE_INLINE void noc_async_write_multicast(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t size,
                                            uint32_t num_dests, bool linked = false,
                                            uint8_t noc = tessera::this_noc()) {
    tsr_noc_write_multicast(noc, src_local_l1_addr, dst_noc_addr_multicast, size, num_dests,
                            tessera::linked_flag(linked));
}

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, std::same_as<bool> PathReserve>
FORCE_INLINE void noc_async_write_multicast(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t size,
                                            uint32_t num_dests, bool linked, PathReserve,
                                            uint8_t noc = tessera::this_noc()) {
    noc_async_write_multicast(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, linked, noc);
}

template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_write_multicast_one_packet(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                       uint32_t size, uint32_t num_dests, bool linked = false,
                                                       uint8_t noc = tessera::this_noc()) {
    tsr_noc_write_multicast(noc, src_local_l1_addr, dst_noc_addr_multicast, size, num_dests,
                            tessera::linked_flag(linked) | TSR_NOC_ONE_PACKET);
}

template <bool enable_noc_tracing = true, std::same_as<bool> PathReserve>
FORCE_INLINE void noc_async_write_multicast_one_packet(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                       uint32_t size, uint32_t num_dests, bool linked, PathReserve,
                                                       uint8_t noc = tessera::this_noc()) {
    noc_async_write_multicast_one_packet(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, linked, noc);
}

FORCE_INLINE void noc_async_write_multicast_loopback_src(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                         uint32_t size, uint32_t num_dests, bool linked = false,
                                                         uint8_t noc = tessera::this_noc()) {
    tsr_noc_write_multicast(noc, src_local_l1_addr, dst_noc_addr_multicast, size, num_dests,
                            tessera::linked_flag(linked) | TSR_NOC_LOOPBACK);
}

template <std::same_as<bool> PathReserve>
FORCE_INLINE void noc_async_write_multicast_loopback_src(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                         uint32_t size, uint32_t num_dests, bool linked, PathReserve,
                                                         uint8_t noc = tessera::this_noc()) {
    noc_async_write_multicast_loopback_src(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, linked, noc);
}

/// Multicast with a part of the rectangle left out, which only some silicon has.
[[noreturn]] inline void noc_async_write_multicast_exclude_region(uint32_t, uint64_t, uint32_t, uint32_t, uint32_t,
                                                                  bool = false, bool = true, uint8_t = 0) {
    tsr_error("unsupported-multicast", "noc_async_write_multicast_exclude_region is not simulated",
              "multicast to the rectangles around the excluded region");
}

// --- Inline writes
// -----------------------------------------------------------------------------------------------------

/// Writes a 32-bit value; bit i of `be` enables byte i.
template <InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool posted = false, bool flush = true>
FORCE_INLINE void noc_inline_dw_write(uint64_t addr, uint32_t val, uint8_t be = 0xF, uint8_t noc = tessera::this_noc(),
                                      uint8_t vc = NOC_UNICAST_WRITE_VC, uint32_t customized_src_addr = 0) {
    tsr_noc_inline_write(noc, addr, val, be, tessera::posted_flag(posted));
}

/// The spelling before the destination kind became a parameter.
template <bool posted>
FORCE_INLINE void noc_inline_dw_write(uint64_t addr, uint32_t val, uint8_t be = 0xF, uint8_t noc = tessera::this_noc(),
                                      uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tsr_noc_inline_write(noc, addr, val, be, tessera::posted_flag(posted));
}

/// Writes a 32-bit value to every core of a rectangle but this one.
FORCE_INLINE void noc_inline_dw_write_multicast(uint64_t dst_noc_addr_multicast, uint32_t val, uint32_t num_dests,
                                                uint8_t be = 0xF, uint8_t noc = tessera::this_noc()) {
    tsr_noc_inline_write_multicast(noc, dst_noc_addr_multicast, val, be, num_dests, 0);
}

template <bool posted = false, bool set_val = false>
FORCE_INLINE void noc_inline_dw_write_set_state(uint64_t addr, uint32_t val = 0, uint8_t be = 0xF,
                                                uint8_t cmd_buf = write_at_cmd_buf, uint8_t noc = tessera::this_noc(),
                                                uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    state.address = addr;
    state.byte_enable = be;
    if constexpr (set_val) {
        state.value = val;
    }
}

/// Writes to the stored address. `addr` replaces its low word (update_addr_lo) or its node (update_addr_hi), `val` the
/// stored value (update_val).
template <bool update_addr_lo = false, bool update_counter = true, bool posted = false, bool update_addr_hi = false,
          bool update_val = false, InlineWriteDst dst_type = InlineWriteDst::DEFAULT>
FORCE_INLINE void noc_inline_dw_write_with_state(uint32_t val, uint32_t addr = 0, uint8_t cmd_buf = write_at_cmd_buf,
                                                 uint8_t noc = tessera::this_noc()) {
    static_assert(!(update_addr_lo && update_addr_hi),
                  "noc_inline_dw_write_with_state: update one part of the address");
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    if constexpr (update_addr_lo) {
        state.address = tessera::on_same_node(state.address, addr);
    } else if constexpr (update_addr_hi) {
        state.address = get_noc_addr_helper(addr, static_cast<uint32_t>(state.address));
    }
    if constexpr (update_val) {
        state.value = val;
    }
    tsr_noc_inline_write(noc, state.address, state.value, state.byte_enable,
                         tessera::posted_flag(posted) | TSR_NOC_WITH_STATE);
}

// --- Barriers
// ----------------------------------------------------------------------------------------------------------

/// Waits until the bytes of all reads of this processor on `noc` are in L1.
FORCE_INLINE void noc_async_read_barrier(uint8_t noc = tessera::this_noc()) {
    tsr_noc_read_barrier(noc, TSR_NO_TRID);
}

/// Waits until all writes of this processor on `noc` have arrived.
FORCE_INLINE void noc_async_write_barrier(uint8_t noc = tessera::this_noc()) {
    tsr_noc_write_barrier(noc, TSR_NO_TRID);
}

/// Waits until all writes have left: their sources may be reused.
FORCE_INLINE void noc_async_writes_flushed(uint8_t noc = tessera::this_noc()) {
    tsr_noc_writes_flushed(noc, 0, TSR_NO_TRID);
}

FORCE_INLINE void noc_async_posted_writes_flushed(uint8_t noc = tessera::this_noc()) {
    tsr_noc_writes_flushed(noc, 1, TSR_NO_TRID);
}

/// Waits until all atomics of this processor on `noc` are done.
FORCE_INLINE void noc_async_atomic_barrier(uint8_t noc_idx = tessera::this_noc()) {
    tsr_noc_atomic_barrier(noc_idx);
}

/// Waits for everything.
FORCE_INLINE void noc_async_full_barrier(uint8_t noc_idx = tessera::this_noc()) {
    tsr_noc_full_barrier(noc_idx);
}

FORCE_INLINE void noc_async_read_barrier_with_trid(uint32_t trid, uint8_t noc = tessera::this_noc()) {
    tsr_noc_read_barrier(noc, trid);
}

FORCE_INLINE void noc_async_write_barrier_with_trid(uint32_t trid, uint8_t noc = tessera::this_noc()) {
    tsr_noc_write_barrier(noc, trid);
}

FORCE_INLINE void noc_async_write_flushed_with_trid(uint32_t trid, uint8_t noc = tessera::this_noc()) {
    tsr_noc_writes_flushed(noc, 0, trid);
}

/// Clears hardware counters that the device does not have.
FORCE_INLINE void reset_noc_trid_barrier_counter(uint32_t id_mask = NOC_CLEAR_OUTSTANDING_REQ_MASK,
                                                 uint32_t noc = tessera::this_noc()) {}

// --- Semaphores and atomics
// --------------------------------------------------------------------------------------------

/// Waits until the local semaphore equals `val`.
FORCE_INLINE void noc_semaphore_wait(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val) {
    tsr_wait_word(sem_addr, val, TSR_WAIT_EQUAL);
}

/// Waits until the local semaphore is at least `val`.
FORCE_INLINE void noc_semaphore_wait_min(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val) {
    tsr_wait_word(sem_addr, val, TSR_WAIT_AT_LEAST);
}

/// Sets the local semaphore.
FORCE_INLINE void noc_semaphore_set(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val) {
    *sem_addr = val;
    tsr_notify_local(sem_addr);
}

/// Adds to a word of any core; ordered after earlier writes of this core on the same NoC.
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc(uint64_t addr, uint32_t incr, uint8_t noc_id = tessera::this_noc(),
                                    uint8_t vc = NOC_UNICAST_WRITE_VC) {
    tsr_noc_atomic_inc(noc_id, addr, incr, 31, tessera::posted_flag(posted));
}

/// Adds to the same word of every core of a rectangle but this one.
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc_multicast(uint64_t addr, uint32_t incr, uint32_t num_dests,
                                              uint8_t noc_id = tessera::this_noc(),
                                              uint8_t vc = NOC_MULTICAST_WRITE_VC) {
    tsr_noc_atomic_inc_multicast(noc_id, addr, incr, 31, num_dests, tessera::posted_flag(posted));
}

/// Copies this core's semaphore word to another core's.
FORCE_INLINE void noc_semaphore_set_remote(uint32_t src_local_l1_addr, uint64_t dst_noc_addr,
                                           uint8_t noc = tessera::this_noc()) {
    tessera::noc_write(noc, src_local_l1_addr, dst_noc_addr, 4, TSR_NOC_ONE_PACKET);
}

/// Copies this core's semaphore word to every core of a rectangle but this one.
FORCE_INLINE void noc_semaphore_set_multicast(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                              uint32_t num_dests, bool linked = false,
                                              uint8_t noc = tessera::this_noc()) {
    noc_async_write_multicast_one_packet(src_local_l1_addr, dst_noc_addr_multicast, 4, num_dests, linked, noc);
}

template <std::same_as<bool> PathReserve>
FORCE_INLINE void noc_semaphore_set_multicast(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                              uint32_t num_dests, bool linked, PathReserve,
                                              uint8_t noc = tessera::this_noc()) {
    noc_semaphore_set_multicast(src_local_l1_addr, dst_noc_addr_multicast, num_dests, linked, noc);
}

/// The same with this core among the receivers.
FORCE_INLINE void noc_semaphore_set_multicast_loopback_src(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                           uint32_t num_dests, bool linked = false,
                                                           uint8_t noc = tessera::this_noc()) {
    noc_async_write_multicast_loopback_src(src_local_l1_addr, dst_noc_addr_multicast, 4, num_dests, linked, noc);
}

template <std::same_as<bool> PathReserve>
FORCE_INLINE void noc_semaphore_set_multicast_loopback_src(uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast,
                                                           uint32_t num_dests, bool linked, PathReserve,
                                                           uint8_t noc = tessera::this_noc()) {
    noc_semaphore_set_multicast_loopback_src(src_local_l1_addr, dst_noc_addr_multicast, num_dests, linked, noc);
}

// --- The first generation's reads of DRAM-sharded tiles
// ------------------------------------------------------------------

/// Prepares reads of page_size bytes from one DRAM bank; returns the base to pass to the reads.
template <uint32_t page_size, bool use_vc>
FORCE_INLINE uint32_t noc_async_read_tile_dram_sharded_set_state(uint32_t bank_base_address, uint32_t bank_id = 0,
                                                                 const uint32_t vc = 0,
                                                                 uint8_t noc = tessera::this_noc()) {
    const uint64_t address = get_noc_addr_from_bank_id<true>(bank_id, bank_base_address, noc);
    noc_async_read_one_packet_set_state<use_vc>(address, page_size, vc, noc);
    return static_cast<uint32_t>(address);
}

template <bool use_vc>
FORCE_INLINE uint32_t noc_async_read_tile_dram_sharded_set_state(uint32_t bank_base_address, uint32_t page_size,
                                                                 uint32_t bank_id, const uint32_t vc,
                                                                 uint8_t noc = tessera::this_noc()) {
    const uint64_t address = get_noc_addr_from_bank_id<true>(bank_id, bank_base_address, noc);
    noc_async_read_one_packet_set_state<use_vc>(address, page_size, vc, noc);
    return static_cast<uint32_t>(address);
}

FORCE_INLINE void noc_async_read_tile_dram_sharded_with_state(uint32_t src_base_addr, uint32_t src_addr,
                                                              uint32_t dest_addr, uint32_t trid = 0,
                                                              uint8_t noc = tessera::this_noc()) {
    noc_async_read_one_packet_with_state_with_trid<>(src_base_addr, src_addr, dest_addr, trid, noc);
}

template <bool skip_ptr_update = false>
FORCE_INLINE void noc_async_read_tile_dram_sharded_with_state_with_trid(uint32_t src_base_addr, uint32_t src_addr,
                                                                        uint32_t dest_addr, uint32_t trid = 0,
                                                                        uint8_t noc = tessera::this_noc()) {
    noc_async_read_one_packet_with_state_with_trid<>(src_base_addr, src_addr, dest_addr, trid, noc);
}

FORCE_INLINE void noc_async_read_tile_dram_sharded_set_trid(uint32_t trid = 0, uint8_t noc = tessera::this_noc()) {
    noc_async_read_set_trid(trid, noc);
}

/// The first generation's minimum; a template, so that a kernel may define its own.
template <class Tag = void>
FORCE_INLINE uint32_t min(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

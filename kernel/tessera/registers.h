// Lower-level names that some kernels reach past the API for: the functions under the NoC API, register addresses,
// divisions by constants.
#pragma once

#include <cstdint>

#include <tessera/transfers.h>

// Addresses of the wall clock. They lie outside L1, so the device decides what reading them gives.
#define RISCV_DEBUG_REGS_START_ADDR 0xFFB12000
#define RISCV_DEBUG_REG_WALL_CLOCK_L (RISCV_DEBUG_REGS_START_ADDR | 0x1F0)
#define RISCV_DEBUG_REG_WALL_CLOCK_H (RISCV_DEBUG_REGS_START_ADDR | 0x1F8)

// --- Division by constants, which the compiler does by itself
// ------------------------------------------------------------
template <uint32_t d>
FORCE_INLINE uint32_t udivsi3_const_divisor(uint32_t n) {
    static_assert(d != 0, "udivsi3_const_divisor: division by zero");
    return n / d;
}
template <uint32_t d>
FORCE_INLINE uint32_t umodsi3_const_divisor(uint32_t n) {
    static_assert(d != 0, "umodsi3_const_divisor: division by zero");
    return n % d;
}
FORCE_INLINE unsigned int mulsi3(unsigned int a, unsigned int b) {
    return a * b;
}

// --- Under the NoC API
// ---------------------------------------------------------------------------------------------------

/// A command buffer accepts a command at any time.
FORCE_INLINE bool noc_cmd_buf_ready(uint32_t, uint32_t) {
    return true;
}
FORCE_INLINE void noc_clear_outstanding_req_cnt(uint32_t, uint32_t) {}
/// How many more transactions may carry the id.
FORCE_INLINE uint32_t noc_available_transactions(uint32_t, uint32_t) {
    return NOC_MAX_TRANSACTION_ID_COUNT;
}
FORCE_INLINE void ncrisc_noc_counters_init() {}
FORCE_INLINE void noc_local_state_init(int) {}
FORCE_INLINE void dynamic_noc_local_state_init() {}
FORCE_INLINE void dynamic_noc_init() {}

/// Sets the transaction id of a command buffer's following transfers.
FORCE_INLINE void ncrisc_noc_set_transaction_id(uint32_t noc, uint32_t cmd_buf, uint32_t trid) {
    tessera::command_buffer(noc, cmd_buf).trid = trid;
}

// Whether transfers of this processor are done. All of them poll.
FORCE_INLINE bool ncrisc_noc_reads_flushed(uint32_t noc) {
    return tsr_noc_reads_done(noc, TSR_NO_TRID) != 0;
}
FORCE_INLINE bool ncrisc_noc_read_with_transaction_id_flushed(uint32_t noc, uint32_t trid) {
    return tsr_noc_reads_done(noc, trid) != 0;
}
FORCE_INLINE bool ncrisc_noc_nonposted_writes_sent(uint32_t noc) {
    return tsr_noc_writes_done(noc, TSR_NO_TRID) != 0;
}
FORCE_INLINE bool ncrisc_noc_nonposted_writes_flushed(uint32_t noc) {
    return tsr_noc_writes_done(noc, TSR_NO_TRID) != 0;
}
FORCE_INLINE bool ncrisc_noc_posted_writes_sent(uint32_t noc) {
    return tsr_noc_writes_done(noc, TSR_NO_TRID) != 0;
}
FORCE_INLINE bool ncrisc_noc_nonposted_write_with_transaction_id_sent(uint32_t noc, uint32_t trid) {
    return tsr_noc_writes_done(noc, trid) != 0;
}
FORCE_INLINE bool ncrisc_noc_nonposted_write_with_transaction_id_flushed(uint32_t noc, uint32_t trid) {
    return tsr_noc_writes_done(noc, trid) != 0;
}
/// Atomics complete in order with writes, so waiting for them at the question is the same as polling.
FORCE_INLINE bool ncrisc_noc_nonposted_atomics_flushed(uint32_t noc) {
    tsr_noc_atomic_barrier(noc);
    return true;
}

template <uint8_t mode = DM_DEDICATED_NOC>
FORCE_INLINE void ncrisc_noc_fast_read(uint32_t noc, uint32_t cmd_buf, uint64_t src_addr, uint32_t dest_addr,
                                       uint32_t len_bytes, uint32_t read_req_vc = 1) {
    tsr_noc_read(noc, src_addr, dest_addr, len_bytes, tessera::command_buffer(noc, cmd_buf).trid);
}
template <uint8_t mode = DM_DEDICATED_NOC>
FORCE_INLINE void ncrisc_noc_fast_read_any_len(uint32_t noc, uint32_t cmd_buf, uint64_t src_addr, uint32_t dest_addr,
                                               uint32_t len_bytes, uint32_t read_req_vc = 1) {
    tsr_noc_read(noc, src_addr, dest_addr, len_bytes, tessera::command_buffer(noc, cmd_buf).trid);
}

/// A unicast or multicast write.
template <uint8_t mode = DM_DEDICATED_NOC, bool use_trid = false, bool update_counter = true>
FORCE_INLINE void ncrisc_noc_fast_write(uint32_t noc, uint32_t cmd_buf, uint32_t src_addr, uint64_t dest_addr,
                                        uint32_t len_bytes, uint32_t vc, bool mcast, bool linked, uint32_t num_dests,
                                        bool multicast_path_reserve, bool posted = false, uint32_t trid = 0) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    if constexpr (use_trid) {
        state.trid = trid;
    }
    if (mcast) {
        tsr_noc_write_multicast(noc, src_addr, dest_addr, len_bytes, num_dests,
                                tessera::linked_flag(linked) | tessera::posted_flag(posted));
    } else {
        tsr_noc_write(noc, src_addr, dest_addr, len_bytes, tessera::posted_flag(posted), state.trid);
    }
}
template <uint8_t mode = DM_DEDICATED_NOC, bool use_trid = false, bool one_packet = false>
FORCE_INLINE void ncrisc_noc_fast_write_any_len(uint32_t noc, uint32_t cmd_buf, uint32_t src_addr, uint64_t dest_addr,
                                                uint32_t len_bytes, uint32_t vc, bool mcast, bool linked,
                                                uint32_t num_dests, bool multicast_path_reserve, bool posted = false,
                                                uint32_t trid = 0) {
    ncrisc_noc_fast_write<mode, use_trid>(noc, cmd_buf, src_addr, dest_addr, len_bytes, vc, mcast, linked, num_dests,
                                          multicast_path_reserve, posted, trid);
}
template <uint8_t mode = DM_DEDICATED_NOC>
FORCE_INLINE void ncrisc_noc_fast_write_any_len_loopback_src(uint32_t noc, uint32_t cmd_buf, uint32_t src_addr,
                                                             uint64_t dest_addr, uint32_t len_bytes, uint32_t vc,
                                                             bool mcast, bool linked, uint32_t num_dests,
                                                             bool multicast_path_reserve) {
    tsr_noc_write_multicast(noc, src_addr, dest_addr, len_bytes, num_dests,
                            tessera::linked_flag(linked) | TSR_NOC_LOOPBACK);
}

template <uint8_t mode = DM_DEDICATED_NOC, bool one_packet = false, bool use_vc = false>
FORCE_INLINE void ncrisc_noc_read_set_state(uint32_t noc, uint32_t cmd_buf, uint64_t src_noc_addr,
                                            uint32_t len_bytes = 0, const uint32_t vc = 0) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    state.address = src_noc_addr;
    state.bytes = len_bytes;
}
template <uint8_t mode = DM_DEDICATED_NOC, bool inc_num_issued = true, bool one_packet = false>
FORCE_INLINE void ncrisc_noc_read_with_state(uint32_t noc, uint32_t cmd_buf, uint32_t src_local_addr,
                                             uint32_t dst_local_addr, uint32_t len_bytes = 0) {
    const tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    tsr_noc_read(noc, tessera::on_same_node(state.address, src_local_addr), dst_local_addr,
                 one_packet ? state.bytes : len_bytes, state.trid);
}
template <bool posted = false, bool one_packet = false>
FORCE_INLINE void ncrisc_noc_write_set_state(uint32_t noc, uint32_t cmd_buf, uint64_t dst_noc_addr,
                                             uint32_t len_bytes = 0, const uint32_t vc = 0) {
    tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    state.address = dst_noc_addr;
    state.bytes = len_bytes;
}
template <uint8_t mode = DM_DEDICATED_NOC, bool posted = false, bool update_counter = true, bool one_packet = false>
FORCE_INLINE void ncrisc_noc_write_with_state(uint32_t noc, uint32_t cmd_buf, uint32_t src_local_addr,
                                              uint32_t dst_local_addr, uint32_t len_bytes = 0) {
    const tessera::NocCommandBuffer& state = tessera::command_buffer(noc, cmd_buf);
    tsr_noc_write(noc, src_local_addr, tessera::on_same_node(state.address, dst_local_addr),
                  one_packet ? state.bytes : len_bytes, tessera::posted_flag(posted), state.trid);
}

/// An atomic increment; `wrap` is the number of low bits that wrap, less one.
template <uint8_t mode = DM_DEDICATED_NOC, bool program_ret_addr = false>
FORCE_INLINE void noc_fast_atomic_increment(uint32_t noc, uint32_t cmd_buf, uint64_t addr, uint32_t vc, uint32_t incr,
                                            uint32_t wrap, bool linked, bool posted = false,
                                            uint32_t atomic_ret_val = 0) {
    tsr_noc_atomic_inc(noc, addr, incr, wrap, tessera::posted_flag(posted) | tessera::linked_flag(linked));
}
template <uint8_t mode = DM_DEDICATED_NOC, InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool flush = true>
FORCE_INLINE void noc_fast_write_dw_inline(uint32_t noc, uint32_t cmd_buf, uint32_t val, uint64_t dest_addr,
                                           uint32_t be, uint32_t static_vc, bool mcast, bool posted = false,
                                           uint32_t customized_src_addr = 0) {
    tsr_noc_inline_write(noc, dest_addr, val, be, tessera::posted_flag(posted));
}

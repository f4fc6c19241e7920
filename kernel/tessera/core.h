// The core that a data-movement kernel runs on: its coordinates, its bank tables, its clock.
#pragma once

#include <cstdint>

#include <tessera/abi.h>
#include <tessera/attributes.h>
#include <tessera/noc_constants.h>

namespace tessera {

/// The running kernel's default NoC. Kernels write noc_index; the precompiled prelude can't know it as a constant.
FORCE_INLINE uint8_t this_noc() {
    return tsr_ctx->noc_index;
}

struct MyX {
    FORCE_INLINE uint8_t operator[](uint32_t noc) const { return tsr_ctx->my_x[noc]; }
};
struct MyY {
    FORCE_INLINE uint8_t operator[](uint32_t noc) const { return tsr_ctx->my_y[noc]; }
};
struct DramBankXy {
    FORCE_INLINE const uint16_t* operator[](uint32_t noc) const { return tsr_ctx->dram_bank_to_noc_xy[noc]; }
};
struct L1BankXy {
    FORCE_INLINE const uint16_t* operator[](uint32_t noc) const { return tsr_ctx->l1_bank_to_noc_xy[noc]; }
};
struct DramBankOffset {
    FORCE_INLINE int32_t operator[](uint32_t bank) const { return tsr_ctx->bank_to_dram_offset[bank]; }
};
struct L1BankOffset {
    FORCE_INLINE int32_t operator[](uint32_t bank) const { return tsr_ctx->bank_to_l1_offset[bank]; }
};
struct SemaphoreBase {
    FORCE_INLINE uintptr_t operator[](int) const { return tsr_ctx->semaphores_l1; }
};

}  // namespace tessera

// Names that are arrays in the firmware: indexed by NoC, and the tables also by bank. An entry of a bank table is
// x | y << 6 in virtual coordinates.
constexpr tessera::MyX my_x{};
constexpr tessera::MyY my_y{};
constexpr tessera::DramBankXy dram_bank_to_noc_xy{};
constexpr tessera::L1BankXy l1_bank_to_noc_xy{};
constexpr tessera::DramBankOffset bank_to_dram_offset{};
constexpr tessera::L1BankOffset bank_to_l1_offset{};
constexpr tessera::SemaphoreBase sem_l1_base{};

/// Logical coordinates of this core on its chip.
inline uint8_t get_absolute_logical_x() {
    return tsr_ctx->logical_x;
}
inline uint8_t get_absolute_logical_y() {
    return tsr_ctx->logical_y;
}
/// Logical coordinates relative to the origin of the core's sub-device; the same where there are none.
inline uint8_t get_relative_logical_x() {
    return tsr_ctx->relative_x;
}
inline uint8_t get_relative_logical_y() {
    return tsr_ctx->relative_y;
}

/// Kernels have one thread on these chips.
inline uint32_t get_num_threads() {
    return 1;
}
inline uint32_t get_my_thread_id() {
    return 0;
}

/// True if the local part of a NoC address lies below the register space.
inline bool is_l1_address(uint64_t addr) {
    return (addr & 0xFFFFFFFF) < NOC_REG_SPACE_START_ADDR;
}

/// L1 is coherent here; what was loaded before must be loaded again, as after a fence.
FORCE_INLINE void invalidate_l1_cache() {
    asm volatile("" ::: "memory");
}
template <bool enable = true>
FORCE_INLINE void set_l1_data_cache() {}

/// Clock of this core, in cycles; it moves only with what the core did.
inline uint64_t get_timestamp() {
    return tsr_wall_clock();
}
inline uint32_t get_timestamp_32b() {
    return static_cast<uint32_t>(tsr_wall_clock());
}

/// A pause. Device time does not come from the host's clock, so the pause only lets others run.
inline void riscv_wait(uint32_t) {
    tsr_yield();
}

/// Fills L1 words with zero.
inline void zero_l1_buf(uint32_t* buf, uint32_t size_bytes) {
    __builtin_memset(buf, 0, size_bytes & ~3u);
}

/// Firmware's sign of life on one generation of the chips: a counter for its own sake.
inline void RISC_POST_HEARTBEAT(uint32_t& heartbeat) {
    heartbeat++;
}

FORCE_INLINE uint32_t reg_read(uint32_t addr) {
    return *reinterpret_cast<volatile uint32_t*>(addr);
}
inline uint32_t buf_ptr_inc_wrap(uint32_t ptr, uint32_t inc, uint32_t size) {
    return ptr + inc >= size ? ptr + inc - size : ptr + inc;
}
inline uint32_t buf_ptr_dec_wrap(uint32_t ptr, uint32_t dec, uint32_t size) {
    return (dec > ptr ? ptr + size : ptr) - dec;
}

/// Waits until the L1 word at `addr` holds `val`.
inline void wait_for_sync_register_value(uintptr_t addr, int32_t val) {
    tsr_wait_word(reinterpret_cast<volatile uint32_t*>(addr), static_cast<uint32_t>(val), TSR_WAIT_EQUAL);
}

/// L1 address of semaphore `semaphore_id` of this core (the same on every core).
template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
FORCE_INLINE uint32_t get_semaphore(uint32_t semaphore_id) {
    static_assert(type == ProgrammableCoreType::TENSIX, "get_semaphore: Ethernet cores run no kernels here");
    return tsr_ctx->semaphores_l1 + semaphore_id * tsr_ctx->semaphore_stride;
}

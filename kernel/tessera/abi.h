// The C interface between a compiled kernel and the simulated device. Kernel headers call it, src/sim implements it,
// and the kernel compiler's LLVM pass reads the first fields of tsr_context by offset. Nothing here is for users.
//
// Addresses named `l1` are byte offsets into the calling core's L1, the numbers a kernel sees. NoC addresses are 64
// bits: local address in bits 0-35, then x and y (6 bits each); a multicast address adds the start corner's x and y
// above them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSR_MAX_CBS = 64, TSR_NUM_NOCS = 2 };

// One processor's own view of a circular buffer. The page counters are the core's and live in the device.
struct tsr_cb {
    uint32_t fifo_rd_ptr;     // L1 byte address of the oldest page, as this processor has popped
    uint32_t fifo_wr_ptr;     // L1 byte address of the next free page, as this processor has pushed
    uint32_t fifo_limit;      // L1 byte address one past the buffer
    uint32_t fifo_size;       // bytes
    uint32_t fifo_page_size;  // bytes
    uint32_t fifo_num_pages;  // 0: the circular buffer is not configured on this core
    uint32_t fifo_wr_tile;    // tiles packed since the last push (the packer's next sequential slot)
    uint32_t data_format;     // tt::DataFormat
    uint32_t tile_size;       // bytes of one tile in data_format
    uint16_t tile_rows;       // 32 unless set_tile_dims says otherwise
    uint16_t tile_cols;
    uint16_t face_rows;
    uint16_t num_faces;
};

// Bytes of L1 that one place of the code has loaded or stored. begin is far away in one that is never to be lengthened.
struct tsr_stretch {
    uint32_t begin;
    uint32_t bytes;
};
enum { TSR_STRETCHES = 256, TSR_NO_STRETCH = 0x80000000u };
enum { TSR_SPINS = 0x10000 };  // added to a stretch's number: a loop waits by this load

// One processor of one core while a kernel runs on it. The fields down to poll_budget are read by compiled code by
// offset: see src/jit/pass.
struct tsr_context {
    uint8_t* l1;           // 0: host address of L1
    uint64_t l1_size;      // 8: bytes
    uint8_t* local;        // 16: host address of the processor's local memory: globals, then stack
    uint64_t local_size;   // 24: bytes
    uint8_t* globals;      // 32: this launch's instance of the kernel's mutable globals
    const uint8_t* image;  // 40: host address of the loaded kernel (constants live here)
    uint64_t image_size;   // 48: bytes
    int64_t poll_budget;   // 56: loop turns and polls left before this fiber lets others run
    // Bytes of L1 whose loads and stores by the kernel's own code are told to the device: 0 or l1_size. Each place of
    // the code that loads or stores has a stretch (by its number, modulo TSR_STRETCHES): accesses that lie in it, or go
    // on where it ends, only lengthen it; any other is told.
    uint64_t watched_loads;         // 64
    uint64_t watched_stores;        // 72
    struct tsr_stretch* stretches;  // 80
    // In a kernel that is compiled to be recorded: what its own code would have taken on the chip up to now, in cycles,
    // and vector instructions of its own. Calls of the device are not in it; their figures are arch/'s.
    uint64_t cycles;               // 88
    uint64_t vector_instructions;  // 96

    uint32_t rt_args_l1;           // L1 address of the unique runtime arguments
    uint32_t rt_arg_count;         // 32-bit words
    uint32_t common_rt_args_l1;    // L1 address of the common runtime arguments
    uint32_t common_rt_arg_count;  // 32-bit words
    uint32_t semaphores_l1;        // L1 address of semaphore 0
    uint32_t semaphore_stride;     // bytes between semaphores (16)

    uint8_t processor;  // 0 RISCV_0 (BRISC), 1 RISCV_1 (NCRISC), 2 compute (all three TRISCs)
    uint8_t noc_index;  // the kernel's default NoC
    uint8_t noc_mode;   // 0 dedicated, 1 dynamic
    uint8_t device_id;
    uint8_t my_x[TSR_NUM_NOCS];  // virtual coordinates of this core
    uint8_t my_y[TSR_NUM_NOCS];
    uint8_t logical_x, logical_y;    // absolute logical coordinates
    uint8_t relative_x, relative_y;  // relative to the first core of this kernel's range
    uint8_t num_dram_banks;
    uint8_t reserved0;
    uint16_t num_l1_banks;

    // Where banks are: virtual coordinates as x | y << 6, by NoC and bank; offsets are added to a buffer's address.
    const uint16_t* dram_bank_to_noc_xy[TSR_NUM_NOCS];
    const int32_t* bank_to_dram_offset;
    const uint16_t* l1_bank_to_noc_xy[TSR_NUM_NOCS];
    const int32_t* bank_to_l1_offset;
    uint32_t dram_alignment;  // of a page in a DRAM buffer: 32 (Wormhole), 64 (Blackhole)
    uint32_t l1_alignment;    // of a page in an L1 buffer: 16

    uint32_t* dst;  // compute only: DST as 1024 rows of 16 32-bit values, tile t at row 64 t, faces in order
    void* engine;   // compute only: tessera::sim::Engine
    void* risc;     // tessera::sim::Risc

    struct tsr_cb cbs[TSR_MAX_CBS];
};

// The context of the fiber that is running on this host thread.
extern __thread struct tsr_context* tsr_ctx __attribute__((tls_model("initial-exec")));

// --- Called by instrumented code -------------------------------------------------------------------------------------
// An integer that is not an L1 address becomes a pointer (local memory at 0xFFB00000, kernel constants at 0xFD000000),
// or the run ends with a diagnostic that names the caller's line.
void* tsr_int_to_ptr_slow(uint64_t address);
uint64_t tsr_ptr_to_int_slow(const void* pointer);
// poll_budget has run out in a loop. pure: TSR_POLL_SPINS, the loop only reads memory, so only a write by somebody else
// can end it; TSR_POLL_COUNTS, likewise, but it carries values from turn to turn, so it may end by itself;
// TSR_POLL_ENDLESS, it has no exit and neither reads what others write nor calls anything; 0, none of these.
// TSR_POLL_NO_EXIT is added to the others if the loop can't be left.
enum { TSR_POLL_SPINS = 1, TSR_POLL_COUNTS = 2, TSR_POLL_ENDLESS = 3, TSR_POLL_NO_EXIT = 4 };
void tsr_poll_slow(uint32_t pure);
// A load or store of `bytes` at `address`, which lies in this core's L1, is about to happen (see watched_loads), at a
// place of the code with this stretch.
void tsr_l1_load(const void* address, uint32_t bytes, uint32_t stretch);
void tsr_l1_store(const void* address, uint32_t bytes, uint32_t stretch);
// A loop that only looked at memory has ended because of what it saw.
void tsr_spun(void);
// Integer division by zero at the caller's line. Returns if the check is lowered to a warning; the chip's answer is
// then used (quotient all ones, remainder the dividend).
void tsr_divide_by_zero(void);
// Called where control can't go on (unreachable code, abort, a pure virtual call).
void tsr_trap(const char* reason) __attribute__((noreturn));

// --- Arguments -------------------------------------------------------------------------------------------------------
// The slow path of get_arg_val and get_common_arg_val: index is at or past the arguments that the host set. Pure: a
// value that the kernel never uses is never asked for, just as the chip's compiler drops the load.
__attribute__((pure)) uint32_t tsr_unset_runtime_arg(uint32_t index, uint32_t common);

// --- Circular buffers ------------------------------------------------------------------------------------------------
void tsr_cb_reserve_back(uint32_t cb, uint32_t pages);
void tsr_cb_push_back(uint32_t cb, uint32_t pages);
void tsr_cb_wait_front(uint32_t cb, uint32_t pages);
void tsr_cb_pop_front(uint32_t cb, uint32_t pages);
uint32_t tsr_cb_pages_reservable(uint32_t cb, uint32_t pages);  // 1 if cb_reserve_back would not wait
uint32_t tsr_cb_pages_available(uint32_t cb, uint32_t pages);   // 1 if cb_wait_front would not wait
uint32_t tsr_cb_counters(uint32_t cb);                          // received | acked << 16, the 16-bit counters

// --- NoC -------------------------------------------------------------------------------------------------------------
enum {
    TSR_NOC_POSTED = 1,      // no acknowledgement is awaited
    TSR_NOC_LOOPBACK = 2,    // multicast: the sender is among the destinations if it lies in the rectangle
    TSR_NOC_LINKED = 4,      // multicast: the next multicast follows on the same path
    TSR_NOC_ONE_PACKET = 8,  // the caller promised at most one burst
    TSR_NOC_WITH_STATE = 16  // the command buffer was prepared by an earlier call
};
enum { TSR_READ_WITH_STATE = 0x100 };  // added to the NoC of a read: likewise
enum { TSR_NO_TRID = 0xFFFFFFFFu };

void tsr_noc_read(uint32_t noc, uint64_t src, uint32_t dst_l1, uint32_t bytes, uint32_t trid);
void tsr_noc_write(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t flags, uint32_t trid);
void tsr_noc_write_multicast(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t num_dests,
                             uint32_t flags);
// A 32-bit word; byte_enable has one bit a byte.
void tsr_noc_inline_write(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable, uint32_t flags);
void tsr_noc_inline_write_multicast(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable,
                                    uint32_t num_dests, uint32_t flags);
// Atomic increment of a 32-bit word; wrap: number of low bits that wrap, 31 for a plain increment.
void tsr_noc_atomic_inc(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t flags);
void tsr_noc_atomic_inc_multicast(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t num_dests,
                                  uint32_t flags);

void tsr_noc_read_barrier(uint32_t noc, uint32_t trid);   // TSR_NO_TRID: all
void tsr_noc_write_barrier(uint32_t noc, uint32_t trid);  // TSR_NO_TRID: all
void tsr_noc_writes_flushed(uint32_t noc, uint32_t posted, uint32_t trid);
void tsr_noc_atomic_barrier(uint32_t noc);
void tsr_noc_full_barrier(uint32_t noc);
uint32_t tsr_noc_reads_done(uint32_t noc, uint32_t trid);  // polls; 1 when nothing is in flight
uint32_t tsr_noc_writes_done(uint32_t noc, uint32_t trid);

// --- Semaphores and memory waits -------------------------------------------------------------------------------------
enum { TSR_WAIT_EQUAL = 0, TSR_WAIT_AT_LEAST = 1, TSR_WAIT_NOT_EQUAL = 2 };
// Waits until the word at `word` (a host pointer into this core's L1) satisfies the condition against `value`.
void tsr_wait_word(volatile uint32_t* word, uint32_t value, uint32_t condition);
// The word changed by a store of this processor: lets waiters of the same core look again at once.
void tsr_notify_local(volatile uint32_t* word);

// --- Time and scheduling ---------------------------------------------------------------------------------------------
void tsr_yield(void);
// A wall clock that only moves forward with what this core did; equal on every host and with any number of threads.
uint64_t tsr_wall_clock(void);

// --- Debug -----------------------------------------------------------------------------------------------------------
void tsr_assert_failed(const char* condition);
void tsr_waypoint(const char* four_chars);
void tsr_pause(void);
void tsr_ring_buffer_push(uint32_t value);
void tsr_zone(const char* name, uint32_t begin);
// Text printed by DPRINT; threads: bit 0 BRISC, 1 NCRISC, 2 TRISC0, 3 TRISC1, 4 TRISC2. Whole lines reach the log.
void tsr_dprint(uint32_t threads, const char* text, size_t bytes);
// Something that a kernel did and that the device can't do: ends the run with error[name], at the caller's line.
void tsr_error(const char* name, const char* message, const char* help) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

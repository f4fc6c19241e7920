// Constants of the NoC and of the L1 map that kernels name: address encodings, alignments, burst sizes, virtual
// channels. Encodings are those of TT-Metalium (noc_parameters.h); coordinates are virtual, so both NoCs use the same
// numbers.
#pragma once

#include <cstdint>

#define NUM_NOCS 2
#define NUM_CIRCULAR_BUFFERS 64

#define DM_DEDICATED_NOC 0
#define DM_DYNAMIC_NOC 1
#define DM_INVALID_NOC 2

// --- Address encoding: local address, then x and y of the node; a multicast address adds the start corner above
// ---------
#define NOC_ADDR_LOCAL_BITS 36
#define NOC_ADDR_NODE_ID_BITS 6
#define NOC_ADDR_COORD_SHIFT 36
#define NOC_NODE_ID_MASK ((((uint64_t)0x1) << NOC_ADDR_NODE_ID_BITS) - 1)
#define NOC_LOCAL_ADDR_MASK ((((uint64_t)0x1) << NOC_ADDR_LOCAL_BITS) - 1)
#define NOC_COORDINATE_MASK 0xFFFFFF
#define NOC_LOCAL_ADDR_OFFSET(addr) ((addr) & NOC_LOCAL_ADDR_MASK)
#define NOC_LOCAL_ADDR(addr) NOC_LOCAL_ADDR_OFFSET(addr)
#define NOC_UNICAST_ADDR_X(addr) (((addr) >> 36) & NOC_NODE_ID_MASK)
#define NOC_UNICAST_ADDR_Y(addr) (((addr) >> 42) & NOC_NODE_ID_MASK)
#define NOC_MCAST_ADDR_END_X(addr) (((addr) >> 36) & NOC_NODE_ID_MASK)
#define NOC_MCAST_ADDR_END_Y(addr) (((addr) >> 42) & NOC_NODE_ID_MASK)
#define NOC_MCAST_ADDR_START_X(addr) (((addr) >> 48) & NOC_NODE_ID_MASK)
#define NOC_MCAST_ADDR_START_Y(addr) (((addr) >> 54) & NOC_NODE_ID_MASK)
#define NOC_XY_ADDR(x, y, addr) ((((uint64_t)(y)) << 42) | (((uint64_t)(x)) << 36) | ((uint64_t)(addr)))
#define NOC_XY_ADDR2(xy, addr) ((((uint64_t)(xy)) << 36) | ((uint64_t)(addr)))
#define NOC_MULTICAST_ADDR(x_start, y_start, x_end, y_end, addr)                                   \
    ((((uint64_t)(x_start)) << 48) | (((uint64_t)(y_start)) << 54) | (((uint64_t)(x_end)) << 36) | \
     (((uint64_t)(y_end)) << 42) | ((uint64_t)(addr)))
// Coordinates as they stand in the upper word of an address (and in the registers that hold it).
#define NOC_COORD_REG_OFFSET 4
#define NOC_XY_ENCODING(x, y) ((((uint32_t)(y)) << 10) | (((uint32_t)(x)) << 4))
#define NOC_MULTICAST_ENCODING(x_start, y_start, x_end, y_end)                                    \
    ((((uint32_t)(x_start)) << 16) | (((uint32_t)(y_start)) << 22) | (((uint32_t)(x_end)) << 4) | \
     (((uint32_t)(y_end)) << 10))

// Virtual coordinates need no mirroring on the second NoC.
#define NOC_X(x) (x)
#define NOC_Y(y) (y)
#define DYNAMIC_NOC_X(noc, x) (x)
#define DYNAMIC_NOC_Y(noc, y) (y)
#define NOC_X_PHYS_COORD(x) (x)
#define NOC_Y_PHYS_COORD(y) (y)
#define DYNAMIC_NOC_DIRECTION(noc, direction) ((noc) == 1 ? 1 - (direction) : (direction))

// --- Transfers
// --------------------------------------------------------------------------------------------------------
#define NOC_UNICAST_WRITE_VC 1
#define NOC_MULTICAST_WRITE_VC 4
#define NOC_DISPATCH_MULTICAST_WRITE_VC 5
#define NOC_MAX_TRANSACTION_ID 0xF
#define NOC_MAX_TRANSACTION_ID_COUNT 255
#define NOC_CLEAR_OUTSTANDING_REQ_MASK ((1ULL << (NOC_MAX_TRANSACTION_ID + 1)) - 1)

#define NOC_L1_READ_ALIGNMENT_BYTES 16
#define NOC_L1_WRITE_ALIGNMENT_BYTES 16
#define NOC_PCIE_WRITE_ALIGNMENT_BYTES 16
#define NOC_DRAM_WRITE_ALIGNMENT_BYTES 16
#ifdef ARCH_BLACKHOLE
#define NOC_MAX_BURST_WORDS 256
#define NOC_WORD_BYTES 64
#define NOC_DRAM_READ_ALIGNMENT_BYTES 64
#define NOC_PCIE_READ_ALIGNMENT_BYTES 64
#define LOG_BASE_2_OF_DRAM_ALIGNMENT 6
#define VIRTUAL_TENSIX_START_X 1
#define VIRTUAL_TENSIX_START_Y 2
#define NUM_TENSIXES 140
#else
#define NOC_MAX_BURST_WORDS 256
#define NOC_WORD_BYTES 32
#define NOC_DRAM_READ_ALIGNMENT_BYTES 32
#define NOC_PCIE_READ_ALIGNMENT_BYTES 32
#define LOG_BASE_2_OF_DRAM_ALIGNMENT 5
#define VIRTUAL_TENSIX_START_X 18
#define VIRTUAL_TENSIX_START_Y 18
#define NUM_TENSIXES 80
#endif
#define LOG_BASE_2_OF_L1_ALIGNMENT 4
#define NOC_PAYLOAD_WIDTH (NOC_WORD_BYTES * 8)
#define NOC_WORD_OFFSET_MASK (NOC_WORD_BYTES - 1)
#define NOC_MAX_BURST_SIZE (NOC_MAX_BURST_WORDS * NOC_WORD_BYTES)
#define MEM_WORD_BYTES 16
#define L1_ALIGNMENT (static_cast<uint32_t>(16))
#define DRAM_ALIGNMENT (static_cast<uint32_t>(NOC_DRAM_READ_ALIGNMENT_BYTES))
#define PCIE_ALIGNMENT (static_cast<uint32_t>(NOC_PCIE_READ_ALIGNMENT_BYTES))
// The first generation had one alignment for both kinds of buffer.
#define ALLOCATOR_ALIGNMENT DRAM_ALIGNMENT
#define LOG_BASE_2_OF_ALLOCATOR_ALIGNMENT LOG_BASE_2_OF_DRAM_ALIGNMENT

// Command buffers keep the state of the *_set_state functions. Writes, reads, register-sized writes and atomics have
// one each, as in the hardware's dedicated NoC mode.
constexpr uint32_t NCRISC_WR_CMD_BUF = 0;
constexpr uint32_t NCRISC_RD_CMD_BUF = 1;
constexpr uint32_t NCRISC_WR_REG_CMD_BUF = 2;
constexpr uint32_t NCRISC_AT_CMD_BUF = 3;
constexpr uint32_t BRISC_WR_CMD_BUF = 0;
constexpr uint32_t BRISC_RD_CMD_BUF = 1;
constexpr uint32_t BRISC_WR_REG_CMD_BUF = 2;
constexpr uint32_t BRISC_AT_CMD_BUF = 3;
constexpr uint32_t write_cmd_buf = 0;
constexpr uint32_t read_cmd_buf = 1;
constexpr uint32_t write_reg_cmd_buf = 2;
constexpr uint32_t write_at_cmd_buf = 3;

// --- L1 map (dev_mem_map.h): a region below user L1 that is zero and stays so
// ------------------------------------------
#define MEM_L1_BASE 0x0
#ifdef ARCH_BLACKHOLE
#define MEM_L1_SIZE (1536 * 1024)
#define MEM_MAILBOX_BASE 96
#else
#define MEM_L1_SIZE (1464 * 1024)
#define MEM_MAILBOX_BASE 16
#endif
#define MEM_MAILBOX_SIZE 12896
#define MEM_MAILBOX_END (MEM_MAILBOX_BASE + MEM_MAILBOX_SIZE)
#define MEM_ZEROS_BASE ((MEM_MAILBOX_END + 31) & ~31)
#define MEM_ZEROS_SIZE 512
#define MEM_NOC_ATOMIC_RET_VAL_ADDR 4
#define MEM_LOCAL_BASE 0xFFB00000
#define NOC_REG_SPACE_START_ADDR 0xFF000000

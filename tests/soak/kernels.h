// The kernels of the random programs: interpreters of instruction lists that the generator leaves in L1.
#pragma once

/// The instructions of a data-movement processor; each is followed by its operands, one word each.
enum SoakOp : unsigned {
    SOAK_END,
    SOAK_READ,           ///< x, y, remote address, local address, bytes
    SOAK_READ_DRAM,      ///< bank, address in the bank, local address, bytes
    SOAK_WRITE,          ///< x, y, remote address, local address, bytes
    SOAK_WRITE_DRAM,     ///< bank, address in the bank, local address, bytes
    SOAK_MULTICAST,      ///< x0, y0, x1, y1, address there, local address, bytes, destinations, with the sender
    SOAK_READ_BARRIER,   ///<
    SOAK_WRITE_BARRIER,  ///<
    SOAK_COMBINE,        ///< destination, source, words, factor: d[i] = s[i] * factor + i
    SOAK_SIGNAL,         ///< x, y, address: increments the word
    SOAK_SIGNAL_LOCAL,   ///< address, value: a plain store
    SOAK_WAIT,           ///< address, value, how (0 semaphore, 1 spin, 2 reads over the NoC), scratch address
    SOAK_FILL,   ///< bank, address, bytes a page, pages, pages a block, buffer, buffers: reads into them in turn
    SOAK_DRAIN,  ///< bank, address, bytes a page, pages, pages a block, buffer
};

inline constexpr const char* soak_data_movement = R"(
void kernel_main() {
    const volatile uint32_t* next = reinterpret_cast<const volatile uint32_t*>(get_arg_val<uint32_t>(0));
    for (;;) {
        const uint32_t op = *next++;
        switch (op) {
            case 0:
                return;
            case 1:
                noc_async_read(get_noc_addr(next[0], next[1], next[2]), next[3], next[4]);
                next += 5;
                break;
            case 2:
                noc_async_read(get_noc_addr_from_bank_id<true>(next[0], next[1]), next[2], next[3]);
                next += 4;
                break;
            case 3:
                noc_async_write(next[3], get_noc_addr(next[0], next[1], next[2]), next[4]);
                next += 5;
                break;
            case 4:
                noc_async_write(next[2], get_noc_addr_from_bank_id<true>(next[0], next[1]), next[3]);
                next += 4;
                break;
            case 5: {
                const uint64_t to = get_noc_multicast_addr(next[0], next[1], next[2], next[3], next[4]);
                if (next[8]) {
                    noc_async_write_multicast_loopback_src(next[5], to, next[6], next[7]);
                } else {
                    noc_async_write_multicast(next[5], to, next[6], next[7]);
                }
                next += 9;
                break;
            }
            case 6:
                noc_async_read_barrier();
                break;
            case 7:
                noc_async_write_barrier();
                break;
            case 8: {
                uint32_t* to = reinterpret_cast<uint32_t*>(next[0]);
                const uint32_t* from = reinterpret_cast<const uint32_t*>(next[1]);
                for (uint32_t i = 0; i < next[2]; ++i) {
                    to[i] = from[i] * next[3] + i;
                }
                next += 4;
                break;
            }
            case 9:
                noc_semaphore_inc(get_noc_addr(next[0], next[1], next[2]), 1);
                next += 3;
                break;
            case 10:
                *reinterpret_cast<volatile uint32_t*>(next[0]) = next[1];
                next += 2;
                break;
            case 11: {
                volatile tt_l1_ptr uint32_t* word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(next[0]);
                const uint32_t value = next[1];
                if (next[2] == 0) {
                    noc_semaphore_wait_min(word, value);
                } else if (next[2] == 1) {
                    while (*word < value) {
                    }
                } else {
                    volatile uint32_t* copy = reinterpret_cast<volatile uint32_t*>(next[3]);
                    do {
                        noc_async_read(get_noc_addr(my_x[noc_index], my_y[noc_index], next[0]), next[3], 16);
                        noc_async_read_barrier();
                    } while (*copy < value);
                }
                next += 4;
                break;
            }
            case 12: {
                uint32_t address = next[1];
                const uint32_t page = next[2], block = next[4];
                for (uint32_t done = 0; done < next[3]; done += block) {
                    for (uint32_t cb = next[5]; cb < next[5] + next[6]; ++cb) {
                        cb_reserve_back(cb, block);
                        noc_async_read(get_noc_addr_from_bank_id<true>(next[0], address), get_write_ptr(cb), page * block);
                        noc_async_read_barrier();
                        cb_push_back(cb, block);
                        address += page * block;
                    }
                }
                next += 7;
                break;
            }
            case 13: {
                uint32_t address = next[1];
                const uint32_t page = next[2], block = next[4], cb = next[5];
                for (uint32_t done = 0; done < next[3]; done += block) {
                    cb_wait_front(cb, block);
                    noc_async_write(get_read_ptr(cb), get_noc_addr_from_bank_id<true>(next[0], address), page * block);
                    noc_async_write_barrier();
                    cb_pop_front(cb, block);
                    address += page * block;
                }
                next += 6;
                break;
            }
            default:
                ASSERT(false);
                return;
        }
    }
}
)";

/// Arguments: number of phases, then for each: 0 copy, 1 add, 2 multiply; blocks; pages a block.
inline constexpr const char* soak_compute = R"(
#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_binary.h"
#include "compute_kernel_api/tile_move_copy.h"

namespace NAMESPACE {
void MAIN {
    uint32_t at = 0;
    const uint32_t phases = get_arg_val<uint32_t>(at++);
    binary_op_init_common(0, 1, 16);
    for (uint32_t phase = 0; phase < phases; ++phase) {
        const uint32_t kind = get_arg_val<uint32_t>(at++);
        const uint32_t blocks = get_arg_val<uint32_t>(at++);
        const uint32_t block = get_arg_val<uint32_t>(at++);
        if (kind == 0) {
            copy_tile_init(0);
        } else if (kind == 1) {
            add_tiles_init(0, 1);
        } else {
            mul_tiles_init(0, 1);
        }
        for (uint32_t b = 0; b < blocks; ++b) {
            cb_wait_front(0, block);
            cb_wait_front(1, block);
            cb_reserve_back(16, block);
            tile_regs_acquire();
            for (uint32_t i = 0; i < block; ++i) {
                if (kind == 0) {
                    copy_tile(0, i, i);
                } else if (kind == 1) {
                    add_tiles(0, 1, i, i, i);
                } else {
                    mul_tiles(0, 1, i, i, i);
                }
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t i = 0; i < block; ++i) {
                pack_tile(i, 16);
            }
            tile_regs_release();
            cb_push_back(16, block);
            cb_pop_front(0, block);
            cb_pop_front(1, block);
        }
    }
}
}  // namespace NAMESPACE
)";

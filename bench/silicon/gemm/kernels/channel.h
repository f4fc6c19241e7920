// Blocks that one core multicasts to others: receivers say that they have room, the sender sends the block and then the
// flag behind it on the same path.
#pragma once

#include "api/dataflow/dataflow_api.h"

struct Channel {
    uint32_t room;   ///< semaphore at the sender: how many receivers have room
    uint32_t there;  ///< semaphore at each receiver: the block is there

    volatile tt_l1_ptr uint32_t* room_ptr() const { return reinterpret_cast<volatile tt_l1_ptr uint32_t*>(room); }
    volatile tt_l1_ptr uint32_t* there_ptr() const { return reinterpret_cast<volatile tt_l1_ptr uint32_t*>(there); }

    /// Until all receivers have room for the next block.
    void wait_for_room(uint32_t receivers) const {
        noc_semaphore_wait(room_ptr(), receivers);
        noc_semaphore_set(room_ptr(), 0);
    }
    /// Must come before ask(), and before the sender can know of it.
    void expect() const { noc_semaphore_set(there_ptr(), INVALID); }
    void ask(uint64_t sender_room) const { noc_semaphore_inc(sender_room, 1); }
    void wait() const { noc_semaphore_wait(there_ptr(), VALID); }

    /// The block and the flag, to all cores of the rectangle but the sender. `there` of the sender stays VALID.
    void send(uint64_t rectangle, uint32_t block, uint32_t bytes, uint32_t receivers) const {
        noc_async_write_multicast(block, rectangle | block, bytes, receivers, true);
#ifdef ARCH_BLACKHOLE
        // There the flag could overtake the data.
        noc_async_writes_flushed();
#endif
        noc_semaphore_set_multicast(there, rectangle | there, receivers);
    }
};

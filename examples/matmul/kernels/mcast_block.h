// One step of a multicast: the sender waits until every receiver has room, sends the block, then the flag that says so.
#pragma once

#include "api/dataflow/dataflow_api.h"

struct Channel {
    uint32_t first_x, first_y;  // the sender
    uint32_t from_x, from_y, to_x, to_y;
    uint32_t num_dests;
    uint32_t ready, valid;  // semaphores' L1 addresses

    volatile tt_l1_ptr uint32_t* ready_ptr() const { return reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready); }
    volatile tt_l1_ptr uint32_t* valid_ptr() const { return reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid); }

    void send(uint32_t address, uint32_t bytes) const {
        noc_semaphore_wait(ready_ptr(), num_dests);
        noc_semaphore_set(ready_ptr(), 0);
        noc_async_write_multicast(address, get_noc_multicast_addr(from_x, from_y, to_x, to_y, address), bytes,
                                  num_dests);
#ifdef ARCH_BLACKHOLE
        // There the flag could overtake the data.
        noc_async_writes_flushed();
#endif
        noc_semaphore_set(valid_ptr(), VALID);
        noc_semaphore_set_multicast(valid, get_noc_multicast_addr(from_x, from_y, to_x, to_y, valid), num_dests);
    }

    void receive() const {
        noc_semaphore_set(valid_ptr(), INVALID);
        noc_semaphore_inc(get_noc_addr(first_x, first_y, ready), 1);
        noc_semaphore_wait(valid_ptr(), VALID);
    }
};

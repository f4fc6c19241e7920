// Circular buffers that end on another core. The device does not simulate them: a kernel that includes this header
// builds, and using one of these functions ends the run with an error that names it.
#pragma once

#include <cstdint>

#include <tessera/prelude_dataflow.h>

namespace tessera {

[[noreturn]] inline void no_remote_circular_buffer(const char* message) {
    tsr_error("unsupported-remote-circular-buffer", message,
              "write to the other core with noc_async_write and a semaphore");
}

}  // namespace tessera

#define TESSERA_REMOTE_CB(name)                                                                  \
    template <auto... Options, class... Arguments>                                               \
    [[noreturn]] void name(Arguments&&...) {                                                     \
        tessera::no_remote_circular_buffer(#name ": remote circular buffers are not simulated"); \
    }

namespace experimental {

TESSERA_REMOTE_CB(resize_remote_sender_cb_interface)
TESSERA_REMOTE_CB(resize_remote_receiver_cb_interface)
TESSERA_REMOTE_CB(remote_cb_wait_front)
TESSERA_REMOTE_CB(remote_cb_pop_front)
TESSERA_REMOTE_CB(remote_cb_reserve_back)
TESSERA_REMOTE_CB(remote_cb_sender_barrier)
TESSERA_REMOTE_CB(remote_cb_push_back_and_write_pages)
template <uint32_t num_local_cbs>
[[noreturn]] void align_local_cbs_to_remote_cb(uint32_t, const uint32_t (&)[num_local_cbs]) {
    tessera::no_remote_circular_buffer("align_local_cbs_to_remote_cb: remote circular buffers are not simulated");
}
TESSERA_REMOTE_CB(update_remote_cb_config_in_l1)

/// The object style of the same.
class RemoteCircularBuffer {
public:
    explicit RemoteCircularBuffer(uint32_t) {
        tessera::no_remote_circular_buffer("RemoteCircularBuffer: remote circular buffers are not simulated");
    }
    TESSERA_REMOTE_CB(reserve_back)
    TESSERA_REMOTE_CB(push_back)
    TESSERA_REMOTE_CB(set_sender_page_size)
    TESSERA_REMOTE_CB(wait_front)
    TESSERA_REMOTE_CB(pop_front)
    TESSERA_REMOTE_CB(set_receiver_page_size)
    TESSERA_REMOTE_CB(barrier)
    TESSERA_REMOTE_CB(commit)
};

}  // namespace experimental

#undef TESSERA_REMOTE_CB

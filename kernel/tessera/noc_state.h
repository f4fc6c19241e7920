// What the hardware's NoC command buffers remember between calls: the *_set_state functions fill it, the *_with_state
// ones use it. One instance a kernel and core.
#pragma once

#include <cstdint>

#include <tessera/core.h>

namespace tessera {

struct NocCommandBuffer {
    uint64_t address = 0;  // NoC address given to set_state
    uint32_t bytes = 0;
    uint32_t value = 0;
    uint32_t byte_enable = 0xF;
    uint32_t trid = 0;
};

struct NocState {
    NocCommandBuffer buffers[TSR_NUM_NOCS][4];
};

inline NocState noc_state;

FORCE_INLINE NocCommandBuffer& command_buffer(uint32_t noc, uint32_t index) {
    return noc_state.buffers[noc][index & 3];
}

/// A 32-bit local address on the node of a stored NoC address; address bits above 32 stay those of the stored one.
FORCE_INLINE uint64_t on_same_node(uint64_t stored, uint32_t local) {
    return (stored & ~uint64_t{0xFFFFFFFF}) | local;
}

FORCE_INLINE void noc_read(uint32_t noc, uint64_t src, uint32_t dst_l1, uint32_t bytes) {
    tsr_noc_read(noc, src, dst_l1, bytes, command_buffer(noc, read_cmd_buf).trid);
}

FORCE_INLINE void noc_write(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t flags) {
    tsr_noc_write(noc, src_l1, dst, bytes, flags, command_buffer(noc, write_cmd_buf).trid);
}

FORCE_INLINE constexpr uint32_t posted_flag(bool posted) {
    return posted ? TSR_NOC_POSTED : 0;
}
FORCE_INLINE constexpr uint32_t linked_flag(bool linked) {
    return linked ? TSR_NOC_LINKED : 0;
}

}  // namespace tessera

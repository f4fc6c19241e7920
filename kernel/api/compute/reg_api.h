// The DST protocol: MATH acquires a section, fills and commits it; PACK waits for it, packs and releases it.
#pragma once

#include <api/compute/common_globals.h>
#include <hostdevcommon/kernel_structs.h>

namespace ckernel {

/// MATH: waits until a section of DST is free.
ALWI void tile_regs_acquire() {
    tsr_dst_acquire();
}

/// PACK: waits until MATH has committed a section.
ALWI void tile_regs_wait() {
    tsr_dst_wait();
}

/// MATH: hands the section over to PACK.
ALWI void tile_regs_commit() {
    tsr_dst_commit();
}

/// PACK: clears the section and gives it back.
ALWI void tile_regs_release() {
    tsr_dst_release();
}

/// tile_regs_acquire and tile_regs_wait at once: MATH and PACK share the section.
[[deprecated("Use tile_regs_acquire() instead")]] ALWI void acquire_dst() {
    tsr_dst_acquire_both();
}

/// tile_regs_commit and tile_regs_release at once.
[[deprecated("Use tile_regs_release() instead")]] ALWI void release_dst() {
    tsr_dst_release_both();
}

// The first generation's spelling. What a section holds is the kernel's configuration, not the mode named here.
[[deprecated("Use tile_regs_acquire() instead")]] ALWI void acquire_dst(tt::DstMode mode) {
    tsr_dst_acquire_both();
}
[[deprecated("Use tile_regs_release() instead")]] ALWI void release_dst(tt::DstMode mode) {
    tsr_dst_release_both();
}

}  // namespace ckernel

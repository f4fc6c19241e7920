// One-time setup of unpackers, matrix unit and packer for a kernel's operands.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

/// Reverse when the operation that follows is a matrix product, whose first operand goes to SrcB.
template <SrcOrder src_order = SrcOrder::Regular>
ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t icb1, uint32_t ocb) {
    if constexpr (src_order == SrcOrder::Reverse) {
        tsr_configure_formats(icb1, icb0, ocb);
    } else {
        tsr_configure_formats(icb0, icb1, ocb);
    }
    tsr_init_pack(TSR_PACK_TILES);
}

ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t ocb) {
    compute_kernel_hw_startup(icb0, icb0, ocb);
}

/// From here on DST holds 32-bit values, and half as many tiles. Between two sections only.
ALWI void enable_fp32_dest_acc() {
    tsr_configure_fp32_dest(1);
}

/// From here on DST holds 16-bit values.
ALWI void disable_fp32_dest_acc() {
    tsr_configure_fp32_dest(0);
}

}  // namespace ckernel

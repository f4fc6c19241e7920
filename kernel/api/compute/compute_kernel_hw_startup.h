// One-time setup of unpackers, matrix unit and packer for a kernel's operands.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t icb1, uint32_t ocb) {
    tsr_configure_formats(icb0, icb1, ocb);
}

ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t ocb) { compute_kernel_hw_startup(icb0, icb0, ocb); }

}  // namespace ckernel

// Setup of a kernel that copies tiles to DST, applies functions of the vector unit and packs them.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

/// One-time setup of unpacker and packer: tiles come from circular buffer icb and go to ocb.
ALWI void unary_op_init_common(uint32_t icb, uint32_t ocb = 16,
                               [[maybe_unused]] uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, ocb);
    tsr_configure_copy(0);
    tsr_init(TSR_UNPACK_A, TSR_MATH_COPY);
    tsr_init_pack(TSR_PACK_TILES);
}

/// The same for the unpacker alone.
ALWI void unary_op_init_common_no_pack(uint32_t icb) {
    tsr_configure_formats(icb, icb, TSR_KEEP_FORMAT);
    tsr_configure_copy(0);
    tsr_init(TSR_UNPACK_A, TSR_MATH_COPY);
}

/// The same under its usual name.
ALWI void init_sfpu(uint32_t icb, uint32_t ocb = 16, uint32_t call_line = __builtin_LINE()) {
    unary_op_init_common(icb, ocb, call_line);
}

}  // namespace ckernel

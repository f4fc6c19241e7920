// ln sigmoid(x).
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// ln sigmoid(x); idst_in0 holds x and idst_in1 e^-x.
ALWI void logsigmoid_tile(uint32_t idst_in0, uint32_t idst_in1, uint32_t idst_out) {
    tsr_sfpu_binary(TSR_SFPU_LOGSIGMOID, idst_in0, idst_in1, idst_out, TSR_FACES_RC);
}

ALWI void logsigmoid_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel

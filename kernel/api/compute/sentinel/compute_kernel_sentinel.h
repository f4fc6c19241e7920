// state_configure: what every init tells of the circular buffers whose formats the engines are set up for.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

enum class Operand : uint8_t { SRCA, SRCB, PACK };

template <Operand = Operand::SRCA>
ALWI void state_configure(uint32_t cb, uint32_t call_line) {
    tsr_configure_formats(cb, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
}

template <Operand first = Operand::SRCA, Operand second = Operand::SRCB>
ALWI void state_configure(uint32_t cb_a, uint32_t cb_b, uint32_t call_line) {
    if constexpr (second == Operand::PACK) {
        tsr_configure_formats(cb_a, TSR_KEEP_FORMAT, cb_b);
    } else {
        tsr_configure_formats(cb_a, cb_b, TSR_KEEP_FORMAT);
    }
}

ALWI void state_configure(uint32_t cb_a, uint32_t cb_b, uint32_t cb_out, uint32_t call_line) {
    tsr_configure_formats(cb_a, cb_b, cb_out);
}

}  // namespace ckernel

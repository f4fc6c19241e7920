// state_configure: what an init of the chip's own headers tells a debugging aid of its operands. Formats are set up by
// full inits and by reconfig_data_format, not by this.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

enum class Operand : uint8_t { SRCA, SRCB, PACK };

template <Operand = Operand::SRCA>
ALWI void state_configure(uint32_t cb, uint32_t call_line) {}

template <Operand first = Operand::SRCA, Operand second = Operand::SRCB>
ALWI void state_configure(uint32_t cb_a, uint32_t cb_b, uint32_t call_line) {}

ALWI void state_configure(uint32_t cb_a, uint32_t cb_b, uint32_t cb_out, uint32_t call_line) {}

}  // namespace ckernel

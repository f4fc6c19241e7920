// Delays that shift the processors against each other on the chip. Nothing here depends on time, so only the
// announcement that add_compute_nops prints remains.
#pragma once

#include "dprint.h"

namespace tt::compute::common {

/// num_nops instructions that do nothing.
template <const int num_nops, const int is_riscv_nop, const int use_loop = 0>
inline void add_nops() {}

/// Prints its parameters; the delays have nothing to delay.
template <const int num_unpack_nops, const int num_math_nops, const int num_pack_nops, const int is_riscv_nop,
          const int use_loop = 0>
inline void add_compute_nops() {
    DPRINT << "is_riscv_nop: " << static_cast<uint32_t>(is_riscv_nop)
           << " Unpack NOPs: " << static_cast<uint32_t>(num_unpack_nops)
           << " Math NOPs: " << static_cast<uint32_t>(num_math_nops)
           << " Pack NOPs: " << static_cast<uint32_t>(num_pack_nops) << ENDL();
}

}  // namespace tt::compute::common

// Processors and networks that a data-movement kernel is placed on.
#pragma once

#include <cstdint>

#include <umd/device/types/arch.hpp>

namespace tt::tt_metal {

/// The data-movement processor of a Tensix core: RISCV_0 is BRISC, RISCV_1 is NCRISC. The others belong to later chips.
enum class DataMovementProcessor {
    RISCV_0 = 0,
    RISCV_1 = 1,
    RISCV_2 = 2,
    RISCV_3 = 3,
    RISCV_4 = 4,
    RISCV_5 = 5,
    RISCV_6 = 6,
    RISCV_7 = 7,
};

/// The network on chip that a kernel uses.
enum NOC : uint8_t {
    RISCV_0_default = 0,
    RISCV_1_default = 1,
    NOC_0 = 0,
    NOC_1 = 1,
};

/// Whether each processor keeps to its own network.
enum NOC_MODE : uint8_t {
    DM_DEDICATED_NOC = 0,
    DM_DYNAMIC_NOC = 1,
};

/// The role of an Ethernet core.
enum Eth : uint8_t {
    SENDER = 0,
    RECEIVER = 1,
    IDLE = 2,
};

namespace detail {

/// The network on which DRAM is read fastest.
inline NOC preferred_noc_for_dram_read(ARCH) {
    return NOC::NOC_0;
}
/// The network on which DRAM is written fastest.
inline NOC preferred_noc_for_dram_write(ARCH) {
    return NOC::NOC_1;
}
inline NOC GetPreferredNOCForDRAMRead(ARCH arch) {
    return preferred_noc_for_dram_read(arch);
}
inline NOC GetPreferredNOCForDRAMWrite(ARCH arch) {
    return preferred_noc_for_dram_write(arch);
}

}  // namespace detail

}  // namespace tt::tt_metal

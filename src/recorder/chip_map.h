// Where NoC coordinates lead, as recordings say it: a router as NoC 0 counts, or a DRAM bank.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <sim/core.h>

namespace tessera::recorder {

/// Of one chip.
struct ChipMap {
    std::vector<uint32_t> targets[TSR_NUM_NOCS];  ///< packed, by x | y << 6; of DRAM: the bank is missing
    std::vector<uint16_t> controllers[TSR_NUM_NOCS];
    std::vector<std::vector<std::pair<uint64_t, uint8_t>>> banks;  ///< by controller: where each begins, and its number

    explicit ChipMap(const sim::Device& device);
    uint32_t target(uint32_t noc, uint64_t address, uint64_t offset) const;
};

}  // namespace tessera::recorder

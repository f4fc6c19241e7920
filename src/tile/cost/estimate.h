// What a lowered program will take on its chip, from its code alone, without running anything: good for ranking.
#pragma once

#include <string>
#include <vector>

#include <tile/device/program.h>

namespace tessera::tile::cost {

/// In cycles of the AI clock; of several programs the sums. A core's kernels are taken by themselves, the busiest
/// core's of each: `cycles` is that of the slowest of them, or of what all of them together ask of DRAM, and what goes
/// by before compute has its first block and after it has made its last.
struct Estimate {
    double cycles = 0;
    double reader = 0, compute = 0, writer = 0;  ///< kernels
    double unpack = 0, math = 0, pack = 0;       ///< the compute engine's units, inside of `compute`
    double dram = 0;                             ///< all bytes from and to DRAM at its bandwidth
    double links = 0;                            ///< the busiest link of the NoCs: what comes from DRAM and goes there
    double fill = 0, drain = 0;                  ///< before the first block, after the last
    /// Bytes of L1 in circular buffers; of several programs the most.
    double l1_bytes = 0;
    /// What decides: "reader", "writer", "unpack", "math", "pack", "dram", "noc" (links), or "compute" where its units
    /// wait for each other.
    std::string bound;
};

Estimate estimate(const device::Program& program, const std::vector<device::Tensor>& tensors);
Estimate estimate(const device::Module& module);

}  // namespace tessera::tile::cost

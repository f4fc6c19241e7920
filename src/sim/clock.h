// What kernels see on the wall clock, if somebody has predicted it (tessera run --timed): read from the file that
// TESSERA_CLOCK names, a line for each processor of each launch.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <arch/arch.h>
#include <sim/launch.h>

namespace tessera::sim {

class PredictedClock {
public:
    PredictedClock() = default;
    /// Empty: nothing is predicted. Throws tessera::Error (bad-option) for a file that can't be read.
    explicit PredictedClock(const std::string& file);

    /// The clock at each look of a processor in the launch of this number, from 0 on. Empty: nobody knows.
    std::span<const uint64_t> looks(uint64_t launch, uint32_t device, arch::Coord logical, Processor processor) const;

private:
    std::map<std::tuple<uint64_t, uint32_t, uint32_t, uint32_t, uint32_t>, std::vector<uint64_t>> looks_;
};

}  // namespace tessera::sim

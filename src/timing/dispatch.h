// What a launch costs besides its kernels: the host's part, commands and binaries on their way to the cores, and the
// messages that start kernels and tell that they are done.
#pragma once

#include <arch/arch.h>
#include <record/recording.h>
#include <timing/events.h>

namespace tessera::timing {

/// Cycles of the AI clock.
struct Dispatch {
    Cycles host = 0;      ///< of the host; of a launch in a trace: none
    Cycles commands = 0;  ///< the dispatch cores bring arguments, configuration and binaries to the cores
    Cycles turn = 0;      ///< from the end of the kernels before to the start of this launch's
    /// What a launch adds to its kernels' time if the kernels before it, which hide host and commands as long as they
    /// run, took so long; 0: there is nothing before it.
    Cycles exposed(Cycles kernels_before) const;
};

/// `aiclk_mhz`: of the chip, as the replay has it.
Dispatch dispatch(const record::Launch& launch, const record::Recording& recording, const arch::Board& board,
                  double aiclk_mhz);

/// What the host moved to and from buffers of devices.
struct HostTraffic {
    uint64_t to_device = 0, from_device = 0;  ///< bytes
    double least_us = 0;                      ///< the link's own rate: no copy takes less
};
HostTraffic host_traffic(const record::Recording& recording, const arch::Board& board);

/// Of a launch that nothing came before.
Cycles dispatch_cycles(const record::Launch& launch, const record::Recording& recording, const arch::Board& board);

}  // namespace tessera::timing

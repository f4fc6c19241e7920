// What it takes to launch a program on a chip: the figures of which src/timing makes the time of dispatch.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::arch {

/// In cycles of the AI clock and bytes, where no other unit is said.
struct DispatchTime {
    double prefetch_bytes = 0;     ///< of commands and binaries that the dispatch cores read from DRAM in a cycle
    double relay_bytes = 0;        ///< that they write to cores in a cycle
    double command = 0;            ///< a command, before it writes anything
    double unicast = 0;            ///< each core that gets data of its own
    double multicast = 0;          ///< each rectangle of cores that gets the same
    double done = 0;               ///< from the end of the last kernel until the dispatch core knows
    double go = 0;                 ///< from then until the cores see the message to go,
    double start = 0;              ///< and until their kernels begin
    double host_launch_ns = 0;     ///< nanoseconds of the host for a program that is not in a trace,
    double host_bytes_per_ns = 0;  ///< and what it copies meanwhile
    double pcie_bytes_per_ns = 0;  ///< of the host's link, the most that it can carry
    uint32_t launch_message_bytes = 0;
    uint32_t circular_buffer_bytes = 0;  ///< of one's configuration
    uint32_t semaphore_bytes = 0;
};

/// Of a chip by its name (Chip::name).
DispatchTime dispatch_time(std::string_view chip);

}  // namespace tessera::arch

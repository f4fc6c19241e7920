#include <timing/dispatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <arch/dispatch_time.h>

namespace tessera::timing {
namespace {

using At = std::pair<uint32_t, uint32_t>;  // row, column

/// How many rectangles the cores make: runs in a row, and equal runs in rows that follow each other are one.
uint32_t rectangles(const std::set<At>& cores) {
    std::set<std::tuple<uint32_t, uint32_t, uint32_t>> above, here;  // row, first column, last column
    uint32_t count = 0;
    const auto close = [&] {
        for (const auto& [row, first, last] : here) {
            count += !above.contains({row - 1, first, last});
        }
    };
    uint32_t row = 0, first = 0, last = 0;
    bool open = false;
    for (const auto& [y, x] : cores) {
        if (open && y == row && x == last + 1) {
            last = x;
            continue;
        }
        if (open) {
            here.insert({row, first, last});
        }
        if (!open || y != row) {
            close();
            above = std::exchange(here, {});
        }
        row = y;
        first = last = x;
        open = true;
    }
    if (open) {
        here.insert({row, first, last});
        close();
    }
    return count;
}

uint32_t aligned(uint32_t bytes) {
    constexpr uint32_t l1_alignment = 16;
    return (bytes + l1_alignment - 1) / l1_alignment * l1_alignment;
}

/// Commands of one kind.
struct Commands {
    uint32_t commands = 0, unicasts = 0, multicasts = 0;
    uint64_t bytes = 0;  ///< that leave the dispatch core
};

class Launching {
public:
    Launching(const record::Launch& launch, const record::Recording& recording, const arch::DispatchTime& time)
        : recording_(recording), time_(time) {
        for (const record::Core& core : launch.cores) {
            if (core.device == launch.cores.front().device) {  // chips get theirs at the same time
                add(core);
            }
        }
        arguments(launch);
        configuration();
        binaries();
    }

    Cycles cycles() const {
        const double writes = all_.commands * time_.command + all_.unicasts * time_.unicast +
                              all_.multicasts * time_.multicast + static_cast<double>(all_.bytes) / time_.relay_bytes;
        // The prefetcher reads what comes next while the dispatcher writes.
        return std::max(writes, static_cast<double>(all_.bytes) / time_.prefetch_bytes);
    }
    /// Binaries lie in the chip's DRAM; the rest comes from the host.
    uint64_t bytes_of_host() const { return all_.bytes - binary_bytes_; }

private:
    using Kernels = std::array<int32_t, 3>;
    struct Group {
        std::set<At> cores;
        uint32_t circular_buffers = 0;  ///< the highest index and one more
        uint32_t semaphores = 0;
    };

    void add(const record::Core& core) {
        Kernels kernels{};
        uint32_t words = 0;
        for (size_t i = 0; i < kernels.size(); ++i) {
            kernels[i] = core.processors[i].kernel;
            words += core.processors[i].arguments;
        }
        Group& group = groups_[kernels];
        group.cores.insert({core.logical_y, core.logical_x});
        group.semaphores = std::max(group.semaphores, core.semaphores);
        for (const record::CircularBuffer& cb : core.cbs) {
            group.circular_buffers = std::max(group.circular_buffers, cb.index + 1U);
        }
        if (words != 0) {
            ++all_.unicasts;
            all_.bytes += aligned(words * static_cast<uint32_t>(sizeof(uint32_t)));
        }
    }

    void arguments(const record::Launch& launch) {
        // A command of this kind is for so many cores at most (packed_write_max_unicast_sub_cmds).
        constexpr uint32_t cores_a_command = 100;
        all_.commands += (all_.unicasts + cores_a_command - 1) / cores_a_command;
        if (launch.common_arguments != 0) {
            ++all_.commands;
            ++all_.multicasts;
            all_.bytes += aligned(launch.common_arguments * static_cast<uint32_t>(sizeof(uint32_t)));
        }
    }

    /// Circular buffers, semaphores and launch messages go to each group's rectangles, the first two in one write.
    void configuration() {
        all_.commands += 4;  // both, the offsets of the configuration's ring, and the go signal's
        for (const auto& [kernels, group] : groups_) {
            const uint32_t count = rectangles(group.cores);
            all_.multicasts += 2 * count;
            all_.bytes += uint64_t{count} * (group.circular_buffers * time_.circular_buffer_bytes +
                                             group.semaphores * time_.semaphore_bytes + time_.launch_message_bytes);
        }
    }

    void binaries() {
        std::map<int32_t, std::set<At>> cores;
        for (const auto& [kernels, group] : groups_) {
            for (const int32_t kernel : kernels) {
                if (kernel >= 0) {
                    cores[kernel].insert(group.cores.begin(), group.cores.end());
                }
            }
        }
        all_.commands += cores.empty() ? 0 : 1;
        for (const auto& [kernel, where] : cores) {
            const uint32_t count = rectangles(where);
            all_.multicasts += count;
            binary_bytes_ += uint64_t{count} * recording_.kernels.at(static_cast<size_t>(kernel)).code_bytes;
        }
        all_.bytes += binary_bytes_;
    }

    const record::Recording& recording_;
    const arch::DispatchTime& time_;
    std::map<Kernels, Group> groups_;
    Commands all_;
    uint64_t binary_bytes_ = 0;
};

}  // namespace

Cycles Dispatch::exposed(Cycles kernels_before) const {
    // Host and dispatch cores work on what comes next at the same time.
    return kernels_before > 0 ? turn + std::max(std::max(host, commands) - kernels_before, 0.0)
                              : turn + host + commands;
}

Dispatch dispatch(const record::Launch& launch, const record::Recording& recording, const arch::Board& board,
                  double aiclk_mhz) {
    const arch::DispatchTime time = arch::dispatch_time(board.chips.front().name);
    const Launching launching(launch, recording, time);
    Dispatch result;
    result.commands = launching.cycles();
    result.turn = time.done + time.go + time.start;
    if (!launch.traced) {
        constexpr double ns_a_us = 1000;
        const double ns = time.host_launch_ns + static_cast<double>(launching.bytes_of_host()) / time.host_bytes_per_ns;
        result.host = ns * aiclk_mhz / ns_a_us;
    }
    return result;
}

HostTraffic host_traffic(const record::Recording& recording, const arch::Board& board) {
    HostTraffic result;
    for (const record::HostTransfer& transfer : recording.transfers) {
        (transfer.to_device ? result.to_device : result.from_device) += transfer.bytes;
    }
    constexpr double ns_a_us = 1000;
    const double rate = arch::dispatch_time(board.chips.front().name).pcie_bytes_per_ns;
    result.least_us = static_cast<double>(result.to_device + result.from_device) / rate / ns_a_us;
    return result;
}

Cycles dispatch_cycles(const record::Launch& launch, const record::Recording& recording, const arch::Board& board) {
    return dispatch(launch, recording, board, board.chips.front().aiclk_mhz).exposed(0);
}

}  // namespace tessera::timing

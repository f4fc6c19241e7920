// What a replay says to somebody who wants a program to be faster: where the time goes, what bounds it and on what
// evidence, how far that is from the chip's limits, and which changes would help most, each tried by replaying with it.
#pragma once

#include <string>
#include <vector>

#include <timing/critical_path.h>
#include <timing/replay.h>

namespace tessera::timing {

/// A unit over all cores that have it.
struct UnitLoad {
    Unit unit = Unit::Brisc;
    uint32_t cores = 0;
    double busy = 0;                         ///< share of the launch's device time, mean over those cores
    std::array<double, num_doings> waits{};  ///< likewise, by what for; [Doing::Code] is 0
};

/// Work and limits, over all launches.
struct Roofline {
    double flop = 0;                                     ///< of the matrix unit: two a multiplication and addition
    double dram_bytes = 0;                               ///< read and written
    double flop_per_cycle = 0, peak_flop_per_cycle = 0;  ///< reached; of the cores in use at their fidelities
    double bytes_per_cycle = 0, peak_bytes_per_cycle = 0;
    double intensity() const { return dram_bytes > 0 ? flop / dram_bytes : 0; }
};

struct Suggestion {
    std::string text;  ///< what to change, where
    WhatIf change;
    Cycles total = 0;  ///< with it
    double gain = 0;   ///< share of the time that it saves
};

struct Answers {
    Result result;
    size_t launch = 0;  ///< the longest one: what follows is about it, unless it says otherwise
    std::vector<UnitLoad> units;
    CriticalPath path;
    std::string bottleneck;             ///< a sentence
    std::vector<std::string> evidence;  ///< the figures that it rests on
    Roofline roofline;
    std::vector<Suggestion> suggestions;  ///< the best three, best first
};

/// With this change to the recorded run already made. suggest: how many changes to name; 0 saves their replays.
Answers answers(const record::Recording& recording, const WhatIf& what_if = {}, size_t suggest = 3);

/// "reader.cpp:31", or what is known of an event's place.
std::string place_of(const record::Recording& recording, uint32_t site);
/// "noc_async_read of 2048 B", "cb_wait_front(c_0, 1)": what an event was.
std::string call_of(const record::Recording& recording, const record::Event& event);

}  // namespace tessera::timing

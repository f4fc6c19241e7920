// How long a recording takes on a chip: every processor, engine, network and memory does again what the recording says,
// each thing when what it needs is there.
//
// A Tensix core has five processors (two that move data, and three that share a compute kernel: one drives the
// unpackers, one the matrix and vector units, one the packers) and the three kinds of engines. Each does one thing
// after the other. They wait for each other as on the chip: for pages of circular buffers, for sections of DST, for the
// source registers' banks, for NoC transactions and for words of L1 that others change.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <arch/noc_time.h>
#include <record/recording.h>
#include <timing/events.h>
#include <timing/noc.h>

namespace tessera::timing {

/// What has a time line of its own in a Tensix core.
enum class Unit : uint8_t { Brisc, Ncrisc, Trisc0, Trisc1, Trisc2, Unpacker, Matrix, Packer };
inline constexpr size_t num_units = 8;
const char* unit_name(Unit unit);

/// What a unit does, or waits for.
enum class Doing : uint8_t {
    Code,         ///< its own instructions and calls; of an engine: an operation
    CbFull,       ///< room in a circular buffer
    CbEmpty,      ///< pages of a circular buffer
    Reads,        ///< NoC reads
    Writes,       ///< acknowledgements of NoC writes
    Flush,        ///< NoC writes to leave
    Atomics,      ///< acknowledgements of atomics
    Word,         ///< a word of its L1 that another core changes: a semaphore
    Local,        ///< a word that another processor of its core changes
    DstFree,      ///< a section of DST that has been packed
    DstReady,     ///< a section of DST that has been computed
    Engine,       ///< its engine, which has enough to do
    Operands,     ///< of the matrix unit: tiles that are being unpacked
    SourceBanks,  ///< of the unpackers: source registers that the matrix unit has read
};
inline constexpr size_t num_doings = 14;
const char* doing_name(Doing doing);

/// A unit of a core of a launch.
struct Place {
    uint32_t core = 0;  ///< index into record::Launch::cores
    Unit unit = Unit::Brisc;
    bool operator==(const Place&) const = default;
};

/// A stretch of a unit's time.
struct Span {
    Cycles begin = 0, end = 0;
    Doing doing = Doing::Code;
    uint32_t event = 0;      ///< index into record::Recording::events: what it does, or for what it waits
    bool has_cause = false;  ///< of a wait: what ended it
    Place cause;             ///< the unit that did
    Cycles cause_time = 0;   ///< and when it did: the issue of a transaction, the push of a page, ...
};

/// A NoC transaction from its issue to its end.
struct Transfer {
    Place issuer;
    uint32_t event = 0;
    Cycles begin = 0, end = 0;
    Transaction what;  ///< as this chip's NoC carried it out
};

/// Is told what happens in a replay. Times are in the launch's own cycles; spans of a unit come in order.
class Watcher {
public:
    virtual ~Watcher() = default;
    virtual void launch_begins(const record::Launch&) {}
    virtual void span(Place, const Span&) {}
    virtual void transfer(const Transfer&) {}
    /// A circular buffer holds so many pages from now on.
    virtual void cb_level(uint32_t /*core*/, uint8_t /*cb*/, Cycles, uint32_t /*pages*/) {}
    /// A profiler zone begins or ends, or the clock is read (ZoneBegin, ZoneEnd, ClockRead).
    virtual void mark(Place, uint32_t /*event*/, Cycles) {}
    virtual void launch_ends(const record::Launch&, const Noc&, uint32_t /*device*/) {}
};

/// What is to be different from the recorded run.
struct WhatIf {
    std::string board;          ///< empty: the recording's
    double aiclk_mhz = 0;       ///< 0: the chip's
    double dram_bandwidth = 1;  ///< factor
    double noc_bandwidth = 1;   ///< factor
    bool ideal_noc = false;     ///< transactions take what they take alone
    uint8_t phases = 0;         ///< of the matrix unit: 1 (LoFi) to 4 (HiFi4); 0: as recorded
    double engine_speed = 1;    ///< factor
    double riscv_speed = 1;     ///< factor, of the processors' own instructions
    bool swap_nocs = false;
    bool transpose_grid = false;  ///< the work of core (x,y) is done by core (y,x)
    uint32_t more_cb_pages = 1;   ///< circular buffers are so many times as long,
    int32_t only_cb = -1;         ///< or only this one
    uint32_t barrier_every = 1;   ///< processors wait for so many groups of transactions with one barrier
    bool flush_writes = false;    ///< before its pages are popped, a write need only have left
    bool with_state = false;      ///< equal transactions in a row are issued with their state set once
};

struct CoreTime {
    Cycles end = 0;
    std::array<std::array<Cycles, num_doings>, num_units> spent{};  ///< by unit and what it did
    std::array<Cycles, num_units> ends{};                           ///< of each unit's last work; 0: it had none
};

struct LaunchTime {
    Cycles begin = 0;   ///< since the first launch's begin
    Cycles device = 0;  ///< from the first kernel's start to the last one's end
    Cycles host = 0;    ///< dispatch before it that nothing hides
    std::vector<CoreTime> cores;
    Cycles dram_busy = 0;    ///< of the busiest bank
    uint32_t dram_bank = 0;  ///< which
    Cycles dram_busy_mean = 0;
    uint64_t dram_bytes = 0, noc_bytes = 0;
    Cycles link_busy = 0;  ///< of the busiest link
};

struct Result {
    std::string board;
    double aiclk_mhz = 0;
    std::vector<LaunchTime> launches;
    Cycles total = 0;       ///< dispatch and device
    uint64_t events = 0;    ///< that the replay has gone through
    uint64_t given_up = 0;  ///< waits whose end the replay did not see come, and that it ended itself
    double microseconds(Cycles cycles) const { return cycles / aiclk_mhz; }
};

/// Throws tessera::Error if the recording doesn't fit the board.
Result replay(const record::Recording& recording, const WhatIf& what_if = {}, Watcher* watcher = nullptr);

}  // namespace tessera::timing

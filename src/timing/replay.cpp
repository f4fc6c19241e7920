#include <timing/replay.h>

#include <algorithm>
#include <memory>

#include <base/error.h>
#include <timing/calls.h>
#include <timing/core_replay.h>
#include <timing/dispatch.h>

namespace tessera::timing {

using arch::Chip;
using arch::Coord;
using record::Event;
using record::Op;
using record::Target;

namespace {

constexpr uint8_t bit(Unit unit) {
    return static_cast<uint8_t>(1 << static_cast<uint8_t>(unit));
}
constexpr uint8_t data_movement = bit(Unit::Brisc) | bit(Unit::Ncrisc);
constexpr uint8_t compute_threads = bit(Unit::Trisc0) | bit(Unit::Trisc1) | bit(Unit::Trisc2);

/// Which processors do something at an event. A compute kernel's one stream is divided among its three threads as the
/// device API does: the unpack thread waits for pages, the pack thread makes room.
uint8_t units_of(const Event& event, const EngineWork& work) {
    switch (event.op) {
        case Op::CbWait:
        case Op::CbPop:
            return data_movement | bit(Unit::Trisc0);
        case Op::CbReserve:
        case Op::CbPush:
            return data_movement | bit(Unit::Trisc2);
        case Op::DstAcquire:
        case Op::DstCommit:
            return bit(Unit::Trisc1);
        case Op::DstWait:
        case Op::DstRelease:
            return bit(Unit::Trisc2);
        case Op::Compute:
            return static_cast<uint8_t>((work.unpack_issue + work.unpack > 0 ? bit(Unit::Trisc0) : 0) |
                                        (work.math_issue + work.math > 0 ? bit(Unit::Trisc1) : 0) |
                                        (work.pack_issue + work.pack > 0 ? bit(Unit::Trisc2) : 0));
        case Op::ZoneBegin:
        case Op::ZoneEnd:
        case Op::ClockRead:
        case Op::End:
            return data_movement | compute_threads;
        default:
            return data_movement | bit(Unit::Trisc0);
    }
}

/// From where routers of the recorded board are to those of this one.
class Places {
public:
    Places(const Chip& recorded, const Chip& chip, bool transpose)
        : recorded_(recorded), chip_(chip), transpose_(transpose) {}

    Coord worker(uint32_t x, uint32_t y) const {
        const Coord at{static_cast<uint16_t>(x), static_cast<uint16_t>(y)};
        const auto found = std::find(recorded_.worker_noc0.begin(), recorded_.worker_noc0.end(), at);
        const auto index = static_cast<uint32_t>(found - recorded_.worker_noc0.begin());
        return logical(index % recorded_.compute_grid.x, index / recorded_.compute_grid.x);
    }
    Coord logical(uint32_t x, uint32_t y) const {
        if (transpose_) {
            std::swap(x, y);
        }
        if (x >= chip_.compute_grid.x || y >= chip_.compute_grid.y) {
            throw Error("board-too-small", "the recorded program uses core (" + std::to_string(x) + "," +
                                               std::to_string(y) + "), which this board's grid of " +
                                               std::to_string(chip_.compute_grid.x) + "x" +
                                               std::to_string(chip_.compute_grid.y) + " cores does not have");
        }
        return chip_.worker_noc0[size_t{y} * chip_.compute_grid.x + x];
    }

private:
    const Chip& recorded_;
    const Chip& chip_;
    const bool transpose_;
};

Transaction transaction_of(const Event& event, const Places& places, const Chip& chip, bool swap_nocs) {
    Transaction transaction;
    transaction.noc = swap_nocs ? event.noc ^ 1 : event.noc;
    transaction.bytes = std::max(event.amount, 1U);
    transaction.posted = (event.flags & record::Posted) != 0;
    transaction.linked = (event.flags & record::Linked) != 0;
    transaction.loopback = (event.flags & record::Loopback) != 0;
    transaction.kind = event.op == Op::NocRead ? Transaction::Kind::Read : Transaction::Kind::Write;
    const Target& target = event.target;
    switch (target.kind) {
        case Target::Kind::Worker:
            transaction.target = places.worker(target.x, target.y);
            transaction.signal = event.op != Op::NocRead && event.word != 0;
            if ((event.flags & record::Multicast) != 0) {
                transaction.kind = Transaction::Kind::Multicast;
                transaction.last = places.worker(target.last_x, target.last_y);
                if (swap_nocs) {
                    std::swap(transaction.target, transaction.last);
                }
            }
            break;
        case Target::Kind::Dram:
            transaction.dram_bank = target.bank % chip.num_dram_banks;
            transaction.target = arch::dram_router(chip, transaction.noc, static_cast<uint32_t>(transaction.dram_bank));
            break;
        default:
            transaction.target = {target.x, target.y};
            break;
    }
    return transaction;
}

class Replay {
public:
    Replay(const record::Recording& recording, const WhatIf& what_if, Watcher* watcher)
        : recording_(recording),
          what_if_(what_if),
          board_(arch::board(what_if.board.empty() ? recording.board : what_if.board)),
          recorded_(arch::board(recording.board).chips.front()),
          chip_(changed_chip()),
          places_(recorded_, chip_, what_if.transpose_grid),
          noc_time_(changed_noc()),
          watcher_(watcher) {}

    Result run() {
        prepare();
        Result result;
        result.board = board_.name;
        result.aiclk_mhz = chip_.aiclk_mhz;
        Cycles kernels_before = 0;
        for (const record::Launch& launch : recording_.launches) {
            LaunchTime time = run(launch, result);
            time.host = dispatch(launch, recording_, board_, chip_.aiclk_mhz).exposed(kernels_before);
            kernels_before = time.device;
            time.begin = result.total;
            result.total += time.host + time.device;
            result.launches.push_back(std::move(time));
        }
        return result;
    }

private:
    Chip changed_chip() const {
        Chip chip = board_.chips.front();
        if (what_if_.aiclk_mhz > 0) {
            chip.aiclk_mhz = static_cast<uint32_t>(what_if_.aiclk_mhz);
        }
        return chip;
    }
    /// Memory has a clock of its own.
    arch::NocTime changed_noc() const {
        arch::NocTime time = arch::noc_time(chip_.name);
        const double clocks = static_cast<double>(board_.chips.front().aiclk_mhz) / chip_.aiclk_mhz;
        time.dram_bytes_per_cycle *= what_if_.dram_bandwidth * clocks;
        time.dram_partial_write /= what_if_.dram_bandwidth * clocks;
        time.dram_read /= clocks;
        time.dram_write /= clocks;
        for (double* flit : {&time.link_flit, &time.contended_link_flit, &time.absorb_flit, &time.inject_write_flit,
                             &time.inject_response_flit}) {
            *flit /= what_if_.noc_bandwidth;
        }
        if (what_if_.ideal_noc) {
            time.link_flit = time.contended_link_flit = time.absorb_flit = 0;
            time.reserve_base = time.reserve_hop = 0;
            time.response_channels = time.write_channels = 0;
        }
        return time;
    }

    void prepare() {
        std::vector<EngineWork> works;
        works.reserve(recording_.computes.size());
        for (record::Compute compute : recording_.computes) {
            if (what_if_.phases != 0) {
                compute.phases = what_if_.phases;
            }
            EngineWork work = engine_work(compute, chip_);
            for (Cycles* part : {&work.unpack, &work.math, &work.pack, &work.latency}) {
                *part /= what_if_.engine_speed;
            }
            works.push_back(work);
        }
        prepared_.resize(recording_.events.size());
        for (size_t i = 0; i < prepared_.size(); ++i) {
            Event event = recording_.events[i];
            if (what_if_.with_state && (event.op == Op::NocRead || event.op == Op::NocWrite) &&
                (event.flags & record::Multicast) == 0) {
                event.flags |= record::WithState;
            }
            Prepared& prepared = prepared_[i];
            if (event.op == Op::Compute) {
                prepared.work = works.at(event.compute);
                prepared.call = {0, 0, prepared.work.unpack_issue, prepared.work.math_issue, prepared.work.pack_issue};
            } else {
                for (uint8_t unit = 0; unit < 5; ++unit) {
                    prepared.call[unit] = call_cycles(event, static_cast<Unit>(unit), chip_);
                }
            }
            for (Cycles& call : prepared.call) {
                call /= what_if_.riscv_speed;
            }
            prepared.units = units_of(event, prepared.work);
            if (event.target.kind != Target::Kind::None) {
                prepared.transaction = transaction_of(event, places_, chip_, what_if_.swap_nocs);
                prepared.recorded_bank = event.target.kind == Target::Kind::Dram;
            }
        }
    }

    LaunchTime run(const record::Launch& launch, Result& result) {
        Shared shared{recording_, what_if_, watcher_, prepared_};
        shared.num_banks = chip_.num_dram_banks;
        shared.l1_bytes_per_cycle = noc_time_.l1_bytes_per_cycle;
        shared.recorded_banks = recorded_.num_dram_banks;
        for (uint8_t noc = 0; noc < 2; ++noc) {
            for (uint32_t bank = 0; bank < chip_.num_dram_banks; ++bank) {
                shared.bank_routers[noc].push_back(arch::dram_router(chip_, noc, bank));
            }
        }
        const size_t routers = size_t{chip_.noc_grid.x} * chip_.noc_grid.y;
        std::vector<std::unique_ptr<Noc>> nocs(board_.chips.size());
        shared.nocs.resize(nocs.size());
        shared.at.resize(nocs.size());
        std::vector<std::unique_ptr<CoreReplay>> cores;
        if (watcher_ != nullptr) {
            watcher_->launch_begins(launch);
        }
        for (const record::Core& core : launch.cores) {
            if (core.device >= nocs.size()) {
                throw Error("board-too-small", "the recorded program uses device " + std::to_string(core.device) +
                                                   "; " + board_.name + " has " + std::to_string(nocs.size()));
            }
            if (nocs[core.device] == nullptr) {
                nocs[core.device] = std::make_unique<Noc>(chip_, noc_time_, shared.events);
                shared.nocs[core.device] = nocs[core.device].get();
                shared.at[core.device].resize(routers);
            }
            const Coord at = places_.logical(core.logical_x, core.logical_y);
            cores.push_back(std::make_unique<CoreReplay>(shared, static_cast<uint32_t>(cores.size()), core, at));
            shared.at[core.device][size_t{at.y} * chip_.noc_grid.x + at.x] = cores.back().get();
        }
        for (const auto& core : cores) {
            core->start(0);
        }
        for (;;) {
            shared.events.run();
            const bool gave_up = std::any_of(cores.begin(), cores.end(),
                                             [](const auto& core) { return !core->done() && core->give_up(); });
            if (!gave_up) {
                break;
            }
        }
        LaunchTime time;
        for (const auto& core : cores) {
            time.cores.push_back(core->take_time());
            time.device = std::max(time.device, time.cores.back().end);
        }
        for (uint32_t device = 0; device < nocs.size(); ++device) {
            if (nocs[device] == nullptr) {
                continue;
            }
            add_load(*nocs[device], time);
            if (watcher_ != nullptr) {
                watcher_->launch_ends(launch, *nocs[device], device);
            }
        }
        result.events += shared.events.count() + shared.ops;
        result.given_up += shared.given_up;
        return time;
    }

    void add_load(const Noc& noc, LaunchTime& time) const {
        Cycles sum = 0;
        for (uint32_t bank = 0; bank < noc.dram_busy().size(); ++bank) {
            const Cycles busy = noc.dram_busy()[bank];
            sum += busy;
            if (busy > time.dram_busy) {
                time.dram_busy = busy;
                time.dram_bank = bank;
            }
        }
        time.dram_busy_mean = std::max(time.dram_busy_mean, sum / static_cast<double>(noc.dram_busy().size()));
        for (const Calendar& link : noc.links()) {
            time.link_busy = std::max(time.link_busy, link.busy());
        }
    }

    const record::Recording& recording_;
    const WhatIf& what_if_;
    const arch::Board& board_;
    const Chip& recorded_;
    const Chip chip_;
    const Places places_;
    const arch::NocTime noc_time_;
    Watcher* watcher_;
    std::vector<Prepared> prepared_;
};

}  // namespace

const char* unit_name(Unit unit) {
    static constexpr std::array<const char*, num_units> names{"BRISC",  "NCRISC",    "TRISC0", "TRISC1",
                                                              "TRISC2", "unpackers", "matrix", "packers"};
    return names[static_cast<size_t>(unit)];
}

const char* doing_name(Doing doing) {
    static constexpr std::array<const char*, num_doings> names{"busy",
                                                               "room in a circular buffer",
                                                               "pages of a circular buffer",
                                                               "NoC reads",
                                                               "NoC writes",
                                                               "NoC writes to leave",
                                                               "NoC atomics",
                                                               "a semaphore",
                                                               "another processor of its core",
                                                               "a free section of DST",
                                                               "a computed section of DST",
                                                               "its engine",
                                                               "operands",
                                                               "the source registers"};
    return names[static_cast<size_t>(doing)];
}

Result replay(const record::Recording& recording, const WhatIf& what_if, Watcher* watcher) {
    return Replay(recording, what_if, watcher).run();
}

}  // namespace tessera::timing

#include <timing/answers.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace tessera::timing {

using record::Compute;
using record::Event;
using record::Op;
using record::Target;

namespace {

constexpr double flop_of_tile_product = 2.0 * 32 * 32 * 32;
constexpr double cycles_of_tile_product = 16;  ///< of one phase: 8x16 by 16x16 a cycle

/// How often a stream has each event.
std::map<uint32_t, uint64_t> counts_of(const record::Stream& stream) {
    std::map<uint32_t, uint64_t> counts;
    struct Loop {
        size_t end;
        uint64_t times;
    };
    std::vector<Loop> loops{{stream.size() + 1, 1}};
    for (size_t at = 0; at < stream.size(); ++at) {
        while (at >= loops.back().end) {
            loops.pop_back();
        }
        const record::Piece& piece = stream[at];
        if (piece.event == record::loop_mark) {
            loops.push_back({at + 1 + piece.body, loops.back().times * piece.times});
        } else {
            counts[piece.event] += loops.back().times;
        }
    }
    return counts;
}

/// What kind of memory, and how many transactions a barrier, a processor's reads or writes go to.
struct Traffic {
    uint64_t transactions = 0, dram = 0, barriers = 0, bytes = 0;
    double a_barrier() const { return barriers == 0 ? 0 : static_cast<double>(transactions) / barriers; }
    uint64_t size() const { return transactions == 0 ? 0 : bytes / transactions; }
};

class Questions {
public:
    Questions(const record::Recording& recording, const WhatIf& what_if) : recording_(recording), what_if_(what_if) {
        for (const record::Stream& stream : recording.streams) {
            counts_.push_back(counts_of(stream));
        }
    }

    Answers ask(size_t suggest) {
        // The longest launch is not known before: a first replay says.
        answers_.result = replay(recording_, what_if_);
        const auto& launches = answers_.result.launches;
        if (launches.empty()) {
            answers_.bottleneck = "nothing was launched";
            return answers_;
        }
        answers_.launch = static_cast<size_t>(
            std::max_element(launches.begin(), launches.end(),
                             [](const LaunchTime& a, const LaunchTime& b) { return a.device < b.device; }) -
            launches.begin());
        SpanLog spans(recording_, answers_.launch);
        replay(recording_, what_if_, &spans);
        answers_.path = critical_path(recording_, spans);
        measure_units();
        measure_roofline();
        name_bottleneck();
        if (suggest != 0) {
            try_changes(suggest);
        }
        return answers_;
    }

private:
    const LaunchTime& time() const { return answers_.result.launches[answers_.launch]; }
    const record::Launch& launch() const { return recording_.launches[answers_.launch]; }
    arch::Chip chip() const { return arch::board(answers_.result.board).chips.front(); }

    void measure_units() {
        for (size_t unit = 0; unit < num_units; ++unit) {
            UnitLoad load{static_cast<Unit>(unit)};
            for (const CoreTime& core : time().cores) {
                if (core.ends[unit] == 0) {
                    continue;
                }
                ++load.cores;
                for (size_t doing = 0; doing < num_doings; ++doing) {
                    const double share = core.spent[unit][doing] / time().device;
                    (doing == 0 ? load.busy : load.waits[doing]) += share;
                }
            }
            if (load.cores != 0) {
                load.busy /= load.cores;
                for (double& wait : load.waits) {
                    wait /= load.cores;
                }
                answers_.units.push_back(load);
            }
        }
    }

    void measure_roofline() {
        Roofline& roof = answers_.roofline;
        double ideal = 0;
        Cycles device = 0;
        for (size_t i = 0; i < recording_.launches.size(); ++i) {
            device += answers_.result.launches[i].device;
            for (const record::Core& core : recording_.launches[i].cores) {
                for (const auto& processor : core.processors) {
                    if (processor.kernel < 0) {
                        continue;
                    }
                    for (const auto& [number, times] : counts_[processor.stream]) {
                        const Event& event = recording_.events[number];
                        if (event.target.kind == Target::Kind::Dram) {
                            roof.dram_bytes += static_cast<double>(event.amount) * times;
                        }
                        if (event.op != Op::Compute) {
                            continue;
                        }
                        const Compute& compute = recording_.computes[event.compute];
                        if (compute.kind == Compute::Kind::Matmul) {
                            const double products = static_cast<double>(compute.ct) * compute.rt * times;
                            const uint32_t phases = what_if_.phases != 0 ? what_if_.phases : compute.phases;
                            roof.flop += products * flop_of_tile_product;
                            ideal += products * cycles_of_tile_product * phases;
                        }
                    }
                }
            }
        }
        const auto cores = static_cast<double>(launch().cores.size());
        roof.flop_per_cycle = device > 0 ? roof.flop / device : 0;
        roof.peak_flop_per_cycle = ideal > 0 ? roof.flop / ideal * cores : 0;
        roof.bytes_per_cycle = device > 0 ? roof.dram_bytes / device : 0;
        const arch::Chip the_chip = chip();
        roof.peak_bytes_per_cycle =
            arch::noc_time(the_chip.name).dram_bytes_per_cycle * the_chip.num_dram_banks * what_if_.dram_bandwidth;
    }

    /// The NoC traffic of one kind of processor in the launch.
    Traffic traffic(Unit unit, Op op) const {
        Traffic sum;
        for (const record::Core& core : launch().cores) {
            const auto& processor = core.processors[std::min<size_t>(static_cast<size_t>(unit), 2)];
            if (processor.kernel < 0) {
                continue;
            }
            for (const auto& [number, times] : counts_[processor.stream]) {
                const Event& event = recording_.events[number];
                if (event.op == op) {
                    sum.transactions += times;
                    sum.bytes += times * event.amount;
                    sum.dram += event.target.kind == Target::Kind::Dram ? times : 0;
                }
                const bool barrier = op == Op::NocRead ? event.op == Op::ReadBarrier
                                                       : event.op == Op::WriteBarrier || event.op == Op::WriteFlush;
                sum.barriers += barrier ? times : 0;
            }
        }
        return sum;
    }

    void name_bottleneck() {
        // What the path consists of, in words.
        std::map<std::string, Cycles> shares;
        for (const PathPart& part : answers_.path.parts) {
            shares[share_of(part)] += part.cycles;
        }
        std::vector<std::pair<Cycles, std::string>> sorted;
        sorted.reserve(shares.size());
        for (const auto& [name, cycles] : shares) {
            sorted.emplace_back(-cycles, name);
        }
        std::sort(sorted.begin(), sorted.end());
        const Cycles length = std::max<Cycles>(answers_.path.length, 1);
        const double bank = time().dram_busy / std::max<Cycles>(time().device, 1);
        constexpr double saturated = 0.8;
        if (bank >= saturated && (sorted.empty() || sorted[0].second.find("NoC") != std::string::npos)) {
            answers_.bottleneck = fmt::format("DRAM bandwidth bounds it: bank {} is busy {:.0f} % of the time",
                                              time().dram_bank, 100 * bank);
        } else if (!sorted.empty()) {
            answers_.bottleneck = fmt::format("{} bounds it: {:.0f} % of the critical path", sorted[0].second,
                                              -100 * sorted[0].first / length);
        }
        for (size_t i = 0; i < sorted.size() && i < 4; ++i) {
            if (-sorted[i].first >= 0.02 * length) {
                answers_.evidence.push_back(fmt::format("{:.0f} % of the critical path: {}",
                                                        -100 * sorted[i].first / length, sorted[i].second));
            }
        }
        for (const Unit unit : {Unit::Brisc, Unit::Ncrisc}) {
            for (const Op op : {Op::NocRead, Op::NocWrite}) {
                const Traffic sum = traffic(unit, op);
                if (sum.barriers != 0 && sum.transactions != 0) {
                    answers_.evidence.push_back(
                        fmt::format("{} {} {:.1f} transactions of {} B a barrier{}", unit_name(unit),
                                    op == Op::NocRead ? "reads" : "writes", sum.a_barrier(), sum.size(),
                                    sum.dram * 2 > sum.transactions ? ", most of them of DRAM" : ""));
                }
            }
        }
        answers_.evidence.push_back(
            fmt::format("DRAM bank {} is the busiest: {:.0f} % of the time, {:.0f} % on average", time().dram_bank,
                        100 * bank, 100 * time().dram_busy_mean / std::max<Cycles>(time().device, 1)));
    }

    std::string share_of(const PathPart& part) const {
        switch (part.doing) {
            case Doing::Code:
                switch (part.unit) {
                    case Unit::Matrix:
                        return "the matrix and vector unit";
                    case Unit::Unpacker:
                        return "unpacking";
                    case Unit::Packer:
                        return "packing";
                    case Unit::Brisc:
                    case Unit::Ncrisc:
                        return fmt::format("the code of {}", unit_name(part.unit));
                    default:
                        return "the compute threads' own code";
                }
            case Doing::Reads:
                return "waiting for NoC reads";
            case Doing::Writes:
            case Doing::Flush:
                return "waiting for NoC writes";
            case Doing::Atomics:
            case Doing::Word:
                return "signals on their way over the NoC";
            default:
                return std::string("waiting for ") + doing_name(part.doing);
        }
    }

    void consider(std::string text, const WhatIf& change) {
        const Result changed = replay(recording_, change);
        Suggestion suggestion{std::move(text), change, changed.total, 1 - changed.total / answers_.result.total};
        constexpr double worth_telling = 0.01;
        if (suggestion.gain >= worth_telling) {
            answers_.suggestions.push_back(std::move(suggestion));
        }
    }

    /// Changes that a kernel's author can make, as far as the replay can make them too.
    void try_changes(size_t most) {
        std::set<uint8_t> cbs;
        std::set<uint8_t> phases;
        for (const PathPart& part : answers_.path.parts) {
            const Event& event = recording_.events[part.event];
            if (event.op == Op::CbReserve || event.op == Op::CbWait) {
                cbs.insert(event.cb);
            }
        }
        for (const record::Core& core : launch().cores) {
            for (const record::CircularBuffer& cb : core.cbs) {
                cbs.insert(cb.index);
            }
        }
        for (const Compute& compute : recording_.computes) {
            if (compute.kind == Compute::Kind::Matmul || compute.kind == Compute::Kind::Binary) {
                phases.insert(compute.phases);
            }
        }
        for (const uint8_t cb : cbs) {
            WhatIf change = what_if_;
            change.only_cb = cb;
            change.more_cb_pages = 2;
            consider(fmt::format("give c_{} twice as many pages", cb), change);
        }
        const Traffic reads_b = traffic(Unit::Brisc, Op::NocRead), reads_n = traffic(Unit::Ncrisc, Op::NocRead);
        const Traffic writes_b = traffic(Unit::Brisc, Op::NocWrite), writes_n = traffic(Unit::Ncrisc, Op::NocWrite);
        if (reads_b.barriers + reads_n.barriers + writes_b.barriers + writes_n.barriers != 0) {
            constexpr uint32_t groups = 8;
            WhatIf change = what_if_;
            change.barrier_every = groups;
            change.more_cb_pages = groups;
            consider(
                fmt::format(
                    "issue {} times as many transactions before each barrier, with circular buffers that hold them",
                    groups),
                change);
            if (writes_b.barriers + writes_n.barriers != 0) {
                change = what_if_;
                change.flush_writes = true;
                consider(
                    "wait for writes with noc_async_writes_flushed before pages are popped, and with "
                    "noc_async_write_barrier once at the end",
                    change);
            }
            change = what_if_;
            change.with_state = true;
            consider(
                "set the NoC command's state once and issue with noc_async_read_one_packet_with_state and its like",
                change);
        }
        {
            WhatIf change = what_if_;
            change.swap_nocs = !what_if_.swap_nocs;
            consider("swap the two data-movement kernels' NoCs", change);
        }
        const arch::Coord grid = chip().compute_grid;
        const bool fits = std::all_of(launch().cores.begin(), launch().cores.end(), [&](const record::Core& core) {
            return core.logical_x < grid.y && core.logical_y < grid.x;
        });
        if (fits && launch().cores.size() > 1) {
            WhatIf change = what_if_;
            change.transpose_grid = !what_if_.transpose_grid;
            consider("give the work of core (x,y) to core (y,x)", change);
        }
        const uint8_t highest = phases.empty() ? 1 : *phases.rbegin();
        static constexpr const char* names[] = {"", "LoFi", "HiFi2", "HiFi3", "HiFi4"};
        if (what_if_.phases == 0 && highest > 1) {
            WhatIf change = what_if_;
            change.phases = highest > 2 ? 2 : 1;
            consider(fmt::format("compute in {} instead of {}, if the result may be less exact", names[change.phases],
                                 names[std::min<uint8_t>(highest, 4)]),
                     change);
        }
        std::sort(answers_.suggestions.begin(), answers_.suggestions.end(),
                  [](const Suggestion& a, const Suggestion& b) {
                      return std::tie(b.gain, a.text) < std::tie(a.gain, b.text);
                  });
        if (answers_.suggestions.size() > most) {
            answers_.suggestions.resize(most);
        }
    }

    const record::Recording& recording_;
    const WhatIf what_if_;
    std::vector<std::map<uint32_t, uint64_t>> counts_;
    Answers answers_;
};

}  // namespace

Answers answers(const record::Recording& recording, const WhatIf& what_if, size_t suggest) {
    return Questions(recording, what_if).ask(suggest);
}

std::string place_of(const record::Recording& recording, uint32_t site) {
    if (site >= recording.sites.size() || recording.sites[site].file.empty()) {
        return "?";
    }
    const record::Site& at = recording.sites[site];
    return fmt::format("{}:{}", at.file.substr(at.file.rfind('/') + 1), at.line);
}

std::string call_of(const record::Recording& recording, const Event& event) {
    switch (event.op) {
        case Op::CbReserve:
            return fmt::format("cb_reserve_back(c_{}, {})", event.cb, event.amount);
        case Op::CbPush:
            return fmt::format("cb_push_back(c_{}, {})", event.cb, event.amount);
        case Op::CbWait:
            return fmt::format("cb_wait_front(c_{}, {})", event.cb, event.amount);
        case Op::CbPop:
            return fmt::format("cb_pop_front(c_{}, {})", event.cb, event.amount);
        case Op::NocRead:
            return fmt::format("read of {} B", event.amount);
        case Op::NocWrite:
            return fmt::format("{} of {} B", (event.flags & record::Multicast) != 0 ? "multicast" : "write",
                               event.amount);
        case Op::NocInlineWrite:
            return "inline write";
        case Op::NocAtomic:
            return "semaphore increment";
        case Op::ReadBarrier:
            return "read barrier";
        case Op::WriteBarrier:
            return "write barrier";
        case Op::WriteFlush:
            return "writes flushed";
        case Op::AtomicBarrier:
            return "atomic barrier";
        case Op::WordWait:
        case Op::LocalWait:
            return "semaphore wait";
        case Op::LocalStore:
            return "semaphore set";
        case Op::Spin:
            return "loop that looks at memory";
        case Op::DstAcquire:
            return "tile_regs_acquire";
        case Op::DstCommit:
            return "tile_regs_commit";
        case Op::DstWait:
            return "tile_regs_wait";
        case Op::DstRelease:
            return "tile_regs_release";
        case Op::Compute: {
            static constexpr const char* names[] = {"copy",   "binary operation", "binary operation with DST",
                                                    "matmul", "reduce",           "transpose",
                                                    "tilize", "vector function",  "vector code",
                                                    "pack",   "pack of rows",     "pack, untilized",
                                                    "init"};
            return names[static_cast<size_t>(recording.computes[event.compute].kind)];
        }
        case Op::ZoneBegin:
        case Op::ZoneEnd:
            return "zone";
        case Op::ClockRead:
            return "look at the clock";
        case Op::EthernetSend:
            return "Ethernet send";
        case Op::End:
            return "end";
    }
    return "?";
}

}  // namespace tessera::timing

// NoC events and the NoC's time line in the formats of tt-npe.
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>

#include <timing/exports.h>
#include <timing/json_out.h>
#include <timing/routes.h>

namespace tessera::timing {

using arch::Coord;
using record::Event;
using record::Op;

namespace {

/// Tells another watcher of one launch only.
class OneLaunch final : public Watcher {
public:
    OneLaunch(size_t launch, Watcher& watcher) : launch_(launch), watcher_(watcher) {}
    void launch_begins(const record::Launch& launch) override {
        on_ = number_++ == launch_;
        if (on_) {
            watcher_.launch_begins(launch);
        }
    }
    void span(Place place, const Span& span) override {
        if (on_) {
            watcher_.span(place, span);
        }
    }
    void transfer(const Transfer& transfer) override {
        if (on_) {
            watcher_.transfer(transfer);
        }
    }
    void mark(Place place, uint32_t event, Cycles time) override {
        if (on_) {
            watcher_.mark(place, event, time);
        }
    }

private:
    const size_t launch_;
    Watcher& watcher_;
    size_t number_ = 0;
    bool on_ = false;
};

void require_launch(const record::Recording& recording, size_t launch) {
    if (launch >= recording.launches.size()) {
        throw std::out_of_range(fmt::format("the recording has no launch {}", launch));
    }
}

/// Where NoC 0 finds the cores of a launch on the chip of the replay.
Coord router_of(const record::Core& core, const arch::Chip& chip) {
    return chip.worker_noc0[size_t{core.logical_y} * chip.compute_grid.x + core.logical_x];
}

/// What the device profiler calls an event; null: it has no name for it.
const char* type_of(const Event& event) {
    switch (event.op) {
        case Op::NocRead:
            return "READ";
        case Op::NocWrite:
            return (event.flags & record::Multicast) != 0 ? "WRITE_MULTICAST" : "WRITE_";
        case Op::NocInlineWrite:
            return "WRITE_INLINE";
        case Op::NocAtomic:
            return "SEMAPHORE_INC";
        case Op::ReadBarrier:
            return event.trid == record::no_trid ? "READ_BARRIER" : "READ_BARRIER_WITH_TRID";
        case Op::WriteBarrier:
            return event.trid == record::no_trid ? "WRITE_BARRIER" : "WRITE_BARRIER_WITH_TRID";
        case Op::WriteFlush:
            return "WRITE_FLUSH";
        case Op::AtomicBarrier:
            return "ATOMIC_BARRIER";
        case Op::WordWait:
            return "SEMAPHORE_WAIT";
        case Op::LocalStore:
            return "SEMAPHORE_SET";
        default:
            return nullptr;
    }
}

/// Of barriers that have a begin and an end in a trace.
bool has_end(const Event& event) {
    return event.trid == record::no_trid && (event.op == Op::ReadBarrier || event.op == Op::WriteBarrier);
}

class TraceWatcher final : public Watcher {
public:
    struct Row {
        uint32_t event;
        Cycles time;
        Cycles end;  ///< of a barrier's wait
        Transaction what;
    };
    explicit TraceWatcher(const record::Recording& recording) : recording_(recording) {}

    void launch_begins(const record::Launch& launch) override {
        rows_.resize(launch.cores.size() * 2);
        last_.resize(rows_.size());
    }
    void span(Place place, const Span& span) override {
        if (place.unit > Unit::Ncrisc) {
            return;
        }
        const Event& event = recording_.events[span.event];
        if (type_of(event) == nullptr || event.target.kind != record::Target::Kind::None) {
            return;
        }
        // Transactions that end while a barrier waits for them come in between.
        auto& rows = of(place);
        size_t& last = last_[size_t{place.core} * 2 + static_cast<size_t>(place.unit)];
        if (span.doing == Doing::Code) {
            last = rows.size();
            rows.push_back({span.event, span.end, span.end, {}});
        } else if (last < rows.size() && rows[last].event == span.event) {
            rows[last].end = span.end;
        }
    }
    void transfer(const Transfer& transfer) override {
        if (transfer.issuer.unit <= Unit::Ncrisc) {
            of(transfer.issuer).push_back({transfer.event, transfer.begin, transfer.begin, transfer.what});
        }
    }
    std::vector<Row>& of(Place place) { return rows_[size_t{place.core} * 2 + static_cast<size_t>(place.unit)]; }

private:
    const record::Recording& recording_;
    std::vector<std::vector<Row>> rows_;  ///< by core and processor
    std::vector<size_t> last_;            ///< likewise: the last row that is no transaction
};

/// A zone of a processor, or its kernel.
struct Zone {
    std::string name;
    Cycles begin = 0, end = 0;
    std::vector<Zone> inside;
};

class TimelineWatcher final : public Watcher {
public:
    explicit TimelineWatcher(const record::Recording& recording) : recording_(recording) {}

    void launch_begins(const record::Launch& launch) override { marks_.resize(launch.cores.size() * 5); }
    void transfer(const Transfer& transfer) override { transfers.push_back(transfer); }
    void mark(Place place, uint32_t event, Cycles time) override {
        if (recording_.events[event].op != Op::ClockRead) {
            marks_[size_t{place.core} * 5 + static_cast<size_t>(place.unit)].push_back({event, time});
        }
    }

    /// The kernel's zone with the zones in it.
    Zone zones(Place place, const std::string& kernel, Cycles end) const {
        Zone root{kernel, 0, end, {}};
        std::vector<Zone*> open{&root};
        for (const auto& [event, time] : marks_[size_t{place.core} * 5 + static_cast<size_t>(place.unit)]) {
            const Event& one = recording_.events[event];
            if (one.op == Op::ZoneBegin) {
                open.back()->inside.push_back({recording_.names[one.name], time, end, {}});
                open.push_back(&open.back()->inside.back());
            } else if (open.size() > 1) {
                open.back()->end = time;
                open.pop_back();
            }
        }
        return root;
    }

    std::vector<Transfer> transfers;

private:
    const record::Recording& recording_;
    std::vector<std::vector<std::pair<uint32_t, Cycles>>> marks_;
};

uint64_t whole(Cycles time) {
    return static_cast<uint64_t>(std::llround(std::max(time, 0.0)));
}

std::string zones_text(const std::vector<Zone>& zones) {
    std::string text = "[";
    std::map<std::string, uint32_t> counts;
    for (const Zone& zone : zones) {
        text += fmt::format("{}{{\"id\":{},\"start\":{},\"end\":{},\"zones\":{}}}", text.size() > 1 ? "," : "",
                            quoted(fmt::format("{}[{}]", zone.name, counts[zone.name]++)), whole(zone.begin),
                            whole(zone.end), zones_text(zone.inside));
    }
    return text + "]";
}

/// What tt-npe calls the ends of a way and its links.
const char* link_name(size_t noc, bool y) {
    static constexpr const char* names[] = {"NOC0_EAST", "NOC0_SOUTH", "NOC1_WEST", "NOC1_NORTH"};
    return names[noc * 2 + (y ? 1 : 0)];
}

}  // namespace

void write_noc_trace(const record::Recording& recording, const WhatIf& what_if, size_t launch, uint32_t device,
                     std::ostream& out) {
    require_launch(recording, launch);
    TraceWatcher trace(recording);
    OneLaunch one(launch, trace);
    const Result result = replay(recording, what_if, &one);
    const arch::Chip& chip = arch::board(result.board).chips.front();
    const record::Launch& the_launch = recording.launches[launch];
    const LaunchTime& time = result.launches[launch];
    const Cycles origin = time.begin + time.host;

    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < the_launch.cores.size(); ++i) {
        if (the_launch.cores[i].device == device) {
            order.push_back(i);
        }
    }
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        return router_of(the_launch.cores[a], chip) < router_of(the_launch.cores[b], chip);
    });
    TextOut text(out);
    bool first = true;
    const auto print = [&]<class... A>(fmt::format_string<A...> format, A&&... arguments) {
        text.print("{}{{", first ? "[\n" : ",\n");
        text.print(format, std::forward<A>(arguments)...);
        text.print("}}");
        first = false;
    };
    for (const uint32_t core : order) {
        const Coord at = router_of(the_launch.cores[core], chip);
        for (const Unit unit : {Unit::Brisc, Unit::Ncrisc}) {
            if (the_launch.cores[core].processors[static_cast<size_t>(unit)].kernel < 0) {
                continue;
            }
            const char* proc = unit_name(unit);
            const std::string who = fmt::format(
                "\"run_host_id\":{},\"op_name\":{},\"proc\":\"{}\",\"src_device_id\":{},\"sx\":{},\"sy\":{}",
                the_launch.number, quoted(the_launch.name), proc, device, at.x, at.y);
            print("{},\"zone\":\"{}-KERNEL\",\"zone_phase\":\"ZONE_START\",\"timestamp\":{}", who, proc, whole(origin));
            auto& rows = trace.of({core, unit});
            std::sort(rows.begin(), rows.end(), [](const TraceWatcher::Row& a, const TraceWatcher::Row& b) {
                return std::tie(a.time, a.end, a.event) < std::tie(b.time, b.end, b.event);
            });
            for (const TraceWatcher::Row& row : rows) {
                const Event& event = recording.events[row.event];
                const std::string noc =
                    fmt::format("\"noc\":\"NOC_{}\",\"vc\":-1", row.what.bytes != 0 ? row.what.noc : event.noc);
                if (row.what.bytes == 0) {
                    const char* suffix = has_end(event) ? "_START" : "";
                    print("{},{},\"num_bytes\":0,\"type\":\"{}{}\",\"timestamp\":{}", who, noc, type_of(event), suffix,
                          whole(origin + row.time));
                    if (has_end(event)) {
                        print("{},{},\"num_bytes\":0,\"type\":\"{}_END\",\"timestamp\":{}", who, noc, type_of(event),
                              whole(origin + row.end));
                    }
                    continue;
                }
                const Transaction& what = row.what;
                const std::string target =
                    what.kind == Transaction::Kind::Multicast
                        ? fmt::format("\"mcast_start_x\":{},\"mcast_start_y\":{},\"mcast_end_x\":{},\"mcast_end_y\":{}",
                                      what.target.x, what.target.y, what.last.x, what.last.y)
                        : fmt::format("\"dx\":{},\"dy\":{}", what.target.x, what.target.y);
                print("{},{},{},\"num_bytes\":{},\"type\":\"{}\",\"timestamp\":{}", who, noc, target, what.bytes,
                      type_of(event), whole(origin + row.time));
            }
            print("{},\"zone\":\"{}-KERNEL\",\"zone_phase\":\"ZONE_END\",\"timestamp\":{}", who, proc,
                  whole(origin + time.cores[core].ends[static_cast<size_t>(unit)]));
        }
    }
    text.print("{}\n", first ? "[]" : "\n]");
}

void write_npe_timeline(const record::Recording& recording, const WhatIf& what_if, size_t launch, std::ostream& out,
                        uint32_t step) {
    require_launch(recording, launch);
    TimelineWatcher timeline(recording);
    OneLaunch one(launch, timeline);
    const Result result = replay(recording, what_if, &one);
    const arch::Board& board = arch::board(result.board);
    const arch::Chip& chip = board.chips.front();
    const arch::NocTime noc_time = arch::noc_time(chip.name);
    const Routes routes(chip, noc_time);
    const record::Launch& the_launch = recording.launches[launch];
    const LaunchTime& time = result.launches[launch];
    auto& transfers = timeline.transfers;
    std::sort(transfers.begin(), transfers.end(), [](const Transfer& a, const Transfer& b) {
        return std::tie(a.begin, a.end, a.issuer.core, a.issuer.unit, a.event) <
               std::tie(b.begin, b.end, b.issuer.core, b.issuer.unit, b.event);
    });

    // The demand for links: what crosses one is spread evenly over its transfer's time.
    Cycles end = std::max(time.device, 1.0);
    for (const Transfer& transfer : transfers) {
        end = std::max(end, transfer.end);
    }
    const auto steps = static_cast<size_t>(std::ceil(end / step));
    const size_t links = routes.links() * board.chips.size();
    std::vector<std::map<size_t, double>> demand(steps);
    std::vector<std::vector<size_t>> active(steps);
    for (size_t id = 0; id < transfers.size(); ++id) {
        const Transfer& transfer = transfers[id];
        const auto first = static_cast<size_t>(transfer.begin / step);
        const auto last = std::min(steps - 1, static_cast<size_t>(transfer.end / step));
        for (size_t at = first; at <= last; ++at) {
            active[at].push_back(id);
        }
        const size_t device = the_launch.cores[transfer.issuer.core].device;
        const Cycles length = std::max(transfer.end - transfer.begin, 1.0);
        routes.load(transfer.what, [&](size_t link, uint32_t flits) {
            for (size_t at = first; at <= last; ++at) {
                const Cycles part =
                    std::min(transfer.end, (at + 1.0) * step) - std::max(transfer.begin, at * 1.0 * step);
                demand[at][device * routes.links() + link] += 100 * flits * noc_time.link_flit * part / length / step;
            }
        });
    }
    struct Load {
        double mean = 0, highest = 0;
    };
    const auto load_of = [&](const std::map<size_t, double>& at, int noc) {
        Load load;
        for (const auto& [link, share] : at) {
            if (noc < 0 || link % routes.links() / (routes.links() / 2) == static_cast<size_t>(noc)) {
                load.mean += share;
                load.highest = std::max(load.highest, share);
            }
        }
        load.mean /= static_cast<double>(noc < 0 ? links : links / 2);
        return load;
    };
    Load all[3];
    for (const auto& at : demand) {
        for (int noc = -1; noc < 2; ++noc) {
            const Load load = load_of(at, noc);
            all[noc + 1].mean += load.mean / static_cast<double>(steps);
            all[noc + 1].highest = std::max(all[noc + 1].highest, load.highest);
        }
    }
    const auto noc_load = [](const Load& load) {
        return fmt::format("{{\"avg_link_demand\":{:.3f},\"avg_link_util\":{:.3f},\"max_link_demand\":{:.3f}}}",
                           load.mean, std::min(load.mean, 100.0), load.highest);
    };
    const double dram_capacity = noc_time.dram_bytes_per_cycle * chip.num_dram_banks * std::max(time.device, 1.0);
    double dram_bytes = 0;
    for (const Transfer& transfer : transfers) {
        dram_bytes += transfer.what.dram_bank >= 0 ? transfer.what.bytes : 0;
    }

    TextOut text(out);
    text.print(
        "{{\"common_info\":{{\"version\":\"1.0.0\",\"mesh_device\":{},\"arch\":\"{}\",\"cycles_per_timestep\":{},",
        quoted(board.name), chip.family == arch::Family::Wormhole ? "wormhole_b0" : "blackhole", step);
    text.print("\"congestion_model_name\":\"tessera\",\"num_rows\":{},\"num_cols\":{},\"dram_bw_util\":{:.3f},",
               chip.noc_grid.y, chip.noc_grid.x, 100 * dram_bytes / dram_capacity);
    text.print("\"link_util\":{:.3f},\"link_demand\":{:.3f},\"max_link_demand\":{:.3f},", std::min(all[0].mean, 100.0),
               all[0].mean, all[0].highest);
    text.print("\"noc\":{{\"NOC0\":{},\"NOC1\":{}}}}},\n\"chips\":{{", noc_load(all[1]), noc_load(all[2]));
    for (size_t i = 0; i < board.chips.size(); ++i) {
        text.print("{}\"{}\":[{},{},0,0]", i == 0 ? "" : ",", i, i % std::max(1U, board.mesh_cols),
                   i / std::max(1U, board.mesh_cols));
    }
    text.print("}},\n\"noc_transfers\":[");
    for (size_t id = 0; id < transfers.size(); ++id) {
        const Transfer& transfer = transfers[id];
        const Transaction& what = transfer.what;
        const size_t device = the_launch.cores[transfer.issuer.core].device;
        const bool read = what.kind == Transaction::Kind::Read;
        const Coord from = read ? what.target : what.issuer, to = read ? what.issuer : what.target;
        const std::string src = fmt::format("[{},{},{}]", device, from.y, from.x);
        std::string dst, way = fmt::format("[{},{},{},\"NOC{}_IN\"]", device, from.y, from.x, what.noc);
        std::string exits;
        const auto arrive = [&](Coord at) {
            dst += fmt::format("{}[{},{},{}]", dst.empty() ? "" : ",", device, at.y, at.x);
            exits += fmt::format(",[{},{},{},\"NOC{}_OUT\"]", device, at.y, at.x, what.noc);
        };
        if (what.kind == Transaction::Kind::Multicast) {
            routes.receivers(what, arrive);
        } else {
            arrive(to);
        }
        routes.data(what, [&](size_t link) {
            const Coord at = routes.coord(link / 2 % routes.routers());
            way += fmt::format(",[{},{},{},\"{}\"]", device, at.y, at.x, link_name(what.noc, link % 2 == 1));
        });
        const std::string cycles =
            fmt::format("\"start_cycle\":{},\"end_cycle\":{}", whole(transfer.begin), whole(transfer.end));
        const double flit = read ? noc_time.inject_response_flit : noc_time.inject_write_flit;
        text.print("{}\n{{\"id\":{},\"src\":{},\"dst\":[{}],\"total_bytes\":{},{},\"noc_event_type\":\"{}\",",
                   id == 0 ? "" : ",", id, src, dst, what.bytes, cycles, type_of(recording.events[transfer.event]));
        text.print("\"fabric_event_type\":false,\"zones\":\"\",\"route\":[{{\"device_id\":{},\"src\":{},\"dst\":[{}],",
                   device, src, dst);
        text.print("\"noc_type\":\"NOC{}\",\"injection_rate\":{:.2f},{},\"links\":[{}{}]}}]}}", what.noc,
                   noc_time.flit_bytes / std::max(flit, 1.0), cycles, way, exits);
    }
    text.print("\n],\n\"zones\":[");
    bool first = true;
    for (uint32_t core = 0; core < the_launch.cores.size(); ++core) {
        const Coord at = router_of(the_launch.cores[core], chip);
        for (const Unit unit : {Unit::Brisc, Unit::Ncrisc, Unit::Trisc0, Unit::Trisc1, Unit::Trisc2}) {
            const Cycles unit_end = time.cores[core].ends[static_cast<size_t>(unit)];
            if (unit_end == 0) {
                continue;
            }
            const char* kernel = unit == Unit::Brisc    ? "BRISC-KERNEL"
                                 : unit == Unit::Ncrisc ? "NCRISC-KERNEL"
                                                        : "TRISC-KERNEL";
            const Zone zone = timeline.zones({core, unit}, kernel, unit_end);
            text.print("{}\n{{\"core\":[{},{},{}],\"proc\":\"{}\",\"zones\":{}}}", first ? "" : ",",
                       the_launch.cores[core].device, at.y, at.x, unit_name(unit), zones_text({zone}));
            first = false;
        }
    }
    text.print("\n],\n\"timestep_data\":[");
    for (size_t at = 0; at < steps; ++at) {
        const Load load = load_of(demand[at], -1);
        text.print("{}\n{{\"start_cycle\":{},\"end_cycle\":{},\"active_transfers\":[{}],\"link_demand\":[",
                   at == 0 ? "" : ",", at * step, (at + 1) * step, fmt::join(active[at], ","));
        bool first_link = true;
        for (const auto& [index, share] : demand[at]) {
            const size_t device = index / routes.links(), link = index % routes.links();
            const Coord where = routes.coord(link / 2 % routes.routers());
            text.print("{}[{},{},{},\"{}\",{:.3f}]", first_link ? "" : ",", device, where.y, where.x,
                       link_name(link / (routes.links() / 2), link % 2 == 1), share);
            first_link = false;
        }
        text.print("],\"avg_link_demand\":{:.3f},\"avg_link_util\":{:.3f},\"noc\":{{\"NOC0\":{},\"NOC1\":{}}}}}",
                   load.mean, std::min(load.mean, 100.0), noc_load(load_of(demand[at], 0)),
                   noc_load(load_of(demand[at], 1)));
    }
    text.print("\n]}}\n");
}

}  // namespace tessera::timing

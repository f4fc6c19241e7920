#include <timing/report_data.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <timing/report_numbers.h>
#include <timing/routes.h>
#include <timing/what_if.h>

namespace tessera::timing {

using Json = nlohmann::ordered_json;
using arch::Coord;
using record::Event;
using record::Op;
using namespace report;

namespace {

constexpr uint32_t least_bins = 64;              ///< where there are many of them
constexpr uint32_t most_bins_of_all = 1U << 19;  ///< of all such units together
constexpr uint32_t link_bins = 64;
constexpr size_t num_processors = 5;

/// Counts the spans of each launch and unit.
class Counter final : public Watcher {
public:
    void launch_begins(const record::Launch& launch) override { counts.emplace_back(launch.cores.size() * num_units); }
    void span(Place place, const Span&) override {
        ++counts.back()[place.core * num_units + static_cast<size_t>(place.unit)];
    }
    std::vector<std::vector<uint64_t>> counts;
};

/// What is told span by span: by launch, core and unit.
struct Plan {
    std::vector<bool> shown;               ///< launches
    std::vector<std::vector<bool>> whole;  ///< their cores
    uint32_t bins = most_bins, traffic_bins = 256;
    uint64_t cores_in_bins = 0;
    uint64_t launches_in_figures = 0;
};

Plan plan_of(const record::Recording& recording, const Result& result, const Counter& counter,
             const ReportOptions& options) {
    const size_t launches = recording.launches.size();
    Plan plan{std::vector<bool>(launches), std::vector<std::vector<bool>>(launches)};
    std::vector<size_t> order(launches);
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const Cycles time_a = result.launches[a].device, time_b = result.launches[b].device;
        return time_a != time_b ? time_a > time_b : a < b;
    });
    uint64_t left = options.most_spans;
    for (size_t rank = 0; rank < launches; ++rank) {
        const size_t launch = order[rank];
        if (rank >= options.most_launches) {
            ++plan.launches_in_figures;
            continue;
        }
        plan.shown[launch] = true;
        const auto& cores = result.launches[launch].cores;
        plan.whole[launch].resize(cores.size());
        // The core that ends last first, then some from all over the grid.
        std::vector<size_t> turn;
        size_t last = 0;
        for (size_t i = 0; i < cores.size(); ++i) {
            last = cores[i].end > cores[last].end ? i : last;
        }
        turn.push_back(last);
        for (size_t stride = std::bit_ceil(std::max<size_t>(cores.size(), 1)); stride > 0; stride /= 2) {
            for (size_t i = 0; i < cores.size(); i += stride) {
                if (i / stride % 2 == 1 || i == 0) {
                    turn.push_back(i);
                }
            }
        }
        for (const size_t core : turn) {
            if (core >= cores.size() || plan.whole[launch][core]) {
                continue;
            }
            uint64_t spans = 0;
            for (size_t unit = 0; unit < num_units; ++unit) {
                spans += counter.counts[launch][core * num_units + unit];
            }
            if (spans <= left) {
                left -= spans;
                plan.whole[launch][core] = true;
            }
        }
        plan.cores_in_bins +=
            static_cast<uint64_t>(std::count(plan.whole[launch].begin(), plan.whole[launch].end(), false));
    }
    const uint64_t units_in_bins = std::max<uint64_t>(plan.cores_in_bins * num_units, 1);
    plan.bins = static_cast<uint32_t>(
        std::clamp<uint64_t>(std::bit_floor(most_bins_of_all / units_in_bins + 1), least_bins, most_bins));
    constexpr size_t few_launches = 4;
    plan.traffic_bins = launches <= few_launches ? fill_bins : link_bins;
    return plan;
}

class Collector final : public Watcher {
public:
    Collector(const record::Recording& recording, const Result& result, const Plan& plan)
        : recording_(recording),
          result_(result),
          plan_(plan),
          chip_(arch::board(result.board).chips.front()),
          noc_time_(arch::noc_time(chip_.name)),
          routes_(chip_, noc_time_),
          labels_of_events_(recording.events.size(), UINT32_MAX) {}

    void launch_begins(const record::Launch& launch) override {
        flush();
        launch_ = &launch;
        on_ = plan_.shown[number_];
        device_time_ = result_.launches[number_].device;
        if (!on_) {
            return;
        }
        units_.assign(launch.cores.size() * num_units, {});
        for (size_t i = 0; i < units_.size(); ++i) {
            units_[i].begin(plan_.whole[number_][i / num_units], plan_.bins, device_time_);
        }
        fills_.assign(launch.cores.size(), {});
        zones_.assign(launch.cores.size() * num_processors, {});
        traffic_.assign(launch.cores.size() * 3, Histogram(plan_.traffic_bins));
        devices_.clear();
        for (const record::Core& core : launch.cores) {
            Device& device = devices_[core.device];
            if (device.banks.empty()) {
                device.banks.resize(chip_.num_dram_banks, Histogram(plan_.traffic_bins));
                device.links.resize(routes_.links(), Histogram(link_bins));
                device.busy.resize(routes_.links());
            }
        }
    }

    void span(Place place, const Span& span) override {
        if (!on_) {
            return;
        }
        UnitTimeline& unit = units_[place.core * num_units + static_cast<size_t>(place.unit)];
        const uint32_t what = what_of(span);
        if (!unit.whole()) {
            unit.add_to_bins(span, what);
            return;
        }
        // Mostly the other unit is of the same core.
        uint32_t cause = 0;
        if (span.has_cause && !(span.cause == place)) {
            cause = span.cause.core == place.core ? 1 + static_cast<uint32_t>(span.cause.unit)
                                                  : static_cast<uint32_t>(1 + num_units + span.cause.core * num_units +
                                                                          static_cast<size_t>(span.cause.unit));
        }
        unit.add_whole(span, what, cause);
    }

    void transfer(const Transfer& transfer) override {
        if (!on_) {
            return;
        }
        const Transaction& what = transfer.what;
        Histogram* own = &traffic_[size_t{transfer.issuer.core} * 3];
        const bool read = what.kind == Transaction::Kind::Read;
        const double bytes = what.bytes;
        own[read ? 0 : 1].add(transfer.begin, transfer.end, device_time_, bytes);
        Device& device = devices_[launch_->cores[transfer.issuer.core].device];
        if (what.dram_bank >= 0) {
            own[2].add(transfer.begin, transfer.end, device_time_, bytes);
            device.banks[static_cast<size_t>(what.dram_bank)].add(transfer.begin, transfer.end, device_time_, bytes);
        }
        routes_.load(what, [&](size_t link, uint32_t flits) {
            device.links[link].add(transfer.begin, transfer.end, device_time_, flits * noc_time_.link_flit);
        });
    }

    void cb_level(uint32_t core, uint8_t cb, Cycles time, uint32_t pages) override {
        if (on_) {
            fills_[core][cb].add(time, pages, device_time_);
        }
    }

    void mark(Place place, uint32_t number, Cycles time) override {
        const Event& event = recording_.events[number];
        if (!on_ || event.op == Op::ClockRead) {
            return;
        }
        Zones& zones = zones_[place.core * num_processors + static_cast<size_t>(place.unit)];
        if (event.op == Op::ZoneBegin) {
            zones.all.push_back({time, -1, static_cast<uint32_t>(zones.open.size()), event.name});
            zones.open.push_back(zones.all.size() - 1);
        } else if (!zones.open.empty()) {
            zones.all[zones.open.back()].end = time;
            zones.open.pop_back();
        }
    }

    void launch_ends(const record::Launch&, const Noc& noc, uint32_t device) override {
        if (!on_) {
            return;
        }
        auto& busy = devices_[device].busy;
        std::transform(noc.links().begin(), noc.links().end(), busy.begin(),
                       [](const Calendar& link) { return link.busy(); });
    }

    /// Writes down the launch that is over.
    void flush() {
        if (launch_ == nullptr) {
            return;
        }
        Json one = figures();
        if (on_) {
            one["shown"] = true;
            write_numbers();
        }
        launches_.push_back(std::move(one));
        launch_ = nullptr;
        ++number_;
    }

    Json labels() const {
        Json all = Json::array();
        for (const auto& [place, call, function] : labels_.keys()) {
            all.push_back({place, call, function});
        }
        return all;
    }
    Json whats() const {
        Json all = Json::array();
        for (const auto& [doing, label] : whats_.keys()) {
            all.push_back({doing, label});
        }
        return all;
    }
    Json& launches() { return launches_; }
    const std::string& numbers() const { return numbers_; }

private:
    struct Zone {
        Cycles begin, end;
        uint32_t depth, name;
    };
    struct Zones {
        std::vector<Zone> all;
        std::vector<size_t> open;
    };
    struct Device {
        std::vector<Histogram> banks, links;
        std::vector<Cycles> busy;
    };

    uint32_t what_of(const Span& span) {
        uint32_t& label = labels_of_events_[span.event];
        if (label == UINT32_MAX) {
            const Event& event = recording_.events[span.event];
            const record::Site& site = recording_.sites[event.site];
            label = labels_.index({place_of(recording_, event.site), call_of(recording_, event), site.function});
        }
        return whats_.index({static_cast<uint32_t>(span.doing), label});
    }

    Json figures() const {
        const LaunchTime& time = result_.launches[number_];
        Json one{{"number", launch_->number},         {"name", launch_->name},
                 {"begin", std::round(time.begin)},   {"host", std::round(time.host)},
                 {"device", std::round(time.device)}, {"traced", launch_->traced}};
        Json cores = Json::array();
        for (size_t i = 0; on_ && i < launch_->cores.size(); ++i) {
            const record::Core& core = launch_->cores[i];
            const Coord at = chip_.worker_noc0[size_t{core.logical_y} * chip_.compute_grid.x + core.logical_x];
            Json kernels = Json::array(), cbs = Json::array(), spent = Json::array();
            for (const auto& processor : core.processors) {
                kernels.push_back(processor.kernel);
            }
            for (const record::CircularBuffer& cb : core.cbs) {
                cbs.push_back({cb.index, cb.pages, cb.page_size});
            }
            for (size_t unit = 0; unit < num_units; ++unit) {
                for (size_t doing = 0; doing < num_doings; ++doing) {
                    if (time.cores[i].spent[unit][doing] > 0) {
                        spent.push_back({unit, doing, std::round(time.cores[i].spent[unit][doing])});
                    }
                }
            }
            cores.push_back({{"device", core.device},
                             {"at", {core.logical_x, core.logical_y}},
                             {"router", {at.x, at.y}},
                             {"end", std::round(time.cores[i].end)},
                             {"kernels", kernels},
                             {"cbs", cbs},
                             {"spent", spent}});
        }
        one["cores"] = cores;
        Json devices = Json::array();
        for (const auto& [device, unused] : devices_) {
            devices.push_back(device);
        }
        one["devices"] = on_ ? devices : Json::array();
        return one;
    }

    void write_numbers() {
        Bytes out;
        for (UnitTimeline& unit : units_) {
            unit.write(out, numbers_);
        }
        for (size_t core = 0; core < launch_->cores.size(); ++core) {
            for (const record::CircularBuffer& cb : launch_->cores[core].cbs) {
                fills_[core][cb.index].write(out);
            }
        }
        for (Zones& zones : zones_) {
            out.number(zones.all.size());
            for (const Zone& zone : zones.all) {
                out.rounded(zone.begin);
                out.rounded((zone.end < 0 ? device_time_ : zone.end) - zone.begin);
                out.number(zone.depth);
                out.number(zone.name);
            }
        }
        for (const Histogram& histogram : traffic_) {
            histogram.write(out);
        }
        for (const auto& [number, device] : devices_) {
            for (const Histogram& bank : device.banks) {
                bank.write(out);
            }
            for (size_t link = 0; link < device.links.size(); ++link) {
                out.rounded(device.busy[link]);
                device.links[link].write(out);
            }
        }
        numbers_ += out.text();
    }

    const record::Recording& recording_;
    const Result& result_;
    const Plan& plan_;
    const arch::Chip& chip_;
    const arch::NocTime noc_time_;
    const Routes routes_;
    std::vector<uint32_t> labels_of_events_;
    Table<std::array<std::string, 3>> labels_;
    Table<std::array<uint32_t, 2>> whats_;
    const record::Launch* launch_ = nullptr;
    bool on_ = false;
    size_t number_ = 0;
    Cycles device_time_ = 0;
    std::vector<UnitTimeline> units_;
    std::vector<std::map<uint8_t, FillTimeline>> fills_;  ///< by core and circular buffer
    std::vector<Zones> zones_;
    std::vector<Histogram> traffic_;  ///< by core: bytes read, written, and from or to DRAM
    std::map<uint32_t, Device> devices_;
    Json launches_ = Json::array();
    std::string numbers_;
};

Json chip_facts(const arch::Chip& chip, const arch::NocTime& noc) {
    Json workers = Json::array(), dram = Json::array(), ethernet = Json::array();
    for (const Coord at : chip.worker_noc0) {
        workers.push_back({at.x, at.y});
    }
    for (const auto& ports : chip.dram_ports) {
        for (const Coord at : ports) {
            dram.push_back({at.x, at.y});
        }
    }
    for (const Coord at : chip.eth_noc0) {
        ethernet.push_back({at.x, at.y});
    }
    return {{"name", chip.name},
            {"grid", {chip.noc_grid.x, chip.noc_grid.y}},
            {"compute_grid", {chip.compute_grid.x, chip.compute_grid.y}},
            {"workers", workers},
            {"dram", dram},
            {"ethernet", ethernet},
            {"banks", chip.num_dram_banks},
            {"bank_bytes_per_cycle", noc.dram_bytes_per_cycle}};
}

Json answers_facts(const record::Recording& recording, const Answers& answers) {
    Json path = Json::array();
    for (size_t i = 0; i < answers.path.parts.size() && i < 12; ++i) {
        const PathPart& part = answers.path.parts[i];
        path.push_back({{"place", place_of(recording, part.site)},
                        {"call", call_of(recording, recording.events[part.event])},
                        {"unit", part.unit},
                        {"doing", part.doing},
                        {"transit", part.transit},
                        {"cycles", part.cycles},
                        {"times", part.times}});
    }
    Json suggestions = Json::array();
    for (const Suggestion& one : answers.suggestions) {
        suggestions.push_back({{"text", one.text}, {"total", one.total}, {"gain", one.gain}});
    }
    const Roofline& roof = answers.roofline;
    return {{"launch", answers.launch},
            {"bottleneck", answers.bottleneck},
            {"evidence", answers.evidence},
            {"path_length", answers.path.length},
            {"path", path},
            {"suggestions", suggestions},
            {"roofline",
             {{"flop", roof.flop},
              {"dram_bytes", roof.dram_bytes},
              {"flop_per_cycle", roof.flop_per_cycle},
              {"peak_flop_per_cycle", roof.peak_flop_per_cycle},
              {"bytes_per_cycle", roof.bytes_per_cycle},
              {"peak_bytes_per_cycle", roof.peak_bytes_per_cycle}}}};
}

}  // namespace

std::string report_data(const record::Recording& recording, const WhatIf& what_if, const Answers& answers,
                        const ReportOptions& options) {
    const Result& result = answers.result;
    Counter counter;
    replay(recording, what_if, &counter);
    const Plan plan = plan_of(recording, result, counter, options);
    Collector collector(recording, result, plan);
    replay(recording, what_if, &collector);
    collector.flush();

    Json header{{"program", recording.program},
                {"complete", recording.complete},
                {"board", result.board},
                {"what_if", to_string(what_if)},
                {"aiclk_mhz", result.aiclk_mhz},
                {"total", result.total},
                {"given_up", result.given_up},
                {"bins", plan.bins},
                {"traffic_bins", plan.traffic_bins},
                {"fill_bins", fill_bins},
                {"link_bins", link_bins},
                {"share_steps", share_steps}};
    Json units = Json::array(), doings = Json::array(), kernels = Json::array();
    for (size_t i = 0; i < num_units; ++i) {
        units.push_back(unit_name(static_cast<Unit>(i)));
    }
    for (size_t i = 0; i < num_doings; ++i) {
        doings.push_back(doing_name(static_cast<Doing>(i)));
    }
    for (const record::Kernel& kernel : recording.kernels) {
        kernels.push_back(kernel.file.substr(kernel.file.rfind('/') + 1));
    }
    Json notes = Json::array();
    if (plan.launches_in_figures != 0) {
        notes.push_back(fmt::format("The {} shortest launches are told in figures only.", plan.launches_in_figures));
    }
    if (plan.cores_in_bins != 0) {
        notes.push_back(
            fmt::format("There are more than {} spans: of {} cores, summed over the launches, each unit's time is told "
                        "in {} bins, with what takes the most of each.",
                        options.most_spans, plan.cores_in_bins, plan.bins));
    }
    if (!recording.complete) {
        notes.push_back("A mistake ended the recorded run: its last launch stops where that was.");
    }
    const arch::Chip& chip = arch::board(result.board).chips.front();
    header["notes"] = notes;
    header["units"] = units;
    header["doings"] = doings;
    header["kernels"] = kernels;
    header["names"] = recording.names;
    header["labels"] = collector.labels();
    header["whats"] = collector.whats();
    header["chip"] = chip_facts(chip, arch::noc_time(chip.name));
    header["answers"] = answers_facts(recording, answers);
    header["launches"] = std::move(collector.launches());
    const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string all;
    for (size_t i = 0; i < 4; ++i) {
        all.push_back(static_cast<char>(text.size() >> 8 * i));
    }
    return all + text + collector.numbers();
}

}  // namespace tessera::timing

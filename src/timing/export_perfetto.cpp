#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <timing/answers.h>
#include <timing/exports.h>
#include <timing/json_out.h>

namespace tessera::timing {

using record::Event;
using record::Op;

namespace {

/// A wait's colour in chrome://tracing; Perfetto gives each name one of its own.
const char* colour_of(Doing doing) {
    switch (doing) {
        case Doing::Code:
            return "thread_state_running";
        case Doing::Reads:
        case Doing::Writes:
        case Doing::Flush:
        case Doing::Atomics:
            return "thread_state_iowait";
        case Doing::CbFull:
        case Doing::CbEmpty:
            return "bad";
        case Doing::Word:
        case Doing::Local:
            return "terrible";
        default:
            return "thread_state_sleeping";
    }
}

bool is_engine(Unit unit) {
    return unit >= Unit::Unpacker;
}

/// Units of a core that feed each other tile by tile: so many arrows would hide all others.
bool within_engine(Doing doing) {
    return doing == Doing::Engine || doing == Doing::Operands || doing == Doing::SourceBanks;
}

class Writer final : public Watcher {
public:
    Writer(const record::Recording& recording, const Result& result, std::ostream& out, const PerfettoOptions& options)
        : recording_(recording), result_(result), options_(options), out_(out), names_(recording.events.size()) {
        out_.print("{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{}",
                   R"({"ph":"M","pid":1,"name":"process_name","args":{"name":"host"}},)"
                   "\n"
                   R"({"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"dispatch and device"}})");
    }

    void finish() {
        out_.print("\n],\n\"otherData\":{{\"program\":{},\"board\":{},\"aiclk_mhz\":{},\"left_out\":{}}}}}\n",
                   quoted(recording_.program), quoted(result_.board), result_.aiclk_mhz, quoted(left_.text()));
        out_.flush();
    }
    const LeftOut& left_out() const { return left_; }

    void launch_begins(const record::Launch& launch) override {
        launch_ = &launch;
        const LaunchTime& time = result_.launches[number_++];
        const std::string name = launch.name.empty() ? fmt::format("launch {}", launch.number) : launch.name;
        origin_ = time.begin;
        if (time.host > 0) {
            slice(1, 1, 0, time.host, "dispatch", "dispatch", ",\"cname\":\"grey\"");
        }
        origin_ += time.host;
        slice(1, 1, 0, time.device, name, "launch", "");
        state_.assign(launch.cores.size() * num_units, {});
        pids_.clear();
        for (uint32_t i = 0; i < launch.cores.size(); ++i) {
            const record::Core& core = launch.cores[i];
            pids_.push_back(options_.selection.has(core) ? process_of(core) : 0);
            if (pids_.back() == 0) {
                continue;
            }
            for (size_t unit = 0; unit < num_units; ++unit) {
                const auto& processor = core.processors[std::min<size_t>(unit, 2)];
                const Cycles end = time.cores[i].ends[unit];
                if (end > 0 && processor.kernel >= 0 && !is_engine(static_cast<Unit>(unit))) {
                    const std::string& file = recording_.kernels[static_cast<size_t>(processor.kernel)].file;
                    slice(pids_.back(), unit + 1, 0, end, file.substr(file.rfind('/') + 1), "kernel", "");
                }
            }
        }
    }

    void span(Place place, const Span& span) override {
        const uint32_t pid = pids_[place.core];
        if (!wanted(pid, span.begin, span.end)) {
            ++left_.spans;
            return;
        }
        const Event& event = recording_.events[span.event];
        const auto tid = static_cast<size_t>(place.unit) + 1;
        if (span.doing == Doing::Code) {
            slice(pid, tid, span.begin, span.end, name_of(span.event), is_engine(place.unit) ? "engine" : "code", "");
            return;
        }
        std::string more =
            fmt::format(",\"cname\":\"{}\",\"args\":{{\"in\":{}", colour_of(span.doing), quoted(name_of(span.event)));
        State& waiting = state_[place.core * num_units + static_cast<size_t>(place.unit)];
        Finished* last = finished_by(waiting, span.doing);
        const bool by_transfer = last != nullptr && last->end > span.begin && last->end <= span.end;
        if (by_transfer) {
            more += fmt::format(",\"ended by\":{}", quoted(name_of(last->event)));
        } else if (span.has_cause) {
            more += fmt::format(",\"ended by\":{}", quoted(text_of(span.cause)));
        }
        slice(pid, tid, span.begin, span.end, wait_name(span.doing, event), "wait", more + "}");
        if (by_transfer) {
            arrow(pid, tid, last->begin, pid, tid, span.end, "NoC");
        } else if (span.has_cause && !(span.cause == place) && pids_[span.cause.core] != 0 &&
                   !within_engine(span.doing)) {
            arrow(pids_[span.cause.core], static_cast<size_t>(span.cause.unit) + 1, span.cause_time, pid, tid, span.end,
                  "ends a wait");
        }
    }

    void transfer(const Transfer& transfer) override {
        State& state = state_[transfer.issuer.core * num_units + static_cast<size_t>(transfer.issuer.unit)];
        const Op op = recording_.events[transfer.event].op;
        state.last[op == Op::NocRead     ? 0
                   : op == Op::NocAtomic ? 2
                                         : 1] = {transfer.event, transfer.begin, transfer.end};
        const uint32_t pid = pids_[transfer.issuer.core];
        if (!wanted(pid, transfer.begin, transfer.end)) {
            ++left_.transfers;
            return;
        }
        const Transaction& what = transfer.what;
        static constexpr const char* kinds[] = {"reads", "writes", "multicasts"};
        const std::string common = fmt::format("\"cat\":\"noc\",\"id\":{},\"pid\":{},\"tid\":{},\"name\":\"NoC {} {}\"",
                                               ++transfers_, pid, static_cast<size_t>(transfer.issuer.unit) + 1,
                                               what.noc, op == Op::NocAtomic ? "atomics" : kinds[size_t(what.kind)]);
        std::string target = what.dram_bank >= 0 ? fmt::format("DRAM bank {}", what.dram_bank)
                                                 : fmt::format("({},{})", what.target.x, what.target.y);
        if (what.kind == Transaction::Kind::Multicast) {
            target += fmt::format(" to ({},{})", what.last.x, what.last.y);
        }
        event("\"ph\":\"b\",\"ts\":{},{},\"args\":{{\"bytes\":{},\"target\":{},\"issued by\":{},\"call\":{}}}",
              us(transfer.begin), common, what.bytes, quoted(target), quoted(unit_name(transfer.issuer.unit)),
              quoted(name_of(transfer.event)));
        event("\"ph\":\"e\",\"ts\":{},{}", us(transfer.end), common);
    }

    void cb_level(uint32_t core, uint8_t cb, Cycles time, uint32_t pages) override {
        if (!wanted(pids_[core], time, time)) {
            ++left_.levels;
            return;
        }
        event("\"ph\":\"C\",\"ts\":{},\"pid\":{},\"name\":\"c_{} pages\",\"args\":{{\"pages\":{}}}", us(time),
              pids_[core], cb, pages);
    }

    void mark(Place place, uint32_t number, Cycles time) override {
        const Event& one = recording_.events[number];
        if (!wanted(pids_[place.core], time, time)) {
            ++left_.zones;
            return;
        }
        const auto tid = static_cast<size_t>(place.unit) + 1;
        if (one.op == Op::ZoneBegin) {
            event("\"ph\":\"B\",\"ts\":{},\"pid\":{},\"tid\":{},\"cat\":\"zone\",\"name\":{}", us(time),
                  pids_[place.core], tid, quoted(recording_.names[one.name]));
        } else if (one.op == Op::ZoneEnd) {
            event("\"ph\":\"E\",\"ts\":{},\"pid\":{},\"tid\":{}", us(time), pids_[place.core], tid);
        } else {
            event("\"ph\":\"i\",\"s\":\"t\",\"ts\":{},\"pid\":{},\"tid\":{},\"name\":\"look at the clock\"", us(time),
                  pids_[place.core], tid);
        }
    }

private:
    /// The last transaction of a kind that was over.
    struct Finished {
        uint32_t event = 0;
        Cycles begin = 0, end = -1;
    };
    struct State {
        std::array<Finished, 3> last;  ///< reads, writes, atomics
    };

    static Finished* finished_by(State& state, Doing doing) {
        switch (doing) {
            case Doing::Reads:
                return &state.last[0];
            case Doing::Writes:
                return &state.last[1];
            case Doing::Atomics:
                return &state.last[2];
            default:
                return nullptr;
        }
    }

    /// Whole nanoseconds, so that neighbours still meet after rounding.
    int64_t ns(Cycles time) const { return std::llround((origin_ + time) * 1000 / result_.aiclk_mhz); }
    static std::string us_of(int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }
    std::string us(Cycles time) const { return us_of(ns(time)); }

    bool wanted(uint32_t pid, Cycles begin, Cycles end) {
        if (pid == 0 || (origin_ + end) / result_.aiclk_mhz < options_.selection.from_us ||
            (origin_ + begin) / result_.aiclk_mhz > options_.selection.to_us) {
            return false;
        }
        if (written_ < options_.most_events) {
            return true;
        }
        if (left_.full_us < 0) {
            left_.full_us = (origin_ + begin) / result_.aiclk_mhz;
        }
        return false;
    }

    template <class... Arguments>
    void event(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        out_.print(",\n{{");
        out_.print(format, std::forward<Arguments>(arguments)...);
        out_.print("}}");
        ++written_;
    }

    void slice(uint32_t pid, size_t tid, Cycles begin, Cycles end, const std::string& name, const char* category,
               const std::string& more) {
        const int64_t from = ns(begin), length = ns(end) - from;
        if (length <= 0) {
            return;
        }
        event("\"ph\":\"X\",\"ts\":{},\"dur\":{},\"pid\":{},\"tid\":{},\"cat\":\"{}\",\"name\":{}{}", us_of(from),
              us_of(length), pid, tid, category, quoted(name), more);
    }

    /// Arrows begin and end within slices.
    void arrow(uint32_t pid, size_t tid, Cycles from, uint32_t to_pid, size_t to_tid, Cycles to, const char* name) {
        const int64_t begin = ns(from) - 1, end = ns(to) - 1;
        if (begin < 0 || begin > end) {
            return;
        }
        ++arrows_;
        event("\"ph\":\"s\",\"ts\":{},\"pid\":{},\"tid\":{},\"cat\":\"flow\",\"name\":\"{}\",\"id\":{}", us_of(begin),
              pid, tid, name, arrows_);
        event("\"ph\":\"f\",\"bp\":\"e\",\"ts\":{},\"pid\":{},\"tid\":{},\"cat\":\"flow\",\"name\":\"{}\",\"id\":{}",
              us_of(end), to_pid, to_tid, name, arrows_);
    }

    uint32_t process_of(const record::Core& core) {
        const uint32_t pid = 2 + (uint32_t{core.device} << 16 | uint32_t{core.logical_y} << 8 | core.logical_x);
        if (known_.emplace(pid, true).second) {
            event(
                "\"ph\":\"M\",\"pid\":{},\"name\":\"process_name\",\"args\":{{\"name\":\"core ({},{}) of device {}\"}}",
                pid, core.logical_x, core.logical_y, core.device);
            event("\"ph\":\"M\",\"pid\":{},\"name\":\"process_sort_index\",\"args\":{{\"sort_index\":{}}}", pid, pid);
            for (size_t unit = 0; unit < num_units; ++unit) {
                event("\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"thread_name\",\"args\":{{\"name\":\"{}\"}}", pid,
                      unit + 1, unit_name(static_cast<Unit>(unit)));
                event(
                    "\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{}}}",
                    pid, unit + 1, unit);
            }
        }
        return pid;
    }

    const std::string& name_of(uint32_t number) {
        std::string& name = names_[number];
        if (name.empty()) {
            const Event& event = recording_.events[number];
            name = place_of(recording_, event.site) + " " + call_of(recording_, event);
        }
        return name;
    }

    static std::string wait_name(Doing doing, const Event& event) {
        if (doing == Doing::CbFull) {
            return fmt::format("waits for room in c_{}", event.cb);
        }
        if (doing == Doing::CbEmpty) {
            return fmt::format("waits for pages of c_{}", event.cb);
        }
        return std::string("waits for ") + doing_name(doing);
    }

    std::string text_of(Place place) const {
        const record::Core& core = launch_->cores[place.core];
        return fmt::format("{} of core ({},{})", unit_name(place.unit), core.logical_x, core.logical_y);
    }

    const record::Recording& recording_;
    const Result& result_;
    const PerfettoOptions& options_;
    TextOut out_;
    std::vector<std::string> names_;  ///< of events
    const record::Launch* launch_ = nullptr;
    size_t number_ = 0;  ///< of launches begun
    Cycles origin_ = 0;  ///< of the launch's times
    std::vector<uint32_t> pids_;
    std::unordered_map<uint32_t, bool> known_;
    std::vector<State> state_;
    uint64_t written_ = 0, transfers_ = 0, arrows_ = 0;
    LeftOut left_;
};

}  // namespace

std::optional<Selection> selection_of(std::string_view cores, std::string_view time) {
    Selection selection;
    // "3" or "0-7"
    const auto range = [](std::string_view text, auto& first, auto& last) {
        const auto number = [](std::string_view part, auto& to) {
            const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), to);
            return error == std::errc() && end == part.data() + part.size();
        };
        const size_t dash = text.find('-');
        return number(text.substr(0, dash), first) &&
               number(dash == std::string_view::npos ? text : text.substr(dash + 1), last) && first <= last;
    };
    if (!cores.empty()) {
        const size_t comma = cores.find(',');
        if (comma == std::string_view::npos || !range(cores.substr(0, comma), selection.first_x, selection.last_x) ||
            !range(cores.substr(comma + 1), selection.first_y, selection.last_y)) {
            return std::nullopt;
        }
    }
    if (!time.empty() && !range(time, selection.from_us, selection.to_us)) {
        return std::nullopt;
    }
    return selection;
}

std::string LeftOut::text() const {
    if (!any()) {
        return {};
    }
    std::string text;
    const auto add = [&](uint64_t count, const char* what) {
        if (count != 0) {
            text += fmt::format("{}{} {}", text.empty() ? "left out: " : ", ", count, what);
        }
    };
    add(spans, "spans");
    add(transfers, "NoC transactions");
    add(levels, "circular-buffer levels");
    add(zones, "marks of zones");
    if (full_us >= 0) {
        text += fmt::format("; the trace was full at {:.1f} us", full_us);
    }
    return text;
}

LeftOut write_perfetto(const record::Recording& recording, const WhatIf& what_if, std::ostream& out,
                       const PerfettoOptions& options) {
    // When each launch begins is not known before all have been replayed.
    const Result result = replay(recording, what_if);
    Writer writer(recording, result, out, options);
    replay(recording, what_if, &writer);
    writer.finish();
    return writer.left_out();
}

}  // namespace tessera::timing

#include <timing/critical_path.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace tessera::timing {

void SpanLog::launch_begins(const record::Launch& launch) {
    on_ = &launch == launch_;
    if (on_) {
        spans_.assign(launch.cores.size() * num_units, {});
    }
}

void SpanLog::span(Place place, const Span& span) {
    if (!on_) {
        return;
    }
    auto& spans = spans_[size_t{place.core} * num_units + static_cast<size_t>(place.unit)];
    if (!spans.empty()) {
        Span& last = spans.back();
        if (last.end == span.begin && last.event == span.event && last.doing == span.doing && !last.has_cause &&
            !span.has_cause) {
            last.end = span.end;
            return;
        }
    }
    spans.push_back(span);
}

Cycles CriticalPath::of(Unit unit, Doing doing) const {
    Cycles sum = 0;
    for (const PathPart& part : parts) {
        sum += part.unit == unit && part.doing == doing ? part.cycles : 0;
    }
    return sum;
}

Cycles CriticalPath::of(Doing doing) const {
    Cycles sum = 0;
    for (const PathPart& part : parts) {
        sum += part.doing == doing ? part.cycles : 0;
    }
    return sum;
}

namespace {

/// The processor that gives an engine its work.
Unit driver(Unit engine) {
    return static_cast<Unit>(static_cast<size_t>(Unit::Trisc0) + static_cast<size_t>(engine) -
                             static_cast<size_t>(Unit::Unpacker));
}

/// Goes back from the end, each step to what the unit was doing just before, or to who ended its wait.
class Walk {
public:
    Walk(const record::Recording& recording, const SpanLog& spans) : recording_(recording), spans_(spans) {}

    CriticalPath run() {
        CriticalPath path;
        for (uint32_t core = 0; core < spans_.cores(); ++core) {
            for (size_t unit = 0; unit < num_units; ++unit) {
                const Place place{core, static_cast<Unit>(unit)};
                const auto& spans = spans_.of(place);
                if (!spans.empty() && spans.back().end > path.length) {
                    path.length = spans.back().end;
                    path.end = place;
                }
            }
        }
        Place at = path.end;
        Cycles time = path.length;
        // A step that goes neither back in time nor to an earlier unit would be a loop: units at one time are few.
        uint32_t steps_at_a_time = 0;
        while (time > 0 && steps_at_a_time < 4 * num_units) {
            const Cycles before = time;
            step(at, time);
            steps_at_a_time = time < before ? 0 : steps_at_a_time + 1;
        }
        for (auto& [key, part] : parts_) {
            path.parts.push_back(part);
        }
        std::sort(path.parts.begin(), path.parts.end(), [](const PathPart& a, const PathPart& b) {
            return std::tuple(-a.cycles, a.site, a.unit, a.doing) < std::tuple(-b.cycles, b.site, b.unit, b.doing);
        });
        return path;
    }

private:
    void add(const Span& span, Unit unit, Cycles cycles, bool transit) {
        if (cycles <= 0) {
            return;
        }
        const uint32_t site = recording_.events[span.event].site;
        PathPart& part = parts_[{site, unit, span.doing, transit}];
        part.event = span.event;
        part.site = site;
        part.unit = unit;
        part.doing = span.doing;
        part.transit = transit;
        part.cycles += cycles;
        ++part.times;
    }

    void step(Place& at, Cycles& time) {
        const auto& spans = spans_.of(at);
        // The last span that begins before this time.
        auto span = std::partition_point(spans.begin(), spans.end(), [&](const Span& one) { return one.begin < time; });
        if (span == spans.begin()) {
            // It had nothing to do until then: an engine's work came from its processor.
            if (at.unit >= Unit::Unpacker) {
                at.unit = driver(at.unit);
            } else {
                time = 0;
            }
            return;
        }
        --span;
        if (span->end < time) {
            if (at.unit >= Unit::Unpacker) {
                at.unit = driver(at.unit);
            } else {
                time = span->end;
            }
            return;
        }
        if (!span->has_cause || span->cause_time > time) {
            add(*span, at.unit, time - span->begin, false);
            time = span->begin;
            return;
        }
        add(*span, at.unit, time - span->cause_time, true);
        at = span->cause;
        time = span->cause_time;
    }

    const record::Recording& recording_;
    const SpanLog& spans_;
    std::map<std::tuple<uint32_t, Unit, Doing, bool>, PathPart> parts_;
};

}  // namespace

CriticalPath critical_path(const record::Recording& recording, const SpanLog& spans) {
    return Walk(recording, spans).run();
}

}  // namespace tessera::timing

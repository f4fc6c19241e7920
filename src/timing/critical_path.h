// Why a launch took as long as it did: the chain of what had to happen, one thing after the other, until its last unit
// was done.
#pragma once

#include <string>
#include <vector>

#include <timing/replay.h>

namespace tessera::timing {

/// Keeps the spans of one launch, those of a unit in their order; neighbours alike are one.
class SpanLog final : public Watcher {
public:
    /// Of this launch (index into Recording::launches).
    explicit SpanLog(const record::Recording& recording, size_t launch) : launch_(&recording.launches[launch]) {}

    void launch_begins(const record::Launch& launch) override;
    void span(Place place, const Span& span) override;
    /// The spans of a unit.
    const std::vector<Span>& of(Place place) const {
        return spans_[size_t{place.core} * num_units + static_cast<size_t>(place.unit)];
    }
    /// Of the launch's cores.
    uint32_t cores() const { return static_cast<uint32_t>(spans_.size() / num_units); }

private:
    const record::Launch* launch_;
    bool on_ = false;
    std::vector<std::vector<Span>> spans_;
};

/// Cycles of the critical path that were spent in one way at one line of a kernel.
struct PathPart {
    uint32_t event = 0;  ///< one of those of the line, which tells what was called there
    uint32_t site = 0;   ///< index into Recording::sites
    Unit unit = Unit::Brisc;
    Doing doing = Doing::Code;
    bool transit = false;  ///< the time of a signal on its way
    Cycles cycles = 0;
    uint64_t times = 0;  ///< pieces of the path
};

struct CriticalPath {
    Cycles length = 0;
    Place end;                    ///< the unit that was done last
    std::vector<PathPart> parts;  ///< the longest first
    /// Sum over the parts of a unit, or of engines, that did or waited for this.
    Cycles of(Unit unit, Doing doing) const;
    Cycles of(Doing doing) const;
};

CriticalPath critical_path(const record::Recording& recording, const SpanLog& spans);

}  // namespace tessera::timing

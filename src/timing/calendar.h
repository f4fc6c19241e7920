// When a resource that serves one at a time is taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <timing/events.h>

namespace tessera::timing {

class Calendar {
public:
    /// Takes it for `length` cycles, from `earliest` on or as soon after as it is free for so long. Nobody asks any
    /// more for what lies before `now`. Returns when it begins.
    Cycles take(Cycles earliest, Cycles length, Cycles now) {
        busy_ += length;
        if (length <= 0) {
            return earliest;
        }
        // Most often it is taken after all that it was taken for.
        if (taken_.empty() || earliest >= taken_.back().end) {
            if (past_ < taken_.size() && earliest == taken_.back().end) {
                taken_.back().end += length;
            } else {
                if (past_ + few < taken_.size()) {
                    forget(now);
                }
                taken_.push_back({earliest, earliest + length});
            }
            return earliest;
        }
        forget(now);
        auto at = std::partition_point(taken_.begin() + static_cast<std::ptrdiff_t>(past_), taken_.end(),
                                       [&](const Span& span) { return span.end <= earliest; });
        Cycles start = earliest;
        for (; at != taken_.end() && at->begin < start + length; ++at) {
            start = at->end;
        }
        // Neighbours become one.
        const bool joins_last = at != taken_.begin() + static_cast<std::ptrdiff_t>(past_) && (at - 1)->end == start;
        const bool joins_next = at != taken_.end() && at->begin == start + length;
        if (joins_last && joins_next) {
            (at - 1)->end = at->end;
            taken_.erase(at);
        } else if (joins_last) {
            (at - 1)->end = start + length;
        } else if (joins_next) {
            at->begin = start;
        } else {
            taken_.insert(at, {start, start + length});
        }
        return start;
    }

    /// Cycles between these two, which are not before the last `now`, that it is taken for.
    Cycles taken(Cycles begin, Cycles end) const {
        Cycles sum = 0;
        for (size_t i = taken_.size(); i-- > past_ && taken_[i].end > begin;) {
            sum += std::max(0.0, std::min(end, taken_[i].end) - std::max(begin, taken_[i].begin));
        }
        return sum;
    }

    /// Cycles that it has been, or will be, busy.
    Cycles busy() const { return busy_; }

private:
    struct Span {
        Cycles begin, end;
    };
    static constexpr size_t few = 16;  ///< spans that are not worth clearing

    void forget(Cycles now) {
        while (past_ < taken_.size() && taken_[past_].end <= now) {
            ++past_;
        }
        if (past_ * 2 > taken_.size()) {
            taken_.erase(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(past_));
            past_ = 0;
        }
    }

    std::vector<Span> taken_;  ///< in order
    size_t past_ = 0;          ///< how many at its beginning are over
    Cycles busy_ = 0;
};

}  // namespace tessera::timing

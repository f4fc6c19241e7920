// The numbers of a replay's page: what a unit did, what a circular buffer held and how traffic was spread over a
// launch, each in as many bytes as it deserves.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <timing/replay.h>

namespace tessera::timing::report {

inline constexpr uint32_t most_bins = 1024;    ///< of a unit that is not told span by span
inline constexpr uint32_t fill_bins = 256;     ///< of circular buffers
inline constexpr uint32_t most_levels = 2000;  ///< of a circular buffer; one with more has bins
inline constexpr uint32_t share_steps = 100;   ///< shares of a bin are told in so many steps

class Bytes {
public:
    void number(uint64_t value) {
        for (; value >= 0x80; value >>= 7) {
            text_.push_back(static_cast<char>(value | 0x80));
        }
        text_.push_back(static_cast<char>(value));
    }
    void rounded(double value) { number(static_cast<uint64_t>(std::llround(std::max(value, 0.0)))); }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// Numbers things in the order in which they are first met.
template <class Key>
class Table {
public:
    uint32_t index(const Key& key) {
        const auto [at, added] = numbers_.emplace(key, static_cast<uint32_t>(keys_.size()));
        if (added) {
            keys_.push_back(key);
        }
        return at->second;
    }
    const std::vector<Key>& keys() const { return keys_; }

private:
    std::map<Key, uint32_t> numbers_;
    std::vector<Key> keys_;
};

/// Something that is spread over a launch's time.
class Histogram {
public:
    explicit Histogram(uint32_t bins) : bins_(bins) {}
    void add(Cycles begin, Cycles end, Cycles whole, double amount) {
        const auto bins = static_cast<int>(bins_.size());
        const double bin = std::max(whole, 1.0) / bins;
        const auto clamp = [&](double at) { return std::clamp(static_cast<int>(at), 0, bins - 1); };
        const int first = clamp(begin / bin), last = clamp(end / bin);
        if (first == last) {
            bins_[static_cast<size_t>(first)] += amount;
            return;
        }
        const double rate = amount / (end - begin);
        for (int i = first; i <= last; ++i) {
            const double from = i == first ? begin : i * bin, to = i == last ? end : (i + 1) * bin;
            bins_[static_cast<size_t>(i)] += rate * std::max(to - from, 0.0);
        }
    }
    /// 0, or 1 and the bins, the rounding of each made good by the next.
    void write(Bytes& out) const {
        const bool any = std::any_of(bins_.begin(), bins_.end(), [](double bin) { return bin > 0; });
        out.number(any ? 1 : 0);
        double rest = 0;
        for (size_t i = 0; any && i < bins_.size(); ++i) {
            const double exact = bins_[i] + rest, told = std::max(std::round(exact), 0.0);
            rest = exact - told;
            out.rounded(told);
        }
    }

private:
    std::vector<double> bins_;
};

/// A unit's spans, one by one or in bins.
class UnitTimeline {
public:
    void begin(bool whole, uint32_t bins, Cycles device) {
        whole_ = whole;
        num_bins_ = bins;
        bin_ = std::max(device, 1.0) / bins;
    }
    void add_whole(const Span& span, uint32_t what, uint32_t cause) {
        const auto from = static_cast<uint64_t>(std::llround(span.begin));
        const auto to = static_cast<uint64_t>(std::llround(span.end));
        columns_[0].number(from - std::min(from, end_));
        columns_[1].number(to - from);
        columns_[2].number(what);
        columns_[3].number(cause);
        if (cause != 0) {
            columns_[4].rounded(span.end - span.cause_time);
        }
        end_ = to;
        ++count_;
    }
    void add_to_bins(const Span& span, uint32_t what) {
        for (Cycles at = span.begin; at < span.end;) {
            const auto bin = std::min<uint32_t>(static_cast<uint32_t>(at / bin_), num_bins_ - 1);
            if (bin != current_) {
                close_bin();
                current_ = bin;
            }
            const Cycles to = bin == num_bins_ - 1 ? span.end : std::min(span.end, (bin + 1) * bin_);
            shares_[static_cast<size_t>(span.doing)] += std::max(to - at, 0.0);
            tops_[what] += to - at;
            at = std::max(to, std::nextafter(at, span.end));
        }
        ++count_;
    }
    bool whole() const { return whole_; }

    /// 0: nothing; 1: spans; 2: bins.
    void write(Bytes& out, std::string& text) {
        if (count_ == 0) {
            out.number(0);
            return;
        }
        if (whole_) {
            out.number(1);
            out.number(count_);
            text += out.text();
            out = {};
            for (const Bytes& column : columns_) {
                text += column.text();
            }
            return;
        }
        close_bin();
        out.number(2);
        text += out.text();
        out = {};
        for (; told_ < num_bins_; ++told_) {
            bins_.number(0);
        }
        text += bins_.text();
    }

private:
    /// A bin: how many things were done in it, each with its share; and what took the most of it.
    void close_bin() {
        if (current_ == UINT32_MAX) {
            return;
        }
        for (; told_ < current_; ++told_) {
            bins_.number(0);
        }
        uint32_t count = 0;
        std::array<uint32_t, num_doings> steps{};
        for (size_t i = 0; i < num_doings; ++i) {
            // What rounding takes from one bin, the next one gets.
            const double exact = shares_[i] / bin_ * share_steps + rest_[i];
            steps[i] = static_cast<uint32_t>(std::llround(std::max(exact, 0.0)));
            rest_[i] = exact - steps[i];
            count += steps[i] != 0 ? 1 : 0;
        }
        bins_.number(count);
        for (size_t i = 0; i < num_doings; ++i) {
            if (steps[i] != 0) {
                bins_.number(i);
                bins_.number(steps[i]);
            }
        }
        if (count != 0) {
            const auto top = std::max_element(tops_.begin(), tops_.end(),
                                              [](const auto& a, const auto& b) { return a.second < b.second; });
            bins_.number(top->first);
        }
        told_ = current_ + 1;
        shares_ = {};
        tops_.clear();
    }

    bool whole_ = true;
    uint32_t num_bins_ = most_bins;
    Cycles bin_ = 1;
    uint64_t count_ = 0, end_ = 0;
    std::array<Bytes, 5> columns_;
    Bytes bins_;
    uint32_t current_ = UINT32_MAX, told_ = 0;
    std::array<double, num_doings> shares_{}, rest_{};
    std::map<uint32_t, double> tops_;
};

/// The fill of a circular buffer: its levels, or the lowest and highest of each bin.
class FillTimeline {
public:
    void add(Cycles time, uint32_t level, Cycles device) {
        if (bins_.empty() && levels_.size() < most_levels) {
            levels_.emplace_back(time, level);
        } else {
            if (bins_.empty()) {
                bins_.resize(fill_bins, {UINT32_MAX, 0});
                for (const auto& [at, one] : levels_) {
                    put(at, one, device);
                }
            }
            put(time, level, device);
        }
    }
    /// 1, the number of levels and them; or 2 and the bins.
    void write(Bytes& out) const {
        if (bins_.empty()) {
            out.number(1);
            out.number(levels_.size());
            uint64_t last = 0;
            for (const auto& [time, level] : levels_) {
                const auto at = static_cast<uint64_t>(std::llround(time));
                out.number(at - last);
                out.number(level);
                last = at;
            }
            return;
        }
        out.number(2);
        uint32_t level = 0;
        for (const Bin& bin : bins_) {
            out.number(std::min(bin.lowest, level));
            out.number(std::max(bin.highest, level));
            level = bin.lowest == UINT32_MAX ? level : bin.last;
        }
    }

private:
    struct Bin {
        uint32_t lowest, highest, last = 0;
    };
    void put(Cycles time, uint32_t level, Cycles device) {
        const auto at = std::min<size_t>(static_cast<size_t>(time / std::max(device, 1.0) * fill_bins), fill_bins - 1);
        bins_[at].lowest = std::min(bins_[at].lowest, level);
        bins_[at].highest = std::max(bins_[at].highest, level);
        bins_[at].last = level;
    }
    std::vector<std::pair<Cycles, uint32_t>> levels_;
    std::vector<Bin> bins_;
};

}  // namespace tessera::timing::report

// Which candidates are run, in which order, and which need not be: decided from estimates, bounds and what was measured
// so far, so that the same candidates and measurements always give the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::tile::tune {

struct Entry {
    std::string name;        ///< of equal names only the first is a candidate
    double estimate = 0;     ///< cycles
    double bound = 0;        ///< cycles that no run takes less than
    std::string rejected;    ///< why it cannot be had
    bool reference = false;  ///< run first, whatever its estimate: what there is without tuning

    enum class State : uint8_t { Waiting, Measured, Failed, Rejected, Same, Slower, NotTried } state = State::Waiting;
    double cycles = 0;  ///< of a run
    std::string why;    ///< of what was not measured
};

class Ranking {
public:
    /// At most `tries` are run.
    Ranking(std::vector<Entry> entries, size_t tries);

    /// Entries to be run next, all at once if wanted: always the same ones for the same results so far. Empty: it is
    /// over.
    std::vector<size_t> next();
    void measured(size_t index, double cycles);
    void failed(size_t index, std::string why);

    const std::vector<Entry>& entries() const { return entries_; }
    /// The quickest; nothing if all failed.
    std::optional<size_t> best() const;
    size_t tried() const { return tried_; }
    /// How many will be run at most.
    size_t planned() const;
    /// Measured ones by time, then the others in their order.
    std::vector<size_t> order() const;

private:
    std::vector<Entry> entries_;
    std::vector<size_t> queue_;  ///< by estimate
    size_t at_ = 0, tries_, tried_ = 0;
};

}  // namespace tessera::tile::tune

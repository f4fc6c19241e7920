#include <tile/tune/ranking.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tessera::tile::tune {

namespace {

/// So many are run before what they showed is looked at again; the same for any number of runs at a time.
constexpr size_t round_size = 4;
constexpr size_t most_alike = 2;  ///< with one estimate

}  // namespace

Ranking::Ranking(std::vector<Entry> entries, size_t tries) : entries_(std::move(entries)), tries_(tries) {
    std::set<std::string> names;
    for (size_t i = 0; i < entries_.size(); ++i) {
        Entry& entry = entries_[i];
        if (!entry.rejected.empty()) {
            entry.state = Entry::State::Rejected;
            entry.why = entry.rejected;
        } else if (!names.insert(entry.name).second) {
            entry.state = Entry::State::Same;
            entry.why = "comes to the same as another";
        } else {
            queue_.push_back(i);
        }
    }
    std::sort(queue_.begin(), queue_.end(), [&](size_t a, size_t b) {
        return std::tuple(!entries_[a].reference, entries_[a].estimate, a) <
               std::tuple(!entries_[b].reference, entries_[b].estimate, b);
    });
    // Of those that the estimate cannot tell apart a few come first, the others after all that differ.
    std::map<double, size_t> alike;
    std::vector<size_t> first, later;
    for (const size_t index : queue_) {
        const bool many = !entries_[index].reference && ++alike[entries_[index].estimate] > most_alike;
        (many ? later : first).push_back(index);
    }
    queue_ = std::move(first);
    queue_.insert(queue_.end(), later.begin(), later.end());
}

std::vector<size_t> Ranking::next() {
    std::vector<size_t> round;
    const auto quickest = best();
    while (at_ < queue_.size() && round.size() < round_size) {
        Entry& entry = entries_[queue_[at_]];
        if (tried_ + round.size() >= tries_) {
            entry.state = Entry::State::NotTried;
            entry.why = "others are better by estimate";
        } else if (quickest && !entry.reference && entry.bound >= entries_[*quickest].cycles) {
            entry.state = Entry::State::Slower;
            entry.why = fmt::format("takes at least {:.0f} cycles", entry.bound);
        } else {
            round.push_back(queue_[at_]);
        }
        ++at_;
    }
    tried_ += round.size();
    return round;
}

void Ranking::measured(size_t index, double cycles) {
    entries_[index].state = Entry::State::Measured;
    entries_[index].cycles = cycles;
}

void Ranking::failed(size_t index, std::string why) {
    entries_[index].state = Entry::State::Failed;
    entries_[index].why = std::move(why);
}

std::optional<size_t> Ranking::best() const {
    std::optional<size_t> found;
    for (size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].state == Entry::State::Measured && (!found || entries_[i].cycles < entries_[*found].cycles)) {
            found = i;
        }
    }
    return found;
}

size_t Ranking::planned() const {
    return std::min(tries_, queue_.size());
}

std::vector<size_t> Ranking::order() const {
    std::vector<size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const auto key = [&](size_t i) {
            const Entry& entry = entries_[i];
            const bool measured = entry.state == Entry::State::Measured;
            return std::tuple(!measured, measured ? entry.cycles : 0.0, static_cast<int>(entry.state), entry.estimate,
                              i);
        };
        return key(a) < key(b);
    });
    return order;
}

}  // namespace tessera::tile::tune

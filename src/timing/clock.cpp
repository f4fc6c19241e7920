#include <timing/clock.h>

#include <array>
#include <cmath>

namespace tessera::timing {
namespace {

class Looks final : public Watcher {
public:
    Looks(const record::Recording& recording, const Result& result, std::ostream& out)
        : recording_(recording), result_(result), out_(out) {}

    void launch_begins(const record::Launch& launch) override {
        write();
        launch_ = &launch;
        looks_.assign(launch.cores.size(), {});
    }
    void mark(Place place, uint32_t event, Cycles time) override {
        if (recording_.events[event].op != record::Op::ClockRead || place.unit == Unit::Trisc0 ||
            place.unit == Unit::Trisc2) {
            return;
        }
        const size_t processor = place.unit == Unit::Trisc1 ? 2 : static_cast<size_t>(place.unit);
        looks_[place.core][processor].push_back(time);
    }

    void write() {
        if (launch_ == nullptr) {
            return;
        }
        const LaunchTime& time = result_.launches[number_];
        for (size_t i = 0; i < looks_.size(); ++i) {
            const record::Core& core = launch_->cores[i];
            for (size_t processor = 0; processor < looks_[i].size(); ++processor) {
                if (looks_[i][processor].empty()) {
                    continue;
                }
                out_ << number_ << ' ' << core.device << ' ' << +core.logical_x << ' ' << +core.logical_y << ' '
                     << processor;
                for (const Cycles look : looks_[i][processor]) {
                    out_ << ' ' << std::llround(time.begin + time.host + look);
                }
                out_ << '\n';
            }
        }
        launch_ = nullptr;
        ++number_;
    }

private:
    const record::Recording& recording_;
    const Result& result_;
    std::ostream& out_;
    const record::Launch* launch_ = nullptr;
    size_t number_ = 0;
    std::vector<std::array<std::vector<Cycles>, 3>> looks_;
};

}  // namespace

void write_clock(const record::Recording& recording, const WhatIf& what_if, std::ostream& out) {
    const Result result = replay(recording, what_if);
    Looks looks(recording, result, out);
    replay(recording, what_if, &looks);
    looks.write();
}

}  // namespace tessera::timing

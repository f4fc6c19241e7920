// What happens when: events in the order of their time, and of their making where times are equal.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tessera::timing {

/// Cycles of the AI clock since the beginning.
using Cycles = double;

class Events {
public:
    /// Calls (*act)(self, what) at a time that is not before now().
    using Act = void (*)(void* self, uint64_t what);
    void at(Cycles time, Act act, void* self, uint64_t what) {
        heap_.push_back({time, made_++, act, self, what});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    /// Until nothing is left.
    void run() {
        while (!heap_.empty()) {
            std::pop_heap(heap_.begin(), heap_.end(), later);
            const Event event = heap_.back();
            heap_.pop_back();
            now_ = event.time;
            event.act(event.self, event.what);
        }
    }

    Cycles now() const { return now_; }
    /// How many there have been.
    uint64_t count() const { return made_; }

private:
    struct Event {
        Cycles time;
        uint64_t number;
        Act act;
        void* self;
        uint64_t what;
    };
    static bool later(const Event& a, const Event& b) {
        return a.time != b.time ? a.time > b.time : a.number > b.number;
    }

    std::vector<Event> heap_;
    Cycles now_ = 0;
    uint64_t made_ = 0;
};

}  // namespace tessera::timing

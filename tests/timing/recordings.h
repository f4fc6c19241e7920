// Recordings made by hand.
#pragma once

#include <algorithm>
#include <initializer_list>

#include <record/recording.h>

namespace tessera::timing {

class Maker {
public:
    explicit Maker(const char* board = "n150") {
        recording.board = board;
        recording.program = "by hand";
        recording.launches.emplace_back();
    }

    uint32_t event(const record::Event& event) {
        const auto found = std::find(recording.events.begin(), recording.events.end(), event);
        if (found != recording.events.end()) {
            return static_cast<uint32_t>(found - recording.events.begin());
        }
        recording.events.push_back(event);
        return static_cast<uint32_t>(recording.events.size() - 1);
    }
    uint32_t compute(const record::Compute& compute) {
        recording.computes.push_back(compute);
        return static_cast<uint32_t>(recording.computes.size() - 1);
    }
    /// A core of the first device.
    record::Core& core(uint8_t x, uint8_t y, std::initializer_list<record::CircularBuffer> cbs = {}) {
        record::Core core;
        core.logical_x = x;
        core.logical_y = y;
        core.cbs = cbs;
        recording.launches.back().cores.push_back(core);
        return recording.launches.back().cores.back();
    }
    /// What a processor (0 to 2) of a core does; End is added.
    void kernel(record::Core& core, uint8_t processor, const std::vector<record::Event>& events, uint32_t times = 1) {
        record::Stream stream;
        if (times > 1) {
            stream.push_back({record::loop_mark, static_cast<uint32_t>(events.size()), times});
        }
        for (const record::Event& one : events) {
            stream.push_back({event(one)});
        }
        stream.push_back({event({.op = record::Op::End})});
        core.processors[processor].stream = static_cast<uint32_t>(recording.streams.size());
        core.processors[processor].kernel = static_cast<int32_t>(recording.kernels.size());
        recording.streams.push_back(stream);
        recording.kernels.push_back({.file = "kernel.cpp", .processor = processor});
    }

    record::Recording recording;
};

inline record::Event pages(record::Op op, uint8_t cb, uint32_t amount, uint32_t gap = 0) {
    return {.op = op, .cb = cb, .gap = gap, .amount = amount};
}

}  // namespace tessera::timing

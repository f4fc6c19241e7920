#include <timing/pipeline.h>

#include <algorithm>
#include <deque>
#include <limits>

namespace tessera::timing {
namespace {

// The first and the last ones don't count: then an unpacker has L1 for itself.
constexpr uint32_t repetitions = 12;
constexpr uint32_t first_counted = 4;
constexpr uint32_t after_counted = 10;
constexpr double tiny = 1e-6;
constexpr Cycles never = std::numeric_limits<Cycles>::infinity();

/// Goes from one instant at which something begins or ends to the next.
class Run {
public:
    Run(const Steps& steps, const arch::EngineTime& time, bool math_takes_time)
        : steps_(steps), time_(time), math_takes_time_(math_takes_time) {
        for (const UnpackStep& step : steps.unpack) {
            if (step.unpacker >= 0 && step.hands_over) {
                ++fillings_[static_cast<size_t>(step.unpacker)];
            }
        }
        for (size_t u = 0; u < 2; ++u) {
            full_[u].assign(repetitions * fillings_[u], never);
            free_[u].assign(repetitions * fillings_[u], never);
        }
    }

    Cycles period() {
        for (;;) {
            while (begin_something()) {
            }
            if (unpack_done() && math_done()) {
                break;
            }
            advance(next_instant());
        }
        return (ends_[after_counted - 1] - ends_[first_counted - 1]) / (after_counted - first_counted);
    }

private:
    struct Command {
        const UnpackStep* step;
        Cycles ready;
    };
    struct Unpacker {
        std::deque<Command> queue;  ///< the first is being done if `busy`
        bool busy = false;
        double left = 0;     ///< bytes
        Cycles read = 0;     ///< when the last of them was
        Cycles rate = 0;     ///< bytes a cycle at present
        size_t filling = 0;  ///< of its source register, from the beginning
    };

    bool unpack_done() const { return unpack_at_ == repetitions * steps_.unpack.size() && idle(0) && idle(1); }
    bool math_done() const { return math_at_ == repetitions * steps_.math.size() && math_free_ <= now_; }
    bool idle(size_t u) const { return unpackers_[u].queue.empty(); }

    bool begin_something() {
        const bool thread = push();
        bool reading = false;
        for (size_t u = 0; u < 2; ++u) {
            reading = end_reading(u) || reading;
            reading = begin_reading(u) || reading;
        }
        const bool math = begin_math();
        share();
        return thread || reading || math;
    }

    bool push() {
        if (unpack_at_ == repetitions * steps_.unpack.size() || thread_free_ > now_) {
            return false;
        }
        const UnpackStep& step = steps_.unpack[unpack_at_ % steps_.unpack.size()];
        if (!before_done_) {
            thread_free_ = now_ + step.thread;
            before_done_ = true;
            return true;
        }
        if (step.unpacker >= 0) {
            Unpacker& unpacker = unpackers_[static_cast<size_t>(step.unpacker)];
            if (static_cast<double>(unpacker.queue.size()) >= 1 + time_.unpack_queue) {
                return false;
            }
            thread_free_ = now_ + (step.nop ? 1 : time_.unpack_setup);
            unpacker.queue.push_back({&step, thread_free_});
        }
        before_done_ = false;
        ++unpack_at_;
        return true;
    }

    bool begin_reading(size_t u) {
        Unpacker& unpacker = unpackers_[u];
        if (unpacker.busy || unpacker.queue.empty() || unpacker.queue.front().ready > now_) {
            return false;
        }
        unpacker.busy = true;
        unpacker.left = unpacker.queue.front().step->bytes;
        return true;
    }

    Cycles bank_free(size_t u) const {
        const size_t filling = unpackers_[u].filling;
        return filling < 2 ? 0 : free_[u][filling - 2];
    }
    /// Without a bank to write to, an unpacker reads as much as can be on the way from L1.
    double still_to_read(size_t u) const {
        const Unpacker& unpacker = unpackers_[u];
        if (bank_free(u) <= now_) {
            return unpacker.left;
        }
        const double on_the_way = time_.unpack_latency * time_.unpack_speed[2];
        const double later = std::max(0.0, unpacker.queue.front().step->bytes - on_the_way);
        return std::max(0.0, unpacker.left - later);
    }

    /// The bank is full when the last byte has come, and when what has come before the bank was free is written.
    bool end_reading(size_t u) {
        Unpacker& unpacker = unpackers_[u];
        if (!unpacker.busy || unpacker.left > tiny || bank_free(u) > now_) {
            return false;
        }
        const UnpackStep& step = *unpacker.queue.front().step;
        if (step.hands_over) {
            const double on_the_way = time_.unpack_latency * time_.unpack_speed[2];
            const double early = step.bytes == 0 ? 0 : step.datums * std::min(1.0, on_the_way / step.bytes);
            const Cycles come = step.bytes == 0 ? now_ : unpacker.read + time_.unpack_latency;
            full_[u][unpacker.filling] = std::max(come, bank_free(u) + early / time_.unpack_datums);
            ++unpacker.filling;
        }
        unpacker.queue.pop_front();
        unpacker.busy = false;
        return true;
    }

    /// The speeds of the unpackers that are at work.
    void share() {
        const UnpackStep* steps[2] = {};
        for (size_t u = 0; u < 2; ++u) {
            const Unpacker& unpacker = unpackers_[u];
            steps[u] = unpacker.busy && still_to_read(u) > tiny ? unpacker.queue.front().step : nullptr;
        }
        for (size_t u = 0; u < 2; ++u) {
            if (steps[u] == nullptr) {
                continue;
            }
            const uint8_t speed = steps[0] != nullptr && steps[1] != nullptr
                                      ? time_.unpack_shared[steps[1]->speed][steps[0]->speed][u]
                                      : steps[u]->speed;
            const double downstream =
                steps[u]->datums == 0 ? never : time_.unpack_datums * steps[u]->bytes / steps[u]->datums;
            unpackers_[u].rate = std::min(time_.unpack_speed[speed], downstream);
        }
    }

    bool begin_math() {
        if (math_at_ == repetitions * steps_.math.size() || math_free_ > now_) {
            return false;
        }
        const size_t operation = math_at_ / steps_.math.size();
        const MathStep& step = steps_.math[math_at_ % steps_.math.size()];
        for (size_t u = 0; u < 2; ++u) {
            if (step.reads[u] >= 0 && full_[u][operation * fillings_[u] + static_cast<size_t>(step.reads[u])] > now_) {
                return false;
            }
        }
        math_free_ = now_ + (math_takes_time_ ? step.cycles : 0);
        for (size_t u = 0; u < 2; ++u) {
            if (step.frees[u] >= 0) {
                free_[u][operation * fillings_[u] + static_cast<size_t>(step.frees[u])] = math_free_;
            }
        }
        ++math_at_;
        if (math_at_ % steps_.math.size() == 0) {
            ends_[operation] = math_free_;
        }
        return true;
    }

    Cycles next_instant() const {
        Cycles next = never;
        const auto consider = [&](Cycles time) {
            if (time > now_) {
                next = std::min(next, time);
            }
        };
        consider(thread_free_);
        consider(math_free_);
        for (size_t u = 0; u < 2; ++u) {
            const Unpacker& unpacker = unpackers_[u];
            if (unpacker.busy) {
                if (still_to_read(u) > tiny) {
                    consider(now_ + still_to_read(u) / unpacker.rate);
                }
                consider(bank_free(u));
            } else if (!unpacker.queue.empty()) {
                consider(unpacker.queue.front().ready);
            }
            for (size_t filling = std::max<size_t>(unpacker.filling, 3) - 3; filling < unpacker.filling; ++filling) {
                consider(full_[u][filling]);
                consider(free_[u][filling]);
            }
        }
        return next;
    }

    void advance(Cycles to) {
        for (size_t u = 0; u < 2; ++u) {
            Unpacker& unpacker = unpackers_[u];
            if (unpacker.busy && still_to_read(u) > tiny) {
                unpacker.left -= unpacker.rate * (to - now_);
                unpacker.read = to;
            }
        }
        now_ = to;
    }

    const Steps& steps_;
    const arch::EngineTime& time_;
    bool math_takes_time_;
    Cycles now_ = 0;
    size_t unpack_at_ = 0, math_at_ = 0;
    bool before_done_ = false;
    Cycles thread_free_ = 0, math_free_ = 0;
    std::array<Unpacker, 2> unpackers_;
    std::array<size_t, 2> fillings_{};
    std::array<std::vector<Cycles>, 2> full_, free_;
    std::array<Cycles, repetitions> ends_{};
};

}  // namespace

Pipeline run_pipeline(const Steps& steps, const arch::EngineTime& time) {
    Pipeline result;
    std::array<uint32_t, 2> fillings{};
    for (const UnpackStep& step : steps.unpack) {
        if (step.unpacker >= 0 && step.hands_over) {
            ++fillings[static_cast<size_t>(step.unpacker)];
        }
    }
    result.fillings = std::max(fillings[0], fillings[1]);
    result.period = Run(steps, time, true).period();
    result.unpack = Run(steps, time, false).period();
    for (const MathStep& step : steps.math) {
        result.math += step.cycles;
    }
    return result;
}

}  // namespace tessera::timing

// A look at a run that takes long: do its processors still get anywhere?
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sim/core.h>

namespace tessera::sim {

/// For a short time the host threads take turns: one at a time runs each of its fibers that can run, once. What happens
/// then follows from the state of the machine alone, so if a state comes back, with the same bytes moved over the NoC
/// in between, it will come back for ever: that is a livelock. And if for a while only such processors run as are in a
/// loop without an exit, the run never ends.
///
/// It is given up, and the threads go on side by side, when a thread does not let others run in time (it computes,
/// which can't be judged), when nothing runs (the scheduler will tell why), or when its time is over.
class Examination {
public:
    /// passed: time since the run began; the look takes a small part of it.
    Examination(Run& run, std::chrono::nanoseconds passed);

    /// A thread of the run takes part until it is over. turn(shard, *this) runs what can run, once each, and tells of
    /// each by ran().
    template <class Turn>
    void take_part(Shard& shard, Turn&& turn) {
        std::unique_lock lock(run_.mutex);
        arrive(shard, lock);
        while (goes_on()) {
            if (order_[turn_] != &shard) {
                await_turn(shard, lock);
                continue;
            }
            lock.unlock();
            turn(shard, *this);
            lock.lock();
            if (goes_on()) {
                pass_on();
            }
        }
        leave(shard);
    }

    /// On the thread whose turn it is.
    void ran(const Risc& risc) {
        somebody_ran_ = true;
        others_ran_ |= !risc.never_ends;
    }

private:
    using Clock = std::chrono::steady_clock;

    // All of these with run_.mutex held.
    bool goes_on() const { return !over_ && !run_.stop && !run_.expired; }
    bool all_are_here() const;
    void arrive(Shard& shard, std::unique_lock<std::mutex>& lock);
    void leave(Shard& shard);
    void await_turn(Shard& shard, std::unique_lock<std::mutex>& lock);
    void pass_on();
    void begin_turn();
    void end_of_round();
    void give_up();
    bool comes_back();
    bool is_left_to_scheduler() const;
    uint64_t own_states() const;
    uint64_t memories() const;

    Run& run_;
    std::chrono::nanoseconds longest_turn_, longest_watch_;
    Clock::time_point end_, turn_end_;
    std::vector<Shard*> order_;
    size_t turn_ = 0;
    bool begun_ = false, over_ = false;
    bool somebody_ran_ = false, others_ran_ = false;  ///< in this round
    uint32_t rounds_without_others_ = 0;
    uint32_t round_ = 0;
    std::unordered_map<uint64_t, uint32_t>
        seen_;                      ///< digests of the processors' own states, and the rounds they were of
    uint32_t period_ = 0;           ///< rounds after which one of them came back
    std::vector<uint64_t> states_;  ///< of all that matters, since then
};

/// Lets the threads of a run examine it, if it is such that it can be judged. On the monitor's thread.
void examine(Run& run, std::chrono::nanoseconds passed);

/// What all bytes that the NoC has taken up since it was last asked amount to; counted only while it is switched on.
class MovesWatch : public Observer {
public:
    uint32_t events() const override { return Moves; }
    void noc_taken(Risc&, uint64_t number, const uint8_t* memory, uint32_t bytes) override;
    void switch_on(bool on) { on_ = on; }
    uint64_t take() { return std::exchange(digest_, 0); }

private:
    std::atomic<bool> on_{false};
    uint64_t digest_ = 0;  ///< of the thread whose turn it is
};

}  // namespace tessera::sim

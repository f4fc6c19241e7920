// One Tensix core in a replay: its five processors and three engines, its circular buffers, and the words that others
// signal to it.
//
// The processors go ahead of the common clock as long as nothing that they do depends on others: only what others see
// (a page that is pushed, a transaction that enters the NoC) happens at its time, as an event. A processor that waits
// looks again whenever something happens at its core.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include <record/recording.h>
#include <timing/engine.h>
#include <timing/replay.h>

namespace tessera::timing {

class CoreReplay;

/// Of a processor without a kernel.
inline const record::Stream no_stream;

/// What an event of the recording takes on this chip, and where it goes.
struct Prepared {
    std::array<Cycles, 5> call{};  ///< by processor (Unit::Brisc to Trisc2): cycles of its call besides waiting
    Transaction transaction;
    EngineWork work;
    uint8_t units = 0;  ///< bit i: concerns Unit i
    bool recorded_bank = false;
};

/// What all cores of a launch share.
struct Shared {
    const record::Recording& recording;
    const WhatIf& what_if;
    Watcher* watcher;
    std::vector<Prepared> prepared;  ///< by event
    uint32_t num_banks = 0, recorded_banks = 0;
    std::array<std::vector<arch::Coord>, 2> bank_routers;  ///< by NoC and bank
    Events events;
    std::vector<Noc*> nocs;                    ///< by device; null: it has no core in the launch
    std::vector<std::vector<CoreReplay*>> at;  ///< by device and router
    double l1_bytes_per_cycle = 0;
    uint64_t ops = 0;  ///< events of the recording, each as often as a processor met it
    uint64_t given_up = 0;
};

class CoreReplay final : public Noc::Listener {
public:
    CoreReplay(Shared& shared, uint32_t index, const record::Core& core, arch::Coord at);

    void start(Cycles time);
    bool done() const;
    /// Ends the wait of the processor that has waited longest, though nothing came. False: nobody waits.
    bool give_up();
    CoreTime take_time();

    void sent(uint64_t tag) override;
    void arrived(uint64_t tag, uint32_t router) override;
    void done(uint64_t tag) override;

private:
    struct Circular {
        uint32_t pages = 0;
        // Pages so far. Whoever pushes knows at once what it has pushed, others when they can see it; likewise pops.
        uint64_t pushed = 0, received = 0, popped = 0, acked = 0;
        Place pusher, popper;  ///< of the last change that others can see
    };
    /// Transactions that a processor has not waited for: by NoC, kind (reads, writes to leave, writes to be
    /// acknowledged, atomics) and transaction id (16: without one).
    enum Kind : uint8_t { Reads, Leaving, Writes, Atomics };
    struct Outstanding {
        uint32_t count[2][4][17] = {};
    };
    struct Thread {
        Unit unit = Unit::Brisc;
        bool runs = false;  ///< it has a kernel
        record::Cursor cursor{no_stream};
        Cycles time = 0;
        Cycles gap = 0;        ///< its own code since the last event that concerned it
        bool entered = false;  ///< the event's call has been paid for
        bool blocked = false;
        bool due = false;     ///< an event will go on with it
        bool forced = false;  ///< its wait is given up
        Doing waits = Doing::Code;
        Outstanding outstanding;
        std::unordered_map<uint32_t, uint64_t> heard;  ///< by word: arrivals that its waits have used up
        std::array<uint64_t, 3> local_heard{};         ///< by processor
        uint64_t spin_heard = 0;
        uint32_t bank_turn = 0, last_bank = 0;
        // What-if of several transactions a barrier: barriers that were put off, and the pages that wait for them.
        uint32_t barriers_put_off = 0;
        struct Pages {
            uint8_t cb;
            bool push;
            uint32_t amount;
        };
        std::vector<Pages> pages_put_off;
        uint32_t put_off(uint8_t cb) const {
            uint32_t pages = 0;
            for (const Pages& one : pages_put_off) {
                pages += one.cb == cb ? one.amount : 0;
            }
            return pages;
        }
    };
    /// What a unit has worked on: the last two ends are what others look at.
    struct Engine {
        Cycles free = 0, before_last = 0;
        void work(Cycles end) {
            before_last = free;
            free = end;
        }
    };
    struct Unpacked {
        Cycles first, last;
        uint32_t event;
    };
    struct Word {
        uint32_t address;
        uint64_t arrivals;
        Place last;  ///< who sent the last one
    };
    /// A transaction on its way. What the NoC knows of it is its index.
    struct Flight {
        Unit unit = Unit::Brisc;
        Kind kind = Reads;
        uint8_t noc = 0;
        uint32_t slot = 0;
        uint32_t word = 0;   ///< that it signals
        uint32_t event = 0;  ///< of the recording
        Cycles begin = 0;
        int32_t dram_bank = -1;
    };
    struct Happened {
        Place by;
        Cycles time;
    };

    void advance(Thread& thread);
    void go_on_at(Thread& thread, Cycles time);
    void wake();
    bool perform(Thread& thread, const record::Event& event, const Prepared& prepared);
    bool perform_transaction(Thread& thread, const record::Event& event, const Prepared& prepared);
    bool perform_barrier(Thread& thread, const record::Event& event, Kind kind, Doing doing);
    bool perform_word_wait(Thread& thread, const record::Event& event);
    Cycles with_l1(Cycles begin, Cycles length) const;
    bool unpack(Thread& thread, const EngineWork& work);
    bool math(Thread& thread, const EngineWork& work);
    void pack(Thread& thread, const EngineWork& work);
    bool block(Thread& thread, Doing doing);
    void over(Thread& thread, Doing doing, Cycles until, const Happened* cause);
    void span(Unit unit, Cycles begin, Cycles end, Doing doing, uint32_t event, const Happened* cause = nullptr);
    void spend_code(Thread& thread, Cycles cycles);
    void change_pages(Thread& thread, uint32_t cb, uint32_t pages, bool push);
    void cb_changes(Unit by, uint32_t cb, uint32_t pages, bool push);
    bool put_off(Thread& thread);
    void change_pages_put_off(Thread& thread);
    bool perform_end(Thread& thread);
    bool catch_up(Thread& thread, const record::Event& event);
    Happened finished(const Thread& thread, Unit engine) const;
    Word& word(uint32_t address);

    Shared& shared_;
    const uint32_t index_;
    const record::Core& core_;
    const arch::Coord at_;
    std::array<Thread, 5> threads_;
    std::array<Circular, 64> cbs_;
    std::vector<Word> words_;
    uint64_t arrivals_ = 0;
    Happened last_arrival_{};
    std::array<uint64_t, 3> local_stores_{};
    std::vector<Flight> flights_;
    std::vector<uint32_t> free_flights_;
    std::array<Engine, 3> engines_;              ///< unpackers, matrix and vector unit, packers
    std::deque<Unpacked> unpacked_;              ///< that the matrix unit has not taken
    uint64_t unpacks_ = 0, taken_ = 0;           ///< operations with operands: unpacked, and begun by the matrix unit
    uint32_t last_pieces_ = 0;                   ///< of the last operation that was unpacked
    Cycles last_piece_end_ = 0;                  ///< of the matrix unit's last operation: when it began its last piece
    Cycles math_end_ = 0, math_end_before_ = 0;  ///< of its last operations with operands
    std::deque<Happened> committed_;             ///< sections: when they were computed, from number first_commit_ on
    std::deque<Happened> released_;              ///< and packed
    uint64_t acquires_ = 0, dst_waits_ = 0, first_commit_ = 0, first_release_ = 0;
    uint32_t sections_ = 2;
    CoreTime spent_;
    bool waking_ = false, wake_again_ = false;
};

}  // namespace tessera::timing

// Waiting on words of L1, polling loops, and time.
#include <sim/core.h>

#include <algorithm>

namespace tessera::sim {

bool word_condition(uint32_t word, uint32_t value, uint32_t condition) {
    switch (condition) {
        case TSR_WAIT_EQUAL:
            return word == value;
        case TSR_WAIT_AT_LEAST:
            return word >= value;
        default:
            return word != value;
    }
}

namespace {

Risc& caller() {
    return *static_cast<Risc*>(tsr_ctx->risc);
}

constexpr int64_t yield_budget = 256;
constexpr int64_t first_spin_budget = 64;
constexpr int64_t largest_spin_budget = 1024;
/// Rounds (of yield_budget turns) that a loop may ask in vain before it counts as waiting.
constexpr uint32_t first_patience = 1024, largest_patience = 4096;
/// When nobody else can run and nothing changes, a loop gets this many chances to end, each longer than the last (see
/// below). A loop whose end may depend on what it carries from turn to turn may end by itself: it gets more turns than
/// it can count in 32 bits.
constexpr uint8_t chances_of_asking = 8, chances_of_a_spin = 16, chances_of_a_count = 36;

/// From here on deliveries to this core are noticed; the loop looks once more before it may wait.
void arm(Risc& risc) {
    if (!risc.poll_armed) {
        risc.poll_armed = true;
        risc.notified = true;
        risc.core->watchers.fetch_add(1, std::memory_order_seq_cst);
    }
}

/// Loads may be told from then on: that costs time, and is right.
void look_at_loop(Risc& risc) {
    static const auto all_told = [] {
        static tsr_stretch all[TSR_STRETCHES];
        std::fill(std::begin(all), std::end(all), tsr_stretch{TSR_NO_STRETCH, 0});
        return &all[0];
    }();
    risc.history.kept_stretches = risc.context.stretches;
    risc.context.stretches = all_told;
    risc.context.watched_loads = risc.context.l1_size;
}

void end_look_at_loop(Risc& risc) {
    if (risc.history.kept_stretches != nullptr) {
        risc.context.stretches = risc.history.kept_stretches;
        risc.history.kept_stretches = nullptr;
    }
}

/// The longest time, in turns, that a loop is let spin on at a time when nobody else can run, as a power of two of
/// first_spin_budget. A loop that counts in 32 bits has come to its end before its chances are over.
constexpr uint32_t longest_spin = 18, longest_count = 22;

constexpr uint64_t cycles_a_poll = 8;  ///< of a loop that reads the clock's registers

void show_clock(Risc& risc) {
    risc.clock += cycles_a_poll * yield_budget;
    risc.clock_registers[0] = static_cast<uint32_t>(risc.clock);
    risc.clock_registers[2] = static_cast<uint32_t>(risc.clock >> 32);
}

}  // namespace

void start_look_at_loop(Risc& risc) {
    if (risc.history.kept_stretches == nullptr) {
        risc.history.num_words = 0;
        look_at_loop(risc);
    }
}

uint32_t* clock_register(uint32_t word) {
    Risc& risc = caller();
    risc.reads_clock = true;
    risc.clock_registers[0] = static_cast<uint32_t>(tsr_wall_clock());
    risc.clock_registers[2] = static_cast<uint32_t>(risc.clock >> 32);
    return &risc.clock_registers[word];
}

}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_wait_word(volatile uint32_t* word, uint32_t value, uint32_t condition) {
    Risc& risc = caller();
    Core& core = *risc.core;
    const auto address = static_cast<uint32_t>(reinterpret_cast<volatile uint8_t*>(word) - core.l1);
    observe(risc, Observer::Words, [&](Observer& o) { o.word_wait(risc, address, value, condition); });
    risc.history.note(Step::Kind::WordWait, __builtin_return_address(0), address, value);
    while (!word_condition(__atomic_load_n(word, __ATOMIC_ACQUIRE), value, condition)) {
        core.watchers.fetch_add(1, std::memory_order_seq_cst);
        if (!word_condition(__atomic_load_n(word, __ATOMIC_SEQ_CST), value, condition)) {
            risc.wait.kind = WaitKind::Word;
            risc.wait.word = word;
            risc.wait.value = value;
            risc.wait.condition = condition;
            block(risc);
        }
        core.watchers.fetch_sub(1, std::memory_order_relaxed);
    }
    observe(risc, Observer::Passed, [&](Observer& o) { o.word_waited(risc, address, value, condition); });
}

void tsr_notify_local(volatile uint32_t* word) {
    Risc& risc = caller();
    risc.acted();
    risc.history.note(Step::Kind::LocalSignal, __builtin_return_address(0), 0, 0);
    observe(risc, Observer::Passed, [&](Observer& o) { o.local_signal(risc); });
    observe(risc, Observer::Messages, [&](Observer& o) {
        o.word_stored(risc, static_cast<uint32_t>(reinterpret_cast<volatile uint8_t*>(word) - risc.core->l1));
    });
    if (risc.core->watchers.load(std::memory_order_relaxed) != 0) {
        risc.core->shard.load(std::memory_order_relaxed)->schedule_recheck(*risc.core);
    }
    step_aside_now_and_then(risc);
}

void tsr_poll_slow(uint32_t pure) {
    Risc& risc = caller();
    if ((pure & TSR_POLL_NO_EXIT) != 0) {
        risc.never_ends = true;
        pure &= ~uint32_t{TSR_POLL_NO_EXIT};
    }
    if (pure == TSR_POLL_ENDLESS) {
        fail({.name = "endless-loop",
              .message = "the kernel is in a loop without an exit, and never ends",
              .notes = {"nothing in the loop waits, calls a function or reads what others may write"},
              .help = "give the loop a condition that ends it, or return"});
    }
    ++risc.poll_rounds;
    end_look_at_loop(risc);
    risc.asking_rounds = risc.asked ? risc.asking_rounds + 1 : 0;
    risc.asked = false;
    if (risc.reads_clock) {
        show_clock(risc);
    }
    // Time passes by itself, so a loop that looks at it is not left to wait for a delivery.
    if (pure == 0 || risc.reads_clock) {
        tsr_ctx->poll_budget = yield_budget;
        const uint32_t patience =
            risc.history.spied ? 1
                               : std::min(first_patience << std::min<uint32_t>(risc.last_chances, 8), largest_patience);
        if (risc.asking_rounds < patience || risc.reads_clock) {
            yield(risc);
            return;
        }
        // It asks in vain, and does nothing else: it goes on when its core changes, or when nobody else can run.
        arm(risc);
        risc.most_chances = chances_of_asking;
        risc.wait.kind = WaitKind::Poll;
        risc.wait.asks = true;
        block(risc);
        risc.wait.asks = false;
        if (risc.history.spied) {
            look_at_loop(risc);
        }
        risc.asking_rounds = 0;
        return;
    }
    risc.most_chances = pure == TSR_POLL_COUNTS ? chances_of_a_count : chances_of_a_spin;
    arm(risc);
    if (risc.notified) {
        risc.notified = false;
        tsr_ctx->poll_budget = first_spin_budget;
        return;
    }
    risc.wait.kind = WaitKind::Poll;
    block(risc);
    risc.notified = false;
    if (risc.history.spied) {
        look_at_loop(risc);
    }
    // After a last chance (see scheduler.cpp) the loop may be one that ends by itself: let it run on, longer each time.
    tsr_ctx->poll_budget = risc.last_chances == 0 || risc.history.spied
                               ? std::min(largest_spin_budget, first_spin_budget * risc.poll_rounds)
                               : first_spin_budget << std::min<uint32_t>(
                                     risc.last_chances + 4, pure == TSR_POLL_COUNTS ? longest_count : longest_spin);
}

void tsr_yield(void) {
    yield(caller());
}

uint64_t tsr_wall_clock(void) {
    constexpr uint64_t cycles_a_look = 16;
    Risc& risc = caller();
    // A loop that waits for time to pass ends by itself: it does not ask in vain.
    risc.asking_rounds = 0;
    risc.asks_clock = true;
    observe(risc, Observer::Zones, [&](Observer& o) { o.clock_read(risc); });
    if (!risc.looks.empty()) {
        risc.clock = risc.looks.front();
        risc.looks = risc.looks.subspan(1);
        return risc.clock;
    }
    return risc.clock += cycles_a_look;
}

void tsr_pause(void) {
    yield(caller());
}

}  // extern "C"

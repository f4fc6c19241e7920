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

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_wait_word(volatile uint32_t* word, uint32_t value, uint32_t condition) {
    Risc& risc = caller();
    Core& core = *risc.core;
    observe(risc, Observer::Words, [&](Observer& o) {
        o.word_wait(risc, static_cast<uint32_t>(reinterpret_cast<volatile uint8_t*>(word) - core.l1), value, condition);
    });
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
}

void tsr_notify_local(void) {
    Risc& risc = caller();
    risc.poll_rounds = 0;
    if (risc.core->watchers.load(std::memory_order_relaxed) != 0) {
        risc.core->shard.load(std::memory_order_relaxed)->schedule_recheck(*risc.core);
    }
}

void tsr_poll_slow(uint32_t pure) {
    Risc& risc = caller();
    void* site = __builtin_return_address(0);
    if (site != risc.poll_site) {
        risc.poll_site = site;
        risc.poll_rounds = 0;
        risc.last_chances = 0;
    }
    ++risc.poll_rounds;
    if (pure == 0) {
        tsr_ctx->poll_budget = yield_budget;
        yield(risc);
        return;
    }
    Core& core = *risc.core;
    if (!risc.poll_armed) {
        // From here on deliveries to this core are noticed; the loop looks once more before it may wait.
        risc.poll_armed = true;
        risc.notified = true;
        core.watchers.fetch_add(1, std::memory_order_seq_cst);
    }
    if (risc.notified) {
        risc.notified = false;
        tsr_ctx->poll_budget = first_spin_budget;
        return;
    }
    risc.wait.kind = WaitKind::Poll;
    block(risc);
    risc.notified = false;
    // After a last chance (see scheduler.cpp) the loop may be one that ends by itself: let it run on, longer each time.
    tsr_ctx->poll_budget = risc.last_chances == 0 ? std::min(largest_spin_budget, first_spin_budget * risc.poll_rounds)
                                                  : first_spin_budget << std::min<uint32_t>(risc.last_chances + 4, 18);
}

void tsr_yield(void) {
    yield(caller());
}

uint64_t tsr_wall_clock(void) {
    constexpr uint64_t cycles_a_look = 16;
    Risc& risc = caller();
    // A loop that waits for time to pass ends by itself, so it is not counted as a poll.
    return risc.clock += cycles_a_look;
}

void tsr_pause(void) {
    yield(caller());
}

}  // extern "C"

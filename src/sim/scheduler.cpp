// Runs fibers: a launch's cores are split into contiguous blocks, one a host thread; each thread switches between the
// processors of its cores and sleeps when none can run. A processor that waits is made ready by whoever changes what
// it waits for. When every thread sleeps and somebody still waits, that is a deadlock.
#include <base/reporter.h>
#include <sim/core.h>
#include <sim/engine.h>
#include <sim/examine.h>
#include <sim/fiber.h>
#include <sim/threads.h>
#include <tensix/arithmetic.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <boost/context/detail/fcontext.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

extern "C" {
__thread struct tsr_context* tsr_ctx __attribute__((tls_model("initial-exec"))) = nullptr;
}

namespace tessera::sim {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace {

constexpr int64_t first_poll_budget = 1024;
constexpr int idle_spins = 2000;
constexpr uint32_t held_back_turns = 1024;  // a power of two
/// Adversarial order: how often a processor steps aside where it might, one time in so many.
constexpr uint64_t step_aside_period = 4;
/// Polls in a row after which a processor is taken to change nothing that others of its core could see.
constexpr uint32_t max_poll_rounds = 4096;
/// How long a thread with waiting fibers leaves an unclaimed block of cores to a thread that is still waking up.
constexpr auto claim_patience = std::chrono::microseconds(200);

void cpu_relax() {
    __builtin_ia32_pause();
}

/// Keeps where the one who jumped here stands: a processor (data), or the scheduling loop (no data).
void arrive(Shard& shard, Risc& self, const transfer_t& from) {
    if (from.data != nullptr) {
        static_cast<Risc*>(from.data)->fiber = from.fctx;
        self.stack.entered(static_cast<Risc*>(from.data)->stack);
    } else {
        shard.scheduler = from.fctx;
        self.stack.entered(shard.stack);
    }
}

void run_kernel(Risc& risc) {
    try {
        observe(risc, Observer::Kernels, [&](Observer& o) { o.kernel_start(risc); });
        risc.code->entry();
        finish_engine(risc);
        settle_all(risc);
        observe(risc, Observer::Kernels, [&](Observer& o) { o.kernel_end(risc); });
    } catch (const Error& error) {
        // Thrown below the device's own checks. Where the kernel stood is not known any more.
        Diagnostic diagnostic = error.diagnostic();
        diagnostic.where = describe(risc);
        risc.core->shard.load()->run->fail(std::move(diagnostic));
    }
}

void fiber_main(transfer_t from) {
    Risc& risc = *current_risc();
    arrive(*risc.core->shard.load(std::memory_order_relaxed), risc, from);
    run_kernel(risc);
    risc.state = State::Done;
    leave_fiber(risc);
}

void recheck_core(Shard& shard, Core& core, const Risc* except, bool delivered);

/// After a processor has run: others of its core that watch memory may see a change.
void after_run(Shard& shard, const Risc& risc) {
    Core& core = *risc.core;
    if (core.watchers.load(std::memory_order_relaxed) != 0) {
        // A processor that only polled has changed nothing that the others could see.
        const bool only_polled =
            risc.state == State::Waiting && risc.wait.kind == WaitKind::Poll && risc.poll_rounds > max_poll_rounds;
        if (!only_polled) {
            recheck_core(shard, core, &risc, false);
        }
    }
}

Risc& take_ready(Shard& shard) {
    Risc& risc = *shard.ready[shard.ready_head];
    shard.ready_head = (shard.ready_head + 1) & (static_cast<uint32_t>(shard.ready.size()) - 1);
    --shard.ready_count;
    risc.state = State::Running;
    shard.current = &risc;
    tsr_ctx = &risc.context;
    return risc;
}

uint64_t next_random(uint64_t& state) {
    uint64_t x = state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/// Adversarial order: in most runs some processors are slow, all of a kind or any; they are passed over most of the
/// time.
bool is_slow(const Shard& shard, const Risc& risc) {
    constexpr uint32_t kinds = 3, any = kinds;
    return shard.slow < kinds ? static_cast<uint32_t>(risc.processor) == shard.slow
                              : shard.slow == any && (risc.noc_seed * 0xD1B54A32D192ED03u >> 63) != 0;
}

/// Any processor that can run may be the next to run.
Risc& take_any_ready(Shard& shard) {
    constexpr int most_draws = 4;
    const size_t mask = shard.ready.size() - 1;
    size_t which = 0;
    for (int i = 0; i < most_draws; ++i) {
        which = next_random(shard.random) % shard.ready_count;
        if (!is_slow(shard, *shard.ready[(shard.ready_head + which) & mask])) {
            break;
        }
    }
    std::swap(shard.ready[shard.ready_head], shard.ready[(shard.ready_head + which) & mask]);
    return take_ready(shard);
}

/// Suspends the running fiber; returns when it is picked again. Goes straight to the next ready fiber where the
/// scheduling loop has nothing else to do.
void switch_out(Risc& risc) {
    Shard& shard = *risc.core->shard.load(std::memory_order_relaxed);
    const Run& run = *shard.run;
    void* to = shard.scheduler;
    StackAnnotation* stack = &shard.stack;
    if (shard.ready_count != 0 && shard.direct) {
        after_run(shard, risc);
        if (shard.recheck.empty() && !shard.has_inbox.load(std::memory_order_relaxed) &&
            !run.stop.load(std::memory_order_relaxed) && !run.attention.load(std::memory_order_relaxed)) {
            Risc& next = take_ready(shard);
            if (&next == &risc) {
                return;
            }
            to = next.fiber;
            stack = &next.stack;
        }
    }
    risc.stack.leave_for(*stack);
    arrive(shard, risc, jump_fcontext(to, &risc));
}

/// Runs a fiber and those that it switches to; returns the one that came back.
Risc& run_fibers(Shard& shard, Risc& first) {
    shard.stack.leave_for(first.stack);
    const transfer_t back = jump_fcontext(first.fiber, nullptr);
    Risc& risc = *static_cast<Risc*>(back.data);
    shard.stack.entered(risc.stack);
    risc.fiber = back.fctx;
    tsr_ctx = nullptr;
    return risc;
}

/// Makes waiters of a core ready whose condition holds. others_ran: a different processor than `except` of this core
/// ran.
void recheck_core(Shard& shard, Core& core, const Risc* except, bool delivered) {
    for (Risc* risc : core.riscs) {
        if (risc == nullptr || risc == except) {
            continue;
        }
        if (delivered) {
            risc->notified = true;
        }
        if (risc->state != State::Waiting) {
            continue;
        }
        const Wait& wait = risc->wait;
        const bool go = (wait.kind == WaitKind::Poll) ||
                        (wait.kind == WaitKind::Word &&
                         word_condition(__atomic_load_n(wait.word, __ATOMIC_ACQUIRE), wait.value, wait.condition));
        if (go) {
            wait.kind == WaitKind::Poll ? shard.push_ready(*risc) : shard.push_woken(*risc);
        }
    }
}

void drain_inbox(Shard& shard) {
    std::vector<Core*> delivered;
    {
        const std::lock_guard lock(shard.inbox_mutex);
        delivered.swap(shard.inbox);
        shard.has_inbox.store(false, std::memory_order_relaxed);
    }
    for (Core* core : delivered) {
        // Cleared before the words are read: a later delivery posts the core again.
        core->in_inbox.exchange(false, std::memory_order_seq_cst);
        recheck_core(shard, *core, nullptr, true);
    }
}

void post(Shard& shard, Core& core) {
    if (core.in_inbox.exchange(true, std::memory_order_seq_cst)) {
        return;
    }
    {
        const std::lock_guard lock(shard.inbox_mutex);
        shard.inbox.push_back(&core);
        shard.has_inbox.store(true, std::memory_order_seq_cst);
    }
    if (shard.idle.load(std::memory_order_seq_cst)) {
        const std::lock_guard lock(shard.run->mutex);
        shard.run->changed.notify_all();
    }
}

void start_block(Shard& shard, uint32_t block) {
    Run& run = *shard.run;
    const size_t total = run.launches.size();
    const size_t first = total * block / run.num_blocks;
    const size_t last = total * (block + 1) / run.num_blocks;
    const size_t needed = std::bit_ceil(3 * (shard.cores.size() + last - first) + 1);
    if (shard.ready.size() < needed) {
        shard.ready.assign(needed, nullptr);
        shard.ready_head = 0;
    }
    for (size_t i = first; i < last; ++i) {
        run.machine->start_core(shard, *run.launches[i].first, *run.launches[i].second);
    }
}

/// Takes the next block of cores, if one is left. Only a shard without ready fibers may take one.
bool claim_block(Shard& shard, std::unique_lock<std::mutex>& lock) {
    Run& run = *shard.run;
    if (run.stop || run.next_block >= run.num_blocks) {
        return false;
    }
    const uint32_t block = run.next_block++;
    lock.unlock();
    start_block(shard, block);
    lock.lock();
    return true;
}

bool polls(const Risc* risc) {
    return risc != nullptr && risc->state == State::Waiting && risc->wait.kind == WaitKind::Poll;
}

/// True if the core's memory is not what it was at the last call: a kernel's own stores are seen by nobody else.
bool has_changed(Core& core) {
    const uint64_t counters = XXH3_64bits(core.received, sizeof(core.received) + sizeof(core.acked));
    const uint64_t digest = XXH3_64bits_withSeed(core.l1, core.device->chip->l1_bytes, counters);
    return std::exchange(core.digest, digest) != digest;
}

/// All threads sleep, nothing is on its way. Pollers get a last chance to spin on; then it is a deadlock.
/// Called with run.mutex held. Returns true if somebody may run again.
bool quiescent(Run& run) {
    bool again = false;
    for (Shard* shard : run.active_shards) {
        for (Core* core : shard->cores) {
            if (std::none_of(std::begin(core->riscs), std::end(core->riscs), polls)) {
                continue;
            }
            const bool changed = has_changed(*core);
            bool wake = false;
            for (Risc* risc : core->riscs) {
                if (!polls(risc)) {
                    continue;
                }
                if (changed) {
                    risc->acted();
                    risc->history.spied = false;
                    wake = true;
                } else if (risc->last_chances < risc->most_chances) {
                    ++risc->last_chances;
                    risc->history.spied = false;
                    wake = true;
                } else if (!risc->history.spied) {
                    // Once more, to see which words its loop reads.
                    risc->history.spied = true;
                    risc->history.num_words = 0;
                    wake = true;
                }
            }
            if (wake) {
                again = true;
                if (!core->in_inbox.exchange(true)) {
                    const std::lock_guard lock(shard->inbox_mutex);
                    shard->inbox.push_back(core);
                    shard->has_inbox.store(true);
                }
            }
        }
    }
    if (again) {
        run.changed.notify_all();
    }
    return again;
}

/// Waits for a delivery. False when the run has been stopped.
bool wait_for_work(Shard& shard) {
    Run& run = *shard.run;
    if (run.several_threads) {
        for (int spin = 0; spin < idle_spins; ++spin) {
            if (shard.has_inbox.load(std::memory_order_relaxed)) {
                return true;
            }
            if (run.stop.load(std::memory_order_relaxed)) {
                return false;
            }
            cpu_relax();
        }
    }
    std::unique_lock lock(run.mutex);
    if (run.next_block < run.num_blocks) {
        shard.idle = true;
        run.changed.wait_for(lock, claim_patience, [&] { return shard.has_inbox || run.stop; });
        shard.idle = false;
        if (shard.has_inbox || run.stop || claim_block(shard, lock)) {
            return !run.stop;
        }
    }
    shard.idle = true;
    shard.sleeps = true;
    ++run.idle;
    for (;;) {
        if (shard.has_inbox || run.stop || run.expired) {
            break;
        }
        if (run.next_block >= run.num_blocks && run.idle + run.finished == run.shards &&
            std::none_of(run.active_shards.begin(), run.active_shards.end(),
                         [](Shard* other) { return other->running && other->has_inbox; }) &&
            !quiescent(run)) {
            Diagnostic report = deadlock_report(run);
            lock.unlock();
            run.fail(std::move(report));
            lock.lock();
            break;
        }
        if (!shard.has_inbox) {
            run.changed.wait(lock);
        }
    }
    --run.idle;
    shard.sleeps = false;
    shard.idle = false;
    return !run.stop;
}

}  // namespace

void Run::fail(Diagnostic diagnostic) {
    const std::lock_guard lock(mutex);
    fail_locked(std::move(diagnostic));
}

void Run::fail_locked(Diagnostic diagnostic) {
    if (!has_error) {
        has_error = true;
        error = std::move(diagnostic);
    }
    stop = true;
    changed.notify_all();
}

void block(Risc& risc) {
    settle_before_wait(risc);
    risc.wait.frame = __builtin_frame_address(0);
    risc.state = State::Waiting;
    if (risc.wait.kind != WaitKind::Poll) {
        risc.poll_rounds = 0;
        risc.last_chances = 0;
    }
    switch_out(risc);
    risc.wait.kind = WaitKind::None;
}

void yield(Risc& risc) {
    carry_out_all(risc);
    risc.wait.frame = __builtin_frame_address(0);
    risc.core->shard.load(std::memory_order_relaxed)->push_ready(risc);
    switch_out(risc);
}

void step_aside(Risc& risc, bool always) {
    Shard& shard = *risc.core->shard.load(std::memory_order_relaxed);
    const uint64_t period = is_slow(shard, risc) ? 2 : step_aside_period;
    const bool alone = shard.ready_count == 0 && shard.recheck.empty() && !shard.has_inbox;
    if (alone || (!always && next_random(shard.random) % period != 0)) {
        return;
    }
    settle_before_wait(risc);
    risc.wait.frame = __builtin_frame_address(0);
    shard.push_ready(risc);
    switch_out(risc);
}

void leave_fiber(Risc& risc) {
    Shard& shard = *risc.core->shard.load(std::memory_order_relaxed);
    risc.stack.leave_for(shard.stack, true);
    jump_fcontext(shard.scheduler, &risc);
    __builtin_unreachable();
}

void notify(Shard& shard, Core& target) {
    Shard* owner = target.shard.load(std::memory_order_relaxed);
    if (owner == &shard) {
        if (target.watchers.load(std::memory_order_relaxed) != 0) {
            shard.schedule_recheck(target);
        }
        return;
    }
    if (!shard.run->several_threads) {
        return;
    }
    // Pairs with the fence of a waiter: either it sees the bytes, or its flag is seen here.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (target.watchers.load(std::memory_order_relaxed) != 0) {
        owner = target.shard.load(std::memory_order_acquire);
        if (owner != nullptr) {
            post(*owner, target);
        }
    }
}

void wake_cb_waiters(Core& core, uint32_t cb) {
    for (Risc* risc : core.riscs) {
        if (risc != nullptr && risc->state == State::Waiting &&
            (risc->wait.kind == WaitKind::CbFront || risc->wait.kind == WaitKind::CbReserve) && risc->wait.cb == cb &&
            cb_condition(core, *risc)) {
            core.shard.load(std::memory_order_relaxed)->push_woken(*risc);
        }
    }
}

namespace {

void take_messages(Shard& shard) {
    while (!shard.recheck.empty()) {
        Core* core = shard.recheck.back();
        shard.recheck.pop_back();
        core->in_recheck = false;
        recheck_core(shard, *core, nullptr, true);
    }
    if (shard.has_inbox.load(std::memory_order_relaxed)) {
        drain_inbox(shard);
    }
}

const Risc& run_next(Shard& shard, bool adversarial) {
    Risc& risc = run_fibers(shard, adversarial ? take_any_ready(shard) : take_ready(shard));
    shard.current = nullptr;
    if (risc.state == State::Done) {
        --shard.active;
    }
    after_run(shard, risc);
    return risc;
}

/// A turn of an examination.
void take_turn(Shard& shard, Examination& examination) {
    const Run& run = *shard.run;
    take_messages(shard);
    for (uint32_t left = shard.ready_count; left > 0 && shard.ready_count != 0 && !run.stop && !run.expired; --left) {
        examination.ran(run_next(shard, false));
        take_messages(shard);
    }
}

/// Waits until every thread has come to a halt, as far as they do; the first of them tells where all stand.
void end_expired_run(Shard& shard) {
    constexpr auto between_looks = std::chrono::milliseconds(1);
    constexpr auto patience = std::chrono::milliseconds(500);
    Run& run = *shard.run;
    std::unique_lock lock(run.mutex);
    shard.parked_at = &run;
    const auto end = std::chrono::steady_clock::now() + patience;
    const auto stands = [&](const Shard* other) { return !other->running || other->parked_at == &run; };
    while (!run.stop && !std::all_of(run.active_shards.begin(), run.active_shards.end(), stands) &&
           std::chrono::steady_clock::now() < end) {
        run.changed.wait_for(lock, between_looks);
    }
    if (!run.stop) {
        run.fail_locked(no_progress_report(run));
    }
}

}  // namespace

void run_shard(Shard& shard) {
    Run& run = *shard.run;
    prepare_thread_for_faults();
    {
        std::unique_lock lock(run.mutex);
        if (run.stop || run.next_block >= run.num_blocks) {
            return;
        }
        ++run.shards;
        run.active_shards.push_back(&shard);
        shard.thread = pthread_self();
        shard.running = true;
        set_thread_shard(&shard);
        shard.stack.run_here();
        claim_block(shard, lock);
    }
    const bool adversarial = run.machine->options.adversarial_noc;
    uint32_t turns = 0;
    while (!run.stop.load(std::memory_order_relaxed)) {
        if (run.expired.load(std::memory_order_relaxed)) {
            end_expired_run(shard);
            break;
        }
        if (run.examining.load(std::memory_order_relaxed)) {
            std::unique_lock lock(run.mutex);
            const std::shared_ptr<Examination> examination = run.examination;
            lock.unlock();
            examination->take_part(shard, take_turn);
        }
        take_messages(shard);
        if (shard.ready_count == 0) {
            if (adversarial && deliver_held_back(shard)) {
                continue;
            }
            if (shard.active == 0) {
                std::unique_lock lock(run.mutex);
                if (!claim_block(shard, lock)) {
                    break;
                }
            } else if (!wait_for_work(shard)) {
                break;
            }
            continue;
        }
        if (adversarial && (++turns & (held_back_turns - 1)) == 0) {
            // Somebody may poll for what a waiting processor holds back.
            deliver_held_back(shard);
        }
        run_next(shard, adversarial);
    }
    tensix::release_registers();
    const std::lock_guard lock(run.mutex);
    shard.running = false;
    set_thread_shard(nullptr);
    ++run.finished;
    run.changed.notify_all();
}

void Machine::Impl::start_core(Shard& shard, const ProgramLaunch& program, const CoreLaunch& launch) {
    Core& core = devices[program.device]->core(launch.logical);
    core.shard.store(&shard, std::memory_order_release);
    shard.cores.push_back(&core);
    for (const ProcessorLaunch& processor : launch.processors) {
        Risc& risc = *core.riscs[static_cast<size_t>(processor.processor)];
        risc.context.poll_budget = first_poll_budget;
        risc.stack.begin(risc.local_block + stack_offset, local_block_bytes - stack_offset);
        risc.fiber = make_fcontext(risc.local_block + local_block_bytes, local_block_bytes - stack_offset, fiber_main);
        ++shard.active;
        shard.push_ready(risc);
    }
}

void run_programs(Machine::Impl& machine, std::span<const ProgramLaunch* const> programs) {
    Run& run = machine.run;
    run.machine = &machine;
    run.programs = programs;
    run.launches.clear();
    for (const ProgramLaunch* program : programs) {
        for (const CoreLaunch& core : program->cores) {
            run.launches.emplace_back(program, &core);
        }
    }
    if (run.launches.empty()) {
        return;
    }
    const unsigned threads = std::max(1u, machine.options.threads);
    run.num_blocks = static_cast<uint32_t>(std::min<size_t>(threads, run.launches.size()));
    run.next_block = run.shards = run.idle = run.finished = 0;
    run.active_shards.clear();
    run.stop = run.expired = run.examining = run.attention = false;
    run.examination = nullptr;
    if (machine.moves_watch != nullptr) {
        for (Listeners* listeners : {&machine.listeners, &machine.compute_listeners}) {
            for (std::vector<Observer*>& group : *listeners) {
                std::erase(group, machine.moves_watch.get());
            }
        }
        machine.moves_watch = nullptr;
    }
    run.has_error = false;
    run.error = {};
    run.several_threads = run.num_blocks > 1;
    while (machine.shards.size() < run.num_blocks) {
        machine.shards.push_back(std::make_unique<Shard>());
    }
    for (auto& shard : machine.shards) {
        shard->run = &run;
        shard->cores.clear();
        shard->recheck.clear();
        shard->inbox.clear();
        shard->has_inbox = false;
        shard->idle = shard->sleeps = false;
        shard->parked_at = nullptr;
        shard->interrupted.clear();
        shard->direct = !machine.options.adversarial_noc;
        shard->active = shard->ready_head = shard->ready_count = shard->woken = 0;
        shard->random = machine.options.noc_seed + 0x632BE59BD9B4E019u * machine.runs;
        shard->slow = static_cast<uint32_t>(next_random(shard->random) % 6);
    }
    Watchdog watchdog(run, machine.options.watchdog_seconds);
    if (run.several_threads) {
        if (machine.threads == nullptr) {
            machine.threads = std::make_unique<ThreadPool>(threads - 1);
        }
        machine.threads->start(run, machine.shards);
    }
    tsr_context* outer = tsr_ctx;
    run_shard(*machine.shards[0]);
    tsr_ctx = outer;
    if (run.several_threads) {
        machine.threads->finish();
    }
    if (run.has_error) {
        // Fibers that still wait are given up: nobody may wake them.
        for (const auto& [program, launch] : run.launches) {
            Core& core = machine.devices[program->device]->core(launch->logical);
            core.shard.store(nullptr);
            core.watchers.store(0);
            for (Risc* risc : core.riscs) {
                risc->state = State::Idle;
            }
        }
        Reporter::instance().record(run.error);
        throw Error(run.error);
    }
}

}  // namespace tessera::sim

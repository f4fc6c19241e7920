#include <sim/engine.h>
#include <sim/examine.h>
#include <sim/fiber.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace tessera::sim {
namespace {

using namespace std::chrono_literals;

/// Rounds for which a state must come back, and in which only endless loops must run, before it is believed.
constexpr uint32_t enough_rounds = 8;

uint64_t mix(uint64_t digest, uint64_t value) {
    return XXH3_64bits_withSeed(&value, sizeof value, digest);
}

uint64_t mix(uint64_t digest, const void* bytes, size_t count) {
    return XXH3_64bits_withSeed(bytes, count, digest);
}

bool takes_part(const Risc* risc) {
    return risc != nullptr && risc->state != State::Idle;
}

/// It runs, or looks again as soon as something happens.
bool looks_at_memory(const Risc* risc) {
    return takes_part(risc) &&
           (risc->state == State::Ready || (risc->state == State::Waiting && risc->wait.kind == WaitKind::Poll));
}

template <class Call>
void each_core(const Run& run, Call&& call) {
    for (const auto& [program, launch] : run.launches) {
        call(run.machine->devices[program->device]->core(launch->logical));
    }
}

MovesWatch& watch_moves(Machine::Impl& machine) {
    if (machine.moves_watch == nullptr) {
        machine.moves_watch = std::make_unique<MovesWatch>();
        const auto group = static_cast<size_t>(std::countr_zero(static_cast<uint32_t>(Observer::Moves)));
        // Nobody runs now. It stays: others may be telling their observers when it is over.
        machine.listeners[group].push_back(machine.moves_watch.get());
        machine.compute_listeners[group].push_back(machine.moves_watch.get());
    }
    return static_cast<MovesWatch&>(*machine.moves_watch);
}

}  // namespace

void MovesWatch::noc_taken(Risc&, uint64_t, const uint8_t* memory, uint32_t bytes) {
    if (on_.load(std::memory_order_relaxed)) {
        digest_ = mix(digest_, memory, bytes);
    }
}

Examination::Examination(Run& run, std::chrono::nanoseconds passed)
    : run_(run),
      longest_turn_(std::max<std::chrono::nanoseconds>(50ms, passed / 20)),
      longest_watch_(std::max<std::chrono::nanoseconds>(500ms, passed / 5)),
      end_(Clock::now() + std::max<std::chrono::nanoseconds>(50ms, passed / 40)) {
    turn_end_ = Clock::now() + longest_turn_;
}

bool Examination::all_are_here() const {
    return run_.next_block >= run_.num_blocks &&
           std::all_of(run_.active_shards.begin(), run_.active_shards.end(), [this](const Shard* shard) {
               return !shard->running || shard->parked_at == this || shard->sleeps;
           });
}

void Examination::arrive(Shard& shard, std::unique_lock<std::mutex>& lock) {
    constexpr auto between_looks = 1ms;
    shard.parked_at = this;
    while (goes_on() && !begun_) {
        if (all_are_here()) {
            begun_ = true;
            order_ = run_.active_shards;
            turn_ = static_cast<size_t>(std::find(order_.begin(), order_.end(), &shard) - order_.begin());
            begin_turn();
        } else if (Clock::now() >= turn_end_) {
            give_up();
        } else {
            run_.changed.wait_for(lock, between_looks);
        }
    }
}

void Examination::leave(Shard& shard) {
    shard.parked_at = nullptr;
    if (!over_) {
        give_up();
    }
}

void Examination::await_turn(Shard& shard, std::unique_lock<std::mutex>& lock) {
    if (!run_.changed.wait_until(lock, turn_end_, [&] { return !goes_on() || order_[turn_] == &shard; }) &&
        Clock::now() >= turn_end_) {
        give_up();
    }
}

void Examination::begin_turn() {
    turn_end_ = Clock::now() + longest_turn_;
    run_.changed.notify_all();
}

void Examination::pass_on() {
    for (;;) {
        if (++turn_ >= order_.size()) {
            turn_ = 0;
            end_of_round();
            if (!goes_on()) {
                return;
            }
        }
        const Shard& next = *order_[turn_];
        if (next.parked_at == this || (next.running && next.has_inbox)) {
            break;
        }
    }
    begin_turn();
}

void Examination::end_of_round() {
    const bool somebody = std::exchange(somebody_ran_, false);
    const bool others = std::exchange(others_ran_, false);
    rounds_without_others_ = others ? 0 : rounds_without_others_ + 1;
    if (!somebody) {
        return give_up();
    }
    const bool endless = rounds_without_others_ >= enough_rounds;
    if (endless || comes_back()) {
        run_.fail_locked(endless ? endless_report(run_) : livelock_report(run_));
        give_up();
    } else if (Clock::now() >= end_) {
        give_up();
    }
}

void Examination::give_up() {
    over_ = true;
    if (run_.machine->moves_watch != nullptr) {
        static_cast<MovesWatch&>(*run_.machine->moves_watch).switch_on(false);
    }
    run_.examining = false;
    run_.attention = run_.expired.load();
    run_.changed.notify_all();
}

/// Processors' own states first, which cost little to look at: only when one of them comes back, the memories as well.
bool Examination::comes_back() {
    ++round_;
    const uint64_t state = own_states();
    if (period_ == 0) {
        const auto [entry, is_new] = seen_.emplace(state, round_);
        if (!is_new) {
            period_ = round_ - entry->second;
            end_ = Clock::now() + longest_watch_;
            MovesWatch& moves = watch_moves(*run_.machine);
            moves.switch_on(true);
            moves.take();
            each_core(run_, [](Core& core) {
                for (Risc* risc : core.riscs) {
                    if (takes_part(risc) && risc->state == State::Ready) {
                        start_look_at_loop(*risc);
                    }
                }
            });
        }
        return false;
    }
    states_.push_back(mix(state, memories()));
    if (states_.size() <= period_) {
        return false;
    }
    if (states_.back() != states_[states_.size() - 1 - period_]) {
        period_ = 0;
        states_.clear();
        seen_.clear();
        return false;
    }
    return states_.size() - period_ >= std::max(2 * period_, enough_rounds) && !is_left_to_scheduler();
}

/// True if all that run only look at memory or ask in vain: the scheduler finds that out by itself, and knows more of
/// it.
bool Examination::is_left_to_scheduler() const {
    bool left = true;
    each_core(run_, [&](const Core& core) {
        for (const Risc* risc : core.riscs) {
            if (takes_part(risc) && risc->state == State::Ready) {
                left &= risc->wait.kind == WaitKind::Poll || risc->asking_rounds != 0;
            }
        }
    });
    return left;
}

uint64_t Examination::own_states() const {
    uint64_t digest = 0;
    each_core(run_, [&](const Core& core) {
        digest = mix(digest, core.received, sizeof core.received);
        digest = mix(digest, core.acked, sizeof core.acked);
        for (const Risc* risc : core.riscs) {
            if (!takes_part(risc)) {
                continue;
            }
            digest = mix(digest, static_cast<uint64_t>(risc->state));
            if (risc->state == State::Done) {
                continue;
            }
            const Wait& wait = risc->wait;
            digest =
                mix(digest, static_cast<uint64_t>(wait.kind) | uint64_t{wait.cb} << 8 | uint64_t{wait.pages} << 16);
            if (risc->state == State::Waiting && wait.kind == WaitKind::Word) {
                digest = mix(digest, __atomic_load_n(wait.word, __ATOMIC_ACQUIRE));
            }
            // Where it stands: its registers are on its stack.
            const auto* from = static_cast<const uint8_t*>(risc->fiber);
            digest = mix(digest, from, static_cast<size_t>(risc->local_block + local_block_bytes - from));
            digest = mix(digest, risc->context.globals, risc->code == nullptr ? 0 : risc->code->globals_bytes);
            digest = mix(digest, static_cast<uint64_t>(risc->context.poll_budget));
            digest = mix(digest, risc->noc[0].reads.size() << 32 | risc->noc[1].reads.size());
            for (uint64_t left = risc->configured_cbs; left != 0; left &= left - 1) {
                digest = mix(digest, &risc->context.cbs[std::countr_zero(left)], sizeof(tsr_cb));
            }
            if (risc->reads_clock || risc->asks_clock) {
                digest = mix(digest, risc->clock);
            }
        }
    });
    return digest;
}

/// What those who run may look at. Of other memories they see what the NoC brings.
uint64_t Examination::memories() const {
    uint64_t digest = watch_moves(*run_.machine).take();
    each_core(run_, [&](const Core& core) {
        if (std::any_of(std::begin(core.riscs), std::end(core.riscs), looks_at_memory)) {
            digest = mix(digest, core.l1, core.device->chip->l1_bytes);
        }
        for (const Risc* risc : core.riscs) {
            if (takes_part(risc) && risc->context.engine != nullptr && risc->state == State::Ready) {
                digest = mix(digest, risc->context.dst, Engine::dst_words * sizeof(uint32_t) + sizeof(Engine));
            }
        }
    });
    return digest;
}

void examine(Run& run, std::chrono::nanoseconds passed) {
#ifdef TESSERA_ASAN
    return;  // a kernel's variables may be elsewhere than on its stack
#endif
    const std::lock_guard lock(run.mutex);
    // In the adversarial order what happens next depends on more than the machine's state.
    if (run.stop || run.expired || run.examining || run.active_shards.empty() || run.next_block < run.num_blocks ||
        run.machine->options.adversarial_noc) {
        return;
    }
    run.examination = std::make_shared<Examination>(run, passed);
    run.examining = true;
    run.attention = true;
}

}  // namespace tessera::sim

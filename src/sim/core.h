// The state of the running machine: chips, cores, their processors (each a fiber), and the shards of a launch, one a
// host thread. Internal to the device and to its observers.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <base/error.h>
#include <sim/annotations.h>
#include <sim/clock.h>
#include <sim/history.h>
#include <sim/launch.h>
#include <sim/machine.h>
#include <sim/memory.h>
#include <sim/observer.h>
#include <tessera/abi.h>

namespace tessera::sim {

struct Core;
struct Device;
struct Run;
struct Shard;

enum class State : uint8_t { Idle, Ready, Running, Waiting, Done };
enum class WaitKind : uint8_t { None, CbReserve, CbFront, Word, Poll, Pause };

/// What a waiting processor waits for.
struct Wait {
    WaitKind kind = WaitKind::None;
    uint8_t cb = 0;
    uint32_t pages = 0;                       ///< CbReserve, CbFront
    const volatile uint32_t* word = nullptr;  ///< Word
    uint32_t value = 0;
    uint32_t condition = 0;
    bool asks = false;      ///< Poll: the loop asks the device or reads over the NoC; else it looks at memory
    void* frame = nullptr;  ///< frame pointer where it stands, for its source line
};

/// A read whose bytes have not landed yet.
struct PendingRead {
    const uint8_t* source = nullptr;
    uint8_t* destination = nullptr;
    uint32_t bytes = 0;      ///< left to copy: 0 when it landed early (adversarial order)
    uint32_t requested = 0;  ///< bytes that the kernel asked for
    uint32_t trid = 0;
    void* return_address = nullptr;  ///< of the issuing call
    uint64_t number = 0;             ///< of the issuing call among its processor's NoC calls (Risc::noc_ops)
};

/// A write, inline write or atomic that has been issued and not been carried out.
struct PendingWrite {
    enum class Kind : uint8_t { Copy, Word, Increment };
    Kind kind = Kind::Copy;
    uint8_t byte_enable = 0;
    uint8_t wrap = 0;
    uint32_t bytes = 0;
    uint32_t value = 0;
    uint32_t trid = TSR_NO_TRID;
    int32_t snapshot = -1;  ///< adversarial order: index of the copied source bytes, -1 when not copied
    const uint8_t* source = nullptr;
    uint8_t* destination = nullptr;  ///< null: multicast, to num_targets of the queue's targets
    Core* target = nullptr;          ///< the core whose L1 is written; null for DRAM and Ethernet cores
    uint32_t first_target = 0;
    uint32_t num_targets = 0;
    uint64_t offset = 0;   ///< multicast: address in each target
    void* mark = nullptr;  ///< of an observer that wants to know when it arrives
    uint64_t number = 0;   ///< as for a read
};

struct NocQueue {
    std::vector<PendingRead> reads;
    std::vector<PendingWrite> writes;
    std::vector<Core*> targets;                   ///< of multicasts in `writes`
    std::vector<std::vector<uint8_t>> snapshots;  ///< adversarial order: sources read at a flush
};

/// The observers that want a group of events, by its bit.
using Listeners = std::array<std::vector<Observer*>, Observer::event_groups>;
inline constexpr size_t num_check_slots = 5;

/// One processor of one core: a fiber and its context.
struct Risc {
    tsr_context context{};
    Core* core = nullptr;
    Processor processor = Processor::RISCV_0;
    State state = State::Idle;
    bool notified = false;  ///< something was delivered to this core since a poll was armed
    bool poll_armed = false;
    uint8_t last_chances = 0;  ///< times this processor was let spin on because nothing else could run
    uint8_t most_chances = 0;  ///< how often its loop may be let spin on: see wait.cpp
    bool asked = false;        ///< since the last poll a question to the device was answered with no, or a read landed
    uint32_t poll_rounds = 0;  ///< polls in a row without anything else done
    uint32_t asking_rounds = 0;  ///< of those, the last ones in a row with `asked`
    Wait wait;
    void* fiber = nullptr;  ///< fcontext where it stands
    [[no_unique_address]] StackAnnotation stack;
    const KernelCode* code = nullptr;
    uint64_t clock = 0;                ///< of tsr_wall_clock
    std::span<const uint64_t> looks;   ///< what it will see on the clock next, if somebody has predicted it
    uint32_t clock_registers[3] = {};  ///< what a kernel reads at the addresses of the clock's registers
    bool reads_clock = false;          ///< it has asked for their addresses
    bool asks_clock = false;           ///< it has asked for the time
    bool never_ends = false;           ///< it is in a loop that can't be left
    uint64_t noc_ops = 0;              ///< NoC calls so far: what the choices of the adversarial order are drawn from
    uint64_t noc_seed = 0;             ///< of this processor
    NocQueue noc[TSR_NUM_NOCS];
    std::unique_ptr<uint32_t[]> dst;       ///< compute only: memory of context.dst
    const Listeners* listeners = nullptr;  ///< of a processor of its kind
    void* checks[num_check_slots] = {};    ///< what each family of checks knows of it: see check/slots.h
    void* recording = nullptr;             ///< what the recorder knows of it

    uint8_t* local_block = nullptr;           ///< see fiber.h
    uint64_t configured_cbs = 0;              ///< bit i: cbs[i] holds a circular buffer
    uint64_t pushed_cbs = 0, popped_cbs = 0;  ///< what this processor has pushed and popped in this launch
    History history;

    Device& device() const;
    const char* processor_name() const;
    /// It has done something that others may see: whatever it waited for before, it is not stuck.
    void acted() {
        poll_rounds = 0;
        asking_rounds = 0;
        last_chances = 0;
    }
};

/// One Tensix core.
struct Core {
    Device* device = nullptr;
    arch::Coord logical;
    uint8_t* l1 = nullptr;
    Risc* riscs[3] = {};  ///< by Processor; allocated at the first launch
    uint16_t received[TSR_MAX_CBS] = {};
    uint16_t acked[TSR_MAX_CBS] = {};

    std::atomic<Shard*> shard{nullptr};
    std::atomic<uint32_t> watchers{0};  ///< processors that wait for a delivery to this core
    std::atomic<bool> in_inbox{false};
    bool in_recheck = false;
    uint64_t last_run = 0;    ///< number of the run that it was set up for
    uint32_t cb_waiters = 0;  ///< processors that wait on a circular buffer
    uint64_t digest = 0;      ///< of its L1 and page counters when nothing could run and one of its processors polled
};

/// What a NoC coordinate leads to.
struct Endpoint {
    enum class Kind : uint8_t { None, Worker, Dram, Ethernet };
    Kind kind = Kind::None;
    uint16_t index = 0;    ///< worker, controller or Ethernet core
    Core* core = nullptr;  ///< Worker
    uint8_t* memory = nullptr;
    uint64_t bytes = 0;
};

inline constexpr uint32_t noc_coordinates = 64 * 64;

struct Device {
    Machine::Impl* machine = nullptr;
    const arch::Chip* chip = nullptr;
    uint32_t id = 0;
    Reservation l1;
    Reservation dram;
    Reservation ethernet;
    std::vector<Core> cores;  ///< by logical y * compute_grid.x + x
    std::vector<Endpoint> endpoints;
    std::vector<uint16_t> decode[TSR_NUM_NOCS];  ///< by x | y << 6: index into endpoints, 0 for none
    std::vector<uint16_t> dram_bank_to_noc_xy[TSR_NUM_NOCS];
    std::vector<int32_t> bank_to_dram_offset;
    std::vector<uint16_t> l1_bank_to_noc_xy[TSR_NUM_NOCS];
    std::vector<int32_t> bank_to_l1_offset;
    uint64_t controller_bytes = 0;

    void build(Machine::Impl& machine, const arch::Chip& chip, uint32_t id);
    Core& core(arch::Coord logical);
};

/// Where a host thread was when the monitor asked.
struct Sample {
    std::atomic<Risc*> risc{nullptr};  ///< null: it ran no kernel
    void* pcs[8] = {};                 ///< innermost first; any may lie outside of the kernel
    size_t count = 0;
};

/// A processor that was running its own code when the run's time was over, and where.
struct Interrupted {
    const Risc* risc = nullptr;
    std::vector<SourceLocation> trace;
};

class Examination;

/// The part of a launch that runs on one host thread.
struct Shard {
    Run* run = nullptr;
    std::vector<Core*> cores;
    std::vector<Risc*> ready;  ///< ring; its size is a power of two
    uint32_t ready_head = 0, ready_count = 0;
    uint32_t woken = 0;          ///< data-movement processors whose wait was over
    std::vector<Core*> recheck;  ///< cores of this shard with waiters that must look again
    uint32_t active = 0;         ///< fibers that have not ended
    bool direct = true;          ///< fibers may switch to each other without the scheduling loop
    uint64_t random = 0;         ///< adversarial order: state of the choices of who runs next
    uint32_t slow = 0;           ///< adversarial order: which processors run late: see scheduler.cpp
    Risc* current = nullptr;
    pthread_t thread{};  ///< the host thread that runs it
    std::atomic<bool> running{false};
    void* scheduler = nullptr;  ///< fcontext of the scheduling loop
    [[no_unique_address]] StackAnnotation stack;
    std::mutex inbox_mutex;
    std::vector<Core*> inbox;
    std::atomic<bool> has_inbox{false};
    std::atomic<bool> idle{false};
    bool sleeps = false;  ///< counted in Run::idle
    /// The examination that it takes part in, or the expired run whose report it waits for.
    const void* parked_at = nullptr;
    Sample sample;
    std::vector<Interrupted> interrupted;

    void push_ready(Risc& risc) {
        risc.state = State::Ready;
        ready[(ready_head + ready_count++) & (ready.size() - 1)] = &risc;
    }
    /// For one whose wait is over. Data movement goes before compute, so that buffers fill up and a compute kernel then
    /// works for long on what the host's caches hold; now and then it queues like everybody, so that nobody starves.
    void push_woken(Risc& risc) {
        if (risc.processor == Processor::COMPUTE || (++woken & 1023) == 0) {
            push_ready(risc);
            return;
        }
        risc.state = State::Ready;
        ready_head = (ready_head - 1) & (static_cast<uint32_t>(ready.size()) - 1);
        ready[ready_head] = &risc;
        ++ready_count;
    }
    void schedule_recheck(Core& core) {
        if (!core.in_recheck) {
            core.in_recheck = true;
            recheck.push_back(&core);
        }
    }
};

/// One call of Machine::run.
struct Run {
    Machine::Impl* machine = nullptr;
    std::span<const ProgramLaunch* const> programs;
    std::vector<std::pair<const ProgramLaunch*, const CoreLaunch*>> launches;
    std::mutex mutex;
    std::condition_variable changed;
    uint32_t num_blocks = 0, next_block = 0;  ///< blocks of cores, claimed in order
    uint32_t shards = 0, idle = 0, finished = 0;
    std::vector<Shard*> active_shards;
    std::atomic<bool> stop{false};
    std::atomic<bool> expired{false};  ///< the watchdog's time is over
    std::atomic<bool> examining{false};
    std::atomic<bool> attention{false};  ///< it is expired or examined: fibers go back to the scheduling loop
    std::shared_ptr<Examination> examination;
    std::atomic<bool> sampling{false};  ///< a signal asks where a thread is
    bool several_threads = false;
    bool has_error = false;
    Diagnostic error;

    void fail(Diagnostic diagnostic);
    void fail_locked(Diagnostic diagnostic);  ///< with the mutex held
};

struct Machine::Impl {
    const arch::Board* board = nullptr;
    Options options;
    std::vector<std::unique_ptr<Device>> devices;
    std::vector<Observer*> observers;
    std::vector<std::unique_ptr<Observer>> owned_observers;
    std::unique_ptr<Observer> moves_watch;  ///< of examinations of this run: see examine.h
    Listeners listeners;                    ///< to what data-movement processors and the machine itself do
    Listeners compute_listeners;            ///< to what compute processors do
    std::vector<Reservation> local_blocks;
    std::vector<std::unique_ptr<Risc[]>> riscs;
    uint32_t blocks_left = 0;  ///< in the last of local_blocks
    std::unique_ptr<class ThreadPool> threads;
    std::unique_ptr<class Monitor> monitor;
    PredictedClock predicted_clock;
    std::vector<std::unique_ptr<Shard>> shards;
    Run run;
    std::mutex run_mutex;
    uint64_t runs = 0;  ///< calls of Machine::run so far

    void give_riscs(Core& core);
    void start_core(Shard& shard, const ProgramLaunch& program, const CoreLaunch& launch);
};

/// The processor that runs on this host thread; null outside of kernels.
inline Risc* current_risc() {
    return tsr_ctx == nullptr ? nullptr : static_cast<Risc*>(tsr_ctx->risc);
}

inline Device& Risc::device() const {
    return *core->device;
}

/// Tells those who want this group of events.
template <class Call>
inline void observe(const Listeners& listeners, Observer::Events event, Call&& call) {
    for (Observer* observer : listeners[static_cast<size_t>(std::countr_zero(static_cast<uint32_t>(event)))]) {
        call(*observer);
    }
}

template <class Call>
inline void observe(const Machine::Impl& machine, Observer::Events event, Call&& call) {
    observe(machine.listeners, event, call);
}

template <class Call>
inline void observe(const Risc& risc, Observer::Events event, Call&& call) {
    observe(*risc.listeners, event, call);
}

// --- faults.cpp, report.cpp, deadlock.cpp
// -------------------------------------------------------------------------------------------
/// Ends the run with this diagnostic, its trace filled in from the current stack. Never returns to the kernel.
[[noreturn]] void fail(Diagnostic diagnostic);
/// A mistake that the run survives: goes to the process's Reporter with the current stack as its trace, and returns
/// unless the user wants the first error to end the run or there have been too many.
void check_failed(Diagnostic diagnostic);
/// As fail, but if the user has allowed this check it is reported as a warning, and the call returns.
void check_failed_for_good(Diagnostic diagnostic);
/// A finding about this processor, whose trace and place are filled in by the caller.
void report_finding(Risc& risc, Diagnostic diagnostic);
/// Source lines of the kernel that lead to a stack frame, innermost first.
std::vector<SourceLocation> kernel_trace(const Risc& risc, void* frame, void* first_pc = nullptr);
/// The return address in the kernel's own code of the call that is being carried out for it.
const void* kernel_pc(const Risc& risc);
/// File name of its kernel.
std::string kernel_name(const Risc& risc);
/// "core (2,3) of device 0, RISCV_1 (reader.cpp)".
std::string describe(const Risc& risc);
std::string describe(const Core& core);
Diagnostic deadlock_report(Run& run);
/// What runs goes through the same states again and again.
Diagnostic livelock_report(Run& run);
/// What runs is in loops without an exit.
Diagnostic endless_report(Run& run);
/// The time limit is over: where all processors stand, those first that may be why.
Diagnostic no_progress_report(Run& run);
void install_fault_handlers();
void prepare_thread_for_faults();
/// Signals every thread that runs a fiber of this run, so that it says where it stands and ends.
void interrupt_running_threads(Run& run);
/// Which shard this host thread runs; null for none.
void set_thread_shard(Shard* shard);

// --- scheduler.cpp
// -----------------------------------------------------------------------------------------------------
/// Gives up the host thread until the processor is made ready; wait says for what.
void block(Risc& risc);
/// Until its next poll, every load of the processor's loop is told, so that the words that it reads are known.
void start_look_at_loop(Risc& risc);
/// Gives up the host thread; the processor stays ready.
void yield(Risc& risc);
/// Adversarial order: lets others run first where a processor of the chip might be slow, or not, as the seed says.
void step_aside(Risc& risc, bool always = false);
inline void step_aside_now_and_then(Risc& risc) {
    if (!risc.core->shard.load(std::memory_order_relaxed)->direct) {
        step_aside(risc);
    }
}
/// Leaves the fiber for good.
[[noreturn]] void leave_fiber(Risc& risc);
/// Where the calling kernel reads its clock by a pointer: word 0 is the lower half, word 2 the upper one, as they are
/// at clock_register_low of the chip's address space.
inline constexpr uint64_t clock_register_low = 0xFFB121F0;
uint32_t* clock_register(uint32_t word);
/// Bytes were delivered to a core's L1: whoever waits there must look again.
void notify(Shard& shard, Core& target);
/// A processor of this core made a change that waiters of the same core may see.
void wake_cb_waiters(Core& core, uint32_t cb);
void run_programs(Machine::Impl& machine, std::span<const ProgramLaunch* const> programs);

// --- compute.cpp, or engine.cpp
/// Gives a compute processor DST and an engine at its first launch, and this launch's settings, which may be null.
void prepare_engine(Risc& risc, const ComputeSettings* settings);

// --- noc_queue.cpp
/// Before the processor waits, yields or polls: what others may need to go on leaves now (in the adversarial order: or
/// later, but before the host thread sleeps).
void settle_before_wait(Risc& risc);
/// Carries out all writes and atomics that this processor has issued.
void carry_out_all(Risc& risc);
/// At a kernel's end: everything lands.
void settle_all(Risc& risc);
/// Adversarial order: carries out what waiting processors of this shard have held back. True if there was any.
bool deliver_held_back(Shard& shard);

bool word_condition(uint32_t word, uint32_t value, uint32_t condition);
bool cb_condition(const Core& core, const Risc& risc);

}  // namespace tessera::sim

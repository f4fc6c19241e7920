// Mistakes of a running kernel: how a run ends on one, and how the processor's own exceptions (a bad address, an
// illegal instruction) become diagnostics. A fault outside of a kernel goes to the handler that was there before.
#include <sim/core.h>
#include <sim/fiber.h>

#include <base/reporter.h>

#include <signal.h>
#include <ucontext.h>

#include <cstdio>
#include <cstring>
#include <mutex>

namespace tessera::sim {
namespace {

constexpr size_t alternate_stack_bytes = 64 * 1024;
constexpr size_t most_frames = 16;
const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/// What the handler has seen, for the trampoline that reports it on the fiber's stack.
struct Fault {
    int signal = 0;
    void* address = nullptr;
    void* pc = nullptr;
    bool has_address = true;  ///< false: the processor does not say which (an address that no pointer can have)
    void* callers[most_frames] = {};
    size_t num_callers = 0;
};

thread_local Fault seen_fault;
thread_local Shard* thread_shard = nullptr;

struct sigaction previous_actions[65];

int interrupt_signal() {
    return SIGRTMIN + 7;
}

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

bool in_image(const Risc& risc, const void* pc) {
    const auto* at = static_cast<const uint8_t*>(pc);
    return risc.context.image != nullptr && at >= risc.context.image &&
           at < risc.context.image + risc.context.image_size;
}

void add_where(Diagnostic& diagnostic, const Risc& risc) {
    diagnostic.where = describe(risc);
}

[[noreturn]] void end_run(Diagnostic diagnostic) {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    risc.core->shard.load()->run->fail(std::move(diagnostic));
    risc.state = State::Done;
    leave_fiber(risc);
}

/// The memory of this device that an address lies in or just past.
Diagnostic explain_address(const Risc& risc, const uint8_t* address) {
    const Device& device = risc.device();
    const auto number = reinterpret_cast<uintptr_t>(address);
    constexpr uintptr_t near_null = 64 * 1024;
    if (number < near_null) {
        return {.name = "null-dereference",
                .message = number == 0 ? "the null pointer is followed"
                                       : "a pointer " + hex(number) + " bytes past null is followed",
                .help = "address 0 of L1 belongs to the firmware; check that the pointer was set"};
    }
    if (address >= risc.local_block + stack_guard_offset && address < risc.local_block + stack_offset) {
        return {.name = "stack-overflow",
                .message = "the kernel's stack has outgrown its " +
                           std::to_string((local_block_bytes - stack_offset) / 1024) + " KiB",
                .help = "a processor of the chip has far less: move large arrays to L1, and end recursion"};
    }
    if (device.l1.contains(address)) {
        const Core* nearest = &device.cores[0];
        for (const Core& core : device.cores) {
            if (core.l1 <= address) {
                nearest = &core;
            }
        }
        const auto offset = static_cast<int64_t>(address - nearest->l1);
        if (offset >= 0 && nearest == risc.core) {
            return {.name = "l1-out-of-range",
                    .message = "L1 address " + hex(static_cast<uint64_t>(offset)) + " is " +
                               std::to_string(offset - device.chip->l1_bytes) + " bytes past the end of L1",
                    .help = "check the arithmetic that led to this address"};
        }
        return {.name = "l1-out-of-range",
                .message = "an address outside of this core's L1 is followed (" + hex(static_cast<uint64_t>(offset)) +
                           " from the start of " + describe(*nearest) + ")",
                .help = "check the arithmetic that led to this address"};
    }
    if (device.dram.contains(address)) {
        return {.name = "dram-out-of-range", .message = "an address past the end of a DRAM controller is followed"};
    }
    return {.name = "memory-fault",
            .message = "the kernel follows a pointer to no memory of this core (" + hex(number) + ")"};
}

/// The stack is gone: the handler has kept the return addresses, shown as one frame each.
std::vector<SourceLocation> trace_of(const Risc& risc, const Fault& fault) {
    std::vector<SourceLocation> trace;
    for (size_t i = 0; i <= fault.num_callers && trace.size() < 3; ++i) {
        void* pc = i == 0 ? fault.pc : static_cast<uint8_t*>(fault.callers[i - 1]) - 1;
        for (SourceLocation& location : kernel_trace(risc, nullptr, pc)) {
            trace.push_back(std::move(location));
        }
    }
    return trace;
}

/// Runs at the top of the fiber's stack after the handler has returned.
[[noreturn]] void report_fault() {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    const Fault fault = seen_fault;
    if (fault.signal == interrupt_signal()) {
        // The run is over. Who is first to see that nobody runs any more tells where everybody stood.
        risc.core->shard.load()->interrupted.push_back({&risc, trace_of(risc, fault)});
        risc.state = State::Done;
        leave_fiber(risc);
    }
    Diagnostic diagnostic;
    if (fault.signal == SIGFPE) {
        diagnostic = {.name = "division-by-zero", .message = "an integer is divided by zero"};
    } else if (fault.signal == SIGILL) {
        diagnostic = {.name = "kernel-trap",
                      .message = "the kernel reached an instruction that must not be reached",
                      .help = "a function without return, or undefined behaviour, leads here"};
    } else if (!fault.has_address) {
        diagnostic = {.name = "memory-fault", .message = "the kernel follows a damaged pointer"};
    } else {
        diagnostic = explain_address(risc, static_cast<const uint8_t*>(fault.address));
    }
    diagnostic.trace = trace_of(risc, fault);
    add_where(diagnostic, risc);
    observe(risc, Observer::Faults, [&](Observer& o) { o.fault(risc, diagnostic); });
    end_run(std::move(diagnostic));
}

void collect(const Risc& risc, const ucontext_t& at, Fault& fault) {
    const auto& registers = at.uc_mcontext.gregs;
    const uint8_t* low = risc.local_block + stack_offset;
    const uint8_t* high = risc.local_block + local_block_bytes - 16;
    fault.pc = reinterpret_cast<void*>(registers[REG_RIP]);
    fault.num_callers = 0;
    const auto* stack = reinterpret_cast<const uint8_t*>(registers[REG_RSP]);
    // A frameless helper such as memcpy has its caller on top of the stack.
    if (!in_image(risc, fault.pc) && stack >= low && stack <= high) {
        void* top = *reinterpret_cast<void* const*>(stack);
        if (in_image(risc, top)) {
            fault.callers[fault.num_callers++] = top;
        }
    }
    auto* frame = reinterpret_cast<const uint8_t*>(registers[REG_RBP]);
    while (fault.num_callers < most_frames && frame >= low && frame <= high &&
           (reinterpret_cast<uintptr_t>(frame) & 7) == 0) {
        const auto* words = reinterpret_cast<void* const*>(frame);
        fault.callers[fault.num_callers++] = words[1];
        const auto* next = static_cast<const uint8_t*>(words[0]);
        if (next <= frame) {
            break;
        }
        frame = next;
    }
}

void divert(const Risc& risc, ucontext_t& at) {
    StackAnnotation::forget(risc.local_block + stack_offset, local_block_bytes - stack_offset);
    auto& registers = at.uc_mcontext.gregs;
    const auto top = reinterpret_cast<uintptr_t>(risc.local_block + local_block_bytes) - 64;
    registers[REG_RSP] = static_cast<greg_t>((top & ~uintptr_t{15}) - 8);
    registers[REG_RBP] = 0;
    registers[REG_RIP] = reinterpret_cast<greg_t>(&report_fault);
    registers[REG_EFL] &= ~greg_t{0x400};  // direction flag
}

void forward(int signal, siginfo_t* info, void* context) {
    const struct sigaction& previous = previous_actions[signal];
    if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
        previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == nullptr) {
        ::signal(signal, SIG_DFL);  // the instruction runs again and ends the process
    } else if (previous.sa_handler != SIG_IGN) {
        previous.sa_handler(signal);
    }
}

void on_fault(int signal, siginfo_t* info, void* context) {
    Risc* risc = current_risc();
    if (risc == nullptr || info->si_code <= 0) {
        forward(signal, info, context);
        return;
    }
    auto& at = *static_cast<ucontext_t*>(context);
    seen_fault.signal = signal;
    seen_fault.address = info->si_addr;
    seen_fault.has_address = info->si_code != SI_KERNEL;
    collect(*risc, at, seen_fault);
    divert(*risc, at);
}

void take_sample(Risc& risc, const ucontext_t& at, Sample& sample) {
    if (sample.risc.load(std::memory_order_relaxed) != nullptr) {
        return;
    }
    Fault where;
    collect(risc, at, where);
    sample.count = 0;
    sample.pcs[sample.count++] = where.pc;
    for (size_t i = 0; i < where.num_callers && sample.count < std::size(sample.pcs); ++i) {
        sample.pcs[sample.count++] = static_cast<uint8_t*>(where.callers[i]) - 1;
    }
    sample.risc.store(&risc, std::memory_order_release);
}

void on_interrupt(int signal, siginfo_t*, void* context) {
    Risc* risc = current_risc();
    if (risc == nullptr || thread_shard == nullptr) {
        return;
    }
    auto& at = *static_cast<ucontext_t*>(context);
    if (thread_shard->run->sampling) {
        take_sample(*risc, at, thread_shard->sample);
    }
    if (!thread_shard->run->expired) {
        return;
    }
    // Only the kernel's own code may be left anywhere; the device's code may hold a lock.
    if (in_image(*risc, reinterpret_cast<void*>(at.uc_mcontext.gregs[REG_RIP]))) {
        seen_fault.signal = signal;
        collect(*risc, at, seen_fault);
        divert(*risc, at);
    }
}

/// The alternate stack of a thread, given back when the thread ends.
struct AlternateStack {
    AlternateStack() {
        stack_t current{};
        if (sigaltstack(nullptr, &current) == 0 && (current.ss_flags & SS_DISABLE) == 0) {
            return;
        }
        memory = std::make_unique<uint8_t[]>(alternate_stack_bytes);
        stack_t stack{};
        stack.ss_sp = memory.get();
        stack.ss_size = alternate_stack_bytes;
        sigaltstack(&stack, nullptr);
    }
    ~AlternateStack() {
        if (memory) {
            stack_t stack{};
            stack.ss_flags = SS_DISABLE;
            sigaltstack(&stack, nullptr);
        }
    }
    std::unique_ptr<uint8_t[]> memory;
};

}  // namespace

void fail(Diagnostic diagnostic) {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    if (diagnostic.trace.empty()) {
        diagnostic.trace = kernel_trace(risc, __builtin_frame_address(0));
    }
    add_where(diagnostic, risc);
    observe(risc, Observer::Faults, [&](Observer& o) { o.fault(risc, diagnostic); });
    end_run(std::move(diagnostic));
}

void check_failed(Diagnostic diagnostic) {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    if (diagnostic.trace.empty()) {
        diagnostic.trace = kernel_trace(risc, __builtin_frame_address(0));
    }
    report_finding(risc, std::move(diagnostic));
}

void check_failed_for_good(Diagnostic diagnostic) {
    Reporter& reporter = Reporter::instance();
    Diagnostic weighed = diagnostic;
    if (reporter.weigh(weighed) && weighed.severity == Diagnostic::Severity::Error) {
        fail(std::move(diagnostic));
    }
    check_failed(std::move(diagnostic));
}

void report_finding(Risc& risc, Diagnostic diagnostic) {
    if (diagnostic.where.empty()) {
        add_where(diagnostic, risc);
    }
    observe(risc, Observer::Faults, [&](Observer& o) { o.fault(risc, diagnostic); });
    if (Reporter::instance().report(diagnostic) == Reporter::Verdict::Stop) {
        end_run(std::move(diagnostic));
    }
}

void install_fault_handlers() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action{};
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        action.sa_sigaction = on_fault;
        for (const int signal : fault_signals) {
            sigaction(signal, &action, &previous_actions[signal]);
        }
        action.sa_sigaction = on_interrupt;
        action.sa_flags |= SA_RESTART;
        sigaction(interrupt_signal(), &action, nullptr);
    });
}

void prepare_thread_for_faults() {
    static thread_local AlternateStack stack;
    seen_fault.signal = 0;  // so that the handler is not the first to touch it
}

void set_thread_shard(Shard* shard) {
    thread_shard = shard;
}

void interrupt_running_threads(Run& run) {
    const std::lock_guard lock(run.mutex);
    for (Shard* shard : run.active_shards) {
        if (shard->running) {
            pthread_kill(shard->thread, interrupt_signal());
        }
    }
}

}  // namespace tessera::sim

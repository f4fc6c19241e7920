// What a program leaves undone when it ends: transfers that nobody has waited for when their kernel ends; pages that
// were pushed and not popped, and semaphores that are not what they were when the program has ended.
#include <check/checks.h>

#include <mutex>
#include <set>
#include <tuple>

#include <base/reporter.h>
#include <sim/core.h>

namespace tessera::check {
namespace {

using sim::Core;
using sim::Risc;

std::vector<SourceLocation> place(const Risc& risc, const void* site) {
    return site == nullptr ? std::vector<SourceLocation>{}
                           : sim::kernel_trace(risc, nullptr, static_cast<uint8_t*>(const_cast<void*>(site)) - 1);
}

std::string count(uint64_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

class LeftOver : public sim::Observer {
public:
    explicit LeftOver(bool notes) : notes_(notes) {}

    uint32_t events() const override { return Kernels | Launches; }

    void kernel_end(Risc& risc) override {
        for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
            const sim::Outstanding& left = risc.history.outstanding[noc];
            if (left.reads != 0) {
                tell(risc, left.read_site,
                     {.name = "noc-reads-left",
                      .severity = Diagnostic::Severity::Warning,
                      .message = "the kernel ends while a NoC read may still be on its way",
                      .help = "call noc_async_read_barrier() before the kernel ends: the bytes may arrive when another "
                              "program has the memory"});
            }
            // Published programs end after signals and multicasts, whose receivers answer; not after other writes.
            if (left.data != 0 || (notes_ && (left.writes != 0 || left.posted))) {
                tell(risc, left.data != 0 ? left.data_site : left.write_site,
                     {.name = "noc-writes-left",
                      .severity = left.data != 0 ? Diagnostic::Severity::Warning : Diagnostic::Severity::Note,
                      .message = "the kernel ends while a NoC write may still be reading its source",
                      .help = "call noc_async_writes_flushed() or noc_async_write_barrier() before the kernel ends: "
                              "the next program may change the source before it has been sent"});
            }
            if (notes_ && left.atomics) {
                tell(risc, left.atomic_site,
                     {.name = "noc-atomics-left",
                      .severity = Diagnostic::Severity::Note,
                      .message = "the kernel ends while an atomic increment may still be on its way",
                      .help = "call noc_async_atomic_barrier() before the kernel ends: the increment may arrive when "
                              "another program has the word"});
            }
        }
    }

    void launch_end(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) override {
        for (const sim::ProgramLaunch* program : programs) {
            for (const sim::CoreLaunch& launch : program->cores) {
                const Core& core = machine.devices[program->device]->core(launch.logical);
                for (const sim::CircularBufferSetup& setup : launch.circular_buffers) {
                    if (!setup.on_tensor) {
                        look_at_pages(core, launch, setup);
                    }
                }
                if (notes_) {
                    for (const sim::SemaphoreSetup& setup : launch.semaphores) {
                        look_at_semaphore(core, launch, setup);
                    }
                }
            }
        }
    }

private:
    /// Pages of a buffer that is popped at all: one that nobody pops holds constants.
    void look_at_pages(const Core& core, const sim::CoreLaunch& launch, const sim::CircularBufferSetup& setup) {
        uint64_t pushed = 0, popped = 0;
        const Risc* producer = nullptr;
        const Risc* consumer = nullptr;
        for (const sim::ProcessorLaunch& processor : launch.processors) {
            const Risc& risc = *core.riscs[static_cast<size_t>(processor.processor)];
            const sim::CbUse& use = risc.history.cbs[setup.index];
            pushed += use.pushed;
            popped += use.popped;
            producer = use.pushed != 0 ? &risc : producer;
            consumer = use.popped != 0 ? &risc : consumer;
        }
        if (producer == nullptr || consumer == nullptr || pushed <= popped) {
            return;
        }
        const void* site = producer->history.cbs[setup.index].push_site;
        if (!is_new(producer->code, site, "cb-pages-left")) {
            return;
        }
        report({.name = "cb-pages-left",
                .severity = Diagnostic::Severity::Warning,
                .message = count(pushed - popped, "page") + " of circular buffer c_" + std::to_string(setup.index) +
                           (pushed - popped == 1 ? " is" : " are") + " left when the program ends: " +
                           std::to_string(pushed) + " were pushed, " + std::to_string(popped) + " popped by " +
                           consumer->processor_name() + " (" + sim::kernel_name(*consumer) + ")",
                .trace = place(*producer, site),
                .help = "nothing takes them over into the next program: pop them, or don't produce them",
                .where = sim::describe(*producer)});
    }

    void look_at_semaphore(const Core& core, const sim::CoreLaunch& launch, const sim::SemaphoreSetup& setup) {
        if (launch.processors.empty()) {
            return;
        }
        const Risc& risc = *core.riscs[static_cast<size_t>(launch.processors.front().processor)];
        const uint32_t address = risc.context.semaphores_l1 + setup.id * risc.context.semaphore_stride;
        const uint32_t now = *reinterpret_cast<const uint32_t*>(core.l1 + address);
        if (now == setup.initial || !is_new(launch.processors.front().code, &core, "semaphore-left", setup.id)) {
            return;
        }
        report({.name = "semaphore-left",
                .severity = Diagnostic::Severity::Note,
                .message = "semaphore " + std::to_string(setup.id) + " is " + std::to_string(now) +
                           " when the program ends; it began as " + std::to_string(setup.initial),
                .help = "the next launch sets it again; if kernels count on it within one launch, set it back",
                .where = sim::describe(core)});
    }

    void tell(Risc& risc, const void* site, Diagnostic diagnostic) {
        if (is_new(risc.code, site, diagnostic.name)) {
            diagnostic.trace = place(risc, site);
            sim::report_finding(risc, std::move(diagnostic));
        }
    }

    /// On the thread of Machine::run, where no kernel can be left.
    static void report(Diagnostic diagnostic) {
        if (Reporter::instance().report(diagnostic) == Reporter::Verdict::Stop) {
            throw Error(std::move(diagnostic));
        }
    }

    bool is_new(const sim::KernelCode* code, const void* site, const std::string& name, uint32_t number = 0) {
        const std::lock_guard lock(mutex_);
        return told_.emplace(code, site, name, number).second;
    }

    bool notes_;  ///< notes about what most programs do are wanted
    std::mutex mutex_;
    std::set<std::tuple<const sim::KernelCode*, const void*, std::string, uint32_t>> told_;
};

}  // namespace

std::unique_ptr<sim::Observer> make_left_over(bool notes) {
    return std::make_unique<LeftOver>(notes);
}

}  // namespace tessera::check

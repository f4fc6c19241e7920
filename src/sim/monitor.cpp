// The monitor's thread. It samples running fibers by the signal that also ends them when a run's time is over.
#include <sim/core.h>
#include <sim/dprint.h>
#include <sim/monitor.h>

#include <csignal>
#include <cstdio>

namespace tessera::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto period = 1s;
constexpr auto time_to_answer = 20ms;
constexpr auto rarest = 300s;  ///< between two notes

}  // namespace

std::string where_running(Run& run) {
    {
        const std::lock_guard lock(run.mutex);
        for (Shard* shard : run.active_shards) {
            shard->sample.risc.store(nullptr);
        }
    }
    run.sampling = true;
    interrupt_running_threads(run);
    std::this_thread::sleep_for(time_to_answer);
    run.sampling = false;
    std::string text;
    const std::lock_guard lock(run.mutex);
    for (Shard* shard : run.active_shards) {
        const Sample& sample = shard->sample;
        const Risc* risc = sample.risc.load(std::memory_order_acquire);
        if (risc == nullptr) {
            continue;
        }
        text += (text.empty() ? "" : "\n") + describe(*risc);
        for (size_t i = 0; i < sample.count; ++i) {
            const auto trace = kernel_trace(*risc, nullptr, sample.pcs[i]);
            if (!trace.empty()) {
                const SourceLocation& at = trace.front();
                text += " at " + at.file.substr(at.file.rfind('/') + 1) + ":" + std::to_string(at.line);
                break;
            }
        }
    }
    return text;
}

Monitor::Monitor(unsigned notes_after_seconds) : notes_after_(notes_after_seconds) {
    // Signals of the process are for its own threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Monitor::~Monitor() {
    {
        const std::lock_guard lock(mutex_);
        quit_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Monitor::begin(Run& run) {
    const std::lock_guard lock(mutex_);
    run_ = &run;
    started_ = std::chrono::steady_clock::now();
    next_note_ = started_ + std::chrono::seconds(notes_after_);
}

void Monitor::end() {
    const std::lock_guard lock(mutex_);
    run_ = nullptr;
}

void Monitor::work() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, period, [&] { return quit_; })) {
        const auto now = std::chrono::steady_clock::now();
        if (run_ == nullptr || now < started_ + period) {
            continue;
        }
        dprint_tick();
        if (notes_after_ != 0 && now >= next_note_) {
            const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - started_);
            const std::string where = where_running(*run_);
            std::fprintf(stderr, "note: still running after %lld s%s%s\n", static_cast<long long>(passed.count()),
                         where.empty() ? "" : ": ", where.c_str());
            next_note_ = now + std::min<std::chrono::steady_clock::duration>(passed * 2, rarest);
        }
    }
}

}  // namespace tessera::sim

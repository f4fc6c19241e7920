// The monitor's thread. It samples running fibers by the signal that also ends them when a run's time is over.
#include <sim/core.h>
#include <sim/dprint.h>
#include <sim/examine.h>
#include <sim/monitor.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace tessera::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_period = 1s;
constexpr auto time_to_answer = 20ms;
constexpr int most_questions = 10;
constexpr auto rarest = 300s;     ///< between two notes
constexpr size_t most_lines = 4;  ///< of a call stack

}  // namespace

std::string where_running(Run& run) {
    {
        const std::lock_guard lock(run.mutex);
        for (Shard* shard : run.active_shards) {
            shard->sample.risc.store(nullptr);
        }
    }
    run.sampling = true;
    // A thread that runs no kernel just now does not answer: it is asked a few times.
    const auto nobody_has_answered = [&] {
        const std::lock_guard lock(run.mutex);
        return std::none_of(run.active_shards.begin(), run.active_shards.end(),
                            [](const Shard* shard) { return shard->sample.risc.load() != nullptr; });
    };
    for (int asked = 0; asked < most_questions && (asked == 0 || nobody_has_answered()); ++asked) {
        interrupt_running_threads(run);
        std::this_thread::sleep_for(time_to_answer);
    }
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
        std::string last;
        size_t lines = 0;
        for (size_t i = 0; i < sample.count; ++i) {
            for (const SourceLocation& at : kernel_trace(*risc, nullptr, sample.pcs[i])) {
                const std::string line = at.file.substr(at.file.rfind('/') + 1) + ":" + std::to_string(at.line);
                if (line != last && lines < most_lines) {
                    text += (lines++ == 0 ? " at " : ", called at ") + line;
                    last = line;
                }
            }
        }
    }
    return text;
}

Monitor::Monitor(const Options& options)
    : notes_after_(options.notes_after_seconds),
      first_look_(options.examine_after_ms),
      period_(std::min<std::chrono::milliseconds>(longest_period, first_look_)) {
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
    next_look_ = started_ + first_look_;
    next_note_ = started_ + std::chrono::seconds(notes_after_);
}

void Monitor::end() {
    const std::lock_guard lock(mutex_);
    run_ = nullptr;
}

void Monitor::work() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, period_, [&] { return quit_; })) {
        const auto now = std::chrono::steady_clock::now();
        if (run_ == nullptr || now < started_ + period_) {
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
        if (now >= next_look_) {
            examine(*run_, now - started_);
            next_look_ = now + (now - started_);
        }
    }
}

}  // namespace tessera::sim

// Looks after runs that take long: shows what kernels have printed, and tells a person at a terminal where they are.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tessera::sim {

struct Run;

/// A thread that wakes up once a second. While a run goes on it lets printed lines out (dprint_tick); after
/// notes_after_seconds, and then ever more rarely, it writes to standard error which lines of which kernels are
/// running.
class Monitor {
public:
    /// notes_after_seconds: 0 for no notes.
    explicit Monitor(unsigned notes_after_seconds);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    void begin(Run& run);
    void end();

private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    bool quit_ = false;
    unsigned notes_after_;
    Run* run_ = nullptr;
    std::chrono::steady_clock::time_point started_, next_note_;
    std::thread thread_;
};

/// Where the threads of a run are at this moment, one line a thread that runs a kernel, e.g. "core (0,0) of device 0,
/// RISCV_0 (reader.cpp) at reader.cpp:31".
std::string where_running(Run& run);

}  // namespace tessera::sim

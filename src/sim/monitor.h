// Looks after runs that take long: shows what kernels have printed, tells where they are, and lets the run find out
// whether it gets anywhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tessera::sim {

struct Options;
struct Run;

/// A thread that wakes up once a second. While a run goes on it lets printed lines out (dprint_tick); after
/// notes_after_seconds, and then ever more rarely, it writes to standard error which lines of which kernels are
/// running.
class Monitor {
public:
    explicit Monitor(const Options& options);
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
    unsigned notes_after_;  ///< seconds; 0 for no notes
    std::chrono::milliseconds first_look_, period_;
    Run* run_ = nullptr;
    std::chrono::steady_clock::time_point started_, next_look_, next_note_;
    std::thread thread_;
};

/// Where the threads of a run are at this moment, one line a thread that runs a kernel, e.g. "core (0,0) of device 0,
/// RISCV_0 (reader.cpp) at transfers.h:31, called at reader.cpp:12".
std::string where_running(Run& run);

}  // namespace tessera::sim

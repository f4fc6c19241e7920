// The host threads that run a launch beside the caller, and the watchdog that ends a run that takes too long.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sim/core.h>

namespace tessera::sim {

void run_shard(Shard& shard);

/// Threads that wait for launches: for a short time spinning, then asleep.
class ThreadPool {
public:
    explicit ThreadPool(unsigned threads);
    ~ThreadPool();

    /// Offers a run to the threads: thread i runs shard i + 1 if blocks of cores are left when it comes.
    void start(Run& run, std::vector<std::unique_ptr<Shard>>& shards);
    /// Returns when no thread works on the run any more.
    void finish();

private:
    void work(unsigned index);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::atomic<uint64_t> generation_{0};
    std::atomic<unsigned> sleeping_{0};
    std::atomic<unsigned> inside_{0};
    bool open_ = false;
    bool quit_ = false;
    std::vector<std::unique_ptr<Shard>>* shards_ = nullptr;
    std::vector<std::thread> threads_;
};

/// Ends a run with error[no-progress] when its time is over. Does nothing for 0 seconds.
class Watchdog {
public:
    Watchdog(Run& run, unsigned seconds);
    ~Watchdog();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
    std::thread thread_;
};

}  // namespace tessera::sim

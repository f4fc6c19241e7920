// The thread pool of launches and the watchdog.
#include <sim/threads.h>

#include <chrono>

namespace tessera::sim {
namespace {

constexpr int spins_before_sleep = 4000;

}  // namespace

ThreadPool::ThreadPool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this, i] { work(i); });
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        quit_ = true;
        ++generation_;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::start(Run& run, std::vector<std::unique_ptr<Shard>>& shards) {
    {
        const std::lock_guard lock(mutex_);
        shards_ = &shards;
        open_ = true;
        ++generation_;
    }
    if (sleeping_ != 0) {
        wake_.notify_all();
    }
}

void ThreadPool::finish() {
    std::unique_lock lock(mutex_);
    open_ = false;
    done_.wait(lock, [&] { return inside_ == 0; });
}

void ThreadPool::work(unsigned index) {
    uint64_t seen = 0;
    for (;;) {
        for (int spin = 0; spin < spins_before_sleep && generation_ == seen; ++spin) {
            __builtin_ia32_pause();
        }
        std::unique_lock lock(mutex_);
        ++sleeping_;
        wake_.wait(lock, [&] { return generation_ != seen; });
        --sleeping_;
        seen = generation_;
        if (quit_) {
            return;
        }
        if (!open_ || index + 1 >= shards_->size()) {
            continue;
        }
        Shard& shard = *(*shards_)[index + 1];
        ++inside_;
        lock.unlock();
        run_shard(shard);
        lock.lock();
        if (--inside_ == 0) {
            done_.notify_all();
        }
    }
}

Watchdog::Watchdog(Run& run, unsigned seconds) {
    if (seconds == 0) {
        return;
    }
    thread_ = std::thread([this, &run, seconds] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, std::chrono::seconds(seconds), [&] { return over_; })) {
            return;
        }
        run.expired = true;
        while (!over_) {
            run.attention = true;
            interrupt_running_threads(run);
            run.changed.notify_all();
            changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return over_; });
        }
    });
}

Watchdog::~Watchdog() {
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
}

}  // namespace tessera::sim

// What is still under way on the chip as far as a program can know. Tessera carries everything out when it is enqueued;
// the chip does not, so the order that the program has established is kept here and checked.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sim/launch.h>

namespace tessera::metalium {

/// A command queue: the device or mesh that it belongs to, and its number there.
using QueueKey = std::pair<const void*, uint32_t>;

class QueueOrder {
public:
    /// The process's own.
    static QueueOrder& instance();

    /// A workload was enqueued. several: the device has more queues than this one.
    void workload(QueueKey queue, std::span<const sim::ProgramLaunch* const> launches, bool blocking, bool several);
    /// A transfer of a buffer was enqueued.
    void transfer(QueueKey queue, uint64_t address, bool is_read, bool blocking);
    /// An event was recorded; a queue, or the host, waits for it.
    void event_recorded(QueueKey queue, uint32_t event);
    void queue_waits(QueueKey queue, QueueKey recorder, uint32_t event);
    void host_waits(QueueKey recorder, uint32_t event);
    /// Everything that was enqueued has finished.
    void finished(QueueKey queue);
    /// The host reads or writes memory of a chip past the queues.
    void direct(uint32_t chip, const char* function, bool is_read);
    /// The device is closed.
    void closed(const void* device);

private:
    /// A workload that may still run.
    struct Work {
        uint64_t number = 0;
        std::vector<uint32_t> chips;
        std::vector<uint32_t> words;  ///< its runtime arguments, sorted
    };
    struct Queue {
        uint64_t number = 0;  ///< operations enqueued so far
        std::vector<Work> work;
        std::vector<uint64_t> reads;          ///< numbers of the reads that nobody has waited for
        std::map<uint32_t, uint64_t> events;  ///< operations before each event
        std::map<QueueKey, uint64_t> waited;  ///< of other queues: operations that come before all new ones of this
    };

    void done(Queue& queue, uint64_t number);

    std::mutex mutex_;
    std::map<QueueKey, Queue> queues_;
};

}  // namespace tessera::metalium

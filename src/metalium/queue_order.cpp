#include <metalium/queue_order.h>

#include <algorithm>

#include <base/reporter.h>
#include <fmt/format.h>

namespace tessera::metalium {

namespace {

void report(Diagnostic diagnostic) {
    if (Reporter::instance().report(diagnostic) == Reporter::Verdict::Stop) {
        throw Error(std::move(diagnostic));
    }
}

}  // namespace

QueueOrder& QueueOrder::instance() {
    // Never destroyed: devices that a program keeps in static variables close after everything else has gone.
    static auto* const order = new QueueOrder;
    return *order;
}

void QueueOrder::done(Queue& queue, uint64_t number) {
    std::erase_if(queue.work, [&](const Work& work) { return work.number <= number; });
    std::erase_if(queue.reads, [&](uint64_t read) { return read <= number; });
}

void QueueOrder::workload(QueueKey key, std::span<const sim::ProgramLaunch* const> launches, bool blocking,
                          bool several) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[key];
    ++queue.number;
    if (blocking) {
        done(queue, queue.number);
        return;
    }
    Work work{.number = queue.number, .chips = {}, .words = {}};
    for (const sim::ProgramLaunch* launch : launches) {
        work.chips.push_back(launch->device);
        for (const sim::CoreLaunch& core : launch->cores) {
            for (const sim::ProcessorLaunch& processor : core.processors) {
                if (several) {
                    work.words.insert(work.words.end(), processor.args.begin(), processor.args.end());
                    work.words.insert(work.words.end(), processor.common_args.begin(), processor.common_args.end());
                }
            }
        }
    }
    std::sort(work.words.begin(), work.words.end());
    work.words.erase(std::unique(work.words.begin(), work.words.end()), work.words.end());
    // A queue of its own needs no more than the newest.
    if (!several) {
        queue.work.clear();
    }
    queue.work.push_back(std::move(work));
}

void QueueOrder::transfer(QueueKey key, uint64_t address, bool is_read, bool blocking) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[key];
    ++queue.number;
    for (const auto& [other_key, other] : queues_) {
        if (other_key == key || other_key.first != key.first) {
            continue;
        }
        const auto waited = queue.waited.find(other_key);
        const uint64_t known = waited == queue.waited.end() ? 0 : waited->second;
        const bool races = std::any_of(other.work.begin(), other.work.end(), [&](const Work& work) {
            return work.number > known && std::binary_search(work.words.begin(), work.words.end(), address);
        });
        if (races) {
            report(
                {.name = "unordered-host-access",
                 .message =
                     fmt::format("command queue {} {} a buffer at {:#x} while a workload of queue {} that uses it "
                                 "may still run",
                                 key.second, is_read ? "reads" : "writes", address, other_key.second),
                 .help = fmt::format("record an event on queue {} after the workload and let queue {} wait for it, or "
                                     "call Finish on queue {}",
                                     other_key.second, key.second, other_key.second)});
        }
    }
    if (blocking) {
        done(queue, queue.number);
    } else if (is_read) {
        queue.reads.push_back(queue.number);
    }
}

void QueueOrder::event_recorded(QueueKey key, uint32_t event) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[key];
    queue.events[event] = queue.number;
}

void QueueOrder::queue_waits(QueueKey key, QueueKey recorder, uint32_t event) {
    const std::lock_guard lock(mutex_);
    uint64_t& known = queues_[key].waited[recorder];
    known = std::max(known, queues_[recorder].events[event]);
}

void QueueOrder::host_waits(QueueKey recorder, uint32_t event) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[recorder];
    done(queue, queue.events[event]);
}

void QueueOrder::finished(QueueKey key) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[key];
    done(queue, queue.number);
}

void QueueOrder::direct(uint32_t chip, const char* function, bool is_read) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, queue] : queues_) {
        const bool runs = std::any_of(queue.work.begin(), queue.work.end(), [&](const Work& work) {
            return std::find(work.chips.begin(), work.chips.end(), chip) != work.chips.end();
        });
        if (runs) {
            report(
                {.name = "unordered-host-access",
                 .severity = Diagnostic::Severity::Warning,
                 .message = fmt::format("{} {} memory of device {} while a workload of command queue {} may still run",
                                        function, is_read ? "reads" : "writes", chip, key.second),
                 .help = "call Finish on the queue first: these functions do not wait for it"});
        }
    }
}

void QueueOrder::closed(const void* device) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, queue] : queues_) {
        if (key.first == device && !queue.reads.empty()) {
            report({.name = "unfinished-read",
                    .severity = Diagnostic::Severity::Warning,
                    .message = fmt::format("the device is closed, and nobody has waited for {} non-blocking read{} of "
                                           "command queue {}",
                                           queue.reads.size(), queue.reads.size() == 1 ? "" : "s", key.second),
                    .help = "call Finish before the host uses what was read, or read with blocking = true"});
        }
    }
    std::erase_if(queues_, [&](const auto& entry) { return entry.first.first == device; });
}

}  // namespace tessera::metalium

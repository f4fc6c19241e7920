// A point in a command queue of one device, for the single-device generation of the API.
#pragma once

#include <atomic>
#include <cstdint>

namespace tt::tt_metal {

class IDevice;

/// Made by the program, filled by EnqueueRecordEvent.
struct Event {
    IDevice* device = nullptr;
    uint32_t cq_id = -1;
    uint32_t event_id = -1;
    std::atomic<bool> ready = false;  ///< it has been recorded

    /// Throws if the event was never recorded: nothing could make it ready later.
    void wait_until_ready();
};

}  // namespace tt::tt_metal

// Captured traces: the launches that a queue recorded, with their arguments as they were then.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <metalium/launch.h>

namespace tessera::metalium {

/// Programs that run side by side.
struct RecordedStep {
    std::vector<std::unique_ptr<LaunchSnapshot>> launches;
};

struct Trace {
    std::vector<RecordedStep> steps;
    bool complete = false;
};

/// A number that no trace has.
uint32_t new_trace_id();
/// Makes an empty trace. Throws when the number is in use.
Trace& create_trace(uint32_t id);
/// Throws when there is no such trace.
Trace& find_trace(uint32_t id);
bool has_trace(uint32_t id);
void release_trace(uint32_t id);
/// Runs the steps of a complete trace.
void replay(const Trace& trace);

}  // namespace tessera::metalium

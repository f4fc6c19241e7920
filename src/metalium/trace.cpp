#include <metalium/trace.h>

#include <map>
#include <mutex>

#include <tt_stl/assert.hpp>

namespace tessera::metalium {

namespace {

std::mutex g_mutex;
uint32_t g_next = 0;
std::map<uint32_t, std::unique_ptr<Trace>>& traces() {
    static auto* all = new std::map<uint32_t, std::unique_ptr<Trace>>();
    return *all;
}

}  // namespace

uint32_t new_trace_id() {
    const std::lock_guard lock(g_mutex);
    while (traces().count(g_next) != 0) {
        ++g_next;
    }
    return g_next++;
}

Trace& create_trace(uint32_t id) {
    const std::lock_guard lock(g_mutex);
    auto [entry, made] = traces().try_emplace(id, std::make_unique<Trace>());
    TT_FATAL(made, "Trace already exists for tid {} on device", id);
    return *entry->second;
}

Trace& find_trace(uint32_t id) {
    const std::lock_guard lock(g_mutex);
    const auto found = traces().find(id);
    TT_FATAL(found != traces().end(), "Trace instance {} must exist on device", id);
    return *found->second;
}

bool has_trace(uint32_t id) {
    const std::lock_guard lock(g_mutex);
    return traces().count(id) != 0;
}

void release_trace(uint32_t id) {
    const std::lock_guard lock(g_mutex);
    traces().erase(id);
}

void replay(const Trace& trace) {
    TT_FATAL(trace.complete, "The trace can't be replayed before its capture has ended");
    for (const RecordedStep& step : trace.steps) {
        std::vector<const sim::ProgramLaunch*> launches;
        launches.reserve(step.launches.size());
        for (const auto& launch : step.launches) {
            launches.push_back(&launch->launch);
        }
        run(launches);
    }
}

}  // namespace tessera::metalium

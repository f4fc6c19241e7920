// The kernel profiler's macros. Zones name what a processor is doing; reports of errors show the zones it was in. There
// is no cycle-accurate clock to record times from.
#pragma once

#include "tessera/abi_debug.h"

namespace kernel_profiler {

/// A zone for as long as it lives. `name` must stay valid: a string literal.
class Zone {
public:
    explicit Zone(const char* name) : name_(name) { ::tsr_zone(name_, 1); }
    ~Zone() { ::tsr_zone(name_, 0); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

private:
    const char* name_;
};

}  // namespace kernel_profiler

#define TSR_PROFILER_JOIN_(a, b) a##b
#define TSR_PROFILER_JOIN(a, b) TSR_PROFILER_JOIN_(a, b)
#define TSR_PROFILER_ZONE(name) const ::kernel_profiler::Zone TSR_PROFILER_JOIN(tsr_zone_, __COUNTER__)(name);

#define DeviceZoneScopedN(name) TSR_PROFILER_ZONE(name)
#define DeviceZoneScopedMainN(name) TSR_PROFILER_ZONE(name)
#define DeviceZoneScopedMainChildN(name) TSR_PROFILER_ZONE(name)
#define DeviceZoneScopedSumN1(name) TSR_PROFILER_ZONE(name)
#define DeviceZoneScopedSumN2(name) TSR_PROFILER_ZONE(name)
#define DeviceTimestampedData(name, data) ::tsr_timestamped_data(name, static_cast<uint64_t>(data));
#define DeviceRecordEvent(event_id) ::tsr_timestamped_data(nullptr, static_cast<uint64_t>(event_id));
#define DeviceValidateProfiler(condition)
#define DeviceZoneSetCounter(counter)
#define DeviceProfilerInit()
#define DeviceTraceOnlyProfilerInit()
#define DeviceIncrementTraceCount()
#define RECORD_NOC_EVENT_WITH_ADDR(type, local_addr, noc_addr, num_bytes, vc, posted, noc)
#define RECORD_NOC_EVENT_WITH_ID(type, local_addr, noc_id, addrgen, offset, num_bytes, vc, posted, noc)
#define RECORD_NOC_EVENT(type, posted, noc)
#define NOC_TRACE_QUICK_PUSH_IF_LINKED(cmd_buf, linked)
#define StartPerfCounters()
#define StopPerfCounters()
#define RecordPerfCounters()

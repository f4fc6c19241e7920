// Zones and marks that kernels put into a recording: DeviceZoneScopedN("name") covers the rest of its scope.
#pragma once

#include <cstdint>

#include <tessera/abi.h>

namespace tessera {

/// Records a zone from here to the end of the scope.
class Zone {
public:
    explicit Zone(const char* name) : name_(name) { tsr_zone(name_, 1); }
    ~Zone() { tsr_zone(name_, 0); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

private:
    const char* name_;
};

/// A moment: a zone without length.
inline void mark(const char* name) {
    tsr_zone(name, 1);
    tsr_zone(name, 0);
}

}  // namespace tessera

#define TESSERA_JOIN_(a, b) a##b
#define TESSERA_JOIN(a, b) TESSERA_JOIN_(a, b)
#define DeviceZoneScopedN(name) const ::tessera::Zone TESSERA_JOIN(tessera_zone_, __LINE__)(name)
#define DeviceZoneScopedMainN(name) DeviceZoneScopedN(name)
#define DeviceZoneScopedMainChildN(name) DeviceZoneScopedN(name)
#define DeviceZoneScopedSumN1(name) DeviceZoneScopedN(name)
#define DeviceZoneScopedSumN2(name) DeviceZoneScopedN(name)
#define DeviceTimestampedData(name, data) (static_cast<void>(data), ::tessera::mark(name))
#define DeviceRecordEvent(event_id) (static_cast<void>(event_id), ::tessera::mark("event"))
#define DeviceZoneSetCounter(counter) static_cast<void>(counter)
#define DeviceValidateProfiler(condition) static_cast<void>(condition)
#define DeviceProfilerInit()
#define DeviceTraceOnlyProfilerInit()
#define DeviceIncrementTraceCount()
#define StartPerfCounters()
#define StopPerfCounters()
#define RecordPerfCounters()

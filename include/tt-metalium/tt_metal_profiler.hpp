// The device profiler's functions. Kernels' zones (DeviceZoneScopedN) are recorded by the device itself, so these are
// accepted and have nothing to fetch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/profiler_optional_metadata.hpp>
#include <tt-metalium/profiler_types.hpp>

namespace tt::tt_metal {

class IDevice;
class Program;

namespace detail {

void ClearProfilerControlBuffer(IDevice* device);
void InitDeviceProfiler(IDevice* device);
void ProfilerSync(ProfilerSyncState state);
void ReadDeviceProfilerResults(IDevice* device, ProfilerReadState state = ProfilerReadState::NORMAL,
                               const std::optional<ProfilerOptionalMetadata>& metadata = {});
void DumpDeviceProfileResults(IDevice* device, std::vector<CoreCoord>& worker_cores,
                              ProfilerDumpState state = ProfilerDumpState::NORMAL,
                              const std::optional<ProfilerOptionalMetadata>& metadata = {});
void DumpDeviceProfileResults(IDevice* device, ProfilerDumpState state = ProfilerDumpState::NORMAL,
                              const std::optional<ProfilerOptionalMetadata>& metadata = {});
void SetDeviceProfilerDir(const std::string& output_dir = "");
void FreshProfilerDeviceLog();

}  // namespace detail

}  // namespace tt::tt_metal

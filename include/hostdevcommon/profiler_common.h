// Limits of the device profiler that programs compute with.
#pragma once

#include <cstdint>

#define PROFILER_OPT_DO_DISPATCH_CORES (1 << 1)
#define PROFILER_OPT_DO_TRACE_ONLY (1 << 2)
#define PROFILER_OPT_DO_SUM (1 << 3)

/// Operations whose markers fit in device memory between two reads.
static constexpr int PROFILER_OP_SUPPORT_COUNT = 1000;

namespace kernel_profiler {

static constexpr int SUM_COUNT = 2;
/// 32-bit words that one marker takes.
static constexpr uint32_t PROFILER_L1_MARKER_UINT32_SIZE = 2;
/// Markers that a kernel may leave, those of its start and end apart.
static constexpr uint32_t PROFILER_L1_OPTIONAL_MARKER_COUNT = 250;
static constexpr uint32_t PROFILER_L1_GUARANTEED_MARKER_COUNT = 4;
static constexpr uint32_t PROFILER_L1_PROGRAM_ID_COUNT = 2;

}  // namespace kernel_profiler

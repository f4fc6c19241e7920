// Values that host programs and kernels agree on.
#pragma once

#include <cstddef>
#include <cstdint>

// What the semaphore of a multicast pipeline holds.
constexpr static std::uint32_t INVALID = 0;
constexpr static std::uint32_t VALID = 1;

// Defaults of device creation, in bytes. A worker L1 size of 0 means all there is.
constexpr static std::size_t DEFAULT_L1_SMALL_SIZE = 0;
constexpr static std::size_t DEFAULT_TRACE_REGION_SIZE = 0;
constexpr static std::size_t DEFAULT_WORKER_L1_SIZE = 0;

// Enumerations of vector-unit signatures beyond those that every compute header has.
#pragma once

#include <cstdint>

#include <api/compute/common_globals.h>

namespace ckernel {

/// Which faces of a tile an operation covers: R the upper two, C the left two, RC all four.
enum VectorMode { None = 0, R = 1, C = 2, RC = 4, RC_custom = 6, Invalid = 0xFF };

enum class DataLayout : uint8_t { TILE = 0, ROW_MAJOR = 1 };

enum class RoundingMode : uint8_t { None, Trunc, Floor };
/// How add_binary_tile and its relatives narrow to a 16-bit DST.
enum class DstRoundingMode : uint8_t { Default, NearestEven };

}  // namespace ckernel

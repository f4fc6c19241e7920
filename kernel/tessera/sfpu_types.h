// Enumerations of vector-unit signatures beyond those that every compute header has.
#pragma once

#include <cstdint>

#include <tessera/compute_globals.h>

namespace ckernel {

enum class RoundingMode : uint8_t { None, Trunc, Floor };
/// How add_binary_tile and its relatives narrow to a 16-bit DST.
enum class DstRoundingMode : uint8_t { Default, NearestEven };

}  // namespace ckernel

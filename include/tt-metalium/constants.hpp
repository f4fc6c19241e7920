// The sizes of a tile and its faces. Included by host programs and by kernels alike.
#pragma once

#include <cstdint>

namespace tt::constants {

using std::uint32_t;

constexpr uint32_t TILE_HEIGHT = 32;
constexpr uint32_t TILE_WIDTH = 32;
constexpr uint32_t TILE_HW = TILE_HEIGHT * TILE_WIDTH;  ///< values in a tile
constexpr uint32_t FACE_HEIGHT = 16;
constexpr uint32_t FACE_WIDTH = 16;
constexpr uint32_t FACE_HW = FACE_HEIGHT * FACE_WIDTH;    ///< values in a face; a tile has four
constexpr uint32_t BFLOAT8_B_TILE_HW = TILE_HW + 64;      ///< bytes: one a value, and one exponent for 16 values
constexpr uint32_t BFLOAT4_B_TILE_HW = TILE_HW / 2 + 64;  ///< bytes: half a byte a value, and the exponents

}  // namespace tt::constants

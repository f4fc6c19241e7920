// The clock that a board really has when its matrix units are busy.
#pragma once

#include <string_view>

namespace tessera::arch {

/// In MHz: where power makes a board's clock slower than its nominal one (Chip::aiclk_mhz), else that. Throws
/// tessera::Error (unknown-board).
double busy_aiclk_mhz(std::string_view board);

}  // namespace tessera::arch

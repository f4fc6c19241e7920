// The JSON files of arch/ as they are built into the library.
#pragma once

#include <string_view>

namespace tessera::arch {

/// Of arch/NAME.json. Throws tessera::Error (unknown-board) if there is none.
std::string_view file_text(std::string_view name);

}  // namespace tessera::arch

// Takes out what a kernel does not need: declarations of variables that nothing uses, loops and branches that do
// nothing.
#pragma once

#include <tile/device/program.h>

namespace tessera::tile::lower {

/// A call whose result nothing uses goes too if it only reads: get_write_ptr, get_read_ptr, read_word, read_tile_value.
device::Code without_unused(const device::Code& code);
/// Whether a variable is used anywhere.
bool uses(const device::Code& code, const ir::Var& var);

}  // namespace tessera::tile::lower

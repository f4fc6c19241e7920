// Buffers of a block that keep fewer bits than the script says.
#pragma once

#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// The kernel with float32 fragments and shared buffers as bfloat16 in the launches that are asked for, by their
/// number. A launch that takes from or gives to a float32 tensor stays as it is: its tiles need 32-bit DST anyway.
ir::Kernel narrow_blocks(const ir::Kernel& kernel, const std::vector<bool>& asked);

}  // namespace tessera::tile::pass

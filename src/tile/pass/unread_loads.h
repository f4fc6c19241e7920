// Loads that nothing needs any more.
#pragma once

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// Copies of tensors into buffers that nobody reads go: their elements were read from the tensor itself.
ir::Block without_unread_loads(const ir::Block& body);

}  // namespace tessera::tile::pass

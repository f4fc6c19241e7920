// Copies that only rename.
#pragma once

#include <tile/ir/stmt.h>

namespace tessera::tile::lower {

/// A launch of a normalised kernel, without the copies between buffers of the block whose source dies there: what made
/// the source makes the copy's destination instead. Left alone where a type is narrowed twice, where the source was
/// added to in place, and where the destination is in use between the two.
ir::Stmt without_copies(const ir::Stmt& launch);

}  // namespace tessera::tile::lower

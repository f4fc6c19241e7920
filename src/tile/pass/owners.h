// Blocks that store to the same tiles go to one core.
#pragma once

#include <map>

#include <tile/ir/stmt.h>
#include <tile/pass/names.h>

namespace tessera::tile::pass {

/// The launch in which `together` neighbouring blocks along each of the given axes are done by one block, one after the
/// other, in a loop.
ir::Stmt join_blocks(const ir::Stmt& launch, const std::map<ir::Var, int64_t>& together, Names& names);

}  // namespace tessera::tile::pass

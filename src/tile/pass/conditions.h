// Conditions of stores, where null stands for always.
#pragma once

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

ir::Expr conjunction(const ir::Expr& a, const ir::Expr& b);

/// The condition without what only keeps the store inside its tensor: stores outside are dropped anyway.
ir::Expr without_bounds_checks(const ir::Expr& condition, const ir::Store& store);

}  // namespace tessera::tile::pass

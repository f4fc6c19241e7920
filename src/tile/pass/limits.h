// Stores that stop early: conditions of the form "below a bound" become extents that are known at run time only.
#pragma once

#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// Shortens the region that is stored to, where the condition of the store says no more than that variables are below
/// bounds which all iterations share. `order`: the variables of the region's dimensions that are not dropped, `vars`:
/// all of the nest. A copy to the region writes so many of the source's first elements; a block may then store next to
/// another one's elements without touching them. False, and nothing changed, for other conditions.
bool ends_early(const ir::Expr& condition, const std::vector<ir::Var>& vars, const std::vector<ir::Var>& order,
                ir::Region& place);

}  // namespace tessera::tile::pass

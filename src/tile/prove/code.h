// What the proofs ask of a kernel's code.
#pragma once

#include <functional>
#include <set>

#include <tile/device/program.h>

namespace tessera::tile::prove {

using Vars = std::set<const ir::VarNode*>;

/// Every node, those of loops and conditions after the loop or condition itself.
void each(const device::Code& code, const std::function<void(const device::Node&)>& visit);

/// Whether circular buffers are used anywhere in it.
bool uses_rings(const device::Code& code);

bool depends(const ir::Expr& expr, const Vars& vars);
/// `vars`, which differ between cores, and all that differ since they do: what is computed from them, and what is
/// assigned where they decide.
Vars spread(const device::Code& code, Vars vars);

}  // namespace tessera::tile::prove

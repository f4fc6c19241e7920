// The decisions of a compilation under the names that the TileLang fork for Tenstorrent gives the attributes of its
// stages, for tools that look for these.
#pragma once

#include <tile/explain/explain.h>

namespace tessera::tile::explain {

/// {target, kernel, programs: [{name, attrs: {name: value}, kernels: [{role, attrs}], buffers: ...}]}. Every value is
/// what this compilation decided; docs/tile_attributes.md says what each means here.
Json attributes_of(const Subject& subject);

/// The work of each core as block indices by grid axis, in its order: [core][turn][axis]. Indices that the kernels
/// work out from what is known at run time only are -1.
std::vector<std::vector<std::vector<int64_t>>> blocks_by_core(const device::Program& program, const ir::Launch& launch);

}  // namespace tessera::tile::explain

// Tensors that have to lie in memory in two ways.
#pragma once

#include <map>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// A kernel in which no parameter that is only read is both copied in blocks and read element by element: where one
/// was, single elements are read from a parameter of its own with the same elements.
struct Separated {
    ir::Kernel kernel;
    std::map<ir::Buffer, ir::Buffer> originals;  ///< of parameters that were added
};
Separated separate_layouts(const ir::Kernel& kernel);

}  // namespace tessera::tile::pass

// Which way vectors lie: down the first column of their tiles, or along the first row.
#pragma once

#include <map>

#include <tile/lower/storage.h>

namespace tessera::tile::lower {

/// The form of every buffer and tensor that the launches of a kernel move or compute with, from how they are used: a
/// buffer of rank 1 that a matrix's rows share (v[i] where m[i,j] is made, or the reduction of m over j) is a
/// ColumnVector, one that its columns share a RowVector; buffers that are used element by element together lie alike;
/// one that nothing ties is a ColumnVector. Of rank 2 or more: a Matrix, unless it is a batch of vectors, as what a
/// reduction of rank 3 leaves; (n,1) is a ColumnVector. One element is a Scalar. A vector that is used both ways lies
/// as the first statement wants it, but a reduction's result as the reduction leaves it; compute turns it where it
/// must.
std::map<ir::Buffer, Form> choose_forms(const ir::Kernel& kernel);

/// The dimensions of a buffer that a form puts on a tile's rows and on its columns, -1: none (they are 0 to 31).
struct TileDimensions {
    int row = -1, column = -1;
};
TileDimensions tile_dimensions(const ir::Buffer& buffer, Form form);

/// Pairs of dimensions that a copy between two regions matches: first of `a`, second of `b`.
std::vector<std::pair<int, int>> matched_dimensions(const ir::Region& a, const ir::Region& b);

}  // namespace tessera::tile::lower

#include <tile/lower/storage.h>

#include <stdexcept>
#include <utility>

namespace tessera::tile::lower {

ir::Expr Place::tile_index(const ir::Expr& matrix, const ir::Expr& row, const ir::Expr& column) const {
    using ir::floordiv;
    using ir::floormod;
    using ir::make_int;
    const ir::Expr base = matrix * make_int(rows * columns);
    if (subblock_rows == 0 || subblock_columns == columns) {
        return base + row * make_int(columns) + column;
    }
    const ir::Expr height = make_int(subblock_rows), width = make_int(subblock_columns);
    const ir::Expr subblock = floordiv(row, height) * make_int(columns / subblock_columns) + floordiv(column, width);
    return base + subblock * make_int(subblock_rows * subblock_columns) + floormod(row, height) * width +
           floormod(column, width);
}

Place& Storage::add(Place place) {
    places_.push_back(std::move(place));
    return places_.back();
}

const Place* Storage::find(const ir::Buffer& buffer) const {
    for (const Place& place : places_) {
        if (place.buffer == buffer) {
            return &place;
        }
    }
    return nullptr;
}

const Place& Storage::of(const ir::Buffer& buffer) const {
    const Place* place = find(buffer);
    if (place == nullptr) {
        throw std::logic_error("no circular buffer holds " + buffer->name);
    }
    return *place;
}

}  // namespace tessera::tile::lower

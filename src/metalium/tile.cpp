// Shapes of tiles.
#include <tt-metalium/tile.hpp>

#include <algorithm>
#include <array>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

/// Exponents of block formats start and end at multiples of this many bytes.
constexpr uint32_t exponent_alignment = 16;

}  // namespace

Tile::Tile(std::array<uint32_t, 2> shape, bool transpose_tile)
    : tile_shape(shape), transpose_within_face(transpose_tile), transpose_of_faces(transpose_tile) {
    constexpr std::array<uint32_t, 6> heights = {1, 2, 4, 8, 16, 32};
    const auto [height, width] = tile_shape;
    if (std::find(heights.begin(), heights.end(), height) == heights.end() || (width != 16 && width != 32)) {
        TT_THROW("Tile size is not valid for our hardware: {} x {}", height, width);
    }
    TT_FATAL(!transpose_tile || height >= 16, "Tile height must equal 16 or 32 in transpose mode");
    face_shape = {std::min(height, constants::FACE_HEIGHT), constants::FACE_WIDTH};
    tile_hw = height * width;
    face_hw = face_shape[0] * face_shape[1];
    num_faces = tile_hw / face_hw;
    partial_face = height < constants::TILE_HEIGHT;
    narrow_tile = width < constants::TILE_WIDTH;
}

uint32_t Tile::get_tile_size(const DataFormat& format) const {
    const uint32_t exponents = tt::round_up(face_shape[0] * num_faces, exponent_alignment);
    switch (format) {
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b:
            return tile_hw + exponents;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
            return tile_hw / 2 + exponents;
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            return tile_hw / 4 + exponents;
        default:
            return tile_hw * datum_size(format);
    }
}

std::ostream& operator<<(std::ostream& os, const Tile& tile) {
    return os << "Tile(tile_shape={" << tile.get_height() << ", " << tile.get_width() << "}, face_shape={"
              << tile.get_face_shape()[0] << ", " << tile.get_face_shape()[1] << "}, num_faces=" << tile.get_num_faces()
              << ")";
}

}  // namespace tt::tt_metal

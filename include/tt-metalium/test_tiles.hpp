// The conversions between layouts that programs of 2024 use, on vectors. Matrices need not be multiples of 32: tiles
// are filled up with zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt_stl/assert.hpp>

enum TensorLayout {
    LIN_ROW_MAJOR = 0,     ///< row by row
    TILED32_SWIZZLED = 1,  ///< tile by tile, each row by row
    TILED32_4FACES = 2,    ///< tile by tile, each face by face
};

/// Each tile's rows to faces.
template <class T, template <typename...> typename BufferType>
std::vector<T> convert_to_tile_layout(const BufferType<T>& data) {
    return convert_layout_tile_swizzled_to_tile_nfaces(ttsl::Span<const T>(data.data(), data.size()));
}

/// Each tile's faces to rows.
template <class T, template <typename...> typename BufferType>
std::vector<T> convert_to_flat_layout(const BufferType<T>& data) {
    return convert_layout_tile_nfaces_to_tile_swizzled(ttsl::Span<const T>(data.data(), data.size()));
}

/// Row-major to tiles; the last two dimensions of the shape are rows and columns.
template <typename T, template <typename...> typename BufferType>
std::vector<T> tilize_nchw(const BufferType<T>& in_rowmajor, const std::vector<std::uint32_t>& shape) {
    TT_FATAL(shape.size() >= 2, "Shape must have at least 2 dimensions, not {}", shape.size());
    const std::size_t rows = shape[shape.size() - 2];
    const std::size_t cols = shape[shape.size() - 1];
    const std::uint32_t padded_rows = round_up_to_mul32(shape[shape.size() - 2]);
    const std::uint32_t padded_cols = round_up_to_mul32(shape[shape.size() - 1]);
    TT_FATAL(rows * cols != 0 && in_rowmajor.size() % (rows * cols) == 0, "The input does not hold whole matrices");
    const std::size_t matrices = in_rowmajor.size() / (rows * cols);
    std::vector<T> padded(matrices * padded_rows * padded_cols, T(0));
    for (std::size_t row = 0; row < matrices * rows; ++row) {
        const std::size_t to = (row / rows * padded_rows + row % rows) * padded_cols;
        for (std::size_t col = 0; col < cols; ++col) {
            padded[to + col] = in_rowmajor[row * cols + col];
        }
    }
    return tilize_swizzled<T>(padded, padded_rows, padded_cols);
}

/// Tiles to row-major.
template <typename T, template <typename...> typename BufferType>
std::vector<T> untilize_nchw(const BufferType<T>& in, const std::vector<std::uint32_t>& shape) {
    TT_FATAL(shape.size() >= 2, "Shape must have at least 2 dimensions, not {}", shape.size());
    return untilize_swizzled<T>(std::vector<T>(in.begin(), in.end()), shape[shape.size() - 2], shape[shape.size() - 1]);
}

/// Between any two layouts.
template <typename T, template <typename...> typename BufferType>
std::vector<T> convert_layout(const BufferType<T>& inp, const std::vector<uint32_t>& shape, TensorLayout inL,
                              TensorLayout outL) {
    if (inL == outL) {
        return std::vector<T>(inp.begin(), inp.end());
    }
    std::vector<T> tiles(inp.begin(), inp.end());
    if (inL == LIN_ROW_MAJOR) {
        tiles = tilize_nchw<T>(inp, shape);
    } else if (inL == TILED32_4FACES) {
        tiles = convert_to_flat_layout<T>(inp);
    }
    if (outL == LIN_ROW_MAJOR) {
        return untilize_nchw<T>(tiles, shape);
    }
    return outL == TILED32_4FACES ? convert_to_tile_layout<T>(tiles) : tiles;
}

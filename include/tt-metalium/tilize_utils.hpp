// Conversions between row-major matrices and tiles.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <vector>

#include <tt_stl/span.hpp>

/// The order of the elements of a matrix in memory.
enum class TensorLayoutType {
    LIN_ROW_MAJOR = 0,   ///< row by row
    TILED_SWIZZLED = 1,  ///< tile by tile, each row by row
    TILED_NFACES = 2,    ///< tile by tile, each face by face, each row by row
};
std::ostream& operator<<(std::ostream& os, TensorLayoutType layout);

/// Rows and columns.
using PhysicalSize = std::array<uint32_t, 2>;

/// Positions in a row-major tensor of four dimensions.
struct TensAddr {
    std::vector<std::uint32_t> sh;

    TensAddr(const std::vector<std::uint32_t>& shape);
    std::uint32_t numel() const;
    int offs(int n, int c, int h, int w);
};

std::uint32_t round_up_to_mul16(std::uint32_t val);
std::uint32_t round_up_to_mul32(std::uint32_t val);
/// The next multiple of a power of two.
std::uint32_t round_up_to_tile(int val, int tile_val);

// Element types of all templates below: float, bfloat16, double, (u)int8_t, (u)int16_t, (u)int32_t. Tiles are 32 x 32
// with faces of 16 x 16 unless said otherwise. Everything throws where sizes do not divide.

/// Each tile's rows to faces. transpose_face exchanges rows and columns in a face, transpose_face_order those of faces.
template <class T>
std::vector<T> convert_layout_tile_swizzled_to_tile_nfaces(ttsl::Span<const T> in_tile_swizzled,
                                                           std::optional<PhysicalSize> tile_shape = std::nullopt,
                                                           std::optional<PhysicalSize> face_shape = std::nullopt,
                                                           bool transpose_face = false,
                                                           bool transpose_face_order = false);

/// The inverse.
template <class T>
std::vector<T> convert_layout_tile_nfaces_to_tile_swizzled(ttsl::Span<const T> in_tile_nfaces,
                                                           std::optional<PhysicalSize> tile_shape = std::nullopt,
                                                           std::optional<PhysicalSize> face_shape = std::nullopt,
                                                           bool transpose_face = false,
                                                           bool transpose_face_order = false);

/// Between any two layouts. `shape` is one matrix's rows and columns; the input may hold several, one after the other.
template <typename T>
std::vector<T> convert_layout(ttsl::Span<const T> inp, const PhysicalSize& shape, TensorLayoutType inL,
                              TensorLayoutType outL, std::optional<PhysicalSize> tile_shape = std::nullopt,
                              std::optional<PhysicalSize> face_shape = std::nullopt, bool transpose_within_face = false,
                              bool transpose_of_faces = false);

/// The same for a shape of any rank, whose outer dimensions count matrices.
template <typename T>
std::vector<T> convert_layout(ttsl::Span<const T> inp, ttsl::Span<const uint32_t> shape, TensorLayoutType inL,
                              TensorLayoutType outL, std::optional<PhysicalSize> tile_shape = std::nullopt,
                              std::optional<PhysicalSize> face_shape = std::nullopt, bool transpose_within_face = false,
                              bool transpose_of_faces = false);

/// Matrices of m rows and n columns.
template <typename T>
std::vector<T> tilize_swizzled(const std::vector<T>& input, uint32_t m, uint32_t n);
template <typename T>
std::vector<T> untilize_swizzled(const std::vector<T>& input, uint32_t m, uint32_t n);
template <typename T>
std::vector<T> tilize_nfaces(const std::vector<T>& input, uint32_t m, uint32_t n);
template <typename T>
std::vector<T> untilize_nfaces(const std::vector<T>& input, uint32_t m, uint32_t n);

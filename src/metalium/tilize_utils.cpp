// Conversions between row-major matrices and tiles: all layouts keep the rows of a face together (unless it is
// transposed), so one walk over the rows of all faces serves every pair of layouts.
#include <tt-metalium/tilize_utils.hpp>

#include <cstring>
#include <functional>
#include <numeric>
#include <ostream>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/constants.hpp>
#include <tt_stl/assert.hpp>

std::ostream& operator<<(std::ostream& os, TensorLayoutType layout) {
    switch (layout) {
        case TensorLayoutType::LIN_ROW_MAJOR:
            return os << "LIN_ROW_MAJOR";
        case TensorLayoutType::TILED_SWIZZLED:
            return os << "TILED_SWIZZLED";
        case TensorLayoutType::TILED_NFACES:
            return os << "TILED_NFACES";
    }
    return os << "unknown layout";
}

TensAddr::TensAddr(const std::vector<std::uint32_t>& shape) : sh(shape) {}

std::uint32_t TensAddr::numel() const {
    return std::accumulate(sh.begin(), sh.end(), std::uint32_t{1}, std::multiplies<>{});
}

int TensAddr::offs(int n, int c, int h, int w) {
    const auto inside = [this](int index, size_t dim) { return index >= 0 && static_cast<uint32_t>(index) < sh[dim]; };
    TT_FATAL(sh.size() == 4 && inside(n, 0) && inside(c, 1) && inside(h, 2) && inside(w, 3),
             "Index ({}, {}, {}, {}) is outside of the tensor", n, c, h, w);
    return static_cast<int>(
        ((static_cast<uint32_t>(n) * sh[1] + static_cast<uint32_t>(c)) * sh[2] + static_cast<uint32_t>(h)) * sh[3] +
        static_cast<uint32_t>(w));
}

std::uint32_t round_up_to_mul16(std::uint32_t val) {
    return (val + 15) & ~15u;
}
std::uint32_t round_up_to_mul32(std::uint32_t val) {
    return (val + 31) & ~31u;
}
std::uint32_t round_up_to_tile(int val, int tile_val) {
    return static_cast<std::uint32_t>((val + tile_val - 1) & ~(tile_val - 1));
}

namespace {

/// A layout of matrices of `rows` x `cols` elements.
struct Layout {
    TensorLayoutType type;
    size_t rows;
    size_t cols;
    size_t tile_rows;
    size_t tile_cols;
    size_t face_rows;
    size_t face_cols;
    bool transpose_within_face;
    bool transpose_of_faces;

    bool transposes_rows() const { return type == TensorLayoutType::TILED_NFACES && transpose_within_face; }

    /// Where the first element of a face's row is (of a transposed face: of what was its row), from the matrix's start.
    size_t position(size_t tile_row, size_t tile_col, size_t face_row, size_t face_col, size_t row) const {
        const size_t tile = (tile_row * (cols / tile_cols) + tile_col) * tile_rows * tile_cols;
        switch (type) {
            case TensorLayoutType::LIN_ROW_MAJOR:
                return (tile_row * tile_rows + face_row * face_rows + row) * cols + tile_col * tile_cols +
                       face_col * face_cols;
            case TensorLayoutType::TILED_SWIZZLED:
                return tile + (face_row * face_rows + row) * tile_cols + face_col * face_cols;
            case TensorLayoutType::TILED_NFACES:
                break;
        }
        const size_t face = transpose_of_faces ? face_col * (tile_rows / face_rows) + face_row
                                               : face_row * (tile_cols / face_cols) + face_col;
        return tile + face * face_rows * face_cols + (transpose_within_face ? row : row * face_cols);
    }

    /// From one element of a row to the next.
    size_t step() const { return transposes_rows() ? face_rows : 1; }
};

template <typename T>
std::vector<T> convert(ttsl::Span<const T> input, const Layout& from, const Layout& to) {
    const size_t matrix = from.rows * from.cols;
    if (input.empty()) {
        return {};
    }
    TT_FATAL(matrix > 0, "None of the input size, H, nor W can be 0");
    TT_FATAL(input.size() % matrix == 0, "Input size must be divisible by H and W");
    TT_FATAL(from.rows % from.tile_rows == 0 && from.cols % from.tile_cols == 0,
             "H and W must be divisible by {} and {}", from.tile_rows, from.tile_cols);
    TT_FATAL(from.tile_rows % from.face_rows == 0 && from.tile_cols % from.face_cols == 0,
             "A tile of {} x {} does not consist of faces of {} x {}", from.tile_rows, from.tile_cols, from.face_rows,
             from.face_cols);

    std::vector<T> output(input.size());
    const auto walk = [&](auto copy_row) {
        for (size_t start = 0; start < input.size(); start += matrix) {
            for (size_t tile_row = 0; tile_row < from.rows / from.tile_rows; ++tile_row) {
                for (size_t tile_col = 0; tile_col < from.cols / from.tile_cols; ++tile_col) {
                    for (size_t face_row = 0; face_row < from.tile_rows / from.face_rows; ++face_row) {
                        for (size_t face_col = 0; face_col < from.tile_cols / from.face_cols; ++face_col) {
                            const T* in = &input[start + from.position(tile_row, tile_col, face_row, face_col, 0)];
                            T* out = &output[start + to.position(tile_row, tile_col, face_row, face_col, 0)];
                            const size_t in_row = from.position(0, 0, 0, 0, 1);
                            const size_t out_row = to.position(0, 0, 0, 0, 1);
                            for (size_t row = 0; row < from.face_rows; ++row) {
                                copy_row(out + row * out_row, in + row * in_row);
                            }
                        }
                    }
                }
            }
        }
    };
    if (from.transposes_rows() || to.transposes_rows()) {
        walk([&, in_step = from.step(), out_step = to.step()](T* out, const T* in) {
            for (size_t col = 0; col < from.face_cols; ++col) {
                out[col * out_step] = in[col * in_step];
            }
        });
    } else if (from.face_cols == tt::constants::FACE_WIDTH) {
        walk([](T* out, const T* in) { std::memcpy(out, in, tt::constants::FACE_WIDTH * sizeof(T)); });
    } else {
        walk([&](T* out, const T* in) { std::memcpy(out, in, from.face_cols * sizeof(T)); });
    }
    return output;
}

Layout describe(TensorLayoutType type, size_t rows, size_t cols, const std::optional<PhysicalSize>& tile_shape,
                const std::optional<PhysicalSize>& face_shape, bool transpose_within_face, bool transpose_of_faces) {
    const PhysicalSize tile = tile_shape.value_or(PhysicalSize{tt::constants::TILE_HEIGHT, tt::constants::TILE_WIDTH});
    const PhysicalSize face = face_shape.value_or(PhysicalSize{tt::constants::FACE_HEIGHT, tt::constants::FACE_WIDTH});
    TT_FATAL(tile[0] != 0 && tile[1] != 0 && face[0] != 0 && face[1] != 0,
             "Neither a tile nor a face can have a size of 0");
    TT_FATAL(!transpose_within_face || face[0] == face[1], "Only square faces can be transposed, not faces of {} x {}",
             face[0], face[1]);
    return {type, rows, cols, tile[0], tile[1], face[0], face[1], transpose_within_face, transpose_of_faces};
}

template <typename T>
std::vector<T> convert_between(ttsl::Span<const T> input, size_t rows, size_t cols, TensorLayoutType from,
                               TensorLayoutType to, const std::optional<PhysicalSize>& tile_shape,
                               const std::optional<PhysicalSize>& face_shape, bool transpose_within_face,
                               bool transpose_of_faces) {
    if (from == to) {
        return {input.begin(), input.end()};
    }
    const Layout source = describe(from, rows, cols, tile_shape, face_shape, transpose_within_face, transpose_of_faces);
    Layout target = source;
    target.type = to;
    return convert(input, source, target);
}

constexpr auto row_major = TensorLayoutType::LIN_ROW_MAJOR;
constexpr auto swizzled = TensorLayoutType::TILED_SWIZZLED;
constexpr auto faces = TensorLayoutType::TILED_NFACES;

/// One matrix a tile, so that the tiles' places do not matter.
PhysicalSize one_tile(const std::optional<PhysicalSize>& tile_shape) {
    return tile_shape.value_or(PhysicalSize{tt::constants::TILE_HEIGHT, tt::constants::TILE_WIDTH});
}

}  // namespace

template <class T>
std::vector<T> convert_layout_tile_swizzled_to_tile_nfaces(ttsl::Span<const T> in_tile_swizzled,
                                                           std::optional<PhysicalSize> tile_shape,
                                                           std::optional<PhysicalSize> face_shape, bool transpose_face,
                                                           bool transpose_face_order) {
    const auto [rows, cols] = one_tile(tile_shape);
    return convert_between(in_tile_swizzled, rows, cols, swizzled, faces, tile_shape, face_shape, transpose_face,
                           transpose_face_order);
}

template <class T>
std::vector<T> convert_layout_tile_nfaces_to_tile_swizzled(ttsl::Span<const T> in_tile_nfaces,
                                                           std::optional<PhysicalSize> tile_shape,
                                                           std::optional<PhysicalSize> face_shape, bool transpose_face,
                                                           bool transpose_face_order) {
    const auto [rows, cols] = one_tile(tile_shape);
    return convert_between(in_tile_nfaces, rows, cols, faces, swizzled, tile_shape, face_shape, transpose_face,
                           transpose_face_order);
}

template <typename T>
std::vector<T> convert_layout(ttsl::Span<const T> inp, const PhysicalSize& shape, TensorLayoutType inL,
                              TensorLayoutType outL, std::optional<PhysicalSize> tile_shape,
                              std::optional<PhysicalSize> face_shape, bool transpose_within_face,
                              bool transpose_of_faces) {
    return convert_between(inp, shape[0], shape[1], inL, outL, tile_shape, face_shape, transpose_within_face,
                           transpose_of_faces);
}

template <typename T>
std::vector<T> convert_layout(ttsl::Span<const T> inp, ttsl::Span<const uint32_t> shape, TensorLayoutType inL,
                              TensorLayoutType outL, std::optional<PhysicalSize> tile_shape,
                              std::optional<PhysicalSize> face_shape, bool transpose_within_face,
                              bool transpose_of_faces) {
    TT_FATAL(shape.size() >= 2, "Shape must have at least 2 dimensions, not {}", shape.size());
    return convert_between(inp, shape[shape.size() - 2], shape[shape.size() - 1], inL, outL, tile_shape, face_shape,
                           transpose_within_face, transpose_of_faces);
}

template <typename T>
std::vector<T> tilize_swizzled(const std::vector<T>& input, uint32_t m, uint32_t n) {
    return convert_layout<T>(input, PhysicalSize{m, n}, row_major, swizzled);
}
template <typename T>
std::vector<T> untilize_swizzled(const std::vector<T>& input, uint32_t m, uint32_t n) {
    return convert_layout<T>(input, PhysicalSize{m, n}, swizzled, row_major);
}
template <typename T>
std::vector<T> tilize_nfaces(const std::vector<T>& input, uint32_t m, uint32_t n) {
    return convert_layout<T>(input, PhysicalSize{m, n}, row_major, faces);
}
template <typename T>
std::vector<T> untilize_nfaces(const std::vector<T>& input, uint32_t m, uint32_t n) {
    return convert_layout<T>(input, PhysicalSize{m, n}, faces, row_major);
}

#define TESSERA_INSTANTIATE(T)                                                                                   \
    template std::vector<T> convert_layout_tile_swizzled_to_tile_nfaces<T>(                                      \
        ttsl::Span<const T>, std::optional<PhysicalSize>, std::optional<PhysicalSize>, bool, bool);              \
    template std::vector<T> convert_layout_tile_nfaces_to_tile_swizzled<T>(                                      \
        ttsl::Span<const T>, std::optional<PhysicalSize>, std::optional<PhysicalSize>, bool, bool);              \
    template std::vector<T> convert_layout<T>(ttsl::Span<const T>, const PhysicalSize&, TensorLayoutType,        \
                                              TensorLayoutType, std::optional<PhysicalSize>,                     \
                                              std::optional<PhysicalSize>, bool, bool);                          \
    template std::vector<T> convert_layout<T>(ttsl::Span<const T>, ttsl::Span<const uint32_t>, TensorLayoutType, \
                                              TensorLayoutType, std::optional<PhysicalSize>,                     \
                                              std::optional<PhysicalSize>, bool, bool);                          \
    template std::vector<T> tilize_swizzled<T>(const std::vector<T>&, uint32_t, uint32_t);                       \
    template std::vector<T> untilize_swizzled<T>(const std::vector<T>&, uint32_t, uint32_t);                     \
    template std::vector<T> tilize_nfaces<T>(const std::vector<T>&, uint32_t, uint32_t);                         \
    template std::vector<T> untilize_nfaces<T>(const std::vector<T>&, uint32_t, uint32_t);

TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(bfloat16)
TESSERA_INSTANTIATE(int8_t)
TESSERA_INSTANTIATE(int16_t)
TESSERA_INSTANTIATE(int32_t)
TESSERA_INSTANTIATE(uint8_t)
TESSERA_INSTANTIATE(uint16_t)
TESSERA_INSTANTIATE(uint32_t)

// Layouts against index formulas: element (r, c) of a matrix in tiles of 32 x 32 with faces of 16 x 16.
#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tilize_untilize.hpp>
#include <tt-metalium/tilize_utils.hpp>

namespace {

size_t in_faces(size_t r, size_t c, size_t cols) {
    const size_t tile = (r / 32) * (cols / 32) + c / 32;
    const size_t face = (r % 32 / 16) * 2 + c % 32 / 16;
    return tile * 1024 + face * 256 + r % 16 * 16 + c % 16;
}

size_t in_tiles(size_t r, size_t c, size_t cols) {
    return ((r / 32) * (cols / 32) + c / 32) * 1024 + r % 32 * 32 + c % 32;
}

template <typename T>
std::vector<T> counting(size_t count) {
    std::vector<T> values(count);
    std::iota(values.begin(), values.end(), T(0));
    return values;
}

TEST(Tilize, ElementsGoWhereTheFormulaSays) {
    constexpr uint32_t rows = 96, cols = 160;
    const auto matrix = counting<uint32_t>(2 * rows * cols);  // two matrices
    const auto faces = tilize_nfaces(matrix, rows, cols);
    const auto tiles = tilize_swizzled(matrix, rows, cols);
    for (size_t m = 0; m < 2; ++m) {
        for (size_t r = 0; r < rows; ++r) {
            for (size_t c = 0; c < cols; ++c) {
                const uint32_t value = matrix[m * rows * cols + r * cols + c];
                ASSERT_EQ(faces[m * rows * cols + in_faces(r, c, cols)], value);
                ASSERT_EQ(tiles[m * rows * cols + in_tiles(r, c, cols)], value);
            }
        }
    }
    EXPECT_EQ(untilize_nfaces(faces, rows, cols), matrix);
    EXPECT_EQ(untilize_swizzled(tiles, rows, cols), matrix);
    EXPECT_EQ(convert_layout_tile_swizzled_to_tile_nfaces(ttsl::make_const_span(tiles)), faces);
    EXPECT_EQ(convert_layout_tile_nfaces_to_tile_swizzled(ttsl::make_const_span(faces)), tiles);
}

TEST(Tilize, AllPairsOfLayoutsAgree) {
    constexpr PhysicalSize shape{64, 64};
    const auto matrix = counting<float>(64 * 64);
    const TensorLayoutType layouts[] = {TensorLayoutType::LIN_ROW_MAJOR, TensorLayoutType::TILED_SWIZZLED,
                                        TensorLayoutType::TILED_NFACES};
    for (const auto from : layouts) {
        const auto start = convert_layout<float>(matrix, shape, layouts[0], from);
        for (const auto to : layouts) {
            EXPECT_EQ(convert_layout<float>(start, shape, from, to),
                      convert_layout<float>(matrix, shape, layouts[0], to));
        }
    }
    const std::vector<uint32_t> shape4d{2, 2, 32, 32};
    EXPECT_EQ(convert_layout<float>(matrix, ttsl::Span<const uint32_t>(shape4d), layouts[0], layouts[2]),
              convert_layout<float>(matrix, PhysicalSize{128, 32}, layouts[0], layouts[2]));
}

TEST(Tilize, TransposedTilesHoldTheTransposedElement) {
    constexpr PhysicalSize shape{32, 64};
    const auto matrix = counting<uint16_t>(32 * 64);
    const auto out = convert_layout<uint16_t>(matrix, shape, TensorLayoutType::LIN_ROW_MAJOR,
                                              TensorLayoutType::TILED_NFACES, std::nullopt, std::nullopt, true, true);
    for (size_t r = 0; r < 32; ++r) {
        for (size_t c = 0; c < 64; ++c) {
            ASSERT_EQ(out[c / 32 * 1024 + in_faces(c % 32, r, 32)], matrix[r * 64 + c]);
        }
    }
    const auto back = convert_layout<uint16_t>(out, shape, TensorLayoutType::TILED_NFACES,
                                               TensorLayoutType::LIN_ROW_MAJOR, std::nullopt, std::nullopt, true, true);
    EXPECT_EQ(back, matrix);
}

TEST(Tilize, TheInPlaceFormsOfOlderPrograms) {
    std::vector<bfloat16> values;
    for (int i = 0; i < 64 * 32; ++i) {
        values.push_back(bfloat16::from_bits(static_cast<uint16_t>(i)));
    }
    const auto original = values;
    tilize(values, 64, 32);
    EXPECT_EQ(values[256].to_uint16(), original[16].to_uint16());
    untilize(values, 64, 32);
    EXPECT_EQ(values, original);
}

TEST(Tilize, SizesThatDoNotDivideThrow) {
    EXPECT_ANY_THROW(tilize_nfaces(std::vector<float>(33 * 32), 33, 32));
    EXPECT_ANY_THROW(tilize_nfaces(std::vector<float>(1000), 32, 32));
}

TEST(Tile, ShapesAndSizes) {
    using tt::DataFormat;
    const tt::tt_metal::Tile full;
    EXPECT_EQ(full.get_num_faces(), 4u);
    const std::pair<DataFormat, uint32_t> sizes[] = {{DataFormat::Float32, 4096}, {DataFormat::Float16_b, 2048},
                                                     {DataFormat::Bfp8_b, 1088},  {DataFormat::Bfp4_b, 576},
                                                     {DataFormat::Bfp2_b, 320},   {DataFormat::UInt16, 2048},
                                                     {DataFormat::Int32, 4096},   {DataFormat::UInt8, 1024}};
    for (const auto& [format, bytes] : sizes) {
        EXPECT_EQ(full.get_tile_size(format), bytes);
        EXPECT_EQ(tt::tile_size(format), bytes);
    }
    const tt::tt_metal::Tile tiny({1, 32});
    EXPECT_EQ(tiny.get_face_shape(), (std::array<uint32_t, 2>{1, 16}));
    EXPECT_EQ(tiny.get_num_faces(), 2u);
    EXPECT_EQ(tiny.get_partial_face(), 1u);
    EXPECT_ANY_THROW(tt::tt_metal::Tile({5, 32}));
    EXPECT_ANY_THROW(tt::tt_metal::Tile({8, 32}, true));
}

}  // namespace

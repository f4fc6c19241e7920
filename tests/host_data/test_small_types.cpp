// Small types and helpers of the host API against formulas: tiles, shapes, roundings, selections of cores, ranges of
// chips.
#include <vector>

#include <gtest/gtest.h>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/shape2d.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>
#include <tt-metalium/work_split.hpp>

namespace {

using namespace tt::tt_metal;

TEST(SmallTypes, TilesAndTheirFaces) {
    for (const auto& [height, width, faces] :
         {std::tuple{32u, 32u, 4u}, {16u, 32u, 2u}, {32u, 16u, 2u}, {16u, 16u, 1u}, {8u, 32u, 2u}, {4u, 16u, 1u}}) {
        const Tile tile({height, width});
        EXPECT_EQ(tile.get_height(), height);
        EXPECT_EQ(tile.get_width(), width);
        EXPECT_EQ(tile.get_tile_shape(), (std::array{height, width}));
        EXPECT_EQ(tile.get_num_faces(), faces);
        EXPECT_EQ(tile.get_tile_hw(), height * width);
        EXPECT_EQ(tile.get_face_hw() * faces, height * width);
        EXPECT_EQ(tile.get_narrow_tile() != 0, width < 32);
        EXPECT_EQ(tile.get_tile_size(tt::DataFormat::Float16_b), 2 * height * width);
    }
    EXPECT_FALSE(Tile().get_transpose_within_face());
    EXPECT_TRUE(Tile({32, 32}, true).get_transpose_within_face());
    EXPECT_TRUE(Tile({32, 32}, true).get_transpose_of_faces());
    EXPECT_ANY_THROW(Tile({31, 32}));
}

TEST(SmallTypes, RoundingsAndOffsets) {
    TensAddr tensor({2, 3, 4, 5});
    EXPECT_EQ(tensor.numel(), 120u);
    EXPECT_EQ(tensor.offs(1, 2, 3, 4), ((1 * 3 + 2) * 4 + 3) * 5 + 4);
    EXPECT_EQ(round_up_to_mul16(17), 32u);
    EXPECT_EQ(round_up_to_mul32(64), 64u);
    EXPECT_EQ(round_up_to_mul32(65), 96u);
    EXPECT_EQ(round_up_to_tile(33, 32), 64u);
    // 12 sticks of 32 bytes, at most 128 bytes a read: four sticks become one.
    EXPECT_EQ(merge_num_sticks_to_read(12, 32, 128), 3u);
    EXPECT_EQ(merge_num_sticks_to_read(7, 32, 128), 7u);
    EXPECT_TRUE(tt::is_integer_format(tt::DataFormat::UInt16));
    EXPECT_FALSE(tt::is_integer_format(tt::DataFormat::Bfp8_b));
    EXPECT_EQ(tt::datum_size(tt::DataFormat::Float32), 4u);
    EXPECT_EQ(tt::datum_size(tt::DataFormat::Float16_b), 2u);
    EXPECT_TRUE(equal_within_n_sig_figs(1.2345f, 1.2346f, 4));
    EXPECT_FALSE(equal_within_n_sig_figs(1.2345f, 1.2446f, 4));
    EXPECT_EQ(bfloat16_identity_transform(bfloat16(1.5f)), bfloat16(1.5f));
}

TEST(SmallTypes, SelectionsOfCores) {
    const CoreRangeSet set(CoreRange(CoreCoord(0, 0), CoreCoord(3, 1)));
    const CoreRangeSet picked = select_from_corerangeset(set, 1, 4, true);
    EXPECT_EQ(picked.num_cores(), 4u);
    for (const CoreCoord core : {CoreCoord(1, 0), CoreCoord(2, 0), CoreCoord(3, 0), CoreCoord(0, 1)}) {
        EXPECT_TRUE(picked.contains(core)) << core.str();
    }
    EXPECT_EQ(select_contiguous_range_from_corerangeset(set, 1, 1), CoreRange(CoreCoord(0, 0), CoreCoord(1, 1)));
    EXPECT_EQ(select_contiguous_range_from_corerangeset(set, 5, 5), std::nullopt);
    const CoreRange left(CoreCoord(0, 0), CoreCoord(1, 1));
    EXPECT_TRUE(left.adjacent(CoreRange(CoreCoord(2, 0), CoreCoord(3, 1))));
    EXPECT_FALSE(left.adjacent(CoreRange(CoreCoord(3, 0), CoreCoord(4, 1))));
    EXPECT_FALSE(left.adjacent(CoreRange(CoreCoord(1, 1), CoreCoord(2, 2))));
}

TEST(SmallTypes, RangesOverTheEdgeOfAMesh) {
    using namespace tt::tt_metal::distributed;
    EXPECT_EQ(MeshCoordinate::zero_coordinate(3), MeshCoordinate(0, 0, 0));
    const MeshCoordinateRange plain(MeshShape(2, 4));
    EXPECT_EQ(plain.get_boundary_mode(), MeshCoordinate::BoundaryMode::NONE);
    EXPECT_EQ(plain.wraparound_shape(), std::nullopt);
    const MeshCoordinateRange over(MeshCoordinate(0, 3), MeshCoordinate(1, 0), MeshShape(2, 4));
    EXPECT_EQ(over.get_boundary_mode(), MeshCoordinate::BoundaryMode::WRAP);
    EXPECT_EQ(over.wraparound_shape(), MeshShape(2, 4));
    std::vector<MeshCoordinate> walked(over.begin(), over.end());
    EXPECT_EQ(walked, (std::vector<MeshCoordinate>{{0, 3}, {0, 0}, {1, 3}, {1, 0}}));
    const MeshContainer<int> container(MeshShape(2, 2), 7);
    EXPECT_EQ(container.coord_range(), MeshCoordinateRange(MeshShape(2, 2)));
    for (const auto& [coord, value] : container) {
        EXPECT_EQ(value, 7);
    }
}

}  // namespace

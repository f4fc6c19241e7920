// Coordinates and ranges in a mesh against sets of points.
#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/shape2d.hpp>

namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::distributed;

TEST(MeshShape, SizesAndStrides) {
    const MeshShape shape(2, 4);
    EXPECT_EQ(shape.mesh_size(), 8u);
    EXPECT_EQ(shape.dims(), 2u);
    EXPECT_EQ(shape.get_stride(0), 4u);
    EXPECT_EQ(shape[-1], 4u);
    EXPECT_FALSE(shape.is_line_topology());
    EXPECT_TRUE(MeshShape(1, 4).is_line_topology());
    EXPECT_EQ(fmt::format("{}", shape), "MeshShape([2, 4])");
    EXPECT_EQ(shape, MeshShape({2, 4}));
    EXPECT_NE(shape, MeshShape(4, 2));
}

TEST(MeshCoordinate, PositionsAndNeighbours) {
    const MeshShape shape(2, 4);
    EXPECT_EQ(MeshCoordinate(1, 2).to_linear_index(shape), 6u);
    EXPECT_ANY_THROW(MeshCoordinate(2, 0).to_linear_index(shape));
    using Mode = MeshCoordinate::BoundaryMode;
    EXPECT_EQ(MeshCoordinate(0, 3).get_neighbor(shape, 1, 1), MeshCoordinate(0, 0));
    EXPECT_EQ(MeshCoordinate(0, 3).get_neighbor(shape, 1, -1, Mode::CLAMP), MeshCoordinate(0, 3));
    EXPECT_EQ(MeshCoordinate(0, 3).get_neighbor(shape, 1, 1, Mode::NONE), std::nullopt);
    EXPECT_EQ(MeshCoordinate(0, 0).get_neighbor(shape, -5, 1), MeshCoordinate(0, 3));
    EXPECT_LT(MeshCoordinate(0, 3), MeshCoordinate(1, 0));
    EXPECT_EQ(fmt::format("{}", MeshCoordinate(1, 2)), "MeshCoordinate([1, 2])");
}

TEST(MeshCoordinateRange, WalksRowMajorAndOverTheEdge) {
    std::vector<MeshCoordinate> seen;
    for (const auto& coord : MeshCoordinateRange(MeshShape(2, 3))) {
        seen.push_back(coord);
    }
    ASSERT_EQ(seen.size(), 6u);
    for (size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(seen[i].to_linear_index(MeshShape(2, 3)), i);
    }
    const MeshCoordinateRange around(MeshCoordinate(0, 3), MeshCoordinate(0, 1), MeshShape(1, 5));
    const std::vector<MeshCoordinate> expected{{0, 3}, {0, 4}, {0, 0}, {0, 1}};
    EXPECT_EQ(std::vector<MeshCoordinate>(around.begin(), around.end()), expected);
    EXPECT_TRUE(around.contains(MeshCoordinate(0, 0)));
    EXPECT_FALSE(around.contains(MeshCoordinate(0, 2)));
    EXPECT_ANY_THROW(MeshCoordinateRange(MeshCoordinate(0, 3), MeshCoordinate(0, 1)));
}

TEST(MeshCoordinateRangeSet, MergesIntoBoxesWithTheSamePoints) {
    MeshCoordinateRangeSet set;
    std::set<MeshCoordinate> points;
    const MeshCoordinateRange ranges[] = {{MeshCoordinate(0, 0), MeshCoordinate(1, 1)},
                                          {MeshCoordinate(1, 1), MeshCoordinate(2, 3)},
                                          {MeshCoordinate(3, 3), MeshCoordinate(3, 3)},
                                          {MeshCoordinate(0, 2), MeshCoordinate(0, 3)}};
    for (const auto& range : ranges) {
        set.merge(range);
        points.insert(range.begin(), range.end());
        EXPECT_EQ(set.coords(), std::vector<MeshCoordinate>(points.begin(), points.end()));
    }
    MeshCoordinateRangeSet halves;
    halves.merge(MeshCoordinateRange(MeshCoordinate(0, 0), MeshCoordinate(3, 1)));
    halves.merge(MeshCoordinateRange(MeshCoordinate(0, 2), MeshCoordinate(3, 3)));
    EXPECT_EQ(halves.ranges(), std::vector<MeshCoordinateRange>{MeshCoordinateRange(MeshShape(4, 4))});
    const auto rest =
        subtract(MeshCoordinateRange(MeshShape(3, 3)), MeshCoordinateRange(MeshCoordinate(0, 0), MeshCoordinate(2, 1)));
    EXPECT_EQ(rest.coords(), (std::vector<MeshCoordinate>{{0, 2}, {1, 2}, {2, 2}}));
    EXPECT_EQ(rest.size(), 1u);
}

TEST(MeshContainer, OneValueADevice) {
    MeshContainer<int> container(MeshShape(2, 2), 7);
    container.at(MeshCoordinate(1, 0)) = 3;
    int sum = 0;
    for (const auto& [coord, value] : container) {
        EXPECT_EQ(value, container.at(coord));
        sum += value;
    }
    EXPECT_EQ(sum, 24);
    for (auto& [coord, value] : container) {
        value = static_cast<int>(coord.to_linear_index(container.shape()));
    }
    EXPECT_EQ(container.values(), (std::vector<int>{0, 1, 2, 3}));
    EXPECT_ANY_THROW((MeshContainer<int>(MeshShape(2, 2), std::vector<int>{1, 2, 3})));
    DistributedMeshContainer<int> distributed(MeshShape(1, 2));
    EXPECT_FALSE(distributed.is_local(MeshCoordinate(0, 0)));
    EXPECT_ANY_THROW(static_cast<void>(distributed.at(MeshCoordinate(0, 0)).value()));
}

TEST(Shape, IndicesRanksAndStrides) {
    const Shape shape({2, 3, 4});
    EXPECT_EQ(shape.rank(), 3u);
    EXPECT_EQ(shape.volume(), 24u);
    EXPECT_EQ(shape[-1], 4u);
    EXPECT_EQ(shape[0], 2u);
    EXPECT_EQ(shape[-4], 1u);
    EXPECT_ANY_THROW(static_cast<void>(shape[3]));
    EXPECT_EQ(compute_strides(shape), (ttsl::SmallVector<size_t>{12, 4, 1}));
    EXPECT_EQ(shape.to_rank(4), Shape({1, 2, 3, 4}));
    EXPECT_ANY_THROW(shape.to_rank(2));
    EXPECT_EQ(fmt::format("{}", shape), "Shape([2, 3, 4])");
    const auto [height, width] = Shape2D(5, 6);
    EXPECT_EQ(height * width, 30u);
}

}  // namespace

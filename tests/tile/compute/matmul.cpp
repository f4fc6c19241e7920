// Products against double-precision loops.
#include "harness.h"

namespace tile_test {
namespace {

class Products : public TileCompute {
protected:
    struct Case {
        int64_t m = 64, n = 64, k = 64;
        DType type = DType::BFloat16, sum = DType::Float32;
        bool transpose_a = false, transpose_b = false;
        int steps = 1;  ///< products one after the other onto the same sums
        bool subblocks = true;
        int64_t ring = 1;
        bool fp32_dest = true;
    };

    void check(const Case& c, double relative) {
        SCOPED_TRACE(::testing::Message() << c.m << "x" << c.n << "x" << c.k << " steps " << c.steps << " transposed "
                                          << c.transpose_a << c.transpose_b << " ring " << c.ring);
        Launch launch(c.fp32_dest);
        std::vector<Numbers> as, bs;
        std::vector<Buffer> a, b;
        for (int s = 0; s < c.steps; ++s) {
            as.push_back(numbers(static_cast<size_t>(c.m * c.k)));
            bs.push_back(numbers(static_cast<size_t>(c.k * c.n)));
            const auto shape_a = c.transpose_a ? std::vector{c.k, c.m} : std::vector{c.m, c.k};
            const auto shape_b = c.transpose_b ? std::vector{c.n, c.k} : std::vector{c.k, c.n};
            a.push_back(launch.input("a" + std::to_string(s), c.type, shape_a, as.back()));
            b.push_back(launch.input("b" + std::to_string(s), c.type, shape_b, bs.back()));
        }
        const Buffer sums = launch.buffer("sums", c.sum, {c.m, c.n}, Form::Matrix, c.ring);
        if (c.subblocks) {
            Place& place = launch.place(sums);
            std::tie(place.subblock_rows, place.subblock_columns) =
                lower::product_subblock(place.rows, place.columns, c.fp32_dest);
        }
        for (int s = 0; s < c.steps; ++s) {
            Gemm gemm{whole(a[static_cast<size_t>(s)]),
                      whole(b[static_cast<size_t>(s)]),
                      whole(sums),
                      c.transpose_a,
                      c.transpose_b,
                      s == 0};
            std::vector<Buffer> sources = {a[static_cast<size_t>(s)], b[static_cast<size_t>(s)]};
            if (s != 0) {
                sources.push_back(sums);
            }
            launch.step(make_stmt(gemm), sources, sums, s != 0);
        }
        const Buffer out = launch.buffer("out", c.sum, {c.m, c.n});
        launch.step(make_stmt(Copy{whole(sums), whole(out)}), {sums}, out);
        const auto results = launch.run(device_, {out});
        Numbers expected(static_cast<size_t>(c.m * c.n)), size(expected.size());
        for (int64_t i = 0; i < c.m; ++i) {
            for (int64_t j = 0; j < c.n; ++j) {
                for (int s = 0; s < c.steps; ++s) {
                    for (int64_t k = 0; k < c.k; ++k) {
                        const double x =
                            as[static_cast<size_t>(s)][static_cast<size_t>(c.transpose_a ? k * c.m + i : i * c.k + k)];
                        const double y =
                            bs[static_cast<size_t>(s)][static_cast<size_t>(c.transpose_b ? j * c.k + k : k * c.n + j)];
                        expected[static_cast<size_t>(i * c.n + j)] += x * y;
                        size[static_cast<size_t>(i * c.n + j)] += std::abs(x * y);
                    }
                }
            }
        }
        if (!results.contains("out")) {
            return;
        }
        int shown = 0;
        for (size_t e = 0; e < expected.size() && shown < 3; ++e) {
            if (!(std::abs(results.at("out")[e] - expected[e]) <= relative * size[e])) {
                ADD_FAILURE() << "element " << e << ": " << results.at("out")[e] << ", expected " << expected[e];
                ++shown;
            }
        }
    }
};

TEST_F(Products, Plain) {
    check({}, 1e-3);
    check({.m = 96, .n = 160, .k = 128}, 1e-3);
    check({.m = 32, .n = 32, .k = 32}, 1e-3);
    check({.m = 128, .n = 128, .k = 64, .sum = DType::BFloat16, .fp32_dest = false}, 1e-2);
    check({.subblocks = false}, 1e-3);
    check({.m = 96, .n = 192, .subblocks = false}, 1e-3);
}

TEST_F(Products, Types) {
    check({.type = DType::Float16}, 1e-3);
    check({.type = DType::Float32}, 3e-3);
    check({.sum = DType::BFloat16}, 5e-3);
}

TEST_F(Products, Transposed) {
    check({.m = 96, .n = 64, .k = 128, .transpose_b = true}, 1e-3);
    check({.m = 96, .n = 64, .k = 128, .transpose_a = true}, 1e-3);
    check({.m = 64, .n = 96, .k = 64, .transpose_a = true, .transpose_b = true}, 1e-3);
    check({.m = 64, .n = 64, .k = 64, .type = DType::Float32, .transpose_a = true}, 3e-3);
}

TEST_F(Products, OntoSums) {
    check({.steps = 3}, 1e-3);             // added by the packer
    check({.steps = 3, .ring = 2}, 1e-3);  // reloaded
    check({.m = 96, .n = 160, .k = 64, .steps = 2}, 1e-3);
    check({.m = 96, .n = 160, .k = 64, .steps = 2, .ring = 2}, 1e-3);
    check({.transpose_b = true, .steps = 2}, 1e-3);
    check({.sum = DType::BFloat16, .steps = 2}, 1e-2);
    check({.type = DType::Float16, .sum = DType::Float16, .steps = 2}, 1e-2);
}

TEST(Subblocks, AreTheLargestWithTwoASideFirst) {
    EXPECT_EQ(lower::product_subblock(4, 4, false), (std::pair<int64_t, int64_t>{2, 4}));
    EXPECT_EQ(lower::product_subblock(4, 4, true), (std::pair<int64_t, int64_t>{2, 2}));
    EXPECT_EQ(lower::product_subblock(1, 8, false), (std::pair<int64_t, int64_t>{1, 8}));
    EXPECT_EQ(lower::product_subblock(8, 1, false), (std::pair<int64_t, int64_t>{8, 1}));
    EXPECT_EQ(lower::product_subblock(3, 5, false), (std::pair<int64_t, int64_t>{1, 5}));
    EXPECT_EQ(lower::product_subblock(3, 5, true), (std::pair<int64_t, int64_t>{3, 1}));
    EXPECT_EQ(lower::product_subblock(7, 11, true), (std::pair<int64_t, int64_t>{1, 1}));
}

}  // namespace
}  // namespace tile_test

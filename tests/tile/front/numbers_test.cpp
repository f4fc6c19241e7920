// Kernels of the corpus, interpreted, against the same computation written down here without the tile language.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/interpret/interpret.h>

namespace tessera::tile::front {
namespace {

using interpret::Array;
using interpret::Arrays;

/// Numbers that differ from place to place and are exact in bfloat16.
Array pattern(std::vector<int64_t> shape, int seed, ir::DType dtype = ir::DType::BFloat16) {
    Array array{dtype, std::move(shape), {}};
    array.values.resize(static_cast<size_t>(array.elements()));
    uint32_t state = 12345U + static_cast<uint32_t>(seed) * 7919U;
    for (double& value : array.values) {
        state = state * 1664525U + 1013904223U;
        value = (static_cast<double>(state >> 28) - 7.5) / 8;
    }
    return array;
}

Array run(const std::string& script_name, const Arguments& arguments, const Arrays& inputs, const std::string& output,
          const std::map<std::string, int64_t, std::less<>>& symbols = {}) {
    Diagnostics diagnostics;
    const auto script = load(std::string(TESSERA_SOURCE_DIR "/examples/tile/") + script_name, diagnostics);
    const ir::Kernel kernel = evaluate(*script, "", arguments, diagnostics);
    diagnostics.throw_if_failed();
    interpret::Options options;
    options.exact = true;
    return interpret::run(kernel, inputs, symbols, options).tensors.at(output);
}

void expect_near(const Array& got, const std::vector<double>& expected, double bound = 1e-9) {
    ASSERT_EQ(got.values.size(), expected.size());
    double worst = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        ASSERT_FALSE(std::isnan(got.values[i])) << i;
        worst = std::max(worst, std::fabs(got.values[i] - expected[i]));
    }
    EXPECT_LE(worst, bound);
}

/// a (m,k) times b (k,n).
std::vector<double> product(const double* a, const double* b, int64_t m, int64_t n, int64_t k, bool ta = false,
                            bool tb = false) {
    std::vector<double> c(static_cast<size_t>(m * n));
    for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
            for (int64_t l = 0; l < k; ++l) {
                c[static_cast<size_t>(i * n + j)] +=
                    (ta ? a[l * m + i] : a[i * k + l]) * (tb ? b[j * k + l] : b[l * n + j]);
            }
        }
    }
    return c;
}

TEST(TileCorpus, Products) {
    const Array a = pattern({96, 64}, 1);
    const Array b = pattern({64, 128}, 2);
    const std::vector<double> expected = product(a.values.data(), b.values.data(), 96, 128, 64);
    const Arguments sizes{{"M", "96"},       {"N", "128"},      {"K", "64"},
                          {"block_M", "32"}, {"block_N", "64"}, {"block_K", "32"}};
    expect_near(run("gemm_lazy.py", sizes, {{"A", a}, {"B", b}}, "C"), expected);
    expect_near(run("gemm_eager.py", sizes, {{"A", a}, {"B", b}}, "C"), expected);
    expect_near(run("gemm_persistent.py", sizes, {{"A", a}, {"B", b}}, "C"), expected);
    // Rows that blocks do not divide.
    const Array ragged = pattern({70, 64}, 3);
    expect_near(run("gemm_dynamic.py", {{"N", "128"}, {"K", "64"}}, {{"A", ragged}, {"B", b}}, "C", {{"m", 70}}),
                product(ragged.values.data(), b.values.data(), 70, 128, 64));
    Arguments split = sizes;
    split["split_k"] = "2";
    expect_near(run("gemm_splitk.py", split, {{"A", a}, {"B", b}}, "C"), expected);
}

TEST(TileCorpus, TransposedProducts) {
    for (const bool ta : {false, true}) {
        for (const bool tb : {false, true}) {
            const Array a = ta ? pattern({32, 64}, 1) : pattern({64, 32}, 1);
            const Array b = tb ? pattern({96, 32}, 2) : pattern({32, 96}, 2);
            const Arguments arguments{{"M", "64"},
                                      {"N", "96"},
                                      {"K", "32"},
                                      {"block_M", "32"},
                                      {"block_N", "32"},
                                      {"block_K", "32"},
                                      {"trans_A", ta ? "True" : "False"},
                                      {"trans_B", tb ? "True" : "False"}};
            expect_near(run("gemm_transposed.py", arguments, {{"A", a}, {"B", b}}, "C"),
                        product(a.values.data(), b.values.data(), 64, 96, 32, ta, tb));
        }
    }
}

TEST(TileCorpus, BiasAndRelu) {
    const Array a = pattern({64, 64}, 1);
    const Array b = pattern({64, 128}, 2);
    const Array bias = pattern({128}, 3);
    std::vector<double> expected = product(a.values.data(), b.values.data(), 64, 128, 64);
    for (size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::max(0.0, expected[i] + bias.values[i % 128]);
    }
    expect_near(run("gemm_bias_relu.py", {{"M", "64"}, {"N", "128"}, {"K", "64"}, {"block_K", "32"}},
                    {{"A", a}, {"B", b}, {"Bias", bias}}, "C"),
                expected);
}

TEST(TileCorpus, GroupedProducts) {
    const std::vector<int64_t> sizes{64, 100, 28};
    const Array a = pattern({192, 64}, 1);
    const Array b = pattern({3, 64, 64}, 2);
    std::vector<double> expected;
    Arrays inputs{{"A", a}, {"B", b}};
    Array counts{ir::DType::Int32, {3}, {}};
    Array offsets = counts;
    Array padded = counts;
    int64_t row = 0;
    int64_t padded_row = 0;
    for (size_t g = 0; g < 3; ++g) {
        counts.values.push_back(static_cast<double>(sizes[g]));
        offsets.values.push_back(static_cast<double>(row));
        padded.values.push_back(static_cast<double>(padded_row));
        const std::vector<double> part =
            product(&a.values[static_cast<size_t>(row * 64)], &b.values[g * 64 * 64], sizes[g], 64, 64);
        expected.insert(expected.end(), part.begin(), part.end());
        row += sizes[g];
        padded_row += (sizes[g] + 63) / 64 * 64;
    }
    inputs["sizes"] = counts;
    inputs["offsets"] = offsets;
    inputs["padded_offsets"] = padded;
    expect_near(run("grouped_gemm.py", {{"K", "64"}, {"N", "64"}}, inputs, "C"), expected);
}

TEST(TileCorpus, RowsOfNumbers) {
    const int64_t m = 64;
    const int64_t n = 128;
    const Array x = pattern({m, n}, 4, ir::DType::Float32);
    std::vector<double> softmax(x.values.size());
    std::vector<double> rms(x.values.size());
    std::vector<double> sums(static_cast<size_t>(m));
    for (int64_t i = 0; i < m; ++i) {
        const double* row = &x.values[static_cast<size_t>(i * n)];
        double total = 0;
        double square = 0;
        for (int64_t j = 0; j < n; ++j) {
            total += std::exp(row[j]);
            square += row[j] * row[j];
            sums[static_cast<size_t>(i)] += row[j];
        }
        for (int64_t j = 0; j < n; ++j) {
            softmax[static_cast<size_t>(i * n + j)] = std::exp(row[j]) / total;
            rms[static_cast<size_t>(i * n + j)] = row[j] / std::sqrt(square / static_cast<double>(n) + 1e-6);
        }
    }
    const Arguments sizes{{"M", "64"}, {"N", "128"}};
    expect_near(run("softmax.py", sizes, {{"X", x}}, "Y"), softmax);
    expect_near(run("online_softmax.py", {{"M", "64"}, {"N", "128"}, {"blk_n", "32"}}, {{"X", x}}, "Y"), softmax);
    expect_near(run("rms_norm.py", sizes, {{"A", x}}, "B"), rms);
    expect_near(run("reductions.py", sizes, {{"X", x}}, "Sum"), sums);
}

TEST(TileCorpus, Attention) {
    const int64_t s = 128;
    const int64_t d = 32;
    const Array q = pattern({1, s, 4, d}, 1);
    const Array k = pattern({1, s, 2, d}, 2);
    const Array v = pattern({1, s, 2, d}, 3);
    const auto at = [&](const Array& array, int64_t row, int64_t head, int64_t column, int64_t heads) {
        return array.values[static_cast<size_t>((row * heads + head) * d + column)];
    };
    std::vector<double> expected(q.values.size());
    for (int64_t head = 0; head < 4; ++head) {
        for (int64_t i = 0; i < s; ++i) {
            std::vector<double> weight(static_cast<size_t>(i + 1));
            double total = 0;
            for (int64_t j = 0; j <= i; ++j) {
                double score = 0;
                for (int64_t c = 0; c < d; ++c) {
                    score += at(q, i, head, c, 4) * at(k, j, head / 2, c, 2);
                }
                weight[static_cast<size_t>(j)] = std::exp(score / std::sqrt(static_cast<double>(d)));
                total += weight[static_cast<size_t>(j)];
            }
            for (int64_t c = 0; c < d; ++c) {
                double sum = 0;
                for (int64_t j = 0; j <= i; ++j) {
                    sum += weight[static_cast<size_t>(j)] / total * at(v, j, head / 2, c, 2);
                }
                expected[static_cast<size_t>((i * 4 + head) * d + c)] = sum;
            }
        }
    }
    expect_near(run("flash_attention_gqa.py", {{"seq_len", "128"}, {"dim", "32"}, {"block_M", "32"}, {"block_N", "64"}},
                    {{"Q", q}, {"K", k}, {"V", v}}, "Output"),
                expected, 1e-7);
}

}  // namespace
}  // namespace tessera::tile::front

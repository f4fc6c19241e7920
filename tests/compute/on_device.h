// Runs one compute kernel on core (0,0), with its circular buffers at known addresses that the host fills before and
// reads after the run.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tt-metalium/blockfloat_common.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace compute_test {

using namespace tt::tt_metal;
using tt::DataFormat;

/// A matrix of one or more tiles below each other: rows x cols, row by row.
struct Matrix {
    uint32_t rows = 0, cols = 0;
    std::vector<float> values;

    Matrix(uint32_t r, uint32_t c) : rows(r), cols(c), values(size_t{r} * c) {}
    float& operator()(uint32_t r, uint32_t c) { return values[size_t{r} * cols + c]; }
    float operator()(uint32_t r, uint32_t c) const { return values[size_t{r} * cols + c]; }
};

/// Values of f(row, column).
template <typename F>
Matrix matrix(uint32_t rows, uint32_t cols, F&& f) {
    Matrix m(rows, cols);
    for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t c = 0; c < cols; ++c) {
            m(r, c) = static_cast<float>(f(r, c));
        }
    }
    return m;
}

/// Integers from lo to hi, times scale: sums and products of few of them are exact in every format used here.
inline Matrix integers(uint32_t rows, uint32_t cols, int lo, int hi, float scale, uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> draw(lo, hi);
    return matrix(rows, cols, [&](uint32_t, uint32_t) { return static_cast<float>(draw(random)) * scale; });
}

struct Shape {
    uint32_t rows = 32, cols = 32;
};

/// Where value (r, c) of a tile lies among the tile's values.
inline uint32_t place(Shape tile, uint32_t r, uint32_t c) {
    const uint32_t face_rows = std::min(16u, tile.rows);
    const uint32_t faces_across = tile.cols / 16;
    return (r / face_rows * faces_across + c / 16) * face_rows * 16 + r % face_rows * 16 + c % 16;
}

inline std::vector<float> to_tiles(const Matrix& m, Shape tile) {
    std::vector<float> tiled(m.values.size());
    const uint32_t area = tile.rows * tile.cols;
    for (uint32_t r = 0; r < m.rows; ++r) {
        for (uint32_t c = 0; c < m.cols; ++c) {
            tiled[r / tile.rows * area + place(tile, r % tile.rows, c)] = m(r, c);
        }
    }
    return tiled;
}

inline Matrix from_tiles(const std::vector<float>& tiled, Shape tile) {
    const uint32_t area = tile.rows * tile.cols;
    return matrix(static_cast<uint32_t>(tiled.size() / area) * tile.rows, tile.cols,
                  [&](uint32_t r, uint32_t c) { return tiled[r / tile.rows * area + place(tile, r % tile.rows, c)]; });
}

/// Values, already in the order of L1, as bytes. They must be exact in the format (block formats: see the host API).
inline std::vector<uint32_t> encode(DataFormat format, const std::vector<float>& values, Shape tile) {
    const Tile shape({tile.rows, tile.cols});
    switch (format) {
        case DataFormat::Float32: {
            std::vector<uint32_t> words(values.size());
            std::memcpy(words.data(), values.data(), values.size() * 4);
            return words;
        }
        case DataFormat::Int32: {
            std::vector<uint32_t> words;
            for (const float v : values) {
                words.push_back(static_cast<uint32_t>(static_cast<int32_t>(v)));
            }
            return words;
        }
        case DataFormat::Float16_b:
        case DataFormat::Float16: {
            std::vector<uint32_t> words(values.size() / 2);
            for (size_t i = 0; i < values.size(); ++i) {
                const uint32_t half = format == DataFormat::Float16
                                          ? std::bit_cast<uint16_t>(static_cast<_Float16>(values[i]))
                                          : std::bit_cast<uint32_t>(values[i]) >> 16;
                words[i / 2] |= half << (i % 2 * 16);
            }
            return words;
        }
        case DataFormat::Bfp8_b:
            return pack_as_bfp_tiles<DataFormat::Bfp8_b, float>(values, false, false, shape);
        case DataFormat::Bfp4_b:
            return pack_as_bfp_tiles<DataFormat::Bfp4_b, float>(values, false, false, shape);
        default:
            throw std::invalid_argument("encode: format not used in these tests");
    }
}

inline std::vector<float> decode(DataFormat format, const std::vector<uint32_t>& words, Shape tile) {
    std::vector<float> values;
    switch (format) {
        case DataFormat::Float32:
            values.resize(words.size());
            std::memcpy(values.data(), words.data(), words.size() * 4);
            return values;
        case DataFormat::Int32:
            for (const uint32_t w : words) {
                values.push_back(static_cast<float>(static_cast<int32_t>(w)));
            }
            return values;
        case DataFormat::Float16_b:
        case DataFormat::Float16:
            for (size_t i = 0; i < words.size() * 2; ++i) {
                const auto half = static_cast<uint16_t>(words[i / 2] >> (i % 2 * 16));
                values.push_back(format == DataFormat::Float16 ? static_cast<float>(std::bit_cast<_Float16>(half))
                                                               : std::bit_cast<float>(uint32_t{half} << 16));
            }
            return values;
        default:
            return unpack_bfp_tiles_into_float_vec(format, words, false, false, Tile({tile.rows, tile.cols}));
    }
}

/// One circular buffer. What `values` holds is in it when the kernel starts, but not yet pushed.
struct Buffer {
    uint8_t index = 0;
    uint32_t pages = 1;
    DataFormat format = DataFormat::Float16_b;
    std::optional<Matrix> values = std::nullopt;
    Shape tile = {};
    bool row_major = false;                ///< `values` lie row by row, and are read back so
    std::vector<uint32_t> raw = {};        ///< the bytes themselves, instead of `values`
    std::vector<uint8_t> also_index = {};  ///< further indices over the same bytes
    bool sign_magnitude = false;           ///< Int32 results are the matrix unit's
};

/// The headers of the compute API and a helper: section(f) runs f between acquire and commit; then tile 0, or `tiles`
/// tiles, go to `out`.
inline const std::string prologue = R"(
#include <api/compute/bcast.h>
#include <api/compute/compute_kernel_api.h>
#include <api/debug/dprint.h>
#include <api/compute/eltwise_binary.h>
#include <api/compute/eltwise_unary/eltwise_unary.h>
#include <api/compute/eltwise_unary/typecast.h>
#include <api/compute/experimental/matmul_custom.h>
#include <api/compute/experimental/mul_reduce_scalar.h>
#include <api/compute/experimental/sdpa_sub_custom.h>
#include <api/compute/matmul.h>
#include <api/compute/pack_untilize.h>
#include <api/compute/reduce.h>
#include <api/compute/reduce_custom.h>
#include <api/compute/tile_move_copy.h>
#include <api/compute/tilize.h>
#include <api/compute/transpose_wh.h>
#include <api/compute/transpose_wh_dest.h>
#include <api/compute/untilize.h>
using namespace tt;
template <typename F>
void section(F&& f, uint32_t tiles = 1, uint32_t out = 16) {
    tile_regs_acquire();
    f();
    tile_regs_commit();
    tile_regs_wait();
    for (uint32_t t = 0; t < tiles; ++t) {
        pack_tile(t, out);
    }
    tile_regs_release();
}
void kernel_main() {
)";

class Compute : public ::testing::Test {
protected:
    static void SetUpTestSuite() { device_ = CreateDevice(0); }
    static void TearDownTestSuite() { CloseDevice(device_); }

    /// Runs the body of a kernel_main and returns what the circular buffers without values hold afterwards.
    std::map<uint8_t, Matrix> run(const std::string& body, const std::vector<Buffer>& buffers,
                                  ComputeConfig config = {}) {
        Program program = CreateProgram();
        const CoreCoord core(0, 0);
        std::vector<std::shared_ptr<tt::tt_metal::Buffer>> memory;
        uint32_t address = 256 * 1024;
        std::map<uint8_t, std::pair<uint32_t, uint32_t>> spans;
        for (const Buffer& b : buffers) {
            const Tile shape({b.tile.rows, b.tile.cols});
            const uint32_t page = shape.get_tile_size(b.format);
            const uint32_t bytes = page * b.pages;
            memory.push_back(CreateBuffer(InterleavedBufferConfig{device_, bytes, bytes, BufferType::L1}, address));
            std::map<uint8_t, DataFormat> formats{{b.index, b.format}};
            for (const uint8_t other : b.also_index) {
                formats[other] = b.format;
            }
            CircularBufferConfig cb(bytes, formats);
            for (const auto& [index, format] : formats) {
                cb.set_page_size(index, page).set_tile_dims(index, shape);
            }
            cb.set_globally_allocated_address(*memory.back());
            CreateCircularBuffer(program, core, cb);
            std::vector<uint32_t> words(bytes / 4, 0xDEADBEEF);
            if (b.values) {
                const std::vector<uint32_t> data =
                    encode(b.format, b.row_major ? b.values->values : to_tiles(*b.values, b.tile), b.tile);
                std::copy(data.begin(), data.end(), words.begin());
            }
            std::copy(b.raw.begin(), b.raw.end(), words.begin());
            detail::WriteToDeviceL1(device_, core, address, words);
            spans[b.index] = {address, bytes};
            address += (bytes + 1023) / 1024 * 1024;
        }
        CreateKernelFromString(program, prologue + body + "\n}\n", core, config);
        detail::LaunchProgram(device_, program);
        std::map<uint8_t, Matrix> results;
        for (const Buffer& b : buffers) {
            if (b.values || !b.raw.empty()) {
                continue;
            }
            std::vector<uint32_t> words;
            detail::ReadFromDeviceL1(device_, core, spans[b.index].first, spans[b.index].second, words);
            if (b.sign_magnitude) {
                for (uint32_t& w : words) {
                    w = w >> 31 != 0 ? 0u - (w & 0x7FFFFFFFu) : w;
                }
            }
            const std::vector<float> values = decode(b.format, words, b.tile);
            if (b.row_major) {
                Matrix m(static_cast<uint32_t>(values.size()) / b.tile.cols, b.tile.cols);
                m.values = values;
                results.emplace(b.index, m);
            } else {
                results.emplace(b.index, from_tiles(values, b.tile));
            }
        }
        return results;
    }

    /// what() of the error that the run ends with; empty if it ends well.
    std::string error_of(const std::string& body, const std::vector<Buffer>& buffers, ComputeConfig config = {}) {
        try {
            run(body, buffers, std::move(config));
        } catch (const std::exception& error) {
            return error.what();
        }
        return {};
    }

    static inline IDevice* device_ = nullptr;
};

/// Tile `index` of a matrix of tiles of `rows` rows.
inline Matrix tile_of(const Matrix& m, uint32_t index, uint32_t rows = 32) {
    return matrix(rows, m.cols, [&](uint32_t r, uint32_t c) { return m(index * rows + r, c); });
}

/// Compares a tile with f(r, c).
template <typename F>
void expect_tile(const char* what, const Matrix& tile, F&& f, float tolerance = 0) {
    int shown = 0;
    for (uint32_t r = 0; r < tile.rows && shown < 4; ++r) {
        for (uint32_t c = 0; c < tile.cols && shown < 4; ++c) {
            const float expected = static_cast<float>(f(r, c));
            if (!(std::abs(tile(r, c) - expected) <= tolerance)) {
                ADD_FAILURE() << what << " at (" << r << "," << c << "): " << tile(r, c) << ", expected " << expected;
                ++shown;
            }
        }
    }
}

}  // namespace compute_test

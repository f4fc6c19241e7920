// Block floating point on the host: 16 values of a face's row share the greatest exponent among them.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <tt-metalium/bfloat4.hpp>
#include <tt-metalium/bfloat8.hpp>
#include <tt-metalium/blockfloat_common.hpp>
#include <tt_stl/assert.hpp>

namespace {

using tt::DataFormat;
using tt::tt_metal::Tile;

/// Values in a row of a face, which share an exponent.
constexpr uint32_t group = 16;

/// Bits of the mantissa, the leading one included and the sign not.
constexpr uint32_t mantissa_bits(DataFormat format) {
    switch (format) {
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b:
            return 7;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
            return 3;
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            return 1;
        default:
            return 0;
    }
}

/// The 8-bit exponent of a float, or with exp_a the same for 5 bits, clamped.
uint32_t exponent_of(uint32_t bits, bool is_exp_a) {
    const uint32_t exponent = bits >> 23 & 0xff;
    return is_exp_a ? static_cast<uint32_t>(std::clamp(static_cast<int>(exponent) - 127 + 15, 0, 31)) : exponent;
}

/// Sign and mantissa under a shared exponent. Bits that the exponent's difference shifts out are dropped before
/// rounding.
uint8_t encode(uint32_t bits, uint32_t shared, bool is_exp_a, uint32_t width, bool truncate) {
    const uint32_t exponent = bits >> 23 & 0xff;
    if (exponent == 0) {
        return 0;  // zero, and denormals flushed to it
    }
    uint32_t fraction = bits & 0x7fffff;
    const uint32_t own = exponent_of(bits, is_exp_a);
    if (is_exp_a && static_cast<int>(exponent) - 127 + 15 > 31) {
        fraction = 0x7fffff;
    } else if (is_exp_a && static_cast<int>(exponent) - 127 + 15 < 0) {
        fraction = 0;
    }
    const uint32_t shift = shared > own ? shared - own : 0;
    const uint32_t full = shift < 32 ? (0x800000u | fraction) >> shift : 0;
    const uint32_t dropped = 24 - width;
    uint32_t mantissa = full >> dropped;
    if (!truncate) {
        const uint32_t rest = full & ((1u << dropped) - 1);
        const uint32_t half = 1u << (dropped - 1);
        mantissa += rest > half || (rest == half && (mantissa & 1) != 0);
        mantissa = std::min(mantissa, (1u << width) - 1);
    }
    const uint32_t sign = mantissa == 0 ? 0 : bits >> 31;
    return static_cast<uint8_t>(sign << width | mantissa);
}

float decode(uint32_t data, uint32_t shared, bool is_exp_a, uint32_t width) {
    const uint32_t mantissa = data & ((1u << width) - 1);
    const int bias = is_exp_a ? 15 : 127;
    const float magnitude =
        std::ldexp(static_cast<float>(mantissa), static_cast<int>(shared) - bias - static_cast<int>(width) + 1);
    return data >> width & 1 ? -magnitude : magnitude;
}

/// Sizes of one packed tile, in bytes.
struct Packing {
    Packing(DataFormat format, const std::optional<Tile>& wanted)
        : tile(wanted.value_or(Tile())), width(mantissa_bits(format)), per_byte(8 / (width + 1)) {
        TT_FATAL(width != 0, "{} is not a block floating point format", format);
        groups = tile.get_tile_hw() / group;
        exponent_bytes = (groups + 15) / 16 * 16;
        tile_bytes = exponent_bytes + tile.get_tile_hw() / per_byte;
    }

    /// The row-major position in the tile of the first value of a group.
    uint32_t row_major_position(uint32_t index) const {
        const uint32_t face_rows = tile.get_face_shape()[0];
        const uint32_t faces_across = tile.get_width() / group;
        const uint32_t face = index / face_rows;
        const uint32_t row = face / faces_across * face_rows + index % face_rows;
        return row * tile.get_width() + face % faces_across * group;
    }

    Tile tile;
    uint32_t width;
    uint32_t per_byte;
    uint32_t groups;
    uint32_t exponent_bytes;
    uint32_t tile_bytes;
};

template <typename T>
std::vector<uint32_t> pack(DataFormat format, ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                           const std::optional<Tile>& tile) {
    const Packing packing(format, tile);
    const uint32_t values = packing.tile.get_tile_hw();
    TT_FATAL(data.size() % values == 0, "{} values do not fill whole tiles of {}", data.size(), values);
    const size_t tiles = data.size() / values;
    std::vector<uint32_t> words(tiles * packing.tile_bytes / sizeof(uint32_t), 0);
    auto* bytes = reinterpret_cast<uint8_t*>(words.data());
    for (size_t t = 0; t < tiles; ++t, bytes += packing.tile_bytes) {
        uint8_t* mantissas = bytes + packing.exponent_bytes;
        for (uint32_t index = 0; index < packing.groups; ++index) {
            const T* from =
                data.data() + t * values + (row_major_input ? packing.row_major_position(index) : index * group);
            std::array<uint32_t, group> bits;
            uint32_t shared = 0;
            for (uint32_t i = 0; i < group; ++i) {
                bits[i] = std::bit_cast<uint32_t>(static_cast<float>(from[i]));
                shared = std::max(shared, exponent_of(bits[i], is_exp_a));
            }
            bytes[index] = static_cast<uint8_t>(shared);
            for (uint32_t i = 0; i < group; ++i) {
                const uint32_t place = i % packing.per_byte * (packing.width + 1);
                mantissas[(index * group + i) / packing.per_byte] |=
                    static_cast<uint8_t>(encode(bits[i], shared, is_exp_a, packing.width, false) << place);
            }
        }
    }
    return words;
}

template <typename Draw>
std::vector<uint32_t> pack_drawn(DataFormat format, uint32_t num_bytes, bool is_exp_a, Draw draw) {
    const uint32_t tile_bytes = tt::tile_size(format);
    TT_FATAL(num_bytes % tile_bytes == 0, "{} B do not hold whole tiles of {} B", num_bytes, tile_bytes);
    std::vector<float> values(size_t{num_bytes / tile_bytes} * tt::constants::TILE_HW);
    std::generate(values.begin(), values.end(), draw);
    return pack<float>(format, values, true, is_exp_a, std::nullopt);
}

std::vector<uint32_t> random_tiles(DataFormat format, uint32_t num_bytes, bool is_exp_a, int rand_max_float, int seed,
                                   float offset) {
    std::mt19937 generator(static_cast<std::mt19937::result_type>(seed));
    std::uniform_real_distribution<float> distribution(0, static_cast<float>(rand_max_float));
    return pack_drawn(format, num_bytes, is_exp_a, [&] { return distribution(generator) + offset; });
}

}  // namespace

uint32_t get_byte(uint32_t word, uint32_t index) {
    TT_FATAL(index < 4, "A word has no byte {}", index);
    return word >> (8 * index) & 0xff;
}

uint32_t convert_bfp_to_u32(tt::DataFormat bfp_format, uint8_t data, uint8_t shared_exp, bool is_exp_a) {
    const uint32_t width = mantissa_bits(bfp_format);
    TT_FATAL(width != 0, "{} is not a block floating point format", bfp_format);
    return std::bit_cast<uint32_t>(decode(data, shared_exp, is_exp_a, width));
}

template <tt::DataFormat BfpFormat, bool truncate_bfp_mantissa>
uint8_t convert_u32_to_bfp(uint32_t input, uint32_t shared_exp, bool is_exp_a) {
    return encode(input, shared_exp, is_exp_a, mantissa_bits(BfpFormat), truncate_bfp_mantissa);
}

template <tt::DataFormat BfpFormat, typename T>
std::vector<uint32_t> pack_as_bfp_tiles(ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                                        const std::optional<Tile>& tile) {
    return pack(BfpFormat, data, row_major_input, is_exp_a, tile);
}

std::vector<float> unpack_bfp_tiles_into_float_vec(tt::DataFormat format, ttsl::Span<const uint32_t> tiles,
                                                   bool row_major_output, bool is_exp_a,
                                                   const std::optional<Tile>& tile) {
    const Packing packing(format, tile);
    TT_FATAL(tiles.size_bytes() % packing.tile_bytes == 0, "{} B do not hold whole tiles of {} B", tiles.size_bytes(),
             packing.tile_bytes);
    const size_t count = tiles.size_bytes() / packing.tile_bytes;
    const uint32_t values = packing.tile.get_tile_hw();
    std::vector<float> result(count * values);
    const auto* bytes = reinterpret_cast<const uint8_t*>(tiles.data());
    for (size_t t = 0; t < count; ++t, bytes += packing.tile_bytes) {
        const uint8_t* mantissas = bytes + packing.exponent_bytes;
        for (uint32_t index = 0; index < packing.groups; ++index) {
            float* to =
                result.data() + t * values + (row_major_output ? packing.row_major_position(index) : index * group);
            for (uint32_t i = 0; i < group; ++i) {
                const uint32_t place = i % packing.per_byte * (packing.width + 1);
                const uint32_t data = mantissas[(index * group + i) / packing.per_byte] >> place;
                to[i] = decode(data & ((2u << packing.width) - 1), bytes[index], is_exp_a, packing.width);
            }
        }
    }
    return result;
}

template <typename T>
std::vector<uint32_t> pack_as_bfp8_tiles(ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                                         const std::optional<Tile>& tile) {
    return pack(DataFormat::Bfp8_b, data, row_major_input, is_exp_a, tile);
}

template <typename T>
std::vector<uint32_t> pack_as_bfp4_tiles(ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                                         const std::optional<Tile>& tile) {
    return pack(DataFormat::Bfp4_b, data, row_major_input, is_exp_a, tile);
}

std::vector<uint32_t> pack_fp32_vec_as_bfp8_tiles(ttsl::Span<const float> fp32_vec, bool row_major_input, bool is_exp_a,
                                                  const std::optional<Tile>& tile) {
    return pack_as_bfp8_tiles(fp32_vec, row_major_input, is_exp_a, tile);
}

std::vector<uint32_t> pack_fp32_vec_as_bfp4_tiles(ttsl::Span<const float> fp32_vec, bool row_major_input, bool is_exp_a,
                                                  const std::optional<Tile>& tile) {
    return pack_as_bfp4_tiles(fp32_vec, row_major_input, is_exp_a, tile);
}

std::vector<float> unpack_bfp8_tiles_into_float_vec(ttsl::Span<const uint32_t> bfp8_tiles, bool row_major_output,
                                                    bool is_exp_a, const std::optional<Tile>& tile) {
    return unpack_bfp_tiles_into_float_vec(DataFormat::Bfp8_b, bfp8_tiles, row_major_output, is_exp_a, tile);
}

std::vector<float> unpack_bfp4_tiles_into_float_vec(ttsl::Span<const uint32_t> bfp_tiles, bool row_major_output,
                                                    bool is_exp_a, const std::optional<Tile>& tile) {
    return unpack_bfp_tiles_into_float_vec(DataFormat::Bfp4_b, bfp_tiles, row_major_output, is_exp_a, tile);
}

std::vector<uint32_t> create_random_vector_of_bfp8(uint32_t num_bytes, bool is_exp_a, int rand_max_float, int seed,
                                                   float offset) {
    return random_tiles(DataFormat::Bfp8_b, num_bytes, is_exp_a, rand_max_float, seed, offset);
}

std::vector<uint32_t> create_random_vector_of_bfp4(uint32_t num_bytes, bool is_exp_a, int rand_max_float, int seed,
                                                   float offset) {
    return random_tiles(DataFormat::Bfp4_b, num_bytes, is_exp_a, rand_max_float, seed, offset);
}

std::vector<uint32_t> create_constant_vector_of_bfp8(uint32_t num_bytes, float value, bool is_exp_a) {
    return pack_drawn(DataFormat::Bfp8_b, num_bytes, is_exp_a, [value] { return value; });
}

std::vector<uint32_t> create_constant_vector_of_bfp4(uint32_t num_bytes, float value, bool is_exp_a) {
    return pack_drawn(DataFormat::Bfp4_b, num_bytes, is_exp_a, [value] { return value; });
}

#define TESSERA_INSTANTIATE_VALUE(T)                                                                                   \
    template std::vector<uint32_t> pack_as_bfp8_tiles<T>(ttsl::Span<const T>, bool, bool, const std::optional<Tile>&); \
    template std::vector<uint32_t> pack_as_bfp4_tiles<T>(ttsl::Span<const T>, bool, bool, const std::optional<Tile>&);

#define TESSERA_INSTANTIATE_PACK(F, T)                                                                      \
    template std::vector<uint32_t> pack_as_bfp_tiles<tt::DataFormat::F, T>(ttsl::Span<const T>, bool, bool, \
                                                                           const std::optional<Tile>&);

#define TESSERA_INSTANTIATE_FORMAT(F)                                                        \
    template uint8_t convert_u32_to_bfp<tt::DataFormat::F, false>(uint32_t, uint32_t, bool); \
    template uint8_t convert_u32_to_bfp<tt::DataFormat::F, true>(uint32_t, uint32_t, bool);  \
    TESSERA_INSTANTIATE_PACK(F, float)                                                       \
    TESSERA_INSTANTIATE_PACK(F, bfloat16)                                                    \
    TESSERA_INSTANTIATE_PACK(F, int32_t)                                                     \
    TESSERA_INSTANTIATE_PACK(F, uint32_t)                                                    \
    TESSERA_INSTANTIATE_PACK(F, uint16_t)                                                    \
    TESSERA_INSTANTIATE_PACK(F, uint8_t)

TESSERA_INSTANTIATE_VALUE(float)
TESSERA_INSTANTIATE_VALUE(bfloat16)
TESSERA_INSTANTIATE_VALUE(int32_t)
TESSERA_INSTANTIATE_VALUE(uint32_t)
TESSERA_INSTANTIATE_VALUE(uint16_t)
TESSERA_INSTANTIATE_VALUE(uint8_t)
TESSERA_INSTANTIATE_FORMAT(Bfp8)
TESSERA_INSTANTIATE_FORMAT(Bfp8_b)
TESSERA_INSTANTIATE_FORMAT(Bfp4)
TESSERA_INSTANTIATE_FORMAT(Bfp4_b)
TESSERA_INSTANTIATE_FORMAT(Bfp2)
TESSERA_INSTANTIATE_FORMAT(Bfp2_b)

// Single values of block floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <tt-metalium/tile.hpp>
#include <tt_stl/span.hpp>

/// The byte at an index (0 to 3, 0 the lowest) of a word.
uint32_t get_byte(uint32_t word, uint32_t index);

/// The bits of the float for a value (sign and mantissa in the low bits of `data`) and the exponent it shares.
uint32_t convert_bfp_to_u32(tt::DataFormat bfp_format, uint8_t data, uint8_t shared_exp, bool is_exp_a = false);

/// Sign and mantissa of the float with these bits under a shared exponent. Formats: Bfp2(_b), Bfp4(_b), Bfp8(_b).
template <tt::DataFormat BfpFormat, bool truncate_bfp_mantissa = false>
uint8_t convert_u32_to_bfp(uint32_t input, uint32_t shared_exp, bool is_exp_a);

/// Values to tiles, as in bfloat8.hpp, for any of the formats.
template <tt::DataFormat BfpFormat, typename T>
std::vector<uint32_t> pack_as_bfp_tiles(ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                                        const std::optional<tt::tt_metal::Tile>& tile = std::nullopt);

template <tt::DataFormat BfpFormat>
std::vector<uint32_t> pack_fp32_vec_as_bfp_tiles(ttsl::Span<const float> fp32_vec, bool row_major_input, bool is_exp_a,
                                                 const std::optional<tt::tt_metal::Tile>& tile = std::nullopt) {
    return pack_as_bfp_tiles<BfpFormat, float>(fp32_vec, row_major_input, is_exp_a, tile);
}

/// The inverse.
std::vector<float> unpack_bfp_tiles_into_float_vec(tt::DataFormat format, ttsl::Span<const uint32_t> tiles,
                                                   bool row_major_output, bool is_exp_a,
                                                   const std::optional<tt::tt_metal::Tile>& tile = std::nullopt);

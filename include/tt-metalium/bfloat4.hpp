// Tiles of 4-bit block floating point: one shared exponent for 16 values.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <tt-metalium/tile.hpp>
#include <tt_stl/span.hpp>

/// Values to tiles, as in bfloat8.hpp, with sign and 3 mantissa bits a value, the first in the lowest bits of a word.
template <typename T>
std::vector<uint32_t> pack_as_bfp4_tiles(ttsl::Span<const T> data, bool row_major_input, bool is_exp_a,
                                         const std::optional<tt::tt_metal::Tile>& tile = std::nullopt);

/// The same for float.
std::vector<uint32_t> pack_fp32_vec_as_bfp4_tiles(ttsl::Span<const float> fp32_vec, bool row_major_input, bool is_exp_a,
                                                  const std::optional<tt::tt_metal::Tile>& tile = std::nullopt);

/// The inverse.
std::vector<float> unpack_bfp4_tiles_into_float_vec(ttsl::Span<const uint32_t> bfp_tiles, bool row_major_output,
                                                    bool is_exp_a,
                                                    const std::optional<tt::tt_metal::Tile>& tile = std::nullopt);

/// Tiles of values drawn evenly from [offset, offset + rand_max_float).
std::vector<uint32_t> create_random_vector_of_bfp4(uint32_t num_bytes, bool is_exp_a, int rand_max_float, int seed,
                                                   float offset = 0.0f);
/// Tiles of one value everywhere.
std::vector<uint32_t> create_constant_vector_of_bfp4(uint32_t num_bytes, float value, bool is_exp_a);

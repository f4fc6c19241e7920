// Operations across the values of a tile. Plain loops: they are rare in kernels and bound by their dependencies.
#include <tensix/sfpu_tile.h>

#include <bit>
#include <cmath>

namespace tessera::tensix {

namespace {

float value(uint32_t bits) {
    // A denormal reads as zero.
    return (bits & 0x7f800000u) == 0 ? std::bit_cast<float>(bits & 0x80000000u) : std::bit_cast<float>(bits);
}

/// The order of min and max: sign and magnitude of the bits.
int32_t order_key(uint32_t bits) {
    const int32_t b = static_cast<int32_t>(bits);
    return b ^ ((b >> 31) & 0x7fffffff);
}

/// Calls fn(address) for the 32 loads that cover a tile, in the chip's order.
template <class Fn>
void for_each_load(Fn fn) {
    for (uint32_t address = 0; address < 64; address += 2) {
        fn(address);
    }
}

}  // namespace

uint32_t sfpu_stored(float x, SfpuWidth width) {
    uint32_t bits = std::bit_cast<uint32_t>(x);
    if ((bits & 0x7f800000u) == 0) {
        bits &= 0x80000000u;
    }
    if (width == SfpuWidth::Dst16Half) {
        const uint32_t exponent = bits & 0x7f800000u, sign = bits & 0x80000000u;
        return exponent <= (112u << 23) ? sign : exponent > (143u << 23) ? sign | 0x47ffe000u : bits & 0xffffe000u;
    }
    return width == SfpuWidth::Dst16 ? bits & 0xffff0000u : bits;
}

void sfpu_seed(SfpuRegisters& registers, uint32_t seed) {
    // How the chip spreads one seed over its lanes is not documented; this spreads it by a multiplicative hash.
    for (uint32_t lane = 0; lane < 32; lane++) {
        uint32_t x = seed + 0x9E3779B9u * (lane + 1);
        x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
        x = (x ^ (x >> 13)) * 0xC2B2AE35u;
        registers.prng[lane] = x ^ (x >> 16);
    }
}

uint32_t sfpu_random(SfpuRegisters& registers, uint32_t lane) {
    const uint32_t state = registers.prng[lane];
    const uint32_t parity = static_cast<uint32_t>(std::popcount(state & 0x80200003u));
    registers.prng[lane] = (~parity << 31) | (state >> 1);
    return state;
}

void sfpu_dropout(SfpuRegisters& registers, uint32_t* tile, uint32_t probability, float scale, SfpuWidth width) {
    for_each_load([&](uint32_t address) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            uint32_t& datum = tile[lane_position(address, lane)];
            const int32_t random = static_cast<int32_t>(sfpu_random(registers, lane) & 0x7fffffffu);
            const bool drop = static_cast<int32_t>(probability - static_cast<uint32_t>(random)) >= 0;
            datum = drop ? 0 : sfpu_stored(value(datum) * scale, width);
        }
    });
}

void sfpu_rand(SfpuRegisters& registers, uint32_t* tile, float from, float scale, SfpuWidth width) {
    for_each_load([&](uint32_t address) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            const uint32_t mantissa = sfpu_random(registers, lane) & 0x007fffffu;
            const float unit = std::bit_cast<float>(0x3f800000u | mantissa) - 1.0f;
            tile[lane_position(address, lane)] = sfpu_stored(unit * scale + from, width);
        }
    });
}

void sfpu_stochastic_round(SfpuRegisters& registers, uint32_t* tile) {
    for_each_load([&](uint32_t address) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            uint32_t& datum = tile[lane_position(address, lane)];
            const uint32_t threshold = sfpu_random(registers, lane) & 0x7fffffu;
            const uint32_t exponent = datum & 0x7f800000u;
            const uint32_t dropped = datum & 0xffffu;
            if (exponent == 0) {
                datum = 0;
            } else if (exponent == 0x7f800000u) {
                datum &= 0xff800000u;
            } else {
                datum = datum - dropped + ((dropped << 7) >= threshold ? 0x10000u : 0u);
            }
        }
    });
}

void sfpu_cumsum(SfpuRegisters& registers, uint32_t* tile, bool first, SfpuWidth width) {
    if (first) {
        registers.cumsum.fill(0.0f);
    }
    for (uint32_t r = 0; r < 32; r++) {
        for (uint32_t c = 0; c < 32; c++) {
            uint32_t& datum = tile[tile_position(r, c)];
            registers.cumsum[c] += value(datum);
            datum = sfpu_stored(registers.cumsum[c], width);
        }
    }
}

void sfpu_ema(SfpuRegisters& registers, const uint32_t* in, uint32_t* out, SfpuWidth width) {
    for (uint32_t r = 0; r < 32; r++) {
        for (uint32_t c = 0; c < 32; c++) {
            const float kept = registers.ema_alpha * registers.ema[c];
            registers.ema[c] = registers.ema_beta * value(in[tile_position(r, c)]) + kept;
            out[tile_position(r, c)] = sfpu_stored(registers.ema[c], width);
        }
    }
}

void sfpu_welford(SfpuRegisters& registers, const uint32_t* tile, uint32_t start, uint32_t count,
                  const float* reciprocals) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t c = 0; c < 32; c++) {
            const float x = value(tile[tile_position(start + i, c)]);
            const float before = x - registers.mean[c];
            registers.mean[c] += before * reciprocals[i];
            registers.m2[c] += before * (x - registers.mean[c]);
        }
    }
}

namespace {

/// Column c lies in row 2 (c / 16) + c % 2 of the group, at an even column.
uint32_t column_position(uint32_t column, uint32_t group) {
    return (group * 4 + column / 16 * 2 + column % 2) * 16 + column % 16 / 2 * 2;
}

}  // namespace

void sfpu_store_columns(const std::array<float, 32>& columns, uint32_t* tile, uint32_t group, SfpuWidth width) {
    for (uint32_t c = 0; c < 32; c++) {
        tile[column_position(c, group)] = sfpu_stored(columns[c], width);
    }
}

void sfpu_load_columns(std::array<float, 32>& columns, const uint32_t* tile, uint32_t group) {
    for (uint32_t c = 0; c < 32; c++) {
        columns[c] = value(tile[column_position(c, group)]);
    }
}

void sfpu_tiled_prod(uint32_t* tile, SfpuWidth width) {
    for (uint32_t face = 0; face < 4; face++) {
        std::array<float, 32> product;
        product.fill(1.0f);
        // The chip takes one step more than a face has; past the last face that step would leave the tile.
        for (uint32_t step = 0; step < (face == 3 ? 8u : 9u); step++) {
            for (uint32_t lane = 0; lane < 32; lane++) {
                uint32_t& datum = tile[lane_position(face * 16 + step * 2, lane)];
                product[lane] *= value(datum);
                datum = sfpu_stored(product[lane], width);
            }
        }
    }
}

void sfpu_rotate90(uint32_t* tile) {
    for (uint32_t i = 0; i < 1024; i += 2) {
        const uint32_t even = tile[i];
        tile[i] = tile[i + 1] ^ 0x80000000u;
        tile[i + 1] = even;
    }
}

void sfpu_reshuffle_rows(const uint32_t* in, uint32_t* out, const uint8_t* index, SfpuWidth width) {
    for (uint32_t r = 0; r < 32; r++) {
        if (index[r] >= 32) {
            continue;
        }
        for (uint32_t c = 0; c < 32; c++) {
            uint32_t& sum = out[tile_position(index[r], c)];
            sum = sfpu_stored(value(in[tile_position(r, c)]) + value(sum), width);
        }
    }
}

namespace {

/// The chip's order of a column's sum: groups of four rows from the last row up, then the groups likewise, then the
/// lower half onto the upper.
template <class T, class Load>
T column_sum(Load load) {
    T halves[2];
    for (uint32_t half = 0; half < 2; half++) {
        T groups[4];
        for (uint32_t group = 0; group < 4; group++) {
            const uint32_t row = half * 16 + group * 4;
            groups[group] = load(row) + (load(row + 1) + (load(row + 2) + load(row + 3)));
        }
        halves[half] = groups[0] + (groups[1] + (groups[2] + groups[3]));
    }
    return halves[0] + halves[1];
}

uint32_t reduce_column(const uint32_t* tile, uint32_t c, SfpuPool pool, SfpuNumber number, SfpuWidth width) {
    if (pool == SfpuPool::Max || pool == SfpuPool::Min) {
        uint32_t best = tile[tile_position(0, c)];
        for (uint32_t r = 1; r < 32; r++) {
            const uint32_t x = tile[tile_position(r, c)];
            const bool less = number == SfpuNumber::Float   ? order_key(x) < order_key(best)
                              : number == SfpuNumber::Int32 ? static_cast<int32_t>(x) < static_cast<int32_t>(best)
                                                            : x < best;
            const bool greater = x != best && !less;
            best = (pool == SfpuPool::Max ? greater : less) ? x : best;
        }
        return best;
    }
    if (number == SfpuNumber::Float) {
        float sum = column_sum<float>([&](uint32_t r) { return value(tile[tile_position(r, c)]); });
        return sfpu_stored(pool == SfpuPool::Average ? sum * 0.03125f : sum, width);
    }
    const uint32_t sum = column_sum<uint32_t>([&](uint32_t r) { return tile[tile_position(r, c)]; });
    if (pool == SfpuPool::Sum) {
        return sum;
    }
    if (number == SfpuNumber::Unsigned || static_cast<int32_t>(sum) >= 0) {
        return sum >> 5;
    }
    return 0u - ((0u - sum) >> 5);
}

}  // namespace

void sfpu_reduce_columns(uint32_t* tile, SfpuPool pool, SfpuNumber number, SfpuWidth width) {
    for (uint32_t c = 0; c < 32; c++) {
        tile[tile_position(0, c)] = reduce_column(tile, c, pool, number, width);
    }
}

void sfpu_add_top_rows(const uint32_t* a, const uint32_t* b, uint32_t* out, SfpuNumber number, SfpuWidth width) {
    for (uint32_t r = 0; r < 4; r++) {
        for (uint32_t c = 0; c < 32; c++) {
            const uint32_t i = tile_position(r, c);
            out[i] = number == SfpuNumber::Float ? sfpu_stored(value(a[i]) + value(b[i]), width) : a[i] + b[i];
        }
    }
}

void sfpu_sum_int(uint32_t* tile, bool by_rows) {
    const auto add = [&](uint32_t to, uint32_t from) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            tile[lane_position(to, lane)] += tile[lane_position(from, lane)];
        }
    };
    if (by_rows) {
        for (uint32_t face = 0; face < 64; face += 32) {
            for (uint32_t row = face; row < face + 16; row += 4) {
                for (uint32_t from : {row + 2, row + 16, row + 18}) {
                    add(row, from);
                }
            }
        }
        return;
    }
    for (uint32_t face = 0; face < 32; face += 16) {
        for (uint32_t odd = 0; odd < 4; odd += 2) {
            for (uint32_t from : {4u, 8u, 12u, 32u, 36u, 40u, 44u}) {
                add(face + odd, face + odd + from);
            }
        }
    }
}

void sfpu_max_pool(uint32_t* values, uint32_t* indices, uint32_t rows, bool row_major, const uint32_t* previous_values,
                   const uint32_t* previous_indices) {
    const auto position = [&](uint32_t r, uint32_t c) { return row_major ? r * 32 + c : tile_position(r, c); };
    for (uint32_t c = 0; c < 32; c++) {
        uint32_t best = position(0, c);
        for (uint32_t r = 1; r < rows; r++) {
            const uint32_t i = position(r, c);
            best = order_key(values[i]) > order_key(values[best]) ? i : best;
        }
        uint32_t top = values[best], index = indices[best];
        const uint32_t out = position(0, c);
        if (previous_values != nullptr && order_key(previous_values[out]) > order_key(top)) {
            top = previous_values[out];
            index = previous_indices[out];
        }
        values[out] = top;
        indices[out] = index;
    }
}

}  // namespace tessera::tensix

// Operations across the values of a tile, a row of 32 columns or a register of 32 lanes at a time. Integers, moved bits
// and random numbers are the same in both modes; how a seed spreads over the lanes is not documented and made up here.
#include <tensix/sfpu_tile.h>

#include <bit>
#include <cstring>

#include <tensix/exact/vector_unit.h>

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

using Lanes = std::array<uint32_t, 32>;

Lanes lanes_of(float x) {
    Lanes lanes;
    lanes.fill(std::bit_cast<uint32_t>(x));
    return lanes;
}
Lanes lanes_of(const std::array<float, 32>& values) {
    return std::bit_cast<Lanes>(values);
}
Lanes load_row(const uint32_t* tile, uint32_t r) {
    Lanes lanes;
    std::memcpy(lanes.data(), tile + tile_position(r, 0), 16 * sizeof(uint32_t));
    std::memcpy(lanes.data() + 16, tile + tile_position(r, 16), 16 * sizeof(uint32_t));
    return lanes;
}
void store_row(uint32_t* tile, uint32_t r, const Lanes& lanes, SfpuWidth width) {
    for (uint32_t c = 0; c < 32; c++) {
        tile[tile_position(r, c)] = sfpu_stored(lanes[c], width);
    }
}
Lanes load_lanes(const uint32_t* tile, uint32_t address) {
    Lanes lanes;
    for (uint32_t lane = 0; lane < 32; lane++) {
        lanes[lane] = tile[lane_position(address, lane)];
    }
    return lanes;
}
void store_lanes(uint32_t* tile, uint32_t address, const Lanes& lanes, SfpuWidth width) {
    for (uint32_t lane = 0; lane < 32; lane++) {
        tile[lane_position(address, lane)] = sfpu_stored(lanes[lane], width);
    }
}

Lanes mad(const SfpuMath& math, const Lanes& a, const Lanes& b, const Lanes& c) {
    Lanes out;
    math.mad(a.data(), b.data(), c.data(), out.data(), 32);
    return out;
}
Lanes mul(const SfpuMath& math, const Lanes& a, const Lanes& b) {
    Lanes out;
    math.mul(a.data(), b.data(), out.data(), 32);
    return out;
}
Lanes add(const SfpuMath& math, const Lanes& a, const Lanes& b) {
    Lanes out;
    math.add(a.data(), b.data(), out.data(), 32);
    return out;
}

}  // namespace

const SfpuMath sfpu_fast_math = {
    [](const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count) {
        for (size_t i = 0; i < count; i++) {
            const float product = value(a[i]) * value(b[i]);
            out[i] = std::bit_cast<uint32_t>(product + value(c[i]));
        }
    },
    [](const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
        for (size_t i = 0; i < count; i++) {
            out[i] = std::bit_cast<uint32_t>(value(a[i]) * value(b[i]));
        }
    },
    [](const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
        for (size_t i = 0; i < count; i++) {
            out[i] = std::bit_cast<uint32_t>(value(a[i]) + value(b[i]));
        }
    },
};

SfpuMath sfpu_math(MathMode mode, Chip chip) {
    if (mode != MathMode::Exact) {
        return sfpu_fast_math;
    }
    const exact::VectorUnit& unit = exact::vector_unit(chip);
    return {unit.mad, unit.mul, unit.add};
}

uint32_t sfpu_stored(uint32_t bits, SfpuWidth width) {
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

void sfpu_dropout(SfpuRegisters& registers, uint32_t* tile, uint32_t probability, float scale, SfpuWidth width,
                  const SfpuMath& math) {
    const Lanes factor = lanes_of(scale);
    for_each_load([&](uint32_t address) {
        Lanes result = mul(math, load_lanes(tile, address), factor);
        for (uint32_t lane = 0; lane < 32; lane++) {
            const uint32_t random = sfpu_random(registers, lane) & 0x7fffffffu;
            const bool drop = static_cast<int32_t>(probability - random) >= 0;
            result[lane] = drop ? 0 : result[lane];
        }
        store_lanes(tile, address, result, width);
    });
}

void sfpu_rand(SfpuRegisters& registers, uint32_t* tile, float from, float scale, SfpuWidth width,
               const SfpuMath& math) {
    for_each_load([&](uint32_t address) {
        Lanes unit;
        for (uint32_t lane = 0; lane < 32; lane++) {
            unit[lane] = 0x3f800000u | (sfpu_random(registers, lane) & 0x007fffffu);
        }
        unit = add(math, unit, lanes_of(-1.0f));
        store_lanes(tile, address, mad(math, unit, lanes_of(scale), lanes_of(from)), width);
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

void sfpu_cumsum(SfpuRegisters& registers, uint32_t* tile, bool first, SfpuWidth width, const SfpuMath& math) {
    if (first) {
        registers.cumsum.fill(0.0f);
    }
    Lanes sum = lanes_of(registers.cumsum);
    for (uint32_t r = 0; r < 32; r++) {
        sum = add(math, sum, load_row(tile, r));
        store_row(tile, r, sum, width);
    }
    registers.cumsum = std::bit_cast<std::array<float, 32>>(sum);
}

void sfpu_ema(SfpuRegisters& registers, const uint32_t* in, uint32_t* out, SfpuWidth width, const SfpuMath& math) {
    const Lanes alpha = lanes_of(registers.ema_alpha), beta = lanes_of(registers.ema_beta);
    Lanes average = lanes_of(registers.ema);
    for (uint32_t r = 0; r < 32; r++) {
        average = mad(math, beta, load_row(in, r), mul(math, alpha, average));
        store_row(out, r, average, width);
    }
    registers.ema = std::bit_cast<std::array<float, 32>>(average);
}

void sfpu_welford(SfpuRegisters& registers, const uint32_t* tile, uint32_t start, uint32_t count,
                  const float* reciprocals, const SfpuMath& math) {
    const Lanes minus_one = lanes_of(-1.0f);
    Lanes mean = lanes_of(registers.mean), m2 = lanes_of(registers.m2);
    for (uint32_t i = 0; i < count; i++) {
        const Lanes x = load_row(tile, start + i);
        const Lanes before = mad(math, minus_one, mean, x);
        mean = mad(math, before, lanes_of(reciprocals[i]), mean);
        m2 = mad(math, before, mad(math, minus_one, mean, x), m2);
    }
    registers.mean = std::bit_cast<std::array<float, 32>>(mean);
    registers.m2 = std::bit_cast<std::array<float, 32>>(m2);
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

void sfpu_tiled_prod(uint32_t* tile, SfpuWidth width, const SfpuMath& math) {
    for (uint32_t face = 0; face < 4; face++) {
        Lanes product = lanes_of(1.0f);
        // The chip takes one step more than a face has; past the last face that step would leave the tile.
        for (uint32_t step = 0; step < (face == 3 ? 8u : 9u); step++) {
            product = mul(math, product, load_lanes(tile, face * 16 + step * 2));
            store_lanes(tile, face * 16 + step * 2, product, width);
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

void sfpu_reshuffle_rows(const uint32_t* in, uint32_t* out, const uint8_t* index, SfpuWidth width,
                         const SfpuMath& math) {
    for (uint32_t r = 0; r < 32; r++) {
        if (index[r] < 32) {
            store_row(out, index[r], add(math, load_row(in, r), load_row(out, index[r])), width);
        }
    }
}

namespace {

/// The chip's order of a column's sum: groups of four rows from the last row up, then the groups likewise, then the
/// lower half onto the upper.
template <class Plus>
Lanes column_sums(const uint32_t* tile, Plus plus) {
    Lanes halves[2];
    for (uint32_t half = 0; half < 2; half++) {
        Lanes groups[4];
        for (uint32_t group = 0; group < 4; group++) {
            const auto row = [&](uint32_t r) { return load_row(tile, half * 16 + group * 4 + r); };
            groups[group] = plus(row(0), plus(row(1), plus(row(2), row(3))));
        }
        halves[half] = plus(groups[0], plus(groups[1], plus(groups[2], groups[3])));
    }
    return plus(halves[0], halves[1]);
}

uint32_t best_of_column(const uint32_t* tile, uint32_t c, SfpuPool pool, SfpuNumber number) {
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

Lanes integer_sums(const uint32_t* tile, bool average, SfpuNumber number) {
    Lanes sums = column_sums(tile, [](Lanes a, const Lanes& b) {
        for (uint32_t c = 0; c < 32; c++) {
            a[c] += b[c];
        }
        return a;
    });
    for (uint32_t& sum : sums) {
        const bool negative = number == SfpuNumber::Int32 && static_cast<int32_t>(sum) < 0;
        sum = !average ? sum : negative ? 0u - ((0u - sum) >> 5) : sum >> 5;
    }
    return sums;
}

}  // namespace

void sfpu_reduce_columns(uint32_t* tile, SfpuPool pool, SfpuNumber number, SfpuWidth width, const SfpuMath& math) {
    const bool average = pool == SfpuPool::Average;
    if (pool == SfpuPool::Max || pool == SfpuPool::Min) {
        for (uint32_t c = 0; c < 32; c++) {
            tile[tile_position(0, c)] = best_of_column(tile, c, pool, number);
        }
    } else if (number == SfpuNumber::Float) {
        const Lanes sums = column_sums(tile, [&](const Lanes& a, const Lanes& b) { return add(math, a, b); });
        store_row(tile, 0, average ? mul(math, sums, lanes_of(0.03125f)) : sums, width);
    } else {
        const Lanes sums = integer_sums(tile, average, number);
        for (uint32_t c = 0; c < 32; c++) {
            tile[tile_position(0, c)] = sums[c];
        }
    }
}

void sfpu_add_top_rows(const uint32_t* a, const uint32_t* b, uint32_t* out, SfpuNumber number, SfpuWidth width,
                       const SfpuMath& math) {
    for (uint32_t r = 0; r < 4; r++) {
        if (number == SfpuNumber::Float) {
            store_row(out, r, add(math, load_row(a, r), load_row(b, r)), width);
            continue;
        }
        for (uint32_t c = 0; c < 32; c++) {
            const uint32_t i = tile_position(r, c);
            out[i] = a[i] + b[i];
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

namespace {

/// The rows in the order in which the chip's network prefers them where values are equal. With rows of 32 values a
/// register holds two of them, so that even rows meet before they meet the odd ones, and of 32 rows later blocks of
/// eight come first.
std::array<uint32_t, 32> preference(uint32_t rows, bool row_major) {
    std::array<uint32_t, 32> order{};
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t block = i / 8, within = i % 8;
        const uint32_t paired = within < 4 ? 2 * within : 2 * within - 7;
        order[i] = !row_major || (rows < 32 && i == 8) ? i : (rows == 32 ? 3 - block : block) * 8 + paired;
    }
    return order;
}

}  // namespace

void sfpu_max_pool(uint32_t* values, uint32_t* indices, uint32_t rows, bool row_major, const uint32_t* previous_values,
                   const uint32_t* previous_indices) {
    const auto position = [&](uint32_t r, uint32_t c) { return row_major ? r * 32 + c : tile_position(r, c); };
    const std::array<uint32_t, 32> order = preference(rows, row_major);
    for (uint32_t c = 0; c < 32; c++) {
        uint32_t best = position(order[0], c);
        for (uint32_t i = 1; i < rows; i++) {
            const uint32_t candidate = position(order[i], c);
            best = order_key(values[candidate]) > order_key(values[best]) ? candidate : best;
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

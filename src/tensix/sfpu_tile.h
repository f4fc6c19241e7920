// The vector unit's operations that look across the values of a tile: running sums and averages, reductions, random
// numbers. A tile is 1024 32-bit values, four faces of 16 rows of 16, as DST holds it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <tensix/sfpu.h>

namespace tessera::tensix {

/// Where the value of row r (0-31) and column c (0-31) lies in a tile.
constexpr uint32_t tile_position(uint32_t r, uint32_t c) {
    return (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16;
}

/// Where the vector unit's lane l (0-31) lies for a load or store at DST row `address`: four rows, every second column.
constexpr uint32_t lane_position(uint32_t address, uint32_t lane) {
    return ((address & ~3u) + lane / 8) * 16 + lane % 8 * 2 + ((address >> 1) & 1);
}

/// The bits of a float as a plain store leaves them: truncated to bf16 or fp16 in a 16-bit DST, denormals zero.
uint32_t sfpu_stored(uint32_t bits, SfpuWidth width);
inline uint32_t sfpu_stored(float value, SfpuWidth width) {
    return sfpu_stored(std::bit_cast<uint32_t>(value), width);
}

/// The vector unit's arithmetic on fp32 words; count is a multiple of 16, out may be an operand. The exact mode's
/// multiply-add is the chip's, the fast one's is a product and a sum in IEEE arithmetic.
struct SfpuMath {
    void (*mad)(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count);
    void (*mul)(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count);
    void (*add)(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count);
};
extern const SfpuMath sfpu_fast_math;
/// The arithmetic of a mode; the functions below take it where they compute with floats. The others move or compare
/// bits.
SfpuMath sfpu_math(MathMode mode, Chip chip);

/// Registers of one core's vector unit whose contents outlive one operation.
struct SfpuRegisters {
    uint32_t zero_point = 0;          ///< of quantization, fp32 bits
    uint32_t exp_scale = 0x3F800000;  ///< of the fast exponential, fp32 bits
    std::array<uint32_t, 32> prng{};  ///< one shift register a lane
    std::array<float, 32> cumsum{};   ///< sum so far of each column
    std::array<float, 32> ema{};      ///< last output of each column
    float ema_alpha = 0, ema_beta = 0;
    std::array<float, 32> mean{}, m2{};  ///< Welford's state of each column
};

/// Starts the random generator: 32 shift registers that differ by lane.
void sfpu_seed(SfpuRegisters& registers, uint32_t seed);
/// The next number of a lane: its register, which then shifts right by one, the parity of taps 0x80200003 inverted and
/// shifted in. Successive numbers share 31 bits, as on the chip.
uint32_t sfpu_random(SfpuRegisters& registers, uint32_t lane);

/// See tsr_sfpu_dropout, tsr_sfpu_rand and tsr_sfpu_stochastic_round for these.
void sfpu_dropout(SfpuRegisters& registers, uint32_t* tile, uint32_t probability, float scale, SfpuWidth width,
                  const SfpuMath& math = sfpu_fast_math);
void sfpu_rand(SfpuRegisters& registers, uint32_t* tile, float from, float scale, SfpuWidth width,
               const SfpuMath& math = sfpu_fast_math);
void sfpu_stochastic_round(SfpuRegisters& registers, uint32_t* tile);

void sfpu_cumsum(SfpuRegisters& registers, uint32_t* tile, bool first, SfpuWidth width,
                 const SfpuMath& math = sfpu_fast_math);
void sfpu_ema(SfpuRegisters& registers, const uint32_t* in, uint32_t* out, SfpuWidth width,
              const SfpuMath& math = sfpu_fast_math);
/// Adds rows start..start+count of a tile to mean and m2. reciprocal(i): 1/(i+1) for the value with index i.
void sfpu_welford(SfpuRegisters& registers, const uint32_t* tile, uint32_t start, uint32_t count,
                  const float* reciprocals, const SfpuMath& math = sfpu_fast_math);
/// Stores one value a column the way the registers hold them: row `column block`, even columns, four rows a group.
void sfpu_store_columns(const std::array<float, 32>& columns, uint32_t* tile, uint32_t group, SfpuWidth width);
void sfpu_load_columns(std::array<float, 32>& columns, const uint32_t* tile, uint32_t group);

void sfpu_tiled_prod(uint32_t* tile, SfpuWidth width, const SfpuMath& math = sfpu_fast_math);
void sfpu_rotate90(uint32_t* tile);
/// out row index[i] += in row i for index[i] < 32.
void sfpu_reshuffle_rows(const uint32_t* in, uint32_t* out, const uint8_t* index, SfpuWidth width,
                         const SfpuMath& math = sfpu_fast_math);

enum class SfpuPool : uint32_t { Sum = 0, Average = 1, Max = 2, Min = 3 };
enum class SfpuNumber : uint32_t { Float, Int32, Unsigned };
/// Each column reduced into row 0; the other rows stay.
void sfpu_reduce_columns(uint32_t* tile, SfpuPool pool, SfpuNumber number, SfpuWidth width,
                         const SfpuMath& math = sfpu_fast_math);
/// Rows 0 to 3 of out = a + b.
void sfpu_add_top_rows(const uint32_t* a, const uint32_t* b, uint32_t* out, SfpuNumber number, SfpuWidth width,
                       const SfpuMath& math = sfpu_fast_math);
/// int32 sums by lane. by_rows: each face of the left half with itself and the face to its right, odd columns added to
/// even ones; else each upper face's groups of four rows with those of the face below.
void sfpu_sum_int(uint32_t* tile, bool by_rows);
/// The largest of the first `rows` (9, or 32 with row_major) values of each column and its index, into row 0. Of equal
/// values the one that the chip's network of compare-and-swaps keeps. row_major: rows of 32 values follow one another
/// instead of faces. previous: a result to compare with as well, or null.
void sfpu_max_pool(uint32_t* values, uint32_t* indices, uint32_t rows, bool row_major, const uint32_t* previous_values,
                   const uint32_t* previous_indices);

}  // namespace tessera::tensix

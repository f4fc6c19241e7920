// Entry points of the vector unit's operations that look across a tile or keep state from call to call.
#include <sim/sfpu.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include <tensix/sfpu_sort.h>

using namespace tessera;
using sim::sfpu_math;
using sim::sfpu_registers;
using sim::sfpu_tile;
using sim::sfpu_width;

namespace {

float as_float(uint32_t bits) {
    return std::bit_cast<float>(bits);
}

/// DataFormat numbers: Float32 0, Float16_b 5, Int32 8; UInt16 and UInt32 are unsigned.
tensix::SfpuNumber number_of(uint32_t format) {
    return format == 0 || format == 5 ? tensix::SfpuNumber::Float
           : format == 8              ? tensix::SfpuNumber::Int32
                                      : tensix::SfpuNumber::Unsigned;
}

float reciprocal(uint32_t index, const uint32_t* reciprocals, uint32_t count) {
    if (count == 0) {
        return 1.0f / static_cast<float>(index + 1);
    }
    if (index >= count) {
        tsr_error("welford-index-out-of-range", "the table of reciprocals has no entry for this many values",
                  "give the table one entry a value, or none at all to have reciprocals computed");
    }
    return as_float(reciprocals[index]);
}

}  // namespace

void tsr_sfpu_seed(uint32_t seed) {
    tensix::sfpu_seed(sfpu_registers(), seed);
}

void tsr_sfpu_dropout(uint32_t dst, uint32_t probability, uint32_t scale_bits) {
    tensix::sfpu_dropout(sfpu_registers(), sfpu_tile(dst), probability, as_float(scale_bits), sfpu_width(dst),
                         sfpu_math());
}

void tsr_sfpu_rand(uint32_t dst, uint32_t from_bits, uint32_t scale_bits) {
    tensix::sfpu_rand(sfpu_registers(), sfpu_tile(dst), as_float(from_bits), as_float(scale_bits), sfpu_width(dst),
                      sfpu_math());
}

void tsr_sfpu_stochastic_round(uint32_t dst) {
    tensix::sfpu_stochastic_round(sfpu_registers(), sfpu_tile(dst));
}

void tsr_sfpu_cumsum(uint32_t dst, uint32_t first) {
    tensix::sfpu_cumsum(sfpu_registers(), sfpu_tile(dst), first != 0, sfpu_width(dst), sfpu_math());
}

void tsr_sfpu_tiled_prod(uint32_t dst) {
    tensix::sfpu_tiled_prod(sfpu_tile(dst), sfpu_width(dst), sfpu_math());
}

void tsr_sfpu_rotate90(uint32_t dst) {
    tensix::sfpu_rotate90(sfpu_tile(dst));
}

void tsr_sfpu_reshuffle_rows(uint32_t dst, uint32_t table) {
    uint32_t* in = sfpu_tile(dst, 2);
    if (uint64_t{table} + 16 + 32 > tsr_ctx->l1_size) {
        tsr_error("l1-out-of-range", "reshuffle_rows_tile's index table lies outside L1",
                  "idx_addr is an L1 byte address; the 32 indices start 16 bytes after it");
    }
    tensix::sfpu_reshuffle_rows(in, in + 1024, tsr_ctx->l1 + table + 16, sfpu_width(dst), sfpu_math());
}

void tsr_sfpu_ema_load(uint32_t alpha_bits, uint32_t beta_bits) {
    sfpu_registers().ema_alpha = as_float(alpha_bits);
    sfpu_registers().ema_beta = as_float(beta_bits);
}

void tsr_sfpu_ema_clear() {
    sfpu_registers().ema.fill(0.0f);
}

void tsr_sfpu_ema(uint32_t dst) {
    uint32_t* in = sfpu_tile(dst, 2);
    sim::sfpu_inherit_format(dst + 1, dst);
    tensix::sfpu_ema(sfpu_registers(), in, in + 1024, sfpu_width(dst), sfpu_math());
}

void tsr_sfpu_welford_clear() {
    sfpu_registers().mean.fill(0.0f);
    sfpu_registers().m2.fill(0.0f);
}

void tsr_sfpu_welford_rows(uint32_t dst, uint32_t start_index, uint32_t start_row, uint32_t num_rows,
                           const uint32_t* reciprocals, uint32_t count) {
    if (num_rows == 0) {
        return;
    }
    if (start_row >= 32 || num_rows > 32 - start_row) {
        tsr_error("welford-rows-out-of-range", "welford_update_rows goes past the last row of a tile",
                  "start_row + num_rows must be at most 32");
    }
    float factors[32];
    for (uint32_t i = 0; i < num_rows; i++) {
        factors[i] = reciprocal(start_index + i, reciprocals, count);
    }
    tensix::sfpu_welford(sfpu_registers(), sfpu_tile(dst), start_row, num_rows, factors, sfpu_math());
}

namespace {

/// A group takes four rows of the first face of its tile, so there are at most 16 before the tile ends.
void check_group(uint32_t group) {
    if (group >= 16) {
        tsr_error("welford-group-out-of-range", "welford state has room for 16 groups in a tile",
                  "use group_id below 16");
    }
}

}  // namespace

void tsr_sfpu_welford_save(uint32_t dst, uint32_t group) {
    check_group(group);
    uint32_t* mean = sfpu_tile(dst, 2);
    tensix::sfpu_store_columns(sfpu_registers().mean, mean, group, sfpu_width(dst));
    tensix::sfpu_store_columns(sfpu_registers().m2, mean + 1024, group, sfpu_width(dst));
}

void tsr_sfpu_welford_restore(uint32_t dst, uint32_t group) {
    check_group(group);
    const uint32_t* mean = sfpu_tile(dst, 2);
    tensix::sfpu_load_columns(sfpu_registers().mean, mean, group);
    tensix::sfpu_load_columns(sfpu_registers().m2, mean + 1024, group);
}

void tsr_sfpu_welford_finalize(uint32_t dst, uint32_t group, uint32_t row, uint32_t scale_index,
                               const uint32_t* reciprocals, uint32_t count) {
    check_group(group);
    uint32_t* mean = sfpu_tile(dst, 2);
    uint32_t* variance = mean + 1024;
    const float scale = reciprocal(scale_index, reciprocals, count);
    std::array<uint32_t, 32> factor, words = std::bit_cast<std::array<uint32_t, 32>>(sfpu_registers().m2);
    factor.fill(std::bit_cast<uint32_t>(scale));
    sfpu_math().mul(factor.data(), words.data(), words.data(), words.size());
    const auto scaled = std::bit_cast<std::array<float, 32>>(words);
    if (row == 0) {
        tensix::sfpu_store_columns(sfpu_registers().mean, mean, group, sfpu_width(dst));
        tensix::sfpu_store_columns(scaled, variance, group, sfpu_width(dst));
        return;
    }
    for (uint32_t r = 0; r < 4; r++) {
        for (uint32_t c = 0; c < 32; c++) {
            const uint32_t i = tensix::tile_position(r, c);
            mean[i] = r == 0 ? tensix::sfpu_stored(sfpu_registers().mean[c], sfpu_width(dst)) : 0;
            variance[i] = r == 0 ? tensix::sfpu_stored(scaled[c], sfpu_width(dst)) : 0;
        }
    }
}

void tsr_sfpu_topk_local_sort(uint32_t dst, uint32_t ascending, int32_t end_phase, int32_t start_phase,
                              int32_t end_step, int32_t start_step, uint32_t stable) {
    tensix::sfpu_topk_local_sort(sfpu_tile(dst, 4), ascending != 0, end_phase, start_phase, end_step, start_step,
                                 stable != 0);
}

void tsr_sfpu_topk_merge(uint32_t dst, int32_t m_iter, int32_t k, uint32_t ascending, uint32_t stable) {
    if (k < 4) {
        tsr_error("topk-k-too-small", "topk_merge compares runs of at least 4 values", "use k of 4 or more");
    }
    tensix::sfpu_topk_merge(sfpu_tile(dst, 4), m_iter, k, ascending != 0, stable != 0);
}

void tsr_sfpu_topk_rebuild(uint32_t dst, uint32_t ascending, int32_t m_iter, int32_t k, int32_t logk,
                           int32_t skip_second, uint32_t stable) {
    tensix::sfpu_topk_rebuild(sfpu_tile(dst, 4), ascending != 0, m_iter, k, logk, (skip_second & 1) != 0, stable != 0);
}

void tsr_sfpu_reduce_columns(uint32_t dst, uint32_t pool, uint32_t format) {
    tensix::sfpu_reduce_columns(sfpu_tile(dst), static_cast<tensix::SfpuPool>(pool), number_of(format), sfpu_width(dst),
                                sfpu_math());
}

void tsr_sfpu_add_top_row(uint32_t dst0, uint32_t dst1, uint32_t out, uint32_t format) {
    const uint32_t* a = sfpu_tile(dst0);
    const uint32_t* b = sfpu_tile(dst1);
    uint32_t* sum = sfpu_tile(out);
    sim::sfpu_inherit_format(out, dst0);
    tensix::sfpu_add_top_rows(a, b, sum, number_of(format), sfpu_width(dst0), sfpu_math());
}

void tsr_sfpu_sum_int(uint32_t dst, uint32_t by_rows) {
    tensix::sfpu_sum_int(sfpu_tile(dst), by_rows != 0);
}

void tsr_sfpu_max_pool_with_indices(uint32_t values, uint32_t indices, uint32_t rows, uint32_t row_major,
                                    uint32_t accumulate, uint32_t chunk) {
    const uint32_t tiles = accumulate != 0 ? 2 : 1;
    uint32_t* top = sfpu_tile(values, tiles);
    uint32_t* where = sfpu_tile(indices, tiles);
    const bool previous = accumulate != 0 && chunk > 0;
    // The chip always compares 9 rows, or all 32 when it is asked for more than 9.
    tensix::sfpu_max_pool(top, where, rows <= 9 ? 9 : 32, row_major != 0, previous ? top + 1024 : nullptr,
                          previous ? where + 1024 : nullptr);
    if (accumulate != 0) {
        std::memcpy(top + 1024, top, 32 * sizeof(uint32_t));
        std::memcpy(where + 1024, where, 32 * sizeof(uint32_t));
    }
}

void tsr_sfpu_read_dst_row(uint32_t row, uint32_t* words) {
    const uint32_t* tile = sfpu_tile(row / 64);
    std::memcpy(words, tile + (row % 64) * 16, 16 * sizeof(uint32_t));
}

uint32_t tsr_sfpu_special_flags() {
    tsr_error("special-value-flags", "the simulated units do not record special values in sticky bits",
              "look for infinities and NaN in the data with isinf_tile, isnan_tile or on the host");
}

void tsr_sfpu_clear_special_flags() {}

// Welford's running mean and variance down the columns. The running state lies in the vector unit's registers.
#pragma once

#include <array>

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Starts from no values.
ALWI void welford_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_welford_clear();
}

/// The same.
ALWI void welford_clear() {
    tsr_sfpu_welford_clear();
}

/// Adds the 32 rows of tile input_dst_idx as values start_idx, start_idx + 1, ... reciprocal_lut holds the fp32 bits of
/// 1, 1/2, 1/3, ...; empty, they are computed.
template <uint32_t reciprocal_size>
ALWI void welford_update(uint32_t input_dst_idx, uint32_t start_idx,
                         const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    tsr_sfpu_welford_rows(input_dst_idx, start_idx, 0, 32, reciprocal_lut.data(), reciprocal_size);
}

/// Adds num_rows rows from start_row on.
template <uint32_t reciprocal_size>
ALWI void welford_update_rows(uint32_t input_dst_idx, uint32_t start_idx, uint32_t start_row, uint32_t num_rows,
                              const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    tsr_sfpu_welford_rows(input_dst_idx, start_idx, start_row, num_rows, reciprocal_lut.data(), reciprocal_size);
}

/// Mean and sum of squared differences to tiles mean_dst_idx and the next, as they lie in the registers.
ALWI void welford_save_state(uint32_t mean_dst_idx) {
    tsr_sfpu_welford_save(mean_dst_idx, 0);
}

/// The reverse of welford_save_state.
ALWI void welford_restore_state(uint32_t mean_dst_idx) {
    tsr_sfpu_welford_restore(mean_dst_idx, 0);
}

/// Mean and sum of squared differences to tiles mean_dst_idx and the next, as they lie in the registers.
ALWI void welford_save_state(uint32_t mean_dst_idx, uint32_t group_id) {
    tsr_sfpu_welford_save(mean_dst_idx, group_id);
}

/// The reverse of welford_save_state.
ALWI void welford_restore_state(uint32_t mean_dst_idx, uint32_t group_id) {
    tsr_sfpu_welford_restore(mean_dst_idx, group_id);
}

/// Mean and variance (sum times 1/(scale_idx + 1)) to row 0 of tiles mean_dst_idx and the next.
template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_row(uint32_t mean_dst_idx, uint32_t scale_idx,
                                  const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    tsr_sfpu_welford_finalize(mean_dst_idx, 0, 1, scale_idx, reciprocal_lut.data(), reciprocal_size);
}

/// The same, as they lie in the registers.
template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_face(uint32_t mean_dst_idx, uint32_t scale_idx,
                                   const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    tsr_sfpu_welford_finalize(mean_dst_idx, 0, 0, scale_idx, reciprocal_lut.data(), reciprocal_size);
}

/// The same for one of several groups.
template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_face(uint32_t mean_dst_idx, uint32_t group_id, uint32_t scale_idx,
                                   const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    tsr_sfpu_welford_finalize(mean_dst_idx, group_id, 0, scale_idx, reciprocal_lut.data(), reciprocal_size);
}

/// The earlier form of welford_update_rows: adds the rows of the input tile from num_skip_rows on as values
/// current_row, current_row + 1, ... up to final_row or the tile's end. Mean and sum of squared differences lie in two
/// neighbouring tiles between calls and are started afresh when current_row is 0. reformat_dst_to_col_on_end: at
/// final_row they become mean and variance in row 0.
template <uint32_t input_dst_index, uint32_t mean_dst_index, uint32_t m2_dst_index, bool reformat_dst_to_col_on_end,
          uint32_t reciprocal_size>
ALWI void welford_tile(uint32_t current_row, uint32_t final_row, uint32_t num_skip_rows,
                       const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    static_assert(m2_dst_index == mean_dst_index + 1, "welford_tile: m2_dst_index must be mean_dst_index + 1");
    if (current_row == 0) {
        tsr_sfpu_welford_clear();
    } else {
        tsr_sfpu_welford_restore(mean_dst_index, 0);
    }
    const uint32_t in_tile = num_skip_rows < 32 ? 32 - num_skip_rows : 0;
    const uint32_t left = final_row > current_row ? final_row - current_row : 0;
    const uint32_t rows = left < in_tile ? left : in_tile;
    tsr_sfpu_welford_rows(input_dst_index, current_row, num_skip_rows, rows, reciprocal_lut.data(), reciprocal_size);
    if (reformat_dst_to_col_on_end && current_row + rows == final_row) {
        tsr_sfpu_welford_finalize(mean_dst_index, 0, 1, final_row - 1, reciprocal_lut.data(), reciprocal_size);
    } else {
        tsr_sfpu_welford_save(mean_dst_index, 0);
    }
}

/// The earlier form of welford_finalize_to_face: the sum is multiplied by 1 / scale_factor.
template <uint32_t mean_dst_index, uint32_t m2_dst_index, uint32_t reciprocal_size>
ALWI void welford_M2_to_var(uint32_t scale_factor, const std::array<uint32_t, reciprocal_size>& reciprocal_lut) {
    static_assert(m2_dst_index == mean_dst_index + 1, "welford_M2_to_var: m2_dst_index must be mean_dst_index + 1");
    tsr_sfpu_welford_finalize(mean_dst_index, 0, 0, scale_factor - 1, reciprocal_lut.data(), reciprocal_size);
}

}  // namespace ckernel

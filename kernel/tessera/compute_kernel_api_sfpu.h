// The vector-unit part of compute_kernel_api.h.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 / (1 + e^-x) on the faces that vec_mode covers. fast_and_approx: piecewise lines, with the exact arithmetic.
template <auto vec_mode = VectorMode::RC, bool fast_and_approx = false>
ALWI void sigmoid_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SIGMOID, idst, static_cast<uint32_t>(vec_mode), fast_and_approx ? TSR_SFPU_APPROX : 0, 0,
                   0);
}

template <bool fast_and_approx = false>
ALWI void sigmoid_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_SIGMOID);
}
/// sigmoid_tile for the packer's thread.
template <auto vec_mode = VectorMode::RC, bool fast_and_approx = false>
ALWI void sigmoid_tile_pack(uint32_t idst) {
    sigmoid_tile<vec_mode, fast_and_approx>(idst);
}

template <bool fast_and_approx = false>
ALWI void sigmoid_tile_init_pack() {
    tsr_init_sfpu(TSR_SFPU_SETUP_SIGMOID);
}
/// ln(x); -infinity at 0, NaN below. fast_and_approx: with the exact arithmetic and 16-bit DST, no special values but
/// 0.
template <bool fast_and_approx = false>
ALWI void log_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LOG, idst, TSR_FACES_RC, fast_and_approx ? TSR_SFPU_UNCHECKED : 0, 0, 0);
}

template <bool fast_and_approx = false>
ALWI void log_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_LOG);
}
/// tanh(x). fast_and_approx: piecewise lines, with the exact arithmetic.
template <bool fast_and_approx = false>
ALWI void tanh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_TANH, idst, TSR_FACES_RC, fast_and_approx ? TSR_SFPU_APPROX : 0, 0, 0);
}

template <bool fast_and_approx = false>
ALWI void tanh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_TANH);
}
/// tanh_tile for the packer's thread.
template <bool fast_and_approx = false>
ALWI void tanh_tile_pack(uint32_t idst) {
    tanh_tile<fast_and_approx>(idst);
}

template <bool fast_and_approx = false>
ALWI void tanh_tile_init_pack() {
    tsr_init_sfpu(TSR_SFPU_SETUP_TANH);
}
/// ln(x) base_scale; base_scale is fp32 bits, 1 / ln(base).
template <bool fast_and_approx = false>
ALWI void log_with_base_tile(uint32_t idst, uint32_t base_scale) {
    tsr_sfpu_unary(TSR_SFPU_LOG_SCALED, idst, TSR_FACES_RC, base_scale, fast_and_approx ? TSR_SFPU_UNCHECKED : 0, 0);
}

template <bool fast_and_approx = false>
ALWI void log_with_base_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_LOG);
}
/// 1.0 for negative values, else 0.0.
ALWI void signbit_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SIGNBIT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The sign bit of an int32.
ALWI void signbit_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SIGNBIT_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void signbit_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void signbit_tile_int32_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// |x|.
ALWI void abs_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ABS, idst, TSR_FACES_RC, 0, 0, 0);
}

/// |x| for int32.
ALWI void abs_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ABS_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void abs_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void abs_tile_int32_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1, 0 or -1.
ALWI void sign_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SIGN, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void sign_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x^2.
ALWI void square_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SQUARE, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void square_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 2^x.
ALWI void exp2_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EXP2, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void exp2_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_EXP2);
}
/// x / (1 + e^-x).
ALWI void silu_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SILU, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void silu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// e^x - 1, accurate for small x.
template <bool approx = false>
ALWI void expm1_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EXPM1, idst, TSR_FACES_RC, approx ? TSR_SFPU_APPROX : 0, 0, 0);
}

template <bool approx = false>
ALWI void expm1_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_EXPM1);
}
/// Running products, lane by lane: each of 32 lanes (four rows, every second column) multiplies its way down a face.
ALWI void tiled_prod_tile(uint32_t idst) {
    tsr_sfpu_tiled_prod(idst);
}

ALWI void tiled_prod_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x^param0. param0 is fp32 bits; a number too small to be one is taken as the integer exponent of earlier generations.
ALWI void power_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(param0 < 0x00800000u ? TSR_SFPU_POWER_ITERATIVE : TSR_SFPU_POWER, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void power_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x^param0 for a whole param0 >= 0, by repeated multiplication. param0 is fp32 bits; a number too small to be one is
/// taken as the integer of earlier generations.
ALWI void power_iterative_tile(uint32_t idst, uint32_t param0) {
    const uint32_t exponent = param0 < 0x00800000u ? param0 : static_cast<uint32_t>(__builtin_bit_cast(float, param0));
    tsr_sfpu_unary(TSR_SFPU_POWER_ITERATIVE, idst, TSR_FACES_RC, exponent, 0, 0);
}

ALWI void power_iterative_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 0 below zero, 1 above, param0 (fp32 bits) at zero.
ALWI void heaviside_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_HEAVISIDE, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void heaviside_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Phases and steps of a bitonic sort down the columns of two value tiles (idst, idst + 1), their indices in the two
/// tiles after them moving along. idir: 0 largest first, 1 smallest first.
template <bool stable_sort = false>
ALWI void topk_local_sort(uint32_t idst, int idir, int i_end_phase, int i_start_phase = 0, int i_end_step = 0,
                          int i_start_step = 0) {
    tsr_sfpu_topk_local_sort(idst, idir != 0, i_end_phase, i_start_phase, i_end_step, i_start_step, stable_sort);
}

/// Merges sorted runs of k that lie k 2^m_iter apart: the first of each pair keeps the larger k (with idir the
/// smaller).
template <bool idir = false, bool stable_sort = false>
ALWI void topk_merge(uint32_t idst, int m_iter, int k) {
    tsr_sfpu_topk_merge(idst, m_iter, k, idir, stable_sort);
}

/// Sorts the runs that topk_merge has left.
template <bool stable_sort = false>
ALWI void topk_rebuild(uint32_t idst, bool idir, int m_iter, int k, int logk, int skip_second) {
    tsr_sfpu_topk_rebuild(idst, idir, m_iter, k, logk, skip_second, stable_sort);
}

ALWI void topk_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// The largest value of the first num_rows rows of each column and its index, into row 0 of the two tiles. accumulate:
/// also against the result of the chunk before, which lies in the tile after each.
template <int num_rows = 9, ckernel::DataLayout layout = ckernel::DataLayout::TILE, bool accumulate = false,
          int ITERATIONS = 8>
ALWI void max_reduce_with_indices(uint32_t idst, uint32_t idst_idx, uint32_t chunk = 0) {
    static_assert(num_rows <= 32, "max_reduce_with_indices: num_rows must be at most 32");
    tsr_sfpu_max_pool_with_indices(idst, idst_idx, num_rows, layout == ckernel::DataLayout::ROW_MAJOR, accumulate,
                                   chunk);
}

template <ckernel::DataLayout layout = ckernel::DataLayout::TILE>
ALWI void max_reduce_with_indices_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Reduces each column of tile idst into row 0: sum, average, maximum or minimum.
template <PoolType pool_type, DataFormat format, ReduceDim reduce_dim = ReduceDim::REDUCE_COL>
ALWI void sfpu_reduce(uint32_t idst) {
    static_assert(reduce_dim == ReduceDim::REDUCE_COL, "sfpu_reduce: only REDUCE_COL is supported");
    static_assert(format == DataFormat::Float32 || format == DataFormat::Int32 || format == DataFormat::UInt32 ||
                      format == DataFormat::UInt16 || format == DataFormat::Float16_b,
                  "sfpu_reduce: format must be Float32, Int32, UInt32, UInt16 or Float16_b");
    tsr_sfpu_reduce_columns(idst, static_cast<uint32_t>(pool_type), static_cast<uint32_t>(format));
}

template <PoolType pool_type, DataFormat format>
ALWI void sfpu_reduce_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
template <DataFormat format>
ALWI void sfpu_reduce_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Rows 0 to 3 of dst_tile_out = the sum of those rows of the other two.
template <DataFormat format>
ALWI void sfpu_add_top_row(uint32_t dst_tile_0, uint32_t dst_tile_1, uint32_t dst_tile_out) {
    static_assert(format == DataFormat::Float32 || format == DataFormat::Int32 || format == DataFormat::UInt32,
                  "sfpu_add_top_row: format must be Float32, Int32 or UInt32");
    tsr_sfpu_add_top_row(dst_tile_0, dst_tile_1, dst_tile_out, static_cast<uint32_t>(format));
}

ALWI void sfpu_add_top_row_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void dbg_halt() {}
ALWI void dbg_unhalt() {}
/// Row row_addr of DST (16 values) into the words at rd_data.
ALWI void dbg_read_dest_acc_row(int row_addr, uint32_t* rd_data) {
    tsr_sfpu_read_dst_row(static_cast<uint32_t>(row_addr), rd_data);
}

/// max(x, param0); fp32 bits.
ALWI void unary_max_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MAX_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// max(x, param0) for int32.
ALWI void unary_max_int32_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MAX_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

/// max(x, param0) for uint32.
ALWI void unary_max_uint32_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MAX_SCALAR_UINT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_max_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void unary_max_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void unary_max_uint32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// min(x, param0); fp32 bits.
ALWI void unary_min_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MIN_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// min(x, param0) for int32.
ALWI void unary_min_int32_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MIN_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

/// min(x, param0) for uint32.
ALWI void unary_min_uint32_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MIN_SCALAR_UINT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_min_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void unary_min_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void unary_min_uint32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Tile idst0 = max(idst0, the tile after it), whatever idst1 says, as on the chip.
ALWI void max_tile(uint32_t idst0, [[maybe_unused]] uint32_t idst1,
                   int vector_mode = static_cast<int>(VectorMode::RC)) {
    tsr_sfpu_binary(TSR_SFPU_MAX, idst0, idst0 + 1, idst0, static_cast<uint32_t>(vector_mode));
}

ALWI void max_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Pairs (a, b) in neighbouring columns become (-b, a).
ALWI void alt_complex_rotate90_tile(uint32_t idst) {
    tsr_sfpu_rotate90(idst);
}

ALWI void alt_complex_rotate90_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// The sticky bits that record infinities and NaN met by the matrix unit (bits 4-6) and the vector unit (bits 0-3). The
/// simulated units do not record them, so reading them ends the run with an error instead of answering that none were
/// met.
ALWI uint32_t get_compute_special_value_flags() {
    return tsr_sfpu_special_flags();
}
/// The matrix unit's part of get_compute_special_value_flags(); always 0, by the chip's own mask and shift.
ALWI uint32_t get_compute_special_value_flags_fpu(uint32_t special_value_flags_reg) {
    return (special_value_flags_reg & 0x7) >> 4;
}
/// The vector unit's part of get_compute_special_value_flags().
ALWI uint32_t get_compute_special_value_flags_sfpu(uint32_t special_value_flags_reg) {
    return special_value_flags_reg & 0xF;
}
/// Clears the sticky bits.
ALWI void clear_compute_special_value_flags() {
    tsr_sfpu_clear_special_flags();
}
/// Writes get_compute_special_value_flags() to the word at L1 address l1_addr.
ALWI void store_compute_special_value_flags_to_l1(uint32_t l1_addr) {
    const uint32_t flags = tsr_sfpu_special_flags();
    __builtin_memcpy(tsr_ctx->l1 + l1_addr, &flags, sizeof flags);
}

}  // namespace ckernel

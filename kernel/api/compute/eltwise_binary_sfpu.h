// Arithmetic and comparisons of two fp32 or bf16 tiles that are both in DST. The forms with two tiles write the first.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a + b. With a 16-bit DST the result is truncated, or rounded if dst_rounding_mode says so.
template <ckernel::DstRoundingMode dst_rounding_mode = ckernel::DstRoundingMode::Default,
          bool is_fp32_dest_acc_en = false>
ALWI void add_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    constexpr bool nearest = dst_rounding_mode == ckernel::DstRoundingMode::NearestEven;
    tsr_sfpu_binary(nearest ? TSR_SFPU_ADD_NEAREST : TSR_SFPU_ADD, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void add_binary_tile(uint32_t idst0, uint32_t idst1) {
    add_binary_tile(idst0, idst1, idst0);
}

ALWI void add_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a - b. With a 16-bit DST the result is truncated, or rounded if dst_rounding_mode says so.
template <ckernel::DstRoundingMode dst_rounding_mode = ckernel::DstRoundingMode::Default,
          bool is_fp32_dest_acc_en = false>
ALWI void sub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    constexpr bool nearest = dst_rounding_mode == ckernel::DstRoundingMode::NearestEven;
    tsr_sfpu_binary(nearest ? TSR_SFPU_SUB_NEAREST : TSR_SFPU_SUB, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void sub_binary_tile(uint32_t idst0, uint32_t idst1) {
    sub_binary_tile(idst0, idst1, idst0);
}

ALWI void sub_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// b - a. With a 16-bit DST the result is truncated, or rounded if dst_rounding_mode says so.
template <ckernel::DstRoundingMode dst_rounding_mode = ckernel::DstRoundingMode::Default,
          bool is_fp32_dest_acc_en = false>
ALWI void rsub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    constexpr bool nearest = dst_rounding_mode == ckernel::DstRoundingMode::NearestEven;
    tsr_sfpu_binary(nearest ? TSR_SFPU_RSUB_NEAREST : TSR_SFPU_RSUB, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void rsub_binary_tile(uint32_t idst0, uint32_t idst1) {
    rsub_binary_tile(idst0, idst1, idst0);
}

ALWI void rsub_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a b.
template <bool is_fp32_dest_acc_en = false>
ALWI void mul_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_MUL, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void mul_binary_tile(uint32_t idst0, uint32_t idst1) {
    mul_binary_tile(idst0, idst1, idst0);
}

ALWI void mul_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a / b.
template <bool is_fp32_dest_acc_en = false>
ALWI void div_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DIV, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void div_binary_tile(uint32_t idst0, uint32_t idst1) {
    div_binary_tile(idst0, idst1, idst0);
}

ALWI void div_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_DIV);
}
/// a^b.
template <bool is_fp32_dest_acc_en = false>
ALWI void power_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_POW, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void power_binary_tile(uint32_t idst0, uint32_t idst1) {
    power_binary_tile(idst0, idst1, idst0);
}

ALWI void power_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_POW);
}
/// a / b, 0 where b is 0.
template <bool is_fp32_dest_acc_en = false>
ALWI void div_no_nan_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DIV_NO_NAN, idst0, idst1, odst, TSR_FACES_RC);
}

/// 1.0 where a == b, else 0.0.
ALWI void eq_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_EQ, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void eq_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1.0 where a != b, else 0.0.
ALWI void ne_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_NE, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void ne_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1.0 where a < b, else 0.0.
ALWI void lt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void lt_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1.0 where a > b, else 0.0.
ALWI void gt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_GT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void gt_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1.0 where a <= b, else 0.0.
ALWI void le_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LE, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void le_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// 1.0 where a >= b, else 0.0.
ALWI void ge_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_GE, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void ge_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel

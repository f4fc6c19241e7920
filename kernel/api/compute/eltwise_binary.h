// Elementwise sums, differences and products of two tiles.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// One-time setup of unpackers and packer for a binary operation.
ALWI void binary_op_init_common(uint32_t icb0, uint32_t icb1, uint32_t ocb = 16,
                                uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb0, icb1, ocb);
    tsr_configure_copy(0);
    tsr_init(TSR_UNPACK_AB, 0);
    tsr_init_pack(TSR_PACK_TILES);
}

/// Sets up *_tiles of one kind. acc_to_dest: sums and differences are added to what DST holds.
template <bool full_init, EltwiseBinaryType eltwise_binary_type>
ALWI void binary_tiles_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false,
                            uint32_t call_line = __builtin_LINE()) {
    tsr_configure_binary(acc_to_dest);
    tsr_init(full_init ? TSR_UNPACK_AB : 0, TSR_SETUP(TSR_MATH_BINARY, eltwise_binary_type, TSR_BCAST_NONE));
}

ALWI void mul_tiles_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWMUL>(icb0, icb1, false, call_line);
}

ALWI void add_tiles_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false,
                         uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWADD>(icb0, icb1, acc_to_dest, call_line);
}

ALWI void sub_tiles_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false,
                         uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWSUB>(icb0, icb1, acc_to_dest, call_line);
}

// The same without reprogramming the unpackers; older names, and the first generation's inits that name no operands.
ALWI void mul_tiles_init() {
    binary_tiles_init<true, ELWMUL>(0, 1);
}
ALWI void add_tiles_init() {
    binary_tiles_init<true, ELWADD>(0, 1);
}
ALWI void sub_tiles_init() {
    binary_tiles_init<true, ELWSUB>(0, 1);
}
ALWI void mul_tiles_init_f() {
    binary_tiles_init<false, ELWMUL>(0, 1);
}
ALWI void add_tiles_init_nof() {
    binary_tiles_init<false, ELWADD>(0, 1);
}
ALWI void sub_tiles_init_nof() {
    binary_tiles_init<false, ELWSUB>(0, 1);
}

/// DST tile idst += tile itile0 of icb0 * tile itile1 of icb1: a product accumulates onto what the section holds.
ALWI void mul_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    tsr_binary(TSR_ELWMUL, TSR_BCAST_NONE, icb0, icb1, itile0, itile1, idst, 0);
}

ALWI void add_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    tsr_binary(TSR_ELWADD, TSR_BCAST_NONE, icb0, icb1, itile0, itile1, idst, 0);
}

ALWI void sub_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    tsr_binary(TSR_ELWSUB, TSR_BCAST_NONE, icb0, icb1, itile0, itile1, idst, 0);
}

/// The init of an operation that is a template argument; an older name.
template <bool full_init = false, EltwiseBinaryType eltwise_binary_op_type = ELWADD>
ALWI void binary_op_specific_init() {
    binary_tiles_init<full_init, eltwise_binary_op_type>(0, 1);
}

template <EltwiseBinaryType eltwise_binary_type = ELWADD,
          EltwiseBinaryReuseDestType binary_reuse_dest = EltwiseBinaryReuseDestType::NONE>
ALWI void binary_dest_reuse_tiles_init(uint32_t icb0, uint32_t call_line = __builtin_LINE()) {
    constexpr auto reuse = static_cast<uint32_t>(binary_reuse_dest);
    tsr_init(TSR_SETUP(TSR_UNPACK_REUSE, reuse, 0), TSR_SETUP(TSR_MATH_REUSE, eltwise_binary_type, reuse));
}

/// One operand is DST tile dst_tile_index itself, which the result overwrites: DEST_TO_SRCA makes it the first.
template <EltwiseBinaryType eltwise_binary_type = ELWADD,
          EltwiseBinaryReuseDestType binary_reuse_dest = EltwiseBinaryReuseDestType::NONE>
ALWI void binary_dest_reuse_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
    static_assert(binary_reuse_dest != EltwiseBinaryReuseDestType::NONE,
                  "binary_dest_reuse_tiles: say which operand DST is, DEST_TO_SRCA or DEST_TO_SRCB");
    tsr_binary_dest_reuse(eltwise_binary_type, static_cast<uint32_t>(binary_reuse_dest), in_cb_id, in_tile_index,
                          dst_tile_index);
}

// The names since the one-time setup is compute_kernel_hw_startup. Templates, so that a kernel's own functions of these
// names are the better match. mul_init accumulates no more than mul_tiles_init does, whatever it is told.
template <class = void>
ALWI void add_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWADD>(icb0, icb1, acc_to_dest, call_line);
}

/// add_tiles for `ntiles` consecutive tiles of each operand and of DST.
template <class = void>
ALWI void add_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles) {
    for (uint32_t t = 0; t < ntiles; ++t) {
        add_tiles(icb0, icb1, start_itile0 + t, start_itile1 + t, start_idst + t);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void add_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    binary_dest_reuse_tiles_init<ELWADD, reuse_dest>(icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void add_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
    binary_dest_reuse_tiles<ELWADD, reuse_dest>(in_cb_id, in_tile_index, dst_tile_index);
}

template <class = void>
ALWI void sub_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWSUB>(icb0, icb1, acc_to_dest, call_line);
}

/// sub_tiles for `ntiles` consecutive tiles of each operand and of DST.
template <class = void>
ALWI void sub_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles) {
    for (uint32_t t = 0; t < ntiles; ++t) {
        sub_tiles(icb0, icb1, start_itile0 + t, start_itile1 + t, start_idst + t);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void sub_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    binary_dest_reuse_tiles_init<ELWSUB, reuse_dest>(icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void sub_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
    binary_dest_reuse_tiles<ELWSUB, reuse_dest>(in_cb_id, in_tile_index, dst_tile_index);
}

template <class = void>
ALWI void mul_init(uint32_t icb0, uint32_t icb1, [[maybe_unused]] bool acc_to_dest = true,
                   uint32_t call_line = __builtin_LINE()) {
    binary_tiles_init<true, ELWMUL>(icb0, icb1, false, call_line);
}

/// mul_tiles for `ntiles` consecutive tiles of each operand and of DST.
template <class = void>
ALWI void mul_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles) {
    for (uint32_t t = 0; t < ntiles; ++t) {
        mul_tiles(icb0, icb1, start_itile0 + t, start_itile1 + t, start_idst + t);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void mul_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    binary_dest_reuse_tiles_init<ELWMUL, reuse_dest>(icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void mul_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
    binary_dest_reuse_tiles<ELWMUL, reuse_dest>(in_cb_id, in_tile_index, dst_tile_index);
}

}  // namespace ckernel

// The lower-level names (llk_*) that some published kernels call directly, in terms of the compute API. What only
// programs the hardware's registers does nothing. Inits fit every operation: their template arguments are not looked
// at. An unpack and the math call that consumes its tile are two calls in either order: whichever comes second carries
// out the operation.
#pragma once

#include <api/compute/cb_api.h>
#include <api/compute/pack.h>
#include <api/compute/reg_api.h>
#include <tessera/raw_instructions.h>

namespace tessera {

/// The half of an operation that has been asked for already, on this core.
struct LlkHalf {
    bool unpacked = false, computed = false;
    uint32_t cb0 = 0, cb1 = 0, tile0 = 0, tile1 = 0;  // of the unpack
    uint32_t op = 0, bcast = 0, dst = 0;              // of the math call
};

inline LlkHalf llk_copy, llk_binary;
inline uint32_t llk_mailbox[16], llk_mailbox_written, llk_mailbox_read;

ALWI void llk_finish_copy() {
    if (llk_copy.unpacked && llk_copy.computed) {
        llk_copy.unpacked = llk_copy.computed = false;
        tsr_copy_tile(llk_copy.cb0, llk_copy.tile0, llk_copy.dst);
    }
}

ALWI void llk_finish_binary() {
    if (llk_binary.unpacked && llk_binary.computed) {
        llk_binary.unpacked = llk_binary.computed = false;
        tsr_binary(llk_binary.op, llk_binary.bcast, llk_binary.cb0, llk_binary.cb1, llk_binary.tile0, llk_binary.tile1,
                   llk_binary.dst, 0);
    }
}

}  // namespace tessera

/// L1 is coherent here.
ALWI void invalidate_l1_cache() {
    asm volatile("" ::: "memory");
}

namespace ckernel {

/// 32-bit product; a function on the chip because its multiplier is slow.
ALWI uint32_t mulsi3(uint32_t a, uint32_t b) {
    return a * b;
}

// --- Mailboxes -------------------------------------------------------------------------------------------------------
// One processor runs all three compute engines here, so what UNPACK writes for MATH or PACK is read in order by itself.
enum ThreadId : uint8_t { BriscThreadId = 0, UnpackThreadId = 1, MathThreadId = 2, PackThreadId = 3 };

ALWI void mailbox_write(uint8_t thread, uint32_t value) {
    if (thread == BriscThreadId) {
        tsr_error("unsupported-operation", "a compute kernel wrote to BRISC's mailbox, which is not simulated",
                  "pass values between kernels through L1 and a semaphore or circular buffer");
    }
    tessera::llk_mailbox[tessera::llk_mailbox_written++ % 16] = value;
}

ALWI uint32_t mailbox_read(uint8_t thread) {
    if (thread == BriscThreadId || tessera::llk_mailbox_read == tessera::llk_mailbox_written) {
        tsr_error("unsupported-operation", "a compute kernel waits for a mailbox that only another kernel can fill",
                  "pass values between kernels through L1 and a semaphore or circular buffer");
    }
    return tessera::llk_mailbox[tessera::llk_mailbox_read++ % 16];
}

// --- Circular buffers and DST ----------------------------------------------------------------------------------------
ALWI void llk_wait_tiles(uint32_t operand, uint32_t tiles) {
    cb_wait_front(operand, tiles);
}
ALWI void llk_pop_tiles(uint32_t operand, uint32_t tiles, uint32_t block_c_dim = 0) {
    cb_pop_front(operand, tiles);
}
template <bool skip_sync = false, bool wait_for_blocks = false, bool brisc_pack = false>
ALWI void llk_wait_for_free_tiles(uint32_t operand, uint32_t tiles) {
    cb_reserve_back(operand, tiles);
}
template <bool push_blocks = false, bool brisc_pack = false>
ALWI void llk_push_tiles(uint32_t operand, uint32_t tiles) {
    cb_push_back(operand, tiles);
}
ALWI void llk_math_wait_for_dest_available() {
    tsr_dst_acquire();
}
template <bool is_fp32_dest_acc_en = false>
ALWI void llk_math_dest_section_done() {
    tsr_dst_commit();
}
ALWI void llk_packer_wait_for_math_done() {
    tsr_dst_wait();
}
template <bool is_fp32_dest_acc_en = false>
ALWI void llk_pack_dest_section_done() {
    tsr_dst_release();
}

// --- Pack ------------------------------------------------------------------------------------------------------------
template <bool is_fp32_dest_acc_en = false, bool out_of_order_output = false, bool untilize = false>
ALWI void llk_pack(uint32_t tile_index, uint32_t output, uint32_t output_tile_index = 0) {
    static_assert(!untilize, "llk_pack: use pack_untilize_dest");
    tsr_pack_tile(tile_index, output, output_tile_index, out_of_order_output);
}
template <bool is_fp32_dest_acc_en = false, bool out_of_order_output = false, bool untilize = false>
ALWI void llk_matmul_pack(uint32_t start_tile_index, uint32_t output, uint32_t tiles, uint32_t output_tile_index = 0) {
    tsr_pack_block(start_tile_index, output, tiles);
}
ALWI void llk_pack_reconfig_l1_acc(uint32_t enable) {
    tsr_configure_l1_accumulate(enable);
}
template <bool is_fp32_dest_acc_en = false>
ALWI void llk_pack_reconfig_data_format(uint32_t new_output) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, new_output);
}

// --- Unpack and math -------------------------------------------------------------------------------------------------
template <BroadcastType bcast = BroadcastType::NONE, bool acc_to_dest = false,
          EltwiseBinaryReuseDestType reuse = EltwiseBinaryReuseDestType::NONE, bool unpack_to_dest = false>
ALWI void llk_unpack_A(uint32_t operand, uint32_t tile_index, uint32_t = 0) {
    static_assert(bcast == BroadcastType::NONE && reuse == EltwiseBinaryReuseDestType::NONE,
                  "llk_unpack_A: broadcast and DST reuse are reached through unary_bcast and binary_dest_reuse_tiles");
    tessera::llk_copy.unpacked = true;
    tessera::llk_copy.cb0 = operand;
    tessera::llk_copy.tile0 = tile_index;
    tessera::llk_finish_copy();
}
template <DataCopyType type = A2D, bool is_fp32_dest_acc_en = false, BroadcastType bcast = BroadcastType::NONE,
          bool unpack_to_dest = false>
ALWI void llk_math_eltwise_unary_datacopy(uint32_t dst_index, uint32_t operand = 0) {
    static_assert(bcast == BroadcastType::NONE, "llk_math_eltwise_unary_datacopy: use unary_bcast");
    tessera::llk_copy.computed = true;
    tessera::llk_copy.dst = dst_index;
    tessera::llk_finish_copy();
}
template <BroadcastType bcast = BroadcastType::NONE>
ALWI void llk_unpack_AB(uint32_t operand_a, uint32_t operand_b, uint32_t tile_a, uint32_t tile_b, uint32_t = 0) {
    tessera::llk_binary.unpacked = true;
    tessera::llk_binary.cb0 = operand_a;
    tessera::llk_binary.cb1 = operand_b;
    tessera::llk_binary.tile0 = tile_a;
    tessera::llk_binary.tile1 = tile_b;
    tessera::llk_finish_binary();
}
template <EltwiseBinaryType op, BroadcastType bcast = BroadcastType::NONE, bool is_fp32_dest_acc_en = false,
          auto fidelity = 0, EltwiseBinaryReuseDestType reuse = EltwiseBinaryReuseDestType::NONE>
ALWI void llk_math_eltwise_binary(uint32_t operand_a, uint32_t operand_b, uint32_t dst_index, bool clear = true) {
    static_assert(reuse == EltwiseBinaryReuseDestType::NONE, "llk_math_eltwise_binary: use binary_dest_reuse_tiles");
    tessera::llk_binary.computed = true;
    tessera::llk_binary.op = op;
    tessera::llk_binary.bcast = bcast;
    tessera::llk_binary.dst = dst_index;
    tessera::llk_finish_binary();
}

// --- Configuration that the simulated engine has no registers for ----------------------------------------------------
template <auto...>
ALWI void llk_pack_init(uint32_t output = 16) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, output);
    tsr_init_pack(TSR_PACK_TILES);
}
template <auto...>
ALWI void llk_pack_hw_configure(uint32_t output) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, output);
}
template <auto...>
ALWI void llk_pack_dest_init(uint32_t output = 16) {}
template <auto...>
ALWI void llk_init_packer_dest_offset_registers(uint32_t output = 16) {}
template <auto...>
ALWI void llk_math_pack_sync_init() {}
template <auto...>
ALWI void llk_math_hw_configure(uint32_t srca_operand, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_unpack_hw_configure(uint32_t srca_operand, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_unpack_hw_configure(uint32_t operand) {
    tsr_configure_formats(operand, operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_unpack_A_init(uint32_t transpose_of_faces = 0, uint32_t within_face_16x16_transpose = 0,
                            uint32_t operand = 0) {
    tsr_configure_copy(transpose_of_faces | within_face_16x16_transpose);
    tsr_init(TSR_SETUP_ANY, 0);
}
template <auto...>
ALWI void llk_math_eltwise_unary_datacopy_init(uint32_t operand = 0) {
    tsr_init(0, TSR_SETUP_ANY);
}
template <auto...>
ALWI void llk_unpack_AB_init(uint32_t operand_a, uint32_t operand_b, uint32_t transpose = 0) {
    tsr_init(TSR_SETUP_ANY, 0);
}
template <auto...>
ALWI void llk_math_eltwise_binary_init(bool acc_to_dest = false) {
    tsr_configure_binary(acc_to_dest);
    tsr_init(0, TSR_SETUP_ANY);
}
template <auto...>
ALWI void llk_unpack_reconfig_data_format(uint32_t, uint32_t srca_operand, uint32_t, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_math_reconfig_data_format(uint32_t, uint32_t srca_operand, uint32_t, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_unpack_reconfig_data_format(uint32_t srca_operand, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_math_reconfig_data_format(uint32_t srca_operand, uint32_t srcb_operand) {
    tsr_configure_formats(srca_operand, srcb_operand, TSR_KEEP_FORMAT);
}
template <auto...>
ALWI void llk_math_eltwise_binary_init_with_operands(uint32_t operand_a, uint32_t operand_b, bool acc_to_dest = false) {
    tsr_configure_binary(acc_to_dest);
    tsr_init(0, TSR_SETUP_ANY);
}
/// A circular buffer's number is its operand's.
ALWI uint32_t get_operand_id(uint32_t cb) {
    return cb;
}
ALWI uint32_t get_output_id(uint32_t cb) {
    return cb;
}
/// The formats that a circular buffer's data has in L1.
ALWI uint32_t get_operand_src_format(uint32_t cb) {
    return tsr_ctx->cbs[cb].data_format;
}
ALWI uint32_t get_operand_dst_format(uint32_t cb) {
    return tsr_ctx->cbs[cb].data_format;
}
template <auto...>
ALWI void llk_unpack_tilizeA_B_init(uint32_t operand_a, uint32_t operand_b, uint32_t ct_dim, uint32_t num_faces = 4,
                                    uint32_t unpack_a_face_rows = 16, uint32_t unpack_b_face_rows = 16) {
    tsr_configure_formats(operand_a, operand_b, TSR_KEEP_FORMAT);
    tsr_init(TSR_SETUP_ANY, 0);
}
template <auto...>
ALWI void llk_math_reduce_init() {
    tsr_init(0, TSR_SETUP_ANY);
}
template <auto...>
ALWI void llk_math_reconfig_remap(bool enable) {}
template <auto...>
ALWI void llk_pack_untilize_init(uint32_t output, uint32_t face_rows = 16, uint32_t num_faces = 4) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, output);
    tsr_init_pack(TSR_PACK_UNTILIZED);
}
template <auto...>
ALWI void llk_unpack_reconfig_data_format_srca(uint32_t new_operand) {
    tsr_configure_formats(new_operand, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
}

}  // namespace ckernel

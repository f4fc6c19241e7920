// The C interface between a compute kernel's headers and the simulated Tensix engine (src/sim/engine.h implements it).
// DST tile indices count from the start of the section that MATH owns (tsr_ctx->dst points there); tile indices of
// circular buffers count pages from the processor's read or write pointer and do not wrap.
//
// Whoever reads or writes DST without going through these functions (the vector engine's headers) must call
// tsr_dst_tile or tsr_dst_section first: DST is cleared lazily, and in 16-bit mode matmul results are rounded late.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <tessera/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// The values are those of ckernel::EltwiseBinaryType, BroadcastType, EltwiseBinaryReuseDestType, PoolType, ReduceDim.
enum { TSR_ELWMUL = 0, TSR_ELWDIV = 1, TSR_ELWADD = 2, TSR_ELWSUB = 3, TSR_ELWLESS = 4 };
enum { TSR_BCAST_NONE = 0, TSR_BCAST_COL = 1, TSR_BCAST_ROW = 2, TSR_BCAST_SCALAR = 3 };
enum { TSR_REUSE_NONE = 0, TSR_REUSE_DEST_AS_SRCA = 1, TSR_REUSE_DEST_AS_SRCB = 2 };
enum { TSR_POOL_SUM = 0, TSR_POOL_AVG = 1, TSR_POOL_MAX = 2, TSR_POOL_MIN = 3 };
enum { TSR_REDUCE_ROW = 0, TSR_REDUCE_COL = 1, TSR_REDUCE_SCALAR = 2 };
// Added to the dimension of a reduction: sums of rows keep their 32 bits (enforce_fp32_accumulation).
enum { TSR_REDUCE_KEEP_FP32 = 0x100 };
enum { TSR_RELU_NONE = 0, TSR_RELU_ZERO = 1, TSR_RELU_MIN_THRESHOLD = 2, TSR_RELU_MAX_THRESHOLD = 3 };
enum { TSR_KEEP_FORMAT = 0xFFFFFFFFu };

// --- DST -------------------------------------------------------------------------------------------------------------
void tsr_dst_acquire(void);       // MATH: waits until a section is free
void tsr_dst_commit(void);        // MATH: hands the section to PACK and moves on to the other half
void tsr_dst_wait(void);          // PACK: waits for a committed section
void tsr_dst_release(void);       // PACK: clears its section, gives it back and moves on to the other half
void tsr_dst_acquire_both(void);  // acquire_dst: MATH and PACK at once, PACK works on MATH's section
void tsr_dst_release_both(void);  // release_dst: commit and release
// Address of DST tile `idst` (64 rows of 16 32-bit values), cleared if nothing has been written to it in this section,
// its values rounded to what DST holds (bf16 or fp16 in 16-bit mode). Ends the run if idst is outside the section.
uint32_t* tsr_dst_tile(uint32_t idst);
// The same for all tiles of the section at once; the address of tile 0.
uint32_t* tsr_dst_section(void);
// Tiles in a section: 4, 8 or 16.
uint32_t tsr_dst_tiles(void);
// 1 when DST holds 32-bit values (fp32_dest_acc_en).
uint32_t tsr_dst_is_32bit(void);

// --- Configuration ---------------------------------------------------------------------------------------------------
// The circular buffers whose formats the unpackers and the packer are set up for; TSR_KEEP_FORMAT leaves one as it is.
void tsr_configure_formats(uint32_t srca_cb, uint32_t srcb_cb, uint32_t pack_cb);
void tsr_configure_copy(uint32_t transpose);  // copy_tile transposes
// Products of rt x ct tiles whose rows of in0 are kt tiles apart; in1 tiles are transposed.
void tsr_configure_matmul(uint32_t transpose_in1, uint32_t ct, uint32_t rt, uint32_t kt);
void tsr_configure_binary(uint32_t acc_to_dest);  // add and sub accumulate onto DST
void tsr_configure_relu(uint32_t mode, uint32_t threshold_bf16);
void tsr_configure_l1_accumulate(uint32_t enable);
void tsr_configure_pack_rows(uint32_t rows);  // rows of 16 datums that tsr_pack_rows writes
// Only row 0, column 0 or datum (0,0) of a packed tile is kept, the rest is written as zero; -1: the mask is off.
void tsr_configure_reduce_mask(int32_t reduce_dim);
// From here on DST holds 32-bit values (1) or 16-bit values (0). Only between two sections.
void tsr_configure_fp32_dest(uint32_t enable);

// --- What is set up --------------------------------------------------------------------------------------------------
// Each init says for which operation it has programmed the unpackers and the matrix unit; an operation compares, so
// that a missing or wrong init is named. 0 leaves one as it is; ANY fits every operation. An operation's details stand
// above its number: TSR_SETUP(TSR_MATH_BINARY, op, broadcast).
enum { TSR_SETUP_ANY = 15 };
enum {
    TSR_UNPACK_A = 1,             // copy_tile
    TSR_UNPACK_A_TRANSPOSED = 2,  // transpose_wh_tile
    TSR_UNPACK_A_BCAST = 3,       // unary_bcast; first detail: broadcast
    TSR_UNPACK_REUSE = 4,         // binary_dest_reuse_tiles; which operand DST is
    TSR_UNPACK_AB = 5,            // add_tiles and its like; broadcast
    TSR_UNPACK_MATMUL = 6,
    TSR_UNPACK_REDUCE = 7,
    TSR_UNPACK_TILIZE = 8,
    TSR_UNPACK_TILIZE_AB = 9,
    TSR_UNPACK_UNTILIZE = 10,
};
enum {
    TSR_MATH_COPY = 1,    // broadcast
    TSR_MATH_BINARY = 2,  // TSR_ELW*, broadcast
    TSR_MATH_REUSE = 3,   // TSR_ELW*, which operand DST is
    TSR_MATH_MATMUL = 4,
    TSR_MATH_REDUCE = 5,  // pool, dimension
    TSR_MATH_TRANSPOSE_DST = 6,
};
#define TSR_SETUP(kind, first, second) ((uint32_t)(kind) | (uint32_t)(first) << 4 | (uint32_t)(second) << 8)
void tsr_init(uint32_t unpack, uint32_t math);
enum { TSR_PACK_TILES = 1, TSR_PACK_UNTILIZED = 2, TSR_PACK_ROWS = 3 };
void tsr_init_pack(uint32_t mode);
// Around untilize_block, which is made of other operations here.
void tsr_untilize_begin(void);
void tsr_untilize_end(void);

// --- Unpack and math -------------------------------------------------------------------------------------------------
void tsr_copy_tile(uint32_t cb, uint32_t tile, uint32_t idst);
// Copies with broadcast of row 0, column 0 or datum (0,0).
void tsr_copy_tile_bcast(uint32_t bcast, uint32_t cb, uint32_t tile, uint32_t idst);
void tsr_binary(uint32_t op, uint32_t bcast, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst,
                uint32_t bcast_row);
void tsr_binary_dest_reuse(uint32_t op, uint32_t reuse, uint32_t cb, uint32_t tile, uint32_t idst);
// rt x ct tiles of DST, row by row from idst, += column tile0, tile0 + kt, ... of in0 times row tile1, tile1 + 1, ...
// of in1. transpose repeats what the init was told, or is TSR_AS_INIT where the call has no such argument.
enum { TSR_AS_INIT = 2 };
void tsr_matmul(uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst, uint32_t ct, uint32_t rt,
                uint32_t kt, uint32_t transpose);
void tsr_reduce(uint32_t pool, uint32_t dim, uint32_t cb, uint32_t cb_scaler, uint32_t tile, uint32_t tile_scaler,
                uint32_t idst);
// Datum (0,0) of DST tile 0 = scaler * the sum over 16 columns of (scaler * the column's sum over DST tiles 0 .. tiles
// - 1).
void tsr_reduce_dst_sum(uint32_t tiles, float scaler);
void tsr_transpose_wh(uint32_t cb, uint32_t tile, uint32_t idst);
void tsr_transpose_dst(uint32_t idst);
// Tile column `column` of the row-major block of `block` tiles (32 rows) at cb's read pointer + `tile` pages, tilized
// to DST.
void tsr_unpack_tilize(uint32_t cb, uint32_t block, uint32_t tile, uint32_t column, uint32_t idst);
// Row-major data of `block` tiles is tilized into SrcA one tile after the other, each with the scaler tile in SrcB;
// tsr_reduce_pending consumes them in order. fill: what rows past face_rows hold (0 zero, 1 minus infinity).
void tsr_unpack_tilize_ab(uint32_t cb0, uint32_t cb1, uint32_t block, uint32_t tile1, uint32_t num_faces,
                          uint32_t face_rows, uint32_t fill_minus_infinity);
void tsr_reduce_pending(uint32_t pool, uint32_t dim, uint32_t idst, uint32_t num_faces);

// --- Pack ------------------------------------------------------------------------------------------------------------
void tsr_pack_tile(uint32_t idst, uint32_t cb, uint32_t tile, uint32_t out_of_order);
void tsr_pack_block(uint32_t idst, uint32_t cb, uint32_t tiles);
void tsr_pack_rows(uint32_t idst, uint32_t cb, uint32_t tile);
// `rt` rows of `block_ct` DST tiles from idst as row-major lines of full_ct tiles, starting at column block c_index.
// datums: width of a line's piece from a tile (32 unless a narrow row is asked for); faces: 1, 2 or 4 per tile.
void tsr_pack_untilize(uint32_t idst, uint32_t cb, uint32_t block_ct, uint32_t full_ct, uint32_t rt, uint32_t c_index,
                       uint32_t face_rows, uint32_t num_faces, uint32_t datums, uint32_t diagonal);

// --- The vector unit's arithmetic ------------------------------------------------------------------------------------
// Whether it is to have the chip's bits. It does not change while a kernel runs, and every processor has the same
// answer.
__attribute__((const)) uint32_t tsr_exact_math(void);
// Its instructions on one register of 32 lanes, bit for bit: a * b + c partially fused, a * b, a + b. out may be an
// operand.
void tsr_exact_mad(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out);
void tsr_exact_mul(const uint32_t* a, const uint32_t* b, uint32_t* out);
void tsr_exact_add(const uint32_t* a, const uint32_t* b, uint32_t* out);

#ifdef __cplusplus
}
#endif

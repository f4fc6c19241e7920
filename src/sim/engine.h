// One core's Tensix engine as a compute kernel drives it: DST and its two halves, and the settings of unpackers, matrix
// unit and packer. The tsr_* functions of kernel/tessera/abi_compute.h are its interface; all arithmetic is in
// src/tensix.
#pragma once

#include <cstdint>

#include <sim/core.h>
#include <tensix/arithmetic.h>
#include <tensix/sfpu.h>
#include <tensix/sfpu_tile.h>
#include <tessera/abi_compute.h>

namespace tessera::sim {

/// One operation of the engine, as observers are told of it before it is carried out.
struct EngineOp {
    enum class Kind : uint8_t {
        DstAcquire,
        DstCommit,
        DstWait,
        DstRelease,
        Copy,
        Binary,
        BinaryDestReuse,
        Matmul,
        Reduce,
        TransposeDst,
        UnpackTilize,
        Pack,
        PackRows,
        PackUntilize,
        Configure,
    };
    Kind kind = Kind::Copy;
    uint8_t op = 0;        ///< Binary: TSR_ELW*; Reduce: pool; Configure: bits of what is set, see below
    uint8_t bcast = 0;     ///< Binary, Copy: TSR_BCAST_*; Reduce: dimension; BinaryDestReuse: TSR_REUSE_*
    uint8_t fidelity = 4;  ///< of the kernel
    bool transpose = false;
    bool dst_32bit = false;
    uint32_t cb0 = TSR_KEEP_FORMAT;  ///< SrcA side of elementwise operations, in0 of products, the output of Pack
    uint32_t cb1 = TSR_KEEP_FORMAT;
    uint32_t tile0 = 0, tile1 = 0;
    uint32_t dst = 0;
    uint32_t tiles = 1;  ///< Pack, Copy: how many
    uint32_t ct = 1, rt = 1, kt = 1;
    uint32_t row = 0;           ///< Binary: the row that TSR_BCAST_ROW spreads
    bool pending = false;       ///< Reduce: of the tile that tsr_unpack_tilize_ab put before the head of the queue
    bool from_dst = false;      ///< Reduce: of DST tiles 0 to tiles - 1, with `scaler`
    float scaler = 1;           ///< Reduce from DST
    bool out_of_order = false;  ///< Pack: to page tile0
    /// PackUntilize: tiles in a line, block of columns, rows of a face, faces of a tile, datums from a tile in a line
    uint32_t full_ct = 1, column = 0, face_rows = 16, num_faces = 4, datums = 32;
};

/// Bits of EngineOp::op of Configure. The formats are those of cb0 (SrcA), cb1 (SrcB) and dst (what is packed to).
enum : uint8_t {
    configures_operands = 1,  ///< formats of what is unpacked
    configures_packed = 2,    ///< the format of what is packed
    configures_unpack = 4,    ///< the unpackers, for another operation
    configures_math = 8,      ///< the matrix unit, likewise
    configures_pack = 16,     ///< the packers
    configures_vector = 32,   ///< the vector unit's constants
};

/// One operation of the vector unit that tsr_sfpu_unary, _binary or _ternary names, on tiles of MATH's section.
struct SfpuOp {
    uint8_t operands = 1;  ///< 1 unary, 2 binary, 3 ternary
    uint32_t op = 0;
    uint32_t in[3] = {};  ///< DST tiles
    uint32_t out = 0;
    uint32_t faces = TSR_FACES_RC;  ///< as the call had it
    uint32_t p0 = 0, p1 = 0, p2 = 0;
};

/// DST is 1024 rows of 16 32-bit values, whatever its mode; tile t of a half begins 64 t rows into it. Clearing is
/// lazy: a tile that is not live counts as zero. In the fast mode products accumulate in fp32 even in 16-bit DST and
/// are rounded when somebody reads them.
struct Engine {
    static constexpr uint32_t dst_tile_words = 64 * 16;
    static constexpr uint32_t dst_words = 1024 * 16;

    Risc* risc;
    uint32_t* dst;                         ///< both halves
    const tensix::Arithmetic* arithmetic;  ///< of the mode and the chip
    const tensix::SfpuTable* sfpu_table;   ///< likewise

    uint8_t fidelity;
    bool fp32_dest;
    bool full_sync;
    bool bfp8_precise;
    uint8_t phases;          ///< passes of the matrix unit over its operands, 1 to 4
    uint32_t section_tiles;  ///< 4, 8 or 16
    uint32_t max_pending;    ///< sections that MATH may be ahead of PACK
    uint8_t unpack_to_dest[TSR_MAX_CBS];
    tensix::Precision fp32_source;  ///< what the source registers hold of Float32

    uint32_t math_half, pack_half;
    uint32_t pending;       ///< sections committed and not released
    void* wait_site;        ///< where PACK has asked for a section that is not committed yet; null: it has not
    uint32_t live[2];       ///< by half, bit t: something was written to tile t
    uint32_t unrounded[2];  ///< bit t: holds fp32 sums that 16-bit DST would have rounded
    uint32_t fp16[2];       ///< bit t: holds fp16 values rather than bf16, if DST is 16-bit

    uint32_t srca_cb, srcb_cb, pack_cb;  ///< whose formats are configured; TSR_KEEP_FORMAT: nobody's yet

    // What the checks of this engine know: see engine_checks.h.
    bool checks;                        ///< they are made
    bool acquired;                      ///< MATH holds a section
    bool waited;                        ///< PACK holds a section
    uint32_t unpack_setup, math_setup;  ///< TSR_SETUP of the last init; 0: none yet
    uint32_t pack_setup;                ///< TSR_PACK_*; 0: none yet
    uint32_t sfpu_setup;                ///< the last function of the vector unit that has constants of its own
    uint32_t sfpu_setups;               ///< bit TSR_SFPU_SETUP_*: its init has run in this launch
    uint32_t whole[2];                  ///< by half, bit t: an operation on all of tile t wrote it last
    void* commit_site;                  ///< return address of the last commit
    uint32_t pack_setup_before;         ///< untilize_block: what to go back to
    const KernelCode* told_fp32;        ///< the kernel of which fp32-in-16-bit-dst has been told on this core
    bool copy_transpose, matmul_transpose, acc_to_dest, l1_accumulate;
    uint32_t matmul_ct, matmul_rt, matmul_kt;  ///< the block that the last init of a product was given
    uint8_t relu_mode;
    uint32_t relu_threshold;  ///< fp32 bits
    uint32_t pack_rows;
    int32_t reduce_mask;  ///< TSR_REDUCE_*, -1 off

    /// Tiles waiting in the source registers for tsr_reduce_pending: what to unpack again from L1.
    struct PendingTile {
        uint32_t cb0, cb1, column, block, tile1, num_faces, face_rows;
        bool minus_infinity;
    };
    PendingTile pending_tiles[64];
    uint32_t pending_head, pending_count;

    bool sfpu_started;           ///< sfpu is valid; a launch clears this, the first use resets the registers
    tensix::SfpuRegisters sfpu;  ///< the vector unit's registers; use sfpu_registers()

    uint32_t* half_base(uint32_t half) { return dst + (full_sync ? 0 : half * (dst_words / 2)); }
    void point_math_at_half() { risc->context.dst = half_base(math_half); }
};

inline Engine& engine() {
    return *static_cast<Engine*>(tsr_ctx->engine);
}

/// Asks for a tile that will soon be read or written. A machine's L1 memories are far larger than a host's nearest
/// caches, and tiles are too short for the host to see the pattern by itself.
inline void prefetch_tile(const uint8_t* tile, uint32_t bytes, bool to_write) {
    for (uint32_t line = 0; line < bytes; line += 64) {
        to_write ? __builtin_prefetch(tile + line, 1) : __builtin_prefetch(tile + line, 0);
    }
}

/// Ends the run with error[name] at the kernel's line; the message is formatted as by printf.
[[noreturn]] void engine_error(const char* name, const char* help, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// The circular buffer, which must be configured on this core. role: "in0", "output", ... for messages.
const tsr_cb& engine_cb(uint32_t cb, const char* role);
/// Host address of `bytes` at `offset` from the read pointer; all of it must lie in the circular buffer.
const uint8_t* engine_input(uint32_t cb, uint32_t tile, uint64_t offset, uint64_t bytes);
/// Tile idst of MATH's section, live and rounded.
uint32_t* engine_dst_tile(Engine& e, uint32_t idst);
/// Ends the run if idst .. idst + count - 1 is not inside a section.
void engine_check_dst(const Engine& e, uint32_t idst, uint32_t count);
/// Makes tile idst of a half hold what DST would hold.
void engine_round(Engine& e, uint32_t half, uint32_t idst);
/// Tells the observers.
inline void engine_observe(Engine& e, const EngineOp& op) {
    observe(*e.risc, Observer::Engine, [&](Observer& o) { o.engine_op(*e.risc, op); });
}

/// Tells them that units of the engine are set up for other operations; what: configures_*.
inline void engine_configured(Engine& e, uint32_t what) {
    EngineOp op;
    op.kind = EngineOp::Kind::Configure;
    op.op = static_cast<uint8_t>(what);
    op.dst = TSR_KEEP_FORMAT;
    engine_observe(e, op);
}

/// Tells them that it has been carried out.
inline void engine_done(Engine& e, const EngineOp& op) {
    observe(*e.risc, Observer::EngineDone, [&](Observer& o) { o.engine_done(*e.risc, op); });
}

/// Readies the engine of a compute processor for a launch; allocates it the first time.
void prepare_engine(Risc& risc, const ComputeSettings* settings);
/// The kernel has returned: ends the run if PACK would wait for ever.
void finish_engine(Risc& risc);

}  // namespace tessera::sim

// Reductions of tiles over rows, columns or both, from circular buffers and from DST.
#include <sim/engine_tiles.h>

#include <algorithm>
#include <bit>
#include <iterator>

namespace tessera::sim {
namespace {

constexpr uint32_t face_words = 256;
constexpr uint32_t sign_bit = 0x80000000u;
constexpr uint32_t minus_infinity = 0xFF800000u;

/// What one reduction asks for, as bits of the interface's `dim`.
struct Reduction {
    uint32_t pool;
    uint32_t dim;
    bool keep_fp32;  ///< enforce_fp32_accumulation: sums of rows are turned in 32 bits
    Precision source;

    Reduction(uint32_t pool, uint32_t dim, Precision source)
        : pool(pool), dim(dim & 0xFF), keep_fp32((dim & TSR_REDUCE_KEEP_FP32) != 0), source(source) {}
    bool extreme() const { return pool == TSR_POOL_MAX || pool == TSR_POOL_MIN; }
};

// Pools 16 rows of source words onto four rows of DST. The chip has no minimum: it is the maximum of negated values.
void pool(const Engine& e, const Reduction& what, bool fresh, const uint32_t* face, const uint32_t* scaler,
          uint32_t* dst) {
    const tensix::PoolPlan plan{what.extreme(), e.phases, what.source, dst_precision(e, what.source), fresh};
    if (what.pool != TSR_POOL_MIN) {
        e.arithmetic->pool(plan, face, scaler, dst);
        return;
    }
    alignas(64) uint32_t negated[face_words];
    for (uint32_t i = 0; i < face_words; ++i) {
        negated[i] = face[i] ^ sign_bit;
    }
    for (uint32_t i = 0; i < 16; ++i) {
        dst[i] ^= sign_bit;
    }
    e.arithmetic->pool(plan, negated, scaler, dst);
    for (uint32_t i = 0; i < 16; ++i) {
        dst[i] ^= sign_bit;
    }
}

// DST words through SrcB or SrcA and, with an addition to zero, back: what the chip does to turn a row into a column.
void through_source(const Engine& e, const Reduction& what, const uint32_t* row, uint32_t* source) {
    e.arithmetic->to_source(dst_precision(e, what.source), what.source, row, source, 16);
}

// Rows: each face's rows are its columns when the unpacker has turned it; the sums lie in row 0 of the tile's left face
// and are turned into column 0, row 0 keeping them for the next tile's sums.
void reduce_rows(const Engine& e, const Reduction& what, bool live, const Tile& values, const uint32_t* scaler,
                 uint32_t across, uint32_t down, uint32_t* dst) {
    alignas(64) uint32_t turned[face_words];
    for (uint32_t r = 0; r < down; ++r) {
        uint32_t* out = dst + r * across * face_words;
        for (uint32_t c = 0; c < across; ++c) {
            transpose_faces(values.v + (r * across + c) * face_words, turned, 1, 1);
            pool(e, what, !live && c == 0, turned, scaler, out);
        }
        alignas(64) uint32_t sums[16];
        if (what.keep_fp32) {
            std::memcpy(sums, out, sizeof(sums));
        } else {
            alignas(64) uint32_t source[16];
            alignas(64) constexpr uint32_t zeros[16] = {};
            through_source(e, what, out, source);
            e.arithmetic->eltwise({EltwiseOp::Add, false, 1, what.source, dst_precision(e, what.source)}, zeros, source,
                                  sums, 16);
        }
        std::memset(out, 0, face_words * 4);
        std::memcpy(out, sums, sizeof(sums));
        for (uint32_t i = 1; i < 16; ++i) {
            out[i * 16] = sums[i];
        }
    }
}

void reduce_columns(const Engine& e, const Reduction& what, bool live, const Tile& values, const uint32_t* scaler,
                    uint32_t across, uint32_t down, uint32_t* dst) {
    for (uint32_t r = 0; r < down; ++r) {
        for (uint32_t c = 0; c < across; ++c) {
            pool(e, what, !live && r == 0, values.v + (r * across + c) * face_words, scaler, dst + c * face_words);
        }
    }
}

// The sixteen sums of columns (a row of DST) become a column of SrcA and are pooled again, with the scaler once more.
void reduce_row_to_datum(const Engine& e, const Reduction& what, bool live, const uint32_t* columns,
                         const uint32_t* scaler, uint32_t* dst) {
    alignas(64) uint32_t row[16];
    alignas(64) uint32_t turned[face_words] = {};
    through_source(e, what, columns, row);
    for (uint32_t i = 0; i < 16; ++i) {
        turned[i * 16] = row[i];
    }
    pool(e, what, !live, turned, scaler, dst);
}

// values: the tile in DST order; scaler: the first face of its tile, of which each row holds one factor for each of 16
// summands.
void reduce(Engine& e, const Reduction& what, Tile& values, const Tile& scaler, uint32_t faces, uint32_t across,
            uint32_t face_rows, uint32_t idst) {
    const bool live = is_live(e, idst);
    check_acquired(e);
    uint32_t* dst = engine_dst_tile(e, idst);
    e.whole[current_half(e)] &= ~(1u << idst);
    const uint32_t down = (faces + across - 1) / across;
    if (face_rows < 16) {
        // Rows that small faces lack add nothing.
        for (uint32_t f = 0; f < faces; ++f) {
            std::fill(values.v + f * face_words + face_rows * 16, values.v + (f + 1) * face_words,
                      what.extreme() && what.dim != TSR_REDUCE_ROW ? minus_infinity : 0);
        }
    }
    if (what.dim == TSR_REDUCE_ROW) {
        reduce_rows(e, what, live, values, scaler.v, across, down, dst);
    } else if (what.dim == TSR_REDUCE_COL) {
        reduce_columns(e, what, live, values, scaler.v, across, down, dst);
    } else {
        alignas(64) uint32_t scratch[64] = {};
        for (uint32_t f = 0; f < faces; ++f) {
            pool(e, what, f == 0, values.v + f * face_words, scaler.v, scratch);
        }
        reduce_row_to_datum(e, what, live, scratch, scaler.v, dst);
    }
    if (!e.fp32_dest) {
        const uint32_t half = current_half(e);
        e.fp16[half] = what.source == Precision::Fp16 ? e.fp16[half] | 1u << idst : e.fp16[half] & ~(1u << idst);
    }
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_reduce(uint32_t pool, uint32_t dim, uint32_t cb, uint32_t cb_scaler, uint32_t tile, uint32_t tile_scaler,
                uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Reduce, idst);
    op.op = static_cast<uint8_t>(pool);
    op.bcast = static_cast<uint8_t>(dim);
    op.cb0 = cb;
    op.cb1 = cb_scaler;
    op.tile0 = tile;
    op.tile1 = tile_scaler;
    check_setup(e, TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, pool, dim & 0xFF));
    check_formats(e, cb, cb_scaler);
    engine_observe(e, op);
    const tsr_cb& in = engine_cb(cb, "input");
    need_float(in, cb, "reduce_tile");
    const Precision source = common_precision(e, cb, in, cb_scaler, engine_cb(cb_scaler, "scaler"));
    Tile values, scaler;
    read_tile(e, cb, tile, "input", source, values.v);
    read_tile(e, cb_scaler, tile_scaler, "scaler", source, scaler.v);
    reduce(e, {pool, dim, source}, values, scaler, in.num_faces, face_cols(in), in.face_rows, idst);
    engine_done(e, op);
}

void tsr_reduce_dst_sum(uint32_t tiles, float scaler) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Reduce, 0);
    op.bcast = TSR_REDUCE_SCALAR;
    op.tiles = tiles;
    op.from_dst = true;
    op.scaler = scaler;
    engine_observe(e, op);
    engine_check_dst(e, 0, tiles);
    const bool fp16 = !e.fp32_dest && (e.fp16[current_half(e)] & 1) != 0;
    const Reduction what(TSR_POOL_SUM, TSR_REDUCE_SCALAR, fp16 ? Precision::Fp16 : Precision::Bf16);
    const Precision held = dst_precision(e, what.source);
    Tile factors, face;
    std::fill(std::begin(factors.v), std::end(factors.v), std::bit_cast<uint32_t>(scaler));
    e.arithmetic->to_source(held, what.source, factors.v, factors.v, face_words);
    alignas(64) uint32_t columns[64] = {};
    for (uint32_t t = 0; t < tiles; ++t) {
        const uint32_t* tile = engine_dst_tile(e, t);
        for (uint32_t f = 0; f < 4; ++f) {
            e.arithmetic->to_source(held, what.source, tile + f * face_words, face.v, face_words);
            pool(e, what, t == 0 && f == 0, face.v, factors.v, columns);
        }
    }
    reduce_row_to_datum(e, what, false, columns, factors.v, engine_dst_tile(e, 0));
    e.whole[current_half(e)] &= ~1u;
    engine_done(e, op);
}

void tsr_reduce_pending(uint32_t pool, uint32_t dim, uint32_t idst, uint32_t num_faces) {
    Engine& e = engine();
    if (e.pending_count == 0) {
        engine_error("source-registers-empty", "call unpack_tilizeA_B_block before reduce_tile_math",
                     "reduce_tile_math waits for a tile that nothing has unpacked");
    }
    const Engine::PendingTile p = e.pending_tiles[e.pending_head];
    e.pending_head = (e.pending_head + 1) % 64;
    --e.pending_count;
    EngineOp op = op_of(e, EngineOp::Kind::Reduce, idst);
    op.op = static_cast<uint8_t>(pool);
    op.bcast = static_cast<uint8_t>(dim);
    op.cb0 = p.cb0;
    op.cb1 = p.cb1;
    op.tile0 = p.column;
    op.tile1 = p.tile1;
    op.pending = true;
    check_setup(e, e.unpack_setup, TSR_SETUP(TSR_MATH_REDUCE, pool, dim & 0xFF));
    engine_observe(e, op);
    const tsr_cb& in = engine_cb(p.cb0, "input");
    Tile values, scaler;
    for (uint32_t& v : values.v) {
        v = p.minus_infinity ? minus_infinity : 0;
    }
    const uint32_t across = num_faces > 1 ? 2 : 1;
    const uint32_t down = (num_faces + 1) / 2;
    const Precision source = common_precision(e, p.cb0, in, p.cb1, engine_cb(p.cb1, "scaler"));
    gather(e, p.cb0, in, p.block, p.column, p.face_rows * down, across, p.face_rows, source, values.v);
    read_tile(e, p.cb1, p.tile1, "scaler", source, scaler.v);
    reduce(e, {pool, dim, source}, values, scaler, num_faces, across, 16, idst);
    engine_done(e, op);
}

}  // extern "C"

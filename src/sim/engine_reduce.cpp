// Reductions of tiles over rows, columns or both, from circular buffers and from DST.
#include <sim/engine_tiles.h>

namespace tessera::sim {
namespace {

float above(uint32_t pool, float x, float y) {
    return pool == TSR_POOL_MAX ? (x > y ? x : y) : (x < y ? x : y);
}

// values: the tile in DST order; scaler: row 0 of its tile's first face, one factor for each of 16 summands.
void reduce(Engine& e, uint32_t pool, uint32_t dim, Tile& values, Tile& scaler, uint32_t faces, uint32_t across,
            uint32_t face_rows, uint32_t idst, bool fp16) {
    const bool extreme = pool == TSR_POOL_MAX || pool == TSR_POOL_MIN;
    const bool live = is_live(e, idst);
    float* dst = engine_dst_tile(e, idst);
    const float* v = values.f();
    const float* s = scaler.f();
    if (!extreme) {
        e.ops->mask(values.v, e.masks.src_a, faces * 256);
        e.ops->mask(scaler.v, e.masks.src_b, 16);
    }
    const uint32_t down = (faces + across - 1) / across;
    float column[32];
    if (dim == TSR_REDUCE_ROW) {
        for (uint32_t r = 0; r < down; ++r) {
            for (uint32_t row = 0; row < face_rows; ++row) {
                float& to = dst[r * across * 256 + row * 16];
                float sum = live ? to : extreme ? v[r * across * 256 + row * 16] : 0.0f;
                for (uint32_t c = 0; c < across; ++c) {
                    const float* from = v + (r * across + c) * 256 + row * 16;
                    float part = extreme ? from[0] : 0.0f;
                    for (uint32_t i = 0; i < 16; ++i) {
                        part = extreme ? above(pool, part, from[i]) : part + s[i] * from[i];
                    }
                    sum = extreme ? above(pool, sum, part) : sum + part;
                }
                to = sum;
            }
        }
    } else {
        for (uint32_t c = 0; c < across; ++c) {
            for (uint32_t i = 0; i < 16; ++i) {
                const bool to_dst = dim == TSR_REDUCE_COL;
                float sum = to_dst && live ? dst[c * 256 + i] : extreme ? v[c * 256 + i] : 0.0f;
                for (uint32_t r = 0; r < down; ++r) {
                    const float* from = v + (r * across + c) * 256 + i;
                    float part = extreme ? from[0] : 0.0f;
                    for (uint32_t row = 0; row < face_rows; ++row) {
                        part = extreme ? above(pool, part, from[row * 16]) : part + s[row] * from[row * 16];
                    }
                    sum = extreme ? above(pool, sum, part) : sum + part;
                }
                column[c * 16 + i] = sum;
            }
        }
        if (dim == TSR_REDUCE_COL) {
            for (uint32_t c = 0; c < across; ++c) {
                std::memcpy(dst + c * 256, column + c * 16, 64);
            }
        } else {
            // The chip applies the scaler a second time when it sums the sixteen column sums.
            float sum = live ? dst[0] : extreme ? column[0] : 0.0f;
            for (uint32_t i = 0; i < 16; ++i) {
                const float folded = across == 1 ? column[i]
                                     : extreme   ? above(pool, column[i], column[16 + i])
                                                 : column[i] + column[16 + i];
                sum = extreme ? above(pool, sum, folded) : sum + s[i] * folded;
            }
            dst[0] = sum;
        }
    }
    const uint32_t half = current_half(e);
    if (!e.fp32_dest) {
        e.unrounded[half] |= 1u << idst;
        e.fp16[half] = fp16 ? e.fp16[half] | 1u << idst : e.fp16[half] & ~(1u << idst);
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
    engine_observe(e, op);
    const tsr_cb& in = engine_cb(cb, "input");
    need_float(in, cb, "reduce_tile");
    Tile values, scaler;
    read_tile(e, cb, tile, "input", values.v);
    read_tile(e, cb_scaler, tile_scaler, "scaler", scaler.v);
    reduce(e, pool, dim, values, scaler, in.num_faces, face_cols(in), in.face_rows, idst,
           tessera::tensix::is_fp16_class(format_of(in)));
}

void tsr_reduce_dst_sum(uint32_t tiles, float scaler) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Reduce, 0);
    op.bcast = TSR_REDUCE_SCALAR;
    op.tiles = tiles;
    engine_observe(e, op);
    engine_check_dst(e, 0, tiles);
    float columns[16] = {};
    for (uint32_t t = 0; t < tiles; ++t) {
        const float* tile = engine_dst_tile(e, t);
        for (uint32_t i = 0; i < words; ++i) {
            columns[i % 16] += scaler * tile[i];
        }
    }
    float sum = 0;
    for (const float column : columns) {
        sum += scaler * column;
    }
    engine_dst_tile(e, 0)[0] = sum;
    if (!e.fp32_dest) {
        e.unrounded[current_half(e)] |= 1;
    }
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
    engine_observe(e, op);
    const tsr_cb& in = engine_cb(p.cb0, "input");
    Tile values, scaler;
    for (uint32_t& v : values.v) {
        v = p.minus_infinity ? 0xFF800000u : 0;
    }
    const uint32_t across = num_faces > 1 ? 2 : 1;
    const uint32_t down = (num_faces + 1) / 2;
    gather(e, p.cb0, in, p.block, p.column, p.face_rows * down, across, p.face_rows, source_precision(e, format_of(in)),
           values.v);
    read_tile(e, p.cb1, p.tile1, "scaler", scaler.v);
    reduce(e, pool, dim, values, scaler, num_faces, across, 16, idst, tessera::tensix::is_fp16_class(format_of(in)));
}

}  // extern "C"

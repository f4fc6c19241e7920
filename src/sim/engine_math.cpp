// Unpackers and elementwise arithmetic: circular buffers to DST.
#include <sim/engine_tiles.h>

namespace tessera::sim {
namespace {

// Fills a tile with row, column or datum (0,0) of another.
void broadcast(const uint32_t* in, uint32_t* out, uint32_t bcast, uint32_t row, uint32_t across) {
    if (bcast == TSR_BCAST_SCALAR) {
        for (uint32_t i = 0; i < words; ++i) {
            out[i] = in[0];
        }
    } else if (bcast == TSR_BCAST_COL) {
        for (uint32_t f = 0; f < 4; ++f) {
            const uint32_t* from = in + f / across * across * 256;
            for (uint32_t r = 0; r < 16; ++r) {
                for (uint32_t c = 0; c < 16; ++c) {
                    out[f * 256 + r * 16 + c] = from[r * 16];
                }
            }
        }
    } else {
        for (uint32_t f = 0; f < 4; ++f) {
            const uint32_t* from = in + (row / 16 * across + f % across) * 256 + row % 16 * 16;
            for (uint32_t r = 0; r < 16; ++r) {
                std::memcpy(out + f * 256 + r * 16, from, 64);
            }
        }
    }
}

// Source words in place to DST words. The published kernels add zero where they can move eight rows at once by it: into
// 32-bit DST, and to broadcast a column (on Wormhole also a datum). An addition knows no NaN.
void move_to_dst(const Engine& e, Precision source, uint32_t bcast, uint32_t* dst) {
    const Precision to = dst_precision(e, source);
    const bool adds = bcast == TSR_BCAST_NONE  ? e.fp32_dest
                      : bcast == TSR_BCAST_COL ? true
                      : bcast == TSR_BCAST_ROW ? false
                                               : e.arithmetic->chip == tensix::Chip::Wormhole;
    if (!adds || source == Precision::Int8 || e.arithmetic->mode == tensix::MathMode::Fast) {
        e.arithmetic->to_dst(source, to, dst, dst, words);
        return;
    }
    alignas(64) static constexpr uint32_t zeros[words] = {};
    Tile in;
    std::memcpy(in.v, dst, sizeof(in.v));
    e.arithmetic->eltwise({EltwiseOp::Add, false, 1, source, to}, in.v, zeros, dst, words);
}

void copy(Engine& e, uint32_t bcast, bool transpose, uint32_t cb, uint32_t tile, uint32_t idst) {
    const tsr_cb& from = engine_cb(cb, "input");
    const DataFormat format = format_of(from);
    const uint8_t* data = engine_input(cb, tile, uint64_t{tile} * from.fifo_page_size, from.tile_size);
    const bool straight = straight_to_dst(e, cb, format);
    const Precision source = straight ? Precision::Fp32 : source_precision(e, format);
    uint32_t* dst = overwrite(e, idst, source == Precision::Fp16);
    if (!transpose && bcast == TSR_BCAST_NONE) {
        prefetch_tile(data + from.fifo_page_size, from.tile_size, false);
        unpack_tile(e, from, data, source, dst);
    } else {
        Tile in;
        std::memset(in.v, 0, sizeof(in.v));
        unpack_tile(e, from, data, source, in.v);
        if (transpose) {
            transpose_faces(in.v, dst, face_rows_of(from), face_cols(from));
        } else {
            broadcast(in.v, dst, bcast, 0, face_cols(from));
        }
    }
    if (!straight) {
        move_to_dst(e, source, bcast, dst);
    }
}

// Broadcasts come from SrcB. What a source register can't hold takes the way to DST, which is SrcA's unpacker's.
void check_broadcast_format(Engine& e, uint32_t cb) {
    if (cb < TSR_MAX_CBS && tsr_ctx->cbs[cb].fifo_num_pages != 0) {
        const bool straight = straight_to_dst(e, cb, format_of(tsr_ctx->cbs[cb]));
        check_formats(e, straight ? cb : TSR_KEEP_FORMAT, straight ? TSR_KEEP_FORMAT : cb);
    }
}

EltwiseOp eltwise_op(uint32_t op) {
    switch (op) {
        case TSR_ELWMUL:
            return EltwiseOp::Mul;
        case TSR_ELWADD:
            return EltwiseOp::Add;
        case TSR_ELWSUB:
            return EltwiseOp::Sub;
        default:
            break;
    }
    engine_error("unsupported-operation", "use ELWADD, ELWSUB or ELWMUL",
                 "the matrix unit has no elementwise operation number %u", op);
}

void eltwise(const Engine& e, uint32_t op, bool accumulate, Precision source, const Tile& a, const Tile& b,
             uint32_t count, uint32_t* dst) {
    const tensix::EltwisePlan plan{eltwise_op(op), accumulate, e.phases, source, dst_precision(e, source)};
    e.arithmetic->eltwise(plan, a.v, b.v, dst, count);
}

void binary(Engine& e, uint32_t op, uint32_t bcast, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1,
            uint32_t idst, uint32_t bcast_row) {
    const tsr_cb& in0 = engine_cb(cb0, "in0");
    const tsr_cb& in1 = engine_cb(cb1, "in1");
    need_float(in0, cb0, "add_tiles, sub_tiles and mul_tiles");
    need_float(in1, cb1, "add_tiles, sub_tiles and mul_tiles");
    const Precision source = common_precision(e, cb0, in0, cb1, in1);
    engine_check_dst(e, idst, 1);
    Tile a, b;
    read_tile(e, cb0, tile0, "in0", source, a.v);
    if (bcast == TSR_BCAST_NONE) {
        read_tile(e, cb1, tile1, "in1", source, b.v);
    } else {
        Tile narrow;
        read_tile(e, cb1, tile1, "in1", source, narrow.v);
        broadcast(narrow.v, b.v, bcast, bcast_row, face_cols(in1));
    }
    const bool accumulate = (op == TSR_ELWMUL || e.acc_to_dest) && is_live(e, idst);
    if (accumulate) {
        engine_round(e, current_half(e), idst);
    }
    // Faces lie 256 apart in DST; of smaller tiles the gaps are computed too and never packed.
    const uint32_t count = uint32_t{in0.num_faces} * 256;
    if (in0.face_rows < 16) {
        for (uint32_t f = 0; f < in0.num_faces; ++f) {
            const uint32_t used = uint32_t{in0.face_rows} * 16;
            std::memset(a.v + f * 256 + used, 0, (256 - used) * 4);
            std::memset(b.v + f * 256 + used, 0, (256 - used) * 4);
        }
    }
    eltwise(e, op, accumulate, source, a, b, count, overwrite(e, idst, source == Precision::Fp16));
}

void binary_dest_reuse(Engine& e, uint32_t op, uint32_t reuse, uint32_t cb, uint32_t tile, uint32_t idst) {
    const tsr_cb& in = engine_cb(cb, "input");
    need_float(in, cb, "binary_dest_reuse_tiles");
    const Precision source = source_precision(e, format_of(in));
    Tile from_cb, from_dst;
    read_tile(e, cb, tile, "input", source, from_cb.v);
    e.arithmetic->to_source(dst_precision(e, source), source, engine_dst_tile(e, idst), from_dst.v, words);
    const bool dst_is_a = reuse == TSR_REUSE_DEST_AS_SRCA;
    // What was reduced still is: the rest of the tile means nothing.
    const uint32_t whole = e.whole[current_half(e)];
    eltwise(e, op, false, source, dst_is_a ? from_dst : from_cb, dst_is_a ? from_cb : from_dst, words,
            overwrite(e, idst, source == Precision::Fp16));
    e.whole[current_half(e)] = whole;
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_copy_tile(uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Copy, idst);
    op.cb0 = cb;
    op.tile0 = tile;
    op.transpose = e.copy_transpose;
    check_setup(e, TSR_UNPACK_A, TSR_MATH_COPY);
    check_formats(e, cb, TSR_KEEP_FORMAT);
    engine_observe(e, op);
    copy(e, TSR_BCAST_NONE, e.copy_transpose, cb, tile, idst);
    engine_done(e, op);
}

void tsr_copy_tile_bcast(uint32_t bcast, uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Copy, idst);
    op.cb0 = cb;
    op.tile0 = tile;
    op.bcast = static_cast<uint8_t>(bcast);
    check_setup(e, TSR_SETUP(TSR_UNPACK_A_BCAST, bcast, 0), TSR_SETUP(TSR_MATH_COPY, bcast, 0));
    check_broadcast_format(e, cb);
    engine_observe(e, op);
    copy(e, bcast, false, cb, tile, idst);
    engine_done(e, op);
}

void tsr_transpose_wh(uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Copy, idst);
    op.cb0 = cb;
    op.tile0 = tile;
    op.transpose = true;
    const bool turns = e.unpack_setup == TSR_UNPACK_A && e.copy_transpose;
    check_setup(e, turns ? TSR_UNPACK_A : TSR_UNPACK_A_TRANSPOSED, TSR_MATH_COPY);
    check_formats(e, cb, TSR_KEEP_FORMAT);
    engine_observe(e, op);
    copy(e, TSR_BCAST_NONE, true, cb, tile, idst);
    engine_done(e, op);
}

void tsr_transpose_dst(uint32_t idst) {
    Engine& e = engine();
    const EngineOp op = op_of(e, EngineOp::Kind::TransposeDst, idst);
    check_setup(e, e.unpack_setup, TSR_MATH_TRANSPOSE_DST);
    check_acquired(e);
    check_written(e, idst);
    engine_observe(e, op);
    uint32_t* dst = engine_dst_tile(e, idst);
    Tile in;
    std::memcpy(in.v, dst, sizeof(in.v));
    transpose_faces(in.v, dst, 2, 2);
    engine_done(e, op);
}

void tsr_binary(uint32_t op, uint32_t bcast, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst,
                uint32_t bcast_row) {
    Engine& e = engine();
    EngineOp told = op_of(e, EngineOp::Kind::Binary, idst);
    told.op = static_cast<uint8_t>(op);
    told.bcast = static_cast<uint8_t>(bcast);
    told.cb0 = cb0;
    told.cb1 = cb1;
    told.tile0 = tile0;
    told.tile1 = tile1;
    told.row = bcast_row;
    check_setup(e, TSR_SETUP(TSR_UNPACK_AB, bcast, 0), TSR_SETUP(TSR_MATH_BINARY, op, bcast));
    check_formats(e, cb0, cb1);
    engine_observe(e, told);
    binary(e, op, bcast, cb0, cb1, tile0, tile1, idst, bcast_row);
    engine_done(e, told);
}

void tsr_binary_dest_reuse(uint32_t op, uint32_t reuse, uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp told = op_of(e, EngineOp::Kind::BinaryDestReuse, idst);
    told.op = static_cast<uint8_t>(op);
    told.bcast = static_cast<uint8_t>(reuse);
    told.cb0 = cb;
    told.tile0 = tile;
    check_setup(e, TSR_SETUP(TSR_UNPACK_REUSE, reuse, 0), TSR_SETUP(TSR_MATH_REUSE, op, reuse));
    const bool to_srcb = reuse == TSR_REUSE_DEST_AS_SRCA;
    check_formats(e, to_srcb ? TSR_KEEP_FORMAT : cb, to_srcb ? cb : TSR_KEEP_FORMAT);
    check_written(e, idst);
    engine_observe(e, told);
    binary_dest_reuse(e, op, reuse, cb, tile, idst);
    engine_done(e, told);
}

void tsr_unpack_tilize(uint32_t cb, uint32_t block, uint32_t tile, uint32_t column, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::UnpackTilize, idst);
    op.cb0 = cb;
    op.tile0 = tile + column;
    op.ct = block;
    check_setup(e, TSR_UNPACK_TILIZE, TSR_MATH_COPY);
    check_formats(e, cb, TSR_KEEP_FORMAT);
    engine_observe(e, op);
    const tsr_cb& from = engine_cb(cb, "input");
    const DataFormat format = format_of(from);
    const bool straight = straight_to_dst(e, cb, format);
    const Precision source = straight ? Precision::Fp32 : source_precision(e, format);
    uint32_t* dst = overwrite(e, idst, source == Precision::Fp16);
    gather(e, cb, from, block, tile + column, uint32_t{from.face_rows} * face_rows_of(from), face_cols(from),
           from.face_rows, source, dst);
    if (!straight) {
        move_to_dst(e, source, TSR_BCAST_NONE, dst);
    }
    engine_done(e, op);
}

void tsr_unpack_tilize_ab(uint32_t cb0, uint32_t cb1, uint32_t block, uint32_t tile1, uint32_t num_faces,
                          uint32_t face_rows, uint32_t fill_minus_infinity) {
    Engine& e = engine();
    check_setup(e, TSR_UNPACK_TILIZE_AB, e.math_setup);
    check_formats(e, cb0, cb1);
    for (uint32_t t = 0; t < block; ++t) {
        if (e.pending_count == 64) {
            engine_error("source-registers-full", "reduce every tile that unpack_tilizeA_B_block unpacks",
                         "unpack_tilizeA_B_block unpacked 64 tiles that no reduce_tile_math has consumed");
        }
        e.pending_tiles[(e.pending_head + e.pending_count++) % 64] = {
            cb0, cb1, t, block, tile1, num_faces, face_rows, fill_minus_infinity != 0};
    }
}

}  // extern "C"

// Matrix products: from circular buffers to the arithmetic of src/tensix and into DST.
#include <sim/engine_tiles.h>

namespace tessera::sim {
namespace {

// Operands of one call, unpacked where L1 does not already hold what the product reads.
struct Operands {
    tensix::MatmulOperand tiles[16];
    alignas(64) uint32_t unpacked[16 * words];
};

// Tiles of bf16 are read where they lie, the rest is unpacked; a transpose makes a copy.
void load_operand(const Engine& e, uint32_t cb, const tsr_cb& from, uint32_t index, Precision source, bool transpose,
                  Operands& to, uint32_t slot) {
    const DataFormat format = format_of(from);
    const bool in_place = format == DataFormat::Float16_b && source == Precision::Bf16;
    const uint8_t* data = engine_input(cb, index, uint64_t{index} * from.fifo_page_size, from.tile_size);
    uint32_t* out = to.unpacked + slot * words;
    to.tiles[slot] = {out, in_place};
    if (in_place && !transpose) {
        to.tiles[slot].data = data;
        return;
    }
    if (in_place) {
        transpose_faces(reinterpret_cast<const uint16_t*>(data), reinterpret_cast<uint16_t*>(out), face_rows_of(from),
                        face_cols(from));
        return;
    }
    const uint32_t datums = uint32_t{from.face_rows} * 16 * from.num_faces;
    const uint32_t exponents = tensix::exponent_bytes(format, datums);
    Tile values;
    e.arithmetic->unpack(format, source, data, data + exponents, datums, transpose ? values.v : out);
    if (transpose) {
        transpose_faces(values.v, out, face_rows_of(from), face_cols(from));
    }
}

void matmul(Engine& e, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst, uint32_t ct,
            uint32_t rt, uint32_t kt) {
    const tsr_cb& in0 = engine_cb(cb0, "in0");
    const tsr_cb& in1 = engine_cb(cb1, "in1");
    need_float(in0, cb0, "matmul_tiles");
    need_float(in1, cb1, "matmul_tiles");
    const Precision source = common_precision(e, cb0, in0, cb1, in1);
    constexpr uint32_t most_tiles = 16;
    if (rt == 0 || ct == 0 || rt > most_tiles || ct > most_tiles) {
        engine_error("dst-index-out-of-range", "give rt_dim and ct_dim so that the block fits into a DST section",
                     "a matrix product of %u x %u tiles has no place in DST", rt, ct);
    }
    engine_check_dst(e, idst, rt * ct);
    const uint32_t in1_rows = e.matmul_transpose ? in1.tile_cols : in1.tile_rows;
    if (in0.tile_cols != in1_rows || in1.face_rows != 16) {
        engine_error("tile-shape-mismatch",
                     "the columns of an in0 tile must be the rows of an in1 tile, which has 16-row faces",
                     "matrix product of tiles %ux%u (c_%u) and %ux%u (c_%u)", in0.tile_rows, in0.tile_cols, cb0,
                     in1.tile_rows, in1.tile_cols, cb1);
    }
    const uint32_t half = current_half(e);
    uint8_t fresh[16];
    const uint32_t range = ((1u << (rt * ct)) - 1) << idst;
    for (uint32_t t = 0; t < rt * ct; ++t) {
        fresh[t] = !is_live(e, idst + t);
    }

    thread_local Operands a, b;  // too large for a fiber's stack
    for (uint32_t r = 0; r < rt; ++r) {
        load_operand(e, cb0, in0, tile0 + r * kt, source, false, a, r);
    }
    for (uint32_t c = 0; c < ct; ++c) {
        load_operand(e, cb1, in1, tile1 + c, source, e.matmul_transpose, b, c);
    }
    tensix::MatmulPlan plan;
    plan.in0 = a.tiles;
    plan.in1 = b.tiles;
    plan.dst = e.half_base(half) + idst * words;
    plan.fresh = fresh;
    plan.rt = rt;
    plan.ct = ct;
    plan.rows = in0.tile_rows;
    plan.inner = in0.tile_cols;
    plan.cols = e.matmul_transpose ? in1.tile_rows : in1.tile_cols;
    plan.in0_face_rows = in0.face_rows;
    plan.phases = e.phases;
    plan.src = source;
    plan.dst_precision = dst_precision(e, source);
    e.arithmetic->matmul(plan);
    e.live[half] |= range;
    e.whole[half] |= range;
    if (!e.fp32_dest && source != Precision::Int8) {
        e.unrounded[half] |= e.arithmetic->round != nullptr ? range : 0;
        e.fp16[half] = source == Precision::Fp16 ? e.fp16[half] | range : e.fp16[half] & ~range;
    }
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_matmul(uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst, uint32_t ct, uint32_t rt,
                uint32_t kt, uint32_t transpose) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Matmul, idst);
    op.transpose = e.matmul_transpose;
    op.cb0 = cb0;
    op.cb1 = cb1;
    op.tile0 = tile0;
    op.tile1 = tile1;
    op.ct = ct;
    op.rt = rt;
    op.kt = kt;
    check_setup(e, TSR_UNPACK_MATMUL, TSR_MATH_MATMUL);
    check_matmul_block(e, ct, rt, kt, transpose);
    check_formats(e, cb1, cb0);
    check_acquired(e);
    engine_observe(e, op);
    matmul(e, cb0, cb1, tile0, tile1, idst, ct, rt, kt);
    engine_done(e, op);
}

}  // extern "C"

// Matrix products: from circular buffers to the arithmetic of src/tensix and into DST.
#include <sim/engine_tiles.h>

namespace tessera::sim {
namespace {

// Exact integer product; in0 rows x inner, in1 inner x cols, faces 256 apart.
void matmul_int(const uint32_t* in0, const uint32_t* in1, int32_t* dst, bool fresh, const tsr_cb& a, const tsr_cb& b) {
    const uint32_t rows = a.tile_rows, inner = a.tile_cols, cols = b.tile_cols;
    const uint32_t ka = inner > 16 ? 2 : 1, kc = cols > 16 ? 2 : 1;
    if (fresh) {
        std::memset(dst, 0, words * 4);
    }
    for (uint32_t m = 0; m < rows; ++m) {
        for (uint32_t n = 0; n < cols; ++n) {
            int64_t sum = 0;
            for (uint32_t k = 0; k < inner; ++k) {
                const auto x = static_cast<int32_t>(in0[(m / 16 * ka + k / 16) * 256 + m % 16 * 16 + k % 16]);
                const auto y = static_cast<int32_t>(in1[(k / 16 * kc + n / 16) * 256 + k % 16 * 16 + n % 16]);
                sum += int64_t{x} * y;
            }
            int32_t& to = dst[(m / 16 * kc + n / 16) * 256 + m % 16 * 16 + n % 16];
            sum += to;
            to = static_cast<int32_t>(sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : sum);
        }
    }
}

// Operands of one call, converted where L1 does not already hold what the product reads.
struct Operands {
    const void* tiles[16];
    alignas(64) uint8_t converted[16 * words * 4];
};

// narrow: as bf16. Integer tiles and tiles that are not bf16 are unpacked; a transpose makes a copy.
void load_operand(const Engine& e, uint32_t cb, const tsr_cb& from, uint32_t index, bool narrow, bool transpose,
                  uint32_t mask, Operands& to, uint32_t slot, const char* role) {
    const uint8_t* data = engine_input(cb, index, uint64_t{index} * from.fifo_page_size, from.tile_size);
    if (narrow && format_of(from) == DataFormat::Float16_b) {
        if (!transpose) {
            to.tiles[slot] = data;
            return;
        }
        auto* out = reinterpret_cast<uint16_t*>(to.converted + slot * words * 4);
        transpose_faces(reinterpret_cast<const uint16_t*>(data), out, face_rows_of(from), face_cols(from));
        to.tiles[slot] = out;
        return;
    }
    Tile values, turned;
    if (from.face_rows < 16 && transpose) {
        std::memset(values.v, 0, sizeof(values.v));
    }
    const DataFormat format = format_of(from);
    const uint32_t datums = uint32_t{from.face_rows} * 16 * from.num_faces;
    const uint32_t exponents = tensix::exponent_bytes(format, datums);
    e.ops->unpack(format, source_precision(e, format), data, data + exponents, datums, values.v);
    uint32_t* result = values.v;
    if (transpose) {
        transpose_faces(values.v, turned.v, face_rows_of(from), face_cols(from));
        result = turned.v;
    }
    uint8_t* out = to.converted + slot * words * 4;
    if (narrow) {
        e.ops->mask(result, mask, datums);
        e.ops->narrow(result, reinterpret_cast<uint16_t*>(out), datums);
    } else {
        std::memcpy(out, result, datums * 4);
    }
    to.tiles[slot] = out;
    (void)role;
}

bool fits_bf16(const Engine& e, DataFormat format, uint32_t mask) {
    switch (format) {
        case DataFormat::Float16_b:
        case DataFormat::Bfp8_b:
        case DataFormat::Bfp4_b:
        case DataFormat::Bfp2_b:
        case DataFormat::Bfp8:
        case DataFormat::Bfp4:
        case DataFormat::Bfp2:
        case DataFormat::Lf8:
        case DataFormat::Fp8_e4m3:
            return true;
        default:
            return (mask & 0xFFFF) == 0 || source_precision(e, format) == Precision::Bf16;
    }
}

void matmul(Engine& e, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst, uint32_t ct,
            uint32_t rt, uint32_t kt) {
    const tsr_cb& in0 = engine_cb(cb0, "in0");
    const tsr_cb& in1 = engine_cb(cb1, "in1");
    need_float(in0, cb0, "matmul_tiles");
    need_float(in1, cb1, "matmul_tiles");
    const DataFormat f0 = format_of(in0), f1 = format_of(in1);
    if (rt * ct > 16) {
        engine_check_dst(e, idst, rt * ct);
    }
    engine_check_dst(e, idst, rt * ct);
    const uint32_t in1_rows = e.matmul_transpose ? in1.tile_cols : in1.tile_rows;
    const uint32_t in1_cols = e.matmul_transpose ? in1.tile_rows : in1.tile_cols;
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
    uint32_t* dst = e.half_base(half) + idst * words;
    const bool fp16 = tessera::tensix::is_fp16_class(f0) || tensix::is_fp16_class(f1);

    if (tensix::is_integer(f0) || tensix::is_integer(f1)) {
        for (uint32_t r = 0; r < rt; ++r) {
            Tile a, b, turned;
            read_tile(e, cb0, tile0 + r * kt, "in0", a.v);
            for (uint32_t c = 0; c < ct; ++c) {
                read_tile(e, cb1, tile1 + c, "in1", b.v);
                if (e.matmul_transpose) {
                    transpose_faces(b.v, turned.v, face_rows_of(in1), face_cols(in1));
                }
                matmul_int(a.v, e.matmul_transpose ? turned.v : b.v,
                           reinterpret_cast<int32_t*>(dst) + (r * ct + c) * words, fresh[r * ct + c], in0, in1);
            }
        }
        e.live[half] |= range;
        return;
    }

    // in1 goes to SrcA, in0 to SrcB.
    tensix::MatmulPlan plan;
    plan.in1_mask = e.masks.src_a;
    plan.in0_mask = e.masks.src_b;
    const bool narrow = fits_bf16(e, f0, plan.in0_mask) && fits_bf16(e, f1, plan.in1_mask);
    Operands a, b;
    for (uint32_t r = 0; r < rt; ++r) {
        load_operand(e, cb0, in0, tile0 + r * kt, narrow, false, plan.in0_mask, a, r, "in0");
    }
    for (uint32_t c = 0; c < ct; ++c) {
        load_operand(e, cb1, in1, tile1 + c, narrow, e.matmul_transpose, plan.in1_mask, b, c, "in1");
    }
    plan.in0 = a.tiles;
    plan.in1 = b.tiles;
    plan.dst = reinterpret_cast<float*>(dst);
    plan.fresh = fresh;
    plan.rt = rt;
    plan.ct = ct;
    plan.rows = in0.tile_rows;
    plan.inner = in0.tile_cols;
    plan.cols = in1_cols;
    plan.in0_face_rows = in0.face_rows;
    narrow ? e.ops->matmul_bf16(plan) : e.ops->matmul_fp32(plan);
    e.live[half] |= range;
    if (!e.fp32_dest) {
        e.unrounded[half] |= range;
        e.fp16[half] = fp16 ? e.fp16[half] | range : e.fp16[half] & ~range;
    }
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_matmul(uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t idst, uint32_t ct, uint32_t rt,
                uint32_t kt) {
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
    engine_observe(e, op);
    matmul(e, cb0, cb1, tile0, tile1, idst, ct, rt, kt);
}

}  // extern "C"

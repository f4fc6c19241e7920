// Unpackers and matrix unit: circular buffers to DST.
#include <sim/engine.h>

#include <cstring>

namespace tessera::sim {

using tensix::DataFormat;
using tensix::EltwiseOp;
using tensix::Precision;

namespace {

constexpr uint32_t words = Engine::dst_tile_words;

struct alignas(64) Tile {
    uint32_t v[words];
    float* f() { return reinterpret_cast<float*>(v); }
};

DataFormat format_of(const tsr_cb& cb) {
    return static_cast<DataFormat>(cb.data_format);
}

// What SrcA and SrcB hold of a format.
Precision source_precision(const Engine& e, DataFormat format) {
    if (format == DataFormat::Float32 || format == DataFormat::Tf32) {
        return e.fp32_dest ? Precision::Tf32 : Precision::Bf16;
    }
    return tessera::tensix::is_fp16_class(format) ? Precision::Fp16 : Precision::Bf16;
}

// A tile's values in DST order: face f at 256 f, whatever the height of its faces.
void unpack_tile(const Engine& e, const tsr_cb& cb, const uint8_t* tile, Precision to, uint32_t* out) {
    const DataFormat format = format_of(cb);
    const uint32_t face = uint32_t{cb.face_rows} * 16;
    const uint32_t datums = face * cb.num_faces;
    const uint32_t exponents = tensix::exponent_bytes(format, datums);
    if (face == 256) {
        e.ops->unpack(format, to, tile, tile + exponents, datums, out);
        return;
    }
    const uint32_t bits = tensix::datum_bits(format);
    for (uint32_t f = 0; f < cb.num_faces; ++f) {
        e.ops->unpack(format, to, tile + f * face / 16, tile + exponents + f * face * bits / 8, face, out + f * 256);
    }
}

void read_tile(const Engine& e, uint32_t cb, uint32_t tile, const char* role, uint32_t* out) {
    const tsr_cb& from = engine_cb(cb, role);
    const uint8_t* data = engine_input(cb, tile, uint64_t{tile} * from.fifo_page_size, from.tile_size);
    unpack_tile(e, from, data, source_precision(e, format_of(from)), out);
}

// Faces of `rows` x `cols` of 16x16 values in 256-word faces, both ways exchanged.
template <typename T>
void transpose_faces(const T* in, T* out, uint32_t face_rows, uint32_t face_cols) {
    for (uint32_t r = 0; r < face_rows; ++r) {
        for (uint32_t c = 0; c < face_cols; ++c) {
            const T* from = in + (r * face_cols + c) * 256;
            T* to = out + (c * face_rows + r) * 256;
            for (uint32_t i = 0; i < 16; ++i) {
                for (uint32_t j = 0; j < 16; ++j) {
                    to[j * 16 + i] = from[i * 16 + j];
                }
            }
        }
    }
}

uint32_t face_cols(const tsr_cb& cb) {
    return cb.tile_cols > 16 ? 2 : 1;
}
uint32_t face_rows_of(const tsr_cb& cb) {
    return (cb.num_faces + face_cols(cb) - 1) / face_cols(cb);
}

uint32_t current_half(const Engine& e) {
    return e.full_sync ? 0 : e.math_half;
}

// The address of tile idst for an operation that overwrites all of it.
uint32_t* overwrite(Engine& e, uint32_t idst, bool fp16) {
    engine_check_dst(e, idst, 1);
    const uint32_t half = current_half(e);
    const uint32_t bit = 1u << idst;
    e.live[half] |= bit;
    e.unrounded[half] &= ~bit;
    e.fp16[half] = fp16 ? e.fp16[half] | bit : e.fp16[half] & ~bit;
    return e.half_base(half) + idst * words;
}

bool is_live(const Engine& e, uint32_t idst) {
    return e.live[current_half(e)] >> idst & 1;
}

void need_float(const tsr_cb& cb, uint32_t id, const char* what) {
    if (tensix::is_integer(format_of(cb)) && format_of(cb) != DataFormat::Int8 && format_of(cb) != DataFormat::UInt8) {
        engine_error("unsupported-data-format",
                     "the matrix unit knows floating-point formats and Int8; use the vector unit's integer operations",
                     "%s can't take format %s (circular buffer c_%u)", what, tensix::name(format_of(cb)), id);
    }
}

EngineOp op_of(const Engine& e, EngineOp::Kind kind, uint32_t idst) {
    EngineOp op;
    op.kind = kind;
    op.fidelity = e.fidelity;
    op.dst_32bit = e.fp32_dest;
    op.dst = idst;
    return op;
}

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

void copy(Engine& e, uint32_t bcast, bool transpose, uint32_t cb, uint32_t tile, uint32_t idst) {
    const tsr_cb& from = engine_cb(cb, "input");
    const DataFormat format = format_of(from);
    const uint8_t* data = engine_input(cb, tile, uint64_t{tile} * from.fifo_page_size, from.tile_size);
    const bool wide = format == DataFormat::Float32 && e.fp32_dest && e.unpack_to_dest[cb] != 0;
    const Precision to = wide ? Precision::Fp32 : source_precision(e, format);
    uint32_t* dst = overwrite(e, idst, to == Precision::Fp16);
    if (!transpose && bcast == TSR_BCAST_NONE) {
        prefetch_tile(data + from.fifo_page_size, from.tile_size, false);
        unpack_tile(e, from, data, to, dst);
        return;
    }
    Tile in;
    std::memset(in.v, 0, sizeof(in.v));
    unpack_tile(e, from, data, to, in.v);
    if (transpose) {
        transpose_faces(in.v, dst, face_rows_of(from), face_cols(from));
    } else {
        broadcast(in.v, dst, bcast, 0, face_cols(from));
    }
}

Precision dst_precision(const Engine& e, bool fp16) {
    return e.fp32_dest ? Precision::Fp32 : fp16 ? Precision::Fp16 : Precision::Bf16;
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

// DST is int32; the chip saturates sums.
void eltwise_int(EltwiseOp op, bool accumulate, const int32_t* a, const int32_t* b, int32_t* dst) {
    for (uint32_t i = 0; i < words; ++i) {
        const int64_t v = op == EltwiseOp::Mul   ? int64_t{a[i]} * b[i]
                          : op == EltwiseOp::Add ? int64_t{a[i]} + b[i]
                                                 : int64_t{a[i]} - b[i];
        const int64_t sum = accumulate ? dst[i] + v : v;
        dst[i] = static_cast<int32_t>(sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : sum);
    }
}

void eltwise(Engine& e, uint32_t op, bool accumulate, bool fp16, bool integer, Tile& a, Tile& b, uint32_t count,
             uint32_t* dst) {
    const EltwiseOp what = eltwise_op(op);
    if (integer) {
        eltwise_int(what, accumulate, reinterpret_cast<int32_t*>(a.v), reinterpret_cast<int32_t*>(b.v),
                    reinterpret_cast<int32_t*>(dst));
        return;
    }
    // Only passes that read few mantissa bits change a bf16 operand.
    if (what == EltwiseOp::Mul) {
        if (e.fidelity == 0 || fp16 || e.fp32_dest) {
            e.ops->mask(a.v, e.masks.src_a, count);
        }
        if (e.fidelity <= 2) {
            e.ops->mask(b.v, e.masks.src_b, count);
        }
    }
    e.ops->eltwise(what, accumulate, dst_precision(e, fp16), a.f(), b.f(), reinterpret_cast<float*>(dst), count);
}

void binary(Engine& e, uint32_t op, uint32_t bcast, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1,
            uint32_t idst, uint32_t bcast_row) {
    const tsr_cb& in0 = engine_cb(cb0, "in0");
    const tsr_cb& in1 = engine_cb(cb1, "in1");
    need_float(in0, cb0, "add_tiles, sub_tiles and mul_tiles");
    need_float(in1, cb1, "add_tiles, sub_tiles and mul_tiles");
    const bool fp16 = tessera::tensix::is_fp16_class(format_of(in0)) || tensix::is_fp16_class(format_of(in1));
    const bool integer = tensix::is_integer(format_of(in0));
    if (integer != tensix::is_integer(format_of(in1))) {
        engine_error("unsupported-data-format", "give both operands integer or both floating-point formats",
                     "elementwise operation on formats %s and %s", tensix::name(format_of(in0)),
                     tensix::name(format_of(in1)));
    }
    engine_check_dst(e, idst, 1);
    Tile a, b;
    read_tile(e, cb0, tile0, "in0", a.v);
    if (bcast == TSR_BCAST_NONE) {
        read_tile(e, cb1, tile1, "in1", b.v);
    } else {
        Tile narrow;
        read_tile(e, cb1, tile1, "in1", narrow.v);
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
    if (integer) {
        std::memset(a.v + count, 0, (words - count) * 4);
        std::memset(b.v + count, 0, (words - count) * 4);
    }
    eltwise(e, op, accumulate, fp16, integer, a, b, count, overwrite(e, idst, fp16));
}

void binary_dest_reuse(Engine& e, uint32_t op, uint32_t reuse, uint32_t cb, uint32_t tile, uint32_t idst) {
    const tsr_cb& in = engine_cb(cb, "input");
    need_float(in, cb, "binary_dest_reuse_tiles");
    const bool fp16 = tessera::tensix::is_fp16_class(format_of(in));
    Tile from_cb, from_dst;
    read_tile(e, cb, tile, "input", from_cb.v);
    std::memcpy(from_dst.v, engine_dst_tile(e, idst), sizeof(from_dst.v));
    if (e.fp32_dest && !tensix::is_integer(format_of(in))) {
        e.ops->mask(from_dst.v, 0xFFFFE000u, words);
    }
    const bool dst_is_a = reuse == TSR_REUSE_DEST_AS_SRCA;
    eltwise(e, op, false, fp16, tensix::is_integer(format_of(in)), dst_is_a ? from_dst : from_cb,
            dst_is_a ? from_cb : from_dst, words, overwrite(e, idst, fp16));
}

// --- Matrix product --------------------------------------------------------------------------------------------------

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

// --- Reduce ----------------------------------------------------------------------------------------------------------

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

// One tile out of row-major data `block` tiles wide.
void gather(const Engine& e, uint32_t cb, const tsr_cb& from, uint32_t block, uint32_t column, uint32_t rows,
            uint32_t across, uint32_t face_rows, Precision to, uint32_t* out) {
    const DataFormat format = format_of(from);
    if (tensix::is_block_float(format)) {
        engine_error("unsupported-data-format", "tilize from a format without shared exponents",
                     "row-major data can't have format %s (circular buffer c_%u)", tensix::name(format), cb);
    }
    const uint32_t bytes = tensix::datum_bits(format) / 8;
    const uint64_t line = uint64_t{block} * across * 16 * bytes;
    const uint64_t start = uint64_t{column / block} * rows * line + uint64_t{column % block} * across * 16 * bytes;
    engine_input(cb, column, start + (rows - 1) * line, across * 16 * bytes);
    const uint8_t* data = tsr_ctx->l1 + from.fifo_rd_ptr + start;
    for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t f = 0; f < across; ++f) {
            const uint8_t* piece = data + r * line + f * 16 * bytes;
            e.ops->unpack(format, to, piece, piece, 16, out + (r / face_rows * across + f) * 256 + r % face_rows * 16);
        }
    }
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
    engine_observe(e, op);
    copy(e, TSR_BCAST_NONE, e.copy_transpose, cb, tile, idst);
}

void tsr_copy_tile_bcast(uint32_t bcast, uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Copy, idst);
    op.cb0 = cb;
    op.tile0 = tile;
    op.bcast = static_cast<uint8_t>(bcast);
    engine_observe(e, op);
    copy(e, bcast, false, cb, tile, idst);
}

void tsr_transpose_wh(uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::Copy, idst);
    op.cb0 = cb;
    op.tile0 = tile;
    op.transpose = true;
    engine_observe(e, op);
    copy(e, TSR_BCAST_NONE, true, cb, tile, idst);
}

void tsr_transpose_dst(uint32_t idst) {
    Engine& e = engine();
    engine_observe(e, op_of(e, EngineOp::Kind::TransposeDst, idst));
    float* dst = engine_dst_tile(e, idst);
    Tile in;
    std::memcpy(in.v, dst, sizeof(in.v));
    transpose_faces(in.v, reinterpret_cast<uint32_t*>(dst), 2, 2);
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
    engine_observe(e, told);
    binary(e, op, bcast, cb0, cb1, tile0, tile1, idst, bcast_row);
}

void tsr_binary_dest_reuse(uint32_t op, uint32_t reuse, uint32_t cb, uint32_t tile, uint32_t idst) {
    Engine& e = engine();
    EngineOp told = op_of(e, EngineOp::Kind::BinaryDestReuse, idst);
    told.op = static_cast<uint8_t>(op);
    told.bcast = static_cast<uint8_t>(reuse);
    told.cb0 = cb;
    told.tile0 = tile;
    engine_observe(e, told);
    binary_dest_reuse(e, op, reuse, cb, tile, idst);
}

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

void tsr_unpack_tilize(uint32_t cb, uint32_t block, uint32_t tile, uint32_t column, uint32_t idst) {
    Engine& e = engine();
    EngineOp op = op_of(e, EngineOp::Kind::UnpackTilize, idst);
    op.cb0 = cb;
    op.tile0 = tile + column;
    op.ct = block;
    engine_observe(e, op);
    const tsr_cb& from = engine_cb(cb, "input");
    const DataFormat format = format_of(from);
    const bool wide = format == DataFormat::Float32 && e.fp32_dest && e.unpack_to_dest[cb] != 0;
    const Precision to = wide ? Precision::Fp32 : source_precision(e, format);
    uint32_t* dst = overwrite(e, idst, to == Precision::Fp16);
    gather(e, cb, from, block, tile + column, uint32_t{from.face_rows} * face_rows_of(from), face_cols(from),
           from.face_rows, to, dst);
}

void tsr_unpack_tilize_ab(uint32_t cb0, uint32_t cb1, uint32_t block, uint32_t tile1, uint32_t num_faces,
                          uint32_t face_rows, uint32_t fill_minus_infinity) {
    Engine& e = engine();
    for (uint32_t t = 0; t < block; ++t) {
        if (e.pending_count == 64) {
            engine_error("source-registers-full", "reduce every tile that unpack_tilizeA_B_block unpacks",
                         "unpack_tilizeA_B_block unpacked 64 tiles that no reduce_tile_math has consumed");
        }
        e.pending_tiles[(e.pending_head + e.pending_count++) % 64] = {
            cb0, cb1, t, block, tile1, num_faces, face_rows, fill_minus_infinity != 0};
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

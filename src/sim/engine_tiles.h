// What the engine's operations share: tiles of a circular buffer as 32-bit values, and what a DST tile holds.
#pragma once

#include <sim/engine_checks.h>

#include <cstring>

namespace tessera::sim {

using tensix::Arithmetic;
using tensix::DataFormat;
using tensix::EltwiseOp;
using tensix::Precision;

constexpr uint32_t words = Engine::dst_tile_words;

/// Source words (see tensix/arithmetic.h) in DST order: face f at 256 f.
struct alignas(64) Tile {
    uint32_t v[words];
};

inline DataFormat format_of(const tsr_cb& cb) {
    return static_cast<DataFormat>(cb.data_format);
}

// What SrcA and SrcB hold of a format.
inline Precision source_precision(const Engine& e, DataFormat format) {
    if (format == DataFormat::Float32) {
        return e.fp32_source;
    }
    if (format == DataFormat::Tf32) {
        return e.fp32_dest ? Precision::Tf32 : Precision::Bf16;
    }
    if (format == DataFormat::Int8 || format == DataFormat::UInt8) {
        return Precision::Int8;
    }
    return tensix::is_fp16_class(format) ? Precision::Fp16 : Precision::Bf16;
}

// What DST holds of results of operands of that precision.
inline Precision dst_precision(const Engine& e, Precision source) {
    return source == Precision::Int8   ? Precision::Int8
           : e.fp32_dest               ? Precision::Fp32
           : source == Precision::Fp16 ? Precision::Fp16
                                       : Precision::Bf16;
}

// Raw integers and, where the kernel asks for it, fp32 go straight to DST.
inline bool straight_to_dst(const Engine& e, uint32_t cb, DataFormat format) {
    return format == DataFormat::Float32 ? e.fp32_dest && e.unpack_to_dest[cb] != 0
                                         : tensix::is_integer(format) && format != DataFormat::Int8;
}

// A tile's values in DST order: face f at 256 f, whatever the height of its faces.
inline void unpack_tile(const Engine& e, const tsr_cb& cb, const uint8_t* tile, Precision to, uint32_t* out) {
    const DataFormat format = format_of(cb);
    const uint32_t face = uint32_t{cb.face_rows} * 16;
    const uint32_t datums = face * cb.num_faces;
    const uint32_t exponents = tensix::exponent_bytes(format, datums);
    if (face == 256) {
        e.arithmetic->unpack(format, to, tile, tile + exponents, datums, out);
        return;
    }
    const uint32_t bits = tensix::datum_bits(format);
    for (uint32_t f = 0; f < cb.num_faces; ++f) {
        e.arithmetic->unpack(format, to, tile + f * face / 16, tile + exponents + f * face * bits / 8, face,
                             out + f * 256);
    }
}

inline void read_tile(const Engine& e, uint32_t cb, uint32_t tile, const char* role, Precision source, uint32_t* out) {
    const tsr_cb& from = engine_cb(cb, role);
    const uint8_t* data = engine_input(cb, tile, uint64_t{tile} * from.fifo_page_size, from.tile_size);
    unpack_tile(e, from, data, source, out);
}

// Faces of `rows` x `cols` of 16x16 values in 256-word faces, both ways exchanged.
template <typename T>
inline void transpose_faces(const T* in, T* out, uint32_t face_rows, uint32_t face_cols) {
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

inline uint32_t face_cols(const tsr_cb& cb) {
    return cb.tile_cols > 16 ? 2 : 1;
}
inline uint32_t face_rows_of(const tsr_cb& cb) {
    return (cb.num_faces + face_cols(cb) - 1) / face_cols(cb);
}

inline uint32_t current_half(const Engine& e) {
    return e.full_sync ? 0 : e.math_half;
}

// The address of tile idst for an operation that overwrites all of it.
inline uint32_t* overwrite(Engine& e, uint32_t idst, bool fp16) {
    engine_check_dst(e, idst, 1);
    check_acquired(e);
    const uint32_t half = current_half(e);
    const uint32_t bit = 1u << idst;
    e.live[half] |= bit;
    e.whole[half] |= bit;
    e.unrounded[half] &= ~bit;
    e.fp16[half] = fp16 ? e.fp16[half] | bit : e.fp16[half] & ~bit;
    return e.half_base(half) + idst * words;
}

inline bool is_live(const Engine& e, uint32_t idst) {
    return idst < 32 && (e.live[current_half(e)] >> idst & 1) != 0;  // whether there is such a tile is told by others
}

inline void need_float(const tsr_cb& cb, uint32_t id, const char* what) {
    if (tensix::is_integer(format_of(cb)) && format_of(cb) != DataFormat::Int8 && format_of(cb) != DataFormat::UInt8) {
        engine_error("unsupported-data-format",
                     "the matrix unit knows floating-point formats and Int8; use the vector unit's integer operations",
                     "%s can't take format %s (circular buffer c_%u)", what, tensix::name(format_of(cb)), id);
    }
}

// The precision in which two operands are unpacked and combined: Float32 is cut to whatever the other operand is.
inline Precision common_precision(const Engine& e, uint32_t cb0, const tsr_cb& in0, uint32_t cb1, const tsr_cb& in1) {
    const DataFormat f0 = format_of(in0), f1 = format_of(in1);
    const Precision a = source_precision(e, f0), b = source_precision(e, f1);
    if (a == b || (f1 == DataFormat::Float32 && a == Precision::Fp16)) {
        return a;
    }
    if (f0 == DataFormat::Float32 && b == Precision::Fp16) {
        return b;
    }
    const auto wide = [](Precision p) { return p == Precision::Tf32 || p == Precision::Bf16; };
    if (!wide(a) || !wide(b)) {
        engine_error("unsupported-data-format",
                     "give both operands formats of the same kind: with 8-bit exponents (Float16_b, Bfp8_b, ...), with "
                     "5-bit exponents (Float16, Bfp8, ...), or integers",
                     "the matrix unit can't combine formats %s (circular buffer c_%u) and %s (c_%u)", tensix::name(f0),
                     cb0, tensix::name(f1), cb1);
    }
    return Precision::Tf32;
}

inline EngineOp op_of(const Engine& e, EngineOp::Kind kind, uint32_t idst) {
    EngineOp op;
    op.kind = kind;
    op.fidelity = e.fidelity;
    op.dst_32bit = e.fp32_dest;
    op.dst = idst;
    return op;
}

// One tile out of row-major data `block` tiles wide.
inline void gather(const Engine& e, uint32_t cb, const tsr_cb& from, uint32_t block, uint32_t column, uint32_t rows,
                   uint32_t across, uint32_t face_rows, Precision to, uint32_t* out) {
    const DataFormat format = format_of(from);
    if (tensix::is_block_float(format)) {
        engine_error("unsupported-data-format", "tilize from a format without shared exponents",
                     "row-major data can't have format %s (circular buffer c_%u)", tensix::name(format), cb);
    }
    if (block == 0) {
        engine_error("tile-past-circular-buffer", "give the number of tiles in a row of the block",
                     "tilize of a block without tiles (circular buffer c_%u)", cb);
    }
    const uint32_t bytes = tensix::datum_bits(format) / 8;
    const uint64_t line = uint64_t{block} * across * 16 * bytes;
    const uint64_t start = uint64_t{column / block} * rows * line + uint64_t{column % block} * across * 16 * bytes;
    engine_input(cb, column, start + (rows - 1) * line, across * 16 * bytes);
    const uint8_t* data = tsr_ctx->l1 + from.fifo_rd_ptr + start;
    for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t f = 0; f < across; ++f) {
            const uint8_t* piece = data + r * line + f * 16 * bytes;
            e.arithmetic->unpack(format, to, piece, piece, 16,
                                 out + (r / face_rows * across + f) * 256 + r % face_rows * 16);
        }
    }
}

}  // namespace tessera::sim

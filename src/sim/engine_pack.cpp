// The packer: DST to circular buffers.
#include <sim/engine_checks.h>

#include <cstring>

namespace tessera::sim {

using tensix::DataFormat;
using tensix::PackPlan;
using tensix::Precision;

namespace {

constexpr uint32_t words = Engine::dst_tile_words;
alignas(64) constinit const uint32_t zero_tile[words] = {};

struct Output {
    const tsr_cb* cb;
    DataFormat format;
};

Output output(uint32_t cb) {
    const tsr_cb& to = engine_cb(cb, "output");
    return {&to, static_cast<DataFormat>(to.data_format)};
}

uint8_t* at(uint32_t cb, uint64_t address, uint64_t bytes) {
    const tsr_cb& to = tsr_ctx->cbs[cb];
    const uint64_t end = address + bytes;
    if (end > to.fifo_limit) {
        engine_error("pack-past-circular-buffer",
                     "pages are packed one after the other from the write pointer until cb_push_back: reserve and push "
                     "as many as "
                     "you pack, in blocks that divide the buffer",
                     "packing to bytes %llu to %llu of L1 runs past the end of circular buffer c_%u at %u",
                     static_cast<unsigned long long>(address), static_cast<unsigned long long>(end), cb, to.fifo_limit);
    }
    return tsr_ctx->l1 + address;
}

// Tile idst of PACK's section as DST would hold it, or before its rounding.
const uint32_t* source(Engine& e, uint32_t idst, bool rounded = true) {
    engine_check_dst(e, idst, 1);
    const uint32_t half = e.full_sync ? 0 : e.pack_half;
    if (!(e.live[half] & (1u << idst))) {
        if (e.checks) {
            tell_never_written(e, idst, true);
        }
        return zero_tile;
    }
    if (rounded) {
        engine_round(e, half, idst);
    }
    return e.half_base(half) + idst * words;
}

PackPlan plan_for(const Engine& e, uint32_t idst, DataFormat format) {
    engine_check_dst(e, idst, 1);
    const uint32_t half = e.full_sync ? 0 : e.pack_half;
    PackPlan plan;
    plan.format = format;
    plan.dst = e.fp32_dest ? Precision::Fp32 : e.fp16[half] & (1u << idst) ? Precision::Fp16 : Precision::Bf16;
    plan.bfp_prerounded = !e.bfp8_precise;
    plan.via = format == DataFormat::Float16    ? DataFormat::Float16_b
               : format == DataFormat::Fp8_e4m3 ? DataFormat::Tf32
                                                : DataFormat::Invalid;
    plan.l1_accumulate = e.l1_accumulate;
    plan.relu = e.relu_mode;
    plan.relu_threshold = e.relu_threshold;
    if (e.l1_accumulate && (tensix::is_block_float(format) || tensix::datum_bits(format) < 16)) {
        engine_error("unsupported-data-format", "accumulate in Float32, Float16_b, Float16 or Int32",
                     "the packer can't accumulate in L1 in format %s", tensix::name(format));
    }
    return plan;
}

// What the reduction's edge mask leaves of a tile.
const uint32_t* masked(const Engine& e, const uint32_t* tile, uint32_t* scratch) {
    if (e.reduce_mask < 0) {
        return tile;
    }
    std::memset(scratch, 0, words * 4);
    if (e.reduce_mask == TSR_REDUCE_ROW) {
        for (uint32_t row = 0; row < 16; ++row) {
            scratch[row * 16] = tile[row * 16];
            scratch[512 + row * 16] = tile[512 + row * 16];
        }
    } else if (e.reduce_mask == TSR_REDUCE_COL) {
        std::memcpy(scratch, tile, 64);
        std::memcpy(scratch + 256, tile + 256, 64);
    } else {
        scratch[0] = tile[0];
    }
    return scratch;
}

void pack_to(Engine& e, uint32_t idst, const Output& to, uint8_t* out) {
    alignas(64) uint32_t scratch[words];
    PackPlan plan = plan_for(e, idst, to.format);
    // Rounding on the way out spares a pass over the tile.
    plan.unrounded = to.format == DataFormat::Float16_b && plan.dst == Precision::Bf16 && plan.relu == 0 &&
                     !plan.l1_accumulate && (e.unrounded[e.full_sync ? 0 : e.pack_half] >> idst & 1) != 0;
    const uint32_t* tile = masked(e, source(e, idst, !plan.unrounded), scratch);
    if (__builtin_expect(e.reduce_mask >= 0 && e.checks && (e.whole[e.full_sync ? 0 : e.pack_half] >> idst & 1) != 0,
                         0)) {
        tell_masked(e, idst);
    }
    const uint32_t face = uint32_t{to.cb->face_rows} * 16;
    const uint32_t datums = face * to.cb->num_faces;
    const uint32_t exponents = tensix::exponent_bytes(to.format, datums);
    const uint32_t bits = tensix::datum_bits(to.format);
    if (face == 256) {
        e.arithmetic->pack(plan, tile, datums, out, out + exponents);
        return;
    }
    for (uint32_t f = 0; f < to.cb->num_faces; ++f) {
        e.arithmetic->pack(plan, tile + f * 256, face, out + f * face / 16, out + exponents + f * face * bits / 8);
    }
}

EngineOp observe_pack(Engine& e, EngineOp::Kind kind, uint32_t idst, uint32_t cb, uint32_t tile, uint32_t tiles,
                      bool out_of_order = false) {
    EngineOp op;
    op.kind = kind;
    op.cb0 = cb;
    op.dst = idst;
    op.tile0 = tile;
    op.tiles = tiles;
    op.dst_32bit = e.fp32_dest;
    op.out_of_order = out_of_order;
    engine_observe(e, op);
    return op;
}

/// What every pack asks of the kernel.
void check_pack(Engine& e, uint32_t mode, uint32_t cb) {
    check_waited(e);
    check_pack_setup(e, mode);
    check_pack_format(e, cb);
}

void pack_one(Engine& e, uint32_t idst, uint32_t cb, uint32_t tile, bool out_of_order) {
    const Output to = output(cb);
    tsr_cb& state = tsr_ctx->cbs[cb];
    const uint64_t slot = out_of_order ? tile : state.fifo_wr_tile++;
    const uint64_t address = state.fifo_wr_ptr + slot * state.fifo_page_size;
    uint8_t* out = at(cb, address, state.tile_size);
    prefetch_tile(out + state.fifo_page_size, state.tile_size, true);
    pack_to(e, idst, to, out);
}

}  // namespace
}  // namespace tessera::sim

using tessera::sim::Engine;
using tessera::sim::engine;
using tessera::sim::EngineOp;

extern "C" {

void tsr_pack_tile(uint32_t idst, uint32_t cb, uint32_t tile, uint32_t out_of_order) {
    Engine& e = engine();
    tessera::sim::check_pack(e, TSR_PACK_TILES, cb);
    const EngineOp op = tessera::sim::observe_pack(e, EngineOp::Kind::Pack, idst, cb, tile, 1, out_of_order != 0);
    tessera::sim::pack_one(e, idst, cb, tile, out_of_order != 0);
    tessera::sim::engine_done(e, op);
}

void tsr_pack_block(uint32_t idst, uint32_t cb, uint32_t tiles) {
    Engine& e = engine();
    tessera::sim::check_pack(e, TSR_PACK_TILES, cb);
    const EngineOp op = tessera::sim::observe_pack(e, EngineOp::Kind::Pack, idst, cb, 0, tiles);
    for (uint32_t t = 0; t < tiles; ++t) {
        tessera::sim::pack_one(e, idst + t, cb, 0, false);
    }
    tessera::sim::engine_done(e, op);
}

void tsr_pack_rows(uint32_t idst, uint32_t cb, uint32_t tile) {
    Engine& e = engine();
    tessera::sim::check_pack(e, TSR_PACK_ROWS, cb);
    const EngineOp op = tessera::sim::observe_pack(e, EngineOp::Kind::PackRows, idst, cb, tile, 1);
    const auto to = tessera::sim::output(cb);
    if (tessera::tensix::is_block_float(to.format)) {
        tessera::sim::engine_error("unsupported-data-format", "use a format without shared exponents",
                                   "pack_rows can't write format %s", tessera::tensix::name(to.format));
    }
    const uint32_t datums = (e.pack_rows < 64 ? e.pack_rows : 64) * 16;
    const uint64_t address = to.cb->fifo_wr_ptr + uint64_t{tile} * to.cb->fifo_page_size;
    uint8_t* out = tessera::sim::at(cb, address, uint64_t{datums} * tessera::tensix::datum_bits(to.format) / 8);
    e.arithmetic->pack(tessera::sim::plan_for(e, idst, to.format), tessera::sim::source(e, idst), datums, out, out);
    tessera::sim::engine_done(e, op);
}

void tsr_pack_untilize(uint32_t idst, uint32_t cb, uint32_t block_ct, uint32_t full_ct, uint32_t rt, uint32_t c_index,
                       uint32_t face_rows, uint32_t num_faces, uint32_t datums, uint32_t diagonal) {
    Engine& e = engine();
    EngineOp op;
    op.kind = EngineOp::Kind::PackUntilize;
    op.cb0 = cb;
    op.dst = idst;
    op.tiles = block_ct * rt;
    op.ct = block_ct;
    op.rt = rt;
    op.full_ct = full_ct;
    op.column = c_index;
    op.face_rows = face_rows;
    op.num_faces = num_faces;
    op.datums = datums;
    op.dst_32bit = e.fp32_dest;
    tessera::sim::check_pack(e, TSR_PACK_UNTILIZED, cb);
    tessera::sim::engine_observe(e, op);
    const auto to = tessera::sim::output(cb);
    if (tessera::tensix::is_block_float(to.format)) {
        tessera::sim::engine_error("unsupported-data-format", "untilize to a format without shared exponents",
                                   "row-major data can't have format %s", tessera::tensix::name(to.format));
    }
    if (diagonal) {
        tessera::sim::engine_error("unsupported-operation", "use pack_untilize_dest without diagonal",
                                   "pack_untilize_dest<..., diagonal = true> is not supported");
    }
    const uint32_t bytes = tessera::tensix::datum_bits(to.format) / 8;
    const uint32_t across = num_faces > 1 ? 2 : 1;
    const uint32_t width = datums < across * 16 ? datums : across * 16;
    const uint32_t lines = face_rows * (num_faces > 2 ? 2 : 1);
    const uint64_t line_bytes = uint64_t{full_ct} * width * bytes;
    for (uint32_t r = 0; r < rt; ++r) {
        const uint64_t start = to.cb->fifo_wr_ptr + uint64_t{r} * full_ct * to.cb->fifo_page_size +
                               uint64_t{c_index} * block_ct * width * bytes;
        for (uint32_t c = 0; c < block_ct; ++c) {
            const uint32_t tile = idst + r * block_ct + c;
            const uint32_t* from = tessera::sim::source(e, tile);
            const auto plan = tessera::sim::plan_for(e, tile, to.format);
            const uint64_t column = start + uint64_t{c} * width * bytes;
            tessera::sim::at(cb, column + (lines - 1) * line_bytes, width * bytes);
            for (uint32_t line = 0; line < lines; ++line) {
                uint8_t* out = tsr_ctx->l1 + column + line * line_bytes;
                for (uint32_t f = 0; f * 16 < width; ++f) {
                    const uint32_t* row = from + ((line / face_rows * across + f) * 16 + line % face_rows) * 16;
                    const uint32_t count = width - f * 16 < 16 ? width - f * 16 : 16;
                    e.arithmetic->pack(plan, row, count, out, out + f * 16 * bytes);
                }
            }
        }
    }
    tessera::sim::engine_done(e, op);
}

}  // extern "C"

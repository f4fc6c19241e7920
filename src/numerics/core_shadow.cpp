// The matrix unit's and the unpackers' operations, repeated in float64.
#include <numerics/core_shadow.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <sim/engine_tiles.h>

namespace tessera::numerics {

using sim::Engine;
using sim::EngineOp;

void Site::merge(const Site& other) {
    if (count == 0 && restarted == 0) {
        const uint64_t mine = restarted;
        *this = other;
        restarted += mine;
        return;
    }
    count += other.count;
    sum_in += other.sum_in;
    sum_out += other.sum_out;
    max_in = std::max(max_in, other.max_in);
    max_out = std::max(max_out, other.max_out);
    restarted += other.restarted;
    if (other.grows < grows) {
        grows = other.grows;
        grows_in = other.grows_in;
        grows_out = other.grows_out;
    }
}

void CoreShadow::start(uint32_t kernel, uint64_t run) {
    place_ = {kernel, 0};
    now_ = {run, 0};
    for (DstTile& tile : tiles_) {
        tile.known = false;
    }
}

Site& CoreShadow::site(const Engine& e, const std::string& operation, const std::string& output) {
    Site& at = totals.sites[{place_, operation, output}];
    if (at.operation.empty()) {
        at.operation = operation;
        at.output = output;
        at.call = call_;
    }
    at.fidelity = e.fidelity;
    at.dst_32bit = e.fp32_dest;
    at.restarted += restarted_;
    restarted_ = 0;
    return at;
}

CoreShadow::DstTile& CoreShadow::sync(Engine& e, uint32_t p, bool live) {
    DstTile& tile = tiles_[p];
    const uint32_t* memory = e.dst + size_t{p} * words;
    if (!live) {
        std::memset(tile.v, 0, sizeof(tile.v));
        std::memset(tile.bits, 0, sizeof(tile.bits));
        tile.known = true;
        tile.integer = tile.unrounded = false;
        return tile;
    }
    if (!tile.known) {
        std::memset(tile.bits, 0, sizeof(tile.bits));
        std::memset(tile.v, 0, sizeof(tile.v));
        tile.known = true;
        tile.integer = tile.unrounded = false;
    }
    if (std::memcmp(tile.bits, memory, sizeof(tile.bits)) == 0) {
        return tile;
    }
    if (tile.unrounded && e.arithmetic->round != nullptr) {
        e.arithmetic->round(tile.fp16 ? tensix::Precision::Fp16 : tensix::Precision::Bf16, tile.bits, words);
        tile.unrounded = false;
    }
    for (uint32_t i = 0; i < words; ++i) {
        if (tile.bits[i] != memory[i]) {
            tile.bits[i] = memory[i];
            tile.v[i] = std::bit_cast<float>(memory[i]);
            count_restart(1);
        }
    }
    return tile;
}

double CoreShadow::error_of(Engine& e, const DstTile& tile, const uint32_t* memory, const bool* changed) {
    if (tile.integer) {
        return 0;
    }
    alignas(64) uint32_t rounded[words];
    if (tile.unrounded && e.arithmetic->round != nullptr) {
        std::memcpy(rounded, memory, sizeof(rounded));
        e.arithmetic->round(tile.fp16 ? tensix::Precision::Fp16 : tensix::Precision::Bf16, rounded, words);
        memory = rounded;
    }
    for (uint32_t i = 0; i < words; ++i) {
        held_[i] = changed == nullptr || changed[i] ? std::bit_cast<float>(memory[i]) : 0;
        spread_[i] = changed == nullptr || changed[i] ? tile.v[i] : 0;
    }
    return mean_relative_error(held_, spread_, words);
}

void CoreShadow::note(Site& at, double in, double out, double explained, uint64_t tiles) {
    at.count += tiles;
    at.sum_in += in * static_cast<double>(tiles);
    at.sum_out += out * static_cast<double>(tiles);
    at.max_in = std::max(at.max_in, in);
    at.max_out = std::max(at.max_out, out);
    if (out > std::max(2 * in, explained) && now_ < at.grows) {
        at.grows = now_;
        at.grows_in = in;
        at.grows_out = out;
    }
}

void CoreShadow::settle(Engine& e, uint32_t p, const double* result, bool integer, double in_error, Site& at,
                        const bool* changed) {
    DstTile& tile = tiles_[p];
    const uint32_t* memory = e.dst + size_t{p} * words;
    const uint32_t half = e.full_sync ? 0 : p / 8, bit = e.full_sync ? p : p % 8;
    tile.known = true;
    tile.integer = integer;
    tile.unrounded = (e.unrounded[half] >> bit & 1) != 0;
    tile.fp16 = !e.fp32_dest && (e.fp16[half] >> bit & 1) != 0;
    for (uint32_t i = 0; i < words; ++i) {
        const bool computed = changed == nullptr || changed[i];
        if (!integer && computed) {
            tile.v[i] = result[i];
        } else if (integer || tile.bits[i] != memory[i]) {
            tile.v[i] = std::bit_cast<float>(memory[i]);
        }
    }
    std::memcpy(tile.bits, memory, sizeof(tile.bits));
    at.format = e.fp32_dest ? DataFormat::Float32 : tile.fp16 ? DataFormat::Float16 : DataFormat::Float16_b;
    if (!integer) {
        note(at, in_error, error_of(e, tile, memory, changed), explained_by(at.format));
    }
}

void CoreShadow::read_values(Engine& e, uint32_t cb, const uint8_t* memory, uint32_t datums, double* actual,
                             double* shadow) {
    const tsr_cb& from = e.risc->context.cbs[cb];
    const DataFormat format = sim::format_of(from);
    const uint32_t exponents = tensix::exponent_bytes(format, datums);
    decode(format, memory, memory + exponents, datums, actual);
    const Found found = memory_.read(memory, format, exponents, datums, actual, shadow);
    if (found.shadowed == 0 && found.restarted == 0) {
        return;
    }
    BufferErrors& errors = totals.buffers[{place_.kernel, cb}];
    errors.format = format;
    errors.restarted += found.restarted;
    count_restart(found.restarted);
    if (found.shadowed != 0 && !tensix::is_integer(format)) {
        errors.unpacked.add(format, actual, shadow, datums);
    }
}

void CoreShadow::read_operand(Engine& e, uint32_t cb, uint32_t tile, Operand& out) {
    const tsr_cb& from = e.risc->context.cbs[cb];
    const DataFormat format = sim::format_of(from);
    out.clear();
    out.integer = tensix::is_integer(format);
    const uint32_t face = uint32_t{from.face_rows} * 16, datums = face * from.num_faces;
    double *actual = actual_, *shadow = shadow_;
    read_values(e, cb, e.risc->context.l1 + from.fifo_rd_ptr + size_t{tile} * from.fifo_page_size, datums, actual,
                shadow);
    for (uint32_t f = 0; f < from.num_faces; ++f) {
        std::copy_n(actual + size_t{f} * face, face, out.actual + size_t{f} * 256);
        std::copy_n(shadow + size_t{f} * face, face, out.shadow + size_t{f} * 256);
    }
    out.error = mean_relative_error(actual, shadow, datums);
}

void CoreShadow::gather_operand(Engine& e, uint32_t cb, uint32_t block, uint32_t column, uint32_t rows, uint32_t across,
                                uint32_t face_rows, Operand& out) {
    const tsr_cb& from = e.risc->context.cbs[cb];
    const DataFormat format = sim::format_of(from);
    out.clear();
    out.integer = tensix::is_integer(format);
    const uint32_t bytes = tensix::datum_bits(format) / 8;
    const uint64_t line = uint64_t{block} * across * 16 * bytes;
    const uint64_t start = uint64_t{column / block} * rows * line + uint64_t{column % block} * across * 16 * bytes;
    const uint8_t* data = e.risc->context.l1 + from.fifo_rd_ptr + start;
    for (uint32_t r = 0; r < rows; ++r) {
        double actual[32], shadow[32];
        read_values(e, cb, data + r * line, across * 16, actual, shadow);
        for (uint32_t f = 0; f < across; ++f) {
            const size_t to = size_t{r / face_rows * across + f} * 256 + r % face_rows * 16;
            for (uint32_t i = 0; i < 16; ++i) {
                out.actual[to + i] = actual[f * 16 + i];
                out.shadow[to + i] = shadow[f * 16 + i];
            }
        }
    }
    out.error = mean_relative_error(out.actual, out.shadow, words);
}

// --- Before ----------------------------------------------------------------------------------------------------------

void CoreShadow::before(Engine& e, const EngineOp& op, const Call& call) {
    using Kind = EngineOp::Kind;
    place_.offset = call[0];
    call_ = call;
    ++now_.operation;
    restarted_ = 0;
    valid_ = false;
    const bool packs = op.kind == Kind::Pack || op.kind == Kind::PackRows || op.kind == Kind::PackUntilize;
    if (op.kind == Kind::DstRelease) {
        const uint32_t first = pack_tile(e, 0);
        for (uint32_t t = first; t < (e.full_sync ? 16 : first + 8); ++t) {
            tiles_[t].known = false;
        }
        return;
    }
    uint32_t count = 1;
    switch (op.kind) {
        case Kind::Matmul:
            count = op.rt * op.ct;
            break;
        case Kind::Pack:
        case Kind::PackUntilize:
            count = op.tiles;
            break;
        case Kind::Reduce:
            count = op.from_dst ? op.tiles : 1;
            break;
        case Kind::DstAcquire:
        case Kind::DstCommit:
        case Kind::DstWait:
        case Kind::Configure:
            return;
        default:
            break;
    }
    if (op.dst >= e.section_tiles || count == 0 || count > e.section_tiles - op.dst) {
        return;  // the engine is about to end the run
    }
    valid_ = true;
    totals.most_dst_tiles = std::max(totals.most_dst_tiles, op.dst + count);
    totals.dst_widths |= e.fp32_dest ? 2u : 1u;
    totals.fidelities |= 1u << (e.fidelity & 7);
    totals.full_sync = totals.full_sync || e.full_sync;
    const uint32_t half = e.full_sync ? 0 : packs ? e.pack_half : e.math_half;
    live_ = e.live[half];
    const bool reads_dst = packs || op.kind == Kind::BinaryDestReuse || op.kind == Kind::TransposeDst ||
                           op.kind == Kind::Matmul || op.kind == Kind::Reduce ||
                           (op.kind == Kind::Binary && (op.op == TSR_ELWMUL || e.acc_to_dest));
    if (reads_dst) {
        for (uint32_t t = 0; t < count; ++t) {
            const uint32_t p = packs ? pack_tile(e, op.dst + t) : math_tile(e, op.dst + t);
            const DstTile& tile = sync(e, p, (live_ >> (op.dst + t) & 1) != 0);
            dst_error_[t] = (live_ >> (op.dst + t) & 1) != 0 ? error_of(e, tile, e.dst + size_t{p} * words) : 0;
        }
    }
    if (!packs) {
        return;
    }
    if (op.cb0 >= TSR_MAX_CBS || e.risc->context.cbs[op.cb0].fifo_num_pages == 0) {
        valid_ = false;
        return;
    }
    const tsr_cb& to = e.risc->context.cbs[op.cb0];
    const DataFormat format = sim::format_of(to);
    wr_tile_ = to.fifo_wr_tile;
    addends_.clear();
    if (!e.l1_accumulate || tensix::is_block_float(format) || tensix::datum_bits(format) < 16 ||
        tensix::is_integer(format)) {
        return;
    }
    for (uint32_t t = 0; t < op.tiles; ++t) {
        std::vector<double> shadows;
        for (const Piece& piece : pieces_of(e, op, t)) {
            const uint64_t bytes = uint64_t{piece.datums} * tensix::datum_bits(format) / 8;
            if (piece.address + bytes > e.risc->context.l1_size) {
                valid_ = false;
                return;
            }
            const uint8_t* memory = e.risc->context.l1 + piece.address;
            std::vector<double> actual(piece.datums), shadow(piece.datums);
            decode(format, memory, memory, piece.datums / 16 * 16, actual.data());
            const Found found = memory_.read(memory, format, 0, piece.datums / 16 * 16, actual.data(), shadow.data());
            count_restart(found.restarted);
            shadows.insert(shadows.end(), shadow.begin(), shadow.end());
        }
        addends_.push_back(std::move(shadows));
    }
}

// --- After -----------------------------------------------------------------------------------------------------------

void CoreShadow::after(Engine& e, const EngineOp& op) {
    using Kind = EngineOp::Kind;
    if (!valid_) {
        return;
    }
    switch (op.kind) {
        case Kind::Copy:
            return copy(e, op);
        case Kind::Binary:
            return binary(e, op);
        case Kind::BinaryDestReuse:
            return binary_dest_reuse(e, op);
        case Kind::Matmul:
            return matmul(e, op);
        case Kind::Reduce:
            return op.from_dst ? reduce_dst(e, op) : reduce(e, op);
        case Kind::TransposeDst:
            return transpose_dst(e, op);
        case Kind::UnpackTilize:
            return tilize(e, op);
        case Kind::Pack:
        case Kind::PackRows:
        case Kind::PackUntilize:
            return pack(e, op);
        default:
            break;
    }
}

namespace {

void broadcast(const double* in, double* out, uint32_t bcast, uint32_t row, uint32_t across) {
    for (uint32_t f = 0; f < 4; ++f) {
        for (uint32_t r = 0; r < 16; ++r) {
            for (uint32_t c = 0; c < 16; ++c) {
                const size_t from = bcast == TSR_BCAST_SCALAR ? 0
                                    : bcast == TSR_BCAST_COL
                                        ? size_t{f / across * across} * 256 + r * 16
                                        : size_t{row / 16 * across + f % across} * 256 + row % 16 * 16 + c;
                out[f * 256 + r * 16 + c] = from < 1024 ? in[from] : 0;
            }
        }
    }
}

double elementwise(uint32_t op, double a, double b) {
    return op == TSR_ELWMUL ? a * b : op == TSR_ELWADD ? a + b : a - b;
}

const char* binary_name(uint32_t op) {
    return op == TSR_ELWMUL ? "mul_tiles" : op == TSR_ELWADD ? "add_tiles" : "sub_tiles";
}

bool is_int8(DataFormat format) {
    return format == DataFormat::Int8 || format == DataFormat::UInt8;
}

uint32_t phases_of(const Engine& e) {
    return e.phases;
}

/// Marks the datums in DST order that a tile has; whole_faces: all of the faces that it has.
void present(const tsr_cb& cb, bool whole_faces, bool* changed) {
    for (uint32_t i = 0; i < 1024; ++i) {
        changed[i] = i / 256 < cb.num_faces && (whole_faces || i % 256 < uint32_t{cb.face_rows} * 16);
    }
}

/// Index in DST order of row r and column c.
uint32_t dst_index(uint32_t r, uint32_t c, uint32_t face_rows, uint32_t across) {
    return (r / face_rows * across + c / 16) * 256 + r % face_rows * 16 + c % 16;
}

}  // namespace

void CoreShadow::copy(Engine& e, const EngineOp& op) {
    const tsr_cb& from = e.risc->context.cbs[op.cb0];
    Operand& in = a_;
    read_operand(e, op.cb0, op.tile0, in);
    double* result = result_;
    std::fill_n(result, words, 0.0);
    if (op.transpose) {
        sim::transpose_faces(in.shadow, result, sim::face_rows_of(from), sim::face_cols(from));
    } else if (op.bcast != TSR_BCAST_NONE) {
        broadcast(in.shadow, result, op.bcast, 0, sim::face_cols(from));
    } else {
        std::copy_n(in.shadow, words, result);
    }
    Site& at = site(e, op.transpose ? "transpose_wh_tile" : "copy_tile", "DST");
    bool changed[words];
    present(from, op.transpose || op.bcast != TSR_BCAST_NONE, changed);
    settle(e, math_tile(e, op.dst), result, in.integer, in.error, at, changed);
}

void CoreShadow::tilize(Engine& e, const EngineOp& op) {
    const tsr_cb& from = e.risc->context.cbs[op.cb0];
    Operand& in = a_;
    gather_operand(e, op.cb0, op.ct, op.tile0, uint32_t{from.face_rows} * sim::face_rows_of(from), sim::face_cols(from),
                   from.face_rows, in);
    Site& at = site(e, "tilize_block", "DST");
    bool changed[words];
    present(from, false, changed);
    settle(e, math_tile(e, op.dst), in.shadow, in.integer, in.error, at, changed);
}

void CoreShadow::transpose_dst(Engine& e, const EngineOp& op) {
    const uint32_t p = math_tile(e, op.dst);
    double* result = result_;
    sim::transpose_faces(tiles_[p].v, result, 2, 2);
    const bool integer = tiles_[p].integer;
    settle(e, p, result, integer, dst_error_[0], site(e, "transpose_wh_dest", "DST"));
}

void CoreShadow::binary(Engine& e, const EngineOp& op) {
    const tsr_cb& in0 = e.risc->context.cbs[op.cb0];
    const tsr_cb& in1 = e.risc->context.cbs[op.cb1];
    Operand &a = a_, &b = b_;
    read_operand(e, op.cb0, op.tile0, a);
    read_operand(e, op.cb1, op.tile1, b);
    double* spread = spread_;
    const double* right = b.shadow;
    if (op.bcast != TSR_BCAST_NONE) {
        broadcast(b.shadow, spread, op.bcast, op.row, sim::face_cols(in1));
        right = spread;
    }
    const uint32_t p = math_tile(e, op.dst);
    const bool accumulate = (op.op == TSR_ELWMUL || e.acc_to_dest) && (live_ >> op.dst & 1) != 0;
    double in_error = std::max(a.error, b.error);
    in_error = accumulate ? std::max(in_error, dst_error_[0]) : in_error;
    double* result = result_;
    bool changed[words];
    for (uint32_t i = 0; i < words; ++i) {
        changed[i] = i / 256 < in0.num_faces && i % 256 < uint32_t{in0.face_rows} * 16;
        result[i] = elementwise(op.op, a.shadow[i], right[i]) + (accumulate ? tiles_[p].v[i] : 0);
    }
    const bool integer = is_int8(sim::format_of(in0));
    Site& at = site(e, binary_name(op.op), "DST");
    at.uses_fidelity = op.op == TSR_ELWMUL;
    settle(e, p, result, integer, in_error, at, changed);
    totals.matrix_cycles += 8 * (op.op == TSR_ELWMUL ? phases_of(e) : 1);
    totals.fidelity_operations += op.op == TSR_ELWMUL;
}

void CoreShadow::binary_dest_reuse(Engine& e, const EngineOp& op) {
    const uint32_t p = math_tile(e, op.dst);
    Operand& in = a_;
    read_operand(e, op.cb0, op.tile0, in);
    const bool dst_is_a = op.bcast == TSR_REUSE_DEST_AS_SRCA;
    double* result = result_;
    for (uint32_t i = 0; i < words; ++i) {
        const double held = tiles_[p].v[i];
        result[i] = dst_is_a ? elementwise(op.op, held, in.shadow[i]) : elementwise(op.op, in.shadow[i], held);
    }
    Site& at = site(e, std::string(binary_name(op.op)) + " (dest reuse)", "DST");
    at.uses_fidelity = op.op == TSR_ELWMUL;
    settle(e, p, result, is_int8(sim::format_of(e.risc->context.cbs[op.cb0])), std::max(in.error, dst_error_[0]), at);
    totals.matrix_cycles += 8 * (op.op == TSR_ELWMUL ? phases_of(e) : 1);
    totals.fidelity_operations += op.op == TSR_ELWMUL;
}

void CoreShadow::matmul(Engine& e, const EngineOp& op) {
    const tsr_cb& in0 = e.risc->context.cbs[op.cb0];
    const tsr_cb& in1 = e.risc->context.cbs[op.cb1];
    const uint32_t rows = in0.tile_rows, inner = in0.tile_cols;
    const uint32_t cols = op.transpose ? in1.tile_rows : in1.tile_cols;
    const bool integer = is_int8(sim::format_of(in0));
    std::vector<Operand> left(op.rt), right(op.ct);
    for (uint32_t r = 0; r < op.rt; ++r) {
        read_operand(e, op.cb0, op.tile0 + r * op.kt, left[r]);
    }
    // in1 as rows of 32, transposed where the unpacker does that.
    std::vector<double> matrices(size_t{op.ct} * words);
    for (uint32_t c = 0; c < op.ct; ++c) {
        read_operand(e, op.cb1, op.tile1 + c, right[c]);
        double* matrix = matrices.data() + size_t{c} * words;
        for (uint32_t k = 0; k < inner; ++k) {
            for (uint32_t j = 0; j < cols; ++j) {
                const uint32_t r = op.transpose ? j : k, col = op.transpose ? k : j;
                matrix[k * 32 + j] = right[c].shadow[dst_index(r, col, in1.face_rows, sim::face_cols(in1))];
            }
        }
    }
    Site& at = site(e, "matmul_tiles", "DST");
    at.uses_fidelity = true;
    const uint32_t out_across = cols > 16 ? 2 : 1;
    for (uint32_t r = 0; r < op.rt; ++r) {
        for (uint32_t c = 0; c < op.ct; ++c) {
            const uint32_t t = r * op.ct + c, p = math_tile(e, op.dst + t);
            const double* matrix = matrices.data() + size_t{c} * words;
            double* result = result_;
            std::copy_n(tiles_[p].v, words, result);
            for (uint32_t i = 0; i < rows; ++i) {
                double sums[32] = {};
                for (uint32_t k = 0; k < inner; ++k) {
                    const double x = left[r].shadow[dst_index(i, k, in0.face_rows, sim::face_cols(in0))];
                    for (uint32_t j = 0; j < 32; ++j) {
                        sums[j] += x * matrix[k * 32 + j];
                    }
                }
                for (uint32_t j = 0; j < cols; ++j) {
                    result[dst_index(i, j, in0.face_rows, out_across)] += sums[j];
                }
            }
            const double held = (live_ >> (op.dst + t) & 1) != 0 ? dst_error_[t] : 0;
            settle(e, p, result, integer, std::max({left[r].error, right[c].error, held}), at);
        }
    }
    const uint64_t tiles = uint64_t{op.rt} * op.ct;
    totals.matrix_cycles += tiles * ((rows + 7) / 8) * ((cols + 15) / 16) * ((inner + 15) / 16) * phases_of(e);
    totals.fidelity_operations += tiles;
}

}  // namespace tessera::numerics

// Reductions, the vector unit and the packer, repeated in float64.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include <numerics/core_shadow.h>
#include <numerics/functions.h>
#include <sim/engine_tiles.h>

namespace tessera::numerics {

using sim::Engine;
using sim::EngineOp;
using sim::SfpuOp;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// One pooling instruction on doubles: 16 rows of values, 16 rows of factors, four rows of results. The factors of a
/// maximum count by their power of two, and a factor of zero takes its row out.
void pool(uint32_t kind, bool fresh, const double* face, const double* scaler, double* dst) {
    if (kind == TSR_POOL_MAX || kind == TSR_POOL_MIN) {
        const double sign = kind == TSR_POOL_MIN ? -1 : 1;
        for (uint32_t i = 0; i < 16; ++i) {
            double best = fresh ? -infinity : sign * dst[i];
            for (uint32_t k = 0; k < 16; ++k) {
                if (scaler[k] != 0) {
                    best = std::max(best, std::ldexp(sign * face[k * 16 + i], std::ilogb(scaler[k])));
                }
            }
            dst[i] = sign * best;
        }
        std::fill_n(dst + 16, 48, 0.0);
        return;
    }
    for (uint32_t row = 0; row < 4; ++row) {
        for (uint32_t i = 0; i < 16; ++i) {
            double sum = fresh ? 0 : dst[row * 16 + i];
            for (uint32_t k = 0; k < 16; ++k) {
                sum += scaler[row * 16 + k] * face[k * 16 + i];
            }
            dst[row * 16 + i] = sum;
        }
    }
}

/// Sixteen sums of columns become a column and are pooled once more.
void row_to_datum(uint32_t kind, bool fresh, const double* columns, const double* scaler, double* dst) {
    double turned[256] = {};
    for (uint32_t i = 0; i < 16; ++i) {
        turned[i * 16] = columns[i];
    }
    pool(kind, fresh, turned, scaler, dst);
}

}  // namespace

void CoreShadow::reduce(Engine& e, const EngineOp& op) {
    Operand &values = a_, &scaler = b_;
    const tsr_cb& in = e.risc->context.cbs[op.cb0];
    uint32_t faces = in.num_faces, across = sim::face_cols(in), face_rows = in.face_rows;
    const bool extreme = op.op == TSR_POOL_MAX || op.op == TSR_POOL_MIN;
    if (op.pending) {
        // The engine has taken the tile from its queue: it is the one before the head.
        const Engine::PendingTile& tile = e.pending_tiles[(e.pending_head + 63) % 64];
        faces = tile.num_faces;
        across = faces > 1 ? 2 : 1;
        const uint32_t rows = tile.face_rows * ((faces + 1) / 2);
        gather_operand(e, op.cb0, tile.block, tile.column, rows, across, tile.face_rows, values);
        for (uint32_t f = 0; f < 4 && tile.minus_infinity; ++f) {
            std::fill(values.shadow + size_t{f} * 256 + size_t{tile.face_rows} * 16,
                      values.shadow + (f + 1) * size_t{256}, -infinity);
        }
        face_rows = 16;
    } else {
        read_operand(e, op.cb0, op.tile0, values);
    }
    read_operand(e, op.cb1, op.tile1, scaler);
    const double in_norm = std::max(values.error, scaler.error);
    if (face_rows < 16) {
        for (uint32_t f = 0; f < faces; ++f) {
            std::fill(values.shadow + size_t{f} * 256 + size_t{face_rows} * 16, values.shadow + (f + 1) * size_t{256},
                      extreme && op.bcast != TSR_REDUCE_ROW ? -infinity : 0.0);
        }
    }
    const uint32_t p = math_tile(e, op.dst), down = (faces + across - 1) / across;
    const bool live = (live_ >> op.dst & 1) != 0;
    double* result = result_;
    std::copy_n(tiles_[p].v, words, result);
    if (op.bcast == TSR_REDUCE_ROW) {
        for (uint32_t r = 0; r < down; ++r) {
            double* out = result + size_t{r} * across * 256;
            for (uint32_t c = 0; c < across; ++c) {
                double turned[256];
                sim::transpose_faces(values.shadow + (size_t{r} * across + c) * 256, turned, 1, 1);
                pool(op.op, !live && c == 0, turned, scaler.shadow, out);
            }
            double sums[16];
            std::copy_n(out, 16, sums);
            std::fill_n(out, 256, 0.0);
            std::copy_n(sums, 16, out);
            for (uint32_t i = 1; i < 16; ++i) {
                out[i * 16] = sums[i];
            }
        }
    } else if (op.bcast == TSR_REDUCE_COL) {
        for (uint32_t r = 0; r < down; ++r) {
            for (uint32_t c = 0; c < across; ++c) {
                pool(op.op, !live && r == 0, values.shadow + (size_t{r} * across + c) * 256, scaler.shadow,
                     result + size_t{c} * 256);
            }
        }
    } else {
        double columns[64] = {};
        for (uint32_t f = 0; f < faces; ++f) {
            pool(op.op, f == 0, values.shadow + size_t{f} * 256, scaler.shadow, columns);
        }
        row_to_datum(op.op, !live, columns, scaler.shadow, result);
    }
    Site& at = site(e, "reduce_tile", "DST");
    at.uses_fidelity = !extreme;
    settle(e, p, result, in.data_format == static_cast<uint32_t>(DataFormat::Int8),
           std::max(in_norm, live ? dst_error_[0] : 0), at);
    totals.matrix_cycles += uint64_t{faces} * (extreme ? 1 : e.phases);
    totals.fidelity_operations += extreme ? 0 : 1;
}

void CoreShadow::reduce_dst(Engine& e, const EngineOp& op) {
    double factors[256];
    std::fill_n(factors, 256, static_cast<double>(op.scaler));
    double columns[64] = {};
    double in_error = 0;
    for (uint32_t t = 0; t < op.tiles; ++t) {
        const DstTile& tile = tiles_[math_tile(e, t)];
        in_error = std::max(in_error, dst_error_[t]);
        for (uint32_t f = 0; f < 4; ++f) {
            pool(TSR_POOL_SUM, t == 0 && f == 0, tile.v + size_t{f} * 256, factors, columns);
        }
    }
    const uint32_t p = math_tile(e, 0);
    std::copy_n(tiles_[p].v, words, result_);
    row_to_datum(TSR_POOL_SUM, true, columns, factors, result_);
    // Only the four rows that the instruction writes are new.
    static const auto first_rows = [] {
        std::vector<uint8_t> rows(words, 0);
        std::fill_n(rows.begin(), 64, uint8_t{1});
        return rows;
    }();
    settle(e, p, result_, false, in_error, site(e, "reduce", "DST"), reinterpret_cast<const bool*>(first_rows.data()));
    totals.matrix_cycles += uint64_t{op.tiles} * 4 * e.phases;
    ++totals.fidelity_operations;
}

// --- The vector unit -------------------------------------------------------------------------------------------------

void CoreShadow::before(Engine& e, const SfpuOp& op, const Call& call) {
    place_.offset = call[0];
    call_ = call;
    ++now_.operation;
    restarted_ = 0;
    const uint32_t live = e.live[e.full_sync ? 0 : e.math_half];
    for (uint32_t i = 0; i < op.operands; ++i) {
        const uint32_t p = math_tile(e, op.in[i]);
        const DstTile& tile = sync(e, p, (live >> op.in[i] & 1) != 0);
        dst_error_[i] = error_of(e, tile, e.dst + size_t{p} * words);
    }
    const uint32_t out = math_tile(e, op.out);
    sync(e, out, (live >> op.out & 1) != 0);
    totals.most_dst_tiles = std::max(totals.most_dst_tiles, op.out + 1);
    totals.dst_widths |= e.fp32_dest ? 2u : 1u;
    totals.full_sync = totals.full_sync || e.full_sync;
}

namespace {

/// Marks the datums of a tile that a faces argument covers.
void covered(uint32_t faces, bool* changed) {
    const uint32_t iterations = faces >> 8, mode = faces & 0xFF;
    const uint32_t count = iterations == 0 || iterations >= 8 ? 256 : iterations * 32;
    for (uint32_t i = 0; i < 1024; ++i) {
        const uint32_t face = i / 256;
        const bool chosen = mode == TSR_FACES_RC  ? true
                            : mode == TSR_FACES_R ? face < 2
                            : mode == TSR_FACES_C ? face % 2 == 0
                                                  : face == 0;
        changed[i] = chosen && i % 256 < count;
    }
}

std::string lower(std::string name) {
    for (char& c : name) {
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return name;
}

}  // namespace

void CoreShadow::after(Engine& e, const SfpuOp& op) {
    bool changed[words];
    covered(op.operands == 3 ? uint32_t{TSR_FACES_RC} : op.faces, changed);
    const uint32_t p = math_tile(e, op.out);
    const DstTile& a = tiles_[math_tile(e, op.in[0])];
    const DstTile& b = tiles_[math_tile(e, op.in[1])];
    const DstTile& c = tiles_[math_tile(e, op.in[2])];
    const Meaning meaning = op.operands == 1   ? unary_meaning(op.op)
                            : op.operands == 2 ? binary_meaning(op.op)
                                               : Meaning::Value;
    const bool integers = a.integer && (op.operands < 3 || b.integer);
    const char* name = op.operands == 1   ? tensix::sfpu_unary_name(op.op)
                       : op.operands == 2 ? tensix::sfpu_binary_name(op.op)
                                          : tensix::sfpu_ternary_name(op.op);
    double* result = result_;
    for (uint32_t i = 0; i < words; ++i) {
        if (!changed[i] || meaning == Meaning::Bits) {
            result[i] = 0;
            continue;
        }
        result[i] = meaning == Meaning::Number ? number(op.op, a.bits[i])
                    : op.operands == 1         ? unary(op.op, a.v[i], op.p0, op.p1, op.p2)
                    : op.operands == 2         ? numerics::binary(op.op, a.v[i], b.v[i])
                                               : ternary(op.op, a.v[i], b.v[i], c.v[i], op.p0);
    }
    const bool moves = op.operands == 1   ? op.op == TSR_SFPU_COPY_BITS || op.op == TSR_SFPU_IDENTITY
                       : op.operands == 2 ? op.op == TSR_SFPU_COPY || op.op == TSR_SFPU_MASK_INT
                                          : op.op == TSR_SFPU_WHERE;
    const bool to_integer = meaning == Meaning::Bits || (integers && moves);
    if (meaning == Meaning::Bits && !a.integer) {
        count_restart(static_cast<uint64_t>(std::count(changed, changed + words, true)));
    }
    double in_error = 0;
    for (uint32_t i = 0; i < op.operands && meaning == Meaning::Value; ++i) {
        in_error = std::max(in_error, dst_error_[i]);
    }
    Site& at = site(e, name == nullptr ? "vector unit" : lower(name) + " (vector unit)", "DST");
    settle(e, p, result, to_integer, in_error, at, changed);
}

// --- The packer ------------------------------------------------------------------------------------------------------

std::vector<CoreShadow::Piece> CoreShadow::pieces_of(const Engine& e, const EngineOp& op, uint32_t t) const {
    using Kind = EngineOp::Kind;
    const tsr_cb& to = e.risc->context.cbs[op.cb0];
    const uint32_t bits = tensix::datum_bits(sim::format_of(to));
    std::vector<Piece> pieces;
    if (op.kind == Kind::Pack) {
        const uint32_t slot = op.out_of_order ? op.tile0 : wr_tile_ + t;
        pieces.push_back({to.fifo_wr_ptr + slot * to.fifo_page_size, 0, uint32_t{to.face_rows} * 16 * to.num_faces});
    } else if (op.kind == Kind::PackRows) {
        pieces.push_back({to.fifo_wr_ptr + op.tile0 * to.fifo_page_size, 0, std::min(e.pack_rows, 64u) * 16});
    } else {
        const uint32_t bytes = bits / 8, across = op.num_faces > 1 ? 2 : 1;
        const uint32_t width = std::min(op.datums, across * 16);
        const uint32_t lines = op.face_rows * (op.num_faces > 2 ? 2 : 1);
        const uint32_t line_bytes = op.full_ct * width * bytes;
        const uint32_t r = t / op.ct, c = t % op.ct;
        const uint32_t start =
            to.fifo_wr_ptr + r * op.full_ct * to.fifo_page_size + op.column * op.ct * width * bytes + c * width * bytes;
        for (uint32_t line = 0; line < lines; ++line) {
            for (uint32_t f = 0; f * 16 < width; ++f) {
                const uint32_t row = (line / op.face_rows * across + f) * 16 + line % op.face_rows;
                pieces.push_back({start + line * line_bytes + f * 16 * bytes, row * 16, std::min(width - f * 16, 16u)});
            }
        }
    }
    return pieces;
}

void CoreShadow::masked_values(const Engine& e, const double* tile, double* out) const {
    if (e.reduce_mask < 0) {
        std::copy_n(tile, words, out);
        return;
    }
    std::fill_n(out, words, 0.0);
    if (e.reduce_mask == TSR_REDUCE_ROW) {
        for (uint32_t row = 0; row < 16; ++row) {
            out[row * 16] = tile[row * 16];
            out[512 + row * 16] = tile[512 + row * 16];
        }
    } else if (e.reduce_mask == TSR_REDUCE_COL) {
        std::copy_n(tile, 16, out);
        std::copy_n(tile + 256, 16, out + 256);
    } else {
        out[0] = tile[0];
    }
}

void CoreShadow::pack(Engine& e, const EngineOp& op) {
    const tsr_cb& to = e.risc->context.cbs[op.cb0];
    const DataFormat format = sim::format_of(to);
    const uint32_t bits = tensix::datum_bits(format);
    const char* name = op.kind == EngineOp::Kind::Pack       ? "pack_tile"
                       : op.kind == EngineOp::Kind::PackRows ? "pack_rows"
                                                             : "pack_untilize";
    const double threshold = std::bit_cast<float>(e.relu_threshold);
    for (uint32_t t = 0; t < op.tiles; ++t) {
        const DstTile& tile = tiles_[pack_tile(e, op.dst + t)];
        const std::vector<Piece> pieces = pieces_of(e, op, t);
        const bool numbers = !tensix::is_integer(format) && !tile.integer;
        double *values = result_, *held = spread_;
        for (uint32_t i = 0; i < words; ++i) {
            held_[i] = std::bit_cast<float>(tile.bits[i]);
        }
        if (op.kind == EngineOp::Kind::Pack) {
            masked_values(e, tile.v, values);
            masked_values(e, held_, held);
        } else {
            std::copy_n(tile.v, words, values);
            std::copy_n(held_, words, held);
        }
        const uint32_t face = uint32_t{to.face_rows} * 16;
        auto packed = std::make_shared<Packed>();
        packed->format = format;
        std::vector<double> actual, in_actual, in_shadow;
        size_t done = 0;
        for (const Piece& piece : pieces) {
            const uint32_t exponents = tensix::exponent_bytes(format, piece.datums);
            const uint8_t* memory = e.risc->context.l1 + piece.address;
            const uint32_t bytes = exponents + piece.datums * bits / 8;
            if (!numbers) {
                memory_.forget(memory, bytes);
                continue;
            }
            packed->exponents = exponents;
            packed->bytes.insert(packed->bytes.end(), memory, memory + bytes);
            // Datums are decoded sixteen at a time; a narrow line's last ones from a copy.
            double decoded[words];
            alignas(16) uint8_t padded[64] = {};
            if (piece.datums % 16 != 0) {
                std::memcpy(padded, memory, bytes);
                memory = padded;
            }
            decode(format, memory, memory + exponents, (piece.datums + 15) / 16 * 16, decoded);
            for (uint32_t i = 0; i < piece.datums; ++i) {
                // Small faces lie 256 apart in DST and one after the other in L1.
                const uint32_t from = op.kind == EngineOp::Kind::Pack ? i / face * 256 + i % face : piece.first + i;
                double s = from < words ? values[from] : 0;
                in_actual.push_back(from < words ? held[from] : 0);
                in_shadow.push_back(s);
                s = e.relu_mode == TSR_RELU_NONE            ? s
                    : e.relu_mode == TSR_RELU_ZERO          ? std::max(s, 0.0)
                    : e.relu_mode == TSR_RELU_MIN_THRESHOLD ? (s <= threshold ? 0.0 : s)
                                                            : std::clamp(s, 0.0, std::max(threshold, 0.0));
                if (e.l1_accumulate && t < addends_.size() && done + i < addends_[t].size()) {
                    s += addends_[t][done + i];
                }
                packed->shadows.push_back(s);
                actual.push_back(decoded[i]);
            }
            done += piece.datums;
        }
        if (!numbers) {
            continue;
        }
        uint32_t offset = 0;
        for (const Piece& piece : pieces) {
            const uint32_t bytes = tensix::exponent_bytes(format, piece.datums) + piece.datums * bits / 8;
            memory_.write(e.risc->context.l1 + piece.address, packed, offset, bytes);
            offset += bytes;
        }
        BufferErrors& errors = totals.buffers[{place_.kernel, op.cb0}];
        errors.format = format;
        errors.packed.add(format, actual.data(), packed->shadows.data(), actual.size());
        Site& at = site(e, name, "c_" + std::to_string(op.cb0));
        at.format = format;
        note(at, mean_relative_error(in_actual.data(), in_shadow.data(), in_actual.size()),
             mean_relative_error(actual.data(), packed->shadows.data(), actual.size()), explained_by(format));
    }
}

}  // namespace tessera::numerics

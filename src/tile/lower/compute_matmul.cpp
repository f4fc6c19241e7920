// Products of matrices, subblock by subblock of the result.
//
// A subblock's sums stay in DST while K goes by. Between steps they lie in the result's ring, which turns by a subblock
// at a time: tiles come from its front and go to its back. Where the ring has exactly the result's tiles, front and
// back are one place, and the packer adds to what lies there instead of having it reloaded.
//
// Error of a sum of K products: HiFi4 with 32-bit DST about 2^-22 of the sum of the products' sizes for bf16 operands;
// fp16 loses nothing more; float32 operands are cut to 11 significant bits on their way to the matrix unit (2^-10
// each).
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <tile/lower/compute_code.h>

namespace tessera::tile::lower {

using device::Code;
using ir::DType;
using ir::Expr;

namespace {

/// A region of whole tiles of a Place, as rows and columns of tiles.
struct Matrix {
    Place place;
    uint32_t cb = 0;
    Expr matrix, row, column;  ///< where it begins, in tiles
    int64_t rows = 0, columns = 0;
    int64_t row_step = 0;                   ///< pages from one row to the next, inside a run
    int64_t run_rows = 0, run_columns = 0;  ///< rows and columns that lie so regularly

    Expr index(const Expr& r, const Expr& c) const {
        return pass::simplified(place.tile_index(matrix, pass::simplified(row + r), pass::simplified(column + c)));
    }
};

Matrix matrix_of(const ir::Region& region, const Storage& storage, Coder& coder) {
    const Place& place = storage.of(region.buffer);
    const size_t rank = region.begin.size();
    if (rank < 2 || place.form != Form::Matrix) {
        throw Refusal{"tile-gemm-operand",
                      fmt::format("{} is no matrix of tiles", region.buffer->name),
                      "multiply buffers of rank 2",
                      {}};
    }
    const auto tiles = [&](const Expr& elements, const char* what) {
        if (!pass::is_multiple(elements, tile_side, coder.context().facts)) {
            throw Refusal{"tile-unaligned-region",
                          fmt::format("{} of the operand {} of a product is no multiple of {}", what,
                                      region.buffer->name, tile_side),
                          "multiply whole tiles of 32 x 32",
                          {}};
        }
        return pass::divided(elements, tile_side, coder.context().facts);
    };
    Matrix result;
    result.place = place;
    result.cb = place.cb;
    result.matrix = number(0);
    for (size_t d = 0; d + 2 < rank; ++d) {
        result.matrix = result.matrix * region.buffer->shape[d] + region.begin[d];
    }
    result.row = tiles(region.begin[rank - 2], "the first row");
    result.column = tiles(region.begin[rank - 1], "the first column");
    const auto extent = [&](size_t d, int64_t of_place) {
        const std::optional<int64_t> elements = ir::constant(region.extent[d]);
        if (!elements) {
            throw Refusal{"tile-region-extent",
                          fmt::format("how much of {} is multiplied is not known", region.buffer->name),
                          "let extents be constants",
                          {}};
        }
        return std::min((*elements + tile_side - 1) / tile_side, of_place);
    };
    result.rows = extent(rank - 2, place.rows);
    result.columns = extent(rank - 1, place.columns);
    const bool plain = place.subblock_rows == 0;
    result.row_step = plain ? place.columns : place.subblock_columns;
    result.run_rows = plain ? place.rows : place.subblock_rows;
    result.run_columns = plain ? place.columns : place.subblock_columns;
    return result;
}

/// Tiles of a whole matrix, each turned and at its turned place, in scratch.
Matrix turned(const Matrix& source, Coder& coder, Code& out) {
    const DType format = tile_format(source.place.buffer->dtype);
    const uint32_t scratch = coder.scratch(format, source.rows * source.columns);
    coder.comment(out, "the first operand turned, tile by tile");
    coder.include("api/compute/transpose_wh.h");
    coder.include("api/compute/reconfig_data_format.h");
    const int64_t pages = source.rows * source.columns;
    coder.reserve(out, scratch, pages);
    coder.setup_pack(out, scratch);
    const int64_t most = largest_divisor(source.rows, coder.slots());
    coder.loop(out, "row", source.columns, [&](Code& rows, const Expr& row) {
        coder.loop(rows, "column", source.rows / most, [&](Code& body, const Expr& column) {
            const auto index = [&](const Expr& t) {
                return source.index(pass::simplified(column * number(most) + t), row);
            };
            coder.section(
                body,
                [&](Code& math) {
                    if (format == DType::Float32) {
                        coder.setup_copy(math, source.cb);
                        coder.loop(math, "t", most,
                                   [&](Code& each, const Expr& t) { coder.copy_tile(each, source.cb, index(t), t); });
                        coder.loop(math, "t", most, [&](Code& each, const Expr& t) { turn_in_dst(coder, each, t); });
                        return;
                    }
                    coder.call(math, "reconfig_data_format_srca", {coder.name(source.cb)});
                    coder.call(math, "transpose_wh_init_short", {coder.name(source.cb)});
                    coder.loop(math, "t", most, [&](Code& each, const Expr& t) {
                        coder.call(each, "transpose_wh_tile", {coder.name(source.cb), index(t), t});
                    });
                },
                [&](Code& pack) {
                    coder.loop(pack, "t", most, [&](Code& each, const Expr& t) { coder.pack_tile(each, t, scratch); });
                });
        });
    });
    coder.push(out, scratch, pages);
    coder.wait(out, scratch, pages);
    Matrix result;
    result.place.cb = scratch;
    result.place.rows = source.columns;
    result.place.columns = source.rows;
    result.cb = scratch;
    result.matrix = result.row = result.column = number(0);
    result.rows = source.columns;
    result.columns = source.rows;
    result.row_step = source.rows;
    result.run_rows = result.rows;
    result.run_columns = result.columns;
    return result;
}

/// Not the condition, in its plainest form.
Expr negated(const Expr& condition) {
    return condition->op == ir::Op::Eq ? ir::make(ir::Op::Ne, condition->args) : ir::make(ir::Op::Not, {condition});
}

/// The buffer that the sums were in before: null if there is nothing to add to.
ir::Buffer sums_before(const ComputeStep& step, const ir::Gemm& gemm) {
    if (gemm.clear) {
        return nullptr;
    }
    if (step.previous) {
        return step.previous;
    }
    for (const ComputeStep::Source& source : step.sources) {
        if (source.buffer == gemm.c.buffer || source.buffer == step.result) {
            return source.buffer;
        }
    }
    for (const ComputeStep::Source& source : step.sources) {
        if (source.buffer != gemm.a.buffer && source.buffer != gemm.b.buffer) {
            return source.buffer;
        }
    }
    return nullptr;
}

}  // namespace

std::pair<int64_t, int64_t> product_subblock(int64_t rows, int64_t columns, bool fp32_dest, bool full_sync) {
    const int64_t most = (fp32_dest ? 4 : 8) * (full_sync ? 2 : 1);
    std::pair<int64_t, int64_t> best{1, 1};
    int64_t best_score = 0;
    for (int64_t h = 1; h <= std::min(rows, most); ++h) {
        for (int64_t w = 1; h * w <= most && w <= columns; ++w) {
            if (rows % h != 0 || columns % w != 0) {
                continue;
            }
            // The most tiles; of these, two a side before one, and then more columns than rows, whose operand is kept.
            const int64_t score = h * w * 4 + (std::min(h, w) >= 2 ? 2 : 0) + (w >= h ? 1 : 0);
            if (score > best_score) {
                best = {h, w};
                best_score = score;
            }
        }
    }
    return best;
}

bool accumulates_in_l1(const Place& result, const ComputeContext& context) {
    const DType format = tile_format(result.buffer->dtype);
    if (!context.l1_accumulate || (format != DType::Float32 && format != DType::BFloat16)) {
        return false;
    }
    if (format == DType::Float32 && !context.program->fp32_dest_acc_en) {
        return false;
    }
    for (const device::CircularBuffer& cb : context.program->circular_buffers) {
        if (cb.index == result.cb) {
            return cb.pages == result.tiles();
        }
    }
    return false;
}

namespace {

void emit_product(const ComputeStep& step, const ir::Gemm& gemm, const Storage& storage, Coder& coder, Code& out) {
    const Place& result = storage.of(step.result);
    const Matrix c = matrix_of(gemm.c, storage, coder);
    if (c.rows != result.rows || c.columns != result.columns || result.batch != 1) {
        throw Refusal{"tile-gemm-region",
                      "a product goes to a part of a buffer",
                      "multiply into a buffer of its own, and copy that",
                      {}};
    }
    wait_for_sources(step, storage, coder, out);
    Matrix a = matrix_of(gemm.a, storage, coder);
    const Matrix b = matrix_of(gemm.b, storage, coder);
    const DType a_format = tile_format(gemm.a.buffer->dtype), b_format = tile_format(gemm.b.buffer->dtype);
    if (a_format == DType::Int32 || b_format == DType::Int32) {
        throw Refusal{"tile-gemm-type",
                      "the matrix unit multiplies no integers of 16 or 32 bits",
                      "cast the operands to bfloat16",
                      {}};
    }
    if ((is_fp16_class(a_format) && is_bf16_class(b_format)) || (is_bf16_class(a_format) && is_fp16_class(b_format))) {
        throw Refusal{"tile-gemm-type",
                      fmt::format("the matrix unit can't multiply {} by {}", ir::name_of(gemm.a.buffer->dtype),
                                  ir::name_of(gemm.b.buffer->dtype)),
                      "cast one operand: exponents of both have 5 bits (float16) or 8 (the others)",
                      {}};
    }
    if (tile_format(result.buffer->dtype) == DType::Float32) {
        coder.need_fp32_dest("sums are to be kept as float32");
    }
    const bool turns_a = gemm.transpose_a;
    if (turns_a) {
        a = turned(a, coder, out);
    }
    const int64_t depth = a.columns;
    const int64_t b_depth = gemm.transpose_b ? b.columns : b.rows, b_width = gemm.transpose_b ? b.rows : b.columns;
    if (depth != b_depth || a.rows != c.rows || b_width != c.columns) {
        throw Refusal{"tile-gemm-shape",
                      fmt::format("a product of {} x {} and {} x {} tiles makes no {} x {}", a.rows, depth, b_depth,
                                  b_width, c.rows, c.columns),
                      "the inner dimensions must agree, in whole tiles",
                      {}};
    }

    // The subblock, and what of it one call multiplies: columns of in1 must lie side by side, rows of in0 evenly apart.
    auto [height, width] = result.subblock_rows != 0 ? std::pair{result.subblock_rows, result.subblock_columns}
                                                     : product_subblock(c.rows, c.columns, coder.fp32_dest(),
                                                                        coder.program().dst_full_sync_en);
    const bool row_major = result.subblock_rows == 0 && width != c.columns && height != 1;
    if (row_major) {
        // Rows of the result in their plain order: a subblock is a piece of one row, or whole rows.
        height = 1;
        width = largest_divisor(c.columns, coder.slots());
        if (width == c.columns) {
            height = largest_divisor(c.rows, coder.slots() / width);
        }
    }
    if (height * width > coder.slots()) {
        throw std::logic_error("compute code: a subblock that does not fit into DST");
    }
    const int64_t b_run = gemm.transpose_b ? (b.row_step == 1 ? b.run_rows : 1) : b.run_columns;
    int64_t ct = width, rt = height;
    while (ct > 1 && (width % ct != 0 || b_run % ct != 0)) {
        --ct;
    }
    while (rt > 1 && (height % rt != 0 || a.run_rows % rt != 0)) {
        --rt;
    }
    // Conditions of loop counters: nothing is there yet; the sums go to where they are wanted.
    const Expr first = step.sums.first ? step.sums.first : ir::make_bool(false);
    const Expr last = step.sums.last ? step.sums.last : ir::make_bool(false);
    const Expr later = negated(first);
    const bool always_first = ir::constant(first) == 1;
    const ir::Buffer before = always_first ? nullptr : step.sums.first ? step.result : sums_before(step, gemm);
    const bool in_place = before == step.result && (step.in_place || step.sums.first);
    const bool adds_in_l1 = in_place && accumulates_in_l1(result, coder.context());
    // The packer adds to what is in L1 but where the sums go to their end, in another format perhaps.
    const Expr reload = before == nullptr ? ir::make_bool(false) : adds_in_l1 ? last : later;
    const Place* partial = before ? &storage.of(before) : nullptr;

    coder.include("api/compute/matmul.h");
    coder.include("api/compute/reconfig_data_format.h");
    const std::string in0 = coder.name(a.cb), in1 = coder.name(b.cb);
    coder.context().to_source.insert({a.cb, b.cb});
    const std::string transpose = gemm.transpose_b ? "1" : "0";
    const int64_t tiles = height * width;
    // Tile (r, w) of the subblock: calls fill rt x ct tiles row by row.
    const auto slot = [&](int64_t r, int64_t w) {
        return ((r / rt) * (width / ct) + w / ct) * rt * ct + r % rt * ct + w % ct;
    };
    const bool slots_in_order = ct == width || height == 1;

    const auto when = [&](Code& to, const Expr& condition, const std::function<void(Code&)>& then,
                          const std::function<void(Code&)>& otherwise) {
        if (const auto known = ir::constant(condition)) {
            (*known != 0 ? then : otherwise)(to);
            return;
        }
        device::Branch branch{condition, {}, {}};
        then(branch.then);
        otherwise(branch.otherwise);
        to.push_back(device::make_node(std::move(branch), coder.span()));
    };
    const auto nothing = [](Code&) {};
    const auto setup_product = [&](Code& to) {
        coder.call(to, "reconfig_data_format", {in1, in0});
        coder.call(to, "mm_block_init_short", {in0, in1, transpose, number(ct), number(rt), number(a.row_step)});
    };
    const auto pack = [&](Code& to, uint32_t cb) {
        coder.reserve(to, cb, tiles);
        coder.call(to, "tile_regs_wait");
        if (slots_in_order) {
            coder.loop(to, "t", tiles, [&](Code& each, const Expr& t) { coder.pack_tile(each, t, cb); });
        } else {
            for (int64_t r = 0; r < height; ++r) {
                for (int64_t w = 0; w < width; ++w) {
                    coder.pack_tile(to, number(slot(r, w)), cb);
                }
            }
        }
        coder.call(to, "tile_regs_release");
        coder.push(to, cb, tiles);
    };
    const uint32_t end = step.sums.result ? storage.of(step.sums.result).cb : result.cb;

    if (in_place && step.sums.first) {
        when(out, later, [&](Code& to) { coder.wait(to, result.cb, result.tiles()); }, nothing);
    }
    if (adds_in_l1) {
        coder.include("api/compute/pack.h");
        const Expr adds = ir::make(ir::Op::And, {later, negated(last)});
        when(
            out, adds, [&](Code& to) { coder.call(to, "pack_reconfig_l1_acc", {number(1)}); },
            [&](Code& to) { coder.call(to, "pack_reconfig_l1_acc", {number(0)}); });
    }
    when(out, last, [&](Code& to) { coder.setup_pack(to, end); }, [&](Code& to) { coder.setup_pack(to, result.cb); });
    setup_product(out);
    coder.loop(out, "i", c.rows / height, [&](Code& rows, const Expr& i) {
        coder.loop(rows, "j", c.columns / width, [&](Code& body, const Expr& j) {
            const Expr first_row = pass::simplified(i * number(height)),
                       first_column = pass::simplified(j * number(width));
            coder.call(body, "tile_regs_acquire");
            const auto load = [&](Code& to) {
                coder.setup_copy(to, partial->cb);
                for (int64_t r = 0; r < height; ++r) {
                    const auto from = [&](const Expr& w) {
                        return in_place ? number(r * width) + w
                                        : pass::simplified(partial->tile_index(number(0),
                                                                               pass::simplified(first_row + number(r)),
                                                                               pass::simplified(first_column + w)));
                    };
                    if (ct == width || height == 1) {
                        coder.loop(to, "t", width, [&](Code& each, const Expr& w) {
                            coder.copy_tile(each, partial->cb, pass::simplified(from(w)),
                                            pass::simplified(number(r * width) + w));
                        });
                        continue;
                    }
                    for (int64_t w = 0; w < width; ++w) {
                        coder.copy_tile(to, partial->cb, pass::simplified(from(number(w))), number(slot(r, w)));
                    }
                }
                setup_product(to);
            };
            when(body, reload, load, nothing);
            coder.loop(body, "k", depth, [&](Code& inner, const Expr& k) {
                for (int64_t r = 0; r < height; r += rt) {
                    for (int64_t w = 0; w < width; w += ct) {
                        const Expr column = pass::simplified(first_column + number(w));
                        coder.call(inner, "matmul_block",
                                   {in0, in1, a.index(pass::simplified(first_row + number(r)), k),
                                    gemm.transpose_b ? b.index(column, k) : b.index(k, column), number(slot(r, w)),
                                    transpose, number(ct), number(rt), number(a.row_step)});
                    }
                }
            });
            coder.call(body, "tile_regs_commit");
            if (in_place) {
                when(body, later, [&](Code& to) { coder.pop(to, result.cb, tiles); }, nothing);
            }
            when(body, last, [&](Code& to) { pack(to, end); }, [&](Code& to) { pack(to, result.cb); });
        });
    });
    if (adds_in_l1) {
        when(out, last, nothing, [&](Code& to) { coder.call(to, "pack_reconfig_l1_acc", {number(0)}); });
    }
    if (turns_a) {
        coder.end_scratch(out, a.cb, a.rows * a.columns);
    }
    pop_sources(step, storage, coder, out);
}

}  // namespace

void emit_gemm(const ComputeStep& step, const ir::Gemm& gemm, const Storage& storage, Coder& coder, Code& out) {
    if (!step.sums.start) {
        emit_product(step, gemm, storage, coder, out);
        return;
    }
    // What the sums begin with is made only where it is something.
    const auto& parallel = std::get<ir::Parallel>(step.sums.start->of);
    ComputeStep start;
    start.stmt = step.sums.start;
    start.result = step.result;
    ComputeStep adds = step;
    adds.sums.start = nullptr;
    ComputeStep begins = adds;
    begins.sums.first = ir::make_bool(true);
    std::erase_if(begins.sources, [&](const ComputeStep::Source& source) { return source.buffer == begins.result; });
    const Expr zeros = only_zeros(start, parallel, storage, coder);
    device::Branch branch{zeros, {}, {}};
    if (ir::constant(zeros) != 0) {
        emit_product(begins, gemm, storage, coder, branch.then);
    }
    if (ir::constant(zeros) != 1) {
        emit_parallel(start, parallel, storage, coder, branch.otherwise);
        emit_product(adds, gemm, storage, coder, branch.otherwise);
    }
    if (const auto known = ir::constant(zeros)) {
        Code& taken = *known != 0 ? branch.then : branch.otherwise;
        out.insert(out.end(), taken.begin(), taken.end());
        return;
    }
    out.push_back(device::make_node(std::move(branch), coder.span()));
}

}  // namespace tessera::tile::lower

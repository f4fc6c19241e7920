// Fills, transposes and running sums.
#include <stdexcept>

#include <fmt/format.h>

#include <tile/lower/compute_code.h>

namespace tessera::tile::lower {

using device::Code;
using ir::DType;
using ir::Expr;

namespace {

bool is_whole_buffer(const ir::Region& region) {
    for (size_t d = 0; d < region.begin.size(); ++d) {
        if (ir::constant(region.begin[d]) != 0 || !ir::same(region.extent[d], region.buffer->shape[d])) {
            return false;
        }
    }
    return true;
}

void need_width(Coder& coder, DType format) {
    if (format == DType::Float32 || format == DType::Int32) {
        coder.need_fp32_dest(format == DType::Int32 ? "integers have 32 bits" : "float32 has 24 significant bits");
    }
}

}  // namespace

// One tile of DST holds the value; it is packed as often as the buffer has tiles.
void emit_fill(const ComputeStep& step, const ir::Fill& fill, const Storage& storage, Coder& coder, Code& out) {
    const Place& result = storage.of(step.result);
    if (!is_whole_buffer(fill.dst)) {
        // Some of the elements: a Parallel over them, the others as they were.
        ir::Parallel parallel;
        std::vector<Expr> indices = fill.dst.begin;
        for (size_t d = 0; d < indices.size(); ++d) {
            if (ir::constant(fill.dst.extent[d]) == 1) {
                continue;
            }
            const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{fmt::format("d{}", d), DType::Int32});
            parallel.vars.push_back(var);
            parallel.extents.push_back(fill.dst.extent[d]);
            indices[d] = indices[d] + ir::make_var(var);
        }
        const Expr value = fill.value->dtype == fill.dst.buffer->dtype
                               ? fill.value
                               : ir::make_cast(fill.dst.buffer->dtype, fill.value);
        parallel.body.push_back(ir::make_stmt(ir::Store{fill.dst.buffer, indices, value}, step.stmt->span));
        emit_parallel(step, parallel, storage, coder, out);
        return;
    }
    const DType format = tile_format(result.buffer->dtype);
    need_width(coder, format);
    wait_for_sources(step, storage, coder, out);
    pop_sources(step, storage, coder, out);
    if (step.in_place) {
        coder.pop(out, result.cb, result.tiles());
    }
    coder.reserve(out, result.cb, result.tiles());
    coder.setup_pack(out, result.cb);
    coder.include("api/compute/eltwise_unary/fill.h");
    coder.call(out, "fill_tile_init");
    coder.section(
        out,
        [&](Code& math) {
            const Expr& value = fill.value;
            if (format == DType::Int32) {
                coder.call(math, "fill_tile_int", {number(0), value});
            } else {
                const Expr as_float = value->dtype == DType::Float32 ? value : ir::make_cast(DType::Float32, value);
                coder.call(math, "fill_tile", {number(0), as_float});
            }
        },
        [&](Code& pack) {
            coder.loop(pack, "t", result.tiles(),
                       [&](Code& body, const Expr&) { coder.pack_tile(body, number(0), result.cb); });
        });
    coder.push(out, result.cb, result.tiles());
}

// 16-bit tiles are turned by the unpacker on their way to DST, 32-bit ones in DST.
void emit_transpose(const ComputeStep& step, const ir::Transpose& transpose, const Storage& storage, Coder& coder,
                    Code& out) {
    const Place& result = storage.of(step.result);
    const Place& source = storage.of(transpose.src.buffer);
    if (!is_whole_buffer(transpose.src) || !is_whole_buffer(transpose.dst) || source.form != Form::Matrix ||
        result.form != Form::Matrix) {
        throw Refusal{"tile-transpose-region",
                      "only whole matrices are transposed",
                      "copy the part into a buffer of its own first",
                      {}};
    }
    if (step.in_place) {
        throw std::logic_error("compute code: a transposition in place");
    }
    const DType format = tile_format(source.buffer->dtype);
    need_width(coder, format);
    const bool in_dst = format == DType::Float32 || format == DType::Int32;
    wait_for_sources(step, storage, coder, out);
    coder.include("api/compute/reconfig_data_format.h");
    coder.include("api/compute/transpose_wh.h");
    const int64_t most = largest_divisor(result.columns, coder.slots());
    coder.loop(out, "row", result.rows, [&](Code& rows, const Expr& row) {
        coder.loop(rows, "column", result.columns / most, [&](Code& body, const Expr& column) {
            coder.reserve(body, result.cb, most);
            coder.setup_pack(body, result.cb);
            const auto index = [&](const Expr& t) {
                return pass::simplified(source.tile_index(number(0), pass::simplified(column * number(most) + t), row));
            };
            coder.section(
                body,
                [&](Code& math) {
                    if (in_dst) {
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
                    coder.loop(pack, "t", most,
                               [&](Code& each, const Expr& t) { coder.pack_tile(each, t, result.cb); });
                });
            coder.push(body, result.cb, most);
        });
    });
    pop_sources(step, storage, coder, out);
}

// The vector unit sums down the columns of a tile and goes on with the last row in the next tile. Along rows tiles are
// turned before and after. Backwards a running sum is the whole sum less the one up to here, plus this element: off by
// n 2^-23 of the sum of all sizes, where forwards it is that of the sizes so far.
void emit_scan(const ComputeStep& step, const ir::Scan& scan, const Storage& storage, Coder& coder, Code& out) {
    const Place& result = storage.of(step.result);
    const Place& source = storage.of(scan.src.buffer);
    if (scan.op != ir::Reduction::Sum) {
        throw Refusal{"tile-scan",
                      "the vector unit has running sums and no other running reduction",
                      "use cumsum, or reduce step by step in a loop",
                      {}};
    }
    if (step.in_place || !is_whole_buffer(scan.src) || !is_whole_buffer(scan.dst)) {
        throw Refusal{"tile-scan", "only a whole buffer is scanned, into another one", "copy it first", {}};
    }
    coder.need_fp32_dest("running sums need more than 8 bits");
    const auto rank = static_cast<int>(scan.src.buffer->shape.size());
    const int dim = scan.dim < 0 ? scan.dim + rank : scan.dim;
    const bool row_vector = source.form == Form::RowVector;
    const bool down = source.form == Form::ColumnVector || (source.form == Form::Matrix && dim == rank - 2);
    if (source.form == Form::Matrix && dim < rank - 2) {
        throw Refusal{"tile-scan",
                      "a buffer is scanned along a dimension that tiles do not cover",
                      "scan along one of the last two dimensions",
                      {}};
    }
    if (source.form != result.form) {
        throw Refusal{"tile-scan",
                      "source and result of a scan lie differently in their tiles",
                      "give them the same shape and use",
                      {}};
    }
    const bool turned = !down || row_vector;
    wait_for_sources(step, storage, coder, out);
    const int64_t lines = turned ? result.rows : result.columns, steps = turned ? result.columns : result.rows;
    if (!turned && result.columns > 1) {
        // The last row is kept from one call to the next, so columns of tiles come one after the other, and are packed
        // to their places.
        coder.reserve(out, result.cb, result.tiles());
    }
    const bool placed = !turned && result.columns > 1;
    const uint32_t totals = scan.reverse ? coder.scratch(DType::Float32, 1) : 0;
    const auto index_of = [&](const Expr& matrix, const Expr& line, const Expr& step_index) {
        const Expr row = turned ? line : step_index, column = turned ? step_index : line;
        return pass::simplified(source.tile_index(matrix, row, column));
    };
    // Integers are summed in floating point, exactly below 2^24.
    const bool integers = tile_format(source.buffer->dtype) == DType::Int32;
    const auto whole_numbers = [&](Code& math, const Expr& slot, const char* from, const char* to) {
        if (integers) {
            coder.include("api/compute/eltwise_unary/typecast.h");
            const auto format = [](const char* name) {
                return fmt::format("static_cast<uint32_t>(DataFormat::{})", name);
            };
            coder.call(math, "typecast_tile_init", {}, {format(from), format(to)});
            coder.call(math, "typecast_tile", {slot}, {format(from), format(to)});
        }
    };
    // The whole sum of a line of tiles, in the first row of the scratch tile.
    const auto whole_sum = [&](Code& body, const Expr& matrix, const Expr& line) {
        coder.reserve(body, totals, 1);
        coder.section(
            body,
            [&](Code& math) {
                coder.include("api/compute/eltwise_binary_sfpu.h");
                coder.include("api/compute/compute_kernel_api.h");
                coder.setup_copy(math, source.cb);
                coder.copy_tile(math, source.cb, index_of(matrix, line, number(0)), number(0));
                whole_numbers(math, number(0), "Int32", "Float32");
                coder.loop_from(math, "t", 1, steps, [&](Code& each, const Expr& t) {
                    coder.setup_copy(each, source.cb);
                    coder.copy_tile(each, source.cb, index_of(matrix, line, t), number(1));
                    whole_numbers(each, number(1), "Int32", "Float32");
                    coder.vector(each, "add_binary_tile", {number(0), number(1), number(0)});
                });
                if (turned) {
                    turn_in_dst(coder, math, number(0));
                }
                const std::vector<std::string> templates = {"PoolType::SUM", "DataFormat::Float32"};
                coder.call(math, "sfpu_reduce_init", {}, templates);
                coder.call(math, "sfpu_reduce", {number(0)}, templates);
            },
            [&](Code& pack) {
                coder.setup_pack(pack, totals);
                coder.pack_tile(pack, number(0), totals);
            });
        coder.push(body, totals, 1);
        coder.wait(body, totals, 1);
    };
    // The running sum in DST tile 0 becomes the whole sum less it, plus the elements.
    const auto backwards = [&](Code& math, const Expr& index) {
        coder.include("api/compute/bcast.h");
        coder.context().to_dst.insert(totals);
        coder.call(math, "unary_bcast_init", {coder.name(totals), coder.name(result.cb)}, {"BroadcastType::ROW"});
        coder.call(math, "unary_bcast", {coder.name(totals), number(0), number(1)}, {"BroadcastType::ROW"});
        coder.vector(math, "sub_binary_tile", {number(1), number(0), number(0)});
        coder.setup_copy(math, source.cb);
        coder.copy_tile(math, source.cb, index, number(1));
        if (turned) {
            turn_in_dst(coder, math, number(1));
        }
        whole_numbers(math, number(1), "Int32", "Float32");
        coder.vector(math, "add_binary_tile", {number(0), number(1), number(0)});
    };
    coder.loop(out, "matrix", result.batch, [&](Code& matrices, const Expr& matrix) {
        coder.loop(matrices, "line", lines, [&](Code& rows, const Expr& line) {
            if (scan.reverse) {
                whole_sum(rows, matrix, line);
            }
            const auto one = [&](Code& body, const Expr& step_index, bool first) {
                const Expr row = turned ? line : step_index, column = turned ? step_index : line;
                const Expr index = index_of(matrix, line, step_index);
                if (!placed) {
                    coder.reserve(body, result.cb, 1);
                }
                coder.section(
                    body,
                    [&](Code& math) {
                        coder.setup_copy(math, source.cb);
                        coder.copy_tile(math, source.cb, index, number(0));
                        if (turned) {
                            turn_in_dst(coder, math, number(0));
                        }
                        coder.include("api/compute/cumsum.h");
                        whole_numbers(math, number(0), "Int32", "Float32");
                        coder.call(math, "cumsum_tile_init");
                        coder.call(math, "cumsum_tile", {number(0), std::string(first ? "true" : "false")});
                        if (scan.reverse) {
                            backwards(math, index);
                        }
                        whole_numbers(math, number(0), "Float32", "Int32");
                        if (turned) {
                            turn_in_dst(coder, math, number(0));
                        }
                    },
                    [&](Code& pack) {
                        coder.setup_pack(pack, result.cb);
                        if (placed) {
                            const Expr at = pass::simplified(result.tile_index(matrix, row, column));
                            coder.call(pack, "pack_tile", {number(0), coder.name(result.cb), at}, {"true"});
                        } else {
                            coder.pack_tile(pack, number(0), result.cb);
                        }
                    });
                if (!placed) {
                    coder.push(body, result.cb, 1);
                }
            };
            one(rows, number(0), true);
            coder.loop_from(rows, "t", 1, steps, [&](Code& body, const Expr& t) { one(body, t, false); });
            if (scan.reverse) {
                coder.end_scratch(rows, totals, 1);
            }
        });
    });
    if (placed) {
        coder.push(out, result.cb, result.tiles());
    }
    pop_sources(step, storage, coder, out);
}

}  // namespace tessera::tile::lower

// Loads of an elementwise expression: which tile of which circular buffer, repeated or turned how.
#include <stdexcept>

#include <fmt/format.h>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

using device::Code;
using ir::DType;
using ir::Expr;
using ir::Op;

namespace {

/// An index into a dimension that tiles cover, as far as it moves with the element.
struct Along {
    enum class With : uint8_t { Nothing, Row, Column } with = With::Nothing;
    Expr tile;    ///< of the dimension, in tiles
    Expr inside;  ///< an element that lies within a tile, where nothing moves; else null
};

Expr flat(const std::vector<Expr>& indices, const std::vector<Expr>& shape, size_t count) {
    Expr index = number(0);
    for (size_t i = 0; i < count; ++i) {
        index = index * shape[i] + indices[i];
    }
    return index;
}

}  // namespace

Operand Values::operand(const Expr& load) {
    const Place& place = storage_.of(load->buffer);
    const std::vector<Expr>& shape = load->buffer->shape;
    const size_t rank = shape.size();
    const auto refuse = [&](std::string name, std::string message, std::string help) {
        throw Refusal{std::move(name), std::move(message), std::move(help), load->span};
    };

    // How one index moves with the element of the result.
    const auto along = [&](const Expr& index) {
        Along result;
        pass::Linear rest;
        const pass::Linear sum = pass::linear(index);
        rest.constant = sum.constant;
        for (const auto& [atom, factor] : sum.terms) {
            const bool row = atom->op == Op::Var && atom->var == position_.element_row;
            const bool column = atom->op == Op::Var && atom->var == position_.element_column;
            if (!row && !column) {
                if (!uniform(atom)) {
                    refuse("tile-gather-in-block",
                           fmt::format("an index of {} depends on other values of the block", load->buffer->name),
                           "the engines take whole tiles: gather while copying from a tensor");
                }
                rest.terms.emplace_back(atom, factor);
                continue;
            }
            if (factor != 1 || result.with != Along::With::Nothing) {
                refuse("tile-index-step",
                       fmt::format("{} is read with a step or along a diagonal, which no tile operation does",
                                   load->buffer->name),
                       "let each index of a dimension be one variable of the Parallel plus something fixed");
            }
            result.with = row ? Along::With::Row : Along::With::Column;
        }
        const Expr offset = pass::to_expr(rest);
        if (!pass::is_multiple(offset, tile_side, coder_.context().facts)) {
            if (result.with != Along::With::Nothing) {
                refuse("tile-unaligned-index",
                       fmt::format("{} is read at an offset that is no multiple of {}, so across tiles",
                                   load->buffer->name, tile_side),
                       "begin at a multiple of 32 elements");
            }
            result.inside = offset;
            result.tile = ir::floordiv(offset, number(tile_side));
            return result;
        }
        result.tile = pass::divided(offset, tile_side, coder_.context().facts);
        if (result.with != Along::With::Nothing) {
            const ir::Var& tile = result.with == Along::With::Row ? position_.tile_row : position_.tile_column;
            result.tile = pass::simplified(result.tile + ir::make_var(tile));
        }
        return result;
    };

    Along row, column;
    row.tile = column.tile = number(0);
    Expr matrix = number(0);
    const bool trailing_one = rank >= 2 && ir::constant(shape[rank - 1]) == 1;
    switch (place.form) {
        case Form::Matrix:
            if (rank < 2) {
                throw std::logic_error("compute code: a matrix of rank 1: " + load->buffer->name);
            }
            row = along(load->args[rank - 2]);
            column = along(load->args[rank - 1]);
            matrix = flat(load->args, shape, rank - 2);
            break;
        case Form::ColumnVector:
            row = along(load->args[rank - (trailing_one ? 2 : 1)]);
            matrix = flat(load->args, shape, rank - (trailing_one ? 2 : 1));
            break;
        case Form::RowVector:
            column = along(load->args[rank - 1]);
            matrix = flat(load->args, shape, rank - 1);
            break;
        case Form::Scalar:
            matrix = place.batch > 1 ? flat(load->args, shape, rank) : number(0);
            break;
    }
    if (!uniform(matrix)) {
        refuse("tile-batch-index",
               fmt::format("{} is read with the rows or columns of the result in a dimension that tiles do not cover",
                           load->buffer->name),
               "only the last two dimensions of a buffer lie in tiles");
    }
    if (place.batch == 1) {
        matrix = number(0);
    }

    using With = Along::With;
    Operand operand;
    operand.cb = place.cb;
    operand.format = tile_format(place.buffer->dtype);
    operand.index = place.tile_index(matrix, row.tile, column.tile);

    // What varies within a tile: down its rows, and along its columns, with which coordinate of the result.
    const bool result_rows = result_.form == Form::Matrix || result_.form == Form::ColumnVector;
    const bool result_columns = result_.form == Form::Matrix || result_.form == Form::RowVector;
    const bool upright = row.with != With::Column && column.with != With::Row;
    const bool turned = row.with != With::Row && column.with != With::Column;
    const bool along_rows = row.with == With::Row || column.with == With::Row;
    const bool along_columns = row.with == With::Column || column.with == With::Column;
    const auto spread = [&] {
        if (result_rows && result_columns) {
            return along_rows && along_columns ? Operand::Spread::None
                   : along_rows                ? Operand::Spread::Column
                   : along_columns             ? Operand::Spread::Row
                                               : Operand::Spread::Scalar;
        }
        const bool whole = (!result_rows || along_rows) && (!result_columns || along_columns);
        return whole ? Operand::Spread::None : Operand::Spread::Scalar;
    }();
    if (row.inside || column.inside) {
        // From the middle of tiles: what stays fixed is taken out into tiles of its own.
        Made wanted{.place = &place, .taken = true, .matrix = matrix};
        const bool down = row.with != With::Nothing, sideways = column.with != With::Nothing;
        if (!down && place.form != Form::RowVector) {
            wanted.row = row.inside ? row.inside : pass::simplified(row.tile * number(tile_side));
        }
        if (!sideways && place.form != Form::ColumnVector) {
            wanted.column = column.inside ? column.inside : pass::simplified(column.tile * number(tile_side));
        }
        wanted.count = down ? place.rows : sideways ? place.columns : 1;
        wanted.upright = along_rows;
        const int64_t first = made(wanted, operand.format, load);
        operand.cb = coder_.scratch(operand.format, made_pages_);
        operand.index = pass::simplified(number(first) + (down ? row.tile : sideways ? column.tile : number(0)));
        operand.spread = spread;
    } else if (upright) {
        operand.spread = spread;
    } else if (turned && spread == Operand::Spread::None) {
        operand.transposed = true;
    } else if (turned) {
        // A vector along the other side of its tiles: turned into tiles of its own first.
        if (place.batch != 1 || place.form == Form::Matrix) {
            refuse("tile-vector-orientation",
                   fmt::format("a row or column of {} is used along the other dimension", load->buffer->name),
                   "copy it into a vector first");
        }
        const int64_t first = made({.place = &place, .count = place.tiles(), .taken = false}, operand.format, load);
        operand.cb = coder_.scratch(operand.format, made_pages_);
        operand.index = pass::simplified(number(first) + (place.form == Form::ColumnVector ? row.tile : column.tile));
        operand.spread = spread;
    } else {
        refuse("tile-index-step", fmt::format("{} is read along a diagonal", load->buffer->name),
               "no tile operation does that");
    }
    const auto is_var = [](const Expr& tile, const ir::Var& var) {
        const Expr plain = pass::simplified(tile);
        return plain->op == Op::Var && plain->var == var;
    };
    operand.aligned = upright && !row.inside && !column.inside && operand.spread == Operand::Spread::None &&
                      place.form == result_.form && place.batch == result_.batch && place.rows == result_.rows &&
                      place.columns == result_.columns && place.subblock_rows == result_.subblock_rows &&
                      place.subblock_columns == result_.subblock_columns &&
                      (place.batch == 1 || is_var(matrix, position_.matrix)) &&
                      (!result_rows || is_var(row.tile, position_.tile_row)) &&
                      (!result_columns || is_var(column.tile, position_.tile_column));
    if (step_.in_place && load->buffer == step_.result) {
        if (!operand.aligned) {
            throw std::logic_error("compute code: other elements of a result in place are read: " + load->buffer->name);
        }
        operand.front = true;
    }
    return operand;
}

size_t Values::load(const Expr& expr) {
    Value value;
    value.kind = Value::Kind::Load;
    value.first = operand(expr);
    const DType format = value.first.format;
    if (format == DType::Float32 || format == DType::Int32) {
        coder_.need_fp32_dest(format == DType::Int32 ? "integers have 32 bits" : "float32 has 24 significant bits");
    }
    const size_t loaded = add(std::move(value));
    if (format != DType::Int32) {
        return loaded;
    }
    return to_float(loaded);
}

// The first page of a vector in the ring of those that are made.
int64_t Values::made(Made wanted, DType format, const Expr& load) {
    const auto same = [](const Expr& a, const Expr& b) { return a == b || (a && b && ir::same(a, b)); };
    for (const Made& each : made_) {
        if (each.place == wanted.place && each.taken == wanted.taken && each.upright == wanted.upright &&
            same(each.row, wanted.row) && same(each.column, wanted.column) && same(each.matrix, wanted.matrix)) {
            return each.first;
        }
    }
    for (const Expr& expr : {wanted.matrix, wanted.row, wanted.column}) {
        if (expr && ir::uses(expr, position_.matrix)) {
            throw Refusal{
                "tile-vector-orientation",
                fmt::format("which row or column of {} is used changes from matrix to matrix", load->buffer->name),
                "loop over the matrices outside of the Parallel", load->span};
        }
    }
    if (made_format_ && *made_format_ != format) {
        throw Refusal{"tile-vector-orientation", "rows or columns of two formats are taken out of tiles or turned",
                      "give them the same type", load->span};
    }
    made_format_ = format;
    wanted.first = made_pages_;
    made_pages_ += wanted.count;
    made_.push_back(std::move(wanted));
    return made_.back().first;
}

// Tile t of a vector to DST tile 0.
void Values::emit_made(const Made& each, const Expr& t, Code& math) {
    if (!each.taken) {
        coder_.setup_copy(math, each.place->cb);
        coder_.copy_tile(math, each.place->cb, t, number(0));
        turn_in_dst(coder_, math, number(0));
        return;
    }
    // Everything but the row or column becomes zero, and the columns are summed into the first row: x + 0 is x.
    const Expr row = each.row ? ir::floordiv(each.row, number(tile_side)) : each.column ? t : number(0);
    const Expr column = each.column ? ir::floordiv(each.column, number(tile_side)) : each.row ? t : number(0);
    const bool vector = each.place->form == Form::ColumnVector || each.place->form == Form::RowVector;
    coder_.setup_copy(math, each.place->cb);
    coder_.copy_tile(
        math, each.place->cb,
        pass::simplified(vector ? (each.row ? row : column) : each.place->tile_index(each.matrix, row, column)),
        number(0));
    const auto keep = [&](const Expr& element, uint32_t numbers) {
        coder_.setup_copy(math, numbers);
        coder_.copy_tile(math, numbers, number(0), number(1));
        coder_.include("api/compute/eltwise_unary/comp.h");
        coder_.vector(math, "unary_eq_tile", {number(1), float_bits(ir::floormod(element, number(tile_side)))});
        coder_.include("api/compute/eltwise_unary/fill.h");
        coder_.vector(math, "fill_tile", {number(2), ir::make_float(0)});
        coder_.include("api/compute/eltwise_unary/where.h");
        coder_.call(math, "where_tile_init");
        coder_.call(math, "where_tile", {number(1), number(0), number(2), number(0)}, {"DataFormat::Float32"});
    };
    const auto sum = [&] {
        const std::vector<std::string> templates = {"PoolType::SUM", "DataFormat::Float32"};
        coder_.include("api/compute/compute_kernel_api.h");
        coder_.call(math, "sfpu_reduce_init", {}, templates);
        coder_.call(math, "sfpu_reduce", {number(0)}, templates);
    };
    if (each.row) {
        keep(each.row, coder_.row_index());
        sum();
    }
    if (each.column) {
        keep(each.column, coder_.column_index());
        turn_in_dst(coder_, math, number(0));
        sum();
    }
    if (each.upright && (each.row == nullptr) != (each.column == nullptr)) {
        turn_in_dst(coder_, math, number(0));
    }
}

void Values::emit_vectors(Code& out) {
    if (!made_format_) {
        return;
    }
    coder_.need_fp32_dest("rows and columns taken out of tiles keep their bits");
    const uint32_t scratch = coder_.scratch(*made_format_, made_pages_);
    coder_.comment(out, "vectors that lie otherwise in their tiles than they are used");
    coder_.reserve(out, scratch, made_pages_);
    for (const Made& each : made_) {
        coder_.loop(out, "t", each.count, [&](Code& body, const Expr& t) {
            coder_.section(
                body, [&](Code& math) { emit_made(each, t, math); },
                [&](Code& pack) {
                    coder_.setup_pack(pack, scratch);
                    coder_.pack_tile(pack, number(0), scratch);
                });
        });
    }
    coder_.push(out, scratch, made_pages_);
    coder_.wait(out, scratch, made_pages_);
}

void Values::end_vectors(Code& out) {
    if (made_format_) {
        coder_.end_scratch(out, coder_.scratch(*made_format_, made_pages_), made_pages_);
    }
}

}  // namespace tessera::tile::lower

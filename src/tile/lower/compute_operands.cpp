// Loads of an elementwise expression: which tile of which circular buffer, repeated or turned how.
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
    Expr tile;  ///< of the dimension, in tiles
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
            refuse("tile-unaligned-index",
                   fmt::format("{} is read at an offset that is no multiple of {}, so across tiles", load->buffer->name,
                               tile_side),
                   "begin at a multiple of 32 elements");
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
    if (upright) {
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
        int64_t first = -1;
        for (const Turned& each : turned_) {
            first = each.place == &place ? each.first : first;
        }
        if (turned_format_ && *turned_format_ != operand.format) {
            refuse("tile-vector-orientation", "vectors of two formats are used along the other dimension",
                   "give them the same type");
        }
        if (first < 0) {
            first = turned_pages_;
            turned_.push_back({&place, first});
            turned_pages_ += place.tiles();
            turned_format_ = operand.format;
        }
        operand.cb = 0;  // the scratch ring's, once its size is known
        operand.index = pass::simplified(number(first) + (place.form == Form::ColumnVector ? row.tile : column.tile));
        operand.spread = spread;
        operand.cb = coder_.scratch(operand.format, turned_pages_);
    } else {
        refuse("tile-index-step", fmt::format("{} is read along a diagonal", load->buffer->name),
               "no tile operation does that");
    }
    if (step_.in_place && load->buffer == step_.result) {
        const bool same =
            upright && operand.spread == Operand::Spread::None &&
            ir::same(pass::simplified(row.tile), ir::make_var(position_.tile_row)) ==
                (result_rows && row.with == With::Row) &&
            (!result_columns || ir::same(pass::simplified(column.tile), ir::make_var(position_.tile_column)));
        if (!same) {
            refuse("tile-overwritten-operand",
                   fmt::format("{} is read at other elements than those that are written", load->buffer->name),
                   "write into another buffer");
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
    return unary("typecast_tile", loaded, {}, {},
                 {"static_cast<uint32_t>(DataFormat::Int32)", "static_cast<uint32_t>(DataFormat::Float32)"});
}

void Values::emit_turned(Code& out) {
    if (turned_.empty()) {
        return;
    }
    const uint32_t scratch = coder_.scratch(*turned_format_, turned_pages_);
    coder_.comment(out, "vectors turned to lie along the other side of their tiles");
    coder_.reserve(out, scratch, turned_pages_);
    coder_.setup_pack(out, scratch);
    coder_.include("api/compute/transpose_wh_dest.h");
    for (const Turned& each : turned_) {
        coder_.loop(out, "t", each.place->tiles(), [&](Code& body, const Expr& t) {
            coder_.section(
                body,
                [&](Code& math) {
                    coder_.setup_copy(math, each.place->cb);
                    coder_.copy_tile(math, each.place->cb, t, number(0));
                    turn_in_dst(coder_, math, number(0));
                },
                [&](Code& pack) { coder_.pack_tile(pack, number(0), scratch); });
        });
    }
    coder_.push(out, scratch, turned_pages_);
    coder_.wait(out, scratch, turned_pages_);
}

void Values::end_turned(Code& out) {
    if (!turned_.empty()) {
        coder_.end_scratch(out, coder_.scratch(*turned_format_, turned_pages_), turned_pages_);
    }
}

}  // namespace tessera::tile::lower

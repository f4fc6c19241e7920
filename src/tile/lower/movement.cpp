#include <tile/lower/movement.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace tessera::tile::lower {

namespace {

using device::Argument;
using device::Code;
using device::Node;
using ir::Buffer;
using ir::Expr;
using ir::Var;

Expr number(int64_t value) {
    return ir::make_int(value);
}

Expr at(const Var& var) {
    return ir::make_var(var);
}

Expr as_int(const Expr& expr) {
    return expr->dtype == ir::DType::Int32 ? expr : ir::make_cast(ir::DType::Int32, expr);
}

/// A region of a tensor beside a region of a block's buffer, seen as tiles.
class Match {
public:
    Match(const ir::Region& outside, const ir::Region& inside, const TensorPlan& plan, const Place& place,
          const MovementContext& context)
        : outside_(outside),
          inside_(inside),
          plan_(plan),
          place_(place),
          context_(context),
          dimensions_(tile_dimensions(inside.buffer, place.form)) {
        partner_.assign(outside.begin.size(), -1);
        for (const auto& [out, in] : matched_dimensions(outside, inside)) {
            partner_[static_cast<size_t>(out)] = in;
        }
        for (size_t i = 0; i < inside.begin.size(); ++i) {
            const int dimension = static_cast<int>(i);
            if (dimension != dimensions_.row && dimension != dimensions_.column) {
                batch_.push_back(dimension);
            }
        }
        turned_ = (plan.row >= 0 && partner(plan.row) >= 0 && partner(plan.row) == dimensions_.column) ||
                  (plan.column >= 0 && partner(plan.column) >= 0 && partner(plan.column) == dimensions_.row);
    }

    bool turned() const { return turned_; }

    /// Whether the region's tiles are tiles of the tensor. `whole`: each holds nothing but what belongs to the region
    /// or to the tensor's padding, as a store and a load that is to leave zeros ask.
    bool tiles_match() const {
        if (turned_) {
            return false;
        }
        return aligned(plan_.row, dimensions_.row) && aligned(plan_.column, dimensions_.column) && batches_outside();
    }

    int64_t extent(int dimension) const {
        return dimension < 0 ? 1 : ir::constant(inside_.extent[static_cast<size_t>(dimension)]).value_or(1);
    }
    int64_t row_tiles() const { return (extent(dimensions_.row) + tile_side - 1) / tile_side; }
    int64_t column_tiles() const { return (extent(dimensions_.column) + tile_side - 1) / tile_side; }
    int64_t matrices() const {
        int64_t count = 1;
        for (const int dimension : batch_) {
            count *= extent(dimension);
        }
        return count;
    }

    /// Element of the tensor at tile (row, column) of matrix `matrix` of the region, by dimension.
    std::vector<Expr> elements(const Expr& matrix, const Expr& row, const Expr& column) const {
        std::vector<Expr> result;
        for (size_t i = 0; i < outside_.begin.size(); ++i) {
            Expr index = as_int(outside_.begin[i]);
            const int in = partner_[i];
            if (in >= 0 && in == dimensions_.row) {
                index = index + row * number(tile_side);
            } else if (in >= 0 && in == dimensions_.column) {
                index = index + column * number(tile_side);
            } else if (in >= 0) {
                index = index + batch_index(in, matrix);
            }
            result.push_back(pass::simplified(index));
        }
        return result;
    }

    /// The tile of the place at tile (row, column) of matrix `matrix` of the region.
    Expr tile(const Expr& matrix, const Expr& row, const Expr& column) const {
        Expr which = number(0);
        for (const int dimension : batch_) {
            which = which * number(ir::constant(inside_.buffer->shape[static_cast<size_t>(dimension)]).value_or(1)) +
                    as_int(inside_.begin[static_cast<size_t>(dimension)]) + batch_index(dimension, matrix);
        }
        const auto first = [&](int dimension) {
            return dimension < 0 ? number(0)
                                 : pass::divided(as_int(inside_.begin[static_cast<size_t>(dimension)]), tile_side,
                                                 context_.facts);
        };
        return pass::simplified(place_.tile_index(pass::simplified(which),
                                                  pass::simplified(first(dimensions_.row) + row),
                                                  pass::simplified(first(dimensions_.column) + column)));
    }

    /// Where in a tile of the place the region begins.
    Expr inner_begin(bool row) const {
        const int dimension = row ? dimensions_.row : dimensions_.column;
        return dimension < 0 ? number(0) : as_int(inside_.begin[static_cast<size_t>(dimension)]);
    }

    /// Whether tiles may lie outside of the tensor, and the condition that one does not. Null: never outside. A window
    /// is cut where it leaves its matrix, so that only other dimensions matter.
    Expr inside_tensor(const std::vector<Expr>& elements, const pass::Facts& facts, bool window) const {
        Expr condition;
        for (size_t i = 0; i < elements.size(); ++i) {
            if (window && (static_cast<int>(i) == plan_.row || static_cast<int>(i) == plan_.column)) {
                continue;
            }
            const auto bounds = pass::bounds_of(elements[i], facts);
            const int64_t size = plan_.padded[i];
            const auto add = [&](Expr test) {
                condition = condition ? ir::make(ir::Op::And, {condition, std::move(test)}) : std::move(test);
            };
            if (!bounds || bounds->low < 0) {
                add(ir::make(ir::Op::Ge, {elements[i], number(0)}));
            }
            if (!bounds || bounds->high >= size) {
                add(ir::make(ir::Op::Lt, {elements[i], number(size)}));
            }
        }
        return condition;
    }

    /// Whether the rows, or columns, of a tile of the block are elements of this dimension of the tensor.
    bool runs_along(size_t dimension, bool row) const {
        const int inside = row ? dimensions_.row : dimensions_.column;
        return partner_[dimension] >= 0 && partner_[dimension] == inside;
    }
    /// How many elements of the dimension a tile of the block has at most; 0 if it has one of each matrix.
    int64_t in_tile(size_t dimension) const {
        return runs_along(dimension, true) || runs_along(dimension, false)
                   ? std::min<int64_t>(tile_side, extent(partner_[dimension]))
                   : 0;
    }

private:
    const ir::Region& outside_;
    const ir::Region& inside_;
    const TensorPlan& plan_;
    const Place& place_;
    const MovementContext& context_;
    TileDimensions dimensions_;
    std::vector<int> partner_;  ///< by dimension of the tensor: of the block's buffer, or -1
    std::vector<int> batch_;    ///< dimensions of the block's buffer that tiles do not cover
    bool turned_ = false;

    int partner(int dimension) const { return partner_[static_cast<size_t>(dimension)]; }

    Expr batch_index(int dimension, const Expr& matrix) const {
        int64_t below = 1;
        bool after = false;
        for (const int other : batch_) {
            if (after) {
                below *= extent(other);
            }
            after = after || other == dimension;
        }
        const int64_t size = extent(dimension);
        if (size == 1) {
            return number(0);
        }
        const Expr quotient = below == 1 ? matrix : ir::floordiv(matrix, number(below));
        return below * size == matrices() ? quotient : ir::floormod(quotient, number(size));
    }

    bool aligned(int out, int in) const {
        const Expr inner = in < 0 ? number(0) : inside_.begin[static_cast<size_t>(in)];
        if (!pass::is_multiple(inner, tile_side, context_.facts)) {
            return false;
        }
        if (out < 0) {
            return extent(in) == 1;
        }
        const auto o = static_cast<size_t>(out);
        if (partner_[o] >= 0 && partner_[o] != in) {
            return false;
        }
        const Expr& begin = outside_.begin[o];
        if (!pass::is_multiple(begin, tile_side, context_.facts)) {
            return false;
        }
        const int64_t size = ir::constant(outside_.extent[o]).value_or(extent(in));
        if (size % tile_side == 0) {
            return true;
        }
        const auto known = ir::constant(begin);
        return known && *known + size >= plan_.tensor.shape[o];
    }

    /// No dimension that the tensor has on tiles is one of the block's matrices.
    bool batches_outside() const {
        for (const int out : {plan_.row, plan_.column}) {
            if (out >= 0 && partner(out) >= 0 && std::count(batch_.begin(), batch_.end(), partner(out)) != 0) {
                return false;
            }
        }
        return true;
    }
};

/// Both directions of a transfer.
class Mover {
public:
    /// `until`: by dimension of the tensor, where a store ends at the latest; null, or empty: with the region.
    Mover(const ir::Region& outside, const ir::Region& inside, std::vector<Expr> until, Span span,
          MovementContext& context)
        : until_(std::move(until)),
          outside_(outside),
          plan_(context.tensors->at(outside.buffer)),
          place_(context.storage->of(inside.buffer)),
          span_(span),
          context_(context),
          match_(outside, inside, plan_, place_, context),
          tensor_(outside.buffer->name),
          cb_(context.cb_names->at(place_.cb)) {
        context.accessors.insert(tensor_);
        facts_ = context.facts;
        facts_.bounds[context.matrix] = {0, match_.matrices() - 1};
        facts_.bounds[context.row] = {0, match_.row_tiles() - 1};
        facts_.bounds[context.column] = {0, match_.column_tiles() - 1};
        matrix_ = match_.matrices() == 1 ? number(0) : at(context.matrix);
        row_ = match_.row_tiles() == 1 ? number(0) : at(context.row);
        column_ = match_.column_tiles() == 1 ? number(0) : at(context.column);
        elements_ = match_.elements(matrix_, row_, column_);
        base_ = std::make_shared<const ir::VarNode>(ir::VarNode{inside.buffer->name + "_at", ir::DType::UInt32});
        scratch_ =
            std::make_shared<const ir::VarNode>(ir::VarNode{inside.buffer->name + "_scratch", ir::DType::UInt32});
    }

    Transfer read() {
        Transfer transfer;
        transfer.reads = true;
        transfer.before = {call("cb_reserve_back", {cb_, number(place_.tiles())}, span_), address("get_write_ptr")};
        Code body;
        if (match_.tiles_match()) {
            const Node page = call("noc_async_read_page", {page_of_tile(), tensor_, tile_address()}, span_);
            body.push_back(guarded(page, false, zeros()));
        } else {
            body.push_back(guarded(window("read_window"), true, zeros()));
            transfer.before.push_back(scratch_address());
            transfer.needs_barrier = false;
        }
        transfer.issue = loops(std::move(body));
        transfer.after = {call("cb_push_back", {cb_, number(place_.tiles())}, span_)};
        return transfer;
    }

    /// `in_turn`: no core that takes turns with this one writes meanwhile.
    Transfer write(bool pop, bool in_turn) {
        if (pop && !in_turn && place_.subblock_rows != 0 && place_.batch == 1 && match_.tiles_match() &&
            match_.row_tiles() == place_.rows && match_.column_tiles() == place_.columns && !before_ends(true)) {
            return write_subblocks();
        }
        Transfer transfer;
        transfer.before = {call("cb_wait_front", {cb_, number(place_.tiles())}, span_), address("get_read_ptr")};
        Code body;
        if (match_.tiles_match()) {
            const Node page = call("noc_async_write_page", {page_of_tile(), tensor_, tile_address()}, span_);
            Node whole = guarded(page, false, {});
            if (const Expr all = before_ends(true)) {
                const Node part = window("write_window");
                transfer.before.push_back(scratch_address());
                whole = device::make_node(device::Branch{all, {whole}, {guarded(part, true, {})}}, span_);
            }
            body.push_back(whole);
        } else {
            check_owner(in_turn);
            body.push_back(guarded(window("write_window"), true, {}));
            transfer.before.push_back(scratch_address());
            transfer.needs_barrier = false;
        }
        transfer.issue = loops(std::move(body));
        if (pop) {
            transfer.after = {call("cb_pop_front", {cb_, number(place_.tiles())}, span_)};
        }
        return transfer;
    }

private:
    std::vector<Expr> until_;
    const ir::Region& outside_;
    const TensorPlan& plan_;
    const Place& place_;
    Span span_;
    MovementContext& context_;
    Match match_;
    std::string tensor_, cb_;
    pass::Facts facts_;
    Expr matrix_, row_, column_;
    std::vector<Expr> elements_;
    Var base_, scratch_;

    Code zeros() const { return {call("fill_with_zeros", {tile_address(), number(plan_.tensor.page_bytes)}, span_)}; }

    /// Done where the tile is in the tensor, and before the ends in dimensions that a window does not cut.
    Node guarded(Node node, bool window, Code otherwise) const {
        Expr condition = match_.inside_tensor(elements_, facts_, window);
        if (const Expr before = window ? before_ends(false) : nullptr) {
            condition = condition ? ir::make(ir::Op::And, {condition, before}) : before;
        }
        return condition ? device::make_node(device::Branch{condition, {std::move(node)}, std::move(otherwise)}, span_)
                         : node;
    }

    /// The condition that a tile lies before all ends; of a window (not `whole`), only those in dimensions that it has
    /// one element of. Null: always.
    Expr before_ends(bool whole) const {
        Expr condition;
        for (size_t i = 0; i < until_.size(); ++i) {
            if (!until_[i]) {
                continue;
            }
            const int64_t count = match_.in_tile(i);
            if (count != 0 && !whole) {
                continue;
            }
            const Expr last = elements_[i] + number(std::max<int64_t>(count, 1) - 1);
            Expr test = ir::make(ir::Op::Lt, {pass::simplified(last), as_int(until_[i])});
            condition = condition ? ir::make(ir::Op::And, {condition, std::move(test)}) : std::move(test);
        }
        return condition;
    }

    /// How many of the rows or columns of a tile that are there are written.
    Expr cut(Expr count, bool row) const {
        for (size_t i = 0; i < until_.size(); ++i) {
            if (until_[i] && match_.runs_along(i, row)) {
                count = ir::make(ir::Op::Min, {count, pass::simplified(as_int(until_[i]) - elements_[i])});
            }
        }
        return count;
    }

    Node scratch_address() {
        return device::make_node(device::Call{"get_write_ptr", {}, {context_.scratch}, scratch_}, span_);
    }

    /// As compute makes them, so that the first are on their way while it makes the others.
    Transfer write_subblocks() {
        const int64_t height = place_.subblock_rows, width = place_.subblock_columns, tiles = height * width;
        const auto counter = [&](const char* name) {
            return std::make_shared<const ir::VarNode>(ir::VarNode{name, ir::DType::Int32});
        };
        const Var i = counter("i"), j = counter("j"), r = counter("r"), c = counter("c");
        const auto part = [&](const Var& outer, int64_t outers, const Var& inner, int64_t inners) {
            return pass::simplified((outers == 1 ? number(0) : at(outer) * number(inners)) +
                                    (inners == 1 ? number(0) : at(inner)));
        };
        const int64_t down = place_.rows / height, across = place_.columns / width;
        facts_.bounds[i] = {0, down - 1};
        facts_.bounds[j] = {0, across - 1};
        facts_.bounds[r] = {0, height - 1};
        facts_.bounds[c] = {0, width - 1};
        elements_ = match_.elements(number(0), part(i, down, r, height), part(j, across, c, width));
        const Expr tile =
            pass::simplified((height == 1 ? number(0) : at(r) * number(width)) + (width == 1 ? number(0) : at(c)));
        const Expr bytes = pass::simplified(tile * number(plan_.tensor.page_bytes));
        const Expr from = ir::constant(bytes) == 0 ? at(base_) : at(base_) + ir::make_cast(ir::DType::UInt32, bytes);
        const auto looped = [&](const Var& var, int64_t count, Code body) {
            return count == 1 ? std::move(body) : Code{loop(var, count, std::move(body))};
        };
        Code page = {call("noc_async_write_page", {page_of_tile(), tensor_, from}, span_)};
        if (const Expr condition = match_.inside_tensor(elements_, facts_, false)) {
            page = {device::make_node(device::Branch{condition, std::move(page), {}}, span_)};
        }
        Code body = {call("cb_wait_front", {cb_, number(tiles)}, span_), address("get_read_ptr")};
        for (Node& node : looped(r, height, looped(c, width, std::move(page)))) {
            body.push_back(std::move(node));
        }
        body.push_back(call("noc_async_write_barrier", {}, span_));
        body.push_back(call("cb_pop_front", {cb_, number(tiles)}, span_));
        Transfer transfer;
        transfer.before = {call("cb_wait_front", {cb_, number(tiles)}, span_)};
        transfer.issue = looped(i, down, looped(j, across, std::move(body)));
        transfer.needs_barrier = false;
        return transfer;
    }

    Node address(const char* function) { return device::make_node(device::Call{function, {}, {cb_}, base_}, span_); }

    Expr tile_address() const {
        const Expr tile = match_.tile(matrix_, row_, column_);
        const Expr bytes = pass::simplified(tile * number(plan_.tensor.page_bytes));
        return ir::constant(bytes) == 0 ? at(base_) : at(base_) + ir::make_cast(ir::DType::UInt32, bytes);
    }

    /// The element on a tensor's tile row or column; 0 if it has none.
    Expr element(int dimension) const { return dimension < 0 ? number(0) : elements_[static_cast<size_t>(dimension)]; }

    Expr page_of_tile() const {
        return pass::simplified(plan_.first_page(elements_) +
                                pass::divided(element(plan_.row), tile_side, facts_) * number(plan_.tile_columns()) +
                                pass::divided(element(plan_.column), tile_side, facts_));
    }

    /// Tiles that are read, changed and written back must be this core's alone, or those that take turns. Whole rows of
    /// faces are written by themselves.
    void check_owner(bool in_turn) {
        const TileDimensions inside = tile_dimensions(place_.buffer, place_.form);
        const bool faces = !match_.turned() && plan_.column >= 0 && match_.extent(inside.column) % 16 == 0 &&
                           pass::is_multiple(elements_[static_cast<size_t>(plan_.column)], 16, facts_);
        if (faces && !in_turn) {
            return;
        }
        std::map<Var, int64_t> sharing;
        for (const Var& var : context_.grid) {
            const auto bounds = context_.facts.bounds.find(var);
            const bool single = bounds != context_.facts.bounds.end() && bounds->second.low == bounds->second.high;
            if (single || (in_turn && var == context_.lane)) {
                continue;
            }
            if (const int64_t blocks = blocks_in_tile(var); blocks > 1) {
                sharing[var] = blocks;
            }
        }
        if (context_.sharing != nullptr) {
            for (const auto& [var, blocks] : sharing) {
                int64_t& known = (*context_.sharing)[var];
                known = std::max(known, blocks);
            }
        } else if (!sharing.empty()) {
            throw std::logic_error("blocks on different cores store to parts of the same tiles of " + tensor_);
        }
    }

    /// How many blocks along an axis of the grid have to be one so that no two of them reach the same tiles.
    int64_t blocks_in_tile(const Var& var) const {
        constexpr int64_t all = std::numeric_limits<int64_t>::max();
        int64_t blocks = 1;
        bool known = true;
        for (size_t d = 0; d < outside_.begin.size(); ++d) {
            const Expr begin = as_int(outside_.begin[d]);
            const int64_t extent = ir::constant(outside_.extent[d]).value_or(INT32_MAX);
            const bool tiled = static_cast<int>(d) == plan_.row || static_cast<int>(d) == plan_.column;
            const auto factor = pass::linear(begin).factor_of(var);
            const int64_t step = factor ? std::abs(*factor) : 0;
            // What other axes and loops add: from where to where, within tiles from the beginning of one.
            auto bounds = pass::bounds_of(
                ir::substitute(begin, [&](const Var& v) { return v == var ? ir::make_int(0, v->dtype) : Expr(); }),
                context_.facts);
            if (!tiled) {
                if (step != 0 && bounds && bounds->high - bounds->low + extent <= step) {
                    return 1;
                }
                continue;
            }
            Expr rest = begin;
            for (const Var& other : context_.grid) {
                rest =
                    ir::substitute(rest, [&](const Var& v) { return v == other ? ir::make_int(0, v->dtype) : Expr(); });
            }
            bounds = pass::bounds_of(rest, context_.facts);
            if (!bounds && pass::is_multiple(rest, tile_side, context_.facts)) {
                bounds = pass::Bounds{0, 0};
            }
            const auto apart = [&](int64_t together) {
                const int64_t reach = bounds ? bounds->high + step * (together - 1) + extent : 0;
                return bounds && bounds->low >= 0 && step * together % tile_side == 0 &&
                       (reach + tile_side - 1) / tile_side * tile_side <= step * together;
            };
            if (!ir::uses(begin, var)) {
                known = known && bounds;
            } else if (step != 0 && apart(1)) {
                return 1;
            } else {
                const int64_t together = step == 0 ? 0 : tile_side / std::gcd(tile_side, step);
                blocks = std::max(blocks, together != 0 && apart(together) ? together : all);
            }
        }
        return known ? blocks : all;
    }

    /// One tile of the place, cut from the tensor's tiles or put into them.
    Node window(const char* function) {
        const auto bits = ir::bits_of(plan_.tensor.format);
        if (plan_.tensor.format == ir::DType::BlockFloat8 || plan_.tensor.format == ir::DType::BlockFloat4) {
            context_.diagnostics->error("tile-unaligned-block-float", span_,
                                        tensor_ + " is a block float tensor, whose tiles can be moved only whole",
                                        "let blocks begin and end at multiples of 32 rows and columns");
        }
        for (const bool row : {true, false}) {
            if (!pass::is_multiple(match_.inner_begin(row), tile_side, facts_)) {
                context_.diagnostics->error("tile-unaligned-region", span_,
                                            "the part of " + place_.buffer->name + " that moves begins inside a tile",
                                            "copy it into a buffer of its own first");
            }
        }
        context_.needs_scratch = true;
        const auto left = [&](int64_t extent, const Expr& tile) {
            return extent <= tile_side ? number(extent)
                   : extent % tile_side == 0
                       ? number(tile_side)
                       : ir::make(ir::Op::Min, {number(tile_side), number(extent) - tile * number(tile_side)});
        };
        const TileDimensions dimensions = tile_dimensions(place_.buffer, place_.form);
        const int64_t rows = match_.extent(dimensions.row), columns = match_.extent(dimensions.column);
        Code code;
        device::Call made{function, {std::to_string(bits / 8), match_.turned() ? "true" : "false"}, {}, {}};
        made.arguments = {tensor_,
                          plan_.first_page(elements_),
                          number(plan_.tile_rows()),
                          number(plan_.tile_columns()),
                          element(plan_.row),
                          element(plan_.column),
                          cut(left(rows, row_), true),
                          cut(left(columns, column_), false),
                          tile_address(),
                          at(scratch_)};
        return device::make_node(std::move(made), span_);
    }

    Code loops(Code body) {
        if (match_.column_tiles() > 1) {
            body = {loop(context_.column, match_.column_tiles(), std::move(body))};
        }
        if (match_.row_tiles() > 1) {
            body = {loop(context_.row, match_.row_tiles(), std::move(body))};
        }
        if (match_.matrices() > 1) {
            body = {loop(context_.matrix, match_.matrices(), std::move(body))};
        }
        return body;
    }
};

}  // namespace

Node call(std::string function, std::vector<Argument> arguments, Span span) {
    return device::make_node(device::Call{std::move(function), {}, std::move(arguments), {}}, span);
}

Node loop(const Var& var, int64_t count, Code body) {
    return device::make_node(device::Loop{var, number(0), number(count), number(1), std::move(body)});
}

Transfer read_block(const ir::Copy& copy, Span span, MovementContext& context) {
    return Mover(copy.src, copy.dst, {}, span, context).read();
}

Transfer read_patches(const ir::Im2col& im2col, Span span, MovementContext& context) {
    const Buffer& image = im2col.img.buffer;
    const TensorPlan& plan = context.tensors->at(image);
    const Place& place = context.storage->of(im2col.dst.buffer);
    const std::string& cb = context.cb_names->at(place.cb);
    context.accessors.insert(image->name);
    context.needs_scratch = true;
    const auto address =
        std::make_shared<const ir::VarNode>(ir::VarNode{im2col.dst.buffer->name + "_at", ir::DType::UInt32});
    const auto scratch =
        std::make_shared<const ir::VarNode>(ir::VarNode{im2col.dst.buffer->name + "_scratch", ir::DType::UInt32});
    const std::vector<int64_t>& shape = plan.tensor.shape;
    if (shape.size() != 4 || plan.row != 2 || plan.column != 3) {
        context.diagnostics->error("tile-tensor-layout", span, image->name + " is no image of four dimensions",
                                   "patches are taken of (N, H, W, C)");
        return {};
    }
    Transfer transfer;
    transfer.before = {call("cb_reserve_back", {cb, number(place.tiles())}, span),
                       device::make_node(device::Call{"get_write_ptr", {}, {cb}, address}, span),
                       device::make_node(device::Call{"get_write_ptr", {}, {context.scratch}, scratch}, span)};
    device::Call made{"read_patches", {std::to_string(ir::bits_of(plan.tensor.format) / 8)}, {image->name}, {}};
    for (const int64_t value :
         {shape[0], shape[1], shape[2], shape[3], im2col.kernel, im2col.stride, im2col.dilation, im2col.pad}) {
        made.arguments.emplace_back(number(value));
    }
    made.arguments.emplace_back(as_int(im2col.first_row));
    made.arguments.emplace_back(as_int(im2col.first_column));
    made.arguments.emplace_back(number(place.valid_rows));
    made.arguments.emplace_back(number(place.valid_columns));
    made.arguments.emplace_back(at(address));
    made.arguments.emplace_back(at(scratch));
    transfer.issue = {device::make_node(std::move(made), span)};
    transfer.after = {call("cb_push_back", {cb, number(place.tiles())}, span)};
    transfer.needs_barrier = false;
    return transfer;
}

Transfer write_block(const ir::Copy& copy, Span span, bool pop, MovementContext& context) {
    std::vector<Expr> until(copy.dst.begin.size());
    for (size_t i = 0; i < until.size(); ++i) {
        if (!ir::constant(copy.dst.extent[i])) {
            until[i] = pass::simplified(as_int(copy.dst.begin[i]) + as_int(copy.dst.extent[i]));
        }
    }
    return Mover(copy.dst, copy.src, std::move(until), span, context).write(pop, copy.turn != ir::Turn::None);
}

}  // namespace tessera::tile::lower

#include <tile/lower/gather.h>

#include <algorithm>

#include <fmt/format.h>
#include <tile/pass/linear.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using device::Code;
using ir::Expr;
using ir::Op;
using ir::Var;

Expr number(int64_t value) {
    return ir::make_int(value);
}

Expr as_int(const Expr& expr) {
    return expr->dtype == ir::DType::Int32 ? expr : ir::make_cast(ir::DType::Int32, expr);
}

Var make_var(const std::string& name, ir::DType dtype = ir::DType::Int32) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{name, dtype});
}

/// What each place near the reader's scratch page takes: 64 bytes of a tensor, and where they are from.
constexpr int64_t near_bytes = 128;

class Gatherer {
public:
    Gatherer(const Gather& gather, Span span, MovementContext& context)
        : gather_(gather),
          span_(span),
          context_(context),
          place_(context.storage->of(gather.store->buffer)),
          plan_(context.tensors->at(gather.load->buffer)),
          name_(gather.store->buffer->name),
          address_(make_var(name_ + "_at", ir::DType::UInt32)),
          scratch_(make_var(name_ + "_scratch", ir::DType::UInt32)) {
        facts_ = context.facts;
        for (size_t i = 0; i < gather.nest->vars.size(); ++i) {
            facts_.bounds[gather.nest->vars[i]] = {0, extent(i) - 1};
        }
    }

    Transfer read() {
        const std::string& cb = context_.cb_names->at(place_.cb);
        const ir::DType format = plan_.tensor.format;
        bytes_ = ir::bits_of(format) / 8;
        if (format == ir::DType::BlockFloat8 || format == ir::DType::BlockFloat4) {
            refuse("is a block float tensor, whose elements cannot be read one by one");
        }
        context_.needs_scratch = true;
        context_.accessors.insert(gather_.load->buffer->name);
        Transfer transfer;
        transfer.before = {call("cb_reserve_back", {cb, number(place_.tiles())}, span_),
                           device::make_node(device::Call{"get_write_ptr", {}, {cb}, address_}, span_),
                           device::make_node(device::Call{"get_write_ptr", {}, {context_.scratch}, scratch_}, span_)};
        Code body = gather_.rows ? row() : element();
        transfer.needs_barrier = gather_.rows;
        transfer.reads = true;
        const size_t loops = gather_.nest->vars.size() - (gather_.rows ? 1 : 0);
        for (size_t i = loops; i-- > 0;) {
            body = {loop(gather_.nest->vars[i], extent(i), std::move(body))};
        }
        if (!full()) {
            transfer.issue.push_back(
                call("fill_with_zeros", {ir::make_var(address_), number(place_.tiles() * int64_t{tile_bytes(format)})},
                     span_));
        }
        for (int64_t i = 0; i < places_; ++i) {
            transfer.issue.push_back(call("forget_near", {near(i)}, span_));
        }
        transfer.issue.insert(transfer.issue.end(), body.begin(), body.end());
        transfer.after = {call("cb_push_back", {cb, number(place_.tiles())}, span_)};
        return transfer;
    }

private:
    const Gather& gather_;
    Span span_;
    MovementContext& context_;
    const Place& place_;
    const TensorPlan& plan_;
    std::string name_;
    Var address_, scratch_;
    pass::Facts facts_;
    unsigned bytes_ = 4;
    int64_t places_ = 0;

    void refuse(const std::string& why) {
        context_.diagnostics->error("tile-gather", span_, gather_.load->buffer->name + " " + why,
                                    "copy a region into a block's buffer first");
    }

    int64_t extent(size_t i) const { return ir::constant(gather_.nest->extents[i]).value_or(1); }

    /// Whether every element of every tile is gathered.
    bool full() const {
        return place_.form == Form::Matrix && place_.valid_rows % tile_side == 0 &&
               place_.valid_columns % tile_side == 0;
    }

    Expr near(int64_t i) const {
        const Expr scratch = ir::make_var(scratch_);
        return i == 0 ? scratch : scratch + ir::make_int(i * near_bytes, ir::DType::UInt32);
    }

    static Expr both(const Expr& a, const Expr& b) { return !a ? b : !b ? a : ir::make(Op::And, {a, b}); }

    /// The condition that indices are in a tensor; null where that is known.
    Expr inside(const std::vector<Expr>& indices, const std::vector<int64_t>& shape) const {
        Expr condition;
        for (size_t i = 0; i < indices.size(); ++i) {
            const auto bounds = pass::bounds_of(indices[i], facts_);
            if (!bounds || bounds->low < 0) {
                condition = both(condition, ir::make(Op::Ge, {as_int(indices[i]), number(0)}));
            }
            if (!bounds || bounds->high >= shape[i]) {
                condition = both(condition, ir::make(Op::Lt, {as_int(indices[i]), number(shape[i])}));
            }
        }
        return condition;
    }

    static device::Argument truth(const Expr& condition) {
        return condition ? device::Argument(condition) : device::Argument(std::string("true"));
    }

    static Expr page(const std::vector<Expr>& indices, const std::vector<int64_t>& shape) {
        Expr result = number(0);
        for (size_t i = 0; i + 1 < indices.size(); ++i) {
            result = result * number(shape[i]) + as_int(indices[i]);
        }
        return pass::simplified(result);
    }

    /// The indices of the element, with what they read from tensors in variables.
    std::vector<Expr> indices(Code& code) {
        std::vector<Expr> result;
        result.reserve(gather_.load->args.size());
        for (const Expr& arg : gather_.load->args) {
            result.push_back(pass::simplified(ir::rewrite(arg, [&](const Expr& node) -> Expr {
                if (node->op != Op::Load) {
                    return node;
                }
                const TensorPlan& tensor = context_.tensors->at(node->buffer);
                context_.accessors.insert(node->buffer->name);
                const Var word = make_var(fmt::format("{}_{}_index", name_, places_));
                const int64_t at = places_++;
                code.push_back(device::make_node(
                    device::Call{"read_near_word",
                                 {},
                                 {node->buffer->name, page(node->args, tensor.tensor.shape), as_int(node->args.back()),
                                  truth(inside(node->args, tensor.tensor.shape)), near(at)},
                                 word},
                    span_));
                return node->dtype == ir::DType::Int32 ? ir::make_var(word)
                                                       : ir::make_cast(node->dtype, ir::make_var(word));
            })));
        }
        return result;
    }

    /// Dimensions of the buffer: the matrix, row and column of its element.
    void position(Expr& matrix, Expr& row, Expr& column) const {
        const TileDimensions tile = tile_dimensions(place_.buffer, place_.form);
        matrix = row = column = number(0);
        for (size_t i = 0; i < gather_.store->indices.size(); ++i) {
            const Expr at = as_int(gather_.store->indices[i]);
            if (static_cast<int>(i) == tile.row) {
                row = at;
            } else if (static_cast<int>(i) == tile.column) {
                column = at;
            } else {
                matrix = matrix * number(ir::constant(place_.buffer->shape[i]).value_or(1)) + at;
            }
        }
    }

    Code row() {
        Code code;
        const std::vector<Expr> at = indices(code);
        const std::vector<int64_t>& shape = plan_.tensor.shape;
        Expr matrix, row, column;
        position(matrix, row, column);
        const Var& last = gather_.nest->vars.back();
        const Expr begin = pass::simplified(
            ir::substitute(at.back(), [&](const Var& var) { return var == last ? number(0) : Expr(); }));
        const int64_t count = extent(gather_.nest->vars.size() - 1);
        const auto bounds = pass::bounds_of(begin, facts_);
        if (!bounds || bounds->low < 0 || bounds->high + count > shape.back()) {
            refuse("has rows that end before what is taken of them");
        }
        std::vector<Expr> outer(at.begin(), at.end() - 1);
        const int64_t row_bytes = place_.columns * tile_side * bytes_;
        const Expr line = pass::simplified((matrix * number(place_.rows * tile_side) + row) * number(row_bytes));
        code.push_back(call("read_row",
                            {gather_.load->buffer->name, page(at, shape), pass::simplified(begin * number(bytes_)),
                             number(count * bytes_), truth(inside(outer, shape)),
                             ir::make_var(address_) + ir::make_cast(ir::DType::UInt32, line)},
                            span_));
        return code;
    }

    Code element() {
        Code code;
        const std::vector<Expr> at = indices(code);
        const std::vector<int64_t>& shape = plan_.tensor.shape;
        Expr matrix, row, column;
        position(matrix, row, column);
        const Expr side = number(tile_side);
        const Expr tile =
            pass::simplified(place_.tile_index(matrix, ir::floordiv(row, side), ir::floordiv(column, side)));
        const int64_t own = places_++;
        code.push_back(device::make_node(
            device::Call{"read_element",
                         {std::to_string(bytes_)},
                         {gather_.load->buffer->name, page(at, shape), as_int(at.back()), truth(inside(at, shape)),
                          ir::make_var(address_) +
                              ir::make_cast(ir::DType::UInt32, pass::simplified(tile * number(int64_t{1024} * bytes_))),
                          ir::floormod(row, side), ir::floormod(column, side), near(own)},
                         {}},
            span_));
        return code;
    }
};

}  // namespace

std::optional<Gather> gather_of(const ir::StmtNode& stmt) {
    const auto* nest = std::get_if<ir::Parallel>(&stmt.of);
    const auto* store = nest == nullptr ? nullptr : std::get_if<ir::Store>(&nest->body.front()->of);
    if (store == nullptr) {
        return std::nullopt;
    }
    Expr value = store->value;
    while (value->op == Op::Cast) {
        value = value->args[0];
    }
    if (value->op != Op::Load || !pass::is_tensor(value->buffer)) {
        return std::nullopt;
    }
    Gather gather{nest, store, value, false};
    const Expr& last_index = value->args.back();
    const ir::DType format = device_format(value->dtype);
    if (store->indices.size() < 2 || (format != ir::DType::BFloat16 && format != ir::DType::Float16) ||
        nest->vars.empty() || store->indices.back()->op != Op::Var || store->indices.back()->var != nest->vars.back()) {
        return gather;
    }
    const Var& last = nest->vars.back();
    const Expr begin =
        ir::substitute(last_index, [&](const Var& var) { return var == last ? ir::make_int(0, var->dtype) : Expr(); });
    bool loads = false;
    ir::walk(last_index, [&](const Expr& node) { loads = loads || node->op == Op::Load; });
    const bool others =
        std::any_of(value->args.begin(), value->args.end() - 1, [&](const Expr& arg) { return ir::uses(arg, last); });
    // Rows begin where memory can be read from: at multiples of 64 bytes.
    gather.rows = !loads && !others && pass::linear(last_index).factor_of(last) == 1 &&
                  pass::is_multiple(begin, 32, {}) && ir::constant(nest->extents.back()).value_or(0) >= 16;
    return gather;
}

Transfer read_gather(const Gather& gather, Span span, MovementContext& context) {
    return Gatherer(gather, span, context).read();
}

}  // namespace tessera::tile::lower

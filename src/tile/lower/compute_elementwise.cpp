// Parallel statements and copies between buffers of a block: each tile of the result is a program of DST.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include <tile/lower/compute_guards.h>
#include <tile/lower/compute_parts.h>
#include <tile/lower/compute_stores.h>
#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

using device::Code;
using ir::Expr;
using ir::Op;

namespace {

/// How a tile of the result is made: one way, or where a guard decides for all tiles of a section, the plainer ways.
struct Ways {
    struct Plainer {
        Guard guard;
        Schedule if_true, if_false;
    };
    Schedule plan;
    std::optional<Plainer> plainer;

    int64_t slots() const {
        return plainer ? std::max({plan.slots, plainer->if_true.slots, plainer->if_false.slots}) : plan.slots;
    }
};

/// Code of one result: loops over its tiles in the order of its ring, a few in a section of DST.
class Emitter {
public:
    Emitter(const ComputeStep& step, const Place& result, const TilePosition& position, const Values& values,
            const Ways& ways, Coder& coder)
        : step_(step), result_(result), position_(position), values_(values), ways_(ways), coder_(coder) {
        block_rows_ = result.subblock_rows != 0 ? result.subblock_rows : result.rows;
        block_columns_ = result.subblock_rows != 0 ? result.subblock_columns : result.columns;
        const int64_t most = coder.slots() / ways.slots();
        across_ = largest_divisor(block_columns_, most);
        down_ = across_ == block_columns_ ? largest_divisor(block_rows_, most / across_) : 1;
    }

    void emit(Code& out) {
        coder_.loop(out, "matrix", result_.batch, [&](Code& matrices, const Expr& matrix) {
            coder_.loop(matrices, "block_row", result_.rows / block_rows_, [&](Code& rows, const Expr& block_row) {
                coder_.loop(
                    rows, "block_column", result_.columns / block_columns_,
                    [&](Code& columns, const Expr& block_column) {
                        coder_.loop(columns, "row", block_rows_ / down_, [&](Code& lines, const Expr& row) {
                            coder_.loop(lines, "column", block_columns_ / across_, [&](Code& body, const Expr& column) {
                                matrix_ = matrix;
                                first_row_ = block_row * number(block_rows_) + row * number(down_);
                                first_column_ = block_column * number(block_columns_) + column * number(across_);
                                section(body);
                            });
                        });
                    });
            });
        });
    }

private:
    int64_t tiles() const { return across_ * down_; }

    void section(Code& out) {
        if (!step_.in_place) {
            coder_.reserve(out, result_.cb, tiles());
        }
        coder_.call(out, "tile_regs_acquire");
        math(out);
        coder_.call(out, "tile_regs_commit");
        coder_.call(out, "tile_regs_wait");
        if (step_.in_place) {
            coder_.pop(out, result_.cb, tiles());
            coder_.reserve(out, result_.cb, tiles());
        }
        // Formats of the packer last: some setups of operands change it.
        coder_.setup_pack(out, result_.cb);
        each_slot(out, [&](Code& body, const Expr& tile) {
            coder_.pack_tile(body, slot(ways_.plan.result, tile), result_.cb);
        });
        coder_.call(out, "tile_regs_release");
        coder_.push(out, result_.cb, tiles());
    }

    // The result is in the same slots whichever way it is made.
    void math(Code& out) {
        if (!ways_.plainer) {
            make_all(out, ways_.plan);
            return;
        }
        const Ways::Plainer& plainer = *ways_.plainer;
        const Decided by_tiles = decided(plainer.guard, {matrix_, first_row_, first_column_, down_, across_}, position_,
                                         coder_.context().facts);
        const auto known = [](const Expr& condition, int64_t value) { return ir::constant(condition) == value; };
        if (known(by_tiles.all, 1) || known(by_tiles.none, 1)) {
            make_all(out, known(by_tiles.all, 1) ? plainer.if_true : plainer.if_false);
            return;
        }
        Code mixed, all, none;
        make_all(mixed, ways_.plan);
        if (!known(by_tiles.none, 0)) {
            make_all(none, plainer.if_false);
            mixed = {
                device::make_node(device::Branch{by_tiles.none, std::move(none), std::move(mixed)}, coder_.span())};
        }
        if (!known(by_tiles.all, 0)) {
            make_all(all, plainer.if_true);
            mixed = {device::make_node(device::Branch{by_tiles.all, std::move(all), std::move(mixed)}, coder_.span())};
        }
        out.insert(out.end(), mixed.begin(), mixed.end());
    }

    void make_all(Code& out, const Schedule& plan) {
        std::set<int64_t> used;
        for (const Schedule::Entry& entry : plan.entries) {
            const Value& value = values_.all()[entry.value];
            if (value.kind == Value::Kind::Matrix && value.init.starts_with("mul") && used.contains(entry.slot)) {
                clear(out, entry.slot);
            }
            make(out, entry);
            used.insert(entry.slot);
        }
    }

    /// The matrix unit adds its products to what is in DST, which is empty only at the beginning of a section.
    void clear(Code& out, int64_t cleared) {
        coder_.include("api/compute/eltwise_unary/fill.h");
        coder_.call(out, "fill_tile_init");
        each_slot(out, [&](Code& body, const Expr& tile) {
            coder_.call(body, "fill_tile", {slot(cleared, tile), ir::make_float(0)});
        });
    }

    Expr slot(int64_t slot, const Expr& tile) const { return number(slot * tiles()) + tile; }

    /// body(tile): the tile's number in the section, row by row, with row_ and column_ set.
    void each_tile(Code& out, const std::function<void(Code&, const Expr&)>& body) {
        coder_.loop(out, "r", down_, [&](Code& rows, const Expr& r) {
            coder_.loop(rows, "t", across_, [&](Code& tiles, const Expr& t) {
                row_ = pass::simplified(first_row_ + r);
                column_ = pass::simplified(first_column_ + t);
                body(tiles, pass::simplified(r * number(across_) + t));
            });
        });
    }

    /// The same for what does not ask where the tile lies: one loop.
    void each_slot(Code& out, const std::function<void(Code&, const Expr&)>& body) {
        row_ = first_row_;
        column_ = first_column_;
        coder_.loop(out, "t", tiles(), body);
    }

    /// Whether something in it names the tile's row or column.
    bool asks_place(const Value& value) const {
        const auto asks = [&](const Expr& expr) {
            return ir::uses(expr, position_.tile_row) || ir::uses(expr, position_.tile_column);
        };
        bool found = value.scalar && asks(value.scalar);
        for (const device::Argument& each : value.extra) {
            const auto* expr = std::get_if<Expr>(&each);
            found = found || (expr != nullptr && asks(*expr));
        }
        return found;
    }

    void each(Code& out, bool asks, const std::function<void(Code&, const Expr&)>& body) {
        if (asks) {
            each_tile(out, body);
        } else {
            each_slot(out, body);
        }
    }

    /// A tile number, if it goes up by one from tile to tile of the section, row by row: its first.
    Expr run_of(const Operand& operand) const {
        if (operand.front) {
            return number(0);
        }
        if (operand.aligned) {
            return ring_;
        }
        const auto at = [&](int64_t r, int64_t t) {
            return ir::substitute(operand.index, [&](const ir::Var& var) -> Expr {
                return var == position_.matrix        ? matrix_
                       : var == position_.tile_row    ? pass::simplified(first_row_ + number(r))
                       : var == position_.tile_column ? pass::simplified(first_column_ + number(t))
                                                      : nullptr;
            });
        };
        Expr first = pass::simplified(at(0, 0));
        for (int64_t tile = 1; tile < tiles(); ++tile) {
            const Expr step = pass::simplified(at(tile / across_, tile % across_) - first);
            if (ir::constant(step) != tile) {
                return nullptr;
            }
        }
        return first;
    }

    /// body(tile, index of the operand) for all tiles of the section.
    void each_operand(Code& out, const Operand& operand,
                      const std::function<void(Code&, const Expr&, const Expr&)>& body) {
        if (const Expr first = run_of(operand)) {
            each_slot(out, [&](Code& code, const Expr& t) { body(code, t, pass::simplified(first + t)); });
            return;
        }
        each_tile(out, [&](Code& code, const Expr& t) { body(code, t, index_of(operand, t)); });
    }

    Expr placed(const Expr& expr) const {
        const Expr result = ir::substitute(expr, [&](const ir::Var& var) -> Expr {
            return var == position_.matrix        ? matrix_
                   : var == position_.tile_row    ? row_
                   : var == position_.tile_column ? column_
                                                  : nullptr;
        });
        return ir::is_int(result->dtype) ? pass::simplified(result) : result;
    }

    device::Argument placed(const device::Argument& argument) const {
        if (const auto* expr = std::get_if<Expr>(&argument)) {
            return placed_bits(*expr);
        }
        return argument;
    }

    // float_bits(static_cast<float>(integer)): the integer in its plainest form, and no folding of what is around it.
    Expr placed_bits(const Expr& expr) const {
        if (expr->op == Op::Reinterpret || (expr->op == Op::Cast && ir::is_float(expr->dtype))) {
            ir::ExprNode node = *expr;
            node.args = {placed_bits(expr->args[0])};
            return std::make_shared<const ir::ExprNode>(std::move(node));
        }
        return placed(expr);
    }

    Expr index_of(const Operand& operand, const Expr& tile) const {
        return operand.front ? tile : placed(operand.index);
    }

    void make(Code& out, const Schedule::Entry& entry) {
        const Value& value = values_.all()[entry.value];
        coder_.include(value.header);
        switch (value.kind) {
            case Value::Kind::Load:
                load(out, value.first, entry);
                return;
            case Value::Kind::Matrix:
                matrix(out, value, entry);
                return;
            case Value::Kind::Fill:
                coder_.call(out, value.init);
                each(out, asks_place(value), [&](Code& body, const Expr& tile) {
                    coder_.call(body, value.function, {slot(entry.slot, tile), placed(value.scalar)}, value.templates);
                });
                return;
            case Value::Kind::Function:
                function(out, value, entry);
                return;
        }
    }

    void load(Code& out, const Operand& operand, const Schedule::Entry& entry) {
        if (operand.spread != Operand::Spread::None) {
            const char* kind = operand.spread == Operand::Spread::Column ? "BroadcastType::COL"
                               : operand.spread == Operand::Spread::Row  ? "BroadcastType::ROW"
                                                                         : "BroadcastType::SCALAR";
            coder_.include("api/compute/bcast.h");
            if (operand.format == ir::DType::Float32) {
                coder_.context().to_dst.insert(operand.cb);
            }
            coder_.call(out, "unary_bcast_init", {coder_.name(operand.cb), coder_.name(result_.cb)}, {kind});
            each_operand(out, operand, [&](Code& body, const Expr& tile, const Expr& index) {
                coder_.call(body, "unary_bcast", {coder_.name(operand.cb), index, slot(entry.slot, tile)}, {kind});
            });
            return;
        }
        coder_.setup_copy(out, operand.cb);
        each_operand(out, operand, [&](Code& body, const Expr& tile, const Expr& index) {
            coder_.copy_tile(body, operand.cb, index, slot(entry.slot, tile));
        });
        if (operand.transposed) {
            each_slot(out, [&](Code& body, const Expr& tile) { turn_in_dst(coder_, body, slot(entry.slot, tile)); });
        }
    }

    void matrix(Code& out, const Value& value, const Schedule::Entry& entry) {
        const std::string a = coder_.name(value.first.cb), b = coder_.name(value.second.cb);
        coder_.include("api/compute/reconfig_data_format.h");
        coder_.context().to_source.insert({value.first.cb, value.second.cb});
        coder_.call(out, "reconfig_data_format", {a, b});
        coder_.call(out, value.init, {a, b});
        const Expr first = run_of(value.first), second = run_of(value.second);
        if (first && second) {
            each_slot(out, [&](Code& body, const Expr& t) {
                coder_.call(body, value.function,
                            {a, b, pass::simplified(first + t), pass::simplified(second + t), slot(entry.slot, t)});
            });
            return;
        }
        each_tile(out, [&](Code& body, const Expr& tile) {
            coder_.call(body, value.function,
                        {a, b, index_of(value.first, tile), index_of(value.second, tile), slot(entry.slot, tile)});
        });
    }

    void function(Code& out, const Value& value, const Schedule::Entry& entry) {
        if (entry.copy_from >= 0) {
            // The larger of a value and itself, into another slot: a copy within DST.
            coder_.include("api/compute/binary_max_min.h");
            coder_.call(out, "binary_max_tile_init");
            each_slot(out, [&](Code& body, const Expr& tile) {
                const Expr from = slot(entry.copy_from, tile);
                coder_.call(body, "binary_max_tile", {from, from, slot(entry.slot, tile)});
            });
        }
        coder_.call(out, value.init, {}, value.init_templates);
        each(out, asks_place(value), [&](Code& body, const Expr& tile) {
            std::vector<device::Argument> arguments;
            if (value.inputs.size() == 1) {
                arguments.emplace_back(slot(entry.slot, tile));
            } else {
                for (const int64_t input : entry.inputs) {
                    arguments.emplace_back(slot(input, tile));
                }
                arguments.emplace_back(slot(entry.slot, tile));
            }
            for (const device::Argument& each : value.extra) {
                arguments.push_back(placed(each));
            }
            coder_.call(body, value.function, std::move(arguments), value.templates);
        });
    }

    const ComputeStep& step_;
    const Place& result_;
    const TilePosition& position_;
    const Values& values_;
    const Ways& ways_;
    Coder& coder_;
    int64_t block_rows_ = 1, block_columns_ = 1;
    int64_t across_ = 1, down_ = 1;
    Expr matrix_, first_row_, first_column_, row_, column_;
    Expr ring_;  ///< tiles of the result before this section
};

/// Makes parts of an expression that needs too much of DST, each for all tiles of the result, before the rest.
class PartMaker {
public:
    PartMaker(const ComputeStep& step, const Storage& storage, const Place& result, const TilePosition& position,
              Coder& coder)
        : step_(step),
          result_(result),
          position_(position),
          coder_(coder),
          storage_(storage),
          kept_(result, position) {}

    /// What makes `whole`, which becomes an expression over parts if need be.
    std::unique_ptr<Values> reduce(Expr& whole, const std::function<Refusal()>& overflow) {
        for (;;) {
            auto values = std::make_unique<Values>(step_, storage_, result_, position_, coder_);
            if (schedule(values->all(), values->root(whole), coder_.slots())) {
                if (!parts_.empty() && values->makes(ir::DType::Float32)) {
                    throw overflow();
                }
                return values;
            }
            const auto constant = [&](const Expr& expr) { return values->same_everywhere(expr); };
            Expr part;
            for (int64_t tiles = coder_.slots(); !part && tiles > 1; --tiles) {
                part = part_of(whole, tiles, constant);
                part = part && add(part) ? part : nullptr;
            }
            if (!part) {
                throw overflow();
            }
            const Expr element = kept_.element(parts_.size() - 1, part->dtype);
            whole = ir::rewrite(whole, [&](const Expr& node) { return ir::same(node, part) ? element : node; });
        }
    }

    void emit(Code& out) {
        for (size_t k = 0; k < parts_.size(); ++k) {
            const Part& part = *parts_[k];
            if (k == 0) {
                coder_.comment(out, "parts of the expression, which needs more than DST holds");
            }
            part.values->emit_vectors(out);
            Emitter(part.step, part.place, position_, *part.values, part.ways, coder_).emit(out);
            part.values->end_vectors(out);
            coder_.wait(out, ring(), static_cast<int64_t>(k + 1) * result_.tiles());
        }
    }

    void end(Code& out) {
        if (!parts_.empty()) {
            coder_.end_scratch(out, ring(), static_cast<int64_t>(parts_.size()) * result_.tiles());
        }
    }

private:
    struct Part {
        ComputeStep step;
        Place place;
        std::unique_ptr<Values> values;
        Ways ways;
    };
    const ComputeStep& step_;
    const Place& result_;
    const TilePosition& position_;
    Coder& coder_;
    Storage storage_;
    Parts kept_;
    std::vector<std::unique_ptr<Part>> parts_;

    uint32_t ring() {
        return coder_.scratch(ir::DType::Float32, static_cast<int64_t>(parts_.size()) * result_.tiles());
    }

    /// Whether DST has room for that much.
    bool add(const Expr& expr) {
        if (parts_.size() == Parts::most) {
            return false;
        }
        parts_.push_back(std::make_unique<Part>());
        Part& part = *parts_.back();
        part.place = kept_.place(ring());
        part.step = step_;
        part.step.result = part.place.buffer;
        part.step.in_place = false;
        part.step.previous = nullptr;
        part.values = std::make_unique<Values>(part.step, storage_, part.place, position_, coder_);
        const std::optional<Schedule> plan = schedule(part.values->all(), part.values->root(expr), coder_.slots());
        if (!plan || part.values->makes(ir::DType::Float32)) {
            parts_.pop_back();
            return false;
        }
        part.ways.plan = *plan;
        if (parts_.size() == 1) {
            storage_.add(kept_.all(ring()));
        }
        return true;
    }
};

}  // namespace

void emit_parallel(const ComputeStep& step, const ir::Parallel& parallel, const Storage& storage, Coder& coder,
                   Code& out) {
    const Stored stored = stored_by(parallel.body);
    const Place& result = storage.of(step.result);
    const TilePosition position = TilePosition::fresh();
    pass::Facts& facts = coder.context().facts;
    facts.bounds[position.matrix] = {0, result.batch - 1};
    facts.bounds[position.tile_row] = {0, result.rows - 1};
    facts.bounds[position.tile_column] = {0, result.columns - 1};

    const Mapping mapping = mapping_of(parallel, result, position, stored.span, stored.store->indices);
    // What the stored element was before is the result's own element, in whatever way the script calls it.
    const auto is_stored = [&](const Expr& node) {
        return node->op == Op::Load && node->buffer == step.result &&
               std::equal(node->args.begin(), node->args.end(), stored.store->indices.begin(),
                          stored.store->indices.end(), ir::same);
    };
    const auto in_elements = [&](const Expr& expr) {
        const Expr own = ir::rewrite(expr, [&](const Expr& node) {
            return is_stored(node) ? ir::make_load(step.result, mapping.element, node->span) : node;
        });
        return ir::substitute(own, [&](const ir::Var& var) -> Expr {
            const auto known = mapping.variables.find(var);
            return known == mapping.variables.end() ? nullptr : known->second;
        });
    };
    const Expr value = in_elements(stored.value);
    const Expr condition = stored.condition ? in_elements(stored.condition) : nullptr;

    const Expr mask = both(mapping.covered, condition);
    const ir::Buffer previous =
        mask ? previous_of(step, condition ? std::vector{value, condition} : std::vector{value}) : nullptr;
    Expr whole = value;
    if (previous) {
        const Expr before = ir::make_load(previous, mapping.element);
        const Expr typed = value->dtype == before->dtype ? value : ir::make_cast(before->dtype, value);
        whole = ir::make(Op::Select, {mask, typed, before});
    }
    const auto overflow = [&]() -> Refusal {
        return {"tile-dst-overflow",
                fmt::format("the expression needs more than the {} tiles that DST has room for", coder.slots()),
                "store a part of it to a buffer of its own first", stored.span};
    };
    PartMaker parts(step, storage, result, position, coder);
    const std::unique_ptr<Values> values = parts.reduce(whole, overflow);
    const auto plan_of = [&](const Expr& expr) {
        const size_t root = values->root(expr);
        std::optional<Schedule> plan = schedule(values->all(), root, coder.slots());
        if (!plan) {
            throw overflow();
        }
        return *plan;
    };
    Ways ways{.plan = plan_of(whole), .plainer = {}};
    if (std::optional<Choice> choice = choice_in(whole, position)) {
        Ways::Plainer plainer{std::move(choice->guard), plan_of(choice->if_true), plan_of(choice->if_false)};
        // All ways must leave the result in one slot.
        if (plainer.if_true.result == ways.plan.result && plainer.if_false.result == ways.plan.result) {
            ways.plainer = std::move(plainer);
        }
    }
    coder.context().facts.bounds.erase(position.matrix);
    coder.context().facts.bounds.erase(position.tile_row);
    coder.context().facts.bounds.erase(position.tile_column);

    wait_for_sources(step, storage, coder, out);
    parts.emit(out);
    values->emit_vectors(out);
    Emitter(step, result, position, *values, ways, coder).emit(out);
    values->end_vectors(out);
    parts.end(out);
    pop_sources(step, storage, coder, out);
}

namespace {

// Rows become tiles, 32 rows at a time, which are taken from the ring as they are done.
void tilize(const Place& from, const Place& to, Coder& coder, Code& out) {
    if (to.form != Form::Matrix || to.columns != from.columns || to.tiles() != from.tiles() || to.subblock_rows != 0) {
        throw Refusal{"tile-gather",
                      "rows that are gathered become something else than a matrix of tiles",
                      "let a buffer hold the rows as they are",
                      {}};
    }
    const std::string in = coder.name(from.cb), result = coder.name(to.cb);
    const Expr columns = number(from.columns);
    coder.include("api/compute/tilize.h");
    coder.reserve(out, to.cb, to.tiles());
    coder.call(out, "reconfig_data_format_srca", {in});
    coder.call(out, "pack_reconfig_data_format", {result});
    coder.call(out, "tilize_init", {in, columns, result});
    coder.loop(out, "tile_row", from.batch * from.rows, [&](Code& body, const Expr& row) {
        coder.wait(body, from.cb, from.columns);
        coder.call(body, "tilize_block", {in, columns, result, number(0), row * columns});
        coder.pop(body, from.cb, from.columns);
    });
    coder.call(out, "tilize_uninit", {in, result});
    coder.push(out, to.cb, to.tiles());
}

}  // namespace

// A copy is a Parallel over what is copied. Dimensions match from the right once those of one element are left out.
void emit_copy(const ComputeStep& step, const ir::Copy& copy, const Storage& storage, Coder& coder, Code& out) {
    if (const Place& from = storage.of(copy.src.buffer); from.row_major) {
        tilize(from, storage.of(copy.dst.buffer), coder, out);
        return;
    }
    ir::Parallel parallel;
    std::vector<Expr> to(copy.dst.begin);
    std::vector<Expr> from(copy.src.begin);
    std::vector<Expr> matched;
    for (size_t d = copy.dst.begin.size(); d-- > 0;) {
        if (copy.dst.dropped[d] || ir::constant(copy.dst.extent[d]) == 1) {
            continue;
        }
        const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{fmt::format("d{}", d), ir::DType::Int32});
        parallel.vars.push_back(var);
        parallel.extents.push_back(copy.dst.extent[d]);
        matched.push_back(ir::make_var(var));
        to[d] = to[d] + matched.back();
    }
    size_t next = 0;
    for (size_t d = copy.src.begin.size(); d-- > 0 && next < matched.size();) {
        if (copy.src.dropped[d] || ir::constant(copy.src.extent[d]) == 1) {
            continue;
        }
        from[d] = from[d] + matched[next++];
    }
    Expr value = ir::make_load(copy.src.buffer, from);
    if (copy.src.buffer->dtype != copy.dst.buffer->dtype) {
        value = ir::make_cast(copy.dst.buffer->dtype, value);
    }
    parallel.body.push_back(ir::make_stmt(ir::Store{copy.dst.buffer, to, value}, step.stmt->span));
    emit_parallel(step, parallel, storage, coder, out);
}

}  // namespace tessera::tile::lower

#include <tile/pass/spelled.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <tile/pass/names.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::DType;
using ir::Expr;
using ir::Op;
using ir::Stmt;
using ir::Var;

bool is_whole(const ir::Region& region) {
    for (size_t i = 0; i < region.begin.size(); ++i) {
        if (ir::constant(region.begin[i]) != 0 || !ir::constant(region.extent[i]) ||
            ir::constant(region.extent[i]) != ir::constant(region.buffer->shape[i])) {
            return false;
        }
    }
    return is_block(region.buffer);
}

class Speller {
public:
    explicit Speller(const ir::Kernel& kernel) : names_(kernel) {}

    ir::Block block(const ir::Block& body) {
        ir::Block result;
        for (const Stmt& stmt : body) {
            span_ = stmt->span;
            if (const auto* reduce = std::get_if<ir::Reduce>(&stmt->of); reduce != nullptr && bitwise(*reduce)) {
                bits(*reduce, result);
            } else if (const auto* scan = std::get_if<ir::Scan>(&stmt->of); scan != nullptr && running_maximum(*scan)) {
                lines(*scan, result);
            } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
                result.push_back(ir::make_stmt(with_products(*nest, result), stmt->span));
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ir::For made = *loop;
                made.body = block(loop->body);
                result.push_back(ir::make_stmt(std::move(made), stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                result.push_back(ir::make_stmt(ir::If{branch->condition, block(branch->then), block(branch->otherwise)},
                                               stmt->span));
            } else if (const auto* repeated = std::get_if<ir::While>(&stmt->of)) {
                result.push_back(ir::make_stmt(ir::While{repeated->condition, block(repeated->body)}, stmt->span));
            } else {
                result.push_back(stmt);
            }
        }
        return result;
    }

private:
    Names names_;
    Span span_;

    static bool bitwise(const ir::Reduce& reduce) {
        return (reduce.op == ir::Reduction::And || reduce.op == ir::Reduction::Or || reduce.op == ir::Reduction::Xor) &&
               ir::is_int(reduce.src.buffer->dtype) && reduce.src.buffer->dtype == reduce.dst.buffer->dtype &&
               is_whole(reduce.src) && is_whole(reduce.dst);
    }

    static bool running_maximum(const ir::Scan& scan) {
        const size_t rank = scan.src.begin.size();
        return scan.op == ir::Reduction::Max && (rank == 1 || rank == 2) && scan.dst.begin.size() == rank &&
               scan.src.buffer->dtype == scan.dst.buffer->dtype && is_whole(scan.src) && is_whole(scan.dst);
    }

    Var variable(const std::string& name) {
        return std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(name), DType::Int32});
    }

    Buffer buffer(const std::string& name, DType type, std::vector<Expr> shape, ir::Block& out) {
        const auto made = std::make_shared<const ir::BufferNode>(
            ir::BufferNode{names_.fresh(name), type, std::move(shape), ir::Scope::Fragment, span_});
        out.push_back(ir::make_stmt(ir::Alloc{made, nullptr}, span_));
        return made;
    }

    /// result[...] = value(indices) for all elements, where a condition holds if there is one.
    template <class Value, class Condition>
    void each(const Buffer& result, ir::Block& out, Value&& value, Condition&& condition) {
        ir::Parallel nest;
        std::vector<Expr> indices;
        for (size_t d = 0; d < result->shape.size(); ++d) {
            nest.vars.push_back(variable("e"));
            nest.extents.push_back(result->shape[d]);
            indices.push_back(ir::make_var(nest.vars.back()));
        }
        const Expr where = condition(indices);
        Stmt store = ir::make_stmt(ir::Store{result, indices, value(indices)}, span_);
        nest.body = {where ? ir::make_stmt(ir::If{where, {store}, {}}, span_) : store};
        out.push_back(ir::make_stmt(std::move(nest), span_));
    }
    template <class Value>
    void each(const Buffer& result, ir::Block& out, Value&& value) {
        each(result, out, value, [](const std::vector<Expr>&) { return Expr{}; });
    }

    void fill(const Buffer& buffer, const Expr& value, ir::Block& out) const {
        out.push_back(ir::make_stmt(ir::Fill{ir::whole(buffer), value}, span_));
    }

    static ir::For counted(const Var& var, int64_t begin, int64_t end, int64_t step) {
        ir::For loop;
        loop.var = var;
        loop.begin = ir::make_int(begin);
        loop.end = ir::make_int(end);
        loop.step = ir::make_int(step);
        return loop;
    }

    /// Indices of the variables of a nest that a divisor depends on, if its reciprocal is worth taking beforehand: it
    /// is the same for more than a tile's row, and comes from blocks of float32 that the nest does not change (others
    /// would need 32-bit DST for it).
    static std::vector<size_t> worth_taking(const Expr& divisor, const ir::Parallel& nest, const Buffer& changed) {
        bool loads = false, steady = true;
        ir::walk(divisor, [&](const Expr& node) {
            loads = loads || node->op == Op::Load;
            steady = steady && (node->op != Op::Load || (is_block(node->buffer) && node->buffer != changed &&
                                                         node->buffer->dtype == DType::Float32));
        });
        std::vector<size_t> used;
        int64_t alike = 1;
        for (size_t i = 0; i < nest.vars.size(); ++i) {
            const auto extent = ir::constant(nest.extents[i]);
            if (ir::uses(divisor, nest.vars[i])) {
                used.push_back(i);
            } else {
                alike *= extent.value_or(1);
            }
        }
        return loads && steady && alike > 32 ? used : std::vector<size_t>{};
    }

    /// The nest with products for such quotients; the reciprocals are taken before it.
    ir::Parallel with_products(const ir::Parallel& nest, ir::Block& out) {
        ir::Parallel made = nest;
        const auto* store = nest.body.size() == 1 ? std::get_if<ir::Store>(&nest.body.front()->of) : nullptr;
        if (store == nullptr) {
            return made;
        }
        std::vector<std::pair<Expr, Expr>> taken;
        const Expr value = ir::rewrite(store->value, [&](const Expr& node) -> Expr {
            if (node->op != Op::Div || node->dtype != DType::Float32) {
                return node;
            }
            const Expr& divisor = node->args[1];
            for (const auto& [other, reciprocal] : taken) {
                if (ir::same(other, divisor)) {
                    return node->args[0] * reciprocal;
                }
            }
            const std::vector<size_t> used = worth_taking(divisor, nest, store->buffer);
            if (used.empty()) {
                return node;
            }
            std::vector<Expr> shape, indices;
            for (const size_t i : used) {
                shape.push_back(nest.extents[i]);
                indices.push_back(ir::make_var(nest.vars[i]));
            }
            const Buffer reciprocals = buffer("reciprocal", DType::Float32, std::move(shape), out);
            each(reciprocals, out, [&](const std::vector<Expr>& at) {
                const Expr there = ir::substitute(divisor, [&](const Var& var) {
                    for (size_t i = 0; i < used.size(); ++i) {
                        if (nest.vars[used[i]] == var) {
                            return at[i];
                        }
                    }
                    return Expr();
                });
                return ir::make(Op::Div, {ir::make_float(1, DType::Float32), there});
            });
            taken.emplace_back(divisor, ir::make_load(reciprocals, std::move(indices)));
            return node->args[0] * taken.back().second;
        });
        made.body = {ir::make_stmt(ir::Store{store->buffer, store->indices, value}, nest.body.front()->span)};
        return made;
    }

    void bits(const ir::Reduce& reduce, ir::Block& out) {
        const Buffer &source = reduce.src.buffer, &target = reduce.dst.buffer;
        const DType type = source->dtype;
        const Buffer one = buffer("bit", DType::Int32, source->shape, out);
        const Buffer joined = buffer("bit_of_all", DType::Int32, target->shape, out);
        const Buffer sum = buffer("bits", type, target->shape, out);
        fill(sum, ir::make_int(0, type), out);
        const Var number = variable("b");
        ir::For loop = counted(number, 0, ir::bits_of(type), 1);
        const Expr shift = ir::make_var(number);
        each(one, loop.body, [&](const std::vector<Expr>& at) {
            const Expr word = ir::make_cast(DType::Int32, ir::make_load(source, at));
            return ir::make(Op::BitAnd, {ir::make(Op::Shr, {word, shift}), ir::make_int(1)});
        });
        ir::Reduce over = reduce;
        over.op = reduce.op == ir::Reduction::And  ? ir::Reduction::Min
                  : reduce.op == ir::Reduction::Or ? ir::Reduction::Max
                                                   : ir::Reduction::Sum;
        over.src = ir::whole(one);
        over.dst = ir::whole(joined);
        over.clear = true;
        loop.body.push_back(ir::make_stmt(std::move(over), span_));
        each(sum, loop.body, [&](const std::vector<Expr>& at) {
            const Expr bit = ir::make(Op::BitAnd, {ir::make_load(joined, at), ir::make_int(1)});
            const Expr word = ir::make_cast(type, ir::make(Op::Shl, {bit, shift}));
            return ir::make(Op::BitOr, {ir::make_load(sum, at), word});
        });
        out.push_back(ir::make_stmt(std::move(loop), span_));
        const Op join = reduce.op == ir::Reduction::And  ? Op::BitAnd
                        : reduce.op == ir::Reduction::Or ? Op::BitOr
                                                         : Op::BitXor;
        each(target, out, [&](const std::vector<Expr>& at) {
            const Expr all = ir::make_load(sum, at);
            return reduce.clear ? all : ir::make(join, {ir::make_load(target, at), all});
        });
    }

    void lines(const ir::Scan& scan, ir::Block& out) {
        const Buffer &source = scan.src.buffer, &target = scan.dst.buffer;
        const DType type = source->dtype;
        const auto rank = static_cast<int>(source->shape.size());
        const auto along = static_cast<size_t>(scan.dim < 0 ? scan.dim + rank : scan.dim);
        const int64_t count = ir::constant(source->shape[along]).value_or(1);
        std::vector<Expr> shape = {rank == 1 ? ir::make_int(1) : source->shape[1 - along]};
        const Buffer most = buffer("most", type, std::move(shape), out);
        // The source may be the result: lines not yet stored are as they were.
        fill(most,
             ir::is_float(type)
                 ? ir::make_float(-std::numeric_limits<double>::infinity(), type)
                 : ir::make_int(ir::is_signed(type) ? -(int64_t{1} << (ir::bits_of(type) - 1)) : 0, type),
             out);
        if (target != source) {
            fill(target, ir::is_float(type) ? ir::make_float(0, type) : ir::make_int(0, type), out);
        }
        const Var line = variable("line");
        ir::For loop = scan.reverse ? counted(line, count - 1, -1, -1) : counted(line, 0, count, 1);
        each(most, loop.body, [&](const std::vector<Expr>& at) {
            std::vector<Expr> from = {at[0]};
            if (rank == 1) {
                from[0] = ir::make_var(line);
            } else {
                from.insert(from.begin() + static_cast<std::ptrdiff_t>(along), ir::make_var(line));
            }
            return ir::make(Op::Max, {ir::make_load(most, at), ir::make_load(source, std::move(from))});
        });
        each(
            target, loop.body,
            [&](const std::vector<Expr>& at) {
                return ir::make_load(most, {rank == 1 ? ir::make_int(0) : at[1 - along]});
            },
            [&](const std::vector<Expr>& at) { return ir::make(Op::Eq, {at[along], ir::make_var(line)}); });
        out.push_back(ir::make_stmt(std::move(loop), span_));
    }
};

}  // namespace

ir::Kernel spelled_out(const ir::Kernel& kernel) {
    ir::Kernel result = kernel;
    Speller speller(kernel);
    for (Stmt& stmt : result.body) {
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            ir::Launch made = *launch;
            made.body = speller.block(launch->body);
            stmt = ir::make_stmt(std::move(made), stmt->span);
        }
    }
    return result;
}

}  // namespace tessera::tile::pass

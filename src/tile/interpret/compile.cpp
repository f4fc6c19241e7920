// From statements to what the interpreter runs.
#include <algorithm>
#include <bit>
#include <set>

#include <tile/interpret/code.h>

namespace tessera::tile::interpret {
namespace {

using ir::DType;
using ir::Expr;
using ir::Op;

bool has_hazard(const Expr& expr) {
    bool found = false;
    ir::walk(expr, [&](const Expr& node) {
        found = found || node->op == Op::Load || node->op == Op::FloorDiv || node->op == Op::FloorMod;
    });
    return found;
}

/// All accesses to buffers in a Parallel's body: what is read and what is written, with their indices.
struct Accesses {
    std::map<ir::Buffer, std::vector<std::vector<Expr>>> all;
    std::set<ir::Buffer> written;
    std::set<ir::Var> inner;  // variables that Lets in the body define

    void reads(const Expr& expr) {
        ir::walk(expr, [&](const Expr& node) {
            if (node->op == Op::Load) {
                all[node->buffer].push_back(node->args);
            }
        });
    }
    void of(const ir::Block& block) {
        ir::walk_statements(block, [&](const ir::Stmt& stmt) {
            ir::each_expr(*stmt, [&](const Expr& expr) { reads(expr); });
            if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
                all[store->buffer].push_back(store->indices);
                written.insert(store->buffer);
            } else if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
                inner.insert(let->var);
            }
        });
    }
    /// Whether no two iterations can meet in the buffer: all accesses have the same indices, and each variable of the
    /// nest stands alone in one of them, beside a sum of what does not change.
    bool apart(const ir::Buffer& buffer, const ir::Parallel& nest) const {
        const auto& accesses = all.at(buffer);
        for (const auto& indices : accesses) {
            if (!std::equal(indices.begin(), indices.end(), accesses[0].begin(), accesses[0].end(), ir::same)) {
                return false;
            }
        }
        for (size_t i = 0; i < nest.vars.size(); ++i) {
            if (ir::constant(nest.extents[i]) != 1 &&
                std::none_of(accesses[0].begin(), accesses[0].end(),
                             [&](const Expr& index) { return only(index, nest, nest.vars[i]); })) {
                return false;
            }
        }
        return true;
    }

private:
    bool fixed(const Expr& expr, const ir::Parallel& nest) const {
        bool is_fixed = true;
        ir::walk(expr, [&](const Expr& node) {
            is_fixed =
                is_fixed && node->op != Op::Load &&
                (node->op != Op::Var || (!inner.contains(node->var) &&
                                         std::find(nest.vars.begin(), nest.vars.end(), node->var) == nest.vars.end()));
        });
        return is_fixed;
    }
    bool only(const Expr& index, const ir::Parallel& nest, const ir::Var& var) const {
        if (index->op == Op::Var) {
            return index->var == var;
        }
        return index->op == Op::Add && ((only(index->args[0], nest, var) && fixed(index->args[1], nest)) ||
                                        (only(index->args[1], nest, var) && fixed(index->args[0], nest)));
    }
};

class Compiler {
public:
    Code take(const ir::Kernel& kernel) {
        for (const ir::Var& symbol : kernel.symbols) {
            variable(symbol);
        }
        for (const ir::Buffer& param : kernel.params) {
            buffer(param);
        }
        code_.body = block(kernel.body);
        code_.shapes.resize(code_.buffers.size());
        for (size_t i = 0; i < code_.buffers.size(); ++i) {
            for (const Expr& extent : code_.buffers[i]->shape) {
                code_.shapes[i].push_back(expression(extent));
            }
        }
        number_registers();
        return std::move(code_);
    }

private:
    // Registers: variables and constants have their own, which are numbered from here; those of an expression's
    // intermediate values are counted from `temporary_base` until all are known.
    static constexpr uint32_t temporary_base = 1U << 30;

    uint32_t variable(const ir::Var& var) {
        const auto [at, is_new] = code_.variables.emplace(var.get(), fixed_registers_);
        fixed_registers_ += is_new ? 1 : 0;
        return at->second;
    }

    uint32_t buffer(const ir::Buffer& wanted) {
        const auto found = std::find(code_.buffers.begin(), code_.buffers.end(), wanted);
        if (found != code_.buffers.end()) {
            return static_cast<uint32_t>(found - code_.buffers.begin());
        }
        code_.buffers.push_back(wanted);
        return static_cast<uint32_t>(code_.buffers.size() - 1);
    }

    uint32_t constant_register(Lane value, bool is_float) {
        const auto key = std::pair(is_float, value.i);
        const auto [at, is_new] = constants_.emplace(key, fixed_registers_);
        if (is_new) {
            ++fixed_registers_;
            code_.constants.emplace_back(at->second, value);
        }
        return at->second;
    }

    uint32_t temporary() {
        most_temporaries_ = std::max(most_temporaries_, temporaries_ + 1);
        return temporary_base + temporaries_++;
    }

    Expression expression(const Expr& expr) {
        Expression result;
        result.type = expr->dtype;
        result.span = expr->span;
        const uint32_t before = temporaries_;
        result.result = emit(expr, result);
        temporaries_ = before;
        return result;
    }

    void add(Expression& into, Instruction instruction, const Expr& node) {
        instruction.span = node->span.line != 0 ? node->span : place_;
        into.code.push_back(instruction);
    }

    void restrict_to(Expression& into, uint32_t condition, bool holds, const Expr& node) {
        Instruction mask;
        mask.kind = Instruction::Kind::Restrict;
        mask.a = condition;
        mask.b = holds ? 0 : 1;
        add(into, mask, node);
    }
    void release(Expression& into, const Expr& node) {
        Instruction mask;
        mask.kind = Instruction::Kind::Release;
        add(into, mask, node);
    }

    uint32_t emit(const Expr& node, Expression& into) {
        switch (node->op) {
            case Op::Int:
                return constant_register(Lane{.i = node->int_value}, false);
            case Op::Float:
                return constant_register(Lane{.d = node->float_value}, true);
            case Op::Var:
                return variable(node->var);
            case Op::Load: {
                Access access;
                access.buffer = buffer(node->buffer);
                for (const Expr& index : node->args) {
                    access.indices.push_back(emit(index, into));
                }
                access.watched = watched_.contains(access.buffer);
                Instruction load;
                load.kind = Instruction::Kind::Load;
                load.type = node->dtype;
                load.a = static_cast<uint32_t>(into.loads.size());
                load.dst = temporary();
                into.loads.push_back(std::move(access));
                add(into, load, node);
                return load.dst;
            }
            case Op::Cast:
            case Op::Reinterpret: {
                Instruction convert;
                convert.kind = Instruction::Kind::Convert;
                convert.op = node->op;
                convert.type = node->dtype;
                convert.from_type = node->args[0]->dtype;
                convert.a = emit(node->args[0], into);
                convert.dst = temporary();
                add(into, convert, node);
                return convert.dst;
            }
            default:
                break;
        }
        Instruction operate;
        operate.op = node->op;
        operate.type = node->dtype;
        operate.from_type = node->args[0]->dtype;
        operate.a = emit(node->args[0], into);
        // What is not chosen cannot go wrong: the other operands run only in the lanes that want them.
        const auto guarded = [&](const Expr& arg, bool holds) {
            if (!has_hazard(arg)) {
                return emit(arg, into);
            }
            restrict_to(into, operate.a, holds, arg);
            const uint32_t value = emit(arg, into);
            release(into, arg);
            return value;
        };
        if (node->op == Op::And || node->op == Op::Or) {
            operate.b = guarded(node->args[1], node->op == Op::And);
        } else if (node->op == Op::Select) {
            operate.b = guarded(node->args[1], true);
            operate.c = guarded(node->args[2], false);
        } else if (node->args.size() > 1) {
            operate.b = emit(node->args[1], into);
        }
        operate.dst = temporary();
        add(into, operate, node);
        if (ir::is_int(node->dtype) && !ir::is_signed(node->dtype) && node->dtype != DType::UInt64) {
            Instruction wrap;
            wrap.kind = Instruction::Kind::Wrap;
            wrap.type = node->dtype;
            wrap.a = wrap.dst = operate.dst;
            add(into, wrap, node);
        }
        return operate.dst;
    }

    std::vector<Expression> expressions(const std::vector<Expr>& exprs) {
        std::vector<Expression> all;
        all.reserve(exprs.size());
        for (const Expr& expr : exprs) {
            all.push_back(expression(expr));
        }
        return all;
    }

    RegionCode region(const ir::Region& place) {
        return {buffer(place.buffer), expressions(place.begin), expressions(place.extent), place.dropped};
    }

    std::vector<Step> block(const ir::Block& statements) {
        std::vector<Step> all;
        all.reserve(statements.size());
        for (const ir::Stmt& stmt : statements) {
            all.push_back(step(*stmt));
        }
        return all;
    }

    Step step(const ir::StmtNode& stmt) {
        Step step;
        step.stmt = &stmt;
        place_ = stmt.span;
        std::visit([&](const auto& of) { fill(step, of); }, stmt.of);
        return step;
    }

    void fill(Step& step, const ir::Alloc& of) {
        step.buffer = buffer(of.buffer);
        if (of.init) {
            step.value = expression(of.init);
        }
    }
    void fill(Step& step, const ir::Let& of) {
        step.value = expression(of.value);
        step.variable = variable(of.var);
    }
    /// The registers of the indices and of the value must live together.
    void element(Step& step, const ir::Buffer& target, const std::vector<Expr>& indices, const Expr& value) {
        const uint32_t before = temporaries_;
        step.target.buffer = buffer(target);
        step.target.watched = watched_.contains(step.target.buffer);
        for (const Expr& index : indices) {
            step.target.indices.push_back(emit(index, step.value));
        }
        step.value.result = emit(value, step.value);
        step.value.type = value->dtype;
        temporaries_ = before;
    }
    void fill(Step& step, const ir::Store& of) { element(step, of.buffer, of.indices, of.value); }
    void fill(Step& step, const ir::For& of) {
        step.expressions = expressions({of.begin, of.end, of.step});
        step.variable = variable(of.var);
        step.body = block(of.body);
    }
    void fill(Step& step, const ir::Parallel& of) {
        step.expressions = expressions(of.extents);
        Accesses accesses;
        accesses.of(of.body);
        for (const ir::Buffer& written : accesses.written) {
            if (!accesses.apart(written, of)) {
                step.watched.push_back(buffer(written));
            }
        }
        watched_.insert(step.watched.begin(), step.watched.end());
        std::set<uint32_t> own;
        for (const ir::Var& var : of.vars) {
            step.variables.push_back(variable(var));
            own.insert(step.variables.back());
        }
        for (const ir::Var& var : accesses.inner) {
            own.insert(variable(var));
        }
        step.body = block(of.body);
        watched_.clear();
        std::set<uint32_t> outer;
        ir::walk_statements(of.body, [&](const ir::Stmt& stmt) {
            ir::each_expr(*stmt, [&](const Expr& expr) {
                ir::walk(expr, [&](const Expr& node) {
                    if (node->op == Op::Var && !own.contains(variable(node->var))) {
                        outer.insert(variable(node->var));
                    }
                });
            });
        });
        step.outer_variables.assign(outer.begin(), outer.end());
    }
    void fill(Step& step, const ir::Launch& of) {
        step.expressions = expressions(of.extents);
        for (const ir::Var& var : of.vars) {
            step.variables.push_back(variable(var));
        }
        step.body = block(of.body);
    }
    void fill(Step& step, const ir::If& of) {
        step.value = expression(of.condition);
        step.body = block(of.then);
        step.otherwise = block(of.otherwise);
    }
    void fill(Step& step, const ir::While& of) {
        step.value = expression(of.condition);
        step.body = block(of.body);
    }
    void fill(Step&, const ir::Break&) {}
    template <class Moves>
    void moves(Step& step, const Moves& of) {
        step.regions = {region(of.src), region(of.dst)};
    }
    void fill(Step& step, const ir::Copy& of) { moves(step, of); }
    void fill(Step& step, const ir::Reduce& of) { moves(step, of); }
    void fill(Step& step, const ir::Scan& of) { moves(step, of); }
    void fill(Step& step, const ir::Transpose& of) { moves(step, of); }
    void fill(Step& step, const ir::Fill& of) {
        step.regions = {region(of.dst)};
        step.value = expression(of.value);
    }
    void fill(Step& step, const ir::Gemm& of) { step.regions = {region(of.a), region(of.b), region(of.c)}; }
    void fill(Step& step, const ir::Atomic& of) {
        if (of.src) {
            step.regions = {region(*of.src), region(of.dst)};
        } else {
            element(step, of.dst.buffer, of.dst.begin, of.value);
        }
    }
    void fill(Step& step, const ir::Im2col& of) {
        step.regions = {region(of.img), region(of.dst)};
        step.expressions = expressions({of.first_row, of.first_column});
    }
    void fill(Step& step, const ir::Assert& of) { step.value = expression(of.condition); }

    // Intermediate values come after variables and constants.
    void number(uint32_t& number) const {
        if (number >= temporary_base) {
            number = number - temporary_base + fixed_registers_;
        }
    }
    void number(Access& access) const {
        for (uint32_t& index : access.indices) {
            number(index);
        }
    }
    void number(Expression& expression) const {
        for (Instruction& instruction : expression.code) {
            number(instruction.dst);
            if (instruction.kind != Instruction::Kind::Load) {
                number(instruction.a);
                number(instruction.b);
                number(instruction.c);
            }
        }
        for (Access& load : expression.loads) {
            number(load);
        }
        number(expression.result);
    }
    void number(std::vector<Expression>& all) const {
        for (Expression& expression : all) {
            number(expression);
        }
    }
    void number(std::vector<Step>& steps) const {
        for (Step& step : steps) {
            number(step.expressions);
            number(step.value);
            number(step.target);
            for (RegionCode& region : step.regions) {
                number(region.begin);
                number(region.extent);
            }
            number(step.body);
            number(step.otherwise);
        }
    }
    void number_registers() {
        number(code_.body);
        for (std::vector<Expression>& shape : code_.shapes) {
            number(shape);
        }
        code_.registers = fixed_registers_ + most_temporaries_;
    }

    Code code_;
    std::map<std::pair<bool, int64_t>, uint32_t> constants_;
    std::set<uint32_t> watched_;
    uint32_t fixed_registers_ = 0;
    uint32_t temporaries_ = 0, most_temporaries_ = 0;
    Span place_;
};

}  // namespace

Code compile(const ir::Kernel& kernel) {
    return Compiler().take(kernel);
}

}  // namespace tessera::tile::interpret

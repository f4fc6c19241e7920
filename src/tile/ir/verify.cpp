#include <tile/ir/verify.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include <tile/ir/print.h>

namespace tessera::tile::ir {
namespace {

constexpr std::array<Invariant, 25> table{{
    {"expression-whole", "an expression has all of its operands, its variable or its buffer"},
    {"expression-type", "operands have the types that their operator takes, and the result the type that it gives"},
    {"variable-in-scope", "a variable is used only below what defines it"},
    {"buffer-in-scope", "a buffer is used only if it is a parameter, or below its allocation"},
    {"names-unique", "no two variables and no two buffers of a kernel have one name"},
    {"access-rank", "an element is named by one integer a dimension of its buffer"},
    {"region-rank", "a region says of each dimension of its buffer where it begins and how long it is, in integers"},
    {"region-dropped", "a dimension that was indexed has the extent 1"},
    {"parameter-scope", "parameters, and only they, have the scope of parameters, and outputs are parameters"},
    {"hint-tensor", "shards and safe values are of parameters or of globals"},
    {"hint-value", "shards cut dimensions that there are, once each, and schedules have cores"},
    {"alloc-place", "global buffers are allocated outside of launches, all others within"},
    {"alloc-shape", "an allocated buffer has constant extents above zero"},
    {"top-level", "outside of launches there are only allocations, lets, asserts and launches; in them no launches"},
    {"nest", "a launch or parallel has one extent a variable, integers, and a launch at least one"},
    {"parallel-body", "a parallel holds lets, stores, conditions and atomics of one element"},
    {"let-type", "a let's value has its variable's type"},
    {"store-type", "a stored value has its buffer's type"},
    {"condition-type", "a condition is a bool"},
    {"loop-bounds", "a loop's bounds have its variable's type, and its step is a constant other than zero"},
    {"break-in-loop", "a break is in a loop"},
    {"copy-shape", "the two sides of a copy, an atomic or a scan match"},
    {"gemm-shape", "a matrix product's operands and result are matrices that fit"},
    {"reduce-shape", "a reduction is over a dimension that there is, into what is left"},
    {"operation", "an operation has the operands and numbers that it needs"},
}};

class Verifier {
public:
    std::vector<Violation> take(const Kernel& kernel) {
        for (const Var& symbol : kernel.symbols) {
            define(symbol);
        }
        for (const Buffer& param : kernel.params) {
            place_ = param->span;
            require(param->scope == Scope::Param, "parameter-scope", "{} is a parameter with the scope {}", param->name,
                    name_of(param->scope));
            define(param);
            for (const Expr& extent : param->shape) {
                integer(extent, "nest");
            }
        }
        place_ = {};
        for (const Buffer& output : kernel.outputs) {
            require(std::find(kernel.params.begin(), kernel.params.end(), output) != kernel.params.end(),
                    "parameter-scope", "the output {} is no parameter", output ? output->name : "null");
        }
        for (const Stmt& stmt : kernel.body) {
            top_level(*stmt);
        }
        place_ = {};
        const auto known = [&](const std::string& name) {
            return std::any_of(buffers_.begin(), buffers_.end(), [&](const Buffer& buffer) {
                return buffer->name == name && (buffer->scope == Scope::Param || buffer->scope == Scope::Global);
            });
        };
        for (const auto& [name, hints] : kernel.shards) {
            if (!require(known(name), "hint-tensor", "there is no tensor {} to shard", name)) {
                continue;
            }
            const auto tensor = std::find_if(buffers_.begin(), buffers_.end(),
                                             [&, &name = name](const Buffer& one) { return one->name == name; });
            std::set<int64_t> axes;
            for (const int64_t axis : hints.axes) {
                require(axis >= 0 && axis < static_cast<int64_t>((*tensor)->shape.size()) && axes.insert(axis).second,
                        "hint-value", "{} is cut along dimension {}, which it has not, or twice", name, axis);
            }
            require((hints.placement == "DRAM" || hints.placement == "L1") &&
                        (hints.order == "row_major" || hints.order == "column_major"),
                    "hint-value", "{} is placed in {}, {}", name, hints.placement, hints.order);
        }
        const ScheduleHints& schedule = kernel.schedule;
        require((!schedule.grid || (schedule.grid->first > 0 && schedule.grid->second > 0)) &&
                    (!schedule.stride || schedule.stride->second > 0) && (!schedule.cores || *schedule.cores > 0),
                "hint-value", "a schedule has no cores");
        for (const auto& [name, value] : kernel.safe_values) {
            require(known(name), "hint-tensor", "there is no tensor {} to have a safe value", name);
        }
        return std::move(violations_);
    }

private:
    template <class... Values>
    bool require(bool holds, std::string_view invariant, fmt::format_string<Values...> format, Values&&... values) {
        if (!holds) {
            violations_.push_back({invariant, place_, fmt::format(format, std::forward<Values>(values)...)});
        }
        return holds;
    }

    // Names.
    void define(const Var& var) {
        if (!require(var != nullptr, "expression-whole", "a variable is missing")) {
            return;
        }
        require(names_.insert(var->name).second, "names-unique", "there are two of the name {}", var->name);
        variables_.insert(var);
    }
    void define(const Buffer& buffer) {
        if (!require(buffer != nullptr, "expression-whole", "a buffer is missing")) {
            return;
        }
        require(names_.insert(buffer->name).second, "names-unique", "there are two of the name {}", buffer->name);
        buffers_.insert(buffer);
    }
    bool known(const Buffer& buffer) {
        return require(buffer != nullptr, "expression-whole", "a buffer is missing") &&
               require(buffers_.contains(buffer), "buffer-in-scope", "{} is not known here", buffer->name);
    }

    // Expressions. False: not to be looked at further.
    bool whole_expr(const Expr& expr) {
        if (!require(expr != nullptr, "expression-whole", "an expression is missing")) {
            return false;
        }
        if (expr->op == Op::Var &&
            !require(expr->var != nullptr, "expression-whole", "a variable is missing in an expression")) {
            return false;
        }
        if (expr->op == Op::Load && !require(expr->buffer != nullptr, "expression-whole", "a load has no buffer")) {
            return false;
        }
        if (expr->op != Op::Load && !require(expr->args.size() == info(expr->op).operands, "expression-whole",
                                             "{} has {} operands", info(expr->op).name, expr->args.size())) {
            return false;
        }
        return std::all_of(expr->args.begin(), expr->args.end(), [&](const Expr& arg) { return whole_expr(arg); });
    }

    bool typed(const Expr& expr) {
        for (const Expr& arg : expr->args) {
            if (!typed(arg)) {
                return false;
            }
        }
        switch (expr->op) {
            case Op::Var:
                return require(expr->dtype == expr->var->dtype, "expression-type", "{} is {} and is used as {}",
                               expr->var->name, name_of(expr->var->dtype), name_of(expr->dtype));
            case Op::Int:
                return require(!is_float(expr->dtype), "expression-type", "an integer has the type {}",
                               name_of(expr->dtype));
            case Op::Float:
                return require(is_float(expr->dtype), "expression-type", "a floating-point number has the type {}",
                               name_of(expr->dtype));
            case Op::Load:
                return elements(expr->buffer, expr->args) &&
                       require(expr->dtype == expr->buffer->dtype, "expression-type", "{} holds {} and is read as {}",
                               expr->buffer->name, name_of(expr->buffer->dtype), name_of(expr->dtype));
            default:
                break;
        }
        try {
            const Expr made = with_args(expr, expr->args);
            return require(made->dtype == expr->dtype, "expression-type", "{} gives {}, not {}", info(expr->op).name,
                           name_of(made->dtype), name_of(expr->dtype));
        } catch (const std::logic_error& error) {
            return require(false, "expression-type", "{}", error.what());
        }
    }

    bool elements(const Buffer& buffer, const std::vector<Expr>& indices) {
        return require(indices.size() == buffer->shape.size(), "access-rank", "{} has {} dimensions, not {}",
                       buffer->name, buffer->shape.size(), indices.size()) &&
               std::all_of(indices.begin(), indices.end(), [&](const Expr& index) {
                   return require(is_int(index->dtype), "access-rank", "an index of {} is {}", buffer->name,
                                  name_of(index->dtype));
               });
    }

    bool expr(const Expr& node) {
        if (!whole_expr(node) || !typed(node)) {
            return false;
        }
        walk(node, [&](const Expr& inside) {
            if (inside->op == Op::Var) {
                require(variables_.contains(inside->var), "variable-in-scope", "{} is not known here",
                        inside->var->name);
            } else if (inside->op == Op::Load) {
                known(inside->buffer);
            }
        });
        return true;
    }
    bool integer(const Expr& node, std::string_view invariant) {
        return expr(node) && require(is_int(node->dtype), invariant, "{} is no integer", print(node));
    }
    void condition(const Expr& node) {
        if (expr(node)) {
            require(node->dtype == DType::Bool, "condition-type", "the condition {} is {}", print(node),
                    name_of(node->dtype));
        }
    }

    bool region(const Region& place) {
        if (!known(place.buffer)) {
            return false;
        }
        const size_t rank = place.buffer->shape.size();
        if (!require(place.begin.size() == rank && place.extent.size() == rank && place.dropped.size() == rank,
                     "region-rank", "a region of {} has {} begins, {} extents and {} marks for {} dimensions",
                     place.buffer->name, place.begin.size(), place.extent.size(), place.dropped.size(), rank)) {
            return false;
        }
        bool good = true;
        for (size_t i = 0; i < rank; ++i) {
            good = integer(place.begin[i], "region-rank") && integer(place.extent[i], "region-rank") && good;
            if (good && place.dropped[i]) {
                require(constant(place.extent[i]) == 1, "region-dropped",
                        "dimension {} of {} is indexed, with extent {}", i, place.buffer->name, print(place.extent[i]));
            }
        }
        return good;
    }

    // Shapes, as far as they are constants.
    static std::vector<Expr> kept(const Region& place) {
        std::vector<Expr> extents;
        for (size_t i = 0; i < place.extent.size(); ++i) {
            if (!place.dropped[i]) {
                extents.push_back(place.extent[i]);
            }
        }
        return extents;
    }
    static bool may_match(const Expr& a, const Expr& b) {
        const auto first = constant(a), second = constant(b);
        return !first || !second || *first == *second;
    }
    void matching(const Region& a, const Region& b, std::string_view what) {
        const std::vector<Expr> first = matched_extents(a), second = matched_extents(b);
        // An extent that is known at run time only may turn out to be 1.
        const auto constants = [](const std::vector<Expr>& extents) {
            return std::all_of(extents.begin(), extents.end(),
                               [](const Expr& extent) { return constant(extent).has_value(); });
        };
        if (!constants(first) || !constants(second)) {
            return;
        }
        require(std::equal(first.begin(), first.end(), second.begin(), second.end(), may_match), "copy-shape",
                "{} of {} and {}", what, print(a), print(b));
    }
    std::vector<Expr> matrix(const Region& place, std::string_view what) {
        std::vector<Expr> extents = kept(place);
        while (extents.size() > 2 && constant(extents.front()) == 1) {
            extents.erase(extents.begin());
        }
        require(extents.size() == 2, "gemm-shape", "{} is {}, which is no matrix", what, print(place));
        return extents;
    }

    // Statements.
    void top_level(const StmtNode& stmt) {
        place_ = stmt.span;
        const bool fits = std::holds_alternative<Alloc>(stmt.of) || std::holds_alternative<Let>(stmt.of) ||
                          std::holds_alternative<Assert>(stmt.of) || std::holds_alternative<Launch>(stmt.of);
        if (!require(fits, "top-level", "a statement is outside of all launches")) {
            return;
        }
        if (const auto* launch = std::get_if<Launch>(&stmt.of)) {
            const auto variables = variables_;
            const auto buffers = buffers_;
            nest(launch->vars, launch->extents, 1);
            in_launch_ = true;
            block(launch->body);
            in_launch_ = false;
            variables_ = variables;
            buffers_ = buffers;
            return;
        }
        statement(stmt);
    }

    void nest(const std::vector<Var>& vars, const std::vector<Expr>& extents, size_t least) {
        require(vars.size() >= least && vars.size() == extents.size(), "nest", "{} variables have {} extents",
                vars.size(), extents.size());
        for (const Expr& extent : extents) {
            integer(extent, "nest");
        }
        for (const Var& var : vars) {
            define(var);
        }
    }

    /// What is defined inside is not known after it.
    void block(const Block& statements) {
        const auto variables = variables_;
        const auto buffers = buffers_;
        for (const Stmt& stmt : statements) {
            place_ = stmt->span;
            statement(*stmt);
        }
        variables_ = variables;
        buffers_ = buffers;
    }

    void statement(const StmtNode& stmt) {
        if (in_parallel_) {
            const auto* atomic = std::get_if<Atomic>(&stmt.of);
            const bool fits = std::holds_alternative<Let>(stmt.of) || std::holds_alternative<Store>(stmt.of) ||
                              std::holds_alternative<If>(stmt.of) || (atomic != nullptr && !atomic->src);
            if (!require(fits, "parallel-body", "a parallel holds another statement")) {
                return;
            }
        }
        std::visit([&](const auto& of) { one(of); }, stmt.of);
    }

    void one(const Alloc& of) {
        if (!require(of.buffer != nullptr, "expression-whole", "an allocation has no buffer")) {
            return;
        }
        const BufferNode& buffer = *of.buffer;
        require(buffer.scope != Scope::Param, "parameter-scope", "{} is allocated as a parameter", buffer.name);
        require((buffer.scope == Scope::Global) == !in_launch_, "alloc-place", "{} is allocated {} a launch as {}",
                buffer.name, in_launch_ ? "in" : "outside of", name_of(buffer.scope));
        for (const Expr& extent : buffer.shape) {
            if (expr(extent)) {
                require(constant(extent).value_or(0) > 0, "alloc-shape", "{} has the extent {}", buffer.name,
                        print(extent));
            }
        }
        if (of.init) {
            expr(of.init);
        }
        define(of.buffer);
    }
    void one(const Let& of) {
        if (expr(of.value) && of.var) {
            require(of.value->dtype == of.var->dtype, "let-type", "{} is {}, and its value {}", of.var->name,
                    name_of(of.var->dtype), name_of(of.value->dtype));
        }
        define(of.var);
    }
    void one(const Store& of) {
        const bool indices =
            std::all_of(of.indices.begin(), of.indices.end(), [&](const Expr& index) { return expr(index); });
        if (!known(of.buffer) || !indices || !elements(of.buffer, of.indices) || !expr(of.value)) {
            return;
        }
        require(of.value->dtype == of.buffer->dtype, "store-type", "{} holds {}, and {} is stored", of.buffer->name,
                name_of(of.buffer->dtype), name_of(of.value->dtype));
    }
    void one(const For& of) {
        for (const Expr& bound : {of.begin, of.end, of.step}) {
            if (expr(bound) && of.var) {
                require(bound->dtype == of.var->dtype && is_int(bound->dtype), "loop-bounds",
                        "{} is {}, and a bound of its loop {}", of.var->name, name_of(of.var->dtype),
                        name_of(bound->dtype));
            }
        }
        require(constant(of.step).value_or(0) != 0, "loop-bounds", "a loop's step is no constant, or zero");
        require(of.stages >= 0, "loop-bounds", "a loop has {} stages", of.stages);
        const auto variables = variables_;
        define(of.var);
        loop(of.body);
        variables_ = variables;
    }
    void loop(const Block& body) {
        ++loops_;
        block(body);
        --loops_;
    }
    void one(const Parallel& of) {
        const auto variables = variables_;
        // One without variables runs once.
        nest(of.vars, of.extents, 0);
        in_parallel_ = true;
        block(of.body);
        in_parallel_ = false;
        variables_ = variables;
    }
    void one(const If& of) {
        condition(of.condition);
        block(of.then);
        block(of.otherwise);
    }
    void one(const While& of) {
        condition(of.condition);
        loop(of.body);
    }
    void one(const Break&) { require(loops_ > 0, "break-in-loop", "a break is in no loop"); }
    void one(const Copy& of) {
        if (region(of.src) && region(of.dst)) {
            matching(of.src, of.dst, "a copy");
        }
    }
    void one(const Fill& of) {
        region(of.dst);
        expr(of.value);
    }
    void one(const Gemm& of) {
        if (!region(of.a) || !region(of.b) || !region(of.c)) {
            return;
        }
        std::vector<Expr> a = matrix(of.a, "the left operand"), b = matrix(of.b, "the right operand"),
                          c = matrix(of.c, "the result");
        if (a.size() != 2 || b.size() != 2 || c.size() != 2) {
            return;
        }
        if (of.transpose_a) {
            std::swap(a[0], a[1]);
        }
        if (of.transpose_b) {
            std::swap(b[0], b[1]);
        }
        require(may_match(a[1], b[0]) && may_match(a[0], c[0]) && may_match(b[1], c[1]), "gemm-shape",
                "a product of {} x {} and {} x {} into {} x {}", print(a[0]), print(a[1]), print(b[0]), print(b[1]),
                print(c[0]), print(c[1]));
    }
    void one(const Reduce& of) {
        if (!region(of.src) || !region(of.dst)) {
            return;
        }
        std::vector<Expr> left = kept(of.src);
        const auto rank = static_cast<int>(left.size());
        const int dim = of.dim < 0 ? of.dim + rank : of.dim;
        if (!require(dim >= 0 && dim < rank, "reduce-shape", "{} has no dimension {}", print(of.src), of.dim)) {
            return;
        }
        left.erase(left.begin() + dim);
        std::erase_if(left, [](const Expr& extent) { return constant(extent) == 1; });
        const std::vector<Expr> into = matched_extents(of.dst);
        require(left.size() == into.size() && std::equal(left.begin(), left.end(), into.begin(), may_match),
                "reduce-shape", "a reduction of {} over dimension {} into {}", print(of.src), of.dim, print(of.dst));
    }
    void one(const Scan& of) {
        if (!region(of.src) || !region(of.dst)) {
            return;
        }
        const auto rank = static_cast<int>(kept(of.src).size());
        require(of.dim >= -rank && of.dim < rank, "reduce-shape", "{} has no dimension {}", print(of.src), of.dim);
        require(of.op == Reduction::Sum || of.op == Reduction::Max, "operation", "a scan of {}", name_of(of.op));
        matching(of.src, of.dst, "a scan");
    }
    void one(const Atomic& of) {
        if (!region(of.dst) || !require(of.src.has_value() != (of.value != nullptr), "operation",
                                        "an atomic has both a region and a value, or neither")) {
            return;
        }
        require(of.op == Reduction::Sum || of.op == Reduction::Max || of.op == Reduction::Min || of.op == Reduction::Or,
                "operation", "an atomic of {}", name_of(of.op));
        if (of.src) {
            if (region(*of.src)) {
                matching(*of.src, of.dst, "an atomic");
            }
        } else if (expr(of.value)) {
            require(matched_extents(of.dst).empty(), "operation", "an atomic of one value on {}", print(of.dst));
        }
    }
    void one(const Transpose& of) {
        if (!region(of.src) || !region(of.dst)) {
            return;
        }
        const std::vector<Expr> src = kept(of.src), dst = kept(of.dst);
        require(src.size() == 2 && dst.size() == 2 && may_match(src[0], dst[1]) && may_match(src[1], dst[0]),
                "copy-shape", "a transpose of {} into {}", print(of.src), print(of.dst));
    }
    void one(const Im2col& of) {
        region(of.dst);
        integer(of.first_row, "operation");
        integer(of.first_column, "operation");
        if (region(of.img)) {
            require(of.img.buffer->shape.size() == 4, "operation", "im2col of {}, which has not four dimensions",
                    of.img.buffer->name);
        }
        require(of.kernel > 0 && of.stride > 0 && of.dilation > 0 && of.pad >= 0, "operation",
                "im2col with kernel {}, stride {}, dilation {}, pad {}", of.kernel, of.stride, of.dilation, of.pad);
    }
    void one(const Assert& of) { condition(of.condition); }
    void one(const Launch&) { require(false, "top-level", "a launch is inside another"); }

    std::vector<Violation> violations_;
    std::set<Var> variables_;
    std::set<Buffer> buffers_;
    std::set<std::string> names_;
    Span place_;
    bool in_launch_ = false, in_parallel_ = false;
    int loops_ = 0;
};

}  // namespace

std::span<const Invariant> invariants() {
    return table;
}

std::vector<Violation> verify(const Kernel& kernel) {
    return Verifier().take(kernel);
}

void require_valid(const Kernel& kernel, std::string_view pass) {
    const std::vector<Violation> all = verify(kernel);
    if (all.empty()) {
        return;
    }
    std::string text = fmt::format("after {} the kernel {} is not as it should be", pass, kernel.name);
    for (const Violation& one : all) {
        text += fmt::format("\n  {} (line {}): {}", one.invariant, one.span.line, one.message);
    }
    throw std::logic_error(text);
}

}  // namespace tessera::tile::ir

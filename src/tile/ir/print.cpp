#include <tile/ir/print.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

namespace tessera::tile::ir {
namespace {

constexpr std::array<std::string_view, 10> reduction_names{"sum", "max", "min", "abssum", "absmax",
                                                           "and", "or",  "xor", "any",    "all"};
constexpr std::array<std::string_view, 5> scope_names{"param", "global", "shared", "fragment", "local"};

/// How strongly an operator binds; 0 of what is printed as a call.
int strength(Op op) {
    switch (op) {
        case Op::Or:
            return 1;
        case Op::And:
            return 2;
        case Op::Eq:
        case Op::Ne:
        case Op::Lt:
        case Op::Le:
        case Op::Gt:
        case Op::Ge:
            return 3;
        case Op::BitOr:
            return 4;
        case Op::BitXor:
            return 5;
        case Op::BitAnd:
            return 6;
        case Op::Shl:
        case Op::Shr:
            return 7;
        case Op::Add:
        case Op::Sub:
            return 8;
        case Op::Mul:
        case Op::Div:
        case Op::FloorDiv:
        case Op::FloorMod:
            return 9;
        default:
            return 0;
    }
}

std::string number_text(double value) {
    if (std::isnan(value)) {
        return "nan";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-inf" : "inf";
    }
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        if (c == '\n') {
            result += "\\n";
        } else {
            result += c;
        }
    }
    return result + "\"";
}

/// Names of variables and buffers in one text: an object keeps its name, unless another one has it already.
class Names {
public:
    Names() : taken_{"true", "false", "inf", "nan", "null", "and", "or"} {}

    const std::string& of(const void* object, const std::string& wanted) {
        const auto known = names_.find(object);
        if (known != names_.end()) {
            return known->second;
        }
        std::string base;
        for (const char c : wanted) {
            base += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ? c : '_';
        }
        if (base.empty() || std::isdigit(static_cast<unsigned char>(base[0])) != 0) {
            base = "_" + base;
        }
        std::string name = base;
        for (int i = 2; !taken_.insert(name).second; ++i) {
            name = fmt::format("{}.{}", base, i);
        }
        return names_.emplace(object, name).first->second;
    }

private:
    std::map<const void*, std::string> names_;
    std::set<std::string> taken_;
};

class Printer {
public:
    explicit Printer(PrintOptions options) : options_(options) {}

    std::string take() { return std::move(text_); }

    std::string name(const Var& var) { return var ? names_.of(var.get(), var->name) : "null"; }
    std::string name(const Buffer& buffer) { return buffer ? names_.of(buffer.get(), buffer->name) : "null"; }

    std::string expr(const Expr& node, int outer = 0) {
        if (!node) {
            return "null";
        }
        const std::string type = fmt::format(":{}", name_of(node->dtype));
        switch (node->op) {
            case Op::Int:
                return node->dtype == DType::Bool
                           ? (node->int_value != 0 ? "true" : "false")
                           : fmt::format("{}{}", node->int_value, node->dtype == DType::Int32 ? "" : type);
            case Op::Float:
                return number_text(node->float_value) + (node->dtype == DType::Float32 ? "" : type);
            case Op::Var:
                return name(node->var);
            case Op::Load:
                return name(node->buffer) + "[" + list(node->args) + "]";
            case Op::Cast:
            case Op::Reinterpret:
                return fmt::format("{}<{}>({})", info(node->op).name, name_of(node->dtype), list(node->args));
            default:
                break;
        }
        const int own = strength(node->op);
        if (own == 0) {
            return fmt::format("{}({})", info(node->op).name, list(node->args));
        }
        // Comparisons do not chain, so either side of one is put into parentheses.
        std::string text = fmt::format("{} {} {}", expr(node->args[0], own == 3 ? own + 1 : own), info(node->op).symbol,
                                       expr(node->args[1], own + 1));
        return own < outer ? "(" + text + ")" : text;
    }

    std::string list(const std::vector<Expr>& nodes) {
        std::string text;
        for (const Expr& node : nodes) {
            text += (text.empty() ? "" : ", ") + expr(node);
        }
        return text;
    }

    std::string region(const Region& place) {
        std::string text = name(place.buffer) + "[";
        if (is_whole(place)) {
            return text + ":]";
        }
        for (size_t i = 0; i < place.begin.size(); ++i) {
            text += (i == 0 ? "" : ", ") + expr(place.begin[i]);
            if (!place.dropped[i]) {
                text += " +: " + expr(place.extent[i]);
            }
        }
        return text + "]";
    }

    std::string declaration(const Buffer& buffer) {
        return fmt::format("{}: {}[{}]", name(buffer), name_of(buffer->dtype), list(buffer->shape));
    }

    void line(int level, const std::string& text) {
        text_.append(static_cast<size_t>(level) * 2, ' ');
        text_ += text;
        text_ += '\n';
    }

    void block(const Block& block, int level) {
        for (const Stmt& stmt : block) {
            statement(*stmt, level);
        }
    }

    void kernel(const Kernel& kernel) {
        line(0, fmt::format("kernel {} {{", quoted(kernel.name)));
        for (const std::string& file : kernel.files) {
            line(1, "file " + quoted(file));
        }
        for (const Var& symbol : kernel.symbols) {
            line(1, fmt::format("symbol {}: {}", name(symbol), name_of(symbol->dtype)));
        }
        for (const Buffer& param : kernel.params) {
            line(1, "param " + declaration(param) + span(param->span));
        }
        for (const Buffer& output : kernel.outputs) {
            line(1, "output " + name(output));
        }
        schedule(kernel.schedule);
        for (const auto& [tensor, hints] : kernel.shards) {
            std::string axes;
            for (const int64_t axis : hints.axes) {
                axes += fmt::format("{}{}", axes.empty() ? "" : ", ", axis);
            }
            line(1, fmt::format("shard {} axes({}) placement {} order {}{}{}{}", quoted(tensor), axes,
                                quoted(hints.placement), quoted(hints.order),
                                hints.rows ? fmt::format(" rows {}", *hints.rows) : "",
                                hints.columns ? fmt::format(" columns {}", *hints.columns) : "",
                                hints.grid ? fmt::format(" grid {} {}", hints.grid->first, hints.grid->second) : ""));
        }
        for (const auto& [tensor, value] : kernel.safe_values) {
            line(1, fmt::format("safe {} {}", quoted(tensor), number_text(value)));
        }
        for (const std::string& hint : kernel.ignored) {
            line(1, "ignored " + quoted(hint));
        }
        line(1, "body {");
        block(kernel.body, 2);
        line(1, "}");
        line(0, "}");
    }

private:
    static bool is_whole(const Region& place) {
        if (!place.buffer || place.begin.size() != place.buffer->shape.size()) {
            return false;
        }
        for (size_t i = 0; i < place.begin.size(); ++i) {
            if (place.dropped[i] || !same(place.begin[i], make_int(0)) ||
                !same(place.extent[i], place.buffer->shape[i])) {
                return false;
            }
        }
        return true;
    }

    std::string span(const Span& place) const {
        if (!options_.spans || place.line == 0) {
            return {};
        }
        return place.file == 0 ? fmt::format(" @{}:{}", place.line, place.column)
                               : fmt::format(" @{}:{}:{}", place.file, place.line, place.column);
    }

    void schedule(const ScheduleHints& hints) {
        if (hints.policy) {
            line(1, "schedule policy " + quoted(*hints.policy));
        }
        if (hints.order) {
            line(1, "schedule order " + quoted(*hints.order));
        }
        if (hints.block_linear != 0) {
            line(1, fmt::format("schedule block_linear {}", hints.block_linear));
        }
        if (hints.stride) {
            line(1, fmt::format("schedule stride {} {}", hints.stride->first, hints.stride->second));
        }
        if (hints.rect) {
            const auto& [y, x, height, width] = *hints.rect;
            line(1, fmt::format("schedule rect {} {} {} {}", y, x, height, width));
        }
        if (hints.chunk_k_tiles) {
            line(1, fmt::format("schedule chunk_k_tiles {}", *hints.chunk_k_tiles));
        }
        if (hints.qk_chunk_tiles) {
            line(1, fmt::format("schedule qk_chunk_tiles {}", *hints.qk_chunk_tiles));
        }
        if (hints.cores) {
            line(1, fmt::format("schedule cores {}", *hints.cores));
        }
        if (hints.grid) {
            line(1, fmt::format("schedule grid {} {}", hints.grid->first, hints.grid->second));
        }
    }

    std::string nest(const std::vector<Var>& vars, const std::vector<Expr>& extents) {
        std::string text;
        for (size_t i = 0; i < vars.size(); ++i) {
            text += fmt::format("{}{}{} in {}", i == 0 ? "" : ", ", name(vars[i]),
                                vars[i]->dtype == DType::Int32 ? "" : fmt::format(": {}", name_of(vars[i]->dtype)),
                                expr(extents[i]));
        }
        return text;
    }

    void with_body(int level, const std::string& head, const Span& place, const Block& body) {
        line(level, head + span(place) + " {");
        block(body, level + 1);
        line(level, "}");
    }

    void statement(const StmtNode& stmt, int level) {
        std::visit([&](const auto& of) { one(of, stmt.span, level); }, stmt.of);
    }

    void plain(int level, const std::string& text, const Span& place) { line(level, text + span(place)); }

    void one(const Alloc& of, const Span& place, int level) {
        plain(level,
              fmt::format("alloc {} {}{}", declaration(of.buffer), name_of(of.buffer->scope),
                          of.init ? " = " + expr(of.init) : ""),
              place);
    }
    void one(const Let& of, const Span& place, int level) {
        const std::string value = expr(of.value);
        plain(level, fmt::format("let {}: {} = {}", name(of.var), name_of(of.var->dtype), value), place);
    }
    void one(const Store& of, const Span& place, int level) {
        plain(level, fmt::format("{}[{}] = {}", name(of.buffer), list(of.indices), expr(of.value)), place);
    }
    void one(const For& of, const Span& place, int level) {
        const std::string bounds = fmt::format("{} to {}", expr(of.begin), expr(of.end));
        std::string head =
            fmt::format("for {}{} = {}", name(of.var),
                        of.var->dtype == DType::Int32 ? "" : fmt::format(": {}", name_of(of.var->dtype)), bounds);
        if (constant(of.step) != 1) {
            head += " step " + expr(of.step);
        }
        if (of.kind == LoopKind::Unrolled) {
            head += " unrolled";
        } else if (of.kind == LoopKind::Pipelined) {
            head += fmt::format(" pipelined({})", of.stages);
        }
        with_body(level, head, place, of.body);
    }
    void one(const Parallel& of, const Span& place, int level) {
        with_body(level, "parallel" + (of.vars.empty() ? "" : " " + nest(of.vars, of.extents)), place, of.body);
    }
    void one(const Launch& of, const Span& place, int level) {
        with_body(level, "launch " + nest(of.vars, of.extents) + (of.in_turns ? " in_turns" : ""), place, of.body);
    }
    void one(const If& of, const Span& place, int level) {
        line(level, "if " + expr(of.condition) + span(place) + " {");
        block(of.then, level + 1);
        if (!of.otherwise.empty()) {
            line(level, "} else {");
            block(of.otherwise, level + 1);
        }
        line(level, "}");
    }
    void one(const While& of, const Span& place, int level) {
        with_body(level, "while " + expr(of.condition), place, of.body);
    }
    void one(const Break&, const Span& place, int level) { plain(level, "break", place); }
    void one(const Copy& of, const Span& place, int level) {
        static constexpr std::array turns = {"", " begins_turn", " ends_turn", " is_turn", " awaits_turns"};
        plain(level,
              fmt::format("copy {} -> {}{}", region(of.src), region(of.dst), turns.at(static_cast<size_t>(of.turn))),
              place);
    }
    void one(const Fill& of, const Span& place, int level) {
        plain(level, fmt::format("fill {} = {}", region(of.dst), expr(of.value)), place);
    }
    void one(const Gemm& of, const Span& place, int level) {
        plain(level,
              fmt::format("gemm {}{} * {}{} -> {}{}", region(of.a), of.transpose_a ? " transposed" : "", region(of.b),
                          of.transpose_b ? " transposed" : "", region(of.c), of.clear ? " clear" : ""),
              place);
    }
    void one(const Reduce& of, const Span& place, int level) {
        plain(level,
              fmt::format("reduce {} {} -> {} dim {}{}{}", name_of(of.op), region(of.src), region(of.dst), of.dim,
                          of.clear ? " clear" : "", of.propagate_nan ? " nan" : ""),
              place);
    }
    void one(const Scan& of, const Span& place, int level) {
        plain(level,
              fmt::format("scan {} {} -> {} dim {}{}", name_of(of.op), region(of.src), region(of.dst), of.dim,
                          of.reverse ? " reverse" : ""),
              place);
    }
    void one(const Atomic& of, const Span& place, int level) {
        const std::string value = of.src ? "region " + region(*of.src) : expr(of.value);
        plain(level, fmt::format("atomic {} {} <- {}", name_of(of.op), region(of.dst), value), place);
    }
    void one(const Transpose& of, const Span& place, int level) {
        plain(level, fmt::format("transpose {} -> {}", region(of.src), region(of.dst)), place);
    }
    void one(const Im2col& of, const Span& place, int level) {
        plain(level,
              fmt::format("im2col {} -> {} at {}, {} kernel {} stride {} dilation {} pad {}", region(of.img),
                          region(of.dst), expr(of.first_row), expr(of.first_column), of.kernel, of.stride, of.dilation,
                          of.pad),
              place);
    }
    void one(const Assert& of, const Span& place, int level) {
        plain(level, fmt::format("{} {}, {}", of.assumed ? "assume" : "assert", expr(of.condition), quoted(of.message)),
              place);
    }

    PrintOptions options_;
    Names names_;
    std::string text_;
};

}  // namespace

std::string_view name_of(Reduction op) {
    return reduction_names[static_cast<size_t>(op)];
}

std::string_view name_of(Scope scope) {
    return scope_names[static_cast<size_t>(scope)];
}

std::string print(const Kernel& kernel, const PrintOptions& options) {
    Printer printer(options);
    printer.kernel(kernel);
    return printer.take();
}

std::string print(const Block& block, int level, const PrintOptions& options) {
    Printer printer(options);
    printer.block(block, level);
    return printer.take();
}

std::string print(const Expr& expr) {
    return Printer({}).expr(expr);
}

std::string print(const Region& region) {
    return Printer({}).region(region);
}

}  // namespace tessera::tile::ir

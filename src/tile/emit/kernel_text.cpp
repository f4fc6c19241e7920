#include <tile/emit/kernel_text.h>

#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <tile/emit/movement_text.h>

namespace tessera::tile::emit {
namespace {

using device::Argument;
using device::Code;
using ir::DType;
using ir::Expr;
using ir::Op;

// Binding strength, as in C++: larger binds tighter.
enum Strength {
    Ternary = 1,
    OrElse,
    AndAlso,
    BitOr,
    BitXor,
    BitAnd,
    Equality,
    Relation,
    Shift,
    Sum,
    Product,
    Unary,
    Atom
};

/// Functions of our own that the body uses; printed before kernel_main.
struct Helper {
    const char* name;
    const char* text;
};
constexpr Helper helpers[] = {
    {"floor_div",
     "/// The quotient, rounded down.\n"
     "inline int32_t floor_div(int32_t a, int32_t b) {\n"
     "    const int32_t quotient = a / b;\n"
     "    return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;\n"
     "}\n"},
    {"floor_mod",
     "/// What is left of a after floor division by b; it has b's sign.\n"
     "inline int32_t floor_mod(int32_t a, int32_t b) {\n"
     "    const int32_t rest = a % b;\n"
     "    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;\n"
     "}\n"},
    {"min_of", "template <class T>\ninline T min_of(T a, T b) {\n    return b < a ? b : a;\n}\n"},
    {"max_of", "template <class T>\ninline T max_of(T a, T b) {\n    return a < b ? b : a;\n}\n"},
    {"float_bits",
     "/// The bits of a float, as the compute API takes scalars.\n"
     "inline uint32_t float_bits(float value) {\n"
     "    return __builtin_bit_cast(uint32_t, value);\n"
     "}\n"},
    {"bits_as_float",
     "/// The float that has these bits.\n"
     "inline float bits_as_float(uint32_t bits) {\n"
     "    return __builtin_bit_cast(float, bits);\n"
     "}\n"},
};

const char* type_text(DType type) {
    switch (type) {
        case DType::Bool:
            return "bool";
        case DType::UInt8:
        case DType::UInt16:
        case DType::UInt32:
            return "uint32_t";
        case DType::Int8:
        case DType::Int16:
        case DType::Int32:
        case DType::Int64:
        case DType::UInt64:
            return "int32_t";
        default:
            return "float";
    }
}

std::string float_text(double value) {
    if (std::isnan(value)) {
        return "__builtin_nanf(\"\")";
    }
    if (std::isinf(value)) {
        return value > 0 ? "__builtin_inff()" : "-__builtin_inff()";
    }
    std::string text = fmt::format("{}", static_cast<float>(value));
    if (text.find_first_of(".e") == std::string::npos) {
        text += ".0";
    }
    return text + "f";
}

/// Prints expressions; knows which variables are never negative, and which helpers it has used.
class ExpressionPrinter {
public:
    std::string print(const Expr& e, int around = 0) {
        const auto [text, strength] = parts(e);
        return strength < around ? "(" + text + ")" : text;
    }
    const std::set<std::string, std::less<>>& used() const { return used_; }
    void never_negative(const ir::Var& var) { natural_.insert(var.get()); }

    /// What a variable is called: two of one name that are both known somewhere have different ones.
    const std::string& name_of(const ir::Var& var) const {
        const auto renamed = names_.find(var.get());
        return renamed == names_.end() ? var->name : renamed->second;
    }
    void taken(const std::string& name) { visible_.insert(name); }
    /// A variable is declared; its name is its own until the scope ends.
    const std::string& declare(const ir::Var& var) {
        std::string name = var->name;
        for (int next = 2; visible_.contains(name); ++next) {
            name = fmt::format("{}_{}", var->name, next);
        }
        visible_.insert(name);
        return names_[var.get()] = name;
    }
    /// Names as they are, to be put back at the end of a scope.
    auto scope() const { return std::pair{names_, visible_}; }
    template <class Scope>
    void leave(Scope&& outer) {
        std::tie(names_, visible_) = std::forward<Scope>(outer);
    }

    bool natural(const Expr& e) const {
        switch (e->op) {
            case Op::Int:
                return e->int_value >= 0;
            case Op::Var:
                return natural_.contains(e->var.get()) || e->dtype == DType::UInt32;
            case Op::Add:
            case Op::Mul:
            case Op::FloorDiv:
            case Op::Min:
            case Op::BitOr:
            case Op::Shr:
            case Op::Shl:
                return natural(e->args[0]) && natural(e->args[1]);
            case Op::Max:
            case Op::BitAnd:
                return natural(e->args[0]) || natural(e->args[1]);
            case Op::FloorMod:
                return natural(e->args[1]);
            case Op::Select:
                return natural(e->args[1]) && natural(e->args[2]);
            case Op::Cast:
                return ir::is_int(e->dtype) && natural(e->args[0]);
            default:
                return false;
        }
    }

private:
    using Parts = std::pair<std::string, int>;

    std::string call(std::string_view name, const Expr& e) {
        used_.insert(std::string(name));
        std::string text(name);
        for (size_t i = 0; i < e->args.size(); ++i) {
            text += (i == 0 ? "(" : ", ") + print(e->args[i]);
        }
        return text + ")";
    }

    Parts binary(const Expr& e, const char* symbol, int strength) {
        // The right side of what does not associate gets parentheses at its own strength.
        const bool associates = e->op == Op::Add || e->op == Op::And || e->op == Op::Or;
        return {print(e->args[0], strength) + " " + symbol + " " + print(e->args[1], strength + (associates ? 0 : 1)),
                strength};
    }

    /// Bitwise operators and shifts beside others are easily misread: always in parentheses.
    Parts careful(const Expr& e, const char* symbol, int strength) {
        return {print(e->args[0], Unary) + " " + symbol + " " + print(e->args[1], Unary), strength};
    }

    Parts division(const Expr& e, const char* symbol, const char* helper) {
        if (natural(e->args[0]) && natural(e->args[1])) {
            return {print(e->args[0], Product) + " " + symbol + " " + print(e->args[1], Unary), Product};
        }
        return {call(helper, e), Atom};
    }

    Parts extreme(const Expr& e, const char* helper) {
        used_.insert(helper);
        return {fmt::format("{}<{}>({}, {})", helper, type_text(e->dtype), print(e->args[0]), print(e->args[1])), Atom};
    }

    Parts parts(const Expr& e) {
        switch (e->op) {
            case Op::Int:
                if (e->dtype == DType::Bool) {
                    return {e->int_value != 0 ? "true" : "false", Atom};
                }
                return {std::to_string(e->int_value), e->int_value < 0 ? Unary : Atom};
            case Op::Float:
                return {float_text(e->float_value), e->float_value < 0 ? Unary : Atom};
            case Op::Var:
                return {name_of(e->var), Atom};
            case Op::Add:
                return binary(e, "+", Sum);
            case Op::Sub:
                return binary(e, "-", Sum);
            case Op::Mul:
                return {print(e->args[0], Product) + " * " + print(e->args[1], Unary), Product};
            case Op::Div:
                return {print(e->args[0], Product) + " / " + print(e->args[1], Unary), Product};
            case Op::FloorDiv:
                return division(e, "/", "floor_div");
            case Op::FloorMod:
                return division(e, "%", "floor_mod");
            case Op::Min:
                return extreme(e, "min_of");
            case Op::Max:
                return extreme(e, "max_of");
            case Op::Neg:
                return {"-" + print(e->args[0], Atom), Unary};
            case Op::BitNot:
                return {"~" + print(e->args[0], Atom), Unary};
            case Op::Not:
                return {"!" + print(e->args[0], Atom), Unary};
            case Op::Abs: {
                const std::string text = print(e->args[0], Atom);
                return {text + " < 0 ? -" + text + " : " + text, Ternary};
            }
            case Op::Shl:
                return careful(e, "<<", Shift);
            case Op::Shr:
                return careful(e, ">>", Shift);
            case Op::BitAnd:
                return careful(e, "&", BitAnd);
            case Op::BitOr:
                return careful(e, "|", BitOr);
            case Op::BitXor:
                return careful(e, "^", BitXor);
            case Op::Eq:
                return binary(e, "==", Equality);
            case Op::Ne:
                return binary(e, "!=", Equality);
            case Op::Lt:
                return binary(e, "<", Relation);
            case Op::Le:
                return binary(e, "<=", Relation);
            case Op::Gt:
                return binary(e, ">", Relation);
            case Op::Ge:
                return binary(e, ">=", Relation);
            case Op::And:
                return binary(e, "&&", AndAlso);
            case Op::Or:
                return {print(e->args[0], Relation) + " || " + print(e->args[1], Relation), OrElse};
            case Op::Select:
                return {fmt::format("{} ? {} : {}", print(e->args[0], OrElse), print(e->args[1], OrElse),
                                    print(e->args[2], Ternary)),
                        Ternary};
            case Op::Cast:
                if (ir::is_int(e->dtype) && ir::is_int(e->args[0]->dtype)) {
                    return parts(e->args[0]);
                }
                return {fmt::format("static_cast<{}>({})", type_text(e->dtype), print(e->args[0])), Atom};
            case Op::Reinterpret:
                return {call(ir::is_float(e->dtype) ? "bits_as_float" : "float_bits", e), Atom};
            default:
                throw std::logic_error(
                    fmt::format("kernel text: {} is no operation of a kernel's own scalars", ir::info(e->op).name));
        }
    }

    std::set<std::string, std::less<>> used_;
    std::set<const ir::VarNode*> natural_;
    std::map<const ir::VarNode*, std::string> names_;
    std::set<std::string, std::less<>> visible_;
};

/// Prints the body of a kernel.
class BodyPrinter {
public:
    BodyPrinter(const SourceLine& line, const device::KernelCode& kernel, const device::Program& program)
        : line_(line) {
        for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
            arguments_.insert(argument.name);
            expressions_.taken(argument.name);
        }
        for (const auto& [name, value] : kernel.compile_arguments) {
            expressions_.taken(name);
        }
        for (const std::string& name : kernel.accessors) {
            expressions_.taken(name);
            expressions_.taken(name + "_args");
        }
        for (const device::CircularBuffer& cb : program.circular_buffers) {
            expressions_.taken(cb.name);
        }
    }

    void print(const Code& code, int depth) {
        for (const device::Node& node : code) {
            place(node->span, depth);
            std::visit([&](const auto& kind) { print(kind, depth); }, node->of);
        }
    }

    ExpressionPrinter& expressions() { return expressions_; }
    /// What calls are given as text, to find names of circular buffers and tensors.
    const std::set<std::string, std::less<>>& words() const { return words_; }
    /// The functions that are called.
    const std::set<std::string, std::less<>>& calls() const { return calls_; }
    std::string take() { return std::move(out_); }

    void add(int depth, std::string_view text) {
        out_.append(static_cast<size_t>(depth) * 4, ' ');
        out_ += text;
        out_ += '\n';
    }

private:
    void place(const Span& span, int depth) {
        if (!line_ || span.line == 0 || (span.line == last_.line && span.file == last_.file)) {
            return;
        }
        last_ = span;
        if (const std::string text = line_(span); !text.empty()) {
            add(depth, "// " + text);
        }
    }

    std::string argument(const Argument& argument) {
        if (const auto* text = std::get_if<std::string>(&argument)) {
            words_.insert(*text);
            return *text;
        }
        return expressions_.print(std::get<Expr>(argument));
    }

    void print(const device::Call& call, int depth) {
        calls_.insert(call.function);
        std::string text = call.function;
        for (size_t i = 0; i < call.template_arguments.size(); ++i) {
            text += (i == 0 ? "<" : ", ") + call.template_arguments[i];
        }
        text += call.template_arguments.empty() ? "(" : ">(";
        std::vector<std::string> arguments;
        arguments.reserve(call.arguments.size());
        for (const Argument& each : call.arguments) {
            arguments.push_back(argument(each));
        }
        if (call.result) {
            // Words are unsigned, and what is read as one may be a signed integer.
            const char* type = ir::is_signed(call.result->dtype) ? type_text(call.result->dtype) : "auto";
            text = fmt::format("const {} {} = {}", type, expressions_.declare(call.result), text);
        }
        const std::string joined = fmt::format("{}", fmt::join(arguments, ", "));
        if (arguments.empty() || static_cast<size_t>(depth) * 4 + text.size() + joined.size() + 2 <= 120) {
            add(depth, text + joined + ");");
            return;
        }
        add(depth, text);
        std::string line;
        for (size_t i = 0; i < arguments.size(); ++i) {
            const std::string piece = arguments[i] + (i + 1 == arguments.size() ? ");" : ",");
            if (!line.empty() && static_cast<size_t>(depth + 2) * 4 + line.size() + 1 + piece.size() > 120) {
                add(depth + 2, line);
                line.clear();
            }
            line += (line.empty() ? "" : " ") + piece;
        }
        add(depth + 2, line);
    }
    void print(const device::Declare& declare, int depth) {
        if (!declare.value && arguments_.contains(declare.var->name)) {
            expressions_.never_negative(declare.var);
            return;  // it stands with the other arguments, above
        }
        const std::string value = declare.value ? " = " + expressions_.print(declare.value) : "";
        const char* constness = declare.changes || !declare.value ? "" : "const ";
        add(depth, fmt::format("{}{} {}{};", constness, type_text(declare.var->dtype),
                               expressions_.declare(declare.var), value));
        if (declare.value && !declare.changes && expressions_.natural(declare.value)) {
            expressions_.never_negative(declare.var);
        }
    }

    void print(const device::Assign& assign, int depth) {
        add(depth, fmt::format("{} = {};", expressions_.name_of(assign.var), expressions_.print(assign.value)));
    }

    void print(const device::Loop& loop, int depth) {
        const auto step = ir::constant(loop.step);
        const std::string begin = expressions_.print(loop.begin), end = expressions_.print(loop.end, Shift);
        if (expressions_.natural(loop.begin) && (!step || *step > 0)) {
            expressions_.never_negative(loop.var);
        }
        const auto outer = expressions_.scope();
        const std::string name = expressions_.declare(loop.var);
        std::string advance;
        if (step == 1) {
            advance = "++" + name;
        } else if (step == -1) {
            advance = "--" + name;
        } else if (step && *step < 0) {
            advance = fmt::format("{} -= {}", name, -*step);
        } else {
            advance = fmt::format("{} += {}", name, expressions_.print(loop.step));
        }
        add(depth, fmt::format("for ({} {} = {}; {} {} {}; {}) {{", type_text(loop.var->dtype), name, begin, name,
                               step && *step < 0 ? ">" : "<", end, advance));
        inside(loop.body, depth);
        expressions_.leave(outer);
        add(depth, "}");
    }

    void print(const device::Branch& branch, int depth) {
        add(depth, fmt::format("if ({}) {{", expressions_.print(branch.condition)));
        inside(branch.then, depth);
        const Code* rest = &branch.otherwise;
        // A branch alone in the other one: else if.
        while (rest->size() == 1) {
            const auto* next = std::get_if<device::Branch>(&rest->front()->of);
            if (next == nullptr) {
                break;
            }
            add(depth, fmt::format("}} else if ({}) {{", expressions_.print(next->condition)));
            inside(next->then, depth);
            rest = &next->otherwise;
        }
        if (!rest->empty()) {
            add(depth, "} else {");
            inside(*rest, depth);
        }
        add(depth, "}");
    }

    void inside(const Code& code, int depth) {
        const auto outer = expressions_.scope();
        print(code, depth + 1);
        expressions_.leave(outer);
    }

    void print(const device::Leave&, int depth) { add(depth, "break;"); }
    void print(const device::Comment& comment, int depth) { add(depth, "// " + comment.text); }

    const SourceLine& line_;
    std::set<std::string, std::less<>> arguments_;
    std::string out_;
    Span last_;
    ExpressionPrinter expressions_;
    std::set<std::string, std::less<>> words_;
    std::set<std::string, std::less<>> calls_;
};

const device::Tensor* tensor_of(const device::Module& module, const std::string& name) {
    for (const device::Tensor& tensor : module.tensors) {
        if (tensor.param && tensor.param->name == name) {
            return &tensor;
        }
    }
    return nullptr;
}

/// get_arg_val and accessors.
std::string arguments_text(const device::KernelCode& kernel, const device::Module& module) {
    std::string out;
    for (size_t i = 0; i < kernel.compile_arguments.size(); ++i) {
        out += fmt::format("    constexpr uint32_t {} = get_compile_time_arg_val({});\n",
                           kernel.compile_arguments[i].first, i);
    }
    for (size_t i = 0; i < kernel.runtime_arguments.size(); ++i) {
        const device::RuntimeArgument& argument = kernel.runtime_arguments[i];
        const char* type = argument.meaning == device::RuntimeArgument::Meaning::Address ? "uint32_t" : "int32_t";
        out += fmt::format("    const {} {} = get_arg_val<{}>({});\n", type, argument.name, type, i);
    }
    std::string offset = std::to_string(kernel.compile_arguments.size());
    for (const std::string& name : kernel.accessors) {
        std::string address;
        for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
            if (argument.meaning == device::RuntimeArgument::Meaning::Address && argument.tensor == name) {
                address = argument.name;
            }
        }
        if (address.empty()) {
            throw std::logic_error("kernel text: no run-time argument has the address of tensor " + name);
        }
        const device::Tensor* tensor = tensor_of(module, name);
        if (tensor == nullptr) {
            throw std::logic_error("kernel text: there is no tensor " + name);
        }
        out += fmt::format("    constexpr auto {}_args = TensorAccessorArgs<{}>();\n", name, offset);
        out += fmt::format("    const auto {} = TensorAccessor({}_args, {}, {});\n", name, name, address,
                           tensor->page_bytes);
        offset = name + "_args.next_compile_time_args_offset()";
    }
    return out;
}

}  // namespace

std::string expression_text(const ir::Expr& expr) {
    return ExpressionPrinter().print(expr);
}

std::string kernel_text(const device::KernelCode& kernel, const device::Program& program, const device::Module& module,
                        const SourceLine& line) {
    BodyPrinter body(line, kernel, program);
    body.print(kernel.body, 1);

    std::string out;
    for (const std::string& include : kernel.includes) {
        out += include.starts_with('<') ? fmt::format("#include {}\n", include)
                                        : fmt::format("#include \"{}\"\n", include);
    }
    out += kernel.includes.empty() ? "" : "\n";
    for (const Helper& helper : helpers) {
        if (body.expressions().used().contains(helper.name)) {
            out += std::string(helper.text) + "\n";
        }
    }
    out += movement_helpers(body.calls());
    out += "void kernel_main() {\n";
    for (const device::CircularBuffer& cb : program.circular_buffers) {
        if (body.words().contains(cb.name)) {
            out += fmt::format("    constexpr uint32_t {} = tt::CBIndex::c_{};", cb.name, cb.index);
            out += cb.why.empty() ? "\n" : fmt::format("  // {}\n", cb.why);
        }
    }
    const std::string arguments = arguments_text(kernel, module);
    out += arguments;
    const std::string text = body.take();
    out += (out.ends_with("{\n") ? "" : "\n") + text;
    return out + "}\n";
}

}  // namespace tessera::tile::emit

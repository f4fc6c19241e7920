#include <tile/lower/compute_values.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include <tile/emit/kernel_text.h>

namespace tessera::tile::lower {

using device::Argument;
using ir::DType;
using ir::Expr;
using ir::Op;

namespace {

// Where the compute API declares its functions; what is not here: compute_kernel_api.h.
const char* header_of(const std::string& function) {
    static const std::map<std::string, const char*> headers = {
        {"exp_tile", "exp.h"},
        {"recip_tile", "recip.h"},
        {"rsqrt_tile", "rsqrt.h"},
        {"sqrt_tile", "sqrt.h"},
        {"negative_tile", "negative.h"},
        {"floor_tile", "rounding.h"},
        {"ceil_tile", "rounding.h"},
        {"trunc_tile", "rounding.h"},
        {"round_tile", "rounding.h"},
        {"isnan_tile", "isinf_isnan.h"},
        {"isinf_tile", "isinf_isnan.h"},
        {"sin_tile", "trigonometry.h"},
        {"cos_tile", "trigonometry.h"},
        {"tan_tile", "trigonometry.h"},
        {"log1p_tile", "log1p.h"},
        {"erf_tile", "erf_erfc.h"},
        {"fill_tile", "fill.h"},
        {"where_tile", "where.h"},
        {"typecast_tile", "typecast.h"},
        {"add_unary_tile", "binop_with_scalar.h"},
        {"sub_unary_tile", "binop_with_scalar.h"},
        {"mul_unary_tile", "binop_with_scalar.h"},
        {"rsub_unary_tile", "binop_with_scalar.h"},
        {"unary_eq_tile", "comp.h"},
        {"unary_ne_tile", "comp.h"},
        {"unary_lt_tile", "comp.h"},
        {"unary_le_tile", "comp.h"},
        {"unary_gt_tile", "comp.h"},
        {"unary_ge_tile", "comp.h"},
        {"eqz_tile", "comp.h"},
        {"nez_tile", "comp.h"},
        {"ltz_tile", "comp.h"},
        {"lez_tile", "comp.h"},
        {"gtz_tile", "comp.h"},
        {"gez_tile", "comp.h"},
    };
    const auto found = headers.find(function);
    return found == headers.end() ? nullptr : found->second;
}

std::string init_of(const std::string& function) {
    if (function == "floor_tile" || function == "ceil_tile" || function == "trunc_tile" || function == "round_tile") {
        return "rounding_op_tile_init";
    }
    if (function == "add_unary_tile" || function == "sub_unary_tile" || function == "mul_unary_tile" ||
        function == "rsub_unary_tile") {
        return "binop_with_scalar_tile_init";
    }
    return function + "_init";
}

/// Whether a processor of the core computes this itself, from its variables: arithmetic without functions.
bool computable(const Expr& expr) {
    switch (expr->op) {
        case Op::Int:
        case Op::Float:
        case Op::Var:
            return true;
        case Op::Load:
        case Op::Pow:
        case Op::Reinterpret:
            return false;
        default:
            break;
    }
    if (expr->op >= Op::Exp || ((expr->op == Op::FloorDiv || expr->op == Op::FloorMod) && ir::is_float(expr->dtype))) {
        return false;
    }
    for (const Expr& arg : expr->args) {
        if (!computable(arg)) {
            return false;
        }
    }
    return true;
}

bool is_comparison(Op op) {
    return op >= Op::Eq && op <= Op::Ge;
}

/// The comparison with its sides exchanged.
Op mirrored(Op op) {
    switch (op) {
        case Op::Lt:
            return Op::Gt;
        case Op::Le:
            return Op::Ge;
        case Op::Gt:
            return Op::Lt;
        case Op::Ge:
            return Op::Le;
        default:
            return op;
    }
}

/// "eq", "lt": as the compute API's names have it.
std::string comparison_name(Op op) {
    switch (op) {
        case Op::Eq:
            return "eq";
        case Op::Ne:
            return "ne";
        case Op::Lt:
            return "lt";
        case Op::Le:
            return "le";
        case Op::Gt:
            return "gt";
        default:
            return "ge";
    }
}

std::string key_of(const Operand& operand) {
    return fmt::format("{}:{}:{}:{}", operand.cb, static_cast<int>(operand.spread), operand.transposed,
                       emit::expression_text(operand.index));
}

}  // namespace

TilePosition TilePosition::fresh() {
    const auto var = [](const char* name) {
        return std::make_shared<const ir::VarNode>(ir::VarNode{name, DType::Int32});
    };
    return {var("matrix"), var("tile_row"), var("tile_column"), var("element_row"), var("element_column")};
}

Values::Values(const ComputeStep& step, const Storage& storage, const Place& result, const TilePosition& position,
               Coder& coder)
    : step_(step), storage_(storage), result_(result), position_(position), coder_(coder) {}

// --- What is the same for all elements of a tile
// ------------------------------------------------------------------------------------------------

bool Values::uniform(const Expr& expr) const {
    if (expr->op == Op::Load ||
        (expr->op == Op::Var && (expr->var == position_.element_row || expr->var == position_.element_column))) {
        return false;
    }
    for (const Expr& arg : expr->args) {
        if (!uniform(arg)) {
            return false;
        }
    }
    return true;
}

Expr Values::scalar_float(const Expr& expr) const {
    if (expr->dtype == DType::Bool) {
        return ir::make(Op::Select, {expr, ir::make_float(1), ir::make_float(0)}, expr->span);
    }
    return expr->dtype == DType::Float32 ? expr : ir::make_cast(DType::Float32, expr, expr->span);
}

// --- Index arithmetic
// -----------------------------------------------------------------------------------------------------------

std::optional<Values::Index> Values::index_of(const pass::Linear& sum) const {
    Index index;
    pass::Linear rest;
    rest.constant = sum.constant;
    for (const auto& [atom, factor] : sum.terms) {
        if (atom->op == Op::Var && atom->var == position_.element_row) {
            index.row = factor;
        } else if (atom->op == Op::Var && atom->var == position_.element_column) {
            index.column = factor;
        } else if (uniform(atom)) {
            rest.terms.emplace_back(atom, factor);
        } else {
            return std::nullopt;
        }
    }
    const auto term = [&](const ir::Var& var, int64_t factor) {
        if (factor != 0) {
            rest.terms.emplace_back(ir::make_var(var), factor * tile_side);
        }
    };
    term(position_.tile_row, index.row);
    term(position_.tile_column, index.column);
    index.rest = pass::to_expr(rest);
    return index;
}

// row * r + column * c of element (r, c) of each tile. The tiles of numbers hold 0 to 31, which bf16 and the matrix
// unit have exactly.
std::optional<size_t> Values::index_tile(int64_t row, int64_t column) {
    if (row == 0 && column == 0) {
        return std::nullopt;
    }
    if ((std::abs(row) + std::abs(column)) * (tile_side - 1) > 256) {
        coder_.need_fp32_dest("index arithmetic needs numbers above 256");
    }
    const auto index_load = [&](uint32_t cb) {
        Value value;
        value.kind = Value::Kind::Load;
        value.first = {.cb = cb, .format = DType::BFloat16, .index = number(0)};
        return value;
    };
    if (std::abs(row) == 1 && std::abs(column) == 1 && (row > 0 || column > 0)) {
        Value value;
        value.kind = Value::Kind::Matrix;
        const uint32_t rows = coder_.row_index(), columns = coder_.column_index();
        const bool turned = row < 0;
        value.first = {.cb = turned ? columns : rows, .format = DType::BFloat16, .index = number(0)};
        value.second = {.cb = turned ? rows : columns, .format = DType::BFloat16, .index = number(0)};
        const bool sum = row == column;
        value.function = sum ? "add_tiles" : "sub_tiles";
        value.init = sum ? "add_tiles_init" : "sub_tiles_init";
        value.header = "api/compute/eltwise_binary.h";
        return add(value);
    }
    std::optional<size_t> result;
    for (const auto& [factor, is_row] : {std::pair{row, true}, std::pair{column, false}}) {
        if (factor != 0) {
            size_t part = add(index_load(is_row ? coder_.row_index() : coder_.column_index()));
            if (factor != 1) {
                part = scaled(part, static_cast<double>(factor));
            }
            result = result ? binary("add_binary_tile", *result, part) : part;
        }
    }
    return result;
}

std::optional<size_t> Values::index_form(const pass::Linear& sum) {
    const std::optional<Index> index = index_of(sum);
    if (!index) {
        return std::nullopt;
    }
    const std::optional<size_t> tile = index_tile(index->row, index->column);
    if (!tile || ir::constant(index->rest) == 0) {
        return tile;
    }
    coder_.need_fp32_dest("index arithmetic needs numbers above 256");
    return unary("add_unary_tile", *tile, {}, {float_bits(scalar_float(index->rest))});
}

// --- Making values
// --------------------------------------------------------------------------------------------------------------

size_t Values::add(Value value) {
    std::string key = fmt::format("{}|{}", static_cast<int>(value.kind), value.function);
    for (const std::string& each : value.templates) {
        key += "<" + each;
    }
    for (const size_t input : value.inputs) {
        key += fmt::format(",{}", input);
    }
    for (const Argument& each : value.extra) {
        key += ";" + (std::holds_alternative<std::string>(each) ? std::get<std::string>(each)
                                                                : emit::expression_text(std::get<Expr>(each)));
    }
    if (value.kind == Value::Kind::Load || value.kind == Value::Kind::Matrix) {
        key += key_of(value.first);
    }
    if (value.kind == Value::Kind::Matrix) {
        key += key_of(value.second);
    }
    if (value.kind == Value::Kind::Fill) {
        key += emit::expression_text(value.scalar);
    }
    const auto [found, fresh] = known_.emplace(std::move(key), values_.size());
    if (fresh) {
        if (value.kind == Value::Kind::Function || value.kind == Value::Kind::Fill) {
            const char* unary_header = header_of(value.function);
            if (value.header.empty()) {
                value.header = unary_header != nullptr ? fmt::format("api/compute/eltwise_unary/{}", unary_header)
                                                       : "api/compute/compute_kernel_api.h";
            }
            if (value.init.empty()) {
                value.init = init_of(value.function);
            }
        }
        values_.push_back(std::move(value));
    }
    return found->second;
}

size_t Values::unary(const std::string& function, size_t input, std::string header, std::vector<Argument> extra,
                     std::vector<std::string> templates) {
    Value value;
    value.kind = Value::Kind::Function;
    value.function = function;
    value.inputs = {input};
    value.extra = std::move(extra);
    value.templates = std::move(templates);
    value.header = std::move(header);
    if (function == "recip_tile" || function == "typecast_tile") {
        value.init_templates = value.templates;
    }
    return add(std::move(value));
}

size_t Values::binary(const std::string& function, size_t a, size_t b, std::string header) {
    Value value;
    value.kind = Value::Kind::Function;
    value.function = function;
    value.inputs = {a, b};
    value.header = header.empty() ? "api/compute/eltwise_binary_sfpu.h" : std::move(header);
    return add(std::move(value));
}

size_t Values::select(size_t condition, size_t a, size_t b) {
    Value value;
    value.kind = Value::Kind::Function;
    value.function = "where_tile";
    value.inputs = {condition, a, b};
    value.templates = {coder_.fp32_dest() ? "DataFormat::Float32" : "DataFormat::Float16_b"};
    return add(std::move(value));
}

size_t Values::fill(const Expr& scalar) {
    Value value;
    value.kind = Value::Kind::Fill;
    value.function = "fill_tile";
    value.scalar = scalar;
    return add(std::move(value));
}

size_t Values::fill(double value) {
    return fill(ir::make_float(value));
}
size_t Values::scaled(size_t value, double factor) {
    return unary("mul_unary_tile", value, {}, {float_bits(factor)});
}
size_t Values::shifted(size_t value, double term) {
    return unary("add_unary_tile", value, {}, {float_bits(term)});
}
size_t Values::floor_of(size_t value) {
    return unary("floor_tile", value);
}

bool Values::same_everywhere(const Expr& expr) const {
    return uniform(expr) && computable(expr);
}

size_t Values::of(const Expr& expr) {
    if (same_everywhere(expr)) {
        return fill(scalar_float(expr));
    }
    if (wide(expr)) {
        return to_float(whole(expr));
    }
    if (ir::is_int(expr->dtype)) {
        if (const auto index = index_form(pass::linear(expr))) {
            return *index;
        }
    }
    if (is_comparison(expr->op)) {
        return compare(expr);
    }
    switch (expr->op) {
        case Op::Load:
            return load(expr);
        case Op::Add:
        case Op::Sub:
        case Op::Mul:
        case Op::Div:
        case Op::Min:
        case Op::Max:
            return arithmetic(expr);
        case Op::Pow:
            return power(expr);
        case Op::FloorDiv:
        case Op::FloorMod:
        case Op::Shl:
        case Op::Shr:
        case Op::BitAnd:
        case Op::BitOr:
        case Op::BitXor:
        case Op::BitNot:
            return integer(expr);
        case Op::And:
            return binary("mul_binary_tile", of(expr->args[0]), of(expr->args[1]));
        case Op::Or:
            return binary("binary_max_tile", of(expr->args[0]), of(expr->args[1]), "api/compute/binary_max_min.h");
        case Op::Not:
            return unary("eqz_tile", of(expr->args[0]));
        case Op::Select:
            return select(of(expr->args[0]), of(expr->args[1]), of(expr->args[2]));
        case Op::Cast:
            if (expr->dtype == DType::Bool && expr->args[0]->dtype != DType::Bool) {
                return unary("nez_tile", of(expr->args[0]));
            }
            if (ir::is_int(expr->dtype) && ir::is_float(expr->args[0]->dtype)) {
                return unary("trunc_tile", of(expr->args[0]));
            }
            return of(expr->args[0]);  // DST holds more digits than what the cast would leave
        default:
            return function(expr);
    }
}

size_t Values::arithmetic(const Expr& expr) {
    const Expr &a = expr->args[0], &b = expr->args[1];
    const auto scalar = [&](const Expr& e) { return same_everywhere(e); };
    const auto bits = [&](const Expr& e) -> std::vector<Argument> { return {float_bits(scalar_float(e))}; };
    const char* max_min = "api/compute/binary_max_min.h";
    if (!coder_.fp32_dest()) {
        if (const auto matrix = matrix_unit(expr)) {
            return *matrix;
        }
    }
    switch (expr->op) {
        case Op::Add:
            return scalar(b)   ? unary("add_unary_tile", of(a), {}, bits(b))
                   : scalar(a) ? unary("add_unary_tile", of(b), {}, bits(a))
                               : binary("add_binary_tile", of(a), of(b));
        case Op::Sub:
            return scalar(b)   ? unary("sub_unary_tile", of(a), {}, bits(b))
                   : scalar(a) ? unary("rsub_unary_tile", of(b), {}, bits(a))
                               : binary("sub_binary_tile", of(a), of(b));
        case Op::Mul:
            return scalar(b)        ? unary("mul_unary_tile", of(a), {}, bits(b))
                   : scalar(a)      ? unary("mul_unary_tile", of(b), {}, bits(a))
                   : ir::same(a, b) ? unary("square_tile", of(a))
                                    : binary("mul_binary_tile", of(a), of(b));
        case Op::Div: {
            if (scalar(b)) {  // two roundings instead of one: 1 unit in the last place
                const Expr reciprocal = ir::make(Op::Div, {ir::make_float(1), scalar_float(b)});
                return unary("mul_unary_tile", of(a), {}, {float_bits(reciprocal)});
            }
            if (scalar(a)) {
                const size_t reciprocal = unary("recip_tile", of(b), {}, mode(), {"false"});
                const bool one = a->op == Op::Float && a->float_value == 1;
                return one ? reciprocal : unary("mul_unary_tile", reciprocal, {}, bits(a));
            }
            return binary("div_binary_tile", of(a), of(b));
        }
        case Op::Min:
            return scalar(b)   ? unary("unary_min_tile", of(a), {}, bits(b))
                   : scalar(a) ? unary("unary_min_tile", of(b), {}, bits(a))
                               : binary("binary_min_tile", of(a), of(b), max_min);
        default:
            return scalar(b)   ? unary("unary_max_tile", of(a), {}, bits(b))
                   : scalar(a) ? unary("unary_max_tile", of(b), {}, bits(a))
                               : binary("binary_max_tile", of(a), of(b), max_min);
    }
}

size_t Values::compare(const Expr& expr) {
    const Expr &a = expr->args[0], &b = expr->args[1];
    const auto against = [&](size_t value, Op op, const Expr& scalar) {
        return unary("unary_" + comparison_name(op) + "_tile", value, {}, {float_bits(scalar_float(scalar))});
    };
    if (ir::is_int(a->dtype)) {
        // a op b as (index) op -(what is the same for the tile).
        if (auto index = index_of(pass::linear(a - b))) {
            // With the sign that makes no zero negative, which comparisons of the vector unit tell from zero.
            const bool negated = index->row <= 0 && index->column <= 0;
            const int64_t sign = negated ? -1 : 1;
            if (const auto tile = index_tile(sign * index->row, sign * index->column)) {
                return against(*tile, negated ? mirrored(expr->op) : expr->op,
                               pass::simplified(index->rest * number(-sign)));
            }
        }
        if (wide_comparison(a, b)) {
            return same_everywhere(a) ? compare_whole(b, mirrored(expr->op), a) : compare_whole(a, expr->op, b);
        }
    }
    if (same_everywhere(b)) {
        return against(of(a), expr->op, b);
    }
    if (same_everywhere(a)) {
        return against(of(b), mirrored(expr->op), a);
    }
    const size_t difference = binary("sub_binary_tile", of(a), of(b));
    return unary(comparison_name(expr->op) + "z_tile", difference);
}

size_t Values::root(const Expr& expr) {
    const DType format = tile_format(result_.buffer->dtype);
    Expr value = expr;
    while (value->op == Op::Cast && ir::is_float(value->dtype) && ir::is_float(value->args[0]->dtype)) {
        value = value->args[0];  // the packer converts
    }
    if (format == DType::Int32) {
        coder_.need_fp32_dest("integers have 32 bits");
        if (wide(value) || (value->op == Op::Load && tile_format(value->buffer->dtype) == DType::Int32)) {
            return whole(value);
        }
        return to_int(of(value));
    }
    if (const auto matrix = matrix_unit(value)) {
        return *matrix;
    }
    return of(value);
}

// Sums, differences and products of two operands as they lie in circular buffers, by the matrix unit, where what it
// leaves out is less than what the result's format does. The smaller summand is rounded to 2^-10 of the larger one's
// power of two, which bf16 does not see but for a rounding that falls the other way. Products of bf16 are exact with
// all four phases of fidelity in 32-bit DST, and rounded once a phase (1.5 units of bf16) in 16-bit DST; of fp16
// operands one loses its last bit, but fp16 results keep 8 bits on their way out of 32-bit DST. Everything else goes
// through DST, where the vector unit computes in fp32.
std::optional<size_t> Values::matrix_unit(const Expr& expr) {
    if ((expr->op != Op::Add && expr->op != Op::Sub && expr->op != Op::Mul) || !ir::is_float(expr->dtype)) {
        return std::nullopt;
    }
    const auto load_of = [](Expr e) {
        while (e->op == Op::Cast && ir::is_float(e->dtype) && ir::is_float(e->args[0]->dtype)) {
            e = e->args[0];
        }
        return e->op == Op::Load ? e : nullptr;
    };
    const Expr first = load_of(expr->args[0]), second = load_of(expr->args[1]);
    if (!first || !second) {
        return std::nullopt;
    }
    Operand a = operand(first), b = operand(second);
    const bool wide = is_bf16_class(a.format) && is_bf16_class(b.format);
    const bool product = expr->op == Op::Mul;
    const DType to = tile_format(result_.buffer->dtype);
    const bool half = a.format == DType::Float16 && b.format == DType::Float16 && to == DType::Float16;
    const bool narrow = !coder_.fp32_dest() && wide;
    const std::string& fidelity = coder_.program().math_fidelity;
    const bool fits = product ? (fidelity == "HiFi4" && (wide || half)) || (narrow && fidelity != "LoFi")
                              : half || (wide && is_bf16_class(to)) || narrow;
    if (a.spread != Operand::Spread::None && expr->op != Op::Sub) {
        std::swap(a, b);
    }
    if (!fits || a.spread != Operand::Spread::None || a.transposed || b.transposed) {
        return std::nullopt;
    }
    Value value;
    value.kind = Value::Kind::Matrix;
    const std::string op = product ? "mul" : expr->op == Op::Add ? "add" : "sub";
    value.function = op + "_tiles";
    value.init = op + "_tiles_init";
    value.header = "api/compute/eltwise_binary.h";
    if (b.spread != Operand::Spread::None) {
        const std::string kind = b.spread == Operand::Spread::Column ? "cols"
                                 : b.spread == Operand::Spread::Row  ? "rows"
                                                                     : "scalar";
        value.function += "_bcast_" + kind;
        value.init = fmt::format("{}{}_bcast_{}_init_short", op, kind == "scalar" && op != "add" ? "_tiles" : "", kind);
        value.header = "api/compute/bcast.h";
    }
    value.first = std::move(a);
    value.second = std::move(b);
    return add(std::move(value));
}

}  // namespace tessera::tile::lower

// Integers of 32 bits, with the vector unit's integer instructions: all bits are kept, sums and products wrap.
#include <stdexcept>
#include <string>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

using device::Argument;
using ir::DType;
using ir::Expr;
using ir::Op;

namespace {

const char* const int32 = "DataFormat::Int32";

std::vector<std::string> conversion(const char* from, const char* to) {
    return {std::string("static_cast<uint32_t>(DataFormat::") + from + ")",
            std::string("static_cast<uint32_t>(DataFormat::") + to + ")"};
}

bool is_comparison(Op op) {
    return op >= Op::Eq && op <= Op::Ge;
}

/// A number that floating point may not hold exactly: an element of 32 bits, or what was one in floating point.
bool may_be_large(const Expr& expr) {
    return ir::is_int(expr->dtype) && ir::bits_of(expr->dtype) > 16 &&
           (expr->op == Op::Load || (expr->op == Op::Cast && ir::is_float(expr->args[0]->dtype)));
}

/// Whether a value is of that kind from which the expression is made, down to comparisons and casts.
template <class Kind>
bool made_of(const Expr& expr, Kind&& kind) {
    if (kind(expr)) {
        return true;
    }
    if (expr->op == Op::Load || is_comparison(expr->op) || !ir::is_int(expr->dtype)) {
        return false;
    }
    const size_t first = expr->op == Op::Select ? 1 : 0;
    for (size_t i = first; i < expr->args.size(); ++i) {
        if (made_of(expr->args[i], kind)) {
            return true;
        }
    }
    return false;
}

/// An operation on bits, or a division, that floating point has no few instructions for.
bool needs_bits(const Expr& expr) {
    const auto constant = [&](int64_t otherwise) { return ir::constant(expr->args[1]).value_or(otherwise); };
    switch (expr->op) {
        case Op::BitOr:
        case Op::BitXor:
        case Op::Reinterpret:
            return true;
        case Op::BitAnd: {
            // Neighbouring ones below bit 23.
            const int64_t mask = constant(0);
            const int64_t low = mask & -mask;
            return mask <= 0 || mask >= (1 << 23) || ((mask + low) & mask) != 0 || made_of(expr->args[0], may_be_large);
        }
        case Op::BitNot:
            return made_of(expr->args[0], may_be_large);
        case Op::Shl:
        case Op::Shr:
            return constant(-1) < 0 || constant(-1) > 23 || made_of(expr->args[0], may_be_large);
        case Op::FloorDiv:
        case Op::FloorMod:
            return ir::is_int(expr->dtype) && constant(0) <= 0;
        default:
            return false;
    }
}

bool has_wide(const Expr& expr) {
    return made_of(expr,
                   [](const Expr& each) { return (each->op == Op::Load && may_be_large(each)) || needs_bits(each); });
}

}  // namespace

bool Values::wide(const Expr& expr) {
    return ir::is_int(expr->dtype) && expr->op != Op::Load && has_wide(expr);
}

bool Values::wide_comparison(const Expr& a, const Expr& b) {
    return ir::is_int(a->dtype) && (has_wide(a) || has_wide(b));
}

size_t Values::to_float(size_t whole) {
    return unary("typecast_tile", whole, {}, {}, conversion("Int32", "Float32"));
}

size_t Values::to_int(size_t value) {
    return unary("typecast_tile", value, {}, {}, conversion("Float32", "Int32"));
}

size_t Values::int_operation(const std::string& function, const std::string& init, const std::string& header,
                             std::vector<size_t> inputs, std::vector<Argument> extra, bool of_type) {
    Value value;
    value.kind = Value::Kind::Function;
    value.function = function;
    value.init = init;
    value.header = "api/compute/" + header;
    value.inputs = std::move(inputs);
    value.extra = std::move(extra);
    if (of_type) {
        value.templates = {int32};
    }
    return add(std::move(value));
}

size_t Values::int_fill(const Expr& scalar) {
    Value value;
    value.kind = Value::Kind::Fill;
    value.function = "fill_tile_int";
    value.init = "fill_tile_init";
    value.header = "api/compute/eltwise_unary/fill.h";
    value.templates = {int32};
    value.scalar = scalar->dtype == DType::Bool
                       ? ir::make(Op::Select, {scalar, ir::make_int(1), ir::make_int(0)}, scalar->span)
                       : scalar;
    return add(std::move(value));
}

// The value of an integer expression in DST as int32 has it.
size_t Values::whole(const Expr& expr) {
    coder_.need_fp32_dest("integers have 32 bits");
    if (same_everywhere(expr)) {
        return int_fill(expr);
    }
    if (expr->op == Op::Load && tile_format(expr->buffer->dtype) == DType::Int32) {
        Value copy;
        copy.kind = Value::Kind::Load;
        copy.first = operand(expr);
        return add(std::move(copy));
    }
    if (!has_wide(expr)) {
        return to_int(of(expr));
    }
    const bool is_signed = ir::is_signed(expr->dtype);
    const auto argument = [&](size_t i) { return whole(expr->args[i]); };
    const auto two = [&](const char* function, const char* init, const char* header) {
        return int_operation(function, init, header, {argument(0), argument(1)}, {}, true);
    };
    // With the same number for all elements there is no need of a tile of it.
    const auto scalar_or_two = [&](const char* one_function, const char* one_header, const char* function,
                                   const char* init, const char* header) {
        for (size_t i = 0; i < 2; ++i) {
            if (same_everywhere(expr->args[1 - i]) && (i == 0 || expr->op < Op::Shl || expr->op > Op::Shr)) {
                return int_operation(one_function, std::string(one_function) + "_init", one_header, {argument(i)},
                                     {expr->args[1 - i]}, false);
            }
        }
        return two(function, init, header);
    };
    const auto divided = [&](const char* function, const char* header) {
        return int_operation(function, std::string(function) + "_init", header, {argument(0), argument(1)}, {}, false);
    };
    switch (expr->op) {
        case Op::Add:
            return two("add_int_tile", "add_int_tile_init", "add_int_sfpu.h");
        case Op::Sub:
            return two("sub_int_tile", "sub_int_tile_init", "sub_int_sfpu.h");
        case Op::Mul:
            return two("mul_int_tile", "mul_int_tile_init", "mul_int_sfpu.h");
        case Op::FloorDiv:
            return divided("div_int32_floor_tile", "div_int32_floor.h");
        case Op::FloorMod:
            return divided("remainder_int32_tile", "remainder_int32.h");
        case Op::Min:
        case Op::Max: {
            if (!is_signed) {
                const Expr& a = expr->args[0];
                const Expr& b = expr->args[1];
                const Expr first = ir::make(expr->op == Op::Min ? Op::Lt : Op::Gt, {a, b}, expr->span);
                return whole(ir::make(Op::Select, {first, a, b}, expr->span));
            }
            const std::string function = expr->op == Op::Min ? "binary_min_int32_tile" : "binary_max_int32_tile";
            return int_operation(function, function + "_init", "binary_max_min.h", {argument(0), argument(1)}, {},
                                 false);
        }
        case Op::Neg:
            return int_operation("negative_tile_int32", "negative_tile_init", "eltwise_unary/negative.h", {argument(0)},
                                 {}, false);
        case Op::Abs: {
            const Expr less = ir::make(Op::Lt, {expr->args[0], ir::make_int(0, expr->dtype)}, expr->span);
            return whole(ir::make(Op::Select, {less, ir::make(Op::Neg, {expr->args[0]}, expr->span), expr->args[0]},
                                  expr->span));
        }
        case Op::BitAnd:
            return scalar_or_two("bitwise_and_tile", "eltwise_unary/bitwise_and.h", "bitwise_and_binary_tile",
                                 "binary_bitwise_tile_init", "binary_bitwise_sfpu.h");
        case Op::BitOr:
            return scalar_or_two("bitwise_or_tile", "eltwise_unary/bitwise_or.h", "bitwise_or_binary_tile",
                                 "binary_bitwise_tile_init", "binary_bitwise_sfpu.h");
        case Op::BitXor:
            return scalar_or_two("bitwise_xor_tile", "eltwise_unary/bitwise_xor.h", "bitwise_xor_binary_tile",
                                 "binary_bitwise_tile_init", "binary_bitwise_sfpu.h");
        case Op::BitNot:
            return int_operation("bitwise_not_tile", "bitwise_not_tile_init", "eltwise_unary/bitwise_not.h",
                                 {argument(0)}, {}, false);
        case Op::Shl:
            return scalar_or_two("left_shift_tile", "eltwise_unary/left_shift.h", "binary_left_shift_tile",
                                 "binary_shift_tile_init", "binary_shift.h");
        case Op::Shr:
            if (!is_signed) {
                return two("binary_logical_right_shift_tile", "binary_shift_tile_init", "binary_shift.h");
            }
            return scalar_or_two("right_shift_tile", "eltwise_unary/right_shift.h", "binary_right_shift_tile",
                                 "binary_shift_tile_init", "binary_shift.h");
        case Op::Select: {
            Value value;
            value.kind = Value::Kind::Function;
            value.function = "where_tile";
            value.inputs = {of(expr->args[0]), argument(1), argument(2)};
            value.templates = {int32};
            return add(std::move(value));
        }
        case Op::Reinterpret:
            if (ir::is_float(expr->args[0]->dtype)) {
                return bits_of_float(expr);
            }
            return cut_to(expr->dtype, argument(0));
        case Op::Cast:
            return cut_to(expr->dtype, argument(0));
        case Op::Pow:
            return to_int(power(expr));
        default:
            throw std::logic_error("compute code: no operation of integers: " + std::string(ir::info(expr->op).name));
    }
}

// An integer as one of fewer bits.
size_t Values::cut_to(DType type, size_t value) {
    const auto shifted_by = [&](const char* function, const char* header, size_t of_value, int64_t count) {
        return int_operation(function, std::string(function) + "_init", header, {of_value}, {number(count)}, false);
    };
    const auto bits = static_cast<int64_t>(ir::bits_of(type));
    if (bits >= 32) {
        return value;
    }
    if (!ir::is_signed(type)) {
        return shifted_by("bitwise_and_tile", "eltwise_unary/bitwise_and.h", value, (int64_t{1} << bits) - 1);
    }
    const size_t high = shifted_by("left_shift_tile", "eltwise_unary/left_shift.h", value, 32 - bits);
    return shifted_by("right_shift_tile", "eltwise_unary/right_shift.h", high, 32 - bits);
}

namespace {

[[noreturn]] void refuse_bits(const Expr& expr) {
    throw Refusal{"tile-reinterpret", "the bits of values in tiles cannot be taken for another type",
                  "of float32 and bfloat16 elements they can, and integers for those and float16", expr->span};
}

}  // namespace

// The bits of a number in fp32, or the upper half of them, as an integer.
size_t Values::bits_of_float(const Expr& expr) {
    const Expr& value = expr->args[0];
    if (value->dtype == DType::Float32) {
        return of(value);
    }
    if (value->dtype != DType::BFloat16 || value->op != Op::Load) {
        refuse_bits(expr);
    }
    const size_t upper = int_operation("right_shift_tile", "right_shift_tile_init", "eltwise_unary/right_shift.h",
                                       {of(value)}, {number(16)}, false);
    return cut_to(expr->dtype, upper);
}

// The number in fp32 whose bits an integer has. Those of fp16 are moved to where fp32 has them, which makes the
// exponent smaller by 112, and the sign is put in again; what is infinite in fp16 becomes 2^16 and more.
size_t Values::float_of_bits(const Expr& expr) {
    const Expr& value = expr->args[0];
    if (!ir::is_int(value->dtype)) {
        refuse_bits(expr);
    }
    const auto shifted = [&](size_t of_value, int64_t count) {
        return int_operation("left_shift_tile", "left_shift_tile_init", "eltwise_unary/left_shift.h", {of_value},
                             {number(count)}, false);
    };
    const auto masked = [&](size_t of_value, int64_t mask) {
        return int_operation("bitwise_and_tile", "bitwise_and_tile_init", "eltwise_unary/bitwise_and.h", {of_value},
                             {number(mask)}, false);
    };
    switch (expr->dtype) {
        case DType::Float32:
            return whole(value);
        case DType::BFloat16:
            return shifted(whole(value), 16);
        case DType::Float16: {
            const size_t bits = whole(value);
            const size_t size = scaled(shifted(masked(bits, 0x7fff), 13), 0x1p112);
            const size_t sign = shifted(masked(bits, 0x8000), 16);
            return int_operation("bitwise_or_binary_tile", "binary_bitwise_tile_init", "binary_bitwise_sfpu.h",
                                 {size, sign}, {}, true);
        }
        default:
            refuse_bits(expr);
    }
}

// 1 and 0 in floating point. Numbers without a sign are compared with their highest bit turned.
size_t Values::compare_whole(const Expr& a, Op op, const Expr& b) {
    static const std::map<Op, const char*> names = {{Op::Eq, "eq"}, {Op::Ne, "ne"}, {Op::Lt, "lt"},
                                                    {Op::Le, "le"}, {Op::Gt, "gt"}, {Op::Ge, "ge"}};
    const bool turned = !ir::is_signed(a->dtype) && op != Op::Eq && op != Op::Ne;
    const auto ordered = [&](const Expr& side) {
        const size_t value = whole(side);
        return turned ? int_operation("bitwise_xor_tile", "bitwise_xor_tile_init", "eltwise_unary/bitwise_xor.h",
                                      {value}, {number(int64_t{1} << 31)}, false)
                      : value;
    };
    const std::string name = names.at(op);
    if (!turned && same_everywhere(b)) {
        return to_float(int_operation("unary_" + name + "_tile_int32", "unary_" + name + "_tile_init",
                                      "eltwise_unary/comp.h", {whole(a)}, {b}, false));
    }
    // The greater of both, rather than their difference, which may wrap.
    const size_t x = ordered(a), y = ordered(b);
    const auto equal = [&](size_t first, size_t second, const char* test) {
        const size_t difference =
            int_operation("sub_int_tile", "sub_int_tile_init", "sub_int_sfpu.h", {first, second}, {}, true);
        return to_float(int_operation(std::string(test) + "_tile_int32", std::string(test) + "_tile_init",
                                      "eltwise_unary/comp.h", {difference}, {}, false));
    };
    if (op == Op::Eq || op == Op::Ne) {
        return equal(x, y, op == Op::Eq ? "eqz" : "nez");
    }
    const size_t most =
        int_operation("binary_max_int32_tile", "binary_max_int32_tile_init", "binary_max_min.h", {x, y}, {}, false);
    // a >= b where a is the greater, a > b where b is not.
    return op == Op::Ge || op == Op::Lt ? equal(most, x, op == Op::Ge ? "eqz" : "nez")
                                        : equal(most, y, op == Op::Le ? "eqz" : "nez");
}

}  // namespace tessera::tile::lower

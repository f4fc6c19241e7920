// Functions of an elementwise expression, and integers as whole numbers in fp32.
//
// In 32-bit DST the vector unit's functions are good to about a unit in the last place of fp32 (2^-23 relative): exp
// 0.9, log 2.3 to 2.7, sqrt 0.8, rsqrt 1.1, reciprocal 0.9, sigmoid 2.2, tanh 3.7, log1p 2.9. Worse are exp2 (x ln 2 is
// rounded first: |x|/2 units), sin and cos (2e-7 absolute), tan (1e-3 absolute next to 1.5), powers (1500 units). The
// chip's erf is off by 8.5e-4 and its sinh and cosh by 2^-8 relative, so these are composed of exponentials: erf to
// 3e-7 absolute, sinh and cosh to about 4 units. With 16-bit DST all of them are good to a unit of bf16.
#include <bit>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include <tile/ir/rounding.h>
#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

using ir::Expr;
using ir::Op;

namespace {

std::optional<double> number_of(const Expr& expr) {
    if (expr->op == Op::Float) {
        return expr->float_value;
    }
    if (expr->op == Op::Int) {
        return static_cast<double>(expr->int_value);
    }
    if (expr->op == Op::Cast) {
        return number_of(expr->args[0]);
    }
    return std::nullopt;
}

bool is_power_of_two(int64_t value) {
    return value > 0 && (value & (value - 1)) == 0;
}

}  // namespace

size_t Values::function(const Expr& expr) {
    const auto x = [&] { return of(expr->args[0]); };
    const auto scaled_log = [&](double base) {
        return unary("log_with_base_tile", x(), {}, {float_bits(1 / std::log(base))});
    };
    switch (expr->op) {
        case Op::Neg:
            return unary("negative_tile", x());
        case Op::Abs:
            return unary("abs_tile", x());
        case Op::Exp:
        case Op::Exp2:
            return exponential(expr);
        case Op::Exp10:
            return unary("exp_tile", scaled(x(), std::numbers::ln10));
        case Op::Log:
            return unary("log_tile", x());
        case Op::Log2:
            return scaled_log(2);
        case Op::Log10:
            return scaled_log(10);
        case Op::Log1p:
            return unary("log1p_tile", x());
        case Op::Sqrt:
            return unary("sqrt_tile", x());
        case Op::Rsqrt:
            return unary("rsqrt_tile", x());
        case Op::Recip:
            return unary("recip_tile", x(), {}, mode(), {"false"});
        case Op::Sin:
            return unary("sin_tile", x());
        case Op::Cos:
            return unary("cos_tile", x());
        case Op::Tan:
            return unary("tan_tile", x());
        case Op::Tanh:
            return unary("tanh_tile", x());
        case Op::Sigmoid:
            return unary("sigmoid_tile", x());
        case Op::Sinh:
        case Op::Cosh:
            return hyperbolic(expr->op, x());
        case Op::Erf:
            return coder_.fp32_dest() ? erf(x()) : unary("erf_tile", x());
        case Op::Floor:
            return floor_of(x());
        case Op::Ceil:
            return unary("ceil_tile", x());
        case Op::Trunc:
            return unary("trunc_tile", x());
        case Op::Round:
            return unary("round_tile", x(), {}, {number(0)});
        case Op::IsNan:
            return unary("isnan_tile", x());
        case Op::IsInf:
            return unary("isinf_tile", x());
        case Op::Reinterpret:
            return float_of_bits(expr);
        default:
            throw std::logic_error("compute code: no function: " + std::string(ir::info(expr->op).name));
    }
}

// e^(x c) or 2^(x c). The function takes a factor of 8 significant bits with its argument: in 16-bit DST no fewer than
// the product would have had.
size_t Values::exponential(const Expr& expr) {
    const bool natural = expr->op == Op::Exp;
    const Expr& argument = expr->args[0];
    if (argument->op == Op::Mul && ir::is_float(argument->dtype)) {
        for (const size_t side : {0, 1}) {
            const std::optional<double> number = number_of(argument->args[side]);
            if (!number) {
                continue;
            }
            const double factor = *number * (natural ? 1 : std::numbers::ln2);
            const double rounded = ir::round_to(ir::DType::BFloat16, factor);
            const double off = std::abs(rounded - factor);
            if (!std::isfinite(rounded) || off > std::abs(factor) * (coder_.fp32_dest() ? 0x1p-22 : 0x1p-8)) {
                continue;
            }
            if (rounded == 1) {
                return unary("exp_tile", of(argument->args[1 - side]), {}, mode());
            }
            const auto bits = std::bit_cast<uint32_t>(static_cast<float>(rounded)) >> 16;
            return unary("exp_tile", of(argument->args[1 - side]), {},
                         {whole_mode(), lower::number(static_cast<int64_t>(bits))}, {"false", "true", "true"});
        }
    }
    return natural ? unary("exp_tile", of(argument), {}, mode()) : unary("exp2_tile", of(argument));
}

// Which faces of a tile a function is for: of a vector those two that have its elements.
device::Argument Values::whole_mode() const {
    const char* faces = result_.form == Form::ColumnVector ? "C" : result_.form == Form::RowVector ? "R" : "RC";
    return fmt::format("static_cast<int>(VectorMode::{})", faces);
}

std::vector<device::Argument> Values::mode() const {
    if (result_.form != Form::ColumnVector && result_.form != Form::RowVector) {
        return {};
    }
    return {whole_mode()};
}

size_t Values::power(const Expr& expr) {
    const Expr &base = expr->args[0], &exponent = expr->args[1];
    const std::optional<double> constant = number_of(exponent);
    if (constant && *constant == 0.5) {
        return unary("sqrt_tile", of(base));
    }
    if (constant && *constant == -0.5) {
        return unary("rsqrt_tile", of(base));
    }
    if (constant && std::abs(*constant) <= 8 && *constant == std::trunc(*constant)) {
        const int count = static_cast<int>(std::abs(*constant));
        if (count == 0) {
            return fill(1.0);
        }
        const size_t x = of(base);
        size_t product = x;
        for (int bit = std::bit_width(static_cast<unsigned>(count)) - 2; bit >= 0; --bit) {
            product = unary("square_tile", product);
            if ((count >> bit & 1) != 0) {
                product = binary("mul_binary_tile", product, x);
            }
        }
        return *constant < 0 ? unary("recip_tile", product, {}, {}, {"false"}) : product;
    }
    return binary("power_binary_tile", of(base), of(exponent));
}

// 1 - (a1 t + ... + a5 t^5) e^(-x^2) with t = 1 / (1 + p |x|), and the sign of x: Abramowitz and Stegun 7.1.26, off by
// at most 1.5e-7, with the roundings of fp32 3e-7.
size_t Values::erf(size_t x) {
    const size_t t = unary("recip_tile", shifted(scaled(unary("abs_tile", x), 0.3275911), 1), {}, {}, {"false"});
    size_t sum = shifted(scaled(t, 1.061405429), -1.453152027);
    for (const double coefficient : {1.421413741, -0.284496736, 0.254829592}) {
        sum = shifted(binary("mul_binary_tile", sum, t), coefficient);
    }
    sum = binary("mul_binary_tile", sum, t);
    const size_t bell = unary("exp_tile", unary("negative_tile", unary("square_tile", x)));
    const size_t rest = unary("rsub_unary_tile", binary("mul_binary_tile", sum, bell), {}, {float_bits(1.0)});
    return binary("mul_binary_tile", rest, unary("sign_tile", x));
}

// cosh: (e^|x| + e^-|x|) / 2. sinh: with m = e^|x| - 1, which is accurate near zero, (m + m / (m + 1)) / 2 and the
// sign.
size_t Values::hyperbolic(Op op, size_t x) {
    const size_t size = unary("abs_tile", x);
    if (op == Op::Cosh) {
        const size_t power = unary("exp_tile", size);
        return scaled(binary("add_binary_tile", power, unary("recip_tile", power, {}, {}, {"false"})), 0.5);
    }
    const size_t less_one = unary("expm1_tile", size);
    const size_t quotient = binary("div_binary_tile", less_one, shifted(less_one, 1));
    const size_t half = scaled(binary("add_binary_tile", less_one, quotient), 0.5);
    return binary("mul_binary_tile", half, unary("sign_tile", x));
}

// Integers below 2^24 are exact in fp32, and so are these as long as nothing on the way is larger. (x + 1/2) / d lies
// at least 1 / 2d from a whole number, which two roundings do not reach below 2^21. What small integers are not enough
// for is wide().
size_t Values::integer(const Expr& expr) {
    coder_.need_fp32_dest("whole numbers need more than 8 bits");
    const Expr& a = expr->args[0];
    const auto quotient = [&](size_t x, int64_t divisor) {
        return is_power_of_two(divisor) ? floor_of(scaled(x, 1.0 / static_cast<double>(divisor)))
                                        : floor_of(scaled(shifted(x, 0.5), 1.0 / static_cast<double>(divisor)));
    };
    const auto rest = [&](size_t x, int64_t divisor) {
        return binary("sub_binary_tile", x, scaled(quotient(x, divisor), static_cast<double>(divisor)));
    };
    if (expr->op == Op::BitNot) {
        return unary("rsub_unary_tile", of(a), {}, {float_bits(-1.0)});
    }
    const int64_t b = ir::constant(expr->args[1]).value_or(1);
    switch (expr->op) {
        case Op::FloorDiv:
        case Op::FloorMod:
            return expr->op == Op::FloorDiv ? quotient(of(a), b) : rest(of(a), b);
        case Op::Shl:
        case Op::Shr:
            return expr->op == Op::Shl ? scaled(of(a), static_cast<double>(int64_t{1} << b))
                                       : quotient(of(a), int64_t{1} << b);
        case Op::BitAnd: {
            // Ones from bit `low` to below bit `high`.
            const int low = std::countr_zero(static_cast<uint64_t>(b));
            const int high = low + std::countr_one(static_cast<uint64_t>(b) >> low);
            const size_t x = of(a);
            const size_t upper = rest(x, int64_t{1} << high);
            return low == 0 ? upper : binary("sub_binary_tile", upper, rest(x, int64_t{1} << low));
        }
        default:
            throw std::logic_error("compute code: no operation of small integers: " +
                                   std::string(ir::info(expr->op).name));
    }
}

}  // namespace tessera::tile::lower

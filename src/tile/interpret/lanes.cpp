// Expressions, and Parallels, whose iterations are lanes.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <tile/interpret/machine.h>
#include <tile/ir/rounding.h>

namespace tessera::tile::interpret {

using ir::DType;
using ir::Op;

namespace {

int64_t floor_divide(int64_t a, int64_t b) {
    if (b == -1) {
        return static_cast<int64_t>(0 - static_cast<uint64_t>(a));
    }
    const int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t power(int64_t base, int64_t exponent) {
    if (exponent < 0) {
        return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
    }
    uint64_t result = 1;
    for (auto factor = static_cast<uint64_t>(base); exponent != 0; exponent >>= 1, factor *= factor) {
        result *= (exponent & 1) != 0 ? factor : 1;
    }
    return static_cast<int64_t>(result);
}

double round_half_even(double value) {
    return std::nearbyint(value);
}

}  // namespace

double Machine::converted(DType from, DType to, double value) const {
    if (!ir::is_float(to)) {
        return from == to ? value : ir::round_to(to, value);
    }
    if (!options_.exact) {
        return ir::round_to(to, value);
    }
    if ((to == DType::Float8E4M3 || to == DType::Float8E5M2) && !std::isnan(value)) {
        const double most = to == DType::Float8E4M3 ? 448.0 : 57344.0;
        return std::clamp(value, -most, most);
    }
    return value;
}

double Machine::combined(ir::Reduction op, double a, double b) const {
    switch (op) {
        case ir::Reduction::Sum:
            return a + b;
        case ir::Reduction::Max:
            return std::fmax(a, b);
        case ir::Reduction::Min:
            return std::fmin(a, b);
        case ir::Reduction::AbsSum:
            return a + std::fabs(b);
        case ir::Reduction::AbsMax:
            return std::fmax(a, std::fabs(b));
        case ir::Reduction::And:
            return static_cast<double>(static_cast<int64_t>(a) & static_cast<int64_t>(b));
        case ir::Reduction::Or:
            return static_cast<double>(static_cast<int64_t>(a) | static_cast<int64_t>(b));
        case ir::Reduction::Xor:
            return static_cast<double>(static_cast<int64_t>(a) ^ static_cast<int64_t>(b));
        case ir::Reduction::Any:
            return a != 0 || b != 0 ? 1 : 0;
        case ir::Reduction::All:
            return a != 0 && b != 0 ? 1 : 0;
    }
    return 0;
}

Lane Machine::evaluate(const Expression& expression) {
    run_lanes(expression);
    return reg(expression.result)[0];
}

int64_t Machine::evaluate_int(const Expression& expression) {
    const Lane value = evaluate(expression);
    return ir::is_float(expression.type) ? static_cast<int64_t>(value.d) : value.i;
}

double Machine::evaluate_number(const Expression& expression) {
    const Lane value = evaluate(expression);
    return ir::is_float(expression.type) ? value.d : static_cast<double>(value.i);
}

void Machine::run_lanes(const Expression& expression) {
    for (const Instruction& instruction : expression.code) {
        switch (instruction.kind) {
            case Instruction::Kind::Operate:
                operate(instruction);
                break;
            case Instruction::Kind::Load:
                load(instruction, expression.loads[instruction.a]);
                break;
            case Instruction::Kind::Convert:
                convert(instruction);
                break;
            case Instruction::Kind::Wrap: {
                Lane* const dst = reg(instruction.dst);
                for (size_t i = 0; i < lanes_; ++i) {
                    dst[i].i = ir::wrap_to(instruction.type, dst[i].i);
                }
                break;
            }
            case Instruction::Kind::Restrict:
                restrict_to(reg(instruction.a), instruction.b == 0);
                break;
            case Instruction::Kind::Release:
                masks_.pop_back();
                break;
        }
    }
}

void Machine::restrict_to(const Lane* condition, bool holds) {
    std::array<bool, max_lanes> mask{};
    for (size_t i = 0; i < lanes_; ++i) {
        mask[i] = active(i) && (condition[i].i != 0) == holds;
    }
    masks_.push_back(mask);
}

void Machine::operate(const Instruction& instruction) {
    Lane* const dst = reg(instruction.dst);
    const Lane* const a = reg(instruction.a);
    const Lane* const b = reg(instruction.b);
    const Lane* const c = reg(instruction.c);
    const bool floating = ir::is_float(instruction.from_type);
    const size_t lanes = lanes_;
    const auto reals = [&](auto&& function) {
        for (size_t i = 0; i < lanes; ++i) {
            dst[i].d = function(a[i].d, b[i].d);
        }
    };
    const auto real = [&](auto&& function) {
        for (size_t i = 0; i < lanes; ++i) {
            dst[i].d = function(a[i].d);
        }
    };
    // 64 bits that wrap: what leaves them has no meaning, but no undefined behaviour either.
    const auto ints = [&](auto&& function) {
        for (size_t i = 0; i < lanes; ++i) {
            dst[i].i = static_cast<int64_t>(function(static_cast<uint64_t>(a[i].i), static_cast<uint64_t>(b[i].i)));
        }
    };
    const auto compared = [&](auto&& function) {
        for (size_t i = 0; i < lanes; ++i) {
            dst[i].i = (floating ? function(a[i].d, b[i].d) : function(a[i].i, b[i].i)) ? 1 : 0;
        }
    };
    const auto divided = [&](auto&& function) {
        for (size_t i = 0; i < lanes; ++i) {
            if (b[i].i != 0) {
                dst[i].i = function(a[i].i, b[i].i);
            } else if (active(i)) {
                fail("tile-division-by-zero", instruction.span, "an integer is divided by zero");
            } else {
                dst[i].i = 0;
            }
        }
    };
    switch (instruction.op) {
        case Op::Add:
            floating ? reals([](double x, double y) { return x + y; })
                     : ints([](uint64_t x, uint64_t y) { return x + y; });
            return;
        case Op::Sub:
            floating ? reals([](double x, double y) { return x - y; })
                     : ints([](uint64_t x, uint64_t y) { return x - y; });
            return;
        case Op::Mul:
            floating ? reals([](double x, double y) { return x * y; })
                     : ints([](uint64_t x, uint64_t y) { return x * y; });
            return;
        case Op::Div:
            reals([](double x, double y) { return x / y; });
            return;
        case Op::FloorDiv:
            floating ? reals([](double x, double y) { return std::floor(x / y); }) : divided(floor_divide);
            return;
        case Op::FloorMod:
            floating ? reals([](double x, double y) { return x - std::floor(x / y) * y; })
                     : divided([](int64_t x, int64_t y) { return y == -1 ? 0 : x - floor_divide(x, y) * y; });
            return;
        case Op::Min:
            if (floating) {
                reals([](double x, double y) { return std::fmin(x, y); });
            } else {
                ints([](uint64_t x, uint64_t y) {
                    return static_cast<uint64_t>(std::min(static_cast<int64_t>(x), static_cast<int64_t>(y)));
                });
            }
            return;
        case Op::Max:
            if (floating) {
                reals([](double x, double y) { return std::fmax(x, y); });
            } else {
                ints([](uint64_t x, uint64_t y) {
                    return static_cast<uint64_t>(std::max(static_cast<int64_t>(x), static_cast<int64_t>(y)));
                });
            }
            return;
        case Op::Pow:
            if (floating) {
                reals([](double x, double y) { return std::pow(x, y); });
            } else {
                ints([](uint64_t x, uint64_t y) {
                    return static_cast<uint64_t>(power(static_cast<int64_t>(x), static_cast<int64_t>(y)));
                });
            }
            return;
        case Op::Neg:
            floating ? real([](double x) { return -x; }) : ints([](uint64_t x, uint64_t) { return 0 - x; });
            return;
        case Op::Abs:
            floating ? real([](double x) { return std::fabs(x); })
                     : ints([](uint64_t x, uint64_t) { return static_cast<int64_t>(x) < 0 ? 0 - x : x; });
            return;
        case Op::Shl:
            ints([](uint64_t x, uint64_t y) { return y < 64 ? x << y : 0; });
            return;
        case Op::Shr:
            ints([](uint64_t x, uint64_t y) {
                return static_cast<uint64_t>(static_cast<int64_t>(x) >> std::min<uint64_t>(y, 63));
            });
            return;
        case Op::BitAnd:
            ints([](uint64_t x, uint64_t y) { return x & y; });
            return;
        case Op::BitOr:
            ints([](uint64_t x, uint64_t y) { return x | y; });
            return;
        case Op::BitXor:
            ints([](uint64_t x, uint64_t y) { return x ^ y; });
            return;
        case Op::BitNot:
            ints([](uint64_t x, uint64_t) { return ~x; });
            return;
        case Op::Eq:
            compared([](auto x, auto y) { return x == y; });
            return;
        case Op::Ne:
            compared([](auto x, auto y) { return x != y; });
            return;
        case Op::Lt:
            compared([](auto x, auto y) { return x < y; });
            return;
        case Op::Le:
            compared([](auto x, auto y) { return x <= y; });
            return;
        case Op::Gt:
            compared([](auto x, auto y) { return x > y; });
            return;
        case Op::Ge:
            compared([](auto x, auto y) { return x >= y; });
            return;
        case Op::And:
            ints([](uint64_t x, uint64_t y) { return x != 0 && y != 0; });
            return;
        case Op::Or:
            ints([](uint64_t x, uint64_t y) { return x != 0 || y != 0; });
            return;
        case Op::Not:
            ints([](uint64_t x, uint64_t) { return x == 0; });
            return;
        case Op::Select:
            for (size_t i = 0; i < lanes; ++i) {
                dst[i] = a[i].i != 0 ? b[i] : c[i];
            }
            return;
        case Op::Exp:
            real([](double x) { return std::exp(x); });
            return;
        case Op::Exp2:
            real([](double x) { return std::exp2(x); });
            return;
        case Op::Exp10:
            real([](double x) { return std::pow(10.0, x); });
            return;
        case Op::Log:
            real([](double x) { return std::log(x); });
            return;
        case Op::Log2:
            real([](double x) { return std::log2(x); });
            return;
        case Op::Log10:
            real([](double x) { return std::log10(x); });
            return;
        case Op::Log1p:
            real([](double x) { return std::log1p(x); });
            return;
        case Op::Sqrt:
            real([](double x) { return std::sqrt(x); });
            return;
        case Op::Rsqrt:
            real([](double x) { return 1 / std::sqrt(x); });
            return;
        case Op::Recip:
            real([](double x) { return 1 / x; });
            return;
        case Op::Sin:
            real([](double x) { return std::sin(x); });
            return;
        case Op::Cos:
            real([](double x) { return std::cos(x); });
            return;
        case Op::Tan:
            real([](double x) { return std::tan(x); });
            return;
        case Op::Sinh:
            real([](double x) { return std::sinh(x); });
            return;
        case Op::Cosh:
            real([](double x) { return std::cosh(x); });
            return;
        case Op::Tanh:
            real([](double x) { return std::tanh(x); });
            return;
        case Op::Sigmoid:
            real([](double x) { return 1 / (1 + std::exp(-x)); });
            return;
        case Op::Erf:
            real([](double x) { return std::erf(x); });
            return;
        case Op::Floor:
            real([](double x) { return std::floor(x); });
            return;
        case Op::Ceil:
            real([](double x) { return std::ceil(x); });
            return;
        case Op::Round:
            real(round_half_even);
            return;
        case Op::Trunc:
            real([](double x) { return std::trunc(x); });
            return;
        case Op::IsNan:
            for (size_t i = 0; i < lanes; ++i) {
                dst[i].i = std::isnan(a[i].d) ? 1 : 0;
            }
            return;
        case Op::IsInf:
            for (size_t i = 0; i < lanes; ++i) {
                dst[i].i = std::isinf(a[i].d) ? 1 : 0;
            }
            return;
        case Op::Int:
        case Op::Float:
        case Op::Var:
        case Op::Load:
        case Op::Cast:
        case Op::Reinterpret:
            fail("tile-internal", instruction.span, "an expression without an operation");
    }
}

void Machine::convert(const Instruction& instruction) {
    Lane* const dst = reg(instruction.dst);
    const Lane* const a = reg(instruction.a);
    const bool from_float = ir::is_float(instruction.from_type);
    const bool to_float = ir::is_float(instruction.type);
    for (size_t i = 0; i < lanes_; ++i) {
        if (instruction.op == Op::Reinterpret) {
            const uint64_t bits =
                from_float ? ir::to_bits(instruction.from_type, a[i].d) : static_cast<uint64_t>(a[i].i);
            if (to_float) {
                const unsigned width = ir::bits_of(instruction.type);
                dst[i].d = ir::from_bits(instruction.type, width < 64 ? bits & ((1ULL << width) - 1) : bits);
            } else {
                dst[i].i = ir::wrap_to(instruction.type, static_cast<int64_t>(bits));
            }
        } else if (to_float) {
            dst[i].d =
                converted(instruction.from_type, instruction.type, from_float ? a[i].d : static_cast<double>(a[i].i));
        } else if (from_float) {
            dst[i].i = static_cast<int64_t>(ir::round_to(instruction.type, a[i].d));
        } else {
            dst[i].i = ir::wrap_to(instruction.type, a[i].i);
        }
    }
}

bool Machine::offsets_of(const Access& access, const Storage& storage) {
    const size_t lanes = lanes_;
    std::fill_n(offsets_.begin(), lanes, 0);
    std::fill_n(inside_.begin(), lanes, true);
    bool all = true;
    for (size_t d = 0; d < access.indices.size(); ++d) {
        const Lane* const index = reg(access.indices[d]);
        const auto extent = static_cast<uint64_t>(storage.shape[d]);
        for (size_t i = 0; i < lanes; ++i) {
            const bool fits = static_cast<uint64_t>(index[i].i) < extent;
            inside_[i] = inside_[i] && fits;
            all = all && fits;
            offsets_[i] =
                static_cast<int64_t>(static_cast<uint64_t>(offsets_[i]) * extent + static_cast<uint64_t>(index[i].i));
        }
    }
    return all;
}

void Machine::outside(const Access& access, const Storage& storage, size_t lane, Span span) {
    std::string indices, shape;
    for (size_t d = 0; d < access.indices.size(); ++d) {
        indices += fmt::format("{}{}", d == 0 ? "" : ", ", reg(access.indices[d])[lane].i);
        shape += fmt::format("{}{}", d == 0 ? "" : ", ", storage.shape[d]);
    }
    iteration_base_ += lane;
    fail("tile-out-of-range", span,
         fmt::format("{}[{}] is outside: its shape is ({})", storage.buffer->name, indices, shape));
}

void Machine::load(const Instruction& instruction, const Access& access) {
    Storage& storage = storages_[access.buffer];
    if (!storage.live) {
        fail("tile-unwritten-read", instruction.span,
             fmt::format("{} is read before it is allocated", storage.buffer->name));
    }
    Lane* const dst = reg(instruction.dst);
    const bool all_inside = offsets_of(access, storage);
    const bool floating = ir::is_float(instruction.type);
    const bool plain = all_inside && masks_.empty() && !access.watched;
    for (size_t i = 0; i < lanes_; ++i) {
        double value = storage.safe_value;
        if (plain || (active(i) && inside_[i])) {
            value = storage.values[static_cast<size_t>(offsets_[i])];
            if (is_unwritten(value)) {
                iteration_base_ += i;
                fail("tile-unwritten-read", instruction.span,
                     fmt::format("an element of {} is read that nothing has written", storage.buffer->name),
                     "fill it first, with T.clear, T.fill or T.copy");
            }
            if (access.watched) {
                watch_read(storage, i, instruction.span);
            }
        } else if (active(i) && !storage.tensor) {
            outside(access, storage, i, instruction.span);
        }
        if (floating) {
            dst[i].d = value;
        } else {
            dst[i].i = static_cast<int64_t>(value);
        }
    }
}

void Machine::watch_read(Storage& storage, size_t lane, Span span) {
    const auto at = static_cast<size_t>(offsets_[lane]);
    const uint64_t own = iteration_base_ + lane;
    if (storage.writer[at] >= parallel_base_ && storage.writer[at] != own) {
        iteration_base_ += lane;
        fail("tile-parallel-conflict", span,
             fmt::format("an iteration of this T.Parallel reads an element of {} that another one writes",
                         storage.buffer->name),
             "iterations run in no order: use T.serial, or write to another buffer");
    }
    // Two readers: nobody may write.
    uint64_t& reader = storage.reader[at];
    reader = reader >= parallel_base_ && reader != own ? std::numeric_limits<uint64_t>::max() : own;
}

void Machine::watch_write(Storage& storage, size_t lane, Span span) {
    const auto at = static_cast<size_t>(offsets_[lane]);
    const uint64_t own = iteration_base_ + lane;
    const bool written = storage.writer[at] >= parallel_base_ && storage.writer[at] != own;
    const bool read = storage.reader[at] >= parallel_base_ && storage.reader[at] != own;
    if (written || read) {
        iteration_base_ += lane;
        fail("tile-parallel-conflict", span,
             fmt::format("an iteration of this T.Parallel writes an element of {} that another one {}",
                         storage.buffer->name, written ? "writes too" : "reads"),
             "iterations run in no order: use T.serial, T.atomic_add, or write to another buffer");
    }
    storage.writer[at] = own;
}

void Machine::store(const Step& step, Span span) {
    run_lanes(step.value);
    Storage& storage = storages_[step.target.buffer];
    if (!storage.live) {
        fail("tile-unwritten-read", span, fmt::format("{} is written before it is allocated", storage.buffer->name));
    }
    const bool all_inside = offsets_of(step.target, storage);
    const Lane* const value = reg(step.value.result);
    const DType from = step.value.type;
    const DType to = storage.buffer->dtype;
    const bool floating = ir::is_float(from);
    const bool plain = all_inside && masks_.empty() && !step.target.watched;
    for (size_t i = 0; i < lanes_; ++i) {
        if (!plain) {
            if (!active(i)) {
                continue;
            }
            if (!inside_[i]) {
                if (!storage.tensor) {
                    outside(step.target, storage, i, span);
                }
                continue;
            }
            if (step.target.watched) {
                watch_write(storage, i, span);
            }
        }
        const double number =
            floating ? value[i].d : static_cast<double>(ir::is_float(to) ? value[i].i : ir::wrap_to(to, value[i].i));
        storage.values[static_cast<size_t>(offsets_[i])] =
            converted(ir::is_float(to) || floating ? from : to, to, number);
    }
}

void Machine::add_atomically(const Step& step, const ir::Atomic& atomic, Span span) {
    run_lanes(step.value);
    Storage& storage = storages_[step.target.buffer];
    offsets_of(step.target, storage);
    const Lane* const value = reg(step.value.result);
    for (size_t i = 0; i < lanes_; ++i) {
        if (!active(i)) {
            continue;
        }
        if (!inside_[i]) {
            if (!storage.tensor) {
                outside(step.target, storage, i, span);
            }
            continue;
        }
        double& element = storage.values[static_cast<size_t>(offsets_[i])];
        if (is_unwritten(element)) {
            fail("tile-unwritten-read", span,
                 fmt::format("an atomic changes an element of {} that nothing has written", storage.buffer->name));
        }
        const double operand = ir::is_float(step.value.type) ? value[i].d : static_cast<double>(value[i].i);
        element = converted(DType::Float64, storage.buffer->dtype, combined(atomic.op, element, operand));
    }
}

void Machine::run_parallel(const Step& step, const ir::Parallel& parallel) {
    const size_t rank = parallel.vars.size();
    std::vector<int64_t> extents, at(rank, 0);
    uint64_t total = 1;
    for (const Expression& extent : step.expressions) {
        extents.push_back(std::max<int64_t>(evaluate_int(extent), 0));
        total *= static_cast<uint64_t>(extents.back());
    }
    for (const uint32_t outer : step.outer_variables) {
        std::fill_n(reg(outer) + 1, max_lanes - 1, reg(outer)[0]);
    }
    for (const uint32_t buffer : step.watched) {
        Storage& storage = storages_[buffer];
        storage.writer.resize(storage.values.size(), 0);
        storage.reader.resize(storage.values.size(), 0);
    }
    parallel_ = &step;
    for (uint64_t done = 0; done < total; done += lanes_) {
        lanes_ = std::min<uint64_t>(max_lanes, total - done);
        iteration_base_ = parallel_base_ + done;
        for (size_t lane = 0; lane < lanes_; ++lane) {
            for (size_t d = 0; d < rank; ++d) {
                reg(step.variables[d])[lane].i = at[d];
            }
            for (size_t d = rank; d-- > 0;) {
                if (++at[d] < extents[d]) {
                    break;
                }
                at[d] = 0;
            }
        }
        run_parallel_body(step.body);
    }
    lanes_ = 1;
    parallel_base_ += total;
    parallel_ = nullptr;
}

void Machine::run_parallel_body(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
        const ir::StmtNode& stmt = *step.stmt;
        if (std::holds_alternative<ir::Let>(stmt.of)) {
            run_lanes(step.value);
            std::copy_n(reg(step.value.result), lanes_, reg(step.variable));
        } else if (std::holds_alternative<ir::Store>(stmt.of)) {
            store(step, stmt.span);
        } else if (std::holds_alternative<ir::If>(stmt.of)) {
            run_lanes(step.value);
            std::array<Lane, max_lanes> condition;
            std::copy_n(reg(step.value.result), lanes_, condition.begin());
            for (const bool holds : {true, false}) {
                restrict_to(condition.data(), holds);
                const auto& mask = masks_.back();
                if (std::any_of(mask.begin(), mask.begin() + static_cast<ptrdiff_t>(lanes_),
                                [](bool on) { return on; })) {
                    run_parallel_body(holds ? step.body : step.otherwise);
                }
                masks_.pop_back();
            }
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt.of); atomic && !atomic->src) {
            add_atomically(step, *atomic, stmt.span);
        } else {
            fail("tile-parallel-body", stmt.span,
                 "a T.Parallel holds a statement that is neither an assignment, a condition nor an atomic");
        }
    }
}

}  // namespace tessera::tile::interpret

#include "tile_compare.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <tile/ir/rounding.h>

namespace tessera::cli {

namespace ir = tile::ir;
using tile::interpret::Array;

namespace {

/// Multiplications and additions above which a second interpretation is left out.
constexpr double many = 4e9;

/// ||a - b||, relative to ||b||, over elements that are finite on both sides.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        if (std::isfinite(a[i]) && std::isfinite(b[i])) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            size += b[i] * b[i];
        }
    }
    return size > 0 ? std::sqrt(difference / size) : std::sqrt(difference);
}

/// What the engines' own arithmetic may add to the rounding of formats: the widths that operands have there.
double engine_error(const tile::device::Module& module) {
    double error = 0x1p-12;
    const auto at_least = [&](double other) { error = std::max(error, other); };
    const auto format = [&](ir::DType type) {
        switch (type) {
            case ir::DType::BlockFloat4:
                at_least(0x1p-2);
                break;
            case ir::DType::BlockFloat8:
                at_least(0x1p-6);
                break;
            case ir::DType::BFloat16:
                at_least(0x1p-7);
                break;
            default:
                // 11 bits of magnitude are what the source registers keep.
                at_least(0x1p-9);
                break;
        }
    };
    for (const tile::device::Program& program : module.programs) {
        for (const tile::device::CircularBuffer& ring : program.circular_buffers) {
            format(ring.format);
        }
        if (!program.fp32_dest_acc_en) {
            at_least(0x1p-6);
        }
        if (program.math_fidelity == "LoFi") {
            at_least(0x1p-5);
        }
    }
    return error;
}

/// The relative error that rounding random numbers to a format has.
double rounding_unit(ir::DType type) {
    switch (type) {
        case ir::DType::Float16:
            return 0.42 * 0x1p-11;
        case ir::DType::BFloat16:
        case ir::DType::BlockFloat8:
            return 0.42 * 0x1p-8;
        case ir::DType::Float8E4M3:
        case ir::DType::BlockFloat4:
            return 0.42 * 0x1p-4;
        case ir::DType::Float8E5M2:
            return 0.42 * 0x1p-3;
        default:
            return 0.42 * 0x1p-24;
    }
}

/// How many times what one rounding to the coarsest format costs the kernel makes of the roundings on its way: sums of
/// what cancels and exponentials of what is large enlarge any error, so also those of the engines. At most 16, so that
/// the comparison keeps a meaning.
double enlargement(double rounding, ir::DType result, const tile::device::Module& module) {
    double unit = rounding_unit(result);
    for (const tile::device::Tensor& tensor : module.tensors) {
        if (ir::is_float(tensor.param->dtype)) {
            unit = std::max(unit, rounding_unit(tensor.param->dtype));
        }
    }
    for (const tile::device::Program& program : module.programs) {
        for (const tile::device::CircularBuffer& ring : program.circular_buffers) {
            if (ir::is_float(ring.format) && ring.page_bytes > 64) {
                unit = std::max(unit, rounding_unit(ring.format));
            }
        }
    }
    return std::clamp(rounding / unit, 1.0, 16.0);
}

/// What is lost of numbers below a format's least normal one, which the engines take for zero, relative to all.
double lost_below_normal(ir::DType type, const std::vector<double>& values) {
    const double least = type == ir::DType::Float16 ? 0x1p-14 : 0x1p-126;
    double lost = 0, size = 0;
    for (const double value : values) {
        if (std::isfinite(value)) {
            lost += std::fabs(value) < least ? value * value : 0;
            size += value * value;
        }
    }
    return size > 0 ? std::sqrt(lost / size) : 0;
}

}  // namespace

std::map<std::string, ParameterUse, std::less<>> uses_of(const ir::Kernel& kernel) {
    std::map<std::string, ParameterUse, std::less<>> uses;
    for (const ir::Buffer& param : kernel.params) {
        uses[param->name] = {};
    }
    const auto read = [&](const ir::Buffer& buffer) {
        if (buffer->scope == ir::Scope::Param) {
            uses[buffer->name].read = true;
        }
    };
    const auto written = [&](const ir::Buffer& buffer) {
        if (buffer->scope == ir::Scope::Param) {
            uses[buffer->name].written = true;
        }
    };
    ir::walk_statements(kernel.body, [&](const ir::Stmt& stmt) {
        ir::each_expr(*stmt, [&](const ir::Expr& expr) {
            ir::walk(expr, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Load) {
                    read(node->buffer);
                }
            });
        });
        std::visit(
            [&](const auto& of) {
                using Kind = std::remove_cvref_t<decltype(of)>;
                if constexpr (std::is_same_v<Kind, ir::Store>) {
                    written(of.buffer);
                } else if constexpr (std::is_same_v<Kind, ir::Gemm>) {
                    read(of.a.buffer);
                    read(of.b.buffer);
                    written(of.c.buffer);
                } else if constexpr (std::is_same_v<Kind, ir::Im2col>) {
                    read(of.img.buffer);
                    written(of.dst.buffer);
                } else if constexpr (std::is_same_v<Kind, ir::Atomic>) {
                    if (of.src) {
                        read(of.src->buffer);
                    }
                    written(of.dst.buffer);
                } else if constexpr (std::is_same_v<Kind, ir::Fill>) {
                    written(of.dst.buffer);
                } else if constexpr (requires {
                                         of.src.buffer;
                                         of.dst.buffer;
                                     }) {
                    read(of.src.buffer);
                    written(of.dst.buffer);
                }
            },
            stmt->of);
    });
    return uses;
}

bool is_input(const ir::Kernel& kernel, const std::string& name, const ParameterUse& use) {
    return use.read && std::none_of(kernel.outputs.begin(), kernel.outputs.end(),
                                    [&](const ir::Buffer& output) { return output->name == name; });
}

Reference reference_of(const ir::Kernel& kernel, const ir::Kernel& in_formats, const tile::interpret::Arrays& inputs) {
    Reference reference;
    tile::interpret::Options options;
    options.exact = true;
    reference.exact = tile::interpret::run(kernel, inputs, {}, options);
    if (reference.exact.multiply_adds <= many) {
        options.exact = false;
        reference.rounded = tile::interpret::run(in_formats, inputs, {}, options);
        reference.has_rounded = true;
    }
    return reference;
}

Comparison compare(const std::string& tensor, const Array& result, const Reference& reference,
                   const tile::device::Module& module, double bound) {
    const Array& exact = reference.exact.tensors.at(tensor);
    Comparison comparison;
    comparison.tensor = tensor;
    comparison.dtype = exact.dtype;
    comparison.shape = exact.shape;
    // What overflows its format is infinite, and only rounding shows it.
    const Array& finite = reference.has_rounded ? reference.rounded.tensors.at(tensor) : exact;
    for (size_t i = 0; i < exact.values.size(); ++i) {
        const double wanted = exact.values[i];
        const double got = result.values[i];
        if (!std::isfinite(got) || !std::isfinite(finite.values[i])) {
            const bool alike =
                std::isnan(got) == std::isnan(finite.values[i]) && (std::isnan(got) || got == finite.values[i]);
            comparison.not_numbers += alike ? 0 : 1;
        } else if (std::isfinite(wanted)) {
            comparison.max_abs = std::max(comparison.max_abs, std::fabs(got - wanted));
        }
    }
    if (!ir::is_float(exact.dtype)) {
        comparison.relative_l2 = distance(result.values, finite.values);
        comparison.bound_why = "integers are exact";
        return comparison;
    }
    comparison.relative_l2 = distance(result.values, exact.values);
    if (bound > 0) {
        comparison.bound = bound;
        comparison.bound_why = "as given";
        return comparison;
    }
    double rounding = 0;
    if (reference.has_rounded) {
        rounding = distance(finite.values, exact.values);
    } else {
        std::vector<double> stored = exact.values;
        for (double& value : stored) {
            value = ir::round_to(exact.dtype, value);
        }
        rounding = distance(stored, exact.values);
    }
    const double engine = engine_error(module);
    const double enlarged = enlargement(rounding, exact.dtype, module);
    const double lost = lost_below_normal(exact.dtype, exact.values);
    comparison.bound = engine * enlarged + 4 * rounding + lost;
    comparison.bound_why =
        fmt::format("{:.1e} of the engines' arithmetic and 4 times {:.1e} of the formats", engine, rounding);
    if (enlarged > 1) {
        comparison.bound_why = fmt::format(
            "{:.1e} of the engines' arithmetic, enlarged {:.1f} times as roundings on the way are, and "
            "4 times {:.1e} of the formats",
            engine, enlarged, rounding);
    }
    if (lost > 0) {
        comparison.bound_why += fmt::format(", and {:.1e} of numbers below the least normal one", lost);
    }
    return comparison;
}

}  // namespace tessera::cli

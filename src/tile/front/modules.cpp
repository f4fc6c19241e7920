// What the modules that scripts import have in them, as far as kernels and the code around them need it.
#include <cmath>
#include <limits>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

/// Element types upstream that Tensix has no form of.
bool foreign_type(std::string_view name) {
    static const std::set<std::string_view> names{"float4_e2m1fn",
                                                  "float4_e2m1",

                                                  "int4",
                                                  "uint4",
                                                  "int2",
                                                  "uint2",
                                                  "int1",
                                                  "uint1",
                                                  "float6_e2m3fn",
                                                  "float6_e3m2fn",
                                                  "float8_e8m0fnu",
                                                  "float8_e4m3b11fnuz",
                                                  "float8_e3m4",
                                                  "float8_e4m3fnuz",
                                                  "float8_e5m2fnuz",
                                                  "float8_e4m3fn_x2",
                                                  "custom_float8",
                                                  "handle",
                                                  "float8_e4m3fnx4",
                                                  "int8x4",
                                                  "int8x16",
                                                  "int8x32",
                                                  "float16x2",
                                                  "float32x2",
                                                  "float32x4",
                                                  "bfloat16x2",
                                                  "uint8x4"};
    return names.contains(name);
}

}  // namespace

Value Evaluator::module_attribute(const ModuleValue& from, const std::string& name, Span span) {
    if (from.environment) {
        const auto found = from.environment->names.find(name);
        if (found != from.environment->names.end() && found->second.value.set()) {
            return found->second.value;
        }
        return opaque(from.name + "." + name, span);
    }
    const std::string& where = from.name;
    if (where == "T") {
        if (foreign_type(name)) {
            return ForeignTypeValue{name};
        }
        if (name != "short" && name != "char" && name != "long") {
            if (const auto type = ir::dtype_from_name(name)) {
                return *type;
            }
        }
        if (name == "determine_fp8_type") {
            return builtin("tilelang.determine_fp8_type");
        }
        if (name == "tfloat32") {
            return ir::DType::Float32;  // 19 bits of it count upstream; the matrix engine here takes as many
        }
        if (name == "tir" || name == "tirx" || name == "math" || name == "common" || name == "language") {
            return module("T");
        }
        if (name.ends_with("_layout") || name == "Layout" || name == "Fragment" || name == "WSSchedule") {
            return is_hint(name) || !gpu_only(name).empty() ? builtin("T." + name) : opaque("T." + name, span, true);
        }
        return builtin("T." + name);
    }
    if (where == "tilelang" || where == "tilelang.autotuner" || where == "tilelang.jit") {
        if (name == "jit" || name == "lazy_jit") {
            return builtin("tilelang.jit");
        }
        if (name == "autotune" || name == "compile") {
            return builtin("tilelang." + name);
        }
        if (name == "cdiv") {
            return builtin("T.ceildiv");
        }
        if (name == "next_power_of_2") {
            return builtin("tilelang.next_power_of_2");
        }
        if (name == "DataType") {
            return builtin("T.dtype");
        }
        if (name == "AutoTuner") {
            return builtin("tilelang.AutoTuner");
        }
        if (name == "language") {
            return module("T");
        }
        if (name == "tvm") {
            return module("tvm");
        }
        if (name == "math" || name == "layout" || name == "carver" || name == "utils" || name == "autotuner" ||
            name == "intrinsics" || name == "profiler" || name == "tools" || name == "testing") {
            return module("tilelang." + name);
        }
        return opaque(where + "." + name, span);
    }
    if (where.starts_with("tilelang.")) {
        if (name == "driver") {
            return module("tilelang.driver");
        }
        if (name == "get_num_sms") {
            return builtin("driver.get_num_sms");
        }
        if (name == "next_power_of_2" || name == "cdiv") {
            return builtin(name == "cdiv" ? "T.ceildiv" : "tilelang.next_power_of_2");
        }
        if (name == "determine_fp8_type" || name == "select_fp8_type") {
            return builtin("tilelang.determine_fp8_type");
        }
        if (name == "arch") {
            return module("tilelang.carver.arch");
        }
        const bool hint = name.find("layout") != std::string::npos || name == "GemmWarpPolicy" || name == "iket" ||
                          where.find("layout") != std::string::npos;
        return opaque(where + "." + name, span, hint);
    }
    if (where == "tvm") {
        if (name == "tir" || name == "tirx") {
            return module("T");
        }
        if (name == "te") {
            return module("tvm.te");
        }
        if (name == "DataType") {
            return builtin("T.dtype");
        }
        return opaque("tvm." + name, span);
    }
    if (where == "tvm.te" && (name == "var" || name == "size_var")) {
        return builtin("T.dynamic");
    }
    if (where == "math") {
        if (name == "pi") {
            return M_PI;
        }
        if (name == "e") {
            return M_E;
        }
        if (name == "inf") {
            return std::numeric_limits<double>::infinity();
        }
        if (name == "nan") {
            return std::numeric_limits<double>::quiet_NaN();
        }
        return builtin("math." + name);
    }
    if (where == "torch") {
        if (foreign_type(name)) {
            return ForeignTypeValue{name};
        }
        if (name != "uint" && name != "char") {
            if (const auto type = ir::dtype_from_name(name)) {
                return *type;
            }
        }
        if (name == "cuda" || name == "nn") {
            return module("torch." + name);
        }
        if (name == "backends" || name == "version" || name == "testing" || name == "autograd" ||
            name == "distributed" || name == "utils" || name == "random" || name == "Tensor" || name == "dtype" ||
            name == "Size" || name == "library" || name == "hip") {
            return opaque("torch." + name, span);
        }
        return builtin("torch." + name);
    }
    if (where == "torch.cuda" &&
        (name == "is_available" || name == "get_device_capability" || name == "get_device_name")) {
        return builtin("torch.cuda." + name);
    }
    if (where == "torch.nn") {
        return name == "functional" ? module("torch.nn.functional") : opaque("torch.nn." + name, span);
    }
    if (where == "torch.nn.functional") {
        return builtin("torch." + name);
    }
    if (where == "numpy") {
        const auto type = ir::dtype_from_name(name);
        return type && name.find_first_of("0123456789") != std::string::npos
                   ? Value(*type)
                   : builtin("numpy." + (name == "array" ? std::string("tensor") : name));
    }
    if (where == "sys") {
        return name == "exit"   ? builtin("sys.exit")
               : name == "argv" ? list({std::string("script.py")})
                                : opaque("sys." + name, span);
    }
    if (where == "einops") {
        return builtin("einops." + name);
    }
    if (where == "itertools" || where == "functools" || where == "argparse" || where == "operator") {
        return builtin(where + "." + name);
    }
    return opaque(where + "." + name, span);
}

}  // namespace tessera::tile::front

#include "prologue.h"

#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tessera::analysis {

namespace {

constexpr size_t TABLE_SIZE = 64;
constexpr size_t PLACEHOLDERS = 128;
/// bfloat16 and its tile of 32 x 32.
constexpr unsigned DATA_FORMAT = 5, TILE_BYTES = 2048;

/// Valid as the index of a circular buffer, as a count and as a condition.
unsigned placeholder(size_t index, Placeholders values) {
    switch (values) {
        case Placeholders::First:
            return static_cast<unsigned>(63 - index % 32);
        case Placeholders::Second:
            return static_cast<unsigned>(32 + (index * 5 + 3) % 32);
        case Placeholders::Ones:
            break;
    }
    return 1;
}

std::string table(const char* type, const char* name, unsigned value) {
    return fmt::format("    static constexpr {} {}[{}] = {{{}}};\n", type, name, TABLE_SIZE,
                       fmt::join(std::vector<unsigned>(TABLE_SIZE, value), ","));
}

bool prints_formats(const std::string& text) {
    static const std::regex print(R"(\bDPRINT[A-Z_01]*\s*\(\s*")");
    return std::regex_search(text, print);
}

std::string define_line(const std::string& define) {
    const size_t equals = define.find('=');
    return equals == std::string::npos
               ? fmt::format("#define {} 1\n", define)
               : fmt::format("#define {} {}\n", define.substr(0, equals), define.substr(equals + 1));
}

/// Runtime arguments become calls of a function that nobody defines, the same call for the same argument.
std::string runtime_arguments(const KernelRequest& request) {
    return fmt::format(
        R"(extern "C" __attribute__((const)) uint32_t tsr_static_argument(uint32_t index, uint32_t common);
namespace tessera {{
constexpr uint32_t static_given[{}] = {{{}}};
template <typename T>
FORCE_INLINE T static_argument(int index) {{
    return __builtin_bit_cast(T, index >= 0 && index < {} ? static_given[index] : tsr_static_argument(index, 0));
}}
template <typename T>
FORCE_INLINE T static_common_argument(int index) {{
    return __builtin_bit_cast(T, tsr_static_argument(index, 1));
}}
}}  // namespace tessera
#define get_arg_val tessera::static_argument
#define get_common_arg_val tessera::static_common_argument
)",
        request.runtime_args.size() + 1, fmt::join(request.runtime_args, ","), request.runtime_args.size());
}

/// What the kernel itself asks for has placeholders; what tensor accessors read of the same arguments keeps the values
/// that stand for an interleaved DRAM buffer.
std::string compile_time_placeholders(Placeholders values) {
    std::string text =
        "namespace tessera {\ntemplate <uint32_t I>\nconstexpr uint32_t static_placeholder() {\n"
        "    constexpr uint32_t values[] = {";
    for (size_t i = 0; i < PLACEHOLDERS; ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ",", placeholder(i, values));
    }
    text += fmt::format("}};\n    return values[I % {}];\n}}\n", PLACEHOLDERS);
    text += fmt::format(
        "constexpr uint32_t static_named_placeholder(std::string_view name) {{\n    uint32_t hash = 7;\n"
        "    for (char c : name) {{\n        hash = hash * 33 + static_cast<unsigned char>(c);\n    }}\n"
        "    return {};\n}}\n}}  // namespace tessera\n",
        values == Placeholders::Ones    ? "1"
        : values == Placeholders::First ? "32 + hash % 32"
                                        : "32 + (hash / 32 + hash * 5) % 32");
    return text +
           "#undef get_compile_time_arg_val\n"
           "#define get_compile_time_arg_val(index) (tessera::static_placeholder<index>())\n"
           "#define get_named_compile_time_arg_val tessera::static_named_placeholder\n";
}

}  // namespace

std::string prologue_for(const KernelRequest& request, KernelKind kind, const std::string& text, Placeholders values) {
    // IsDram of an interleaved buffer, wherever an accessor's arguments begin.
    constexpr uint32_t interleaved_dram = 2;
    const std::vector<uint32_t> args =
        request.compile_args.value_or(std::vector<uint32_t>(PLACEHOLDERS, interleaved_dram));
    const bool compute = kind == KernelKind::Compute;
    std::string result;
    const auto define = [&](std::string_view name, const auto& value) {
        result += fmt::format("#define {} {}\n", name, value);
    };
    define("NUM_DRAM_BANKS", 12);
    define("NUM_L1_BANKS", 64);
    define("KERNEL_COMPILE_TIME_ARGS", fmt::format("{}", fmt::join(args, ",")));
    define("NOC_INDEX", kind == KernelKind::Writer ? 1 : 0);
    define("NOC_MODE", 0);
    if (compute) {
        define("MATH_FIDELITY", 4);
        define("APPROX", "false");
        define("DST_SYNC_MODE", "DstSync::SyncHalf");
    } else {
        define(kind == KernelKind::Writer ? "COMPILE_FOR_BRISC" : "COMPILE_FOR_NCRISC", 1);
    }
    result += "template <> struct tessera::KernelConfig<void> {\n";
    result += fmt::format("    static constexpr std::array<uint32_t, {}> compile_args = {{{}}};\n", args.size(),
                          fmt::join(args, ","));
    std::string names;
    for (const auto& [name, value] : request.named_compile_args) {
        names += fmt::format("{}{{\"{}\", {}u}}", names.empty() ? "" : ", ", name, value);
    }
    result += fmt::format("    static constexpr std::array<tessera::NamedArg, {}> named_compile_args = {{{}}};\n",
                          request.named_compile_args.size(), names.empty() ? "" : "{" + names + "}");
    result += table("uint8_t", "cb_data_format", DATA_FORMAT) + table("uint32_t", "cb_tile_size", TILE_BYTES) +
              table("uint16_t", "cb_tile_rows", 32) + table("uint16_t", "cb_tile_cols", 32) +
              table("uint16_t", "cb_face_rows", 16) + table("uint16_t", "cb_num_faces", 4);
    result +=
        "    static constexpr uint8_t math_fidelity = 4;\n"
        "    static constexpr bool fp32_dest_acc_en = false, dst_full_sync_en = false, math_approx_mode = false;\n};\n";
    for (const std::string& one : request.defines) {
        result += define_line(one);
    }
    if (compute) {
        result += "#ifndef DST_ACCUM_MODE\nconstexpr bool DST_ACCUM_MODE = false;\n#endif\n";
    }
    result += "#include <tessera/configured.h>\n";
    result += runtime_arguments(request);
    if (!request.compile_args) {
        result += compile_time_placeholders(values);
    }
    if (prints_formats(text)) {
        result += "#include <tessera/dprint_formats.h>\n";
    }
    return result;
}

}  // namespace tessera::analysis

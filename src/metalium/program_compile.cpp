// From a program's kernels to loaded code: what each compilation is told, and how many a kernel needs.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include <base/error.h>
#include <metalium/program.h>
#include <metalium/system.h>
#include <tt-metalium/tile.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::detail {

namespace {

/// Entries of the arrays that a kernel's configuration holds.
constexpr size_t table_size = 64;

/// One circular buffer index as a kernel's compilation sees it.
struct Format {
    uint8_t data_format = 255;
    uint32_t tile_bytes = 0;
    uint16_t tile_rows = 0, tile_cols = 0, face_rows = 0, num_faces = 0;
    auto operator<=>(const Format&) const = default;
};
using Formats = std::map<uint8_t, Format>;

Format format_of(const CircularBufferImpl& buffer, uint8_t index) {
    const Tile tile = buffer.config().tiles()[index].value_or(Tile());
    const tt::DataFormat format = buffer.data_format(index);
    return {.data_format = static_cast<uint8_t>(format),
            .tile_bytes = tile.get_tile_size(format),
            .tile_rows = static_cast<uint16_t>(tile.get_height()),
            .tile_cols = static_cast<uint16_t>(tile.get_width()),
            .face_rows = static_cast<uint16_t>(tile.get_face_shape()[0]),
            .num_faces = static_cast<uint16_t>(tile.get_num_faces())};
}

template <typename Field>
std::string table(const char* type, const char* name, const Formats& formats, unsigned absent, Field&& field) {
    std::string text = fmt::format("    static constexpr {} {}[{}] = {{", type, name, table_size);
    for (size_t i = 0; i < table_size; ++i) {
        const auto found = formats.find(static_cast<uint8_t>(i));
        text += fmt::format("{}{}", i == 0 ? "" : ",", found == formats.end() ? absent : field(found->second));
    }
    return text + "};\n";
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "\"";
}

bool is_define_name(const std::string& name) {
    // NAME or NAME(parameters), as on a compiler's command line.
    const auto ok = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const size_t length = std::min(name.find('('), name.size());
    return length > 0 && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(length), ok);
}

/// True if this run is recorded: the kernels then count what their own code would take on the chip.
bool counts_cycles() {
    static const bool counts = std::getenv("TESSERA_RECORD") != nullptr;
    return counts;
}

std::string prologue(const Kernel& kernel, const Formats& formats) {
    const auto* movement = std::get_if<DataMovementConfig>(&kernel.config());
    const auto* compute = std::get_if<ComputeConfig>(&kernel.config());
    const auto& chip = tessera::metalium::board().chips.front();
    const std::vector<uint32_t>& args = kernel.compile_time_args();
    const auto& named = std::visit(
        [](const auto& config) -> const std::unordered_map<std::string, uint32_t>& {
            return config.named_compile_args;
        },
        kernel.config());
    // Sorted, so that equal kernels have equal text.
    const std::map<std::string, uint32_t> named_sorted(named.begin(), named.end());

    std::string text;
    const auto define = [&](std::string_view name, const auto& value) {
        text += fmt::format("#define {} {}\n", name, value);
    };
    define("NUM_DRAM_BANKS", chip.num_dram_banks);
    define("NUM_L1_BANKS", chip.worker_virtual.size());
    define("KERNEL_COMPILE_TIME_ARGS", fmt::format("{}", fmt::join(args, ",")));
    if (movement != nullptr) {
        define("NOC_INDEX", static_cast<unsigned>(movement->noc));
        define("NOC_MODE", static_cast<unsigned>(movement->noc_mode));
        define(movement->processor == DataMovementProcessor::RISCV_0 ? "COMPILE_FOR_BRISC" : "COMPILE_FOR_NCRISC", 1);
    } else {
        define("NOC_INDEX", 0);
        define("NOC_MODE", 0);
        define("MATH_FIDELITY", static_cast<unsigned>(compute->math_fidelity));
        define("APPROX", compute->math_approx_mode ? "true" : "false");
        define("DST_SYNC_MODE", compute->dst_full_sync_en ? "DstSync::SyncFull" : "DstSync::SyncHalf");
        if (compute->fp32_dest_acc_en) {
            define("FP32_DEST_ACC_EN", 1);
        }
    }

    text += "template <> struct tessera::KernelConfig<void> {\n";
    text += fmt::format("    static constexpr std::array<uint32_t, {}> compile_args = {{{}}};\n", args.size(),
                        fmt::join(args, ","));
    std::string names;
    for (const auto& [name, value] : named_sorted) {
        names += fmt::format("{}{{{}, {}u}}", names.empty() ? "" : ", ", quoted(name), value);
    }
    text += fmt::format("    static constexpr std::array<tessera::NamedArg, {}> named_compile_args = {{{}}};\n",
                        named_sorted.size(), names.empty() ? "" : "{" + names + "}");
    text += table("uint8_t", "cb_data_format", formats, 255, [](const Format& f) { return unsigned{f.data_format}; });
    text += table("uint32_t", "cb_tile_size", formats, 0, [](const Format& f) { return f.tile_bytes; });
    text += table("uint16_t", "cb_tile_rows", formats, 0, [](const Format& f) { return unsigned{f.tile_rows}; });
    text += table("uint16_t", "cb_tile_cols", formats, 0, [](const Format& f) { return unsigned{f.tile_cols}; });
    text += table("uint16_t", "cb_face_rows", formats, 0, [](const Format& f) { return unsigned{f.face_rows}; });
    text += table("uint16_t", "cb_num_faces", formats, 0, [](const Format& f) { return unsigned{f.num_faces}; });
    const ComputeConfig none;
    const ComputeConfig& settings = compute != nullptr ? *compute : none;
    text += fmt::format(
        "    static constexpr uint8_t math_fidelity = {};\n"
        "    static constexpr bool fp32_dest_acc_en = {}, dst_full_sync_en = {}, math_approx_mode = {};\n}};\n",
        static_cast<unsigned>(settings.math_fidelity), settings.fp32_dest_acc_en, settings.dst_full_sync_en,
        settings.math_approx_mode);

    for (const auto& [name, value] : kernel.defines()) {
        if (!is_define_name(name)) {
            throw tessera::Error(
                "bad-define", fmt::format("kernel {}: {} can't be the name of a define", kernel.name(), quoted(name)));
        }
        std::string line = value;
        std::replace(line.begin(), line.end(), '\n', ' ');
        define(name, line);
    }
    if (compute != nullptr) {
        // No macro unless the program defines it: kernels ask with #ifdef whether they shall accumulate onto DST.
        text += fmt::format("#ifndef DST_ACCUM_MODE\nconstexpr bool DST_ACCUM_MODE = {};\n#endif\n",
                            compute->fp32_dest_acc_en);
    }
    text += "#include <tessera/configured.h>\n";
    return text;
}

/// Whether a kernel prints as the later generation does: DPRINT("..."), DPRINT_MATH("...") and so on.
bool prints_formats(const std::string& text) {
    for (size_t at = text.find("DPRINT"); at != std::string::npos; at = text.find("DPRINT", at + 1)) {
        if (at != 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_')) {
            continue;
        }
        size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_01", at);
        end = end == std::string::npos ? end : text.find_first_not_of(" \t", end);
        if (end != std::string::npos && text[end] == '(') {
            end = text.find_first_not_of(" \t\r\n", end + 1);
            if (end != std::string::npos && text[end] == '"') {
                return true;
            }
        }
    }
    return false;
}

std::string file_text(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

tessera::sim::ComputeSettings compute_settings(const ComputeConfig& config) {
    tessera::sim::ComputeSettings settings;
    settings.math_fidelity = static_cast<uint8_t>(config.math_fidelity);
    settings.fp32_dest_acc_en = config.fp32_dest_acc_en;
    settings.dst_full_sync_en = config.dst_full_sync_en;
    settings.math_approx_mode = config.math_approx_mode;
    settings.bfp8_pack_precise = config.bfp8_pack_precise;
    settings.unpack_to_dest_fp32.resize(table_size);
    for (size_t i = 0; i < config.unpack_to_dest_mode.size() && i < table_size; ++i) {
        settings.unpack_to_dest_fp32[i] = config.unpack_to_dest_mode[i] == UnpackToDestMode::UnpackToDestFp32 ? 1 : 0;
    }
    return settings;
}

std::string opt_level(const Kernel& kernel) {
    constexpr const char* names[] = {"O1", "O2", "O3", "O0", "Os", "Ofast", "Oz"};
    const auto level = std::visit([](const auto& config) { return config.opt_level; }, kernel.config());
    return names[static_cast<size_t>(level)];
}

}  // namespace

void ProgramImpl::compile() {
    if (compiled_) {
        return;
    }
    std::map<CoreCoord, Formats> formats;
    for (const auto& buffer : circular_buffers_) {
        for (const uint8_t index : buffer->config().buffer_indices()) {
            if (!buffer->config().data_formats()[index]) {
                continue;
            }
            const Format format = format_of(*buffer, index);
            for (const CoreRange& range : buffer->core_ranges().ranges()) {
                for (size_t x = range.start_coord.x; x <= range.end_coord.x; ++x) {
                    for (size_t y = range.start_coord.y; y <= range.end_coord.y; ++y) {
                        formats[CoreCoord(x, y)][index] = format;
                    }
                }
            }
        }
    }

    std::vector<tessera::jit::KernelSource> sources;
    std::vector<CompiledKernel*> targets;
    const auto family = tessera::metalium::board().chips.front().family;
    for (KernelEntry& entry : kernels_) {
        const Kernel& kernel = *entry.kernel;
        const auto* compute = std::get_if<ComputeConfig>(&kernel.config());
        entry.compiled.clear();
        entry.by_core.clear();
        std::map<Formats, CompiledKernel*> variants;
        const bool formats_in_prints =
            prints_formats(kernel.from_string() ? kernel.source() : file_text(entry.source.path));
        for (const CoreCoord& core : kernel.logical_cores()) {
            const Formats& here = formats[core];
            CompiledKernel*& variant = variants[here];
            if (variant == nullptr) {
                entry.compiled.push_back(std::make_unique<CompiledKernel>());
                variant = entry.compiled.back().get();
                if (compute != nullptr) {
                    variant->compute = compute_settings(*compute);
                }
                targets.push_back(variant);
                sources.push_back(
                    {.kind = compute != nullptr ? tessera::jit::Kind::Compute : tessera::jit::Kind::DataMovement,
                     .path = kernel.from_string() ? kernel.name() : entry.source.path,
                     .text = kernel.from_string() ? kernel.source() : std::string(),
                     .from_string = kernel.from_string(),
                     .prologue =
                         prologue(kernel, here) + (formats_in_prints ? "#include <tessera/dprint_formats.h>\n" : ""),
                     .include_dirs = tessera::metalium::kernel_include_dirs(entry.source),
                     .opt_level = opt_level(kernel),
                     .family = static_cast<uint8_t>(family),
                     .count_cycles = counts_cycles()});
            }
            entry.by_core[core] = variant;
        }
    }

    const auto objects = tessera::jit::compile(sources);
    for (size_t i = 0; i < targets.size(); ++i) {
        CompiledKernel& target = *targets[i];
        target.object = objects[i];
        target.code = {.entry = objects[i]->entry,
                       .globals_template = objects[i]->globals_template,
                       .globals_bytes = objects[i]->globals_bytes,
                       .image = objects[i]->image,
                       .image_bytes = objects[i]->image_bytes,
                       .name = objects[i]->name,
                       .object_path = objects[i]->object_path};
    }
    compiled_ = true;
}

}  // namespace tt::tt_metal::detail

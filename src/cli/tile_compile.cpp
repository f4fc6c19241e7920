#include "tile_compile.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <base/error.h>
#include <tile/explain/attributes.h>
#include <tile/interpret/interpret.h>
#include <tile/interpret/npy.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/ir/print.h>
#include <tile/ir/verify.h>
#include <tile/lower.h>

#include "tile_compare.h"
#include "tile_tuned.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

namespace ir = tile::ir;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using Symbols = std::map<std::string, int64_t, std::less<>>;

[[noreturn]] void refuse(int code, std::string status, std::string message) {
    throw Refusal{code, std::move(status), std::move(message)};
}

/// NAME=VALUE.
std::pair<std::string, std::string> pair_of(const std::string& text, const char* option) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        refuse(EXIT_USAGE, "usage", fmt::format("tessera: {} {}: NAME=VALUE should be here", option, text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

int64_t integer_of(const std::string& text, const char* option) {
    size_t used = 0;
    int64_t value = 0;
    try {
        value = std::stoll(text, &used);
    } catch (const std::exception&) {
        used = std::string::npos;
    }
    if (used != text.size()) {
        refuse(EXIT_USAGE, "usage", fmt::format("tessera: {} {}: an integer should be here", option, text));
    }
    return value;
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void require_file(const std::string& path) {
    if (!fs::exists(path)) {
        refuse(EXIT_NO_INPUT, "no-input", fmt::format("tessera: {}: no such file", path));
    }
}

class Compiler {
public:
    Compiler(const TileOptions& options, bool values) : options_(options), needs_values_(values) {}

    /// Throws Refusal.
    CompiledTile compile() {
        CompiledTile compiled;
        const std::string path = script_path();
        require_file(path);
        read_inputs();
        auto start = Clock::now();
        const bool dump = path.ends_with(".tile");
        if (dump) {
            std::ifstream file(path);
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            compiled.kernel = ir::parse(text);
            read_symbols();
        } else {
            const auto script = load();
            tile::front::Arguments arguments;
            for (const std::string& argument : options_.arguments) {
                arguments.insert(pair_of(argument, "--arg"));
            }
            compiled.kernel = tile::front::evaluate(*script, kernel_name_, arguments, diagnostics_, &told_);
            end_if_failed();
        }
        compiled.seconds = seconds_since(start);
        make_inputs(compiled.kernel);
        start = Clock::now();
        if (!compiled.kernel.symbols.empty()) {
            compiled.kernel = ir::specialise(compiled.kernel, symbols_);
            symbols_.clear();
        }
        lower(compiled);
        compiled.seconds += seconds_since(start);
        compiled.inputs = std::move(inputs_);
        return compiled;
    }

    std::vector<tile::front::Arguments> configs() {
        if (script_path().ends_with(".tile")) {
            return {};
        }
        const auto script = load();
        tile::front::Arguments arguments;
        for (const std::string& argument : options_.arguments) {
            arguments.insert(pair_of(argument, "--arg"));
        }
        tile::Diagnostics unheard;
        return tile::front::configs(*script, kernel_name_, arguments, unheard);
    }

    std::vector<tile::front::KernelInfo> kernels() {
        const auto script = load();
        return tile::front::kernels(*script);
    }

private:
    std::shared_ptr<tile::front::Script> load() {
        const std::string path = script_path();
        require_file(path);
        auto script = tile::front::load(path, diagnostics_);
        end_if_failed();
        return script;
    }

    std::string script_path() {
        // FILE.py:KERNEL; a path may hold colons itself.
        const size_t colon = options_.script.rfind(':');
        if (colon != std::string::npos && !fs::exists(options_.script)) {
            kernel_name_ = options_.script.substr(colon + 1);
            return options_.script.substr(0, colon);
        }
        return options_.script;
    }

    void end_if_failed() {
        const std::string text = diagnostics_.render(colour_on_stderr());
        if (diagnostics_.failed()) {
            if (options_.json) {
                Json all = Json::array();
                for (const Diagnostic& one : diagnostics_.all()) {
                    all.push_back(Json::parse(one.json()));
                }
                fmt::print(
                    "{}\n",
                    Json{{"script", options_.script}, {"status", "does-not-compile"}, {"diagnostics", all}}.dump());
            }
            refuse(EXIT_COMPILE_ERROR, "does-not-compile",
                   text + fmt::format("tessera: {} does not compile: {} error{}", options_.script,
                                      diagnostics_.errors(), diagnostics_.errors() == 1 ? "" : "s"));
        }
    }

    void read_inputs() {
        for (const std::string& input : options_.inputs) {
            const auto [name, file] = pair_of(input, "--input");
            if (!fs::exists(file)) {
                refuse(EXIT_NO_INPUT, "no-input", fmt::format("tessera: {}: no such file", file));
            }
            files_[name] = file;
        }
    }

    void read_symbols() {
        for (const std::string& argument : options_.arguments) {
            const auto [name, value] = pair_of(argument, "--arg");
            symbols_[name] = integer_of(value, "--arg");
        }
    }

    void make_inputs(const ir::Kernel& kernel) {
        const auto uses = uses_of(kernel);
        for (const auto& [name, file] : files_) {
            const auto param = std::find_if(kernel.params.begin(), kernel.params.end(),
                                            [&](const ir::Buffer& buffer) { return buffer->name == name; });
            if (param == kernel.params.end()) {
                std::string names;
                for (const ir::Buffer& buffer : kernel.params) {
                    names += (names.empty() ? "" : ", ") + buffer->name;
                }
                refuse(EXIT_USAGE, "usage",
                       fmt::format("tessera: --input {}: {} has no such tensor; it has {}", name, kernel.name, names));
            }
            tile::interpret::Array array = tile::interpret::read_npy(file, (*param)->dtype);
            array.dtype = (*param)->dtype;
            tile::interpret::round_values(array);
            inputs_[name] = std::move(array);
        }
        std::map<std::string, std::pair<int64_t, int64_t>> ranges;
        for (const std::string& range : options_.ranges) {
            const auto [name, bounds] = pair_of(range, "--range");
            const size_t colon = bounds.find(':');
            if (colon == std::string::npos) {
                refuse(EXIT_USAGE, "usage", fmt::format("tessera: --range {}: NAME=FIRST:LAST should be here", range));
            }
            ranges[name] = {integer_of(bounds.substr(0, colon), "--range"),
                            integer_of(bounds.substr(colon + 1), "--range")};
        }
        take_dimensions(kernel);
        const auto shapes = tile::interpret::shapes_of(kernel, inputs_, symbols_);
        find_symbols(kernel, shapes);
        if (!needs_values_) {
            return;
        }
        uint64_t number = 0;
        for (const ir::Buffer& param : kernel.params) {
            ++number;
            if (inputs_.contains(param->name) || !is_input(kernel, param->name, uses.at(param->name))) {
                continue;
            }
            const auto range = ranges.find(param->name);
            const auto told = told_.tensors.find(param->name);
            if (told != told_.tensors.end() && range == ranges.end() && told->second.shape == shapes.at(param->name) &&
                (!told->second.constant || ir::is_int(param->dtype) || uses.at(param->name).written)) {
                // Constant floating point that is only read would test little: it is random as others are.
                tile::interpret::Array array{param->dtype, told->second.shape, told->second.values};
                tile::interpret::round_values(array);
                inputs_[param->name] = std::move(array);
                continue;
            }
            inputs_[param->name] =
                tile::interpret::generate(param->dtype, shapes.at(param->name), options_.seed * 1000 + number,
                                          range == ranges.end() ? std::nullopt : std::optional(range->second));
        }
    }

    /// Of symbols, what the script says, unless a given input does.
    void take_dimensions(const ir::Kernel& kernel) {
        std::map<std::string, int64_t, std::less<>> sizes = told_.dimensions;
        for (const ir::Buffer& param : kernel.params) {
            if (inputs_.contains(param->name)) {
                for (const ir::Expr& extent : param->shape) {
                    if (extent->op == ir::Op::Var) {
                        sizes.erase(extent->var->name);
                    }
                }
            }
        }
        for (const auto& [name, size] : sizes) {
            symbols_.emplace(name, size);
            if (std::find(told_.assumed.begin(), told_.assumed.end(), name) != told_.assumed.end()) {
                diagnostics_.note(
                    "tile-assumed", {.line = 1, .column = 1},
                    fmt::format("{} is {}: the script's own calls do not say how great it is", name, size),
                    fmt::format("--arg {}=VALUE gives it another value", name));
            }
        }
    }

    /// Of symbols, what inputs and the command line have said.
    void find_symbols(const ir::Kernel& kernel,
                      const std::map<std::string, std::vector<int64_t>, std::less<>>& shapes) {
        if (kernel.symbols.empty()) {
            return;
        }
        for (const ir::Buffer& param : kernel.params) {
            const std::vector<int64_t>& shape = shapes.at(param->name);
            for (size_t d = 0; d < shape.size(); ++d) {
                if (param->shape[d]->op == ir::Op::Var) {
                    symbols_.emplace(param->shape[d]->var->name, shape[d]);
                }
            }
        }
    }

    void lower(CompiledTile& compiled) {
        tile::lower::Options options;
        options.board = board_name(options_.run);
        try {
            options.choices = tile::lower::choices_from_text(options_.choices);
        } catch (const Error& error) {
            refuse(EXIT_USAGE, "usage", fmt::format("tessera: --choose: {}", error.diagnostic().message));
        }
        const std::vector<std::string> passes = tile::lower::pass_names();
        for (const std::string& dump : options_.dumps) {
            if (dump != "all" && std::find(passes.begin(), passes.end(), dump) == passes.end()) {
                std::string names;
                for (const std::string& pass : passes) {
                    names += ", " + pass;
                }
                refuse(EXIT_USAGE, "usage", fmt::format("tessera: --dump {}: there are all{}", dump, names));
            }
        }
        options.dump = [&](std::string_view pass, const ir::Kernel& kernel) {
            ir::require_valid(kernel, pass);
            compiled.passes.emplace_back(pass, kernel);
            const auto& dumps = options_.dumps;
            if (std::find(dumps.begin(), dumps.end(), "all") != dumps.end() ||
                std::find(dumps.begin(), dumps.end(), pass) != dumps.end()) {
                fmt::print("{}// after {}\n{}", dumped_ ? "\n" : "", pass, ir::print(kernel));
                dumped_ = true;
            }
        };
        compiled.module = tile::lower::lower(compiled.kernel, options, diagnostics_);
        end_if_failed();
        if (const std::string notes = diagnostics_.render(colour_on_stderr());
            !notes.empty() && !options_.json && !options_.quiet) {
            std::fputs(notes.c_str(), stderr);
        }
        options.dump = nullptr;
        compiled.options = options;
        read_scripts(compiled);
        compiled.files = tile::emit::files_of(compiled.module, fs::path(script_path()).filename().string(),
                                              source_lines(compiled.scripts));
    }

    static void read_scripts(CompiledTile& compiled) {
        for (const std::string& path : compiled.kernel.files) {
            tile::explain::ScriptFile& script = compiled.scripts.emplace_back();
            script.name = fs::path(path).filename().string();
            std::ifstream file(path);
            for (std::string line; std::getline(file, line);) {
                script.lines.push_back(line);
            }
        }
    }

    /// "gemm.py:41  T.gemm(A_shared, B_shared, C_local)" of a place.
    static tile::emit::SourceLine source_lines(const std::vector<tile::explain::ScriptFile>& scripts) {
        return [scripts](const tile::Span& span) -> std::string {
            if (span.file >= scripts.size() || span.line == 0 || span.line > scripts[span.file].lines.size()) {
                return {};
            }
            const std::string& line = scripts[span.file].lines[span.line - 1];
            const size_t first = line.find_first_not_of(" \t");
            return fmt::format("{}:{}  {}", scripts[span.file].name, span.line,
                               first == std::string::npos ? std::string() : line.substr(first));
        };
    }

    const TileOptions& options_;
    bool needs_values_;  ///< of inputs, not only shapes
    tile::Diagnostics diagnostics_;
    std::string kernel_name_;
    std::map<std::string, std::string> files_;
    tile::interpret::Arrays inputs_;
    tile::front::Told told_;
    Symbols symbols_;
    bool dumped_ = false;
};

}  // namespace

CompiledTile compile_tile(const TileOptions& options, bool values) {
    if (options.tuned) {
        const TileOptions tuned = tuned_options(options);
        return Compiler(tuned, values).compile();
    }
    return Compiler(options, values).compile();
}

std::vector<tile::front::Arguments> tile_configs(const TileOptions& options) {
    return Compiler(options, false).configs();
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        refuse(EXIT_CANNOT_WRITE, "cannot-write", "tessera: can't write " + path);
    }
}

bool finished_by_compiling(const TileOptions& options, const CompiledTile& compiled) {
    if (!options.dump_html.empty()) {
        write_text(options.dump_html, tile::explain::passes_html(compiled.passes, compiled.scripts, compiled.files));
    }
    if (options.dump_attrs) {
        fmt::print("{}\n", tile::explain::attributes_of(compiled.subject()).dump(1));
        return true;
    }
    if (options.check && options.json) {
        fmt::print(
            "{}\n",
            Json{{"kernel", compiled.kernel.name}, {"status", "ok"}, {"compile_seconds", compiled.seconds}}.dump());
    } else if (options.check) {
        fmt::print("{} compiles ({:.0f} ms)\n", compiled.kernel.name, 1e3 * compiled.seconds);
    }
    return options.check;
}

std::vector<tile::front::KernelInfo> tile_kernels(const TileOptions& options) {
    return Compiler(options, false).kernels();
}

}  // namespace tessera::cli

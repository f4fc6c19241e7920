#include "tile.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <base/error.h>
#include <jit/cache.h>
#include <jit/jit.h>
#include <record/file.h>
#include <tile/emit/files.h>
#include <tile/front/front.h>
#include <tile/interpret/npy.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/ir/print.h>
#include <tile/ir/verify.h>
#include <tile/lower.h>
#include <timing/replay.h>

#include "findings.h"
#include "scratch.h"
#include "tile_compare.h"
#include "tile_explain.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

namespace ir = tile::ir;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using Symbols = std::map<std::string, int64_t, std::less<>>;

constexpr const char* RUN_HELP = R"(
SCRIPT is Python text in the tile language (TileLang), as it is published; KERNEL is the kernel or the function that
makes it, and may be left out where there is only one. A .tile file holds one kernel as --dump writes it.

The kernel is compiled to reader, compute and writer kernels and a host program for TT-Metalium; these are run on the
simulated board. Each tensor that the kernel writes is compared with what the kernel means, computed in float64. Inputs
that no file is given for are random: floating point normally distributed, integers from 0 to 7 or in --range.

Examples:
  tessera tile run gemm.py                                 with the sizes that the script calls it with
  tessera tile run gemm.py:matmul --arg M=512 --arg N=512
  tessera tile run softmax.py --input X=x.npy --output results
  tessera tile run gemm.py --board p150 --json | jq .device_us
  tessera tile run gemm.py --dump normalise                what a pass leaves; --dump all for all of them
  tessera tile run gemm.py --check                         does it compile? Nothing is run

Exit codes: 0 all results are within their bounds; 1 one is not; 64 command line; 65 the script does not compile, or does
what the language calls an error; 66 a file is missing; 70 to 128 as `tessera run`.)";

constexpr const char* EMIT_HELP = R"(
Writes host.cpp, tensors.hpp, kernels/, CMakeLists.txt and plan.json. They build against TT-Metalium's SDK as they are,
and `tessera run FOLDER/host.cpp` runs them here. docs/tile_plan.schema.json describes the plan.

Examples:
  tessera tile emit gemm.py --arg M=1024 --output gemm
  tessera run gemm/host.cpp -- --input A=a.npy --output results)";

constexpr const char* EXPLAIN_HELP = R"(
Examples:
  tessera tile explain gemm.py --arg M=1024
  tessera tile explain gemm.py --json)";

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

/// A script, evaluated and lowered.
struct Compiled {
    ir::Kernel kernel;
    tile::device::Module module;
    std::string source;  ///< as comments name it
    std::vector<tile::emit::File> files;
    double seconds = 0;
};

class Session {
public:
    explicit Session(const TileOptions& options) : options_(options) {}

    /// Throws Refusal.
    Compiled compile() {
        Compiled compiled;
        const std::string path = script_path();
        if (!fs::exists(path)) {
            refuse(EXIT_NO_INPUT, "no-input", fmt::format("tessera: {}: no such file", path));
        }
        read_inputs();
        auto start = Clock::now();
        const bool dump = path.ends_with(".tile");
        if (dump) {
            std::ifstream file(path);
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            compiled.kernel = ir::parse(text);
            read_symbols();
        } else {
            const auto script = tile::front::load(path, diagnostics_);
            end_if_failed();
            tile::front::Arguments arguments;
            for (const std::string& argument : options_.arguments) {
                arguments.insert(pair_of(argument, "--arg"));
            }
            compiled.kernel = tile::front::evaluate(*script, kernel_name_, arguments, diagnostics_);
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
        return compiled;
    }

    int run() {
        needs_values_ = !options_.check;
        const auto compiled = compile();
        if (options_.check) {
            report_check(compiled);
            return 0;
        }
        const std::string sources = write_sources(compiled);
        Reference reference;
        const auto oracle_start = Clock::now();
        if (options_.oracle) {
            progress_.say("tessera: tile: what the kernel means, in float64");
            reference = reference_of(compiled.kernel, inputs_, symbols_);
            progress_.say({});
        }
        const double oracle_seconds = seconds_since(oracle_start);
        const Folder scratch("tile");
        const std::string results = options_.output.empty() ? scratch.file("results") : absolute(options_.output);
        const RunOutcome outcome = run_host(sources, results, scratch);
        if (outcome.exit_code != 0) {
            if (options_.json) {
                print_json({{"kernel", compiled.kernel.name},
                            {"status", outcome.status},
                            {"exit_code", outcome.exit_code},
                            {"sources", sources}});
            } else {
                fmt::print(stderr, "tessera: the compiled kernel ended with {}; its sources are in {}\n",
                           outcome.status, sources);
            }
            return outcome.exit_code;
        }
        const auto uses = uses_of(compiled.kernel);
        std::vector<Comparison> comparisons;
        if (options_.oracle) {
            for (const ir::Buffer& param : compiled.kernel.params) {
                if (uses.at(param->name).written) {
                    const tile::interpret::Array result =
                        tile::interpret::read_npy((fs::path(results) / (param->name + ".npy")).string());
                    comparisons.push_back(compare(param->name, result, reference, compiled.module, options_.bound));
                }
            }
        }
        const auto time = predicted(scratch);
        const bool within =
            std::all_of(comparisons.begin(), comparisons.end(), [](const auto& one) { return one.within(); });
        if (options_.json) {
            report_json(compiled, comparisons, time, outcome, sources, oracle_seconds);
        } else {
            report(compiled, comparisons, time, outcome, sources);
        }
        return within ? 0 : 1;
    }

    int emit() {
        const auto compiled = compile();
        if (options_.check) {
            report_check(compiled);
            return 0;
        }
        const std::string folder = options_.output.empty() ? compiled.module.name : options_.output;
        tile::emit::write_files(folder, compiled.files);
        if (options_.json) {
            Json files = Json::array();
            for (const auto& file : compiled.files) {
                files.push_back((fs::path(folder) / file.path).string());
            }
            print_json({{"kernel", compiled.kernel.name}, {"files", files}, {"compile_seconds", compiled.seconds}});
        } else {
            for (const auto& file : compiled.files) {
                fmt::print("{}\n", (fs::path(folder) / file.path).string());
            }
        }
        return 0;
    }

    int explain() {
        const auto compiled = compile();
        if (options_.json) {
            std::fputs(tile::emit::plan_text(compiled.module).c_str(), stdout);
        } else {
            std::fputs(explanation_of(compiled.module, board_name(options_.run)).c_str(), stdout);
        }
        return 0;
    }

private:
    struct Predicted {
        double microseconds = 0, cycles = 0;
    };

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
                print_json({{"script", options_.script}, {"status", "does-not-compile"}, {"diagnostics", all}});
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
            inputs_[param->name] =
                tile::interpret::generate(param->dtype, shapes.at(param->name), options_.seed * 1000 + number,
                                          range == ranges.end() ? std::nullopt : std::optional(range->second));
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

    void lower(Compiled& compiled) {
        tile::lower::Options options;
        options.board = board_name(options_.run);
        options.multicast = options_.multicast;
        options.enlarge = options_.enlarge;
        options.math_fidelity = options_.fidelity;
        options.fp32_dest = options_.fp32_dest;
        for (const std::string& text : options_.coarsen) {
            const auto [place, factor] = pair_of(text, "--coarsen");
            const size_t dot = place.find('.');
            const std::string axis = dot == std::string::npos ? place : place.substr(dot + 1);
            const std::string launch = dot == std::string::npos ? "0" : place.substr(0, dot);
            options.coarsen[{static_cast<size_t>(integer_of(launch, "--coarsen")),
                             static_cast<size_t>(integer_of(axis, "--coarsen"))}] = integer_of(factor, "--coarsen");
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
            const auto& dumps = options_.dumps;
            if (std::find(dumps.begin(), dumps.end(), "all") != dumps.end() ||
                std::find(dumps.begin(), dumps.end(), pass) != dumps.end()) {
                fmt::print("{}// after {}\n{}", dumped_ ? "\n" : "", pass, ir::print(kernel));
                dumped_ = true;
            }
        };
        compiled.module = tile::lower::lower(compiled.kernel, options, diagnostics_);
        end_if_failed();
        if (const std::string notes = diagnostics_.render(colour_on_stderr()); !notes.empty() && !options_.json) {
            std::fputs(notes.c_str(), stderr);
        }
        compiled.source = fs::path(script_path()).filename().string();
        compiled.files = tile::emit::files_of(compiled.module, compiled.source, source_lines(compiled.kernel));
    }

    /// "gemm.py:41  T.gemm(A_shared, B_shared, C_local)" of a place.
    static tile::emit::SourceLine source_lines(const ir::Kernel& kernel) {
        auto files = std::make_shared<std::vector<std::vector<std::string>>>();
        auto names = std::make_shared<std::vector<std::string>>();
        for (const std::string& path : kernel.files) {
            std::ifstream file(path);
            std::vector<std::string>& lines = files->emplace_back();
            for (std::string line; std::getline(file, line);) {
                const size_t first = line.find_first_not_of(" \t");
                lines.push_back(first == std::string::npos ? std::string() : line.substr(first));
            }
            names->push_back(fs::path(path).filename().string());
        }
        return [files, names](const tile::Span& span) -> std::string {
            if (span.file >= files->size() || span.line == 0 || span.line > (*files)[span.file].size()) {
                return {};
            }
            return fmt::format("{}:{}  {}", (*names)[span.file], span.line, (*files)[span.file][span.line - 1]);
        };
    }

    /// Into the cache, by content: the same sources are the same folder.
    static std::string write_sources(const Compiled& compiled) {
        std::string all;
        for (const auto& file : compiled.files) {
            all += file.path + '\n' + file.text;
        }
        const std::string folder =
            (fs::path(jit::cache_folder()) / "tile" / (compiled.module.name + "-" + jit::hash_text(all))).string();
        tile::emit::write_files(folder, compiled.files);
        return folder;
    }

    RunOutcome run_host(const std::string& sources, const std::string& results, const Folder& scratch) {
        RunOptions run = options_.run;
        run.words = {(fs::path(sources) / "host.cpp").string()};
        run.rest = {"--output", results};
        for (auto& [name, array] : inputs_) {
            const std::string file = scratch.file(name + ".npy");
            tile::interpret::write_npy(file, array);
            run.rest.insert(run.rest.end(), {"--input", name + "=" + file});
        }
        if (options_.timing) {
            run.record = scratch.file("recording.tsr");
        }
        BuiltProgram built;
        RunRequest request = prepare_run(run, built);
        request.output_to_stderr = true;
        return run_program(request);
    }

    std::optional<Predicted> predicted(const Folder& scratch) {
        const std::string file = scratch.file("recording.tsr");
        if (!options_.timing || !fs::exists(file)) {
            return std::nullopt;
        }
        progress_.say("tessera: tile: predicting the time");
        const timing::Result result = timing::replay(record::read_file(file));
        progress_.say({});
        Predicted time;
        for (const timing::LaunchTime& launch : result.launches) {
            time.cycles += launch.device;
        }
        time.microseconds = result.microseconds(time.cycles);
        return time;
    }

    static std::string type_of(const Comparison& one) {
        std::string shape;
        for (const int64_t extent : one.shape) {
            shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
        }
        return fmt::format("{}[{}]", ir::name_of(one.dtype), shape);
    }

    void report_check(const Compiled& compiled) {
        if (options_.json) {
            print_json({{"kernel", compiled.kernel.name}, {"status", "ok"}, {"compile_seconds", compiled.seconds}});
        } else {
            fmt::print("{} compiles ({:.0f} ms)\n", compiled.kernel.name, 1e3 * compiled.seconds);
        }
    }

    void report(const Compiled& compiled, const std::vector<Comparison>& comparisons,
                const std::optional<Predicted>& time, const RunOutcome& outcome, const std::string& sources) const {
        size_t cores = 0;
        for (const auto& program : compiled.module.programs) {
            cores = std::max(cores, program.cores.size());
        }
        fmt::print("{} on {}, {} cores, math {}\n", compiled.kernel.name, board_name(options_.run), cores,
                   math_mode(options_.run));
        for (const Comparison& one : comparisons) {
            fmt::print("  {} {}  {}: relative L2 error {:.2e}, bound {:.2e}; greatest difference {:.2e}\n", one.tensor,
                       type_of(one), one.within() ? "good" : "WRONG", one.relative_l2, one.bound, one.max_abs);
            if (one.not_numbers != 0) {
                fmt::print("    {} elements are NaN or infinite on one side only\n", one.not_numbers);
            }
            if (!one.within()) {
                fmt::print("    bound: {}\n", one.bound_why);
            }
        }
        if (time) {
            fmt::print("  predicted {:.2f} us on the device ({:.0f} cycles)\n", time->microseconds, time->cycles);
        }
        fmt::print("  compiled in {:.0f} ms, ran in {:.2f} s\n  sources {}\n", 1e3 * compiled.seconds, outcome.seconds,
                   sources);
        if (!options_.output.empty()) {
            fmt::print("  results {}\n", options_.output);
        }
    }

    void report_json(const Compiled& compiled, const std::vector<Comparison>& comparisons,
                     const std::optional<Predicted>& time, const RunOutcome& outcome, const std::string& sources,
                     double oracle_seconds) const {
        Json json;
        json["kernel"] = compiled.kernel.name;
        json["board"] = board_name(options_.run);
        json["math"] = math_mode(options_.run);
        json["status"] = "ok";
        json["results"] = Json::array();
        for (const Comparison& one : comparisons) {
            json["status"] = one.within() ? json["status"] : Json("wrong");
            json["results"].push_back({{"tensor", one.tensor},
                                       {"dtype", ir::name_of(one.dtype)},
                                       {"shape", one.shape},
                                       {"max_abs_error", one.max_abs},
                                       {"relative_l2_error", one.relative_l2},
                                       {"bound", one.bound},
                                       {"bound_why", one.bound_why},
                                       {"not_numbers", one.not_numbers},
                                       {"within", one.within()}});
        }
        if (time) {
            json["device_us"] = time->microseconds;
            json["device_cycles"] = time->cycles;
        }
        json["compile_seconds"] = compiled.seconds;
        json["oracle_seconds"] = oracle_seconds;
        json["run_seconds"] = outcome.seconds;
        json["sources"] = sources;
        json["output"] = options_.output;
        print_json(json);
    }

    static void print_json(const Json& json) {
        fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }

    const TileOptions& options_;
    tile::Diagnostics diagnostics_;
    Progress progress_;
    std::string kernel_name_;
    std::map<std::string, std::string> files_;
    tile::interpret::Arrays inputs_;
    Symbols symbols_;
    bool needs_values_ = false;  ///< of inputs, not only shapes
    bool dumped_ = false;
};

void add_common_options(CLI::App& command, TileOptions& options) {
    command.add_option("SCRIPT", options.script, "FILE.py, FILE.py:KERNEL, or a dump FILE.tile")->required();
    command.add_option("--arg", options.arguments, "A parameter of the kernel: NAME=VALUE")->allow_extra_args(false);
    command.add_option("--board", options.run.board, "n150 (default), n300, p100, p150, ...; see `tessera boards`");
    command.add_option("--dump", options.dumps, "Print the kernel after this pass; `all`: after every one")
        ->allow_extra_args(false);
    command.add_option("--fidelity", options.fidelity, "Of matrix products: LoFi, HiFi2, HiFi3 or HiFi4")
        ->check(CLI::IsMember({"LoFi", "HiFi2", "HiFi3", "HiFi4"}));
    command
        .add_option("--coarsen", options.coarsen,
                    "Merge blocks: AXIS=FACTOR or LAUNCH.AXIS=FACTOR, axis 0 is the first of T.Kernel")
        ->allow_extra_args(false);
    command.add_flag("--fp32-dest,!--no-fp32-dest", options.fp32_dest, "Keep sums in 32 bits, or in 16");
    command.add_flag("!--no-multicast", options.multicast, "Every core reads its operands itself");
    command.add_flag("!--no-enlarge", options.enlarge, "Merge no blocks but those below a tile");
    command.add_flag("--check", options.check, "Only say whether it compiles");
    command.add_flag("--json", options.json, "One JSON object on standard output");
}

void add_input_options(CLI::App& command, TileOptions& options) {
    command.add_option("--input", options.inputs, "Values of a tensor: NAME=FILE.npy")->allow_extra_args(false);
    command.add_option("--range", options.ranges, "Of random integers: NAME=FIRST:LAST, without LAST")
        ->allow_extra_args(false);
    command.add_option("--seed", options.seed, "Of random inputs");
}

}  // namespace

TileCommands add_tile_commands(CLI::App& command, TileOptions& options) {
    command.require_subcommand(1);
    TileCommands commands;
    commands.run =
        command.add_subcommand("run", "Compile a kernel, run it, and compare its results with what it means");
    add_common_options(*commands.run, options);
    add_input_options(*commands.run, options);
    commands.run->add_option("--output", options.output, "A folder for the results, NAME.npy");
    commands.run
        ->add_option("--math", options.run.math, "exact (default): the chip's own bits; fast: 32-bit floats, quicker")
        ->check(CLI::IsMember({"exact", "fast"}));
    commands.run->add_option("--bound", options.bound, "The relative L2 error that is allowed (default: worked out)")
        ->check(CLI::PositiveNumber);
    commands.run->add_flag("!--no-oracle", options.oracle, "Do not compare");
    commands.run->add_flag("!--no-time", options.timing, "Do not predict the time");
    commands.run->add_option("--threads", options.run.threads, "Host threads that simulate (default: all cores)")
        ->check(CLI::Range(1u, 1024u));
    commands.run->add_option("--timeout", options.run.timeout, "End the program after so many seconds (exit code 124)")
        ->check(CLI::PositiveNumber);
    commands.run->footer(RUN_HELP);

    commands.emit = command.add_subcommand("emit", "Write a kernel as sources for TT-Metalium");
    add_common_options(*commands.emit, options);
    commands.emit->add_option("--output", options.output, "A folder for the sources (default: the kernel's name)");
    commands.emit->footer(EMIT_HELP);

    commands.explain = command.add_subcommand("explain", "What the compiler has decided, and why");
    add_common_options(*commands.explain, options);
    commands.explain->footer(EXPLAIN_HELP);
    return commands;
}

int run_tile(const TileCommands& commands, const TileOptions& options) {
    try {
        Session session(options);
        return *commands.run ? session.run() : *commands.emit ? session.emit() : session.explain();
    } catch (const Refusal& refusal) {
        std::fprintf(stderr, "%s\n", refusal.message.c_str());
        return refusal.code;
    } catch (const Error& error) {
        if (error.diagnostic().name.starts_with("tile-")) {
            std::fprintf(stderr, "%s\n", error.diagnostic().render(colour_on_stderr()).c_str());
            return error.diagnostic().name == "tile-npy" ? EXIT_NO_INPUT : EXIT_COMPILE_ERROR;
        }
        throw;
    }
}

}  // namespace tessera::cli

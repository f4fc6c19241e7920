#include "tile.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <base/error.h>
#include <jit/cache.h>
#include <jit/jit.h>
#include <record/file.h>
#include <tile/emit/files.h>
#include <tile/interpret/npy.h>
#include <timing/replay.h>

#include "findings.h"
#include "scratch.h"
#include "tile_compare.h"
#include "tile_compile.h"
#include "tile_explain.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

namespace ir = tile::ir;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

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

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

class Session {
public:
    explicit Session(const TileOptions& options) : options_(options) {}

    int run() {
        const auto compiled = compile_tile(options_, !options_.check);
        if (options_.check) {
            report_check(compiled);
            return 0;
        }
        const std::string sources = write_sources(compiled);
        Reference reference;
        const auto oracle_start = Clock::now();
        if (options_.oracle) {
            progress_.say("tessera: tile: what the kernel means, in float64");
            reference = reference_of(compiled.kernel, compiled.inputs);
            progress_.say({});
        }
        const double oracle_seconds = seconds_since(oracle_start);
        const Folder scratch("tile");
        const std::string results = options_.output.empty() ? scratch.file("results") : absolute(options_.output);
        const RunOutcome outcome = run_host(compiled, sources, results, scratch);
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
        const auto compiled = compile_tile(options_, false);
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

    int list() {
        const auto kernels = tile_kernels(options_);
        Json all = Json::array();
        for (const tile::front::KernelInfo& kernel : kernels) {
            Json parameters = Json::array();
            std::string text;
            for (const tile::front::ParameterInfo& one : kernel.parameters) {
                parameters.push_back({{"name", one.name},
                                      {"annotation", one.annotation},
                                      {"value", one.value},
                                      {"from", one.from},
                                      {"dimension", one.dimension}});
                text += fmt::format("    {}{}{}\n", one.name, one.annotation.empty() ? "" : ": " + one.annotation,
                                    one.value.empty() ? "" : fmt::format(" = {}  ({})", one.value, one.from));
            }
            all.push_back({{"name", kernel.name},
                           {"line", kernel.span.line},
                           {"autotuned", kernel.autotuned},
                           {"parameters", parameters}});
            if (!options_.json) {
                fmt::print("{} (line {}){}\n{}", kernel.name, kernel.span.line, kernel.autotuned ? ", autotuned" : "",
                           text);
            }
        }
        if (options_.json) {
            print_json(all);
        }
        return 0;
    }

    int explain() {
        const auto compiled = compile_tile(options_, false);
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

    /// Into the cache, by content: the same sources are the same folder.
    static std::string write_sources(const CompiledTile& compiled) {
        std::string all;
        for (const auto& file : compiled.files) {
            all += file.path + '\n' + file.text;
        }
        const std::string folder =
            (fs::path(jit::cache_folder()) / "tile" / (compiled.module.name + "-" + jit::hash_text(all))).string();
        tile::emit::write_files(folder, compiled.files);
        return folder;
    }

    RunOutcome run_host(const CompiledTile& compiled, const std::string& sources, const std::string& results,
                        const Folder& scratch) {
        RunOptions run = options_.run;
        run.words = {(fs::path(sources) / "host.cpp").string()};
        run.rest = {"--output", results};
        for (const auto& [name, array] : compiled.inputs) {
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

    void report_check(const CompiledTile& compiled) {
        if (options_.json) {
            print_json({{"kernel", compiled.kernel.name}, {"status", "ok"}, {"compile_seconds", compiled.seconds}});
        } else {
            fmt::print("{} compiles ({:.0f} ms)\n", compiled.kernel.name, 1e3 * compiled.seconds);
        }
    }

    void report(const CompiledTile& compiled, const std::vector<Comparison>& comparisons,
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

    void report_json(const CompiledTile& compiled, const std::vector<Comparison>& comparisons,
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
    Progress progress_;
};

void add_common_options(CLI::App& command, TileOptions& options) {
    command.add_option("SCRIPT", options.script, "FILE.py, FILE.py:KERNEL, or a dump FILE.tile")->required();
    command.add_option("--arg", options.arguments, "A parameter of the kernel: NAME=VALUE")->allow_extra_args(false);
    command.add_option("--board", options.run.board, "n150 (default), n300, p100, p150, ...; see `tessera boards`");
    command.add_option("--dump", options.dumps, "Print the kernel after this pass; `all`: after every one")
        ->allow_extra_args(false);
    command.add_option("--choose", options.choices,
                       "What the compiler would choose: \"blocks=2x2 k=4 depth=2 subblock=2x4 multicast=2d "
                       "fidelity=HiFi2 fp32_dest=on l1_accumulate=on grid=8x8\", or some of it; of several launches "
                       "with ; between");
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

    commands.list = command.add_subcommand(
        "list", "The kernels of a script, their parameters, and the values they have without --arg");
    commands.list->add_option("SCRIPT", options.script, "FILE.py")->required();
    commands.list->add_flag("--json", options.json, "As JSON");

    commands.explain = command.add_subcommand("explain", "What the compiler has decided, and why");
    add_common_options(*commands.explain, options);
    commands.explain->footer(EXPLAIN_HELP);
    return commands;
}

int run_tile(const TileCommands& commands, const TileOptions& options) {
    try {
        Session session(options);
        return *commands.run    ? session.run()
               : *commands.emit ? session.emit()
               : *commands.list ? session.list()
                                : session.explain();
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

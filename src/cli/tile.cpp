#include "tile.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <base/error.h>
#include <tile/emit/files.h>

#include "tile_compile.h"
#include "tile_explain.h"
#include "tile_run.h"
#include "tile_tune.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

using Json = nlohmann::ordered_json;

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
  tessera tile run gemm.py --check --dump-html gemm.html   all passes side by side, in a browser
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
Why the kernel became what it is: blocks, cores, multicast, buffers, arithmetic; L1 to the byte; who fills and who drains
each circular buffer; work and limits; which formats numbers go through and what that costs. The kernel is run too, for
its time and its errors, unless --no-run says otherwise.

Examples:
  tessera tile explain gemm.py --arg M=1024
  tessera tile explain gemm.py --no-run
  tessera tile explain gemm.py --html gemm.html
  tessera tile explain gemm.py --json | jq .programs[0].roofline)";

void print_json(const Json& json) {
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int emit(const TileOptions& options) {
    const auto compiled = compile_tile(options, false);
    if (finished_by_compiling(options, compiled)) {
        return 0;
    }
    const std::string folder = options.output.empty() ? compiled.module.name : options.output;
    tile::emit::write_files(folder, compiled.files);
    if (options.json) {
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

int list(const TileOptions& options) {
    const auto kernels = tile_kernels(options);
    Json all = Json::array();
    for (const tile::front::KernelInfo& kernel : kernels) {
        Json parameters = Json::array();
        std::string text;
        for (const tile::front::ParameterInfo& one : kernel.parameters) {
            parameters.push_back({{"name", one.name},
                                  {"annotation", one.annotation},
                                  {"value", one.value},
                                  {"from", one.from},
                                  {"size", one.size},
                                  {"dimension", one.dimension}});
            text += fmt::format("    {}{}{}\n", one.name, one.annotation.empty() ? "" : ": " + one.annotation,
                                one.value.empty() ? "" : fmt::format(" = {}  ({})", one.value, one.from));
        }
        all.push_back({{"name", kernel.name},
                       {"line", kernel.span.line},
                       {"autotuned", kernel.autotuned},
                       {"parameters", parameters}});
        if (!options.json) {
            fmt::print("{} (line {}){}\n{}", kernel.name, kernel.span.line, kernel.autotuned ? ", autotuned" : "",
                       text);
        }
    }
    if (options.json) {
        print_json(all);
    }
    return 0;
}

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
    command.add_option("--dump-html", options.dump_html, "Write a page: the kernel after every pass, side by side")
        ->type_name("FILE");
    command.add_flag("--dump-attrs", options.dump_attrs,
                     "Print what was decided as JSON, by the names of TileLang's attributes, and do nothing else");
    command.add_flag("--tuned", options.tuned, "As `tessera tile tune` found best for the same arguments and board");
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
    commands.run->add_option("-o,--output", options.output, "A folder for the results, NAME.npy");
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
    commands.emit->add_option("-o,--output", options.output, "A folder for the sources (default: the kernel's name)");
    commands.emit->footer(EMIT_HELP);

    commands.list = command.add_subcommand(
        "list", "The kernels of a script, their parameters, and the values they have without --arg");
    commands.list->add_option("SCRIPT", options.script, "FILE.py")->required();
    commands.list->add_flag("--json", options.json, "As JSON");

    commands.explain = command.add_subcommand("explain", "What the compiler has decided, and why");
    add_common_options(*commands.explain, options);
    add_input_options(*commands.explain, options);
    commands.explain->add_option("--html", options.html, "Write a page that opens in a browser")->type_name("FILE");
    commands.explain->add_flag("!--no-run", options.simulate, "Only what is known without running it");
    commands.explain
        ->add_option("--math", options.run.math, "exact (default): the chip's own bits; fast: 32-bit floats, quicker")
        ->check(CLI::IsMember({"exact", "fast"}));
    commands.explain->add_flag("!--no-oracle", options.oracle, "Do not compare");
    commands.explain->add_option("--timeout", options.run.timeout, "End the program after so many seconds")
        ->check(CLI::PositiveNumber);
    commands.explain->footer(EXPLAIN_HELP);

    commands.tune = command.add_subcommand("tune", "Look for the quickest way to compile a kernel");
    commands.tune->add_option("SCRIPT", options.script, "FILE.py, FILE.py:KERNEL, or a dump FILE.tile")->required();
    commands.tune->add_option("--arg", options.arguments, "A parameter of the kernel: NAME=VALUE")
        ->allow_extra_args(false);
    commands.tune->add_option("--board", options.run.board, "n150 (default), n300, p100, p150, ...");
    commands.tune->add_option("--choose", options.choices, "What is not to be varied, as of `tessera tile run`");
    commands.tune->add_flag("--json", options.json, "One JSON object on standard output");
    add_input_options(*commands.tune, options);
    add_tune_options(*commands.tune, options);
    return commands;
}

int run_tile(const TileCommands& commands, const TileOptions& options) {
    try {
        return *commands.run    ? run_tile_run(options)
               : *commands.emit ? emit(options)
               : *commands.list ? list(options)
               : *commands.tune ? run_tile_tune(options)
                                : run_tile_explain(options);
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

// The tessera command: reads the command line, and leaves the work to program.cpp and run.cpp.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <arch/arch.h>
#include <base/checks.h>
#include <base/error.h>
#include <jit/jit.h>

#include "check.h"
#include "explore.h"
#include "findings.h"
#include "numerics.h"
#include "prepare.h"
#include "program.h"
#include "recording.h"
#include "run.h"
#include "sarif.h"
#include "tile.h"
#include "time.h"

namespace tessera::cli {
namespace {

constexpr const char* RUN_HELP = R"(
Examples:
  tessera run loopback.cpp                          compile against Tessera's TT-Metalium and run on an n150
  tessera run mesh_add.cpp --board t3000            the same on a board with eight chips
  tessera run matmul.cpp -I ../common -DNDEBUG      further include folders and macros
  tessera run vecadd.cpp -- --seed 7                everything after -- goes to the program
  tessera run build/my_program                      a program that CMake built against TT::Metalium
  tessera run bench.cpp --timed                     kernels that read the clock, and profiler zones, see predicted time
  tessera run race.cpp --noc-order adversarial:3    deliver NoC transfers in another legal order, to find missing barriers

Kernels are found from the working directory, the program's folder and the folders above it, TT_METAL_KERNEL_PATH and
TT_METAL_HOME. What was compiled is kept; a second run starts at once.

Mistakes of kernels are named as the run goes on; `tessera checks` lists what is checked. A comment
  // tessera: allow(NAME): reason
on a line or above it silences one place.

Exit codes: the program's own; 64 command line, 65 program does not compile, 66 file missing, 70 exception not caught,
71 the program ended with 0 but made mistakes, 73 cache can't be written, 124 timeout, 128+n ended by signal n.)";

/// An error of ours, and the exit code that it deserves.
int report(const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    const std::string& name = error.diagnostic().name;
    return name == "cache-unwritable" ? EXIT_CANNOT_WRITE : name == "unknown-board" ? EXIT_USAGE : 1;
}

void print_summary(const RunOptions& options, const RunOutcome& outcome, const BuiltProgram& built,
                   const std::string& messages, const std::vector<Diagnostic>& found) {
    nlohmann::ordered_json summary;
    summary["program"] = options.words.front();
    summary["board"] = board_name(options);
    summary["math"] = math_mode(options);
    summary["status"] = outcome.status;
    summary["exit_code"] = outcome.exit_code;
    if (!outcome.signal.empty()) {
        summary["signal"] = outcome.signal;
    }
    if (!messages.empty()) {
        summary["messages"] = messages;
    }
    summary["diagnostics"] = nlohmann::ordered_json::array();
    for (const Diagnostic& diagnostic : found) {
        summary["diagnostics"].push_back(nlohmann::ordered_json::parse(diagnostic.json()));
    }
    summary["executable"] = built.path;
    summary["compiled"] = built.built;
    summary["build_seconds"] = built.seconds;
    summary["run_seconds"] = outcome.seconds;
    fmt::print("{}\n", summary.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int run(RunOptions options) {
    RunOutcome outcome;
    BuiltProgram built;
    auto refuse = [&](int code, const std::string& status, const std::string& message) {
        std::fprintf(stderr, "%s\n", message.c_str());
        outcome.exit_code = code;
        outcome.status = status;
        if (options.json) {
            print_summary(options, outcome, built, message, {});
        }
        return code;
    };
    RunRequest request;
    try {
        request = prepare_run(options, built);
    } catch (const Refusal& refusal) {
        return refuse(refusal.code, refusal.status, refusal.message);
    }
    request.output_to_stderr = options.json;
    std::optional<PredictedTimes> predicted;
    if (options.timed) {
        try {
            predicted.emplace(options);
        } catch (const Refusal& refusal) {
            return refuse(refusal.code, refusal.status, refusal.message);
        }
        request.environment["TESSERA_CLOCK"] = predicted->clock_file();
    }
    FindingsFile findings(options.json || !options.sarif.empty());
    findings.pass_to(request);
    outcome = run_program(request);
    const std::vector<Diagnostic> found = findings.read();
    if (!options.sarif.empty()) {
        write_sarif(options.sarif, found);
    }
    if (options.json) {
        print_summary(options, outcome, built, {}, found);
    } else if (predicted) {
        std::fprintf(stderr, "tessera: %s\n", predicted->summary().c_str());
    } else if (options.verbose || isatty(STDERR_FILENO) != 0) {
        std::fprintf(stderr, "tessera: ran on %s, math %s, %.2f s\n", board_name(options).c_str(),
                     math_mode(options).c_str(), outcome.seconds);
    }
    return outcome.exit_code;
}

int list_checks(bool as_json) {
    if (as_json) {
        nlohmann::ordered_json all = nlohmann::ordered_json::array();
        for (const Check& check : checks()) {
            all.push_back({{"name", check.name},
                           {"family", family_name(check.family)},
                           {"severity", severity_word(check.severity)},
                           {"summary", check.summary}});
        }
        fmt::print("{}\n", all.dump(2));
        return 0;
    }
    std::string_view family;
    for (const Check& check : checks()) {
        if (family_name(check.family) != family) {
            fmt::print("{}{}\n", family.empty() ? "" : "\n", family_name(check.family));
            family = family_name(check.family);
        }
        fmt::print("  {:<32} {:<8} {}\n", check.name, severity_word(check.severity), check.summary);
    }
    return 0;
}

int boards(bool as_json) {
    nlohmann::json all = nlohmann::json::array();
    if (!as_json) {
        fmt::print("{:<8} {:<5}  {:<7}  {:<7}  {:<9}  {}\n", "board", "chips", "mesh", "workers", "DRAM", "");
    }
    for (const std::string& name : arch::board_names()) {
        const arch::Board& board = arch::board(name);
        const arch::Chip& chip = board.chips.front();
        const uint64_t dram = chip.dram_bank_bytes * chip.num_dram_banks;
        if (as_json) {
            all.push_back({{"name", name},
                           {"description", board.description},
                           {"chips", board.chips.size()},
                           {"mesh", {board.mesh_rows, board.mesh_cols}},
                           {"workers", {chip.compute_grid.x, chip.compute_grid.y}},
                           {"dram_bytes", dram},
                           {"l1_bytes", chip.l1_bytes}});
            continue;
        }
        fmt::print("{:<8} {:<5}  {:<7}  {:<7}  {:<9}  {}\n", name, board.chips.size(),
                   fmt::format("{}x{}", board.mesh_rows, board.mesh_cols),
                   fmt::format("{}x{}", chip.compute_grid.x, chip.compute_grid.y), fmt::format("{} GiB", dram >> 30),
                   board.description);
    }
    if (as_json) {
        fmt::print("{}\n", all.dump(2));
    }
    return 0;
}

int cache(bool clear, bool warm) {
    if (clear) {
        jit::clear_cache();
    }
    if (warm) {
        for (uint8_t family : {0, 1}) {
            jit::build_prelude(jit::Kind::DataMovement, family);
            jit::build_prelude(jit::Kind::Compute, family);
        }
        warm_host_prelude();
    }
    jit::CacheStatistics statistics = jit::cache_statistics();
    fmt::print("{}\n{:.1f} MB: {} kernels, {} programs, {} precompiled headers\n", statistics.folder,
               static_cast<double>(statistics.bytes) / 1e6, statistics.kernels, statistics.programs,
               statistics.preludes);
    return 0;
}

}  // namespace

int main_command(int argc, char** argv) {
    CLI::App app{
        "Tessera: the Tenstorrent software stack for a machine without the hardware.\n"
        "`tessera run PROGRAM.cpp` compiles a TT-Metalium program and runs it on a simulated board."};
    app.set_version_flag("--version", "tessera " TESSERA_VERSION);
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::simple);

    RunOptions options;
    CLI::App* run_command = app.add_subcommand("run", "Compile (if need be) and run a TT-Metalium program");
    add_program_options(*run_command, options);
    add_check_options(*run_command, options);
    run_command->add_option("--record", options.record,
                            "Write what every processor does to this file; see `tessera recording`");
    run_command->add_flag("--keep", options.keep, "Leave the compiled program in the working directory");
    run_command->add_flag(
        "--timed", options.timed,
        "Kernels read the predicted time on the wall clock, and the device profiler's log is written; "
        "the program runs twice");
    run_command->add_flag("-v,--verbose", options.verbose, "Say what is compiled and what was found in the cache");
    run_command->add_flag(
        "--json", options.json,
        "One JSON object about the run on standard output; the program's own output goes to standard error");
    run_command->footer(RUN_HELP);

    NumericsOptions numerics;
    CLI::App* numerics_command =
        app.add_subcommand("numerics",
                           "How far a program's numbers are from float64, where it comes from, and what "
                           "other settings would cost and give");
    add_program_options(*numerics_command, numerics.run);
    add_numerics_options(*numerics_command, numerics);

    ExploreOptions explore;
    CLI::App* explore_command = app.add_subcommand(
        "explore", "Run a program under many legal orders of NoC transfers and processors, and compare the results");
    add_program_options(*explore_command, explore.run);
    add_check_options(*explore_command, explore.run);
    add_explore_options(*explore_command, explore);

    TimeOptions time;
    CLI::App* time_command =
        app.add_subcommand("time", "How long a program would take on the chip, why, and what would make it faster");
    add_program_options(*time_command, time.run);
    add_time_options(*time_command, time);

    CompareOptions compare;
    CLI::App* compare_command = app.add_subcommand("compare", "What makes two programs differ in time");
    add_compare_options(*compare_command, compare);

    CheckOptions check;
    CLI::App* check_command =
        app.add_subcommand("check", "Check kernels without running them: every path, for any arguments");
    add_check_command_options(*check_command, check);

    RecordingOptions recording;
    CLI::App* recording_command =
        app.add_subcommand("recording", "What is in a file that `tessera run --record` has written");
    add_recording_options(*recording_command, recording);

    TileOptions tile;
    CLI::App* tile_command = app.add_subcommand(
        "tile", "Compile kernels of the tile language, run them, and compare them with what they mean");
    const TileCommands tile_commands = add_tile_commands(*tile_command, tile);

    CLI::App* boards_command = app.add_subcommand("boards", "List the boards that can be simulated");
    bool boards_json = false;
    boards_command->add_flag("--json", boards_json,
                             "As JSON: mesh as rows and columns, workers as x and y of the grid");
    CLI::App* checks_command = app.add_subcommand("checks", "List the checks that are made on a program");
    bool checks_json = false;
    checks_command->add_flag("--json", checks_json, "As JSON");
    CLI::App* cache_command = app.add_subcommand("cache", "Show or clear what was compiled");
    bool clear = false;
    cache_command->add_flag("--clear", clear, "Remove everything");
    bool warm = false;
    cache_command->add_flag("--warm", warm, "Precompile the headers that kernels and programs include");

    // What stands after -- is the program's, whatever it looks like.
    int own = argc;
    for (int i = 1; i < argc; ++i) {
        if (std::string(argv[i]) == "--") {
            own = i;
            options.rest.assign(argv + i + 1, argv + argc);
            numerics.run.rest = options.rest;
            explore.run.rest = options.rest;
            time.run.rest = options.rest;
            break;
        }
    }
    try {
        app.parse(own, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : EXIT_USAGE;
    }
    try {
        return *run_command         ? run(std::move(options))
               : *numerics_command  ? run_numerics(std::move(numerics))
               : *explore_command   ? run_explore(std::move(explore))
               : *time_command      ? run_time(time)
               : *compare_command   ? run_compare(compare)
               : *check_command     ? run_check(check)
               : *recording_command ? run_recording(recording)
               : *tile_command      ? run_tile(tile_commands, tile)
               : *boards_command    ? boards(boards_json)
               : *checks_command    ? list_checks(checks_json)
               : *cache_command     ? cache(clear, warm)
                                    : 0;
    } catch (const Error& error) {
        return report(error);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tessera: %s\n", error.what());
        return 1;
    }
}

}  // namespace tessera::cli

int main(int argc, char** argv) {
    return tessera::cli::main_command(argc, argv);
}

// The tessera command: reads the command line, and leaves the work to program.cpp and run.cpp.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <arch/arch.h>
#include <base/error.h>
#include <jit/jit.h>

#include "program.h"
#include "run.h"

namespace fs = std::filesystem;

namespace tessera::cli {
namespace {

constexpr const char* RUN_HELP = R"(
Examples:
  tessera run loopback.cpp                          compile against Tessera's TT-Metalium and run on an n150
  tessera run mesh_add.cpp --board t3000            the same on a board with eight chips
  tessera run matmul.cpp -I ../common -DNDEBUG      further include folders and macros
  tessera run vecadd.cpp -- --seed 7                everything after -- goes to the program
  tessera run build/my_program                      a program that CMake built against TT::Metalium
  tessera run race.cpp --noc-order adversarial:3    deliver NoC transfers in another legal order, to find missing barriers

Kernels are found from the working directory, the program's folder and the folders above it, TT_METAL_KERNEL_PATH and
TT_METAL_HOME. What was compiled is kept; a second run starts at once.

Exit codes: the program's own; 64 command line, 65 program does not compile, 66 file missing, 70 exception not caught,
73 cache can't be written, 124 timeout, 128+n ended by signal n.)";

struct RunOptions {
    std::vector<std::string> words;  ///< program, further sources, arguments before --
    std::vector<std::string> rest;   ///< what stood after --
    std::string board;
    std::vector<std::string> include_dirs;
    std::vector<std::string> defines;
    std::vector<std::string> libraries;
    std::string opt_level = "O2";
    unsigned threads = 0;
    std::string noc_order;
    double timeout = 0;
    std::string math;
    bool keep = false;
    bool verbose = false;
    bool json = false;
};

/// An error of ours, and the exit code that it deserves.
int report(const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    const std::string& name = error.diagnostic().name;
    return name == "cache-unwritable" ? EXIT_CANNOT_WRITE : name == "unknown-board" ? EXIT_USAGE : 1;
}

std::string absolute(const std::string& path) {
    std::error_code ignored;
    fs::path full = fs::weakly_canonical(path, ignored);
    return full.empty() ? path : full.string();
}

/// What the library reads; a setting that was not given leaves the caller's environment as it is.
std::map<std::string, std::string> environment_for(const RunOptions& options, const std::string& program_dir) {
    std::map<std::string, std::string> environment;
    environment["TESSERA_RUN"] = "1";
    environment["TESSERA_PROGRAM_DIR"] = program_dir;
    if (!options.board.empty()) {
        environment["TESSERA_BOARD"] = options.board;
    }
    if (options.threads != 0) {
        environment["TESSERA_THREADS"] = std::to_string(options.threads);
    }
    if (!options.noc_order.empty()) {
        environment["TESSERA_NOC_ORDER"] = options.noc_order == "deterministic" ? "default" : options.noc_order;
    }
    if (options.timeout > 0) {
        environment["TESSERA_TIMEOUT"] = std::to_string(static_cast<unsigned>(std::ceil(options.timeout)));
    }
    if (!options.math.empty()) {
        environment["TESSERA_MATH"] = options.math;
    }
    if (!std::getenv("TT_METAL_HOME")) {
        environment["TT_METAL_HOME"] = source_root(program_dir);
    }
    return environment;
}

/// What was asked for on the command line or in the environment.
std::string setting(const std::string& option, const char* variable, const char* by_default) {
    const char* inherited = std::getenv(variable);
    return !option.empty() ? option : inherited && *inherited ? inherited : by_default;
}
std::string board_name(const RunOptions& options) {
    return setting(options.board, "TESSERA_BOARD", "n150");
}
std::string math_mode(const RunOptions& options) {
    return setting(options.math, "TESSERA_MATH", "exact");
}

void print_summary(const RunOptions& options, const RunOutcome& outcome, const BuiltProgram& built,
                   const std::string& messages) {
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
    summary["executable"] = built.path;
    summary["compiled"] = built.built;
    summary["build_seconds"] = built.seconds;
    summary["run_seconds"] = outcome.seconds;
    fmt::print("{}\n", summary.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// A source that defines a kernel's entry rather than host code.
bool looks_like_kernel(const std::string& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find("void kernel_main(") != std::string::npos || text.find("void MAIN") != std::string::npos;
}

/// What to do about a program that does not compile for a reason that the compiler can't know; begins with a new line.
std::string compile_hint(const std::vector<std::string>& files, const std::string& messages) {
    if (messages.find("experimental/metal2_host_api") != std::string::npos) {
        return "\nhelp: programs described by a ProgramSpec (Metal 2.0, experimental) are not simulated; build the "
               "program "
               "with CreateProgram, CreateKernel and CreateCircularBuffer";
    }
    for (size_t i = 0; i < files.size(); ++i) {
        if (!looks_like_kernel(files[i])) {
            continue;
        }
        const std::string name = fs::path(files[i]).filename().string();
        return i == 0
                   ? "\nhelp: " + name + " looks like a kernel: run the host program that creates it"
                   : "\nhelp: " + name +
                         " looks like a kernel, but .cpp files before -- are compiled as part of the program: to pass "
                         "it as an argument, write it after --";
    }
    if (files.size() > 1 && messages.find("duplicate symbol: main") != std::string::npos) {
        return "\nhelp: two of the .cpp files define main, and all before -- are compiled as one program: to pass one "
               "as an "
               "argument, write it after --";
    }
    return {};
}

int run(RunOptions options) {
    RunOutcome outcome;
    BuiltProgram built;
    auto refuse = [&](int code, const std::string& status, const std::string& message) {
        std::fprintf(stderr, "%s\n", message.c_str());
        outcome.exit_code = code;
        outcome.status = status;
        if (options.json) {
            print_summary(options, outcome, built, message);
        }
        return code;
    };
    if (!options.board.empty()) {
        arch::board(options.board);  // throws unknown-board with the names there are
    }
    ProgramSources sources;
    size_t used = 0;
    while (used < options.words.size() && (used == 0 || is_source(options.words[0])) &&
           is_source(options.words[used])) {
        sources.files.push_back(absolute(options.words[used++]));
    }
    bool from_source = used != 0;
    used = std::max<size_t>(used, 1);
    std::vector<std::string> files = from_source ? sources.files : std::vector{absolute(options.words[0])};
    for (size_t i = 0; i < files.size(); ++i) {
        std::error_code ignored;
        if (!fs::exists(files[i], ignored)) {
            return refuse(EXIT_NO_INPUT, "no-input", "tessera: " + options.words[i] + ": no such file");
        }
        if (fs::is_directory(files[i], ignored)) {
            return refuse(
                EXIT_NO_INPUT, "no-input",
                "tessera: " + options.words[i] + " is a folder; name the program's .cpp files or its executable");
        }
    }
    const std::string program_dir = fs::path(files.front()).parent_path().string();
    if (from_source) {
        for (const std::string& folder : options.include_dirs) {
            sources.include_dirs.push_back(absolute(folder));
        }
        sources.defines = options.defines;
        sources.libraries = options.libraries;
        sources.opt_level = options.opt_level;
        try {
            built = build_program(sources, options.verbose);
        } catch (const CompileFailure& failure) {
            std::fputs(failure.messages.c_str(), stderr);
            return refuse(EXIT_COMPILE_ERROR, "compile-error",
                          "tessera: " + options.words.front() + " does not compile" +
                              compile_hint(sources.files, failure.messages));
        }
        if (options.keep) {
            const std::string kept = fs::path(files.front()).stem().string();
            std::error_code error;
            fs::copy_file(built.path, kept, fs::copy_options::overwrite_existing, error);
            if (error) {
                return refuse(EXIT_CANNOT_WRITE, "cannot-write", "tessera: " + kept + ": " + error.message());
            }
            std::fprintf(stderr, "tessera: the program is ./%s\n", kept.c_str());
        }
    } else {
        built.path = files.front();
        if (access(built.path.c_str(), X_OK) != 0) {
            return refuse(EXIT_NO_INPUT, "cannot-run",
                          "tessera: " + options.words[0] + " is neither a C++ source (.cpp) nor an executable program");
        }
    }

    RunRequest request;
    request.arguments = {built.path};
    request.arguments.insert(request.arguments.end(), options.words.begin() + static_cast<std::ptrdiff_t>(used),
                             options.words.end());
    request.arguments.insert(request.arguments.end(), options.rest.begin(), options.rest.end());
    request.environment = environment_for(options, program_dir);
    if (!from_source) {
        // A program that was linked against another libtt_metal.so finds ours first.
        const char* path = std::getenv("LD_LIBRARY_PATH");
        request.environment["LD_LIBRARY_PATH"] = library_folder() + (path && *path ? ":" + std::string(path) : "");
    }
    request.timeout_seconds = options.timeout;
    request.output_to_stderr = options.json;
    outcome = run_program(request);
    if (options.json) {
        print_summary(options, outcome, built, {});
    } else if (options.verbose || isatty(STDERR_FILENO) != 0) {
        std::fprintf(stderr, "tessera: ran on %s, math %s, %.2f s\n", board_name(options).c_str(),
                     math_mode(options).c_str(), outcome.seconds);
    }
    return outcome.exit_code;
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
    run_command->add_option("PROGRAM", options.words, "Host sources (.cpp) or an executable, then its arguments")
        ->required();
    run_command->add_option("--board", options.board,
                            "n150 (default), n300, t3000, galaxy, p100, p150; see `tessera boards`");
    run_command->add_option("-I", options.include_dirs, "A further include folder for the host program")
        ->allow_extra_args(false);
    run_command->add_option("-D", options.defines, "A macro for the host program: NAME or NAME=VALUE")
        ->allow_extra_args(false);
    run_command->add_option("-l", options.libraries, "A further library to link")->allow_extra_args(false);
    run_command->add_option("-O", options.opt_level, "Optimisation of the host program")
        ->transform([](const std::string& level) { return level.starts_with('O') ? level : "O" + level; });
    run_command->add_option("--threads", options.threads, "Host threads that simulate (default: all cores)")
        ->check(CLI::Range(1u, 1024u));
    run_command->add_option("--noc-order", options.noc_order, "deterministic (default) or adversarial[:SEED]")
        ->check([](const std::string& text) {
            bool known = text == "deterministic" || text == "adversarial" || text.starts_with("adversarial:");
            return known ? std::string() : "use deterministic, adversarial or adversarial:SEED";
        });
    run_command->add_option("--timeout", options.timeout, "End the program after so many seconds (exit code 124)")
        ->check(CLI::PositiveNumber);
    run_command
        ->add_option("--math", options.math,
                     "exact (default): the chip's own bits; fast: the same formats, sums in 32-bit floats, many times "
                     "quicker for matrix products")
        ->check(CLI::IsMember({"exact", "fast"}));
    run_command->add_flag("--keep", options.keep, "Leave the compiled program in the working directory");
    run_command->add_flag("-v,--verbose", options.verbose, "Say what is compiled and what was found in the cache");
    run_command->add_flag(
        "--json", options.json,
        "One JSON object about the run on standard output; the program's own output goes to standard error");
    run_command->footer(RUN_HELP);

    CLI::App* boards_command = app.add_subcommand("boards", "List the boards that can be simulated");
    bool boards_json = false;
    boards_command->add_flag("--json", boards_json,
                             "As JSON: mesh as rows and columns, workers as x and y of the grid");
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
            break;
        }
    }
    try {
        app.parse(own, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : EXIT_USAGE;
    }
    try {
        return *run_command      ? run(std::move(options))
               : *boards_command ? boards(boards_json)
               : *cache_command  ? cache(clear, warm)
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

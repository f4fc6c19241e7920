#include "prepare.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <arch/arch.h>
#include <base/checks.h>
#include <base/error.h>

namespace fs = std::filesystem;

namespace tessera::cli {

std::string absolute(const std::string& path) {
    std::error_code ignored;
    fs::path full = fs::weakly_canonical(path, ignored);
    return full.empty() ? path : full.string();
}

namespace {

Refusal refusal(int code, std::string status, std::string message) {
    return {code, std::move(status), std::move(message)};
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ",") + name;
    }
    return text;
}

std::string known_check(const std::string& names) {
    std::istringstream stream(names);
    for (std::string name; std::getline(stream, name, ',');) {
        if (name != "warnings" && find_check(name) == nullptr) {
            return name + " is no check; `tessera checks` lists them";
        }
    }
    return {};
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
    if (!options.checks.empty()) {
        environment["TESSERA_CHECKS"] = options.checks;
    }
    if (!options.allow.empty()) {
        environment["TESSERA_ALLOW"] = joined(options.allow);
    }
    if (!options.deny.empty()) {
        environment["TESSERA_DENY"] = joined(options.deny);
    }
    if (options.max_errors >= 0) {
        environment["TESSERA_MAX_ERRORS"] = std::to_string(options.max_errors);
    }
    if (options.halt) {
        environment["TESSERA_HALT"] = "1";
    }
    if (options.notes) {
        environment["TESSERA_NOTES"] = "1";
    }
    if (!options.record.empty()) {
        environment["TESSERA_RECORD"] = absolute(options.record);
    }
    environment["TESSERA_RECORD_PROGRAM"] = options.words.front();
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

}  // namespace

std::string board_name(const RunOptions& options) {
    return setting(options.board, "TESSERA_BOARD", "n150");
}
std::string math_mode(const RunOptions& options) {
    return setting(options.math, "TESSERA_MATH", "exact");
}

void add_program_options(CLI::App& command, RunOptions& options) {
    command.add_option("PROGRAM", options.words, "Host sources (.cpp) or an executable, then its arguments")
        ->required();
    command.add_option("--board", options.board,
                       "n150 (default), n300, t3000, galaxy, p100, p150, p150_13x10; see `tessera boards`");
    command.add_option("-I", options.include_dirs, "A further include folder for the host program")
        ->allow_extra_args(false);
    command.add_option("-D", options.defines, "A macro for the host program: NAME or NAME=VALUE")
        ->allow_extra_args(false);
    command.add_option("-l", options.libraries, "A further library to link")->allow_extra_args(false);
    command.add_option("-O", options.opt_level, "Optimisation of the host program")
        ->transform([](const std::string& level) { return level.starts_with('O') ? level : "O" + level; });
    command.add_option("--threads", options.threads, "Host threads that simulate (default: all cores)")
        ->check(CLI::Range(1u, 1024u));
    command.add_option("--noc-order", options.noc_order, "deterministic (default) or adversarial[:SEED]")
        ->check([](const std::string& text) {
            bool known = text == "deterministic" || text == "adversarial" || text.starts_with("adversarial:");
            return known ? std::string() : "use deterministic, adversarial or adversarial:SEED";
        });
    command.add_option("--timeout", options.timeout, "End the program after so many seconds (exit code 124)")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--math", options.math,
                    "exact (default): the chip's own bits; fast: the same formats, sums in 32-bit floats, many times "
                    "quicker for matrix products; none: nothing is computed, for recordings")
        ->check(CLI::IsMember({"exact", "fast", "none"}));
}

void add_check_options(CLI::App& command, RunOptions& options) {
    command
        .add_option("--checks", options.checks,
                    "default: all that cost little; full: also the race detector on every load and store; off")
        ->check(CLI::IsMember({"default", "full", "off"}));
    command.add_option("--allow", options.allow, "Checks whose errors become warnings, and whose warnings vanish")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(known_check);
    command.add_option("--deny", options.deny, "Checks that become errors; `warnings` stands for all warnings")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(known_check);
    command
        .add_option("--max-errors", options.max_errors, "Different errors after which the run ends (20); 0: no limit")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("--halt", options.halt, "End the run at the first error");
    command.add_flag("--notes", options.notes, "Show notes too, which are only counted otherwise");
    command.add_option("--sarif", options.sarif, "Write what was found to this file as SARIF, for editors and CI");
}

RunRequest prepare_run(const RunOptions& options, BuiltProgram& built) {
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
            throw refusal(EXIT_NO_INPUT, "no-input", "tessera: " + options.words[i] + ": no such file");
        }
        if (fs::is_directory(files[i], ignored)) {
            throw refusal(
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
            throw refusal(EXIT_COMPILE_ERROR, "compile-error",
                          "tessera: " + options.words.front() + " does not compile" +
                              compile_hint(sources.files, failure.messages));
        }
        if (options.keep) {
            const std::string kept = fs::path(files.front()).stem().string();
            std::error_code error;
            fs::copy_file(built.path, kept, fs::copy_options::overwrite_existing, error);
            if (error) {
                throw refusal(EXIT_CANNOT_WRITE, "cannot-write", "tessera: " + kept + ": " + error.message());
            }
            std::fprintf(stderr, "tessera: the program is ./%s\n", kept.c_str());
        }
    } else {
        built.path = files.front();
        if (access(built.path.c_str(), X_OK) != 0) {
            throw refusal(EXIT_NO_INPUT, "cannot-run",
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
    return request;
}

}  // namespace tessera::cli

// What `tessera run` and `tessera numerics` share: the options that say what to run, and the way from them to a
// process.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "program.h"
#include "run.h"

namespace tessera::cli {

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
    std::string checks;
    std::vector<std::string> allow;
    std::vector<std::string> deny;
    int max_errors = -1;
    bool halt = false;
    bool notes = false;
    std::string sarif;
    std::string record;  ///< the file for a recording; empty: none
    bool keep = false;
    bool verbose = false;
    bool json = false;
    bool timed = false;
};

/// Why a program can't be run: exit code, status for tools, message for people.
struct Refusal {
    int code = 1;
    std::string status;
    std::string message;
};

/// The options that name the program, how it is compiled and on what it runs.
void add_program_options(CLI::App& command, RunOptions& options);

/// The options that say what is checked and how findings are weighed and written.
void add_check_options(CLI::App& command, RunOptions& options);

/// Compiles the program if need be. Throws Refusal, and tessera::Error for an unknown board.
RunRequest prepare_run(const RunOptions& options, BuiltProgram& built);

/// The board and the mode of arithmetic: as given, or from the environment, or the default.
std::string board_name(const RunOptions& options);
std::string math_mode(const RunOptions& options);

/// Absolute form of a path, whether or not it exists.
std::string absolute(const std::string& path);

}  // namespace tessera::cli

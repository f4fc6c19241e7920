// `tessera tile`: kernels of the tile language compiled, run on the simulated board, and compared with what they mean.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "prepare.h"

namespace tessera::cli {

struct TileOptions {
    std::string script;                  ///< FILE.py[:KERNEL], or a dump: FILE.tile
    std::vector<std::string> arguments;  ///< NAME=VALUE
    std::vector<std::string> inputs;     ///< NAME=FILE.npy
    std::vector<std::string> ranges;     ///< NAME=FIRST:LAST, of integer inputs
    std::string output;                  ///< folder: of the sources (emit), of results (run)
    std::vector<std::string> dumps;      ///< passes, or "all"
    std::string dump_html;               ///< a page with the kernel after every pass
    std::string html;                    ///< a page with the explanation
    std::string choices;                 ///< tile::lower::choices_from_text
    uint64_t seed = 0;
    double bound = 0;  ///< of the relative L2 error; 0: worked out
    bool oracle = true, timing = true;
    bool check = false;       ///< compile only
    bool dump_attrs = false;  ///< compile, and print what was decided under the fork's names
    bool simulate = true;     ///< explain: run it too
    bool quiet = false;       ///< no notes
    bool tuned = false;       ///< with what tuning found
    // Of tune.
    size_t tries = 12;          ///< candidates that are run
    size_t space = 400;         ///< that are looked at
    unsigned jobs = 1;          ///< runs at a time
    std::string fidelity_from;  ///< the least that is allowed; empty: what the compiler takes
    bool only_configs = false;  ///< the script's own
    bool afresh = false;        ///< run again what has been measured
    bool no_progress = false;
    bool json = false;
    RunOptions run;  ///< board, arithmetic, threads, timeout
};

/// The commands below `tessera tile`.
struct TileCommands {
    CLI::App* run = nullptr;
    CLI::App* emit = nullptr;
    CLI::App* list = nullptr;
    CLI::App* explain = nullptr;
    CLI::App* tune = nullptr;
};

TileCommands add_tile_commands(CLI::App& command, TileOptions& options);
/// Exit code: 0, the program's own, 1 for a result outside its bound, or one of ExitCode.
int run_tile(const TileCommands& commands, const TileOptions& options);

}  // namespace tessera::cli

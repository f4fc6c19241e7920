// `tessera explore PROGRAM`: runs a program under many legal orders of the NoC and of the processors, and compares what
// comes out. explore.cpp runs and tells; explore_analysis.cpp finds the two accesses whose order mattered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <base/error.h>

#include "prepare.h"

namespace tessera::cli {

struct ExploreOptions {
    RunOptions run;
    unsigned seeds = 20;
    uint64_t first_seed = 1;
    unsigned jobs = 1;
    bool all = false;  ///< don't stop at the first difference
    bool json = false;
};

void add_explore_options(CLI::App& command, ExploreOptions& options);
/// 0: the same under every order and nothing found; 1: different, or mistakes found; others as `tessera run`.
int run_explore(ExploreOptions options);

// --- explore_analysis.cpp --------------------------------------------------------------------------------------------
/// An access of one run, as a person reads it.
struct Access {
    std::string who;      ///< "core (0,0) of device 0, RISCV_1 (reader.cpp)", or "the host"
    std::string what;     ///< "NoC 0 read lands at", "packs to", ...
    std::string address;  ///< "L1 0x1a000-0x1a7ff of core (1,0) of device 0"
    std::vector<SourceLocation> trace;
};

/// The first host access that differs between two runs' outputs logs.
struct OutputDifference {
    bool any = false;
    bool write = false;    ///< the program wrote different bytes: it does not do the same itself
    uint64_t number = 0;   ///< which one of the host's accesses
    bool missing = false;  ///< one run has fewer accesses
    std::string where;     ///< "2048 bytes at DRAM bank 3, 0x6000 of device 0"
};
OutputDifference compare_outputs(const std::string& log_a, const std::string& log_b);

/// Where two runs first differ inside the device.
struct Conflict {
    bool found = false;
    Access reader;                 ///< the first access that saw other bytes
    std::string order_a, order_b;  ///< what happened in each run, as a sentence
    std::vector<Access> accesses;  ///< the two that conflict
    std::string why;               ///< which order of them was taken for granted
    uint64_t event = 0;            ///< number of the event in run b
};
Conflict find_conflict(const std::string& log_a, const std::string& log_b);

}  // namespace tessera::cli

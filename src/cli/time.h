// `tessera time PROGRAM`: how long a program would take on the chip, and why; `tessera compare A B`: what makes two of
// them differ.
#pragma once

#include <string>
#include <vector>

#include "prepare.h"
#include "scratch.h"

namespace tessera::cli {

struct TimeOptions {
    RunOptions run;  ///< words[0] may be a recording
    std::vector<std::string> what_if;
    std::string record;                   ///< file to keep the recording in
    std::string trace;                    ///< files to write
    std::string trace_cores, trace_time;  ///< what of it is wanted, as timing::selection_of reads it
    std::string html;
    std::string npe;
    std::string noc_trace;
    std::string profile;
    size_t suggest = 3;
    size_t lines = 8;  ///< of the critical path
    bool json = false;
};

/// What `tessera run --timed` gives a program: a first run, unseen, is recorded and replayed.
class PredictedTimes {
public:
    /// Throws Refusal if there is nothing to time.
    explicit PredictedTimes(const RunOptions& run);
    /// What the program's kernels see on the clock.
    std::string clock_file() const { return folder_.file("clock"); }
    /// "12.3 us on the device, 4 launches; the device profiler's log is in ...".
    const std::string& summary() const { return summary_; }

private:
    Folder folder_;
    std::string summary_;
};

void add_time_options(CLI::App& command, TimeOptions& options);
/// Exit code: the program's own, or one of ExitCode.
int run_time(const TimeOptions& options);

struct CompareOptions {
    std::string before, after;  ///< recordings or programs
    RunOptions run;             ///< how to run programs
    std::vector<std::string> what_if;
    bool json = false;
};

void add_compare_options(CLI::App& command, CompareOptions& options);
int run_compare(const CompareOptions& options);

}  // namespace tessera::cli

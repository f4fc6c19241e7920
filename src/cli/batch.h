// Runs many processes, several at a time, and keeps what each prints.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "run.h"

namespace tessera::cli {

struct BatchResult {
    RunOutcome outcome;
    std::string output;  ///< standard output, at most 16 MiB of it
    std::string errors;
};

/// Runs requests[i] for each i, `jobs` at a time and in order, and calls done(i, result) on the caller's thread as each
/// ends; it returns false to start no more and end those after i that still run. SIGINT, SIGTERM and SIGHUP end all;
/// then the answer is that signal's number, 0 otherwise.
int run_batch(const std::vector<RunRequest>& requests, unsigned jobs,
              const std::function<bool(size_t, const BatchResult&)>& done);

}  // namespace tessera::cli

// Runs a tool and collects what it prints.
#pragma once

#include <string>
#include <vector>

namespace tessera::jit {

struct ProcessResult {
    int status = 0;      ///< exit code; 128 + n when ended by signal n; 127 when it could not be started
    std::string output;  ///< standard output and standard error together
};

/// Runs arguments[0] (looked up in PATH) with standard input taken from `input`.
ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input = {});

}  // namespace tessera::jit

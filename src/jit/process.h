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

/// While one lives, SIGINT, SIGTERM and SIGHUP stop the tools that run and remove everything whose path begins with
/// `leftovers`, before they end the process as they would have. A program's own handlers stay in charge.
class Interruptible {
public:
    explicit Interruptible(const std::string& leftovers);
    ~Interruptible();
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;
};

}  // namespace tessera::jit

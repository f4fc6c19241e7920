// Runs a program as a child process: passes signals on, limits its time, and tells its ends apart.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tessera::cli {

/// Exit codes of the tessera command beside the program's own.
enum ExitCode : int {
    EXIT_USAGE = 64,          ///< the command line
    EXIT_COMPILE_ERROR = 65,  ///< the program does not compile
    EXIT_NO_INPUT = 66,       ///< a file that is not there or can't be run
    EXIT_UNCAUGHT = 70,       ///< an exception that the program did not catch
    EXIT_FINDINGS = 71,       ///< it ended with 0, and the checks found mistakes
    EXIT_CANNOT_WRITE = 73,   ///< the cache
    EXIT_TIMEOUT = 124,       ///< ended because of --timeout
    EXIT_SIGNAL = 128,        ///< plus the signal's number
};

struct RunRequest {
    std::vector<std::string> arguments;  ///< the executable and its arguments
    std::map<std::string, std::string> environment;
    double timeout_seconds = 0;     ///< 0: none
    bool silent = false;            ///< nobody sees what the program prints
    bool output_to_stderr = false;  ///< the program's standard output, so that ours holds one JSON object
};

struct RunOutcome {
    int exit_code = 0;
    std::string status;  ///< ok, failed, signal, timeout, uncaught-exception, findings, cannot-run
    std::string signal;  ///< SIGSEGV and the like
    double seconds = 0;
};

RunOutcome run_program(const RunRequest& request);

}  // namespace tessera::cli

// `tessera check`: kernels checked without running them.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::cli {

struct CheckOptions {
    std::vector<std::string> paths;  ///< kernels, and folders that hold kernels
    std::vector<std::string> include_dirs;
    std::vector<std::string> defines;
    std::vector<std::string> compile_args;  ///< [KERNEL.cpp:]1,2,name=3
    std::vector<std::string> runtime_args;  ///< [KERNEL.cpp:]1,2,3
    std::string kind = "auto";
    std::string board;
    std::vector<std::string> allow, deny;
    std::string sarif;
    bool json = false;
    bool notes = false;
};

void add_check_command_options(CLI::App& command, CheckOptions& options);
/// The exit code: 0 nothing found, 1 findings, 65 a kernel doesn't compile.
int run_check(const CheckOptions& options);

}  // namespace tessera::cli

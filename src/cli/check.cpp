#include "check.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <arch/arch.h>
#include <base/checks.h>
#include <base/reporter.h>
#include <fmt/core.h>
#include <static/check.h>
#include <nlohmann/json.hpp>

#include "prepare.h"
#include "program.h"
#include "run.h"
#include "sarif.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

constexpr const char* HELP = R"(
Examples:
  tessera check reader.cpp                          one kernel, for any arguments
  tessera check kernels/                            every kernel in a folder
  tessera check reader.cpp compute.cpp writer.cpp   the kernels of one program: also what they push and pop together
  tessera check compute.cpp --compile-args 8,2      with the values that the program gives
  tessera check reader.cpp --compile-args n=4,page=2048 -D USE_BARRIER -I ../common
  tessera check reader.cpp writer.cpp --args reader.cpp:0,64 --args writer.cpp:0,64
  tessera check kernels/ --sarif findings.sarif     for editors and CI

Every path of a kernel is walked: a barrier that is missing when a branch is not taken is found without a run that takes
it. Loops are taken to run at least once. Runtime arguments stand for any value. Compile-time arguments that are not
given stand for any value too, with two limits: a flag is taken to be set, and counts are compared only where they are
written in the kernel. What can't be told is not reported; `tessera run` sees the rest.

A comment
  // tessera: allow(NAME): reason
on a line or above it silences one place.

Exit codes: 0 nothing found; 1 findings; 64 command line; 65 a kernel does not compile; 66 a file is missing.)";

std::string file_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Arguments {
    std::vector<uint32_t> values;
    std::map<std::string, uint32_t> named;
    bool given = false;
};

/// What --compile-args or --args gives to one kernel; the last that names it, or names none, counts.
Arguments arguments_for(const std::vector<std::string>& options, const std::string& path) {
    Arguments result;
    for (const std::string& option : options) {
        std::string list = option;
        if (const size_t colon = option.rfind(':'); colon != std::string::npos) {
            const std::string name = option.substr(0, colon);
            if (path != name && !path.ends_with("/" + name)) {
                continue;
            }
            list = option.substr(colon + 1);
        }
        result = {};
        result.given = true;
        std::istringstream stream(list);
        for (std::string item; std::getline(stream, item, ',');) {
            const size_t equals = item.find('=');
            const std::string number = equals == std::string::npos ? item : item.substr(equals + 1);
            char* end = nullptr;
            const unsigned long value = std::strtoul(number.c_str(), &end, 0);
            if (number.empty() || *end != 0) {
                throw Error("bad-option", "\"" + item + "\" is no argument", "give numbers: 1,0x20,name=3");
            }
            if (equals == std::string::npos) {
                result.values.push_back(static_cast<uint32_t>(value));
            } else {
                result.named[item.substr(0, equals)] = static_cast<uint32_t>(value);
            }
        }
    }
    return result;
}

/// Where a kernel's includes are found when it runs: its own folder, the root that it is named from, the environment.
std::vector<std::string> include_dirs(const CheckOptions& options, const std::string& path) {
    std::vector<std::string> folders = options.include_dirs;
    const auto add = [&](const std::string& folder) {
        if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
            folders.push_back(folder);
        }
    };
    const std::string own = fs::path(path).parent_path().string();
    add(own);
    add(source_root(own));
    for (const char* variable : {"TESSERA_PROGRAM_DIR", "TT_METAL_KERNEL_PATH", "TT_METAL_HOME"}) {
        const char* value = std::getenv(variable);
        add(value == nullptr ? "" : value);
    }
    std::error_code ignored;
    add(fs::current_path(ignored).string());
    return folders;
}

struct Selection {
    std::vector<std::string> kernels;
    bool together = false;  ///< all were named one by one: the kernels of one program
};

Selection select(const CheckOptions& options) {
    Selection selection;
    selection.together = true;
    std::set<std::string> seen;
    const auto add = [&](const fs::path& path) {
        const std::string full = absolute(path.string());
        if (seen.insert(full).second) {
            selection.kernels.push_back(full);
        }
    };
    for (const std::string& path : options.paths) {
        std::error_code ignored;
        if (!fs::is_directory(path, ignored)) {
            if (!fs::is_regular_file(path, ignored)) {
                throw Error("kernel-not-found", "kernel file " + path + " doesn't exist", "check the path");
            }
            add(path);
            continue;
        }
        selection.together = false;
        std::vector<fs::path> inside;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, ignored)) {
            const std::string extension = entry.path().extension().string();
            if (entry.is_regular_file(ignored) && (extension == ".cpp" || extension == ".cc") &&
                analysis::defines_kernel(file_text(entry.path()))) {
                inside.push_back(entry.path());
            }
        }
        std::sort(inside.begin(), inside.end());
        std::for_each(inside.begin(), inside.end(), add);
    }
    return selection;
}

const char* kind_name(analysis::KernelKind kind) {
    switch (kind) {
        case analysis::KernelKind::Reader:
            return "reader";
        case analysis::KernelKind::Writer:
            return "writer";
        case analysis::KernelKind::Compute:
            return "compute";
        case analysis::KernelKind::Auto:
            break;
    }
    return "auto";
}

analysis::KernelKind kind_of(const std::string& name) {
    for (const auto kind :
         {analysis::KernelKind::Reader, analysis::KernelKind::Writer, analysis::KernelKind::Compute}) {
        if (name == kind_name(kind)) {
            return kind;
        }
    }
    return analysis::KernelKind::Auto;
}

}  // namespace

void add_check_command_options(CLI::App& command, CheckOptions& options) {
    command.add_option("kernels", options.paths, "Kernel sources, or folders that hold them")->required();
    command.add_option("-I,--include", options.include_dirs, "Folder with headers that the kernels include")
        ->allow_extra_args(false);
    command.add_option("-D,--define", options.defines, "Macro, NAME or NAME=VALUE, as the program's defines")
        ->allow_extra_args(false);
    command
        .add_option("--compile-args", options.compile_args,
                    "Compile-time arguments, 1,2,name=3; KERNEL.cpp:1,2 for one kernel of several")
        ->allow_extra_args(false);
    command
        .add_option("--args", options.runtime_args,
                    "Runtime arguments from the first on, 1,2,3; KERNEL.cpp:1,2 for one kernel of several")
        ->allow_extra_args(false);
    command.add_option("--kind", options.kind, "What the kernels are (auto: by what they include and call)")
        ->check(CLI::IsMember({"auto", "reader", "writer", "compute"}));
    command.add_option("--board", options.board,
                       "The board whose chip the kernels are for (n150); see `tessera boards`");
    command.add_option("--allow", options.allow, "Checks whose errors become warnings, and whose warnings vanish")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--deny", options.deny, "Checks that become errors; `warnings` stands for all warnings")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--sarif", options.sarif, "Write what was found to this file as SARIF, for editors and CI");
    command.add_flag("--json", options.json, "One JSON object on standard output");
    command.footer(HELP);
}

int run_check(const CheckOptions& options) {
    for (const auto* names : {&options.allow, &options.deny}) {
        for (const std::string& name : *names) {
            if (name != "warnings" && find_check(name) == nullptr) {
                std::fprintf(stderr, "tessera: %s is no check; `tessera checks` lists them\n", name.c_str());
                return EXIT_USAGE;
            }
        }
    }
    Selection selection;
    try {
        selection = select(options);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return EXIT_NO_INPUT;
    }
    const auto family = options.board.empty() ? arch::board("n150").chips.front().family
                                              : arch::board(options.board).chips.front().family;
    ReportPolicy policy = ReportPolicy::from_environment();
    policy.allow.insert(options.allow.begin(), options.allow.end());
    policy.deny.insert(options.deny.begin(), options.deny.end());
    policy.quiet = options.json;
    policy.max_errors = 0;
    policy.halt = false;
    Reporter& reporter = Reporter::instance();
    reporter.configure(policy);

    const bool progress = !options.json && isatty(STDERR_FILENO) != 0 && selection.kernels.size() > 1;
    std::vector<analysis::KernelReport> reports;
    bool broken = false;
    for (size_t i = 0; i < selection.kernels.size(); ++i) {
        const std::string& path = selection.kernels[i];
        if (progress) {
            std::fprintf(stderr, "\r\033[K[%zu/%zu] %s", i + 1, selection.kernels.size(),
                         fs::path(path).filename().c_str());
            std::fflush(stderr);
        }
        const Arguments compile_args = arguments_for(options.compile_args, path);
        analysis::KernelRequest request;
        request.path = path;
        request.kind = kind_of(options.kind);
        request.include_dirs = include_dirs(options, path);
        request.defines = options.defines;
        if (compile_args.given) {
            request.compile_args = compile_args.values;
            request.named_compile_args = compile_args.named;
        }
        request.runtime_args = arguments_for(options.runtime_args, path).values;
        request.family = static_cast<uint8_t>(family);
        analysis::KernelReport report = analysis::check_kernel(request);
        if (progress) {
            std::fprintf(stderr, "\r\033[K");
        }
        for (const Diagnostic& finding : report.findings) {
            reporter.report(finding);
        }
        if (!report.compiled && report.findings.empty()) {
            std::fprintf(stderr, "tessera: %s defines neither kernel_main() nor MAIN: it is no kernel\n", path.c_str());
        }
        broken |= !report.compiled;
        reports.push_back(std::move(report));
    }
    if (selection.together) {
        for (const Diagnostic& finding : analysis::compare_pages(reports)) {
            reporter.report(finding);
        }
    }
    const std::string summary = reporter.summary();
    const std::vector<Diagnostic> found = reporter.take();
    const bool findings = std::any_of(found.begin(), found.end(), [](const Diagnostic& one) {
        return one.severity != Diagnostic::Severity::Note && one.name != "kernel-compile-error";
    });
    const size_t walked_in_part = static_cast<size_t>(std::count_if(
        reports.begin(), reports.end(), [](const analysis::KernelReport& report) { return !report.complete; }));
    if (!options.sarif.empty()) {
        write_sarif(options.sarif, found);
    }
    const int code = findings ? 1 : broken ? EXIT_COMPILE_ERROR : 0;
    if (options.json) {
        nlohmann::ordered_json result;
        result["status"] = findings ? "findings" : broken ? "not-compiled" : "ok";
        result["kernels"] = nlohmann::ordered_json::array();
        for (const analysis::KernelReport& report : reports) {
            result["kernels"].push_back({{"path", report.path},
                                         {"kind", kind_name(report.kind)},
                                         {"compiled", report.compiled},
                                         {"compile_args_assumed", report.placeholders},
                                         {"all_paths", report.complete}});
        }
        result["diagnostics"] = nlohmann::ordered_json::array();
        for (const Diagnostic& diagnostic : found) {
            result["diagnostics"].push_back(nlohmann::ordered_json::parse(diagnostic.json()));
        }
        fmt::print("{}\n", result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return code;
    }
    std::fprintf(stderr, "tessera: %zu kernel%s checked, %s", reports.size(), reports.size() == 1 ? "" : "s",
                 summary.empty() ? "nothing found" : summary.c_str());
    if (walked_in_part != 0) {
        std::fprintf(stderr, "; %zu with more paths than are walked", walked_in_part);
    }
    std::fprintf(stderr, "\n");
    return code;
}

}  // namespace tessera::cli

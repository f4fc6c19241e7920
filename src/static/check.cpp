#include "check.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <base/checks.h>
#include <fmt/format.h>
#include <jit/jit.h>
#include <nlohmann/json.hpp>

#include "prologue.h"

namespace fs = std::filesystem;

namespace tessera::analysis {

namespace {

using nlohmann::json;

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string plugin_path() {
    std::error_code ignored;
    const fs::path own = fs::canonical("/proc/self/exe", ignored).parent_path();
    for (const fs::path& path :
         {own / "../lib/tessera/libtessera_static_plugin.so", own / "../lib/libtessera_static_plugin.so",
          fs::path(TESSERA_BUILD_DIR) / "lib/libtessera_static_plugin.so"}) {
        if (fs::exists(path, ignored)) {
            return path.string();
        }
    }
    throw Error("missing-compiler", "libtessera_static_plugin.so is not beside Tessera's libraries",
                "build or install Tessera again");
}

std::string without_comments(const std::string& text) {
    static const std::regex comment(R"(//[^\n]*|/\*([^*]|\*(?!/))*\*/)");
    return std::regex_replace(text, comment, " ");
}

/// The text of a line, for the report.
std::string line_text(const std::string& path, unsigned line) {
    std::ifstream file(path);
    std::string text;
    for (unsigned i = 0; i < line && std::getline(file, text); ++i) {
    }
    const size_t begin = text.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r;") - begin + 1);
}

/// The frames in the user's own files, innermost first.
std::vector<SourceLocation> user_frames(const json& frames) {
    const std::string own = fs::path(jit::kernel_header_folder()).lexically_normal().string();
    std::vector<SourceLocation> result;
    for (const json& frame : frames) {
        const std::string file = fs::path(frame.at("file").get<std::string>()).lexically_normal().string();
        const unsigned line = frame.at("line");
        if (line == 0 || file.starts_with(own) || file.ends_with("/kernel.cpp") ||
            (file.find("/include/c++/") != std::string::npos)) {
            // The generated source is called kernel.cpp and lies in the scratch folder of the cache.
            if (!fs::exists(file) || file.starts_with(own) || line == 0 ||
                file.find("/include/c++/") != std::string::npos) {
                continue;
            }
        }
        result.push_back({file, line, frame.at("column"), frame.at("function"), line_text(file, line)});
    }
    return result;
}

std::string place(const SourceLocation& location, const std::string& kernel) {
    return location.file == kernel ? fmt::format("line {}", location.line)
                                   : fmt::format("{}:{}", fs::path(location.file).filename().string(), location.line);
}

bool is_loop(const SourceLocation& location) {
    return location.text.starts_with("for") || location.text.starts_with("while") || location.text.starts_with("do") ||
           location.text.starts_with("} while");
}

/// "when the branch at line 12 is not taken, in a later turn of the loop at line 8".
std::string path_text(const json& finding, const std::string& kernel) {
    std::vector<std::string> parts;
    for (const json& turn : finding.at("turns")) {
        const std::vector<SourceLocation> at = user_frames(turn.at("at"));
        if (at.empty()) {
            continue;
        }
        std::string part;
        if (is_loop(at.front())) {
            // Whether a loop goes on says little; that it goes round again may matter.
            if (!turn.at("repeat").get<bool>()) {
                continue;
            }
            part = "in a later turn of the loop at " + place(at.front(), kernel);
        } else {
            if (at.front().text.find("if") == std::string::npos && at.front().text.find('?') == std::string::npos &&
                at.front().text.find("switch") == std::string::npos &&
                at.front().text.find("&&") == std::string::npos && at.front().text.find("||") == std::string::npos) {
                continue;
            }
            part = fmt::format("when the branch at {} is {}taken", place(at.front(), kernel),
                               turn.at("taken").get<bool>() ? "" : "not ");
        }
        std::erase(parts, part);
        parts.push_back(part);
    }
    constexpr size_t most = 4;
    if (parts.size() > most) {
        parts.erase(parts.begin(), parts.end() - most);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

Diagnostic diagnostic_of(const json& finding, const std::string& kernel) {
    Diagnostic diagnostic;
    diagnostic.name = finding.at("name");
    const Check* check = find_check(diagnostic.name);
    diagnostic.severity = check == nullptr ? Diagnostic::Severity::Error : check->severity;
    diagnostic.message = finding.at("message");
    diagnostic.help = finding.at("help");
    diagnostic.trace = user_frames(finding.at("at"));
    diagnostic.where = fs::path(kernel).filename().string();
    const std::string path = path_text(finding, kernel);
    diagnostic.notes.push_back(finding.at("every_path").get<bool>() ? "on every path to this line"
                               : path.empty()                       ? "on a path to this line"
                                                                    : "the path: " + path);
    if (const std::vector<SourceLocation> cause = user_frames(finding.at("cause")); !cause.empty()) {
        diagnostic.related.push_back({finding.at("cause_text"), cause});
    }
    return diagnostic;
}

/// What makes two findings of two compilations the same.
std::string identity(const Diagnostic& diagnostic) {
    std::string text = diagnostic.name;
    for (const SourceLocation& location : diagnostic.trace) {
        text += fmt::format(" {}:{}:{}", location.file, location.line, location.column);
    }
    return text;
}

PageTotal total_of(const json& kinds, const char* name) {
    PageTotal total;
    if (!kinds.contains(name)) {
        total.terms.emplace();
        return total;
    }
    const json& entry = kinds.at(name);
    total.sites = entry.at("sites");
    if (entry.contains("terms")) {
        total.terms.emplace();
        for (const json& term : entry.at("terms")) {
            (*total.terms)[term.at("symbols").get<std::vector<std::string>>()] = term.at("factor");
        }
    }
    return total;
}

void read_pages(const json& pages, KernelReport& report) {
    report.pages_known = !pages.contains("computed");
    for (const auto& [cb, kinds] : pages.items()) {
        if (cb != "computed") {
            report.pages[static_cast<unsigned>(std::stoul(cb))] = {total_of(kinds, "push"), total_of(kinds, "pop"),
                                                                   total_of(kinds, "wait")};
        }
    }
}

json analyse(const KernelRequest& request, KernelKind kind, const std::string& text, Placeholders values) {
    jit::KernelSource source;
    source.kind = kind == KernelKind::Compute ? jit::Kind::Compute : jit::Kind::DataMovement;
    source.path = request.path;
    source.prologue = prologue_for(request, kind, text, values);
    source.include_dirs = request.include_dirs;
    source.family = request.family;
    return json::parse(jit::run_plugin(source, plugin_path()));
}

std::vector<Diagnostic> findings_of(const json& result, const std::string& path) {
    std::vector<Diagnostic> findings;
    std::set<std::string> seen;
    for (const json& finding : result.at("findings")) {
        Diagnostic diagnostic = diagnostic_of(finding, path);
        if (seen.insert(identity(diagnostic) + diagnostic.message).second) {
            findings.push_back(std::move(diagnostic));
        }
    }
    return findings;
}

}  // namespace

bool defines_kernel(const std::string& source) {
    static const std::regex entry(R"(\bvoid\s+(kernel_main\s*\(|MAIN\b))");
    return std::regex_search(without_comments(source), entry);
}

KernelKind guess_kind(const std::string& source) {
    const std::string text = without_comments(source);
    static const std::regex compute(
        R"(compute_kernel_api|api/compute/|ckernel|\bvoid\s+MAIN\b|\btile_regs_acquire\b|\bacquire_dst\b|\bpack_tile\b|\bMATH\s*\()");
    static const std::regex movement(R"(dataflow_api\.h|dataflow/|\bnoc_async_|\bget_noc_addr)");
    static const std::regex writes(R"(\bnoc_async_write|\bcb_wait_front)");
    static const std::regex reads(R"(\bnoc_async_read|\bcb_reserve_back)");
    if (std::regex_search(text, compute) && !std::regex_search(text, movement)) {
        return KernelKind::Compute;
    }
    return std::regex_search(text, writes) && !std::regex_search(text, reads) ? KernelKind::Writer : KernelKind::Reader;
}

KernelReport check_kernel(const KernelRequest& request) {
    KernelReport report;
    report.path = request.path;
    const std::string text = file_text(request.path);
    report.kind = request.kind == KernelKind::Auto ? guess_kind(text) : request.kind;
    const bool asks = text.find("compile_time_arg") != std::string::npos ||
                      text.find("TensorAccessorArgs") != std::string::npos || text.find("_ct_arg") != std::string::npos;
    report.placeholders = asks && !request.compile_args;
    try {
        json result;
        Placeholders used = Placeholders::First;
        try {
            result = analyse(request, report.kind, text, used);
        } catch (const Error& error) {
            if (!report.placeholders || error.diagnostic().name != "kernel-compile-error") {
                throw;
            }
            // Some values do not compile; the smallest ones often do.
            used = Placeholders::Ones;
            try {
                result = analyse(request, report.kind, text, used);
            } catch (const Error&) {
                throw error;
            }
        }
        report.compiled = !result.contains("no_entry");
        if (!report.compiled) {
            return report;
        }
        report.complete = result.at("complete");
        report.findings = findings_of(result, request.path);
        if (!report.placeholders) {
            read_pages(result.at("pages"), report);
        } else if (!report.findings.empty()) {
            // Only what holds for other values too is said.
            std::set<std::string> confirmed;
            try {
                for (const Diagnostic& one :
                     findings_of(analyse(request, report.kind, text, Placeholders::Second), request.path)) {
                    confirmed.insert(identity(one));
                }
                std::erase_if(report.findings,
                              [&](const Diagnostic& one) { return !confirmed.contains(identity(one)); });
            } catch (const Error&) {
                if (used == Placeholders::Ones) {
                    report.findings.clear();
                }
            }
        }
    } catch (const Error& error) {
        Diagnostic diagnostic = error.diagnostic();
        if (diagnostic.name == "kernel-compile-error" && report.placeholders) {
            diagnostic.help =
                "the kernel may need what its program gives it: compile-time arguments (--compile-args 1,2,3), "
                "defines (-D NAME=VALUE) or include folders (-I)";
        }
        report.findings.push_back(std::move(diagnostic));
    }
    return report;
}

}  // namespace tessera::analysis

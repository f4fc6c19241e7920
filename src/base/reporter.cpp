#include <base/reporter.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <base/symbolize.h>

namespace tessera {
namespace {

constexpr const char* all_warnings = "warnings";
constexpr const char* mark = "tessera: allow(";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::set<std::string, std::less<>> names(const std::string& text) {
    std::set<std::string, std::less<>> result;
    std::istringstream stream(text);
    for (std::string name; std::getline(stream, name, ',');) {
        if (!name.empty()) {
            result.insert(name);
        }
    }
    return result;
}

/// What makes two findings the same: the check and the line, or without a line the message.
std::string key_of(const Diagnostic& diagnostic) {
    std::string key = diagnostic.name + '\n';
    if (diagnostic.trace.empty()) {
        return key + diagnostic.message;
    }
    for (const SourceLocation& place : diagnostic.trace) {
        key += place.file + ':' + std::to_string(place.line) + '\n';
    }
    return key;
}

std::string plural(size_t count, const char* word) {
    return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

/// At the end of the process: the summary, and an exit code that a script can see.
void at_exit(int status, void*) {
    Reporter& reporter = Reporter::instance();
    const std::string summary = reporter.summary();
    if (!summary.empty() && !reporter.policy().quiet) {
        std::fprintf(stderr, "tessera: %s\n", summary.c_str());
    }
    if (status == 0 && reporter.errors() != 0) {
        std::fflush(nullptr);
        _exit(Reporter::EXIT_FINDINGS);
    }
}

}  // namespace

ReportPolicy ReportPolicy::from_environment() {
    ReportPolicy policy;
    policy.allow = names(environment("TESSERA_ALLOW"));
    policy.deny = names(environment("TESSERA_DENY"));
    if (const std::string text = environment("TESSERA_MAX_ERRORS"); !text.empty()) {
        char* end = nullptr;
        policy.max_errors = std::strtoul(text.c_str(), &end, 10);
        if (*end != 0) {
            throw Error("bad-option", "TESSERA_MAX_ERRORS is '" + text + "'", "give a number; 0 means no limit");
        }
    }
    policy.halt = environment("TESSERA_HALT") == "1";
    policy.notes = environment("TESSERA_NOTES") == "1";
    policy.file = environment("TESSERA_DIAGNOSTICS");
    return policy;
}

Reporter& Reporter::instance() {
    // Never destroyed: the handler at the process's end still asks it.
    static Reporter* const reporter = [] {
        auto* made = new Reporter;
        made->policy_ = ReportPolicy::from_environment();
        on_exit(at_exit, nullptr);
        return made;
    }();
    return *reporter;
}

void Reporter::configure(ReportPolicy policy) {
    const std::lock_guard lock(mutex_);
    policy_ = std::move(policy);
}

bool Reporter::weigh(Diagnostic& diagnostic) const {
    using Severity = Diagnostic::Severity;
    const bool denied = policy_.deny.contains(diagnostic.name) ||
                        (diagnostic.severity == Severity::Warning && policy_.deny.contains(all_warnings));
    if (denied) {
        diagnostic.severity = Severity::Error;
    } else if (policy_.allow.contains(diagnostic.name)) {
        if (diagnostic.severity != Severity::Error) {
            return false;
        }
        diagnostic.severity = Severity::Warning;
    }
    return true;
}

bool Reporter::suppressed_in_source(const Diagnostic& diagnostic) {
    const std::string wanted = mark + diagnostic.name + ')';
    for (const SourceLocation& place : diagnostic.trace) {
        for (const unsigned line : {place.line, place.line - 1}) {
            if (place.line == 0 || line == 0) {
                continue;
            }
            const std::string text = read_source_line(place.file, line);
            const size_t at = text.find(wanted);
            if (at == std::string::npos) {
                continue;
            }
            const size_t reason = text.find_first_not_of(" \t", at + wanted.size());
            const bool given = reason != std::string::npos && text[reason] == ':' &&
                               text.find_first_not_of(" \t", reason + 1) != std::string::npos;
            if (given) {
                return true;
            }
            if (reasonless_.insert(place.file + ':' + std::to_string(line)).second && !policy_.quiet) {
                std::fprintf(stderr,
                             "warning: %s:%u: a suppression without a reason does not count; write "
                             "// tessera: allow(%s): why\n",
                             place.file.substr(place.file.rfind('/') + 1).c_str(), line, diagnostic.name.c_str());
            }
        }
    }
    return false;
}

void Reporter::append_to_file(const Diagnostic& diagnostic) const {
    if (policy_.file.empty()) {
        return;
    }
    const int file = open(policy_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) {
        return;
    }
    const std::string line = diagnostic.json() + '\n';
    [[maybe_unused]] const ssize_t written = write(file, line.data(), line.size());
    close(file);
}

Reporter::Found* Reporter::remember(const Diagnostic& diagnostic, bool& is_new) {
    const auto [place, inserted] = index_.try_emplace(key_of(diagnostic), found_.size());
    is_new = inserted;
    if (inserted) {
        found_.push_back({.diagnostic = diagnostic});
        append_to_file(diagnostic);
    }
    Found& found = found_[place->second];
    ++found.times;
    return &found;
}

size_t Reporter::count(Diagnostic::Severity severity) const {
    return static_cast<size_t>(std::count_if(found_.begin(), found_.end(), [&](const Found& found) {
        return found.diagnostic.severity == severity && !found.thrown;
    }));
}

Reporter::Verdict Reporter::report(Diagnostic diagnostic) {
    const std::lock_guard lock(mutex_);
    if (!weigh(diagnostic)) {
        return Verdict::GoOn;
    }
    // A place that was reported is not looked up in its source again.
    if (const auto known = index_.find(key_of(diagnostic)); known != index_.end()) {
        ++found_[known->second].times;
        return Verdict::GoOn;
    }
    if (suppressed_in_source(diagnostic)) {
        ++suppressed_;
        return Verdict::GoOn;
    }
    const bool is_error = diagnostic.severity == Diagnostic::Severity::Error;
    const bool limit =
        is_error && policy_.max_errors != 0 && count(Diagnostic::Severity::Error) + 1 >= policy_.max_errors;
    bool is_new;
    Found* found = remember(diagnostic, is_new);
    if (is_error && (policy_.halt || limit)) {
        found->thrown = true;
        return Verdict::Stop;
    }
    if (!policy_.quiet && (policy_.notes || diagnostic.severity != Diagnostic::Severity::Note)) {
        std::fflush(stdout);
        std::fprintf(stderr, "%s\n", diagnostic.render(colour_on_stderr()).c_str());
    }
    return Verdict::GoOn;
}

void Reporter::record(const Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex_);
    bool is_new;
    remember(diagnostic, is_new)->thrown = true;
}

std::vector<Diagnostic> Reporter::take() {
    const std::lock_guard lock(mutex_);
    std::vector<Diagnostic> all;
    all.reserve(found_.size());
    for (Found& found : found_) {
        all.push_back(std::move(found.diagnostic));
    }
    found_.clear();
    index_.clear();
    suppressed_ = 0;
    return all;
}

size_t Reporter::errors() const {
    const std::lock_guard lock(mutex_);
    return count(Diagnostic::Severity::Error);
}

std::string Reporter::summary() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [severity, word] : {std::pair{Diagnostic::Severity::Error, "error"},
                                         {Diagnostic::Severity::Warning, "warning"},
                                         {Diagnostic::Severity::Note, "note"}}) {
        const size_t number = count(severity);
        if (number == 0 || (severity == Diagnostic::Severity::Note && !policy_.notes)) {
            continue;
        }
        // How often each check has spoken, over all of its places.
        std::map<std::string, size_t> times;
        for (const Found& found : found_) {
            if (found.diagnostic.severity == severity && !found.thrown) {
                times[found.diagnostic.name] += found.times;
            }
        }
        std::string list;
        for (const auto& [name, often] : times) {
            list += (list.empty() ? "" : ", ") + name + (often == 1 ? "" : " " + std::to_string(often) + " times");
        }
        text += (text.empty() ? "" : ", ") + plural(number, word) + " (" + list + ")";
    }
    if (suppressed_ != 0) {
        text += (text.empty() ? "" : ", ") + std::to_string(suppressed_) + " suppressed in the source";
    }
    return text;
}

}  // namespace tessera

// Where every finding of the checks goes: weighs it by what the user allows and denies, shows it once, counts it after
// that, and tells at the end of the process how many there were.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <base/error.h>

namespace tessera {

/// What the user wants of the checks; from the environment unless set.
struct ReportPolicy {
    std::set<std::string, std::less<>> allow;  ///< TESSERA_ALLOW: errors become warnings; warnings and notes vanish
    std::set<std::string, std::less<>> deny;   ///< TESSERA_DENY: become errors; "warnings" stands for all warnings
    size_t max_errors = 20;  ///< TESSERA_MAX_ERRORS: different errors after which the run ends; 0: no limit
    bool halt = false;       ///< TESSERA_HALT=1: the first error ends the run
    bool notes = false;      ///< TESSERA_NOTES=1: notes are shown, not only counted
    std::string file;        ///< TESSERA_DIAGNOSTICS: every finding is appended to it, one JSON object a line
    bool quiet = false;      ///< nothing is printed
    static ReportPolicy from_environment();
};

class Reporter {
public:
    /// The process's own. The first use reads the environment and arranges for the summary at the end of the process,
    /// which then ends with EXIT_FINDINGS if there were errors and it would have ended with 0.
    static Reporter& instance();

    static constexpr int EXIT_FINDINGS = 71;

    void configure(ReportPolicy policy);
    const ReportPolicy& policy() const { return policy_; }

    enum class Verdict { GoOn, Stop };
    /// Takes a finding whose severity is the check's own. Stop: the run is to end with it as an error.
    Verdict report(Diagnostic diagnostic);
    /// Takes what ended a run and is thrown as tessera::Error: it is recorded, and shown by whoever catches it.
    void record(const Diagnostic& diagnostic);
    /// The severity that a check has after --allow and --deny; false if it is not to be reported at all.
    bool weigh(Diagnostic& diagnostic) const;

    /// What was found since the last call, in the order of first appearance, and forgets it.
    std::vector<Diagnostic> take();
    /// "2 errors (data-race 17 times, missing-read-barrier), 1 warning (...)"; empty if there was nothing.
    std::string summary() const;
    size_t errors() const;

private:
    struct Found {
        Diagnostic diagnostic;
        size_t times = 0;
        bool thrown = false;
    };

    Reporter() = default;
    bool suppressed_in_source(const Diagnostic& diagnostic);
    void append_to_file(const Diagnostic& diagnostic) const;
    Found* remember(const Diagnostic& diagnostic, bool& is_new);
    size_t count(Diagnostic::Severity severity) const;

    mutable std::mutex mutex_;
    ReportPolicy policy_;
    std::vector<Found> found_;
    std::map<std::string, size_t, std::less<>> index_;
    size_t suppressed_ = 0;
    std::set<std::string> reasonless_;  ///< places whose suppression gives no reason
};

}  // namespace tessera

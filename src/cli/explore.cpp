// The command: the runs, the comparison of what came out of them, and the report.
#include "explore.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <base/symbolize.h>
#include <jit/jit.h>
#include <jit/toolchain.h>

#include "batch.h"
#include "findings.h"
#include "scratch.h"

namespace fs = std::filesystem;

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* HELP = R"(
A chip promises little about order: a read's bytes arrive some time before its barrier returns, writes on the two NoCs
overtake each other, and any processor may be slow. A program whose results depend on that works until it does not.
`tessera explore` runs it in the default order, then once for each seed: NoC transfers arrive as late, as early and as
mixed up as the chip allows, and processors take turns at random. Bytes that the program reads back from its devices, its
exit code and what it prints must be the same every time.

When they are not, it names the smallest seed and the two accesses whose order nobody fixed, with their lines: usually a
barrier, a flush or a wait is missing between them. Mistakes that the checks find under any seed are listed as well.

Examples:
  tessera explore add.cpp                          20 orders, stop at the first that differs
  tessera explore add.cpp --seeds 500 --jobs 8     more of them, 8 at a time
  tessera explore add.cpp --all                    go on after a difference: how often does it happen?
  tessera explore add.cpp --json | jq .conflict    for a script
  tessera explore add.cpp --checks full            every load and store is watched as well: slower, finds more
  tessera explore build/program -- --size 64       everything after -- goes to the program
Then, to see one order again:
  tessera run add.cpp --threads 1 --noc-order adversarial:7

The order is the same for the same seed, every time, on every machine; each run has one host thread. Small inputs are
best: an order is as good with two tiles as with two thousand. Lines printed in another order count as the same.

Exit codes: 0 all the same and no mistakes found; 1 different, or mistakes found; otherwise as `tessera run`, when the
program can't be run or fails already in the default order.)";

/// How one run ended.
struct Result {
    BatchResult batch;
    std::string outputs;  ///< its log
    std::vector<Diagnostic> found;
    int code() const {
        // The checks' own exit code stands in the place of 0.
        return batch.outcome.exit_code == EXIT_FINDINGS ? 0 : batch.outcome.exit_code;
    }
};

struct Difference {
    std::string kind;  ///< outputs, inputs, end, printed
    std::string text;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// The first line that one has and the other has not; empty if the lines are the same, in whatever order.
std::string printed_difference(const std::string& a, const std::string& b) {
    std::map<std::string, int> count;
    for (const std::string& line : lines_of(a)) {
        --count[line];
    }
    for (const std::string& line : lines_of(b)) {
        ++count[line];
    }
    for (const std::string& line : lines_of(b)) {
        if (count[line] > 0) {
            return "it prints \"" + line + "\"";
        }
    }
    for (const std::string& line : lines_of(a)) {
        if (count[line] < 0) {
            return "it does not print \"" + line + "\"";
        }
    }
    return {};
}

std::string ending(const Result& result) {
    const RunOutcome& outcome = result.batch.outcome;
    if (outcome.status == "timeout") {
        return "it did not end in time";
    }
    if (outcome.status == "signal") {
        return "it was ended by " + outcome.signal;
    }
    for (const Diagnostic& diagnostic : result.found) {
        if (outcome.status == "uncaught-exception" && diagnostic.severity == Diagnostic::Severity::Error) {
            return "it ended with error[" + diagnostic.name + "]: " + diagnostic.message;
        }
    }
    return fmt::format("its exit code was {}", outcome.exit_code);
}

class Exploration {
public:
    explicit Exploration(ExploreOptions options) : options_(std::move(options)) {}
    int run();

private:
    RunRequest request(const std::string& order, const std::string& log, FindingsFile& findings) const;
    std::string order_of(uint64_t seed) const { return fmt::format("adversarial:{}", seed); }
    std::optional<Difference> compare(const Result& base, const Result& other, bool compare_printed) const;
    void note_findings(const std::vector<Diagnostic>& found, const std::string& order);
    bool base_run();
    bool seeds_run();
    void explain();
    std::string again() const;
    int report() const;
    void report_text() const;
    Json report_json() const;
    bool found_errors() const;

    struct Finding {
        Diagnostic diagnostic;
        std::string first_order;
        unsigned orders = 0;
    };

    ExploreOptions options_;
    Folder folder_{"explore"};
    Progress progress_;
    RunRequest request_;
    Result base_;
    bool printed_counts_ = true;
    unsigned runs_ = 0;
    int ended_by_ = 0;
    std::map<uint64_t, Difference> different_;   ///< by seed
    std::map<uint64_t, std::string> errors_of_;  ///< what such a run said
    Conflict conflict_;
    std::string doubt_;  ///< why a difference may not be one of order
    std::vector<Finding> findings_;
};

RunRequest Exploration::request(const std::string& order, const std::string& log, FindingsFile& findings) const {
    RunRequest made = request_;
    made.environment["TESSERA_THREADS"] = "1";
    made.environment["TESSERA_NOC_ORDER"] = order;
    made.environment["TESSERA_EXPLORE"] = log;
    made.environment["NO_COLOR"] = "1";
    findings.pass_to(made);
    return made;
}

void Exploration::note_findings(const std::vector<Diagnostic>& found, const std::string& order) {
    for (const Diagnostic& diagnostic : found) {
        const auto same = [&](const Finding& known) {
            const auto place = [](const Diagnostic& d) {
                return d.trace.empty() ? std::tuple(d.name, std::string(), 0u)
                                       : std::tuple(d.name, d.trace[0].file, d.trace[0].line);
            };
            return place(known.diagnostic) == place(diagnostic);
        };
        const auto known = std::find_if(findings_.begin(), findings_.end(), same);
        if (known == findings_.end()) {
            findings_.push_back({diagnostic, order, 1});
        } else {
            ++known->orders;
        }
    }
}

std::optional<Difference> Exploration::compare(const Result& base, const Result& other, bool compare_printed) const {
    const OutputDifference outputs = compare_outputs(base.outputs, other.outputs);
    if (outputs.any && !outputs.missing) {
        return Difference{outputs.write ? "inputs" : "outputs",
                          fmt::format("the host's access {}, {} {}, {}", outputs.number + 1,
                                      outputs.write ? "a write of" : "a read of", outputs.where,
                                      outputs.write ? "writes other bytes" : "gives other bytes")};
    }
    if (base.code() != other.code()) {
        return Difference{"end", ending(other)};
    }
    if (outputs.any) {
        return Difference{"inputs", fmt::format("the host's access {}, {}, is another one, or missing",
                                                outputs.number + 1, outputs.where)};
    }
    if (compare_printed) {
        if (std::string text = printed_difference(base.batch.output, other.batch.output); !text.empty()) {
            return Difference{"printed", std::move(text)};
        }
    }
    return {};
}

bool Exploration::base_run() {
    progress_.say("tessera: explore: the default order");
    base_.outputs = folder_.file("base");
    FindingsFile findings(true);
    ended_by_ = run_batch({request("default", "outputs:" + base_.outputs, findings)}, 1,
                          [&](size_t, const BatchResult& result) {
                              base_.batch = result;
                              return true;
                          });
    if (ended_by_ != 0) {
        return false;
    }
    base_.found = findings.read();
    note_findings(base_.found, "the default order");
    if (options_.run.verbose) {
        std::fputs(base_.batch.output.c_str(), stderr);
        std::fputs(base_.batch.errors.c_str(), stderr);
    }
    ++runs_;
    return base_.code() == 0;
}

bool Exploration::seeds_run() {
    // A run in another order takes about as long; one that takes much longer hangs.
    constexpr double TIMES_LONGER = 30, AT_LEAST_SECONDS = 20;
    if (request_.timeout_seconds <= 0) {
        const double limit = std::ceil(std::max(AT_LEAST_SECONDS, TIMES_LONGER * base_.batch.outcome.seconds));
        request_.timeout_seconds = limit;
        request_.environment["TESSERA_TIMEOUT"] = fmt::format("{}", static_cast<unsigned>(limit));
    }
    std::vector<RunRequest> requests;
    std::vector<std::unique_ptr<FindingsFile>> findings;
    for (unsigned i = 0; i < options_.seeds; ++i) {
        findings.push_back(std::make_unique<FindingsFile>(true));
        const uint64_t seed = options_.first_seed + i;
        requests.push_back(request(order_of(seed), "outputs:" + folder_.file(std::to_string(seed)), *findings.back()));
    }
    std::map<size_t, std::vector<Diagnostic>> found;
    const auto say = [&] {
        progress_.say(
            fmt::format("tessera: explore: {} of {} orders{}", runs_ - 1, options_.seeds,
                        different_.empty() ? std::string() : fmt::format(", {} different", different_.size())));
    };
    say();
    ended_by_ = run_batch(requests, options_.jobs, [&](size_t i, const BatchResult& batch) {
        const uint64_t seed = options_.first_seed + i;
        Result result{batch, folder_.file(std::to_string(seed)), findings[i]->read()};
        found[i] = result.found;
        ++runs_;
        if (std::optional<Difference> difference = compare(base_, result, printed_counts_)) {
            if (difference->kind == "printed" && printed_counts_) {
                // Perhaps it prints the time: does the default order print the same twice?
                Result twice{.outputs = folder_.file("twice")};
                FindingsFile unused(true);
                run_batch({request("default", "outputs:" + twice.outputs, unused)}, 1,
                          [&](size_t, const BatchResult& again) {
                              twice.batch = again;
                              return true;
                          });
                printed_counts_ = printed_difference(base_.batch.output, twice.batch.output).empty();
            }
            if (difference->kind != "printed" || printed_counts_) {
                different_[seed] = std::move(*difference);
                errors_of_[seed] = batch.errors;
            }
        }
        std::error_code ignored;
        fs::remove(result.outputs, ignored);
        say();
        return options_.all || different_.empty() || seed < different_.begin()->first;
    });
    for (auto& [i, diagnostics] : found) {
        const uint64_t seed = options_.first_seed + i;
        if (options_.all || different_.empty() || seed <= different_.begin()->first) {
            note_findings(diagnostics, fmt::format("seed {}", seed));
        }
    }
    progress_.say({});
    return ended_by_ == 0;
}

/// Runs the default order and the smallest seed again with a log of every access.
void Exploration::explain() {
    const uint64_t seed = different_.begin()->first;
    progress_.say(fmt::format("tessera: explore: looking for what makes seed {} different", seed));
    const std::string base = folder_.file("base.events"), other = folder_.file("seed.events");
    Result again{.outputs = folder_.file("again")};
    FindingsFile unused(true);
    std::vector<RunRequest> requests = {request("default", "outputs:" + again.outputs, unused),
                                        request("default", "events:" + base, unused),
                                        request(order_of(seed), "events:" + other, unused)};
    for (size_t i : {1, 2}) {
        requests[i].timeout_seconds *= 4;
        // The log sees every load and store by itself; what the checks find is known by now, and must not end the run.
        requests[i].environment["TESSERA_CHECKS"] = "off";
        requests[i].environment["TESSERA_MAX_ERRORS"] = "0";
    }
    ended_by_ = run_batch(requests, options_.jobs, [&](size_t i, const BatchResult& result) {
        if (i == 0) {
            again.batch = result;
        }
        return true;
    });
    if (ended_by_ != 0) {
        return;
    }
    if (compare(base_, again, printed_counts_)) {
        doubt_ =
            "the program does not even give the same results twice in the same order: is it random, or does it "
            "depend on the time?";
        return;
    }
    if (different_.begin()->second.kind == "inputs") {
        doubt_ = "the program itself writes other bytes, though it has read the same";
    }
    set_symbolizer(
        [](const std::string& object, uint64_t offset) {
            std::vector<SourceLocation> locations;
            for (const jit::Frame& frame : jit::symbolize(object, offset)) {
                locations.push_back({.file = frame.file,
                                     .line = frame.line,
                                     .column = frame.column,
                                     .function = frame.function,
                                     .text = {}});
            }
            return locations;
        },
        jit::toolchain().kernel_dir);
    conflict_ = find_conflict(base, other);
    progress_.say({});
}

std::string Exploration::again() const {
    std::string command = "tessera run " + options_.run.words.front();
    if (!options_.run.board.empty()) {
        command += " --board " + options_.run.board;
    }
    return fmt::format("{} --threads 1 --noc-order {}", command, order_of(different_.begin()->first));
}

bool Exploration::found_errors() const {
    return std::any_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
        return finding.diagnostic.severity == Diagnostic::Severity::Error;
    });
}

void print_access(int number, const Access& access) {
    fmt::print("    {}. {}: {} {}\n", number, access.who, access.what, access.address);
    for (const SourceLocation& at : access.trace) {
        fmt::print("       --> {}:{}  {}\n", at.file, at.line, at.text);
    }
}

void Exploration::report_text() const {
    const std::string name = options_.run.words.front();
    const unsigned tried = runs_ - 1;
    if (different_.empty()) {
        fmt::print("{}: the same results under {} orders{}\n", name, tried,
                   findings_.empty() ? ", and no mistakes found" : "");
    } else {
        const auto& [seed, difference] = *different_.begin();
        fmt::print("{}: DIFFERENT under seed {}", name, seed);
        fmt::print("{}\n", options_.all ? fmt::format(", and {} of {} orders", different_.size(), tried)
                                        : fmt::format(" ({} orders tried)", tried));
        fmt::print("  {}\n", difference.text);
        if (!doubt_.empty()) {
            fmt::print("  {}\n", doubt_);
        }
        if (conflict_.found) {
            fmt::print("\n  first seen by {}: {} {}\n", conflict_.reader.who, conflict_.reader.what,
                       conflict_.reader.address);
            for (const SourceLocation& at : conflict_.reader.trace) {
                fmt::print("    --> {}:{}  {}\n", at.file, at.line, at.text);
            }
            fmt::print("\n  {}: {}\n", conflict_.accesses.size() > 1 ? "two accesses conflict" : "note", conflict_.why);
            for (size_t i = 0; i < conflict_.accesses.size(); ++i) {
                print_access(static_cast<int>(i + 1), conflict_.accesses[i]);
            }
            if (!conflict_.order_a.empty()) {
                fmt::print("    default order: {}\n    seed {}: {}\n", conflict_.order_a, seed, conflict_.order_b);
            }
        } else if (difference.kind == "end") {
            for (const std::string& line : lines_of(errors_of_.at(seed))) {
                fmt::print("    {}\n", line);
            }
        }
        fmt::print("\n  to see it again: {}\n", again());
    }
    if (!findings_.empty()) {
        fmt::print("\nfound by the checks:\n");
        for (const Finding& finding : findings_) {
            const Diagnostic& d = finding.diagnostic;
            fmt::print("  {}[{}]: {}\n", severity_word(d.severity), d.name, d.message);
            if (!d.trace.empty()) {
                fmt::print("    --> {}:{}  {}\n", d.trace[0].file, d.trace[0].line, d.trace[0].text);
            }
            fmt::print("    in {} of {} runs, first in {}\n", finding.orders, runs_, finding.first_order);
        }
    }
    if (!printed_counts_) {
        fmt::print(
            "\nnote: what the program prints changes from run to run in the same order, so it was not "
            "compared\n");
    }
}

Json access_json(const Access& access) {
    Json json{{"who", access.who}, {"what", access.what}, {"address", access.address}, {"trace", Json::array()}};
    for (const SourceLocation& at : access.trace) {
        json["trace"].push_back({{"file", at.file}, {"line", at.line}, {"text", at.text}});
    }
    return json;
}

Json Exploration::report_json() const {
    Json json;
    json["program"] = options_.run.words.front();
    json["board"] = board_name(options_.run);
    json["status"] = base_.code() != 0     ? "fails"
                     : !different_.empty() ? "different"
                     : found_errors()      ? "findings"
                                           : "same";
    json["orders"] = runs_ - 1;
    json["different"] = Json::array();
    for (const auto& [seed, difference] : different_) {
        json["different"].push_back({{"seed", seed}, {"kind", difference.kind}, {"text", difference.text}});
    }
    json["smallest_seed"] = different_.empty() ? Json() : Json(different_.begin()->first);
    json["conflict"] = Json();
    if (conflict_.found) {
        Json& conflict = json["conflict"];
        conflict["event"] = conflict_.event;
        conflict["first_seen_by"] = access_json(conflict_.reader);
        conflict["accesses"] = Json::array();
        for (const Access& access : conflict_.accesses) {
            conflict["accesses"].push_back(access_json(access));
        }
        conflict["why"] = conflict_.why;
        conflict["default_order"] = conflict_.order_a;
        conflict["seed_order"] = conflict_.order_b;
    }
    if (!doubt_.empty()) {
        json["doubt"] = doubt_;
    }
    json["printed_compared"] = printed_counts_;
    json["findings"] = Json::array();
    for (const Finding& finding : findings_) {
        Json entry = Json::parse(finding.diagnostic.json());
        entry["runs"] = finding.orders;
        entry["first_in"] = finding.first_order;
        json["findings"].push_back(std::move(entry));
    }
    return json;
}

int Exploration::report() const {
    if (options_.json) {
        fmt::print("{}\n", report_json().dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
        report_text();
    }
    std::fflush(stdout);
    return different_.empty() && !found_errors() ? 0 : 1;
}

int Exploration::run() {
    BuiltProgram built;
    try {
        request_ = prepare_run(options_.run, built);
    } catch (const Refusal& refusal) {
        std::fprintf(stderr, "%s\n", refusal.message.c_str());
        return refusal.code;
    }
    if (!base_run()) {
        progress_.say({});
        if (ended_by_ != 0) {
            return EXIT_SIGNAL + ended_by_;
        }
        std::fputs(base_.batch.output.c_str(), stderr);
        std::fputs(base_.batch.errors.c_str(), stderr);
        std::fprintf(stderr, "tessera: %s fails already in the default order: %s\n", options_.run.words.front().c_str(),
                     ending(base_).c_str());
        if (options_.json) {
            fmt::print("{}\n", report_json().dump(-1, ' ', false, Json::error_handler_t::replace));
        }
        return base_.batch.outcome.exit_code;
    }
    if (seeds_run() && !different_.empty()) {
        explain();
    }
    if (ended_by_ != 0) {
        progress_.say({});
        std::fprintf(stderr, "tessera: explore was stopped after %u orders\n", runs_ - 1);
        if (different_.empty()) {
            return EXIT_SIGNAL + ended_by_;
        }
    }
    return report();
}

}  // namespace

void add_explore_options(CLI::App& command, ExploreOptions& options) {
    command.add_option("--seeds", options.seeds, "How many orders to try (20)")->check(CLI::Range(1u, 1'000'000u));
    command.add_option("--first-seed", options.first_seed, "The first of them (1)");
    command.add_option("-j,--jobs", options.jobs, "How many runs at a time (1)")->check(CLI::Range(1u, 1024u));
    command.add_flag("--all", options.all, "Try all seeds, also after one was different");
    command.add_flag("--json", options.json, "One JSON object on standard output instead of text");
    command.add_flag("-v,--verbose", options.run.verbose, "Show what the program prints in the default order");
    command.footer(HELP);
}

int run_explore(ExploreOptions options) {
    return Exploration(std::move(options)).run();
}

}  // namespace tessera::cli

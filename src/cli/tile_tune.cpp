#include "tile_tune.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <arch/arch.h>
#include <tile/tune/ranking.h>
#include <tile/tune/search.h>

#include "batch.h"
#include "tile_tuned.h"

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using tile::front::Arguments;
using tile::tune::Entry;
using tile::tune::Option;

/// Of many configurations of a script, so many are looked at more closely.
constexpr size_t most_searched = 4;

constexpr const char* TUNE_HELP = R"(
Candidates are all that the compiler could choose (blocks merged, turns over K, subblocks, multicast, depth of rings, cores; see
--choose), for each configuration that the script's @autotune lists. Each is lowered and estimated; the best by
estimate are run on the simulated board with fast arithmetic, and the timing model says how long they take on the device.
One whose least possible time is above the best measured one is not run. Results are kept: a run that was ended goes on
where it was, and `tessera tile run --tuned` (also emit and explain) uses the best.

Choices that change results stay as they are, unless --fidelity-from allows cheaper matrix products.

Examples:
  tessera tile tune gemm.py --arg M=1024 --arg N=1024 --arg K=1024
  tessera tile tune flash_attention.py --configs           only the script's own configurations
  tessera tile tune gemm.py --tries 30 --jobs 4 --json | jq .best
  tessera tile tune gemm.py --fidelity-from LoFi --choose "depth=2"
  tessera tile run gemm.py --tuned

Exit codes: 0 something could be run; 1 nothing could; 64 command line; 65 the script does not compile.)";

/// Says how far it is: a bar on a terminal, else a line each time.
class Bar {
public:
    explicit Bar(bool shown) : shown_(shown), terminal_(isatty(STDERR_FILENO) != 0) {}
    ~Bar() { clear(); }
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;

    void show(size_t done, size_t all, const std::string& what) const {
        if (!shown_) {
            return;
        }
        if (!terminal_) {
            std::fprintf(stderr, "tessera: tile: tune: %zu of %zu: %s\n", done, all, what.c_str());
            return;
        }
        constexpr size_t width = 24;
        const size_t full = all == 0 ? 0 : std::min(width, done * width / all);
        std::fprintf(stderr, "\r\033[K[%s%s] %zu of %zu  %s", std::string(full, '#').c_str(),
                     std::string(width - full, '.').c_str(), done, all, what.c_str());
        std::fflush(stderr);
    }
    void clear() const {
        if (shown_ && terminal_) {
            std::fputs("\r\033[K", stderr);
            std::fflush(stderr);
        }
    }

private:
    bool shown_, terminal_;
};

std::string text_of(const Arguments& arguments) {
    std::string text;
    for (const auto& [name, value] : arguments) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
    }
    return text;
}

/// As a shell takes it.
std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-+=./:,@%") == std::string::npos;
    if (plain) {
        return word;
    }
    std::string result = "'";
    for (const char character : word) {
        result += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return result + "'";
}

class Tuner {
public:
    explicit Tuner(const TileOptions& options) : options_(options), bar_(!options.no_progress) {}

    int run() {
        const auto start = Clock::now();
        gather();
        tile::tune::Ranking ranking(entries_, options_.tries);
        measure(ranking);
        bar_.clear();
        const auto best = ranking.best();
        if (best) {
            keep(*best, ranking.entries()[*best]);
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (options_.json) {
            fmt::print("{}\n", json(ranking, seconds).dump(-1, ' ', false, Json::error_handler_t::replace));
        } else {
            report(ranking, seconds);
        }
        return ended_by_ != 0 ? EXIT_SIGNAL + ended_by_ : best ? 0 : 1;
    }

private:
    /// One configuration of the script.
    struct Configuration {
        Arguments arguments;
        CompiledTile compiled;
        std::string rejected;
        double estimate = 0;
    };
    struct Candidate {
        size_t configuration = 0;
        Option option;
    };

    const TileOptions& options_;
    Bar bar_;
    TuneCache cache_;
    std::vector<Configuration> configurations_;
    std::vector<Candidate> candidates_;
    std::vector<Entry> entries_;  ///< of candidates_
    std::map<size_t, std::string> keys_;
    size_t from_cache_ = 0;
    int ended_by_ = 0;

    TileOptions with(const Arguments& arguments) const {
        TileOptions result = options_;
        for (const auto& [name, value] : arguments) {
            result.arguments.push_back(name + "=" + value);
        }
        result.quiet = true;
        result.json = false;
        return result;
    }

    /// What the script lists, without what the command line says already. The first is no configuration at all.
    std::vector<Arguments> listed() const {
        std::vector<Arguments> all = {{}};
        std::set<std::string> seen = {""};
        std::set<std::string> given;
        for (const std::string& argument : options_.arguments) {
            given.insert(argument.substr(0, argument.find('=')));
        }
        for (Arguments one : tile_configs(options_)) {
            std::erase_if(one, [&](const auto& entry) { return given.contains(entry.first); });
            if (seen.insert(text_of(one)).second) {
                all.push_back(std::move(one));
            }
        }
        return all;
    }

    void add(size_t configuration, Option option, bool reference) {
        Entry entry;
        entry.estimate = option.estimate.cycles;
        entry.bound = option.bound;
        entry.rejected = option.rejected;
        entry.reference = reference;
        if (option.rejected.empty()) {
            entry.name = cache_.trial_key(options_, configurations_[configuration].compiled, option.module);
            keys_[entries_.size()] = entry.name;
            option.module = {};
        }
        entries_.push_back(std::move(entry));
        candidates_.push_back({configuration, std::move(option)});
    }

    void gather() {
        const std::vector<Arguments> all = listed();
        for (const Arguments& arguments : all) {
            Configuration& one = configurations_.emplace_back();
            one.arguments = arguments;
            bar_.show(configurations_.size(), all.size(), "configurations " + text_of(arguments));
            try {
                one.compiled = compile_tile(with(arguments), false);
            } catch (const Refusal& refusal) {
                if (all.size() == 1) {
                    throw;
                }
                const size_t line = refusal.message.find('\n');
                one.rejected = refusal.message.substr(0, line);
            }
        }
        if (all.size() > 1 && std::all_of(configurations_.begin(), configurations_.end(),
                                          [](const Configuration& one) { return !one.rejected.empty(); })) {
            // Says what is wrong with it.
            compile_tile(options_, false);
        }
        std::vector<size_t> order;
        std::vector<Option> first(configurations_.size());
        for (size_t i = 0; i < configurations_.size(); ++i) {
            if (configurations_[i].rejected.empty()) {
                first[i] =
                    tile::tune::option_of(configurations_[i].compiled.kernel, configurations_[i].compiled.options);
                configurations_[i].estimate = first[i].estimate.cycles;
                order.push_back(i);
            } else {
                Option none;
                none.rejected = configurations_[i].rejected;
                first[i] = std::move(none);
            }
        }
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
            return std::pair(configurations_[a].estimate, a) < std::pair(configurations_[b].estimate, b);
        });
        for (size_t i = 0; i < first.size(); ++i) {
            add(i, std::move(first[i]), i == 0);
        }
        if (options_.only_configs) {
            return;
        }
        order.resize(std::min(order.size(), most_searched));
        tile::tune::Limits limits;
        limits.looked_at = std::max<size_t>(options_.space / std::max<size_t>(order.size(), 1), 1);
        static const std::vector<std::string> fidelities{"LoFi", "HiFi2", "HiFi3", "HiFi4"};
        if (const auto from = std::find(fidelities.begin(), fidelities.end(), options_.fidelity_from);
            from != fidelities.end()) {
            limits.fidelities.assign(from, fidelities.end());
        }
        for (size_t i = 0; i < order.size(); ++i) {
            const Configuration& one = configurations_[order[i]];
            bar_.show(i, order.size(),
                      "candidates of " + (one.arguments.empty() ? "the script" : text_of(one.arguments)));
            for (Option& option : tile::tune::search(one.compiled.kernel, one.compiled.options, limits)) {
                add(order[i], std::move(option), false);
            }
        }
    }

    RunRequest request(size_t index) const {
        const Candidate& candidate = candidates_[index];
        const TileOptions options = with(configurations_[candidate.configuration].arguments);
        std::error_code ignored;
        RunRequest run;
        run.arguments = {fs::canonical("/proc/self/exe", ignored).string(),
                         "tile",
                         "run",
                         options.script,
                         "--json",
                         "--math",
                         "fast",
                         "--no-oracle",
                         "--board",
                         board_name(options.run),
                         "--seed",
                         std::to_string(options.seed),
                         "--choose",
                         tile::lower::to_text(candidate.option.choices)};
        const auto all = [&](const char* name, const std::vector<std::string>& values) {
            for (const std::string& value : values) {
                run.arguments.insert(run.arguments.end(), {name, value});
            }
        };
        all("--arg", options.arguments);
        all("--input", options.inputs);
        all("--range", options.ranges);
        if (options.run.timeout > 0) {
            all("--timeout", {fmt::format("{}", options.run.timeout)});
        }
        const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
        all("--threads",
            {std::to_string(options.run.threads != 0 ? options.run.threads : std::max(cores / options.jobs, 1u))});
        return run;
    }

    std::string name_of(size_t index) const {
        const Candidate& candidate = candidates_[index];
        const std::string arguments = text_of(configurations_[candidate.configuration].arguments);
        return tile::lower::to_text(candidate.option.choices) + (arguments.empty() ? "" : "  " + arguments);
    }

    void measure(tile::tune::Ranking& ranking) {
        size_t done = 0;
        const auto tell = [&](size_t index) {
            const Entry& entry = ranking.entries()[index];
            const std::string came_to =
                entry.state == Entry::State::Measured ? fmt::format("{:.0f} cycles", entry.cycles) : entry.why;
            bar_.show(++done, ranking.planned(), came_to + "  " + name_of(index));
        };
        for (std::vector<size_t> round = ranking.next(); !round.empty() && ended_by_ == 0; round = ranking.next()) {
            std::vector<size_t> open;
            std::vector<RunRequest> requests;
            for (const size_t index : round) {
                const auto known = options_.afresh ? std::nullopt : cache_.load(keys_.at(index));
                if (known) {
                    ranking.measured(index, known->at("device_cycles").get<double>());
                    ++from_cache_;
                    tell(index);
                } else {
                    open.push_back(index);
                    requests.push_back(request(index));
                }
            }
            ended_by_ = run_batch(requests, options_.jobs, [&](size_t i, const BatchResult& result) {
                take(ranking, open[i], result);
                tell(open[i]);
                return true;
            });
        }
    }

    void take(tile::tune::Ranking& ranking, size_t index, const BatchResult& result) {
        const auto told = nlohmann::json::parse(result.output, nullptr, false);
        if (result.outcome.exit_code == 0 && told.is_object() && told.contains("device_cycles")) {
            ranking.measured(index, told.at("device_cycles").get<double>());
            cache_.store(keys_.at(index), {{"device_cycles", told.at("device_cycles")}, {"choices", name_of(index)}});
            return;
        }
        const size_t line = result.errors.find('\n');
        ranking.failed(index, fmt::format("ended with exit code {}{}{}", result.outcome.exit_code,
                                          result.errors.empty() ? "" : ": ", result.errors.substr(0, line)));
    }

    void keep(size_t index, const Entry& entry) const {
        const Candidate& candidate = candidates_[index];
        Json arguments = Json::object();
        for (const auto& [name, value] : configurations_[candidate.configuration].arguments) {
            arguments[name] = value;
        }
        cache_.store(cache_.best_key(options_), {{"arguments", arguments},
                                                 {"choices", tile::lower::to_text(candidate.option.choices)},
                                                 {"device_cycles", entry.cycles}});
    }

    double microseconds(double cycles) const {
        return cycles / arch::board(board_name(options_.run)).chips.front().aiclk_mhz;
    }

    std::string command(size_t index) const {
        const Candidate& candidate = candidates_[index];
        const TileOptions options = with(configurations_[candidate.configuration].arguments);
        std::string text = "tessera tile run " + quoted(options.script);
        for (const std::string& argument : options.arguments) {
            text += " --arg " + quoted(argument);
        }
        if (!options.run.board.empty()) {
            text += " --board " + quoted(options.run.board);
        }
        return text + " --choose \"" + tile::lower::to_text(candidate.option.choices) + "\"";
    }

    static const char* state_name(Entry::State state) {
        static constexpr const char* names[] = {"waiting", "measured", "failed",   "rejected",
                                                "same",    "slower",   "not-tried"};
        return names[static_cast<size_t>(state)];
    }

    /// What the default takes, if it could be run.
    std::optional<double> default_cycles(const tile::tune::Ranking& ranking) const {
        for (const Entry& entry : ranking.entries()) {
            if (entry.reference && entry.state == Entry::State::Measured) {
                return entry.cycles;
            }
        }
        return std::nullopt;
    }

    Json json(const tile::tune::Ranking& ranking, double seconds) const {
        Json all;
        all["script"] = options_.script;
        all["board"] = board_name(options_.run);
        all["configurations"] = configurations_.size() - 1;
        all["candidates"] = entries_.size();
        all["tried"] = ranking.tried();
        all["from_cache"] = from_cache_;
        all["complete"] = ended_by_ == 0;
        all["seconds"] = seconds;
        all["trials"] = Json::array();
        for (const size_t index : ranking.order()) {
            const Entry& entry = ranking.entries()[index];
            const Candidate& candidate = candidates_[index];
            Json arguments = Json::object();
            for (const auto& [name, value] : configurations_[candidate.configuration].arguments) {
                arguments[name] = value;
            }
            Json one = {{"state", state_name(entry.state)},
                        {"choices", tile::lower::to_text(candidate.option.choices)},
                        {"arguments", arguments},
                        {"default", entry.reference}};
            if (entry.rejected.empty()) {
                one["estimated_cycles"] = entry.estimate;
                one["least_cycles"] = entry.bound;
                one["bound"] = candidate.option.estimate.bound;
            }
            if (entry.state == Entry::State::Measured) {
                one["device_cycles"] = entry.cycles;
                one["device_us"] = microseconds(entry.cycles);
            } else {
                one["why"] = entry.why;
            }
            all["trials"].push_back(std::move(one));
        }
        if (const auto best = ranking.best()) {
            all["best"] = all["trials"][0];
            all["command"] = command(*best);
            if (const auto before = default_cycles(ranking)) {
                all["speedup"] = *before / ranking.entries()[*best].cycles;
            }
        }
        return all;
    }

    static std::vector<std::string> words_of(const std::string& text) {
        std::vector<std::string> words;
        std::istringstream in(text);
        for (std::string word; in >> word;) {
            words.push_back(word);
        }
        return words;
    }

    /// What the choices of all that were run have in common.
    std::set<std::string> common_words(const tile::tune::Ranking& ranking) const {
        std::map<std::string, size_t> times;
        size_t measured = 0;
        for (size_t i = 0; i < ranking.entries().size(); ++i) {
            if (ranking.entries()[i].state == Entry::State::Measured) {
                ++measured;
                for (const std::string& word : words_of(name_of(i))) {
                    ++times[word];
                }
            }
        }
        std::set<std::string> common;
        for (const auto& [word, count] : times) {
            if (measured > 1 && count == measured) {
                common.insert(word);
            }
        }
        return common;
    }

    static std::string without(const std::set<std::string>& common, const std::string& text) {
        std::string rest;
        for (const std::string& word : words_of(text)) {
            rest += common.contains(word) ? "" : (rest.empty() ? "" : " ") + word;
        }
        return rest.empty() ? "the same" : rest;
    }

    void report(const tile::tune::Ranking& ranking, double seconds) const {
        fmt::print("{} on {}: {} configuration{} of the script, {} candidates, {} tried{} in {:.0f} s{}\n",
                   options_.script, board_name(options_.run), configurations_.size() - 1,
                   configurations_.size() == 2 ? "" : "s", entries_.size(), ranking.tried(),
                   from_cache_ == 0 ? "" : fmt::format(", {} of them before", from_cache_), seconds,
                   ended_by_ == 0 ? "" : ", not all");
        const std::set<std::string> common = common_words(ranking);
        if (!common.empty()) {
            std::string all;
            for (const std::string& word : common) {
                all += " " + word;
            }
            fmt::print("  all that were run:{}\n", all);
        }
        fmt::print("  {:>12} {:>10} {:>8}  choices\n", "predicted us", "estimate", "of best");
        std::map<Entry::State, std::pair<size_t, size_t>> others;  // how many, and the first
        const auto best = ranking.best();
        const double least = best ? ranking.entries()[*best].cycles : 0;
        for (const size_t index : ranking.order()) {
            const Entry& entry = ranking.entries()[index];
            if (entry.state != Entry::State::Measured) {
                const auto [at, is_new] = others.try_emplace(entry.state, 0, index);
                ++at->second.first;
                continue;
            }
            fmt::print("  {:>12.2f} {:>10.2f} {:>6.0f} %  {}{}\n", microseconds(entry.cycles),
                       microseconds(entry.estimate), 100 * least / entry.cycles, without(common, name_of(index)),
                       entry.reference ? "  (without tuning)" : "");
        }
        const std::map<Entry::State, const char*> texts{{Entry::State::Failed, "failed"},
                                                        {Entry::State::Rejected, "cannot be had"},
                                                        {Entry::State::Same, "come to the same as others"},
                                                        {Entry::State::Slower, "cannot be quicker"},
                                                        {Entry::State::NotTried, "not tried"},
                                                        {Entry::State::Waiting, "waiting"}};
        for (const auto& [state, which] : others) {
            fmt::print("  {} {}: {}{}: {}\n", which.first, texts.at(state), which.first == 1 ? "" : "as ",
                       name_of(which.second), ranking.entries()[which.second].why);
        }
        if (!best) {
            fmt::print("nothing could be run\n");
            return;
        }
        const auto before = default_cycles(ranking);
        if (before && *before > ranking.entries()[*best].cycles) {
            fmt::print("{:.2f} times as quick as without tuning\n", *before / ranking.entries()[*best].cycles);
        } else if (before) {
            fmt::print("what the compiler takes by itself is the best of them\n");
        }
        fmt::print("  {}\n  or the same command with --tuned\n", command(*best));
    }
};

}  // namespace

void add_tune_options(CLI::App& command, TileOptions& options) {
    command.add_option("--tries", options.tries, "How many candidates are run at most (12)")
        ->check(CLI::Range(size_t{1}, size_t{100'000}))
        ->type_name("N");
    command.add_option("--space", options.space, "How many are looked at, at most (400)")
        ->check(CLI::Range(size_t{1}, size_t{1'000'000}))
        ->type_name("N");
    command.add_option("-j,--jobs", options.jobs, "How many runs at a time (1)")->check(CLI::Range(1u, 1024u));
    command.add_flag("--configs", options.only_configs, "Only the script's own configurations");
    command
        .add_option("--fidelity-from", options.fidelity_from, "Matrix products may have this fidelity and all above")
        ->check(CLI::IsMember({"LoFi", "HiFi2", "HiFi3", "HiFi4"}));
    command.add_flag("--afresh", options.afresh, "Run all again, also what has been measured before");
    command.add_flag("--no-progress", options.no_progress, "Do not say how far it is");
    command.add_option("--threads", options.run.threads, "Host threads of a run (default: all cores, shared by jobs)")
        ->check(CLI::Range(1u, 1024u));
    command.add_option("--timeout", options.run.timeout, "End a run after so many seconds")->check(CLI::PositiveNumber);
    command.footer(TUNE_HELP);
}

int run_tile_tune(const TileOptions& options) {
    return Tuner(options).run();
}

}  // namespace tessera::cli

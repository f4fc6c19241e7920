// The commands: a recording is made or read, replayed, and what came of it is shown.
#include "time.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <record/file.h>
#include <timing/answers.h>
#include <timing/clock.h>
#include <timing/dispatch.h>
#include <timing/exports.h>
#include <timing/html_report.h>
#include <timing/what_if.h>

namespace fs = std::filesystem;

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;
using record::Recording;
using timing::Answers;
using timing::Cycles;
using timing::Doing;
using timing::Result;
using timing::Unit;
using timing::WhatIf;

constexpr const char* TIME_HELP = R"(
The program runs on the simulated chip, at full speed, and leaves a recording of what every processor did. The recording
is then replayed against a model of the chip: RISC-V instructions, unpackers, matrix and vector unit, packers, circular
buffers, both NoCs link by link, DRAM banks. How far the model is from silicon is in docs/accuracy.md. The run uses the
fast arithmetic unless --math says otherwise: the time is the same.

Examples:
  tessera time matmul.cpp                                how long, why, and what would help
  tessera time matmul.cpp --record matmul.tsr            keep the recording
  tessera time matmul.tsr --what-if board=p150           another board, without running again
  tessera time matmul.tsr --what-if dram_bw=2x,noc=ideal
  tessera time matmul.cpp --trace trace.json             a trace for Perfetto or chrome://tracing
  tessera time matmul.cpp --html report.html             a report that opens in any browser
  tessera time matmul.cpp --json | jq .device_us
  tessera time build/program -- --size 64                everything after -- goes to the program
  tessera compare slow.cpp fast.cpp                      what makes them differ

What can be changed (--what-if NAME=VALUE,...):
)";

constexpr const char* COMPARE_HELP = R"(
Each of the two is a recording or a program, which is run. Units, waits and lines are set side by side, the largest
differences first.

Examples:
  tessera compare before.tsr after.tsr
  tessera compare matmul_single.cpp matmul_multi.cpp --board p150
  tessera compare before.tsr after.tsr --what-if aiclk=900 --json)";

bool is_recording(const std::string& path) {
    return fs::path(path).extension() == ".tsr";
}

/// A recording, and how the program ended that made it.
struct Recorded {
    Recording recording;
    RunOutcome outcome;
};

/// Reads the recording, or runs the program and reads the one that it leaves. Throws Refusal.
Recorded recorded(const RunOptions& run, const std::string& keep, const Progress& progress, bool silent = false) {
    Recorded result;
    const std::string& program = run.words.front();
    try {
        if (is_recording(program)) {
            result.recording = record::read_file(program);
            return result;
        }
        const Folder folder("time");
        const std::string file = keep.empty() ? folder.file("recording.tsr") : absolute(keep);
        std::error_code ignored;
        fs::remove(file, ignored);
        RunOptions recording = run;
        recording.record = file;
        if (recording.math.empty() && std::getenv("TESSERA_MATH") == nullptr) {
            recording.math = "fast";
        }
        BuiltProgram built;
        RunRequest request = prepare_run(recording, built);
        request.output_to_stderr = true;
        request.silent = silent;
        result.outcome = run_program(request);
        if (!fs::exists(file)) {
            throw Refusal{result.outcome.exit_code != 0 ? result.outcome.exit_code : 1, "no-recording",
                          "tessera: " + program + " has launched nothing, so there is nothing to time"};
        }
        progress.say("tessera: time: reading the recording");
        result.recording = record::read_file(file);
        progress.say({});
        return result;
    } catch (const record::FileError& error) {
        throw Refusal{EXIT_NO_INPUT, "no-recording", std::string("tessera: ") + error.what()};
    }
}

WhatIf what_if_of(const std::vector<std::string>& texts) {
    WhatIf what_if;
    for (const std::string& text : texts) {
        timing::add_what_if(what_if, text);
    }
    return what_if;
}

std::string bar(double share, size_t width) {
    const auto full = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
    std::string text;
    for (size_t i = 0; i < width; ++i) {
        text += i < full ? "█" : "░";
    }
    return text;
}

std::string with_thousands(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, " ");
    }
    return digits;
}

Cycles device_cycles(const Result& result) {
    Cycles sum = 0;
    for (const timing::LaunchTime& launch : result.launches) {
        sum += launch.device;
    }
    return sum;
}

/// "NoC reads 31 %, room in a circular buffer 12 %".
std::string waits_of(const timing::UnitLoad& load) {
    std::vector<std::pair<double, size_t>> waits;
    for (size_t doing = 1; doing < timing::num_doings; ++doing) {
        constexpr double worth_telling = 0.02;
        if (load.waits[doing] >= worth_telling) {
            waits.emplace_back(-load.waits[doing], doing);
        }
    }
    std::sort(waits.begin(), waits.end());
    std::string text;
    for (size_t i = 0; i < waits.size() && i < 2; ++i) {
        text += fmt::format("{}{} {:.0f} %", i == 0 ? "waits for " : ", ",
                            timing::doing_name(static_cast<Doing>(waits[i].second)), -100 * waits[i].first);
    }
    return text;
}

std::string with_unit(uint64_t bytes) {
    constexpr uint64_t kilo = 1024;
    const auto number = static_cast<double>(bytes);
    return bytes < kilo          ? fmt::format("{} B", bytes)
           : bytes < kilo * kilo ? fmt::format("{:.1f} KiB", number / kilo)
                                 : fmt::format("{:.1f} MiB", number / kilo / kilo);
}

void print_path(const Recording& recording, const Answers& answers, size_t lines) {
    const timing::CriticalPath& path = answers.path;
    fmt::print("critical path\n");
    for (size_t i = 0; i < path.parts.size() && i < lines; ++i) {
        const timing::PathPart& part = path.parts[i];
        const std::string what = part.doing == Doing::Code ? std::string()
                                 : part.transit            ? std::string(", signal on its way")
                                                : fmt::format(", waits for {}", timing::doing_name(part.doing));
        fmt::print("  {:5.1f} %  {:<9}  {:<28}  {}{}\n", 100 * part.cycles / std::max<Cycles>(path.length, 1),
                   timing::unit_name(part.unit), timing::place_of(recording, part.site),
                   timing::call_of(recording, recording.events[part.event]), what);
    }
}

void print_answers(const Recording& recording, const Answers& answers, const WhatIf& what_if, size_t lines) {
    const Result& result = answers.result;
    const Cycles device = device_cycles(result);
    const std::string changed = timing::to_string(what_if);
    fmt::print("{} on {} at {:.0f} MHz{}\n", recording.program, result.board, result.aiclk_mhz,
               changed.empty() ? "" : "  (" + changed + ")");
    fmt::print("  device    {:>10.2f} us  {:>14} cycles\n", result.microseconds(device), with_thousands(device));
    fmt::print("  dispatch  {:>10.2f} us\n", result.microseconds(result.total - device));
    const timing::HostTraffic host = timing::host_traffic(recording, arch::board(result.board));
    if (host.to_device + host.from_device != 0) {
        fmt::print("  host      {:>10.2f} us  at least, over PCIe: buffers of {} to the device, {} back\n",
                   host.least_us, with_unit(host.to_device), with_unit(host.from_device));
    }
    if (result.launches.empty()) {
        return;
    }
    if (result.launches.size() > 1) {
        const Cycles longest = result.launches[answers.launch].device;
        fmt::print("  {} launches; what follows is about the longest, number {}: {:.2f} us\n", result.launches.size(),
                   answers.launch + 1, result.microseconds(longest));
    }
    if (!recording.complete) {
        fmt::print("  a mistake ended the program; this is the time until then\n");
    }
    if (result.given_up != 0) {
        fmt::print(
            "  {} waits ended in the run for a reason that the recording does not hold; the time may be too short\n",
            result.given_up);
    }
    fmt::print("\nunits, mean over cores\n");
    for (const timing::UnitLoad& load : answers.units) {
        fmt::print("  {:<9}  {} {:3.0f} %  {}\n", timing::unit_name(load.unit), bar(load.busy, 20), 100 * load.busy,
                   waits_of(load));
    }
    fmt::print("\n");
    print_path(recording, answers, lines);
    fmt::print("\nbottleneck: {}\n", answers.bottleneck);
    for (const std::string& one : answers.evidence) {
        fmt::print("  {}\n", one);
    }
    const timing::Roofline& roof = answers.roofline;
    if (roof.flop > 0 || roof.dram_bytes > 0) {
        fmt::print("\nroofline: ");
        if (roof.flop > 0) {
            fmt::print("{:.0f} of {:.0f} flop a cycle ({:.0f} %), ", roof.flop_per_cycle, roof.peak_flop_per_cycle,
                       100 * roof.flop_per_cycle / std::max(roof.peak_flop_per_cycle, 1.0));
        }
        fmt::print("{:.1f} of {:.0f} DRAM bytes a cycle ({:.0f} %)", roof.bytes_per_cycle, roof.peak_bytes_per_cycle,
                   100 * roof.bytes_per_cycle / roof.peak_bytes_per_cycle);
        if (roof.flop > 0 && roof.dram_bytes > 0) {
            fmt::print(", {:.1f} flop a byte", roof.intensity());
        }
        fmt::print("\n");
    }
    if (!answers.suggestions.empty()) {
        fmt::print("\nwhat would help most, by replaying with it\n");
        for (const timing::Suggestion& one : answers.suggestions) {
            fmt::print("  {:+5.1f} %  {}\n           --what-if {}\n", -100 * one.gain, one.text,
                       timing::to_string(one.change));
        }
    }
}

Json json_of(const Recording& recording, const Answers& answers, const WhatIf& what_if) {
    const Result& result = answers.result;
    const Cycles device = device_cycles(result);
    Json json;
    json["program"] = recording.program;
    json["board"] = result.board;
    json["aiclk_mhz"] = result.aiclk_mhz;
    json["what_if"] = timing::to_string(what_if);
    json["complete"] = recording.complete;
    json["device_us"] = result.microseconds(device);
    json["device_cycles"] = device;
    json["dispatch_us"] = result.microseconds(result.total - device);
    const timing::HostTraffic host = timing::host_traffic(recording, arch::board(result.board));
    json["host_transfers"] = {
        {"bytes_to_device", host.to_device}, {"bytes_from_device", host.from_device}, {"least_us", host.least_us}};
    json["waits_given_up"] = result.given_up;
    json["launches"] = Json::array();
    for (size_t i = 0; i < result.launches.size(); ++i) {
        const timing::LaunchTime& launch = result.launches[i];
        json["launches"].push_back({{"name", recording.launches[i].name},
                                    {"cores", launch.cores.size()},
                                    {"begin_cycles", launch.begin},
                                    {"dispatch_cycles", launch.host},
                                    {"device_cycles", launch.device},
                                    {"busiest_dram_bank", launch.dram_bank},
                                    {"busiest_dram_bank_cycles", launch.dram_busy},
                                    {"busiest_link_cycles", launch.link_busy}});
    }
    json["longest_launch"] = answers.launch;
    json["units"] = Json::array();
    for (const timing::UnitLoad& load : answers.units) {
        Json waits = Json::object();
        for (size_t doing = 1; doing < timing::num_doings; ++doing) {
            if (load.waits[doing] > 0) {
                waits[timing::doing_name(static_cast<Doing>(doing))] = load.waits[doing];
            }
        }
        json["units"].push_back(
            {{"unit", timing::unit_name(load.unit)}, {"cores", load.cores}, {"busy", load.busy}, {"waits", waits}});
    }
    json["critical_path"] = Json::array();
    for (const timing::PathPart& part : answers.path.parts) {
        const record::Event& event = recording.events[part.event];
        json["critical_path"].push_back({{"cycles", part.cycles},
                                         {"times", part.times},
                                         {"unit", timing::unit_name(part.unit)},
                                         {"file", recording.sites[part.site].file},
                                         {"line", recording.sites[part.site].line},
                                         {"call", timing::call_of(recording, event)},
                                         {"doing", timing::doing_name(part.doing)},
                                         {"transit", part.transit}});
    }
    json["bottleneck"] = answers.bottleneck;
    json["evidence"] = answers.evidence;
    const timing::Roofline& roof = answers.roofline;
    json["roofline"] = {{"flop", roof.flop},
                        {"dram_bytes", roof.dram_bytes},
                        {"flop_per_cycle", roof.flop_per_cycle},
                        {"peak_flop_per_cycle", roof.peak_flop_per_cycle},
                        {"dram_bytes_per_cycle", roof.bytes_per_cycle},
                        {"peak_dram_bytes_per_cycle", roof.peak_bytes_per_cycle},
                        {"flop_per_byte", roof.intensity()}};
    json["suggestions"] = Json::array();
    for (const timing::Suggestion& one : answers.suggestions) {
        json["suggestions"].push_back({{"text", one.text},
                                       {"what_if", timing::to_string(one.change)},
                                       {"gain", one.gain},
                                       {"total_us", result.microseconds(one.total)}});
    }
    return json;
}

void print_json(const Json& json) {
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Writes a file by this function.
template <class Write>
void write(const std::string& path, const Progress& progress, Write&& content) {
    if (path.empty()) {
        return;
    }
    progress.say("tessera: time: writing " + path);
    std::ofstream file(path, std::ios::binary);
    content(file);
    file.close();
    progress.say({});
    if (!file) {
        throw Refusal{EXIT_CANNOT_WRITE, "cannot-write", "tessera: can't write " + path};
    }
}

void write_files(const TimeOptions& options, const Recording& recording, const WhatIf& what_if, const Answers& answers,
                 const Progress& progress) {
    write(options.html, progress, [&](std::ostream& out) { out << timing::html_report(recording, what_if, answers); });
    write(options.trace, progress, [&](std::ostream& out) {
        timing::PerfettoOptions part;
        part.selection = timing::selection_of(options.trace_cores, options.trace_time).value();
        const timing::LeftOut left_out = timing::write_perfetto(recording, what_if, out, part);
        if (left_out.any()) {
            std::fprintf(stderr, "tessera: %s: %s\n", options.trace.c_str(), left_out.text().c_str());
        }
    });
    if (recording.launches.empty()) {
        return;
    }
    write(options.npe, progress,
          [&](std::ostream& out) { timing::write_npe_timeline(recording, what_if, answers.launch, out); });
    write(options.noc_trace, progress, [&](std::ostream& out) {
        const uint32_t device = recording.launches[answers.launch].cores.front().device;
        timing::write_noc_trace(recording, what_if, answers.launch, device, out);
    });
    write(options.profile, progress, [&](std::ostream& out) { timing::write_profile_csv(recording, what_if, out); });
}

int refuse(const Refusal& refusal) {
    std::fprintf(stderr, "%s\n", refusal.message.c_str());
    return refusal.code;
}

}  // namespace

void add_time_options(CLI::App& command, TimeOptions& options) {
    command.add_option("--what-if", options.what_if, "Something is different, as in dram_bw=2x; see below")
        ->type_name("NAME=VALUE,...");
    command.add_option("--record", options.record, "Keep the recording in this file (.tsr)")->type_name("FILE");
    command.add_option("--html", options.html, "Write a report that opens in a browser")->type_name("FILE");
    command.add_option("--trace", options.trace, "Write a trace for ui.perfetto.dev or chrome://tracing")
        ->type_name("FILE");
    command.add_option("--trace-cores", options.trace_cores, "Of the trace only these cores, as in 2,3 or 0-7,2")
        ->type_name("X,Y")
        ->check([](const std::string& text) {
            return timing::selection_of(text, {}) ? std::string() : "is neither like 2,3 nor like 0-7,2";
        });
    command.add_option("--trace-time", options.trace_time, "Of the trace only this time, as in 10-25.5")
        ->type_name("US-US")
        ->check([](const std::string& text) {
            return timing::selection_of({}, text) ? std::string() : "is not like 10-25.5, in microseconds";
        });
    command
        .add_option("--npe", options.npe, "Write the longest launch's time line as tt-npe does, for ttnn-visualizer")
        ->type_name("FILE");
    command.add_option("--noc-trace", options.noc_trace, "Write the longest launch's NoC events, as tt-npe reads them")
        ->type_name("FILE");
    command.add_option("--profile", options.profile, "Write the device profiler's log (profile_log_device.csv)")
        ->type_name("FILE");
    command.add_option("--suggest", options.suggest, "How many changes to suggest; 0: none, which is faster")
        ->type_name("N");
    command.add_option("--lines", options.lines, "Lines of the critical path")->type_name("N");
    command.add_flag("--json", options.json,
                     "One JSON object on standard output; the program's own output goes to standard error");
    std::string help = TIME_HELP;
    for (const timing::WhatIfKey& key : timing::what_if_keys()) {
        help += fmt::format("  {:<20} {}\n", std::string(key.name) + "=" + key.values, key.meaning);
    }
    help += "\nExit codes: as for `tessera run`.";
    command.footer(help);
}

PredictedTimes::PredictedTimes(const RunOptions& run) : folder_("timed") {
    const Progress progress;
    progress.say("tessera: run: a first time, to predict its times");
    const Recorded made = recorded(run, {}, progress, true);
    write(clock_file(), progress, [&](std::ostream& out) { timing::write_clock(made.recording, {}, out); });
    const fs::path log = timing::profile_csv_path();
    std::error_code ignored;
    fs::create_directories(log.parent_path(), ignored);
    write(log.string(), progress, [&](std::ostream& out) { timing::write_profile_csv(made.recording, {}, out); });
    const Result result = timing::replay(made.recording);
    summary_ = fmt::format("{:.2f} us on the device of {} in {} launch{}, {:.2f} us with dispatch; profiler's log: {}",
                           result.microseconds(device_cycles(result)), result.board, result.launches.size(),
                           result.launches.size() == 1 ? "" : "es", result.microseconds(result.total), log.string());
}

int run_time(const TimeOptions& options) {
    const WhatIf what_if = what_if_of(options.what_if);
    const Progress progress;
    try {
        const Recorded made = recorded(options.run, options.record, progress);
        progress.say("tessera: time: replaying");
        const Answers answers = timing::answers(made.recording, what_if, options.suggest);
        progress.say({});
        if (options.json) {
            print_json(json_of(made.recording, answers, what_if));
        } else {
            print_answers(made.recording, answers, what_if, options.lines);
        }
        write_files(options, made.recording, what_if, answers, progress);
        return made.outcome.exit_code;
    } catch (const Refusal& refusal) {
        return refuse(refusal);
    }
}

void add_compare_options(CLI::App& command, CompareOptions& options) {
    command.add_option("before", options.before, "A recording (.tsr) or a program")->required()->type_name("A");
    command.add_option("after", options.after, "Another")->required()->type_name("B");
    command.add_option("--board", options.run.board, "The board on which programs run")->type_name("NAME");
    command.add_option("-I", options.run.include_dirs, "A folder of headers for programs")->type_name("DIR");
    command.add_option("-D", options.run.defines, "A macro for programs")->type_name("NAME[=VALUE]");
    command.add_option("--what-if", options.what_if, "Something is different in both; see `tessera time --help`")
        ->type_name("NAME=VALUE,...");
    command.add_flag("--json", options.json, "One JSON object on standard output");
    command.footer(COMPARE_HELP);
}

int run_compare(const CompareOptions& options) {
    const WhatIf what_if = what_if_of(options.what_if);
    const Progress progress;
    try {
        std::vector<Recorded> made;
        std::vector<Answers> both;
        for (const std::string& words : {options.before, options.after}) {
            RunOptions run = options.run;
            run.words = {words};
            made.push_back(recorded(run, {}, progress));
            progress.say("tessera: compare: replaying " + words);
            both.push_back(timing::answers(made.back().recording, what_if, 0));
            progress.say({});
        }
        if (options.json) {
            print_json({{"before", json_of(made[0].recording, both[0], what_if)},
                        {"after", json_of(made[1].recording, both[1], what_if)}});
            return std::max(made[0].outcome.exit_code, made[1].outcome.exit_code);
        }
        const auto row = [](const std::string& name, double before, double after, const char* unit) {
            const std::string change = before > 0 ? fmt::format("{:+.1f} %", 100 * (after / before - 1)) : "";
            fmt::print("  {:<34} {:>12.2f} {:>12.2f} {:<4} {:>10}\n", name, before, after, unit, change);
        };
        fmt::print("  {:<34} {:>12} {:>12}\n", "", "A", "B");
        std::array<Cycles, 2> device{device_cycles(both[0].result), device_cycles(both[1].result)};
        row("device", both[0].result.microseconds(device[0]), both[1].result.microseconds(device[1]), "us");
        row("dispatch", both[0].result.microseconds(both[0].result.total - device[0]),
            both[1].result.microseconds(both[1].result.total - device[1]), "us");
        fmt::print("\nbusy, of the longest launch, mean over cores\n");
        for (size_t unit = 0; unit < timing::num_units; ++unit) {
            std::array<double, 2> busy{};
            for (size_t i = 0; i < 2; ++i) {
                for (const timing::UnitLoad& load : both[i].units) {
                    busy[i] = load.unit == static_cast<Unit>(unit) ? 100 * load.busy : busy[i];
                }
            }
            row(timing::unit_name(static_cast<Unit>(unit)), busy[0], busy[1], "%");
        }
        fmt::print("\non the critical path\n");
        for (size_t doing = 0; doing < timing::num_doings; ++doing) {
            std::array<double, 2> cycles{};
            for (size_t i = 0; i < 2; ++i) {
                cycles[i] = both[i].result.microseconds(both[i].path.of(static_cast<Doing>(doing)));
            }
            if (cycles[0] + cycles[1] > 0) {
                row(doing == 0 ? "work" : fmt::format("waits for {}", timing::doing_name(static_cast<Doing>(doing))),
                    cycles[0], cycles[1], "us");
            }
        }
        for (size_t i = 0; i < 2; ++i) {
            fmt::print("\n{}: {}\n", i == 0 ? "A" : "B", both[i].bottleneck);
            print_path(made[i].recording, both[i], 3);
        }
        return std::max(made[0].outcome.exit_code, made[1].outcome.exit_code);
    } catch (const Refusal& refusal) {
        return refuse(refusal);
    }
}

}  // namespace tessera::cli

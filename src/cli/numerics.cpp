// The command: the runs and what is written of them.
#include "numerics.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <base/error.h>

#include "scratch.h"

namespace fs = std::filesystem;

namespace tessera::cli {
namespace {

constexpr const char* HELP = R"(
The program runs on the simulated chip while a second set of numbers is carried along in float64: every tile operation
(unpack, products, reductions, vector-unit functions, pack) is repeated in float64, and its results follow the tiles
through circular buffers, the NoC and DRAM. What the host writes is true by definition. The report says how far the
chip's numbers are from that, first in the buffers that the host reads back, then in each circular buffer, and which
lines of the kernels the error comes from. Then the program runs again with other fidelities and the other width of DST.

Examples:
  tessera numerics matmul.cpp                       the report as text
  tessera numerics matmul.cpp --html report.html    with heat maps of the outputs, in one file
  tessera numerics matmul.cpp --png error.png --tiles-across 24
  tessera numerics matmul.cpp --no-what-if          one run only
  tessera numerics matmul.cpp --what-if-all         every fidelity with 16-bit and with 32-bit DST
  tessera numerics softmax.cpp --json | jq .report.outputs
  tessera numerics build/program -- --seed 7        everything after -- goes to the program
  tessera numerics matmul.cpp --math fast           the fast mode's error instead of the chip's

How to read it: a relative error's denominator is the true value, but at least 1/1024 of the root mean square of its
tile, so that a number near zero does not hide the others. One ULP is a unit in the last place of the buffer's own
format at the true value. PCC is Pearson's correlation with the true values. Matrix-unit cycles are what the matrix unit
alone would need (16 a phase and 32x32x32 product), not the device's time. The shadow restarts from the chip's values
where something has no float64 meaning: a RISC-V's stores to L1, SFPI code, integers, random numbers; the report counts
that. Results depend on the float64 shadow of the operations as written: an unstable algorithm is not blamed.

The program's own output goes to standard error; the runs with other settings print nothing. Exit codes: as for
`tessera run`; 73 also when the report can't be written.)";

Json read_report(const std::string& path) {
    std::ifstream file(path);
    Json report = Json::parse(file, nullptr, false);
    return report.is_object() ? report : Json();
}

struct Variant {
    std::string fidelity;  ///< empty: as written
    int dst = 0;           ///< 0: as written
};

/// What is worth trying, given what the program uses.
std::vector<Variant> variants(const Json& report, bool all) {
    std::vector<std::string> fidelities;
    if (report.value("fidelity_matters", false)) {
        fidelities = {"LoFi", "HiFi2", "HiFi3", "HiFi4"};
    }
    const Json own_fidelities = report.value("fidelities", Json::array());
    const Json own_widths = report.value("dst_bits", Json::array());
    const auto is_own = [](const Json& own, const Json& value) { return own.size() == 1 && own[0] == value; };
    std::vector<Variant> result;
    const auto add = [&](const std::string& fidelity, int dst) {
        const bool same_fidelity = fidelity.empty() || is_own(own_fidelities, fidelity);
        const bool same_width = dst == 0 || is_own(own_widths, dst);
        if (!same_fidelity || !same_width) {
            result.push_back({same_fidelity ? std::string() : fidelity, same_width ? 0 : dst});
        }
    };
    if (own_widths.empty()) {
        return result;
    }
    const int other = is_own(own_widths, 32) ? 16 : 32;
    for (const std::string& fidelity : fidelities) {
        add(fidelity, 0);
    }
    if (all && !fidelities.empty()) {
        for (const std::string& fidelity : fidelities) {
            add(fidelity, other);
        }
        return result;
    }
    add({}, other);
    if (!fidelities.empty() && !is_own(own_fidelities, "HiFi4")) {
        add("HiFi4", other);
    }
    return result;
}

bool write_file(const std::string& path, const char* data, size_t bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(data, static_cast<std::streamsize>(bytes));
    if (!file.flush()) {
        std::fprintf(stderr, "tessera: can't write %s\n", path.c_str());
        return false;
    }
    return true;
}

/// Why there is no report of a program that ended.
std::string nothing_to_report(const RunOutcome& outcome) {
    return outcome.status == "ok"        ? "the program ended without using a device, so there is nothing to report"
           : outcome.status == "timeout" ? "the program was ended before its report was written"
                                         : "the program ended before there was anything to report";
}

}  // namespace

void add_numerics_options(CLI::App& command, NumericsOptions& options) {
    command.add_flag("--json", options.json, "One JSON object on standard output instead of text");
    command.add_option("--html", options.html, "Write a page with all tables and heat maps, in one file");
    command.add_option("--png", options.png, "Write the heat map of the output with the largest error");
    command.add_option("--tiles-across", options.across, "Tiles in a row of the heat maps (default: nearly square)")
        ->check(CLI::Range(1u, 65536u));
    auto* none = command.add_flag("--no-what-if", options.no_what_if, "Don't run again with other settings");
    command.add_flag("--what-if-all", options.all_variants, "Every fidelity with 16-bit and with 32-bit DST")
        ->excludes(none);
    command.add_flag("-q,--quiet", options.quiet, "Hide what the program prints");
    command.add_flag("-v,--verbose", options.run.verbose, "Say what is compiled and what was found in the cache");
    command.footer(HELP);
}

int run_numerics(NumericsOptions options) {
    BuiltProgram built;
    RunRequest request;
    try {
        request = prepare_run(options.run, built);
    } catch (const Refusal& refusal) {
        std::fprintf(stderr, "%s\n", refusal.message.c_str());
        return refusal.code;
    }
    const Folder folder("numerics");
    const Progress progress;
    Json whole;
    whole["program"] = options.run.words.front();
    whole["board"] = board_name(options.run);
    whole["math"] = math_mode(options.run);

    request.output_to_stderr = true;
    request.silent = options.quiet;
    request.environment["TESSERA_NUMERICS"] = folder.file("own.json");
    if (options.quiet) {
        progress.say("tessera: numerics: running as written");
    }
    const RunOutcome outcome = run_program(request);
    progress.say({});
    const Json own = read_report(folder.file("own.json"));
    whole["status"] = outcome.status;
    whole["exit_code"] = outcome.exit_code;
    whole["seconds"] = outcome.seconds;
    whole["report"] = own;
    whole["what_if"] = Json::array();
    if (own.is_null()) {
        std::fprintf(stderr, "tessera: %s%s\n", nothing_to_report(outcome).c_str(),
                     options.quiet && outcome.status != "ok" ? "; run it without --quiet to see why" : "");
        if (options.json) {
            std::printf("%s\n", whole.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
        }
        return outcome.exit_code;
    }
    if (!options.no_what_if && outcome.status != "timeout" && outcome.status != "signal") {
        const std::vector<Variant> tries = variants(own, options.all_variants);
        for (size_t i = 0; i < tries.size(); ++i) {
            const Variant& variant = tries[i];
            const std::string file = folder.file("variant.json");
            std::error_code ignored;
            fs::remove(file, ignored);
            RunRequest again = request;
            again.silent = true;
            again.environment["TESSERA_NUMERICS"] = file;
            std::string name = variant.fidelity;
            if (!variant.fidelity.empty()) {
                again.environment["TESSERA_FORCE_FIDELITY"] = variant.fidelity;
            }
            if (variant.dst != 0) {
                again.environment["TESSERA_FORCE_DST"] = std::to_string(variant.dst);
                name += (name.empty() ? "" : ", ") + std::to_string(variant.dst) + "-bit DST";
            }
            progress.say("tessera: numerics: what if " + name + " (" + std::to_string(i + 1) + " of " +
                         std::to_string(tries.size()) + ")");
            const RunOutcome result = run_program(again);
            Json row;
            row["name"] = name;
            row["fidelity"] = variant.fidelity.empty() ? Json() : Json(variant.fidelity);
            row["dst_bits"] = variant.dst == 0 ? Json() : Json(variant.dst);
            row["fits_as_written"] = variant.dst == 32 ? own.value("fits_32bit_dst", true) : true;
            row["status"] = result.status;
            row["exit_code"] = result.exit_code;
            const Json report = read_report(file);
            if (report.is_object()) {
                row["matrix_unit_cycles"] = report["matrix_unit_cycles"];
                row["matrix_unit_cycles_busiest_core"] = report["matrix_unit_cycles_busiest_core"];
                row["outputs"] = Json::array();
                for (const Json& output : report["outputs"]) {
                    Json kept = output;
                    kept.erase("cells");
                    row["outputs"].push_back(std::move(kept));
                }
                row["circular_buffers"] = report["circular_buffers"];
            }
            whole["what_if"].push_back(std::move(row));
            if (result.status == "signal" && (result.signal == "SIGINT" || result.signal == "SIGTERM")) {
                return result.exit_code;
            }
        }
        progress.say({});
    }
    whole["summary"] = summary(whole);

    bool written = true;
    if (!options.html.empty()) {
        const std::string page = html_report(whole, options.across);
        written = write_file(options.html, page.data(), page.size()) && written;
    }
    if (!options.png.empty()) {
        const int output = main_output(own);
        if (output < 0) {
            std::fputs("tessera: no picture: the host has read nothing that the packers wrote\n", stderr);
        } else {
            const std::vector<uint8_t> image =
                heat_map_png(own["outputs"][static_cast<size_t>(output)]["cells"], options.across);
            written = write_file(options.png, reinterpret_cast<const char*>(image.data()), image.size()) && written;
        }
    }
    if (options.json) {
        std::printf("%s\n", whole.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        std::fputs(text_report(whole, isatty(STDOUT_FILENO) != 0).c_str(), stdout);
    }
    std::fflush(stdout);
    return outcome.exit_code != 0 ? outcome.exit_code : written ? 0 : EXIT_CANNOT_WRITE;
}

}  // namespace tessera::cli

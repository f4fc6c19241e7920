#include "tile_explain.h"

#include <cstdio>

#include <fmt/format.h>

#include <tile/explain/explain.h>
#include <timing/answers.h>

#include "tile_run.h"

namespace tessera::cli {

namespace {

using tile::explain::Json;

/// What the timing model says of the run.
Json time_of(const record::Recording& recording) {
    const Progress progress;
    progress.say("tessera: tile: predicting the time");
    const timing::Answers answers = timing::answers(recording, {}, 0);
    double cycles = 0;
    Json launches = Json::array();
    for (const timing::LaunchTime& launch : answers.result.launches) {
        cycles += launch.device;
        launches.push_back({{"device_cycles", launch.device}, {"dram_bytes", launch.dram_bytes}});
    }
    Json units = Json::array();
    for (const timing::UnitLoad& load : answers.units) {
        Json waits = Json::object();
        for (size_t doing = 1; doing < timing::num_doings; ++doing) {
            if (load.waits[doing] > 0) {
                waits[timing::doing_name(static_cast<timing::Doing>(doing))] = load.waits[doing];
            }
        }
        units.push_back({{"unit", timing::unit_name(load.unit)}, {"busy", load.busy}, {"waits", waits}});
    }
    return {{"device_us", answers.result.microseconds(cycles)},
            {"device_cycles", cycles},
            {"bottleneck", answers.bottleneck},
            {"evidence", answers.evidence},
            {"units", units},
            {"launches", launches},
            {"flop", answers.roofline.flop},
            {"dram_bytes", answers.roofline.dram_bytes}};
}

void add_measured(Json& explanation, const TileExecution& done) {
    for (const Comparison& comparison : done.comparisons) {
        for (Json& output : explanation["numerics"]) {
            if (output.at("tensor") == comparison.tensor) {
                output["measured"] = {{"relative_l2_error", comparison.relative_l2},
                                      {"max_abs_error", comparison.max_abs},
                                      {"bound", comparison.bound},
                                      {"bound_why", comparison.bound_why},
                                      {"within", comparison.within()}};
            }
        }
    }
}

}  // namespace

int run_tile_explain(const TileOptions& options) {
    const bool runs = options.simulate && !options.check && !options.dump_attrs;
    const CompiledTile compiled = compile_tile(options, runs);
    if (finished_by_compiling(options, compiled)) {
        return 0;
    }
    Json explanation = tile::explain::explain(compiled.subject());
    explanation["compile_seconds"] = compiled.seconds;
    int code = 0;
    if (runs) {
        const Folder scratch("tile");
        const TileExecution done = execute_tile(options, compiled, scratch);
        explanation["sources"] = done.sources;
        explanation["status"] = done.outcome.status;
        code = done.outcome.exit_code;
        if (code == 0) {
            add_measured(explanation, done);
            if (const auto recording = recording_of(options, scratch)) {
                explanation["time"] = time_of(*recording);
            }
        } else {
            fmt::print(stderr, "tessera: the compiled kernel ended with {}; its sources are in {}\n",
                       done.outcome.status, done.sources);
        }
    }
    if (!options.html.empty()) {
        write_text(options.html, tile::explain::html_of(explanation));
    }
    if (options.json) {
        fmt::print("{}\n", explanation.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
        std::fputs(tile::explain::text_of(explanation).c_str(), stdout);
    }
    return code;
}

}  // namespace tessera::cli

#include "tile_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <jit/cache.h>
#include <jit/jit.h>
#include <record/file.h>
#include <tile/interpret/npy.h>
#include <timing/replay.h>

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

namespace ir = tile::ir;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Predicted {
    double microseconds = 0, cycles = 0;
};

/// Into the cache, by content: the same sources are the same folder.
std::string write_sources(const CompiledTile& compiled) {
    std::string all;
    for (const auto& file : compiled.files) {
        all += file.path + '\n' + file.text;
    }
    const std::string folder =
        (fs::path(jit::cache_folder()) / "tile" / (compiled.module.name + "-" + jit::hash_text(all))).string();
    tile::emit::write_files(folder, compiled.files);
    return folder;
}

RunOutcome run_host(const TileOptions& options, const CompiledTile& compiled, const std::string& sources,
                    const std::string& results, const Folder& scratch) {
    RunOptions run = options.run;
    run.words = {(fs::path(sources) / "host.cpp").string()};
    run.rest = {"--output", results};
    for (const auto& [name, array] : compiled.inputs) {
        const std::string file = scratch.file(name + ".npy");
        tile::interpret::write_npy(file, array);
        run.rest.insert(run.rest.end(), {"--input", name + "=" + file});
    }
    if (options.timing) {
        run.record = scratch.file("recording.tsr");
    }
    BuiltProgram built;
    RunRequest request = prepare_run(run, built);
    request.output_to_stderr = true;
    request.silent = options.quiet;
    return run_program(request);
}

std::optional<Predicted> predicted(const TileOptions& options, const Folder& scratch) {
    const auto recording = recording_of(options, scratch);
    if (!recording) {
        return std::nullopt;
    }
    const Progress progress;
    progress.say("tessera: tile: predicting the time");
    const timing::Result result = timing::replay(*recording);
    Predicted time;
    for (const timing::LaunchTime& launch : result.launches) {
        time.cycles += launch.device;
    }
    time.microseconds = result.microseconds(time.cycles);
    return time;
}

void print_json(const Json& json) {
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string type_of(const Comparison& one) {
    std::string shape;
    for (const int64_t extent : one.shape) {
        shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
    }
    return fmt::format("{}[{}]", ir::name_of(one.dtype), shape);
}

void report(const TileOptions& options, const CompiledTile& compiled, const TileExecution& done,
            const std::optional<Predicted>& time) {
    size_t cores = 0;
    for (const auto& program : compiled.module.programs) {
        cores = std::max(cores, program.cores.size());
    }
    fmt::print("{} on {}, {} cores, math {}\n", compiled.kernel.name, board_name(options.run), cores,
               math_mode(options.run));
    for (const Comparison& one : done.comparisons) {
        fmt::print("  {} {}  {}: relative L2 error {:.2e}, bound {:.2e}; greatest difference {:.2e}\n", one.tensor,
                   type_of(one), one.within() ? "good" : "WRONG", one.relative_l2, one.bound, one.max_abs);
        if (one.not_numbers != 0) {
            fmt::print("    {} elements are NaN or infinite on one side only\n", one.not_numbers);
        }
        if (!one.within()) {
            fmt::print("    bound: {}\n", one.bound_why);
        }
    }
    if (time) {
        fmt::print("  predicted {:.2f} us on the device ({:.0f} cycles)\n", time->microseconds, time->cycles);
    }
    fmt::print("  compiled in {:.0f} ms, ran in {:.2f} s\n  sources {}\n", 1e3 * compiled.seconds, done.outcome.seconds,
               done.sources);
    if (!options.output.empty()) {
        fmt::print("  results {}\n", options.output);
    }
}

void report_json(const TileOptions& options, const CompiledTile& compiled, const TileExecution& done,
                 const std::optional<Predicted>& time) {
    Json json;
    json["kernel"] = compiled.kernel.name;
    json["board"] = board_name(options.run);
    json["math"] = math_mode(options.run);
    json["status"] = "ok";
    json["results"] = Json::array();
    for (const Comparison& one : done.comparisons) {
        json["status"] = one.within() ? json["status"] : Json("wrong");
        json["results"].push_back({{"tensor", one.tensor},
                                   {"dtype", ir::name_of(one.dtype)},
                                   {"shape", one.shape},
                                   {"max_abs_error", one.max_abs},
                                   {"relative_l2_error", one.relative_l2},
                                   {"bound", one.bound},
                                   {"bound_why", one.bound_why},
                                   {"not_numbers", one.not_numbers},
                                   {"within", one.within()}});
    }
    if (time) {
        json["device_us"] = time->microseconds;
        json["device_cycles"] = time->cycles;
    }
    json["compile_seconds"] = compiled.seconds;
    json["oracle_seconds"] = done.oracle_seconds;
    json["run_seconds"] = done.outcome.seconds;
    json["sources"] = done.sources;
    json["output"] = options.output;
    print_json(json);
}

}  // namespace

TileExecution execute_tile(const TileOptions& options, const CompiledTile& compiled, const Folder& scratch) {
    TileExecution done;
    done.sources = write_sources(compiled);
    const Progress progress;
    Reference reference;
    if (options.oracle) {
        progress.say("tessera: tile: what the kernel means, in float64");
        const auto start = Clock::now();
        reference =
            reference_of(compiled.kernel, tile::lower::in_chosen_formats(compiled.kernel, compiled.options.choices),
                         compiled.inputs);
        done.oracle_seconds = std::chrono::duration<double>(Clock::now() - start).count();
        progress.say({});
    }
    const std::string results = options.output.empty() ? scratch.file("results") : absolute(options.output);
    done.outcome = run_host(options, compiled, done.sources, results, scratch);
    if (done.outcome.exit_code != 0 || !options.oracle) {
        return done;
    }
    const auto uses = uses_of(compiled.kernel);
    for (const ir::Buffer& param : compiled.kernel.params) {
        if (uses.at(param->name).written) {
            const tile::interpret::Array result =
                tile::interpret::read_npy((fs::path(results) / (param->name + ".npy")).string());
            done.comparisons.push_back(compare(param->name, result, reference, compiled.module, options.bound));
        }
    }
    return done;
}

std::optional<record::Recording> recording_of(const TileOptions& options, const Folder& scratch) {
    const std::string file = scratch.file("recording.tsr");
    if (!options.timing || !fs::exists(file)) {
        return std::nullopt;
    }
    return record::read_file(file);
}

int run_tile_run(const TileOptions& options) {
    const CompiledTile compiled = compile_tile(options, !options.check);
    if (finished_by_compiling(options, compiled)) {
        return 0;
    }
    const Folder scratch("tile");
    const TileExecution done = execute_tile(options, compiled, scratch);
    if (done.outcome.exit_code != 0) {
        if (options.json) {
            print_json({{"kernel", compiled.kernel.name},
                        {"status", done.outcome.status},
                        {"exit_code", done.outcome.exit_code},
                        {"sources", done.sources}});
        } else {
            fmt::print(stderr, "tessera: the compiled kernel ended with {}; its sources are in {}\n",
                       done.outcome.status, done.sources);
        }
        return done.outcome.exit_code;
    }
    const auto time = predicted(options, scratch);
    if (options.json) {
        report_json(options, compiled, done, time);
    } else {
        report(options, compiled, done, time);
    }
    return std::all_of(done.comparisons.begin(), done.comparisons.end(),
                       [](const Comparison& one) { return one.within(); })
               ? 0
               : 1;
}

}  // namespace tessera::cli

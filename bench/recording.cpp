// What a recording costs: the programs that measure what the checks cost, without checks, recorded and not. And how
// fast it is replayed.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/core.h>

#include <record/file.h>
#include <timing/replay.h>

#include "bench.h"

namespace bench {

Rows recording() {
    const std::string file =
        (std::filesystem::temp_directory_path() / fmt::format("tessera-bench-{}.tsr", getpid())).string();
    const auto environment = [&](const char* math, bool recorded) {
        std::map<std::string, std::string> values{
            {"TESSERA_CHECKS", "off"}, {"TESSERA_MATH", math}, {"TESSERA_THREADS", "1"}};
        if (recorded) {
            values["TESSERA_RECORD"] = file;
        }
        return values;
    };
    Rows rows;
    const auto add = [&](const std::string& what, const nlohmann::json& off, const nlohmann::json& on,
                         const std::string& key, double scale, const std::string& unit, double goal) {
        rows.push_back(beside(what, off, on, key, scale, unit, "not recorded", goal));
    };
    constexpr double at_most_half_more = 1 / 1.5, at_most_three_times = 1 / 3.0;
    for (const char* math : {"exact", "fast"}) {
        const auto measured = run_children("checks", {environment(math, false), environment(math, true)});
        const nlohmann::json &off = measured[0], &on = measured[1];
        if (std::string(math) == "exact") {
            add("page of 32 B, DRAM to DRAM, recorded", off, on, "copy_32", 1, "ns", at_most_three_times);
            add("page of 2 KiB, DRAM to DRAM, recorded", off, on, "copy_2048", 1, "ns", at_most_three_times);
            add("kernel's loop over L1 words, recorded", off, on, "loop", 1, "ns", at_most_three_times);
        }
        add(fmt::format("matmul 2048^3, mcast, {}, recorded", math), off, on, "matmul_s", 1e3, "ms", at_most_half_more);
    }
    // The last recording, with all of these programs, replayed on one thread.
    const tessera::record::Recording all = tessera::record::read_file(file);
    tessera::timing::Result result;
    const double seconds = best_of(3, [&] { result = tessera::timing::replay(all); });
    constexpr double most_ns_an_event = 200;  // 5 million a second
    rows.push_back({.name = fmt::format("replay, an event of {:.1f} million", static_cast<double>(result.events) / 1e6),
                    .value = seconds / static_cast<double>(result.events) * 1e9,
                    .unit = "ns",
                    .goal = most_ns_an_event,
                    .at_most = true});
    std::remove(file.c_str());
    return rows;
}

}  // namespace bench

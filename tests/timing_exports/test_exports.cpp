// What other tools read: valid in form, and nothing of the replay lost or told twice.
#include <timing/exports.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "program.h"

namespace tessera::timing {
namespace {

using Json = nlohmann::json;

Json perfetto(const record::Recording& recording, const PerfettoOptions& options = {}, LeftOut* left = nullptr) {
    std::ostringstream out;
    const LeftOut left_out = write_perfetto(recording, {}, out, options);
    if (left != nullptr) {
        *left = left_out;
    }
    return Json::parse(out.str());
}

int64_t ns(const Json& us) {
    return std::llround(us.get<double>() * 1000);
}

TEST(Perfetto, SpansOfAUnitFollowEachOtherAndAddUpToItsTime) {
    const record::Recording recording = program(3, 2, 2);
    const Result result = replay(recording);
    ASSERT_EQ(result.aiclk_mhz, 1000);  // a nanosecond is a cycle
    const Json trace = perfetto(recording);
    std::map<int64_t, std::string> process_names;
    std::map<std::pair<int64_t, int64_t>, std::vector<std::pair<int64_t, int64_t>>> tracks;
    for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] == "M" && event["name"] == "process_name") {
            process_names[event["pid"]] = event["args"]["name"];
        }
        if (event["ph"] == "X" && event["cat"] != "kernel") {
            ASSERT_GT(ns(event["dur"]), 0);
            tracks[{event["pid"], event["tid"]}].emplace_back(ns(event["ts"]), ns(event["dur"]));
        }
    }
    ASSERT_EQ(process_names.size(), 7U);
    const double origin = result.launches[0].host;
    for (size_t i = 0; i < recording.launches[0].cores.size(); ++i) {
        const record::Core& core = recording.launches[0].cores[i];
        const std::string name =
            "core (" + std::to_string(core.logical_x) + "," + std::to_string(core.logical_y) + ") of device 0";
        int64_t pid = 0;
        for (const auto& [number, text] : process_names) {
            pid = text == name ? number : pid;
        }
        ASSERT_NE(pid, 0) << name;
        for (size_t unit = 0; unit < num_units; ++unit) {
            const auto& slices = tracks[{pid, static_cast<int64_t>(unit) + 1}];
            double sum = 0, expected = 0;
            int64_t end = 0;
            for (const auto& [begin, length] : slices) {
                ASSERT_GE(begin, end);
                end = begin + length;
                sum += static_cast<double>(length);
            }
            for (const Cycles cycles : result.launches[0].cores[i].spent[unit]) {
                expected += cycles;
            }
            // Each begin and end is rounded to a nanosecond.
            EXPECT_NEAR(sum, expected, 1.0 * static_cast<double>(slices.size() + 1))
                << unit_name(static_cast<Unit>(unit));
            EXPECT_GT(expected, 0);
            EXPECT_LE(static_cast<double>(end), origin + result.launches[0].cores[i].ends[unit] + 1);
        }
    }
}

TEST(Perfetto, TransactionsZonesArrowsAndLevelsAreWhole) {
    const record::Recording recording = program(2, 2, 2);
    const Json trace = perfetto(recording);
    std::map<int64_t, int64_t> open;  // transactions
    std::map<std::pair<int64_t, int64_t>, int> zones;
    std::map<int64_t, int64_t> arrows;
    size_t transfers = 0, ended = 0, zone_begins = 0, levels = 0, waits = 0, told_by_whom = 0;
    uint64_t bytes = 0;
    for (const Json& event : trace["traceEvents"]) {
        const std::string kind = event["ph"];
        if (kind == "b") {
            ++transfers;
            bytes += event["args"]["bytes"].get<uint64_t>();
            open[event["id"]] = ns(event["ts"]);
        } else if (kind == "e") {
            ++ended;
            ASSERT_TRUE(open.contains(event["id"]));
            EXPECT_GE(ns(event["ts"]), open[event["id"]]);
        } else if (kind == "B") {
            ++zone_begins;
            EXPECT_EQ(event["name"], "READ, <1>");
            ++zones[{event["pid"], event["tid"]}];
        } else if (kind == "E") {
            int& depth = zones[{event["pid"], event["tid"]}];
            ASSERT_GT(depth, 0);
            --depth;
        } else if (kind == "s") {
            arrows[event["id"]] = ns(event["ts"]);
        } else if (kind == "f") {
            ASSERT_TRUE(arrows.contains(event["id"]));
            EXPECT_GE(ns(event["ts"]), arrows[event["id"]]);
        } else if (kind == "C") {
            ++levels;
            const std::string name = event["name"];
            EXPECT_LE(event["args"]["pages"].get<int>(), name == "c_1 pages" ? 4 : 2);
        } else if (kind == "X" && event["cat"] == "wait") {
            ++waits;
            told_by_whom += event["args"].contains("ended by") ? 1 : 0;
        }
    }
    const size_t turns = 4 * 2;  // cores and turns
    EXPECT_EQ(transfers, turns * (reads_a_turn + writes_a_turn));
    EXPECT_EQ(ended, transfers);
    EXPECT_EQ(bytes, transfers * 2048);
    EXPECT_EQ(zone_begins, turns * 12);
    EXPECT_EQ(levels, turns * 12 * 3 * 2);
    EXPECT_GT(waits, 0U);
    EXPECT_GT(told_by_whom, waits / 2);
    EXPECT_GT(arrows.size(), 0U);
    for (const auto& [track, depth] : zones) {
        EXPECT_EQ(depth, 0);
    }
}

TEST(Perfetto, APartOfTheCoresAndOfTheTimeAndNoMoreThanTheLimit) {
    const record::Recording recording = program(3, 2, 2);
    PerfettoOptions one_core;
    one_core.selection.first_x = one_core.selection.last_x = 1;
    one_core.selection.last_y = 0;
    LeftOut left;
    Json trace = perfetto(recording, one_core, &left);
    std::set<int64_t> processes;
    for (const Json& event : trace["traceEvents"]) {
        processes.insert(event["pid"].get<int64_t>());
    }
    EXPECT_EQ(processes.size(), 2U);  // the host and the core
    EXPECT_GT(left.spans, 0U);
    EXPECT_EQ(left.full_us, -1);
    EXPECT_EQ(trace["otherData"]["left_out"], left.text());

    PerfettoOptions early;
    early.selection.to_us = 5;
    trace = perfetto(recording, early, &left);
    for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] == "b") {
            EXPECT_LE(event["ts"].get<double>(), 5.001);
        }
    }
    EXPECT_GT(left.transfers, 0U);

    PerfettoOptions few;
    few.most_events = 300;
    trace = perfetto(recording, few, &left);
    EXPECT_LT(trace["traceEvents"].size(), 320U);
    EXPECT_GE(left.full_us, 0);
    EXPECT_NE(left.text().find("full at"), std::string::npos);
}

TEST(Perfetto, ASelectionInWords) {
    const auto some = selection_of("0-7,2", "10-25.5");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->first_x, 0U);
    EXPECT_EQ(some->last_x, 7U);
    EXPECT_EQ(some->first_y, 2U);
    EXPECT_EQ(some->last_y, 2U);
    EXPECT_EQ(some->from_us, 10);
    EXPECT_EQ(some->to_us, 25.5);
    EXPECT_TRUE(selection_of("", ""));
    for (const char* cores : {"3", "3,", ",3", "7-0,1", "a,b", "1,2x"}) {
        EXPECT_FALSE(selection_of(cores, "")) << cores;
    }
    for (const char* time : {"ten", "5-", "5-1"}) {
        EXPECT_FALSE(selection_of("", time)) << time;
    }
}

TEST(Npe, TheTraceHasEveryTransactionAndBarrierInOrder) {
    const record::Recording recording = program(2, 1, 1);
    const Result result = replay(recording);
    std::ostringstream out;
    write_noc_trace(recording, {}, 0, 0, out);
    const Json trace = Json::parse(out.str());
    std::map<std::string, size_t> counts;
    std::tuple<int, int, std::string> who{-1, -1, ""};
    uint64_t before = 0, barrier = 0;
    double waited = 0;
    for (const Json& event : trace) {
        const std::tuple<int, int, std::string> now{event["sx"], event["sy"], event["proc"]};
        const auto time = event["timestamp"].get<uint64_t>();
        if (now != who) {
            EXPECT_LT(who, now);
            EXPECT_EQ(event["zone_phase"], "ZONE_START");
            who = now;
            before = 0;
        }
        EXPECT_GE(time, before);
        before = time;
        if (event.contains("zone")) {
            ++counts[event["zone"]];
            continue;
        }
        ++counts[event["type"]];
        if (event["type"] == "READ") {
            EXPECT_EQ(event["noc"], "NOC_0");
            EXPECT_EQ(event["num_bytes"], 2048);
            EXPECT_TRUE(event.contains("dx") && event.contains("dy"));
        } else if (event["type"] == "READ_BARRIER_START") {
            barrier = time;
        } else if (event["type"] == "READ_BARRIER_END") {
            waited += static_cast<double>(time - barrier);
        }
    }
    EXPECT_EQ(counts["READ"], 2U * reads_a_turn);
    EXPECT_EQ(counts["WRITE_"], 2U * writes_a_turn);
    EXPECT_EQ(counts["READ_BARRIER_START"], 24U);
    EXPECT_EQ(counts["READ_BARRIER_END"], 24U);
    EXPECT_EQ(counts["WRITE_BARRIER_END"], 24U);
    EXPECT_EQ(counts["NCRISC-KERNEL"], 4U);
    double expected = 0;
    for (const CoreTime& core : result.launches[0].cores) {
        expected += core.spent[static_cast<size_t>(Unit::Ncrisc)][static_cast<size_t>(Doing::Reads)];
    }
    EXPECT_NEAR(waited, expected, 24);
    EXPECT_ANY_THROW(write_noc_trace(recording, {}, 1, 0, out));
}

TEST(Npe, TheTimelinesRoutesLeadFromSourceToDestination) {
    const record::Recording recording = program(2, 2, 1);
    std::ostringstream out;
    write_npe_timeline(recording, {}, 0, out, 128);
    const Json timeline = Json::parse(out.str());
    EXPECT_EQ(timeline["common_info"]["version"], "1.0.0");
    EXPECT_EQ(timeline["common_info"]["arch"], "wormhole_b0");
    const int rows = timeline["common_info"]["num_rows"], columns = timeline["common_info"]["num_cols"];
    EXPECT_EQ(rows, 12);
    EXPECT_EQ(columns, 10);
    std::set<int> ids, active;
    uint64_t bytes = 0;
    for (const Json& transfer : timeline["noc_transfers"]) {
        ids.insert(transfer["id"].get<int>());
        bytes += transfer["total_bytes"].get<uint64_t>();
        EXPECT_LE(transfer["start_cycle"].get<int>(), transfer["end_cycle"].get<int>());
        const Json& route = transfer["route"][0];
        const Json& links = route["links"];
        ASSERT_GE(links.size(), 2U);
        int row = transfer["src"][1], column = transfer["src"][2];
        for (size_t i = 1; i + 1 < links.size(); ++i) {
            ASSERT_EQ(links[i][1], row);
            ASSERT_EQ(links[i][2], column);
            const std::string type = links[i][3];
            column = (column + (type == "NOC0_EAST" ? 1 : type == "NOC1_WEST" ? columns - 1 : 0)) % columns;
            row = (row + (type == "NOC0_SOUTH" ? 1 : type == "NOC1_NORTH" ? rows - 1 : 0)) % rows;
            EXPECT_EQ(type.substr(0, 4), route["noc_type"].get<std::string>());
        }
        EXPECT_EQ(transfer["dst"][0][1], row);
        EXPECT_EQ(transfer["dst"][0][2], column);
    }
    EXPECT_EQ(ids.size(), 4U * (reads_a_turn + writes_a_turn));
    EXPECT_EQ(bytes, ids.size() * 2048);
    int end = 0;
    for (const Json& step : timeline["timestep_data"]) {
        EXPECT_EQ(step["start_cycle"], end);
        end = step["end_cycle"];
        for (const Json& id : step["active_transfers"]) {
            active.insert(id.get<int>());
        }
        for (const Json& link : step["link_demand"]) {
            EXPECT_GT(link[4].get<double>(), -1e-9);
        }
    }
    EXPECT_EQ(active, ids);
    // A processor's kernel holds its zones.
    for (const Json& zones : timeline["zones"]) {
        EXPECT_EQ(zones["zones"].size(), 1U);
        if (zones["proc"] == "NCRISC") {
            EXPECT_EQ(zones["zones"][0]["zones"].size(), 12U);
            EXPECT_EQ(zones["zones"][0]["zones"][11]["id"], "READ, <1>[11]");
        }
    }
}

std::vector<std::string> columns_of(const std::string& line) {
    std::vector<std::string> columns;
    std::istringstream in(line + ",");
    for (std::string column; std::getline(in, column, ',');) {
        columns.push_back(column);
    }
    return columns;
}

TEST(ProfilerLog, HasTheRowsOfKernelsAndZones) {
    const record::Recording recording = program(2, 1, 1);
    const Result result = replay(recording);
    std::ostringstream out;
    write_profile_csv(recording, {}, out);
    std::istringstream in(out.str());
    std::string line;
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_EQ(line, "ARCH: wormhole_b0, CHIP_FREQ[MHz]: 1000, Max Compute Cores: 64");
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_EQ(columns_of(line).size(), 15U);
    EXPECT_EQ(line.substr(0, 64), "PCIe slot, core_x, core_y, RISC processor type, timer_id, time[c");
    std::map<std::string, std::vector<std::vector<std::string>>> open;  // by core and processor
    size_t kernels = 0, zones = 0;
    while (std::getline(in, line)) {
        const auto row = columns_of(line);
        ASSERT_EQ(row.size(), 15U) << line;
        auto& stack = open[row[1] + "," + row[2] + row[3]];
        if (row[11] == "ZONE_START") {
            stack.push_back(row);
            continue;
        }
        ASSERT_EQ(row[11], "ZONE_END");
        ASSERT_FALSE(stack.empty());
        EXPECT_EQ(stack.back()[10], row[10]);
        EXPECT_EQ(std::stoul(stack.back()[4]) + 65536, std::stoul(row[4]));
        EXPECT_LE(std::stoul(stack.back()[5]), std::stoul(row[5]));
        if (row[10] == "READ; <1>") {
            ++zones;
            EXPECT_EQ(row[3], "NCRISC");
            EXPECT_EQ(row[12], "31");
            EXPECT_EQ(row[13], "/kernels/reader.cpp");
        }
        if (row[10] == "NCRISC-KERNEL") {
            const size_t core = row[1] == "1" ? 0 : 1;  // (1,1) and (2,1) on the NoC
            EXPECT_NEAR(std::stod(row[5]) - std::stod(stack.back()[5]),
                        result.launches[0].cores[core].ends[static_cast<size_t>(Unit::Ncrisc)], 1);
        }
        kernels += row[10].ends_with("-KERNEL") ? 1 : 0;
        stack.pop_back();
    }
    EXPECT_EQ(kernels, 10U);
    EXPECT_EQ(zones, 24U);
    for (const auto& [who, stack] : open) {
        EXPECT_TRUE(stack.empty()) << who;
    }
}

TEST(ProfilerLog, LiesWhereTTMetaliumWritesIt) {
    ::setenv("TT_METAL_PROFILER_DIR", "/somewhere", 1);
    EXPECT_EQ(profile_csv_path(), "/somewhere/.logs/profile_log_device.csv");
    ::unsetenv("TT_METAL_PROFILER_DIR");
    ::setenv("TT_METAL_HOME", "/opt/metal", 1);
    EXPECT_EQ(profile_csv_path(), "/opt/metal/generated/profiler/.logs/profile_log_device.csv");
    ::unsetenv("TT_METAL_HOME");
    EXPECT_EQ(profile_csv_path(), "generated/profiler/.logs/profile_log_device.csv");
}

}  // namespace
}  // namespace tessera::timing

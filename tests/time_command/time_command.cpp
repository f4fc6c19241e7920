// What `tessera time`, `tessera compare` and `tessera run --timed` say of small programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

const std::string examples = TESSERA_SOURCE_DIR "/examples/";
const std::string clock_program = TESSERA_SOURCE_DIR "/tests/time_command/programs/clock/clock.cpp";

struct Result {
    int code = 0;
    std::string output, errors;
    json report() const { return json::parse(output, nullptr, false); }
};

std::string contents(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class TimeCommand : public ::testing::Test {
protected:
    TimeCommand() { fs::create_directories(folder); }
    ~TimeCommand() override { fs::remove_all(folder); }
    Result tessera(const std::string& arguments, const std::string& environment = {}) {
        const int status = std::system(("cd '" + folder.string() + "' && " + environment + " '" TESSERA_COMMAND "' " +
                                        arguments + " >out 2>err </dev/null")
                                           .c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(folder / "out"), contents(folder / "err")};
    }
    const fs::path folder = fs::temp_directory_path() / ("tessera-test-time-" + std::to_string(getpid()));
};

TEST_F(TimeCommand, AProgramOnOneScreen) {
    const Result result = tessera("time " + examples + "loopback/loopback.cpp");
    EXPECT_EQ(result.code, 0) << result.errors;
    for (const char* part : {"loopback.cpp on n150 at 1000 MHz", "device", "dispatch", "units, mean over cores",
                             "BRISC", "critical path", "copy.cpp:", "bottleneck: ", "roofline: ", "--what-if "}) {
        EXPECT_THAT(result.output, HasSubstr(part));
    }
    // The program's own words are not among ours.
    EXPECT_THAT(result.errors, HasSubstr("PASSED"));
}

TEST_F(TimeCommand, ARecordingAnswersManyQuestions) {
    ASSERT_EQ(tessera("time " + examples + "loopback/loopback.cpp --record r.tsr --json --suggest 0").code, 0);
    const auto device = [&](const std::string& what_if) {
        const Result result = tessera("time r.tsr --suggest 0 --json " + what_if);
        EXPECT_EQ(result.code, 0) << result.errors;
        return result.report().at("device_us").get<double>();
    };
    const double plain = device("");
    EXPECT_EQ(device(""), plain);
    // A copy that waits for each page gains little from bandwidth and much from waiting for eight pages at once.
    EXPECT_LE(device("--what-if dram_bw=2x"), plain);
    EXPECT_LT(device("--what-if barriers=8,cb_pages=8"), 0.5 * plain);
    EXPECT_NE(device("--what-if board=p150"), plain);
    EXPECT_GT(device("--what-if riscv=0.1"), plain);
    const Result unknown = tessera("time r.tsr --what-if dram=2x");
    EXPECT_NE(unknown.code, 0);
    EXPECT_THAT(unknown.errors, HasSubstr("error[unknown-what-if]"));
    EXPECT_THAT(unknown.errors, HasSubstr("dram_bw=2x"));
}

// The file was recorded elsewhere, with `tessera time eltwise_binary.cpp --record FILE`; after a change of that example
// or of what recordings hold it is to be recorded again.
TEST_F(TimeCommand, ARecordingOfAnotherMachineTakesAsLong) {
    const json there =
        tessera("time " TESSERA_SOURCE_DIR "/tests/data/recordings/eltwise_binary_n150.tsr --suggest 0 --json")
            .report();
    const json here = tessera("time " + examples + "eltwise_binary/eltwise_binary.cpp --suggest 0 --json").report();
    ASSERT_TRUE(there.contains("device_us"));
    EXPECT_EQ(there["device_us"], here["device_us"]);
    EXPECT_EQ(there["units"], here["units"]);
    EXPECT_EQ(there["launches"], here["launches"]);
    // 640 tiles of bfloat16 in each of two inputs, and the output of each of three operations.
    constexpr uint64_t bytes = 640 * 2048;
    EXPECT_EQ(there["host_transfers"]["bytes_to_device"], 2 * bytes);
    EXPECT_EQ(there["host_transfers"]["bytes_from_device"], 3 * bytes);
    EXPECT_EQ(there["host_transfers"], here["host_transfers"]);
}

TEST_F(TimeCommand, TheTimeDoesNotDependOnThreadsOrArithmetic) {
    const std::string program = "time " + examples + "eltwise_binary/eltwise_binary.cpp --json --suggest 0 ";
    const json one = tessera(program + "--threads 1 --math exact").report();
    const json two = tessera(program + "--threads 2 --math fast").report();
    ASSERT_TRUE(one.contains("device_cycles"));
    EXPECT_EQ(one["device_cycles"], two["device_cycles"]);
    EXPECT_EQ(one["launches"], two["launches"]);
}

TEST_F(TimeCommand, SuggestsWhatReallyHelps) {
    const json report = tessera("time " + examples + "loopback/loopback.cpp --json").report();
    ASSERT_FALSE(report["suggestions"].empty()) << report;
    const json& best = report["suggestions"][0];
    EXPECT_THAT(best["what_if"].get<std::string>(), HasSubstr("barriers=8"));
    EXPECT_GT(best["gain"].get<double>(), 0.3);
}

TEST_F(TimeCommand, ComparesTwoPrograms) {
    const Result result =
        tessera("compare " + examples + "loopback/loopback.cpp " + examples + "eltwise_binary/eltwise_binary.cpp");
    EXPECT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("on the critical path"));
    EXPECT_THAT(result.output, HasSubstr("A: "));
    EXPECT_THAT(result.output, HasSubstr("B: "));
}

TEST_F(TimeCommand, WritesFilesForOtherTools) {
    const Result result =
        tessera("time " + examples +
                "loopback/loopback.cpp --html r.html --trace r.json --npe npe.json --noc-trace noc.json "
                "--profile p.csv --suggest 0");
    EXPECT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(contents(folder / "r.html"), HasSubstr("<html"));
    EXPECT_TRUE(json::parse(contents(folder / "r.json"), nullptr, false).is_object());
    EXPECT_TRUE(json::parse(contents(folder / "npe.json"), nullptr, false).is_object());
    EXPECT_TRUE(json::parse(contents(folder / "noc.json"), nullptr, false).is_array());
    EXPECT_THAT(contents(folder / "p.csv"), HasSubstr("ARCH: wormhole_b0"));
    const Result nowhere = tessera("time " + examples + "loopback/loopback.cpp --suggest 0 --html no/where.html");
    EXPECT_EQ(nowhere.code, 73);
    EXPECT_THAT(nowhere.errors, HasSubstr("can't write no/where.html"));
}

TEST_F(TimeCommand, WhatCannotBeTimedIsRefused) {
    EXPECT_EQ(tessera("time nothing.tsr").code, 66);
    std::ofstream(folder / "bad.tsr") << "this is no recording";
    const Result bad = tessera("time bad.tsr");
    EXPECT_EQ(bad.code, 66);
    EXPECT_THAT(bad.errors, HasSubstr("bad.tsr"));
    std::ofstream(folder / "idle.cpp") << "int main() { return 0; }\n";
    const Result idle = tessera("time idle.cpp");
    EXPECT_NE(idle.code, 0);
    EXPECT_THAT(idle.errors, HasSubstr("nothing to time"));
}

TEST_F(TimeCommand, KernelsSeeThePredictedTime) {
    const Result plain = tessera("run " + clock_program);
    ASSERT_EQ(plain.code, 0) << plain.errors;
    const Result timed = tessera("run --timed " + clock_program);
    ASSERT_EQ(timed.code, 0) << timed.errors;
    EXPECT_NE(timed.output, plain.output);
    EXPECT_EQ(tessera("run --timed " + clock_program).output, timed.output);
    // What the kernel has measured is what the profiler's log says of its zone, less the looks at the clock themselves.
    uint32_t cycles = 0;
    ASSERT_EQ(std::sscanf(timed.output.c_str(), "cycles %u", &cycles), 1) << timed.output;
    std::ifstream log(folder / "generated/profiler/.logs/profile_log_device.csv");
    uint64_t begin = 0, end = 0;
    for (std::string line; std::getline(log, line);) {
        if (line.find(",READ,ZONE_") == std::string::npos) {
            continue;
        }
        size_t at = 0;
        for (int column = 0; column < 5; ++column) {
            at = line.find(',', at) + 1;
        }
        (line.find("ZONE_START") != std::string::npos ? begin : end) = std::stoull(line.substr(at));
    }
    ASSERT_GT(end, begin);
    EXPECT_LE(cycles, end - begin);
    EXPECT_GE(cycles + 100, end - begin);
}

}  // namespace

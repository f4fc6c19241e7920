// What `tessera explore` says of small programs: one that lacks a read barrier, one whose signal overtakes its data,
// the nearest right one, and one that is random itself. The checks are off, so that only the comparison of results
// speaks, unless a test says otherwise.
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

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result {
    int code = 0;
    std::string output, errors;
    json report() const { return json::parse(output, nullptr, false); }
};

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

Result tessera(const std::string& arguments) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tessera-test-explore-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const std::string out = (folder / "out").string(), err = (folder / "err").string();
    const int status = std::system(("cd '" TESSERA_SOURCE_DIR "/tests/explore/programs' && '" TESSERA_COMMAND "' " +
                                    arguments + " >'" + out + "' 2>'" + err + "' </dev/null")
                                       .c_str());
    const Result result{WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
    std::filesystem::remove_all(folder);
    return result;
}

/// The number of the first line of a program's file that holds this text.
int line_of(const std::string& file, const std::string& text) {
    std::ifstream stream(TESSERA_SOURCE_DIR "/tests/explore/programs/" + file);
    int number = 1;
    for (std::string line; std::getline(stream, line); ++number) {
        if (line.find(text) != std::string::npos) {
            return number;
        }
    }
    return 0;
}

void expect_access(const json& access, const std::string& file, const std::string& text) {
    ASSERT_FALSE(access["trace"].empty()) << access;
    EXPECT_THAT(access["trace"][0]["file"].get<std::string>(), EndsWith(file));
    EXPECT_EQ(access["trace"][0]["line"], line_of(file, text)) << access;
}

TEST(Explore, AMissingBarrierIsTwoAccessesThatConflict) {
    const Result result = tessera("explore barrier/barrier.cpp --checks off --seeds 60 --json");
    EXPECT_EQ(result.code, 1) << result.errors;
    const json report = result.report();
    ASSERT_EQ(report["status"], "different") << result.output;
    EXPECT_EQ(report["different"][0]["kind"], "outputs");
    EXPECT_EQ(report["different"][0]["seed"], report["smallest_seed"]);
    const json& conflict = report["conflict"];
    ASSERT_EQ(conflict["accesses"].size(), 2u) << conflict;
    expect_access(conflict["accesses"][0], "barrier/reader.cpp", "noc_async_read_tile");
    expect_access(conflict["accesses"][1], "barrier/writer.cpp", "noc_async_write_tile");
    EXPECT_EQ(conflict["why"], "nothing makes the read wait for the write");
    EXPECT_THAT(conflict["accesses"][0]["who"].get<std::string>(), HasSubstr("core (0,0) of device 0, RISCV_1"));
    expect_access(conflict["first_seen_by"], "barrier/writer.cpp", "noc_async_write_tile");
}

TEST(Explore, ASignalThatOvertakesItsDataIsTwoAccessesThatConflict) {
    const Result result = tessera("explore overtake/overtake.cpp --checks off --seeds 60 --json");
    EXPECT_EQ(result.code, 1) << result.errors;
    const json conflict = result.report()["conflict"];
    ASSERT_EQ(conflict["accesses"].size(), 2u) << result.output;
    expect_access(conflict["accesses"][0], "overtake/send.cpp", "noc_async_write(");
    expect_access(conflict["accesses"][1], "overtake/receive.cpp", "noc_async_write_tile");
    EXPECT_THAT(conflict["accesses"][0]["address"].get<std::string>(), HasSubstr("of core (1,0) of device 0"));
}

TEST(Explore, TheSmallestSeedIsTheSameForAnyNumberOfJobsAndCanBeRunAgain) {
    const json one = tessera("explore barrier/barrier.cpp --checks off --seeds 60 --json").report();
    const json three = tessera("explore barrier/barrier.cpp --checks off --seeds 60 --jobs 3 --json").report();
    ASSERT_TRUE(one["smallest_seed"].is_number()) << one;
    EXPECT_EQ(one["smallest_seed"], three["smallest_seed"]);
    EXPECT_EQ(one["conflict"], three["conflict"]);
    const std::string seed = std::to_string(one["smallest_seed"].get<int>());
    const std::string again = "run barrier/barrier.cpp --checks off --threads 1 --noc-order ";
    EXPECT_EQ(tessera(again + "adversarial:" + seed).output, "FAILED\n");
    EXPECT_EQ(tessera(again + "deterministic").output, "PASSED\n");
}

TEST(Explore, AllTellsHowOften) {
    const json report =
        tessera("explore barrier/barrier.cpp --checks off --seeds 12 --first-seed 5 --all --json").report();
    EXPECT_EQ(report["orders"], 12);
    EXPECT_GT(report["different"].size(), 0u);
    for (const json& entry : report["different"]) {
        EXPECT_GE(entry["seed"], 5);
        EXPECT_LE(entry["seed"], 16);
    }
}

TEST(Explore, TextShowsBothLinesAndHowToSeeItAgain) {
    const Result result = tessera("explore barrier/barrier.cpp --checks off --seeds 60");
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.output, StartsWith("barrier/barrier.cpp: DIFFERENT under seed "));
    EXPECT_THAT(result.output, HasSubstr("two accesses conflict: nothing makes the read wait for the write"));
    EXPECT_THAT(result.output, HasSubstr("reader.cpp:9  noc_async_read_tile(i, in, get_write_ptr(0));"));
    EXPECT_THAT(result.output, HasSubstr("tessera run barrier/barrier.cpp --threads 1 --noc-order adversarial:"));
    EXPECT_EQ(result.errors, "");
}

TEST(Explore, ARightProgramIsTheSameUnderAllOrders) {
    const Result result = tessera("explore clean/clean.cpp --seeds 60");
    EXPECT_EQ(result.code, 0) << result.output;
    EXPECT_EQ(result.output, "clean/clean.cpp: the same results under 60 orders, and no mistakes found\n");
    EXPECT_EQ(result.errors, "");
    EXPECT_EQ(tessera("explore clean/clean.cpp --seeds 3 --json").report()["status"], "same");
}

TEST(Explore, FindingsOfTheChecksAreListed) {
    const Result result = tessera("explore barrier/barrier.cpp --seeds 2 --json");
    EXPECT_EQ(result.code, 1);
    const json findings = result.report()["findings"];
    ASSERT_FALSE(findings.empty()) << result.output;
    EXPECT_EQ(findings[0]["name"], "missing-read-barrier");
    EXPECT_EQ(findings[0]["first_in"], "the default order");
    EXPECT_EQ(tessera("explore clean/clean.cpp --seeds 2 --json").report()["findings"].size(), 0u);
}

TEST(Explore, AProgramThatIsRandomItselfIsNotBlamedOnTheOrder) {
    const json report = tessera("explore unsteady/unsteady.cpp --seeds 3 --json").report();
    EXPECT_EQ(report["different"][0]["kind"], "inputs") << report;
    EXPECT_THAT(report["doubt"].get<std::string>(), HasSubstr("not even give the same results twice"));
    // The same bytes each time, and only a line that changes: that is not compared.
    const Result steady = tessera("explore unsteady/unsteady.cpp --seeds 3 -- steady");
    EXPECT_EQ(steady.code, 0) << steady.output;
    EXPECT_THAT(steady.output, HasSubstr("changes from run to run in the same order"));
}

TEST(Explore, WhatCannotBeExploredIsSaid) {
    EXPECT_EQ(tessera("explore").code, 64);
    EXPECT_EQ(tessera("explore clean/clean.cpp --seeds 0").code, 64);
    EXPECT_EQ(tessera("explore no_such.cpp").code, 66);
    const Result kernel = tessera("explore clean/reader.cpp");
    EXPECT_EQ(kernel.code, 65);
    const Result fails = tessera("explore barrier/barrier.cpp --timeout 20 --board no_such_board");
    EXPECT_NE(fails.code, 0);
    EXPECT_THAT(fails.errors, HasSubstr("unknown-board"));
    EXPECT_THAT(tessera("explore --help").output, HasSubstr("to see one order again"));
}

}  // namespace

// `tessera run --record`, `tessera recording`, and the program of docs/recording.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include <record/file.h>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tessera::record::Op;
using tessera::record::Recording;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result {
    int code = 0;
    std::string output, errors;
};

std::string contents(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class RecordCommand : public ::testing::Test {
protected:
    RecordCommand() : folder_(fs::temp_directory_path() / ("tessera-test-recorder-" + std::to_string(getpid()))) {
        fs::create_directories(folder_);
    }
    ~RecordCommand() override { fs::remove_all(folder_); }

    Result shell(const std::string& command) const {
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        const int status = std::system(("cd '" TESSERA_SOURCE_DIR "/tests/recorder/programs' && " + command + " >'" +
                                        out + "' 2>'" + err + "' </dev/null")
                                           .c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
    }
    Result tessera(const std::string& arguments) const { return shell("'" TESSERA_COMMAND "' " + arguments); }
    std::string file(const std::string& name) const { return (folder_ / name).string(); }

    fs::path folder_;
};

TEST_F(RecordCommand, LeavesARecording) {
    const std::string one = file("one.tsr");
    const Result run = tessera("run copy.cpp --threads 1 --record '" + one + "'");
    ASSERT_EQ(run.code, 0) << run.errors;
    const Recording recording = tessera::record::read_file(one);
    EXPECT_EQ(recording.board, "n150");
    EXPECT_THAT(recording.program, EndsWith("copy.cpp"));
    EXPECT_TRUE(recording.complete);
    ASSERT_EQ(recording.launches.size(), 2U);
    ASSERT_EQ(recording.launches[0].cores.size(), 2U);
    // 24 turns are one loop, and both cores and launches share it; the kernel's end follows.
    ASSERT_EQ(recording.streams.size(), 1U);
    std::vector<Op> ops;
    for (tessera::record::Cursor at(recording.streams[0]); !at.done(); at.next()) {
        ops.push_back(recording.events[at.event()].op);
    }
    ASSERT_EQ(ops.size(), 24U * 4 + 1);
    EXPECT_EQ(ops[0], Op::NocRead);
    EXPECT_EQ(ops[1], Op::ReadBarrier);
    EXPECT_EQ(ops[94], Op::NocWrite);
    EXPECT_EQ(ops[95], Op::WriteBarrier);
    EXPECT_EQ(ops[96], Op::End);
    EXPECT_LE(recording.streams[0].size(), 10U);
    // Each has its line in the kernel, and the call there; the kernel's own code takes time.
    bool read = false;
    uint32_t gaps = 0;
    for (const auto& event : recording.events) {
        gaps += event.gap;
        if (event.op == Op::NocRead) {
            read = true;
            EXPECT_EQ(recording.sites[event.site].line, 7U);
            EXPECT_EQ(recording.sites[event.site].function, "noc_async_read");
        }
    }
    EXPECT_TRUE(read);
    EXPECT_GT(gaps, 0U);
    EXPECT_GT(recording.kernels[0].code_bytes, 0U);

    // The number of host threads makes no difference.
    const std::string several = file("several.tsr");
    EXPECT_EQ(tessera("run copy.cpp --threads 3 --record '" + several + "'").code, 0);
    EXPECT_TRUE(contents(one) == contents(several));

    const Result summary = tessera("recording '" + one + "'");
    EXPECT_EQ(summary.code, 0);
    EXPECT_THAT(summary.output, HasSubstr("copy.cpp on n150"));
    EXPECT_THAT(summary.output, HasSubstr("388 events"));
    const json told = json::parse(tessera("recording --json '" + one + "'").output);
    EXPECT_EQ(told["board"], "n150");
    EXPECT_EQ(told["events"], 388);
    EXPECT_EQ(told["launches"].size(), 2U);
    EXPECT_EQ(told["launches"][1]["kernels"][0]["cores"], 2);
    EXPECT_EQ(told["bytes"], fs::file_size(one));
    const Result events = tessera("recording --events --launch 1 '" + one + "'");
    EXPECT_THAT(events.output, HasSubstr("23 times"));
    EXPECT_THAT(events.output, HasSubstr("noc_read"));
}

TEST_F(RecordCommand, ARunThatFailsLeavesWhatThereIs) {
    const std::string path = file("failed.tsr");
    const Result run = tessera("run copy.cpp --record '" + path + "' -- fail");
    EXPECT_NE(run.code, 0);
    EXPECT_THAT(run.errors, HasSubstr("cb-not-configured"));
    const Recording recording = tessera::record::read_file(path);
    EXPECT_FALSE(recording.complete);
    EXPECT_EQ(recording.launches.size(), 2U);
    EXPECT_THAT(tessera("recording '" + path + "'").output, HasSubstr("INCOMPLETE"));
}

TEST_F(RecordCommand, TheEnvironmentDoesAsWell) {
    const std::string path = file("environment.tsr");
    ASSERT_EQ(shell("TESSERA_RECORD='" + path + "' '" TESSERA_COMMAND "' run copy.cpp").code, 0);
    EXPECT_TRUE(tessera::record::read_file(path).complete);
}

TEST_F(RecordCommand, FilesThatAreNoneAreRefused) {
    const Result text = tessera("recording copy.cpp");
    EXPECT_EQ(text.code, 1);
    EXPECT_THAT(text.errors, HasSubstr("no recording"));
    const Result nowhere = tessera("recording nowhere.tsr");
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_THAT(nowhere.errors, HasSubstr("nowhere.tsr"));
    const Result unwritable = tessera("run copy.cpp --record /nowhere/at/all.tsr");
    EXPECT_THAT(unwritable.errors, HasSubstr("/nowhere/at/all.tsr"));
}

/// The documented program, built against the library as other tools would.
TEST_F(RecordCommand, TheDocumentedProgramReadsAFile) {
    const std::string text = contents(TESSERA_SOURCE_DIR "/docs/recording.md");
    const size_t begin = text.find("```cpp\n") + 7, end = text.find("```", begin);
    ASSERT_NE(end, std::string::npos);
    std::ofstream(file("reader.cpp")) << text.substr(begin, end - begin);
    const Result compiled = shell("clang++-19 -std=c++20 -I '" TESSERA_RECORD_INCLUDE "' '" + file("reader.cpp") +
                                  "' '" TESSERA_RECORD_LIBRARY "' -lzstd -o '" + file("reader") + "'");
    ASSERT_EQ(compiled.code, 0) << compiled.errors;
    const std::string path = file("read.tsr");
    ASSERT_EQ(tessera("run copy.cpp --record '" + path + "'").code, 0);
    const Result read = shell("'" + file("reader") + "' '" + path + "'");
    EXPECT_EQ(read.code, 0);
    // 24 reads and 24 writes of 32 bytes.
    EXPECT_THAT(read.output, StartsWith("(0,0) string_kernel"));
    EXPECT_THAT(read.output, HasSubstr(": 1536 bytes\n(1,0) string_kernel"));
}

}  // namespace

// A command that does not end fails its test, with what it has said so far, and nothing of it goes on.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "command.h"

namespace tessera::test {
namespace {

TEST(Limit, ACommandThatDoesNotEndFailsItsTest) {
    static const Folder folder("-limit");
    static Result result;
    static const std::string mark = folder.path() / "mark";
    // The shell stands for the command, whose words it gets as arguments.
    static const std::string slow = "sh -c 'echo begun; sleep 1000; sleep 1000'";
    EXPECT_NONFATAL_FAILURE(result = tessera(folder, mark, slow, std::chrono::seconds(2)), "begun");
    EXPECT_EQ(result.code, -1);
    const auto alive = [&] {
        size_t processes = 0;
        for (const auto& process : std::filesystem::directory_iterator("/proc")) {
            processes += read_file(process.path() / "cmdline").find(mark) != std::string::npos;
        }
        return processes;
    };
    for (int looks = 0; looks < 200 && alive() != 0; ++looks) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a killed process takes its time to go
    }
    EXPECT_EQ(alive(), 0u);
}

}  // namespace
}  // namespace tessera::test

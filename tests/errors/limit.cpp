// A command that does not end fails its test, with what it has said so far, and nothing of it goes on.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "command.h"

namespace tessera::test {
namespace {

TEST(Limit, ACommandThatDoesNotEndFailsItsTest) {
    static const Folder folder("-limit");
    static Result result;
    const std::string kernel = (folder.path() / "kernel.cpp").string();
    std::ofstream(kernel) << R"(#include "api/debug/dprint.h"
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    DPRINT << "begun" << ENDL();
    volatile uint32_t rounds = 0;
    for (uint64_t turn = 0; turn < uint64_t{1} << 60; ++turn) {
        rounds = rounds + 1;
    }
}
)";
    static const std::string arguments = "run hosts/launch.cpp -- " + kernel;
    // Once to its end, so that nothing is compiled when it counts.
    EXPECT_EQ(tessera(folder, "run --timeout 1 hosts/launch.cpp -- " + kernel).code, 124);
    EXPECT_NONFATAL_FAILURE(result = tessera(folder, arguments, {}, std::chrono::seconds(4)), "begun");
    EXPECT_EQ(result.code, -1);
    const auto alive = [&] {
        size_t processes = 0;
        for (const auto& process : std::filesystem::directory_iterator("/proc")) {
            processes += read_file(process.path() / "cmdline").find(kernel) != std::string::npos;
        }
        return processes;
    };
    for (int looks = 0; looks < 100 && alive() != 0; ++looks) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a killed process takes its time to go
    }
    EXPECT_EQ(alive(), 0u);
}

}  // namespace
}  // namespace tessera::test

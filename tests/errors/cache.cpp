// The cache of compiled kernels and programs when things go wrong around it: no room, no permission, two processes at
// once, and an interrupt in the middle. Each time the message must be clear, nothing may be left behind, and the next
// run must work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "command.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string GOOD = "run hosts/launch.cpp -- kernels/good.cpp cores=2";

class Cache : public ::testing::Test {
protected:
    /// The precompiled headers are made once, and are there in every test's cache unless it is about them.
    static void SetUpTestSuite() {
        warmed_ = new Folder("-warmed");
        EXPECT_EQ(tessera(*warmed_, GOOD, "TESSERA_CACHE='" + (warmed_->path() / "cache").string() + "'").code, 0);
    }
    static void TearDownTestSuite() {
        delete warmed_;
        warmed_ = nullptr;
    }
    void SetUp() override {
        fs::create_directories(cache());
        fs::copy(warmed_->path() / "cache/preludes", cache() / "preludes", fs::copy_options::recursive);
    }
    std::string settings() const { return "TESSERA_CACHE='" + cache().string() + "'"; }
    fs::path cache() const { return folder_.path() / "cache"; }
    /// What a process in the middle of its work keeps there.
    size_t scratch() const {
        size_t count = 0;
        std::error_code ignored;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(cache() / "tmp", ignored)) {
            ++count;
        }
        return count;
    }
    void expect_good() const {
        const Result result = tessera(folder_, GOOD, settings());
        EXPECT_EQ(result.code, 0) << result.errors;
        EXPECT_EQ(result.output, "done\n");
        EXPECT_EQ(scratch(), 0u);
    }
    /// Starts the command with a cache of its own; its exit code comes from end().
    pid_t start(const std::string& arguments, const char* log) const {
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            const std::string command = "cd '" + SOURCES.string() + "' && exec env " + settings() +
                                        " '" TESSERA_COMMAND "' " + arguments + " >'" +
                                        (folder_.path() / log).string() + "' 2>&1";
            execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        setpgid(child, child);
        return child;
    }
    static int end(pid_t child) {
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    Folder folder_;
    static inline Folder* warmed_ = nullptr;
};

TEST_F(Cache, TwoProcessesMayFillItAtOnce) {
    const std::vector<pid_t> children = {start(GOOD, "one"), start(GOOD, "two")};
    for (const pid_t child : children) {
        EXPECT_EQ(end(child), 0);
    }
    EXPECT_EQ(read_file(folder_.path() / "one"), "done\n");
    EXPECT_EQ(read_file(folder_.path() / "two"), "done\n");
    expect_good();
}

TEST_F(Cache, AnInterruptWhileCompilingLeavesNothing) {
    // Ctrl-C reaches the whole group, as on a terminal; a tool that stops us reaches only the command itself.
    for (const bool group : {true, false}) {
        const pid_t child = start(GOOD, "log");
        while (scratch() == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        kill(group ? -child : child, SIGINT);
        EXPECT_EQ(end(child), 128 + SIGINT);
        EXPECT_EQ(scratch(), 0u) << (group ? "group" : "command alone");
        // What an interrupted compiler leaves to init is gone in a moment.
        for (int i = 0; i < 1000 && kill(-child, 0) == 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        EXPECT_NE(kill(-child, 0), 0) << "a compiler is still running";
    }
    expect_good();
}

TEST_F(Cache, AnInterruptWhileRunningEndsTheProgram) {
    expect_good();
    const pid_t child = start("run hosts/launch.cpp -- kernels/endless.cpp", "log");
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    kill(-child, SIGINT);
    EXPECT_EQ(end(child), 128 + SIGINT);
    EXPECT_NE(kill(-child, 0), 0);
    expect_good();
}

TEST_F(Cache, AFullDiskIsNamed) {
    if (geteuid() != 0 || mount("tessera", cache().c_str(), "tmpfs", 0, "size=200k") != 0) {
        GTEST_SKIP() << "mounting a small file system needs root";
    }
    const Result full = tessera(folder_, GOOD, settings());
    const size_t left = scratch();
    umount(cache().c_str());
    EXPECT_EQ(full.code, 73) << full.errors;
    EXPECT_TRUE(full.errors.starts_with("error[cache-unwritable]: ")) << full.errors;
    EXPECT_THAT(full.errors, HasSubstr("pace"));
    EXPECT_THAT(full.errors, HasSubstr("TESSERA_CACHE"));
    EXPECT_EQ(left, 0u);
    expect_good();
}

TEST_F(Cache, AFolderThatCannotBeWrittenIsNamed) {
    fs::remove_all(cache());
    std::ofstream(cache()) << "a file, not a folder";
    const Result result = tessera(folder_, GOOD, settings());
    EXPECT_EQ(result.code, 73);
    EXPECT_TRUE(result.errors.starts_with("error[cache-unwritable]: ")) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(cache().string()));
    fs::remove(cache());
    expect_good();
}

TEST_F(Cache, DamagedFilesAreMadeAgain) {
    expect_good();
    for (const char* kind : {"kernels", "programs", "preludes"}) {
        for (const auto& entry : fs::directory_iterator(cache() / kind)) {
            if (entry.path().extension() == ".manifest") {
                fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
            }
        }
    }
    expect_good();
}

}  // namespace
}  // namespace tessera::test

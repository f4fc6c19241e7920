// Runs the tessera command for a test and keeps what it says. A command that does not end fails the test.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace tessera::test {

struct Result {
    int code = 0;  ///< exit code, -1 for a signal
    std::string output;
    std::string errors;
};

inline const std::filesystem::path SOURCES = TESSERA_SOURCE_DIR "/tests/errors";

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder of its own for each test process, removed at its end.
class Folder {
public:
    explicit Folder(const std::string& suffix = {})
        : path_(std::filesystem::temp_directory_path() / ("tessera-errors-" + std::to_string(getpid()) + suffix)) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// What the longest command of the tests takes, compiling and all, on a host that has much else to do: many times over.
inline constexpr std::chrono::seconds longest_command{150};

/// Runs `settings tessera arguments` in tests/errors through the shell. If it takes longer than the limit, all its
/// processes are ended and the test fails with what they have said so far.
inline Result tessera(const Folder& folder, const std::string& arguments, const std::string& settings = {},
                      std::chrono::milliseconds limit = longest_command) {
    const std::string out = (folder.path() / "out").string(), err = (folder.path() / "err").string();
    const std::string command = "cd '" + SOURCES.string() + "' && " + settings + " '" TESSERA_COMMAND "' " + arguments +
                                " >'" + out + "' 2>'" + err + "' </dev/null";
    const pid_t child = fork();
    if (child < 0) {
        ADD_FAILURE() << "there is no process for " << command;
        return {.code = -1, .output = {}, .errors = {}};
    }
    if (child == 0) {
        setpgid(0, 0);
        execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    setpgid(child, child);  // whichever of the two comes first
    const auto end = std::chrono::steady_clock::now() + limit;
    constexpr std::chrono::milliseconds between_looks{2};
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (std::chrono::steady_clock::now() >= end) {
            kill(-child, SIGKILL);
            waitpid(child, &status, 0);
            ADD_FAILURE() << "tessera " << arguments << "\nhas not ended after " << limit.count()
                          << " ms; it has printed\n"
                          << read_file(out) << "and as errors\n"
                          << read_file(err);
            break;
        }
        std::this_thread::sleep_for(between_looks);
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

}  // namespace tessera::test

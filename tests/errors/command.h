// Runs the tessera command for a test and keeps what it says.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

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

/// Runs `settings tessera arguments` in tests/errors through the shell.
inline Result tessera(const Folder& folder, const std::string& arguments, const std::string& settings = {}) {
    const std::string out = (folder.path() / "out").string(), err = (folder.path() / "err").string();
    const std::string command = "cd '" + SOURCES.string() + "' && " + settings + " '" TESSERA_COMMAND "' " + arguments +
                                " >'" + out + "' 2>'" + err + "' </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

}  // namespace tessera::test

// What commands that run a program several times share: a folder for what the runs leave behind, and one line on a
// terminal that says what is going on.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <base/error.h>

namespace tessera::cli {

/// One line on standard error, if that is a terminal.
class Progress {
public:
    Progress() : shown_(isatty(STDERR_FILENO) != 0) {}
    ~Progress() { say({}); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void say(const std::string& text) const {
        if (shown_) {
            std::fprintf(stderr, "\r\033[K%s", text.c_str());
            std::fflush(stderr);
        }
    }

private:
    bool shown_;
};

/// A folder that vanishes with its owner.
class Folder {
public:
    /// command: a word of its name. Throws tessera::Error (cannot-write).
    explicit Folder(const std::string& command) {
        std::error_code ignored;
        const std::filesystem::path parent = std::filesystem::temp_directory_path(ignored);
        std::string name = ((parent.empty() ? "/tmp" : parent) / ("tessera-" + command + "-XXXXXX")).string();
        if (mkdtemp(name.data()) == nullptr) {
            throw Error("cannot-write", "can't make a folder for what the runs leave in " + parent.string(),
                        "set TMPDIR to a folder that can be written");
        }
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace tessera::cli

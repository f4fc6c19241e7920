#include "cache.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <system_error>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <base/error.h>

#include "jit.h"
#include "process.h"

namespace fs = std::filesystem;

namespace tessera::jit {

namespace {

constexpr std::string_view MANIFEST_HEADER = "tessera-manifest 2 ";

std::string hexadecimal(XXH128_hash_t hash) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return text;
}

bool read_whole(const std::string& path, std::string& text) {
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    text.clear();
    char buffer[65536];
    ssize_t bytes;
    while ((bytes = read(file, buffer, sizeof buffer)) > 0) {
        text.append(buffer, static_cast<size_t>(bytes));
    }
    close(file);
    return bytes == 0;
}

void write_whole(const std::string& path, std::string_view text) {
    int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        cache_failure(path, std::strerror(errno));
    }
    while (!text.empty()) {
        ssize_t bytes = write(file, text.data(), text.size());
        if (bytes < 0) {
            int reason = errno;
            close(file);
            unlink(path.c_str());
            cache_failure(path, std::strerror(reason));
        }
        text.remove_prefix(static_cast<size_t>(bytes));
    }
    if (close(file) != 0) {
        cache_failure(path, std::strerror(errno));
    }
}

/// Identity of a file's content without reading it. The change time is there because a build tool may set the other
/// one.
struct Stamp {
    uint64_t size = 0;
    uint64_t modified = 0;  ///< ns
    uint64_t changed = 0;   ///< ns
    uint64_t inode = 0;

    bool operator==(const Stamp&) const = default;
};

uint64_t nanoseconds(const timespec& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

bool stamp_of(const std::string& path, Stamp& stamp) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) {
        return false;
    }
    stamp = {static_cast<uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
             static_cast<uint64_t>(status.st_ino)};
    return true;
}

void sweep_dead_scratch(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        int pid = 0;
        auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc() && pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) {
            fs::remove_all(entry.path(), ignored);
        }
    }
}

bool usable(const fs::path& root) {
    std::error_code error;
    for (const char* child : {"kernels", "preludes", "programs", "tmp"}) {
        fs::create_directories(root / child, error);
        if (error || access((root / child).c_str(), W_OK | X_OK) != 0) {
            return false;
        }
    }
    return true;
}

std::string open_cache() {
    fs::path root;
    const char* chosen = std::getenv("TESSERA_CACHE");
    const char* xdg = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    if (chosen && *chosen) {
        root = fs::absolute(chosen);
        if (!usable(root)) {
            cache_failure(root.string(), "it can't be created or written");
        }
    } else {
        root = xdg && *xdg ? fs::path(xdg) / "tessera"
                           : fs::path(home && *home ? home : "/nonexistent") / ".cache/tessera";
        if (!usable(root)) {
            const char* temporary = std::getenv("TMPDIR");
            fs::path fallback =
                fs::path(temporary && *temporary ? temporary : "/tmp") / ("tessera-cache-" + std::to_string(getuid()));
            struct stat status{};
            bool ours = mkdir(fallback.c_str(), 0700) == 0 ||
                        (lstat(fallback.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == getuid());
            if (!ours || !usable(fallback)) {
                cache_failure(root.string(), "it can't be created or written");
            }
            std::fprintf(stderr, "tessera: warning: the cache %s can't be written; using %s\n", root.c_str(),
                         fallback.c_str());
            root = fallback;
        }
    }
    sweep_dead_scratch(root / "tmp");
    return root.string();
}

/// The files of a make rule: everything after the colon, with make's escapes undone.
std::vector<std::string> read_dependencies(const std::string& path) {
    std::string text;
    std::vector<std::string> files;
    if (!read_whole(path, text)) {
        return files;
    }
    size_t at = text.find(": ");
    at = at == std::string::npos ? text.size() : at + 2;
    std::string current;
    auto flush = [&] {
        if (!current.empty()) {
            files.push_back(std::move(current));
            current.clear();
        }
    };
    for (; at < text.size(); ++at) {
        char c = text[at];
        if (c == '\\' && at + 1 < text.size()) {
            char next = text[at + 1];
            if (next == '\n') {
                ++at;
                flush();
            } else if (next == ' ' || next == '#' || next == '\\') {
                current += next;
                ++at;
            } else {
                current += c;
            }
        } else if (c == '$' && at + 1 < text.size() && text[at + 1] == '$') {
            current += '$';
            ++at;
        } else if (c == ' ' || c == '\n') {
            flush();
        } else {
            current += c;
        }
    }
    flush();
    return files;
}

/// Artifact that a manifest names, if every file it was made from is as it was.
std::string look_up(const std::string& folder, const std::string& manifest, bool by_time) {
    std::string text;
    if (!read_whole(manifest, text) || !text.starts_with(MANIFEST_HEADER)) {
        return {};
    }
    std::istringstream lines(text.substr(MANIFEST_HEADER.size()));
    std::string artifact;
    std::getline(lines, artifact);
    artifact = folder + "/" + artifact;
    std::string line;
    bool complete = false;
    while (std::getline(lines, line)) {
        if (line == "end") {
            complete = true;
            break;
        }
        std::istringstream fields(line);
        std::string hash;
        std::string path;
        Stamp known;
        fields >> hash >> known.size >> known.modified >> known.changed >> known.inode;
        fields.get();
        std::getline(fields, path);
        Stamp now;
        if (!stamp_of(path, now)) {
            return {};
        }
        if (by_time && now.modified != known.modified) {
            return {};
        }
        if (!(now == known) && (now.size != known.size || hash_file(path) != hash)) {
            return {};
        }
    }
    return complete && access(artifact.c_str(), R_OK) == 0 ? artifact : std::string();
}

void put_in_place(const std::string& from, const std::string& to) {
    if (rename(from.c_str(), to.c_str()) != 0) {
        cache_failure(to, std::strerror(errno));
    }
}

}  // namespace

std::string hash_text(std::string_view text) {
    return hexadecimal(XXH3_128bits(text.data(), text.size()));
}

std::string hash_file(const std::string& path) {
    std::string text;
    return read_whole(path, text) ? hash_text(text) : std::string();
}

void cache_failure(const std::string& path, const std::string& reason) {
    throw Error("cache-unwritable", "the kernel cache can't be used: " + path + ": " + reason,
                "free some space, make the folder writable, or set TESSERA_CACHE to another folder");
}

std::string cache_folder() {
    // The environment is looked at each time, so that a program may move the cache; opening a folder is remembered.
    static std::mutex mutex;
    static std::string opened;
    static std::string opened_for;
    auto value = [](const char* name) {
        const char* text = std::getenv(name);
        return std::string(text ? text : "");
    };
    std::lock_guard lock(mutex);
    std::string wanted = value("TESSERA_CACHE") + '\n' + value("XDG_CACHE_HOME") + '\n' + value("HOME");
    if (opened.empty() || opened_for != wanted) {
        opened = open_cache();
        opened_for = wanted;
    }
    return opened;
}

CacheStatistics cache_statistics() {
    CacheStatistics statistics;
    statistics.folder = cache_folder();
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(statistics.folder, ignored)) {
        if (entry.is_regular_file(ignored)) {
            statistics.bytes += entry.file_size(ignored);
            std::string extension = entry.path().extension().string();
            statistics.kernels += extension == ".so";
            statistics.preludes += extension == ".pch";
            statistics.programs += extension == ".elf";
        }
    }
    return statistics;
}

void clear_cache() {
    const std::string root = cache_folder();
    std::error_code error;
    for (const char* child : {"kernels", "preludes", "programs"}) {
        for (const auto& entry : fs::directory_iterator(fs::path(root) / child, error)) {
            fs::remove_all(entry.path(), error);
            if (error) {
                cache_failure(entry.path().string(), error.message());
            }
        }
    }
}

Scratch::Scratch() {
    static std::atomic<unsigned> counter = 0;
    folder_ = cache_folder() + "/tmp/" + std::to_string(getpid()) + "-" + std::to_string(counter++);
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
        cache_failure(folder_, error.message());
    }
}

Scratch::~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string obtain(const Recipe& recipe, bool* built) {
    const std::string folder = cache_folder() + "/" + recipe.folder;
    const std::string manifest = folder + "/" + recipe.key + ".manifest";
    if (built) {
        *built = false;
    }
    if (std::string known = look_up(folder, manifest, recipe.by_time); !known.empty()) {
        return known;
    }
    if (built) {
        *built = true;
    }
    timespec start{};
    clock_gettime(CLOCK_REALTIME, &start);
    const Interruptible interruptible(cache_folder() + "/tmp/" + std::to_string(getpid()) + "-");
    Scratch scratch;
    const std::string artifact = scratch.file("artifact");
    const std::string dependencies = scratch.file("dependencies");
    recipe.make(artifact, dependencies);

    std::string lines;
    std::string content = recipe.key;
    bool steady = true;
    for (const std::string& path : read_dependencies(dependencies)) {
        Stamp stamp;
        std::string hash = hash_file(path);
        if (path.starts_with(scratch.file("")) || hash.empty() || !stamp_of(path, stamp)) {
            continue;  // the generated source itself, which the key covers
        }
        // Saved while the compiler ran: what it read and what is there now may differ, so nothing is remembered.
        steady &= stamp.changed <= nanoseconds(start);
        content += '\n' + path + '\n' + hash;
        lines += hash + ' ' + std::to_string(stamp.size) + ' ' + std::to_string(stamp.modified) + ' ' +
                 std::to_string(stamp.changed) + ' ' + std::to_string(stamp.inode) + ' ' + path + '\n';
    }
    if (!steady) {
        content += "\nunsteady " + std::to_string(getpid()) + ' ' + std::to_string(nanoseconds(start));
    }
    const std::string name = hash_text(content) + "." + recipe.extension;
    const std::string placed = folder + "/" + name;
    put_in_place(artifact, placed);
    if (steady) {
        write_whole(scratch.file("manifest"), std::string(MANIFEST_HEADER) + name + "\n" + lines + "end\n");
        put_in_place(scratch.file("manifest"), manifest);
    }
    return placed;
}

}  // namespace tessera::jit

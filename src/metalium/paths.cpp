#include <metalium/paths.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <base/error.h>

namespace tessera::metalium {

namespace fs = std::filesystem;

namespace {

std::mutex g_mutex;
std::string g_root_dir;

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

/// A folder and those above it, but not the file system's root.
std::vector<fs::path> with_parents(const fs::path& folder) {
    std::vector<fs::path> folders;
    for (fs::path at = folder.lexically_normal(); !at.empty() && at != at.root_path(); at = at.parent_path()) {
        folders.push_back(at);
    }
    return folders;
}

class Search {
public:
    explicit Search(std::string name) : name_(std::move(name)), relative_(fs::path(name_).lexically_normal()) {}

    bool in(const fs::path& folder) {
        const fs::path candidate = folder / relative_;
        if (std::find(tried_.begin(), tried_.end(), candidate.string()) == tried_.end()) {
            tried_.push_back(candidate.string());
        }
        if (!is_file(candidate)) {
            return false;
        }
        found_ = {fs::absolute(candidate).lexically_normal().string(),
                  fs::absolute(folder).lexically_normal().string()};
        return true;
    }

    bool in_all(const std::vector<fs::path>& folders) {
        return std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) { return in(folder); });
    }

    /// The name without its first parts, one fewer each time: tt_metal/programming_examples/x/kernels/y.cpp is
    /// kernels/y.cpp for a program that lies beside its kernels.
    bool shortened_in(const fs::path& folder) {
        fs::path rest = relative_;
        while (true) {
            auto part = rest.begin();
            if (part == rest.end() || std::next(part) == rest.end()) {
                return false;
            }
            fs::path shorter;
            for (++part; part != rest.end(); ++part) {
                shorter /= *part;
            }
            rest = shorter;
            if (is_file(folder / rest)) {
                found_ = {fs::absolute(folder / rest).lexically_normal().string(),
                          fs::absolute(folder).lexically_normal().string()};
                return true;
            }
        }
    }

    const ResolvedKernel& found() const { return found_; }

    [[noreturn]] void fail() const {
        Diagnostic diagnostic;
        diagnostic.name = "kernel-not-found";
        diagnostic.message = fmt::format("kernel file {} doesn't exist in any of the searched places", name_);
        for (const std::string& place : tried_) {
            diagnostic.notes.push_back("tried " + place);
        }
        diagnostic.help =
            "give an absolute path, run in the folder that the path is relative to, or set TT_METAL_HOME or "
            "TT_METAL_KERNEL_PATH to it";
        throw Error(diagnostic);
    }

    void note(const fs::path& place) { tried_.push_back(place.string()); }

private:
    std::string name_;
    fs::path relative_;
    std::vector<std::string> tried_;
    ResolvedKernel found_;
};

fs::path executable_folder() {
    std::error_code error;
    const fs::path executable = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path() : executable.parent_path();
}

}  // namespace

void set_root_dir(const std::string& folder) {
    const std::lock_guard lock(g_mutex);
    g_root_dir = folder;
}

ResolvedKernel resolve_kernel(const std::string& name) {
    Search search(name);
    if (fs::path(name).is_absolute()) {
        if (is_file(name)) {
            return {fs::path(name).lexically_normal().string(), {}};
        }
        search.note(name);
    }
    std::string root;
    {
        const std::lock_guard lock(g_mutex);
        root = g_root_dir;
    }
    std::error_code error;
    const fs::path here = fs::current_path(error);
    const fs::path program = from_environment("TESSERA_PROGRAM_DIR");
    if (!fs::path(name).is_absolute()) {
        if ((!root.empty() && search.in(root)) || (!here.empty() && search.in(here)) ||
            (!program.empty() && search.in_all(with_parents(program)))) {
            return search.found();
        }
        for (const char* variable : {"TT_METAL_KERNEL_PATH", "TT_METAL_HOME"}) {
            const std::string folder = from_environment(variable);
            if (!folder.empty() && search.in(folder)) {
                return search.found();
            }
        }
        const fs::path executable = executable_folder();
        if (search.in_all(with_parents(executable))) {
            return search.found();
        }
    }
    if (!program.empty()) {
        for (const fs::path& folder : with_parents(program)) {
            if (search.shortened_in(folder)) {
                return search.found();
            }
        }
    }
    search.fail();
}

std::vector<std::string> kernel_include_dirs(const ResolvedKernel& kernel) {
    std::vector<std::string> folders;
    const auto add = [&](const std::string& folder) {
        if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
            folders.push_back(folder);
        }
    };
    if (!kernel.path.empty()) {
        add(fs::path(kernel.path).parent_path().string());
    }
    add(kernel.root);
    add(from_environment("TESSERA_PROGRAM_DIR"));
    add(from_environment("TT_METAL_KERNEL_PATH"));
    add(from_environment("TT_METAL_HOME"));
    std::error_code error;
    add(fs::current_path(error).string());
    return folders;
}

}  // namespace tessera::metalium

#include "program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <base/error.h>
#include <jit/cache.h>
#include <jit/process.h>
#include <jit/toolchain.h>

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

constexpr int MAX_PARENTS = 6;

/// Says what is going on, on a terminal only, and takes its line back when it is done.
class Progress {
public:
    explicit Progress(const std::string& text) : shown_(isatty(STDERR_FILENO) != 0) {
        if (shown_) {
            std::fprintf(stderr, "\r\033[K%s", text.c_str());
            std::fflush(stderr);
        }
    }
    ~Progress() {
        if (shown_) {
            std::fputs("\r\033[K", stderr);
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

private:
    bool shown_;
};

/// Where a program's own headers may lie when nobody gave -I: its folder, the folders above it that build files name in
/// published trees, and folders of common code beside them.
std::vector<std::string> likely_include_dirs(const std::string& program_dir) {
    std::vector<std::string> folders;
    fs::path folder = program_dir;
    for (int level = 0; level < 3 && folder.has_relative_path(); ++level, folder = folder.parent_path()) {
        folders.push_back(folder.string());
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            std::string name = entry.path().filename().string();
            if (entry.is_directory(ignored) && (name.ends_with("common") || name == "include")) {
                folders.push_back(entry.path().string());
            }
        }
    }
    folders.push_back(source_root(program_dir));
    return folders;
}

std::vector<std::string> base_command(const ProgramSources& sources) {
    const jit::Toolchain& tools = jit::toolchain();
    std::vector<std::string> command = {
        tools.compiler,
        "-std=c++20",
        "-" + sources.opt_level,
        "-fPIE",
        "-pthread",
        "-w",
        "-Wno-c++11-narrowing",
        "-ferror-limit=10",
        "-I" + tools.include_dir,
        "-I" + tools.include_dir + "/tt_metal",
        "-DFMT_SHARED",
    };
    // Programs written inside TT-Metalium's tree prefix kernel paths with this; elsewhere it is empty.
    bool defined = false;
    for (const std::string& define : sources.defines) {
        command.push_back("-D" + define);
        defined |= define.starts_with("OVERRIDE_KERNEL_PREFIX");
    }
    if (!defined) {
        command.emplace_back("-DOVERRIDE_KERNEL_PREFIX=\"\"");
    }
    for (const std::string& folder : sources.include_dirs) {
        command.push_back("-I" + folder);
    }
    return command;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += part + '\n';
    }
    return text;
}

void add(std::vector<std::string>& command, std::initializer_list<std::string> more) {
    command.insert(command.end(), more);
}

[[noreturn]] void fail(const std::string& messages) {
    if (messages.find("No space left on device") != std::string::npos) {
        jit::cache_failure(jit::cache_folder(), "no space left on device");
    }
    throw CompileFailure{messages};
}

/// The API's headers, precompiled for these flags; empty if that does not work, which costs only time.
std::string host_prelude(const std::vector<std::string>& command) {
    const jit::Toolchain& tools = jit::toolchain();
    const std::string header = tools.include_dir + "/tessera/prelude_host.hpp";
    if (access(header.c_str(), R_OK) != 0) {
        return {};
    }
    jit::Recipe recipe;
    recipe.folder = "preludes";
    recipe.extension = "pch";
    recipe.by_time = true;
    recipe.key = jit::hash_text(tools.identity + '\n' + header + '\n' + joined(command));
    recipe.make = [&](const std::string& artifact, const std::string& dependencies) {
        Progress progress("tessera: precompiling the TT-Metalium headers (once)");
        std::vector<std::string> compile = command;
        add(compile, {"-x", "c++-header", header, "-o", artifact, "-MD", "-MF", dependencies, "-MT", "x"});
        if (jit::ProcessResult result = jit::run_process(compile); result.status != 0) {
            fail(result.output);
        }
    };
    try {
        return jit::obtain(recipe);
    } catch (const CompileFailure&) {
        return {};
    }
}

}  // namespace

void warm_host_prelude() {
    host_prelude(base_command({}));
}

bool is_source(const std::string& path) {
    for (const char* extension : {".cpp", ".cc", ".cxx", ".c++", ".C"}) {
        if (path.ends_with(extension)) {
            return true;
        }
    }
    return false;
}

std::string source_root(const std::string& program_dir) {
    fs::path folder = program_dir;
    std::error_code ignored;
    for (int level = 0; level < MAX_PARENTS && folder.has_relative_path(); ++level, folder = folder.parent_path()) {
        if (fs::is_directory(folder / "tt_metal", ignored)) {
            return folder.string();
        }
    }
    return program_dir;
}

std::string library_folder() {
    std::error_code ignored;
    fs::path own = fs::canonical("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder : {own / "../lib", own}) {
        if (fs::exists(folder / "libtt_metal.so", ignored)) {
            return fs::canonical(folder, ignored).string();
        }
    }
    throw Error("missing-library", "libtt_metal.so is not beside the tessera command in " + own.string(),
                "build or install Tessera again");
}

BuiltProgram build_program(const ProgramSources& sources, bool verbose) {
    auto start = std::chrono::steady_clock::now();
    const jit::Toolchain& tools = jit::toolchain();
    const std::string library = library_folder();
    const std::vector<std::string> base = base_command(sources);
    std::vector<std::string> command = base;
    const std::string program_dir = fs::path(sources.files.front()).parent_path().string();
    for (const std::string& folder : likely_include_dirs(program_dir)) {
        add(command, {"-idirafter", folder});
    }
    jit::Recipe recipe;
    recipe.folder = "programs";
    recipe.extension = "elf";
    std::string identity =
        tools.identity + '\n' + library + '\n' + joined(command) + joined(sources.libraries) + joined(sources.files);
    recipe.key = jit::hash_text(identity);
    recipe.make = [&](const std::string& artifact, const std::string& dependencies) {
        const std::string prelude = host_prelude(base);
        Progress progress(
            "tessera: compiling " + fs::path(sources.files.front()).filename().string() +
            (sources.files.size() > 1 ? " and " + std::to_string(sources.files.size() - 1) + " more" : std::string()));
        std::vector<std::string> objects(sources.files.size());
        std::vector<std::string> failures(sources.files.size());
        std::vector<std::jthread> workers;
        for (size_t i = 0; i < sources.files.size(); ++i) {
            objects[i] = artifact + "." + std::to_string(i) + ".o";
            workers.emplace_back([&, i] {
                auto compile = [&](bool with_prelude) {
                    std::vector<std::string> full = command;
                    if (with_prelude) {
                        add(full, {"-Xclang", "-fno-validate-pch", "-include-pch", prelude});
                    }
                    add(full, {"-c", sources.files[i], "-o", objects[i], "-MD", "-MF", objects[i] + ".d", "-MT", "x"});
                    if (isatty(STDERR_FILENO) != 0) {
                        full.emplace_back("-fcolor-diagnostics");
                    }
                    return jit::run_process(full);
                };
                jit::ProcessResult result = compile(!prelude.empty());
                if (result.status != 0 && !prelude.empty()) {
                    // The program may define macros that the headers look at, or names that they would define first.
                    result = compile(false);
                }
                if (result.status != 0) {
                    failures[i] = result.output;
                }
            });
        }
        workers.clear();
        std::string messages;
        for (const std::string& failure : failures) {
            messages += failure;
        }
        if (!messages.empty()) {
            fail(messages);
        }
        std::ofstream all(dependencies);
        for (const std::string& object : objects) {
            all << std::ifstream(object + ".d").rdbuf() << '\n';
        }
        all.close();
        std::vector<std::string> link = {tools.compiler, "-fuse-ld=" + tools.linker, "-pie", "-pthread", "-o",
                                         artifact};
        link.insert(link.end(), objects.begin(), objects.end());
        add(link, {"-L" + library, "-ltt_metal", "-Wl,-rpath," + library, "-lfmt", "-ldl"});
        for (const std::string& name : sources.libraries) {
            link.push_back("-l" + name);
        }
        if (jit::ProcessResult result = jit::run_process(link); result.status != 0) {
            fail(result.output);
        }
    };
    BuiltProgram program;
    program.path = jit::obtain(recipe, &program.built);
    program.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (verbose) {
        std::fprintf(stderr, "tessera: %s the program in %.2f s\n", program.built ? "compiled" : "found",
                     program.seconds);
    }
    return program;
}

}  // namespace tessera::cli

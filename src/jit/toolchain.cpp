#include "toolchain.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <base/error.h>

#include "cache.h"

namespace fs = std::filesystem;

namespace tessera::jit {

namespace {

std::string find_program(const std::vector<std::string>& names) {
    const char* path = std::getenv("PATH");
    for (const std::string& name : names) {
        if (name.starts_with('/')) {
            if (access(name.c_str(), X_OK) == 0) {
                return name;
            }
            continue;
        }
        std::istringstream folders(path ? path : "/usr/bin:/bin");
        std::string folder;
        while (std::getline(folders, folder, ':')) {
            std::string candidate = folder + "/" + name;
            if (access(candidate.c_str(), X_OK) == 0) {
                return candidate;
            }
        }
    }
    return {};
}

std::string first_existing(const std::vector<fs::path>& candidates) {
    for (const fs::path& candidate : candidates) {
        std::error_code ignored;
        if (fs::exists(candidate, ignored)) {
            return fs::weakly_canonical(candidate, ignored).string();
        }
    }
    return {};
}

/// Folder of the library (or program) that holds this code.
fs::path own_folder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<void*>(&own_folder), &info) == 0 || !info.dli_fname) {
        return {};
    }
    std::error_code ignored;
    return fs::canonical(info.dli_fname, ignored).parent_path();
}

std::string identify(const std::string& program) {
    std::error_code ignored;
    fs::path real = fs::canonical(program, ignored);
    auto time = fs::last_write_time(real, ignored).time_since_epoch().count();
    return real.string() + ' ' + std::to_string(fs::file_size(real, ignored)) + ' ' + std::to_string(time);
}

std::string host_march() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        return "x86-64-v4";
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
        return "x86-64-v3";
    }
    return "x86-64-v2";
#else
    return "native";
#endif
}

Toolchain find_toolchain() {
    Toolchain tools;
    tools.compiler = find_program({"/usr/lib/llvm-19/bin/clang++", "clang++-19"});
    tools.linker = find_program({"/usr/lib/llvm-19/bin/ld.lld", "ld.lld-19"});
    tools.symbolizer = find_program({"/usr/lib/llvm-19/bin/llvm-symbolizer", "llvm-symbolizer-19"});
    if (tools.compiler.empty() || tools.linker.empty()) {
        throw Error("missing-compiler", "kernels are compiled with clang++-19 and ld.lld-19, which are not installed",
                    "install the packages clang-19 and lld-19 (scripts/setup does)");
    }
    const fs::path own = own_folder();
    const fs::path build = TESSERA_BUILD_DIR;
    const fs::path source = TESSERA_SOURCE_DIR;
    tools.plugin = first_existing({own / "tessera/libtessera_pass.so", own / "../lib/tessera/libtessera_pass.so",
                                   own / "libtessera_pass.so", own / "../lib/libtessera_pass.so",
                                   build / "lib/libtessera_pass.so"});
    tools.kernel_dir = first_existing({own / "../share/tessera/kernel", source / "kernel"});
    tools.include_dir = first_existing({own / "../include/tessera", source / "include"});
    if (tools.plugin.empty() || tools.kernel_dir.empty()) {
        throw Error("missing-compiler",
                    "Tessera's own files (libtessera_pass.so, kernel/) are not beside its library in " + own.string(),
                    "build or install Tessera again");
    }
    tools.march = host_march();
    tools.identity = identify(tools.compiler) + '\n' + identify(tools.linker) + '\n' + hash_file(tools.plugin) + '\n' +
                     tools.march + '\n' + tools.kernel_dir + '\n' + tools.include_dir;
    return tools;
}

}  // namespace

const Toolchain& toolchain() {
    static const Toolchain tools = find_toolchain();
    return tools;
}

std::string kernel_header_folder() {
    return toolchain().kernel_dir;
}

std::vector<std::string> common_flags(Kind kind, uint8_t family, const std::string& opt_level) {
    const Toolchain& tools = toolchain();
    std::string level = opt_level;
    if (level.empty() || level == "Ofast" || level == "O4") {
        level = level.empty() ? "O2" : "O3";
    }
    std::vector<std::string> flags = {
        tools.compiler,
        "-std=c++20",
        "-" + level,
        "-march=" + tools.march,
        // The chip's compiler lets a pointer narrow to 32 bits.
        "-fms-extensions",
        "-Wno-c++11-narrowing",
        "-w",
        "-fno-exceptions",
        "-fno-rtti",
        "-fno-threadsafe-statics",
        "-ffp-contract=off",
        "-fno-strict-aliasing",
        "-fno-delete-null-pointer-checks",
        "-fno-finite-loops",
        "-fwrapv",
        "-fno-omit-frame-pointer",
        "-fno-optimize-sibling-calls",  // a call in tail position keeps its line in a diagnostic
        "-gline-tables-only",
        "-fPIC",
        "-fvisibility=hidden",
        "-fvisibility-inlines-hidden",
        "-fno-color-diagnostics",
        "-ferror-limit=10",
        "-ftemplate-backtrace-limit=4",
        family == 0 ? "-DARCH_WORMHOLE" : "-DARCH_BLACKHOLE",
        "-I" + tools.kernel_dir,
        "-I" + tools.include_dir,
        "-I" + tools.include_dir + "/fmt-compat",
    };
    if (kind == Kind::Compute) {
        flags.emplace_back("-DCOMPILE_FOR_TRISC=1");
        flags.emplace_back("-DNAMESPACE=tessera_kernel");
        flags.emplace_back("-DMAIN=compute_main()");
    }
    return flags;
}

}  // namespace tessera::jit

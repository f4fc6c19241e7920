// The kernel compiler: TT-Metalium kernel sources in, loaded host code out. A kernel is found by the content of
// everything that went into it (sources and headers, defines, arguments, compiler, pass), so a stale one cannot run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tessera::jit {

enum class Kind : uint8_t { DataMovement, Compute };

/// Everything that decides what a kernel compiles to.
struct KernelSource {
    Kind kind = Kind::DataMovement;
    std::string path;  ///< resolved source file; for CreateKernelFromString a name to show
    std::string text;  ///< the source itself when it does not come from a file
    bool from_string = false;
    std::string prologue;  ///< C++ placed before the source: KernelConfig specialisation, defines as #define lines
    std::vector<std::string> include_dirs;
    std::string opt_level = "O2";
    uint8_t family = 0;  ///< arch::Family: 0 Wormhole, 1 Blackhole; picks the prelude
    /// The kernel counts what its code would cost on the chip (tsr_context::cycles and vector_instructions). Compiled
    /// without, it has not an instruction more.
    bool count_cycles = false;
};

/// Which runtime arguments a kernel can read, as the compiler pass exports it (the same layout there): of the unique
/// ones at 0, of the common ones at 1.
struct KernelArguments {
    static constexpr uint32_t unknown = ~0u;
    uint32_t count[2] = {unknown, unknown};  ///< the highest index that is read, plus one
    uint32_t line[2] = {};                   ///< where that one is read; 0 if there is none
    const char* file[2] = {nullptr, nullptr};
};

/// A loaded kernel; it stays loaded as long as anyone holds it.
class Kernel {
public:
    virtual ~Kernel() = default;
    void (*entry)() = nullptr;
    const std::byte* globals_template = nullptr;
    size_t globals_bytes = 0;
    const std::byte* image = nullptr;
    size_t image_bytes = 0;
    std::string name;
    std::string object_path;
    KernelArguments arguments;
};

/// Compiles (or finds in the cache) and loads several kernels, in parallel. Throws tessera::Error:
/// kernel-not-found, kernel-compile-error (the compiler's message with the kernel's own file and line),
/// cache-unwritable.
std::vector<std::shared_ptr<const Kernel>> compile(const std::vector<KernelSource>& sources);

/// Compiles a kernel for another plugin's sake: nothing is built or loaded. `plugin` is the path of an LLVM pass plugin
/// that writes <source>.json beside the source it is given, which is returned. Throws as compile() does.
std::string run_plugin(const KernelSource& source, const std::string& plugin);

/// One frame of a program counter inside a loaded kernel; inlined frames are listed innermost first.
struct Frame {
    std::string function;
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
};
std::vector<Frame> symbolize(const std::string& object_path, uint64_t offset_in_object);
/// The same of many offsets at once, in their order.
std::vector<std::vector<Frame>> symbolize(const std::string& object_path, std::span<const uint64_t> offsets);

/// Builds the precompiled prelude of a kind and family ahead of its first use, and returns the file's path.
std::string build_prelude(Kind kind, uint8_t family, const std::string& opt_level = "O2");

/// $TESSERA_CACHE, $XDG_CACHE_HOME/tessera or ~/.cache/tessera, created if need be. Throws cache-unwritable.
std::string cache_folder();

struct CacheStatistics {
    std::string folder;
    uint64_t bytes = 0;
    size_t kernels = 0;
    size_t preludes = 0;
    size_t programs = 0;
};
CacheStatistics cache_statistics();
/// Removes everything that was compiled. Kernels that are loaded stay loaded.
void clear_cache();

/// Folder of the headers that kernels include (kernel/), in the build tree or installed beside the library.
std::string kernel_header_folder();

}  // namespace tessera::jit

// From kernel sources to loaded kernels: prelude, generated source, clang, linker, cache, dlopen.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <base/error.h>
#include <base/symbolize.h>

#include "cache.h"
#include "diagnostics.h"
#include "jit.h"
#include "process.h"
#include "toolchain.h"

namespace fs = std::filesystem;

namespace tessera::jit {

namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += part;
        text += '\n';
    }
    return text;
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        cache_failure(path, "it can't be written (is the disk full?)");
    }
}

/// Runs a tool whose failure is ours to explain: a full disk is told apart from a wrong source.
ProcessResult run_tool(const std::vector<std::string>& arguments) {
    ProcessResult result = run_process(arguments);
    if (result.status == 127 && result.output.starts_with(arguments[0])) {
        throw Error("missing-compiler", "can't run " + result.output, "scripts/setup installs what is needed");
    }
    if (result.status != 0 && (result.output.find("No space left on device") != std::string::npos ||
                               result.output.find("Disk quota exceeded") != std::string::npos)) {
        cache_failure(cache_folder(), "no space left on device");
    }
    return result;
}

/// Each key is worked on once in this process, however many ask at the same time; later ones get the first's answer.
template <class Value>
class Once {
public:
    template <class Make>
    Value get(const std::string& key, Make make) {
        std::promise<Value> promise;
        std::shared_future<Value> future;
        {
            std::lock_guard lock(mutex_);
            auto found = known_.find(key);
            if (found == known_.end()) {
                known_.emplace(key, promise.get_future().share());
            } else {
                future = found->second;
            }
        }
        if (future.valid()) {
            return future.get();
        }
        try {
            Value value = make();
            promise.set_value(value);
            return value;
        } catch (...) {
            promise.set_exception(std::current_exception());
            std::lock_guard lock(mutex_);
            known_.erase(key);
            throw;
        }
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_future<Value>> known_;
};

struct Prelude {
    std::string path;
    std::string key;
};

Prelude make_prelude(Kind kind, uint8_t family, const std::string& opt_level) {
    const Toolchain& tools = toolchain();
    const char* name = kind == Kind::Compute ? "prelude_compute.h" : "prelude_dataflow.h";
    const std::string header = tools.kernel_dir + "/tessera/" + name;
    std::vector<std::string> flags = common_flags(kind, family, opt_level);
    Recipe recipe;
    recipe.folder = "preludes";
    recipe.extension = "pch";
    recipe.by_time = true;
    recipe.key = hash_text(tools.identity + '\n' + header + '\n' + joined(flags));
    recipe.make = [&](const std::string& artifact, const std::string& dependencies) {
        std::vector<std::string> command = flags;
        for (const std::string& flag :
             {std::string("-x"), std::string("c++-header"), header, std::string("-o"), artifact, std::string("-MD"),
              std::string("-MF"), dependencies, std::string("-MT"), std::string("x")}) {
            command.push_back(flag);
        }
        ProcessResult result = run_tool(command);
        if (result.status != 0) {
            throw compile_error(name, result.output, artifact);
        }
    };
    Prelude prelude;
    prelude.path = obtain(recipe);
    prelude.key = fs::path(prelude.path).stem();
    return prelude;
}

/// The prelude's headers are looked at once a process: an edit while a program runs does not change that program.
Prelude prelude_for(Kind kind, uint8_t family, const std::string& opt_level) {
    static Once<Prelude> known;
    std::string key =
        std::to_string(static_cast<int>(kind)) + ' ' + std::to_string(family) + ' ' + opt_level + ' ' + cache_folder();
    Prelude prelude = known.get(key, [&] { return make_prelude(kind, family, opt_level); });
    std::error_code ignored;
    return fs::exists(prelude.path, ignored) ? prelude : make_prelude(kind, family, opt_level);
}

/// The kernel as it is compiled: its configuration, then its own text under its own name.
std::string generated_source(const KernelSource& source) {
    std::string text = source.prologue;
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
    if (source.count_cycles) {
        // The compiler pass looks for it and takes it out: what is constant on the chip, and whose headers these are.
        text +=
            "extern \"C\" __attribute__((used)) const struct {\n"
            "    unsigned dram_banks, l1_banks, noc, noc_mode;\n    char headers[1024];\n} tsr_counted = {\n"
            "#ifdef NUM_DRAM_BANKS\n    NUM_DRAM_BANKS, NUM_L1_BANKS, NOC_INDEX, NOC_MODE,\n"
            "#else\n    12, 64, 0, 0,\n#endif\n    \"" +
            toolchain().kernel_dir + "\"};\n";
    }
    if (source.from_string) {
        text += "#line 1 \"" + source.path + "\"\n" + source.text + "\n";
    } else {
        text += "#include \"" + source.path + "\"\n";
    }
    return text;
}

/// The compiler and its arguments for a kernel, up to the passes and the files.
std::vector<std::string> command_for(const KernelSource& source, const Prelude& prelude) {
    std::vector<std::string> command = common_flags(source.kind, source.family, source.opt_level);
    if (!source.from_string) {
        command.push_back("-iquote");
        command.push_back(fs::path(source.path).parent_path().string());
    }
    for (const std::string& folder : source.include_dirs) {
        command.push_back("-I" + folder);
    }
    for (const char* flag : {"-Xclang", "-fno-validate-pch", "-include-pch"}) {
        command.push_back(flag);
    }
    command.push_back(prelude.path);
    if (source.count_cycles) {
        // The chip's core has no vectors and 32 bits, and its compiler unrolls little: what is counted should look like
        // its code. A block of code stays where it is: it is costed once.
        for (const char* flag :
             {"-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops", "-mllvm", "-indvars-widen-indvars=false",
              "-mllvm", "-tail-dup-placement=false", "-mllvm", "-disable-tail-duplicate", "-mllvm",
              "-disable-early-taildup", "-mllvm", "-enable-tail-merge=false"}) {
            command.emplace_back(flag);
        }
    }
    return command;
}

std::string object_for(const KernelSource& source, const std::string& name) {
    const Toolchain& tools = toolchain();
    std::string source_hash;
    if (!source.from_string) {
        source_hash = hash_file(source.path);
        if (source_hash.empty()) {
            throw Error("kernel-not-found", "the kernel source " + source.path + " can't be read",
                        "check the path that is given to CreateKernel");
        }
    }
    Prelude prelude = prelude_for(source.kind, source.family, source.opt_level);
    std::vector<std::string> command = command_for(source, prelude);
    command.push_back("-fpass-plugin=" + tools.plugin);

    const std::string text = generated_source(source);
    Recipe recipe;
    recipe.folder = "kernels";
    recipe.extension = "so";
    recipe.key =
        hash_text(tools.identity + '\n' + prelude.key + '\n' + joined(command) + '\n' + source_hash + '\n' + text);
    recipe.make = [&](const std::string& artifact, const std::string& dependencies) {
        const std::string generated = artifact + ".cpp";
        const std::string object = artifact + ".o";
        write_file(generated, text);
        std::vector<std::string> compile = command;
        for (const std::string& flag : {std::string("-c"), generated, std::string("-o"), object, std::string("-MD"),
                                        std::string("-MF"), dependencies, std::string("-MT"), std::string("x")}) {
            compile.push_back(flag);
        }
        ProcessResult result = run_tool(compile);
        if (result.status != 0) {
            throw compile_error(name, result.output, generated);
        }
        result =
            run_tool({tools.linker, "-shared", "-z", "now", "--hash-style=gnu", "-Bsymbolic", "-o", artifact, object});
        if (result.status != 0) {
            throw compile_error(name, result.output, generated);
        }
    };
    return obtain(recipe);
}

std::shared_ptr<const Kernel> load(const std::string& object, const std::string& name) {
    void* handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char* message = dlerror();
        throw load_error(name, message ? message : "unknown reason");
    }
    // It is never unloaded: diagnostics may name its lines until the process ends.
    auto kernel = std::make_shared<Kernel>();
    kernel->entry = reinterpret_cast<void (*)()>(dlsym(handle, "tessera_kernel_entry"));
    kernel->globals_template = static_cast<const std::byte*>(dlsym(handle, "tessera_globals_template"));
    const auto* bytes = static_cast<const uint64_t*>(dlsym(handle, "tessera_globals_bytes"));
    link_map* map = nullptr;
    if (!kernel->entry || !bytes || dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) {
        throw Error("kernel-compile-error", "kernel " + name + " was compiled without an entry: " + object,
                    "run `tessera cache --clear`");
    }
    kernel->globals_bytes = *bytes;
    kernel->image = reinterpret_cast<const std::byte*>(map->l_addr);
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(map->l_addr);
    const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(map->l_addr + header->e_phoff);
    for (int i = 0; i < header->e_phnum; ++i) {
        if (segments[i].p_type == PT_LOAD) {
            kernel->image_bytes = std::max<size_t>(kernel->image_bytes, segments[i].p_vaddr + segments[i].p_memsz);
        }
    }
    kernel->name = name;
    kernel->object_path = object;
    if (const auto* arguments = static_cast<const KernelArguments*>(dlsym(handle, "tessera_arguments"))) {
        kernel->arguments = *arguments;
    }
    return kernel;
}

std::shared_ptr<const Kernel> compile_one(const KernelSource& source) {
    static Once<std::shared_ptr<const Kernel>> loaded;
    const std::string name = fs::path(source.path).filename().string();
    const std::string object = object_for(source, name);
    return loaded.get(object, [&] { return load(object, name); });
}

void register_symbolizer() {
    set_symbolizer(
        [](const std::string& object, uint64_t offset) {
            std::vector<SourceLocation> locations;
            for (const Frame& frame : symbolize(object, offset)) {
                locations.push_back({frame.file, frame.line, frame.column, frame.function, {}});
            }
            return locations;
        },
        kernel_header_folder());
}

}  // namespace

std::string build_prelude(Kind kind, uint8_t family, const std::string& opt_level) {
    return prelude_for(kind, family, opt_level).path;
}

std::string run_plugin(const KernelSource& source, const std::string& plugin) {
    const std::string name = fs::path(source.path).filename().string();
    const Prelude prelude = prelude_for(source.kind, source.family, source.opt_level);
    const Scratch scratch;
    const std::string generated = scratch.file("kernel.cpp");
    write_file(generated, generated_source(source));
    std::vector<std::string> command = command_for(source, prelude);
    for (const std::string& flag :
         {"-fpass-plugin=" + plugin, std::string("-c"), generated, std::string("-o"), scratch.file("kernel.o")}) {
        command.push_back(flag);
    }
    const ProcessResult result = run_tool(command);
    if (result.status != 0) {
        throw compile_error(name, result.output, generated);
    }
    std::ifstream file(generated + ".json", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::shared_ptr<const Kernel>> compile(const std::vector<KernelSource>& sources) {
    static std::once_flag once;
    std::call_once(once, register_symbolizer);

    std::vector<std::shared_ptr<const Kernel>> kernels(sources.size());
    std::vector<std::exception_ptr> failures(sources.size());
    std::atomic<size_t> next = 0;
    auto work = [&] {
        for (size_t i; (i = next++) < sources.size();) {
            try {
                kernels[i] = compile_one(sources[i]);
            } catch (...) {
                failures[i] = std::current_exception();
            }
        }
    };
    // Two preludes and a few kernels are worked on at once even on one core: their starts are mostly waiting.
    size_t threads = std::min<size_t>(sources.size(), std::max(2u, std::thread::hardware_concurrency()));
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < threads; ++i) {
        helpers.emplace_back(work);
    }
    work();
    helpers.clear();
    for (const std::exception_ptr& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
    return kernels;
}

}  // namespace tessera::jit

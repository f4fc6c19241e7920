// From a host program's sources to an executable: compiled with clang++-19 against Tessera's headers and library, and
// kept in the cache by content.
#pragma once

#include <string>
#include <vector>

namespace tessera::cli {

struct ProgramSources {
    std::vector<std::string> files;
    std::vector<std::string> include_dirs;
    std::vector<std::string> defines;  ///< NAME or NAME=VALUE
    std::vector<std::string> libraries;
    std::string opt_level = "O2";
};

struct BuiltProgram {
    std::string path;
    bool built = false;  ///< compiled now, not found in the cache
    double seconds = 0;  ///< spent to find or build it
};

/// The compiler's messages, for a program that does not compile.
struct CompileFailure {
    std::string messages;
};

/// Throws CompileFailure, and tessera::Error for a cache or a compiler that can't be used.
BuiltProgram build_program(const ProgramSources& sources, bool verbose);

/// Precompiles the headers that host programs include, for the usual settings.
void warm_host_prelude();

/// True for .cpp, .cc, .cxx and the like.
bool is_source(const std::string& path);

/// The folder above a program that a path like tt_metal/programming_examples/x.cpp starts from; the program's own
/// folder if no folder above holds a tt_metal.
std::string source_root(const std::string& program_dir);

/// Folder of libtt_metal.so.
std::string library_folder();

}  // namespace tessera::cli

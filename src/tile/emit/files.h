// The files that a compiled kernel is: sources that build against TT-Metalium as they are, and the plan.
#pragma once

#include <string>
#include <vector>

#include <tile/device/program.h>
#include <tile/emit/kernel_text.h>

namespace tessera::tile::emit {

/// One file: its path below the folder, and its bytes.
struct File {
    std::string path;
    std::string text;
};

/// host.cpp, tensors.hpp, kernels/*.cpp, CMakeLists.txt and plan.json. `source` names the script in comments;
/// `line` gives its lines for those of the kernels.
std::vector<File> files_of(const device::Module& module, const std::string& source, const SourceLine& line = {});

/// Writes them, leaving alone files that have the very text already, so that nothing is compiled again. Throws
/// tessera::Error (cannot-write).
void write_files(const std::string& folder, const std::vector<File>& files);

/// The path of a kernel's source: "kernels/gemm_reader.cpp".
std::string kernel_path(const device::Program& program, const device::KernelCode& kernel);

/// host.cpp: makes the buffers and programs, runs them, and reads and writes .npy files. Usage of what it builds:
///     host [--input NAME=FILE.npy]... [--output FOLDER] [--seed N] [--symbol NAME=VALUE]...
/// Inputs that no file is given for are random; all written tensors go to FOLDER/NAME.npy.
std::string host_text(const device::Module& module, const std::string& source);

/// tensors.hpp, which host.cpp includes: .npy files, number formats, tiles. The same for all kernels.
std::string tensors_text();

std::string cmake_text(const device::Module& module);

/// plan.json: everything that a host needs to run the kernels, and nothing else; plan_schema() describes it.
std::string plan_text(const device::Module& module);
/// The JSON schema (draft 2020-12) of plan.json.
std::string plan_schema();

}  // namespace tessera::tile::emit

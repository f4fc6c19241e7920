#include <tile/emit/files.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include <base/error.h>

namespace tessera::tile::emit {

std::string kernel_path(const device::Program& program, const device::KernelCode& kernel) {
    return fmt::format("kernels/{}_{}.cpp", program.name, name_of(kernel.role));
}

std::vector<File> files_of(const device::Module& module, const std::string& source, const SourceLine& line) {
    std::vector<File> files;
    files.push_back({"host.cpp", host_text(module, source)});
    files.push_back({"tensors.hpp", tensors_text()});
    for (const device::Program& program : module.programs) {
        for (const device::KernelCode& kernel : program.kernels) {
            files.push_back({kernel_path(program, kernel), kernel_text(kernel, program, module, line)});
        }
    }
    files.push_back({"CMakeLists.txt", cmake_text(module)});
    files.push_back({"plan.json", plan_text(module)});
    return files;
}

void write_files(const std::string& folder, const std::vector<File>& files) {
    for (const File& file : files) {
        const std::filesystem::path path = std::filesystem::path(folder) / file.path;
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        std::ifstream before(path, std::ios::binary);
        if (before && std::string{std::istreambuf_iterator<char>(before), {}} == file.text) {
            continue;
        }
        std::ofstream into(path, std::ios::binary);
        into << file.text;
        into.close();
        if (!into) {
            throw Error("cannot-write", "can't write " + path.string(), "give another folder");
        }
    }
}

}  // namespace tessera::tile::emit

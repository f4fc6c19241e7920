// Where a kernel's source is: programs name it relative to many places.
#pragma once

#include <string>
#include <vector>

namespace tessera::metalium {

struct ResolvedKernel {
    std::string path;  ///< absolute
    std::string root;  ///< the folder that the name was relative to; empty for an absolute name
};

/// Looks in: the folder of SetRootDir, the working directory, TESSERA_PROGRAM_DIR and the folders above it (also with
/// leading parts of the name left out), TT_METAL_KERNEL_PATH, TT_METAL_HOME, the executable's folder and those above
/// it. Throws tessera::Error (kernel-not-found) that lists the places.
ResolvedKernel resolve_kernel(const std::string& name);

/// The folder that SetRootDir gave.
void set_root_dir(const std::string& folder);

/// Folders in which an #include of a kernel may be found besides its own.
std::vector<std::string> kernel_include_dirs(const ResolvedKernel& kernel);

}  // namespace tessera::metalium

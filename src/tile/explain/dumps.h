// A kernel's way through the compiler as a page: each pass beside the one before, what differs marked, and each line
// tied to the script's.
#pragma once

#include <string>
#include <vector>

#include <tile/emit/files.h>
#include <tile/explain/explain.h>

namespace tessera::tile::explain {

/// A file that places of the kernel mean; the script first, as in Kernel::files.
struct ScriptFile {
    std::string name;
    std::vector<std::string> lines;
};

/// `sources` are what was emitted; of these the kernels are shown.
std::string passes_html(const Passes& passes, const std::vector<ScriptFile>& files,
                        const std::vector<emit::File>& sources);

/// Two texts, line by line, as few lines as possible differing: pairs of line numbers, -1 where one side has none.
std::vector<std::pair<int, int>> aligned_lines(const std::vector<std::string>& before,
                                               const std::vector<std::string>& after);

}  // namespace tessera::tile::explain

#include "findings.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tessera::cli {

FindingsFile::FindingsFile(bool wanted) {
    if (!wanted) {
        return;
    }
    std::string path = (std::filesystem::temp_directory_path() / "tessera-findings-XXXXXX").string();
    const int file = mkstemp(path.data());
    if (file < 0) {
        throw Error("cannot-write",
                    "no temporary file can be made in " + std::filesystem::temp_directory_path().string());
    }
    close(file);
    path_ = path;
}

FindingsFile::~FindingsFile() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
}

void FindingsFile::pass_to(RunRequest& request) const {
    if (!path_.empty()) {
        request.environment["TESSERA_DIAGNOSTICS"] = path_;
    }
}

std::vector<Diagnostic> FindingsFile::read() const {
    std::vector<Diagnostic> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
        try {
            found.push_back(Diagnostic::from_json(line));
        } catch (const std::exception&) {
            break;  // the last line of a process that was killed while it wrote
        }
    }
    return found;
}

}  // namespace tessera::cli

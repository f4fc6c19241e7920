// What a program that runs as a child process finds: the file through which its library hands diagnostics over.
#pragma once

#include <string>
#include <vector>

#include <base/error.h>

#include "run.h"

namespace tessera::cli {

class FindingsFile {
public:
    /// wanted: false if nobody will read it; then there is no file.
    explicit FindingsFile(bool wanted);
    ~FindingsFile();
    FindingsFile(const FindingsFile&) = delete;
    FindingsFile& operator=(const FindingsFile&) = delete;

    /// Tells the program of it.
    void pass_to(RunRequest& request) const;
    /// All findings so far, in the order in which they were made.
    std::vector<Diagnostic> read() const;

private:
    std::string path_;
};

}  // namespace tessera::cli

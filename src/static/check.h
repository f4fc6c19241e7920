// Checks kernels without running them: every path of the source, for any arguments. What it finds has the names of the
// checks that are made on a run, where they mean the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <base/error.h>

namespace tessera::analysis {

enum class KernelKind : uint8_t { Auto, Reader, Writer, Compute };

struct KernelRequest {
    std::string path;  ///< absolute
    KernelKind kind = KernelKind::Auto;
    std::vector<std::string> include_dirs;
    std::vector<std::string> defines;                   ///< NAME or NAME=VALUE
    std::optional<std::vector<uint32_t>> compile_args;  ///< not given: placeholders, and only what holds for any values
    std::map<std::string, uint32_t> named_compile_args;
    std::vector<uint32_t> runtime_args;  ///< unique arguments; those that are not given are symbols
    uint8_t family = 0;                  ///< arch::Family
};

/// How many pages a kernel moves in all through one circular buffer.
struct PageTotal {
    size_t sites = 0;  ///< calls
    /// Sum of factor times product of symbols; not there if it can't be told.
    std::optional<std::map<std::vector<std::string>, int64_t>> terms;
};
struct PageTotals {
    PageTotal pushed, popped, waited;
};

struct KernelReport {
    std::string path;
    KernelKind kind = KernelKind::Reader;
    bool placeholders = false;  ///< compile-time arguments were asked for and not given
    bool complete = true;       ///< every path was walked
    bool compiled = false;
    std::vector<Diagnostic> findings;
    std::map<unsigned, PageTotals> pages;
    bool pages_known = false;  ///< every circular buffer's index is known
};

/// What a kernel's source is, by what it includes and calls.
KernelKind guess_kind(const std::string& text);
/// True if the source defines a kernel's entry.
bool defines_kernel(const std::string& text);

/// Never throws for what is wrong with the kernel: a kernel that doesn't compile is a finding.
KernelReport check_kernel(const KernelRequest& request);

/// Pages that the kernels of one program push and take, circular buffer by circular buffer. Only what is certain.
std::vector<Diagnostic> compare_pages(const std::vector<KernelReport>& kernels);

}  // namespace tessera::analysis

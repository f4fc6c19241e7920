// The cache of compiled things. An artifact is found in two steps, so that an unchanged one costs a few stat calls: a
// recipe key (what is asked for) names a manifest, and the manifest names the artifact together with every file that it
// was made from and their contents' hashes. Writers rename finished files into place, so any number of processes may
// share one cache.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::jit {

/// 128-bit content hash as 32 hexadecimal digits.
std::string hash_text(std::string_view text);
/// Hash of a file's content; empty if it can't be read.
std::string hash_file(const std::string& path);

/// A scratch folder inside the cache, removed when it goes out of scope; one left behind by a dead process is swept
/// when the next process opens the cache.
class Scratch {
public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }

private:
    std::string folder_;
};

struct Recipe {
    std::string folder;     ///< kernels, preludes or programs
    std::string extension;  ///< so, pch or elf
    std::string key;        ///< hash of everything that is known before the build, files it includes excepted
    /// The files it was made from must have their times too, not only their contents: a precompiled header knows the
    /// headers in it by size and time, and would let them be included again.
    bool by_time = false;
    /// Writes the artifact and a make-style dependency file.
    std::function<void(const std::string& artifact, const std::string& dependencies)> make;
};

/// Path of the artifact, made if it is missing or any file it was made from has changed. built, if given, says whether
/// it was made now. Throws tessera::Error cache-unwritable, and what make throws.
std::string obtain(const Recipe& recipe, bool* built = nullptr);

/// Throws cache-unwritable for a write that failed, with the reason.
[[noreturn]] void cache_failure(const std::string& path, const std::string& reason);

}  // namespace tessera::jit

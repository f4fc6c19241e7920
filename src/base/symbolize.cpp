// The registered symbolizer, and what every caller of it needs: the user's frames only, with their text.
#include <base/symbolize.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

namespace tessera {
namespace {

std::mutex symbolizer_mutex;

Symbolizer& registered_symbolizer() {
    static Symbolizer symbolizer;
    return symbolizer;
}

std::string& registered_header_folder() {
    static std::string folder;
    return folder;
}

/// Answers so far: a report asks for the same few places once a core.
std::map<std::pair<std::string, uint64_t>, std::vector<SourceLocation>>& known_answers() {
    static std::map<std::pair<std::string, uint64_t>, std::vector<SourceLocation>> answers;
    return answers;
}

std::mutex sources_mutex;

std::map<std::string, std::string>& remembered_sources() {
    static std::map<std::string, std::string> sources;
    return sources;
}

std::string line_of(std::istream& stream, unsigned line) {
    std::string text;
    for (unsigned i = 0; i < line; ++i) {
        if (!std::getline(stream, text)) {
            return {};
        }
    }
    const size_t first = text.find_first_not_of(" \t");
    const size_t last = text.find_last_not_of(" \t\r");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

}  // namespace

void remember_source(const std::string& name, const std::string& text) {
    const std::lock_guard lock(sources_mutex);
    remembered_sources()[name] = text;
}

void set_symbolizer(Symbolizer symbolizer, std::string kernel_header_folder) {
    const std::lock_guard lock(symbolizer_mutex);
    registered_symbolizer() = std::move(symbolizer);
    registered_header_folder() = std::move(kernel_header_folder);
    known_answers().clear();
}

std::string read_source_line(const std::string& file, unsigned line) {
    {
        const std::lock_guard lock(sources_mutex);
        // Debug information places a name without a folder in the working directory.
        const auto& sources = remembered_sources();
        if (const auto found = sources.find(std::filesystem::path(file).filename().string()); found != sources.end()) {
            std::istringstream stream(found->second);
            return line_of(stream, line);
        }
    }
    std::ifstream stream(file);
    return line_of(stream, line);
}

std::vector<SourceLocation> symbolize(const std::string& object_path, uint64_t offset) {
    const std::lock_guard lock(symbolizer_mutex);
    if (!registered_symbolizer()) {
        return {};
    }
    const auto [known, is_new] = known_answers().try_emplace({object_path, offset});
    std::vector<SourceLocation>& result = known->second;
    if (!is_new) {
        return result;
    }
    const std::string& folder = registered_header_folder();
    for (SourceLocation& location : registered_symbolizer()(object_path, offset)) {
        if (location.line == 0 || (!folder.empty() && location.file.starts_with(folder + '/'))) {
            continue;
        }
        if (location.text.empty()) {
            location.text = read_source_line(location.file, location.line);
        }
        result.push_back(std::move(location));
    }
    return result;
}

}  // namespace tessera

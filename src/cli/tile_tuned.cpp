#include "tile_tuned.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include <jit/cache.h>
#include <jit/jit.h>
#include <tile/emit/files.h>

namespace fs = std::filesystem;

namespace tessera::cli {

namespace {

using Json = nlohmann::json;

std::string sorted(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    std::string all;
    for (const std::string& text : texts) {
        all += text + '\n';
    }
    return all;
}

/// The script and what it imports.
std::vector<std::string> files_of_script(const TileOptions& options) {
    TileOptions plain = options;
    plain.tuned = plain.json = false;
    plain.quiet = true;
    plain.dumps.clear();
    try {
        return compile_tile(plain, false).kernel.files;
    } catch (const Refusal&) {
        // Without a configuration of its own it may not compile.
        return {};
    }
}

}  // namespace

TuneCache::TuneCache() : folder_((fs::path(jit::cache_folder()) / "tile" / "tuned").string()) {
    build_ =
        jit::hash_file("/proc/self/exe") + jit::hash_file((fs::path(library_folder()) / "libtt_metal.so").string());
}

std::string TuneCache::trial_key(const TileOptions& options, const CompiledTile& like,
                                 const tile::device::Module& module) const {
    std::string all = build_ + board_name(options.run) + std::to_string(options.seed) + sorted(options.ranges);
    for (const std::string& input : options.inputs) {
        const size_t equals = input.find('=');
        all += input.substr(0, equals) + jit::hash_file(input.substr(equals + 1));
    }
    const std::string name = like.scripts.empty() ? std::string() : like.scripts.front().name;
    for (const tile::emit::File& file : tile::emit::files_of(module, name)) {
        all += file.path + '\n' + file.text;
    }
    return "trial-" + jit::hash_text(all);
}

std::string TuneCache::best_key(const TileOptions& options) const {
    std::string script = options.script, kernel;
    if (const size_t colon = script.rfind(':'); colon != std::string::npos && !fs::exists(script)) {
        kernel = script.substr(colon + 1);
        script.resize(colon);
    }
    std::string all = build_ + kernel + '\n' + board_name(options.run) + '\n' + options.choices + '\n' +
                      sorted(options.arguments) + jit::hash_file(script);
    for (const std::string& file : files_of_script(options)) {
        all += jit::hash_file(file);
    }
    return "best-" + jit::hash_text(all);
}

std::optional<Json> TuneCache::load(const std::string& key) const {
    std::ifstream file(fs::path(folder_) / (key + ".json"));
    if (!file) {
        return std::nullopt;
    }
    Json entry = Json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
    return entry.is_discarded() ? std::nullopt : std::optional(std::move(entry));
}

void TuneCache::store(const std::string& key, const Json& entry) const {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    const fs::path path = fs::path(folder_) / (key + ".json");
    const fs::path draft = path.string() + "." + std::to_string(getpid());
    write_text(draft.string(), entry.dump(1) + "\n");
    fs::rename(draft, path, ignored);
    if (ignored) {
        jit::cache_failure(path.string(), ignored.message());
    }
}

TileOptions tuned_options(const TileOptions& options) {
    TileOptions result = options;
    result.tuned = false;
    const TuneCache cache;
    const auto found = cache.load(cache.best_key(result));
    if (!found) {
        throw Refusal{
            EXIT_NO_INPUT, "not-tuned",
            fmt::format("tessera: --tuned: {} has not been tuned for these arguments on {}: run `tessera tile "
                        "tune` first, with the same --arg, --board and --choose",
                        options.script, board_name(options.run))};
    }
    for (const auto& [name, value] : found->at("arguments").items()) {
        result.arguments.push_back(name + "=" + value.get<std::string>());
    }
    result.choices = found->at("choices").get<std::string>();
    return result;
}

}  // namespace tessera::cli

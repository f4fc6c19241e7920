// The vectors of tests/data/golden: what an instruction-level model of the chip answers. The environment variable
// TESSERA_GOLDEN names another set of the same format; without it the whole set is used where it lies next to the
// checkout.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace golden {

inline std::filesystem::path root() {
    if (const char* named = std::getenv("TESSERA_GOLDEN"); named && *named) {
        return named;
    }
    const std::filesystem::path whole = TESSERA_SOURCE_DIR "/../shared/data/golden";
    return std::filesystem::exists(whole / "index.json") ? whole : TESSERA_SOURCE_DIR "/tests/data/golden";
}

inline const nlohmann::json& entries() {
    static const nlohmann::json index = [] {
        std::ifstream in(root() / "index.json");
        return nlohmann::json::parse(in)["entries"];
    }();
    return index;
}

inline std::filesystem::path path(const nlohmann::json& entry, const char* key) {
    return root() / entry.at("dir").get<std::string>() / entry.at(key).get<std::string>();
}

/// The file's contents; throws if there is none.
inline std::vector<uint8_t> bytes(const nlohmann::json& entry, const char* key) {
    std::ifstream in(path(entry, key), std::ios::binary);
    if (!in) {
        throw std::runtime_error("no file " + path(entry, key).string());
    }
    return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
std::vector<T> values(const nlohmann::json& entry, const char* key) {
    const std::vector<uint8_t> raw = bytes(entry, key);
    std::vector<T> out(raw.size() / sizeof(T));
    std::memcpy(out.data(), raw.data(), out.size() * sizeof(T));
    return out;
}

/// A file of 16- or 32-bit values, widened; 16-bit values land in the low half.
inline std::vector<uint32_t> words(const nlohmann::json& entry, const char* key, bool narrow) {
    if (!narrow) {
        return values<uint32_t>(entry, key);
    }
    const auto half = values<uint16_t>(entry, key);
    return {half.begin(), half.end()};
}

}  // namespace golden

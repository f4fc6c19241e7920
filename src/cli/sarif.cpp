#include "sarif.h"

#include <fstream>

#include <nlohmann/json.hpp>

#include <base/checks.h>

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;

Json location(const SourceLocation& place) {
    Json physical = {
        {"artifactLocation", {{"uri", place.file.starts_with('/') ? "file://" + place.file : place.file}}}};
    if (place.line != 0) {
        physical["region"] = {{"startLine", place.line}};
        if (place.column != 0) {
            physical["region"]["startColumn"] = place.column;
        }
    }
    return {{"physicalLocation", std::move(physical)}};
}

/// The message with what belongs to it, as plain text.
std::string text_of(const Diagnostic& diagnostic) {
    std::string text = diagnostic.message;
    if (!diagnostic.where.empty()) {
        text += "\n" + diagnostic.where;
    }
    for (const std::string& note : diagnostic.notes) {
        text += "\n" + note;
    }
    if (!diagnostic.help.empty()) {
        text += "\nhelp: " + diagnostic.help;
    }
    return text;
}

Json result(const Diagnostic& diagnostic) {
    Json object = {{"ruleId", diagnostic.name},
                   {"level", severity_word(diagnostic.severity)},
                   {"message", {{"text", text_of(diagnostic)}}},
                   {"locations", Json::array()}};
    if (!diagnostic.trace.empty()) {
        object["locations"].push_back(location(diagnostic.trace.front()));
    }
    Json related = Json::array();
    for (size_t i = 1; i < diagnostic.trace.size(); ++i) {
        Json place = location(diagnostic.trace[i]);
        place["message"] = {{"text", "called from here"}};
        related.push_back(std::move(place));
    }
    for (const RelatedPlace& other : diagnostic.related) {
        if (!other.trace.empty()) {
            Json place = location(other.trace.front());
            place["message"] = {{"text", other.message}};
            related.push_back(std::move(place));
        }
    }
    if (!related.empty()) {
        object["relatedLocations"] = std::move(related);
    }
    return object;
}

}  // namespace

void write_sarif(const std::string& path, std::span<const Diagnostic> found) {
    Json rules = Json::array();
    for (const Check& check : checks()) {
        rules.push_back({{"id", check.name},
                         {"shortDescription", {{"text", check.summary}}},
                         {"defaultConfiguration", {{"level", severity_word(check.severity)}}},
                         {"properties", {{"family", family_name(check.family)}}}});
    }
    Json results = Json::array();
    for (const Diagnostic& diagnostic : found) {
        results.push_back(result(diagnostic));
    }
    const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs",
                       {{{"tool", {{"driver", {{"name", "tessera"}, {"rules", std::move(rules)}}}}},
                         {"results", std::move(results)}}}}};
    std::ofstream file(path);
    file << log.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    if (!file.flush()) {
        throw Error("cannot-write", path + " can't be written");
    }
}

}  // namespace tessera::cli

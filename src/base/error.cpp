// How a diagnostic is shown, and its form as JSON.
#include <base/error.h>

#include <unistd.h>

#include <cstdlib>

#include <nlohmann/json.hpp>

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

/// Escape sequences of a terminal, or nothing.
struct Colours {
    bool on;
    const char* bold() const { return on ? "\033[1m" : ""; }
    const char* place() const { return on ? "\033[34m" : ""; }
    const char* help() const { return on ? "\033[32m" : ""; }
    const char* end() const { return on ? "\033[0m" : ""; }
    const char* of(Diagnostic::Severity severity) const {
        if (!on) {
            return "";
        }
        return severity == Diagnostic::Severity::Error     ? "\033[1;31m"
               : severity == Diagnostic::Severity::Warning ? "\033[1;33m"
                                                           : "\033[1;36m";
    }
};

/// Appends text, later lines set in by as many blanks as the first is.
void append_indented(std::string& out, const std::string& text, size_t indent) {
    for (const char c : text) {
        out += c;
        if (c == '\n') {
            out.append(indent, ' ');
        }
    }
    out += '\n';
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

void append_trace(std::string& out, const std::vector<SourceLocation>& trace, const Colours& colours) {
    for (size_t i = 0; i < trace.size(); ++i) {
        const SourceLocation& location = trace[i];
        out += colours.place();
        out += i == 0 ? "  --> " : "   by ";
        out += file_name(location.file);
        if (location.line != 0) {
            out += ':' + std::to_string(location.line);
        }
        out += colours.end();
        if (!location.text.empty()) {
            out += "  " + location.text;
        }
        out += '\n';
    }
}

Json trace_json(const std::vector<SourceLocation>& trace) {
    Json list = Json::array();
    for (const SourceLocation& location : trace) {
        list.push_back({{"file", location.file},
                        {"line", location.line},
                        {"column", location.column},
                        {"function", location.function},
                        {"text", location.text}});
    }
    return list;
}

std::vector<SourceLocation> trace_from(const Json& list) {
    std::vector<SourceLocation> trace;
    for (const Json& place : list) {
        trace.push_back({place.value("file", ""), place.value("line", 0U), place.value("column", 0U),
                         place.value("function", ""), place.value("text", "")});
    }
    return trace;
}

}  // namespace

const char* severity_word(Diagnostic::Severity severity) {
    switch (severity) {
        case Diagnostic::Severity::Note:
            return "note";
        case Diagnostic::Severity::Warning:
            return "warning";
        case Diagnostic::Severity::Error:
            break;
    }
    return "error";
}

bool colour_on_stderr() {
    const char* refused = std::getenv("NO_COLOR");
    return isatty(STDERR_FILENO) != 0 && (refused == nullptr || *refused == 0);
}

std::string Diagnostic::render(bool colour) const {
    const Colours colours{colour};
    std::string out = colours.of(severity);
    out += severity_word(severity);
    out += '[' + name + "]" + colours.end() + ": " + colours.bold();
    append_indented(out, message, 0);
    out.insert(out.size() - 1, colours.end());
    append_trace(out, trace, colours);
    const auto line = [&](const std::string& text) {
        out += "  ";
        append_indented(out, text, 2);
    };
    if (!where.empty()) {
        line(where);
    }
    for (const std::string& note : notes) {
        line(note);
    }
    for (const RelatedPlace& place : related) {
        line(place.message);
        append_trace(out, place.trace, colours);
    }
    if (!help.empty()) {
        out += std::string("  ") + colours.help() + "help" + colours.end() + ": ";
        append_indented(out, help, 8);
    }
    out.pop_back();
    return out;
}

std::string Diagnostic::json() const {
    Json object = {{"name", name},   {"severity", severity_word(severity)}, {"message", message},
                   {"where", where}, {"trace", trace_json(trace)},          {"notes", notes},
                   {"help", help}};
    Json places = Json::array();
    for (const RelatedPlace& place : related) {
        places.push_back({{"message", place.message}, {"trace", trace_json(place.trace)}});
    }
    object["related"] = std::move(places);
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Diagnostic Diagnostic::from_json(const std::string& line) {
    const Json object = Json::parse(line);
    Diagnostic diagnostic{.name = object.value("name", ""), .message = object.value("message", "")};
    const std::string severity = object.value("severity", "error");
    diagnostic.severity = severity == "note"      ? Severity::Note
                          : severity == "warning" ? Severity::Warning
                                                  : Severity::Error;
    diagnostic.where = object.value("where", "");
    diagnostic.trace = trace_from(object.value("trace", Json::array()));
    diagnostic.notes = object.value("notes", std::vector<std::string>());
    diagnostic.help = object.value("help", "");
    for (const Json& place : object.value("related", Json::array())) {
        diagnostic.related.push_back({place.value("message", ""), trace_from(place.value("trace", Json::array()))});
    }
    return diagnostic;
}

Error::Error(Diagnostic diagnostic) : std::runtime_error(diagnostic.render()), diagnostic_(std::move(diagnostic)) {}

Error::Error(std::string name, std::string message, std::string help)
    : Error(Diagnostic{.name = std::move(name), .message = std::move(message), .help = std::move(help)}) {}

}  // namespace tessera

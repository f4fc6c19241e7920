// How a diagnostic is shown.
#include <base/error.h>

namespace tessera {
namespace {

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

}  // namespace

std::string Diagnostic::render() const {
    std::string out = severity_word(severity);
    out += '[' + name + "]: ";
    append_indented(out, message, 0);
    for (size_t i = 0; i < trace.size(); ++i) {
        const SourceLocation& location = trace[i];
        out += i == 0 ? "  --> " : "   by ";
        out += file_name(location.file);
        if (location.line != 0) {
            out += ':' + std::to_string(location.line);
        }
        if (!location.text.empty()) {
            out += "  " + location.text;
        }
        out += '\n';
    }
    for (const std::string& note : notes) {
        out += "  ";
        append_indented(out, note, 2);
    }
    if (!help.empty()) {
        out += "  help: ";
        append_indented(out, help, 8);
    }
    out.pop_back();
    return out;
}

Error::Error(Diagnostic diagnostic) : std::runtime_error(diagnostic.render()), diagnostic_(std::move(diagnostic)) {}

Error::Error(std::string name, std::string message, std::string help)
    : Error(Diagnostic{.name = std::move(name), .message = std::move(message), .help = std::move(help)}) {}

}  // namespace tessera

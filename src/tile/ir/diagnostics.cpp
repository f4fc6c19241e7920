#include <tile/ir/diagnostics.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::tile {
namespace {

/// Line `number`, from 1, without the blanks around it.
std::string line_of(std::string_view text, uint32_t number) {
    for (uint32_t line = 1; line < number; ++line) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") + 1 - first));
}

constexpr DiagnosticName names[] = {
#include <tile/ir/diagnostic_names.inc>
};

}  // namespace

uint16_t Diagnostics::add_file(std::string path, std::string text) {
    for (size_t i = 0; i < files_.size(); ++i) {
        if (files_[i].path == path) {
            files_[i].text = std::move(text);
            return static_cast<uint16_t>(i);
        }
    }
    files_.push_back({std::move(path), std::move(text)});
    return static_cast<uint16_t>(files_.size() - 1);
}

std::vector<std::string> Diagnostics::files() const {
    std::vector<std::string> paths;
    paths.reserve(files_.size());
    for (const File& file : files_) {
        paths.push_back(file.path);
    }
    return paths;
}

void Diagnostics::error(std::string_view name, Span span, std::string message, std::string help) {
    add(Diagnostic::Severity::Error, name, span, std::move(message), std::move(help));
}

void Diagnostics::warning(std::string_view name, Span span, std::string message, std::string help) {
    add(Diagnostic::Severity::Warning, name, span, std::move(message), std::move(help));
}

void Diagnostics::note(std::string_view name, Span span, std::string message, std::string help) {
    add(Diagnostic::Severity::Note, name, span, std::move(message), std::move(help));
}

void Diagnostics::add_note(std::string text) {
    if (!all_.empty()) {
        all_.back().notes.push_back(std::move(text));
    }
}

void Diagnostics::add(Diagnostic::Severity severity, std::string_view name, Span span, std::string message,
                      std::string help) {
    Diagnostic one{
        .name = std::string(name), .severity = severity, .message = std::move(message), .help = std::move(help)};
    if (span.file < files_.size()) {
        SourceLocation place;
        place.file = files_[span.file].path;
        place.line = span.line;
        place.column = span.column;
        if (span.line != 0) {
            place.text = line_of(files_[span.file].text, span.line);
        }
        one.trace.push_back(std::move(place));
    }
    const bool known = std::ranges::any_of(all_, [&](const Diagnostic& other) {
        return other.name == one.name && other.message == one.message && other.trace.empty() == one.trace.empty() &&
               (one.trace.empty() ||
                (other.trace[0].line == one.trace[0].line && other.trace[0].column == one.trace[0].column));
    });
    if (known) {
        return;
    }
    errors_ += severity == Diagnostic::Severity::Error ? 1 : 0;
    all_.push_back(std::move(one));
}

std::string Diagnostics::render(bool colour) const {
    std::string out;
    for (const Diagnostic& one : all_) {
        Diagnostic shown = one;
        // Diagnostic::render shows the file and the line; in a script the column matters as much.
        if (!shown.trace.empty() && shown.trace[0].line != 0) {
            SourceLocation& place = shown.trace[0];
            place.file += ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
            place.line = 0;
        }
        out += shown.render(colour);
        if (!out.empty() && out.back() != '\n') {
            out += '\n';
        }
    }
    return out;
}

void Diagnostics::throw_if_failed() const {
    if (!failed()) {
        return;
    }
    Diagnostic first;
    bool found = false;
    for (const Diagnostic& one : all_) {
        if (one.severity != Diagnostic::Severity::Error) {
            continue;
        }
        if (!found) {
            first = one;
            found = true;
            continue;
        }
        std::string also = one.name + ": " + one.message;
        if (!one.trace.empty() && one.trace[0].line != 0) {
            also += " (line " + std::to_string(one.trace[0].line) + ")";
        }
        first.notes.push_back(std::move(also));
    }
    throw Error(std::move(first));
}

std::span<const DiagnosticName> diagnostic_names() {
    return names;
}

std::string_view meaning_of(std::string_view name) {
    for (const DiagnosticName& one : names) {
        if (one.name == name) {
            return one.meaning;
        }
    }
    return {};
}

}  // namespace tessera::tile

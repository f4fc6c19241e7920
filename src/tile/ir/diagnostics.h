// What the tile compiler has to say about a script: collected, so that one run reports all it can.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <base/error.h>
#include <tile/ir/types.h>

namespace tessera::tile {

/// Errors, warnings and notes of one compilation, in the order in which they were found, with the texts of the files
/// that their places mean. The same name at the same place with the same message is kept once.
class Diagnostics {
public:
    /// A file whose lines can be shown; its index is what Span::file says. The first one gets 0. A path that is there
    /// already keeps its index, and its text is replaced.
    uint16_t add_file(std::string path, std::string text);
    /// The paths, in the order of their indices: Kernel::files.
    std::vector<std::string> files() const;

    /// `name` is one of diagnostic_names(); message is one sentence without a full stop; help says what to do.
    void error(std::string_view name, Span span, std::string message, std::string help = {});
    void warning(std::string_view name, Span span, std::string message, std::string help = {});
    void note(std::string_view name, Span span, std::string message, std::string help = {});
    /// Adds a line to the latest diagnostic: "the macro was called here (line 12)".
    void add_note(std::string text);

    bool failed() const { return errors_ != 0; }
    size_t errors() const { return errors_; }
    /// With file, line, column and the text of the line filled in.
    const std::vector<Diagnostic>& all() const { return all_; }

    /// All of them as text, each as Diagnostic::render shows it but with file:line:column. Warnings and notes too.
    std::string render(bool colour = false) const;
    /// Throws tessera::Error with the first error, the others among its notes, if there is one.
    void throw_if_failed() const;

private:
    struct File {
        std::string path, text;
    };
    void add(Diagnostic::Severity severity, std::string_view name, Span span, std::string message, std::string help);

    std::vector<File> files_;
    std::vector<Diagnostic> all_;
    size_t errors_ = 0;
};

/// A diagnostic's name, and in one sentence what it means.
struct DiagnosticName {
    std::string_view name, meaning;
};
/// All names that the tile compiler uses, in the order of the alphabet.
std::span<const DiagnosticName> diagnostic_names();
/// What a name means; empty if there is none of that name.
std::string_view meaning_of(std::string_view name);

}  // namespace tessera::tile

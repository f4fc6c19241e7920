// Errors that a user can cause, and the one shape in which every diagnostic is shown.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera {

/// A place in a source file; line 0 when unknown.
struct SourceLocation {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
    std::string function;
    std::string text;  ///< the source line itself, when it could be read
};

/// The other side of a diagnostic: what happened elsewhere that it is about.
struct RelatedPlace {
    std::string message;                ///< "the write was issued here by core (0,0) of device 0, RISCV_0 (writer.cpp)"
    std::vector<SourceLocation> trace;  ///< innermost first; may be empty
};

/// What went wrong, where, and what to do. Rendered as
///     error[missing-read-barrier]: tile pushed to c_0 before its bytes arrived
///       --> reader.cpp:31  cb_push_back(cb_id_in0, 1)
///       core (2,3) of device 0, RISCV_1 (reader): ...
///       help: call noc_async_read_barrier() before cb_push_back
struct Diagnostic {
    enum class Severity { Note, Warning, Error };

    std::string name;  ///< kebab-case, one page each in docs/checks/
    Severity severity = Severity::Error;
    std::string message;
    std::vector<SourceLocation> trace;  ///< innermost first
    std::vector<std::string> notes;
    std::string help;
    std::vector<RelatedPlace> related;
    std::string where;  ///< "core (2,3) of device 0, RISCV_1 (reader.cpp)"; empty on the host

    /// colour: with the escape sequences of a terminal.
    std::string render(bool colour = false) const;
    /// One line of JSON: name, severity, message, where, trace, notes, related, help.
    std::string json() const;
    static Diagnostic from_json(const std::string& line);
};

/// "error", "warning", "note".
const char* severity_word(Diagnostic::Severity severity);

/// True if diagnostics on standard error are to be coloured: a terminal, and NO_COLOR is not set.
bool colour_on_stderr();

/// Thrown out of the API for everything that a user can cause. what() is the rendered diagnostic.
class Error : public std::runtime_error {
public:
    explicit Error(Diagnostic diagnostic);
    Error(std::string name, std::string message, std::string help = {});

    const Diagnostic& diagnostic() const { return diagnostic_; }

private:
    Diagnostic diagnostic_;
};

}  // namespace tessera

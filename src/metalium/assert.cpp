// The exception behind TT_FATAL and TT_THROW.
#include <cxxabi.h>
#include <execinfo.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <base/error.h>
#include <tt_stl/assert.hpp>

namespace tt::assert {

namespace {

/// An error of the API whose what() has TT-Metalium's shape, and whose diagnostic has Tessera's.
class AssertionError final : public tessera::Error {
public:
    AssertionError(tessera::Diagnostic diagnostic, std::string text)
        : tessera::Error(std::move(diagnostic)), text_(std::move(text)) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

/// The name in "module(mangled+offset) [address]", demangled, else the whole line.
std::string demangle(const std::string& symbol) {
    const size_t open = symbol.find('(');
    const size_t plus = symbol.find('+', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || plus == std::string::npos || plus <= open + 1) {
        return symbol;
    }
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(symbol.substr(open + 1, plus - open - 1).c_str(), nullptr, nullptr, &status), &std::free);
    return status == 0 ? std::string(name.get()) : symbol;
}

}  // namespace

std::vector<std::string> backtrace(int size, int skip) {
    std::vector<void*> frames(static_cast<size_t>(size));
    const int count = ::backtrace(frames.data(), size);
    const std::unique_ptr<char*, decltype(&std::free)> symbols(::backtrace_symbols(frames.data(), count), &std::free);
    std::vector<std::string> lines;
    for (int i = skip; i < count && symbols; ++i) {
        lines.push_back(demangle(symbols.get()[i]));
    }
    return lines;
}

std::string backtrace_to_string(int size, int skip, const std::string& prefix) {
    std::string text;
    for (const std::string& line : backtrace(size, skip)) {
        text += prefix + line + "\n";
    }
    return text;
}

void tt_throw_message(const char* file, int line, const char* type, const char* condition, const std::string& message) {
    std::string text = std::string(type) + " @ " + file + ":" + std::to_string(line) + ": " + condition + "\n";
    if (!message.empty()) {
        text += "info:\n" + message + "\n";
    }
    if (std::getenv("TT_ASSERT_ABORT") != nullptr) {
        log_detail::write(log_detail::Level::Critical, LogAlways, "{}", fmt::make_format_args(text));
        std::abort();
    }
    text += "backtrace:\n" + backtrace_to_string(100, 3, " --- ");

    tessera::Diagnostic diagnostic;
    diagnostic.name = "check-failed";
    diagnostic.message = message.empty() ? std::string(condition) : message;
    diagnostic.trace.push_back({.file = file, .line = static_cast<unsigned>(line), .text = condition});
    throw AssertionError(std::move(diagnostic), std::move(text));
}

}  // namespace tt::assert

#include "diagnostics.h"

#include <cxxabi.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include <base/symbolize.h>

#include "jit.h"

namespace tessera::jit {

namespace {

constexpr size_t MAX_LINES = 40;

/// Where TT-Metalium declares a kernel function; empty if it does not.
std::string upstream_header(const std::string& name) {
    std::ifstream table(kernel_header_folder() + "/tessera/api_names.txt");
    std::string known;
    std::string header;
    while (table >> known >> header) {
        if (known == name) {
            return header;
        }
    }
    return {};
}

std::string help_for(const std::string& text) {
    if (text.find("the host passed fewer compile-time arguments") != std::string::npos) {
        return "add the argument to compile_args of the kernel's config, or correct the index";
    }
    if (text.find("no_such_named_compile_time_argument") != std::string::npos) {
        return "the host passed no compile-time argument with this name: add it to named_compile_args";
    }
    bool metal2 = text.find("'experimental/kernel_args.h' file not found") != std::string::npos;
    for (const std::string scope : {"args", "dfb", "tensor", "sem"}) {
        metal2 |= text.find("undeclared identifier '" + scope + "'") != std::string::npos &&
                  text.find(scope + "::") != std::string::npos;
    }
    if (metal2) {
        return "arguments and buffers by name (get_arg(args::...), dfb::..., tensor::...) belong to Metal 2.0's "
               "experimental API, which is not simulated; use get_arg_val, CircularBuffer and TensorAccessorArgs";
    }
    static const std::regex unknown(
        R"((?:use of undeclared (?:identifier|template)|no template named|no member named|unknown type name|no type named) '([A-Za-z_0-9:~]+)')");
    std::smatch match;
    if (!std::regex_search(text, match, unknown)) {
        return {};
    }
    std::string name = match[1];
    name = name.substr(name.rfind(':') + 1);
    if (std::string header = upstream_header(name); !header.empty()) {
        return name + " belongs to TT-Metalium's kernel API (" + header +
               "), and Tessera does not have it or its header is not included; docs/kernel_api.md lists what there is";
    }
    return name + " is not a name of TT-Metalium's kernel API";
}

}  // namespace

Error compile_error(const std::string& kernel_name, const std::string& clang_output, const std::string& generated) {
    static const std::regex assertion(R"(^static assertion failed(?: due to requirement '.*?')?: )");
    static const std::regex noted(R"(^(.*?):(\d+):(\d+): (?:note|error): .*$)");
    static const std::regex first_line(R"(^(?:(.*?):(\d+):(\d+): )?(?:fatal )?error: (.*)$)");
    Diagnostic diagnostic;
    diagnostic.name = "kernel-compile-error";
    std::istringstream lines(clang_output);
    std::string line;
    std::string shown;
    size_t count = 0;
    bool in_generated = false;
    const std::string own_headers = kernel_header_folder();
    const auto add_place = [&](const std::smatch& match) {
        SourceLocation location;
        location.file = match[1];
        location.line = static_cast<unsigned>(std::stoul(match[2]));
        location.column = static_cast<unsigned>(std::stoul(match[3]));
        location.text = read_source_line(location.file, location.line);
        diagnostic.trace.push_back(location);
    };
    while (std::getline(lines, line)) {
        if (line.starts_with("In file included from ") || line.find(" generated.") != std::string::npos) {
            continue;
        }
        if (line.find(": note: ") != std::string::npos || line.find("error: ") != std::string::npos) {
            in_generated = line.starts_with(generated + ":");
        }
        std::smatch match;
        if (diagnostic.message.empty() && std::regex_match(line, match, first_line)) {
            // A static_assert of our headers says in words what its condition means.
            const std::string reason = std::regex_replace(match[4].str(), assertion, "");
            diagnostic.message = "kernel " + kernel_name + " does not compile: " + reason;
            if (match[1].matched && !in_generated && !match[1].str().starts_with(own_headers)) {
                add_place(match);
            }
        } else if (!diagnostic.message.empty() && diagnostic.trace.empty() && std::regex_match(line, match, noted) &&
                   !in_generated && !match[1].str().starts_with(own_headers)) {
            // The error lies in a header of ours, and a note says which line of the kernel led there.
            add_place(match);
        }
        if (in_generated) {
            continue;
        }
        if (++count <= MAX_LINES) {
            shown += shown.empty() ? line : "\n" + line;
        }
    }
    if (count > MAX_LINES) {
        shown += "\n(" + std::to_string(count - MAX_LINES) + " more lines)";
    }
    if (diagnostic.message.empty()) {
        diagnostic.message = "kernel " + kernel_name + " does not compile";
        shown = clang_output;
    }
    if (!shown.empty()) {
        diagnostic.notes.push_back(shown);
    }
    if (diagnostic.message.find("fewer compile-time arguments") != std::string::npos) {
        diagnostic.name = "compile-time-arg-out-of-range";
    }
    diagnostic.help = help_for(clang_output);
    return Error(diagnostic);
}

Error load_error(const std::string& kernel_name, const std::string& loader_message) {
    constexpr std::string_view MARK = "undefined symbol: ";
    size_t at = loader_message.find(MARK);
    if (at == std::string::npos) {
        return Error("kernel-compile-error", "kernel " + kernel_name + " can't be loaded: " + loader_message);
    }
    std::string symbol = loader_message.substr(at + MARK.size());
    symbol = symbol.substr(0, symbol.find_first_of(", \n"));
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> readable(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
    return Error("kernel-compile-error",
                 "kernel " + kernel_name + " uses " + (status == 0 ? readable.get() : symbol) +
                     ", which is declared but defined nowhere",
                 "define it in the kernel, or include the file that does");
}

}  // namespace tessera::jit

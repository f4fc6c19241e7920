// Source lines of a kernel's code, asked from llvm-symbolizer.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "jit.h"
#include "process.h"
#include "toolchain.h"

namespace tessera::jit {

std::vector<Frame> symbolize(const std::string& object_path, uint64_t offset_in_object) {
    std::vector<Frame> frames;
    if (toolchain().symbolizer.empty()) {
        return frames;
    }
    char offset[32];
    std::snprintf(offset, sizeof offset, "0x%llx", static_cast<unsigned long long>(offset_in_object));
    ProcessResult result = run_process(
        {toolchain().symbolizer, "--output-style=JSON", "--inlines", "--demangle", "--obj=" + object_path, offset});
    auto answer = nlohmann::json::parse(result.output, nullptr, false);
    if (result.status != 0 || answer.is_discarded()) {
        return frames;
    }
    // One object a query; older and newer versions differ in whether it is wrapped in an array.
    const auto& entry = answer.is_array() && !answer.empty() ? answer.front() : answer;
    if (!entry.is_object() || !entry.contains("Symbol")) {
        return frames;
    }
    for (const auto& symbol : entry["Symbol"]) {
        Frame frame;
        frame.function = symbol.value("FunctionName", "");
        frame.file = symbol.value("FileName", "");
        frame.line = symbol.value("Line", 0u);
        frame.column = symbol.value("Column", 0u);
        if (!frame.file.empty() && frame.line != 0) {
            frames.push_back(std::move(frame));
        }
    }
    return frames;
}

}  // namespace tessera::jit

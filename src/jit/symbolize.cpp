// Source lines of a kernel's code, asked from llvm-symbolizer.
#include <cstdio>
#include <sstream>

#include <nlohmann/json.hpp>

#include "jit.h"
#include "process.h"
#include "toolchain.h"

namespace tessera::jit {

namespace {

std::vector<Frame> frames_of(const nlohmann::json& entry) {
    std::vector<Frame> frames;
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

}  // namespace

std::vector<std::vector<Frame>> symbolize(const std::string& object_path, std::span<const uint64_t> offsets) {
    std::vector<std::vector<Frame>> all(offsets.size());
    if (toolchain().symbolizer.empty() || offsets.empty()) {
        return all;
    }
    std::string questions;
    for (const uint64_t offset : offsets) {
        char text[32];
        std::snprintf(text, sizeof text, "0x%llx\n", static_cast<unsigned long long>(offset));
        questions += text;
    }
    const ProcessResult result = run_process(
        {toolchain().symbolizer, "--output-style=JSON", "--inlines", "--demangle", "--obj=" + object_path}, questions);
    std::istringstream answers(result.output);
    size_t next = 0;
    for (std::string line; next < all.size() && std::getline(answers, line);) {
        const auto answer = nlohmann::json::parse(line, nullptr, false);
        if (answer.is_discarded()) {
            continue;
        }
        // One object a query; older and newer versions differ in whether it is wrapped in an array.
        all[next++] = frames_of(answer.is_array() && !answer.empty() ? answer.front() : answer);
    }
    return all;
}

std::vector<Frame> symbolize(const std::string& object_path, uint64_t offset_in_object) {
    return std::move(symbolize(object_path, std::span(&offset_in_object, 1)).front());
}

}  // namespace tessera::jit

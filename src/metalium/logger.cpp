// Log lines on standard output, chosen by TT_LOGGER_LEVEL and TT_LOGGER_TYPES.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <tt-logger/tt-logger.hpp>

namespace tt {

namespace {

using log_detail::Level;

constexpr std::string_view type_names[] = {
    "Always",        "Test",  "Timer",       "Device",   "LLRuntime",       "Loader",
    "BuildKernels",  "Verif", "Op",          "Dispatch", "Fabric",          "MetalTrace",
    "Inspector",     "Metal", "Metalium",    "Model",    "EmulationDriver", "UMD",
    "SiliconDriver", "TTNN",  "Distributed", "ScaleOut"};
static_assert(std::size(type_names) == LogType_Count);

constexpr std::string_view level_names[] = {"trace", "debug", "info", "warning", "error", "critical", "off"};

bool same_word(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (size_t i = 0; i < a.size(); ++i) {
        if ((a[i] | 0x20) != (b[i] | 0x20)) {
            return false;
        }
    }
    return true;
}

/// What the environment wants to see.
struct Filter {
    Level level = Level::Info;
    uint64_t types = ~uint64_t{0};

    Filter() {
        if (const char* wanted = std::getenv("TT_LOGGER_LEVEL")) {
            for (size_t i = 0; i < std::size(level_names); ++i) {
                if (same_word(wanted, level_names[i])) {
                    level = static_cast<Level>(i);
                }
            }
            if (same_word(wanted, "fatal")) {
                level = Level::Critical;
            }
        }
        if (const char* wanted = std::getenv("TT_LOGGER_TYPES")) {
            std::string_view list(wanted);
            uint64_t chosen = 0;
            while (!list.empty()) {
                const size_t end = std::min(list.find_first_of(";,"), list.size());
                const std::string_view word = list.substr(0, end);
                for (size_t i = 0; i < std::size(type_names); ++i) {
                    if (same_word(word, type_names[i])) {
                        chosen |= uint64_t{1} << i;
                    }
                }
                if (same_word(word, "all")) {
                    chosen = ~uint64_t{0};
                }
                list.remove_prefix(std::min(end + 1, list.size()));
            }
            types = chosen | 1;
        }
    }
};

const Filter& filter() {
    static const Filter filter;
    return filter;
}

}  // namespace

namespace log_detail {

bool enabled(Level level, LogType type) {
    return level >= filter().level && (filter().types >> type & 1) != 0;
}

void write(Level level, LogType type, fmt::string_view format, fmt::format_args args) {
    const auto now = std::chrono::system_clock::now();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), "{:%Y-%m-%d %H:%M:%S}.{:03} | {:<8} | {:>15} | ",
                   fmt::localtime(std::chrono::system_clock::to_time_t(now)), milliseconds,
                   level_names[static_cast<size_t>(level)], type_names[type]);
    fmt::vformat_to(std::back_inserter(line), format, args);
    line.push_back('\n');
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

}  // namespace log_detail

void log_fatal_message(LogType type, fmt::string_view format, fmt::format_args args) {
    log_detail::write(log_detail::Level::Critical, type, format, args);
    throw std::runtime_error(fmt::vformat(format, args));
}

}  // namespace tt

// log_info(tt::LogTest, "x = {}", x) and its siblings: one line each on standard output.
// The environment chooses what is shown: TT_LOGGER_LEVEL (trace, debug, info, warning, error, critical, off; info where
// unset) and TT_LOGGER_TYPES (a list of types separated by semicolons or commas).
#pragma once

#include <cstdint>

#include <fmt/base.h>

namespace tt {

/// What a log line is about.
enum LogType : uint32_t {
    LogAlways,
    LogTest,
    LogTimer,
    LogDevice,
    LogLLRuntime,
    LogLoader,
    LogBuildKernels,
    LogVerif,
    LogOp,
    LogDispatch,
    LogFabric,
    LogMetalTrace,
    LogInspector,
    LogMetal,
    LogMetalium,
    LogModel,
    LogEmulationDriver,
    LogUMD,
    LogSiliconDriver,
    LogTTNN,
    LogDistributed,
    LogScaleOut,
    LogType_Count,
};

namespace log_detail {

enum class Level : uint8_t { Trace, Debug, Info, Warning, Error, Critical, Off };

/// True where a line of this level and type is to be shown.
bool enabled(Level level, LogType type);
/// Formats and prints one line.
void write(Level level, LogType type, fmt::string_view format, fmt::format_args args);

template <typename... Args>
void log(Level level, LogType type, fmt::string_view format, const Args&... args) {
    if (enabled(level, type)) {
        write(level, type, format, fmt::make_format_args(args...));
    }
}

}  // namespace log_detail

#define TESSERA_LOG_FUNCTION(name, level)                                                     \
    template <typename... Args>                                                               \
    void name(LogType type, fmt::format_string<const Args&...> format, const Args&... args) { \
        log_detail::log(log_detail::Level::level, type, format, args...);                     \
    }                                                                                         \
    template <typename... Args>                                                               \
    void name(fmt::format_string<const Args&...> format, const Args&... args) {               \
        log_detail::log(log_detail::Level::level, LogAlways, format, args...);                \
    }

TESSERA_LOG_FUNCTION(log_trace, Trace)
TESSERA_LOG_FUNCTION(log_debug, Debug)
TESSERA_LOG_FUNCTION(log_info, Info)
TESSERA_LOG_FUNCTION(log_warning, Warning)
TESSERA_LOG_FUNCTION(log_error, Error)
TESSERA_LOG_FUNCTION(log_critical, Critical)
#undef TESSERA_LOG_FUNCTION

/// Logs at the highest level and throws a std::runtime_error with the message.
[[noreturn]] void log_fatal_message(LogType type, fmt::string_view format, fmt::format_args args);

template <typename... Args>
[[noreturn]] void log_fatal(LogType type, fmt::format_string<const Args&...> format, const Args&... args) {
    log_fatal_message(type, format, fmt::make_format_args(args...));
}
template <typename... Args>
[[noreturn]] void log_fatal(fmt::format_string<const Args&...> format, const Args&... args) {
    log_fatal_message(LogAlways, format, fmt::make_format_args(args...));
}

}  // namespace tt

using tt::log_critical;
using tt::log_debug;
using tt::log_error;
using tt::log_fatal;
using tt::log_info;
using tt::log_trace;
using tt::log_warning;

// TT_FATAL, TT_THROW and TT_ASSERT: checks that end in an exception with the place, the condition and a formatted text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/base.h>

#include <tt-logger/tt-logger.hpp>

namespace tt::assert {

/// Throws a std::runtime_error (a tessera::Error) whose what() reads
///     TYPE @ FILE:LINE: CONDITION
///     info:
///     MESSAGE
///     backtrace:
///      --- frame ...
/// and aborts the process instead where the environment sets TT_ASSERT_ABORT.
[[noreturn]] void tt_throw_message(const char* file, int line, const char* type, const char* condition,
                                   const std::string& message);

[[noreturn]] inline void tt_throw(const char* file, int line, const char* type, const char* condition) {
    tt_throw_message(file, line, type, condition, {});
}

template <typename... Args>
[[noreturn]] void tt_throw(const char* file, int line, const char* type, const char* condition,
                           fmt::format_string<const Args&...> format, const Args&... args) {
    tt_throw_message(file, line, type, condition, fmt::vformat(format, fmt::make_format_args(args...)));
}

/// The calling thread's stack, innermost frame first, demangled; at most `size` frames after `skip` of them.
std::vector<std::string> backtrace(int size = 64, int skip = 1);
/// The same as one string, one line a frame, each after `prefix`.
std::string backtrace_to_string(int size = 64, int skip = 2, const std::string& prefix = "");

}  // namespace tt::assert

#ifndef TT_THROW
/// Throws with a formatted message.
#define TT_THROW(...) ::tt::assert::tt_throw(__FILE__, __LINE__, "TT_THROW", "tt::exception" __VA_OPT__(, ) __VA_ARGS__)
#endif

#ifndef TT_FATAL
/// Throws with a formatted message unless the condition holds.
#define TT_FATAL(condition, ...)                                                                           \
    do {                                                                                                   \
        if (not(condition)) [[unlikely]] {                                                                 \
            ::tt::assert::tt_throw(__FILE__, __LINE__, "TT_FATAL", #condition __VA_OPT__(, ) __VA_ARGS__); \
        }                                                                                                  \
    } while (0)
#endif

#ifndef TT_ASSERT
#ifdef DEBUG
/// Throws unless the condition holds; checked only where DEBUG is defined.
#define TT_ASSERT(condition, ...)                                                                           \
    do {                                                                                                    \
        if (not(condition)) [[unlikely]] {                                                                  \
            ::tt::assert::tt_throw(__FILE__, __LINE__, "TT_ASSERT", #condition __VA_OPT__(, ) __VA_ARGS__); \
        }                                                                                                   \
    } while (0)
#else
/// Throws unless the condition holds; checked only where DEBUG is defined.
#define TT_ASSERT(condition, ...)
#endif
#endif

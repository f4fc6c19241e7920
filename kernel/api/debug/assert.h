// ASSERT(condition, ...): ends the run with a diagnostic at this line if the condition is false. Always on.
#pragma once

#include "tessera/abi_debug.h"

#define ASSERT_ENABLED 1
#define WATCHER_ASSERT_ENABLED 1
#define LIGHTWEIGHT_ASSERT_ENABLED 0

/// What an assertion was about. Only DebugAssertTripped is a kernel author's own.
enum debug_assert_type_t {
    DebugAssertOK = 2,
    DebugAssertTripped = 3,
    DebugAssertNCriscNOCReadsFlushedTripped = 4,
    DebugAssertNCriscNOCNonpostedWritesSentTripped = 5,
    DebugAssertNCriscNOCNonpostedAtomicsFlushedTripped = 6,
    DebugAssertNCriscNOCPostedWritesSentTripped = 7,
};

/// Reports a failed assertion; the run does not go on.
inline void assert_and_hang(uint32_t line_num, debug_assert_type_t assert_type = DebugAssertTripped) {
    (void)line_num;
    (void)assert_type;
    ::tsr_assert_failed("assertion");
}

#define ASSERT(condition, ...)               \
    do {                                     \
        if (!(condition)) {                  \
            ::tsr_assert_failed(#condition); \
        }                                    \
    } while (0)

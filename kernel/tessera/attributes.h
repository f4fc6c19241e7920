// Attributes and small types that every kernel header uses. The hardware's pointer attributes mean nothing on the host.
#pragma once

#include <cstddef>
#include <cstdint>

#ifndef tt_l1_ptr
#define tt_l1_ptr
#define tt_reg_ptr
#endif
#ifndef FORCE_INLINE
#define FORCE_INLINE inline __attribute__((always_inline))
#endif
#ifndef ALWI
#define ALWI inline __attribute__((always_inline))
#endif

/// A 64-bit value as two words, the high one first.
union tt_uint64_t {
    uint64_t v;
    struct {
        uint32_t hi;
        uint32_t lo;
    };
};

FORCE_INLINE uint64_t tt_l1_load(const volatile tt_uint64_t* p) {
    tt_uint64_t value;
    value.hi = p->hi;
    value.lo = p->lo;
    return value.v;
}

/// Where an inline write ends; only some silicon has to know, the simulated device does not.
enum class InlineWriteDst : uint8_t { DEFAULT = 0, L1 = 1, REG = 2 };

/// Which kind of core a semaphore belongs to. Kernels run on Tensix cores only.
enum class ProgrammableCoreType : uint8_t { TENSIX = 0, ACTIVE_ETH = 1, IDLE_ETH = 2, COUNT = 3 };

// What the firmware-level headers of the chip's kernels declare, for data-movement and compute kernels.
#pragma once

#ifdef COMPILE_FOR_TRISC
#include <tessera/args.h>
#include <tessera/noc_constants.h>

template <uint32_t d>
FORCE_INLINE uint32_t udivsi3_const_divisor(uint32_t n) {
    static_assert(d != 0, "udivsi3_const_divisor: division by zero");
    return n / d;
}
template <uint32_t d>
FORCE_INLINE uint32_t umodsi3_const_divisor(uint32_t n) {
    static_assert(d != 0, "umodsi3_const_divisor: division by zero");
    return n % d;
}
#else
#include <tessera/prelude_dataflow.h>

#include <tessera/configured.h>
#endif

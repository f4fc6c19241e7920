// Where this core is, for compute kernels.
#pragma once

#include <tessera/args.h>

/// Logical coordinates of this core on its chip.
inline uint8_t get_absolute_logical_x() {
    return tsr_ctx->logical_x;
}
inline uint8_t get_absolute_logical_y() {
    return tsr_ctx->logical_y;
}

/// Logical coordinates counted from the first core of the kernel's core range.
inline uint8_t get_relative_logical_x() {
    return tsr_ctx->relative_x;
}
inline uint8_t get_relative_logical_y() {
    return tsr_ctx->relative_y;
}

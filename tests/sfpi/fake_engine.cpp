// See fake_engine.h.
#include "fake_engine.h"

#include <tessera/abi.h>
#include <tessera/abi_compute.h>

__thread tsr_context* tsr_ctx __attribute__((tls_model("initial-exec"))) = nullptr;

namespace sfpi_test {
std::array<uint32_t, 1024 * 16> dst;
bool dst_is_32bit = true;
}  // namespace sfpi_test

extern "C" {
uint32_t* tsr_dst_tile(uint32_t tile) {
    return sfpi_test::dst.data() + 1024 * tile;
}
uint32_t tsr_dst_is_32bit(void) {
    return sfpi_test::dst_is_32bit ? 1 : 0;
}
}

// See fake_engine.h.
#include "fake_engine.h"

#include <tensix/exact/vector_unit.h>
#include <tessera/abi.h>
#include <tessera/abi_compute.h>

__thread tsr_context* tsr_ctx __attribute__((tls_model("initial-exec"))) = nullptr;

namespace sfpi_test {
std::array<uint32_t, 1024 * 16> dst;
bool dst_is_32bit = true;
bool exact = false;

namespace {

const tessera::tensix::exact::VectorUnit& unit() {
#if defined(ARCH_WORMHOLE)
    return tessera::tensix::exact::vector_unit(tessera::tensix::Chip::Wormhole);
#else
    return tessera::tensix::exact::vector_unit(tessera::tensix::Chip::Blackhole);
#endif
}

}  // namespace
}  // namespace sfpi_test

extern "C" {
uint32_t* tsr_dst_tile(uint32_t tile) {
    return sfpi_test::dst.data() + 1024 * tile;
}
uint32_t tsr_dst_is_32bit(void) {
    return sfpi_test::dst_is_32bit ? 1 : 0;
}
uint32_t tsr_exact_math(void) {
    return sfpi_test::exact ? 1 : 0;
}
void tsr_exact_mad(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out) {
    sfpi_test::unit().mad(a, b, c, out, 32);
}
void tsr_exact_mul(const uint32_t* a, const uint32_t* b, uint32_t* out) {
    sfpi_test::unit().mul(a, b, out, 32);
}
void tsr_exact_add(const uint32_t* a, const uint32_t* b, uint32_t* out) {
    sfpi_test::unit().add(a, b, out, 32);
}
}

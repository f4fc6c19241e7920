// The exact arithmetic behind SFPI's operators: one register of 32 lanes at a time, on this CPU's vector code.
#include <sim/engine.h>
#include <tensix/exact/vector_unit.h>

#include <tessera/abi_compute.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace tessera::sim {
namespace {

using tensix::exact::VectorUnit;

constexpr size_t lanes = 32;

const VectorUnit& unit() {
    static const VectorUnit* const units[] = {&tensix::exact::vector_unit(tensix::Chip::Wormhole),
                                              &tensix::exact::vector_unit(tensix::Chip::Blackhole)};
    return *units[static_cast<size_t>(engine().arithmetic->chip)];
}

/// The vector code expects the host's denormals; kernels that use SFPI run with them switched off.
class HostDenormals {
public:
#if defined(__SSE__)
    HostDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ & ~0x8040u); }
    ~HostDenormals() { _mm_setcsr(before_); }

private:
    unsigned before_;
#endif
};

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

uint32_t tsr_exact_math(void) {
    return engine().arithmetic->mode == tessera::tensix::MathMode::Exact ? 1 : 0;
}
void tsr_exact_mad(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out) {
    const HostDenormals denormals;
    unit().mad(a, b, c, out, lanes);
}
void tsr_exact_mul(const uint32_t* a, const uint32_t* b, uint32_t* out) {
    const HostDenormals denormals;
    unit().mul(a, b, out, lanes);
}
void tsr_exact_add(const uint32_t* a, const uint32_t* b, uint32_t* out) {
    const HostDenormals denormals;
    unit().add(a, b, out, lanes);
}

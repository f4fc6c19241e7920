// Where the vector unit finds DST and its own registers on the core that is running.
#include <sim/sfpu.h>

#include <sim/engine.h>

namespace tessera::sim {

uint32_t* sfpu_tile(uint32_t index, uint32_t tiles) {
    uint32_t* first = tsr_dst_tile(index);
    for (uint32_t i = 1; i < tiles; i++) {
        tsr_dst_tile(index + i);
    }
    return first;
}

tensix::SfpuWidth sfpu_width(uint32_t index) {
    const Engine& e = engine();
    if (e.fp32_dest) {
        return tensix::SfpuWidth::Dst32;
    }
    return (e.fp16[e.math_half] >> index & 1) != 0 ? tensix::SfpuWidth::Dst16Half : tensix::SfpuWidth::Dst16;
}

void sfpu_inherit_format(uint32_t out, uint32_t like) {
    Engine& e = engine();
    const uint32_t bit = e.fp16[e.math_half] >> like & 1;
    e.fp16[e.math_half] = (e.fp16[e.math_half] & ~(1u << out)) | bit << out;
}

tensix::SfpuMath sfpu_math() {
    const tensix::Arithmetic& arithmetic = *engine().arithmetic;
    return tensix::sfpu_math(arithmetic.mode, arithmetic.chip);
}

tensix::SfpuRegisters& sfpu_registers() {
    Engine& e = engine();
    if (!e.sfpu_started) {
        e.sfpu = {};
        e.sfpu_started = true;
    }
    return e.sfpu;
}

}  // namespace tessera::sim

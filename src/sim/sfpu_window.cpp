// Where the vector unit finds DST and its own registers on the core that is running.
#include <sim/sfpu.h>

#include <unordered_map>

namespace tessera::sim {

uint32_t* sfpu_tile(uint32_t index, uint32_t tiles) {
    uint32_t* first = tsr_dst_tile(index);
    for (uint32_t i = 1; i < tiles; i++) {
        tsr_dst_tile(index + i);
    }
    return first;
}

tensix::SfpuWidth sfpu_width() {
    return tsr_dst_is_32bit() != 0 ? tensix::SfpuWidth::Dst32 : tensix::SfpuWidth::Dst16;
}

tensix::SfpuRegisters& sfpu_registers() {
    // A kernel stays on one host thread while it runs, so its registers may live there.
    static thread_local std::unordered_map<const void*, tensix::SfpuRegisters> registers;
    return registers[tsr_ctx];
}

}  // namespace tessera::sim

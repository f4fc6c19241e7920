// Where the vector unit finds DST and its own registers on the core that is running.
#include <sim/sfpu.h>

#include <bit>
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

uint32_t sfpu_stored(float value) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    return tsr_dst_is_32bit() != 0 ? bits : bits & 0xffff0000u;
}

SfpuState& sfpu_state() {
    static thread_local std::unordered_map<const void*, SfpuState> states;
    return states[tsr_ctx];
}

}  // namespace tessera::sim

// Facts about the chips of the board that TESSERA_BOARD names.
#include <tt-metalium/hal.hpp>

#include <metalium/system.h>

namespace tt::tt_metal::hal {

namespace {

const tessera::arch::Chip& chip() {
    return tessera::metalium::board().chips.front();
}

}  // namespace

tt::ARCH get_arch() {
    return chip().family == tessera::arch::Family::Wormhole ? tt::ARCH::WORMHOLE_B0 : tt::ARCH::BLACKHOLE;
}
std::string get_arch_name() {
    return tt::arch_to_str(get_arch());
}
uint32_t get_l1_size() {
    return chip().l1_bytes;
}
uint32_t get_dram_alignment() {
    return chip().dram_read_alignment;
}
uint32_t get_l1_alignment() {
    return chip().l1_alignment;
}
uint32_t get_pcie_alignment() {
    return chip().dram_read_alignment;
}  // host reads go over the same NoC interface
uint32_t get_erisc_l1_unreserved_base() {
    return 0;
}  // Ethernet cores run no programs here
uint32_t get_erisc_l1_unreserved_size() {
    return 0;
}
uint32_t get_max_worker_l1_unreserved_size() {
    return chip().l1_bytes - chip().l1_unreserved_base;
}

// What TT-Metalium reports for both families: NaN and infinity are the values that the vector engine's constants have
// when they are read as finite numbers.
float get_eps() {
    return 1.19209e-7f;
}
float get_nan() {
    return 7.0040e+19f;
}
float get_inf() {
    return 1.7014e+38f;
}

uint32_t get_arch_num_circular_buffers() {
    return chip().num_circular_buffers;
}

}  // namespace tt::tt_metal::hal

// error: welford-rows-out-of-range
// on: COMPUTE
#include "api/compute/welford.h"

void kernel_main() {
    constexpr std::array<uint32_t, 64> reciprocals{};
    tile_regs_acquire();
    welford_update_rows<64>(0, 0, 30, 4, reciprocals);  // <- here
}

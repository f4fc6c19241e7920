// error: welford-index-out-of-range
// on: COMPUTE
#include "api/compute/welford.h"

void kernel_main() {
    constexpr std::array<uint32_t, 2> reciprocals{};
    tile_regs_acquire();
    welford_update_rows<2>(0, 0, 0, 4, reciprocals);  // <- here
}

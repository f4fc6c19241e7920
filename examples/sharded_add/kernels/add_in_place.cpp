// The tiles are there before the kernel starts and their room was never reserved, so nothing waits; the pointers move
// on.
#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t count = get_compile_time_arg_val(0);
    constexpr auto a = tt::CBIndex::c_0;
    constexpr auto b = tt::CBIndex::c_1;
    constexpr auto sum = tt::CBIndex::c_2;

    binary_op_init_common(a, b, sum);
    add_tiles_init(a, b);
    for (uint32_t i = 0; i < count; ++i) {
        tile_regs_acquire();
        add_tiles(a, b, 0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, sum);
        tile_regs_release();
        cb_push_back(sum, 1);
        cb_pop_front(a, 1);
        cb_pop_front(b, 1);
    }
}

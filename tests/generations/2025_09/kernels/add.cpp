#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_binary.h"
#include "compute_kernel_api/tile_move_copy.h"

namespace NAMESPACE {
void MAIN {
    const uint32_t tiles = get_arg_val<uint32_t>(0);
    constexpr auto cb0 = tt::CBIndex::c_0, cb1 = tt::CBIndex::c_1, out = tt::CBIndex::c_16;
    binary_op_init_common(cb0, cb1, out);
    add_tiles_init(cb0, cb1);
    for (uint32_t i = 0; i < tiles; i++) {
        cb_wait_front(cb0, 1);
        cb_wait_front(cb1, 1);
        tile_regs_acquire();
        add_tiles(cb0, cb1, 0, 0, 0);
        tile_regs_commit();
        cb_reserve_back(out, 1);
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
        cb_push_back(out, 1);
        cb_pop_front(cb0, 1);
        cb_pop_front(cb1, 1);
    }
}
}  // namespace NAMESPACE

#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr auto in0 = tt::CBIndex::c_0;
    constexpr auto in1 = tt::CBIndex::c_1;
    constexpr auto out = tt::CBIndex::c_16;

    binary_op_init_common(in0, in1, out);
    ELTWISE_OP_INIT(in0, in1);
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(in0, 1);
        cb_wait_front(in1, 1);
        tile_regs_acquire();
        ELTWISE_OP(in0, in1, 0, 0, 0);
        tile_regs_commit();
        cb_pop_front(in0, 1);
        cb_pop_front(in1, 1);

        cb_reserve_back(out, 1);
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
        cb_push_back(out, 1);
    }
}

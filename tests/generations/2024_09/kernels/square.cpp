#include "compute_kernel_api/eltwise_binary.h"
#include "compute_kernel_api/tile_move_copy.h"

namespace NAMESPACE {
void MAIN {
    constexpr uint32_t tiles = get_compile_time_arg_val(0);
    binary_op_init_common(tt::CB::c_in0, tt::CB::c_in1);
    mul_tiles_init();
#ifdef DST_ACCUM_MODE
    copy_tile_to_dst_init_short();
    names_that_only_exist_when_the_host_defines_the_macro();
#endif
    for (uint32_t i = 0; i < tiles; i++) {
        acquire_dst(tt::DstMode::Half);
        cb_wait_front(tt::CB::c_in0, 1);
        cb_wait_front(tt::CB::c_in1, 1);
        cb_reserve_back(tt::CB::c_out0, 1);
        OP(tt::CB::c_in0, tt::CB::c_in1, 0, 0, 0);
        pack_tile(0, tt::CB::c_out0);
        cb_push_back(tt::CB::c_out0, 1);
        cb_pop_front(tt::CB::c_in0, 1);
        cb_pop_front(tt::CB::c_in1, 1);
        release_dst(tt::DstMode::Half);
    }
}
}  // namespace NAMESPACE

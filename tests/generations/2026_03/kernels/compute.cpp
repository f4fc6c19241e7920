#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_unary/negative.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/circular_buffer.h"

void kernel_main() {
    constexpr uint32_t tiles = get_compile_time_arg_val(0);
    CircularBuffer in(tt::CBIndex::c_0);
    CircularBuffer out(tt::CBIndex::c_16);
    compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);
    copy_tile_init(tt::CBIndex::c_0);
    negative_tile_init();
    for (uint32_t i = 0; i < tiles; i++) {
        in.wait_front(1);
        tile_regs_acquire();
        copy_tile(tt::CBIndex::c_0, 0, 0);
        negative_tile(0);
        tile_regs_commit();
        out.reserve_back(1);
        tile_regs_wait();
        pack_tile(0, tt::CBIndex::c_16);
        tile_regs_release();
        out.push_back(1);
        in.pop_front(1);
    }
}

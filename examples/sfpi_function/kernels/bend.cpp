#include "api/compute/common.h"
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/tile_move_copy.h"

#ifdef TRISC_MATH
// One face of a tile: 8 vectors of 32 lanes.
inline void bend_face() {
    for (uint32_t i = 0; i < 8; ++i) {
        sfpi::vFloat x = sfpi::dst_reg[i];
        v_if(x < -1.0f) {
            x = -1.0f;
        }
        v_elseif(x > 1.0f) {
            x = 1.0f;
        }
        v_else {
            x = x * (1.5f - 0.5f * x * x);
        }
        v_endif;
        sfpi::dst_reg[i] = x;
    }
}
#endif

inline void bend_tile(uint32_t dst_index) {
    MATH(_llk_math_eltwise_unary_sfpu_params_<false>(bend_face, dst_index, (int)VectorMode::RC));
}

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr auto in = tt::CBIndex::c_0;
    constexpr auto out = tt::CBIndex::c_16;
    init_sfpu(in, out);
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(in, 1);
        cb_reserve_back(out, 1);
        tile_regs_acquire();
        copy_tile(in, 0, 0);
        bend_tile(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
        cb_pop_front(in, 1);
        cb_push_back(out, 1);
    }
}

// For each point c: how many steps of z = z*z + c stay below |z| = 2.
#include "api/compute/common.h"
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/tile_move_copy.h"

#ifdef TRISC_MATH
// The real parts lie in this tile of DST, the imaginary parts in the next; the count replaces the real parts.
inline void escape_time_face(uint32_t iterations) {
    constexpr uint32_t vectors_per_tile = 32;
    for (uint32_t i = 0; i < 8; ++i) {
        sfpi::vFloat re = sfpi::dst_reg[i];
        sfpi::vFloat im = sfpi::dst_reg[vectors_per_tile + i];
        sfpi::vFloat a = 0.0f;
        sfpi::vFloat b = 0.0f;
        sfpi::vFloat count = 0.0f;
        for (uint32_t step = 0; step < iterations; ++step) {
            sfpi::vFloat aa = a * a;
            sfpi::vFloat bb = b * b;
            v_if(aa + bb < 4.0f) {
                b = 2.0f * a * b + im;
                a = aa - bb + re;
                count = count + 1.0f;
            }
            v_endif;
        }
        sfpi::dst_reg[i] = count;
    }
}
#endif

void kernel_main() {
    constexpr uint32_t iterations = get_compile_time_arg_val(0);
    const uint32_t count = get_arg_val<uint32_t>(0);
    init_sfpu(tt::CBIndex::c_0, tt::CBIndex::c_16);
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(tt::CBIndex::c_0, 1);
        cb_wait_front(tt::CBIndex::c_1, 1);
        tile_regs_acquire();
        copy_tile(tt::CBIndex::c_0, 0, 0);
        copy_tile(tt::CBIndex::c_1, 0, 1);
        MATH(_llk_math_eltwise_unary_sfpu_params_<false>(escape_time_face, 0, (int)VectorMode::RC, iterations));
        tile_regs_commit();
        cb_pop_front(tt::CBIndex::c_0, 1);
        cb_pop_front(tt::CBIndex::c_1, 1);
        cb_reserve_back(tt::CBIndex::c_16, 1);
        tile_regs_wait();
        pack_tile(0, tt::CBIndex::c_16);
        tile_regs_release();
        cb_push_back(tt::CBIndex::c_16, 1);
    }
}

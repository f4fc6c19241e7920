#include "api/compute/bcast.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/matmul.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose.h"
#include "api/dataflow/circular_buffer.h"

#ifdef TRISC_MATH
#include "experimental/llk_sfpu/ckernel_sfpu_custom_add.h"
#include "experimental/llk_sfpu/ckernel_sfpu_smoothstep.h"
#include "llk_math_eltwise_unary_sfpu_macros.h"

namespace ckernel::sfpu {
template <bool negate>
void scale_face(float factor) {
    for (uint32_t v = 0; v < 8; v++) {
        sfpi::vFloat x = sfpi::dst_reg[v];
        sfpi::dst_reg[v] = negate ? x * -factor : x * factor;
    }
}
}  // namespace ckernel::sfpu
#endif

constexpr uint32_t a = tt::CBIndex::c_0;
constexpr uint32_t b = tt::CBIndex::c_1;
constexpr uint32_t between = tt::CBIndex::c_2;
constexpr uint32_t result = tt::CBIndex::c_16;

inline void pack_to(CircularBuffer& to, uint32_t id) {
    tile_regs_commit();
    to.reserve_back(1);
    tile_regs_wait();
    pack_tile(0, id);
    tile_regs_release();
    to.push_back(1);
}

void kernel_main() {
    CircularBuffer a_buffer(a), b_buffer(b), step(between), out(result);
    a_buffer.wait_front(1);
    b_buffer.wait_front(1);

    // A x B + A.
    compute_kernel_hw_startup<SrcOrder::Reverse>(a, b, between);
    matmul_init(a, b);
    tile_regs_acquire();
    matmul_tiles(a, b, 0, 0, 0);
    reconfig_data_format_srca(b, a);
    add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(a);
    add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(a, 0, 0);
    pack_to(step, between);

    // Twice that, by a sum of two copies; the two scalings together change nothing.
    step.wait_front(1);
    copy_init(between);
    tile_regs_acquire();
    copy_tile(between, 0, 0);
    copy_tile(between, 0, 1);
    MATH(SFPU_BINARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC_MODE, DST_ACCUM_MODE, my_add_tile_face, 0, 1, 0, VectorMode::RC));
    MATH((SFPU_UNARY_CALL(DST_SYNC_MODE, DST_ACCUM_MODE, scale_face, (true), 0, VectorMode::RC, 0.5f)));
    MATH((SFPU_UNARY_CALL(DST_SYNC_MODE, scale_face, (true), 0, VectorMode::RC, 2.0f)));
    step.pop_front(1);
    pack_to(step, between);

    // Less row 0 of B.
    step.wait_front(1);
    sub_bcast_rows_init(between, b);
    tile_regs_acquire();
    sub_tiles_bcast_rows(between, b, 0, 0, 0);
    step.pop_front(1);
    pack_to(step, between);

    step.wait_front(1);
    transpose_init(between);
    tile_regs_acquire();
    transpose_tile(between, 0, 0);
    MATH(SFPU_UNARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC_MODE, smoothstep_tile_face, 0, VectorMode::RC, 0.0f, 1.0f, 1.0f));
    step.pop_front(1);
    pack_to(out, result);
    a_buffer.pop_front(1);
    b_buffer.pop_front(1);
}

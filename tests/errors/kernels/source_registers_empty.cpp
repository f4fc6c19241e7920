// error: source-registers-empty
// on: COMPUTE
#include "api/compute/reduce.h"

void kernel_main() {
    tile_regs_acquire();
    reduce_tile_math<PoolType::MAX, ReduceDim::REDUCE_COL>(0);  // <- here
}

// The arithmetic compiled for one kind of CPU: see ops_impl.h and ops_matmul.h.
#include <tensix/fast/ops_matmul.h>

namespace tessera::tensix::detail {

const Ops avx2_ops = {"avx2", unpack, pack, eltwise, mask, round, narrow, matmul<uint16_t>, matmul<float>};

}  // namespace tessera::tensix::detail

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    n = T.dynamic("n")
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32"), C: T.Tensor((n, 32), "float32")):
        with T.Kernel(n, 2) as (bx, by):
#       ^ tile-grid: the number of blocks is known at run time only
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
#            ^ tile-safe-value: loads outside of A are to give a value of their own
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.annotate_safe_value({A: -1.0})
            T.copy(A[by * 32 - 1, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main

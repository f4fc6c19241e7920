import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            f = T.alloc_fragment((64, 32), "float32")
            T.clear(f)
            for i in T.Parallel(32):
                s[i, i] = f[i, i]
#               ^ tile-index-step: f is read along a diagonal
            T.copy(s, B[by * 32, bx * 32])

    return main

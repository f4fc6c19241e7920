import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            t = T.alloc_shared((32, 32), "float32")
            T.copy(A[bx, 0:32, 0:32], s)
            T.copy(A[0:32, bx, 0:32], t)
#           ^ tile-tensor-layout: blocks of A are taken along different dimensions
            for i, j in T.Parallel(32, 32):
                s[i, j] = s[i, j] + t[i, j]
            T.copy(s, B[by * 32, bx * 32])

    return main

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "int32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "int32")
            T.copy(A[by * 32, bx * 32], s)
            f = T.alloc_fragment((32, 32), "float32")
            n = A[0, 0]
#           ^ tile-tensor-layout: A is read both in blocks and as single scalars
            for i, j in T.Parallel(32, 32):
                f[i, j] = s[i, j] * n
            T.copy(f, B[by * 32, bx * 32])

    return main

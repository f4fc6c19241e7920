import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            v = T.alloc_fragment((32,), "int32")
            x = T.alloc_fragment((32, 32), "int32")
            T.fill(x, 3)
            T.reduce_bitxor(x, v, dim=1)
#           ^ tile-reduction: no reduction by exclusive or
            for i, j in T.Parallel(32, 32):
                s[i, j] = v[i]
            T.copy(s, B[by * 32, bx * 32])

    return main

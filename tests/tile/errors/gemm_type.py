import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            x = T.alloc_shared((32, 32), "float16")
            y = T.alloc_shared((32, 32), "bfloat16")
            T.copy(A[0, 0], x)
            T.copy(A[0, 0], y)
            T.gemm(x, y, s)
#           ^ tile-gemm-type: multiply float16 by bfloat16
            T.copy(s, B[by * 32, bx * 32])

    return main

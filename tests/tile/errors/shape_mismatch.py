import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(A[0 : bx + 1, 0:32], s[0 : bx + 2, :])
#           ^ tile-shape-mismatch: a copy of (32) elements of A to (2, 32) of s
            T.copy(s, B[by * 32, bx * 32])

    return main

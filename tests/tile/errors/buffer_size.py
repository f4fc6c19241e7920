import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    n = 2**40
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, n), "float32")
#               ^ tile-buffer-size: "s" has more than 1099511627776 elements, which no memory holds
            T.copy(A[by * 32, bx * 32], s[0:32, 0:32])
            T.copy(s[0:32, 0:32], B[by * 32, bx * 32])

    return main

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            n = T.alloc_var("int32")
            n = 0
            while n < 1:
#           ^ tile-endless-loop: while loops have run
                n = n * 1
            T.copy(s, B[by * 32, bx * 32])

    return main

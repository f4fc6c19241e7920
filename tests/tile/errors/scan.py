import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((4, 64, 64), "float32"), B: T.Tensor((4, 64, 64), "float32")):
        with T.Kernel(1) as bx:
            s = T.alloc_shared((4, 64, 64), "float32")
            f = T.alloc_fragment((4, 64, 64), "float32")
            T.copy(A, s)
            T.cummax(s, f, dim=1)
#           ^ tile-scan: has running sums and no other running reduction
            T.copy(f, B)

    return main

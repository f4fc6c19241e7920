import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((2, 3, 32, 32), "float32"), B: T.Tensor((2, 32, 32), "float32")):
        with T.Kernel(1) as bx:
            s = T.alloc_shared((2, 3, 32, 32), "float32")
            f = T.alloc_fragment((2, 32, 32), "float32")
            T.copy(A, s)
            T.reduce_sum(s, f, dim=1)
#           ^ tile-reduction: a dimension between others
            T.copy(f, B)

    return main

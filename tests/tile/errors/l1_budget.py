import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2) as (bx, by):
#       ^ tile-l1-budget: the buffers of a block take
            s = T.alloc_shared((1024, 512), "float32")
            T.clear(s)
            t = T.alloc_shared((512, 1024), "float32")
            T.clear(t)
            f = T.alloc_fragment((1024, 1024), "float32")
            T.gemm(s, t, f, clear_accum=True)
            T.copy(f[0:32, 0:32], B[by * 32, bx * 32])

    return main

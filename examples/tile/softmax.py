"""Softmax of rows, in one pass over row blocks that hold whole rows, with exp2."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def softmax(M=256, N=512, blk_m=32, dtype="bfloat16"):
    scale = 1.4426950408889634  # log2(e)

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, blk_m)) as bx:
            x = T.alloc_fragment((blk_m, N), "float32")
            top = T.alloc_fragment((blk_m,), "float32")
            total = T.alloc_fragment((blk_m,), "float32")
            T.copy(X[bx * blk_m : (bx + 1) * blk_m, :], x)
            T.reduce_max(x, top, dim=1)
            for i, j in T.Parallel(blk_m, N):
                x[i, j] = T.exp2((x[i, j] - top[i]) * scale)
            T.reduce_sum(x, total, dim=1)
            for i, j in T.Parallel(blk_m, N):
                x[i, j] /= total[i]
            T.copy(x, Y[bx * blk_m : (bx + 1) * blk_m, :])

    return main

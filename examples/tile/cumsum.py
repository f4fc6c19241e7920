"""Running sums along rows, forwards or backwards."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def cumsum(M=128, N=256, blk_m=32, blk_n=64, reverse=False):
    @T.prim_func
    def main(X: T.Tensor((M, N), "float32"), Y: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(M, blk_m), T.ceildiv(N, blk_n)) as (by, bx):
            x = T.alloc_shared((blk_m, blk_n), "float32")
            T.copy(X[by * blk_m, bx * blk_n], x)
            T.cumsum(x, dim=1, reverse=reverse)
            T.copy(x, Y[by * blk_m, bx * blk_n])

    return main

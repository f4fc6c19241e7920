"""What Tenstorrent's own annotations say: the order in which cores take blocks, and where and how a tensor is kept."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def scaled(M=256, N=256, block=32, policy="contiguous", order="row_major", factor=2.0):
    @T.prim_func
    def main(X: T.Tensor((M, N), "bfloat16"), Y: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block)) as (bx, by):
            T.annotate_tt_schedule(policy=policy, order=order)
            x = T.alloc_shared((block, block), "bfloat16")
            T.copy(X[by * block, bx * block], x)
            for i, j in T.Parallel(block, block):
                x[i, j] = x[i, j] * factor
            T.copy(x, Y[by * block, bx * block])

    return main


def main():
    scaled()


if __name__ == "__main__":
    main()

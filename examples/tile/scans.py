"""Running sums, along rows and columns, forwards and backwards, carried over the pieces of long rows."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def scans(X, block=32):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    down = T.empty((M, N), T.float32)
    up = T.empty((M, N), T.float32)
    right = T.empty((M, N), T.float32)

    with T.Kernel(T.ceildiv(M, block), T.ceildiv(N, block)) as (by, bx):
        x = T.alloc_shared((block, block), T.float32)
        y = T.alloc_shared((block, block), T.float32)
        T.copy(X[by * block, bx * block], x)
        T.cumsum(x, y, dim=0)
        T.copy(y, down[by * block, bx * block])
        T.cumsum(x, y, dim=0, reverse=True)
        T.copy(y, up[by * block, bx * block])
        T.cumsum(x, dim=1)
        T.copy(x, right[by * block, bx * block])
    return down, up, right


@tilelang.jit
def long_rows(X, blk_m=32, blk_n=64):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    Y = T.empty((M, N), T.float32)

    with T.Kernel(T.ceildiv(M, blk_m)) as by:
        x = T.alloc_fragment((blk_m, blk_n), T.float32)
        y = T.alloc_fragment((blk_m, blk_n), T.float32)
        sums = T.alloc_fragment((blk_m,), T.float32)
        carry = T.alloc_fragment((blk_m,), T.float32)
        T.clear(carry)
        for k in T.Pipelined(T.ceildiv(N, blk_n), num_stages=2):
            T.copy(X[by * blk_m, k * blk_n], x)
            T.cumsum(x, y, dim=1)
            for i, j in T.Parallel(blk_m, blk_n):
                y[i, j] += carry[i]
            T.reduce_sum(x, sums, dim=1)
            for i in T.Parallel(blk_m):
                carry[i] += sums[i]
            T.copy(y, Y[by * blk_m, k * blk_n])
    return Y


def main(M=64, N=128):
    x = torch.randn(M, N)
    scans(x)
    long_rows(x)


if __name__ == "__main__":
    main()

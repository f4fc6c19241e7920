"""Elementwise work on a matrix with everything that can be spread over it: a column, a row, a scalar of the call, one
element of a tensor, the element's place, and a matrix that a batch shares."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def broadcasts(X, column, row, one, shared, factor=0.5, blk_m=32, blk_n=32):
    B, M, N = T.const("B, M, N")
    X: T.Tensor((B, M, N), T.float32)
    column: T.Tensor((B, M), T.float32)
    row: T.Tensor((N,), T.float32)
    one: T.Tensor((B,), T.float32)
    shared: T.Tensor((M, N), T.bfloat16)
    Y = T.empty((B, M, N), T.float32)

    with T.Kernel(T.ceildiv(N, blk_n), T.ceildiv(M, blk_m), B) as (bx, by, b):
        x = T.alloc_shared((blk_m, blk_n), T.float32)
        c = T.alloc_shared((blk_m,), T.float32)
        r = T.alloc_shared((blk_n,), T.float32)
        s = T.alloc_shared((blk_m, blk_n), T.bfloat16)
        y = T.alloc_fragment((blk_m, blk_n), T.float32)
        T.copy(X[b, by * blk_m : (by + 1) * blk_m, bx * blk_n : (bx + 1) * blk_n], x)
        T.copy(column[b, by * blk_m : (by + 1) * blk_m], c)
        T.copy(row[bx * blk_n], r)
        T.copy(shared[by * blk_m, bx * blk_n], s)
        scalar = one[b]
        for i, j in T.Parallel(blk_m, blk_n):
            y[i, j] = (x[i, j] * c[i] + r[j]) * factor + scalar * s[i, j] - T.cast(bx * blk_n + j, T.float32) * 0.01
        T.copy(y, Y[b, by * blk_m : (by + 1) * blk_m, bx * blk_n : (bx + 1) * blk_n])
    return Y


def main(B=2, M=64, N=96):
    shared = torch.randn(M, N, dtype=torch.bfloat16)
    broadcasts(torch.randn(B, M, N), torch.randn(B, M), torch.randn(N), torch.randn(B), shared)


if __name__ == "__main__":
    main()

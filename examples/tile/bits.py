"""Integers in tiles: shifts, masks, comparisons, quotients and remainders, and the reductions that go with them."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def bits(X, block=32):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.int16)
    Y = T.empty((M, N), T.int32)
    counts = T.empty((M,), T.int32)

    with T.Kernel(T.ceildiv(M, block)) as bx:
        x = T.alloc_fragment((block, N), T.int16)
        y = T.alloc_fragment((block, N), T.int32)
        count = T.alloc_fragment((block,), T.int32)
        T.copy(X[bx * block, 0], x)
        for i, j in T.Parallel(block, N):
            y[i, j] = T.if_then_else(x[i, j] % 3 == 0, (x[i, j] >> 2) & 7, T.cast(x[i, j], T.int32) * 2 + j)
        T.copy(y, Y[bx * block, 0])
        for i, j in T.Parallel(block, N):
            y[i, j] = x[i, j] & 1
        T.reduce_sum(y, count, dim=1)
        T.copy(count, counts[bx * block])
    return Y, counts


def main(M=64, N=64):
    bits(torch.randint(0, 100, (M, N), dtype=torch.int16))


if __name__ == "__main__":
    main()

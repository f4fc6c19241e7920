"""A square root by Newton's steps: a while loop whose end a tensor decides, a break, and a scalar that changes."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def newton(X, rounds, block=32):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    rounds: T.Tensor((M // block,), T.int32)
    Y = T.empty((M, N), T.float32)

    with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block)) as (bx, by):
        x = T.alloc_fragment((block, block), T.float32)
        y = T.alloc_fragment((block, block), T.float32)
        left = T.alloc_var(T.int32)
        T.copy(X[by * block, bx * block], x)
        for i, j in T.Parallel(block, block):
            x[i, j] = T.abs(x[i, j]) + 1.0
            y[i, j] = x[i, j]
        left = rounds[by]
        while left > 0:
            for i, j in T.Parallel(block, block):
                y[i, j] = 0.5 * (y[i, j] + x[i, j] / y[i, j])
            left = left - 1
        T.copy(y, Y[by * block, bx * block])
    return Y


def main(M=64, N=64):
    newton(torch.rand(M, N), torch.randint(0, 8, (M // 32,), dtype=torch.int32))


if __name__ == "__main__":
    main()

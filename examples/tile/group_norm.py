"""Normalisation of groups of channels over a whole image: sums over both axes of a block, kept as a single number."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def group_norm(X, gamma, beta, eps=1e-5):
    B, G, P, C = T.const("B, G, P, C")
    X: T.Tensor((B, G, P, C), T.float32)
    gamma: T.Tensor((G, C), T.float32)
    beta: T.Tensor((G, C), T.float32)
    Y = T.empty((B, G, P, C), T.float32)

    with T.Kernel(G, B) as (g, b):
        x = T.alloc_fragment((P, C), T.float32)
        square = T.alloc_fragment((P, C), T.float32)
        scale = T.alloc_shared((C,), T.float32)
        shift = T.alloc_shared((C,), T.float32)
        rows = T.alloc_fragment((P,), T.float32)
        mean = T.alloc_fragment((1,), T.float32)
        var = T.alloc_fragment((1,), T.float32)
        T.copy(X[b, g, :, :], x)
        T.copy(gamma[g, :], scale)
        T.copy(beta[g, :], shift)
        T.reduce_sum(x, rows, dim=1)
        T.reduce_sum(rows, mean, dim=0)
        for i, j in T.Parallel(P, C):
            x[i, j] -= mean[0] / (P * C)
            square[i, j] = x[i, j] * x[i, j]
        T.reduce_sum(square, rows, dim=1)
        T.reduce_sum(rows, var, dim=0)
        for i, j in T.Parallel(P, C):
            x[i, j] = x[i, j] * T.rsqrt(var[0] / (P * C) + eps) * scale[j] + shift[j]
        T.copy(x, Y[b, g, :, :])
    return Y


def main(B=2, G=2, P=64, C=32):
    group_norm(torch.randn(B, G, P, C), torch.randn(G, C), torch.randn(G, C))


if __name__ == "__main__":
    main()

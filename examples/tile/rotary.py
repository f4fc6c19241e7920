"""Rotary embedding: the halves of each head's vector are turned against each other, by given cosines and sines."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def rotary(X, cosines, sines, block=32):
    B, S, H, D = T.const("B, S, H, D")
    half = D // 2
    X: T.Tensor((B, S, H, D), T.bfloat16)
    cosines: T.Tensor((S, half), T.float32)
    sines: T.Tensor((S, half), T.float32)
    Y = T.empty((B, S, H, D), T.bfloat16)

    with T.Kernel(T.ceildiv(S, block), H, B) as (bx, head, b):
        first = T.alloc_fragment((block, half), T.float32)
        second = T.alloc_fragment((block, half), T.float32)
        c = T.alloc_shared((block, half), T.float32)
        s = T.alloc_shared((block, half), T.float32)
        y = T.alloc_fragment((block, half), T.float32)
        rows = bx * block
        T.copy(X[b, rows : rows + block, head, 0:half], first)
        T.copy(X[b, rows : rows + block, head, half:D], second)
        T.copy(cosines[rows, 0], c)
        T.copy(sines[rows, 0], s)
        for i, j in T.Parallel(block, half):
            y[i, j] = first[i, j] * c[i, j] - second[i, j] * s[i, j]
        T.copy(y, Y[b, rows : rows + block, head, 0:half])
        for i, j in T.Parallel(block, half):
            y[i, j] = second[i, j] * c[i, j] + first[i, j] * s[i, j]
        T.copy(y, Y[b, rows : rows + block, head, half:D])
    return Y


def main(B=1, S=64, H=2, D=64):
    angles = torch.randn(S, D // 2)
    rotary(torch.randn(B, S, H, D, dtype=torch.bfloat16), torch.cos(angles), torch.sin(angles))


if __name__ == "__main__":
    main()

"""A depthwise convolution along the sequence: shifted loads, zeros before the beginning, a weight a channel.

Loops over the taps are unrolled by Python, since their number is known while compiling.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def causal_convolution(X, W, bias, taps=4, block_S=32, block_C=64):
    B, S, C = T.const("B, S, C")
    X: T.Tensor((B, S, C), T.bfloat16)
    W: T.Tensor((taps, C), T.bfloat16)
    bias: T.Tensor((C,), T.float32)
    Y = T.empty((B, S, C), T.bfloat16)

    with T.Kernel(T.ceildiv(C, block_C), T.ceildiv(S, block_S), B) as (bx, by, b):
        x = T.alloc_shared((block_S, block_C), T.bfloat16)
        w = T.alloc_shared((block_C,), T.bfloat16)
        shift = T.alloc_shared((block_C,), T.float32)
        y = T.alloc_fragment((block_S, block_C), T.float32)
        T.copy(bias[bx * block_C], shift)
        for i, j in T.Parallel(block_S, block_C):
            y[i, j] = shift[j]
        for tap in range(taps):
            first = by * block_S + tap - (taps - 1)
            T.copy(X[b, first : first + block_S, bx * block_C : (bx + 1) * block_C], x)
            T.copy(W[tap, bx * block_C : (bx + 1) * block_C], w)
            for i, j in T.Parallel(block_S, block_C):
                y[i, j] += x[i, j] * w[j]
        for i, j in T.Parallel(block_S, block_C):
            y[i, j] = y[i, j] / (1.0 + T.exp(-y[i, j]))
        T.copy(y, Y[b, by * block_S : (by + 1) * block_S, bx * block_C : (bx + 1) * block_C])
    return Y


def main(B=2, S=96, C=64):
    x = torch.randn(B, S, C, dtype=torch.bfloat16)
    causal_convolution(x, torch.randn(4, C, dtype=torch.bfloat16), torch.randn(C))


if __name__ == "__main__":
    main()

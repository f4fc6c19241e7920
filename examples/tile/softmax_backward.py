"""The gradient of softmax: dX = (dY - Σ dY·Y) · Y along rows."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def softmax_backward(Y, dY, blk_m=32):
    M, N = T.const("M, N")
    Y: T.Tensor((M, N), T.bfloat16)
    dY: T.Tensor((M, N), T.bfloat16)
    dX = T.empty((M, N), T.bfloat16)

    with T.Kernel(T.ceildiv(M, blk_m)) as bx:
        y = T.alloc_fragment((blk_m, N), T.float32)
        dy = T.alloc_fragment((blk_m, N), T.float32)
        both = T.alloc_fragment((blk_m, N), T.float32)
        dot = T.alloc_fragment((blk_m,), T.float32)
        T.copy(Y[bx * blk_m, 0], y)
        T.copy(dY[bx * blk_m, 0], dy)
        for i, j in T.Parallel(blk_m, N):
            both[i, j] = y[i, j] * dy[i, j]
        T.reduce_sum(both, dot, dim=1)
        for i, j in T.Parallel(blk_m, N):
            both[i, j] = (dy[i, j] - dot[i]) * y[i, j]
        T.copy(both, dX[bx * blk_m, 0])
    return dX


def main(M=128, N=256):
    y = torch.softmax(torch.randn(M, N), dim=1).to(torch.bfloat16)
    dy = torch.randn(M, N, dtype=torch.bfloat16)
    print(softmax_backward(y, dy).shape)


if __name__ == "__main__":
    main()

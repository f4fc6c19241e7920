"""Gradients of RMS norm. The weight's gradient is a sum over rows: blocks write parts, a second launch adds."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def rms_norm_backward(dY, X, W, blk_m=32, blk_n=64, eps=1e-5):
    M, N = T.const("M, N")
    blocks = T.ceildiv(M, blk_m)
    dY: T.Tensor((M, N), T.bfloat16)
    X: T.Tensor((M, N), T.bfloat16)
    W: T.Tensor((N,), T.bfloat16)
    dX = T.empty((M, N), T.bfloat16)
    dW = T.empty((N,), T.float32)
    parts = T.alloc_global((blocks, 32, N), T.float32)

    with T.Kernel(blocks) as bx:
        dy = T.alloc_fragment((blk_m, N), T.float32)
        x = T.alloc_fragment((blk_m, N), T.float32)
        work = T.alloc_fragment((blk_m, N), T.float32)
        w = T.alloc_shared((N,), T.bfloat16)
        rstd = T.alloc_fragment((blk_m,), T.float32)
        dot = T.alloc_fragment((blk_m,), T.float32)
        row = T.alloc_fragment((N,), T.float32)
        rows = T.alloc_fragment((32, N), T.float32)
        T.copy(W, w)
        T.copy(dY[bx * blk_m, 0], dy)
        T.copy(X[bx * blk_m, 0], x)
        for i, j in T.Parallel(blk_m, N):
            work[i, j] = x[i, j] * x[i, j]
        T.reduce_sum(work, rstd, dim=1)
        for i in T.Parallel(blk_m):
            rstd[i] = T.rsqrt(rstd[i] / N + eps)
        for i, j in T.Parallel(blk_m, N):
            x[i, j] *= rstd[i]
            work[i, j] = dy[i, j] * x[i, j]
        T.reduce_sum(work, row, dim=0)
        for i, j in T.Parallel(32, N):
            rows[i, j] = T.if_then_else(i == 0, row[j], 0.0)
        T.copy(rows, parts[bx, :, :])
        for i, j in T.Parallel(blk_m, N):
            work[i, j] *= w[j]
        T.reduce_sum(work, dot, dim=1)
        for i, j in T.Parallel(blk_m, N):
            work[i, j] = rstd[i] * (dy[i, j] * w[j] - x[i, j] * (dot[i] / N))
        T.copy(work, dX[bx * blk_m, 0])

    with T.Kernel(T.ceildiv(N, blk_n)) as bx:
        part = T.alloc_fragment((32, blk_n), T.float32)
        total = T.alloc_fragment((32, blk_n), T.float32)
        out = T.alloc_fragment((blk_n,), T.float32)
        T.clear(total)
        for n in T.Pipelined(blocks, num_stages=2):
            T.copy(parts[n, 0, bx * blk_n], part)
            for i, j in T.Parallel(32, blk_n):
                total[i, j] += part[i, j]
        T.reduce_sum(total, out, dim=0)
        T.copy(out, dW[bx * blk_n : (bx + 1) * blk_n])
    return dX, dW


def main(M=128, N=256):
    x = torch.randn(M, N, dtype=torch.bfloat16)
    dx, dw = rms_norm_backward(torch.randn(M, N, dtype=torch.bfloat16), x, torch.randn(N, dtype=torch.bfloat16))
    print(dx.shape, dw.shape)


if __name__ == "__main__":
    main()

"""The loss of each row: logarithm of the sum of exponentials less the target's logit, whose column is given.

Rows are longer than a block, so maximum, sum and the target's logit are carried from piece to piece.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def cross_entropy(X, target, blk_m=32, blk_n=64):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    target: T.Tensor((M,), T.int32)
    loss = T.empty((M,), T.float32)

    with T.Kernel(T.ceildiv(M, blk_m)) as bx:
        x = T.alloc_fragment((blk_m, blk_n), T.float32)
        chosen = T.alloc_fragment((blk_m, blk_n), T.float32)
        column = T.alloc_shared((blk_m,), T.int32)
        top = T.alloc_fragment((blk_m,), T.float32)
        before = T.alloc_fragment((blk_m,), T.float32)
        part = T.alloc_fragment((blk_m,), T.float32)
        total = T.alloc_fragment((blk_m,), T.float32)
        logit = T.alloc_fragment((blk_m,), T.float32)
        T.copy(target[bx * blk_m], column)
        T.fill(top, -1e30)
        T.clear(total)
        T.clear(logit)
        for k in T.Pipelined(T.ceildiv(N, blk_n), num_stages=2):
            T.copy(X[bx * blk_m, k * blk_n], x)
            for i, j in T.Parallel(blk_m, blk_n):
                chosen[i, j] = T.if_then_else(k * blk_n + j == column[i], x[i, j], 0.0)
            T.reduce_sum(chosen, part, dim=1)
            T.copy(top, before)
            T.reduce_max(x, top, dim=1, clear=False)
            for i in T.Parallel(blk_m):
                logit[i] += part[i]
                before[i] = T.exp(before[i] - top[i])
            for i, j in T.Parallel(blk_m, blk_n):
                x[i, j] = T.exp(x[i, j] - top[i])
            T.reduce_sum(x, part, dim=1)
            for i in T.Parallel(blk_m):
                total[i] = total[i] * before[i] + part[i]
        for i in T.Parallel(blk_m):
            logit[i] = T.log(total[i]) + top[i] - logit[i]
        T.copy(logit, loss[bx * blk_m])
    return loss


def main(M=64, N=256):
    cross_entropy(torch.randn(M, N), torch.randint(0, N, (M,), dtype=torch.int32))


if __name__ == "__main__":
    main()

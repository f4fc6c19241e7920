"""Y = X·W + (X·A)·B: a product and, in the same block, two small ones behind each other (an adapter of low rank)."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def low_rank(X, W, A, B, factor=0.5, block_M=64, block_N=64, block_K=32):
    M, N, K, R = T.const("M, N, K, R")
    X: T.Tensor((M, K), T.bfloat16)
    W: T.Tensor((K, N), T.bfloat16)
    A: T.Tensor((K, R), T.bfloat16)
    B: T.Tensor((R, N), T.bfloat16)
    Y = T.empty((M, N), T.bfloat16)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        x = T.alloc_shared((block_M, block_K), T.bfloat16)
        w = T.alloc_shared((block_K, block_N), T.bfloat16)
        a = T.alloc_shared((block_K, R), T.bfloat16)
        b = T.alloc_shared((R, block_N), T.bfloat16)
        y = T.alloc_fragment((block_M, block_N), T.float32)
        low = T.alloc_fragment((block_M, R), T.float32)
        scaled = T.alloc_fragment((block_M, R), T.bfloat16)
        T.clear(y)
        T.clear(low)
        for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
            T.copy(X[by * block_M, k * block_K], x)
            T.copy(W[k * block_K, bx * block_N], w)
            T.copy(A[k * block_K, 0], a)
            T.gemm(x, w, y)
            T.gemm(x, a, low)
        for i, j in T.Parallel(block_M, R):
            scaled[i, j] = low[i, j] * factor
        T.copy(B[0, bx * block_N], b)
        T.gemm(scaled, b, y)
        T.copy(y, Y[by * block_M, bx * block_N])
    return Y


def main(M=128, N=128, K=128, R=32):
    randn = lambda *shape: torch.randn(*shape, dtype=torch.bfloat16)
    low_rank(randn(M, K), randn(K, N), randn(K, R), randn(R, N))


if __name__ == "__main__":
    main()

"""C = A·B where a tensor of flags says which pieces of K count for a block of the result; others are not even read."""

import itertools

import torch
import tilelang
import tilelang.language as T


def get_configs():
    return [dict(block_M=m, block_N=n, num_stages=s) for m, n, s in itertools.product([32, 64], [32, 64], [1, 2])]


@tilelang.autotune(configs=get_configs())
@tilelang.jit
def block_sparse_gemm(A, B, mask, block_M=64, block_N=64, block_K=32, num_stages=2):
    M, N, K = T.const("M, N, K")
    A: T.Tensor((M, K), T.bfloat16)
    B: T.Tensor((K, N), T.bfloat16)
    mask: T.Tensor((M // block_M, N // block_N, K // block_K), "bool")
    C = T.empty((M, N), T.bfloat16)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        a = T.alloc_shared((block_M, block_K), T.bfloat16)
        b = T.alloc_shared((block_K, block_N), T.bfloat16)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        T.clear(c)
        for k in T.Pipelined(K // block_K, num_stages=num_stages):
            if mask[by, bx, k]:
                T.copy(A[by * block_M, k * block_K], a)
                T.copy(B[k * block_K, bx * block_N], b)
                T.gemm(a, b, c)
        T.copy(c, C[by * block_M, bx * block_N])
    return C


def main(M=256, N=256, K=256):
    a = torch.randn(M, K, dtype=torch.bfloat16)
    b = torch.randn(K, N, dtype=torch.bfloat16)
    mask = torch.rand(M // 64, N // 64, K // 32) < 0.3
    c = block_sparse_gemm(a, b, mask, block_M=64, block_N=64, block_K=32)
    print(c.shape)


if __name__ == "__main__":
    main()

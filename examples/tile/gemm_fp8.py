"""C = A·Bᵀ of 8-bit floating point, with a scale a row of A and a scale a row of B, as quantised inference has it.

The product of each piece of K is taken on its own and added, scaled, to a sum in float32, so that the scales may change
from one piece to the next.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def gemm_fp8(A, B, scales_A, scales_B, block_M=64, block_N=64, block_K=64, dtype=T.float8_e4m3fn, out_dtype=T.bfloat16):
    M, N, K = T.const("M, N, K")
    pieces = T.ceildiv(K, block_K)
    A: T.Tensor((M, K), dtype)
    B: T.Tensor((N, K), dtype)
    scales_A: T.Tensor((pieces, M), T.float32)
    scales_B: T.Tensor((N,), T.float32)
    C = T.empty((M, N), out_dtype)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
        a = T.alloc_shared((block_M, block_K), dtype)
        b = T.alloc_shared((block_N, block_K), dtype)
        scale_a = T.alloc_shared((block_M,), T.float32)
        scale_b = T.alloc_shared((block_N,), T.float32)
        part = T.alloc_fragment((block_M, block_N), T.float32)
        total = T.alloc_fragment((block_M, block_N), T.float32)

        T.clear(total)
        T.copy(scales_B[bx * block_N : (bx + 1) * block_N], scale_b)
        for k in T.Pipelined(pieces, num_stages=2):
            T.copy(A[by * block_M, k * block_K], a)
            T.copy(B[bx * block_N, k * block_K], b)
            T.copy(scales_A[k, by * block_M : (by + 1) * block_M], scale_a)
            T.gemm(a, b, part, transpose_B=True, clear_accum=True)
            for i, j in T.Parallel(block_M, block_N):
                total[i, j] += part[i, j] * scale_a[i]
        for i, j in T.Parallel(block_M, block_N):
            total[i, j] *= scale_b[j]
        T.copy(total, C[by * block_M, bx * block_N])
    return C


def main(M=128, N=128, K=256):
    a = torch.randn(M, K).to(torch.float8_e4m3fn)
    b = torch.randn(N, K).to(torch.float8_e4m3fn)
    c = gemm_fp8(a, b, torch.rand(K // 64, M), torch.rand(N))
    print(c.shape)


if __name__ == "__main__":
    main()

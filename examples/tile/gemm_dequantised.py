"""C = A·Wᵀ with weights of 4 bits, two in a byte, that are unpacked, moved around zero and scaled before the product.

A scale belongs to `group` neighbouring elements of a row of W. In a piece of `block_K` weights, the first half is in
the low bits of the bytes, and the second half in the high bits: whole tiles of bytes give whole tiles of weights.
"""

import torch
import tilelang
import tilelang.language as T


def low(byte):
    """From -8 to 7."""
    return (byte & 15) - 8


def high(byte):
    return (byte >> 4) - 8


@tilelang.jit
def gemm_int4(A, W, scales, block_M=32, block_N=64, block_K=64, group=64):
    M, N, K = T.const("M, N, K")
    half = block_K // 2
    A: T.Tensor((M, K), T.bfloat16)
    W: T.Tensor((N, K // 2), T.uint8)
    scales: T.Tensor((K // group, N), T.bfloat16)
    C = T.empty((M, N), T.bfloat16)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        a = T.alloc_shared((block_M, block_K), T.bfloat16)
        bytes = T.alloc_shared((block_N, half), T.uint8)
        scale = T.alloc_shared((block_N,), T.bfloat16)
        w = T.alloc_fragment((block_N, block_K), T.bfloat16)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        T.clear(c)
        for k in T.Pipelined(K // block_K, num_stages=2):
            T.copy(A[by * block_M, k * block_K], a)
            T.copy(W[bx * block_N, k * half], bytes)
            T.copy(scales[k * block_K // group, bx * block_N : (bx + 1) * block_N], scale)
            for i, j in T.Parallel(block_N, half):
                w[i, j] = T.cast(low(T.cast(bytes[i, j], T.int32)), T.bfloat16) * scale[i]
            for i, j in T.Parallel(block_N, half):
                w[i, half + j] = T.cast(high(T.cast(bytes[i, j], T.int32)), T.bfloat16) * scale[i]
            T.gemm(a, w, c, transpose_B=True)
        T.copy(c, C[by * block_M, bx * block_N])
    return C


def main(M=64, N=128, K=256):
    a = torch.randn(M, K, dtype=torch.bfloat16)
    w = torch.randint(0, 256, (N, K // 2), dtype=torch.uint8)
    scales = torch.randn(K // 64, N, dtype=torch.bfloat16)
    c = gemm_int4(a, w, scales)
    print(c.shape)


if __name__ == "__main__":
    main()

"""C = A · Wᵀ with weights of four bits, two of which are in a byte: the even column in the lower half, the odd one after it in the
upper half. Two columns of the block take their value from each byte."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[2])
def gemm_interleaved(M=128, N=128, K=128, block_M=32, block_N=64, block_K=64):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        W: T.Tensor((N, K // 2), "uint8"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
            left = T.alloc_shared((block_M, block_K), "bfloat16")
            packed = T.alloc_shared((block_N, block_K // 2), "uint8")
            right = T.alloc_shared((block_N, block_K), "bfloat16")
            sums = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(sums)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[by * block_M, k * block_K], left)
                T.copy(W[bx * block_N, k * block_K // 2], packed)
                for i, j in T.Parallel(block_N, block_K):
                    half = (packed[i, j // 2] >> (4 * (j % 2)).astype("uint8")) & 15
                    right[i, j] = half.astype("bfloat16") - 8
                T.gemm(left, right, sums, transpose_B=True)
            T.copy(sums, C[by * block_M, bx * block_N])

    return main


if __name__ == "__main__":
    print(gemm_interleaved().get_kernel_source())

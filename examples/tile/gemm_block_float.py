"""C = A·B of Tenstorrent's block floating point: 16 elements share an exponent, and an element takes 8 or 4 bits.

The weights are the narrower of the two, as they are in inference: bfp4 halves what they take in DRAM again.
"""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def gemm(M, N, K, block_M=64, block_N=64, block_K=64, in_dtype="bfp8", weight_dtype="bfp4", out_dtype="bfloat16"):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), in_dtype),
        W: T.Tensor((K, N), weight_dtype),
        C: T.Tensor((M, N), out_dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            a = T.alloc_shared((block_M, block_K), in_dtype)
            w = T.alloc_shared((block_K, block_N), weight_dtype)
            c = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
                T.copy(A[by * block_M, k * block_K], a)
                T.copy(W[k * block_K, bx * block_N], w)
                T.gemm(a, w, c)
            T.copy(c, C[by * block_M, bx * block_N])

    return main


def main():
    kernel = gemm(256, 256, 256)
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

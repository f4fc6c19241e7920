"""C = A·B as in gemm_lazy.py, with A and C cut into blocks that lie in the L1 of 8 x 8 cores, and B in DRAM."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def gemm(M=512, N=512, K=512, block_M=64, block_N=64, block_K=64, dtype="bfloat16", accum_dtype="bfloat16"):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), dtype),
        B: T.Tensor((K, N), dtype),
        C: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
            T.annotate_tt_sharding(
                {
                    A: T.TTShard(axis=(0, 1), placement="L1", grid=(8, 8)),
                    C: T.TTShard(axis=(0, 1), placement="L1", grid=(8, 8)),
                }
            )
            a = T.alloc_shared((block_M, block_K), dtype)
            b = T.alloc_shared((block_K, block_N), dtype)
            c = T.alloc_fragment((block_M, block_N), accum_dtype)
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[by * block_M, k * block_K], a)
                T.copy(B[k * block_K, bx * block_N], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block_M, bx * block_N])

    return main

"""C = A·B for a number of rows that is known when the kernel runs, not before."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def gemm(N=256, K=256, block_M=64, block_N=64, block_K=32):
    M = T.dynamic("m")

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            a = T.alloc_shared((block_M, block_K), "bfloat16")
            b = T.alloc_shared((block_K, block_N), "bfloat16")
            c = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[by * block_M, k * block_K], a)
                T.copy(B[k * block_K, bx * block_N], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block_M, bx * block_N])

    return main

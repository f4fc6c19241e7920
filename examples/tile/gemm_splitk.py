"""C += A·B with K split over blocks, whose parts are added up in DRAM by atomics."""
import tilelang
import tilelang.language as T


@tilelang.jit
def gemm_splitk(M=128, N=128, K=1024, block_M=64, block_N=64, block_K=32, split_k=4):
    each = K // split_k

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), split_k) as (bx, by, bz):
            a = T.alloc_shared((block_M, block_K), "bfloat16")
            b = T.alloc_shared((block_K, block_N), "bfloat16")
            c = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
                T.copy(A[by * block_M, bz * each + k * block_K], a)
                T.copy(B[bz * each + k * block_K, bx * block_N], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(block_M, block_N):
                T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])

    return main

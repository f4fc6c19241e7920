"""C = Aᵀ·Bᵀ: both operands lie transposed in DRAM, and each flag can be turned off."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def gemm(M=256, N=256, K=256, block_M=64, block_N=64, block_K=64, trans_A=True, trans_B=True):
    A_shape = (K, M) if trans_A else (M, K)
    B_shape = (N, K) if trans_B else (K, N)
    a_shape = (block_K, block_M) if trans_A else (block_M, block_K)
    b_shape = (block_N, block_K) if trans_B else (block_K, block_N)

    @T.prim_func
    def main(A: T.Tensor(A_shape, "bfloat16"), B: T.Tensor(B_shape, "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            a = T.alloc_shared(a_shape, "bfloat16")
            b = T.alloc_shared(b_shape, "bfloat16")
            c = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                if trans_A:
                    T.copy(A[k * block_K, by * block_M], a)
                else:
                    T.copy(A[by * block_M, k * block_K], a)
                if trans_B:
                    T.copy(B[bx * block_N, k * block_K], b)
                else:
                    T.copy(B[k * block_K, bx * block_N], b)
                T.gemm(a, b, c, transpose_A=trans_A, transpose_B=trans_B)
            T.copy(c, C[by * block_M, bx * block_N])

    return main

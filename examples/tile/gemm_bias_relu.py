"""C = max(A·B + bias, 0): a row vector joins the result of a product before it leaves the core."""
import tilelang
import tilelang.language as T


@tilelang.jit
def linear(A, B, Bias, block_M=64, block_N=128, block_K=64):
    M, N, K = T.const("M, N, K")
    A: T.Tensor((M, K), T.bfloat16)
    B: T.Tensor((K, N), T.bfloat16)
    Bias: T.Tensor((N,), T.bfloat16)
    C = T.empty((M, N), T.bfloat16)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        a = T.alloc_shared((block_M, block_K), T.bfloat16)
        b = T.alloc_shared((block_K, block_N), T.bfloat16)
        bias = T.alloc_shared((block_N,), T.bfloat16)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        T.copy(Bias[bx * block_N], bias)
        for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
            T.copy(A[by * block_M, k * block_K], a)
            T.copy(B[k * block_K, bx * block_N], b)
            T.gemm(a, b, c, clear_accum=k == 0)
        for i, j in T.Parallel(block_M, block_N):
            c[i, j] = T.max(c[i, j] + bias[j], 0)
        T.copy(c, C[by * block_M, bx * block_N])
    return C


kernel = linear.compile(M=256, N=512, K=384)

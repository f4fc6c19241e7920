"""C = A·B by as many blocks as there are cores, each of which goes over its share of the result."""
import tilelang
import tilelang.language as T
from tilelang.carver.arch import driver


@tilelang.jit
def gemm(A, B, block_M=64, block_N=64, block_K=32):
    M, N, K = T.const("M, N, K")
    A: T.Tensor((M, K), T.bfloat16)
    B: T.Tensor((K, N), T.bfloat16)
    C = T.empty((M, N), T.bfloat16)
    cores = driver.get_num_sms()

    with T.Kernel(cores) as block:
        a = T.alloc_shared((block_M, block_K), T.bfloat16)
        b = T.alloc_shared((block_K, block_N), T.bfloat16)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        for bx, by in T.Persistent([T.ceildiv(M, block_M), T.ceildiv(N, block_N)], cores, block):
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[bx * block_M, k * block_K], a)
                T.copy(B[k * block_K, by * block_N], b)
                T.gemm(a, b, c)
            T.copy(c, C[bx * block_M, by * block_N])
    return C


kernel = gemm.compile(M=512, N=1024, K=256)

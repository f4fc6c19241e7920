"""C[b] = A[b]·B[b], the batch a third dimension of the grid, the epilogue a macro."""
import tilelang
import tilelang.language as T


@T.macro
def scale_by(buffer, rows, columns, factor):
    for i, j in T.Parallel(rows, columns):
        buffer[i, j] = buffer[i, j] * factor


@tilelang.jit(out_idx=[-1])
def gemm(batch=3, M=128, N=128, K=128, block_M=64, block_N=64, block_K=64, alpha=0.5):
    @T.prim_func
    def main(
        A: T.Tensor((batch, M, K), "bfloat16"),
        B: T.Tensor((batch, K, N), "bfloat16"),
        C: T.Tensor((batch, M, N), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), batch) as (bx, by, bz):
            a = T.alloc_shared((block_M, block_K), "bfloat16")
            b = T.alloc_shared((block_K, block_N), "bfloat16")
            c = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[bz, by * block_M, k * block_K], a)
                T.copy(B[bz, k * block_K, bx * block_N], b)
                T.gemm(a, b, c)
            scale_by(c, block_M, block_N, alpha)
            T.copy(c, C[bz, by * block_M, bx * block_N])

    return main

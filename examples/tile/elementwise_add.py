"""C = A + B, elements read from DRAM in the loop itself, over sizes that blocks do not divide."""
import tilelang
import tilelang.language as T


@tilelang.jit
def add(A, B, block_M=64, block_N=64):
    M, N = T.const("M N")
    A: T.Tensor((M, N), T.float32)
    B: T.Tensor((M, N), T.float32)
    C = T.empty((M, N), T.float32)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        for i, j in T.Parallel(block_M, block_N):
            row, column = by * block_M + i, bx * block_N + j
            C[row, column] = A[row, column] + B[row, column]
    return C


kernel = add.compile(M=250, N=300)

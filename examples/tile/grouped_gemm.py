"""Products of several groups of rows, each with a matrix of its own; which group a block belongs to is found in an
index tensor while it runs."""
import tilelang
import tilelang.language as T


@tilelang.jit
def grouped_gemm(A, B, sizes, offsets, padded_offsets, sizes_list, block_M=64, block_N=64, block_K=32):
    K, N = T.const("K, N")
    groups = len(sizes_list)
    rows = sum(sizes_list)
    blocks = sum((size + block_M - 1) // block_M for size in sizes_list)
    A: T.Tensor([rows, K], T.bfloat16)
    B: T.Tensor([groups, K, N], T.bfloat16)
    sizes: T.Tensor([groups], T.int32)
    offsets: T.Tensor([groups], T.int32)
    padded_offsets: T.Tensor([groups], T.int32)
    C = T.empty([rows, N], T.bfloat16)

    with T.Kernel(blocks, T.ceildiv(N, block_N)) as (bx, by):
        a = T.alloc_shared([block_M, block_K], T.bfloat16)
        b = T.alloc_shared([block_K, block_N], T.bfloat16)
        c = T.alloc_fragment([block_M, block_N], T.float32)
        group = T.alloc_var(dtype=T.int32, init=0)
        size = T.alloc_var(dtype=T.int32)

        start = bx * block_M
        for i in range(groups):
            group = T.if_then_else(start >= padded_offsets[i], i, group)
        size = sizes[group]
        row = start - padded_offsets[group] + offsets[group]
        left = T.max(0, T.min(block_M, size + padded_offsets[group] - start))

        T.clear(c)
        for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
            T.copy(A[row : row + block_M, k * block_K : (k + 1) * block_K], a)
            T.copy(B[group, k * block_K : (k + 1) * block_K, by * block_N : (by + 1) * block_N], b)
            T.gemm(a, b, c)
        for i, j in T.Parallel(block_M, block_N):
            if i < left:
                C[row + i, by * block_N + j] = c[i, j]
    return C


kernel = grouped_gemm.compile(sizes_list=(64, 100, 28), K=128, N=128)

"""What a chunk of a sequence leaves in the state of a selective state space model: Bᵀ·(x weighted with its decay).

The decay from each step to the end of its chunk comes from running sums of log decays that are given.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def chunk_state(B, X, dt, A_sums, block_M=64, block_N=64, block_K=32, num_stages=2):
    batch, seq_len, chunk, heads, dim, states = T.const("batch, seq_len, chunk, heads, dim, states")
    chunks = T.ceildiv(seq_len, chunk)
    log2_e = 1.4426950408889634
    B: T.Tensor((batch, seq_len, states), T.bfloat16)
    X: T.Tensor((batch, seq_len, heads, dim), T.bfloat16)
    dt: T.Tensor((batch, heads, chunks, chunk), T.float32)
    A_sums: T.Tensor((batch, heads, chunks, chunk), T.float32)
    Output = T.empty((batch, chunks, heads, dim, states), T.float32)

    with T.Kernel(T.ceildiv(dim, block_M) * T.ceildiv(states, block_N), batch * chunks, heads) as (bx, by, head):
        x = T.alloc_shared((block_K, block_M), T.bfloat16)
        weighted = T.alloc_fragment((block_K, block_M), T.bfloat16)
        b = T.alloc_shared((block_K, block_N), T.bfloat16)
        step = T.alloc_shared((block_K,), T.float32)
        sums = T.alloc_shared((block_K,), T.float32)
        o = T.alloc_fragment((block_M, block_N), T.float32)
        one = by // chunks
        n = by % chunks
        row = bx // T.ceildiv(states, block_N)
        column = bx % T.ceildiv(states, block_N)
        last = A_sums[one, head, n, chunk - 1]
        T.clear(o)
        for k in T.Pipelined(T.ceildiv(chunk, block_K), num_stages=num_stages):
            first = n * chunk + k * block_K
            T.copy(X[one, first : first + block_K, head, row * block_M : (row + 1) * block_M], x)
            T.copy(B[one, first : first + block_K, column * block_N : (column + 1) * block_N], b)
            T.copy(dt[one, head, n, k * block_K : (k + 1) * block_K], step)
            T.copy(A_sums[one, head, n, k * block_K : (k + 1) * block_K], sums)
            for i, j in T.Parallel(block_K, block_M):
                weighted[i, j] = x[i, j] * T.exp2((last - sums[i]) * log2_e) * step[i]
            T.gemm(weighted, b, o, transpose_A=True)
        T.copy(o, Output[one, n, head, row * block_M : (row + 1) * block_M, column * block_N : (column + 1) * block_N])
    return Output


def main(batch=1, seq_len=128, chunk=64, heads=2, dim=64, states=64):
    b = torch.randn(batch, seq_len, states, dtype=torch.bfloat16)
    x = torch.randn(batch, seq_len, heads, dim, dtype=torch.bfloat16)
    dt = torch.rand(batch, heads, seq_len // chunk, chunk)
    sums = torch.rand(batch, heads, seq_len // chunk, chunk)
    print(chunk_state(b, x, dt, sums).shape)


if __name__ == "__main__":
    main()

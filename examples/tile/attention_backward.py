"""Gradients of attention in three kernels: Σ O·dO by rows, then those of keys and values, then that of the queries.

Probabilities are made again from the logarithm of each row's sum (in base 2), which the forward pass has kept. Nothing
is added across blocks: keys and values go over all queries, queries go over all keys.
"""

import tilelang
import tilelang.language as T

LOG2_E = 1.4426950408889634


@tilelang.jit(out_idx=[2])
def dots(batch=1, heads=1, seq_len=128, dim=64, block=64):
    shape = [batch, heads, seq_len, dim]

    @T.prim_func
    def main(
        O: T.Tensor(shape, "bfloat16"),
        dO: T.Tensor(shape, "bfloat16"),
        D: T.Tensor([batch, heads, seq_len], "float32"),
    ):
        with T.Kernel(T.ceildiv(seq_len, block), heads, batch) as (bx, head, b):
            o = T.alloc_fragment([block, dim], "bfloat16")
            do = T.alloc_fragment([block, dim], "bfloat16")
            both = T.alloc_fragment([block, dim], "float32")
            dot = T.alloc_fragment([block], "float32")
            T.copy(O[b, head, bx * block : (bx + 1) * block, :], o)
            T.copy(dO[b, head, bx * block : (bx + 1) * block, :], do)
            for i, j in T.Parallel(block, dim):
                both[i, j] = T.cast(o[i, j], "float32") * T.cast(do[i, j], "float32")
            T.reduce_sum(both, dot, dim=1)
            T.copy(dot, D[b, head, bx * block : (bx + 1) * block])

    return main


@tilelang.jit(out_idx=[6, 7])
def keys_and_values(batch=1, heads=1, seq_len=128, dim=64, is_causal=True, block_M=64, block_N=64):
    root = (1.0 / dim) ** 0.5
    scale = root * LOG2_E
    shape = [batch, heads, seq_len, dim]

    @T.prim_func
    def main(
        Q: T.Tensor(shape, "bfloat16"),
        K: T.Tensor(shape, "bfloat16"),
        V: T.Tensor(shape, "bfloat16"),
        dO: T.Tensor(shape, "bfloat16"),
        lse: T.Tensor([batch, heads, seq_len], "float32"),
        D: T.Tensor([batch, heads, seq_len], "float32"),
        dK: T.Tensor(shape, "bfloat16"),
        dV: T.Tensor(shape, "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(seq_len, block_N), heads, batch) as (bx, head, b):
            k = T.alloc_shared([block_N, dim], "bfloat16")
            v = T.alloc_shared([block_N, dim], "bfloat16")
            q = T.alloc_shared([block_M, dim], "bfloat16")
            do = T.alloc_shared([block_M, dim], "bfloat16")
            sums = T.alloc_shared([block_M], "float32")
            dot = T.alloc_shared([block_M], "float32")
            s = T.alloc_fragment([block_N, block_M], "float32")
            ds = T.alloc_fragment([block_N, block_M], "float32")
            low = T.alloc_fragment([block_N, block_M], "bfloat16")
            dk = T.alloc_fragment([block_N, dim], "float32")
            dv = T.alloc_fragment([block_N, dim], "float32")
            T.copy(K[b, head, bx * block_N : (bx + 1) * block_N, :], k)
            T.copy(V[b, head, bx * block_N : (bx + 1) * block_N, :], v)
            T.clear(dk)
            T.clear(dv)
            first = bx * block_N // block_M if is_causal else 0
            for n in T.Pipelined(first, T.ceildiv(seq_len, block_M), num_stages=1):
                T.copy(Q[b, head, n * block_M : (n + 1) * block_M, :], q)
                T.copy(dO[b, head, n * block_M : (n + 1) * block_M, :], do)
                T.copy(lse[b, head, n * block_M : (n + 1) * block_M], sums)
                T.copy(D[b, head, n * block_M : (n + 1) * block_M], dot)
                T.gemm(k, q, s, transpose_B=True, clear_accum=True)
                T.gemm(v, do, ds, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(block_N, block_M):
                    s[i, j] = T.exp2(s[i, j] * scale - sums[j])
                if is_causal:
                    for i, j in T.Parallel(block_N, block_M):
                        s[i, j] = T.if_then_else(bx * block_N + i <= n * block_M + j, s[i, j], 0)
                T.copy(s, low)
                T.gemm(low, do, dv)
                for i, j in T.Parallel(block_N, block_M):
                    low[i, j] = s[i, j] * (ds[i, j] - dot[j]) * root
                T.gemm(low, q, dk)
            T.copy(dk, dK[b, head, bx * block_N : (bx + 1) * block_N, :])
            T.copy(dv, dV[b, head, bx * block_N : (bx + 1) * block_N, :])

    return main


@tilelang.jit(out_idx=[6])
def queries(batch=1, heads=1, seq_len=128, dim=64, is_causal=True, block_M=64, block_N=64):
    root = (1.0 / dim) ** 0.5
    scale = root * LOG2_E
    shape = [batch, heads, seq_len, dim]

    @T.prim_func
    def main(
        Q: T.Tensor(shape, "bfloat16"),
        K: T.Tensor(shape, "bfloat16"),
        V: T.Tensor(shape, "bfloat16"),
        dO: T.Tensor(shape, "bfloat16"),
        lse: T.Tensor([batch, heads, seq_len], "float32"),
        D: T.Tensor([batch, heads, seq_len], "float32"),
        dQ: T.Tensor(shape, "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(seq_len, block_M), heads, batch) as (bx, head, b):
            q = T.alloc_shared([block_M, dim], "bfloat16")
            do = T.alloc_shared([block_M, dim], "bfloat16")
            k = T.alloc_shared([block_N, dim], "bfloat16")
            v = T.alloc_shared([block_N, dim], "bfloat16")
            sums = T.alloc_shared([block_M], "float32")
            dot = T.alloc_shared([block_M], "float32")
            s = T.alloc_fragment([block_M, block_N], "float32")
            ds = T.alloc_fragment([block_M, block_N], "float32")
            low = T.alloc_fragment([block_M, block_N], "bfloat16")
            dq = T.alloc_fragment([block_M, dim], "float32")
            T.copy(Q[b, head, bx * block_M : (bx + 1) * block_M, :], q)
            T.copy(dO[b, head, bx * block_M : (bx + 1) * block_M, :], do)
            T.copy(lse[b, head, bx * block_M : (bx + 1) * block_M], sums)
            T.copy(D[b, head, bx * block_M : (bx + 1) * block_M], dot)
            T.clear(dq)
            blocks = T.ceildiv(seq_len, block_N)
            reach = T.min(blocks, T.ceildiv((bx + 1) * block_M, block_N)) if is_causal else blocks
            for n in T.Pipelined(reach, num_stages=1):
                T.copy(K[b, head, n * block_N : (n + 1) * block_N, :], k)
                T.copy(V[b, head, n * block_N : (n + 1) * block_N, :], v)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                T.gemm(do, v, ds, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(block_M, block_N):
                    s[i, j] = T.exp2(s[i, j] * scale - sums[i])
                if is_causal:
                    for i, j in T.Parallel(block_M, block_N):
                        s[i, j] = T.if_then_else(bx * block_M + i >= n * block_N + j, s[i, j], 0)
                for i, j in T.Parallel(block_M, block_N):
                    low[i, j] = s[i, j] * (ds[i, j] - dot[i]) * root
                T.gemm(low, k, dq)
            T.copy(dq, dQ[b, head, bx * block_M : (bx + 1) * block_M, :])

    return main


def main(batch=1, heads=1, seq_len=128, dim=64):
    dots(batch, heads, seq_len, dim)
    keys_and_values(batch, heads, seq_len, dim)
    queries(batch, heads, seq_len, dim)


if __name__ == "__main__":
    main()

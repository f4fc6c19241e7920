"""Attention to the last `window` keys only, with a sink: a logit a head that takes part in the sum and has no value.

The loop begins at the first block that the window reaches; the macros are the two halves of a step.
"""

import tilelang
import tilelang.language as T


def get_configs():
    return [{"block_M": m, "block_N": n} for m in (32, 64) for n in (32, 64)]


@tilelang.autotune(configs=get_configs())
@tilelang.jit(out_idx=[4])
def attention(batch=1, heads=2, groups=1, seq_len=256, dim=64, window=64, block_M=64, block_N=64, num_stages=1):
    log2_e = 1.4426950408889634
    scale = (1.0 / dim) ** 0.5 * log2_e
    q_shape = [batch, heads, seq_len, dim]
    kv_shape = [batch, heads // groups, seq_len, dim]
    dtype = T.bfloat16
    accum = T.float32

    @T.macro
    def scores(K, q, k, s, n, bx, head, b):
        T.copy(K[b, head // groups, n * block_N : (n + 1) * block_N, :], k)
        for i, j in T.Parallel(block_M, block_N):
            row = bx * block_M + i
            column = n * block_N + j
            s[i, j] = T.if_then_else((row >= column) & (row < column + window), 0, -T.infinity(accum))
        T.gemm(q, k, s, transpose_B=True)

    @T.macro
    def softmax(s, p, top, before, part, total):
        T.copy(top, before)
        T.reduce_max(s, top, dim=1, clear=False)
        for i in T.Parallel(block_M):
            top[i] = T.max(top[i], -1e30)
            before[i] = T.exp2((before[i] - top[i]) * scale)
        for i, j in T.Parallel(block_M, block_N):
            s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
        T.reduce_sum(s, part, dim=1)
        for i in T.Parallel(block_M):
            total[i] = total[i] * before[i] + part[i]
        T.copy(s, p)

    @T.prim_func
    def main(
        Q: T.Tensor(q_shape, dtype),
        K: T.Tensor(kv_shape, dtype),
        V: T.Tensor(kv_shape, dtype),
        sinks: T.Tensor([heads], dtype),
        Output: T.Tensor(q_shape, dtype),
    ):
        with T.Kernel(T.ceildiv(seq_len, block_M), heads, batch) as (bx, head, b):
            q = T.alloc_shared([block_M, dim], dtype)
            k = T.alloc_shared([block_N, dim], dtype)
            v = T.alloc_shared([block_N, dim], dtype)
            s = T.alloc_fragment([block_M, block_N], accum)
            p = T.alloc_fragment([block_M, block_N], dtype)
            o = T.alloc_fragment([block_M, dim], accum)
            top = T.alloc_fragment([block_M], accum)
            before = T.alloc_fragment([block_M], accum)
            part = T.alloc_fragment([block_M], accum)
            total = T.alloc_fragment([block_M], accum)
            sink = T.alloc_fragment([block_M], dtype)

            T.copy(Q[b, head, bx * block_M : (bx + 1) * block_M, :], q)
            T.clear(o)
            T.clear(total)
            T.fill(top, -1e30)
            for i in T.Parallel(block_M):
                sink[i] = sinks[head]
            first = T.max(0, (bx * block_M - window + 1) // block_N)
            last = T.min(T.ceildiv(seq_len, block_N), T.ceildiv((bx + 1) * block_M, block_N))
            for n in T.Pipelined(first, last, num_stages=num_stages):
                scores(K, q, k, s, n, bx, head, b)
                softmax(s, p, top, before, part, total)
                for i, j in T.Parallel(block_M, dim):
                    o[i, j] *= before[i]
                T.copy(V[b, head // groups, n * block_N : (n + 1) * block_N, :], v)
                T.gemm(p, v, o)
            for i in T.Parallel(block_M):
                total[i] += T.exp2(sink[i] * log2_e - top[i] * scale)
            for i, j in T.Parallel(block_M, dim):
                o[i, j] /= total[i]
            T.copy(o, Output[b, head, bx * block_M : (bx + 1) * block_M, :])

    return main


def main(batch=1, heads=2, groups=1, seq_len=256, dim=64, window=64):
    kernel = attention(batch, heads, groups, seq_len, dim, window, block_M=64, block_N=64)
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

"""Attention of sequences of different lengths, one behind the other in one tensor, with a sink a head in the sum.

cu_seqlens says where each begins. What a block reads beyond its sequence is masked, and nothing is written there.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[5])
def attention(batch, total, heads, dim, longest, is_causal=True, block_M=64, block_N=64, num_stages=1):
    scale = (1.0 / dim) ** 0.5 * 1.4426950408889634
    shape = [total, heads, dim]
    dtype = T.bfloat16
    accum = T.float32

    @T.prim_func
    def main(
        Q: T.Tensor(shape, dtype),
        K: T.Tensor(shape, dtype),
        V: T.Tensor(shape, dtype),
        cu_seqlens: T.Tensor([batch + 1], T.int32),
        sinks: T.Tensor([heads], accum),
        Output: T.Tensor(shape, dtype),
    ):
        with T.Kernel(T.ceildiv(longest, block_M), heads, batch) as (bx, head, one):
            q = T.alloc_shared([block_M, dim], dtype)
            k = T.alloc_shared([block_N, dim], dtype)
            v = T.alloc_shared([block_N, dim], dtype)
            s = T.alloc_fragment([block_M, block_N], accum)
            p = T.alloc_fragment([block_M, block_N], dtype)
            o = T.alloc_fragment([block_M, dim], accum)
            top = T.alloc_fragment([block_M], accum)
            before = T.alloc_fragment([block_M], accum)
            part = T.alloc_fragment([block_M], accum)
            total_p = T.alloc_fragment([block_M], accum)

            start = cu_seqlens[one]
            length = cu_seqlens[one + 1] - start
            T.copy(Q[start + bx * block_M : start + (bx + 1) * block_M, head, :], q)
            T.clear(o)
            T.clear(total_p)
            T.fill(top, -1e30)
            blocks = T.ceildiv(length, block_N)
            reach = T.min(blocks, T.ceildiv((bx + 1) * block_M, block_N)) if is_causal else blocks
            for n in T.Pipelined(reach, num_stages=num_stages):
                T.copy(K[start + n * block_N : start + (n + 1) * block_N, head, :], k)
                for i, j in T.Parallel(block_M, block_N):
                    if is_causal:
                        s[i, j] = T.if_then_else(
                            (bx * block_M + i < n * block_N + j) or (n * block_N + j >= length), -1e9, 0
                        )
                    else:
                        s[i, j] = T.if_then_else(n * block_N + j >= length, -1e9, 0)
                T.gemm(q, k, s, transpose_B=True)
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i, j in T.Parallel(block_M, block_N):
                    s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
                T.reduce_sum(s, part, dim=1)
                for i in T.Parallel(block_M):
                    before[i] = T.exp2((before[i] - top[i]) * scale)
                    total_p[i] = total_p[i] * before[i] + part[i]
                for i, j in T.Parallel(block_M, dim):
                    o[i, j] *= before[i]
                T.copy(s, p)
                T.copy(V[start + n * block_N : start + (n + 1) * block_N, head, :], v)
                T.gemm(p, v, o)
            for i in T.Parallel(block_M):
                total_p[i] += T.exp2(sinks[head] * 1.4426950408889634 - top[i] * scale)
            for i, j in T.Parallel(block_M, dim):
                if bx * block_M + i < length:
                    Output[start + bx * block_M + i, head, j] = o[i, j] / total_p[i]

    return main


def main(batch=3, total=160, heads=2, dim=64, longest=96):
    kernel = attention(batch, total, heads, dim, longest)
    q = torch.randn(total, heads, dim, dtype=torch.bfloat16)
    cu_seqlens = torch.tensor([0, 40, 136, 160], dtype=torch.int32)
    print(kernel(q, q, q, cu_seqlens, torch.randn(heads)).shape)


if __name__ == "__main__":
    main()

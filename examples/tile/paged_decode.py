"""Decoding with a paged cache: a table says in which page the keys and values of a piece of the sequence are.

Lengths are known at run time, so the loop goes over as many pages as the sequence has, and its tail is masked.
"""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def paged_decode(Q, K, V, table, lengths, block_H=32, num_stages=1):
    batch, heads, dim, pages, page, most = T.const("batch, heads, dim, pages, page, most")
    dtype = T.bfloat16
    accum = T.float32
    Q: T.Tensor([batch, heads, dim], dtype)
    K: T.Tensor([pages, page, dim], dtype)
    V: T.Tensor([pages, page, dim], dtype)
    table: T.Tensor([batch, most], T.int32)
    lengths: T.Tensor([batch], T.int32)
    Output = T.empty([batch, heads, dim], dtype)
    scale = (1.0 / dim) ** 0.5 * 1.4426950408889634

    with T.Kernel(batch, T.ceildiv(heads, block_H)) as (b, h):
        q = T.alloc_shared([block_H, dim], dtype)
        k = T.alloc_shared([page, dim], dtype)
        v = T.alloc_shared([page, dim], dtype)
        s = T.alloc_fragment([block_H, page], accum)
        p = T.alloc_fragment([block_H, page], dtype)
        o = T.alloc_fragment([block_H, dim], accum)
        top = T.alloc_fragment([block_H], accum)
        before = T.alloc_fragment([block_H], accum)
        part = T.alloc_fragment([block_H], accum)
        total = T.alloc_fragment([block_H], accum)
        T.copy(Q[b, h * block_H : (h + 1) * block_H, :], q)
        T.clear(o)
        T.clear(total)
        T.fill(top, -1e30)
        length = lengths[b]
        for n in T.Pipelined(T.ceildiv(length, page), num_stages=num_stages):
            place = table[b, n]
            T.copy(K[place, :, :], k)
            T.copy(V[place, :, :], v)
            T.gemm(q, k, s, transpose_B=True, clear_accum=True)
            for i, j in T.Parallel(block_H, page):
                s[i, j] = T.if_then_else(n * page + j < length, s[i, j], -1e30)
            T.copy(top, before)
            T.reduce_max(s, top, dim=1, clear=False)
            for i in T.Parallel(block_H):
                before[i] = T.exp2((before[i] - top[i]) * scale)
            for i, j in T.Parallel(block_H, page):
                s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
            T.reduce_sum(s, part, dim=1)
            T.copy(s, p)
            for i in T.Parallel(block_H):
                total[i] = total[i] * before[i] + part[i]
            for i, j in T.Parallel(block_H, dim):
                o[i, j] *= before[i]
            T.gemm(p, v, o)
        for i, j in T.Parallel(block_H, dim):
            o[i, j] /= total[i]
        T.copy(o, Output[b, h * block_H : (h + 1) * block_H, :])
    return Output


def main(batch=2, heads=32, dim=64, pages=8, page=32):
    q = torch.randn(batch, heads, dim, dtype=torch.bfloat16)
    k = torch.randn(pages, page, dim, dtype=torch.bfloat16)
    table = torch.randint(0, pages, (batch, 4), dtype=torch.int32)
    lengths = torch.randint(1, 4 * page, (batch,), dtype=torch.int32)
    print(paged_decode(q, k, k, table, lengths).shape)


if __name__ == "__main__":
    main()

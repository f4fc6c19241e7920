"""Decoding with a compressed cache (multi-head latent attention): all heads share keys and values, a part of each key
carries the position, and the values are the other part of the keys themselves."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[4])
def mla_decode(batch=1, heads=32, seq_len=256, dim=128, pe_dim=64, block_H=32, block_N=64, num_stages=1):
    scale = (1.0 / (dim + pe_dim)) ** 0.5 * 1.4426950408889634
    dtype = T.bfloat16
    accum = T.float32

    @T.prim_func
    def main(
        Q: T.Tensor([batch, heads, dim], dtype),
        Q_pe: T.Tensor([batch, heads, pe_dim], dtype),
        KV: T.Tensor([batch, seq_len, 1, dim], dtype),
        K_pe: T.Tensor([batch, seq_len, 1, pe_dim], dtype),
        Output: T.Tensor([batch, heads, dim], dtype),
    ):
        with T.Kernel(batch, T.ceildiv(heads, block_H)) as (b, h):
            q = T.alloc_shared([block_H, dim], dtype)
            q_pe = T.alloc_shared([block_H, pe_dim], dtype)
            kv = T.alloc_shared([block_N, dim], dtype)
            k_pe = T.alloc_shared([block_N, pe_dim], dtype)
            s = T.alloc_fragment([block_H, block_N], accum)
            p = T.alloc_fragment([block_H, block_N], dtype)
            o = T.alloc_fragment([block_H, dim], accum)
            top = T.alloc_fragment([block_H], accum)
            before = T.alloc_fragment([block_H], accum)
            part = T.alloc_fragment([block_H], accum)
            total = T.alloc_fragment([block_H], accum)
            T.copy(Q[b, h * block_H : (h + 1) * block_H, :], q)
            T.copy(Q_pe[b, h * block_H : (h + 1) * block_H, :], q_pe)
            T.clear(o)
            T.clear(total)
            T.fill(top, -T.infinity(accum))
            for n in T.Pipelined(T.ceildiv(seq_len, block_N), num_stages=num_stages):
                T.copy(KV[b, n * block_N : (n + 1) * block_N, 0, :], kv)
                T.copy(K_pe[b, n * block_N : (n + 1) * block_N, 0, :], k_pe)
                T.gemm(q, kv, s, transpose_B=True, clear_accum=True)
                T.gemm(q_pe, k_pe, s, transpose_B=True)
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i in T.Parallel(block_H):
                    before[i] = T.exp2((before[i] - top[i]) * scale)
                for i, j in T.Parallel(block_H, block_N):
                    s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
                T.reduce_sum(s, part, dim=1)
                T.copy(s, p)
                for i in T.Parallel(block_H):
                    total[i] = total[i] * before[i] + part[i]
                for i, j in T.Parallel(block_H, dim):
                    o[i, j] *= before[i]
                T.gemm(p, kv, o)
            for i, j in T.Parallel(block_H, dim):
                o[i, j] /= total[i]
            T.copy(o, Output[b, h * block_H : (h + 1) * block_H, :])

    return main


def main():
    kernel = mla_decode()
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

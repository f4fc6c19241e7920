"""Attention without the matrix of scores: two products and a running softmax a block of queries, causal or not."""
import itertools

import tilelang
import tilelang.language as T
from tilelang.autotuner import *


def get_configs():
    space = dict(block_M=[64, 128], block_N=[64, 128], num_stages=[1, 2])
    return [dict(zip(space, values)) for values in itertools.product(*space.values())]


@autotune(configs=get_configs(), warmup=3, rep=10)
@tilelang.jit(out_idx=[3])
def attention(
    batch=1,
    heads=2,
    seq_len=256,
    dim=64,
    is_causal=True,
    block_M=64,
    block_N=64,
    num_stages=1,
    accum_dtype=T.float32,
):
    scale = (1.0 / dim) ** 0.5 * 1.4426950408889634
    shape = [batch, seq_len, heads, dim]
    dtype = T.bfloat16
    accum = accum_dtype

    @T.prim_func
    def main(
        Q: T.Tensor(shape, dtype),
        K: T.Tensor(shape, dtype),
        V: T.Tensor(shape, dtype),
        Output: T.Tensor(shape, dtype),
    ):
        with T.Kernel(T.ceildiv(seq_len, block_M), heads, batch, threads=128) as (bx, by, bz):
            q = T.alloc_shared([block_M, dim], dtype)
            k = T.alloc_shared([block_N, dim], dtype)
            v = T.alloc_shared([block_N, dim], dtype)
            s = T.alloc_fragment([block_M, block_N], accum)
            p = T.alloc_fragment([block_M, block_N], dtype)
            o = T.alloc_fragment([block_M, dim], accum)
            top = T.alloc_fragment([block_M], accum)
            top_before = T.alloc_fragment([block_M], accum)
            rescale = T.alloc_fragment([block_M], accum)
            part = T.alloc_fragment([block_M], accum)
            total = T.alloc_fragment([block_M], accum)

            T.copy(Q[bz, bx * block_M : (bx + 1) * block_M, by, :], q)
            T.fill(o, 0)
            T.fill(total, 0)
            T.fill(top, -T.infinity(accum))
            blocks = T.ceildiv(seq_len, block_N)
            reach = T.min(blocks, T.ceildiv((bx + 1) * block_M, block_N)) if is_causal else blocks
            for n in T.Pipelined(reach, num_stages=num_stages):
                T.copy(K[bz, n * block_N : (n + 1) * block_N, by, :], k)
                if is_causal:
                    for i, j in T.Parallel(block_M, block_N):
                        s[i, j] = T.if_then_else(bx * block_M + i >= n * block_N + j, 0, -T.infinity(accum))
                else:
                    T.clear(s)
                T.gemm(q, k, s, transpose_B=True, policy=T.GemmWarpPolicy.FullRow)
                T.copy(top, top_before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i in T.Parallel(block_M):
                    rescale[i] = T.exp2((top_before[i] - top[i]) * scale)
                for i, j in T.Parallel(block_M, block_N):
                    s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
                T.reduce_sum(s, part, dim=1)
                for i in T.Parallel(block_M):
                    total[i] = total[i] * rescale[i] + part[i]
                for i, j in T.Parallel(block_M, dim):
                    o[i, j] *= rescale[i]
                T.copy(s, p)
                T.copy(V[bz, n * block_N : (n + 1) * block_N, by, :], v)
                T.gemm(p, v, o, policy=T.GemmWarpPolicy.FullRow)
            for i, j in T.Parallel(block_M, dim):
                o[i, j] /= total[i]
            T.copy(o, Output[bz, bx * block_M : (bx + 1) * block_M, by, :])

    return main

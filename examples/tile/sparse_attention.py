# Attention of each token to rows of a common KV that an index tensor selects for it; -1 selects none.
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[3])
def sparse_attention(batch=1, seq_len=4, seq_len_kv=96, heads=32, dim=64, tail=32, topk=64, block_I=32):
    scale = (1.0 / (dim + tail)) ** 0.5 * 1.4426950408889634

    @T.prim_func
    def main(
        Q: T.Tensor([batch, seq_len, heads, dim + tail], "bfloat16"),
        KV: T.Tensor([batch, seq_len_kv, dim + tail], "bfloat16"),
        Indices: T.Tensor([batch, seq_len, topk], "int32"),
        Output: T.Tensor([batch, seq_len, heads, dim], "bfloat16"),
    ):
        with T.Kernel(seq_len, batch) as (bx, by):
            q = T.alloc_shared([heads, dim], "bfloat16")
            q_tail = T.alloc_shared([heads, tail], "bfloat16")
            kv = T.alloc_shared([block_I, dim], "bfloat16")
            k_tail = T.alloc_shared([block_I, tail], "bfloat16")
            p = T.alloc_shared([heads, block_I], "bfloat16")
            mask = T.alloc_fragment([block_I], "bool")
            s = T.alloc_fragment([heads, block_I], "float32")
            o = T.alloc_fragment([heads, dim], "float32")
            top = T.alloc_fragment([heads], "float32")
            before = T.alloc_fragment([heads], "float32")
            sums = T.alloc_fragment([heads], "float32")
            total = T.alloc_fragment([heads], "float32")
            T.copy(Q[by, bx, :, :dim], q)
            T.copy(Q[by, bx, :, dim:], q_tail)
            T.clear(o)
            T.clear(total)
            T.fill(top, -(2.0**30))
            for n in T.Pipelined(topk // block_I, num_stages=2):
                for i in T.Parallel(block_I):
                    mask[i] = Indices[by, bx, n * block_I + i] >= 0
                for i, d in T.Parallel(block_I, dim):
                    kv[i, d] = KV[by, Indices[by, bx, n * block_I + i], d]
                for i, d in T.Parallel(block_I, tail):
                    k_tail[i, d] = KV[by, Indices[by, bx, n * block_I + i], dim + d]
                for h, i in T.Parallel(heads, block_I):
                    s[h, i] = T.if_then_else(mask[i], 0, -T.infinity("float32"))
                T.gemm(q, kv, s, transpose_B=True)
                T.gemm(q_tail, k_tail, s, transpose_B=True)
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for h in T.Parallel(heads):
                    top[h] = T.max(top[h], before[h])
                for h, i in T.Parallel(heads, block_I):
                    s[h, i] = T.exp2((s[h, i] - top[h]) * scale)
                T.reduce_sum(s, sums, dim=1)
                for h in T.Parallel(heads):
                    before[h] = T.exp2((before[h] - top[h]) * scale)
                    total[h] = total[h] * before[h] + sums[h]
                for h, d in T.Parallel(heads, dim):
                    o[h, d] *= before[h]
                T.copy(s, p)
                T.gemm(p, kv, o)
            for h, d in T.Parallel(heads, dim):
                o[h, d] /= total[h]
            T.copy(o, Output[by, bx, :, :])

    return main

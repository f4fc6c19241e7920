"""Attention of one query with keys and values split over blocks: two launches, and between them parts in DRAM."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[3])
def decode(batch=1, heads=32, seq_len=512, dim=64, block_N=64, splits=4):
    scale = (1.0 / dim) ** 0.5 * 1.4426950408889634
    each = seq_len // splits

    @T.prim_func
    def main(
        Q: T.Tensor([batch, heads, dim], "bfloat16"),
        K: T.Tensor([batch, seq_len, dim], "bfloat16"),
        V: T.Tensor([batch, seq_len, dim], "bfloat16"),
        Output: T.Tensor([batch, heads, dim], "bfloat16"),
    ):
        lse = T.alloc_global([batch, splits, heads], "float32")
        parts = T.alloc_global([batch, splits, heads, dim], "float32")
        with T.Kernel(splits, batch) as (part, b):
            q = T.alloc_shared([heads, dim], "bfloat16")
            k = T.alloc_shared([block_N, dim], "bfloat16")
            v = T.alloc_shared([block_N, dim], "bfloat16")
            s = T.alloc_fragment([heads, block_N], "float32")
            p = T.alloc_fragment([heads, block_N], "bfloat16")
            o = T.alloc_fragment([heads, dim], "float32")
            top = T.alloc_fragment([heads], "float32")
            before = T.alloc_fragment([heads], "float32")
            sums = T.alloc_fragment([heads], "float32")
            total = T.alloc_fragment([heads], "float32")
            T.copy(Q[b, :, :], q)
            T.clear(o)
            T.clear(total)
            T.fill(top, -T.infinity("float32"))
            for n in T.Pipelined(each // block_N, num_stages=2):
                T.copy(K[b, part * each + n * block_N, 0], k)
                T.copy(V[b, part * each + n * block_N, 0], v)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i, j in T.Parallel(heads, block_N):
                    s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
                T.reduce_sum(s, sums, dim=1)
                for i in T.Parallel(heads):
                    before[i] = T.exp2((before[i] - top[i]) * scale)
                    total[i] = total[i] * before[i] + sums[i]
                for i, j in T.Parallel(heads, dim):
                    o[i, j] *= before[i]
                T.copy(s, p)
                T.gemm(p, v, o)
            for i, j in T.Parallel(heads, dim):
                o[i, j] /= total[i]
            for i in T.Parallel(heads):
                total[i] = T.log2(total[i]) + top[i] * scale
            T.copy(total, lse[b, part, :])
            T.copy(o, parts[b, part, :, :])
        with T.Kernel(batch) as b:
            o = T.alloc_fragment([heads, dim], "float32")
            sum_o = T.alloc_fragment([heads, dim], "float32")
            l = T.alloc_fragment([heads], "float32")
            most = T.alloc_fragment([heads], "float32")
            sum_l = T.alloc_fragment([heads], "float32")
            T.fill(most, -T.infinity("float32"))
            T.clear(sum_l)
            T.clear(sum_o)
            for n in T.serial(splits):
                T.copy(lse[b, n, :], l)
                for i in T.Parallel(heads):
                    most[i] = T.max(most[i], l[i])
            for n in T.serial(splits):
                T.copy(lse[b, n, :], l)
                T.copy(parts[b, n, :, :], o)
                for i in T.Parallel(heads):
                    l[i] = T.exp2(l[i] - most[i])
                    sum_l[i] += l[i]
                for i, j in T.Parallel(heads, dim):
                    sum_o[i, j] += o[i, j] * l[i]
            for i, j in T.Parallel(heads, dim):
                sum_o[i, j] /= sum_l[i]
            T.copy(sum_o, Output[b, :, :])

    return main

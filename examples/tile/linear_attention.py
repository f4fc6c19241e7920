"""Causal linear attention: a state of keys times values is carried from one chunk of the sequence to the next."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[3])
def linear_attention(B=1, S=256, H=2, D=64, chunk=64):
    shape = [B, S, H, D]

    @T.prim_func
    def main(
        Q: T.Tensor(shape, "bfloat16"),
        K: T.Tensor(shape, "bfloat16"),
        V: T.Tensor(shape, "bfloat16"),
        O: T.Tensor(shape, "bfloat16"),
    ):
        with T.Kernel(H, B) as (head, batch):
            q = T.alloc_shared([chunk, D], "bfloat16")
            k = T.alloc_shared([chunk, D], "bfloat16")
            v = T.alloc_shared([chunk, D], "bfloat16")
            state = T.alloc_fragment([D, D], "float32")
            state_low = T.alloc_shared([D, D], "bfloat16")
            s = T.alloc_fragment([chunk, chunk], "float32")
            s_low = T.alloc_shared([chunk, chunk], "bfloat16")
            o = T.alloc_fragment([chunk, D], "float32")
            T.clear(state)
            for n in T.Pipelined(S // chunk, num_stages=1):
                T.copy(Q[batch, n * chunk : (n + 1) * chunk, head, :], q)
                T.copy(K[batch, n * chunk : (n + 1) * chunk, head, :], k)
                T.copy(V[batch, n * chunk : (n + 1) * chunk, head, :], v)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(chunk, chunk):
                    s_low[i, j] = T.if_then_else(i >= j, s[i, j], 0)
                T.gemm(s_low, v, o, clear_accum=True)
                T.copy(state, state_low)
                T.gemm(q, state_low, o)
                T.gemm(k, v, state, transpose_A=True)
                T.copy(o, O[batch, n * chunk : (n + 1) * chunk, head, :])

    return main

"""Linear attention with a decay a head, in chunks: inside a chunk by a masked product, before it by a state."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def retention(Q, K, V, log2_decay, chunk=32):
    B, S, H, D = T.const("B, S, H, D")
    Q: T.Tensor((B, S, H, D), T.bfloat16)
    K: T.Tensor((B, S, H, D), T.bfloat16)
    V: T.Tensor((B, S, H, D), T.bfloat16)
    log2_decay: T.Tensor((H,), T.float32)
    O = T.empty((B, S, H, D), T.bfloat16)

    with T.Kernel(H, B) as (head, b):
        q = T.alloc_shared((chunk, D), T.bfloat16)
        k = T.alloc_shared((chunk, D), T.bfloat16)
        v = T.alloc_shared((chunk, D), T.bfloat16)
        s = T.alloc_fragment((chunk, chunk), T.float32)
        s_low = T.alloc_fragment((chunk, chunk), T.bfloat16)
        state = T.alloc_fragment((D, D), T.float32)
        state_low = T.alloc_fragment((D, D), T.bfloat16)
        weighted = T.alloc_fragment((chunk, D), T.bfloat16)
        o = T.alloc_fragment((chunk, D), T.float32)
        decay = log2_decay[head]
        T.clear(state)
        for n in T.Pipelined(T.ceildiv(S, chunk), num_stages=1):
            rows = n * chunk
            T.copy(Q[b, rows : rows + chunk, head, :], q)
            T.copy(K[b, rows : rows + chunk, head, :], k)
            T.copy(V[b, rows : rows + chunk, head, :], v)
            T.gemm(q, k, s, transpose_B=True, clear_accum=True)
            for i, j in T.Parallel(chunk, chunk):
                s_low[i, j] = T.if_then_else(i >= j, s[i, j] * T.exp2((i - j) * decay), 0.0)
            T.copy(state, state_low)
            T.gemm(q, state_low, o, clear_accum=True)
            for i, j in T.Parallel(chunk, D):
                o[i, j] *= T.exp2((i + 1) * decay)
            T.gemm(s_low, v, o)
            for i, j in T.Parallel(chunk, D):
                weighted[i, j] = k[i, j] * T.exp2((chunk - 1 - i) * decay)
            for i, j in T.Parallel(D, D):
                state[i, j] *= T.exp2(chunk * decay)
            T.gemm(weighted, v, state, transpose_A=True)
            T.copy(o, O[b, rows : rows + chunk, head, :])
    return O


def main(B=1, S=96, H=2, D=32):
    x = torch.randn(B, S, H, D, dtype=torch.bfloat16)
    retention(x, x, x, -torch.rand(H))


if __name__ == "__main__":
    main()

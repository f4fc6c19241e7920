# Gradients of attention: a block owns rows of K and V and goes over the queries, whose gradients all blocks add up in
# DRAM by atomics.
import tilelang
import tilelang.language as T


@tilelang.jit
def backward(batch=1, heads=2, seq_len=256, dim=64, causal=True, block_M=64, block_N=64):
    scale = (1.0 / dim) ** 0.5
    shape = [batch, seq_len, heads, dim]

    @T.prim_func
    def main(
        Q: T.Tensor(shape, "bfloat16"),
        K: T.Tensor(shape, "bfloat16"),
        V: T.Tensor(shape, "bfloat16"),
        dO: T.Tensor(shape, "bfloat16"),
        lse: T.Tensor([batch, heads, seq_len], "float32"),
        delta: T.Tensor([batch, heads, seq_len], "float32"),
        dQ: T.Tensor(shape, "float32"),
        dK: T.Tensor(shape, "bfloat16"),
        dV: T.Tensor(shape, "bfloat16"),
    ):
        with T.Kernel(heads, T.ceildiv(seq_len, block_M), batch) as (bx, by, bz):
            k = T.alloc_shared([block_M, dim], "bfloat16")
            v = T.alloc_shared([block_M, dim], "bfloat16")
            q = T.alloc_shared([block_N, dim], "bfloat16")
            do = T.alloc_shared([block_N, dim], "bfloat16")
            l = T.alloc_shared([block_N], "float32")
            d = T.alloc_shared([block_N], "float32")
            p = T.alloc_fragment([block_M, block_N], "float32")
            p_cast = T.alloc_fragment([block_M, block_N], "bfloat16")
            ds = T.alloc_fragment([block_M, block_N], "float32")
            ds_cast = T.alloc_shared([block_M, block_N], "bfloat16")
            dq = T.alloc_fragment([block_N, dim], "float32")
            dk = T.alloc_fragment([block_M, dim], "float32")
            dv = T.alloc_fragment([block_M, dim], "float32")
            T.copy(K[bz, by * block_M : (by + 1) * block_M, bx, :], k)
            T.copy(V[bz, by * block_M : (by + 1) * block_M, bx, :], v)
            T.clear(dk)
            T.clear(dv)
            first = by * block_M // block_N if causal else 0
            for n in T.Pipelined(first, T.ceildiv(seq_len, block_N), num_stages=2):
                T.copy(Q[bz, n * block_N : (n + 1) * block_N, bx, :], q)
                T.copy(dO[bz, n * block_N : (n + 1) * block_N, bx, :], do)
                T.copy(lse[bz, bx, n * block_N : (n + 1) * block_N], l)
                T.copy(delta[bz, bx, n * block_N : (n + 1) * block_N], d)
                T.gemm(k, q, p, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(block_M, block_N):
                    p[i, j] = T.exp2(p[i, j] * (scale * 1.4426950408889634) - l[j])
                if causal:
                    for i, j in T.Parallel(block_M, block_N):
                        p[i, j] = T.if_then_else(by * block_M + i <= n * block_N + j, p[i, j], 0.0)
                T.gemm(v, do, ds, transpose_B=True, clear_accum=True)
                T.copy(p, p_cast)
                T.gemm(p_cast, do, dv)
                for i, j in T.Parallel(block_M, block_N):
                    ds_cast[i, j] = p[i, j] * (ds[i, j] - d[j]) * scale
                T.gemm(ds_cast, q, dk)
                T.gemm(ds_cast, k, dq, transpose_A=True, clear_accum=True)
                for i, j in T.Parallel(block_N, dim):
                    T.atomic_add(dQ[bz, n * block_N + i, bx, j], dq[i, j])
            T.copy(dk, dK[bz, by * block_M : (by + 1) * block_M, bx, :])
            T.copy(dv, dV[bz, by * block_M : (by + 1) * block_M, bx, :])

    return main

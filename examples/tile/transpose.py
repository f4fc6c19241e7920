"""Transposes: of a matrix in blocks, and of two axes of a tensor with four."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def transpose(M=128, N=96, block_M=64, block_N=32, dtype="float32"):
    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((N, M), dtype)):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            x = T.alloc_shared((block_M, block_N), dtype)
            y = T.alloc_fragment((block_N, block_M), dtype)
            T.copy(X[by * block_M, bx * block_N], x)
            for i, j in T.Parallel(block_N, block_M):
                y[i, j] = x[j, i]
            T.copy(y, Y[bx * block_N, by * block_M])

    return main


@tilelang.jit(out_idx=[1])
def swap_heads(batch=2, seq_len=64, heads=3, dim=32, block=32):
    """[batch, seq_len, heads, dim] to [batch, heads, seq_len, dim]."""

    @T.prim_func
    def main(
        X: T.Tensor((batch, seq_len, heads, dim), "bfloat16"),
        Y: T.Tensor((batch, heads, seq_len, dim), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(seq_len, block), heads, batch) as (bx, head, b):
            x = T.alloc_shared((block, dim), "bfloat16")
            T.copy(X[b, bx * block : (bx + 1) * block, head, :], x)
            T.copy(x, Y[b, head, bx * block : (bx + 1) * block, :])

    return main


def main():
    transpose(128, 96)
    swap_heads()


if __name__ == "__main__":
    main()

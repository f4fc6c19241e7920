"""Two products of one operand in a block, and silu of the first times the second: the front half of a gated layer."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[3])
def gemm_swiglu(M=128, N=128, K=128, block_M=64, block_N=64, block_K=32, dtype="bfloat16", gated=True):
    @T.prim_func
    def main(
        X: T.Tensor((M, K), dtype),
        W_gate: T.Tensor((K, N), dtype),
        W_up: T.Tensor((K, N), dtype),
        Y: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            x = T.alloc_shared((block_M, block_K), dtype)
            w_gate = T.alloc_shared((block_K, block_N), dtype)
            w_up = T.alloc_shared((block_K, block_N), dtype)
            gate = T.alloc_fragment((block_M, block_N), "float32")
            up = T.alloc_fragment((block_M, block_N), "float32")
            T.clear(gate)
            T.clear(up)
            T.use_swizzle(panel_size=8)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(X[by * block_M, k * block_K], x)
                T.copy(W_gate[k * block_K, bx * block_N], w_gate)
                T.gemm(x, w_gate, gate)
                if gated:
                    T.copy(W_up[k * block_K, bx * block_N], w_up)
                    T.gemm(x, w_up, up)
            for i, j in T.Parallel(block_M, block_N):
                gate[i, j] = gate[i, j] * T.sigmoid(gate[i, j])
                if gated:
                    gate[i, j] *= up[i, j]
            T.copy(gate, Y[by * block_M, bx * block_N])

    return main


def main():
    kernel = gemm_swiglu(128, 128, 128)
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

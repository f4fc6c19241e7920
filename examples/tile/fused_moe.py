"""A mixture of experts: rows sorted by expert go through gate and up (SwiGLU), then down, weighted by the routing.

Two launches. Which expert a block of rows belongs to is read from index tensors; the end of an expert's rows is masked.
"""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[9])
def fused_moe(sizes=(40, 24, 64), hidden=64, inner=128, block_M=32, block_N=64, block_K=64, dtype="bfloat16"):
    experts = len(sizes)
    rows = sum(sizes)
    blocks = sum((size + block_M - 1) // block_M for size in sizes)

    @T.prim_func
    def main(
        X: T.Tensor((rows, hidden), dtype),
        W_gate: T.Tensor((experts, inner, hidden), dtype),
        W_up: T.Tensor((experts, inner, hidden), dtype),
        W_down: T.Tensor((experts, hidden, inner), dtype),
        weights: T.Tensor((rows,), "float32"),
        counts: T.Tensor((experts,), "int32"),
        offsets: T.Tensor((experts,), "int32"),
        padded_offsets: T.Tensor((experts,), "int32"),
        expert_of: T.Tensor((blocks,), "int32"),
        Y: T.Tensor((rows, hidden), dtype),
    ):
        middle = T.alloc_global((rows, inner), dtype)
        with T.Kernel(blocks, T.ceildiv(inner, block_N)) as (bx, by):
            x = T.alloc_shared((block_M, block_K), dtype)
            w_gate = T.alloc_shared((block_N, block_K), dtype)
            w_up = T.alloc_shared((block_N, block_K), dtype)
            gate = T.alloc_fragment((block_M, block_N), "float32")
            up = T.alloc_fragment((block_M, block_N), "float32")
            expert = expert_of[bx]
            inside = bx * block_M - padded_offsets[expert]
            first = offsets[expert] + inside
            left = T.min(block_M, counts[expert] - inside)
            T.clear(gate)
            T.clear(up)
            for k in T.Pipelined(T.ceildiv(hidden, block_K), num_stages=2):
                T.copy(X[first : first + block_M, k * block_K : (k + 1) * block_K], x)
                T.copy(W_gate[expert, by * block_N : (by + 1) * block_N, k * block_K : (k + 1) * block_K], w_gate)
                T.copy(W_up[expert, by * block_N : (by + 1) * block_N, k * block_K : (k + 1) * block_K], w_up)
                T.gemm(x, w_gate, gate, transpose_B=True)
                T.gemm(x, w_up, up, transpose_B=True)
            for i, j in T.Parallel(block_M, block_N):
                up[i, j] *= gate[i, j] * (1.0 / (1.0 + T.exp2(-gate[i, j] * 1.4426950408889634)))
            for i, j in T.Parallel(block_M, block_N):
                if i < left:
                    middle[first + i, by * block_N + j] = up[i, j]

        with T.Kernel(blocks, T.ceildiv(hidden, block_N)) as (bx, by):
            h = T.alloc_shared((block_M, block_K), dtype)
            w_down = T.alloc_shared((block_N, block_K), dtype)
            y = T.alloc_fragment((block_M, block_N), "float32")
            weight = T.alloc_shared((block_M,), "float32")
            expert = expert_of[bx]
            inside = bx * block_M - padded_offsets[expert]
            first = offsets[expert] + inside
            left = T.min(block_M, counts[expert] - inside)
            T.clear(y)
            T.copy(weights[first : first + block_M], weight)
            for k in T.Pipelined(T.ceildiv(inner, block_K), num_stages=2):
                T.copy(middle[first : first + block_M, k * block_K : (k + 1) * block_K], h)
                T.copy(W_down[expert, by * block_N : (by + 1) * block_N, k * block_K : (k + 1) * block_K], w_down)
                T.gemm(h, w_down, y, transpose_B=True)
            for i, j in T.Parallel(block_M, block_N):
                if i < left:
                    Y[first + i, by * block_N + j] = y[i, j] * weight[i]

    return main


def main():
    kernel = fused_moe()
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

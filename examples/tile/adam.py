"""A step of the Adam optimiser: four tensors in one pass, three of them changed where they are."""

import tilelang
import tilelang.language as T


@tilelang.jit
def adam(M=128, N=64, block_M=32, block_N=64, rate=1e-2, beta1=0.9, beta2=0.99, eps=1e-6, decay=0.1):
    dtype = "float32"

    @T.prim_func
    def main(
        weight: T.Tensor((M, N), dtype),
        gradient: T.Tensor((M, N), dtype),
        mean: T.Tensor((M, N), dtype),
        square: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            w = T.alloc_fragment((block_M, block_N), dtype)
            g = T.alloc_fragment((block_M, block_N), dtype)
            m = T.alloc_fragment((block_M, block_N), dtype)
            v = T.alloc_fragment((block_M, block_N), dtype)
            T.copy(weight[by * block_M, bx * block_N], w)
            T.copy(gradient[by * block_M, bx * block_N], g)
            T.copy(mean[by * block_M, bx * block_N], m)
            T.copy(square[by * block_M, bx * block_N], v)
            for i, j in T.Parallel(block_M, block_N):
                m[i, j] = beta1 * m[i, j] + (1 - beta1) * g[i, j]
                v[i, j] = beta2 * T.abs(v[i, j]) + (1 - beta2) * g[i, j] * g[i, j]
                w[i, j] = w[i, j] * (1 - rate * decay) - rate * m[i, j] / (T.sqrt(v[i, j]) + eps)
            T.copy(w, weight[by * block_M, bx * block_N])
            T.copy(m, mean[by * block_M, bx * block_N])
            T.copy(v, square[by * block_M, bx * block_N])

    return main


def main():
    adam()


if __name__ == "__main__":
    main()

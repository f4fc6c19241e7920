"""(x - mean) / sqrt(variance + eps) · gamma + beta: two reductions, column vectors and row vectors in one loop."""
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def layer_norm(M=256, N=256, blk_m=32, eps=1e-5):
    @T.prim_func
    def main(
        X: T.Tensor((M, N), "bfloat16"),
        Gamma: T.Tensor((N,), "bfloat16"),
        Beta: T.Tensor((N,), "bfloat16"),
        Y: T.Tensor((M, N), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(M, blk_m)) as bx:
            x = T.alloc_fragment((blk_m, N), "float32")
            square = T.alloc_fragment((blk_m, N), "float32")
            gamma = T.alloc_shared((N,), "bfloat16")
            beta = T.alloc_shared((N,), "bfloat16")
            mean = T.alloc_fragment((blk_m,), "float32")
            var = T.alloc_fragment((blk_m,), "float32")
            T.copy(Gamma, gamma)
            T.copy(Beta, beta)
            T.copy(X[bx * blk_m, 0], x)
            T.reduce_sum(x, mean, dim=-1)
            for i in T.Parallel(blk_m):
                mean[i] /= N
            for i, j in T.Parallel(blk_m, N):
                x[i, j] -= mean[i]
                square[i, j] = x[i, j] * x[i, j]
            T.reduce_sum(square, var, dim=-1)
            for i in T.Parallel(blk_m):
                var[i] = T.rsqrt(var[i] / N + eps)
            for i, j in T.Parallel(blk_m, N):
                x[i, j] = x[i, j] * var[i] * gamma[j] + beta[j]
            T.copy(x, Y[bx * blk_m, 0])

    return main

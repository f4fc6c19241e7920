"""Gradients of layer norm: of the input by rows, and of scale and shift, which all blocks add to by atomics."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-3])
def layer_norm_backward(M, N, blk_m=32, dtype="bfloat16"):
    assert M % blk_m == 0, f"M={M} is no multiple of blk_m={blk_m}"

    @T.prim_func
    def main(
        dY: T.Tensor((M, N), dtype),
        X: T.Tensor((M, N), dtype),
        Gamma: T.Tensor((N,), dtype),
        Mean: T.Tensor((M,), "float32"),
        Rstd: T.Tensor((M,), "float32"),
        dX: T.Tensor((M, N), dtype),
        dGamma: T.Tensor((N,), "float32"),
        dBeta: T.Tensor((N,), "float32"),
    ):
        with T.Kernel(T.ceildiv(M, blk_m)) as bx:
            dy = T.alloc_fragment((blk_m, N), "float32")
            x = T.alloc_fragment((blk_m, N), "float32")
            work = T.alloc_fragment((blk_m, N), "float32")
            gamma = T.alloc_shared((N,), dtype)
            mean = T.alloc_shared((blk_m,), "float32")
            rstd = T.alloc_shared((blk_m,), "float32")
            sum_dy = T.alloc_fragment((blk_m,), "float32")
            sum_both = T.alloc_fragment((blk_m,), "float32")
            d_gamma = T.alloc_fragment((N,), "float32")
            d_beta = T.alloc_fragment((N,), "float32")
            T.copy(Gamma, gamma)
            T.copy(Mean[bx * blk_m : (bx + 1) * blk_m], mean)
            T.copy(Rstd[bx * blk_m : (bx + 1) * blk_m], rstd)
            T.copy(dY[bx * blk_m, 0], dy)
            T.copy(X[bx * blk_m, 0], x)
            for i, j in T.Parallel(blk_m, N):
                x[i, j] = (x[i, j] - mean[i]) * rstd[i]
                work[i, j] = dy[i, j] * x[i, j]
            T.reduce_sum(dy, d_beta, dim=0)
            T.reduce_sum(work, d_gamma, dim=0)
            for i, j in T.Parallel(blk_m, N):
                dy[i, j] *= gamma[j]
                work[i, j] *= gamma[j]
            T.reduce_sum(dy, sum_dy, dim=1)
            T.reduce_sum(work, sum_both, dim=1)
            for i, j in T.Parallel(blk_m, N):
                dy[i, j] = rstd[i] * (dy[i, j] - (sum_dy[i] + x[i, j] * sum_both[i]) / N)
            T.copy(dy, dX[bx * blk_m, 0])
            for j in T.Parallel(N):
                T.atomic_add(dGamma[j], d_gamma[j])
                T.atomic_add(dBeta[j], d_beta[j])

    return main


def main():
    kernel = layer_norm_backward(128, 256)
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

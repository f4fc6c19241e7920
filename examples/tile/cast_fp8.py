"""To 8-bit floating point with a scale for each row and group of columns: greatest magnitude, scale, clamp, cast."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def cast_to_fp8(X, group=64, blk_m=32, most=448.0):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    Y = T.empty((M, N), T.float8_e4m3fn)
    scales = T.empty((M, T.ceildiv(N, group)), T.float32)

    with T.Kernel(T.ceildiv(M, blk_m), T.ceildiv(N, group)) as (bx, by):
        x = T.alloc_fragment((blk_m, group), T.float32)
        y = T.alloc_fragment((blk_m, group), T.float8_e4m3fn)
        scale = T.alloc_fragment((blk_m,), T.float32)
        T.copy(X[bx * blk_m, by * group], x)
        T.reduce_absmax(x, scale, dim=1)
        for i in T.Parallel(blk_m):
            scale[i] = T.max(scale[i], 1e-4) / most
        for i, j in T.Parallel(blk_m, group):
            y[i, j] = T.cast(T.clamp(x[i, j] / scale[i], -most, most), T.float8_e4m3fn)
        T.copy(y, Y[bx * blk_m, by * group])
        for i in T.Parallel(blk_m):
            scales[bx * blk_m + i, by] = scale[i]
    return Y, scales


def main(M=64, N=128):
    cast_to_fp8(torch.randn(M, N))


if __name__ == "__main__":
    main()

"""Y = a·X + Y in place, for numbers of rows and columns known when the kernel runs: tails are cut, not padded."""

import tilelang
import tilelang.language as T


@tilelang.jit
def axpy(block_M=32, block_N=64, dtype="float32", factor=2.5):
    M = T.dynamic("m")
    N = T.dynamic("n")

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
            x = T.alloc_shared((block_M, block_N), dtype)
            y = T.alloc_shared((block_M, block_N), dtype)
            T.copy(X[by * block_M, bx * block_N], x)
            T.copy(Y[by * block_M, bx * block_N], y)
            for i, j in T.Parallel(block_M, block_N):
                y[i, j] = factor * x[i, j] + y[i, j]
            T.copy(y, Y[by * block_M, bx * block_N])

    return main


def main():
    kernel = axpy()
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

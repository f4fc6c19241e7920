"""Square roots by Newton's method. Each block goes on until its largest change is small, so that how much it does depends on what it
works out; the number of its steps is stored, too."""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1, 2])
def adaptive_steps(M=64, N=64, most=12, tolerance=0.05):
    @T.prim_func
    def main(
        A: T.Tensor((M, N), "float32"),
        B: T.Tensor((M, N), "float32"),
        Steps: T.Tensor((M // 32, N // 32, 32), "float32"),
    ):
        with T.Kernel(N // 32, M // 32, threads=128) as (bx, by):
            x = T.alloc_fragment((32, 32), "float32")
            root = T.alloc_fragment((32, 32), "float32")
            change = T.alloc_fragment((32, 32), "float32")
            of_row = T.alloc_fragment((32,), "float32")
            largest = T.alloc_fragment((1,), "float32")
            counted = T.alloc_fragment((32,), "float32")
            T.copy(A[by * 32, bx * 32], x)
            T.fill(largest, 1000.0)
            T.clear(counted)
            for i, j in T.Parallel(32, 32):
                x[i, j] = x[i, j] * x[i, j] * 10.0 + 1.0
                root[i, j] = x[i, j]
            for step in T.serial(most):
                if largest[0] > tolerance:
                    for i, j in T.Parallel(32, 32):
                        change[i, j] = (x[i, j] / root[i, j] - root[i, j]) * 0.5
                    for i, j in T.Parallel(32, 32):
                        root[i, j] += change[i, j]
                    T.reduce_absmax(change, of_row, dim=1)
                    T.reduce_max(of_row, largest, dim=0)
                    for i in T.Parallel(32):
                        counted[i] = counted[i] + 1.0
            T.copy(root, B[by * 32, bx * 32])
            T.copy(counted, Steps[by, bx, 0])

    return main


if __name__ == "__main__":
    print(adaptive_steps().get_kernel_source())

"""C = A·B with the steps of all results dealt out evenly: a core stops in the middle of a result if its share ends there.

As many blocks as there are cores; each walks over its interval of steps, and what it has of a result it adds to C by an
atomic, since another block may hold the rest.
"""

import tilelang
import tilelang.language as T


@tilelang.jit
def gemm_streamk(M=128, N=128, K=256, block_M=64, block_N=64, block_K=32, programs=6, dtype="bfloat16"):
    across = N // block_N
    steps_each = K // block_K
    steps = (M // block_M) * across * steps_each
    share = (steps + programs - 1) // programs

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), "float32")):
        with T.Kernel(programs) as program:
            a = T.alloc_shared((block_M, block_K), dtype)
            b = T.alloc_shared((block_K, block_N), dtype)
            c = T.alloc_fragment((block_M, block_N), "float32")
            step = T.alloc_var("int32")
            stop = T.alloc_var("int32")
            step = program * share
            last = T.min((program + 1) * share, steps)
            while step < last:
                result = step // steps_each
                first = step % steps_each
                stop = T.min(steps_each, first + last - step)
                row = result // across
                column = result % across
                T.clear(c)
                for k in T.Pipelined(stop - first, num_stages=2):
                    T.copy(A[row * block_M, (first + k) * block_K], a)
                    T.copy(B[(first + k) * block_K, column * block_N], b)
                    T.gemm(a, b, c)
                for i, j in T.Parallel(block_M, block_N):
                    T.atomic_add(C[row * block_M + i, column * block_N + j], c[i, j])
                step = step + stop - first

    return main


def main():
    kernel = gemm_streamk(M=128, N=128, K=256)
    print(kernel.get_kernel_source())


if __name__ == "__main__":
    main()

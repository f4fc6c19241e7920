"""The maximum over windows of an image, one shifted load a tap: what lies outside of it is masked by its place."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def max_pool(X, size=3, block_W=32, block_C=32):
    H, W, C = T.const("H, W, C")
    X: T.Tensor((H, W, C), T.float32)
    Y = T.empty((H, W, C), T.float32)
    reach = size // 2

    with T.Kernel(T.ceildiv(C, block_C), T.ceildiv(W, block_W), H) as (bx, by, row):
        x = T.alloc_shared((block_W, block_C), T.float32)
        y = T.alloc_fragment((block_W, block_C), T.float32)
        T.fill(y, -1e30)
        for tap in range(size * size):
            first = by * block_W + tap % size - reach
            line = row + tap // size - reach
            T.copy(X[line, first : first + block_W, bx * block_C : (bx + 1) * block_C], x)
            if line >= 0 and line < H:
                for i, j in T.Parallel(block_W, block_C):
                    y[i, j] = T.max(y[i, j], T.if_then_else((first + i >= 0) & (first + i < W), x[i, j], -1e30))
        T.copy(y, Y[row, by * block_W : (by + 1) * block_W, bx * block_C : (bx + 1) * block_C])
    return Y


def main(H=4, W=40, C=32):
    max_pool(torch.randn(H, W, C))


if __name__ == "__main__":
    main()

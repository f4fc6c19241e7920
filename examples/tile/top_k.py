"""The k greatest of each row and where they are: maximum, where it stands, take it out, again."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def top_k(X, k, blk_m=64):
    M, N = T.const("M, N")
    X: T.Tensor([M, N], T.float32)
    values = T.empty([M, k], T.float32)
    places = T.empty([M, k], T.int32)

    with T.Kernel(T.ceildiv(M, blk_m)) as bx:
        x = T.alloc_fragment([blk_m, N], T.float32)
        where = T.alloc_fragment([blk_m, N], T.int32)
        best = T.alloc_fragment([blk_m], T.float32)
        place = T.alloc_fragment([blk_m], T.int32)
        T.copy(X[bx * blk_m, 0], x)
        for n in T.serial(k):
            T.reduce_max(x, best, dim=1, clear=True)
            for i, j in T.Parallel(blk_m, N):
                where[i, j] = T.if_then_else(x[i, j] == best[i], j, -1)
            T.reduce_max(where, place, dim=1, clear=True)
            for i, j in T.Parallel(blk_m, N):
                x[i, j] = T.if_then_else(j == place[i], -10000.0, x[i, j])
            for i in T.Parallel(blk_m):
                values[bx * blk_m + i, n] = best[i]
                places[bx * blk_m + i, n] = place[i]
    return values, places


def main(M=128, N=96, k=4):
    values, places = top_k(torch.randn(M, N), k)
    print(values.shape, places.shape)


if __name__ == "__main__":
    main()

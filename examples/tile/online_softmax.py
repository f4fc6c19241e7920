"""Softmax of rows longer than a block holds: maximum and sum are carried from one piece to the next."""
import tilelang
import tilelang.language as T


@tilelang.jit
def softmax(X, blk_m=32, blk_n=128):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.bfloat16)
    Y = T.empty((M, N), T.bfloat16)
    log2_e = 1.4426950408889634

    with T.Kernel(T.ceildiv(M, blk_m)) as by:
        x = T.alloc_fragment((blk_m, blk_n), T.float32)
        y = T.alloc_fragment((blk_m, blk_n), T.float32)
        top = T.alloc_fragment([blk_m], T.float32)
        lse = T.alloc_fragment([blk_m], T.float32)
        total = T.alloc_fragment([blk_m], T.float32)
        T.fill(lse, -T.infinity(T.float32))
        for k in T.Pipelined(N // blk_n, num_stages=2):
            T.copy(X[by * blk_m, k * blk_n], x)
            T.reduce_max(x, top, dim=1, clear=True)
            for i, j in T.Parallel(blk_m, blk_n):
                y[i, j] = T.exp2((x[i, j] - top[i]) * log2_e)
            T.reduce_sum(y, total, dim=1, clear=True)
            for i in T.Parallel(blk_m):
                lse[i] = top[i] * log2_e + T.log2(T.exp2(lse[i] - top[i] * log2_e) + total[i])
        for k in T.Pipelined(N // blk_n, num_stages=2):
            T.copy(X[by * blk_m, k * blk_n], x)
            for i, j in T.Parallel(blk_m, blk_n):
                y[i, j] = T.exp2(x[i, j] * log2_e - lse[i])
            T.copy(y, Y[by * blk_m, k * blk_n])
    return Y


kernel = softmax.compile(M=128, N=512)

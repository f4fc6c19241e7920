"""Sum, maximum, minimum and largest magnitude, over rows or over columns."""
import tilelang
import tilelang.language as T


@tilelang.jit
def reductions(X, block=64, dim=1):
    M, N = T.const("M, N")
    X: T.Tensor((M, N), T.float32)
    kept = M if dim == 1 else N
    Sum = T.empty((kept,), T.float32)
    Most = T.empty((kept,), T.float32)
    Least = T.empty((kept,), T.float32)
    Size = T.empty((kept,), T.float32)
    shape = (block, N) if dim == 1 else (M, block)

    with T.Kernel(T.ceildiv(kept, block)) as bx:
        x = T.alloc_fragment(shape, T.float32)
        out = T.alloc_fragment((block,), T.float32)
        if dim == 1:
            T.copy(X[bx * block, 0], x)
        else:
            T.copy(X[0, bx * block], x)
        T.reduce_sum(x, out, dim=dim)
        T.copy(out, Sum[bx * block])
        T.reduce_max(x, out, dim=dim)
        T.copy(out, Most[bx * block])
        T.reduce_min(x, out, dim=dim)
        T.copy(out, Least[bx * block])
        T.reduce_absmax(x, out, dim=dim)
        T.copy(out, Size[bx * block])
    return Sum, Most, Least, Size


kernel = reductions.compile(M=128, N=256)

# Rows of a table that a list selects, each times a weight that a second list selects.
import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[4])
def weighted_rows(rows=100, dim=64, count=80, block=32, dtype="bfloat16"):
    @T.prim_func
    def main(
        Table: T.Tensor([rows, dim], dtype),
        Chosen: T.Tensor([count], "int32"),
        Weights: T.Tensor([8], "float32"),
        Kinds: T.Tensor([count], "int32"),
        Out: T.Tensor([count, dim], "float32"),
    ):
        with T.Kernel(T.ceildiv(count, block)) as bx:
            x = T.alloc_shared([block, dim], dtype)
            o = T.alloc_fragment([block, dim], "float32")
            for i, j in T.Parallel(block, dim):
                x[i, j] = Table[Chosen[bx * block + i], j]
            for i, j in T.Parallel(block, dim):
                o[i, j] = x[i, j] * Weights[Kinds[bx * block + i]]
            T.copy(o, Out[bx * block, 0])

    return main

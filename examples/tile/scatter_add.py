"""Rows of a gradient added to the rows of a table that an index tensor names, by atomics; a name may come twice."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def scatter_add(gradient, tokens, table, rows=32, block=32):
    count, N, entries = T.const("count, N, entries")
    gradient: T.Tensor((count, N), T.float32)
    tokens: T.Tensor((count,), T.int32)
    table: T.Tensor((entries, N), T.float32)

    with T.Kernel(T.ceildiv(N, block), T.ceildiv(count, rows)) as (bx, by):
        line = T.alloc_fragment((1, block), T.float32)
        for n in T.serial(rows):
            token = tokens[by * rows + n]
            T.copy(gradient[by * rows + n, bx * block], line)
            for i, j in T.Parallel(1, block):
                T.atomic_add(table[token + i, bx * block + j], line[i, j])


def main(count=64, N=64, entries=16):
    scatter_add(torch.randn(count, N), torch.randint(0, entries, (count,), dtype=torch.int32), torch.zeros(entries, N))


if __name__ == "__main__":
    main()

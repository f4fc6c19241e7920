"""Rows of a table by an index tensor, as an embedding takes them: one row a step, or as many as a block has at once."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def rows_one_by_one(table, tokens, rows=32):
    entries, N, count = T.const("entries, N, count")
    table: T.Tensor((entries, N), T.float32)
    tokens: T.Tensor((count,), T.int32)
    out = T.empty((count, N), T.float32)

    with T.Kernel(T.ceildiv(count, rows)) as bx:
        line = T.alloc_shared((1, N), T.float32)
        for n in T.serial(rows):
            token = tokens[bx * rows + n]
            T.copy(table[token, 0], line)
            T.copy(line, out[bx * rows + n, 0])
    return out


@tilelang.jit
def rows_at_once(table, tokens, rows=32):
    entries, N, count = T.const("entries, N, count")
    table: T.Tensor((entries, N), T.bfloat16)
    tokens: T.Tensor((count,), T.int32)
    out = T.empty((count, N), T.bfloat16)

    with T.Kernel(T.ceildiv(count, rows)) as bx:
        block = T.alloc_shared((rows, N), T.bfloat16)
        for i, j in T.Parallel(rows, N):
            block[i, j] = table[tokens[bx * rows + i], j]
        T.copy(block, out[bx * rows, 0])
    return out


def main(entries=50, N=64, count=64):
    tokens = torch.randint(0, entries, (count,), dtype=torch.int32)
    print(rows_one_by_one(torch.randn(entries, N), tokens).shape)
    print(rows_at_once(torch.randn(entries, N, dtype=torch.bfloat16), tokens).shape)


if __name__ == "__main__":
    main()

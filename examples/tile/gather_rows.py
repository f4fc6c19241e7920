"""Rows of a table by an index tensor, as an embedding takes them, one row a step."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def gather_rows(table, tokens, rows=32):
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


def main(entries=50, N=64, count=64):
    tokens = torch.randint(0, entries, (count,), dtype=torch.int32)
    print(gather_rows(torch.randn(entries, N), tokens).shape)


if __name__ == "__main__":
    main()

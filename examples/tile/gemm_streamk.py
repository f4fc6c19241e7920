# C += A·B, where each block does an equal share of all steps along K, wherever in C they are: parts of tiles of C are
# added up by atomics, whole ones are stored.
import tilelang
import tilelang.language as T


@tilelang.jit
def gemm_streamk(M=192, N=128, K=256, block_M=64, block_N=64, block_K=32, blocks=5):
    across = T.ceildiv(N, block_N)
    steps = T.ceildiv(K, block_K)
    total = T.ceildiv(M, block_M) * across * steps

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(blocks) as block:
            a = T.alloc_shared((block_M, block_K), "bfloat16")
            b = T.alloc_shared((block_K, block_N), "bfloat16")
            c = T.alloc_fragment((block_M, block_N), "float32")
            begin = T.alloc_var("int32")
            end = T.alloc_var("int32")
            begin = block * total // blocks
            last = (block + 1) * total // blocks
            while begin < last:
                end = T.min(begin + steps - begin % steps, last)
                row = begin // steps // across
                column = begin // steps % across
                T.clear(c)
                for k in T.Pipelined(end - begin, num_stages=2):
                    T.copy(A[row * block_M, (begin % steps + k) * block_K], a)
                    T.copy(B[(begin % steps + k) * block_K, column * block_N], b)
                    T.gemm(a, b, c)
                if begin % steps == 0 and end % steps == 0:
                    T.copy(c, C[row * block_M, column * block_N])
                else:
                    T.atomic_add(C[row * block_M : (row + 1) * block_M, column * block_N : (column + 1) * block_N], c)
                begin = end

    return main

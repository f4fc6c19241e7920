import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[1])
def k():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        #    ^ tile-shard: 2 rows of tiles of A cannot be 3 shards of one size
        with T.Kernel(2, 2) as (bx, by):
            T.annotate_tt_sharding({A: T.TTShard(axis=0, placement="L1", grid=(3, 1))})
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main

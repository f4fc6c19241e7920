"""A convolution of images (NHWC) as a product: T.im2col lays out what a row of the result needs, zeros at the edges."""

import torch
import tilelang
import tilelang.language as T


@tilelang.jit
def convolution(image, weight, stride=1, dilation=1, padding=1, block_M=64, block_N=64, block_K=32):
    N, H, W, C, F, K = T.const("N, H, W, C, F, K")
    out_H = (H + 2 * padding - dilation * (K - 1) - 1) // stride + 1
    out_W = (W + 2 * padding - dilation * (K - 1) - 1) // stride + 1
    image: T.Tensor((N, H, W, C), T.bfloat16)
    weight: T.Tensor((K, K, C, F), T.bfloat16)
    out = T.empty((N, out_H, out_W, F), T.bfloat16)

    with T.Kernel(T.ceildiv(F, block_N), T.ceildiv(N * out_H * out_W, block_M)) as (bx, by):
        a = T.alloc_shared((block_M, block_K), T.bfloat16)
        b = T.alloc_shared((block_K, block_N), T.bfloat16)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        weight_rows = T.Tensor((K * K * C, F), T.bfloat16, weight.data)
        out_rows = T.Tensor((N * out_H * out_W, F), T.bfloat16, out.data)
        T.clear(c)
        for k in T.Pipelined(T.ceildiv(K * K * C, block_K), num_stages=2):
            T.im2col(image, a, by, k, K, stride, dilation, padding)
            T.copy(weight_rows[k * block_K, bx * block_N], b)
            T.gemm(a, b, c)
        T.copy(c, out_rows[by * block_M, bx * block_N])
    return out


def main(N=1, H=8, W=8, C=32, F=64, K=3):
    image = torch.randn(N, H, W, C, dtype=torch.bfloat16)
    weight = torch.randn(K, K, C, F, dtype=torch.bfloat16)
    print(convolution(image, weight).shape)


if __name__ == "__main__":
    main()

"""One factory, many kernels: an elementwise kernel whose function is picked by name from a module constant.

The functions are plain Python, call each other and the tile language's own, and reach a macro as part of its closure.
"""

import tilelang
import tilelang.language as T

LOG2_E = 1.4426950408889634


def sigmoid(x):
    return 1.0 / (1.0 + T.exp2(-x * LOG2_E))


def silu(x):
    return x * sigmoid(x)


def gelu(x):
    return 0.5 * x * (1.0 + T.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))


def softplus(x):
    return T.max(x, 0.0) + T.log(1.0 + T.exp(-T.abs(x)))


def hard_swish(x):
    return x * T.clamp(x + 3.0, 0.0, 6.0) * (1.0 / 6.0)


FUNCTIONS = {
    "relu": lambda x: T.max(x, 0.0),
    "leaky_relu": lambda x: T.if_then_else(x > 0, x, 0.1 * x),
    "sigmoid": sigmoid,
    "silu": silu,
    "gelu": gelu,
    "softplus": softplus,
    "hard_swish": hard_swish,
    "erf": lambda x: T.erf(x),
    "sin_cos": lambda x: T.sin(x) * T.cos(x),
    "root": lambda x: T.sqrt(T.abs(x)) + T.rsqrt(1.0 + x * x),
    "power": lambda x: T.pow(T.abs(x) + 0.5, 1.5),
    "rounded": lambda x: T.floor(x) + T.ceil(x * 0.5),
}


@tilelang.jit(out_idx=[1])
def activation(of="gelu", M=64, N=64, block=32, dtype="float32"):
    function = FUNCTIONS[of]

    @T.macro
    def apply(buffer):
        for i, j in T.Parallel(block, block):
            buffer[i, j] = function(buffer[i, j])

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block)) as (bx, by):
            x = T.alloc_fragment((block, block), dtype)
            T.copy(X[by * block, bx * block], x)
            apply(x)
            T.copy(x, Y[by * block, bx * block])

    return main


def main():
    for of in FUNCTIONS:
        activation(of)


if __name__ == "__main__":
    main()

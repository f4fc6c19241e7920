#include "cases.h"

namespace tessera::tile::corpus {
namespace {

// Errors that the formats alone explain: results and operands of 16 bits, of 8, and of 32, where the vector unit's
// functions and the order of sums differ from float64 in the last bits.
constexpr double BF16 = 1e-2;
constexpr double CHAIN = 2e-2;  ///< several products of bfloat16 behind each other
constexpr double FP8 = 5e-2;
constexpr double FP32 = 1e-5;
constexpr double SAME = 0;

}  // namespace

const std::vector<Case>& small_cases() {
    static const std::vector<Case> cases = {
        // Products.
        {"GemmLazyTails", "gemm_lazy.py", "M=70 N=100 K=40 block_M=64 block_N=64", BF16},
        {"GemmEagerOneRow", "gemm_eager.py", "M=1 N=64 K=64 block_M=32 block_N=32", BF16},
        {"GemmTransposed", "gemm_transposed.py", "M=64 N=64 K=96", BF16},
        {"GemmBias", "gemm_bias_relu.py", "M=96 N=64 K=64", BF16},
        {"GemmBatched", "gemm_batched.py", "", BF16},
        {"GemmDynamic", "gemm_dynamic.py", "m=100 N=64 K=64", BF16},
        {"GemmSplitK", "gemm_splitk.py", "M=64 N=64 K=256", BF16},
        {"GemmPersistent", "gemm_persistent.py", "M=128 N=192 K=64", BF16},
        {"GemmFp8Tail", "gemm_fp8.py", "M=40 N=64 K=64", BF16},
        {"GemmBfp4", "gemm_block_float.py", "M=128 N=64 K=64", BF16},
        {"GemmBlockSparse", "gemm_block_sparse.py", "M=128 N=128 K=128", BF16, "--range mask=0:2"},
        {"GemmDequantised", "gemm_dequantised.py", "M=40 N=64 K=128", BF16, "--range W=0:256"},
        {"GemmInterleaved", "gemm_interleaved.py", "M=40 N=64 K=128", BF16, "--range W=0:256"},
        {"GemmSwiglu", "gemm_swiglu.py", "M=64 N=64 K=64", CHAIN},
        {"LowRank", "low_rank.py", "M=64 N=64 K=64 R=32", CHAIN},
        {"GroupedGemm",
         "grouped_gemm.py",
         "sizes_list=(64,100,28) K=64 N=64",
         BF16,
         "",
         {{"sizes", {64, 100, 28}}, {"offsets", {0, 64, 164}}, {"padded_offsets", {0, 64, 192}}}},
        {"FusedMoe",
         "fused_moe.py",
         "",
         CHAIN,
         "",
         {{"counts", {40, 24, 64}},
          {"offsets", {0, 40, 64}},
          {"padded_offsets", {0, 64, 96}},
          {"expert_of", {0, 0, 1, 2, 2}}}},
        {"ConvolutionStrided", "convolution.py", "H=9 W=10 C=32 F=64 K=3 stride=2 padding=0", BF16},

        // Values that decide what is done.
        {"AdaptiveSteps", "adaptive_steps.py", "M=64 N=64", FP32},
        {"AdaptiveFewSteps", "adaptive_steps.py", "M=32 N=96 tolerance=10.0", FP32},

        // Elementwise, broadcasts, transposes, gathers.
        {"ElementwiseAdd", "elementwise_add.py", "M=64 N=96", BF16},
        {"DynamicTails", "dynamic_elementwise.py", "m=45 n=70", FP32},
        {"BroadcastsTail", "broadcasts.py", "B=1 M=33 N=31", FP32},
        {"Relu", "activations.py", "of=leaky_relu M=40 N=50", FP32},
        {"SiluBf16", "activations.py", "of=silu M=64 N=32 dtype=bfloat16", BF16},
        {"Adam", "adam.py", "M=40 N=64", FP32},
        {"Rotary", "rotary.py", "", BF16},
        {"Transpose", "transpose.py:transpose", "M=70 N=50", SAME},
        {"SwapHeads", "transpose.py:swap_heads", "", SAME},
        {"GatherRows", "gather_rows.py", "entries=50 N=64 count=64", SAME, "--range tokens=0:50"},
        {"CausalConvolution", "causal_convolution.py", "B=1 S=50 C=64", BF16},
        {"MaxPool", "max_pool.py", "", SAME},
        {"Newton", "newton.py", "", FP32, "", {{"rounds", {3, 7}}}},
        {"Bits", "bits.py", "M=64 N=40", SAME, "--range X=0:99"},
        {"Schedules", "schedules.py", "M=128 N=96 policy=strided order=column_major", BF16},
        {"CastFp8", "cast_fp8.py", "M=40 N=128", FP8},

        // Reductions, scans, norms.
        {"ReductionsTail", "reductions.py", "M=40 N=70 block=32", FP32},
        {"CumsumBackwards", "cumsum.py", "M=32 N=64 reverse=True", FP32},
        {"Scans", "scans.py:scans", "M=40 N=64", FP32},
        {"ScansLongRows", "scans.py:long_rows", "M=33 N=160", FP32},
        {"Softmax", "softmax.py", "M=40 N=96", BF16},
        {"OnlineSoftmax", "online_softmax.py", "M=33 N=256", BF16},
        {"SoftmaxBackward", "softmax_backward.py", "M=40 N=64", BF16},
        {"LayerNorm", "layer_norm.py", "M=64 N=96", BF16},
        {"LayerNormBackward", "layer_norm_backward.py", "M=64 N=96", BF16},
        {"RmsNorm", "rms_norm.py", "M=40", BF16},
        {"RmsNormBackward", "rms_norm_backward.py", "M=64 N=64", BF16},
        {"GroupNorm", "group_norm.py", "", FP32},
        {"CrossEntropy", "cross_entropy.py", "M=40 N=100", FP32, "--range target=0:100"},
        {"TopK", "top_k.py", "M=70 N=50 k=3", SAME},

        // Attention and what carries a state.
        {"Attention", "flash_attention.py", "seq_len=128", CHAIN},
        {"AttentionFull", "flash_attention.py", "seq_len=100 heads=1 is_causal=False", CHAIN},
        {"AttentionNarrow", "flash_attention.py", "seq_len=160", CHAIN, "--choose fp32_dest=off"},
        {"AttentionNarrowFull", "flash_attention.py", "seq_len=100 is_causal=False accum_dtype=bfloat16", CHAIN},
        {"AttentionGqa", "flash_attention_gqa.py", "", CHAIN},
        {"AttentionVarlen", "attention_varlen.py", "", CHAIN, "", {{"cu_seqlens", {0, 40, 136, 160}}}},
        {"AttentionWindow", "attention_window.py", "seq_len=160 window=48 block_N=32", CHAIN},
        {"AttentionDots", "attention_backward.py:dots", "seq_len=96", FP32},
        {"AttentionKeysValues", "attention_backward.py:keys_and_values", "", CHAIN},
        {"AttentionQueries", "attention_backward.py:queries", "", CHAIN},
        {"FlashDecoding", "flash_decoding.py", "seq_len=128 splits=2", CHAIN},
        {"MlaDecode", "mla_decode.py", "seq_len=128", CHAIN},
        {"PagedDecode",
         "paged_decode.py",
         "",
         CHAIN,
         "",
         {{"lengths", {100, 17}}, {"table", {3, 1, 7, 0, 5, 5, 2, 6}, {2, 4}}}},
        {"GroupedGemmRuns",
         "grouped_gemm.py",
         "sizes_list=(64,100,28) K=64 N=64",
         BF16,
         "",
         {{"sizes", {64, 100, 28}}, {"offsets", {0, 64, 164}}, {"padded_offsets", {0, 64, 192}}}},
        {"FusedMoeRuns",
         "fused_moe.py",
         "",
         CHAIN,
         "",
         {{"counts", {40, 24, 64}},
          {"offsets", {0, 40, 64}},
          {"padded_offsets", {0, 64, 96}},
          {"expert_of", {0, 0, 1, 2, 2}}}},
        {"ScatterAdd", "scatter_add.py", "count=64 N=64 entries=16", FP32, "--range tokens=0:16"},
        {"GradientsByAtomics", "flash_attention_backward.py", "seq_len=128", CHAIN},
        {"GemmStreamK", "gemm_streamk.py", "", BF16},
        {"GemmSharded", "gemm_sharded.py", "accum_dtype=float32", BF16},
        {"SparseAttention", "sparse_attention.py", "", CHAIN, "--range Indices=-1:96"},
        {"WeightedRows", "weighted_rows.py", "", BF16, "--range Chosen=-1:101"},
        {"LinearAttention", "linear_attention.py", "S=128 H=1", CHAIN},
        {"Retention", "retention.py", "S=64 H=1", CHAIN},
        {"ChunkState", "chunk_state.py", "", BF16},
    };
    return cases;
}

const std::vector<Case>& more_cases() {
    static const std::vector<Case> cases = {
        // Other shapes and functions.
        {"GemmLazy", "gemm_lazy.py", "M=128 N=128 K=64", BF16},
        {"GemmLazyManyBlocks", "gemm_lazy.py", "M=320 N=288 K=32 block_M=32 block_N=32", BF16},
        {"GemmEager", "gemm_eager.py", "M=64 N=96 K=96 block_M=32 block_N=32", BF16},
        {"GemmEagerBlackhole", "gemm_eager.py", "M=128 N=128 K=64 block_M=64 block_N=64", BF16, "--board p150"},
        {"GemmFp8", "gemm_fp8.py", "M=64 N=128 K=128", BF16},
        {"GemmBfp8", "gemm_block_float.py", "M=64 N=64 K=128 weight_dtype=bfp8", BF16},
        {"GemmBfp4Blackhole", "gemm_block_float.py", "M=64 N=64 K=64 out_dtype=bfp8", CHAIN, "--board p150"},
        {"GemmUngated", "gemm_swiglu.py", "M=64 N=70 K=64 gated=False", BF16},
        {"Convolution", "convolution.py", "", BF16},
        {"DynamicOneElement", "dynamic_elementwise.py", "m=1 n=1", FP32},
        {"Broadcasts", "broadcasts.py", "", FP32},
        {"Gelu", "activations.py", "of=gelu M=32 N=32", FP32},
        {"Softplus", "activations.py", "of=softplus M=32 N=32", FP32},
        {"HardSwish", "activations.py", "of=hard_swish M=32 N=64", FP32},
        {"SinCos", "activations.py", "of=sin_cos M=32 N=32", FP32},
        {"Root", "activations.py", "of=root M=32 N=32", FP32},
        {"Power", "activations.py", "of=power M=32 N=32", FP32},
        {"Erf", "activations.py", "of=erf M=32 N=32", FP32},
        {"Rounded", "activations.py", "of=rounded M=32 N=32", FP32},
        {"ReductionsRows", "reductions.py", "M=64 N=96", FP32},
        {"ReductionsColumns", "reductions.py", "M=64 N=64 dim=0", FP32},
        {"GemmBfp8Large", "gemm_block_float.py", "M=512 N=512 K=512 weight_dtype=bfp8", BF16},
        {"ConvolutionLarge", "convolution.py", "N=2 H=16 W=16 C=64 F=128", BF16},

        // Sizes as they are used.
        {"Gemm512", "gemm_lazy.py", "M=512 N=512 K=512", BF16},
        {"Gemm512TwoChips", "gemm_lazy.py", "M=512 N=512 K=512", BF16, "--board n300"},
        {"Gemm1000", "gemm_eager.py", "M=1000 N=1000 K=520", BF16, "--board p150"},
        {"GemmPersistentBlackhole", "gemm_persistent.py", "M=512 N=1024 K=256", BF16, "--board p150"},
        {"GemmFp8Blackhole", "gemm_fp8.py", "M=256 N=256 K=512", BF16, "--board p150"},
        {"BlockSparse", "gemm_block_sparse.py", "M=512 N=512 K=512", BF16, "--range mask=0:2"},
        {"Dequantised", "gemm_dequantised.py", "M=256 N=256 K=512", BF16, "--range W=0:256"},
        {"GradientsOnOneCoreEach", "flash_attention_backward.py", "heads=36 seq_len=128 causal=False", CHAIN},
        {"GradientsBlackhole", "flash_attention_backward.py", "seq_len=256", CHAIN, "--board p150"},
        {"StreamKBlackhole", "gemm_streamk.py", "blocks=7", BF16, "--board p150"},
        {"SparseAttentionBlackhole", "sparse_attention.py", "", CHAIN, "--range Indices=-1:96 --board p150"},
        {"WeightedElements", "weighted_rows.py", "dtype=float32 count=40", FP32, "--range Chosen=-1:101"},
        {"SplitK", "gemm_splitk.py", "M=256 N=256 K=2048", BF16},
        {"Attention1024", "flash_attention.py", "batch=2 heads=4 seq_len=1024 dim=128", CHAIN},
        {"AttentionTail", "flash_attention.py", "heads=3 seq_len=777 is_causal=False", CHAIN},
        {"AttentionWindow", "attention_window.py", "heads=4 groups=2 seq_len=512 window=100", CHAIN, "--board p150"},
        {"AttentionQueries", "attention_backward.py:queries", "heads=2 seq_len=512", CHAIN},
        {"MlaDecode", "mla_decode.py", "batch=2 heads=64 seq_len=1024 dim=512", CHAIN},
        {"FlashDecoding", "flash_decoding.py", "batch=2 seq_len=4096 splits=8", CHAIN},
        {"Softmax", "softmax.py", "M=1000 N=1024", BF16},
        {"LayerNorm", "layer_norm.py", "M=1024 N=1024", BF16, "--board n300"},
        {"LayerNormBackward", "layer_norm_backward.py", "M=512 N=256", BF16},
        {"Adam", "adam.py", "M=1000 N=1000", FP32},
        {"Transpose", "transpose.py:transpose", "M=1000 N=500", SAME, "--board p150"},
        {"TopK", "top_k.py", "M=500 N=128 k=6", SAME},
        {"Retention", "retention.py", "B=2 S=512 H=4 D=64", CHAIN, "", {{"log2_decay", {-1, -2, -1, -3}}}},
        {"Schedules", "schedules.py", "M=1024 N=1024 order=z_order", BF16, "--board n300"},
    };
    return cases;
}

}  // namespace tessera::tile::corpus

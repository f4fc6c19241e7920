// The fast mode behind the interface of arithmetic.h: operands are cut to the bits that the fidelity reads, products
// are summed in fp32. The loops themselves are in ops_impl.h and the matmul_* files, one version a CPU level.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <tensix/arithmetic.h>
#include <tensix/fast/fast.h>
#include <tensix/fast/ops.h>

namespace tessera::tensix {

namespace {

constexpr uint32_t face = 256;
constexpr uint32_t tile = 1024;

// Levels in the order of ops_by_name's names; null: this CPU has no such level.
constexpr std::array<const char*, 5> level_names = {"portable", "avx2", "avx512", "avx512bf16", "amx"};
const Ops* const& level_ops(size_t level) {
    static const std::array<const Ops*, level_names.size()> found = [] {
        std::array<const Ops*, level_names.size()> out{};
        std::ranges::transform(level_names, out.begin(), ops_by_name);
        return out;
    }();
    return found[level];
}

constexpr uint32_t sign_bit = 0x80000000u;
int64_t from_sign_magnitude(uint32_t v) {
    const auto magnitude = static_cast<int64_t>(v & ~sign_bit);
    return v & sign_bit ? -magnitude : magnitude;
}
// Saturating, as the chip's sums are.
uint32_t to_sign_magnitude(int64_t v) {
    const int64_t magnitude = std::min<int64_t>(v < 0 ? -v : v, INT32_MAX);
    return static_cast<uint32_t>(magnitude) | (v < 0 && magnitude != 0 ? sign_bit : 0);
}

void eltwise_int8(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        const int64_t x = static_cast<int32_t>(a[i]), y = static_cast<int32_t>(b[i]);
        const int64_t v = plan.op == EltwiseOp::Mul ? x * y : plan.op == EltwiseOp::Add ? x + y : x - y;
        dst[i] = to_sign_magnitude(plan.accumulate ? from_sign_magnitude(dst[i]) + v : v);
    }
}

// Mantissa bits that the phases read; what the precision does not have is zero already.
FidelityMasks masks_of(uint8_t phases) {
    return fidelity_masks(phases == 1 ? 0 : phases);
}

template <size_t Level>
void unpack(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
            uint32_t* out) {
    level_ops(Level)->unpack(format, to, exponents, data, datums, out);
}

template <size_t Level>
void pack(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data) {
    level_ops(Level)->pack(plan, dst, datums, exponents, data);
}

// A source word is the value as DST holds it, except for integers.
void to_dst(Precision src, Precision, const uint32_t* words, uint32_t* out, uint32_t count) {
    if (src == Precision::Int8) {
        std::transform(words, words + count, out,
                       [](uint32_t v) { return to_sign_magnitude(static_cast<int32_t>(v)); });
    } else if (out != words) {
        std::memcpy(out, words, count * sizeof(uint32_t));
    }
}

template <size_t Level>
void to_source(Precision, Precision src, const uint32_t* words, uint32_t* out, uint32_t count) {
    if (src == Precision::Int8) {
        std::transform(words, words + count, out,
                       [](uint32_t v) { return static_cast<uint32_t>(from_sign_magnitude(v)); });
        return;
    }
    if (out != words) {
        std::memcpy(out, words, count * sizeof(uint32_t));
    }
    level_ops(Level)->mask(out, src == Precision::Bf16 ? 0xFFFF0000u : 0xFFFFE000u, count);
}

template <size_t Level>
void eltwise(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count) {
    if (plan.src == Precision::Int8) {
        eltwise_int8(plan, a, b, dst, count);
        return;
    }
    const Ops& ops = *level_ops(Level);
    const auto run = [&](const uint32_t* x, const uint32_t* y, uint32_t* to, uint32_t n) {
        ops.eltwise(plan.op, plan.accumulate, plan.dst, reinterpret_cast<const float*>(x),
                    reinterpret_cast<const float*>(y), reinterpret_cast<float*>(to), n);
    };
    // Only passes that read few mantissa bits change an operand.
    const bool wide = plan.src != Precision::Bf16;
    const bool cut_a = plan.op == EltwiseOp::Mul && (plan.phases == 1 || wide);
    const bool cut_b = plan.op == EltwiseOp::Mul && plan.phases <= 2;
    if (!cut_a && !cut_b) {
        run(a, b, dst, count);
        return;
    }
    alignas(64) uint32_t x[face], y[face];
    const FidelityMasks masks = masks_of(plan.phases);
    for (uint32_t i = 0; i < count; i += face) {
        const uint32_t n = std::min(face, count - i);
        std::memcpy(x, a + i, n * 4);
        std::memcpy(y, b + i, n * 4);
        ops.mask(x, masks.src_a, n);
        ops.mask(y, masks.src_b, n);
        run(x, y, dst + i, n);
    }
}

// Exact integer product.
void matmul_int8(const MatmulPlan& plan) {
    const uint32_t across = plan.inner / 16, out_across = plan.cols / 16;
    for (uint32_t r = 0; r < plan.rt; ++r) {
        const auto* in0 = static_cast<const int32_t*>(plan.in0[r].data);
        for (uint32_t c = 0; c < plan.ct; ++c) {
            const auto* in1 = static_cast<const int32_t*>(plan.in1[c].data);
            uint32_t* dst = plan.dst + (r * plan.ct + c) * tile;
            if (plan.fresh && plan.fresh[r * plan.ct + c]) {
                std::memset(dst, 0, tile * 4);
            }
            for (uint32_t m = 0; m < plan.rows; ++m) {
                for (uint32_t n = 0; n < plan.cols; ++n) {
                    int64_t sum = 0;
                    for (uint32_t k = 0; k < plan.inner; ++k) {
                        sum += int64_t{in0[((m / 16 * across + k / 16) * plan.in0_face_rows + m % 16) * 16 + k % 16]} *
                               in1[((k / 16 * out_across + n / 16) * 16 + k % 16) * 16 + n % 16];
                    }
                    uint32_t& to = dst[(m / 16 * out_across + n / 16) * face + m % 16 * 16 + n % 16];
                    to = to_sign_magnitude(from_sign_magnitude(to) + sum);
                }
            }
        }
    }
}

// One operand of a product in the form that the loops read: bf16, or fp32 where bf16 would lose bits.
struct Operands {
    const void* tiles[16];
    alignas(64) uint8_t converted[16 * tile * 4];

    void take(const Ops& ops, const MatmulOperand* operands, uint32_t count, uint32_t datums, uint32_t mask,
              bool narrow) {
        for (uint32_t t = 0; t < count; ++t) {
            tiles[t] = operands[t].data;
            uint8_t* out = converted + t * tile * 4;
            if (operands[t].bf16_in_l1 == narrow) {
                continue;  // as it lies
            }
            tiles[t] = out;
            if (narrow) {
                alignas(64) uint32_t values[tile];
                std::memcpy(values, operands[t].data, datums * 4);
                ops.mask(values, mask, datums);
                ops.narrow(values, reinterpret_cast<uint16_t*>(out), datums);
            } else {
                const auto* in = static_cast<const uint16_t*>(operands[t].data);
                auto* values = reinterpret_cast<uint32_t*>(out);
                std::transform(in, in + datums, values, [](uint16_t h) { return static_cast<uint32_t>(h) << 16; });
            }
        }
    }
};

template <size_t Level>
void matmul(const MatmulPlan& plan) {
    if (plan.src == Precision::Int8) {
        matmul_int8(plan);
        return;
    }
    const Ops& ops = *level_ops(Level);
    const FidelityMasks masks = masks_of(plan.phases);
    ProductPlan product;
    // in1 goes to SrcA, in0 to SrcB.
    product.in0_mask = masks.src_b;
    product.in1_mask = masks.src_a;
    const bool narrow =
        plan.src == Precision::Bf16 || ((product.in0_mask & 0xFFFFu) == 0 && (product.in1_mask & 0xFFFFu) == 0);
    thread_local Operands in0, in1;  // too large for a fiber's stack
    in0.take(ops, plan.in0, plan.rt, plan.in0_face_rows * 16 * (plan.inner / 16) * (plan.rows > 16 ? 2 : 1),
             product.in0_mask, narrow);
    in1.take(ops, plan.in1, plan.ct, plan.inner * plan.cols, product.in1_mask, narrow);
    product.in0 = in0.tiles;
    product.in1 = in1.tiles;
    product.dst = reinterpret_cast<float*>(plan.dst);
    product.fresh = plan.fresh;
    product.rt = plan.rt;
    product.ct = plan.ct;
    product.rows = plan.rows;
    product.inner = plan.inner;
    product.cols = plan.cols;
    product.in0_face_rows = plan.in0_face_rows;
    narrow ? ops.matmul_bf16(product) : ops.matmul_fp32(product);
}

template <size_t Level>
void pool(const PoolPlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst) {
    const auto* in = reinterpret_cast<const float*>(a);
    auto* out = reinterpret_cast<float*>(dst);
    if (plan.max) {
        // Of its scaler each row is given the power of two.
        float best[16];
        for (uint32_t row = 0; row < 16; ++row) {
            const auto scale = std::bit_cast<float>(b[row] & 0x7F800000u);
            for (uint32_t i = 0; i < 16; ++i) {
                const float v = scale * in[row * 16 + i];
                best[i] = row == 0 ? (plan.fresh || v > out[i] ? v : out[i]) : v > best[i] ? v : best[i];
            }
        }
        std::memset(out, 0, 64 * sizeof(float));
        std::memcpy(out, best, sizeof(best));
        return;
    }
    const Ops& ops = *level_ops(Level);
    const FidelityMasks masks = masks_of(plan.phases);
    alignas(64) uint32_t x[face], s[64];
    std::memcpy(x, a, sizeof(x));
    std::memcpy(s, b, sizeof(s));
    ops.mask(x, masks.src_a, face);
    ops.mask(s, masks.src_b, 64);
    const auto* value = reinterpret_cast<const float*>(x);
    const auto* factor = reinterpret_cast<const float*>(s);
    for (uint32_t row = 0; row < 4; ++row) {
        float sum[16] = {};
        for (uint32_t k = 0; k < 16; ++k) {
            for (uint32_t i = 0; i < 16; ++i) {
                sum[i] += factor[row * 16 + k] * value[k * 16 + i];
            }
        }
        for (uint32_t i = 0; i < 16; ++i) {
            out[row * 16 + i] = plan.fresh ? sum[i] : out[row * 16 + i] + sum[i];
        }
    }
    ops.round(plan.dst, dst, 64);
}

template <size_t Level>
void round(Precision dst, uint32_t* words, uint32_t count) {
    level_ops(Level)->round(dst, words, count);
}

template <size_t Level>
constexpr Arithmetic table(Chip chip) {
    return {MathMode::Fast,   chip,           level_names[Level], unpack<Level>, pack<Level>, to_dst,
            to_source<Level>, eltwise<Level>, matmul<Level>,      pool<Level>,   round<Level>};
}

}  // namespace

const Arithmetic* fast_by_name(Chip chip, const char* level) {
    static constexpr Arithmetic tables[][2] = {
        {table<0>(Chip::Wormhole), table<0>(Chip::Blackhole)}, {table<1>(Chip::Wormhole), table<1>(Chip::Blackhole)},
        {table<2>(Chip::Wormhole), table<2>(Chip::Blackhole)}, {table<3>(Chip::Wormhole), table<3>(Chip::Blackhole)},
        {table<4>(Chip::Wormhole), table<4>(Chip::Blackhole)},
    };
    for (size_t i = 0; i < level_names.size(); ++i) {
        if (std::strcmp(level, level_names[i]) == 0 && level_ops(i) != nullptr) {
            return &tables[i][chip == Chip::Blackhole];
        }
    }
    return nullptr;
}

}  // namespace tessera::tensix

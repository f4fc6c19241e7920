// ELWADD, ELWSUB, ELWMUL and the pooling instructions of every vector level against the scalar definition.
#include <gtest/gtest.h>

#include <algorithm>

#include "vector_levels.h"

namespace {

using namespace levels;

struct Combination {
    Precision src, dst;
};
constexpr Combination combinations[] = {
    {Precision::Bf16, Precision::Bf16}, {Precision::Bf16, Precision::Fp32}, {Precision::Tf32, Precision::Bf16},
    {Precision::Tf32, Precision::Fp32}, {Precision::Fp16, Precision::Fp16}, {Precision::Fp16, Precision::Fp32},
    {Precision::Int8, Precision::Int8},
};

std::string describe(const EltwisePlan& plan) {
    return "op " + std::to_string(static_cast<int>(plan.op)) + " phases " + std::to_string(plan.phases) +
           " accumulate " + std::to_string(plan.accumulate) + " src " + std::to_string(static_cast<int>(plan.src)) +
           " dst " + std::to_string(static_cast<int>(plan.dst));
}

// Every plan that an operation can have.
std::vector<EltwisePlan> plans_of(EltwiseOp op) {
    std::vector<EltwisePlan> plans;
    for (const Combination& c : combinations) {
        for (const bool accumulate : {false, true}) {
            for (uint8_t phases = 1; phases <= (op == EltwiseOp::Mul ? 4 : 1); ++phases) {
                plans.push_back({op, accumulate, phases, c.src, c.dst});
            }
        }
    }
    return plans;
}

// Compares all levels on the given words; false at the first difference.
bool agree(Chip chip, const EltwisePlan& plan, const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
           const std::vector<uint32_t>& dst) {
    const auto count = static_cast<uint32_t>(a.size());
    std::vector<uint32_t> expected = dst;
    scalar(chip).eltwise(plan, a.data(), b.data(), expected.data(), count);
    for (const Arithmetic* level : vector_levels(chip)) {
        std::vector<uint32_t> got = dst;
        level->eltwise(plan, a.data(), b.data(), got.data(), count);
        const int at = first_difference(got.data(), expected.data(), count);
        if (at >= 0) {
            ADD_FAILURE() << level->level << " " << chip_name(chip) << " " << describe(plan) << std::hex << ": a "
                          << a[at] << " b " << b[at] << " dst " << dst[at] << " gives " << got[at] << ", not "
                          << expected[at];
            return false;
        }
    }
    return true;
}

void random_eltwise(EltwiseOp op) {
    const std::vector<EltwisePlan> plans = plans_of(op);
    constexpr uint32_t count = 1024 + 5;  // a tile and a row that is not full
    const size_t rounds = values_per_function() / (plans.size() * 2 * count) + 1;
    std::vector<uint32_t> a(count), b(count), dst(count);
    for (const Chip chip : chips) {
        for (const EltwisePlan& plan : plans) {
            Random random(plan.phases + 10 * static_cast<uint64_t>(plan.src) + 100 * static_cast<uint64_t>(op));
            const bool same_exponents = plan.src != Precision::Fp16 && plan.src != Precision::Int8;
            for (size_t round = 0; round < rounds; ++round) {
                for (uint32_t i = 0; i < count; ++i) {
                    if (i % 16 == 0) {
                        random.next_row();
                    }
                    a[i] = random.source(plan.src);
                    b[i] = random.source(plan.src);
                    dst[i] = random.dst(plan.dst);
                    if (random.below(4) == 0) {
                        // Cancellation, all the way or almost.
                        b[i] = a[i] ^ (random.bits() & 0x80000000u) ^ (random.bits() & 0x30000u);
                    }
                    if (same_exponents && random.below(3) == 0) {
                        // What DST holds is as large as what is added to it, more or less.
                        const uint32_t ea = a[i] >> 23 & 0xFF, eb = b[i] >> 23 & 0xFF;
                        const uint32_t e =
                            (op == EltwiseOp::Mul ? ea + eb - 127 : std::max(ea, eb)) + random.below(32) - 12;
                        dst[i] = e - 1 < 254 ? (dst[i] & 0x807FFFFFu) | e << 23 : dst[i];
                    }
                }
                if (!agree(chip, plan, a, b, dst)) {
                    break;
                }
            }
        }
    }
}

TEST(VectorLevels, Add) {
    random_eltwise(EltwiseOp::Add);
}
TEST(VectorLevels, Subtract) {
    random_eltwise(EltwiseOp::Sub);
}
TEST(VectorLevels, Multiply) {
    random_eltwise(EltwiseOp::Mul);
}

// All bf16 mantissas and signs: what the float forms round depends on nothing else while exponents are in range.
TEST(VectorLevels, MultiplyAllMantissas) {
    std::vector<uint32_t> a(65536), b(65536), dst(65536);
    for (uint32_t i = 0; i < 65536; ++i) {
        a[i] = (i & 0x80) << 24 | 127u << 23 | (i & 0x7F) << 16;
        b[i] = (i & 0x8000) << 16 | 130u << 23 | (i >> 8 & 0x7F) << 16;
    }
    for (uint8_t phases = 1; phases <= 4; ++phases) {
        for (const Precision dst_precision : {Precision::Bf16, Precision::Fp32}) {
            for (const Chip chip : chips) {
                EXPECT_TRUE(agree(chip, {EltwiseOp::Mul, false, phases, Precision::Bf16, dst_precision}, a, b, dst));
            }
        }
    }
}

// All bf16 mantissas and signs at all distances that matter.
TEST(VectorLevels, AddAllMantissas) {
    std::vector<uint32_t> a(65536), b(65536), dst(65536);
    for (uint32_t distance = 0; distance <= 14; ++distance) {
        for (uint32_t i = 0; i < 65536; ++i) {
            a[i] = (i & 0x80) << 24 | 127u << 23 | (i & 0x7F) << 16;
            b[i] = (i & 0x8000) << 16 | (127u - distance) << 23 | (i >> 8 & 0x7F) << 16;
        }
        for (const Precision dst_precision : {Precision::Bf16, Precision::Fp32}) {
            EXPECT_TRUE(agree(Chip::Wormhole, {EltwiseOp::Add, false, 1, Precision::Bf16, dst_precision}, a, b, dst));
            EXPECT_TRUE(agree(Chip::Wormhole, {EltwiseOp::Sub, false, 1, Precision::Bf16, dst_precision}, b, a, dst));
        }
    }
}

void random_pool(bool maximum) {
    // One instruction takes 256 values of SrcA.
    const size_t instructions = values_per_function() / (256 * 2 * std::size(combinations) * (maximum ? 1 : 4) * 2) + 1;
    for (const Chip chip : chips) {
        for (const Combination& c : combinations) {
            for (uint8_t phases = 1; phases <= (maximum ? 1 : 4); ++phases) {
                for (const bool fresh : {false, true}) {
                    Random random(phases + 10 * static_cast<uint64_t>(c.src) + 100 * maximum);
                    const PoolPlan plan{maximum, phases, c.src, c.dst, fresh};
                    for (size_t round = 0; round < instructions; ++round) {
                        alignas(64) uint32_t a[256], b[256], dst[64];
                        const uint32_t kind = random.below(4);  // of scalers
                        const uint32_t factor = ((c.src == Precision::Fp16 ? 15u : 127u) - random.below(6)) << 23 |
                                                (random.below(3) ? 0 : random.below(128) << 16);
                        for (uint32_t i = 0; i < 256; ++i) {
                            if (i % 16 == 0) {
                                random.next_row();
                            }
                            a[i] = random.source(c.src);
                            b[i] = kind == 0 ? random.source(c.src) : kind == 1 && i >= 16 ? 0 : factor;
                        }
                        for (uint32_t i = 0; i < 64; ++i) {
                            dst[i] = random.dst(c.dst);
                        }
                        alignas(64) uint32_t expected[64];
                        std::memcpy(expected, dst, sizeof(dst));
                        scalar(chip).pool(plan, a, b, expected);
                        for (const Arithmetic* level : vector_levels(chip)) {
                            alignas(64) uint32_t got[64];
                            std::memcpy(got, dst, sizeof(dst));
                            level->pool(plan, a, b, got);
                            const int at = first_difference(got, expected, 64);
                            ASSERT_EQ(at, -1)
                                << level->level << " " << chip_name(chip) << " maximum " << maximum << " phases "
                                << int{phases} << " src " << static_cast<int>(c.src) << " dst "
                                << static_cast<int>(c.dst) << " fresh " << fresh << std::hex << ": dst " << dst[at]
                                << " gives " << got[at] << ", not " << expected[at];
                        }
                    }
                }
            }
        }
    }
}

TEST(VectorLevels, PoolSum) {
    random_pool(false);
}
TEST(VectorLevels, PoolMaximum) {
    random_pool(true);
}

}  // namespace

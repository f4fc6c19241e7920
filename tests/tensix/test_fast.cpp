// The levels of the arithmetic against each other and against sums in double; properties of formats.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include <tensix/fast/ops.h>

#include "best.h"

namespace {

using namespace tessera::tensix;

constexpr const char* levels[] = {"avx2", "avx512", "avx512bf16", "amx"};

std::vector<uint16_t> random_bf16(std::mt19937& random, size_t count, int spread) {
    std::normal_distribution<float> normal;
    std::uniform_int_distribution<int> scale(-spread, spread);
    std::vector<uint16_t> out(count);
    for (uint16_t& h : out) {
        const float f = std::ldexp(normal(random), spread ? scale(random) : 0);
        uint32_t u;
        std::memcpy(&u, &f, 4);
        h = static_cast<uint16_t>(u >> 16);
    }
    return out;
}

float bf16(uint16_t h) {
    const uint32_t u = static_cast<uint32_t>(h) << 16;
    float f;
    std::memcpy(&f, &u, 4);
    return f;
}

struct Shape {
    uint32_t rows, inner, cols, face_rows;
};

class MatmulShapes : public testing::TestWithParam<Shape> {};

TEST_P(MatmulShapes, EveryLevelGivesTheSameBits) {
    const Shape s = GetParam();
    std::mt19937 random(7);
    for (int spread : {0, 12}) {
        const auto a = random_bf16(random, 2 * 1024, spread), b = random_bf16(random, 3 * 1024, spread);
        const void* in0[] = {&a[0], &a[1024]};
        const void* in1[] = {&b[0], &b[1024], &b[2048]};
        const uint8_t fresh[6] = {1, 0, 1, 0, 0, 1};
        std::vector<float> start(6 * 1024, 0.25f);
        const auto run = [&](const Ops& ops) {
            alignas(64) static float dst[6 * 1024];
            std::copy(start.begin(), start.end(), dst);
            ProductPlan plan;
            plan.in0 = in0;
            plan.in1 = in1;
            plan.dst = dst;
            plan.fresh = fresh;
            plan.rt = 2;
            plan.ct = 3;
            plan.rows = s.rows;
            plan.inner = s.inner;
            plan.cols = s.cols;
            plan.in0_face_rows = s.face_rows;
            plan.in1_mask = fidelity_masks(0).src_a;
            ops.matmul_bf16(plan);
            return std::vector<float>(dst, dst + 6 * 1024);
        };
        const std::vector<float> expected = run(*ops_by_name("portable"));
        for (const char* level : levels) {
            if (const Ops* ops = ops_by_name(level)) {
                const std::vector<float> got = run(*ops);
                EXPECT_EQ(std::memcmp(got.data(), expected.data(), got.size() * 4), 0) << level << " spread " << spread;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Tiles, MatmulShapes,
                         testing::Values(Shape{32, 32, 32, 16}, Shape{16, 32, 32, 16}, Shape{1, 32, 32, 1},
                                         Shape{8, 32, 32, 8}, Shape{32, 16, 32, 16}, Shape{32, 32, 16, 16},
                                         Shape{16, 16, 16, 16}));

TEST(Matmul, AgreesWithDouble) {
    std::mt19937 random(11);
    const auto a = random_bf16(random, 1024, 0), b = random_bf16(random, 1024, 0);
    const void *in0 = a.data(), *in1 = b.data();
    alignas(64) float dst[1024] = {};
    ProductPlan plan;
    plan.in0 = &in0;
    plan.in1 = &in1;
    plan.dst = dst;
    best().matmul_bf16(plan);
    const auto at = [](int r, int c) { return (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16; };
    for (int r = 0; r < 32; ++r) {
        for (int c = 0; c < 32; ++c) {
            double sum = 0;
            for (int k = 0; k < 32; ++k) {
                sum += double{bf16(a[at(r, k)])} * bf16(b[at(k, c)]);
            }
            EXPECT_NEAR(dst[at(r, c)], sum, 2e-5);
        }
    }
}

TEST(Matmul, RowsOfZerosAreSkippedAndStayUntouched) {
    std::mt19937 random(13);
    auto a = random_bf16(random, 1024, 0);
    const auto b = random_bf16(random, 1024, 0);
    std::fill(a.begin() + 16, a.begin() + 256, 0);  // only row 0 is left
    std::fill(a.begin() + 272, a.end(), 0);
    const void *in0 = a.data(), *in1 = b.data();
    for (const char* level : {"portable", "avx2", "avx512", "avx512bf16", "amx"}) {
        const Ops* ops = ops_by_name(level);
        if (ops == nullptr) {
            continue;
        }
        alignas(64) float dst[1024];
        std::fill(dst, dst + 1024, 3.0f);
        ProductPlan plan;
        plan.in0 = &in0;
        plan.in1 = &in1;
        plan.dst = dst;
        ops->matmul_bf16(plan);
        EXPECT_NE(dst[0], 3.0f) << level;
        EXPECT_EQ(dst[16], 3.0f) << level;
        EXPECT_EQ(dst[1023], 3.0f) << level;
        const uint8_t fresh = 1;
        plan.fresh = &fresh;
        ops->matmul_bf16(plan);
        EXPECT_NE(dst[0], 0.0f) << level;
        EXPECT_EQ(dst[16], 0.0f) << level;
        EXPECT_EQ(dst[1023], 0.0f) << level;
    }
}

TEST(Matmul, FewRowsGiveTheSameBitsOnEveryLevel) {
    std::mt19937 random(17);
    for (uint32_t live = 1; live <= 5; ++live) {
        for (uint32_t inner : {16u, 32u}) {
            auto a = random_bf16(random, 1024, 12);
            const auto b = random_bf16(random, 2 * 1024, 12);
            for (uint32_t row = live; row < 32; ++row) {
                for (uint32_t k = 0; k < inner; ++k) {
                    a[(row / 16 * (inner / 16) + k / 16) * 256 + row % 16 * 16 + k % 16] = 0;
                }
            }
            const void* in0 = a.data();
            const void* in1[] = {&b[0], &b[1024]};
            const uint8_t fresh[2] = {0, 1};
            const auto run = [&](const Ops& ops) {
                std::vector<float> dst(2 * 1024, 0.5f);
                ProductPlan plan;
                plan.in0 = &in0;
                plan.in1 = in1;
                plan.dst = dst.data();
                plan.fresh = fresh;
                plan.ct = 2;
                plan.inner = inner;
                plan.in0_mask = fidelity_masks(0).src_b;
                ops.matmul_bf16(plan);
                return dst;
            };
            const std::vector<float> expected = run(*ops_by_name("portable"));
            for (const char* level : levels) {
                if (const Ops* ops = ops_by_name(level)) {
                    EXPECT_EQ(std::memcmp(run(*ops).data(), expected.data(), expected.size() * 4), 0)
                        << level << ", " << live << " rows of " << inner;
                }
            }
        }
    }
}

TEST(Levels, UnpackPackAndEltwiseGiveTheSameBits) {
    std::mt19937 random(17);
    std::vector<uint8_t> raw(4096);
    for (uint8_t& byte : raw) {
        byte = static_cast<uint8_t>(random());
    }
    const Ops& plain = *ops_by_name("portable");
    for (const char* level : levels) {
        const Ops* ops = ops_by_name(level);
        if (ops == nullptr) {
            continue;
        }
        for (DataFormat f : {DataFormat::Float32, DataFormat::Float16, DataFormat::Float16_b, DataFormat::Bfp8,
                             DataFormat::Bfp4, DataFormat::Bfp2, DataFormat::Bfp8_b, DataFormat::Bfp4_b,
                             DataFormat::Bfp2_b, DataFormat::Int32, DataFormat::UInt32, DataFormat::UInt16,
                             DataFormat::UInt8, DataFormat::Int8, DataFormat::Lf8, DataFormat::Fp8_e4m3}) {
            const uint32_t exponents = exponent_bytes(f, 1024);
            for (Precision p : {Precision::Tf32, Precision::Bf16, Precision::Fp16}) {
                std::vector<uint32_t> x(1024), y(1024);
                plain.unpack(f, p, raw.data(), raw.data() + exponents, 1024, x.data());
                ops->unpack(f, p, raw.data(), raw.data() + exponents, 1024, y.data());
                EXPECT_EQ(x, y) << level << " unpack " << name(f);
            }
            for (uint8_t relu = 0; relu < 4; ++relu) {
                PackPlan plan;
                plan.format = f;
                plan.relu = relu;
                plan.relu_threshold = 0x3F800000;
                plan.dst = relu & 1 ? Precision::Fp32 : Precision::Bf16;
                plan.bfp_prerounded = relu == 2;
                std::vector<uint8_t> x(4096), y(4096);
                const auto* dst = reinterpret_cast<const uint32_t*>(raw.data());
                plain.pack(plan, dst, 1024, x.data(), x.data() + exponents);
                ops->pack(plan, dst, 1024, y.data(), y.data() + exponents);
                EXPECT_EQ(x, y) << level << " pack " << name(f);
            }
        }
        std::vector<float> a(1024), b(1024);
        std::normal_distribution<float> normal;
        for (size_t i = 0; i < 1024; ++i) {
            a[i] = bf16(static_cast<uint16_t>(0x3F80 + random() % 512));
            b[i] = bf16(static_cast<uint16_t>(0xBF00 + random() % 512));
        }
        for (EltwiseOp op : {EltwiseOp::Add, EltwiseOp::Sub, EltwiseOp::Mul}) {
            for (bool accumulate : {false, true}) {
                for (Precision p : {Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
                    std::vector<float> x(1024, 0.5f), y(1024, 0.5f);
                    plain.eltwise(op, accumulate, p, a.data(), b.data(), x.data(), 1024);
                    ops->eltwise(op, accumulate, p, a.data(), b.data(), y.data(), 1024);
                    EXPECT_EQ(std::memcmp(x.data(), y.data(), 4096), 0) << level;
                }
            }
        }
    }
}

// Block floats of 8-bit exponents from random bits, one datum at a time as the packer is described: the intermediate
// format, the largest exponent of sixteen, magnitudes rounded half up to 7 bits and cut to fewer.
TEST(Levels, BlockFloatsFollowTheDescription) {
    std::mt19937 random(23);
    std::vector<uint32_t> dst(1024);
    for (size_t i = 0; i < dst.size(); ++i) {
        const uint32_t close = (random() & 0x807FFFFF) | ((100 + random() % 12) << 23);
        dst[i] = i % 64 < 48 ? close : static_cast<uint32_t>(random());
    }
    dst[3] = 0x7FC00000;
    dst[70] = 0x80000001;
    dst[90] = 0x80000000;
    for (const char* level : {"portable", "avx2", "avx512"}) {
        const Ops* ops = ops_by_name(level);
        if (ops == nullptr) {
            continue;
        }
        for (const DataFormat format : {DataFormat::Bfp8_b, DataFormat::Bfp4_b}) {
            for (const Precision holds : {Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
                for (const bool prerounded : {false, true}) {
                    PackPlan plan;
                    plan.format = format;
                    plan.dst = holds;
                    plan.bfp_prerounded = prerounded;
                    std::vector<uint8_t> tile(1088, 0xEE);
                    ops->pack(plan, dst.data(), 1024, tile.data(), tile.data() + 64);
                    for (uint32_t g = 0; g < 64; ++g) {
                        uint32_t half[16], shared = 0;
                        for (uint32_t i = 0; i < 16; ++i) {
                            uint32_t v = dst[g * 16 + i];
                            const bool nan = (v & 0x7FFFFFFF) > 0x7F800000;
                            if (nan && (holds == Precision::Bf16 || (holds == Precision::Fp32 && prerounded))) {
                                v = (v & 0x80000000) | 0x7F800000;
                            }
                            if (prerounded && ((v >> 23) & 0xFF) == 0) {
                                v = holds == Precision::Fp32 ? v : 0;
                            }
                            if (prerounded) {
                                v = holds == Precision::Fp32 ? v + 0x10000 : (v & 0xFFFF0000) + 0x10000;
                                v &= 0xFFFE0000;
                            }
                            half[i] = ((v >> 23) & 0xFF) == 0 ? 0 : v >> 16;
                            shared = std::max(shared, (half[i] >> 7) & 0xFF);
                        }
                        ASSERT_EQ(tile[g], shared) << level << " group " << g;
                        for (uint32_t i = 0; i < 16; ++i) {
                            const uint32_t distance = shared - ((half[i] >> 7) & 0xFF);
                            const uint32_t significand = half[i] == 0 ? 0 : 0x80 | (half[i] & 0x7F);
                            uint32_t m = distance >= 8 ? 0 : (significand + (1u << distance)) >> (distance + 1);
                            m = std::min(m, 127u);
                            uint32_t code = m == 0 ? 0 : m | (half[i] >> 8 & 0x80);
                            uint32_t got = tile[64 + g * 16 + i];
                            if (format == DataFormat::Bfp4_b) {
                                code = (code & 0x70) == 0 ? 0 : code >> 4;
                                got = tile[64 + (g * 16 + i) / 2] >> (i % 2 * 4) & 15;
                            }
                            ASSERT_EQ(got, code)
                                << level << " " << name(format) << " dst " << static_cast<int>(holds) << " prerounded "
                                << prerounded << " datum " << g * 16 + i << std::hex << " of " << dst[g * 16 + i];
                        }
                    }
                }
            }
        }
    }
}

// What a format can hold survives packing and unpacking.
TEST(FormatProperties, RoundTrip) {
    std::mt19937 random(19);
    for (DataFormat f : {DataFormat::Float32, DataFormat::Float16_b, DataFormat::Float16, DataFormat::Bfp8_b,
                         DataFormat::Bfp4_b, DataFormat::Bfp2_b}) {
        const uint32_t exponents = exponent_bytes(f, 1024);
        std::vector<uint32_t> values(1024), once(1024), twice(1024);
        for (uint32_t& v : values) {
            v = (random() & 0x80FFE000) | ((120 + random() % 8) << 23);
        }
        PackPlan plan;
        plan.format = f;
        plan.dst = Precision::Fp32;
        const Precision to = f == DataFormat::Float16 ? Precision::Fp16 : Precision::Tf32;
        std::vector<uint8_t> tile(4096), again(4096);
        best().pack(plan, values.data(), 1024, tile.data(), tile.data() + exponents);
        best().unpack(f, to, tile.data(), tile.data() + exponents, 1024, once.data());
        best().pack(plan, once.data(), 1024, again.data(), again.data() + exponents);
        best().unpack(f, to, again.data(), again.data() + exponents, 1024, twice.data());
        EXPECT_EQ(once, twice) << name(f);
        if (f == DataFormat::Float32 || f == DataFormat::Float16) {
            EXPECT_EQ(values, once) << name(f);
        }
    }
}

// The packer may round what DST would have rounded before.
TEST(Pack, RoundsSumsOnTheWayOut) {
    std::mt19937 random(11);
    std::vector<uint32_t> sums(1024);
    for (auto& v : sums) {
        v = static_cast<uint32_t>(random());
    }
    const uint32_t corners[] = {0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FFFFFFF, 0x007FFFFF, 0x80008000, 0};
    std::copy(std::begin(corners), std::end(corners), sums.begin());
    for (const char* level : {"portable", "avx2", "avx512"}) {
        const Ops* ops = ops_by_name(level);
        if (ops == nullptr) {
            continue;
        }
        std::vector<uint32_t> rounded = sums;
        ops->round(Precision::Bf16, rounded.data(), 1024);
        std::vector<uint8_t> expected(2048), got(2048);
        PackPlan plan;
        ops->pack(plan, rounded.data(), 1024, nullptr, expected.data());
        plan.unrounded = true;
        ops->pack(plan, sums.data(), 1024, nullptr, got.data());
        EXPECT_EQ(got, expected) << level;
    }
}

TEST(FormatProperties, TileSizes) {
    EXPECT_EQ(tile_bytes(DataFormat::Float32, 1024), 4096u);
    EXPECT_EQ(tile_bytes(DataFormat::Float16_b, 1024), 2048u);
    EXPECT_EQ(tile_bytes(DataFormat::Bfp8_b, 1024), 1088u);
    EXPECT_EQ(tile_bytes(DataFormat::Bfp4_b, 1024), 576u);
    EXPECT_EQ(tile_bytes(DataFormat::Bfp2_b, 1024), 320u);
    EXPECT_EQ(tile_bytes(DataFormat::UInt16, 1024), 2048u);
    EXPECT_EQ(tile_bytes(DataFormat::Int8, 1024), 1024u);
    EXPECT_EQ(tile_bytes(DataFormat::Bfp8_b, 16), 32u);
}

}  // namespace

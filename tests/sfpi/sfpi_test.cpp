// SFPI's vectors, registers and functions: where DST's values go, and each function against the scalar rule that the
// instruction set's documentation gives for its instruction.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <sfpi.h>
#include <sfpi/ckernel_sfpu.h>
#include <sfpi/params.h>

#include "fake_engine.h"

namespace {

using namespace sfpi;
using Lanes = impl_::lanes_t;
using sfpi_test::dst;
using sfpi_test::place;

uint32_t bits(float x) {
    return __builtin_bit_cast(uint32_t, x);
}
float number(uint32_t x) {
    return __builtin_bit_cast(float, x);
}

/// Bit patterns of all kinds: specials first, then uniform bits, then ordinary numbers.
std::vector<Lanes> samples() {
    std::vector<uint32_t> flat = {0,          0x80000000, 1,          0x80000001, 0x007FFFFF, 0x00800000, 0x80800000,
                                  0x3F000000, 0x3EFFFFFF, 0x3F800000, 0xBF800000, 0x3FC00000, 0x40000000, 0x42FE8000,
                                  0x437F8000, 0x477FFF80, 0xC77FFF80, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000,
                                  0x7FC00000, 0xFFC00000, 0x7FFFFFFF, 0xFFFFFFFF, 0x3F7FFFFF, 0x3FFFFFFF, 0x33800000};
    std::mt19937 random(5);
    while (flat.size() < 640) {
        flat.push_back(static_cast<uint32_t>(random()));
    }
    std::normal_distribution<float> normal(0.0f, 100.0f);
    while (flat.size() < 1280) {
        flat.push_back(bits(normal(random)));
    }
    std::vector<Lanes> result(flat.size() / SFP_LANES);
    for (size_t i = 0; i < result.size() * SFP_LANES; ++i) {
        result[i / SFP_LANES][i % SFP_LANES] = flat[i];
    }
    return result;
}

template <class Vector, class Scalar>
void check(Vector vector, Scalar scalar) {
    for (const Lanes& x : samples()) {
        const Lanes result = vector(x);
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            ASSERT_EQ(result[i], static_cast<uint32_t>(scalar(x[i]))) << std::hex << "input " << x[i];
        }
    }
}
template <class Vector, class Scalar>
void check2(Vector vector, Scalar scalar) {
    const std::vector<Lanes> all = samples();
    for (size_t n = 0; n < all.size(); ++n) {
        const Lanes x = all[n];
        const Lanes y = all[(n * 7 + 3) % all.size()];
        const Lanes result = vector(x, y);
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            ASSERT_EQ(result[i], static_cast<uint32_t>(scalar(x[i], y[i]))) << std::hex << x[i] << " and " << y[i];
        }
    }
}

// --- DST -------------------------------------------------------------------------------------------------------------

class Dst : public ::testing::Test {
protected:
    void SetUp() override {
        sfpi_test::dst_is_32bit = true;
        for (size_t i = 0; i < dst.size(); ++i) {
            dst[i] = bits(static_cast<float>(i));
        }
    }
};

TEST_F(Dst, HasEveryOtherColumnOfFourRowsInAVector) {
    for (unsigned v : {0u, 1u, 2u, 7u, 31u, 32u, 511u}) {
        const vFloat x = dst_reg[static_cast<int>(v)];
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            EXPECT_EQ(x.floats()[i], static_cast<float>(place(v, i))) << "vector " << v << " lane " << i;
        }
    }
}

TEST_F(Dst, IsWrittenWhereItIsRead) {
    dst_reg[3] = vFloat(-1.0f);
    for (unsigned i = 0; i < SFP_LANES; ++i) {
        EXPECT_EQ(dst[place(3, i)], bits(-1.0f));
        EXPECT_EQ(dst[place(2, i)], bits(static_cast<float>(place(2, i))));
    }
    dst_reg[0] = dst_reg[2] + dst_reg[1] * 2.0f - 1.0f;
    for (unsigned i = 0; i < SFP_LANES; ++i) {
        EXPECT_EQ(number(dst[place(0, i)]),
                  static_cast<float>(place(2, i)) + 2.0f * static_cast<float>(place(1, i)) - 1.0f);
    }
}

TEST_F(Dst, TruncatesToWhatItHolds) {
    // 1 + 2^-8 + 2^-9 lies above the middle between two bfloat16 values; a store drops what does not fit.
    const vFloat x = number(0x3F80C000);
    dst_reg[0] = x;
    EXPECT_EQ(dst[0], 0x3F80C000u);
    sfpi_test::dst_is_32bit = false;
    dst_reg[0] = x;
    EXPECT_EQ(dst[0], 0x3F800000u);
    dst_reg[0] = -x;
    EXPECT_EQ(dst[0], 0xBF800000u);
    dst_reg[0] = vFloat(number(0x80000001));
    EXPECT_EQ(dst[0], 0x80000000u);
    dst_reg[0] = vUInt(0x12345);
    EXPECT_EQ(dst[0], 0x12345u);
    dst_reg[0].mode<sfpi::DataLayout::F16a>() = vFloat(70000.0f);
    EXPECT_EQ(number(dst[0]), 69952.0f);  // the largest exponent is an ordinary one
    dst_reg[0].mode<sfpi::DataLayout::F16a>() = vFloat(200000.0f);
    EXPECT_EQ(number(dst[0]), 131008.0f);
    dst_reg[0].mode<sfpi::DataLayout::F16a>() = vFloat(number(0x3F801FFF));
    EXPECT_EQ(dst[0], 0x3F800000u);
}

TEST_F(Dst, KeepsIntegersAsTheyAre) {
    dst_reg[0] = vInt(-5);
    EXPECT_EQ(dst[0], 0xFFFFFFFBu);
    const vInt x = dst_reg[0];
    EXPECT_EQ(static_cast<int32_t>(x.get()[0]), -5);
    const vSMag s = dst_reg[0];
    EXPECT_EQ(s.get()[0], 0x80000005u);
    dst_reg[1].mode<sfpi::DataLayout::U16>() = vUInt(0x12345);
    EXPECT_EQ(dst[1], 0x2345u);
}

template <int calls_moved>
void mark() {
    static float next = 0;
    next = calls_moved == 0 ? 0.0f : next;
    for (int i = 0; i < 8; ++i) {
        const vFloat x = dst_reg[0];
        dst_reg[0] = x + 1.0f;
        dst_reg++;
    }
}

TEST_F(Dst, IsWalkedFaceByFace) {
    const auto visited = [&](auto mode) {
        dst.fill(0);
        _llk_math_eltwise_unary_sfpu_params_<false>(mark<0>, 1, mode);
        std::vector<unsigned> faces;
        for (unsigned face = 0; face < 64; ++face) {
            unsigned touched = 0;
            for (unsigned i = 0; i < 256; ++i) {
                touched += dst[face * 256 + i] == bits(1.0f);
            }
            if (touched == 256) {
                faces.push_back(face);
            } else {
                EXPECT_EQ(touched, 0u);
            }
        }
        return faces;
    };
    using Faces = std::vector<unsigned>;
    EXPECT_EQ(visited(VectorMode::RC), (Faces{4, 5, 6, 7}));
    EXPECT_EQ(visited(static_cast<int>(VectorMode::R)), (Faces{4, 5}));
    EXPECT_EQ(visited(VectorMode::C), (Faces{4, 6}));
    EXPECT_EQ(visited(VectorMode::None), (Faces{4}));
}

void add_tiles(uint32_t in0, uint32_t in1, uint32_t out) {
    for (uint32_t i = 0; i < 8; ++i) {
        const vFloat a = dst_reg[static_cast<int>(in0 * 32 + i)];
        const vFloat b = dst_reg[static_cast<int>(in1 * 32 + i)];
        dst_reg[static_cast<int>(out * 32 + i)] = a + b;
    }
}
void scale(float by, int plus) {
    for (int i = 0; i < 8; ++i) {
        dst_reg[i] = dst_reg[i] * by + static_cast<float>(plus);
    }
}

TEST_F(Dst, RunsFunctionsOfTwoTilesAndWithArguments) {
    _llk_math_eltwise_binary_sfpu_params_<false>(add_tiles, 0, 1, 2);
    for (unsigned i = 0; i < 1024; ++i) {
        ASSERT_EQ(number(dst[2048 + i]), static_cast<float>(2 * i + 1024));
    }
    _llk_math_eltwise_unary_sfpu_params_<true>(scale, 2, VectorMode::RC, 0.5f, 3);
    for (unsigned i = 0; i < 1024; ++i) {
        ASSERT_EQ(number(dst[2048 + i]), static_cast<float>(i + 515));
    }
}

void double_it() {
    dst_reg[0] = dst_reg[0] * 0.5f;
}

TEST_F(Dst, HasNoDenormals) {
    dst[0] = 0x00800000;  // halved, the smallest normal number is gone
    dst[2] = 0x00000001;
    _llk_math_eltwise_unary_sfpu_params_<false>(double_it, 0, VectorMode::None);
    EXPECT_EQ(dst[0], 0u);
    EXPECT_EQ(dst[2], 0u);
    volatile float tiny = number(0x00800000);
    EXPECT_NE(tiny * 0.5f, 0.0f) << "the host's own arithmetic keeps its denormals";
}

// --- Registers -------------------------------------------------------------------------------------------------------

TEST(Registers, HoldConstants) {
    EXPECT_EQ(vFloat(vConst0p8373).get()[9], 0x3F56594Bu);
    EXPECT_EQ(vFloat(vConstNeg1).floats()[0], -1.0f);
    EXPECT_EQ(vInt(vConstTileId).get()[31], 62u);
    vConstFloatPrgm0 = 2.5f;
    vConstIntPrgm1 = 77;
    vConstFloatPrgm2 = vFloat(-3.0f);
    EXPECT_EQ((vFloat(1.0f) * vConstFloatPrgm0).floats()[17], 2.5f);
    EXPECT_EQ(vInt(vConstIntPrgm1).get()[31], 77u);
    EXPECT_EQ((1.0f - vFloat(vConstFloatPrgm2)).floats()[0], 4.0f);
    EXPECT_EQ(vFloat(s2vFloat16b(1.5f)).floats()[0], 1.5f);
    EXPECT_EQ(vFloat(s2vFloat16a(0x3C00)).floats()[0], 1.0f);
    EXPECT_EQ(vFloat(s2vFloat16a(3.0f)).floats()[0], 3.0f);
    EXPECT_EQ(vFloat(sFloat16b(0x3dfbu)).get()[5], 0x3DFB0000u);
}

TEST(Registers, KeepVectors) {
    l_reg[LRegs::LReg5] = vFloat(1.25f);
    l_reg[LRegs::LReg6] = l_reg[LRegs::LReg5];
    const vFloat x = l_reg[LRegs::LReg6];
    const vUInt u = l_reg[LRegs::LReg6];
    EXPECT_EQ(x.floats()[31], 1.25f);
    EXPECT_EQ(u.get()[0], bits(1.25f));
}

// --- Functions against the instructions' rules -----------------------------------------------------------------------

TEST(Functions, TakeFloatsApart) {
    check([](Lanes x) { return exexp(vFloat(x)).get(); }, [](uint32_t x) { return (x >> 23 & 255) - 127; });
    check([](Lanes x) { return exexp_nodebias(vFloat(x)).get(); }, [](uint32_t x) { return x >> 23 & 255; });
    check([](Lanes x) { return exman9(vFloat(x)).get(); }, [](uint32_t x) { return x & 0x7FFFFF; });
    check([](Lanes x) { return exman8(vFloat(x)).get(); }, [](uint32_t x) { return (x & 0x7FFFFF) | 0x800000; });
    check([](Lanes x) { return exsgn(vFloat(x)).get(); }, [](uint32_t x) { return x >> 31; });
}

TEST(Functions, PutFloatsTogether) {
    check([](Lanes x) { return setexp(vFloat(x), 127).get(); },
          [](uint32_t x) { return (x & 0x807FFFFF) | 127u << 23; });
    check2([](Lanes x, Lanes y) { return setexp(vFloat(x), vInt(y)).get(); },
           [](uint32_t x, uint32_t y) { return (x & 0x807FFFFF) | (y & 255) << 23; });
    check2([](Lanes x, Lanes y) { return copyexp(vFloat(x), vFloat(y)).get(); },
           [](uint32_t x, uint32_t y) { return (x & 0x807FFFFF) | (y & 0x7F800000); });
    check2([](Lanes x, Lanes y) { return setman(vFloat(x), vInt(y)).get(); },
           [](uint32_t x, uint32_t y) { return (x & 0xFF800000) | (y & 0x7FFFFF); });
    check([](Lanes x) { return setsgn(vFloat(x), 1).get(); }, [](uint32_t x) { return x | 0x80000000; });
    check2([](Lanes x, Lanes y) { return setsgn(vFloat(x), vFloat(y)).get(); },
           [](uint32_t x, uint32_t y) { return (x & 0x7FFFFFFF) | (y & 0x80000000); });
    check([](Lanes x) { return addexp(vFloat(x), -3).get(); },
          [](uint32_t x) {
              const uint32_t e = x >> 23 & 255;
              return e == 255 ? x : (x & 0x807FFFFF) | ((e - 3) & 255) << 23;
          });
    check([](Lanes x) { return (-vFloat(x)).get(); }, [](uint32_t x) { return x ^ 0x80000000; });
}

TEST(Functions, HandleBits) {
    check([](Lanes x) { return sfpi::abs(vFloat(x)).get(); },
          [](uint32_t x) { return x > 0xFF800000 ? x : x & 0x7FFFFFFF; });
    check([](Lanes x) { return sfpi::abs(vInt(x)).get(); },
          [](uint32_t x) { return static_cast<int32_t>(x) < 0 ? 0 - x : x; });
    check([](Lanes x) { return lz(vInt(x)).get(); }, [](uint32_t x) { return x == 0 ? 32 : __builtin_clz(x); });
    check([](Lanes x) { return lz_nosgn(vInt(x)).get(); },
          [](uint32_t x) { return (x & 0x7FFFFFFF) == 0 ? 32 : __builtin_clz(x & 0x7FFFFFFF); });
    check2([](Lanes x, Lanes y) { return shft(vUInt(x), vInt(y)).get(); },
           [](uint32_t x, uint32_t y) {
               const int32_t amount = static_cast<int32_t>(y);
               return amount >= 0 ? x << (y & 31) : x >> ((0 - y) & 31);
           });
    check([](Lanes x) { return (vUInt(x) >> 3).get(); }, [](uint32_t x) { return x >> 3; });
    check([](Lanes x) { return (vInt(x) << 3).get(); }, [](uint32_t x) { return x << 3; });
#if !defined(ARCH_WORMHOLE)
    check([](Lanes x) { return (vInt(x) >> 3).get(); }, [](uint32_t x) { return static_cast<int32_t>(x) >> 3; });
#endif
    check2([](Lanes x, Lanes y) { return ((vInt(x) ^ ~vInt(y)) & 0xFF).get(); },
           [](uint32_t x, uint32_t y) { return (x ^ ~y) & 0xFF; });
    check2([](Lanes x, Lanes y) { return (vInt(x) - vInt(y) + 3).get(); },
           [](uint32_t x, uint32_t y) { return x - y + 3; });
}

// The published test of integer representation, as far as it is about values.
TEST(Functions, MixSignedAndUnsigned) {
    const vInt minus_one = -1;
    const vUInt all_ones = vUInt(0xffff) | vUInt(0xffff) << 16;
    vUInt difference = minus_one ^ all_ones;
    EXPECT_EQ(difference.get()[0], 0u);
    const vUInt sign_one = setsgn(vUInt(1), 1);
    EXPECT_EQ(sign_one.get()[0], 0x80000001u);
    const vUInt minus_two = -2;
    EXPECT_EQ((minus_two >> 1).get()[0], 0x7FFFFFFFu);
    vInt e = lz(vInt(1)) - 19;
    EXPECT_EQ(static_cast<int32_t>(e.get()[0]), 12);
    e = ~e;
    e++;
    EXPECT_EQ(static_cast<int32_t>(e.get()[0]), -12);
}

uint32_t round_float(uint32_t x, unsigned dropped) {
    const uint32_t e = x >> 23 & 255;
    if (e == 0) {
        return 0;
    }
    if (e == 255) {
        return x & 0xFF800000;
    }
    const uint32_t low = x & ((1u << dropped) - 1);
    return x - low + (low >= 1u << (dropped - 1) ? 1u << dropped : 0);
}

uint32_t round_integer(uint32_t x, uint32_t limit, bool sign) {
    const int e = static_cast<int>(x >> 23 & 255) - 127;
    uint32_t magnitude;
    if (e < -1) {
        magnitude = 0;
    } else if (e >= 16) {
        magnitude = limit;
    } else {
        magnitude = static_cast<uint32_t>(std::floor(std::fabs(static_cast<double>(number(x))) + 0.5));
        magnitude = magnitude > limit ? limit : magnitude;
    }
    return magnitude | (sign && magnitude != 0 ? x & 0x80000000 : 0);
}

TEST(Functions, Round) {
    check([](Lanes x) { return float_to_fp16b(vFloat(x), 0).get(); }, [](uint32_t x) { return round_float(x, 16); });
    check([](Lanes x) { return float_to_fp16a(vFloat(x), RoundMode::Nearest).get(); },
          [](uint32_t x) { return round_float(x, 13); });
    check([](Lanes x) { return float_to_uint8(vFloat(x), 0).get(); },
          [](uint32_t x) { return round_integer(x, 255, false); });
    check([](Lanes x) { return float_to_int8(vFloat(x), 0).get(); },
          [](uint32_t x) { return round_integer(x, 127, true); });
    check([](Lanes x) { return float_to_uint16(vFloat(x), 0).get(); },
          [](uint32_t x) { return round_integer(x, 65535, false); });
    check([](Lanes x) { return float_to_int16(vFloat(x), 0).get(); },
          [](uint32_t x) { return round_integer(x, 32767, true); });
    check([](Lanes x) { return int32_to_float(vInt(x), 0).get(); },
          [](uint32_t x) { return bits(static_cast<float>(x & 0x7FFFFFFF)) | (x & 0x80000000); });
    check([](Lanes x) { return convert<vFloat>(vInt(x), RoundMode::Nearest).get(); },
          [](uint32_t x) { return x == 0x80000000 ? 0x80000000 : bits(static_cast<float>(static_cast<int32_t>(x))); });
    check([](Lanes x) { return convert<vInt>(vSMag(x)).get(); },
          [](uint32_t x) { return (x & 0x80000000) != 0 ? 0 - (x & 0x7FFFFFFF) : x; });
    check([](Lanes x) { return int32_to_uint8(vInt(x), 20, 0).get(); },
          [](uint32_t x) {
              const double scaled = std::floor((x & 0x7FFFFFFF) / 1048576.0 + 0.5);
              return scaled > 255 ? 255 : scaled;
          });
}

TEST(Functions, RoundAtRandomToANeighbour) {
    unsigned up = 0;
    for (int n = 0; n < 64; ++n) {
        const Lanes x = float_to_fp16b(vFloat(number(0x3F804000)), 1).get();  // a quarter of the way up
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            ASSERT_TRUE(x[i] == 0x3F800000 || x[i] == 0x3F810000);
            up += x[i] == 0x3F810000;
        }
    }
    EXPECT_GT(up, 300u);
    EXPECT_LT(up, 800u);
}

bool smag_less(uint32_t a, uint32_t b) {
    const auto key = [](uint32_t x) {
        return (x & 0x80000000) != 0 ? -1 - static_cast<int64_t>(x & 0x7FFFFFFF) : static_cast<int64_t>(x);
    };
    return key(a) < key(b);
}

TEST(Functions, OrderPairs) {
    check2(
        [](Lanes x, Lanes y) {
            vFloat a = x;
            vFloat b = y;
            vec_min_max(a, b);
            return a.get();
        },
        [](uint32_t x, uint32_t y) { return smag_less(y, x) ? y : x; });
    check2([](Lanes x, Lanes y) { return sfpi::max(vFloat(x), vFloat(y)).get(); },
           [](uint32_t x, uint32_t y) { return smag_less(y, x) ? x : y; });
    EXPECT_EQ(clamp(vFloat(5.0f), -1.0f, 1.0f).floats()[3], 1.0f);
    const auto pair = min_max(vFloat(1.0f), vFloat(2.0f), 0x2);  // the second row the other way round
    EXPECT_EQ(pair.first.floats()[7], 1.0f);
    EXPECT_EQ(pair.first.floats()[8], 2.0f);
    EXPECT_EQ(pair.first.floats()[16], 1.0f);
    vInt a = 1;
    vInt b = 2;
    vec_swap(a, b);
    EXPECT_EQ(a.get()[0], 2u);
    EXPECT_EQ(b.get()[0], 1u);
}

TEST(Functions, MoveBetweenLanes) {
    Lanes rows[4];
    for (unsigned v = 0; v < 4; ++v) {
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            rows[v][i] = 100 * v + i;
        }
    }
    vUInt a = rows[0], b = rows[1], c = rows[2], d = rows[3];
    subvec_transp(a, b, c, d);
    const Lanes result[4] = {a.get(), b.get(), c.get(), d.get()};
    for (unsigned v = 0; v < 4; ++v) {
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            EXPECT_EQ(result[v][i], 100 * (i / 8) + 8 * v + i % 8);
        }
    }
    const Lanes rotated = subvec_shflror1(vUInt(rows[0]));
    const Lanes shifted = subvec_shflshr1(vUInt(rows[0]));
    for (unsigned i = 0; i < SFP_LANES; ++i) {
        EXPECT_EQ(rotated[i], i % 8 != 0 ? i - 1 : i + 7);
        EXPECT_EQ(shifted[i], i % 8 != 0 ? i - 1 : 0);
    }
}

float lut8(uint32_t x) {
    x &= 255;
    return x == 255 ? 0.0f : number((x >> 7) << 31 | (127 - (x >> 4 & 7)) << 23 | (x & 15) << 19);
}
float lut16(uint32_t x) {
    const uint32_t e = x >> 10 & 31;
    return number((x >> 15 & 1) << 31 | (e == 31 ? 0 : 112 + e) << 23 | (x & 0x3FF) << 13);
}

TEST(Functions, LookUpTables) {
    const uint32_t table[3] = {0x3847, 0x92FF, 0xFF24};
    const uint32_t halves[3] = {0x3C003800, 0xB8004000, 0x7C003555};
    for (float x = -5.0f; x <= 5.0f; x += 0.125f) {
        const float b = std::fabs(x);
        const uint32_t i = b < 1.0f ? 0 : b < 2.0f ? 1 : 2;
        const float own = lut8(table[i] >> 8) * b + lut8(table[i]);
        EXPECT_EQ(lut(vFloat(x), vUInt(table[0]), vUInt(table[1]), vUInt(table[2])).floats()[4], std::copysign(own, x));
        EXPECT_EQ(lut_sign(vFloat(x), vUInt(table[0]), vUInt(table[1]), vUInt(table[2])).floats()[4], own);
        EXPECT_EQ(lut2_sign(vFloat(x), vUInt(halves[0]), vUInt(halves[1]), vUInt(halves[2])).floats()[4],
                  lut16(halves[i] >> 16) * b + lut16(halves[i] & 0xFFFF));
        EXPECT_EQ(
            lut2_sign(vFloat(x), vFloat(1.0f), vFloat(2.0f), vFloat(3.0f), vFloat(0.5f), vFloat(0.25f), vFloat(0.125f))
                .floats()[4],
            static_cast<float>(i + 1) * b + std::ldexp(0.5f, -static_cast<int>(i)));
        const uint32_t low = b < 0.5f || (b >= 1.0f && b < 1.5f) || (b >= 2.0f && b < 3.0f) ? 0 : 16;
        EXPECT_EQ(lut2_sign(vFloat(x), vUInt(halves[0]), vUInt(halves[1]), vUInt(halves[1]), vUInt(halves[1]),
                            vUInt(halves[0]), vUInt(halves[0]), 1)
                      .floats()[4],
                  lut16(halves[i == 0 ? 0 : 1] >> low & 0xFFFF) * b + lut16(halves[i == 0 ? 1 : 0] >> low & 0xFFFF));
    }
}

TEST(Functions, ComputeWhatTheirNamesSay) {
    for (float x = -80.0f; x < 85.0f; x += 0.37f) {
        const float e = ckernel::sfpu::_sfpu_exp_(vFloat(x)).floats()[0];
        EXPECT_NEAR(e / std::exp(static_cast<double>(x)), 1.0, 3e-7) << x;
        const float l = ckernel::sfpu::_sfpu_log_(vFloat(e)).floats()[1];
        EXPECT_NEAR(l, std::log(static_cast<double>(e)), 1e-6 * (1 + std::fabs(x))) << x;
        EXPECT_FLOAT_EQ(ckernel::sfpu::_sfpu_reciprocal_<2>(vFloat(x)).floats()[2], 1.0f / x);
    }
    EXPECT_EQ(ckernel::sfpu::_sfpu_exp_(vFloat(-__builtin_inff())).floats()[0], 0.0f);
    EXPECT_EQ(ckernel::sfpu::_sfpu_exp_(vFloat(100.0f)).floats()[0], __builtin_inff());
    EXPECT_EQ(polynomial(vFloat(2.0f), 1.0f, 3.0f, vFloat(0.5f)).floats()[0], 9.0f);
    const vInt nearest = sfpi::round(vFloat(2.5f));
    EXPECT_EQ(nearest.get()[0], 2u);
#if !defined(ARCH_WORMHOLE)
    for (float x = 0.01f; x < 1000.0f; x *= 1.37f) {
        EXPECT_NEAR(approx_recip(vFloat(x)).floats()[0] * x, 1.0f, 0.008f);
        EXPECT_NEAR(approx_recip(vFloat(-x), RecipMode::IfNegative).floats()[0] * -x, 1.0f, 0.008f);
        EXPECT_EQ(approx_recip(vFloat(x), RecipMode::IfNegative).floats()[0], x);
    }
    check2([](Lanes x, Lanes y) { return fractional_mul(vUInt(x), vUInt(y), FractionalHalf::High).get(); },
           [](uint32_t x, uint32_t y) { return (uint64_t{x & 0x7FFFFF} * (y & 0x7FFFFF) >> 23) & 0x7FFFFF; });
#endif
}

}  // namespace

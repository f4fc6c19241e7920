// What the golden vectors do not cover of the exact arithmetic's definition, by properties: 8-bit floats in products,
// moves between sources and DST and back, and every code of every format through unpacker and packer.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include <base/error.h>
#include <tensix/arithmetic.h>

namespace {

using namespace tessera::tensix;
using Words = std::vector<uint32_t>;
using Bytes = std::vector<uint8_t>;

constexpr Chip chips[] = {Chip::Wormhole, Chip::Blackhole};

const Arithmetic& definition(Chip chip) {
    return *arithmetic_by_name(MathMode::Exact, chip, "scalar");
}

Bytes random_bytes(size_t count, uint32_t seed) {
    std::mt19937 random(seed);
    Bytes out(count);
    for (uint8_t& b : out) {
        b = static_cast<uint8_t>(random());
    }
    return out;
}

Words unpacked(const Arithmetic& a, DataFormat format, Precision to, const Bytes& tile, uint32_t datums) {
    Words out(datums);
    a.unpack(format, to, tile.data(), tile.data() + exponent_bytes(format, datums), datums, out.data());
    return out;
}

Bytes packed(const Arithmetic& a, const PackPlan& plan, const Words& dst) {
    const auto datums = static_cast<uint32_t>(dst.size());
    Bytes out(tile_bytes(plan.format, datums));
    a.pack(plan, dst.data(), datums, out.data(), out.data() + exponent_bytes(plan.format, datums));
    return out;
}

Words moved(const Arithmetic& a, Precision src, Precision dst, const Words& words) {
    Words out(words.size());
    a.to_dst(src, dst, words.data(), out.data(), static_cast<uint32_t>(words.size()));
    return out;
}

// Every code of 16 bits.
Bytes all_codes16() {
    Bytes out(2 * 65536);
    for (uint32_t i = 0; i < 65536; ++i) {
        out[2 * i] = static_cast<uint8_t>(i);
        out[2 * i + 1] = static_cast<uint8_t>(i >> 8);
    }
    return out;
}

uint32_t code16(const Bytes& bytes, size_t i) {
    return bytes[2 * i] | static_cast<uint32_t>(bytes[2 * i + 1]) << 8;
}

// Copying fp16 and bf16 through source and DST changes nothing but what has no exponent, and bf16's NaN.
TEST(Rules, EverySixteenBitCodeSurvivesACopy) {
    const Bytes codes = all_codes16();
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        for (const bool fp16 : {false, true}) {
            const DataFormat format = fp16 ? DataFormat::Float16 : DataFormat::Float16_b;
            const Precision precision = fp16 ? Precision::Fp16 : Precision::Bf16;
            PackPlan plan;
            plan.format = format;
            plan.dst = precision;
            const Bytes out =
                packed(a, plan, moved(a, precision, precision, unpacked(a, format, precision, codes, 65536)));
            for (uint32_t i = 0; i < 65536; ++i) {
                const uint32_t exponent = fp16 ? i & 0x7C00 : i & 0x7F80;
                const bool nan = !fp16 && (i & 0x7FFF) > 0x7F80;
                const uint32_t want = exponent == 0 ? 0 : nan ? (i & 0x8000) | 0x7F80 : i;
                ASSERT_EQ(code16(out, i), want) << name(format) << " " << i;
            }
        }
    }
}

TEST(Rules, EveryByteSurvivesACopy) {
    Bytes codes(256);
    for (uint32_t i = 0; i < 256; ++i) {
        codes[i] = static_cast<uint8_t>(i);
    }
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        for (const DataFormat format : {DataFormat::Lf8, DataFormat::Fp8_e4m3}) {
            if (format == DataFormat::Fp8_e4m3 && chip == Chip::Wormhole) {
                EXPECT_THROW(unpacked(a, format, Precision::Fp16, codes, 256), tessera::Error);
                continue;
            }
            const Words words = unpacked(a, format, Precision::Fp16, codes, 256);
            PackPlan plan;
            plan.format = format;
            plan.dst = Precision::Fp16;
            const Bytes out = packed(a, plan, moved(a, Precision::Fp16, Precision::Fp16, words));
            const uint32_t mantissa_bits = format == DataFormat::Lf8 ? 2 : 3;
            for (uint32_t i = 0; i < 256; ++i) {
                ASSERT_EQ(out[i], (i & 0x7F) >> mantissa_bits == 0 ? 0 : i) << name(format);
            }
        }
        // Integers, except that -0 comes back as 0.
        for (const DataFormat format : {DataFormat::Int8, DataFormat::UInt8}) {
            PackPlan plan;
            plan.format = format;
            plan.dst = Precision::Int8;
            const Words dst =
                moved(a, Precision::Int8, Precision::Int8, unpacked(a, format, Precision::Int8, codes, 256));
            const Bytes out = packed(a, plan, dst);
            for (uint32_t i = 0; i < 256; ++i) {
                ASSERT_EQ(out[i], format == DataFormat::Int8 && i == 0x80 ? 0 : i) << name(format);
            }
        }
    }
}

// A block whose largest magnitude is normalised comes back as it was, but for negative zeros, which are minus infinity.
TEST(Rules, BlocksSurviveACopy) {
    struct Block {
        DataFormat format;
        Precision precision;
        uint32_t bits, lowest, highest;  // of the shared exponent
    };
    // From the lowest exponent on, no datum of the block falls below exponent 1.
    const std::array blocks = {
        Block{DataFormat::Bfp8_b, Precision::Bf16, 8, 8, 254}, Block{DataFormat::Bfp4_b, Precision::Bf16, 4, 4, 254},
        Block{DataFormat::Bfp2_b, Precision::Bf16, 2, 2, 254}, Block{DataFormat::Bfp8, Precision::Fp16, 8, 8, 31},
        Block{DataFormat::Bfp4, Precision::Fp16, 4, 4, 31},    Block{DataFormat::Bfp2, Precision::Fp16, 2, 2, 31}};
    std::mt19937 random(7);
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        for (const Block& block : blocks) {
            Bytes tile(tile_bytes(block.format, 1024));
            uint8_t* data = tile.data() + exponent_bytes(block.format, 1024);
            const uint32_t magnitudes = 1u << (block.bits - 1);
            for (uint32_t i = 0; i < 1024; ++i) {
                tile[i / 16] = static_cast<uint8_t>(block.lowest + i / 16 * 5 % (block.highest - block.lowest + 1));
                uint32_t magnitude = random() % magnitudes;
                magnitude = i % 16 == 3 ? magnitude | magnitudes / 2 : magnitude;
                const uint32_t sign = magnitude != 0 ? random() & 1 : 0;
                data[i * block.bits / 8] |=
                    static_cast<uint8_t>((sign << (block.bits - 1) | magnitude) << (i * block.bits % 8));
            }
            PackPlan plan;
            plan.format = block.format;
            plan.dst = block.precision;
            const Words words = unpacked(a, block.format, block.precision, tile, 1024);
            EXPECT_EQ(packed(a, plan, moved(a, block.precision, block.precision, words)), tile) << name(block.format);
        }
    }
}

// What goes to DST and back to a source of the same precision is what it was; zeros of either sign and denormals are
// +0.
TEST(Rules, SourceToDstAndBack) {
    const Bytes codes = all_codes16();
    const auto through = [](const Arithmetic& a, Precision src, Precision dst, const Words& words) {
        const Words held = moved(a, src, dst, words);
        Words back(words.size());
        a.to_source(dst, src, held.data(), back.data(), static_cast<uint32_t>(held.size()));
        for (size_t i = 0; i < words.size(); ++i) {
            const uint32_t want = (words[i] & 0x7F800000) == 0 ? 0 : words[i];
            ASSERT_EQ(back[i], want) << "precision " << static_cast<int>(src) << " word " << std::hex << words[i];
        }
    };
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        const Words bf16 = unpacked(a, DataFormat::Float16_b, Precision::Bf16, codes, 65536);
        through(a, Precision::Bf16, Precision::Bf16, bf16);
        through(a, Precision::Bf16, Precision::Fp32, bf16);
        through(a, Precision::Fp16, Precision::Fp16, unpacked(a, DataFormat::Float16, Precision::Fp16, codes, 65536));
        const Bytes raw = random_bytes(65536, 3);
        through(a, Precision::Tf32, Precision::Fp32, unpacked(a, DataFormat::Float32, Precision::Tf32, raw, 16384));
        through(a, Precision::Int8, Precision::Int8, unpacked(a, DataFormat::Int8, Precision::Int8, raw, 65536));
    }
}

// fp32 in DST is cut, not rounded, on its way back to a source.
TEST(Rules, DstIsCutToASource) {
    const Words dst = {0x3F80FFFF, 0x3F801FFF, 0xBFFFFFFF, 0x7F7FFFFF};
    for (const Chip chip : chips) {
        Words out(4);
        definition(chip).to_source(Precision::Fp32, Precision::Bf16, dst.data(), out.data(), 4);
        EXPECT_EQ(out, (Words{0x3F800000, 0x3F800000, 0xBFFF0000, 0x7F7F0000}));
        definition(chip).to_source(Precision::Fp32, Precision::Tf32, dst.data(), out.data(), 4);
        EXPECT_EQ(out, (Words{0x3F80E000, 0x3F800000, 0xBFFFE000, 0x7F7FE000}));
    }
}

// Products of 8-bit floats are the products of the fp16 values that they spell.
TEST(Rules, EightBitFloatsInProducts) {
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        for (const DataFormat format : {DataFormat::Lf8, DataFormat::Fp8_e4m3}) {
            if (format == DataFormat::Fp8_e4m3 && chip == Chip::Wormhole) {
                continue;
            }
            for (const Precision dst_precision : {Precision::Fp16, Precision::Fp32}) {
                for (uint8_t phases = 1; phases <= 4; ++phases) {
                    const Bytes bytes[2] = {random_bytes(1024, phases), random_bytes(1024, phases + 10u)};
                    Words by_format[2], by_fp16[2];
                    for (int s = 0; s < 2; ++s) {
                        by_format[s] = unpacked(a, format, Precision::Fp16, bytes[s], 1024);
                        Bytes wide(2048);
                        for (size_t i = 0; i < 1024; ++i) {
                            const uint32_t b = bytes[s][i], e = (b >> 3) & 0xF;
                            const bool full = chip == Chip::Blackhole && (b & 0x7F) == 0x7F;
                            const uint32_t h = format == DataFormat::Lf8 ? b << 8 | (full ? 0xFF : 0)
                                               : e == 0
                                                   ? 0
                                                   : (b & 0x80) << 8 | (e + 8) << 10 | (b & 7) << 7 | (full ? 0x7F : 0);
                            wide[2 * i] = static_cast<uint8_t>(h);
                            wide[2 * i + 1] = static_cast<uint8_t>(h >> 8);
                        }
                        by_fp16[s] = unpacked(a, DataFormat::Float16, Precision::Fp16, wide, 1024);
                    }
                    Words results[2];
                    for (int way = 0; way < 2; ++way) {
                        const Words* in = way == 0 ? by_format : by_fp16;
                        results[way].assign(1024, 0);
                        const MatmulOperand in0{in[0].data()}, in1{in[1].data()};
                        MatmulPlan plan;
                        plan.in0 = &in0;
                        plan.in1 = &in1;
                        plan.dst = results[way].data();
                        plan.phases = phases;
                        plan.src = Precision::Fp16;
                        plan.dst_precision = dst_precision;
                        a.matmul(plan);
                    }
                    EXPECT_EQ(results[0], results[1]) << name(format) << " phases " << int{phases};
                    EXPECT_NE(results[0], Words(1024, 0));
                }
            }
        }
    }
}

// A sum of integers stops at the largest one; a product of four phases is the product.
TEST(Rules, IntegersSaturate) {
    for (const Chip chip : chips) {
        const Arithmetic& a = definition(chip);
        Bytes x(256), y(256);
        for (uint32_t i = 0; i < 256; ++i) {
            x[i] = static_cast<uint8_t>(i);
            y[i] = static_cast<uint8_t>(37 * i + 11);
        }
        const Words in0 = unpacked(a, DataFormat::Int8, Precision::Int8, x, 256);
        const Words in1 = unpacked(a, DataFormat::Int8, Precision::Int8, y, 256);
        EltwisePlan plan;
        plan.op = EltwiseOp::Mul;
        plan.src = plan.dst = Precision::Int8;
        Words dst(256);
        a.eltwise(plan, in0.data(), in1.data(), dst.data(), 256);
        const auto value = [](uint8_t b) { return (b & 0x80 ? -1 : 1) * (b & 0x7F); };
        for (uint32_t i = 0; i < 256; ++i) {
            const int want = value(x[i]) * value(y[i]);
            ASSERT_EQ(dst[i], want < 0 ? 0x80000000u | static_cast<uint32_t>(-want) : static_cast<uint32_t>(want));
        }
        plan.op = EltwiseOp::Add;
        plan.accumulate = true;
        dst.assign(256, 0x7FFFFFFF - 3);
        a.eltwise(plan, in0.data(), in0.data(), dst.data(), 256);
        EXPECT_EQ(dst[1], 0x7FFFFFFEu);
        EXPECT_EQ(dst[2], 0x7FFFFFFFu);
        EXPECT_EQ(dst[100], 0x7FFFFFFFu);
        EXPECT_EQ(dst[0x81], 0x7FFFFFFAu);
    }
}

// Only Wormhole normalises a sum of minus one unit wrongly, and only in 32-bit DST: 1 - (1 + 2^-23), the difference of
// one unit, comes out 27 binary orders too large.
TEST(Rules, SmallestNegativeSum) {
    for (const Chip chip : chips) {
        const uint32_t one = 127u << 23, zero = 0;
        EltwisePlan plan;
        plan.op = EltwiseOp::Add;
        plan.accumulate = true;
        plan.dst = Precision::Fp32;
        uint32_t dst = 0xBF800001;
        definition(chip).eltwise(plan, &one, &zero, &dst, 1);
        EXPECT_EQ(dst, 0x80000000u | (chip == Chip::Wormhole ? 131u : 104u) << 23);
    }
}

// A maximum of nothing but negative numbers is one of them, and cleared DST is below it.
TEST(Rules, MaximumOfNegatives) {
    for (const Chip chip : chips) {
        for (const Precision dst : {Precision::Bf16, Precision::Fp32}) {
            Words a(256), scaler(256, 127u << 23), out(64, 0x12345678);
            for (uint32_t i = 0; i < 256; ++i) {
                a[i] = 0x80000000u | (100 + (i / 16 * 7 + i) % 16) << 23;
            }
            PoolPlan plan;
            plan.max = true;
            plan.fresh = true;
            plan.dst = dst;
            definition(chip).pool(plan, a.data(), scaler.data(), out.data());
            for (uint32_t i = 0; i < 64; ++i) {
                uint32_t best = 0xFFFFFFFF;
                for (uint32_t k = 0; k < 16; ++k) {
                    best = std::min(best, a[k * 16 + i % 16]);
                }
                EXPECT_EQ(out[i], i < 16 ? best : 0);
            }
        }
    }
}

}  // namespace

// Shadows follow copies down to single datums, and hold only where the bytes are still those that were packed.
#include <gtest/gtest.h>
#include <numerics/functions.h>
#include <numerics/memory_shadow.h>
#include <tensix/sfpu.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

namespace tessera::numerics {
namespace {

uint16_t bf16(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    return static_cast<uint16_t>(bits >> 16);
}

/// A packed row of n bf16 values 1, 2, 3, ... whose shadows are a hundredth above them.
std::shared_ptr<Packed> row(uint32_t n) {
    auto packed = std::make_shared<Packed>();
    packed->format = DataFormat::Float16_b;
    for (uint32_t i = 0; i < n; ++i) {
        const uint16_t word = bf16(static_cast<float>(i + 1));
        packed->bytes.push_back(static_cast<uint8_t>(word));
        packed->bytes.push_back(static_cast<uint8_t>(word >> 8));
        packed->shadows.push_back(i + 1.01);
    }
    return packed;
}

struct Reading {
    std::vector<double> values;
    Found found;
};

Reading read(const MemoryShadow& shadow, const uint8_t* memory, uint32_t n) {
    Reading result;
    std::vector<double> actual(n);
    decode(DataFormat::Float16_b, memory, memory, n, actual.data());
    result.values.resize(n);
    result.found = shadow.read(memory, DataFormat::Float16_b, 0, n, actual.data(), result.values.data());
    return result;
}

class MemoryShadowTest : public ::testing::Test {
protected:
    // Large enough that copies cross the regions that memory is divided into.
    std::vector<uint8_t> memory_ = std::vector<uint8_t>(512 * 1024);
    MemoryShadow shadow_;

    uint8_t* at(size_t offset) { return memory_.data() + offset; }
    void place(size_t offset, const std::shared_ptr<Packed>& packed) {
        std::memcpy(at(offset), packed->bytes.data(), packed->bytes.size());
        shadow_.write(at(offset), packed);
    }
    void copy(size_t to, size_t from, size_t bytes) {
        std::memcpy(at(to), at(from), bytes);
        shadow_.copy(at(to), at(from), bytes);
    }
};

TEST_F(MemoryShadowTest, FollowsCopiesOfPartsOfTiles) {
    place(0, row(64));
    copy(1000, 32, 32);  // values 17 to 32
    copy(5000, 1008, 16);
    const Reading there = read(shadow_, at(1000), 16);
    EXPECT_EQ(there.found.shadowed, 16u);
    for (uint32_t i = 0; i < 16; ++i) {
        EXPECT_DOUBLE_EQ(there.values[i], 17 + i + 0.01);
    }
    const Reading again = read(shadow_, at(5000), 16);
    EXPECT_EQ(again.found.shadowed, 8u);
    EXPECT_DOUBLE_EQ(again.values[0], 21.01);
    EXPECT_DOUBLE_EQ(again.values[8], 0);  // nothing was copied there
}

TEST_F(MemoryShadowTest, CopiesAcrossRegions) {
    place(0, row(1024));
    const size_t target = 64 * 1024 * 3 - 1000;
    copy(target, 0, 2048);
    const Reading there = read(shadow_, at(target), 1024);
    EXPECT_EQ(there.found.shadowed, 1024u);
    EXPECT_EQ(there.found.restarted, 0u);
    EXPECT_DOUBLE_EQ(there.values[1023], 1024.01);
}

TEST_F(MemoryShadowTest, RestartsWhereBytesWereChanged) {
    place(0, row(32));
    const uint16_t changed = bf16(7.5f);
    std::memcpy(at(10), &changed, 2);
    const Reading there = read(shadow_, at(0), 32);
    EXPECT_EQ(there.found.restarted, 1u);
    EXPECT_EQ(there.found.shadowed, 31u);
    EXPECT_DOUBLE_EQ(there.values[5], 7.5);
    EXPECT_DOUBLE_EQ(there.values[6], 7.01);
}

TEST_F(MemoryShadowTest, WritesCutWhatWasThere) {
    place(0, row(64));
    place(32, row(16));
    shadow_.forget(at(64), 32);
    const Reading there = read(shadow_, at(0), 64);
    EXPECT_EQ(there.found.shadowed, 48u);
    EXPECT_EQ(there.found.restarted, 0u);
    EXPECT_DOUBLE_EQ(there.values[15], 16.01);
    EXPECT_DOUBLE_EQ(there.values[16], 1.01);
    EXPECT_DOUBLE_EQ(there.values[32], 33);
    EXPECT_DOUBLE_EQ(there.values[48], 49.01);
}

TEST_F(MemoryShadowTest, UnshadowedBytesEraseTheShadowTheyAreCopiedOver) {
    place(0, row(16));
    copy(0, 4096, 32);
    EXPECT_EQ(read(shadow_, at(0), 16).found.shadowed, 0u);
    EXPECT_EQ(read(shadow_, at(0), 16).found.restarted, 0u);
}

TEST_F(MemoryShadowTest, AnotherFormatOrAnOddOffsetRestarts) {
    place(0, row(32));
    std::vector<double> actual(16), out(16);
    EXPECT_EQ(shadow_.read(at(0), DataFormat::Float32, 0, 16, actual.data(), out.data()).restarted, 16u);
    EXPECT_EQ(shadow_.read(at(1), DataFormat::Float16_b, 0, 16, actual.data(), out.data()).shadowed, 0u);
}

TEST_F(MemoryShadowTest, BlocksNeedTheirExponents) {
    auto packed = std::make_shared<Packed>();
    packed->format = DataFormat::Bfp8_b;
    packed->exponents = 64;
    packed->bytes.assign(64 + 1024, 0x40);
    std::fill_n(packed->bytes.begin(), 64, uint8_t{127});
    packed->shadows.assign(1024, 1.25);
    place(0, packed);
    std::vector<double> actual(1024), out(1024);
    const auto look = [&] {
        decode(DataFormat::Bfp8_b, at(0), at(64), 1024, actual.data());
        return shadow_.read(at(0), DataFormat::Bfp8_b, 64, 1024, actual.data(), out.data());
    };
    EXPECT_EQ(look().shadowed, 1024u);
    EXPECT_DOUBLE_EQ(actual[3], 1.0);
    EXPECT_DOUBLE_EQ(out[3], 1.25);
    *at(2) = 128;  // the exponent of values 32 to 47
    EXPECT_EQ(look().restarted, 16u);
    EXPECT_DOUBLE_EQ(out[32], 2.0);
    EXPECT_DOUBLE_EQ(out[48], 1.25);
}

TEST(Errors, AreWhatTheirDefinitionsSay) {
    const double shadow[] = {1.0, 2.0, -4.0, 0.0, 1e-9};
    const double actual[] = {1.0078125, 2.0, -4.0625, 0.0, 0.0};
    Errors errors;
    errors.add(DataFormat::Float16_b, actual, shadow, 5);
    EXPECT_EQ(errors.values, 5u);
    EXPECT_DOUBLE_EQ(errors.max_relative, 0.015625);
    // bf16 has 2^-7 at 1 and 2^-5 at 4: one ULP and two; 1e-9 is 1e-9 / 2^-37 of one.
    const double small = 1e-9 / std::ldexp(1.0, -30 - 7);
    EXPECT_DOUBLE_EQ(errors.max_ulp, small);
    EXPECT_DOUBLE_EQ(errors.mean_ulp(), (1 + 2 + small) / 5);
    const double least = std::sqrt(21.0 / 5) / 1024;
    EXPECT_NEAR(errors.mean_relative(), (0.0078125 + 0.015625 + 1e-9 / least) / 5, 1e-15);
    EXPECT_NEAR(errors.pcc(), 1, 1e-4);
    EXPECT_LT(errors.pcc(), 1);
}

TEST(Errors, CountWhatAFormatLoses) {
    const double infinity = INFINITY;
    const double shadow[] = {1e39, 1e39, 1e-40, 1.0, 5.0};
    const double actual[] = {infinity, 3.3895313892515355e38, 0.0, std::nan(""), 5.0};
    Errors errors;
    errors.add(DataFormat::Float16_b, actual, shadow, 5);
    EXPECT_EQ(errors.infinities, 1u);
    EXPECT_EQ(errors.saturated, 1u);
    EXPECT_EQ(errors.flushed, 1u);
    EXPECT_EQ(errors.nans, 1u);
}

TEST(Errors, MergedPartsAreTheWhole) {
    std::vector<double> shadow(1000), actual(1000);
    for (size_t i = 0; i < shadow.size(); ++i) {
        shadow[i] = 1e6 + std::sin(static_cast<double>(i));
        actual[i] = shadow[i] + 0.3 * std::cos(7.0 * static_cast<double>(i));
    }
    Errors whole, parts;
    whole.add(DataFormat::Float32, actual.data(), shadow.data(), 1000);
    for (size_t i = 0; i < 1000; i += 100) {
        parts.add(DataFormat::Float32, actual.data() + i, shadow.data() + i, 100);
    }
    EXPECT_NEAR(parts.pcc(), whole.pcc(), 1e-9);
    EXPECT_EQ(parts.max_ulp, whole.max_ulp);
    // By the definition, two passes.
    double ma = 0, ms = 0, ca = 0, cs = 0, c = 0;
    for (size_t i = 0; i < 1000; ++i) {
        ma += (actual[i] - 1e6) / 1000;
        ms += (shadow[i] - 1e6) / 1000;
    }
    for (size_t i = 0; i < 1000; ++i) {
        const double a = actual[i] - 1e6 - ma, s = shadow[i] - 1e6 - ms;
        ca += a * a;
        cs += s * s;
        c += a * s;
    }
    EXPECT_NEAR(whole.pcc(), c / std::sqrt(ca * cs), 1e-8);
}

TEST(Functions, InvertAndSumWhatTheyShould) {
    for (const double x : {-3.0, -0.7, 0.01, 0.5, 2.0, 4.5}) {
        EXPECT_NEAR(unary(TSR_SFPU_ERFINV, std::erf(x), 0, 0, 0), x, 1e-9 * (1 + std::exp(x * x)));
        // I0' = I1, by a central difference.
        const double h = 1e-5;
        const double slope = (unary(TSR_SFPU_I0, x + h, 0, 0, 0) - unary(TSR_SFPU_I0, x - h, 0, 0, 0)) / (2 * h);
        EXPECT_NEAR(slope, unary(TSR_SFPU_I1, x, 0, 0, 0), 1e-5 * (1 + std::fabs(slope)));
        EXPECT_NEAR(unary(TSR_SFPU_GELU, x, 0, 0, 0), x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))), 1e-12);
    }
    EXPECT_DOUBLE_EQ(binary(TSR_SFPU_REMAINDER, -1.0, 3.0), 2.0);
    EXPECT_DOUBLE_EQ(ternary(TSR_SFPU_LERP, 1.0, 3.0, 0.25, 0), 1.5);
    EXPECT_EQ(unary_meaning(TSR_SFPU_FLOAT_TO_INT32), Meaning::Bits);
    EXPECT_EQ(unary_meaning(TSR_SFPU_INT32_TO_FLOAT), Meaning::Number);
    EXPECT_EQ(number(TSR_SFPU_INT32_TO_FLOAT, 0xFFFFFFFDu), -3.0);
}

}  // namespace
}  // namespace tessera::numerics

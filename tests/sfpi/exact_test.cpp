// SFPI's operators in the exact mode have the chip's bits: golden vectors, and which products are added unrounded.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/exact/vector_unit.h>

#include <sfpi.h>
#include <sfpi/ckernel_sfpu.h>
#include <sfpi/params.h>

#include "../tensix/golden.h"
#include "fake_engine.h"

namespace {

using namespace sfpi;

#if defined(ARCH_WORMHOLE)
constexpr const char* arch = "wh";
constexpr tessera::tensix::Chip chip = tessera::tensix::Chip::Wormhole;
#else
constexpr const char* arch = "bh";
constexpr tessera::tensix::Chip chip = tessera::tensix::Chip::Blackhole;
#endif

class SfpiExact : public testing::Test {
protected:
    void SetUp() override { sfpi_test::exact = true; }
};

vFloat vector(const std::vector<uint32_t>& values, size_t at) {
    impl_::lanes_t v;
    std::memcpy(&v, values.data() + at, sizeof v);
    return vFloat(v);
}

template <class F>
void compare(const char* op, F&& compute) {
    size_t found = 0;
    for (const nlohmann::json& entry : golden::entries()) {
        if (entry["op"] != op || entry["arch"] != arch) {
            continue;
        }
        found++;
        const auto a = golden::words(entry, "a", false);
        const auto b = entry["b"].is_string() ? golden::words(entry, "b", false) : a;
        const auto c = entry["c"].is_string() ? golden::words(entry, "c", false) : a;
        const auto want = golden::words(entry, "out", false);
        size_t wrong = 0;
        for (size_t i = 0; i + 32 <= want.size(); i += 32) {
            const vFloat r = compute(vector(a, i), vector(b, i), vector(c, i));
            const impl_::lanes_t lanes = r.get();
            for (size_t lane = 0; lane < 32; lane++) {
                wrong += lanes[lane] != want[i + lane];
            }
        }
        EXPECT_EQ(wrong, 0u);
    }
    EXPECT_EQ(found, 1u);
}

TEST_F(SfpiExact, ProductsSumsAndBoth) {
    compare("sfpu_mad", [](const vFloat& a, const vFloat& b, const vFloat& c) -> vFloat { return a * b + c; });
    compare("sfpu_mad", [](const vFloat& a, const vFloat& b, const vFloat& c) -> vFloat { return c + a * b; });
    compare("sfpu_mad", [](const vFloat& a, const vFloat& b, const vFloat& c) -> vFloat { return c - a * -b; });
    compare("sfpu_mad", [](const vFloat& a, const vFloat& b, const vFloat& c) -> vFloat { return a * b - -c; });
    compare("sfpu_mad", [](const vFloat& a, const vFloat& b, const vFloat& c) {
        vFloat r = c;
        r += a * b;
        return r;
    });
    compare("sfpu_mul", [](const vFloat& a, const vFloat& b, const vFloat&) -> vFloat { return a * b; });
    compare("sfpu_add", [](const vFloat& a, const vFloat& b, const vFloat&) -> vFloat { return a + b; });
}

TEST_F(SfpiExact, RoundingsAndConversions) {
    compare("sfpu_stochrnd_m1", [](const vFloat& a, const vFloat&, const vFloat&) -> vFloat {
        return float_to_fp16b(a, RoundMode::Nearest);
    });
    compare("sfpu_cast_i2f", [](const vFloat& a, const vFloat&, const vFloat&) -> vFloat {
        return int32_to_float(vSMag(a.get()), RoundMode::Nearest);
    });
}

TEST_F(SfpiExact, TablesOfLines) {
    const uint32_t l[3] = {0x4A37, 0x52C8, 0x7FFF};
    std::vector<uint32_t> x(32 * 64);
    for (size_t i = 0; i < x.size(); i++) {
        x[i] = 0x3E000000u + static_cast<uint32_t>(i) * 0x8F1D3u % 0x3000000u + (i % 2 != 0 ? 0x80000000u : 0);
    }
    tessera::tensix::exact::LutTable table = {};
    std::memcpy(table.l, l, sizeof l);
    table.mode = tessera::tensix::exact::LutTable::Bytes;
    table.keep_sign = true;
    std::vector<uint32_t> want(x.size());
    tessera::tensix::exact::vector_unit_by_name(chip, "scalar")->lut(table, x.data(), want.data(), x.size());
    for (size_t i = 0; i < x.size(); i += 32) {
        const impl_::lanes_t r = lut(vector(x, i), vUInt(l[0]), vUInt(l[1]), vUInt(l[2])).get();
        for (size_t lane = 0; lane < 32; lane++) {
            ASSERT_EQ(r[lane], want[i + lane]) << std::hex << x[i + lane];
        }
    }
}

/// A product that has got a name is rounded before it is added.
TEST_F(SfpiExact, NamedProductsAreRounded) {
    const vFloat a = 1.0f + 0x1p-12f;
    const vFloat square = a * a;  // 1 + 2^-11 + 2^-24 becomes 1 + 2^-11
    EXPECT_EQ((square - vFloat(1.0f + 0x1p-11f)).get()[0], 0u);
    EXPECT_NE((a * a - vFloat(1.0f + 0x1p-11f)).get()[0], 0u);
}

}  // namespace

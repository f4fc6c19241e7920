// Golden vectors of the vector unit: the scalar rules and every level of vector code, both chips.
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/arithmetic.h>
#include <tensix/exact/vector_unit.h>

#include "../tensix/golden.h"

namespace tessera::tensix::exact {
namespace {

/// What a 16-bit DST holds of a stored value, as the vectors give it: a bf16, or an fp16 of 5 exponent bits.
uint32_t packed(const std::string& mode, uint32_t word) {
    if (mode == "bf16") {
        return word >> 16;
    }
    const uint32_t exponent = (word >> 23) & 0xFF;
    return ((word >> 31) << 15) | ((exponent == 0 ? 0 : exponent - 112) << 10) | ((word >> 13) & 0x3FF);
}

struct Operation {
    VectorOp op;
    const char* output = "out";
};

/// What an entry's name and mode stand for; fails on a name that is not known.
std::vector<Operation> operations(const nlohmann::json& entry) {
    static const std::map<std::string, std::vector<Operation>> known = {
        {"sfpu_mad", {{VectorOp::Mad}, {VectorOp::MadBySteps}}},
        {"sfpu_mul", {{VectorOp::Mul}}},
        {"sfpu_add", {{VectorOp::Add}}},
        {"sfpu_stochrnd_m0", {{VectorOp::RoundToFp16}}},
        {"sfpu_stochrnd_m1", {{VectorOp::RoundToBf16}}},
        {"sfpu_stochrnd_m2", {{VectorOp::RoundToUint8}}},
        {"sfpu_stochrnd_m3", {{VectorOp::RoundToInt8}}},
        {"sfpu_stochrnd_m6", {{VectorOp::RoundToUint16}}},
        {"sfpu_stochrnd_m7", {{VectorOp::RoundToInt16}}},
        {"sfpu_cast_i2f", {{VectorOp::CastToFloat}}},
        {"sfpu_exexp", {{VectorOp::Exexp}}},
        {"sfpu_exman", {{VectorOp::Exman8}}},
        {"sfpu_abs_f", {{VectorOp::AbsFloat}}},
        {"sfpu_lz", {{VectorOp::Lz}}},
        {"sfpu_arecip", {{VectorOp::Arecip}}},
        {"sfpu_mul24_lo", {{VectorOp::Mul24Lo}}},
        {"sfpu_mul24_hi", {{VectorOp::Mul24Hi}}},
        {"sfpu_swap_minmax", {{VectorOp::SwapMin}, {VectorOp::SwapMax, "out2"}}},
        {"sfpstore/fp32", {{VectorOp::StoredFp32}}},
        {"sfpstore/bf16", {{VectorOp::StoredBf16}}},
        {"sfpstore/fp16", {{VectorOp::StoredFp16}}},
    };
    std::string name = entry["op"];
    if (name == "sfpstore") {
        name += "/" + entry["mode"].get<std::string>();
    }
    const auto found = known.find(name);
    if (found == known.end()) {
        ADD_FAILURE() << "no test knows the operation " << name;
        return {};
    }
    return found->second;
}

std::vector<uint32_t> operand(const nlohmann::json& entry, const char* key, size_t padded) {
    std::vector<uint32_t> values;
    if (entry.contains(key) && entry[key].is_string()) {
        values = golden::words(entry, key, false);
    }
    values.resize(padded);
    return values;
}

class GoldenVector : public testing::TestWithParam<const char*> {};

TEST_P(GoldenVector, EveryEntryOfTheVectorUnit) {
    size_t entries = 0;
    for (const nlohmann::json& entry : golden::entries()) {
        const std::string op = entry["op"];
        if (!op.starts_with("sfpu") && !op.starts_with("sfpstore")) {
            continue;
        }
        SCOPED_TRACE(entry.dump());
        const Chip chip = entry["arch"] == "bh" ? Chip::Blackhole : Chip::Wormhole;
        const VectorUnit* const unit = vector_unit_by_name(chip, GetParam());
        if (unit == nullptr) {
            GTEST_SKIP() << "this CPU has no " << GetParam();
        }
        for (const Operation& operation : operations(entry)) {
            const std::vector<uint32_t> want = golden::words(entry, operation.output, false);
            ASSERT_FALSE(want.empty());
            const size_t padded = (want.size() + 15) / 16 * 16;
            const auto a = operand(entry, "a", padded);
            const auto b = operand(entry, "b", padded);
            const auto c = operand(entry, "c", padded);
            std::vector<uint32_t> got(padded);
            unit->run(operation.op, a.data(), b.data(), c.data(), got.data(), padded);
            const std::string mode = entry.value("mode", "");
            size_t wrong = 0;
            for (size_t i = 0; i < want.size(); i++) {
                const uint32_t value = mode == "fp16" || mode == "bf16" ? packed(mode, got[i]) : got[i];
                if (value != want[i] && wrong++ == 0) {
                    ADD_FAILURE() << vector_op_name(operation.op) << std::hex << " of " << a[i] << ", " << b[i] << ", "
                                  << c[i] << " is " << value << ", not " << want[i];
                }
            }
            EXPECT_EQ(wrong, 0u);
        }
        entries++;
    }
    EXPECT_GT(entries, 0u) << "no vectors of the vector unit in " << golden::root();
}

INSTANTIATE_TEST_SUITE_P(Levels, GoldenVector, testing::Values("scalar", "portable", "avx2", "avx512"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace tessera::tensix::exact

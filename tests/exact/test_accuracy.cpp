// Holds every function of the vector unit, in every mode and both widths of DST, to the errors that were measured
// against the multi-precision reference: no input of a fixed set may be further from the truth than when
// tests/exact/accuracy.json was made (scripts/sfpu-accuracy --bounds).
#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include <sfpu_reference.h>

namespace {

using namespace tessera::accuracy;
using nlohmann::json;
using tessera::tensix::SfpuParams;
using tessera::tensix::SfpuTable;
using tessera::tensix::SfpuWidth;

json bounds() {
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/exact/accuracy.json");
    return json::parse(file);
}

TEST(Accuracy, EveryFunctionIsWithinItsBounds) {
    const json known = bounds();
    const std::vector<Mode> all = modes();
    std::set<std::string> seen;
    for (const Function& function : functions()) {
        for (const Row& row : measure_function(function, BOUND_SAMPLES, false)) {
            const std::string key = row.key();
            ASSERT_TRUE(known.contains(key)) << key << " has no bound";
            EXPECT_TRUE(seen.insert(key).second) << key << " is there twice";
            for (size_t m = 0; m < all.size(); ++m) {
                for (size_t w = 0; w < 2; ++w) {
                    const auto [error, apart] = bound(row, m, w);
                    const Measured& x = row.found[m][w];
                    // The bounds are written with six digits.
                    EXPECT_LE(error, known[key][(m * 2 + w) * 2].get<double>() * (1 + 1e-5))
                        << key << ", " << all[m].name << (w == 0 ? ", 32-bit DST" : ", 16-bit DST") << ", at "
                        << x.core_at[0] << ", " << x.core_at[1];
                    EXPECT_LE(apart, known[key][(m * 2 + w) * 2 + 1].get<double>())
                        << key << ", " << all[m].name << ": infinite, NaN or wrongly finite, at " << x.lost_at;
                }
            }
        }
    }
    EXPECT_EQ(seen.size(), known.size()) << "a bound is of no function";
}

const Function& named(const std::string& name) {
    for (const Function& function : functions()) {
        if (name == function.name) {
            return function;
        }
    }
    throw std::out_of_range(name);
}

// Logarithms that are too small by four units of the last place.
void worse(uint32_t op, uint32_t* data, size_t count, SfpuParams params, SfpuWidth width) {
    modes()[2].table->unary(op, data, count, params, width);
    for (size_t i = 0; i < count; ++i) {
        data[i] -= 4;
    }
}

TEST(Accuracy, FourUnitsAreSeen) {
    const SfpuTable table{worse, nullptr, nullptr};
    const Function& log = named("LOG");
    const Inputs in = inputs(log, false, BOUND_SAMPLES);
    const Measured found = measure(log, table, 0, SfpuWidth::Dst32, in, reference(log, in));
    EXPECT_GE(found.core_max, 3.5);
    EXPECT_GT(found.core_max, bounds()["LOG"][8].get<double>());
}

// The truth of numbers anyone knows, so that the reference itself is held to something.
TEST(Accuracy, TheReferenceKnowsSomeValues) {
    const auto truth = [](const char* name, float x) {
        Inputs in;
        in.operand[0].assign(16, std::bit_cast<uint32_t>(x));
        return static_cast<double>(reference(named(name), in)[0]);
    };
    EXPECT_DOUBLE_EQ(truth("EXP", 1), 2.718281828459045);
    EXPECT_DOUBLE_EQ(truth("LOG", 2), 0.6931471805599453);
    EXPECT_DOUBLE_EQ(truth("ERFINV", 0.5f), 0.4769362762044699);
    EXPECT_DOUBLE_EQ(truth("I0", 1), 1.2660658777520084);
    EXPECT_DOUBLE_EQ(truth("I1", 1), 0.5651591039924850);
    EXPECT_DOUBLE_EQ(truth("LGAMMA", 0.5f), 0.5723649429247001);
    EXPECT_DOUBLE_EQ(truth("GELU", 1), 0.8413447460685429);
}

}  // namespace

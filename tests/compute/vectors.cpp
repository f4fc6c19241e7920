// Whole kernels against the golden vectors of an instruction-level model: operands as they lie in L1, through unpacker,
// matrix unit and packer. The bounds are those of the fast arithmetic, which sums in fp32 where the chip aligns the
// terms of a sum to 11 bits.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <golden.h>

#include "on_device.h"

namespace compute_test {
namespace {

class Vectors : public Compute {};

DataFormat format_of(const std::string& name) {
    static const std::map<std::string, DataFormat> formats = {
        {"bf16", DataFormat::Float16_b}, {"fp16", DataFormat::Float16},  {"fp32", DataFormat::Float32},
        {"bfp8_b", DataFormat::Bfp8_b},  {"bfp4_b", DataFormat::Bfp4_b}, {"int8_sm", DataFormat::Int8}};
    return formats.at(name);
}

uint32_t bytes_of(DataFormat format) {
    return format == DataFormat::Float32 ? 4 : format == DataFormat::Int8 ? 1 : 2;
}

/// A file of row-major tiles as it lies in L1; block floats already are.
std::vector<uint32_t> in_l1(DataFormat format, const std::vector<uint8_t>& file, uint32_t tiles) {
    std::vector<uint32_t> words((file.size() + 3) / 4);
    if (format == DataFormat::Bfp8_b || format == DataFormat::Bfp4_b) {
        std::memcpy(words.data(), file.data(), file.size());
        return words;
    }
    const uint32_t size = bytes_of(format);
    auto* out = reinterpret_cast<uint8_t*>(words.data());
    for (uint32_t t = 0; t < tiles; ++t) {
        for (uint32_t r = 0; r < 32; ++r) {
            for (uint32_t c = 0; c < 32; ++c) {
                std::memcpy(out + (t * 1024 + place({}, r, c)) * size, &file[(t * 1024 + r * 32 + c) * size], size);
            }
        }
    }
    return words;
}

/// The same as values, tile below tile; int8 is sign and magnitude.
Matrix values_of(DataFormat format, const std::vector<uint32_t>& words) {
    if (format != DataFormat::Int8) {
        return from_tiles(decode(format, words, {}), {});
    }
    std::vector<float> values;
    const auto* bytes = reinterpret_cast<const uint8_t*>(words.data());
    for (size_t i = 0; i < words.size() * 4; ++i) {
        values.push_back(static_cast<float>(bytes[i] & 0x80 ? -(bytes[i] & 0x7F) : bytes[i] & 0x7F));
    }
    return from_tiles(values, {});
}

float expected_value(const std::string& type, const std::vector<uint8_t>& file, size_t i) {
    uint32_t word = 0;
    const size_t size = type == "bf16_bits" || type == "fp16_bits" ? 2 : 4;
    std::memcpy(&word, &file[i * size], size);
    if (type == "bf16_bits") {
        return std::bit_cast<float>(word << 16);
    }
    if (type == "fp16_bits") {
        return static_cast<float>(std::bit_cast<_Float16>(static_cast<uint16_t>(word)));
    }
    if (type == "int32_signmag") {
        const auto magnitude = static_cast<float>(word & 0x7FFFFFFF);
        return word >> 31 ? -magnitude : magnitude;
    }
    return std::bit_cast<float>(word);
}

MathFidelity fidelity_of(const std::string& name) {
    return name == "LoFi"    ? MathFidelity::LoFi
           : name == "HiFi2" ? MathFidelity::HiFi2
           : name == "HiFi3" ? MathFidelity::HiFi3
                             : MathFidelity::HiFi4;
}

// 32-bit DST: within 2^-10 of the sum of |a b|. 16-bit DST: also the rounding of DST after every phase and 16 products,
// each up to 2^-8 (bf16) or 2^-11 (fp16) of that sum. Int8 with all phases is exact.
TEST_F(Vectors, ProductsOfEveryFormat) {
    std::set<std::string> seen;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "matmul" || entry["arch"] != "wh") {
            continue;
        }
        const bool integer = entry["in0_fmt"] == "int8_sm";
        const std::string dist = entry["dist"];
        const bool tame = dist == "normal" || dist == "uniform_pm1";
        if (integer ? entry["fidelity"] != "HiFi4" : !tame || entry["k_tiles"] != 1) {
            continue;
        }
        const std::string what = std::string(entry["in0_fmt"]) + " x " + std::string(entry["in1_fmt"]) + " as " +
                                 std::string(entry["src_fmt"]) + ", DST " + entry["dst_bits"].dump();
        // fp32 operands become tf32 in a 32-bit DST's kernel and bf16 in a 16-bit one's: the mixed cases can't be had.
        const bool wide = entry["dst_bits"] == 32;
        if (entry["in0_fmt"] == "fp32" && (entry["src_fmt"] == "tf32") != wide) {
            continue;
        }
        if (!seen.insert(what).second) {
            continue;
        }
        SCOPED_TRACE(what + ": " + std::string(entry["out"]));
        const DataFormat f0 = format_of(entry["in0_fmt"]), f1 = format_of(entry["in1_fmt"]);
        const uint32_t k_tiles = entry["k_tiles"];
        const auto in0 = in_l1(f0, golden::bytes(entry, "in0"), k_tiles);
        const auto in1 = in_l1(f1, golden::bytes(entry, "in1"), k_tiles);
        const Matrix a = values_of(f0, in0), b = values_of(f1, in1);
        const DataFormat out = integer ? DataFormat::Int32 : DataFormat::Float32;
        const auto results =
            run(R"(
            mm_init(0, 1, 16);
            cb_push_back(0, get_compile_time_arg_val(0));
            cb_push_back(1, get_compile_time_arg_val(0));
            section([] {
                for (uint32_t k = 0; k < get_compile_time_arg_val(0); ++k) {
                    matmul_tiles(0, 1, k, k, 0);
                }
            });
        )",
                {{.index = 0, .pages = k_tiles, .format = f0, .raw = in0},
                 {.index = 1, .pages = k_tiles, .format = f1, .raw = in1},
                 {.index = 16, .format = out, .sign_magnitude = integer}},
                {.math_fidelity = fidelity_of(entry["fidelity"]), .fp32_dest_acc_en = wide, .compile_args = {k_tiles}});
        const std::vector<uint8_t> answer = golden::bytes(entry, "out");
        const std::string type = entry["out_dtype"];
        const double phases = entry["phases"];
        const double relative =
            integer ? 0
            : wide  ? std::ldexp(1.0, -10)
                    : std::ldexp(1.0, -10) + 2 * k_tiles * phases * std::ldexp(1.0, type == "fp16_bits" ? -11 : -8);
        int wrong = 0;
        for (uint32_t r = 0; r < 32; ++r) {
            for (uint32_t c = 0; c < 32; ++c) {
                double size = 0;
                for (uint32_t k = 0; k < 32 * k_tiles; ++k) {
                    size += std::fabs(double{a(k / 32 * 32 + r, k % 32)} * b(k, c));
                }
                const double expected = expected_value(type, answer, r * 32 + c);
                const double got = results.at(16)(r, c);
                if (!(std::fabs(got - expected) <= relative * size) && wrong++ < 3) {
                    ADD_FAILURE() << "(" << r << "," << c << "): " << got << ", the model has " << expected
                                  << ", allowed " << relative * size;
                }
            }
        }
        EXPECT_EQ(wrong, 0);
    }
    EXPECT_GE(seen.size(), 12u);
}

// A maximum is one of its operands: the same bits for ordinary numbers.
TEST_F(Vectors, MaximaOfColumns) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "gmpool" || entry["arch"] != "wh") {
            continue;
        }
        SCOPED_TRACE(std::string(entry["out"]));
        const std::vector<uint8_t> face = golden::bytes(entry, "in");
        std::vector<uint32_t> words(face.size() / 4);
        std::memcpy(words.data(), face.data(), face.size());
        const auto results =
            run(R"(
            compute_kernel_hw_startup(0, 1, 16);
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            reduce_init<PoolType::MAX, ReduceDim::REDUCE_COL>(0, 1, 16);
            section([] { reduce_tile<PoolType::MAX, ReduceDim::REDUCE_COL>(0, 1, 0, 0, 0); });
        )",
                {{.index = 0, .tile = {16, 16}, .raw = words},
                 {.index = 1, .values = matrix(16, 16, [](uint32_t, uint32_t) { return 1.0f; }), .tile = {16, 16}},
                 {.index = 16, .format = DataFormat::Float32, .tile = {16, 16}}},
                {.fp32_dest_acc_en = entry["dst_bits"] == 32});
        const auto expected = golden::values<uint32_t>(entry, "out");
        for (uint32_t c = 0; c < 16; ++c) {
            EXPECT_EQ(std::bit_cast<uint32_t>(results.at(16)(0, c)), expected[c]) << "column " << c;
        }
        ++cases;
    }
    EXPECT_GE(cases, 2u);
}

// copy_tile passes all 65536 bf16 codes; exponent 0 becomes +0. Into 32-bit DST it is an addition of zero, which makes
// an infinity of a NaN.
TEST_F(Vectors, CopiesOfEveryBf16) {
    const char* mode = std::getenv("TESSERA_MATH");
    const bool exact = mode == nullptr || std::string(mode) != "fast";
    std::vector<uint32_t> codes(32768);
    for (uint32_t i = 0; i < 32768; ++i) {
        codes[i] = 2 * i | (2 * i + 1) << 16;
    }
    const auto results = run(R"(
        unary_op_init_common(0, 16);
        cb_push_back(0, 64);
        for (uint32_t t = 0; t < 64; ++t) {
            section([=] { copy_tile(0, t, 0); });
        }
    )",
                             {{.index = 0, .pages = 64, .raw = codes},
                              {.index = 16, .pages = 64, .format = DataFormat::Float32, .row_major = true}},
                             {.fp32_dest_acc_en = true});
    for (uint32_t i = 0; i < 65536; ++i) {
        const uint32_t code = exact && (i & 0x7F80) == 0x7F80 ? i & 0xFF80 : i;
        const uint32_t expected = (i & 0x7F80) == 0 ? 0 : code << 16;
        ASSERT_EQ(std::bit_cast<uint32_t>(results.at(16).values[i]), expected) << std::hex << i;
    }
}

}  // namespace
}  // namespace compute_test

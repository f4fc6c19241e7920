// Unpack and pack against the golden vectors, bit for bit except where ops.h says that the fast arithmetic departs.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include <tensix/fast/ops.h>

#include "best.h"

#include "golden.h"

namespace {

using namespace tessera::tensix;

const std::map<std::string, DataFormat> formats = {
    {"fp32", DataFormat::Float32},  {"bf16", DataFormat::Float16_b}, {"fp16", DataFormat::Float16},
    {"bfp8_b", DataFormat::Bfp8_b}, {"bfp4_b", DataFormat::Bfp4_b},  {"bfp2_b", DataFormat::Bfp2_b},
    {"int8_sm", DataFormat::Int8},  {"fp8", DataFormat::Fp8_e4m3},
};

// An fp16 pattern as the fp32 pattern that holds the same value, exponent 31 being an ordinary one.
uint32_t widen_fp16(uint32_t h) {
    return (h & 0x7C00) == 0 ? 0 : ((h & 0x8000) << 16) | (((h & 0x7FFF) << 13) + (112u << 23));
}

uint32_t flush(uint32_t v) {
    return (v & 0x7F800000) == 0 ? 0 : v;
}

TEST(GoldenFormats, Pack) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "pack" || (entry["arch"] == "bh" && entry.value("note", "") == "")) {
            continue;
        }
        const std::string layout = entry["dst_layout"], between = entry["intermediate_fmt"];
        const std::string note = entry.value("note", "");
        // Kernels can't ask for these: the intermediate format is chosen by DST's mode.
        if ((entry["out_fmt"] == "fp16" && between == "fp16" && layout == "dst32_fp32") ||
            note == "fp16 -> bfp8a -> bfp8_b") {
            continue;
        }
        const bool narrow = layout != "dst32_fp32";
        std::vector<uint32_t> dst = golden::words(entry, "in", narrow);
        for (uint32_t& v : dst) {
            v = layout == "dst16_bf16" ? v << 16 : layout == "dst16_fp16" ? widen_fp16(v) : v;
        }
        const std::vector<uint8_t> expected = golden::bytes(entry, "out");
        PackPlan plan;
        plan.format = formats.at(entry["out_fmt"]);
        plan.dst = layout == "dst32_fp32"   ? Precision::Fp32
                   : layout == "dst16_fp16" ? Precision::Fp16
                                            : Precision::Bf16;
        plan.bfp_prerounded = between == "bfp8_b";
        for (const char* level : {"portable", "avx2", "avx512"}) {
            const Ops* ops = ops_by_name(level);
            if (ops == nullptr) {
                continue;
            }
            const uint32_t exponents = exponent_bytes(plan.format, 1024), tile = tile_bytes(plan.format, 1024);
            std::vector<uint8_t> out(expected.size());
            for (size_t t = 0; t < dst.size() / 1024; ++t) {
                ops->pack(plan, &dst[t * 1024], 1024, &out[t * tile], &out[t * tile + exponents]);
            }
            size_t differ = 0;
            for (size_t i = 0; i < out.size(); ++i) {
                differ += out[i] != expected[i];
            }
            EXPECT_EQ(differ, 0u) << level << " " << entry.dump();
            ++cases;
        }
    }
    EXPECT_GT(cases, 8u);
}

TEST(GoldenFormats, Unpack) {
    size_t cases = 0;
    for (const auto& entry : golden::entries()) {
        if (entry["op"] != "unpack" || entry["in_fmt"] == "int8_sm") {
            continue;
        }
        const std::string from = entry["in_fmt"], to = entry["out_fmt"];
        const DataFormat format = entry["arch"] == "wh" && from == "fp8" ? DataFormat::Lf8 : formats.at(from);
        if (from == "fp8") {
            continue;  // stored as fp16 exponents in Src: see FormatProperties
        }
        const Precision precision = to == "tf32"   ? Precision::Tf32
                                    : to == "fp16" ? Precision::Fp16
                                    : to == "fp32" ? Precision::Fp32
                                                   : Precision::Bf16;
        const std::vector<uint8_t> in = golden::bytes(entry, "in");
        const std::vector<uint32_t> expected = golden::values<uint32_t>(entry, "out");
        for (const char* level : {"portable", "avx2", "avx512"}) {
            const Ops* ops = ops_by_name(level);
            if (ops == nullptr) {
                continue;
            }
            std::vector<uint32_t> out(expected.size());
            const uint32_t exponents = exponent_bytes(format, 1024), tile = tile_bytes(format, 1024);
            for (size_t t = 0; t < out.size() / 1024; ++t) {
                ops->unpack(format, precision, &in[t * tile], &in[t * tile + exponents], 1024, &out[t * 1024]);
            }
            size_t differ = 0;
            for (size_t i = 0; i < out.size(); ++i) {
                uint32_t want = expected[i];
                if (precision == Precision::Fp16 || format == DataFormat::Float16) {
                    // Src keeps the 5-bit exponent in its low exponent bits.
                    const uint32_t e = (want >> 23) & 0xFF;
                    want = e == 0 ? 0 : (want & 0x807FFFFF) | ((e + 112) << 23);
                } else if (precision != Precision::Fp32) {
                    want = flush(want);
                }
                differ += out[i] != want;
            }
            EXPECT_EQ(differ, 0u) << level << " " << entry.dump();
            ++cases;
        }
    }
    EXPECT_GT(cases, 4u);
}

TEST(GoldenFormats, ReluAndL1Accumulation) {
    for (const auto& entry : golden::entries()) {
        const bool relu = entry["op"] == "pack_relu";
        if (!relu && entry["op"] != "pack_l1_acc") {
            continue;
        }
        PackPlan plan;
        plan.format = formats.at(entry["out_fmt"]);
        const std::string kind = entry.value("dst_fmt", "fp32_bits");
        plan.dst = kind == "fp32_bits" ? Precision::Fp32 : kind == "bf16_bits_u32" ? Precision::Bf16 : Precision::Fp16;
        std::vector<uint32_t> dst = golden::values<uint32_t>(entry, "dst");
        for (uint32_t& v : dst) {
            v = plan.dst == Precision::Bf16 ? v << 16 : plan.dst == Precision::Fp16 ? widen_fp16(v) : v;
        }
        std::vector<uint8_t> out;
        if (relu) {
            plan.relu = entry["mode"];
            plan.relu_threshold =
                static_cast<uint32_t>(std::stoul(entry["threshold_bf16"].get<std::string>(), nullptr, 16)) << 16;
            out.resize(tile_bytes(plan.format, 1024));
        } else {
            plan.l1_accumulate = true;
            out = golden::bytes(entry, "l1_in");
        }
        const std::vector<uint8_t> expected = golden::bytes(entry, "out");
        const std::vector<uint8_t> before = out;
        best().pack(plan, dst.data(), 1024, out.data(), out.data());
        size_t differ = 0;
        const size_t width = datum_bits(plan.format) / 8;
        for (size_t i = 0; i < 1024; ++i) {
            // bf16 accumulation with a NaN operand follows IEEE here.
            uint32_t l1 = 0;
            std::memcpy(&l1, &before[i * width], width);
            const uint32_t l1_bits = width == 2 ? l1 << 16 : l1;
            const bool nan = plan.format != DataFormat::Float16 &&
                             ((l1_bits & 0x7FFFFFFF) > 0x7F800000 || (dst[i] & 0x7FFFFFFF) > 0x7F800000);
            if (!relu && nan && plan.format == DataFormat::Float16_b) {
                continue;
            }
            differ += std::memcmp(&out[i * width], &expected[i * width], width) != 0;
        }
        EXPECT_EQ(differ, 0u) << entry.dump();
    }
}

}  // namespace

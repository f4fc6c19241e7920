// The unpackers, the packer and the moves between sources and DST of every vector level against the scalar definition.
#include <gtest/gtest.h>

#include "vector_levels.h"

namespace {

using namespace levels;

constexpr DataFormat float_formats[] = {
    DataFormat::Float32, DataFormat::Tf32,   DataFormat::Float16_b, DataFormat::Float16,
    DataFormat::Bfp8_b,  DataFormat::Bfp4_b, DataFormat::Bfp2_b,    DataFormat::Bfp8,
    DataFormat::Bfp4,    DataFormat::Bfp2,   DataFormat::Lf8,       DataFormat::Fp8_e4m3,
};
constexpr DataFormat integer_formats[] = {
    DataFormat::Int32, DataFormat::UInt32, DataFormat::UInt16, DataFormat::Int8, DataFormat::UInt8,
};

bool known(Chip chip, DataFormat format) {
    return chip == Chip::Blackhole || format != DataFormat::Fp8_e4m3;
}

// Bytes of datums in L1, with the corners of 16- and 32-bit floats among them.
void random_bytes(Random& random, DataFormat format, uint8_t* data, size_t bytes) {
    for (size_t i = 0; i + 4 <= bytes; i += 4) {
        if (i % 64 == 0) {
            random.next_row();
        }
        uint32_t word = random.bits();
        if (format == DataFormat::Float32 || format == DataFormat::Tf32) {
            word = random.dst(Precision::Fp32);
        } else if (format == DataFormat::Float16_b) {
            word = random.dst(Precision::Bf16) >> 16 | random.dst(Precision::Bf16);
        } else if (random.below(4) == 0) {
            word &= 0x80808080u;
        }
        std::memcpy(data + i, &word, 4);
    }
}

constexpr uint32_t datums = 1024 + 16;

struct L1 {
    std::vector<uint8_t> exponents = std::vector<uint8_t>(datums / 16);
    std::vector<uint8_t> data = std::vector<uint8_t>(datums * 4);
};

void compare_unpack(Random& random, Chip chip, DataFormat format, Precision to, size_t rounds) {
    for (size_t round = 0; round < rounds; ++round) {
        L1 l1;
        random_bytes(random, format, l1.data.data(), l1.data.size());
        for (uint8_t& e : l1.exponents) {
            e = static_cast<uint8_t>(random.below(3) ? random.bits() : random.below(9));
        }
        std::vector<uint32_t> expected(datums), got(datums);
        scalar(chip).unpack(format, to, l1.exponents.data(), l1.data.data(), datums, expected.data());
        for (const Arithmetic* level : vector_levels(chip)) {
            level->unpack(format, to, l1.exponents.data(), l1.data.data(), datums, got.data());
            const int at = first_difference(got.data(), expected.data(), datums);
            ASSERT_EQ(at, -1) << level->level << " " << chip_name(chip) << " " << name(format) << " to "
                              << static_cast<int>(to) << std::hex << ": " << got[at] << ", not " << expected[at];
        }
    }
}

TEST(VectorLevels, Unpack) {
    constexpr Precision targets[] = {Precision::Bf16, Precision::Tf32, Precision::Fp16};
    const size_t rounds = values_per_function() / (2 * 45 * datums) + 1;
    for (const Chip chip : chips) {
        Random random(1);
        for (const DataFormat format : float_formats) {
            for (const Precision to : targets) {
                if (known(chip, format)) {
                    compare_unpack(random, chip, format, to, rounds);
                }
            }
        }
        compare_unpack(random, chip, DataFormat::Float32, Precision::Fp32, rounds);
        for (const DataFormat format : integer_formats) {
            compare_unpack(random, chip, format, Precision::Fp32, rounds);
        }
        compare_unpack(random, chip, DataFormat::Int8, Precision::Int8, rounds);
        compare_unpack(random, chip, DataFormat::UInt8, Precision::Int8, rounds);
    }
}

void compare_pack(Random& random, Chip chip, const PackPlan& plan, size_t rounds) {
    for (size_t round = 0; round < rounds; ++round) {
        L1 before;
        random_bytes(random, plan.format, before.data.data(), before.data.size());
        std::vector<uint32_t> dst(datums);
        for (uint32_t i = 0; i < datums; ++i) {
            if (i % 16 == 0) {
                random.next_row();
            }
            dst[i] = random.dst(plan.dst);
        }
        // Sums in L1 that cancel.
        if (plan.l1_accumulate) {
            for (uint32_t i = 0; i < datums; i += 3) {
                uint32_t word = 0;
                if (datum_bits(plan.format) == 32) {
                    std::memcpy(&word, &before.data[4 * i], 4);
                    dst[i] = word ^ 0x80000000u ^ (random.bits() & 1);
                } else if (plan.format == DataFormat::Float16_b) {
                    std::memcpy(&word, &before.data[2 * i], 2);
                    dst[i] = plan.dst == Precision::Fp16 ? dst[i] : (word ^ 0x8000u ^ (random.bits() & 3)) << 16;
                }
            }
        }
        L1 expected = before;
        scalar(chip).pack(plan, dst.data(), datums, expected.exponents.data(), expected.data.data());
        for (const Arithmetic* level : vector_levels(chip)) {
            L1 got = before;
            level->pack(plan, dst.data(), datums, got.exponents.data(), got.data.data());
            const int e = first_difference(got.exponents.data(), expected.exponents.data(), got.exponents.size());
            const int at = first_difference(got.data.data(), expected.data.data(), got.data.size());
            const size_t datum = at < 0 ? 0 : static_cast<size_t>(at) * 8 / datum_bits(plan.format);
            ASSERT_TRUE(e == -1 && at == -1)
                << level->level << " " << chip_name(chip) << " " << name(plan.format) << " from "
                << static_cast<int>(plan.dst) << " prerounded " << plan.bfp_prerounded << " accumulate "
                << plan.l1_accumulate << " relu " << int{plan.relu} << ": exponent " << e << ", byte " << at << std::hex
                << " of dst " << dst[datum];
        }
    }
}

std::vector<PackPlan> pack_plans() {
    std::vector<PackPlan> plans;
    for (const Precision dst : {Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
        for (const DataFormat format : float_formats) {
            for (uint8_t relu = 0; relu <= 3; ++relu) {
                PackPlan plan;
                plan.format = format;
                plan.dst = dst;
                plan.relu = relu;
                plan.relu_threshold = relu < 2 ? 0u : 0x3F800000u;
                plans.push_back(plan);
                if (is_block_float(format)) {
                    plan.bfp_prerounded = true;
                } else {
                    plan.l1_accumulate = datum_bits(format) >= 16;
                }
                plans.push_back(plan);
            }
        }
    }
    for (const Precision dst : {Precision::Int8, Precision::Fp32, Precision::Bf16}) {
        for (const DataFormat format : integer_formats) {
            for (const bool some : {false, true}) {
                PackPlan plan;
                plan.format = format;
                plan.dst = dst;
                plan.relu = some;
                plan.l1_accumulate = some;
                plans.push_back(plan);
            }
        }
    }
    return plans;
}

TEST(VectorLevels, Pack) {
    const std::vector<PackPlan> plans = pack_plans();
    const size_t rounds = values_per_function() / (2 * plans.size() * datums) + 1;
    for (const Chip chip : chips) {
        Random random(2);
        for (const PackPlan& plan : plans) {
            if (known(chip, plan.format)) {
                compare_pack(random, chip, plan, rounds);
            }
        }
    }
}

// All 16-bit addends on both sides of a sum in L1 that matter: every incoming value against a few values in L1.
TEST(VectorLevels, SumsInL1OfAllHalves) {
    for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float16}) {
        PackPlan plan;
        plan.format = format;
        plan.dst = format == DataFormat::Float16 ? Precision::Fp16 : Precision::Bf16;
        plan.l1_accumulate = true;
        std::vector<uint32_t> dst(65536);
        for (uint32_t i = 0; i < 65536; ++i) {
            const uint32_t rebiased = (i & 0x8000) << 16 | ((i & 0x7FFF) << 13) + (112u << 23);
            dst[i] = format == DataFormat::Float16 ? rebiased : i << 16;
        }
        for (const uint32_t held : {0u, 0x8000u, 0x0001u, 0x0080u, 0x3F80u, 0x3FFFu, 0xBF81u, 0x7F80u, 0xFF80u, 0x7FC1u,
                                    0xFFFFu, 0x0400u, 0x8401u, 0x3C00u, 0x7BFFu, 0xFBFFu, 0x7FFFu, 0x7C00u}) {
            std::vector<uint16_t> expected(65536, static_cast<uint16_t>(held));
            scalar(Chip::Wormhole).pack(plan, dst.data(), 65536, nullptr, reinterpret_cast<uint8_t*>(expected.data()));
            for (const Arithmetic* level : vector_levels(Chip::Wormhole)) {
                std::vector<uint16_t> got(65536, static_cast<uint16_t>(held));
                level->pack(plan, dst.data(), 65536, nullptr, reinterpret_cast<uint8_t*>(got.data()));
                const int at = first_difference(got.data(), expected.data(), got.size());
                ASSERT_EQ(at, -1) << level->level << " " << name(format) << std::hex << ": " << held << " plus " << at
                                  << " gives " << got[at] << ", not " << expected[at];
            }
        }
    }
}

using Move = void (*)(Precision, Precision, const uint32_t*, uint32_t*, uint32_t);

void compare_moves(bool to_dst) {
    constexpr uint32_t count = 256 + 7;
    const size_t rounds = values_per_function() / (2 * 20 * count) + 1;
    for (const Chip chip : chips) {
        Random random(3);
        const Move define = to_dst ? scalar(chip).to_dst : scalar(chip).to_source;
        for (const Precision src : {Precision::Bf16, Precision::Tf32, Precision::Fp16, Precision::Int8}) {
            for (const Precision dst : {Precision::Fp32, Precision::Bf16, Precision::Fp16, Precision::Int8}) {
                for (size_t round = 0; round < rounds; ++round) {
                    std::vector<uint32_t> in(count), expected(count);
                    for (uint32_t i = 0; i < count; ++i) {
                        if (i % 16 == 0) {
                            random.next_row();
                        }
                        in[i] = to_dst ? random.source(src) : random.dst(dst);
                    }
                    const Precision from = to_dst ? src : dst, to = to_dst ? dst : src;
                    define(from, to, in.data(), expected.data(), count);
                    for (const Arithmetic* level : vector_levels(chip)) {
                        // In place, as the engine does it.
                        std::vector<uint32_t> got = in;
                        (to_dst ? level->to_dst : level->to_source)(from, to, got.data(), got.data(), count);
                        const int at = first_difference(got.data(), expected.data(), count);
                        ASSERT_EQ(at, -1)
                            << level->level << " from " << static_cast<int>(from) << " to " << static_cast<int>(to)
                            << std::hex << ": " << in[at] << " gives " << got[at] << ", not " << expected[at];
                    }
                }
            }
        }
    }
}

TEST(VectorLevels, MoveToDst) {
    compare_moves(true);
}
TEST(VectorLevels, MoveToSource) {
    compare_moves(false);
}

}  // namespace
